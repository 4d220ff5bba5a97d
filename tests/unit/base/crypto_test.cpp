#include "shared/base/crypto.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <set>
#include <vector>

namespace crier {
namespace {

std::string hex(std::span<const std::uint8_t> bytes) {
    return detail::to_hex(bytes);
}

std::vector<std::uint8_t> bytes_of(std::string_view text) {
    return {text.begin(), text.end()};
}

/// 0, 1, 2, … as the reference vectors use them.
template <std::size_t n>
std::array<std::uint8_t, n> counting() {
    std::array<std::uint8_t, n> bytes;
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
    return bytes;
}

TEST(Crypto, HashesAsBlake2bWith32BytesOfOutput) {
    // As b2sum -l 256 and hashlib.blake2b(digest_size=32) give them.
    EXPECT_EQ(hex(blake2b({})), "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
    EXPECT_EQ(hex(blake2b(bytes_of("abc"))),
              "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

TEST(Crypto, HashesWithAKey) {
    // hashlib.blake2b(bytes(range(n)), digest_size=32, key=bytes(range(32)))
    const auto key = counting<32>();
    EXPECT_EQ(hex(blake2b({}, key)),
              "4e51e7a913fc80137da52880fecca175bf81e117d5c68126dc2774033517ea0d");
    EXPECT_EQ(hex(blake2b(counting<255>(), key)),
              "f60f5c4a575c43db6c93608515866ea998e04b35792f5a92b27aa5880cd6721e");
    EXPECT_NE(blake2b({}, key), blake2b({}));
}

TEST(Crypto, MakesASessionsIdFromItsKey) {
    // hashlib.blake2b(b"crier session" + bytes(range(32)), digest_size=32), the first 16 bytes
    EXPECT_EQ(to_string(session_id_of(counting<32>())), "a7c7473bbbbb5779d2862ed775a172d5");
    Bytes32 other = counting<32>();
    other[31] ^= 1;
    EXPECT_NE(session_id_of(other), session_id_of(counting<32>()));
}

TEST(Crypto, ProvesTheJoinSecretForOneKeyOnly) {
    const Secret secret(counting<32>());
    Bytes32 key{};
    key.fill(0xaa);
    // hashlib.blake2b(b"\xaa" * 32, digest_size=32, key=bytes(range(32)))
    EXPECT_EQ(hex(join_proof(secret, key)),
              "5aecc11102feff506e827d7624e475b719cf2b5ee2ec1e84c5ea7393f75275e6");
    Bytes32 other = key;
    other[0] ^= 1;
    EXPECT_FALSE(equal(join_proof(secret, key), join_proof(secret, other)));
    EXPECT_FALSE(equal(join_proof(secret, key), join_proof(Secret::random(), key)));
}

TEST(Crypto, ComparesEveryByte) {
    const Bytes32 left = counting<32>();
    EXPECT_TRUE(equal(left, counting<32>()));
    for (std::size_t index = 0; index < left.size(); ++index) {
        Bytes32 right = left;
        right[index] ^= 0x80;
        EXPECT_FALSE(equal(left, right)) << index;
    }
}

TEST(Crypto, GivesMessagesIdsThatAreUuidsOfVersion7AndSortByTime) {
    const MessageId early = new_message_id(utc_from_ms(0x0123456789ab));
    const MessageId late = new_message_id(utc_from_ms(0x0123456789ac));
    EXPECT_LT(early, late);
    EXPECT_EQ(to_string(early).substr(0, 12), "0123456789ab");
    EXPECT_EQ(early.bytes[6] >> 4, 7);
    EXPECT_EQ(early.bytes[8] >> 6, 2);
}

TEST(Crypto, NeverGivesTheSameRandomThingTwice) {
    std::set<std::string> seen;
    for (int round = 0; round < 1'000; ++round) {
        EXPECT_TRUE(seen.insert(to_string(new_message_id(utc_from_ms(1)))).second);
        EXPECT_TRUE(seen.insert(hex(Secret::random().bytes())).second);
        EXPECT_TRUE(seen.insert(std::to_string(random_number())).second);
    }
}

TEST(Crypto, WipesMemory) {
    std::string secret = "the secret";
    wipe(secret);
    EXPECT_EQ(secret, std::string(10, '\0'));
}

TEST(Crypto, SignsAsRfc8032Says) {
    // RFC 8032, 7.1, test 2.
    Bytes32 seed;
    ASSERT_TRUE(
        detail::from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", seed));
    const SigningKey key{Secret(seed)};
    EXPECT_EQ(detail::to_hex(key.public_key()),
              "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    const std::vector<std::uint8_t> data{0x72};
    const Signature signature = key.sign(data);
    EXPECT_EQ(detail::to_hex(signature),
              "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
              "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
    EXPECT_TRUE(is_signed_by(key.public_key(), data, signature));
    EXPECT_FALSE(is_signed_by(key.public_key(), std::vector<std::uint8_t>{0x73}, signature));
    EXPECT_FALSE(is_signed_by(SigningKey(Secret::random()).public_key(), data, signature));
    EXPECT_FALSE(is_signed_by(Bytes32{}, data, Signature{}));
}

TEST(Crypto, WritesBase64urlWithoutPadding) {
    // RFC 4648, 10; and the two characters that differ from plain base64.
    EXPECT_EQ(to_base64url({}), "");
    EXPECT_EQ(to_base64url(bytes_of("f")), "Zg");
    EXPECT_EQ(to_base64url(bytes_of("fo")), "Zm8");
    EXPECT_EQ(to_base64url(bytes_of("foo")), "Zm9v");
    EXPECT_EQ(to_base64url(bytes_of("foobar")), "Zm9vYmFy");
    EXPECT_EQ(to_base64url(std::vector<std::uint8_t>{0xfb, 0xff}), "-_8");
}

TEST(Crypto, ReadsBase64urlBackAndNothingElse) {
    const auto bytes = counting<255>();
    std::string read;
    ASSERT_TRUE(from_base64url(to_base64url(bytes), read));
    EXPECT_EQ(read, std::string(bytes.begin(), bytes.end()));
    for (const std::string_view text :
         {"Zg==", "Zm9v Zm9v", "Zm9v\n", "+/8", "Z", "Zh", "Zm9vé", "Zm9v."}) {
        std::string untouched = "before";
        EXPECT_FALSE(from_base64url(text, untouched)) << text;
        EXPECT_EQ(untouched, "before");
    }
}

}  // namespace
}  // namespace crier
