// What a turn brings to sessions leaves at its end, together. Method: the engine in turns that the
// test ends, a journal in memory, made-up time; the effects of each turn are compared.

#include <gtest/gtest.h>

#include "broker/core/batching.hpp"
#include "broker/core/outcome.hpp"
#include "broker/journal/memory_journal.hpp"
#include "tests/support/broker_driver.hpp"

namespace crier::testing {
namespace {

using broker::PeerId;
using Texts = std::vector<std::string>;

class BundleTest : public ::testing::Test {
protected:
    /// What one peer was sent in one frame.
    struct Sent {
        std::vector<PeerId> peers;
        protocol::Bytes bytes;
        protocol::ToSession frame;

        /// Of the messages in it, in order.
        [[nodiscard]] Texts texts() const {
            Texts found;
            if (const auto* show = std::get_if<protocol::Show>(&frame)) {
                found.push_back(show->content.text);
            }
            const auto* bundle = std::get_if<protocol::Bundle>(&frame);
            for (std::size_t i = 0; bundle != nullptr && i < bundle->messages.size(); ++i) {
                found.push_back(bundle->messages[i].content.text);
            }
            return found;
        }
        [[nodiscard]] bool has_messages() const { return !texts().empty(); }
    };

    void step(const broker::Event& event) {
        engine_->step(event, now_, effects_);
        for (broker::Effect& effect : std::exchange(effects_, {})) {
            std::visit([this](auto& wanted) { take(std::move(wanted)); }, effect);
        }
    }
    void end_turn() { step(broker::TurnEnded{}); }
    /// All that was asked for is on disk.
    void commit() {
        const auto results = journal_.append(std::exchange(batch_, {}));
        step(broker::Committed{writes_, *results});
    }
    void advance(Milliseconds time) {
        now_.steady += time;
        now_.utc += time;
        step(broker::TimePassed{});
    }

    template <class Frame>
    void receive(PeerId peer, const Frame& frame) {
        const protocol::Bytes bytes = protocol::encode(frame);
        step(broker::FrameReceived{peer, bytes});
    }
    PeerId open(broker::Door door) {
        broker::PeerFacts facts;
        facts.door = door;
        if (door == broker::Door::operators) {
            facts.principal = "operators";
            facts.rights = {broker::Right::send};
        }
        const PeerId peer{++last_peer_};
        step(broker::PeerOpened{peer, std::move(facts)});
        return peer;
    }
    PeerId say_hello(protocol::SessionHello hello) {
        const PeerId peer = open(broker::Door::sessions);
        receive(peer, protocol::FromSession{std::move(hello)});
        return peer;
    }
    /// A session that was welcomed; what it was sent is forgotten.
    PeerId join(const std::string& name) {
        const PeerId peer = say_hello(hello_of(name));
        end_turn();
        commit();
        end_turn();
        sent_.clear();
        return peer;
    }
    void ask(std::uint8_t number, const std::string& text, Target target = Target::everyone(),
             std::optional<UtcTime> expires = std::nullopt) {
        protocol::Send send;
        send.id = message_id(number);
        send.target = std::move(target);
        send.content.text = text;
        send.expires = expires;
        receive(operator_, protocol::FromOperator{std::move(send)});
    }
    void ask_all(const Texts& texts) {
        for (const std::string& text : texts) ask(++last_message_, text);
    }
    void report(PeerId peer, std::uint64_t frame, std::uint8_t first, std::uint8_t last) {
        protocol::Receipts receipts{frame, {}};
        for (std::uint8_t number = first; number <= last; ++number) {
            receipts.receipts.push_back({message_id(number), 1, State::displayed, {}, {}});
        }
        receive(peer, protocol::FromSession{receipts});
    }

    /// The frames with messages since the last call.
    std::vector<Sent> take_sent() {
        std::vector<Sent> sent = std::exchange(sent_, {});
        std::erase_if(sent, [](const Sent& one) { return !one.has_messages(); });
        return sent;
    }
    /// Of these, what each frame to `peer` says.
    static std::vector<Texts> texts_to(PeerId peer, const std::vector<Sent>& sent) {
        std::vector<Texts> texts;
        for (const Sent& one : sent) {
            if (std::count(one.peers.begin(), one.peers.end(), peer) > 0) {
                texts.push_back(one.texts());
            }
        }
        return texts;
    }
    std::vector<Texts> texts_to(PeerId peer) { return texts_to(peer, take_sent()); }

    std::vector<Sent> sent_;

    void SetUp() override {
        operator_ = open(broker::Door::operators);
        protocol::OperatorHello hello;
        hello.client = "test";
        receive(operator_, protocol::FromOperator{std::move(hello)});
    }

