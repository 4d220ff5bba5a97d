// SessionCore: the connection. Whom it calls, what it says first, when it gives up, and when it
// comes back.
// Method: the core in virtual time; the test is the broker, the program and the clock.

#include "subscriber/core/session_core.hpp"

#include <gtest/gtest.h>

#include "tests/unit/subscriber/core_bench.hpp"

namespace crier::subscriber {
namespace {

using std::chrono::seconds;

const Error cable_pulled{ErrorCode::broker_unreachable, "connection refused"};

TEST(SessionCore, CallsTheFirstEndpointAtOnceAndSaysHelloWhenTheLinkIsUp) {
    CoreBench bench;
    EXPECT_EQ(bench.opened, std::vector<std::string>{"tcp://broker.example:7400"});
    EXPECT_TRUE(bench.sent.empty());

    bench.step(LinkUp{});
    EXPECT_EQ(bench.sent.size(), 1u);
    EXPECT_EQ(bench.all_sent<protocol::SessionHello>().size(), 1u);
}

TEST(SessionCore, ProvesTheJoinSecretAndDoesNotNameItsKeyWithCurve) {
    CoreOptions options;
    options.is_secure = true;
    options.join_secret = Secret(session_key(9));
    CoreBench bench(options);
    bench.step(LinkUp{});

    EXPECT_EQ(bench.last_hello().proof, join_proof(Secret(session_key(9)), session_key()));
    EXPECT_EQ(bench.last_hello().key, std::nullopt);
}

TEST(SessionCore, NamesItsKeyWithoutCurve) {
    CoreBench bench;
    bench.step(LinkUp{});
    EXPECT_EQ(bench.last_hello().key, session_key());
    EXPECT_EQ(bench.last_hello().proof, std::nullopt);
}

TEST(SessionCore, TellsTheProgramItsIdAndSinceWhenItIsKnown) {
    CoreBench bench;
    bench.connect();
    const auto connected = bench.all_told<SubscriberConnected>();
    ASSERT_EQ(connected.size(), 1u);
    EXPECT_EQ(connected[0].session, session_id_of(session_key()));
    EXPECT_EQ(connected[0].opened, broker_start);
}

TEST(SessionCore, ShowsTheTokenOfTheLastWelcomeInTheNextHello) {
    CoreBench bench;
    bench.connect();
    EXPECT_EQ(bench.last_hello().resume, std::nullopt);
    bench.reconnect();
    EXPECT_EQ(bench.last_hello().resume, (protocol::Bytes{1, 2, 3}));
}

TEST(SessionCore, KeepsTheTokenOverACrash) {
    CoreBench first(with_store());
    first.connect();
    CoreBench second(with_store(), first.disk);
    second.connect();
    EXPECT_EQ(second.last_hello().resume, (protocol::Bytes{1, 2, 3}));
}

TEST(SessionCore, TriesEveryEndpointInOrderBeforeItPauses) {
    CoreOptions options;
    options.endpoints = {"a", "b", "c"};
    CoreBench bench(options);
    for (int attempt = 0; attempt < 3; ++attempt) {
        bench.step(LinkDown{cable_pulled});
        if (attempt < 2) bench.advance(Milliseconds{100});
    }
    EXPECT_EQ(bench.opened, (std::vector<std::string>{"a", "b", "c"}));
    bench.advance(Milliseconds{249});  // Half the first pause is certain.
    EXPECT_EQ(bench.opened.size(), 3u);
    bench.advance(core_limits::pause_min);
    EXPECT_EQ(bench.opened, (std::vector<std::string>{"a", "b", "c", "a"}));
}

TEST(SessionCore, TellsAnOutageOnceAndAgainOnlyWhenItsReasonChanges) {
    CoreBench bench;
    for (int attempt = 0; attempt < 5; ++attempt) {
        bench.step(LinkDown{cable_pulled});
        bench.advance(core_limits::pause_max);
    }
    ASSERT_EQ(bench.all_told<SubscriberDisconnected>().size(), 1u);
    EXPECT_EQ(bench.all_told<SubscriberDisconnected>()[0].error, cable_pulled);
    EXPECT_TRUE(bench.all_told<SubscriberDisconnected>()[0].will_return);

    bench.step(LinkDown{{ErrorCode::server_key_wrong, "another broker"}});
    EXPECT_EQ(bench.all_told<SubscriberDisconnected>().size(), 2u);
}

TEST(SessionCore, TellsTheNextOutageAfterAConnectionBetween) {
    CoreBench bench;
    bench.step(LinkDown{cable_pulled});
    bench.advance(core_limits::pause_max);
    bench.connect();
    bench.step(LinkDown{cable_pulled});
    EXPECT_EQ(bench.all_told<SubscriberDisconnected>().size(), 2u);
}

TEST(SessionCore, SendsAHeartbeatEveryInterval) {
    CoreBench bench;
    bench.connect();
    for (int second = 0; second < 21; ++second) {
        bench.advance(seconds(1));
        bench.confirm(0);  // The broker lives.
    }
    EXPECT_EQ(bench.all_sent<protocol::Heartbeat>().size(), 4u);
}

TEST(SessionCore, ComesBackAfterTwoHeartbeatsMissed) {
    CoreBench bench;
    bench.connect();
    bench.advance(seconds(12));
    EXPECT_EQ(bench.closed, 0);
    bench.advance(seconds(1));
    EXPECT_EQ(bench.closed, 1);
    EXPECT_EQ(bench.all_told<SubscriberDisconnected>().size(), 1u);
    bench.advance(seconds(1));
    EXPECT_EQ(bench.opened.size(), 2u);
}

TEST(SessionCore, TakesAnyFrameForASignOfLife) {
    CoreBench bench;
    bench.connect();
    bench.advance(seconds(11));
    bench.frame(a_message(1));
    bench.advance(seconds(11));
    EXPECT_EQ(bench.closed, 0);
}

TEST(SessionCore, GivesUpOnABrokerThatDoesNotAnswerTheHello) {
    CoreBench bench;
    bench.step(LinkUp{});
    bench.advance(core_limits::welcome_timeout - Milliseconds{1});
    EXPECT_EQ(bench.closed, 0);
    bench.advance(Milliseconds{1});
    EXPECT_EQ(bench.closed, 1);
}

TEST(SessionCore, EndsWhenItIsReplaced) {
    CoreBench bench;
    bench.connect();
    bench.frame(protocol::Refused{.request = {},
                                  .code = ErrorCode::replaced,
                                  .detail = "a newer connection",
                                  .unknown = {},
                                  .position = {}});
    const auto ended = bench.all_told<SubscriberEnded>();
    ASSERT_EQ(ended.size(), 1u);
    EXPECT_EQ(ended[0].cause, SubscriberEnded::Cause::replaced);
    ASSERT_EQ(bench.all_told<SubscriberDisconnected>().size(), 1u);
    EXPECT_FALSE(bench.all_told<SubscriberDisconnected>()[0].will_return);

    bench.advance(60 * minute);
    EXPECT_EQ(bench.opened.size(), 1u);
}

TEST(SessionCore, EndsWhenTheBrokerDoesNotLetItInAndSaysWhy) {
    CoreBench bench;
    bench.step(LinkUp{});
    bench.frame(protocol::Refused{.request = {},
                                  .code = ErrorCode::not_admitted,
                                  .detail = "the proof is wrong",
                                  .unknown = {},
                                  .position = {}});
    const auto ended = bench.all_told<SubscriberEnded>();
    ASSERT_EQ(ended.size(), 1u);
    EXPECT_EQ(ended[0].cause, SubscriberEnded::Cause::refused);
    EXPECT_EQ(ended[0].error, (Error{ErrorCode::not_admitted, "the proof is wrong"}));
}

TEST(SessionCore, ComesBackAfterARefusalThatPasses) {
    CoreBench bench;
    bench.step(LinkUp{});
    bench.frame(protocol::Refused{.request = {},
                                  .code = ErrorCode::overloaded,
                                  .detail = "too many sessions",
                                  .unknown = {},
                                  .position = {}});
    EXPECT_TRUE(bench.all_told<SubscriberEnded>().empty());
    bench.advance(core_limits::pause_min);
    EXPECT_EQ(bench.opened.size(), 2u);
}

TEST(SessionCore, ComesBackWhenTheBrokerSaidItShould) {
    CoreBench bench;
    bench.connect();
    bench.frame(protocol::Goodbye{"restarting", seconds(20)});
    bench.advance(seconds(20) - Milliseconds{1});
    EXPECT_EQ(bench.opened.size(), 1u);
    bench.advance(core_limits::pause_min + Milliseconds{1});
    EXPECT_EQ(bench.opened.size(), 2u);
}

TEST(SessionCore, DoesNotWaitForAYearWhenABrokerSaysSo) {
    CoreBench bench;
    bench.connect();
    bench.frame(protocol::Goodbye{"", Milliseconds{1LL << 53}});
    bench.advance(core_limits::come_back_after_max + core_limits::pause_min);
    EXPECT_EQ(bench.opened.size(), 2u);
}

TEST(SessionCore, EndsWhenItIsToldNotToComeBack) {
    CoreBench bench;
    bench.connect();
    bench.frame(protocol::Goodbye{"signed out by ops", {}});
    const auto ended = bench.all_told<SubscriberEnded>();
    ASSERT_EQ(ended.size(), 1u);
    EXPECT_EQ(ended[0].cause, SubscriberEnded::Cause::dismissed);
    EXPECT_NE(ended[0].error.detail.find("signed out by ops"), std::string::npos);
}

TEST(SessionCore, DoublesItsPausesUpToTheLongest) {
    CoreBench bench;
    std::vector<Milliseconds> pauses;
    for (int attempt = 0; attempt < 10; ++attempt) {
        bench.step(LinkDown{cable_pulled});
        pauses.push_back(*bench.core().next_deadline() - bench.now.steady);
        bench.advance(core_limits::pause_max);
    }
    for (std::size_t i = 0; i < pauses.size(); ++i) {
        const Milliseconds full =
            std::min(core_limits::pause_max, core_limits::pause_min * (1 << i));
        EXPECT_GE(pauses[i], full / 2) << i;
        EXPECT_LE(pauses[i], full) << i;
    }
}

TEST(SessionCore, GoesOnDoublingWhenConnectionsEndAtOnce) {
    CoreBench bench;
    for (int attempt = 0; attempt < 8; ++attempt) {
        bench.connect();
        bench.step(LinkDown{cable_pulled});
        bench.advance(core_limits::pause_max);
    }
    bench.connect();
    bench.step(LinkDown{cable_pulled});
    EXPECT_GE(*bench.core().next_deadline() - bench.now.steady, core_limits::pause_max / 2);
}

TEST(SessionCore, PausesDifferentlyFromSeedToSeedAndAlikeFromTheSameSeed) {
    const auto pause_with = [](std::uint64_t seed) {
        CoreOptions options;
        options.seed = seed;
        CoreBench bench(options);
        bench.step(LinkDown{cable_pulled});
        return *bench.core().next_deadline() - bench.now.steady;
    };
    EXPECT_EQ(pause_with(1), pause_with(1));
    EXPECT_NE(pause_with(1), pause_with(2));
}

TEST(SessionCore, KeepsItsPauseWhenAnEndedLinkEndsOnceMore) {
    CoreBench bench;
    bench.step(LinkDown{cable_pulled});
    const auto due = bench.core().next_deadline();
    bench.step(LinkDown{cable_pulled});
    EXPECT_EQ(bench.core().next_deadline(), due);
}

TEST(SessionCore, SaysWhetherTheScreenIsLockedNowAndInTheNextHello) {
    CoreBench bench;
    bench.connect();
    bench.step(PresenceChanged{Presence::locked});
    bench.step(PresenceChanged{Presence::locked});
    ASSERT_EQ(bench.all_sent<protocol::SessionState>().size(), 1u);
    EXPECT_EQ(bench.all_sent<protocol::SessionState>()[0].state, Presence::locked);
    bench.reconnect();
    EXPECT_EQ(bench.last_hello().state, Presence::locked);
}

TEST(SessionCore, SaysWhatIsPendingThenGoodbyeWhenItIsStopped) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    bench.report(1, State::displayed);
    bench.sent.clear();
    bench.step(StopRequested{});

