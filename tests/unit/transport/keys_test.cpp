// Keys, and the files that secrets are kept in: who may read them, and that they are whole.

#include "shared/transport/keys.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "tests/support/temporary_directory.hpp"

namespace crier::transport {
namespace {

using testing::TemporaryDirectory;

mode_t mode_of(const std::filesystem::path& file) {
    struct stat facts {};
    EXPECT_EQ(stat(file.c_str(), &facts), 0);
    return facts.st_mode & 0777u;
}

void write_text(const std::filesystem::path& file, const std::string& text, mode_t mode) {
    std::ofstream(file) << text;
    ASSERT_EQ(chmod(file.c_str(), mode), 0);
}

TEST(Keys, AreDifferentEachTimeAndFollowFromTheSecret) {
    const KeyPair one = KeyPair::generate();
    const KeyPair two = KeyPair::generate();
    EXPECT_NE(one.public_key, two.public_key);
    EXPECT_EQ(KeyPair::of(one.secret_key).public_key, one.public_key);
}

TEST(Keys, AreThoseOfCurve25519) {
    // RFC 7748, section 6.1: Alice's keys.
    const Bytes32 secret = {0x77, 0x07, 0x6d, 0x0a, 0x73, 0x18, 0xa5, 0x7d, 0x3c, 0x16, 0xc1,
                            0x72, 0x51, 0xb2, 0x66, 0x45, 0xdf, 0x4c, 0x2f, 0x87, 0xeb, 0xc0,
                            0x99, 0x2a, 0xb1, 0x77, 0xfb, 0xa5, 0x1d, 0xb9, 0x2c, 0x2a};
    const Bytes32 expected = {0x85, 0x20, 0xf0, 0x09, 0x89, 0x30, 0xa7, 0x54, 0x74, 0x8b, 0x7d,
                              0xdc, 0xb4, 0x3e, 0xf7, 0x5a, 0x0d, 0xbf, 0x3a, 0x0d, 0x26, 0x38,
                              0x1a, 0xf4, 0xeb, 0xa4, 0xa9, 0x8e, 0xaa, 0x9b, 0x4e, 0x6a};
    EXPECT_EQ(KeyPair::of(Secret(secret)).public_key, expected);
}

TEST(SecretFile, IsReadBackAndOnlyItsOwnerMayReadIt) {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "secret";
    const Secret secret = Secret::random();
    ASSERT_TRUE(write_secret(file, secret));
    EXPECT_EQ(mode_of(file), 0600u);
    const auto read = read_secret(file);
    ASSERT_TRUE(read);
    EXPECT_TRUE(equal(read->bytes(), secret.bytes()));
    // Nothing else is left behind.
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1);
}

TEST(SecretFile, IsNeverReplaced) {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "secret";
    const Secret first = Secret::random();
    ASSERT_TRUE(write_secret(file, first));
    const Status again = write_secret(file, Secret::random());
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, ErrorCode::file_unusable);
    EXPECT_TRUE(equal(read_secret(file)->bytes(), first.bytes()));
}

TEST(SecretFile, IsRefusedWhenOthersMayReadOrWriteIt) {
    const TemporaryDirectory directory;
    for (const mode_t mode : {0640u, 0604u, 0620u, 0602u, 0610u, 0601u}) {
        const auto file = directory.path() / std::to_string(mode);
        ASSERT_TRUE(write_secret(file, Secret::random()));
        ASSERT_EQ(chmod(file.c_str(), mode), 0);
        const auto read = read_secret(file);
        ASSERT_FALSE(read) << mode;
        EXPECT_EQ(read.error().code, ErrorCode::file_unusable);
        EXPECT_NE(read.error().detail.find("chmod 600"), std::string::npos) << read.error().detail;
    }
}

TEST(SecretFile, IsRefusedWhenItHoldsNoSecret) {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "secret";
    for (const std::string& text :
         {std::string(), std::string("short"), std::string(43, '!'), std::string(44, 'A'),
          std::string(42, 'A'), std::string(100'000, 'A'), std::string(43, 'A') + "\nmore"}) {
        write_text(file, text, 0600);
        const auto read = read_secret(file);
        ASSERT_FALSE(read) << text.substr(0, 50);
        EXPECT_EQ(read.error().code, ErrorCode::file_unusable);
        EXPECT_EQ(read.error().detail.find("AAAA"), std::string::npos) << "it tells its contents";
    }
}

TEST(SecretFile, IsRefusedWhenItIsNoFile) {
    const TemporaryDirectory directory;
    EXPECT_FALSE(read_secret(directory.path()));
    EXPECT_FALSE(read_secret(directory.path() / "none"));
    EXPECT_FALSE(write_secret(directory.path() / "none" / "secret", Secret::random()));
    const auto fifo = directory.path() / "fifo";
    ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
    EXPECT_FALSE(read_secret(fifo));
}

TEST(SecretFile, IsTheSameForAllThatMakeItAtOnce) {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "secret";
    std::array<Secret, 8> secrets;
    std::vector<std::thread> threads;
    for (Secret& secret : secrets) {
        threads.emplace_back([&] {
            const auto made = read_or_make_secret(file);
            ASSERT_TRUE(made);
            secret = *made;
        });
    }
    for (std::thread& thread : threads) thread.join();
    for (const Secret& secret : secrets) {
        EXPECT_TRUE(equal(secret.bytes(), secrets[0].bytes()));
        EXPECT_FALSE(equal(secret.bytes(), Bytes32{}));
    }
}

}  // namespace
}  // namespace crier::transport
