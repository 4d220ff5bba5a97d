// Subscriber: its threads, its descriptor, its files and its end.
// Method: a whole Subscriber at a door in memory; the test is the broker. Nothing here sees ZeroMQ,
// so that the thread sanitizer can watch.

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "tests/support/temporary_directory.hpp"
#include "tests/unit/subscriber/fake_broker.hpp"

namespace crier::subscriber {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

TEST(Subscriber, CallsTheHandlerAndSaysThatItDisplayed) {
    FakeBroker broker;
    Told told;
    auto subscriber = start_at(broker, {}, told.handler());
    ASSERT_TRUE(subscriber);
    ASSERT_TRUE(broker.welcome());
    const auto connected = told.expect<SubscriberConnected>();
    ASSERT_TRUE(connected);
    EXPECT_EQ(connected->session, subscriber->session());

    ASSERT_TRUE(broker.send(message_now(1)));
    const auto message = told.expect<IncomingMessage>();
    ASSERT_TRUE(message);
    EXPECT_EQ(message->content.text, "text");
    EXPECT_TRUE(broker.expect_receipts(State::displayed, 1));
}

TEST(Subscriber, LeavesReportingToAProgramThatWantsIt) {
    FakeBroker broker;
    Told told;
    SubscriberOptions options;
    options.report = Report::manual;
    auto subscriber = start_at(broker, options, told.handler());
    ASSERT_TRUE(broker.welcome());
    ASSERT_TRUE(broker.send(message_now(1)));
    ASSERT_TRUE(told.expect<IncomingMessage>());
    EXPECT_TRUE(broker.expect_receipts(State::delivered, 1));

    ASSERT_TRUE(subscriber->suppressed(message_now(1).id, 1, "do not disturb"));
    EXPECT_TRUE(broker.expect_receipts(State::suppressed, 1));
    ASSERT_TRUE(subscriber->displayed(message_now(1).id, 1));
    EXPECT_TRUE(broker.expect_receipts(State::displayed, 1));
    ASSERT_TRUE(subscriber->acknowledged(message_now(1).id, 1));
    EXPECT_TRUE(broker.expect_receipts(State::acknowledged, 1));
}

TEST(Subscriber, TakesWhatAHandlerReportsForMoreThanItsReturn) {
    FakeBroker broker;
    std::atomic<Subscriber*> itself{nullptr};
    SubscriberHandler handler;
    handler.on_message = [&](const IncomingMessage& message) {
        EXPECT_TRUE(itself.load()->failed(message.id, message.revision, "no screen"));
    };
    auto subscriber = start_at(broker, {}, handler);
    itself = &*subscriber;
    ASSERT_TRUE(broker.welcome());
    ASSERT_TRUE(broker.send(message_now(1)));
    EXPECT_TRUE(broker.expect_receipts(State::failed, 1));
    subscriber->stop();
    while (const auto frame =
               broker.frames.empty() ? std::nullopt : broker.expect<protocol::Receipts>()) {
        for (const auto& receipt : frame->receipts) EXPECT_EQ(receipt.state, State::failed);
    }
}

TEST(Subscriber, SaysWhichMessagesItDisplayedInADigestAndWhenTheyWent) {
    FakeBroker broker;
    std::atomic<Subscriber*> itself{nullptr};
    SubscriberHandler handler;
    handler.on_message = [&](const IncomingMessage& message) {
        EXPECT_TRUE(itself.load()->displayed_in_digest(message.id, message.revision));
        EXPECT_TRUE(itself.load()->removed(message.id, message.revision));
    };
    auto subscriber = start_at(broker, {}, handler);
    itself = &*subscriber;
    const UtcTime before = read_clocks().utc;
    ASSERT_TRUE(broker.welcome());
    ASSERT_TRUE(broker.send(message_now(1)));
    while (const auto frame = broker.expect<protocol::Receipts>()) {
        const protocol::Receipt& receipt = frame->receipts.at(0);
        if (!receipt.removed) continue;  // It has come, or is on the screen for a moment.
        EXPECT_EQ(receipt.state, State::displayed);
        EXPECT_TRUE(receipt.digest);
        EXPECT_GE(receipt.at, before);
        ASSERT_TRUE(receipt.gone);
        EXPECT_GE(*receipt.gone, receipt.at);
        return;
    }
    ADD_FAILURE() << "no receipt says that it has gone";
}

TEST(Subscriber, DispatchesOnTheProgramsOwnThreadWhenTheDescriptorIsReadable) {
    FakeBroker broker;
    SubscriberOptions options;
    options.delivery = Delivery::by_dispatch;
    SubscriberHandler handler;
    int shown = 0;
    const std::thread::id own = std::this_thread::get_id();
    handler.on_message = [&](const IncomingMessage&) {
        EXPECT_EQ(std::this_thread::get_id(), own);
        shown += 1;
    };
    auto subscriber = start_at(broker, options, handler);
    ASSERT_TRUE(broker.welcome());
    for (int number = 1; number <= 10; ++number) ASSERT_TRUE(broker.send(message_now(number)));
    EXPECT_TRUE(wait_until({subscriber->descriptor()}, [&] {
        subscriber->dispatch();
        return shown == 10;
    }));
    EXPECT_EQ(subscriber->dispatch(), 0u);
    EXPECT_TRUE(broker.expect_receipts(State::displayed, 10));
}

TEST(Subscriber, HasNoDescriptorWhenItDeliversByItself) {
    FakeBroker broker;
    Told told;
    auto subscriber = start_at(broker, {}, told.handler());
    EXPECT_EQ(subscriber->descriptor(), -1);
    EXPECT_EQ(subscriber->dispatch(), 0u);
}

TEST(Subscriber, TakesReportsFromManyThreadsAtOnce) {
    FakeBroker broker;
    Told told;
    auto subscriber = start_at(broker, {}, told.handler());
    ASSERT_TRUE(broker.welcome());
    constexpr int messages = 200;
    for (int number = 0; number < messages; ++number) {
        ASSERT_TRUE(broker.send(message_now(number, Style::alert)));
        ASSERT_TRUE(told.expect<IncomingMessage>());
    }
    std::vector<std::thread> threads;
    for (int first = 0; first < 4; ++first) {
        threads.emplace_back([&, first] {
            for (int number = first; number < messages; number += 4) {
                EXPECT_TRUE(subscriber->acknowledged(message_now(number).id, 1));
                EXPECT_TRUE(subscriber->set_presence(Presence::locked));
                EXPECT_GT(to_ms(subscriber->broker_time()), 0);
            }
        });
    }
    EXPECT_TRUE(broker.expect_receipts(State::acknowledged, messages));
    for (std::thread& thread : threads) thread.join();
}

TEST(Subscriber, KeepsTheConnectionWhileAHandlerTakesLong) {
    FakeBroker broker;
    WakeUp release;
    SubscriberHandler handler;
    handler.on_message = [&](const IncomingMessage&) { wait_readable(release.descriptor()); };
    auto subscriber = start_at(broker, {}, handler);
    ASSERT_TRUE(broker.welcome(Milliseconds{100}));
    ASSERT_TRUE(broker.send(message_now(1)));
    for (int heartbeat = 0; heartbeat < 3; ++heartbeat) {
        ASSERT_TRUE(broker.expect<protocol::Heartbeat>());
        ASSERT_TRUE(broker.send(protocol::Heartbeat{read_clocks().utc, 0}));
    }
    EXPECT_EQ(broker.closed, 0);
    release.signal();
    EXPECT_TRUE(broker.expect_receipts(State::displayed, 1));
}

TEST(Subscriber, LosesNothingOfAProgramThatTakesNothingForLong) {
    FakeBroker broker;
    SubscriberOptions options;
    options.delivery = Delivery::by_dispatch;
    std::vector<std::uint64_t> shown;
    SubscriberHandler handler;
    handler.on_message = [&](const IncomingMessage& message) { shown.push_back(message.seq); };
    auto subscriber = start_at(broker, options, handler);
    ASSERT_TRUE(broker.welcome());

    // More than fits between the two: at some point the door is full, and then the program wakes.
    constexpr int messages = 3'000;
    int sent = 0;
    static_cast<void>(wait_until({subscriber->descriptor()}, [&] {
        broker.take();
        while (sent < messages && broker.send(message_now(sent))) sent += 1;
        return sent == messages || sent > static_cast<int>(events_max);
    }));
    ASSERT_TRUE(wait_until({subscriber->descriptor()}, [&] {
        subscriber->dispatch();
        broker.take();
        while (sent < messages && broker.send(message_now(sent))) sent += 1;
        return shown.size() == messages;
    }));
    for (std::size_t i = 0; i < shown.size(); ++i) ASSERT_EQ(shown[i], i);
}

TEST(Subscriber, ComesBackAfterTheConnectionWasCut) {
    FakeBroker broker;
    Told told;
    auto subscriber = start_at(broker, {}, told.handler());
    ASSERT_TRUE(broker.welcome());
    ASSERT_TRUE(broker.send(message_now(1)));
    ASSERT_TRUE(told.expect<IncomingMessage>());
    broker.door.cut(broker.peer);
    const auto outage = told.expect<SubscriberDisconnected>();
    ASSERT_TRUE(outage);
    EXPECT_TRUE(outage->will_return);

    const auto hello = broker.welcome();
    ASSERT_TRUE(hello);
    EXPECT_EQ(hello->resume, (protocol::Bytes{1, 2, 3}));
    ASSERT_EQ(hello->known.size(), 1u);
    EXPECT_TRUE(told.expect<SubscriberConnected>());
}

TEST(Subscriber, SaysWhyItIsNotLetInAndGoesOnTrying) {
    FakeBroker broker;
    broker.door.refuse_with(Error{ErrorCode::server_key_wrong, "another broker"});
    Told told;
    auto subscriber = start_at(broker, {}, told.handler());
    ASSERT_TRUE(wait_until(broker.door.descriptors(), [&] {
        broker.take();
        return !told.all<SubscriberDisconnected>().empty();
    }));
    EXPECT_EQ(told.expect<SubscriberDisconnected>()->error.code, ErrorCode::server_key_wrong);
    broker.door.refuse_with(std::nullopt);
    EXPECT_TRUE(broker.welcome());
}

TEST(Subscriber, LeavesABrokerThatSendsNonsenseAndComesBack) {
    FakeBroker broker;
    Told told;
    auto subscriber = start_at(broker, {}, told.handler());
    ASSERT_TRUE(broker.welcome());
    ASSERT_TRUE(broker.door.send(broker.peer, protocol::Bytes{0xc1}));
    const auto outage = told.expect<SubscriberDisconnected>();
    ASSERT_TRUE(outage);
    EXPECT_EQ(outage->error.code, ErrorCode::malformed_frame);
    EXPECT_TRUE(broker.welcome());
}

TEST(Subscriber, EndsWhenItIsReplaced) {
    FakeBroker broker;
    Told told;
    auto subscriber = start_at(broker, {}, told.handler());
    ASSERT_TRUE(broker.welcome());
    protocol::Refused refused;
    refused.code = ErrorCode::replaced;
    ASSERT_TRUE(broker.send(refused));
    const auto ended = told.expect<SubscriberEnded>();
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->cause, SubscriberEnded::Cause::replaced);
    EXPECT_TRUE(broker.expect_close());
}

