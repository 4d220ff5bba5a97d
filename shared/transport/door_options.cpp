#include "shared/transport/door_options.hpp"

#include <sys/stat.h>
#include <zmq.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>

#include "shared/base/assert.hpp"
#include "shared/base/crypto.hpp"
#include "shared/base/limits.hpp"

namespace crier::transport {
namespace {

/// Debian's zmq.h does not declare it, the library has it: an empty domain or a missing ZAP handler
/// lets nobody in.
constexpr int zap_enforce_domain = 93;

constexpr std::size_t endpoint_bytes_max = 512;

/// libzmq draws from rand(), and leaves it to the program to seed it.
void seed_once() {
    static const bool seeded = [] {
        srand(static_cast<unsigned>(random_number()));
        return true;
    }();
    static_cast<void>(seeded);
}

void set_limits(void* socket, int type, const DoorSettings& settings) {
    set_option(socket, ZMQ_LINGER, 0);
    set_option(socket, ZMQ_SNDHWM, settings.send_hwm);
    set_option(socket, ZMQ_RCVHWM, settings.receive_hwm);
    set_option(socket, ZMQ_BACKLOG, settings.backlog);
    set_option(socket, ZMQ_HANDSHAKE_IVL, static_cast<int>(settings.handshake_limit.count()));
    set_heartbeats(socket, type);
    set_size_max(socket, settings.keys.has_value());
    if (type == ZMQ_ROUTER) {
        set_option(socket, ZMQ_ROUTER_MANDATORY, 1);
        set_option(socket, ZMQ_ROUTER_HANDOVER, 0);
    } else {
        set_option(socket, ZMQ_XPUB_NODROP, 0);
        // Each peer is heard, also when another one has said the same.
        set_option(socket, ZMQ_XPUB_VERBOSER, 1);
    }
}

/// Errors: self_test_failed.
Status set_security(void* socket, const DoorSettings& settings) {
    CRIER_ASSERT(!settings.zap_domain.empty(), "without a domain ZAP is not asked");
    const std::string& domain = settings.zap_domain;
    bool is_set = zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, domain.data(), domain.size()) == 0;
    const int one = 1;
    is_set = is_set && zmq_setsockopt(socket, zap_enforce_domain, &one, sizeof one) == 0;
    if (settings.keys) {
        const Bytes32& secret = settings.keys->secret_key.bytes();
        is_set = is_set && zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &one, sizeof one) == 0;
        is_set = is_set &&
                 zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, secret.data(), secret.size()) == 0;
    }
    if (is_set) return {};
    return fail(ErrorCode::self_test_failed,
                "this libzmq (" + zmq_reason() +
                    ") does not know an option that keeps the door \"" + domain +
                    "\" closed; use libzmq 4.3 with CURVE");
}

bool begins_with(std::string_view text, std::string_view start) {
    return text.substr(0, start.size()) == start;
}

tl::unexpected<Error> cannot_bind(const std::string& endpoint, int reason) {
    const std::string start = "cannot listen at " + endpoint + ": ";
    switch (reason) {
        case EADDRINUSE:
            return fail(ErrorCode::in_use, start +
                                               "another program does; stop it, or choose another "
                                               "port (0 for any that is free)");
        case ENODEV:
        case EADDRNOTAVAIL:
        case EINVAL:
            return fail(ErrorCode::configuration_invalid,
                        start +
                            "it must be tcp://ADDRESS:PORT with an address of this machine, such "
                            "as 127.0.0.1 or 0.0.0.0, or ipc://PATH");
        case ENAMETOOLONG:
            return fail(ErrorCode::configuration_invalid,
                        start + "the path of a socket has 107 bytes at most");
        case EACCES:
        case EPERM:
            return fail(ErrorCode::configuration_invalid,
                        start +
                            "not allowed; ports below 1024 need CAP_NET_BIND_SERVICE, a path "
                            "needs a folder that this user may write");
        default:
            return fail(ErrorCode::configuration_invalid, start + zmq_strerror(reason));
    }
}

/// Errors: in_use, configuration_invalid.
Result<std::string> bind_one(void* socket, const std::string& endpoint, unsigned ipc_mode) {
    const bool is_tcp = begins_with(endpoint, "tcp://");
    const bool is_ipc = begins_with(endpoint, "ipc://");
    if (!is_tcp && !is_ipc) return cannot_bind(endpoint, EINVAL);

    std::string wanted = endpoint;
    // libzmq spells "any free port" with a star.
    if (is_tcp && wanted.size() > 2 && wanted.substr(wanted.size() - 2) == ":0") {
        wanted.back() = '*';
    }
    // Over IPv6 sockets the addresses of IPv4 peers would be written in another form.
    set_option(socket, ZMQ_IPV6,
               begins_with(wanted, "tcp://[") || begins_with(wanted, "tcp://*") ? 1 : 0);
    if (zmq_bind(socket, wanted.c_str()) != 0) return cannot_bind(endpoint, zmq_errno());

    if (is_ipc) {
        const std::string path = endpoint.substr(6);
        if (begins_with(path, "@")) return endpoint;
        if (chmod(path.c_str(), static_cast<mode_t>(ipc_mode)) != 0) {
            return cannot_bind(endpoint, errno);
        }
        return endpoint;
    }
    std::array<char, endpoint_bytes_max> real{};
    std::size_t size = real.size();
    if (zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, real.data(), &size) != 0) return endpoint;
    return std::string(real.data());
}

}  // namespace

Result<OpenDoor> open_door(Context& context, int type, const DoorSettings& settings) {
    seed_once();
    OpenDoor door{zmq_socket(context.native(), type), {}};
    if (door.native == nullptr) {
        return fail(ErrorCode::overloaded, "cannot make a socket: " + zmq_reason());
    }
    set_limits(door.native, type, settings);
    if (Status secured = set_security(door.native, settings); !secured) {
        zmq_close(door.native);
        return fail(std::move(secured.error()));
    }
    for (const std::string& endpoint : settings.endpoints) {
        Result<std::string> real = bind_one(door.native, endpoint, settings.ipc_mode);
        if (!real) {
            zmq_close(door.native);
            return fail(std::move(real.error()));
        }
        door.endpoints.push_back(std::move(*real));
    }
    return door;
}

void set_option(void* socket, int option, int value) {
    const int result = zmq_setsockopt(socket, option, &value, sizeof value);
    CRIER_ASSERT(result == 0, "every option here is one that libzmq 4.3 documents");
}

void set_size_max(void* socket, bool is_encrypted) {
    constexpr std::int64_t curve_overhead = 33;  // A CURVE box is so much larger than its frame.
    const std::int64_t size_max =
        static_cast<std::int64_t>(limits::frame_bytes_max) + (is_encrypted ? curve_overhead : 0);
    const int result = zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &size_max, sizeof size_max);
    CRIER_ASSERT(result == 0, "ZMQ_MAXMSGSIZE takes any size");
}

void set_heartbeats(void* socket, int type) {
    const bool has_own = type == ZMQ_ROUTER || type == ZMQ_DEALER;
    constexpr int interval_ms = 5'000;
    constexpr int timeout_ms = 15'000;
    set_option(socket, ZMQ_HEARTBEAT_IVL, has_own ? 0 : interval_ms);
    set_option(socket, ZMQ_HEARTBEAT_TIMEOUT, has_own ? 0 : timeout_ms);
    set_option(socket, ZMQ_HEARTBEAT_TTL, has_own ? 0 : timeout_ms);
}

std::string zmq_reason() {
    return zmq_strerror(zmq_errno());
}

}  // namespace crier::transport
