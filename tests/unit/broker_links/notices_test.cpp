// Notices: what is noticed becomes one line and one count, and nobody can fill a disk with it.

#include "broker/notices.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace crier::broker {
namespace {

constexpr Instant start{};

class NoticesTest : public ::testing::Test {
protected:
    std::string lines() {
        std::string text = out.str();
        out.str("");
        return text;
    }
    std::size_t line_count() {
        const std::string text = lines();
        return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    }

    std::ostringstream out;
    Log log{out, Level::info, LogFormat::journal};
    Notices notices{log};
};

TEST_F(NoticesTest, AreWrittenWithWhatTheyName) {
    notices.tell({.fact = Fact::session_refused,
                  .peer = PeerId{17},
                  .session = SessionId{},
                  .code = ErrorCode::not_admitted,
                  .detail = "the proof is wrong"},
                 start);
    EXPECT_EQ(lines(),
              "<4>event=session_refused peer=17 session=00000000000000000000000000000000 "
              "code=4031 name=not_admitted detail=\"the proof is wrong\" security=true\n");
    EXPECT_EQ(notices.count(Fact::session_refused), 1u);
}

TEST_F(NoticesTest, OfEachMessageAreCountedButNotWritten) {
    notices.tell({.fact = Fact::message_accepted, .message = MessageId{}}, start);
    EXPECT_EQ(lines(), "");
    EXPECT_EQ(notices.count(Fact::message_accepted), 1u);
}

TEST_F(NoticesTest, OfOneKindAreLimitedAMinuteAndTheRestIsCounted) {
    for (int i = 0; i < 100; ++i) notices.tell({.fact = Fact::session_opened}, start);
    EXPECT_EQ(line_count(), Notices::lines_a_minute_max);
    notices.tell({.fact = Fact::storage_failed, .code = ErrorCode::storage_failed}, start);
    EXPECT_EQ(line_count(), 1u) << "another kind has a minute of its own";
    EXPECT_EQ(notices.count(Fact::session_opened), 100u);

    notices.tell({.fact = Fact::session_opened}, start + Milliseconds{60'000});
    EXPECT_EQ(lines(), "<6>event=session_opened left_out_before=80\n");
}

TEST_F(NoticesTest, AboutRefusalsAreQuietWhileTheDoorsAreTested) {
    notices.set_self_testing(true);
    notices.tell({.fact = Fact::session_refused, .code = ErrorCode::malformed_frame}, start);
    notices.tell(Door::sessions, {LinkEnd::impostor, std::nullopt, "10.0.0.1"}, start);
    EXPECT_EQ(lines(), "");
    notices.set_self_testing(false);
    notices.tell(Door::sessions, {LinkEnd::impostor, std::nullopt, "10.0.0.1"}, start);
    EXPECT_EQ(lines(),
              "<4>event=connection_ended door=sessions reason=impostor address=10.0.0.1 "
              "security=true\n");
}

TEST_F(NoticesTest, OfRefusalsAreOneLineAMinuteForEachReasonAndWho) {
    const auto refused = [this](const char* who, ErrorCode code, Instant now = start) {
        notices.tell({.fact = Fact::request_refused, .code = code, .detail = "no", .who = who},
                     now);
    };
    for (int i = 0; i < 50; ++i) refused("ann", ErrorCode::not_authorized);
    EXPECT_EQ(lines(),
              "<4>event=request_refused code=4030 name=not_authorized detail=no who=ann "
              "security=true\n");
    refused("bob", ErrorCode::not_authorized);
    refused("ann", ErrorCode::malformed_frame);
    notices.tell(Door::operators, {LinkEnd::not_admitted, std::nullopt, "10.0.0.1"}, start);
    notices.tell(Door::operators, {LinkEnd::not_admitted, std::nullopt, "10.0.0.2"}, start);
    EXPECT_EQ(line_count(), 4u);
    EXPECT_EQ(notices.count(Fact::request_refused), 52u);
    refused("ann", ErrorCode::not_authorized, start + Milliseconds{60'000});
    EXPECT_EQ(lines(),
              "<4>event=request_refused code=4030 name=not_authorized detail=no who=ann "
              "security=true left_out_before=49\n");
}

TEST_F(NoticesTest, OfRefusalsAreBoundedHoweverManyStrangersCome) {
    for (int i = 0; i < 10'000; ++i) {
        notices.tell(Door::sessions, {LinkEnd::impostor, std::nullopt, "10.0." + std::to_string(i)},
                     start);
    }
    EXPECT_EQ(line_count(), Notices::security_lines_a_minute_max);
    notices.tell({.fact = Fact::session_opened}, start);
    EXPECT_EQ(line_count(), 1u) << "other lines have room of their own";
    notices.tell(Door::sessions, {LinkEnd::impostor, std::nullopt, "10.1.1.1"},
                 start + Milliseconds{60'000});
    EXPECT_NE(lines().find("left_out_before=9900"), std::string::npos);
}

TEST_F(NoticesTest, AreCountedInOneLine) {
    notices.tell({.fact = Fact::message_accepted}, start);
    notices.tell({.fact = Fact::message_accepted}, start);
    notices.tell(Door::operators, {LinkEnd::lost, PeerId{1}, {}}, start);
    notices.log_counts();
    EXPECT_EQ(lines(), "<6>event=counts message_accepted=2 ended_lost=1\n");
}

TEST_F(NoticesTest, CountNothingWithoutALine) {
    notices.log_counts();
    EXPECT_EQ(lines(), "");
}

TEST_F(NoticesTest, HaveANameForEachFact) {
    for (std::size_t i = 0; i < fact_count; ++i) {
        EXPECT_FALSE(name_of(static_cast<Fact>(i)).empty()) << i;
    }
    EXPECT_TRUE(name_of(static_cast<Fact>(fact_count)).empty()) << "the table has a row too few";
}

}  // namespace
}  // namespace crier::broker