TEST(Subscriber, FollowsTheBrokersClock) {
    FakeBroker broker;
    Told told;
    auto subscriber = start_at(broker, {}, told.handler());
    const UtcTime ahead = read_clocks().utc + std::chrono::hours(3);
    ASSERT_TRUE(broker.welcome(Milliseconds{5'000}, ahead));
    ASSERT_TRUE(told.expect<SubscriberConnected>());
    ASSERT_TRUE(broker.send(message_now(1)));  // One more turn after the welcome.
    ASSERT_TRUE(broker.expect<protocol::Receipts>());
    EXPECT_GE(subscriber->broker_time(), ahead);
    EXPECT_LT(subscriber->broker_time(), ahead + test_deadline);
}

// ---- The end
// -------------------------------------------------------------------------------------

TEST(SubscriberStop, SaysWhatIsPendingThenGoodbye) {
    FakeBroker broker;
    Told told;
    auto subscriber = start_at(broker, {}, told.handler());
    ASSERT_TRUE(broker.welcome());
    ASSERT_TRUE(broker.send(message_now(1)));
    ASSERT_TRUE(told.expect<IncomingMessage>());
    subscriber->stop();
    broker.take();
    std::optional<State> last;
    bool has_said_goodbye = false;
    for (const protocol::FromSession& frame : broker.frames) {
        has_said_goodbye = std::holds_alternative<protocol::Goodbye>(frame);
        if (const auto* receipts = std::get_if<protocol::Receipts>(&frame)) {
            last = receipts->receipts.back().state;
        }
    }
    EXPECT_TRUE(has_said_goodbye);
    EXPECT_EQ(last, State::displayed);
    EXPECT_EQ(broker.closed, 1);
}

TEST(SubscriberStop, IsQuickWithoutABroker) {
    FakeBroker broker;  // Lets nobody in: take() is not called.
    Told told;
    auto subscriber = start_at(broker, {}, told.handler());
    const auto begun = std::chrono::steady_clock::now();
    subscriber->stop();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(2));
}

TEST(SubscriberStop, RefusesReportsAfterwardsAndCallsNobody) {
    FakeBroker broker;
    Told told;
    auto subscriber = start_at(broker, {}, told.handler());
    ASSERT_TRUE(broker.welcome());
    ASSERT_TRUE(told.expect<SubscriberConnected>());
    subscriber->stop();
    EXPECT_EQ(subscriber->displayed(message_now(1).id, 1).error().code, ErrorCode::stopping);
    EXPECT_TRUE(told.all<IncomingMessage>().empty());
    EXPECT_EQ(subscriber->dispatch(), 0u);
}

TEST(SubscriberStop, MayComeFromManyThreadsAtOnceAndAgain) {
    FakeBroker broker;
    Told told;
    auto subscriber = start_at(broker, {}, told.handler());
    ASSERT_TRUE(broker.welcome());
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&] { subscriber->stop(); });
    for (std::thread& thread : threads) thread.join();
    subscriber->stop();
}

