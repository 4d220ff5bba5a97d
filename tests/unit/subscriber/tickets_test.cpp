// When a session asks its program for a ticket, and what it does with one.

#include <gtest/gtest.h>

#include "subscriber/core/ticket_holder.hpp"
#include "tests/unit/subscriber/core_bench.hpp"

namespace crier::subscriber {
namespace {

void refuse(CoreBench& bench, const std::string& why) {
    protocol::Refused refused;
    refused.code = ErrorCode::ticket_invalid;
    refused.detail = why;
    bench.frame(refused);
}

class SessionTickets : public ::testing::Test {
protected:
    static CoreOptions with_tickets() {
        CoreOptions options;
        options.is_secure = true;
        options.has_tickets = true;
        return options;
    }
    void welcome(Milliseconds left) {
        protocol::SessionWelcome frame;
        frame.session = bench.core().session();
        frame.resume = {1};
        frame.time = bench.broker_now();
        frame.ticket_expires = frame.time + left;
        bench.frame(frame);
    }
    void connect(const std::string& ticket, Milliseconds left) {
        bench.step(TicketGiven{ticket});
        bench.step(LinkUp{});
        welcome(left);
        bench.told.clear();
    }
    std::size_t asked() { return std::exchange(bench.told, {}).size(); }

    CoreBench bench{with_tickets()};
};

TEST_F(SessionTickets, AreAskedForBeforeTheFirstAttempt) {
    ASSERT_EQ(bench.all_told<TicketWanted>().size(), 1u);
    EXPECT_EQ(bench.all_told<TicketWanted>()[0].session, bench.core().session());
    bench.advance(minute / 2 - Milliseconds{1});
    EXPECT_TRUE(bench.opened.empty());
    EXPECT_EQ(asked(), 1u);
    bench.advance(Milliseconds{1});
    EXPECT_EQ(asked(), 1u) << "nobody has answered for half a minute";
    bench.step(TicketGiven{"one"});
    EXPECT_EQ(bench.opened.size(), 1u);
    bench.step(LinkUp{});
    EXPECT_EQ(bench.last_hello().ticket, "one");
    EXPECT_EQ(bench.last_hello().key, std::nullopt);
}

TEST_F(SessionTickets, AreAskedForAMinuteBeforeOneExpiresAndRenewed) {
    connect("one", 10 * minute);
    for (int passed = 0; passed < 9; ++passed) {
        EXPECT_EQ(bench.all_told<TicketWanted>().size(), 0u) << passed;
        bench.frame(protocol::Heartbeat{.time = bench.broker_now(), .confirmed = 0});
        bench.pass(minute);
    }
    bench.frame(protocol::Heartbeat{.time = bench.broker_now(), .confirmed = 0});
    EXPECT_EQ(bench.all_told<TicketWanted>().size(), 1u);
    bench.step(TicketGiven{"two"});
    ASSERT_EQ(bench.all_sent<protocol::RenewTicket>().size(), 1u);
    EXPECT_EQ(bench.all_sent<protocol::RenewTicket>()[0].ticket, "two");
    bench.told.clear();
    bench.frame(protocol::TicketRenewed{bench.broker_now() + 10 * minute});
    bench.pass(minute);
    bench.frame(protocol::Heartbeat{.time = bench.broker_now(), .confirmed = 0});
    EXPECT_EQ(bench.all_told<TicketWanted>().size(), 0u);
}

TEST_F(SessionTickets, ThatTheBrokerDoesNotTakeAreNotShownAgain) {
    bench.step(TicketGiven{"bad"});
    bench.step(LinkUp{});
    bench.told.clear();
    refuse(bench, "it has expired");
    EXPECT_EQ(bench.all_told<TicketWanted>().size(), 1u);
    EXPECT_EQ(bench.all_told<SubscriberEnded>().size(), 0u);
    bench.advance(core_limits::pause_max);
    EXPECT_EQ(bench.opened.size(), 1u) << "without a ticket there is no use in trying";
    bench.step(TicketGiven{"good"});
    bench.advance(core_limits::pause_max);
    ASSERT_EQ(bench.opened.size(), 2u);
    bench.step(LinkUp{});
    EXPECT_EQ(bench.last_hello().ticket, "good");
}

TEST_F(SessionTickets, AreShownAgainAfterAnOutage) {
    connect("one", 10 * minute);
    bench.step(LinkDown{{ErrorCode::broker_unreachable, "cut"}});
    bench.advance(core_limits::pause_max);
    bench.step(LinkUp{});
    EXPECT_EQ(bench.last_hello().ticket, "one");
}

/// Short texts, which are kept in the holder itself: there they can be looked for.
TEST(TicketHolder, KeepsNoTraceOfATicketThatIsOutOfDate) {
    TicketHolder holder(true);
    const auto is_left = [&holder](std::string_view word) {
        const std::string_view memory(reinterpret_cast<const char*>(&holder), sizeof holder);
        return memory.find(word) != memory.npos;
    };
    holder.give("a-first-ticket");
    ASSERT_TRUE(is_left("ticket"));
    holder.give("two");
    EXPECT_FALSE(is_left("ticket"));
    holder.give("a-third-ticket");
    ASSERT_TRUE(is_left("ticket"));
    holder.reject();
    EXPECT_FALSE(is_left("ticket"));
}

TEST(SessionWithoutTickets, EndsWhenTheBrokerWantsOne) {
    CoreBench bench;
    bench.step(LinkUp{});
    refuse(bench, "none was shown");
    EXPECT_EQ(bench.all_told<SubscriberEnded>().size(), 1u);
    EXPECT_EQ(bench.all_told<TicketWanted>().size(), 0u);
}

}  // namespace
}  // namespace crier::subscriber
