#include "tests/bench/swarm.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "tests/bench/give_up.hpp"

namespace crier::bench {
namespace {

constexpr std::size_t input_size = 256 * 1024;
constexpr std::uint32_t sources = 250;  ///< 127.0.0.1 to 127.0.0.250.

sockaddr_in loopback(std::uint32_t last_byte, std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(0x7F000000u + last_byte);
    return address;
}

/// A non-blocking socket on its way to 127.0.0.1:`port`.
int open_socket(std::uint32_t source, std::uint16_t port) {
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) give_up(std::string("no socket: ") + std::strerror(errno));
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    const sockaddr_in from = loopback(1 + source % sources, 0);
    const sockaddr_in to = loopback(1, port);
    if (bind(descriptor, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0 ||
        (connect(descriptor, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 &&
         errno != EINPROGRESS)) {
        give_up("cannot connect to port " + std::to_string(port) + ": " + std::strerror(errno));
    }
    return descriptor;
}

}  // namespace

std::uint16_t port_of(const std::string& endpoint) {
    const std::size_t colon = endpoint.rfind(':');
    const int port = colon == std::string::npos ? 0 : std::atoi(endpoint.c_str() + colon + 1);
    if (port <= 0 || port > 65535) give_up("\"" + endpoint + "\" has no port");
    return static_cast<std::uint16_t>(port);
}

Swarm::Swarm() : epoll_(epoll_create1(EPOLL_CLOEXEC)), input_(input_size) {
    if (epoll_ < 0) give_up(std::string("no epoll: ") + std::strerror(errno));
}

Swarm::~Swarm() {
    for (const Connection& connection : connections_) {
        if (connection.descriptor < 0) continue;
        // A reset leaves no TIME_WAIT behind, which would fill the ports after a few rounds.
        const linger at_once{1, 0};
        setsockopt(connection.descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close(connection.descriptor);
    }
    close(epoll_);
}

Swarm::Index Swarm::connect(std::uint16_t port, ZmtpPeer::Kind kind, Listener& listener,
                            std::unique_ptr<CurveClient> curve) {
    const auto index = static_cast<Index>(connections_.size());
    connections_.emplace_back(open_socket(index, port), kind, listener, std::move(curve));
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT;  // Writable means connected: the greeting goes out then.
    event.data.u32 = index;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_.back().descriptor, &event) != 0) {
        give_up(std::string("epoll_ctl: ") + std::strerror(errno));
    }
    connections_.back().waits_to_write = true;
    return index;
}

void Swarm::send(Index connection, BytesView body) {
    connections_[connection].peer.send(body);
    mark_dirty(connection);
}

void Swarm::subscribe(Index connection, std::string_view prefix) {
    connections_[connection].peer.subscribe(prefix);
    mark_dirty(connection);
}

void Swarm::turn(int timeout_ms) {
    flush_dirty();
    std::array<epoll_event, 512> events{};
    const int count =
        epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout_ms);
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        if ((event.events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) on_readable(event.data.u32);
        if ((event.events & EPOLLOUT) != 0) flush(event.data.u32);
    }
    flush_dirty();
}

void Swarm::flush_dirty() {
    for (std::size_t i = 0; i < dirty_.size(); ++i) {
        connections_[dirty_[i]].is_dirty = false;
        flush(dirty_[i]);
    }
    dirty_.clear();
}

void Swarm::on_readable(Index index) {
    Connection& connection = connections_[index];
    if (connection.descriptor < 0) return;
    const std::size_t kept = connection.rest.size();
    if (kept >= input_.size()) return lose(index, "a frame larger than the buffer");
    if (kept > 0) std::memcpy(input_.data(), connection.rest.data(), kept);
    const ssize_t got = read(connection.descriptor, input_.data() + kept, input_.size() - kept);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got < 0) return lose(index, std::strerror(errno));
    if (got == 0) return lose(index, "closed by the broker");

    const std::span<std::uint8_t> bytes(input_.data(), kept + static_cast<std::size_t>(got));
    Listener& listener = *connection.listener;
    const auto on_message = [&](BytesView body) { listener.on_message(index, body); };
    const std::size_t used = connection.peer.take(bytes, on_message);
    connection.rest.assign(bytes.begin() + static_cast<std::ptrdiff_t>(used), bytes.end());
    if (!connection.peer.problem().empty()) return lose(index, connection.peer.problem());
    if (!connection.is_told_open && connection.peer.is_open()) {
        connection.is_told_open = true;
        listener.on_open(index);
    }
    listener.on_read(index);
    if (!connection.waits_to_write) flush(index);
}

void Swarm::flush(Index index) {
    Connection& connection = connections_[index];
    std::vector<std::uint8_t>& output = connection.peer.output();
    if (connection.descriptor < 0) return;
    if (!output.empty()) {
        const ssize_t sent =
            ::send(connection.descriptor, output.data(), output.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) return lose(index, std::strerror(errno));
        if (sent > 0) output.erase(output.begin(), output.begin() + sent);
    }
    if (connection.waits_to_write == output.empty()) ask_for(index, !output.empty());
}

void Swarm::mark_dirty(Index index) {
    if (connections_[index].is_dirty) return;
    connections_[index].is_dirty = true;
    dirty_.push_back(index);
}

void Swarm::ask_for(Index index, bool writable) {
    Connection& connection = connections_[index];
    connection.waits_to_write = writable;
    epoll_event event{};
    event.events = writable ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.u32 = index;
    epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.descriptor, &event);
}

void Swarm::lose(Index index, const std::string& why) {
    Connection& connection = connections_[index];
    close(connection.descriptor);
    connection.descriptor = -1;
    connection.listener->on_lost(index, why);
}

}  // namespace crier::bench