TEST(SubscriberStop, MayComeFromInsideAHandlerWhoseMessageStillCounts) {
    FakeBroker broker;
    std::atomic<Subscriber*> itself{nullptr};
    std::atomic<int> calls{0};
    SubscriberHandler handler;
    handler.on_message = [&](const IncomingMessage&) {
        calls += 1;
        itself.load()->stop();
    };
    auto subscriber = start_at(broker, {}, handler);
    itself = &*subscriber;
    ASSERT_TRUE(broker.welcome());
    ASSERT_TRUE(broker.send(message_now(1)));
    EXPECT_TRUE(broker.expect_receipts(State::displayed, 1));
    EXPECT_TRUE(broker.expect<protocol::Goodbye>());
    subscriber->stop();
    EXPECT_EQ(calls, 1);
}

TEST(SubscriberStop, WaitsForARunningHandler) {
    FakeBroker broker;
    WakeUp entered;
    WakeUp release;
    std::atomic<bool> has_returned{false};
    SubscriberHandler handler;
    handler.on_message = [&](const IncomingMessage&) {
        entered.signal();
        wait_readable(release.descriptor());
        has_returned = true;
    };
    auto subscriber = start_at(broker, {}, handler);
    ASSERT_TRUE(broker.welcome());
    ASSERT_TRUE(broker.send(message_now(1)));
    wait_readable(entered.descriptor());
    std::thread releaser([&] { release.signal(); });
    subscriber->stop();
    EXPECT_TRUE(has_returned);
    releaser.join();
}

