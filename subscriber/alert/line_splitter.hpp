/// \file
/// Bytes in, lines out. Pure. A line that is longer than it may be is passed over up to its end, so
/// that no input makes the program grow.

#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace crier::alert {

class LineSplitter {
public:
    /// `line`: one without its end, valid during the call. `is_too_long`: it had more than
    /// `bytes_max` bytes, and `line` is empty.
    using Taker = std::function<void(std::string_view line, bool is_too_long)>;

    explicit LineSplitter(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    /// Calls `take` for each line that ends in `bytes`; empty lines are none. What has no end yet
    /// waits for it; what never gets one was not meant to be read.
    void add(std::string_view bytes, const Taker& take);

private:
    std::size_t bytes_max_;
    std::string begun_;
    bool is_too_long_ = false;  ///< The one that has begun; begun_ is empty.
};

}  // namespace crier::alert
