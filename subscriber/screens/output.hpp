/// \file
/// Writes whole pieces of text to a descriptor whose reader may be slow, stopped or gone.

#pragma once

#include <string_view>

namespace crier::screens {

/// Thread-safety: one thread at a time. Does not own its descriptors.
class Output {
public:
    /// `stop`: readable once the program was asked to stop; no write waits from then on.
    Output(int descriptor, int stop) : descriptor_(descriptor), stop_(stop) {}

    /// Blocking: while the reader does not read (a pager, Ctrl-S), but not after a stop.
    /// False when not all was written: nobody reads any more, or the program is to stop. After the
    /// first false every later call returns false and writes nothing.
    [[nodiscard]] bool write(std::string_view text);

    [[nodiscard]] bool is_gone() const { return is_gone_; }

private:
    [[nodiscard]] bool wait_until_writable() const;

    int descriptor_;
    int stop_;
    bool is_gone_ = false;
};

}  // namespace crier::screens
