// Publisher: many threads at once, over lost connections, with callbacks, and stopped in between.
// Method: a broker played by the test, behind a door in memory; so the thread sanitizer sees all.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "crier/publisher.hpp"
#include "shared/base/limits.hpp"
#include "tests/integration/publisher_played_broker.hpp"

namespace crier {
namespace {

Tally waiting(std::uint32_t number) {
    Tally tally;
    tally[State::waiting] = number;
    return tally;
}

Tally displayed(std::uint32_t number, std::uint32_t of) {
    Tally tally = waiting(of - number);
    tally[State::displayed] = number;
    return tally;
}

protocol::Accepted accepted(const protocol::Send& send, const Tally& tally = waiting(2)) {
    protocol::Accepted answer;
    answer.request = send.request;
    answer.id = send.id;
    answer.seq = 1;
    answer.tally = tally;
    return answer;
}

/// Answers whoami by the request's number, and every send.
void answer_all(PlayedBroker& broker, const protocol::FromOperator& frame) {
    if (const auto* send = std::get_if<protocol::Send>(&frame)) {
        broker.say(accepted(*send));
    } else if (const auto* who = std::get_if<protocol::AskIdentity>(&frame)) {
        broker.say(protocol::Identity{who->request, "test", {"send"}, "memory"});
    }
}

void answer_nothing(PlayedBroker&, const protocol::FromOperator&) {}

/// True once `condition` is; false after a deadline that only a broken program reaches.
template <class Condition>
bool comes_true(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::yield();
    }
    return true;
}

TEST(PublisherEdge, ServesManyThreadsAtOnce) {
    PlayedBroker broker(answer_all);
    auto publisher = broker.connect();
    ASSERT_TRUE(publisher) << publisher.error().detail;
    constexpr int threads_count = 8;
    constexpr int sends_each = 50;
    std::vector<std::future<std::set<MessageId>>> threads;
    for (int number = 0; number < threads_count; ++number) {
        threads.push_back(std::async(std::launch::async, [&publisher] {
            std::set<MessageId> ids;
            for (int count = 0; count < sends_each; ++count) {
                const auto sent = publisher->send({.text = "hello"}, Target::everyone());
                if (sent && sent->tally == waiting(2)) ids.insert(sent->id);
                EXPECT_TRUE(publisher->whoami());
            }
            return ids;
        }));
    }
    std::set<MessageId> all;
    for (auto& thread : threads) all.merge(thread.get());
    EXPECT_EQ(all.size(), static_cast<std::size_t>(threads_count * sends_each));
}

TEST(PublisherEdge, GetsThroughAPipeThatIsFull) {
    PlayedBroker broker(answer_all, 2);
    auto publisher = broker.connect();
    ASSERT_TRUE(publisher);
    std::vector<std::future<bool>> threads;
    for (int number = 0; number < 20; ++number) {
        threads.push_back(std::async(std::launch::async, [&publisher] {
            return publisher->send({.text = std::string(1'000, 'x')}, Target::everyone())
                .has_value();
        }));
    }
    for (auto& thread : threads) EXPECT_TRUE(thread.get());
}

TEST(PublisherEdge, SendsAgainWithTheSameIdOverALostConnection) {
    std::vector<MessageId> asked;
    PlayedBroker broker([&asked](PlayedBroker& self, const protocol::FromOperator& frame) {
        const auto* send = std::get_if<protocol::Send>(&frame);
        if (send == nullptr) return;
        asked.push_back(send->id);
        if (asked.size() < 3) return self.cut();
        self.say(accepted(*send));
    });
    auto publisher = broker.connect();
    ASSERT_TRUE(publisher);
    const auto sent = publisher->send({.text = "hello"}, Target::everyone());
    ASSERT_TRUE(sent) << sent.error().detail;
    broker.run([&](PlayedBroker& self) {
        EXPECT_EQ(asked, std::vector<MessageId>(3, sent->id));
        EXPECT_EQ(self.greetings(), 3);
    });
}

TEST(PublisherEdge, GivesTheIdBackWhenTheOutcomeIsNotKnown) {
    PlayedBroker broker(answer_nothing);
    auto publisher = broker.connect();
    ASSERT_TRUE(publisher);
    MessageId id;
    id.bytes.fill(7);
    const auto sent = publisher->send({.text = "hello"}, Target::everyone(),
                                      {.id = id, .timeout = Milliseconds(50)});
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, ErrorCode::outcome_unknown);
    EXPECT_EQ(sent.error().id, id);
}

TEST(PublisherEdge, ShowsProgressOnTheCallingThread) {
    PlayedBroker broker([](PlayedBroker& self, const protocol::FromOperator& frame) {
        const auto* send = std::get_if<protocol::Send>(&frame);
        if (send == nullptr) return;
        self.say(accepted(*send));
        self.say(protocol::TallyChanged{send->id, displayed(1, 2), false});
        self.say(protocol::TallyChanged{send->id, displayed(2, 2), true});
    });
    auto publisher = broker.connect();
    ASSERT_TRUE(publisher);
    std::vector<std::uint32_t> counts;
    const auto caller = std::this_thread::get_id();
    const auto sent = publisher->send(
        {.text = "hello"}, Target::everyone(),
        {.wait_for = State::displayed, .on_progress = [&](const Progress& progress) {
             EXPECT_EQ(std::this_thread::get_id(), caller);
             counts.push_back(progress.tally.reached(State::displayed));
         }});
    ASSERT_TRUE(sent);
    EXPECT_TRUE(sent->is_complete);
    EXPECT_EQ(counts, (std::vector<std::uint32_t>{0, 1, 2}));
}

TEST(PublisherEdge, LetsACallbackAskMoreAndThrow) {
    PlayedBroker broker(
        [](PlayedBroker& self, const protocol::FromOperator& frame) { answer_all(self, frame); });
    auto publisher = broker.connect();
    ASSERT_TRUE(publisher);
    const auto send = [&publisher] {
        return publisher->send(
            {.text = "hello"}, Target::everyone(),
            {.wait_for = State::displayed, .on_progress = [&publisher](const Progress&) {
                 EXPECT_TRUE(publisher->whoami());
                 throw std::runtime_error("the caller's own");
             }});
    };
    EXPECT_THROW(static_cast<void>(send()), std::runtime_error);
    EXPECT_TRUE(publisher->whoami()) << "and the publisher lives on";
}

TEST(PublisherEdge, StopsCallsThatBlock) {
    PlayedBroker broker(answer_nothing);
    auto publisher = broker.connect();
    ASSERT_TRUE(publisher);
    auto sending = std::async(std::launch::async, [&publisher] {
        return publisher->send({.text = "hello"}, Target::everyone(),
                               {.timeout = Milliseconds(60'000)});
    });
    auto asking = std::async(std::launch::async,
                             [&publisher] { return publisher->whoami(Milliseconds(60'000)); });
    auto watching = std::async(std::launch::async, [&publisher] {
        return publisher->watch([](const Happened&) { return Watching::go_on; });
    });
    publisher->stop();
    publisher->stop();
    const auto sent = sending.get();
    ASSERT_FALSE(sent);
    EXPECT_TRUE(sent.error().code == ErrorCode::outcome_unknown ||
                sent.error().code == ErrorCode::stopping);
    const auto asked = asking.get();
    ASSERT_FALSE(asked);
    EXPECT_EQ(asked.error().code, ErrorCode::stopping);
    const auto watched = watching.get();
    ASSERT_FALSE(watched);
    EXPECT_EQ(watched.error().code, ErrorCode::stopping);
    EXPECT_EQ(publisher->health().error().code, ErrorCode::stopping);
}

protocol::Happened event(std::int64_t number) {
    protocol::Happened happened;
    happened.at = utc_from_ms(number);
    return happened;
}

TEST(PublisherEdge, WatchesUntilTheCallbackHasHadEnough) {
    PlayedBroker broker([](PlayedBroker& self, const protocol::FromOperator& frame) {
        if (const auto* watch = std::get_if<protocol::Watch>(&frame)) {
            self.say(protocol::Done{watch->request});
            for (int number = 1; number <= 5; ++number) self.say(event(number));
        }
        answer_all(self, frame);
    });
    auto publisher = broker.connect();
    ASSERT_TRUE(publisher);
    std::int64_t sum = 0;
    EXPECT_TRUE(publisher->watch([&sum](const Happened& happened) {
        sum += to_ms(happened.at);
        return to_ms(happened.at) == 3 ? Watching::end : Watching::go_on;
    }));
    EXPECT_EQ(sum, 6);
    EXPECT_TRUE(publisher->whoami());
}

TEST(PublisherEdge, TellsASlowWatcherThatItMissedSomething) {
    std::atomic<bool> is_watching = false;
    std::promise<void> let_go;
    PlayedBroker broker([&is_watching](PlayedBroker& self, const protocol::FromOperator& frame) {
        if (const auto* watch = std::get_if<protocol::Watch>(&frame)) {
            self.say(protocol::Done{watch->request});
            self.say(event(0));
        }
        answer_all(self, frame);
    });
    auto publisher = broker.connect();
    ASSERT_TRUE(publisher);
    int missed = 0;
    int heard = 0;
    auto watching = std::async(std::launch::async, [&] {
        return publisher->watch([&](const Happened& happened) {
            if (!is_watching.exchange(true)) let_go.get_future().wait();
            missed += happened.what == Happened::What::missed ? 1 : 0;
            heard += 1;
            return to_ms(happened.at) == 99'999 ? Watching::end : Watching::go_on;
        });
    });
    ASSERT_TRUE(comes_true([&] { return is_watching.load(); }));
    broker.run([](PlayedBroker& self) {
        for (int number = 1; number <= 10'050; ++number) self.say(event(number));
    });
    EXPECT_TRUE(publisher->whoami()) << "everything before it has arrived";
    let_go.set_value();
    // Whether the last event finds room is a race with the watcher: it is said until it does.
    while (watching.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) {
        broker.run([](PlayedBroker& self) { self.say(event(99'999)); });
    }
    EXPECT_TRUE(watching.get());
    EXPECT_EQ(missed, 1);
    EXPECT_GE(heard, 10'000);
}

TEST(PublisherEdge, SaysWhyItCannotConnect) {
    PlayedBroker broker(answer_nothing);
    broker.run([](PlayedBroker& self) {
        self.door().refuse_with(Error{ErrorCode::not_admitted, "unknown key"});
    });
    const auto publisher = broker.connect();
    ASSERT_FALSE(publisher);
    EXPECT_EQ(publisher.error().code, ErrorCode::not_admitted);
}

TEST(PublisherEdge, EndsAConnectThatTakesTooLong) {
    PlayedBroker broker(answer_nothing);
    std::promise<void> asleep;
    std::promise<void> wake_up;
    auto sleeping = std::async(std::launch::async, [&] {
        broker.run([&](PlayedBroker&) {
            asleep.set_value();
            wake_up.get_future().wait();
        });
    });
    asleep.get_future().wait();
    const auto publisher = broker.connect(Milliseconds(50));
    wake_up.set_value();
    ASSERT_FALSE(publisher);
    EXPECT_EQ(publisher.error().code, ErrorCode::broker_unreachable);
}

TEST(PublisherEdge, RefusesOptionsThatCannotWork) {
    PublisherOptions options;
    options.invitation = "/nowhere";
    EXPECT_EQ(Publisher::connect(options).error().code, ErrorCode::file_unusable);
    options.client = "two\nlines";
    EXPECT_EQ(Publisher::connect(options).error().code, ErrorCode::usage_invalid);
}

TEST(PublisherEdge, SendsNothingThatBreaksTheRules) {
    std::atomic<int> frames = 0;
    PlayedBroker broker([&frames](PlayedBroker& self, const protocol::FromOperator& frame) {
        frames += 1;
        answer_all(self, frame);
    });
    auto publisher = broker.connect();
    ASSERT_TRUE(publisher);
    const auto code = [&publisher](const Content& content, const Target& target,
                                   const SendOptions& options = {}) {
        const auto sent = publisher->send(content, target, options);
        return sent ? ErrorCode{} : sent.error().code;
    };
    EXPECT_EQ(code({.text = ""}, Target::everyone()), ErrorCode::text_invalid);
    EXPECT_EQ(code({.text = " \n\t "}, Target::everyone()), ErrorCode::text_invalid);
    EXPECT_EQ(code({.text = "\xff"}, Target::everyone()), ErrorCode::text_invalid);
    EXPECT_EQ(code({.text = std::string("a\0b", 3)}, Target::everyone()), ErrorCode::text_invalid);
    EXPECT_EQ(code({.text = std::string(limits::text_bytes_max + 1, 'x')}, Target::everyone()),
              ErrorCode::limit_exceeded);
    EXPECT_EQ(code({.text = "a", .title = "b\nc"}, Target::everyone()), ErrorCode::text_invalid);
    EXPECT_EQ(code({.text = "a"}, Target::of({})), ErrorCode::target_invalid);
    EXPECT_EQ(code({.text = "a"}, Target::of({SessionId{}, SessionId{}})),
              ErrorCode::target_invalid);
    EXPECT_EQ(code({.text = "a"}, Target::matching("")), ErrorCode::target_invalid);
    EXPECT_EQ(code({.text = "a"}, Target::everyone(), {.wait_for = State::failed}),
              ErrorCode::usage_invalid);
    EXPECT_EQ(publisher->wait(MessageId{}, State::waiting).error().code, ErrorCode::usage_invalid);
    EXPECT_EQ(publisher->sessions(Target::of({})).error().code, ErrorCode::target_invalid);
    const auto sent = publisher->send({.text = "a"}, Target::matching("user=a and state=foo"));
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, ErrorCode::filter_invalid);
    EXPECT_EQ(sent.error().position, 17u);
    EXPECT_EQ(publisher->sessions(Target::matching("user='a'")).error().code,
              ErrorCode::filter_invalid);
    EXPECT_TRUE(publisher->whoami());
    EXPECT_EQ(frames, 1) << "only the last call reached the broker";
}

TEST(PublisherEdge, MovesAndIsDestroyedWhileItIsConnected) {
    PlayedBroker broker(answer_all);
    auto publisher = broker.connect();
    ASSERT_TRUE(publisher);
    Publisher moved = *std::move(publisher);
    EXPECT_TRUE(moved.whoami());
}

}  // namespace
}  // namespace crier
