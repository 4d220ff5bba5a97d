#include "broker/service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace crier::broker {
namespace {

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

}  // namespace

ServiceManager::ServiceManager() : address_(variable("NOTIFY_SOCKET")) {
    const bool is_address = !address_.empty() && (address_[0] == '/' || address_[0] == '@') &&
                            address_.size() < sizeof(sockaddr_un::sun_path);
    if (is_address) socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const std::string for_pid = variable("WATCHDOG_PID");
    const bool is_for_us = for_pid.empty() || for_pid == std::to_string(getpid());
    const std::string limit = variable("WATCHDOG_USEC");
    long long limit_us = 0;  // Stays so when it is no number, or none that fits.
    std::from_chars(limit.data(), limit.data() + limit.size(), limit_us);
    if (is_for_us && limit_us > 0) {
        alive_period_ = std::max(Milliseconds{1}, Milliseconds{limit_us / 2'000});
    }
}

ServiceManager::~ServiceManager() {
    if (socket_ >= 0) close(socket_);
}

void ServiceManager::tell(const std::string& words) {
    if (socket_ < 0) return;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, address_.data(), address_.size());
    // An abstract address begins with NUL.
    if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
    // Who does not listen does not want to know.
    static_cast<void>(sendto(socket_, words.data(), words.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address), size));
}

}  // namespace crier::broker
