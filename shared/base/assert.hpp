/// \file
/// CRIER_ASSERT: a bug stops the process, in every build. Never for what a peer or a disk can do.

#pragma once

namespace crier::detail {
[[noreturn]] void assertion_failed(const char* condition, const char* why, const char* file,
                                   int line) noexcept;
}

#define CRIER_ASSERT(condition, why)  \
    ((condition) ? static_cast<void>(0) \
                 : ::crier::detail::assertion_failed(#condition, why, __FILE__, __LINE__))
