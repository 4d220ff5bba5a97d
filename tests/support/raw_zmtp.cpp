#include "tests/support/raw_zmtp.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

namespace crier::testing {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t greeting_size = 64;
constexpr std::uint8_t more_flag = 0x01;
constexpr std::uint8_t long_flag = 0x02;
constexpr std::uint8_t command_flag = 0x04;
constexpr std::uint64_t body_bytes_max = 1u << 20;

int connect_tcp(const std::string& host, int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) return -1;
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        close(descriptor);
        return -1;
    }
    const int one = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return descriptor;
}

int connect_ipc(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return -1;
    std::copy(path.begin(), path.end(), address.sun_path);
    const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}

void append_size(RawZmtp::Bytes& bytes, std::uint64_t size, int width) {
    for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) {
        bytes.push_back(static_cast<std::uint8_t>(size >> shift));
    }
}

RawZmtp::Bytes head_of(std::uint64_t size, std::uint8_t flags) {
    RawZmtp::Bytes head;
    if (size <= 255) {
        head = {flags, static_cast<std::uint8_t>(size)};
    } else {
        head = {static_cast<std::uint8_t>(flags | long_flag)};
        append_size(head, size, 8);
    }
    return head;
}

void append_property(RawZmtp::Bytes& bytes, std::string_view name, std::string_view value) {
    bytes.push_back(static_cast<std::uint8_t>(name.size()));
    bytes.insert(bytes.end(), name.begin(), name.end());
    append_size(bytes, value.size(), 4);
    bytes.insert(bytes.end(), value.begin(), value.end());
}

/// The rest of a command's body behind its name; nullopt: another command.
std::optional<RawZmtp::BytesView> behind_name(const RawZmtp::Bytes& body, std::string_view name) {
    const bool is_it = body.size() > name.size() && body[0] == name.size() &&
                       std::equal(name.begin(), name.end(), body.begin() + 1);
    if (!is_it) return std::nullopt;
    return RawZmtp::BytesView(body).subspan(1 + name.size());
}

}  // namespace

RawZmtp::~RawZmtp() {
    close();
}

RawZmtp::RawZmtp(RawZmtp&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

RawZmtp& RawZmtp::operator=(RawZmtp&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

bool RawZmtp::connect(const std::string& endpoint) {
    close();
    if (endpoint.substr(0, 6) == "ipc://") {
        descriptor_ = connect_ipc(endpoint.substr(6));
    } else {
        const std::string place = endpoint.substr(6);
        const std::size_t colon = place.rfind(':');
        descriptor_ =
            connect_tcp(place.substr(0, colon), std::atoi(place.substr(colon + 1).c_str()));
    }
    return descriptor_ >= 0;
}

bool RawZmtp::shake_hands(const Introduction& introduction, Limit limit) {
    const auto deadline = Clock::now() + limit;
    std::array<std::uint8_t, greeting_size> greeting{};
    greeting[0] = 0xff;
    greeting[9] = 0x7f;
    greeting[10] = 3;  // ZMTP 3.0
    std::memcpy(greeting.data() + 12, "NULL", 4);
    Bytes ready = {5, 'R', 'E', 'A', 'D', 'Y'};
    append_property(ready, "Socket-Type", introduction.socket_type);
    if (!introduction.routing_id.empty()) {
        append_property(ready, "Identity", introduction.routing_id);
    }
    std::array<std::uint8_t, greeting_size> theirs{};
    if (!send_raw(greeting) || !read_exactly(theirs, deadline) || !send_command(ready)) {
        return false;
    }
    const std::optional<Frame> answer = read_frame(deadline);
    return answer && answer->is_command && behind_name(answer->body, "READY");
}

bool RawZmtp::send_frame(BytesView body, bool has_more) {
    const std::uint8_t flags = has_more ? more_flag : 0;
    return send_raw(head_of(body.size(), flags)) && send_raw(body);
}

bool RawZmtp::send_head(std::uint64_t size) {
    return send_raw(head_of(size, 0));
}

bool RawZmtp::send_raw(BytesView bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
    return true;
}

bool RawZmtp::send_command(BytesView body) {
    return send_raw(head_of(body.size(), command_flag)) && send_raw(body);
}

std::optional<RawZmtp::Frame> RawZmtp::receive_frame(Limit limit) {
    const auto deadline = Clock::now() + limit;
    for (;;) {
        std::optional<Frame> frame = read_frame(deadline);
        if (!frame || !frame->is_command) return frame;
        const std::optional<BytesView> ping = behind_name(frame->body, "PING");
        if (!ping || ping->size() < 2) continue;
        Bytes pong = {4, 'P', 'O', 'N', 'G'};
        pong.insert(pong.end(), ping->begin() + 2, ping->end());
        if (!send_command(pong)) return std::nullopt;
    }
}

bool RawZmtp::is_closed_within(Limit limit) {
    const auto deadline = Clock::now() + limit;
    std::array<std::uint8_t, 4096> dropped{};
    for (;;) {
        const auto left = std::chrono::duration_cast<Limit>(deadline - Clock::now());
        pollfd item{descriptor_, POLLIN, 0};
        if (left.count() <= 0 || poll(&item, 1, static_cast<int>(left.count())) == 0) return false;
        const ssize_t got = recv(descriptor_, dropped.data(), dropped.size(), 0);
        if (got == 0 || (got < 0 && errno != EINTR)) return true;
    }
}

void RawZmtp::close() noexcept {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

std::optional<RawZmtp::Frame> RawZmtp::read_frame(Clock::time_point deadline) {
    std::array<std::uint8_t, 1> flags{};
    if (!read_exactly(flags, deadline)) return std::nullopt;
    std::array<std::uint8_t, 8> size{};
    const std::size_t width = (flags[0] & long_flag) != 0 ? 8 : 1;
    if (!read_exactly({size.data(), width}, deadline)) return std::nullopt;
    std::uint64_t length = 0;
    for (std::size_t index = 0; index < width; ++index) length = length << 8 | size[index];
    if (length > body_bytes_max) return std::nullopt;
    Frame frame{Bytes(length), (flags[0] & more_flag) != 0, (flags[0] & command_flag) != 0};
    if (!read_exactly(frame.body, deadline)) return std::nullopt;
    return frame;
}

bool RawZmtp::read_exactly(std::span<std::uint8_t> bytes, Clock::time_point deadline) {
    while (!bytes.empty()) {
        const auto left = std::chrono::duration_cast<Limit>(deadline - Clock::now());
        pollfd item{descriptor_, POLLIN, 0};
        const int wait_ms = static_cast<int>(std::max(left, Limit(0)).count());
        if (poll(&item, 1, wait_ms) == 0) return false;
        const ssize_t got = recv(descriptor_, bytes.data(), bytes.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(got));
    }
    return true;
}

}  // namespace crier::testing
