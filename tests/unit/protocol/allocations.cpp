#include "tests/unit/protocol/allocations.hpp"

#include <cstdlib>
#include <new>

namespace {
thread_local std::size_t allocated_count = 0;
thread_local std::size_t allocated_bytes = 0;
}  // namespace

void* operator new(std::size_t size) {
    ++allocated_count;
    allocated_bytes += size;
    if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace crier::test {

Allocations::Allocations() : count_before_(allocated_count), bytes_before_(allocated_bytes) {}
std::size_t Allocations::count() const {
    return allocated_count - count_before_;
}
std::size_t Allocations::bytes() const {
    return allocated_bytes - bytes_before_;
}

}  // namespace crier::test
