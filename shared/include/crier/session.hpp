/// \file
/// A session as the broker lists it, with where each part of its identity was learnt from.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crier/id.hpp"
#include "crier/registered_key.hpp"
#include "crier/time.hpp"

namespace crier {

enum class Presence : std::uint8_t { active = 0, locked = 1, unreachable = 2 };

[[nodiscard]] std::string_view name_of(Presence presence) noexcept;

/// What a session says of itself in its hello. Each string is UTF-8 without control characters, at
/// most limits::attribute_bytes_max bytes; empty: not said.
struct Attributes {
    std::string persistent_id;  ///< The same over sign-ins of one user on one machine.
    std::string user;           ///< The user's name in the program.
    std::string system_user;    ///< The account on the operating system.
    std::string machine;
    std::string host_type;  ///< "linux", "windows", …
    std::string application;
    std::string type;    ///< "agent", "embedded" or "listener".
    std::string locale;  ///< BCP 47 or POSIX form: "fr-FR", "fr_FR.UTF-8".
    std::vector<std::string> groups;

    bool operator==(const Attributes&) const = default;
};

/// One session in a list.
struct Session {
    SessionId id;
    Attributes attributes;
    std::string address;  ///< Of its connection, seen by the broker: "10.1.2.3", "ipc".
    Presence state = Presence::active;
    UtcTime created;                           ///< Since when it has been this same session.
    std::optional<UtcTime> unreachable_since;  ///< Set while state is unreachable.
    bool system_user_verified = false;         ///< The kernel said so; else the session claims it.
    /// The kernel, the key's registration or the ticket said so; printed with '?' while false.
    bool user_verified = false;
    bool machine_verified = false;  ///< The ticket said so.
    bool application_verified = false;
    bool groups_verified = false;
    /// Its CURVE key, as the broker says: messages for this session alone are sealed with it, once
    /// it is proven (Publisher::send). Not set: its program, or a broker without CURVE, has none.
    std::optional<PublicKey> key{};

    bool operator==(const Session&) const = default;
};

}  // namespace crier
