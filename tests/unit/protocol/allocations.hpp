/// \file
/// Counts what a piece of code takes from the heap. allocations.cpp replaces operator new for the
/// whole test program.

#pragma once

#include <cstddef>

namespace crier::test {

/// What this thread has allocated since the counter was made.
class Allocations {
public:
    Allocations();
    [[nodiscard]] std::size_t count() const;
    [[nodiscard]] std::size_t bytes() const;

private:
    std::size_t count_before_;
    std::size_t bytes_before_;
};

}  // namespace crier::test