    /// Sessions that facts on the disk name as a message's audience.
    std::size_t audience_on_disk() {
        class Counter : public broker::FactReader {
        public:
            void on_receipt(std::uint32_t, std::uint64_t, const broker::ReceiptFact&) override {}
            void on_audience(std::uint64_t, const std::vector<std::uint32_t>& sessions) override {
                count += sessions.size();
            }
            void on_revision(std::uint64_t, const broker::RevisionFact&) override {}
            void on_dropped(std::uint64_t, const std::vector<std::uint32_t>&) override {}
            void on_dropped_elsewhere(std::uint64_t, const std::vector<std::uint32_t>&) override {}
            void on_moved(std::uint64_t, const std::vector<std::uint32_t>&) override {}
            std::size_t count = 0;
        };
        Counter counter;
        const auto recovery = journal_.recover();
        for (const broker::Bytes& facts : recovery->facts) {
            EXPECT_TRUE(broker::read_facts(facts, counter));
        }
        return counter.count;
    }

    Moment now_{Instant{}, utc_from_ms(1'700'000'000'000)};

private:
    void take(broker::SendFrame&& wanted) { note({wanted.peer}, std::move(wanted.frame)); }
    void take(broker::FanOut&& wanted) { note(std::move(wanted.peers), *wanted.frame); }
    void note(std::vector<PeerId> peers, protocol::Bytes bytes) {
        auto frame = protocol::decode_to_session(bytes);
        if (frame) sent_.push_back({std::move(peers), std::move(bytes), std::move(*frame)});
    }
    template <class Other>
    void take(Other&& wanted) {
        using Wanted = std::decay_t<Other>;
        constexpr bool is_journal_effect =
            !is_one_of<Wanted, std::variant<broker::CutPeer, broker::RingBell, broker::Notice,
                                            broker::ForgetBroker, broker::AdmitKeys,
                                            broker::ReadHistory, broker::AskLog>>;
        if constexpr (is_journal_effect) {
            broker::gather(batch_, std::forward<Other>(wanted));
            writes_ += 1;
        }
    }

    broker::MemoryJournal journal_;
    broker::Batch batch_;
    std::uint64_t writes_ = 0;
    broker::Effects effects_;
    std::unique_ptr<broker::Engine> engine_ =
        *broker::Engine::start(insecure_settings(), {}, now_, effects_);
    std::uint64_t last_peer_ = 0;
    std::uint8_t last_message_ = 0;
    PeerId operator_{};
};

TEST_F(BundleTest, BringsASessionAllThatATurnAcceptedInOneFrameInOrder) {
    const PeerId session = join("vanessa-1");
    ask_all({"one", "two", "three"});
    commit();
    EXPECT_TRUE(take_sent().empty()) << "the turn has not ended";
    end_turn();
    EXPECT_EQ(texts_to(session), (std::vector<Texts>{{"one", "two", "three"}}));
    end_turn();
    EXPECT_TRUE(take_sent().empty()) << "once is enough";
}

TEST_F(BundleTest, IsNoneWhereOneMessageIsAlone) {
    join("vanessa-1");
    ask_all({"one"});
    commit();
    end_turn();
    const auto sent = take_sent();
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_TRUE(std::holds_alternative<protocol::Show>(sent[0].frame));
}

TEST_F(BundleTest, IsOneFrameForAllWhoGetTheSameMessages) {
    const PeerId vanessa = join("vanessa-1");
    const PeerId marc = join("marc-1");
    ask_all({"one", "two"});
    commit();
    end_turn();
    const auto sent = take_sent();
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].peers, (std::vector{vanessa, marc}));
}

TEST_F(BundleTest, IsAFrameOfItsOwnForEachSelection) {
    const PeerId vanessa = join("vanessa-1");
    const PeerId marc = join("marc-1");
    const PeerId paula = join("paula-1");
    ask(1, "one");
    ask(2, "two", Target::of({id_of("vanessa-1"), id_of("paula-1")}));
    ask(3, "three");
    commit();
    end_turn();
    const auto sent = take_sent();
    EXPECT_EQ(sent.size(), 2u);
    EXPECT_EQ(texts_to(vanessa, sent), (std::vector<Texts>{{"one", "two", "three"}}));
    EXPECT_EQ(texts_to(paula, sent), (std::vector<Texts>{{"one", "two", "three"}}));
    EXPECT_EQ(texts_to(marc, sent), (std::vector<Texts>{{"one", "three"}}));
}

