#include "shared/transport/monitor.hpp"

#include <zmq.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <deque>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "shared/base/assert.hpp"
#include "shared/base/crypto.hpp"
#include "shared/transport/newcomers.hpp"
#include "shared/transport/zmq_event.hpp"

namespace crier::transport {
namespace {

/// Not HANDSHAKE_FAILED_PROTOCOL: libzmq 4.3 reports with it a message whose box does not open as
/// well, forgets meanwhile that it was an error, and leaves the connection open.
constexpr int watched_events = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED |
                               ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                               ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;

/// What ZAP has said, by its number.
constexpr std::uint32_t zap_try_later = 300;

enum class WatchedDoor : std::uint8_t { plain, metered, bell };

struct Watch {
    void* events;  ///< A PAIR; from here on the thread's.
    WatchedDoor door = WatchedDoor::plain;
    std::string failed{};  ///< Why the handshake of the connection failed whose end comes next.
};
struct FirstFrame {
    Connection connection;
};
struct Stop {};
using Letter = std::variant<Watch, FirstFrame, Stop>;

/// More than connections can bring in a turn of the thread.
constexpr std::size_t letters_max = 1u << 20;

constexpr std::size_t early_max = 64;

}  // namespace

/// What the thread knows of a connection: the number of its descriptor is its key.
class Monitor::Impl {
public:
    Impl(Context& context, Mailbox<ConnectionHint>& hints, Settings settings)
        : context_(context),
          hints_(hints),
          settings_(settings),
          newcomers_(settings.newcomers_max),
          thread_([this] { run(); }) {}

    ~Impl() {
        post(Stop{});
        thread_.join();
    }

    void watch(void* socket, WatchedDoor door);

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
        WatchedDoor door{};
        const void* events = nullptr;  ///< Of the door that it came in by.
        std::string place{};           ///< Until it has spoken.
        std::uint64_t received = 0;    ///< Bytes, a second ago at most; until it has spoken 0.
        std::uint64_t grown = 0;       ///< Bytes, when that was told last.
    };
    using AcceptedOnes = std::unordered_map<int, Accepted>;
    struct Deadline {
        Instant at;
        Connection connection;
    };

    void run();
    void wait();
    void take_events();
    void on_event(const ZmqEvent& event, Watch& watch, Instant now);
    void on_accepted(const ZmqEvent& event, const Watch& watch, Instant now);
    void on_disconnected(int descriptor, Watch& watch);
    void on_first_frame(const Connection& connection);
    void on_proven(Accepted& accepted);
    void cut_silent(Instant now);
    void cut_flooding(Instant now);
    [[nodiscard]] bool is_flooding(int descriptor, Accepted& accepted, bool is_second);
    void cut(const Connection& connection, ConnectionHint::Kind why);
    [[nodiscard]] bool are_too_many() const;
    void forget(AcceptedOnes::iterator accepted);
    void hint(ConnectionHint hint);
    [[nodiscard]] bool is_news(const ConnectionHint& hint);

    Context& context_;
    Mailbox<ConnectionHint>& hints_;
    const Settings settings_;
    Mailbox<Letter> letters_{letters_max};
    std::atomic<std::size_t> count_{0};

    // The thread's own.
    std::vector<Watch> watches_;
    AcceptedOnes accepted_;
    Newcomers newcomers_;
    std::size_t cut_ = 0;     ///< Of these: cut, and not reported as ended.
    std::size_t spoken_ = 0;  ///< Of these: have spoken.
    SpareDescriptor spare_;
    std::set<std::pair<std::string, std::string>> told_;  ///< Reasons and places.
    Instant told_since_{};
    Instant next_look_{};              ///< At what newcomers have sent.
    Instant next_second_{};            ///< At what all have sent.
    std::deque<Deadline> deadlines_;   ///< In the order of their times.
    std::deque<std::uint64_t> early_;  ///< Cookies that spoke and are not known as accepted.
    bool is_stopping_ = false;

