/// \file
/// Signals as things to poll. Handlers only set marks; the program's loop acts on them.

#pragma once

namespace crier::agent {

/// Catches SIGTERM, SIGINT and SIGHUP (stop), SIGWINCH, SIGTSTP and SIGCONT; ignores SIGPIPE,
/// SIGTTIN and SIGTTOU; leaves SIGCHLD at its default. The destructor puts back what was before.
///
/// Thread-safety: one thread at a time; one Signals in a process.
class Signals {
public:
    Signals();
    ~Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    /// Readable from the first request to stop on.
    [[nodiscard]] int stop_descriptor() const;
    [[nodiscard]] bool is_stop_requested() const;

    /// Readable while one of the others waits to be taken.
    [[nodiscard]] int descriptor() const;

    struct Taken {
        bool is_resized = false;
        bool is_to_suspend = false;  ///< Ctrl-Z: put the terminal in order, then suspend().
        bool is_continued = false;
    };
    [[nodiscard]] Taken take();

    /// Stops this process as Ctrl-Z does by default; returns when it was continued.
    static void suspend();
};

}  // namespace crier::agent
