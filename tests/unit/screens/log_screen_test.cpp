// The screen of a server without people.

#include "subscriber/screens/log_screen.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/temporary_directory.hpp"
#include "tests/unit/screens/turning.hpp"

namespace crier::screens {
namespace {

using namespace testing;
using Events = std::vector<ScreenEvent>;

class ScreenOfARecord : public ::testing::Test {
protected:
    std::string written() const {
        std::ifstream stream(file);
        return {std::istreambuf_iterator<char>(stream), {}};
    }

    crier::testing::TemporaryDirectory folder;
    std::filesystem::path file = folder.path() / "messages.log";
    LogScreen screen{file};
};

TEST_F(ScreenOfARecord, WritesAnEntryForEachMessageWithItsTimeAndNothingThatIsNoText) {
    IncomingMessage alert = alert_of(1, "Log\x1b[2J off");
    alert.content.text = "At 22:00.\nReally\a.";
    screen.show(alert, evening);
    screen.show(question_of(2, "Lunch"), evening);
    EXPECT_EQ(screen.take_events(), (Events{Came{id_of(1), 1, {}}, Came{id_of(2), 1, {}}}));
    const std::string text = written();
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find('\a'), std::string::npos);
    EXPECT_TRUE(text.starts_with("2026-11-23T20:40:00.000Z WARNING from ops: Log")) << text;
    EXPECT_NE(text.find("\n    At 22:00.\n    Really"), std::string::npos) << text;
    EXPECT_NE(
        text.find("\n2026-11-23T20:40:00.000Z from ops: Lunch\n    Please choose.\n    1  Yes\n"),
        std::string::npos)
        << text;
    struct stat facts {};
    ASSERT_EQ(stat(file.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777, 0600U);
}

TEST_F(ScreenOfARecord, IsNoProofThatSomebodySawIt) {
    EXPECT_FALSE(screen.is_seen());
}

TEST_F(ScreenOfARecord, SaysWhatBecameOfAMessage) {
    screen.remove({id_of(1), MessageRemovalCause::recalled}, evening);
    screen.acknowledged({id_of(2), 1}, {}, evening);
    screen.answered({id_of(3), 1, 1}, {}, evening);
    screen.ended(std::nullopt, evening);
    const std::string text = written();
    EXPECT_NE(text.find("no longer to be shown (recalled): " + to_string(id_of(1))),
              std::string::npos);
    EXPECT_NE(text.find("acknowledged: " + to_string(id_of(2))), std::string::npos);
    EXPECT_NE(text.find("answered by choice 2: " + to_string(id_of(3))), std::string::npos);
    EXPECT_NE(text.find("stopped"), std::string::npos);
}

TEST_F(ScreenOfARecord, NeverSaysDisplayedOfWhatItCouldNotWrite) {
    LogScreen nowhere(folder.path() / "missing" / "messages.log");
    nowhere.show(message_of(1, "Hello"), evening);
    const Events events = nowhere.take_events();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(std::get<Came>(events[0]).outcome.state, State::failed);
    EXPECT_NE(std::get<Came>(events[0]).outcome.cause.find("No such file"), std::string::npos);

    LogScreen full("/dev/full");
    full.show(message_of(1, "Hello"), evening);
    EXPECT_EQ(std::get<Came>(full.take_events().at(0)).outcome.state, State::failed);

    if (LogScreen::has_journal()) return;
    LogScreen journal({});
    journal.show(message_of(1, "Hello"), evening);
    EXPECT_EQ(std::get<Came>(journal.take_events().at(0)).outcome.state, State::failed);
}

TEST_F(ScreenOfARecord, WritesToTheFileOfThatNameAfterARotation) {
    screen.show(message_of(1, "Before"), evening);
    std::filesystem::rename(file, folder.path() / "messages.log.1");
    screen.show(message_of(2, "After"), evening);
    EXPECT_EQ(written().find("Before"), std::string::npos);
    EXPECT_NE(written().find("After"), std::string::npos);
}

}  // namespace
}  // namespace crier::screens