TEST_F(BundleTest, HoldsAsManyBytesAsAFrameMayHaveAndNotOneMore) {
    const PeerId session = join("vanessa-1");
    constexpr std::size_t some = 1'000;
    ask(1, std::string(some, 'x'));
    commit();
    end_turn();
    const std::size_t around = take_sent().at(0).bytes.size() - some;
    report(session, 1, 1, 1);

    const std::size_t all = limits::bundle_bytes_max - protocol::bundle_overhead_max - 3 * around;
    const Texts fitting = {std::string(all / 3, 'a'), std::string(all / 3, 'b'),
                           std::string(all - 2 * (all / 3), 'c')};
    for (std::uint8_t i = 0; i < 3; ++i) ask(static_cast<std::uint8_t>(2 + i), fitting[i]);
    commit();
    end_turn();
    auto sent = take_sent();
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_LE(sent[0].bytes.size(), limits::bundle_bytes_max);
    EXPECT_EQ(sent[0].texts(), fitting);

    report(session, 2, 2, 4);
    for (std::uint8_t i = 0; i < 3; ++i) {
        ask(static_cast<std::uint8_t>(5 + i), fitting[i] + (i == 2 ? "c" : ""));
    }
    commit();
    end_turn();
    EXPECT_EQ(texts_to(session),
              (std::vector<Texts>{{fitting[0], fitting[1]}, {fitting[2] + "c"}}));
}

TEST_F(BundleTest, HoldsNoMoreMessagesThanMayBeUnconfirmed) {
    const PeerId session = join("vanessa-1");
    Texts all;
    for (int number = 1; number <= 70; ++number) all.push_back(std::to_string(number));
    ask_all(all);
    commit();
    end_turn();
    const auto part = [&](int first, int last) {
        return std::vector<Texts>{Texts(all.begin() + first - 1, all.begin() + last)};
    };
    EXPECT_EQ(texts_to(session), part(1, 32));
    report(session, 1, 1, 32);
    EXPECT_TRUE(take_sent().empty()) << "the turn has not ended";
    end_turn();
    EXPECT_EQ(texts_to(session), part(33, 64));
    report(session, 2, 34, 34);
    end_turn();
    EXPECT_EQ(texts_to(session), part(65, 65));
}

TEST_F(BundleTest, LeavesNoMoreBytesUnconfirmedThanMayBe) {
    const PeerId session = join("vanessa-1");
    const std::string large(limits::text_bytes_max, 'x');
    ask_all({large, large, large, large, large, large});
    commit();
    end_turn();
    const auto sent = take_sent();
    ASSERT_EQ(sent.size(), 2u) << "two in the first frame, one in the next";
    std::size_t messages = 0;
    std::size_t bytes = 0;
    for (const Sent& one : sent) {
        EXPECT_LE(one.bytes.size(), limits::bundle_bytes_max);
        messages += one.texts().size();
        bytes += one.bytes.size();
    }
    EXPECT_EQ(messages, 3u);
    EXPECT_LE(bytes, limits::unconfirmed_bytes_max);
    report(session, 1, 1, 3);
    end_turn();
    EXPECT_EQ(texts_to(session), (std::vector<Texts>{{large, large}, {large}}));
}

TEST_F(BundleTest, PutsWhatATurnAcceptsBehindWhatWaited) {
    const PeerId session = join("vanessa-1");
    Texts all;
    for (int number = 1; number <= 33; ++number) all.push_back(std::to_string(number));
    ask_all(all);
    commit();
    end_turn();
    take_sent();
    ask_all({"34"});
    commit();
    report(session, 1, 1, 2);
    end_turn();
    EXPECT_EQ(texts_to(session), (std::vector<Texts>{{"33", "34"}}));
}

// ---- What else happens before the turn ends -----------------------------------------------------