    std::thread thread_;  ///< Last: it uses all of the above.
};

void Monitor::Impl::watch(void* socket, WatchedDoor door) {
    const std::string endpoint = "inproc://monitor-" + std::to_string(random_number());
    const int monitored = zmq_socket_monitor(socket, endpoint.c_str(), watched_events);
    CRIER_ASSERT(monitored == 0, "the endpoint is new and the socket is open");

    void* events = zmq_socket(context_.native(), ZMQ_PAIR);
    CRIER_ASSERT(events != nullptr, "a broker's context has room for its few sockets");
    // Without a limit, so that libzmq's threads never wait for this one.
    const int none = 0;
    zmq_setsockopt(events, ZMQ_RCVHWM, &none, sizeof none);
    zmq_setsockopt(events, ZMQ_LINGER, &none, sizeof none);
    const int connected = zmq_connect(events, endpoint.c_str());
    CRIER_ASSERT(connected == 0, "zmq_socket_monitor() has bound it");
    post(Watch{events, door});
}

void Monitor::Impl::run() {
    std::vector<Letter> letters;
    while (!is_stopping_) {
        wait();
        // Letters first, then events, then what the letters say: libzmq reports a connection
        // before anyone can have read a frame of it.
        letters_.take_all(letters);
        for (const Letter& letter : letters) {
            if (const auto* watch = std::get_if<Watch>(&letter)) watches_.push_back(*watch);
            if (std::holds_alternative<Stop>(letter)) is_stopping_ = true;
        }
        take_events();
        for (const Letter& letter : letters) {
            if (const auto* spoke = std::get_if<FirstFrame>(&letter)) {
                on_first_frame(spoke->connection);
            }
        }
        letters.clear();
        const Instant now = read_clocks().steady;
        cut_silent(now);
        cut_flooding(now);
        count_.store(spoken_);
    }
    for (const Watch& watch : watches_) zmq_close(watch.events);
}

void Monitor::Impl::wait() {
    std::vector<zmq_pollitem_t> items;
    items.push_back({nullptr, letters_.descriptor(), ZMQ_POLLIN, 0});
    for (const Watch& watch : watches_) items.push_back({watch.events, -1, ZMQ_POLLIN, 0});
    std::optional<Instant> next;
    if (!deadlines_.empty()) next = deadlines_.front().at;
    if (settings_.bytes_max > 0 && !accepted_.empty()) {
        // Whoever is not new any more is looked at once a second.
        const Instant look = deadlines_.empty() ? next_second_ : next_look_;
        next = next ? std::min(*next, look) : look;
    }
    long timeout = -1;
    if (next) {
        const Milliseconds left = *next - read_clocks().steady;
        timeout = static_cast<long>(std::max(left, Milliseconds(0)).count());
    }
    zmq_poll(items.data(), static_cast<int>(items.size()), timeout);
}

void Monitor::Impl::take_events() {
    const Instant now = read_clocks().steady;
    for (Watch& watch : watches_) {
        ZmqEvent event;
        while (receive_event(watch.events, event)) on_event(event, watch, now);
    }
}

void Monitor::Impl::on_event(const ZmqEvent& event, Watch& watch, Instant now) {
    const int descriptor = static_cast<int>(event.value);
    if (event.kind == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL) {
        watch.failed = "gave up";
    } else if (event.kind == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) {
        if (event.value == zap_try_later) {
            watch.failed = "told to wait";
        } else {
            // It ends when its client has heard it, so that nobody can tell which it is.
            hint({ConnectionHint::Kind::failed, -1, 0, {}, "refused"});
        }
    } else if (event.kind == ZMQ_EVENT_DISCONNECTED) {
        on_disconnected(descriptor, watch);
    } else {
        on_accepted(event, watch, now);
    }
}

