#include "subscriber/screens/input.hpp"

#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "shared/base/assert.hpp"

namespace crier::screens {
namespace {

/// What a dying process must put back. Signal handlers have nothing but static memory.
struct Borrowed {
    int descriptor = -1;
    termios modes{};
    volatile sig_atomic_t is_borrowed = 0;
};
Borrowed borrowed;

/// The signals that end a process where it stands. (SIGTERM and the like end the program's loop.)
constexpr std::array deadly{SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
std::array<struct sigaction, deadly.size()> former_actions;

void restore_modes() noexcept {
    if (borrowed.is_borrowed == 0) return;
    borrowed.is_borrowed = 0;
    tcsetattr(borrowed.descriptor, TCSADRAIN, &borrowed.modes);
}

extern "C" void on_deadly_signal(int signal) {
    restore_modes();
    for (std::size_t index = 0; index < deadly.size(); ++index) {
        if (deadly[index] == signal) sigaction(signal, &former_actions[index], nullptr);
    }
    // Delivered when this handler has returned; a fault comes again by itself just the same.
    raise(signal);
}

void watch_deadly_signals() {
    struct sigaction action {};
    action.sa_handler = on_deadly_signal;
    sigemptyset(&action.sa_mask);
    for (std::size_t index = 0; index < deadly.size(); ++index) {
        sigaction(deadly[index], &action, &former_actions[index]);
    }
}

void forget_deadly_signals() {
    for (std::size_t index = 0; index < deadly.size(); ++index) {
        sigaction(deadly[index], &former_actions[index], nullptr);
    }
}

}  // namespace

Input::Input(int descriptor) : descriptor_(descriptor), is_terminal_(isatty(descriptor) == 1) {
    if (is_terminal_) watch_deadly_signals();
}

Input::~Input() {
    release();
    if (is_terminal_) forget_deadly_signals();
}

void Input::listen_for_keys() {
    if (!is_terminal_ || is_listening_ || is_in_background()) return;
    CRIER_ASSERT(borrowed.is_borrowed == 0, "one Input in a process");
    if (tcgetattr(descriptor_, &borrowed.modes) != 0) return;
    termios modes = borrowed.modes;
    modes.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    modes.c_cc[VMIN] = 1;
    modes.c_cc[VTIME] = 0;
    borrowed.descriptor = descriptor_;
    borrowed.is_borrowed = 1;
    is_listening_ = tcsetattr(descriptor_, TCSAFLUSH, &modes) == 0;
    if (!is_listening_) borrowed.is_borrowed = 0;
}

void Input::release() noexcept {
    if (!is_listening_) return;
    is_listening_ = false;
    restore_modes();
}

bool Input::is_in_background() const {
    return is_terminal_ && tcgetpgrp(descriptor_) != getpgrp();
}

int Input::descriptor() const {
    return is_at_end_ || is_in_background() ? -1 : descriptor_;
}

std::string Input::take() {
    std::array<char, 4'096> bytes{};
    const ssize_t count = read(descriptor_, bytes.data(), bytes.size());
    if (count > 0) return std::string(bytes.data(), static_cast<std::size_t>(count));
    const bool is_passing = count < 0 && (errno == EINTR || errno == EAGAIN || is_in_background());
    if (!is_passing) is_at_end_ = true;
    return {};
}

}  // namespace crier::screens
