/// \file
/// A DEALER that speaks CURVE (rfc.zeromq.org/spec/26) byte by byte: it can stop at any step, claim
/// anything of itself, and send what libzmq never would.
///
///     RawCurve peer(server_key, CurveKeyPair::generate());
///     ASSERT_TRUE(peer.connect(endpoint));
///     ASSERT_TRUE(peer.shake_hands({{"Socket-Type", "DEALER"}, {"Identity", claimed}}));
///     peer.send(bytes);
///
/// Thread-safety: one thread.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/support/curve_client.hpp"
#include "tests/support/raw_zmtp.hpp"

namespace crier::testing {

class RawCurve {
public:
    using Bytes = RawZmtp::Bytes;
    using BytesView = RawZmtp::BytesView;
    using Properties = RawZmtp::Properties;

    RawCurve(const CurveKey& server_key, const CurveKeyPair& own)
        : own_(own), curve_(server_key, own) {}

    [[nodiscard]] bool connect(const std::string& endpoint, const std::string& source = {}) {
        return wire_.connect(endpoint, source);
    }

    // The handshake, step by step; false: the other end closed, or was silent.
    [[nodiscard]] bool greet(Limit limit = default_limit);
    /// The bodies of the two commands that a client says, to be sent whole, or spoiled.
    [[nodiscard]] Bytes hello() { return RawZmtp::command_of("HELLO", curve_.hello()); }
    [[nodiscard]] std::optional<Bytes> initiate(const Properties& claimed,
                                                Limit limit = default_limit);
    [[nodiscard]] bool is_let_in(Limit limit = default_limit);
    /// All of it.
    [[nodiscard]] bool shake_hands(const Properties& claimed, Limit limit = default_limit);
    [[nodiscard]] bool shake_hands() { return shake_hands({{"Socket-Type", "DEALER"}}); }

    /// After the handshake. False: the connection is gone.
    bool send(BytesView body, bool has_more = false) {
        return wire_.send_frame(curve_.seal(false, body, has_more));
    }
    bool send_command(BytesView body) { return wire_.send_frame(curve_.seal(true, body)); }
    /// As it would be sent.
    [[nodiscard]] BytesView seal(BytesView body) { return curve_.seal(false, body); }

    /// The next message; commands are passed over. nullopt: closed, or nothing in time.
    [[nodiscard]] std::optional<Bytes> receive(Limit limit = default_limit);

    /// What still came until the other end closed, and when that was.
    struct End {
        std::vector<Bytes> messages;
        std::optional<Limit> after;  ///< nullopt: it did not, within the limit.
    };
    [[nodiscard]] End listen_until_closed(Limit limit = default_limit);

    [[nodiscard]] RawZmtp& wire() { return wire_; }
    [[nodiscard]] const CurveKeyPair& keys() const { return own_; }

private:
    CurveKeyPair own_;
    CurveClient curve_;
    RawZmtp wire_;
};

}  // namespace crier::testing
