// SessionCore: several messages in one frame are what they would be one by one.
// Method: as session_core_test.cpp.

#include <gtest/gtest.h>

#include "tests/unit/subscriber/core_bench.hpp"

namespace crier::subscriber {
namespace {

using Ids = std::vector<MessageId>;

protocol::Bundle bundle_of(const std::vector<int>& numbers) {
    protocol::Bundle bundle;
    for (const int number : numbers) bundle.messages.push_back(a_message(number));
    return bundle;
}

Ids ids_of(const std::vector<IncomingMessage>& messages) {
    Ids ids;
    for (const IncomingMessage& message : messages) ids.push_back(message.id);
    return ids;
}

/// So many messages as a session remembers, but `fewer`, none of them a_message().
void fill(CoreBench& bench, std::size_t fewer) {
    for (std::size_t number = 0; number < core_limits::messages_max - fewer; ++number) {
        protocol::Show show = a_message(0);
        show.id.bytes[0] = static_cast<std::uint8_t>(number);
        show.id.bytes[1] = static_cast<std::uint8_t>(number >> 8);
        show.seq = number;
        bench.frame(show);
    }
}

TEST(Bundle, IsShownAsIfItsMessagesHadComeOneByOne) {
    const auto play = [](bool is_bundled) {
        CoreBench bench(with_store());
        bench.connect();
        protocol::Bundle bundle = bundle_of({1, 2, 3});
        bundle.messages[1] = expiring(a_message(2, Style::alert), minute);
        bundle.messages[2].deliver_until = broker_start - minute;  // Too late to be shown.
        if (is_bundled) {
            bench.frame(bundle);
        } else {
            for (const protocol::Show& show : bundle.messages) bench.frame(show);
        }
        bench.report(1, State::displayed);
        bench.report(2, State::displayed);
        bench.confirm(0);
        bench.advance(limits::heartbeat_interval);
        bench.confirm(0);
        return bench;
    };
    const CoreBench bundled = play(true);
    const CoreBench single = play(false);
    ASSERT_EQ(ids_of(bundled.all_told<IncomingMessage>()), (Ids{message_id(1), message_id(2)}));
    EXPECT_EQ(bundled.all_told<IncomingMessage>(), single.all_told<IncomingMessage>());
    EXPECT_EQ(bundled.receipts(), single.receipts());
    EXPECT_EQ(bundled.disk, single.disk);
}

TEST(Bundle, IsAnsweredForEveryMessageInIt) {
    CoreBench bench;
    bench.connect();
    std::vector<int> numbers;
    Ids ids;
    for (int number = 1; number <= static_cast<int>(limits::unconfirmed_messages_max); ++number) {
        numbers.push_back(number);
        ids.push_back(message_id(number));
    }
    bench.frame(bundle_of(numbers));
    bench.advance(core_limits::receipts_delay_max);
    Ids answered;
    for (const protocol::Receipt& receipt : bench.receipts()) {
        EXPECT_EQ(receipt.state, State::delivered);
        answered.push_back(receipt.id);
    }
    EXPECT_EQ(answered, ids);
    EXPECT_EQ(ids_of(bench.all_told<IncomingMessage>()), ids);
}

TEST(Bundle, ShowsOnceWhatIsInItTwiceOrWasThereBeforeAndAnswersIt) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    bench.advance(core_limits::receipts_delay_max);
    EXPECT_EQ(bench.states_sent(), std::vector{State::delivered});
    bench.frame(bundle_of({1, 2, 2, 3}));
    bench.advance(core_limits::receipts_delay_max);
    EXPECT_EQ(ids_of(bench.all_told<IncomingMessage>()),
              (Ids{message_id(1), message_id(2), message_id(3)}));
    EXPECT_EQ(bench.states_sent(), std::vector(4, State::delivered));
    EXPECT_EQ(bench.closed, 0);
}

TEST(Bundle, ChangesWhatANewerRevisionInItReplaces) {
    CoreBench bench;
    bench.connect();
    protocol::Bundle bundle = bundle_of({1, 1});
    bundle.messages[1].revision = 2;
    bundle.messages[1].content.text = "changed";
    bench.frame(bundle);
    const auto shown = bench.all_told<IncomingMessage>();
    const auto changed = bench.all_told<MessageChanged>();
    ASSERT_EQ(shown.size() + changed.size(), 2u);
    EXPECT_EQ(changed.at(0).message.content.text, "changed");
}

TEST(Bundle, IsDroppedFromTheMessageOnThatEndsTheLink) {
    CoreBench bench;
    bench.connect();
    fill(bench, 1);
    bench.told.clear();
    bench.frame(bundle_of({1, 2, 3}));
    EXPECT_EQ(ids_of(bench.all_told<IncomingMessage>()), Ids{message_id(1)});
    EXPECT_EQ(bench.closed, 1);
    EXPECT_EQ(bench.all_told<SubscriberDisconnected>().size(), 1u);
    EXPECT_EQ(bench.core().remembered(), core_limits::messages_max);
    bench.advance(core_limits::pause_max);
    EXPECT_EQ(bench.opened.size(), 2u);
}

TEST(Bundle, IsNoFirstFrame) {
    CoreBench bench;
    bench.step(LinkUp{});
    bench.frame(bundle_of({1, 2}));
    EXPECT_EQ(bench.closed, 1);
    EXPECT_TRUE(bench.all_told<IncomingMessage>().empty());
}

TEST(Bundle, SaysNothingAfterTheEnd) {
    CoreBench bench;
    bench.connect();
    bench.frame(protocol::Goodbye{"", {}});
    bench.frame(bundle_of({1, 2}));
    EXPECT_TRUE(bench.all_told<IncomingMessage>().empty());
}

}  // namespace
}  // namespace crier::subscriber
