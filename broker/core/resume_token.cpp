#include "broker/core/resume_token.hpp"

#include <algorithm>
#include <span>

namespace crier::broker {
namespace {

constexpr std::uint8_t token_version = 1;
constexpr std::size_t signed_size = 1 + SessionId::size + 8 + 4;
constexpr std::size_t token_size = signed_size + 32;

void put_big_endian(Bytes& bytes, std::uint64_t value, unsigned size) {
    for (unsigned index = size; index-- > 0;) {
        bytes.push_back(static_cast<std::uint8_t>(value >> (8 * index)));
    }
}

std::uint64_t big_endian(std::span<const std::uint8_t> bytes) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes) value = (value << 8) | byte;
    return value;
}

}  // namespace

Bytes sign(const ResumeToken& token, const Secret& resume_key) {
    Bytes bytes{token_version};
    bytes.reserve(token_size);
    bytes.insert(bytes.end(), token.session.bytes.begin(), token.session.bytes.end());
    put_big_endian(bytes, static_cast<std::uint64_t>(to_ms(token.opened)), 8);
    put_big_endian(bytes, token.number, 4);
    const Bytes32 mac = blake2b(bytes, resume_key.bytes());
    bytes.insert(bytes.end(), mac.begin(), mac.end());
    return bytes;
}

std::optional<ResumeToken> verify(const Bytes& bytes, const Secret& resume_key) {
    if (bytes.size() != token_size || bytes.front() != token_version) return std::nullopt;
    const std::span<const std::uint8_t> all(bytes);
    Bytes32 claimed{};
    std::copy_n(bytes.begin() + signed_size, claimed.size(), claimed.begin());
    if (!equal(claimed, blake2b(all.first(signed_size), resume_key.bytes()))) return std::nullopt;

    ResumeToken token;
    std::copy_n(bytes.begin() + 1, SessionId::size, token.session.bytes.begin());
    token.opened = utc_from_ms(static_cast<std::int64_t>(big_endian(all.subspan(17, 8))));
    token.number = static_cast<std::uint32_t>(big_endian(all.subspan(25, 4)));
    return token;
}

}  // namespace crier::broker
