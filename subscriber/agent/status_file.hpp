/// \file
/// What each agent says of itself, for `crier-agent status`: a file an agent in the user's runtime
/// folder, locked as long as the agent runs.

#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "crier/result.hpp"
#include "crier/time.hpp"
#include "subscriber/screens/screen.hpp"

namespace crier::agent {

struct AgentStatus {
    pid_t process = 0;
    std::string session;     ///< Its id; empty: a listener.
    std::string screens;     ///< As --screen has them.
    std::string connection;  ///< "connected", or why not.
    UtcTime since{};         ///< Of the connection, or of its loss.
    std::uint64_t displayed = 0, suppressed = 0, failed = 0;
    std::string last_problem;  ///< Why a message was not displayed, the last time.

    bool operator==(const AgentStatus&) const = default;
};

/// A file of this agent's own. Thread-safety: one thread at a time.
class StatusFile {
public:
    /// Errors: file_unusable (fix_request).
    static Result<StatusFile> make(const std::filesystem::path& runtime);
    StatusFile(StatusFile&& other) noexcept;
    StatusFile& operator=(StatusFile&&) = delete;
    ~StatusFile();

    /// In place. What cannot be written is missing for `status`, and for nothing else.
    void write(const AgentStatus& status) const;

private:
    StatusFile(std::filesystem::path file, int descriptor);

    std::filesystem::path file_;
    int descriptor_;
};

/// Of the agents that run, the oldest process first. What an agent left that crashed is removed.
[[nodiscard]] std::vector<AgentStatus> read_statuses(const std::filesystem::path& runtime);

/// For a person. Lines that end in '\n' each.
[[nodiscard]] std::string render_statuses(const std::vector<AgentStatus>& statuses, UtcTime now);

}  // namespace crier::agent
