// Subscriber, Listener and Publisher with a whole broker: real sockets, CURVE, a journal on disk.
// Method: a Broker on a thread of this process, on free ports; everything waits for events.

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <vector>

#include "shared/protocol/invitation.hpp"
#include "subscriber/edge/courier.hpp"
#include "tests/integration/running_broker.hpp"
#include "tests/support/temporary_directory.hpp"

namespace crier {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

using testing::deadline;
using testing::RunningBroker;
using testing::Screen;
using testing::Told;

SubscriberOptions of_user(const std::string& user) {
    SubscriberOptions options;
    options.attributes.user = user;
    return options;
}

class SubscriberAtABroker : public ::testing::Test {
protected:
    void SetUp() override { broker.start(); }

    Publisher publisher() const { return broker.publisher(); }

    static SendOptions until(State state) {
        SendOptions options;
        options.wait_for = state;
        options.timeout = deadline;
        return options;
    }

    testing::TemporaryDirectory directory;
    RunningBroker broker{directory.path()};
};

const Content maintenance{
    .text = "Une opération de maintenance est prévue à 22h.\nVeuillez vous déconnecter.",
    .title = "À lire",
    .severity = Severity::warning,
    .style = Style::alert};

TEST_F(SubscriberAtABroker, GetsABroadcastOnEveryScreenOnceAndReportsIt) {
    std::vector<std::unique_ptr<Screen>> screens;
    for (int i = 0; i < 5; ++i) screens.push_back(std::make_unique<Screen>(broker, of_user("u")));
    for (auto& screen : screens) ASSERT_TRUE(screen->connected.wait_for(1));

    Publisher ops = publisher();
    const auto sent = ops.send(maintenance, Target::everyone(), until(State::displayed));
    ASSERT_TRUE(sent) << to_string(sent.error());
    EXPECT_TRUE(sent->is_complete);
    EXPECT_EQ(sent->tally[State::displayed], 5u);
    for (auto& screen : screens) {
        const auto messages = screen->messages.all();
        ASSERT_EQ(messages.size(), 1u);
        EXPECT_EQ(messages[0].content, maintenance);
        EXPECT_EQ(messages[0].topic, "all");
        EXPECT_EQ(messages[0].id, sent->id);
    }
}

TEST_F(SubscriberAtABroker, GetsWhatIsForItAloneAndNothingElse) {
    Screen vanessa(broker, of_user("Vanessa"));
    Screen other(broker, of_user("Other"));
    ASSERT_TRUE(vanessa.connected.wait_for(1));
    ASSERT_TRUE(other.connected.wait_for(1));
    Publisher ops = publisher();
    const SessionId id = vanessa.subscriber->session();
    ASSERT_TRUE(ops.send({.text = "Salut Vanessa"}, Target::of({id}), until(State::displayed)));
    ASSERT_TRUE(ops.send({.text = "to all"}, Target::everyone(), until(State::displayed)));

    const auto own = vanessa.messages.all();
    ASSERT_EQ(own.size(), 2u);
    EXPECT_EQ(own[0].topic, "session/" + to_string(id));
    ASSERT_EQ(other.messages.all().size(), 1u);
    EXPECT_EQ(other.messages.all()[0].content.text, "to all");
}

TEST_F(SubscriberAtABroker, ComesBackAfterARestartAndTellsWhatWasAnsweredMeanwhile) {
    SubscriberOptions options = of_user("Vanessa");
    options.key_file = directory.path() / "key";
    options.state_folder = directory.path() / "state";
    Screen screen(broker, options);
    ASSERT_TRUE(screen.connected.wait_for(1));
    const auto sent = publisher().send(maintenance, Target::everyone(), until(State::displayed));
    ASSERT_TRUE(sent);

    broker.stop();
    ASSERT_TRUE(screen.disconnected.wait_for(1));
    EXPECT_TRUE(screen.disconnected.all()[0].will_return);
    ASSERT_TRUE(screen.subscriber->acknowledged(sent->id, 1));
    broker.start();
    ASSERT_TRUE(screen.connected.wait_for(2));
    EXPECT_EQ(screen.connected.all()[0].opened, screen.connected.all()[1].opened);

    const auto progress = publisher().wait(sent->id, State::acknowledged, {.timeout = deadline});
    ASSERT_TRUE(progress);
    EXPECT_TRUE(progress->is_complete);
    EXPECT_EQ(screen.messages.all().size(), 1u);
}

TEST_F(SubscriberAtABroker, StartsAgainAsTheSameSessionWithWhatWasMissed) {
    SubscriberOptions options = of_user("Vanessa");
    options.key_file = directory.path() / "key";
    options.state_folder = directory.path() / "state";
    SubscriberConnected first;
    {
        Screen screen(broker, options);
        ASSERT_TRUE(screen.connected.wait_for(1));
        first = screen.connected.all()[0];
        ASSERT_TRUE(
            publisher().send({.text = "seen"}, Target::everyone(), until(State::displayed)));
    }
    Screen screen(broker, options);
    ASSERT_TRUE(screen.connected.wait_for(1));
    EXPECT_EQ(screen.connected.all()[0], first);
    ASSERT_TRUE(publisher().send({.text = "new"}, Target::everyone(), until(State::displayed)));
    ASSERT_EQ(screen.messages.all().size(), 1u);
    EXPECT_EQ(screen.messages.all()[0].content.text, "new");
}

TEST_F(SubscriberAtABroker, IsOverForTheBrokerAsSoonAsItStops) {
    Screen screen(broker, of_user("Vanessa"));
    ASSERT_TRUE(screen.connected.wait_for(1));
    Publisher ops = publisher();
    ASSERT_EQ(ops.sessions()->size(), 1u);
    screen.subscriber->stop();
    bool is_gone = false;
    const auto end = std::chrono::steady_clock::now() + seconds(2);  // Far below 15 minutes.
    while (!is_gone && std::chrono::steady_clock::now() < end) {
        const auto sessions = ops.sessions();
        ASSERT_TRUE(sessions);
        is_gone = sessions->empty();
    }
    EXPECT_TRUE(is_gone);
}

TEST_F(SubscriberAtABroker, TakesAMessageOffWhenItExpires) {
    Screen screen(broker, of_user("Vanessa"));
    ASSERT_TRUE(screen.connected.wait_for(1));
    Publisher ops = publisher();
    SendOptions options = until(State::displayed);
    options.expires = screen.subscriber->broker_time() + seconds(1);
    const auto sent = ops.send(maintenance, Target::everyone(), options);
    ASSERT_TRUE(sent);
    ASSERT_TRUE(screen.removed.wait_for(1));
    EXPECT_EQ(screen.removed.all()[0], (MessageRemoved{sent->id, MessageRemovalCause::expired}));
}

TEST_F(SubscriberAtABroker, EndsWhenAnotherProgramTakesItsKey) {
    SubscriberOptions options;
    options.key_file = directory.path() / "key";
    Screen first(broker, options);
    ASSERT_TRUE(first.connected.wait_for(1));
    fs::copy_file(options.key_file, directory.path() / "stolen");
    options.key_file = directory.path() / "stolen";
    Screen second(broker, options);
    ASSERT_TRUE(second.connected.wait_for(1));
    ASSERT_TRUE(first.ended.wait_for(1));
    EXPECT_EQ(first.ended.all()[0].cause, SubscriberEnded::Cause::replaced);
}

TEST_F(SubscriberAtABroker, EndsWhenItsInvitationHasAWrongSecret) {
    auto invitation = protocol::load_invitation(broker.invitation("sessions"),
                                                protocol::Invitation::Kind::sessions);
    ASSERT_TRUE(invitation);
    invitation->secret = Secret::random();
    Screen screen(protocol::to_line(*invitation), {});
    ASSERT_TRUE(screen.ended.wait_for(1));
    EXPECT_EQ(screen.ended.all()[0].cause, SubscriberEnded::Cause::refused);
    EXPECT_EQ(screen.ended.all()[0].error.code, ErrorCode::not_admitted);
}

TEST_F(SubscriberAtABroker, SaysThatTheBrokerIsAnotherOne) {
    auto invitation = protocol::load_invitation(broker.invitation("sessions"),
                                                protocol::Invitation::Kind::sessions);
    ASSERT_TRUE(invitation);
    invitation->server_key->front() ^= 1;
    Screen screen(protocol::to_line(*invitation), {});
    ASSERT_TRUE(screen.disconnected.wait_for(1));
    EXPECT_EQ(screen.disconnected.all()[0].error.code, ErrorCode::server_key_wrong);
    EXPECT_TRUE(screen.messages.all().empty());
}

TEST_F(SubscriberAtABroker, CanOnlyComeInWithASessionsInvitation) {
    SubscriberOptions options;
    options.invitation = broker.invitation("operators");
    SubscriberHandler handler;
    handler.on_message = [](const IncomingMessage&) {};
    EXPECT_EQ(Subscriber::start(options, handler).error().code, ErrorCode::invitation_invalid);
}

TEST_F(SubscriberAtABroker, IsDispatchedByAProgramsOwnLoop) {
    SubscriberOptions options;
    options.invitation = broker.invitation("sessions");
    options.delivery = Delivery::by_dispatch;
    int connected = 0;
    std::vector<IncomingMessage> shown;
    SubscriberHandler handler;
    handler.on_connected = [&](const SubscriberConnected&) { connected += 1; };
    handler.on_message = [&](const IncomingMessage& message) { shown.push_back(message); };
    auto subscriber = Subscriber::start(options, handler);
    ASSERT_TRUE(subscriber);
    while (connected == 0) {
        subscriber::wait_readable(subscriber->descriptor());
        subscriber->dispatch();
    }
    ASSERT_TRUE(publisher().send({.text = "hello"}, Target::everyone()));
    while (shown.empty()) {
        subscriber::wait_readable(subscriber->descriptor());
        subscriber->dispatch();
    }
    EXPECT_EQ(shown[0].content.text, "hello");
}

// ---- The bell
// --------------------------------------------------------------------------------------

/// Sends until the listener has heard one: a SUB socket's subscription takes its time to arrive.
template <class Heard>
bool send_until_heard(Publisher& ops, const Target& target, Heard& heard) {
    const auto end = std::chrono::steady_clock::now() + deadline;
    while (heard.all().empty() && std::chrono::steady_clock::now() < end) {
        if (!ops.send({.text = "ding"}, target)) return false;
    }
    return !heard.all().empty();
}

TEST_F(SubscriberAtABroker, LetsAListenerHearAllAndASessionsTopic) {
    Screen screen(broker, of_user("Vanessa"));
    ASSERT_TRUE(screen.connected.wait_for(1));
    const SessionId id = screen.subscriber->session();
    Publisher ops = publisher();

    const auto hears = [&](ListenerOptions options, const Target& target) {
        Told<IncomingMessage> heard;
        ListenerHandler handler;
        handler.on_message = [&](const IncomingMessage& message) { heard.note(message); };
        options.invitation = broker.invitation("listeners");
        auto listener = Listener::start(options, handler);
        EXPECT_TRUE(listener) << to_string(listener.error());
        EXPECT_TRUE(send_until_heard(ops, target, heard));
        listener->stop();
        return heard.all().empty() ? IncomingMessage{} : heard.all().front();
    };
    EXPECT_EQ(hears({}, Target::everyone()).topic, "all");

    ListenerOptions own;
    own.hear_all = false;
    own.sessions = {id};
    const IncomingMessage message = hears(own, Target::of({id}));
    EXPECT_EQ(message.topic, "session/" + to_string(id));
    EXPECT_EQ(message.content.text, "ding");
}

TEST_F(SubscriberAtABroker, DoesNotLetAStrangerHearTheBell) {
    auto invitation = protocol::load_invitation(broker.invitation("listeners"),
                                                protocol::Invitation::Kind::listeners);
    ASSERT_TRUE(invitation);
    invitation->secret = Secret::random();
    Told<Error> lost;
    Told<IncomingMessage> heard;
    ListenerHandler handler;
    handler.on_disconnected = [&](const Error& error) { lost.note(error); };
    handler.on_message = [&](const IncomingMessage& message) { heard.note(message); };
    ListenerOptions options;
    options.invitation = protocol::to_line(*invitation);
    auto listener = Listener::start(options, handler);
    ASSERT_TRUE(listener);
    ASSERT_TRUE(lost.wait_for(1));
    EXPECT_EQ(lost.all()[0].code, ErrorCode::not_admitted);
    EXPECT_TRUE(heard.all().empty());
}

}  // namespace
}  // namespace crier
