#include "shared/transport/client_socket.hpp"

#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <utility>

#include "shared/base/assert.hpp"
#include "shared/base/limits.hpp"
#include "shared/transport/door_options.hpp"
#include "shared/transport/frame.hpp"

namespace crier::transport {
namespace {

constexpr int watched_events =
    ZMQ_EVENT_CONNECTED | ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED |
    ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
    ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;

/// A broker that cannot read what was encrypted for it drops the connection at once; one that is
/// busy lets it wait.
constexpr Milliseconds quick_drop{2'000};

/// Both ends of a ZMTP connection begin with as many bytes, and wait for nothing before them.
constexpr std::uint64_t signature_bytes = 10;

/// Longer than any socket is kept after its end, instead of libzmq's own "never" (-1): that one,
/// and ZMQ_IMMEDIATE too, throw away frames that were not read before the end (PROTOCOL.md, 1).
/// Nothing is queued without a connection all the same: nothing is sent before one is up.
constexpr int reconnect_never_ms = 3'600'000;

void set_bytes(void* socket, int option, const void* bytes, std::size_t size) {
    const int result = zmq_setsockopt(socket, option, bytes, size);
    CRIER_ASSERT(result == 0, "libzmq has CURVE, and takes keys of 32 bytes");
}

bool is_readable(void* socket) {
    int events = 0;
    std::size_t size = sizeof events;
    return zmq_getsockopt(socket, ZMQ_EVENTS, &events, &size) == 0 && (events & ZMQ_POLLIN) != 0;
}

int descriptor_of(void* socket) {
    int descriptor = -1;
    std::size_t size = sizeof descriptor;
    zmq_getsockopt(socket, ZMQ_FD, &descriptor, &size);
    return descriptor;
}

std::string next_monitor_endpoint() {
    static std::atomic<std::uint64_t> last{0};
    return "inproc://attempt-" + std::to_string(last.fetch_add(1) + 1);
}

}  // namespace

ClientSocket::ClientSocket(Context& context, Settings settings)
    : context_(context), settings_(std::move(settings)) {}

ClientSocket::~ClientSocket() {
    drop(Milliseconds(0));
}

void ClientSocket::open(const std::string& endpoint) {
    drop(Milliseconds(0));
    endpoint_ = endpoint;
    deadline_ = read_clocks().steady + settings_.attempt_limit;
    const Result<Place> place = parse_endpoint(endpoint);
    if (!place) return end(place.error().code, place.error().detail);
    stage_ = Stage::resolving;
    resolution_.emplace(endpoint, *place);
}

void ClientSocket::drop(Milliseconds linger) noexcept {
    drop_socket(linger);
    resolution_.reset();
    addresses_.clear();
    tried_ = 0;
    was_dropped_before_ = false;
    error_.reset();
    stage_ = Stage::idle;
}

ClientSocket::Progress ClientSocket::advance() {
    if (stage_ == Stage::resolving) take_addresses();
    take_events();
    const Instant now = read_clocks().steady;
    if (stage_ == Stage::resolving && now >= deadline_) {
        end(ErrorCode::host_unknown, "the name service does not say in time where the host of " +
                                         endpoint_ + " is; try again, or use its address");
    }
    while (stage_ == Stage::connecting && now >= address_deadline_) {
        on_unreachable("it did not answer in time");
    }
    Progress progress;
    progress.has_come_up = has_been_up_ && !std::exchange(has_told_up_, has_been_up_);
    if (stage_ == Stage::ended) progress.ended = std::exchange(error_, std::nullopt);
    return progress;
}

std::vector<int> ClientSocket::descriptors() const {
    std::vector<int> descriptors;
    if (resolution_) descriptors.push_back(resolution_->descriptor());
    if (native_ != nullptr) descriptors.push_back(descriptor_of(native_));
    if (events_ != nullptr) descriptors.push_back(descriptor_of(events_));
    return descriptors;
}

Milliseconds ClientSocket::wake_after() const {
    if (error_) return Milliseconds(0);
    // The descriptors only tell of changes: what has come in already must be asked for.
    if (native_ != nullptr && (is_readable(events_) || is_readable(native_))) {
        return Milliseconds(0);
    }
    if (stage_ != Stage::resolving && stage_ != Stage::connecting) return Milliseconds(-1);
    const Instant next = stage_ == Stage::resolving ? deadline_ : address_deadline_;
    return std::max(next - read_clocks().steady, Milliseconds(0));
}

void ClientSocket::take_addresses() {
    std::optional<Addresses> answer = resolution_->take();
    if (!answer) return;
    resolution_.reset();
    if (!*answer) return end(answer->error().code, answer->error().detail);
    addresses_ = std::move(**answer);
    connect_next();
}

void ClientSocket::connect_next() {
    ++tried_;
    was_dropped_before_ = false;
    const Instant now = read_clocks().steady;
    const auto left = static_cast<Milliseconds::rep>(addresses_.size() - tried_ + 1);
    address_deadline_ = now + std::max(deadline_ - now, Milliseconds(0)) / left;
    stage_ = Stage::connecting;
    connect();
}

void ClientSocket::connect() {
    drop_socket(Milliseconds(0));
    const std::string& address = addresses_[tried_ - 1];
    const std::string monitor = next_monitor_endpoint();
    native_ = zmq_socket(context_.native(), settings_.type);
    events_ = zmq_socket(context_.native(), ZMQ_PAIR);
    if (native_ == nullptr || events_ == nullptr) {
        return end(ErrorCode::broker_unreachable,
                   "this program has no descriptors left for a connection; raise its limit");
    }
    set_options(address);
    set_option(events_, ZMQ_RCVHWM, 0);
    set_option(events_, ZMQ_LINGER, 0);
    if (zmq_socket_monitor(native_, monitor.c_str(), watched_events) != 0 ||
        zmq_connect(events_, monitor.c_str()) != 0 || zmq_connect(native_, address.c_str()) != 0) {
        end(ErrorCode::broker_unreachable,
            "cannot connect to " + endpoint_ + ": " + zmq_strerror(zmq_errno()));
    }
}

void ClientSocket::set_options(const std::string& address) {
    set_option(native_, ZMQ_LINGER, 0);
    set_option(native_, ZMQ_SNDHWM, settings_.send_hwm);
    set_option(native_, ZMQ_RCVHWM, settings_.receive_hwm);
    set_option(native_, ZMQ_RECONNECT_IVL, reconnect_never_ms);
    set_option(native_, ZMQ_IMMEDIATE, 0);
    set_option(native_, ZMQ_IPV6, address.find('[') != std::string::npos ? 1 : 0);
    set_heartbeats(native_, settings_.type);
    // The attempt's own deadline comes first.
    set_option(native_, ZMQ_HANDSHAKE_IVL, static_cast<int>(2 * settings_.attempt_limit.count()));
    set_size_max(native_, settings_.keys.has_value());
    if (settings_.keys) {
        const ClientKeys& keys = *settings_.keys;
        const Bytes32& secret = keys.own.secret_key.bytes();
        set_bytes(native_, ZMQ_CURVE_SERVERKEY, keys.server_key.data(), keys.server_key.size());
        set_bytes(native_, ZMQ_CURVE_PUBLICKEY, keys.own.public_key.data(),
                  keys.own.public_key.size());
        set_bytes(native_, ZMQ_CURVE_SECRETKEY, secret.data(), secret.size());
    }
    if (!settings_.claimed_routing_id.empty()) {
        set_bytes(native_, ZMQ_ROUTING_ID, settings_.claimed_routing_id.data(),
                  settings_.claimed_routing_id.size());
    }
    if (settings_.type != ZMQ_SUB) return;
    for (const std::string& topic : settings_.topics) {
        set_bytes(native_, ZMQ_SUBSCRIBE, topic.data(), topic.size());
    }
}

void ClientSocket::drop_socket(Milliseconds linger) noexcept {
    forget_copy();
    has_been_up_ = false;
    has_told_up_ = false;
    if (native_ != nullptr) {
        zmq_socket_monitor(native_, nullptr, 0);
        const int linger_ms = static_cast<int>(linger.count());
        zmq_setsockopt(native_, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
        zmq_close(std::exchange(native_, nullptr));
    }
    if (events_ != nullptr) zmq_close(std::exchange(events_, nullptr));
}

void ClientSocket::take_events() {
    // An event may end this socket and begin the next.
    while (events_ != nullptr && stage_ != Stage::ended) {
        Frame part;
        auto* message = static_cast<zmq_msg_t*>(part.native());
        if (zmq_msg_recv(message, events_, ZMQ_DONTWAIT) < 0) return;
        std::uint16_t kind = 0;
        std::uint32_t value = 0;
        CRIER_ASSERT(part.bytes().size() == sizeof kind + sizeof value, "libzmq's own format");
        std::memcpy(&kind, part.bytes().data(), sizeof kind);
        std::memcpy(&value, part.bytes().data() + sizeof kind, sizeof value);
        Frame place;
        zmq_msg_recv(static_cast<zmq_msg_t*>(place.native()), events_, 0);
        on_event(kind, value);
    }
}

void ClientSocket::on_event(std::uint16_t kind, std::uint32_t value) {
    switch (kind) {
        case ZMQ_EVENT_CONNECTED:
            connected_ = read_clocks().steady;
            forget_copy();
            copy_ = fcntl(static_cast<int>(value), F_DUPFD_CLOEXEC, 0);
            return;
        case ZMQ_EVENT_CLOSED:
            if (!is_up()) on_unreachable("nobody listens there");
            return;
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
            forget_copy();
            has_been_up_ = true;
            stage_ = Stage::up;
            return;
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
            return end(ErrorCode::not_admitted,
                       "the broker at " + endpoint_ +
                           " does not know this key; ask its operators for an invitation");
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
            return on_protocol_failure(value);
        case ZMQ_EVENT_DISCONNECTED:
            if (is_up()) {
                return end(ErrorCode::broker_unreachable,
                           "the connection to " + endpoint_ + " has ended; try again");
            }
            return on_handshake_dropped();
        default:
            return on_handshake_dropped();
    }
}

void ClientSocket::on_protocol_failure(std::uint32_t why) {
    if (why == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH) {
        return end(ErrorCode::server_key_wrong,
                   settings_.keys
                       ? "the broker at " + endpoint_ +
                             " runs without keys: it is not the one of the invitation"
                       : "the broker at " + endpoint_ + " wants keys; use one of its invitations");
    }
    if (why == ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC) {
        return end(ErrorCode::server_key_wrong,
                   "the broker at " + endpoint_ +
                       " does not hold the key of the invitation; ask its operators for a new one");
    }
    on_unreachable("what listens there does not speak ZeroMQ's protocol");
}

/// The other end has closed the connection in the middle of the handshake, without a word. A
/// broker that does not hold the expected key does so each time, as soon as it has greeted; one
/// that was stopped in between, a busy one or a proxy without a broker behind it does not.
void ClientSocket::on_handshake_dropped() {
    if (has_not_greeted()) {
        return on_unreachable("what listens there closes the connection before a greeting");
    }
    if (read_clocks().steady - connected_ > quick_drop) return on_unreachable("it is too busy");
    if (!was_dropped_before_) {
        was_dropped_before_ = true;
        return connect();
    }
    end(ErrorCode::server_key_wrong,
        settings_.keys
            ? "the broker at " + endpoint_ +
                  " does not hold the key of the invitation; ask its operators for a new one"
            : "the broker at " + endpoint_ + " wants keys; use one of its invitations");
}

void ClientSocket::on_unreachable(const std::string& why) {
    if (tried_ < addresses_.size()) return connect_next();
    end(ErrorCode::broker_unreachable, "no broker can be reached at " + endpoint_ + " (" + why +
                                           "); check that crierd runs and that the way is open");
}

void ClientSocket::end(ErrorCode code, std::string detail) {
    resolution_.reset();
    if (!has_been_up_) drop_socket(Milliseconds(0));
    error_ = Error{code, std::move(detail)};
    stage_ = Stage::ended;
}

/// True only when the kernel says so; it does not on ipc.
bool ClientSocket::has_not_greeted() const {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (copy_ < 0 || getsockopt(copy_, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
    const bool is_told = size >= offsetof(tcp_info, tcpi_bytes_received) + sizeof(__u64);
    return is_told && info.tcpi_bytes_received < signature_bytes;
}

void ClientSocket::forget_copy() noexcept {
    if (copy_ >= 0) ::close(std::exchange(copy_, -1));
}

}  // namespace crier::transport
