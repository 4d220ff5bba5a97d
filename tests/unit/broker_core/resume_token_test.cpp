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
    token.claim = 7;
    token.broker.bytes.fill(8);
    token.owner = {Bytes32{9}, true};
    return token;
}

TEST(ResumeToken, SaysWhatWasSigned) {
    const Bytes bytes = sign(token(), key(1));
    EXPECT_LE(bytes.size(), 256u);
    EXPECT_EQ(verify(bytes, key(1)), token());
}

TEST(ResumeToken, OfAnOlderVersionGivesNoNumberBecauseItDoesNotSayWhose) {
    ResumeToken known = token();
    const Bytes bytes = sign(known, key(1));
    known.owner = {};
    known.number = 0;
    for (const auto& [version, size] : {std::pair<std::uint8_t, std::ptrdiff_t>{1, 29}, {2, 49}}) {
        Bytes older(bytes.begin(), bytes.begin() + size);
        older[0] = version;
        const Bytes32 mac = blake2b(older, key(1).bytes());
        older.insert(older.end(), mac.begin(), mac.end());
        if (version == 1) {
            known.claim = 0;
            known.broker = {};
        } else {
            known.claim = token().claim;
            known.broker = token().broker;
        }
        EXPECT_EQ(verify(older, key(1)), known) << int{version};
    }
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
