#include "shared/transport/resolver.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <thread>

namespace crier::transport {
namespace {

constexpr std::size_t addresses_max = 3;
constexpr std::string_view tcp_start = "tcp://";
constexpr std::string_view ipc_start = "ipc://";

/// A name that is this machine on every machine, also where no hosts file says so (RFC 6761, 6.3).
constexpr std::string_view this_machine = "localhost";

std::string numeric_form(const addrinfo& found, const std::string& port) {
    std::array<char, NI_MAXHOST> host{};
    if (getnameinfo(found.ai_addr, found.ai_addrlen, host.data(), host.size(), nullptr, 0,
                    NI_NUMERICHOST) != 0) {
        return "";
    }
    const std::string text = host.data();
    const bool is_v6 = found.ai_family == AF_INET6;
    return std::string(tcp_start) + (is_v6 ? "[" + text + "]" : text) + ":" + port;
}

/// Blocks as long as the name service does, unless `flags` have AI_NUMERICHOST.
Addresses look_up(const std::string& endpoint, const Place& place, int flags) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags;
    addrinfo* list = nullptr;
    const int result = getaddrinfo(place.host.c_str(), nullptr, &hints, &list);
    if (result != 0) {
        return fail(ErrorCode::host_unknown, "the host \"" + place.host + "\" of " + endpoint +
                                                 " is not known here (" + gai_strerror(result) +
                                                 "); correct the name, or use its address");
    }
    std::vector<std::string> addresses;
    for (const addrinfo* found = list; found != nullptr; found = found->ai_next) {
        if (found->ai_family != AF_INET && found->ai_family != AF_INET6) continue;
        std::string address = numeric_form(*found, place.port);
        const bool is_new =
            std::find(addresses.begin(), addresses.end(), address) == addresses.end();
        if (!address.empty() && is_new && addresses.size() < addresses_max) {
            addresses.push_back(std::move(address));
        }
    }
    freeaddrinfo(list);
    return addresses;
}

bool is_port(std::string_view text) {
    const bool has_digits_only =
        std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    return has_digits_only && !text.empty() && text.size() <= 5 &&
           std::stoi(std::string(text)) <= 65'535;
}

}  // namespace

Result<Place> parse_endpoint(const std::string& endpoint) {
    const std::string_view text = endpoint;
    if (text.substr(0, ipc_start.size()) == ipc_start && text.size() > ipc_start.size()) {
        return Place{"", "", true};
    }
    if (text.substr(0, tcp_start.size()) == tcp_start) {
        std::string_view host = text.substr(tcp_start.size());
        const std::size_t colon = host.rfind(':');
        if (colon != std::string_view::npos && colon > 0 && is_port(host.substr(colon + 1))) {
            const std::string_view port = host.substr(colon + 1);
            host = host.substr(0, colon);
            if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
            if (!host.empty()) return Place{std::string(host), std::string(port), false};
        }
    }
    return fail(ErrorCode::host_unknown,
                "\"" + endpoint + "\" is no endpoint: it must be tcp://HOST:PORT or ipc://PATH");
}

Resolution::Resolution(const std::string& endpoint, const Place& place)
    : answers_(std::make_shared<Mailbox<Addresses>>(1)) {
    Addresses at_once = std::vector<std::string>{endpoint};
    if (place.host == this_machine) {
        at_once =
            std::vector<std::string>{"tcp://127.0.0.1:" + place.port, "tcp://[::1]:" + place.port};
    } else if (!place.is_ipc) {
        at_once = look_up(endpoint, place, AI_NUMERICHOST);
    }
    if (at_once) {
        static_cast<void>(answers_->post(std::move(at_once)));
        return;
    }
    std::thread([answers = answers_, endpoint, place] {
        // Nobody waits any more when it is refused.
        static_cast<void>(answers->post(look_up(endpoint, place, 0)));
    }).detach();
}

std::optional<Addresses> Resolution::take() {
    std::vector<Addresses> answers;
    answers_->take_all(answers);
    if (answers.empty()) return std::nullopt;
    return std::move(answers.front());
}

}  // namespace crier::transport
