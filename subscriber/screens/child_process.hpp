/// \file
/// A program that is spoken to in lines: what it reads and writes never blocks this one.

#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crier/result.hpp"

namespace crier::screens {

/// How a program ended: "exit status 3", "signal 11 (Segmentation fault)".
struct ChildEnd {
    int status = 0;  ///< Of exit(), or 128 and the number of the signal, as shells have it.
    std::string text;
};

/// Thread-safety: one thread at a time. The destructor kills what still runs, and waits for its
/// end.
class ChildProcess {
public:
    /// Unread input, lines of output that nobody has taken yet, and one of them, that a program may
    /// make this one keep. Bytes.
    static constexpr std::size_t input_bytes_max = 4'194'304;
    static constexpr std::size_t output_bytes_max = 4'194'304;
    static constexpr std::size_t line_bytes_max = 65'536;

    /// Starts `command[0]`, a path or a name in PATH, in a process group of its own, with these
    /// variables besides its own environment, "NAME=value" each, but without CRIER_INVITATION. Its
    /// standard error is this program's.
    /// Errors: file_unusable (fix_request): it cannot be started.
    static Result<std::unique_ptr<ChildProcess>> start(const std::vector<std::string>& command,
                                                       const std::vector<std::string>& variables);
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;
    ~ChildProcess();

    /// Written as the program reads it. False: it has not read for too long; nothing was kept.
    bool write(std::string_view text);
    /// Once all is written: it reads its end then.
    void close_input();
    /// SIGTERM to its process group; what is left of that when the program itself has ended is
    /// killed.
    void terminate();
    /// What is left of its process group when the program itself ends is killed then.
    void end_group_with_it() { is_group_to_end_ = true; }

    /// To be polled for reading; serve() then.
    [[nodiscard]] int descriptor() const { return polled_; }
    void serve();
    /// What it has written since the last call, without line ends. Of a line that is too long only
    /// the beginning, and no line for which there was no room.
    [[nodiscard]] std::vector<std::string> take_lines();
    /// Set once it has ended and all its lines were read.
    [[nodiscard]] const std::optional<ChildEnd>& end() const { return end_; }

private:
    ChildProcess(pid_t pid, int input, int output);
    void watch(int descriptor, std::uint32_t events);
    void write_on();
    void read_on(std::size_t bytes_max);
    void keep_line();
    void close_descriptor(int& descriptor);

    pid_t pid_;
    int input_;
    int output_;
    int ended_ = -1;   ///< Readable when it has ended.
    int polled_ = -1;  ///< Readable when one of them is ready.
    bool is_to_close_input_ = false;
    bool is_group_to_end_ = false;
    std::string unwritten_;
    std::string unfinished_;
    std::vector<std::string> lines_;
    std::size_t kept_bytes_ = 0;  ///< Of lines_.
    std::optional<ChildEnd> end_;
};

}  // namespace crier::screens
