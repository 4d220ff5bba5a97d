/// \file
/// A real crierd, on free ports and with a folder of its own, and what can be seen of it from
/// outside.

#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "shared/protocol/invitation.hpp"

namespace crier::testing {

class CrierdProcess {
public:
    /// Returns once it serves; fails the test if it does not. `settings`: as in the environment,
    /// such as {"CRIER_LIMITS_SESSIONS", "500"}.
    CrierdProcess(std::filesystem::path folder, const std::map<std::string, std::string>& settings);
    /// Kills it if it still runs.
    ~CrierdProcess();
    CrierdProcess(const CrierdProcess&) = delete;
    CrierdProcess& operator=(const CrierdProcess&) = delete;

    [[nodiscard]] std::string invitation_file(const std::string& kind) const;
    [[nodiscard]] protocol::Invitation invitation(protocol::Invitation::Kind kind) const;

    /// Whether a line of its log has all of `words`, now or within `limit`; of the lines from
    /// `begin` on.
    [[nodiscard]] bool has_logged(const std::vector<std::string>& words,
                                  std::chrono::milliseconds limit = std::chrono::seconds{5},
                                  std::size_t begin = 0);
    /// Where in its log the next line will begin.
    [[nodiscard]] std::size_t end_of_log();
    [[nodiscard]] const std::string& log() const { return log_; }

    [[nodiscard]] bool is_running();
    [[nodiscard]] std::size_t memory_kib() const;
    [[nodiscard]] std::size_t descriptors() const;

private:
    [[noreturn]] void become_crierd(int log, const std::map<std::string, std::string>& settings);
    void await_readiness(int notices);
    [[nodiscard]] bool has_line(const std::vector<std::string>& words, std::size_t begin) const;
    /// More of the log. False: nothing came by then.
    [[nodiscard]] bool read_log(std::chrono::steady_clock::time_point deadline);

    std::filesystem::path folder_;
    pid_t process_ = -1;
    int output_ = -1;
    std::string log_;
    bool has_ended_ = false;
};

}  // namespace crier::testing
