#include "subscriber/edge/courier.hpp"

#include <poll.h>

namespace crier::subscriber {

void wait_readable(int descriptor) {
    pollfd waiting{descriptor, POLLIN, 0};
    // Interrupted by a signal: the caller looks whether there is something, and waits again.
    static_cast<void>(::poll(&waiting, 1, -1));
}

}  // namespace crier::subscriber
