#include "shared/transport/monitor.hpp"

#include <zmq.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <deque>
#include <string>
#include <thread>
#include <unordered_map>
#include <variant>
#include <vector>

#include "shared/base/assert.hpp"
#include "shared/base/crypto.hpp"

namespace crier::transport {
namespace {

constexpr int watched_events = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED;

struct Watch {
    void* events;  ///< A PAIR; from here on the thread's.
};
struct FirstFrame {
    Connection connection;
};
struct Stop {};
using Letter = std::variant<Watch, FirstFrame, Stop>;

/// More than connections can bring in a turn of the thread.
constexpr std::size_t letters_max = 1u << 20;

constexpr std::size_t early_max = 64;

struct ZmqEvent {
    std::uint16_t kind = 0;
    std::uint32_t value = 0;
};

/// False: nothing is there. The second part, an endpoint of our own, is of no use.
bool receive_event(void* socket, ZmqEvent& event) {
    Frame part;
    auto* message = static_cast<zmq_msg_t*>(part.native());
    if (zmq_msg_recv(message, socket, ZMQ_DONTWAIT) < 0) return false;
    const BytesView bytes = part.bytes();
    CRIER_ASSERT(bytes.size() == sizeof event.kind + sizeof event.value, "libzmq's own format");
    std::memcpy(&event.kind, bytes.data(), sizeof event.kind);
    std::memcpy(&event.value, bytes.data() + sizeof event.kind, sizeof event.value);
    Frame endpoint;
    zmq_msg_recv(static_cast<zmq_msg_t*>(endpoint.native()), socket, 0);
    return true;
}

}  // namespace

/// What the thread knows of a connection: the number of its descriptor is its key.
class Monitor::Impl {
public:
    Impl(Context& context, Mailbox<ConnectionHint>& hints, Settings settings)
        : context_(context), hints_(hints), settings_(settings), thread_([this] { run(); }) {}

    ~Impl() {
        post(Stop{});
        thread_.join();
    }

    void watch(const RouterSocket& router);

    void post(Letter&& letter) noexcept {
        const bool is_posted = letters_.post(std::move(letter));
        CRIER_ASSERT(is_posted, "the thread takes letters whatever the network does");
    }

    [[nodiscard]] std::size_t connections() const noexcept { return count_.load(); }

private:
    struct Accepted {
        std::uint64_t cookie = 0;
        bool has_spoken = false;
        bool is_cut = false;
    };
    struct Deadline {
        Instant at;
        Connection connection;
    };

    void run();
    void wait();
    void take_events();
    void on_event(const ZmqEvent& event, Instant now);
    void on_first_frame(const Connection& connection);
    void cut_silent(Instant now);
    [[nodiscard]] bool are_too_many() const;
    void forget(std::unordered_map<int, Accepted>::iterator accepted);
    void hint(ConnectionHint::Kind kind, int descriptor);

    Context& context_;
    Mailbox<ConnectionHint>& hints_;
    const Settings settings_;
    Mailbox<Letter> letters_{letters_max};
    std::atomic<std::size_t> count_{0};

    // The thread's own.
    std::vector<void*> events_;
    std::unordered_map<int, Accepted> accepted_;
    std::size_t cut_ = 0;  ///< Of these: cut, and not reported as ended.
    SpareDescriptor spare_;
    std::deque<Deadline> deadlines_;   ///< In the order of their times.
    std::deque<std::uint64_t> early_;  ///< Cookies that spoke and are not known as accepted.
    bool is_stopping_ = false;

