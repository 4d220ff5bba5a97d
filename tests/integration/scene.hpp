/// \file
/// Real sockets, played by one thread: clients and doors take turns until something has happened.
///
///     Scene scene;                                  // a context and its ZAP handler
///     RouterSocket door = scene.open(domain::sessions);
///     Client& client = scene.add_client(keys);
///     client.open(door);
///     ASSERT_TRUE(scene.until([&] { return client.is_up; }));

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/security/zap.hpp"
#include "shared/transport/connection.hpp"
#include "shared/transport/poller.hpp"
#include "shared/transport/router_socket.hpp"
#include "shared/transport/zmq_client_link.hpp"

namespace crier::testing {

using transport::Arrival;
using transport::Bytes;
using transport::BytesView;
using transport::ClientKeys;
using transport::Connection;
using transport::Context;
using transport::DoorSettings;
using transport::Frame;
using transport::KeyPair;
using transport::RouterSocket;
using transport::RoutingId;
using transport::SendResult;
using transport::ZmqClientLink;

[[nodiscard]] Bytes bytes_of(std::string_view text);
[[nodiscard]] std::string text_of(BytesView bytes);

/// A client, and what has become of it.
class Client {
public:
    Client(Context& context, ZmqClientLink::Settings settings) : link(context, settings) {}

    ZmqClientLink link;
    bool is_up = false;
    int times_up = 0;
    int times_down = 0;
    std::vector<std::string> frames;
    std::optional<Error> down;  ///< Of the last attempt.

    void open(const std::string& endpoint) {
        is_up = false;
        down.reset();
        link.open(endpoint);
    }
    void drain();
    [[nodiscard]] bool send(std::string_view text) { return link.send(bytes_of(text)); }
};

/// What came in at a door, in order.
struct Seen {
    Arrival::Kind kind{};
    RoutingId from;
    std::string text;
    std::optional<std::string> session_id;
    std::optional<std::string> key;
    std::optional<std::string> address;
    std::optional<Connection> connection;
};

/// A door and what it has seen.
class Door {
public:
    explicit Door(RouterSocket opened) : socket(std::move(opened)) {}

    RouterSocket socket;
    std::vector<Seen> seen;

    [[nodiscard]] const std::string& endpoint() const { return socket.endpoints().front(); }
    [[nodiscard]] SendResult send(const RoutingId& peer, std::string_view text) {
        return socket.send(peer, bytes_of(text));
    }
    /// The first that sent `text`; nullptr: nobody did.
    [[nodiscard]] const Seen* find(std::string_view text) const;
    void receive();
};

class Scene {
public:
    enum class Security : std::uint8_t { curve, none };
    enum class Zap : std::uint8_t { running, absent };

    explicit Scene(Security security = Security::curve, Zap zap = Zap::running);

    Context context{Context::for_broker()};
    const KeyPair broker_keys = KeyPair::generate();
    const KeyPair operator_keys = KeyPair::generate();
    const KeyPair listener_keys = KeyPair::generate();

    /// As a broker would have it, on a free port of 127.0.0.1 unless `endpoints` says otherwise.
    [[nodiscard]] DoorSettings settings(std::string_view domain,
                                        std::vector<std::string> endpoints = {}) const;
    Door& open(const DoorSettings& settings);
    Door& open(std::string_view domain) { return open(settings(domain)); }

    /// With these keys, with keys of its own, or without any where there is no CURVE.
    Client& add_client(const KeyPair& own);
    Client& add_client() { return add_client(KeyPair::generate()); }
    Client& add_client(const ZmqClientLink::Settings& settings);
    /// Connects and says hello; returns once the door has seen the frame, which is `text`.
    Client& add_client_to(Door& door, std::string_view text);

    /// Lets everyone take turns until `is_so`; false: not within the limit.
    [[nodiscard]] bool until(const std::function<bool()>& is_so,
                             Milliseconds limit = Milliseconds(5'000));
    /// Lets everyone take turns for so long, whatever happens.
    void play_for(Milliseconds time) {
        static_cast<void>(until([] { return false; }, time));
    }

    [[nodiscard]] broker::ZapServer& zap() { return *zap_; }
    [[nodiscard]] bool is_secure() const { return security_ == Security::curve; }

    std::vector<std::unique_ptr<Client>> clients;

private:
    void take_turns();
    void wait(Milliseconds limit);

    const Security security_;
    broker::Principals principals_;
    std::unique_ptr<broker::ZapServer> zap_;
    std::vector<std::unique_ptr<Door>> doors_;
};

}  // namespace crier::testing
