#include "broker/config/endpoint.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace crier::broker {
namespace {

constexpr std::string_view tcp_prefix = "tcp://";
constexpr std::string_view ipc_prefix = "ipc://";
constexpr std::size_t host_bytes_max = 253;  // RFC 1035.

/// The longest path that a Unix socket can have: one byte of sun_path is for the NUL.
constexpr std::size_t socket_path_bytes_max = sizeof(sockaddr_un::sun_path) - 1;

std::string_view host_of(std::string_view endpoint) {
    const std::string_view rest = endpoint.substr(tcp_prefix.size());
    return rest.substr(0, rest.rfind(':'));
}

std::string_view port_of(std::string_view endpoint) {
    return endpoint.substr(endpoint.rfind(':') + 1);
}

bool is_port(std::string_view text) {
    unsigned port = 0;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), port);
    return wrong == std::errc{} && end == text.data() + text.size() && port <= 65'535;
}

bool is_host(std::string_view host) {
    if (host.empty() || host.size() > host_bytes_max) return false;
    const bool is_bracketed = host.front() == '[' && host.back() == ']';
    return std::all_of(host.begin(), host.end(), [is_bracketed](char letter) {
        const bool is_word = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                             (letter >= '0' && letter <= '9') || letter == '.' || letter == '-' ||
                             letter == '_';
        return is_word ||
               (is_bracketed && (letter == ':' || letter == '[' || letter == ']' || letter == '%'));
    });
}

std::optional<std::string> path_problem(std::string_view endpoint) {
    const std::string_view path = endpoint.substr(ipc_prefix.size());
    if (path.starts_with('/') && path.size() <= socket_path_bytes_max) return std::nullopt;
    return "must be ipc:// and an absolute path of at most " +
           std::to_string(socket_path_bytes_max) + " bytes";
}

std::string host_name() {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
    return name.data();
}

bool can_be_listened_at(std::string_view host) {
    std::array<std::uint8_t, sizeof(in6_addr)> address{};
    if (host.front() == '[') {
        host.remove_prefix(1);
        const std::string bare(host.substr(0, host.find_first_of("%]")));
        return inet_pton(AF_INET6, bare.c_str(), address.data()) == 1;
    }
    const std::string name(host);
    return inet_pton(AF_INET, name.c_str(), address.data()) == 1 ||
           if_nametoindex(name.c_str()) != 0;
}

}  // namespace

std::optional<std::string> endpoint_problem(std::string_view endpoint) {
    if (endpoint == "ipc") return std::nullopt;
    if (endpoint.starts_with(ipc_prefix)) return path_problem(endpoint);
    if (endpoint.starts_with(tcp_prefix) && endpoint.rfind(':') > tcp_prefix.size()) {
        const std::string_view host = host_of(endpoint);
        const bool is_place = host == "*" || (is_host(host) && can_be_listened_at(host));
        if (is_place && is_port(port_of(endpoint))) return std::nullopt;
    }
    return "must be tcp://ADDRESS:PORT (port 0 to 65535; ADDRESS * for every one; no host's name, "
           "but a network interface's), ipc:///PATH or ipc";
}

std::optional<std::string> place_problem(std::string_view endpoint) {
    if (endpoint.starts_with(ipc_prefix)) return path_problem(endpoint);
    if (endpoint.starts_with(tcp_prefix) && endpoint.rfind(':') > tcp_prefix.size()) {
        const std::string_view port = port_of(endpoint);
        if (is_host(host_of(endpoint)) && is_port(port) && port != "0") return std::nullopt;
    }
    return "must be tcp://HOST:PORT (port 1 to 65535) or ipc:///PATH";
}

std::optional<std::string> host_problem(std::string_view host) {
    if (is_host(host)) return std::nullopt;
    return "must be a host's name or address, without port; IPv6 in brackets";
}

std::optional<std::string> nats_url_problem(std::string_view url) {
    for (const std::string_view scheme : {"nats://", "tls://"}) {
        const bool has_host = url.starts_with(scheme) && url.size() > scheme.size();
        if (has_host && url.find_first_of(" ,") == std::string_view::npos) return std::nullopt;
    }
    return "must be nats://HOST:PORT or tls://HOST:PORT";
}

std::optional<std::string> cluster_name_problem(std::string_view name) {
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    const bool is_name = !name.empty() && name.size() <= 32 &&
                         name.find_first_not_of(allowed) == std::string_view::npos;
    if (is_name) return std::nullopt;
    return "must be 1 to 32 of A-Z a-z 0-9 _ and -";
}

std::optional<std::string> folder_problem(std::string_view folder) {
    if (folder.empty() || folder.front() == '/') return std::nullopt;
    return "must be an absolute path, or empty for the default";
}

bool is_any_port(std::string_view endpoint) {
    return endpoint.starts_with(tcp_prefix) && port_of(endpoint) == "0";
}

bool excludes(std::string_view left, std::string_view right) {
    if (is_any_port(left) || is_any_port(right)) return false;
    if (left == right) return true;
    if (!left.starts_with(tcp_prefix) || !right.starts_with(tcp_prefix)) return false;
    if (port_of(left) != port_of(right)) return false;
    // The first two take the addresses of IPv4 too.
    const auto is_every = [](std::string_view host) { return host == "*" || host == "[::]"; };
    const auto is_every_v4 = [](std::string_view host) { return host == "0.0.0.0"; };
    const auto is_v6 = [](std::string_view host) { return host.starts_with('['); };
    const std::string_view one = host_of(left);
    const std::string_view other = host_of(right);
    return is_every(one) || is_every(other) || (is_every_v4(one) && !is_v6(other)) ||
           (is_every_v4(other) && !is_v6(one));
}

std::vector<std::string> resolved(const std::vector<std::string>& endpoints,
                                  const std::filesystem::path& runtime, std::string_view door) {
    std::vector<std::string> full = endpoints;
    for (std::string& endpoint : full) {
        if (endpoint != "ipc") continue;
        endpoint = std::string(ipc_prefix) + (runtime / (std::string(door) + ".socket")).string();
    }
    return full;
}

std::string reachable(const std::string& endpoint) {
    for (const std::string_view any : {"tcp://0.0.0.0:", "tcp://[::]:", "tcp://*:"}) {
        if (endpoint.compare(0, any.size(), any) != 0) continue;
        return "tcp://" + host_name() + ":" + endpoint.substr(any.size());
    }
    return endpoint;
}

std::vector<std::string> advertised(const std::vector<std::string>& endpoints,
                                    const std::vector<std::string>& hosts) {
    std::vector<std::string> lines;
    for (const std::string& endpoint : endpoints) {
        if (is_ipc(endpoint)) lines.push_back(endpoint);
    }
    for (const std::string& endpoint : endpoints) {
        if (is_ipc(endpoint)) continue;
        if (hosts.empty()) lines.push_back(endpoint);
        for (const std::string& host : hosts) {
            lines.push_back(std::string(tcp_prefix) + host + ":" + std::string(port_of(endpoint)));
        }
    }
    return lines;
}

std::vector<std::string> for_other_machines(std::vector<std::string> endpoints) {
    const auto first_local =
        std::stable_partition(endpoints.begin(), endpoints.end(),
                              [](const std::string& endpoint) { return !is_local(endpoint); });
    if (first_local != endpoints.begin()) endpoints.erase(first_local, endpoints.end());
    return endpoints;
}

}  // namespace crier::broker
