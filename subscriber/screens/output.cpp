#include "subscriber/screens/output.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

namespace crier::screens {

bool Output::wait_until_writable() const {
    std::array<pollfd, 2> waits{{{descriptor_, POLLOUT, 0}, {stop_, POLLIN, 0}}};
    while (true) {
        if (poll(waits.data(), waits.size(), -1) < 0) {
            if (errno == EINTR) continue;
            return false;
        }
        if (waits[0].revents != 0) return true;  // A closed pipe too: write() says so then.
        if (waits[1].revents != 0) return false;
    }
}

bool Output::write(std::string_view text) {
    // A pipe that can be written to at all takes this much without blocking.
    constexpr std::size_t piece_max = PIPE_BUF;
    while (!is_gone_ && !text.empty()) {
        if (!wait_until_writable()) {
            is_gone_ = true;
            break;
        }
        const ssize_t written = ::write(descriptor_, text.data(), std::min(text.size(), piece_max));
        if (written >= 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno != EINTR && errno != EAGAIN) {
            is_gone_ = true;
        }
    }
    return !is_gone_;
}

}  // namespace crier::screens