    std::thread thread_;  ///< Last: it uses all of the above.
};

void Monitor::Impl::watch(const RouterSocket& router) {
    const std::string endpoint = "inproc://monitor-" + std::to_string(random_number());
    const int monitored = zmq_socket_monitor(router.native(), endpoint.c_str(), watched_events);
    CRIER_ASSERT(monitored == 0, "the endpoint is new and the socket is open");

    void* events = zmq_socket(context_.native(), ZMQ_PAIR);
    CRIER_ASSERT(events != nullptr, "a broker's context has room for its few sockets");
    // Without a limit, so that libzmq's threads never wait for this one.
    const int none = 0;
    zmq_setsockopt(events, ZMQ_RCVHWM, &none, sizeof none);
    zmq_setsockopt(events, ZMQ_LINGER, &none, sizeof none);
    const int connected = zmq_connect(events, endpoint.c_str());
    CRIER_ASSERT(connected == 0, "zmq_socket_monitor() has bound it");
    post(Watch{events});
}

void Monitor::Impl::run() {
    std::vector<Letter> letters;
    while (!is_stopping_) {
        wait();
        // Letters first, then events, then what the letters say: libzmq reports a connection
        // before anyone can have read a frame of it.
        letters_.take_all(letters);
        for (const Letter& letter : letters) {
            if (const auto* watch = std::get_if<Watch>(&letter)) events_.push_back(watch->events);
            if (std::holds_alternative<Stop>(letter)) is_stopping_ = true;
        }
        take_events();
        for (const Letter& letter : letters) {
            if (const auto* spoke = std::get_if<FirstFrame>(&letter)) {
                on_first_frame(spoke->connection);
            }
        }
        letters.clear();
        cut_silent(read_clocks().steady);
        count_.store(accepted_.size());
    }
    for (void* events : events_) zmq_close(events);
}

void Monitor::Impl::wait() {
    std::vector<zmq_pollitem_t> items;
    items.push_back({nullptr, letters_.descriptor(), ZMQ_POLLIN, 0});
    for (void* events : events_) items.push_back({events, -1, ZMQ_POLLIN, 0});
    long timeout = -1;
    if (!deadlines_.empty()) {
        const Milliseconds left = deadlines_.front().at - read_clocks().steady;
        timeout = static_cast<long>(std::max(left, Milliseconds(0)).count());
    }
    zmq_poll(items.data(), static_cast<int>(items.size()), timeout);
}

void Monitor::Impl::take_events() {
    const Instant now = read_clocks().steady;
    for (void* events : events_) {
        ZmqEvent event;
        while (receive_event(events, event)) on_event(event, now);
    }
}

void Monitor::Impl::on_event(const ZmqEvent& event, Instant now) {
    const int descriptor = static_cast<int>(event.value);
    if (event.kind == ZMQ_EVENT_DISCONNECTED) {
        const auto found = accepted_.find(descriptor);
        if (found == accepted_.end()) return;
        if (found->second.has_spoken) hint(ConnectionHint::Kind::disconnected, descriptor);
        forget(found);
        return;
    }
    const std::optional<Connection> connection = Connection::at(descriptor);
    if (!connection) return;
    Accepted& accepted = accepted_[descriptor];
    if (accepted.cookie == connection->cookie()) return;
    if (accepted.is_cut) --cut_;  // Its end was not reported.
    const auto early = std::find(early_.begin(), early_.end(), connection->cookie());
    accepted = {connection->cookie(), early != early_.end()};
    deadlines_.push_back({now + settings_.first_frame_limit, *connection});
}

void Monitor::Impl::on_first_frame(const Connection& connection) {
    const auto found = accepted_.find(connection.descriptor());
    if (found != accepted_.end() && found->second.cookie == connection.cookie()) {
        found->second.has_spoken = true;
        return;
    }
    // It ended before its first frame was read; or, hardly ever, libzmq's thread was held up before
    // it could report the acceptance. The hint does no harm then.
    hint(ConnectionHint::Kind::disconnected, connection.descriptor());
    early_.push_back(connection.cookie());
    if (early_.size() > early_max) early_.pop_front();
}

bool Monitor::Impl::are_too_many() const {
    return settings_.accepted_max > 0 && accepted_.size() - cut_ > settings_.accepted_max;
}

void Monitor::Impl::cut_silent(Instant now) {
    while (!deadlines_.empty() && (deadlines_.front().at <= now || are_too_many())) {
        const Connection connection = deadlines_.front().connection;
        deadlines_.pop_front();
        const auto found = accepted_.find(connection.descriptor());
        if (found == accepted_.end() || found->second.cookie != connection.cookie()) continue;
        if (found->second.has_spoken) continue;
        if (connection.cut(&spare_)) {
            found->second.is_cut = true;
            ++cut_;
            hint(ConnectionHint::Kind::silent, connection.descriptor());
        } else {
            forget(found);  // Its end was not reported.
        }
    }
}

void Monitor::Impl::forget(std::unordered_map<int, Accepted>::iterator accepted) {
    if (accepted->second.is_cut) --cut_;
    accepted_.erase(accepted);
}

void Monitor::Impl::hint(ConnectionHint::Kind kind, int descriptor) {
    // When it is full the hint is lost, and a heartbeat finds out.
    static_cast<void>(hints_.post(ConnectionHint{kind, descriptor}));
}

Monitor::Monitor(Context& context, Mailbox<ConnectionHint>& hints, Settings settings)
    : impl_(std::make_unique<Impl>(context, hints, settings)) {}

Monitor::~Monitor() = default;

void Monitor::watch(const RouterSocket& router) {
    impl_->watch(router);
}

void Monitor::first_frame(const Connection& connection) noexcept {
    impl_->post(FirstFrame{connection});
}

std::size_t Monitor::connections() const noexcept {
    return impl_->connections();
}

}  // namespace crier::transport
