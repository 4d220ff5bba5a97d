/// \file
/// What the machine and the environment say about who runs the agent, where, and where its files
/// belong. A value, so that tests can make their own.

#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "crier/result.hpp"
#include "crier/session.hpp"

namespace crier::agent {

struct Surroundings {
    std::map<std::string, std::string> variables;  ///< Of the environment; no empty ones.
    uid_t uid = 0;
    std::string account;              ///< The user's name on the system; empty: it has none.
    std::filesystem::path home;       ///< Empty: none.
    std::string machine;              ///< Host name.
    std::string host_type;            ///< "linux".
    std::vector<std::string> groups;  ///< Names; the primary one first.
    std::filesystem::path run_users = "/run/user";  ///< Where the system makes runtime folders.

    /// Empty when it is not set.
    [[nodiscard]] std::string variable(const std::string& name) const;
};

/// Asks the system and the environment. For the program's start: not thread-safe.
[[nodiscard]] Surroundings read_surroundings();

/// What the command line says instead of what was found.
struct AttributeChoices {
    std::optional<std::string> user, system_user, machine, application, type, locale;
    std::vector<std::string> groups;  ///< Empty: those found.
};

/// The locale for the user's texts: LC_ALL, LC_MESSAGES or LANG, the first that is set.
[[nodiscard]] std::string locale_of(const Surroundings& surroundings);

/// Choices first, then what was found; what was found and is no valid attribute is left out.
/// Without persistent_id.
[[nodiscard]] Attributes attributes_of(const Surroundings& surroundings,
                                       const AttributeChoices& choices);

/// A folder of the user's that is gone after logout or reboot: $XDG_RUNTIME_DIR, /run/user/UID, or
/// /tmp/crier-UID, which is made.
/// Errors: file_unusable (fix_request): there is none that is the user's alone.
[[nodiscard]] Result<std::filesystem::path> runtime_folder(const Surroundings& surroundings);

/// Random, and the same for this user on this machine ever after: 32 hex digits, kept in
/// $XDG_STATE_HOME/crier or ~/.local/state/crier with mode 0600.
/// Errors: file_unusable (fix_request).
[[nodiscard]] Result<std::string> persistent_id(const Surroundings& surroundings);

}  // namespace crier::agent
