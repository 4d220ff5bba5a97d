/// \file
/// A real crier-agent, on a pseudo-terminal or between pipes, in surroundings of its own.

#pragma once

#include <sys/types.h>
#include <termios.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/temporary_directory.hpp"

namespace crier::testing {

/// How a process ended.
struct Ending {
    int exit_code = -1;  ///< -1: by a signal.
    int signal = 0;

    bool operator==(const Ending&) const = default;
};

class AgentProcess {
public:
    enum class Place : std::uint8_t { terminal, pipes };

    struct Setup {
        Place place = Place::pipes;
        std::vector<std::string> arguments{};
        std::map<std::string, std::string> environment{};  ///< Besides, or instead of, the usual.
        unsigned short columns = 80;
    };

    /// `folder` is its home and its runtime folder; it must outlive the process.
    AgentProcess(const TemporaryDirectory& folder, const Setup& setup);
    /// Kills it if it still runs.
    ~AgentProcess();
    AgentProcess(const AgentProcess&) = delete;
    AgentProcess& operator=(const AgentProcess&) = delete;

    [[nodiscard]] pid_t id() const { return process_; }
    void send_signal(int signal) const;

    /// Takes what it has written since; all of it so far. On a terminal line ends are "\r\n".
    const std::string& output();
    [[nodiscard]] bool has_written(const std::string& text) {
        return output().find(text) != std::string::npos;
    }
    /// As `output` of pipes; what goes wrong before there is a screen.
    const std::string& errors();
    void type(const std::string& text) const;
    void close_input();
    void close_output();

    void resize(unsigned short columns) const;
    /// Whether keys come one by one and unseen.
    [[nodiscard]] bool is_raw() const;
    [[nodiscard]] termios modes() const;

    /// nullopt while it runs.
    [[nodiscard]] std::optional<Ending> ending();

private:
    void start_on_terminal(unsigned short columns);
    void start_between_pipes();
    [[noreturn]] void become_agent() const;

    std::vector<std::string> arguments_;
    std::vector<std::string> environment_;
    pid_t process_ = -1;
    int input_ = -1;   ///< Its standard input, or the terminal.
    int output_ = -1;  ///< Its standard output, or the terminal.
    int errors_ = -1;
    std::string written_;
    std::string written_errors_;
    std::optional<Ending> ending_;
};

}  // namespace crier::testing
