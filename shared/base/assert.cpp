#include "shared/base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace crier::detail {

void assertion_failed(const char* condition, const char* why, const char* file, int line) noexcept {
    std::fprintf(stderr, "crier: bug at %s:%d: %s is false; but %s\n", file, line, condition, why);
    std::abort();
}

}  // namespace crier::detail
