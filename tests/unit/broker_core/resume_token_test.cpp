// The resume token: what was signed comes back, and nothing else does. Method: every bit changed,
// every length, another key.

#include "broker/core/resume_token.hpp"

#include <gtest/gtest.h>

namespace crier::broker {
namespace {

Secret key(std::uint8_t byte) {
    Bytes32 bytes{};
    bytes.fill(byte);
    return Secret(bytes);
}

ResumeToken token() {
    ResumeToken token;
    for (std::size_t index = 0; index < SessionId::size; ++index) {
        token.session.bytes[index] = static_cast<std::uint8_t>(200 + index);
    }
    token.opened = utc_from_ms(1'700'000'123'456);
    token.number = 0xfedcba98;
    return token;
}

TEST(ResumeToken, SaysWhatWasSigned) {
    const Bytes bytes = sign(token(), key(1));
    EXPECT_LE(bytes.size(), 256u);
    EXPECT_EQ(verify(bytes, key(1)), token());
}

TEST(ResumeToken, IsNothingUnderAnotherKey) {
    EXPECT_EQ(verify(sign(token(), key(1)), key(2)), std::nullopt);
}

TEST(ResumeToken, IsNothingWithAnyBitChanged) {
    const Bytes bytes = sign(token(), key(1));
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        Bytes forged = bytes;
        forged[bit / 8] = static_cast<std::uint8_t>(forged[bit / 8] ^ (1u << (bit % 8)));
        EXPECT_EQ(verify(forged, key(1)), std::nullopt) << "bit " << bit;
    }
}

TEST(ResumeToken, IsNothingWithAnyOtherLength) {
    const Bytes bytes = sign(token(), key(1));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_EQ(verify(Bytes(bytes.begin(), bytes.begin() + static_cast<long>(size)), key(1)),
                  std::nullopt);
    }
    Bytes longer = bytes;
    longer.push_back(0);
    EXPECT_EQ(verify(longer, key(1)), std::nullopt);
}

}  // namespace
}  // namespace crier::broker
