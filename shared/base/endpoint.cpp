#include "shared/base/endpoint.hpp"

namespace crier {
namespace {

constexpr std::string_view tcp_prefix = "tcp://";

/// "127.evil.example" is a name; an address has digits and dots only.
bool is_loopback_v4(std::string_view host) {
    return host.starts_with("127.") &&
           host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

bool is_ipc(std::string_view endpoint) {
    return endpoint == "ipc" || endpoint.starts_with("ipc://");
}

bool is_local(std::string_view endpoint) {
    if (is_ipc(endpoint)) return true;
    if (!endpoint.starts_with(tcp_prefix)) return false;
    const std::string_view rest = endpoint.substr(tcp_prefix.size());
    const std::string_view host = rest.substr(0, rest.rfind(':'));
    return host == "localhost" || host == "[::1]" || is_loopback_v4(host);
}

bool is_from_this_machine(std::string_view address) {
    return address == "ipc" || address == "::1" || is_loopback_v4(address);
}

}  // namespace crier
