// SessionCore: a session of a cluster leaves a broker that dies, stops or refuses it for another.
// Method: the core in virtual time; the test is the brokers and the clock.

#include <gtest/gtest.h>

#include "tests/unit/subscriber/core_bench.hpp"

namespace crier::subscriber {
namespace {

using std::chrono::seconds;

const std::vector<protocol::OtherPlace> two_others{{{"b"}, 100}, {{"c"}, 100}};
const Error killed{ErrorCode::broker_unreachable, "the connection has ended"};

CoreOptions invited_to(std::vector<std::string> endpoints) {
    CoreOptions options = with_store();
    options.endpoints = std::move(endpoints);
    return options;
}

bool is_another(const std::string& endpoint) {
    return endpoint == "b" || endpoint == "c";
}

TEST(SessionElsewhere, ConnectsToAnotherBrokerAtOnceWhenItsOwnDies) {
    CoreBench bench(invited_to({"a"}));
    bench.connect(two_others);
    bench.advance(limits::heartbeat_interval);
    bench.step(LinkDown{killed});
    bench.advance(core_limits::pause_min);
    ASSERT_EQ(bench.opened.size(), 2u);
    EXPECT_TRUE(is_another(bench.opened[1]));
}

TEST(SessionElsewhere, LeavesABrokerThatHangsOnceTwoHeartbeatsAreMissed) {
    CoreBench bench(invited_to({"a"}));
    bench.connect(two_others);
    bench.advance(limits::heartbeat_interval * 2 + limits::heartbeat_interval / 2 +
                  core_limits::pause_min);
    ASSERT_EQ(bench.opened.size(), 2u);
    EXPECT_TRUE(is_another(bench.opened[1]));
    EXPECT_EQ(bench.closed, 1);
}

TEST(SessionElsewhere, ComesToTheOtherBrokerAsTheSameSession) {
    CoreBench bench(invited_to({"a"}));
    bench.connect(two_others);
    bench.frame(a_message(1));
    bench.report(1, State::displayed);
    bench.step(LinkDown{killed});
    bench.advance(core_limits::pause_min);
    bench.step(LinkUp{});
    EXPECT_EQ(bench.last_hello().resume, (protocol::Bytes{1, 2, 3}));
    ASSERT_EQ(bench.last_hello().known.size(), 1u);
    EXPECT_EQ(bench.last_hello().known[0].id, message_id(1));
}

TEST(SessionElsewhere, LeavesAStoppingBrokerWithinTheTimeThatItNamed) {
    CoreBench bench(invited_to({"a"}));
    bench.connect(two_others);
    bench.frame(protocol::Goodbye{"the broker stops", seconds(1)});
    bench.advance(seconds(1));
    ASSERT_EQ(bench.opened.size(), 2u);
    EXPECT_TRUE(is_another(bench.opened[1]));
}

TEST(SessionElsewhere, GoesOnToTheNextBrokerWhenOneCannotTakeIt) {
    for (const ErrorCode code : {ErrorCode::stopping, ErrorCode::overloaded}) {
        CoreBench bench(invited_to({"a", "b"}));
        bench.step(LinkUp{});
        bench.frame(protocol::Refused{{}, code, "not now", {}, {}});
        bench.advance(Milliseconds{100});
        EXPECT_EQ(bench.opened, (std::vector<std::string>{"a", "b"}));
        EXPECT_TRUE(bench.all_told<SubscriberEnded>().empty());
    }
}

TEST(SessionElsewhere, GoesNowhereWhenItWasReplacedOrDroppedOrIsNotAdmitted) {
    for (const ErrorCode code :
         {ErrorCode::replaced, ErrorCode::dropped, ErrorCode::not_admitted}) {
        CoreBench bench(invited_to({"a"}));
        bench.connect(two_others);
        bench.frame(protocol::Refused{{}, code, "go", {}, {}});
        bench.advance(core_limits::pause_max);
        EXPECT_EQ(bench.opened.size(), 1u);
        EXPECT_EQ(bench.all_told<SubscriberEnded>().size(), 1u);
    }
}

TEST(SessionElsewhere, FindsAnotherBrokerInItsNextRunWhenTheInvitedOneIsDead) {
    CoreBench first(invited_to({"a"}));
    first.connect(two_others);

    CoreBench second(invited_to({"a"}), first.disk);
    EXPECT_EQ(second.opened, std::vector<std::string>{"a"});
    second.step(LinkDown{killed});
    second.advance(Milliseconds{100});
    ASSERT_EQ(second.opened.size(), 2u);
    EXPECT_TRUE(is_another(second.opened[1]));
}

TEST(SessionElsewhere, RemembersTheOthersAlsoFromABrokerThatHasComeToBeAlone) {
    CoreBench first(invited_to({"a"}));
    first.connect({{{"b"}, 1}});
    first.reconnect();  // Whose welcome names nobody.
    CoreBench second(invited_to({"a"}), first.disk);
    second.step(LinkDown{killed});
    second.advance(Milliseconds{100});
    EXPECT_EQ(second.opened, (std::vector<std::string>{"a", "b"}));
}

TEST(SessionElsewhere, WritesTheOthersDownOnceAndAgainOnlyWhenTheyChange) {
    CoreBench bench(invited_to({"a"}));
    bench.connect(two_others);
    const std::size_t records = bench.disk.size();
    bench.step(LinkDown{killed});
    bench.advance(core_limits::pause_min);
    bench.connect(two_others);
    EXPECT_EQ(bench.disk.size(), records);
    bench.step(LinkDown{killed});
    bench.advance(core_limits::pause_max);
    bench.connect({{{"d"}, 1}});
    EXPECT_EQ(bench.disk.size(), records + 1);
}

}  // namespace
}  // namespace crier::subscriber
