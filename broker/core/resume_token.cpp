#include "broker/core/resume_token.hpp"

#include <algorithm>
#include <span>

namespace crier::broker {
namespace {

/// All versions begin alike.
struct Form {
    std::uint8_t version;
    std::size_t signed_size;
};
constexpr Form alone{1, 1 + SessionId::size + 8 + 4};
constexpr Form ownerless{2, alone.signed_size + 4 + BrokerId::size};
constexpr Form newest{3, ownerless.signed_size + sizeof(Bytes32) + 1};
constexpr std::size_t mac_size = 32;

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
    Bytes bytes{newest.version};
    bytes.reserve(newest.signed_size + mac_size);
    bytes.insert(bytes.end(), token.session.bytes.begin(), token.session.bytes.end());
    put_big_endian(bytes, static_cast<std::uint64_t>(to_ms(token.opened)), 8);
    put_big_endian(bytes, token.number, 4);
    put_big_endian(bytes, token.claim, 4);
    bytes.insert(bytes.end(), token.broker.bytes.begin(), token.broker.bytes.end());
    bytes.insert(bytes.end(), token.owner.person.begin(), token.owner.person.end());
    bytes.push_back(token.owner.is_account ? 1 : 0);
    const Bytes32 mac = blake2b(bytes, resume_key.bytes());
    bytes.insert(bytes.end(), mac.begin(), mac.end());
    return bytes;
}

std::optional<ResumeToken> verify(const Bytes& bytes, const Secret& resume_key) {
    if (bytes.empty()) return std::nullopt;
    const Form& form = bytes.front() == alone.version       ? alone
                       : bytes.front() == ownerless.version ? ownerless
                                                            : newest;
    const bool has_form =
        bytes.front() == form.version && bytes.size() == form.signed_size + mac_size;
    if (!has_form) return std::nullopt;
    const std::span<const std::uint8_t> all(bytes);
    Bytes32 claimed{};
    std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(form.signed_size), claimed.size(),
                claimed.begin());
    if (!equal(claimed, blake2b(all.first(form.signed_size), resume_key.bytes()))) {
        return std::nullopt;
    }

    ResumeToken token;
    std::copy_n(bytes.begin() + 1, SessionId::size, token.session.bytes.begin());
    token.opened = utc_from_ms(static_cast<std::int64_t>(big_endian(all.subspan(17, 8))));
    if (form.version == alone.version) return token;
    token.claim = static_cast<std::uint32_t>(big_endian(all.subspan(29, 4)));
    std::copy_n(bytes.begin() + 33, BrokerId::size, token.broker.bytes.begin());
    if (form.version == ownerless.version) return token;
    token.number = static_cast<std::uint32_t>(big_endian(all.subspan(25, 4)));
    std::copy_n(bytes.begin() + 49, token.owner.person.size(), token.owner.person.begin());
    token.owner.is_account = bytes[81] == 1;
    return token;
}

}  // namespace crier::broker
