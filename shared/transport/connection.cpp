#include "shared/transport/connection.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netdb.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "shared/transport/place.hpp"

namespace crier::transport {
namespace {

std::optional<std::uint64_t> cookie_of(int descriptor) noexcept {
    std::uint64_t cookie = 0;
    socklen_t size = sizeof cookie;
    if (getsockopt(descriptor, SOL_SOCKET, SO_COOKIE, &cookie, &size) != 0) return std::nullopt;
    return cookie;
}

std::optional<tcp_info> info_of(int descriptor) noexcept {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
    return info;
}

/// Whether `address`, as ZeroMQ wrote it down when the connection began, is that of the connection
/// that has the descriptor now.
bool has_address(int descriptor, std::string_view address) noexcept {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    auto* generic = reinterpret_cast<sockaddr*>(&peer);
    if (getpeername(descriptor, generic, &size) != 0) return false;
    if (peer.ss_family == AF_UNIX) return address.substr(0, 10) == "localhost:";
    std::array<char, NI_MAXHOST> text{};
    if (getnameinfo(generic, size, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0) {
        return false;
    }
    return address == text.data();
}

}  // namespace

SpareDescriptor::SpareDescriptor() noexcept
    : nothing_(open("/dev/null", O_PATH | O_CLOEXEC)),
      spare_(fcntl(nothing_, F_DUPFD_CLOEXEC, 0)) {}

SpareDescriptor::~SpareDescriptor() {
    if (spare_ >= 0) close(spare_);
    if (nothing_ >= 0) close(nothing_);
}

int SpareDescriptor::copy_of(int descriptor) noexcept {
    return spare_ < 0 ? -1 : dup3(descriptor, spare_, O_CLOEXEC);
}

void SpareDescriptor::give_back() noexcept {
    dup3(nothing_, spare_, O_CLOEXEC);
}

std::optional<Connection> Connection::at(int descriptor) noexcept {
    if (descriptor < 0) return std::nullopt;
    const std::optional<std::uint64_t> cookie = cookie_of(descriptor);
    if (!cookie) return std::nullopt;
    return Connection(descriptor, *cookie);
}

std::optional<Connection> Connection::of(const Frame& frame) noexcept {
    const std::optional<Connection> connection = at(frame.descriptor());
    const std::optional<std::string_view> address = frame.property("Peer-Address");
    if (!connection || !address || !has_address(connection->descriptor_, *address)) {
        return std::nullopt;
    }
    return connection;
}

bool Connection::came_in_at(std::string_view endpoint) const {
    sockaddr_storage own{};
    socklen_t size = sizeof own;
    if (getsockname(descriptor_, reinterpret_cast<sockaddr*>(&own), &size) != 0) return false;
    if (own.ss_family == AF_UNIX) {
        const std::string_view path = reinterpret_cast<const sockaddr_un&>(own).sun_path;
        return endpoint.starts_with("ipc://") && endpoint.ends_with(path);
    }
    // Of both families it is at the same place.
    const in_port_t port = ntohs(reinterpret_cast<const sockaddr_in&>(own).sin_port);
    return endpoint.starts_with("tcp://") && endpoint.ends_with(":" + std::to_string(port));
}

std::string Connection::place() const {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    if (getpeername(descriptor_, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return {};
    if (peer.ss_family == AF_UNIX) {
        ucred account{};
        socklen_t account_size = sizeof account;
        if (getsockopt(descriptor_, SOL_SOCKET, SO_PEERCRED, &account, &account_size) != 0)
            return {};
        return "ipc:" + std::to_string(account.uid);
    }
    return place_of(peer);
}

std::optional<Connection::Outgoing> Connection::outgoing() const noexcept {
    if (is_gone()) return std::nullopt;
    // In this order: what is acknowledged in between is then counted in neither, never twice.
    const std::optional<tcp_info> info = info_of(descriptor_);
    int unacknowledged = 0;
    if (!info || ioctl(descriptor_, SIOCOUTQ, &unacknowledged) != 0) return std::nullopt;
    const auto unacknowledged_bytes = static_cast<std::uint64_t>(unacknowledged);
    return Outgoing{info->tcpi_bytes_acked + unacknowledged_bytes, unacknowledged_bytes};
}

std::uint64_t Connection::received_by(int descriptor) noexcept {
    const std::optional<tcp_info> info = info_of(descriptor);
    return info ? info->tcpi_bytes_received : 0;
}

bool Connection::cut(SpareDescriptor* spare) const noexcept {
    // The copy cannot change hands between the comparison and the cut.
    int copy = fcntl(descriptor_, F_DUPFD_CLOEXEC, 0);
    const bool is_spare = copy < 0 && errno == EMFILE && spare != nullptr;
    if (is_spare) copy = spare->copy_of(descriptor_);
    if (copy < 0) return false;
    const bool is_same = cookie_of(copy) == cookie_;
    const bool is_cut = is_same && shutdown(copy, SHUT_RDWR) == 0;
    if (is_spare) {
        spare->give_back();
    } else {
        close(copy);
    }
    return is_cut;
}

}  // namespace crier::transport
