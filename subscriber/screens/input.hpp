/// \file
/// What a person or a script types: a terminal, key by key or in lines, or a pipe.

#pragma once

#include <string>

namespace crier::screens {

/// A terminal's modes are changed only between listen_for_keys() and release(), and restored by
/// release(), by the destructor, and when the process dies by a signal that it can see.
///
/// Thread-safety: one thread at a time; one Input in a process. Does not own its descriptor.
class Input {
public:
    explicit Input(int descriptor);
    ~Input();
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;

    [[nodiscard]] bool is_terminal() const { return is_terminal_; }

    /// Keys come one by one from now on and are not echoed; Ctrl-C and Ctrl-Z keep their meaning.
    /// What was typed before is thrown away: it was not meant for what is shown next. Nothing
    /// happens without a terminal, or in the background of one.
    void listen_for_keys();
    void release() noexcept;

    /// To be polled for reading; -1 at the end of the input and in the background of a terminal.
    [[nodiscard]] int descriptor() const;

    /// What can be read now, at most 4,096 bytes; does not block if the descriptor is readable.
    [[nodiscard]] std::string take();

    /// It is a terminal, and belongs to another program now.
    [[nodiscard]] bool is_in_background() const;

private:
    int descriptor_;
    bool is_terminal_;
    bool is_listening_ = false;
    bool is_at_end_ = false;
};

}  // namespace crier::screens