/// Each door tells of its own in their order, but doors are read one after the other: so the number
/// may be that of a connection of another door by now, or still be known as that of one.
void Monitor::Impl::on_accepted(const ZmqEvent& event, const Watch& watch, Instant now) {
    const int descriptor = static_cast<int>(event.value);
    const std::optional<Connection> connection = Connection::at(descriptor);
    if (!connection || !connection->came_in_at(event.endpoint)) return;
    if (const auto known = accepted_.find(descriptor); known != accepted_.end()) {
        if (known->second.cookie == connection->cookie()) return;
        // Its end was not reported so far.
        if (known->second.has_spoken) {
            hint({ConnectionHint::Kind::disconnected, descriptor, known->second.cookie, {}, {}});
        }
        forget(known);
    }
    const auto early = std::find(early_.begin(), early_.end(), connection->cookie());
    Accepted& accepted = accepted_[descriptor];
    accepted.cookie = connection->cookie();
    accepted.door = watch.door;
    accepted.events = watch.events;
    deadlines_.push_back({now + settings_.first_frame_limit, *connection});
    if (early != early_.end()) return on_proven(accepted);
    accepted.place = connection->place();
    const auto one_too_many = newcomers_.add(accepted.place, *connection, now);
    if (one_too_many) cut(*one_too_many, ConnectionHint::Kind::crowded);
}

void Monitor::Impl::on_disconnected(int descriptor, Watch& watch) {
    const auto found = accepted_.find(descriptor);
    // Else the number is another connection's by now, which came in by another door.
    const bool is_known = found != accepted_.end() && found->second.events == watch.events;
    if (is_known && found->second.has_spoken) {
        hint({ConnectionHint::Kind::disconnected, descriptor, found->second.cookie, {}, {}});
        return forget(found);
    }
    // Without a word from libzmq it is the broker that would not go on.
    std::string failed = std::exchange(watch.failed, {});
    if (failed.empty()) failed = "broken off";
    // Whom the monitor has cut it has told of.
    const bool is_told = is_known && found->second.is_cut;
    if (!is_told) {
        hint({ConnectionHint::Kind::failed, descriptor, 0, is_known ? found->second.place : "",
              std::move(failed)});
    }
    if (is_known) forget(found);
}

void Monitor::Impl::on_first_frame(const Connection& connection) {
    const auto found = accepted_.find(connection.descriptor());
    if (found != accepted_.end() && found->second.cookie == connection.cookie()) {
        return on_proven(found->second);
    }
    // It ended before its first frame was read; or, hardly ever, libzmq's thread was held up before
    // it could report the acceptance. The hint does no harm then.
    hint(
        {ConnectionHint::Kind::disconnected, connection.descriptor(), connection.cookie(), {}, {}});
    early_.push_back(connection.cookie());
    if (early_.size() > early_max) early_.pop_front();
}

void Monitor::Impl::on_proven(Accepted& accepted) {
    if (std::exchange(accepted.has_spoken, true)) return;
    ++spoken_;
    newcomers_.remove(accepted.place, accepted.cookie);
    accepted.place = {};
}

bool Monitor::Impl::are_too_many() const {
    return settings_.accepted_max > 0 && accepted_.size() - cut_ > settings_.accepted_max;
}

void Monitor::Impl::cut_silent(Instant now) {
    while (!deadlines_.empty() && (deadlines_.front().at <= now || are_too_many())) {
        const auto [at, connection] = deadlines_.front();
        deadlines_.pop_front();
        const auto found = accepted_.find(connection.descriptor());
        if (found == accepted_.end() || found->second.cookie != connection.cookie()) continue;
        if (found->second.has_spoken) continue;
        if (found->second.door == WatchedDoor::bell && at <= now) {
            on_proven(found->second);
        } else {
            cut(connection, ConnectionHint::Kind::silent);
        }
    }
}

