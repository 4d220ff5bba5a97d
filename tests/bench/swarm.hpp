/// \file
/// Thousands of ZMTP connections in one epoll loop on one thread: the load generator's network.
/// It reads many frames with one read(2) and writes what gathered with one write, so that it costs
/// the same, and little, whatever broker is at the other end.

#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/zmtp_peer.hpp"

namespace crier::bench {

/// "tcp://127.0.0.1:7411" as the port; every contestant listens on the loopback.
[[nodiscard]] std::uint16_t port_of(const std::string& endpoint);

class Swarm {
public:
    using Index = std::uint32_t;

    /// Told what happens on the connections that were made with it.
    class Listener {
    public:
        virtual ~Listener() = default;
        /// The handshake is over: send() and subscribe() may be called.
        virtual void on_open(Index connection) = 0;
        virtual void on_message(Index connection, BytesView body) = 0;
        /// After the messages of one read(2): the time to answer them all at once.
        virtual void on_read(Index /*connection*/) {}
        virtual void on_lost(Index connection, const std::string& why) = 0;
    };

    Swarm();
    ~Swarm();
    Swarm(const Swarm&) = delete;
    Swarm& operator=(const Swarm&) = delete;

    /// Starts to connect. Source addresses are spread over 127.0.0.0/24, so that ports do not run
    /// out. `listener` must outlive the connection.
    Index connect(std::uint16_t port, ZmtpPeer::Kind kind, Listener& listener,
                  std::unique_ptr<CurveClient> curve = nullptr);

    /// Queued; on its way at the latest when the next turn() begins.
    void send(Index connection, BytesView body);
    void subscribe(Index connection, std::string_view prefix);

    /// Waits for the network, at most `timeout_ms`, and deals with what has come.
    void turn(int timeout_ms);

private:
    struct Connection {
        int descriptor = -1;
        bool is_told_open = false;
        bool is_dirty = false;        ///< In dirty_.
        bool waits_to_write = false;  ///< The kernel takes no more: EPOLLOUT is asked for.
        Listener* listener = nullptr;
        ZmtpPeer peer;
        std::vector<std::uint8_t> rest;  ///< The begin of a frame that has not come whole.

        Connection(int socket, ZmtpPeer::Kind kind, Listener& told,
                   std::unique_ptr<CurveClient> curve)
            : descriptor(socket), listener(&told), peer(kind, std::move(curve)) {}
    };

    void on_readable(Index connection);
    void flush(Index connection);
    void flush_dirty();
    void mark_dirty(Index connection);
    void ask_for(Index connection, bool writable);
    void lose(Index connection, const std::string& why);

    int epoll_;
    std::deque<Connection> connections_;  ///< A deque, because listeners connect more while called.
    std::vector<Index> dirty_;            ///< Connections with output of this turn.
    std::vector<std::uint8_t> input_;     ///< What one read(2) gave; shared by all connections.
};

}  // namespace crier::bench
