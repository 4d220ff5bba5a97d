// Subscriber, Listener and Publisher with a whole broker: real sockets, CURVE, a journal on disk.
// Method: a Broker on a thread of this process, on free ports; everything waits for events.

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <sstream>
#include <thread>
#include <vector>

#include "broker/broker.hpp"
#include "broker/log.hpp"
#include "crier/publisher.hpp"
#include "crier/subscriber.hpp"
#include "shared/protocol/invitation.hpp"
#include "subscriber/edge/courier.hpp"
#include "tests/support/temporary_directory.hpp"

namespace crier {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

constexpr seconds deadline{20};

/// Anything that several threads tell the test.
template <class Thing>
class Seen {
public:
    void note(Thing thing) {
        const std::lock_guard lock(mutex_);
        things_.push_back(std::move(thing));
        changed_.notify_all();
    }
    bool wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, deadline, [&] { return things_.size() >= count; });
    }
    std::vector<Thing> all() {
        const std::lock_guard lock(mutex_);
        return things_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Thing> things_;
};

/// A broker that can be stopped and started again on the same ports and data.
class RunningBroker {
public:
    explicit RunningBroker(fs::path folder) : folder_(std::move(folder)) {
        config_ =
            config::filled_from(config::Settings{broker::broker_table}, broker::broker_fields);
        config_.sessions_endpoints = {"tcp://127.0.0.1:0"};
        config_.operators_endpoints = {"tcp://127.0.0.1:0"};
        config_.bell_endpoints = {"tcp://127.0.0.1:0"};
        config_.heartbeat_ms = 200;
    }
    ~RunningBroker() { stop(); }
    RunningBroker(const RunningBroker&) = delete;
    RunningBroker& operator=(const RunningBroker&) = delete;

    void start() {
        Seen<std::string> served;
        thread_ = std::thread([this, &served] {
            auto started = broker::Broker::start(config_, places(), log_);
            if (!started) return served.note(to_string(started.error()));
            broker_ = started->get();
            const Status run = (*started)->run([&](const broker::DoorEndpoints& endpoints) {
                config_.sessions_endpoints = endpoints.sessions;
                config_.operators_endpoints = endpoints.operators;
                config_.bell_endpoints = endpoints.bell;
                served.note("");
            });
            if (!run) served.note(to_string(run.error()));
        });
        ASSERT_TRUE(served.wait_for(1));
        ASSERT_EQ(served.all()[0], "");
    }

    void stop() {
        if (!thread_.joinable()) return;
        broker_->stop();
        thread_.join();
    }

    [[nodiscard]] std::string invitation(const std::string& kind) const {
        return (places().invitations / (kind + ".invitation")).string();
    }

private:
    [[nodiscard]] broker::Places places() const {
        return {folder_ / "data", folder_ / "run", folder_ / "invitations"};
    }

    fs::path folder_;
    broker::BrokerConfig config_;
    std::ostringstream lines_;
    broker::Log log_{lines_, broker::Level::off, broker::LogFormat::text};
    broker::Broker* broker_ = nullptr;
    std::thread thread_;
};

/// A session and all it was told.
class Screen {
public:
    Screen(const RunningBroker& broker, SubscriberOptions options)
        : Screen(broker.invitation("sessions"), std::move(options)) {}
    Screen(std::string invitation, SubscriberOptions options) {
        options.invitation = std::move(invitation);
        SubscriberHandler handler;
        handler.on_connected = [this](const auto& event) { connected.note(event); };
        handler.on_disconnected = [this](const auto& event) { disconnected.note(event); };
        handler.on_message = [this](const auto& event) { messages.note(event); };
        handler.on_removed = [this](const auto& event) { removed.note(event); };
        handler.on_ended = [this](const auto& event) { ended.note(event); };
        auto started = Subscriber::start(std::move(options), std::move(handler));
        EXPECT_TRUE(started) << to_string(started.error());
        if (started) subscriber = std::make_unique<Subscriber>(std::move(*started));
    }

    Seen<SubscriberConnected> connected;
    Seen<SubscriberDisconnected> disconnected;
    Seen<IncomingMessage> messages;
    Seen<MessageRemoved> removed;
    Seen<SubscriberEnded> ended;
    std::unique_ptr<Subscriber> subscriber;  ///< Last: it stops before what its handler uses goes.
};

SubscriberOptions of_user(const std::string& user) {
    SubscriberOptions options;
    options.attributes.user = user;
    return options;
}

class SubscriberAtABroker : public ::testing::Test {
protected:
    void SetUp() override { broker.start(); }

    Publisher publisher() const {
        PublisherOptions options;
        options.invitation = broker.invitation("operators");
        auto publisher = Publisher::connect(options);
        EXPECT_TRUE(publisher) << to_string(publisher.error());
        return std::move(*publisher);
    }

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
        Seen<IncomingMessage> heard;
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
    Seen<Error> lost;
    Seen<IncomingMessage> heard;
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
