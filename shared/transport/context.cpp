#include "shared/transport/context.hpp"

#include <zmq.h>

#include <algorithm>
#include <cerrno>
#include <thread>

#include "shared/base/assert.hpp"

namespace crier::transport {
Context::Settings Context::for_broker() {
    const int processors = static_cast<int>(std::thread::hardware_concurrency());
    return {.io_threads = std::clamp(processors / 2, 1, 8)};
}

Context::Context(const Settings& settings) {
    native_ = zmq_ctx_new();
    CRIER_ASSERT(native_ != nullptr, "only memory and descriptors can lack, at start");
    zmq_ctx_set(native_, ZMQ_IO_THREADS, settings.io_threads);
    zmq_ctx_set(native_, ZMQ_MAX_SOCKETS, settings.sockets_max);
    zmq_ctx_set(native_, ZMQ_BLOCKY, 0);  // LINGER 0 unless a socket says otherwise
    zmq_ctx_set(native_, ZMQ_IPV6, 1);
}

Context::~Context() {
    while (zmq_ctx_term(native_) != 0 && errno == EINTR) {
    }
}

}  // namespace crier::transport