TEST_F(BundleTest, GoesToALatecomerOnceTheDiskKnowsThatItIsForIt) {
    ask(1, "standing", Target::everyone(), now_.utc + Milliseconds{60'000});
    commit();
    end_turn();
    commit();
    const PeerId late = say_hello(hello_of("vanessa-1"));
    EXPECT_EQ(audience_on_disk(), 0u);
    commit();
    EXPECT_EQ(audience_on_disk(), 1u);
    EXPECT_TRUE(take_sent().empty()) << "the turn has not ended";
    end_turn();
    EXPECT_EQ(texts_to(late), (std::vector<Texts>{{"standing"}}));
}

TEST_F(BundleTest, DoesNotGoToASessionThatWasLostMeanwhile) {
    const PeerId lost = join("vanessa-1");
    const PeerId other = join("marc-1");
    ask_all({"one", "two"});
    commit();
    step(broker::PeerClosed{lost});
    end_turn();
    const auto sent = take_sent();
    EXPECT_EQ(texts_to(lost, sent), std::vector<Texts>{});
    EXPECT_EQ(texts_to(other, sent), (std::vector<Texts>{{"one", "two"}}));

    const PeerId back = say_hello(hello_of("vanessa-1"));
    end_turn();
    EXPECT_EQ(texts_to(back), (std::vector<Texts>{{"one", "two"}}));
}

TEST_F(BundleTest, DoesNotGoToASessionThatSaidGoodbyeMeanwhile) {
    const PeerId gone = join("vanessa-1");
    ask_all({"one", "two"});
    commit();
    receive(gone, protocol::FromSession{protocol::Goodbye{}});
    end_turn();
    EXPECT_TRUE(take_sent().empty());
}

TEST_F(BundleTest, GoesToTheNewerConnectionOfASessionThatWasReplacedMeanwhile) {
    const PeerId older = join("vanessa-1");
    ask_all({"one"});
    commit();
    const PeerId newer = say_hello(hello_of("vanessa-1"));
    ask_all({"two"});
    commit();
    EXPECT_TRUE(take_sent().empty());
    end_turn();
    const auto sent = take_sent();
    EXPECT_EQ(texts_to(older, sent), std::vector<Texts>{});
    EXPECT_EQ(texts_to(newer, sent), (std::vector<Texts>{{"one", "two"}}));
}

TEST_F(BundleTest, ComesAfterTheWelcomeWithWhatCameBeforeAndAfterIt) {
    step(broker::PeerClosed{join("vanessa-1")});
    ask_all({"one", "two"});
    commit();
    const PeerId session = say_hello(hello_of("vanessa-1"));
    ask_all({"three", "four"});
    commit();
    end_turn();
    ASSERT_FALSE(sent_.empty());
    EXPECT_TRUE(std::holds_alternative<protocol::SessionWelcome>(sent_.front().frame));
    EXPECT_EQ(texts_to(session), (std::vector<Texts>{{"one", "two", "three", "four"}}));
}

TEST_F(BundleTest, LeavesOutWhatAHelloSaysIsThereAlready) {
    const PeerId older = join("vanessa-1");
    ask_all({"one", "two", "three"});
    commit();
    end_turn();
    take_sent();
    step(broker::PeerClosed{older});
    auto hello = hello_of("vanessa-1");
    hello.known = {{message_id(2), 1, State::displayed, true}};
    const PeerId newer = say_hello(hello);
    end_turn();
    EXPECT_EQ(texts_to(newer), (std::vector<Texts>{{"one", "three"}}));
}

TEST_F(BundleTest, GoesOnceToASessionThatClosedAndCameBackByItsTokenMeanwhile) {
    const PeerId first = say_hello(hello_of("vanessa-1"));
    end_turn();
    commit();
    protocol::SessionHello hello = hello_of("vanessa-1");
    for (const Sent& one : sent_) {
        if (const auto* welcome = std::get_if<protocol::SessionWelcome>(&one.frame)) {
            hello.resume = welcome->resume;
        }
    }
    ASSERT_TRUE(hello.resume);
    const UtcTime tomorrow = now_.utc + Milliseconds{86'400'000};
    ask(1, "one", Target::everyone(), tomorrow);
    commit();
    receive(first, protocol::FromSession{protocol::Goodbye{}});
    const PeerId second = say_hello(hello);
    ask(2, "two", Target::everyone(), tomorrow);
    end_turn();
    EXPECT_TRUE(take_sent().empty()) << "it waits for its record";
    commit();
    end_turn();
    EXPECT_EQ(texts_to(second), (std::vector<Texts>{{"one", "two"}}));
}

TEST_F(BundleTest, LeavesOutWhatIsOverBeforeTheTurnEnds) {
    const PeerId session = join("vanessa-1");
    ask(1, "short", Target::everyone(), now_.utc + Milliseconds{1'000});
    ask(2, "long");
    commit();
    advance(Milliseconds{1'000});
    end_turn();
    EXPECT_EQ(texts_to(session), (std::vector<Texts>{{"long"}}));
}

TEST_F(BundleTest, LeavesOutWhatTheSessionReportedBeforeItWasSent) {
    const PeerId session = join("vanessa-1");
    ask_all({"one", "two"});
    commit();
    report(session, 1, 1, 1);  // Of an id that it cannot know: it only misses something itself.
    end_turn();
    EXPECT_EQ(texts_to(session), (std::vector<Texts>{{"two"}}));
}

}  // namespace
}  // namespace crier::testing