TEST(SubscriberStop, HappensByItselfWhenItIsDestroyed) {
    FakeBroker broker;
    Told told;
    {
        auto subscriber = start_at(broker, {}, told.handler());
        ASSERT_TRUE(broker.welcome());
        ASSERT_TRUE(told.expect<SubscriberConnected>());
    }
    EXPECT_TRUE(broker.expect<protocol::Goodbye>());
}

// ---- Keys, state and options
// ---------------------------------------------------------------------

class SubscriberFiles : public ::testing::Test {
protected:
    [[nodiscard]] SubscriberOptions kept() const {
        SubscriberOptions options;
        options.key_file = directory_.path() / "key";
        options.state_folder = directory_.path() / "state";
        return options;
    }

    FakeBroker broker;
    Told told;

private:
    crier::testing::TemporaryDirectory directory_;
};

TEST_F(SubscriberFiles, GiveTheSameSessionTheSameIdAgain) {
    SessionId first;
    {
        auto subscriber = start_at(broker, kept(), told.handler());
        ASSERT_TRUE(subscriber);
        first = subscriber->session();
    }
    EXPECT_EQ(start_at(broker, kept(), told.handler())->session(), first);
    EXPECT_NE(start_at(broker, {}, told.handler())->session(), first);
}

TEST_F(SubscriberFiles, AreRefusedToASecondSubscriberWhileTheFirstLives) {
    auto first = start_at(broker, kept(), told.handler());
    ASSERT_TRUE(first);
    auto second = start_at(broker, kept(), told.handler());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::in_use);

    SubscriberOptions other_state = kept();
    other_state.state_folder += "-other";
    EXPECT_EQ(start_at(broker, other_state, told.handler()).error().code, ErrorCode::in_use);
    first->stop();
}

