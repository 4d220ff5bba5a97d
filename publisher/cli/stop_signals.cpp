#include "publisher/cli/stop_signals.hpp"

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>

#include "shared/base/assert.hpp"

namespace crier::cli {
namespace {

// Signal handlers have nothing but static memory.
int stop_event = -1;

extern "C" void on_stop_signal(int) {
    const int before = errno;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(stop_event, &one, sizeof one);
    errno = before;
}

constexpr std::array handled{SIGTERM, SIGINT, SIGHUP};
std::array<struct sigaction, handled.size()> former_actions;

}  // namespace

StopSignals::StopSignals() {
    CRIER_ASSERT(stop_event == -1, "one StopSignals in a process");
    stop_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    CRIER_ASSERT(stop_event >= 0, "a program that starts has descriptors left");
    for (std::size_t index = 0; index < handled.size(); ++index) {
        struct sigaction action {};
        action.sa_handler = on_stop_signal;
        action.sa_flags = SA_RESTART;
        sigemptyset(&action.sa_mask);
        struct sigaction& former = former_actions[index];
        sigaction(handled[index], &action, &former);
        const bool was_ignored =
            (former.sa_flags & SA_SIGINFO) == 0 && former.sa_handler == SIG_IGN;
        if (was_ignored && handled[index] != SIGTERM) sigaction(handled[index], &former, nullptr);
    }
}

StopSignals::~StopSignals() {
    for (std::size_t index = 0; index < handled.size(); ++index) {
        sigaction(handled[index], &former_actions[index], nullptr);
    }
    close(stop_event);
    stop_event = -1;
}

int StopSignals::descriptor() const {
    return stop_event;
}

int StopSignals::take() {
    std::uint64_t count = 0;
    const bool is_read = read(stop_event, &count, sizeof count) == sizeof count;
    return is_read ? static_cast<int>(count) : 0;
}

}  // namespace crier::cli
