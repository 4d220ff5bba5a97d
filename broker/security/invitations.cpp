#include "broker/security/invitations.hpp"

#include <grp.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <system_error>

#include "broker/config/endpoint.hpp"
#include "shared/base/assert.hpp"
#include "shared/base/crypto.hpp"
#include "shared/transport/whole_file.hpp"

namespace crier::broker {
namespace {

using protocol::Invitation;

constexpr std::size_t endpoints_max = 8;
constexpr const char* group_name = "crier";
constexpr std::array all_kinds = {Invitation::Kind::sessions, Invitation::Kind::operators,
                                  Invitation::Kind::listeners};

/// nullopt: there is no such group.
std::optional<gid_t> find_group() {
    group entry{};
    group* found = nullptr;
    std::array<char, 16 * 1024> texts{};
    if (getgrnam_r(group_name, &entry, texts.data(), texts.size(), &found) != 0 ||
        found == nullptr) {
        return std::nullopt;
    }
    return entry.gr_gid;
}

const std::vector<std::string>& endpoints_of(Invitation::Kind kind,
                                             const DoorEndpoints& endpoints) {
    switch (kind) {
        case Invitation::Kind::sessions:
            return endpoints.sessions;
        case Invitation::Kind::operators:
            return endpoints.operators;
        case Invitation::Kind::listeners:
            return endpoints.bell;
    }
    CRIER_ASSERT(false, "there are three kinds");
}

Secret secret_of(Invitation::Kind kind, const KeyStore& keys) {
    switch (kind) {
        case Invitation::Kind::sessions:
            return keys.join_secret;
        case Invitation::Kind::operators:
            return keys.invited_operator.secret_key;
        case Invitation::Kind::listeners:
            return keys.invited_listener.secret_key;
    }
    CRIER_ASSERT(false, "there are three kinds");
}

/// Errors: file_unusable.
Status write_one(const std::filesystem::path& file, Invitation::Kind kind, std::string_view line) {
    transport::FileAccess access{.mode = 0644, .group = {}};
    if (kind != Invitation::Kind::sessions) access = {.mode = 0640, .group = find_group()};
    Result<bool> written =
        transport::write_whole_file(file, line, access, transport::IfThere::replace);
    if (!written && access.group) {
        // Who may not give files to the group keeps them to itself, and says so by their mode.
        access = {.mode = 0600, .group = {}};
        written = transport::write_whole_file(file, line, access, transport::IfThere::replace);
    }
    if (!written) return fail(std::move(written.error()));
    return {};
}

}  // namespace

Invitation make_invitation(Invitation::Kind kind, const KeyStore* keys,
                           const DoorEndpoints& endpoints) {
    Invitation invitation;
    invitation.kind = kind;
    for (const std::string& endpoint : endpoints_of(kind, endpoints)) {
        if (invitation.endpoints.size() < endpoints_max) {
            invitation.endpoints.push_back(reachable(endpoint));
        }
    }
    if (keys != nullptr) {
        invitation.server_key = keys->broker.public_key;
        const bool has_secret = kind != Invitation::Kind::sessions || endpoints.has_join_secret;
        if (has_secret) invitation.secret = secret_of(kind, *keys);
    }
    return invitation;
}

std::string invitation_file_name(Invitation::Kind kind) {
    return std::string(protocol::name_of(kind)) + ".invitation";
}

Status write_invitations(const std::filesystem::path& folder, const KeyStore* keys,
                         const DoorEndpoints& endpoints) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
        return fail(ErrorCode::file_unusable,
                    "cannot make the folder " + folder.string() + ": " + error.message());
    }
    for (const Invitation::Kind kind : all_kinds) {
        if (endpoints_of(kind, endpoints).empty()) continue;
        std::string line = to_line(make_invitation(kind, keys, endpoints)) + "\n";
        Status written = write_one(folder / invitation_file_name(kind), kind, line);
        wipe(line);
        if (!written) return written;
    }
    return {};
}

}  // namespace crier::broker
