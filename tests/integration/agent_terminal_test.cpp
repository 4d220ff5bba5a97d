// crier-agent on a real terminal: keys, modes, widths, and the terminal as it was at the end.
// Method: the program on a pseudo-terminal, a broker played by the test.

#include <gtest/gtest.h>
#include <signal.h>

#include "shared/base/display.hpp"
#include "tests/integration/agent_on_a_terminal.hpp"

namespace crier::testing {
namespace {

TEST_F(AgentOnATerminal, ShowsAMessageInABoxAndSaysThatItDid) {
    start();
    broker.send(show_of(1, "Maintenance à 22h"));
    EXPECT_TRUE(reported(1, State::displayed));
    EXPECT_TRUE(written("┌─ INFO ─"));
    EXPECT_TRUE(written(" Maintenance à 22h "));
    EXPECT_FALSE(agent->is_raw()) << "nothing waits for a key";
}

TEST_F(AgentOnATerminal, TakesAKeyForAnAnswerOnlyWhileAnAlertIsOpen) {
    start();
    const termios before = agent->modes();
    show_alert(1, "Log off");
    EXPECT_TRUE(agent->is_raw());
    EXPECT_TRUE(written("1 alert open"));
    agent->type("a");
    EXPECT_TRUE(reported(1, State::acknowledged));
    EXPECT_TRUE(written("Acknowledged: [1] Log off"));
    ASSERT_TRUE(broker.until([&] { return !agent->is_raw(); }));
    EXPECT_EQ(agent->modes().c_lflag, before.c_lflag);
}

TEST_F(AgentOnATerminal, DoesNotTakeWhatWasTypedBeforeForAnAnswer) {
    start();
    agent->type("a\na\n");
    ASSERT_TRUE(written("a\r\na\r\n")) << "the terminal echoes it";
    show_alert(1, "First");
    show_alert(2, "Second");
    agent->type("2");
    EXPECT_TRUE(reported(2, State::acknowledged));
    EXPECT_FALSE(broker.has_receipt(agent_message_id(1), State::acknowledged));
}

TEST_F(AgentOnATerminal, DoesNotTakeArrowKeysForAnAnswer) {
    start();
    show_alert(1, "First");
    show_alert(2, "Second");
    agent->type(
        "\x1b[A\x1bOa\x1b[1;5a\x1b"
        "a2");
    EXPECT_TRUE(reported(2, State::acknowledged));
    EXPECT_FALSE(broker.has_receipt(agent_message_id(1), State::acknowledged));
}

TEST_F(AgentOnATerminal, RestoresTheTerminalWhenItIsAskedToStop) {
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
        broker.hellos.clear();
        agent.reset();
        folder = std::make_unique<TemporaryDirectory>();  // Nothing is left open from before.
        start();
        const termios before = agent->modes();
        show_alert(static_cast<std::uint8_t>(signal), "Log off");
        ASSERT_TRUE(agent->is_raw());
        agent->send_signal(signal);
        EXPECT_EQ(end(), (Ending{0, 0})) << seen();
        EXPECT_EQ(agent->modes().c_lflag, before.c_lflag);
        EXPECT_TRUE(seen().ends_with("\r\x1b[K")) << "no status line stays behind";
    }
    EXPECT_TRUE(broker.until([&] { return broker.goodbyes == 3; }));
}

TEST_F(AgentOnATerminal, StopsAtCtrlC) {
    start();
    show_alert(1, "Log off");
    agent->type("\x03");
    EXPECT_EQ(end(), (Ending{0, 0}));
    EXPECT_FALSE(agent->is_raw());
}

TEST_F(AgentOnATerminal, TakesAwayWhatTheTerminalEchoesOfCtrlC) {
    start();
    ASSERT_TRUE(written("Connected"));
    const std::size_t before = agent->output().size();
    agent->type("\x03");
    EXPECT_EQ(end(), (Ending{0, 0}));
    EXPECT_TRUE(agent->output().substr(before).ends_with("\r\x1b[K")) << agent->output();
}

TEST_F(AgentOnATerminal, RestoresTheTerminalWhenItDiesByASignalThatItSees) {
    start();
    show_alert(1, "Log off");
    ASSERT_TRUE(agent->is_raw());
    agent->send_signal(SIGQUIT);
    EXPECT_EQ(end(), (Ending{-1, SIGQUIT}));
    EXPECT_FALSE(agent->is_raw());
}

TEST_F(AgentOnATerminal, LeavesTheTerminalInOrderEvenWhenKilledWhileNoAlertIsOpen) {
    start();
    show_alert(1, "Log off");
    agent->type("\n");
    ASSERT_TRUE(reported(1, State::acknowledged));
    ASSERT_TRUE(broker.until([&] { return !agent->is_raw(); }));
    agent->send_signal(SIGKILL);
    EXPECT_EQ(end(), (Ending{-1, SIGKILL}));
    EXPECT_FALSE(agent->is_raw());
}

TEST_F(AgentOnATerminal, GoesOnAfterCtrlZWhereNobodyCouldContinueIt) {
    start();
    show_alert(1, "Log off");
    agent->type("\x1a");
    agent->type("a");
    EXPECT_TRUE(reported(1, State::acknowledged)) << seen();
}

TEST_F(AgentOnATerminal, GoesOnWhenItWasStoppedAndContinued) {
    start();
    show_alert(1, "Log off");
    agent->send_signal(SIGSTOP);
    agent->send_signal(SIGCONT);
    agent->type("a");
    EXPECT_TRUE(reported(1, State::acknowledged)) << seen();
}

TEST_F(AgentOnATerminal, FitsTheWidthAlsoAfterItChanges) {
    start({.environment = {{"NO_COLOR", "1"}}, .columns = 40});
    const std::string text(300, 'x');
    show_alert(1, "Alert");
    broker.send(show_of(2, text));
    ASSERT_TRUE(reported(2, State::displayed));
    EXPECT_TRUE(written("│ " + std::string(36, 'x') + " │\r\n"));

    const std::size_t before = agent->output().size();
    agent->resize(24);
    ASSERT_TRUE(broker.until([&] { return agent->output().size() > before; }));
    broker.send(show_of(3, text));
    ASSERT_TRUE(reported(3, State::displayed));
    EXPECT_TRUE(written("│ " + std::string(20, 'x') + " │\r\n"));
}

TEST_F(AgentOnATerminal, ShowsAChangeInPlaceOfTheAlertAndTheAnswerCountsForIt) {
    start();
    show_alert(1, "At 22:00");
    protocol::Show newer = show_of(1, "At 23:00", Style::alert);
    newer.revision = 2;
    broker.send(newer);
    ASSERT_TRUE(written("At 23:00"));
    EXPECT_TRUE(written("INFO, changed"));
    agent->type("1");
    ASSERT_TRUE(reported(1, State::acknowledged));
    EXPECT_EQ(broker.receipts.back().revision, 2U);
    EXPECT_FALSE(agent->has_written("2 alerts open"));
}

TEST_F(AgentOnATerminal, SaysThatAnAlertWasWithdrawnAndAsksNoLonger) {
    start();
    show_alert(1, "Log off");
    broker.send(protocol::Remove{agent_message_id(1), protocol::RemovalCause::recalled});
    EXPECT_TRUE(written("Withdrawn by the sender: Log off"));
    EXPECT_TRUE(broker.until([&] { return !agent->is_raw(); }));
}

TEST_F(AgentOnATerminal, TakesAMessageOffItselfWhenItExpires) {
    start();
    protocol::Show show = show_of(1, "Only for a moment", Style::alert);
    show.off_screen_at = show.sent + std::chrono::seconds(3);
    show.deliver_until = *show.off_screen_at;
    broker.send(show);
    EXPECT_TRUE(written("expires in "));
    EXPECT_TRUE(written("Expired: Only for a moment"));
}

TEST_F(AgentOnATerminal, KeepsAnAnswerGivenOfflineAndTellsItWhenItIsBack) {
    start();
    show_alert(1, "Log off");
    broker.cut();
    ASSERT_TRUE(written("Connection lost, trying again"));
    agent->type("a");
    ASSERT_TRUE(written("(the sender will know"));
    ASSERT_TRUE(written("Connected again"));
    EXPECT_TRUE(reported(1, State::acknowledged));
}

TEST_F(AgentOnATerminal, SpeaksFrenchToTheFrench) {
    start({.environment = {{"LC_ALL", "fr_CA.UTF-8"}, {"LANG", "en_US.UTF-8"}}});
    show_alert(1, "Bonjour");
    EXPECT_TRUE(written("Connecté"));
    EXPECT_TRUE(written("[1] Appuyez sur Entrée ou a pour confirmer la lecture"));
    EXPECT_EQ(broker.hellos.back().attributes.locale, "fr_CA.UTF-8");
}

TEST_F(AgentOnATerminal, UsesNoColoursWhereTheyAreNotWanted) {
    start({.environment = {{"NO_COLOR", "1"}}});
    show_alert(1, "Plain");
    EXPECT_EQ(seen().find("\x1b[3"), std::string::npos);
    EXPECT_EQ(seen().find("\x1b[1"), std::string::npos);
}

TEST_F(AgentOnATerminal, UsesNoEscapeSequencesOnADumbTerminalAndStillTakesKeys) {
    start({.environment = {{"TERM", "dumb"}}});
    show_alert(1, "Plain");
    EXPECT_TRUE(written("    [1] Press Enter or a to acknowledge\r\n"));
    agent->type("\n");
    EXPECT_TRUE(reported(1, State::acknowledged));
    EXPECT_EQ(seen().find('\x1b'), std::string::npos);
}

TEST_F(AgentOnATerminal, PassesNoSequenceOfASenderOn) {
    start({.environment = {{"NO_COLOR", "1"}}});
    broker.send(show_of(1,
                        "a\x1b]0;title\x07\x1b[2J\r\b\xc2\x9b"
                        "31m\xe2\x80\xae"
                        "b"));
    ASSERT_TRUE(reported(1, State::displayed));
    ASSERT_TRUE(written("└"));
    std::string text = seen();
    const std::string ours = "\r\x1b[K";
    for (std::size_t at = 0; (at = text.find(ours, at)) != text.npos;) text.erase(at, ours.size());
    for (const char* theirs : {"\x1b", "\x07", "\b", "\xc2\x9b", "\xe2\x80\xae"}) {
        EXPECT_EQ(text.find(theirs), std::string::npos) << text;
    }
}

}  // namespace
}  // namespace crier::testing
