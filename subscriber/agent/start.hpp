/// \file
/// From options and surroundings to a running source: which invitation, which key, which state.

#pragma once

#include <filesystem>

#include "crier/subscriber.hpp"
#include "shared/protocol/invitation.hpp"
#include "subscriber/agent/options.hpp"
#include "subscriber/agent/surroundings.hpp"

namespace crier::agent {

/// Where a session keeps its key and its state.
struct SessionFiles {
    std::filesystem::path key_file;
    std::filesystem::path state_folder;

    bool operator==(const SessionFiles&) const = default;
};

/// Those the options name: --key FILE has its state in FILE.state, --state DIR its key in DIR/key.
/// nullopt: none are named.
[[nodiscard]] std::optional<SessionFiles> chosen_files(const AgentOptions& options);

/// Those of the n-th session of this user, from 1: RUNTIME/crier/N/. Makes the folder.
/// Errors: file_unusable (fix_request).
[[nodiscard]] Result<SessionFiles> numbered_files(const std::filesystem::path& runtime, int number);

/// A session with the files that the options name, or with the first numbered ones that no other
/// agent uses. `base`: everything but the files. `used`: which they are.
/// Errors: as Subscriber::start(); file_unusable; in_use, also when 256 agents of one user run.
[[nodiscard]] Result<Subscriber> start_session(const AgentOptions& options,
                                               const Surroundings& surroundings,
                                               const SubscriberOptions& base,
                                               const SubscriberHandler& handler,
                                               SessionFiles& used);

}  // namespace crier::agent