void Monitor::Impl::cut_flooding(Instant now) {
    constexpr Milliseconds newcomers_apart{100};
    constexpr Milliseconds second{1'000};
    if (settings_.bytes_max == 0 || now < std::min(next_look_, next_second_)) return;
    const bool is_second = now >= next_second_;
    next_look_ = now + newcomers_apart;
    if (is_second) next_second_ = now + second;
    std::vector<Connection> flooding;
    for (auto& [descriptor, accepted] : accepted_) {
        if (!is_flooding(descriptor, accepted, is_second)) continue;
        const auto connection = Connection::at(descriptor);
        if (connection && connection->cookie() == accepted.cookie) flooding.push_back(*connection);
    }
    for (const Connection& one : flooding) cut(one, ConnectionHint::Kind::flooding);
}

bool Monitor::Impl::is_flooding(int descriptor, Accepted& accepted, bool is_second) {
    if (accepted.door != WatchedDoor::metered || accepted.is_cut) return false;
    if (accepted.has_spoken && !is_second) return false;
    const std::uint64_t received = Connection::received_by(descriptor);
    const std::uint64_t before = accepted.received;
    if (accepted.has_spoken) {
        accepted.received = received;
        if (received - accepted.grown >= settings_.bytes_max / ConnectionHint::growths_max) {
            accepted.grown = received;
            hint({ConnectionHint::Kind::growing, descriptor, accepted.cookie, {}, {}});
        }
    }
    return received > before + settings_.bytes_max;
}

void Monitor::Impl::cut(const Connection& connection, ConnectionHint::Kind why) {
    const auto found = accepted_.find(connection.descriptor());
    if (found == accepted_.end() || found->second.cookie != connection.cookie()) return;
    if (found->second.is_cut) return;
    newcomers_.remove(found->second.place, found->second.cookie);
    std::string place = connection.place();
    if (!connection.cut(&spare_)) return forget(found);  // Its end was not reported.
    found->second.is_cut = true;
    ++cut_;
    hint({why, connection.descriptor(), connection.cookie(), std::move(place), {}});
}

void Monitor::Impl::forget(std::unordered_map<int, Accepted>::iterator accepted) {
    if (accepted->second.is_cut) --cut_;
    if (accepted->second.has_spoken) --spoken_;
    newcomers_.remove(accepted->second.place, accepted->second.cookie);
    accepted_.erase(accepted);
}

/// Whoever floods the door with broken connections is told of once a second, so that hints of
/// others have room.
bool Monitor::Impl::is_news(const ConnectionHint& hint) {
    using Kind = ConnectionHint::Kind;
    if (hint.kind != Kind::crowded && hint.kind != Kind::failed) return true;
    constexpr Milliseconds second{1'000};
    constexpr std::size_t told_max = 1'000;
    const Instant now = read_clocks().steady;
    if (now - told_since_ >= second) {
        told_.clear();
        told_since_ = now;
    }
    return told_.size() < told_max && told_.emplace(hint.reason, hint.place).second;
}

void Monitor::Impl::hint(ConnectionHint hint) {
    if (!is_news(hint)) return;
    // When it is full the hint is lost, and a heartbeat finds out.
    static_cast<void>(hints_.post(std::move(hint)));
}

Monitor::Monitor(Context& context, Mailbox<ConnectionHint>& hints, Settings settings)
    : impl_(std::make_unique<Impl>(context, hints, settings)) {}

Monitor::~Monitor() = default;

void Monitor::watch(const RouterSocket& router, bool is_metered) {
    impl_->watch(router.native(), is_metered ? WatchedDoor::metered : WatchedDoor::plain);
}

void Monitor::watch(const XpubSocket& xpub) {
    impl_->watch(xpub.native(), WatchedDoor::bell);
}

void Monitor::first_frame(const Connection& connection) noexcept {
    impl_->post(FirstFrame{connection});
}

std::size_t Monitor::connections() const noexcept {
    return impl_->connections();
}

}  // namespace crier::transport
