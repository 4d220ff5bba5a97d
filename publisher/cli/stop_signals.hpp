/// \file
/// Ctrl-C and its like as something to poll, for a command that has to tidy up before it ends.

#pragma once

namespace crier::cli {

/// From its making on SIGINT, SIGTERM and SIGHUP do not end the process; the destructor puts back
/// what was before. Those that whoever started us had ignored, as nohup does, stay ignored.
///
/// Thread-safety: one thread at a time; one StopSignals in a process.
class StopSignals {
public:
    StopSignals();
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    /// Readable while one waits to be taken.
    [[nodiscard]] int descriptor() const;
    /// How many came since the last call.
    [[nodiscard]] int take();
};

}  // namespace crier::cli
