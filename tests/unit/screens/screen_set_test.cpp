// Several screens as one: who shows what, what becomes of it when a screen fails or goes away, and
// what the sender is told. Method: screens that do and say what the test wants.

#include "subscriber/screens/screen_set.hpp"

#include <gtest/gtest.h>

#include "tests/unit/screens/sample_messages.hpp"

namespace crier::screens {
namespace {

using namespace testing;

/// Notes what it is asked to do, and says at once what the test wants it to say.
class PlayedScreen final : public Screen {
public:
    struct Nature {
        bool is_seen = true;
        bool is_for_alerts = false;
        bool has_digests = false;
        bool may_return = false;
        bool is_on_desktop = false;
    };

    PlayedScreen(std::string name, Nature nature) : name_(std::move(name)), nature_(nature) {}

    std::string_view name() const override { return name_; }
    bool is_seen() const override { return nature_.is_seen; }
    bool is_on_desktop() const override { return nature_.is_on_desktop; }
    bool is_for_alerts() const override { return nature_.is_for_alerts; }
    bool has_digests() const override { return nature_.has_digests; }
    bool may_return() const override { return nature_.may_return; }

    void show(const IncomingMessage& message, UtcTime) override { note("show", message); }
    void change(const IncomingMessage& message, UtcTime) override { note("change", message); }
    void show_digest(std::span<const IncomingMessage> messages, UtcTime) override {
        done.push_back("digest of " + std::to_string(messages.size()));
        for (const IncomingMessage& message : messages) {
            if (answer) tell(message, {answer->state, answer->cause, true});
        }
    }
    void escalate(const MessageEscalated& escalated, UtcTime) override {
        done.push_back("escalate " + std::to_string(escalated.id.bytes[15]));
    }
    void remove(const MessageRemoved& removed, UtcTime) override {
        done.push_back("remove " + std::to_string(removed.id.bytes[15]));
    }
    void withdraw(const MessageId& id, UtcTime) override {
        done.push_back("withdraw " + std::to_string(id.bytes[15]));
    }
    void acknowledged(const Acknowledgement& reply, const Status&, UtcTime) override {
        done.push_back("acknowledged " + std::to_string(reply.id.bytes[15]));
    }
    void answered(const Answer&, const Status&, UtcTime) override {}

    using Screen::tell;

    std::vector<std::string> take_done() { return std::exchange(done, {}); }

    std::optional<Outcome> answer = Outcome{};  ///< Said of each message; nullopt: nothing yet.
    std::vector<std::string> done;

private:
    void note(const char* what, const IncomingMessage& message) {
        done.push_back(std::string(what) + " " + std::to_string(message.id.bytes[15]));
        if (answer) tell(message, *answer);
    }

    std::string name_;
    Nature nature_;
};

class PlayedLock final : public ScreenLock {
public:
    explicit PlayedLock(const bool& is_locked) : is_locked_(is_locked) {}
    bool is_locked() const override { return is_locked_; }
    void add_waits(std::vector<pollfd>& waits) const override { waits.push_back({-1, 0, 0}); }
    std::optional<Milliseconds> next_serve() const override { return std::nullopt; }
    void serve() override {}

private:
    const bool& is_locked_;
};

using Done = std::vector<std::string>;
using Events = std::vector<ScreenEvent>;

/// `window:desktop:terminal,log`
class SetOfScreens : public ::testing::Test {
protected:
    static std::vector<Chain> chains_of(std::vector<std::vector<PlayedScreen*>> screens) {
        std::vector<Chain> chains;
        for (const auto& row : screens) {
            Chain chain;
            for (PlayedScreen* screen : row) chain.emplace_back(screen);
            chains.push_back(std::move(chain));
        }
        return chains;
    }
    static Came came(std::uint8_t number, Outcome outcome) {
        return {id_of(number), 1, std::move(outcome)};
    }
    Events taken() { return set.take_events(); }
    /// Lets the screens' own events through, as a turn of the program's loop does.
    Events served() {
        set.tick(evening);
        return set.take_events();
    }
    void show(const IncomingMessage& message) { set.show(message, evening); }