TEST_F(SubscriberFiles, BringBackWhatAnEarlierRunMayNotHaveShown) {
    SubscriberOptions options = kept();
    options.delivery = Delivery::by_dispatch;
    {
        auto subscriber = start_at(broker, options, told.handler());
        ASSERT_TRUE(broker.welcome());
        ASSERT_TRUE(broker.send(message_now(1)));
        ASSERT_TRUE(broker.expect_receipts(State::delivered, 1));
    }  // The program ends without having dispatched it.
    auto next = start_at(broker, kept(), told.handler());
    const auto message = told.expect<IncomingMessage>();
    ASSERT_TRUE(message);
    EXPECT_TRUE(message->again);
    EXPECT_EQ(message->content.text, "text");
    ASSERT_TRUE(broker.welcome());
    // That it is here may be told before it is shown.
    std::optional<protocol::Receipts> receipts;
    do {
        receipts = broker.expect<protocol::Receipts>();
        ASSERT_TRUE(receipts);
    } while (receipts->receipts[0].state != State::displayed);
    EXPECT_TRUE(receipts->receipts[0].again);
}

TEST_F(SubscriberFiles, DoNotBringBackWhatWasShown) {
    {
        auto subscriber = start_at(broker, kept(), told.handler());
        ASSERT_TRUE(broker.welcome());
        ASSERT_TRUE(broker.send(message_now(1)));
        ASSERT_TRUE(broker.expect_receipts(State::displayed, 1));
    }
    ASSERT_TRUE(told.expect<IncomingMessage>());
    auto next = start_at(broker, kept(), told.handler());
    const auto hello = broker.welcome();
    ASSERT_TRUE(hello);
    EXPECT_EQ(hello->known.size(), 1u);
    ASSERT_TRUE(broker.send(message_now(1)));
    ASSERT_TRUE(broker.expect_receipts(State::displayed, 1));
    EXPECT_TRUE(told.all<IncomingMessage>().empty());
}

TEST_F(SubscriberFiles, AreReportedWhenTheStateIsDamaged) {
    { ASSERT_TRUE(start_at(broker, kept(), told.handler())); }
    fs::resize_file(kept().state_folder / "state", 16);
    {
        auto subscriber = start_at(broker, kept(), told.handler());
        ASSERT_TRUE(broker.welcome());
        ASSERT_TRUE(broker.send(message_now(1)));
        ASSERT_TRUE(broker.expect_receipts(State::displayed, 1));
    }
    {
        std::FILE* file = std::fopen((kept().state_folder / "state").c_str(), "r+");
        std::fseek(file, 30, SEEK_SET);
        std::fputc('!', file);
        std::fclose(file);
    }
    const auto damaged = start_at(broker, kept(), told.handler());
    ASSERT_FALSE(damaged);
    EXPECT_EQ(damaged.error().code, ErrorCode::storage_failed);
}

TEST_F(SubscriberFiles, GoTogether) {
    SubscriberOptions options;
    options.state_folder = kept().state_folder;
    EXPECT_EQ(start_at(broker, options, told.handler()).error().code, ErrorCode::usage_invalid);
}

TEST(SubscriberOptions, AreCheckedBeforeAnythingHappens) {
    FakeBroker broker;
    Told told;
    EXPECT_EQ(start_at(broker, {}, {}).error().code, ErrorCode::usage_invalid);
    SubscriberOptions options;
    options.attributes.user = "two\nlines";
    EXPECT_EQ(start_at(broker, options, told.handler()).error().code, ErrorCode::attribute_invalid);
    options = {};
    options.presence = Presence::unreachable;
    EXPECT_EQ(start_at(broker, options, told.handler()).error().code, ErrorCode::usage_invalid);
    options = {};
    options.invitation = "not an invitation";
    EXPECT_FALSE(Subscriber::start(options, told.handler()));
    options.invitation = "crier1.sessions.AAAA";
    EXPECT_EQ(Subscriber::start(options, told.handler()).error().code,
              ErrorCode::invitation_invalid);
    EXPECT_TRUE(broker.door.take().empty());
}

TEST(SubscriberReports, AreCheckedBeforeTheyAreSent) {
    FakeBroker broker;
    Told told;
    auto subscriber = start_at(broker, {}, told.handler());
    const MessageId id = message_now(1).id;
    EXPECT_EQ(subscriber->failed(id, 1, "two\nlines").error().code, ErrorCode::text_invalid);
    EXPECT_EQ(subscriber->suppressed(id, 1, std::string(161, 'x')).error().code,
              ErrorCode::limit_exceeded);
    EXPECT_EQ(subscriber->set_presence(Presence::unreachable).error().code,
              ErrorCode::usage_invalid);
    EXPECT_TRUE(subscriber->removed(id, 1));
}

}  // namespace
}  // namespace crier::subscriber
