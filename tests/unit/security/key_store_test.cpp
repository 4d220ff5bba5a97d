// The broker's keys: made once, kept, and never used when others may know them.

#include "broker/security/key_store.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/support/temporary_directory.hpp"

namespace crier::broker {
namespace {

using testing::TemporaryDirectory;

mode_t mode_of(const std::filesystem::path& path) {
    struct stat facts {};
    EXPECT_EQ(stat(path.c_str(), &facts), 0) << path;
    return facts.st_mode & 0777u;
}

TEST(KeyStore, IsMadeAtTheFirstStartAndTheSameAtTheNext) {
    const TemporaryDirectory directory;
    const auto first = open_key_store(directory.path());
    ASSERT_TRUE(first) << first.error().detail;
    const auto second = open_key_store(directory.path());
    ASSERT_TRUE(second) << second.error().detail;
    EXPECT_EQ(second->broker.public_key, first->broker.public_key);
    EXPECT_TRUE(equal(second->join_secret.bytes(), first->join_secret.bytes()));
    EXPECT_TRUE(equal(second->resume_key.bytes(), first->resume_key.bytes()));
    EXPECT_TRUE(equal(second->audit_key.bytes(), first->audit_key.bytes()));
    EXPECT_EQ(second->principals.all(), first->principals.all());

    const TemporaryDirectory other;
    const auto third = open_key_store(other.path());
    EXPECT_NE(third->broker.public_key, first->broker.public_key);
    EXPECT_FALSE(equal(third->join_secret.bytes(), first->join_secret.bytes()));
}

TEST(KeyStore, HasEverySecretForItselfAlone) {
    const TemporaryDirectory directory;
    ASSERT_TRUE(open_key_store(directory.path()));
    EXPECT_EQ(mode_of(directory.path() / "keys"), 0700u);
    int files = 0;
    for (const auto& file : std::filesystem::directory_iterator(directory.path() / "keys")) {
        EXPECT_EQ(mode_of(file.path()), 0600u) << file.path();
        ++files;
    }
    EXPECT_EQ(files, 9);
}

TEST(KeyStore, IsTheSameForAllBrokersOfAClusterButForTheirOwnNames) {
    const TemporaryDirectory directory;
    const auto first = open_key_store(directory.path() / "");
    ASSERT_TRUE(first);
    const TemporaryDirectory other;
    ASSERT_TRUE(join_cluster(other.path() / "data", to_join_line(*first)));
    const auto second = open_key_store(other.path() / "data");
    ASSERT_TRUE(second);
    EXPECT_EQ(second->broker.public_key, first->broker.public_key);
    EXPECT_TRUE(equal(second->join_secret.bytes(), first->join_secret.bytes()));
    EXPECT_TRUE(equal(second->resume_key.bytes(), first->resume_key.bytes()));
    EXPECT_TRUE(equal(second->cluster_key.bytes(), first->cluster_key.bytes()));
    EXPECT_EQ(second->principals.all(), first->principals.all());
    EXPECT_FALSE(equal(second->audit_key.bytes(), first->audit_key.bytes()));
    EXPECT_NE(second->broker_id, first->broker_id);
}

TEST(KeyStore, JoinsNoClusterWithALineThatIsNotWhole) {
    const TemporaryDirectory directory;
    const auto keys = open_key_store(directory.path());
    ASSERT_TRUE(keys);
    const std::string line = to_join_line(*keys);
    const TemporaryDirectory other;
    const auto refused = [&](const std::string& said) {
        const Status joined = join_cluster(other.path() / "data", said);
        return !joined && joined.error().code == ErrorCode::invitation_invalid &&
               !std::filesystem::exists(other.path() / "data" / "keys");
    };
    EXPECT_TRUE(refused(""));
    EXPECT_TRUE(refused("crier1.operators.abc"));
    EXPECT_TRUE(refused(line.substr(0, line.size() - 1)));
    EXPECT_TRUE(refused(line + "A"));
    for (std::size_t at = 15; at < line.size(); at += 7) {
        std::string mistyped = line;
        mistyped[at] = mistyped[at] == 'A' ? 'B' : 'A';
        EXPECT_TRUE(refused(mistyped)) << at;
    }
}

TEST(KeyStore, KeepsItsKeysWhenItIsToldToJoin) {
    const TemporaryDirectory directory;
    const auto keys = open_key_store(directory.path());
    ASSERT_TRUE(keys);
    const TemporaryDirectory other;
    const auto own = open_key_store(other.path());
    ASSERT_TRUE(own);
    const Status joined = join_cluster(other.path(), to_join_line(*keys));
    ASSERT_FALSE(joined);
    EXPECT_EQ(joined.error().code, ErrorCode::file_unusable);
    EXPECT_EQ(open_key_store(other.path())->broker.public_key, own->broker.public_key);
}

TEST(KeyStore, RegistersTheKeysOfItsInvitations) {
    const TemporaryDirectory directory;
    const auto keys = open_key_store(directory.path());
    ASSERT_TRUE(keys);
    const Principal* invited = keys->principals.find(keys->invited_operator.public_key);
    ASSERT_NE(invited, nullptr);
    Rights all_but_the_bell = Rights::all();
    all_but_the_bell.remove(Right::listen);
    EXPECT_EQ(invited->rights, all_but_the_bell);
    const Principal* listener = keys->principals.find(keys->invited_listener.public_key);
    ASSERT_NE(listener, nullptr);
    EXPECT_FALSE(listener->rights.is_operator());
    EXPECT_TRUE(listener->rights.has(Right::listen));
}

TEST(KeyStore, LeavesOutAKeyWhoseLineWasRemoved) {
    const TemporaryDirectory directory;
    ASSERT_TRUE(open_key_store(directory.path()));
    std::ofstream(directory.path() / "keys" / "principals", std::ios::trunc) << "# nobody\n";
    const auto keys = open_key_store(directory.path());
    ASSERT_TRUE(keys) << keys.error().detail;
    EXPECT_TRUE(keys->principals.all().empty());
}

TEST(KeyStore, IsRefusedWhenOthersMayLookIn) {
    for (const char* name : {"keys", "keys/broker.key", "keys/join.key", "keys/principals"}) {
        const TemporaryDirectory directory;
        ASSERT_TRUE(open_key_store(directory.path()));
        const auto path = directory.path() / name;
        ASSERT_EQ(chmod(path.c_str(), std::filesystem::is_directory(path) ? 0755 : 0622), 0);
        const auto keys = open_key_store(directory.path());
        ASSERT_FALSE(keys) << name;
        EXPECT_EQ(keys.error().code, ErrorCode::file_unusable);
        EXPECT_NE(keys.error().detail.find("chmod"), std::string::npos) << keys.error().detail;
        EXPECT_NE(keys.error().detail.find(path.string()), std::string::npos);
    }
}

TEST(KeyStore, IsRefusedWhenAFileIsDamaged) {
    const TemporaryDirectory directory;
    ASSERT_TRUE(open_key_store(directory.path()));
    std::ofstream(directory.path() / "keys" / "resume.key", std::ios::trunc) << "x\n";
    EXPECT_EQ(open_key_store(directory.path()).error().code, ErrorCode::file_unusable);
}

TEST(KeyStore, NeedsAFolderThatIsThere) {
    const TemporaryDirectory directory;
    const auto keys = open_key_store(directory.path() / "none");
    ASSERT_FALSE(keys);
    EXPECT_EQ(keys.error().code, ErrorCode::file_unusable);
}

}  // namespace
}  // namespace crier::broker
