#include "subscriber/agent/signals.hpp"

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>

#include "shared/base/assert.hpp"

namespace crier::agent {
namespace {

// Signal handlers have nothing but static memory.
int stop_event = -1;
int other_event = -1;
volatile sig_atomic_t stop_mark = 0;
volatile sig_atomic_t resized_mark = 0;
volatile sig_atomic_t suspend_mark = 0;
volatile sig_atomic_t continued_mark = 0;

void wake(int event) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(event, &one, sizeof one);
}

extern "C" void on_signal(int signal) {
    const int before = errno;
    switch (signal) {
        case SIGWINCH:
            resized_mark = 1;
            wake(other_event);
            break;
        case SIGTSTP:
            suspend_mark = 1;
            wake(other_event);
            break;
        case SIGCONT:
            continued_mark = 1;
            wake(other_event);
            break;
        default:
            stop_mark = 1;
            wake(stop_event);
            break;
    }
    errno = before;
}

using Handler = void (*)(int);
struct Handled {
    int signal;
    Handler handler = on_signal;
};
const std::array<Handled, 10> handled{{
    {SIGTERM},
    {SIGINT},
    {SIGHUP},
    {SIGWINCH},
    {SIGTSTP},
    {SIGCONT},
    {SIGPIPE, SIG_IGN},
    {SIGTTIN, SIG_IGN},
    {SIGTTOU, SIG_IGN},
    // Whoever started this may have ignored it; then no program says how it ended.
    {SIGCHLD, SIG_DFL},
}};
std::array<struct sigaction, handled.size()> former_actions;

bool was_ignored(const struct sigaction& action) {
    return (action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == SIG_IGN;
}

bool take_mark(volatile sig_atomic_t& mark) {
    if (mark == 0) return false;
    mark = 0;
    return true;
}

}  // namespace

Signals::Signals() {
    CRIER_ASSERT(stop_event == -1, "one Signals in a process");
    stop_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    other_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    CRIER_ASSERT(stop_event >= 0 && other_event >= 0, "a program that starts has descriptors left");
    for (std::size_t index = 0; index < handled.size(); ++index) {
        struct sigaction action {};
        action.sa_handler = handled[index].handler;
        sigemptyset(&action.sa_mask);
        sigaction(handled[index].signal, &action, &former_actions[index]);
        const int signal = handled[index].signal;
        const bool may_stay = signal != SIGTERM && signal != SIGCHLD;
        if (may_stay && was_ignored(former_actions[index])) {
            // nohup, or a script's background: whoever started us wants it to stay so.
            sigaction(handled[index].signal, &former_actions[index], nullptr);
        }
    }
}

Signals::~Signals() {
    for (std::size_t index = 0; index < handled.size(); ++index) {
        sigaction(handled[index].signal, &former_actions[index], nullptr);
    }
    close(stop_event);
    close(other_event);
    stop_event = other_event = -1;
    for (auto* mark : {&stop_mark, &resized_mark, &suspend_mark, &continued_mark}) *mark = 0;
}

int Signals::stop_descriptor() const {
    return stop_event;
}

bool Signals::is_stop_requested() const {
    return stop_mark != 0;
}

int Signals::descriptor() const {
    return other_event;
}

Signals::Taken Signals::take() {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t bytes = read(other_event, &count, sizeof count);
    Taken taken;
    taken.is_resized = take_mark(resized_mark);
    taken.is_to_suspend = take_mark(suspend_mark);
    taken.is_continued = take_mark(continued_mark);
    return taken;
}

void Signals::suspend() {
    struct sigaction ours {};
    struct sigaction by_default {};
    by_default.sa_handler = SIG_DFL;
    sigemptyset(&by_default.sa_mask);
    sigaction(SIGTSTP, &by_default, &ours);
    raise(SIGTSTP);
    sigaction(SIGTSTP, &ours, nullptr);
}

}  // namespace crier::agent
