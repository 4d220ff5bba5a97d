// How a broker leaves. Method: a whole Broker in this process; the test plays a client that hears
// that it leaves and stays all the same, so that there is time to knock.

#include <gtest/gtest.h>

#include "shared/protocol/codec.hpp"
#include "shared/protocol/invitation.hpp"
#include "tests/integration/running_broker.hpp"
#include "tests/integration/scene.hpp"
#include "tests/support/temporary_directory.hpp"

namespace crier::testing {
namespace {

TEST(BrokerStop, LetsNobodyNewInOnceItHasSaidThatItLeaves) {
    const TemporaryDirectory directory;
    RunningBroker broker(directory.path());
    broker.start();
    const auto invited = protocol::load_invitation(broker.invitation("operators"),
                                                   protocol::Invitation::Kind::operators);
    ASSERT_TRUE(invited);
    Scene scene(Scene::Security::curve, Scene::Zap::absent);
    ZmqClientLink::Settings settings;
    settings.keys = ClientKeys{*invited->server_key, KeyPair::of(*invited->secret)};
    Client& inside = scene.add_client(settings);
    Client& outside = scene.add_client(settings);
    inside.open(invited->endpoints.front());
    ASSERT_TRUE(scene.until([&] { return inside.is_up; }));
    protocol::OperatorHello hello;
    hello.versions = {protocol::version, protocol::version};
    hello.client = "test";
    ASSERT_TRUE(inside.link.send(protocol::encode(protocol::FromOperator{hello})));
    ASSERT_TRUE(scene.until([&] { return !inside.frames.empty(); }));

    broker.request_stop();
    const auto says_goodbye = [&] {
        const auto frame = protocol::decode_to_operator(bytes_of(inside.frames.back()));
        return frame && std::holds_alternative<protocol::Goodbye>(*frame);
    };
    ASSERT_TRUE(scene.until(says_goodbye));
    outside.open(invited->endpoints.front());
    ASSERT_TRUE(scene.until([&] { return outside.is_up || outside.down; }));
    ASSERT_FALSE(outside.is_up);
    EXPECT_EQ(outside.down->code, ErrorCode::broker_unreachable) << outside.down->detail;
}

}  // namespace
}  // namespace crier::testing