    PlayedScreen* window = new PlayedScreen("window", {.is_for_alerts = true});
    PlayedScreen* desktop = new PlayedScreen("desktop", {.has_digests = true, .may_return = true});
    PlayedScreen* terminal = new PlayedScreen("terminal", {.has_digests = true});
    PlayedScreen* log = new PlayedScreen("log", {.is_seen = false});
    ScreenSet set{chains_of({{window, desktop, terminal}, {log}})};
};

TEST_F(SetOfScreens, ShowsANotificationOnTheFirstScreenThatIsNotForAlertsAndInEachOtherChain) {
    show(message_of(1, "Hello"));
    EXPECT_EQ(window->done, Done{});
    EXPECT_EQ(desktop->done, Done{"show 1"});
    EXPECT_EQ(terminal->done, Done{});
    EXPECT_EQ(log->done, Done{"show 1"});
    EXPECT_EQ(taken(), (Events{came(1, {})}));
}

TEST_F(SetOfScreens, ShowsAlertsAndQuestionsOnTheScreenMadeForThem) {
    show(alert_of(1, "Log off"));
    show(question_of(2, "Now?"));
    EXPECT_EQ(window->done, (Done{"show 1", "show 2"}));
    EXPECT_EQ(desktop->done, Done{});
}

TEST_F(SetOfScreens, FallsThroughToTheNextScreenAndTheReceiptSaysWhy) {
    desktop->answer = Outcome{State::failed, "there is no notification server"};
    show(message_of(1, "Hello"));
    EXPECT_EQ(terminal->done, Done{"show 1"});
    EXPECT_EQ(taken(),
              (Events{came(1, {State::displayed,
                               "by terminal, for desktop: there is no notification server"})}));
}

TEST_F(SetOfScreens, NeverSaysDisplayedBecauseOfARecordWhileTheScreenHasNotSpoken) {
    desktop->answer.reset();
    show(message_of(1, "Hello"));
    EXPECT_EQ(taken(), Events{});
    desktop->tell(came(1, {State::suppressed, "do not disturb"}));
    EXPECT_EQ(served(), (Events{came(1, {State::suppressed, "do not disturb"})}));
    desktop->tell(came(1, {}));
    EXPECT_EQ(served(), (Events{came(1, {})}));
}

TEST_F(SetOfScreens, SaysOfALogByItselfThatItIsARecord) {
    ScreenSet alone(chains_of({{new PlayedScreen("log", {.is_seen = false})}}));
    alone.show(message_of(1, "Hello"), evening);
    EXPECT_EQ(alone.take_events(), (Events{came(1, {State::displayed, "on record only"})}));
}

TEST_F(SetOfScreens, SaysOfWhatNoPersonCanSeeThatItIsWrittenDown) {
    auto* broken = new PlayedScreen("terminal", {});
    broken->answer = Outcome{State::failed, "nobody reads the output"};
    ScreenSet record(chains_of({{broken}, {new PlayedScreen("log", {.is_seen = false})}}));
    record.show(message_of(1, "Hello"), evening);
    EXPECT_EQ(record.take_events(),
              (Events{came(1, {State::displayed,
                               "on record only, for terminal: nobody reads the output"})}));
}

TEST_F(SetOfScreens, HoldsBackWhatAScreenMayShowLaterAndShowsItThen) {
    desktop->answer = window->answer = terminal->answer = Outcome{State::failed, "broken"};
    show(message_of(1, "Hello"));
    // The record has it, but nobody has seen it.
    EXPECT_EQ(taken(), (Events{came(1, {State::suppressed,
                                        "desktop: broken, terminal: broken, window: broken"})}));
    desktop->take_done();
    desktop->answer = Outcome{};
    desktop->tell(Usable{});
    EXPECT_EQ(served(), (Events{came(1, {})}));
    EXPECT_EQ(desktop->done, Done{"show 1"});
}

TEST_F(SetOfScreens, DoesNotShowLaterWhatWasRecalledMeanwhile) {
    desktop->answer = window->answer = terminal->answer = Outcome{State::failed, "broken"};
    show(message_of(1, "Hello"));
    set.remove({id_of(1), MessageRemovalCause::recalled}, evening);
    static_cast<void>(taken());
    desktop->take_done();
    desktop->answer = Outcome{};
    desktop->tell(Usable{});
    EXPECT_EQ(served(), Events{});
    EXPECT_EQ(desktop->done, Done{});
}

TEST_F(SetOfScreens, ShowsOnTheNextScreenWhatWentAwayWithItsScreen) {
    show(message_of(1, "Hello"));
    static_cast<void>(taken());
    desktop->tell(came(1, {State::failed, "the notification server ended"}));
    EXPECT_EQ(served(), (Events{came(1, {State::displayed,
                                         "by terminal, for desktop: the notification server "
                                         "ended"})}));
    EXPECT_EQ(terminal->done, Done{"show 1"});
}

TEST_F(SetOfScreens, SaysThatANotificationIsGoneWhenNoOtherScreenCanShowIt) {
    ScreenSet alone(chains_of({{desktop = new PlayedScreen("desktop", {.may_return = true})}}));
    alone.show(message_of(1, "Hello"), evening);
    alone.show(alert_of(2, "Log off"), evening);
    static_cast<void>(alone.take_events());
    desktop->tell(came(1, {State::failed, "it ended"}));
    desktop->tell(came(2, {State::failed, "it ended"}));
    alone.tick(evening);
    EXPECT_EQ(alone.take_events(), (Events{Dismissal{id_of(1), 1, "desktop: it ended"}}));
    // The alert still asks: it comes back with the screen.
    desktop->take_done();
    alone.dismissed({id_of(1), 1, {}}, {}, evening);
    desktop->tell(Usable{});
    alone.tick(evening);
    EXPECT_EQ(desktop->done, Done{"show 2"});
}

TEST_F(SetOfScreens, ShowsManyThatFallThroughTogetherAsOneDigest) {
    desktop->answer = Outcome{State::failed, "it ended"};
    std::vector<IncomingMessage> messages;
    for (std::uint8_t number = 1; number <= 7; ++number) {
        messages.push_back(message_of(number, "Hello"));
    }
    set.show_digest(messages, evening);
    EXPECT_EQ(desktop->done, Done{"digest of 7"});
    EXPECT_EQ(terminal->done, Done{"digest of 7"});
    EXPECT_EQ(log->done.size(), 7U);
    for (const ScreenEvent& event : taken()) {
        EXPECT_TRUE(std::get<Came>(event).outcome.is_in_digest);
    }
}

TEST_F(SetOfScreens, MovesWhatBecomesAnAlertToTheScreenForAlerts) {
    show(message_of(1, "Hello"));
    static_cast<void>(taken());
    desktop->take_done();
    set.escalate({id_of(1), 1, Urgency::alert}, evening);
    EXPECT_EQ(desktop->done, Done{"withdraw 1"});
    EXPECT_EQ(window->done, (Done{"show 1", "escalate 1"}));
}

TEST_F(SetOfScreens, ChangesAMessageWhereItIs) {
    desktop->answer = Outcome{State::failed, "it ended"};
    show(message_of(1, "Hello"));
    static_cast<void>(taken());
    desktop->take_done();
    terminal->take_done();
    IncomingMessage newer = message_of(1, "Hello again");
    newer.revision = 2;
    set.change(newer, evening);
    EXPECT_EQ(desktop->done, Done{});
    EXPECT_EQ(terminal->done, Done{"change 1"});
}

TEST_F(SetOfScreens, MovesWhatIsAnAlertInANewerRevision) {
    show(message_of(1, "Hello"));
    IncomingMessage newer = alert_of(1, "Hello again");
    newer.revision = 2;
    set.change(newer, evening);
    EXPECT_EQ(desktop->done, (Done{"show 1", "withdraw 1"}));
    EXPECT_EQ(window->done, Done{"change 1"});
}

TEST_F(SetOfScreens, IgnoresWhatAScreenSaysOfAnEarlierRevision) {
    desktop->answer.reset();
    show(message_of(1, "Hello"));
    IncomingMessage newer = message_of(1, "Hello again");
    newer.revision = 2;
    set.change(newer, evening);
    desktop->tell(came(1, {}));
    EXPECT_EQ(served(), Events{});
}

TEST_F(SetOfScreens, TellsEveryScreenWhatThePersonHasAcknowledged) {
    show(alert_of(1, "Log off"));
    static_cast<void>(taken());
    window->tell(Acknowledgement{id_of(1), 1});
    EXPECT_EQ(served(), (Events{Acknowledgement{id_of(1), 1}}));
    set.acknowledged({id_of(1), 1}, {}, evening);
    EXPECT_EQ(terminal->done, Done{"acknowledged 1"});
    EXPECT_EQ(window->done.back(), "acknowledged 1");
    // Its screen may go away now.
    window->tell(came(1, {State::failed, "it ended"}));
    EXPECT_EQ(served(), Events{});
}

TEST_F(SetOfScreens, CountsAMessageAsTakenOffOnlyWhenNoOtherChainShowsIt) {
    auto* left = new PlayedScreen("left", {});
    auto* right = new PlayedScreen("right", {});
    ScreenSet both(chains_of({{left}, {right}}));
    both.show(message_of(1, "Hello"), evening);
    static_cast<void>(both.take_events());
    left->tell(Dismissal{id_of(1), 1, {}});
    both.tick(evening);
    EXPECT_EQ(both.take_events(), Events{});
    right->tell(Dismissal{id_of(1), 1, {}});
    both.tick(evening);
    EXPECT_EQ(both.take_events(), (Events{Dismissal{id_of(1), 1, {}}}));
}

TEST_F(SetOfScreens, HoldsBackWhatIsShownOnALockedDesktopUntilThePersonComesBack) {
    bool is_locked = false;
    ScreenSet locked(chains_of({{new PlayedScreen("desktop", {.is_on_desktop = true})}}));
    locked.watch(std::make_unique<PlayedLock>(is_locked));
    locked.show(message_of(1, "Before"), evening);
    EXPECT_EQ(locked.take_events(), (Events{came(1, {})}));
    is_locked = true;
    locked.show(message_of(2, "While away"), evening);
    EXPECT_EQ(locked.take_events(),
              (Events{LockChanged{true}, came(2, {State::suppressed, "the screen is locked"})}));
    is_locked = false;
    locked.tick(evening);
    EXPECT_EQ(locked.take_events(), (Events{LockChanged{false}, came(2, {})}));
}

TEST_F(SetOfScreens, DoesNotMindALockedDesktopOnATerminalElsewhere) {
    const bool is_locked = true;
    set.watch(std::make_unique<PlayedLock>(is_locked));
    show(message_of(1, "Hello"));
    EXPECT_EQ(taken(), (Events{LockChanged{true}, came(1, {})}));
}

TEST_F(SetOfScreens, TakesNoReplyToAnOlderRevisionForOneToTheNewer) {
    IncomingMessage alert = alert_of(1, "Log off");
    show(alert);
    alert.revision = 2;
    window->answer.reset();
    set.change(alert, evening);
    static_cast<void>(taken());
    window->tell(Acknowledgement{id_of(1), 1});
    window->tell(Answer{id_of(1), 1, 0});
    window->tell(Dismissal{id_of(1), 1, "dismissed by the person"});
    EXPECT_EQ(served(), Events{});
    window->tell(Came{id_of(1), 2, {}});
    window->tell(Acknowledgement{id_of(1), 2});
    EXPECT_EQ(served(), (Events{Acknowledgement{id_of(1), 2}, Came{id_of(1), 2, {}}}));
}

}  // namespace
}  // namespace crier::screens
