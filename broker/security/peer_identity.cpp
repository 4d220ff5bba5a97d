#include "broker/security/peer_identity.hpp"

#include <pwd.h>
#include <sys/types.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "broker/security/zap.hpp"

namespace crier::broker {
namespace {

constexpr std::string_view ipc_start = "localhost:";
constexpr std::string_view mapped_v4_start = "::ffff:";

/// The account's name; its number where it has no name.
std::string account_name(uid_t uid) {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 16 * 1024> texts{};
    if (getpwuid_r(uid, &entry, texts.data(), texts.size(), &found) != 0 || found == nullptr) {
        return std::to_string(uid);
    }
    return entry.pw_name;
}

}  // namespace

PeerOrigin origin_of(std::string_view peer_address) {
    if (peer_address.substr(0, ipc_start.size()) == ipc_start) {
        const std::string_view ids = peer_address.substr(ipc_start.size());
        uid_t uid = 0;
        const auto parsed = std::from_chars(ids.data(), ids.data() + ids.size(), uid);
        const bool is_whole =
            parsed.ec == std::errc() && parsed.ptr != ids.data() + ids.size() && *parsed.ptr == ':';
        if (is_whole) return {"ipc", account_name(uid)};
        return {"ipc", std::nullopt};
    }
    const bool is_mapped = peer_address.substr(0, mapped_v4_start.size()) == mapped_v4_start;
    if (is_mapped) peer_address.remove_prefix(mapped_v4_start.size());
    return {std::string(peer_address), std::nullopt};
}

std::optional<Bytes32> proven_key(const transport::Frame& frame) {
    Bytes32 key{};
    if (!detail::from_hex(frame.property(property::key).value_or(""), key)) return std::nullopt;
    return key;
}

std::optional<PeerFacts> facts_of(const transport::Frame& first_frame, Door door, bool is_secure) {
    PeerFacts facts;
    facts.door = door;
    PeerOrigin origin = origin_of(first_frame.property("Peer-Address").value_or(""));
    facts.address = std::move(origin.address);
    facts.system_user = std::move(origin.system_user);
    if (!is_secure) {
        if (door == Door::operators) {
            facts.principal = "operator";
            facts.rights = Rights::all();
        }
        return facts;
    }
    facts.public_key = proven_key(first_frame);
    return facts.public_key ? std::optional(std::move(facts)) : std::nullopt;
}

}  // namespace crier::broker
