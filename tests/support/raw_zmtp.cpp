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

int connect_tcp(const std::string& host, int port, const std::string& source) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) return -1;
    sockaddr_in own{};
    own.sin_family = AF_INET;
    if (!source.empty() && inet_pton(AF_INET, source.c_str(), &own.sin_addr) != 1) return -1;
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int late =
        1;  // Ports are chosen for each pair of addresses, so that they do not run out.
    setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &late, sizeof late);
    const bool is_bound =
        source.empty() || bind(descriptor, reinterpret_cast<sockaddr*>(&own), sizeof own) == 0;
    if (!is_bound ||
        connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
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

}  // namespace

RawZmtp::Bytes RawZmtp::greeting_of(std::string_view mechanism) {
    Bytes greeting(greeting_size);
    greeting[0] = 0xff;
    greeting[9] = 0x7f;
    greeting[10] = 3;  // ZMTP 3.0
    std::copy(mechanism.begin(), mechanism.end(), greeting.begin() + 12);
    return greeting;
}

RawZmtp::Bytes RawZmtp::command_of(std::string_view name, BytesView rest) {
    Bytes body{static_cast<std::uint8_t>(name.size())};
    body.insert(body.end(), name.begin(), name.end());
    body.insert(body.end(), rest.begin(), rest.end());
    return body;
}

std::optional<RawZmtp::BytesView> RawZmtp::behind_name(BytesView body, std::string_view name) {
    const bool is_it = body.size() > name.size() && body[0] == name.size() &&
                       std::equal(name.begin(), name.end(), body.begin() + 1);
    if (!is_it) return std::nullopt;
    return body.subspan(1 + name.size());
}

RawZmtp::Bytes RawZmtp::metadata_of(const Properties& properties) {
    Bytes bytes;
    for (const auto& [name, value] : properties) append_property(bytes, name, value);
    return bytes;
}

RawZmtp::~RawZmtp() {
    close();
}

RawZmtp::RawZmtp(RawZmtp&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

RawZmtp& RawZmtp::operator=(RawZmtp&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

bool RawZmtp::connect(const std::string& endpoint, const std::string& source) {
    close();
    if (endpoint.substr(0, 6) == "ipc://") {
        descriptor_ = connect_ipc(endpoint.substr(6));
    } else {
        const std::string place = endpoint.substr(6);
        const std::size_t colon = place.rfind(':');
        descriptor_ =
            connect_tcp(place.substr(0, colon), std::atoi(place.substr(colon + 1).c_str()), source);
    }
    return descriptor_ >= 0;
}

bool RawZmtp::shake_hands(const Introduction& introduction, Limit limit) {
    const auto deadline = Clock::now() + limit;
    Properties properties{{"Socket-Type", introduction.socket_type}};
    if (!introduction.routing_id.empty()) {
        properties.emplace_back("Identity", introduction.routing_id);
    }
    const Bytes ready = command_of("READY", metadata_of(properties));
    std::array<std::uint8_t, greeting_size> theirs{};
    if (!send_raw(greeting_of("NULL")) || !read_exactly(theirs, deadline) || !send_command(ready)) {
        return false;
    }
    const std::optional<Frame> answer = read_frame(deadline);
    return answer && answer->is_command && behind_name(answer->body, "READY");
}

void RawZmtp::limit_sends(Limit limit) {
    const auto ms = limit.count();
    const timeval time{ms / 1'000, ms % 1'000 * 1'000};
    setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
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
        if (!send_command(command_of("PONG", ping->subspan(2)))) return std::nullopt;
    }
}

std::optional<RawZmtp::Frame> RawZmtp::receive_any(Limit limit) {
    return read_frame(Clock::now() + limit);
}

bool RawZmtp::receive_raw(std::span<std::uint8_t> bytes, Limit limit) {
    return read_exactly(bytes, Clock::now() + limit);
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
