#include "shared/transport/frame.hpp"

#include <zmq.h>

#include <algorithm>

#include "shared/base/assert.hpp"

namespace crier::transport {
namespace {

zmq_msg_t* message_of(const Frame& frame) {
    return static_cast<zmq_msg_t*>(frame.native());
}

}  // namespace

Frame::Frame() noexcept {
    static_assert(sizeof(zmq_msg_t) <= native_size);
    zmq_msg_init(message_of(*this));
}

Frame::Frame(BytesView bytes) {
    const int made = zmq_msg_init_size(message_of(*this), bytes.size());
    CRIER_ASSERT(made == 0, "a frame has 64 KiB at most");
    std::copy(bytes.begin(), bytes.end(),
              static_cast<std::uint8_t*>(zmq_msg_data(message_of(*this))));
}

Frame::Frame(Frame&& other) noexcept {
    zmq_msg_init(message_of(*this));
    zmq_msg_move(message_of(*this), message_of(other));
}

Frame& Frame::operator=(Frame&& other) noexcept {
    if (this != &other) zmq_msg_move(message_of(*this), message_of(other));
    return *this;
}

Frame::~Frame() {
    zmq_msg_close(message_of(*this));
}

BytesView Frame::bytes() const noexcept {
    zmq_msg_t* message = message_of(*this);
    return {static_cast<const std::uint8_t*>(zmq_msg_data(message)), zmq_msg_size(message)};
}

std::optional<std::string_view> Frame::property(const char* name) const noexcept {
    const char* value = zmq_msg_gets(message_of(*this), name);
    if (value == nullptr) return std::nullopt;
    return value;
}

int Frame::descriptor() const noexcept {
    return zmq_msg_get(message_of(*this), ZMQ_SRCFD);
}

}  // namespace crier::transport
