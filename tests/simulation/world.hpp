/// \file
/// Virtual time, chance and a network that delays, cuts and fills up: everything around the cores,
/// in one thread, from one seed.

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/core/engine.hpp"
#include "shared/base/time.hpp"
#include "shared/protocol/messages.hpp"

namespace crier::simulation {

/// SplitMix64 (Steele, Lea, Flood 2014): small, fast, and the same on every machine.
class Chance {
public:
    explicit Chance(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next();
    /// 0 to `bound` - 1.
    std::uint64_t below(std::uint64_t bound) { return next() % bound; }
    Milliseconds between(std::int64_t low, std::int64_t high);
    bool one_in(std::uint64_t odds) { return below(odds) == 0; }

private:
    std::uint64_t state_;
};

/// How bad the world is. Odds are "one in".
struct Weather {
    std::int64_t delay_max_ms = 40;
    std::uint64_t cut_odds = 400;  ///< Per frame: its connection ends, with all that is in it.
    std::uint64_t broker_crash_odds = 600;  ///< Per effect of the broker.
    std::uint64_t session_crash_odds = 500;
    std::uint64_t pause_odds = 300;      ///< Per frame to a session: it stops reading for a while.
    std::uint64_t disk_full_odds = 200;  ///< Per transaction.
    /// Per hello: it leaves out messages that the session knows, as one that knows too many does.
    std::uint64_t short_hello_odds = 4;
    std::int64_t absence_max_ms = 2'000;  ///< Of a session that crashed.
    std::size_t pipe_frames_max = 100;    ///< On their way to one client; then it is cut.

    static Weather calm() {
        return {.delay_max_ms = 5,
                .cut_odds = 0,
                .broker_crash_odds = 0,
                .session_crash_odds = 0,
                .pause_odds = 0,
                .disk_full_odds = 0,
                .short_hello_odds = 0};
    }
};

class World {
public:
    World(std::uint64_t seed, Weather first) : chance(seed), weather(first) {}

    [[nodiscard]] Moment now() const { return now_; }
    /// Runs `action` after `delay`, behind what was scheduled for the same time before.
    void after(Milliseconds delay, std::function<void()> action);
    void at(Instant time, std::function<void()> action);
    /// Runs what is due up to `time`, unless time stands still: somebody wakes for ever at once.
    void run_until(Instant time);
    [[nodiscard]] bool is_stuck() const { return at_once_ >= at_once_max; }

    /// Everything that happens goes into the trace's hash; the text too while `is_loud`.
    void trace(const std::string& line);
    [[nodiscard]] std::uint64_t trace_hash() const { return trace_hash_; }
    [[nodiscard]] Instant last_traced() const { return last_traced_; }

    [[nodiscard]] Milliseconds delay() { return chance.between(0, weather.delay_max_ms); }
    /// Odds of 0: never.
    [[nodiscard]] bool strikes(std::uint64_t odds) { return odds != 0 && chance.one_in(odds); }

    Chance chance;
    Weather weather;
    bool is_loud = false;

private:
    /// Small, because a heap moves it about.
    struct Due {
        Instant time;
        std::uint64_t order;
        std::size_t action;  ///< Its place in actions_.
        bool operator<(const Due& other) const {
            return time != other.time ? time > other.time : order > other.order;
        }
    };

    static constexpr std::uint64_t at_once_max = 1'000'000;

    std::uint64_t at_once_ = 0;  ///< Actions that ran at this very time.
    Moment now_{Instant{}, utc_from_ms(1'700'000'000'000)};
    std::uint64_t last_order_ = 0;
    std::vector<Due> due_;  ///< A heap.
    std::vector<std::function<void()>> actions_;
    std::vector<std::size_t> free_places_;  ///< Of actions_.
    Instant last_traced_{};
    std::uint64_t trace_hash_ = 14'695'981'039'346'656'037u;
};

/// One end of a connection that is no broker.
class Client {
public:
    virtual ~Client() = default;
    virtual void on_link_up() = 0;
    virtual void on_link_down(const Error& error) = 0;
    virtual void on_frame(const protocol::Bytes& frame) = 0;
    /// Who runs it, as the kernel tells the broker.
    [[nodiscard]] virtual std::optional<std::string> system_user() const { return std::nullopt; }
};

/// A broker's end of all connections to it.
class Server {
public:
    virtual ~Server() = default;
    [[nodiscard]] virtual bool is_up() const = 0;
    virtual void on_peer_opened(broker::PeerId peer, broker::Door door,
                                const std::optional<std::string>& system_user) = 0;
    virtual void on_peer_closed(broker::PeerId peer) = 0;
    virtual void on_frame(broker::PeerId peer, const protocol::Bytes& frame) = 0;
};

/// Connections between clients and brokers. Frames keep their order, in each direction.
class Network {
public:
    explicit Network(World& world) : world_(world) {}

    /// `server` is to be found at `endpoint`, and outlives this.
    void add(const std::string& endpoint, Server& server) { servers_[endpoint] = &server; }

    /// One attempt; the client hears on_link_up or on_link_down. An earlier connection is dropped.
    void connect(Client& client, const std::string& endpoint, broker::Door door);
    /// Ends the client's connection after what it sent has arrived. It hears nothing more.
    void close(Client& client);
    void send(Client& client, protocol::Bytes frame);
    /// The client stops reading for a while; what arrives waits, and its pipe may fill up.
    void pause(Client& client, Milliseconds time);

    void send(broker::PeerId peer, const protocol::Bytes& frame);
    void cut(broker::PeerId peer);
    /// The broker's process is gone: every connection to it ends.
    void drop_all(const Server& server);

    [[nodiscard]] int full_pipes() const { return full_pipes_; }

private:
    struct Connection {
        Client* client = nullptr;
        Server* server = nullptr;
        broker::PeerId peer{};
        broker::Door door = broker::Door::sessions;
        bool is_open = false;       ///< Both ends think so.
        bool is_announced = false;  ///< The broker has seen a first frame.
        Instant last_to_broker{};
        Instant last_to_client{};
        Instant paused_until{};
        std::deque<protocol::Bytes> to_client;  ///< On the way; they arrive in this order.
    };
    using Shared = std::shared_ptr<Connection>;

    Instant arrival(Instant& last);
    void end(const Shared& connection, bool tell_client, bool tell_broker, const char* why);
    void arrive_at_client(const Shared& connection);

    World& world_;
    std::map<std::string, Server*> servers_;  ///< By endpoint.
    std::map<Client*, Shared> by_client_;
    std::map<broker::PeerId, Shared> by_peer_;
    std::uint64_t last_peer_ = 0;
    int full_pipes_ = 0;
};

}  // namespace crier::simulation
