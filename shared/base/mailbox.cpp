#include "shared/base/mailbox.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "shared/base/assert.hpp"

namespace crier {

WakeUp::WakeUp() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    CRIER_ASSERT(descriptor_ >= 0, "start-up raises the limit on descriptors far above our own");
}

WakeUp::~WakeUp() { close(descriptor_); }

void WakeUp::signal() noexcept {
    const std::uint64_t one = 1;
    // Fails only when the counter is full, and then the descriptor is readable already.
    [[maybe_unused]] const auto written = write(descriptor_, &one, sizeof one);
}

void WakeUp::clear() noexcept {
    std::uint64_t count = 0;
    // Fails only when there was no signal, which is as good as clear.
    [[maybe_unused]] const auto got = read(descriptor_, &count, sizeof count);
}

}  // namespace crier
