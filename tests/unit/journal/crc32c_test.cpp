// CRC-32C: the published values, and the plain definition as an oracle.

#include "broker/journal/crc32c.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <string_view>
#include <vector>

namespace crier::broker {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// One bit at a time.
std::uint32_t oracle(const Bytes& bytes) {
    std::uint32_t sum = 0xffffffff;
    for (const std::uint8_t byte : bytes) {
        sum ^= byte;
        for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1) ^ ((sum & 1) != 0 ? 0x82f63b78u : 0u);
    }
    return ~sum;
}

// RFC 3720, B.4.
TEST(Crc32c, GivesThePublishedValues) {
    Bytes rising(32);
    std::iota(rising.begin(), rising.end(), std::uint8_t{0});
    const Bytes falling(rising.rbegin(), rising.rend());
    EXPECT_EQ(crc32c(Bytes(32, 0)), 0x8a9136aau);
    EXPECT_EQ(crc32c(Bytes(32, 0xff)), 0x62a8ab43u);
    EXPECT_EQ(crc32c(rising), 0x46dd794eu);
    EXPECT_EQ(crc32c(falling), 0x113fdb5cu);
    const std::string_view digits = "123456789";
    EXPECT_EQ(crc32c(Bytes(digits.begin(), digits.end())), 0xe3069283u);
    EXPECT_EQ(crc32c({}), 0u);
}

TEST(Crc32c, AgreesWithItsDefinitionForEveryLengthAndAnySplit) {
    std::mt19937 random(7);
    for (std::size_t length = 0; length < 70; ++length) {
        Bytes bytes(length);
        std::generate(bytes.begin(), bytes.end(),
                      [&] { return static_cast<std::uint8_t>(random()); });
        EXPECT_EQ(crc32c(bytes), oracle(bytes)) << length;
        const std::span<const std::uint8_t> all(bytes);
        const std::size_t split = length == 0 ? 0 : random() % length;
        EXPECT_EQ(crc32c(all.subspan(split), crc32c(all.first(split))), oracle(bytes)) << length;
    }
}

}  // namespace
}  // namespace crier::broker
