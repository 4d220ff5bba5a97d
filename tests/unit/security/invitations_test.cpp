// What the invitations say, and who may read them.

#include "broker/security/invitations.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/temporary_directory.hpp"

namespace crier::broker {
namespace {

using protocol::Invitation;
using testing::TemporaryDirectory;
using Kind = protocol::Invitation::Kind;

const DoorEndpoints doors{
    {"tcp://127.0.0.1:1", "ipc:///s"}, {"tcp://127.0.0.1:2"}, {"tcp://[::1]:3"}};

class InvitationsTest : public ::testing::Test {
protected:
    TemporaryDirectory directory;
    KeyStore keys = *open_key_store(directory.path());
    std::filesystem::path folder = directory.path() / "run" / "crier";

    Invitation load(Kind kind) {
        const auto loaded =
            protocol::load_invitation((folder / invitation_file_name(kind)).string(), kind);
        EXPECT_TRUE(loaded) << loaded.error().detail;
        return loaded.value_or(Invitation{});
    }
    mode_t mode_of(Kind kind) {
        struct stat facts {};
        EXPECT_EQ(stat((folder / invitation_file_name(kind)).c_str(), &facts), 0);
        return facts.st_mode & 0777u;
    }
};

TEST_F(InvitationsTest, HaveTheirOwnDoorAndTheirOwnSecretEach) {
    ASSERT_TRUE(write_invitations(folder, &keys, doors));
    const Invitation sessions = load(Kind::sessions);
    EXPECT_EQ(sessions.endpoints, doors.sessions);
    EXPECT_EQ(sessions.server_key, keys.broker.public_key);
    EXPECT_TRUE(equal(sessions.secret->bytes(), keys.join_secret.bytes()));

    const Invitation operators = load(Kind::operators);
    EXPECT_EQ(operators.endpoints, doors.operators);
    EXPECT_EQ(transport::KeyPair::of(*operators.secret).public_key,
              keys.invited_operator.public_key);

    const Invitation listeners = load(Kind::listeners);
    EXPECT_EQ(listeners.endpoints, doors.bell);
    EXPECT_EQ(transport::KeyPair::of(*listeners.secret).public_key,
              keys.invited_listener.public_key);
}

TEST_F(InvitationsTest, AreForTheirReadersOnly) {
    ASSERT_TRUE(write_invitations(folder, &keys, doors));
    EXPECT_EQ(mode_of(Kind::sessions), 0644u);
    EXPECT_EQ(mode_of(Kind::operators), 0640u);
    EXPECT_EQ(mode_of(Kind::listeners), 0640u);
}

TEST_F(InvitationsTest, HaveNoSecretsWithoutCurve) {
    ASSERT_TRUE(write_invitations(folder, nullptr, doors));
    for (const Kind kind : {Kind::sessions, Kind::operators, Kind::listeners}) {
        const Invitation invitation = load(kind);
        EXPECT_FALSE(invitation.server_key);
        EXPECT_FALSE(invitation.secret);
    }
}

TEST_F(InvitationsTest, AreReplacedAtTheNextStart) {
    ASSERT_TRUE(write_invitations(folder, &keys, doors));
    DoorEndpoints moved = doors;
    moved.sessions = {"tcp://127.0.0.1:9"};
    ASSERT_TRUE(write_invitations(folder, &keys, moved));
    EXPECT_EQ(load(Kind::sessions).endpoints, moved.sessions);
}

TEST_F(InvitationsTest, NameThisMachineWhereTheBrokerListensOnEveryAddress) {
    DoorEndpoints everywhere;
    everywhere.sessions = {"tcp://0.0.0.0:7411", "tcp://[::]:7411", "tcp://127.0.0.1:7411"};
    const Invitation invitation = make_invitation(Kind::sessions, &keys, everywhere);
    ASSERT_EQ(invitation.endpoints.size(), 3u);
    for (const std::string& endpoint : {invitation.endpoints[0], invitation.endpoints[1]}) {
        EXPECT_EQ(endpoint.find("0.0.0.0"), std::string::npos);
        EXPECT_EQ(endpoint.find("[::]"), std::string::npos);
        EXPECT_EQ(endpoint.substr(endpoint.rfind(':')), ":7411");
    }
    EXPECT_EQ(invitation.endpoints[2], "tcp://127.0.0.1:7411");
}

TEST_F(InvitationsTest, HaveEightEndpointsAtMost) {
    DoorEndpoints many;
    many.sessions.assign(20, "tcp://127.0.0.1:1");
    EXPECT_EQ(make_invitation(Kind::sessions, &keys, many).endpoints.size(), 8u);
}

TEST_F(InvitationsTest, NeedAFolderThatCanBeMade) {
    const Status written =
        write_invitations(directory.path() / "keys" / "join.key" / "x", &keys, doors);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, ErrorCode::file_unusable);
}

}  // namespace
}  // namespace crier::broker
