/// \file
/// A command of the user's that runs beside us, with what it starts itself.

#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crier/result.hpp"

namespace crier::cli {

/// One run of a command, in a process group of its own: so a Ctrl-C meant for us does not reach it,
/// and whatever it has started can be ended with it, unless that has left the group on purpose.
class ChildCommand {
public:
    struct Ending {
        int exit_code = 0;
        int signal = 0;  ///< Not 0: what it was killed by.
    };

    /// Starts `command[0]`, looked for as a shell would. `input` is all that is on its standard
    /// input; what it prints goes where our own output and errors go.
    /// Errors: file_unusable (it cannot be started, with the system's reason).
    [[nodiscard]] static Result<ChildCommand> start(const std::vector<std::string>& command,
                                                    std::string_view input);

    ChildCommand(ChildCommand&& other) noexcept;
    ChildCommand& operator=(ChildCommand&& other) noexcept;
    /// One that still runs is killed, with its group.
    ~ChildCommand();

    /// Readable once it has ended.
    [[nodiscard]] int descriptor() const { return descriptor_; }

    /// To it and to everything that it has started.
    void signal_group(int number);

    /// How it ended; nullopt: it runs. `with_the_rest`: what it has left behind is killed then.
    /// Not to be called again after an answer.
    [[nodiscard]] std::optional<Ending> take_ending(bool with_the_rest);

private:
    ChildCommand(pid_t id, int descriptor) : id_(id), descriptor_(descriptor) {}
    void end() noexcept;

    pid_t id_;
    int descriptor_;  ///< pidfd.
};

/// Whether ChildCommand::start() would find it. A look, no promise.
[[nodiscard]] bool is_program(const std::string& name);

}  // namespace crier::cli