    ASSERT_EQ(bench.sent.size(), 2u);
    ASSERT_TRUE(std::holds_alternative<protocol::Receipts>(bench.sent[0]));
    EXPECT_EQ(bench.states_sent(), std::vector<State>{State::displayed});
    EXPECT_TRUE(std::holds_alternative<protocol::Goodbye>(bench.sent[1]));
    EXPECT_EQ(bench.closed, 1);
    EXPECT_EQ(bench.stopped, 1);
}

TEST(SessionCore, StopsAtOnceWithoutAConnection) {
    CoreBench bench;
    bench.step(LinkDown{cable_pulled});
    bench.step(StopRequested{});
    EXPECT_EQ(bench.stopped, 1);
    EXPECT_TRUE(bench.sent.empty());
    EXPECT_EQ(bench.core().next_deadline(), std::nullopt);
}

TEST(SessionCore, WaitsForTheDiskWhenItIsStoppedButNotForEver) {
    CoreOptions options = with_store();
    options.stop_timeout = seconds(2);
    CoreBench bench(options);
    bench.connect();
    bench.frame(a_message(1, Style::alert));
    bench.is_disk_slow = true;
    bench.report(1, State::acknowledged);
    bench.step(StopRequested{});
    EXPECT_EQ(bench.stopped, 0);
    bench.advance(seconds(2));
    EXPECT_EQ(bench.stopped, 1);
}

TEST(SessionCore, SendsAnAnswerThatBecameDurableWhileItStops) {
    CoreBench bench(with_store());
    bench.connect();
    bench.frame(a_message(1, Style::alert));
    bench.is_disk_slow = true;
    bench.report(1, State::acknowledged);
    bench.step(StopRequested{});
    bench.finish_stores();
    EXPECT_EQ(bench.stopped, 1);
    ASSERT_FALSE(bench.states_sent().empty());
    EXPECT_EQ(bench.states_sent().back(), State::acknowledged);
}

TEST(SessionCore, DoesTheSameForTheSameEvents) {
    const auto play = [] {
        CoreBench bench(with_store());
        bench.connect();
        for (int number = 1; number < 40; ++number) bench.frame(a_message(number));
        bench.reconnect();
        bench.advance(10 * minute);
        return std::pair(bench.sent, bench.disk);
    };
    EXPECT_EQ(play(), play());
}

// ---- A broker that misbehaves
// ----------------------------------------------------------------------

/// After each of these the link is closed, the program is told why, and the session comes back.
void expect_left(CoreBench& bench, ErrorCode code) {
    EXPECT_EQ(bench.closed, 1);
    const auto outages = bench.all_told<SubscriberDisconnected>();
    ASSERT_EQ(outages.size(), 1u);
    EXPECT_EQ(outages[0].error.code, code);
    EXPECT_TRUE(outages[0].will_return);
    bench.advance(core_limits::pause_max);
    EXPECT_EQ(bench.opened.size(), 2u);
}

TEST(SessionCoreFacingAMisbehavingBroker, LeavesWhenAFrameIsNoMessagePack) {
    CoreBench bench;
    bench.connect();
    bench.step(FrameArrived{{0xc1, 0xff, 0x00}});
    expect_left(bench, ErrorCode::malformed_frame);
}

TEST(SessionCoreFacingAMisbehavingBroker, LeavesWhenAFrameIsEmpty) {
    CoreBench bench;
    bench.connect();
    bench.step(FrameArrived{{}});
    expect_left(bench, ErrorCode::malformed_frame);
}

TEST(SessionCoreFacingAMisbehavingBroker, LeavesWhenAFrameIsOneOfTheOtherSide) {
    CoreBench bench;
    bench.connect();
    bench.step(FrameArrived{protocol::encode(protocol::FromSession{protocol::SessionHello{}})});
    expect_left(bench, ErrorCode::malformed_frame);
}

TEST(SessionCoreFacingAMisbehavingBroker, LeavesWhenAMessageComesBeforeTheWelcome) {
    CoreBench bench;
    bench.step(LinkUp{});
    bench.frame(a_message(1));
    EXPECT_TRUE(bench.all_told<IncomingMessage>().empty());
    expect_left(bench, ErrorCode::malformed_frame);
}

TEST(SessionCoreFacingAMisbehavingBroker, LeavesWhenItIsWelcomedTwice) {
    CoreBench bench;
    bench.connect();
    bench.welcome();
    EXPECT_EQ(bench.all_told<SubscriberConnected>().size(), 1u);
    expect_left(bench, ErrorCode::malformed_frame);
}

TEST(SessionCoreFacingAMisbehavingBroker, LeavesWhenAnotherSessionIsWelcomed) {
    CoreBench bench;
    bench.step(LinkUp{});
    protocol::SessionWelcome welcome;
    welcome.session = session_id_of(session_key(99));
    welcome.resume = {1};
    bench.frame(welcome);
    EXPECT_TRUE(bench.all_told<SubscriberConnected>().empty());
    expect_left(bench, ErrorCode::malformed_frame);
}

TEST(SessionCoreFacingAMisbehavingBroker, IgnoresARemovalOfWhatItNeverHad) {
    CoreBench bench;
    bench.connect();
    bench.frame(protocol::Remove{message_id(9), protocol::RemovalCause::recalled});
    EXPECT_TRUE(bench.all_told<MessageRemoved>().empty());
    EXPECT_EQ(bench.closed, 0);
}

TEST(SessionCoreFacingAMisbehavingBroker, IgnoresAConfirmationOfWhatItNeverSent) {
    CoreBench bench;
    bench.connect();
    bench.confirm(1'000'000);
    bench.frame(a_message(1));
    bench.advance(Milliseconds{10});
    bench.reconnect();
    EXPECT_GE(bench.receipts().size(), 2u);  // Not confirmed by that.
}

TEST(SessionCoreFacingAMisbehavingBroker, LeavesWhenMoreIsAliveThanItCanRemember) {
    CoreBench bench;
    bench.connect();
    for (std::size_t number = 0; number <= core_limits::messages_max; ++number) {
        protocol::Show show = a_message(1);
        show.id.bytes[0] = static_cast<std::uint8_t>(number);
        show.id.bytes[1] = static_cast<std::uint8_t>(number >> 8);
        show.seq = number;
        bench.frame(show);
    }
    EXPECT_EQ(bench.core().remembered(), core_limits::messages_max);
    expect_left(bench, ErrorCode::limit_exceeded);
}

TEST(SessionCoreFacingAMisbehavingBroker, IgnoresWhatALateFrameSaysAfterTheEnd) {
    CoreBench bench;
    bench.connect();
    bench.frame(protocol::Goodbye{"", {}});
    bench.frame(a_message(1));
    bench.step(LinkDown{cable_pulled});
    EXPECT_TRUE(bench.all_told<IncomingMessage>().empty());
    EXPECT_EQ(bench.all_told<SubscriberEnded>().size(), 1u);
}

}  // namespace
}  // namespace crier::subscriber
