/// \file
/// The catalogue of peers that break the protocol: what each does, and what it must get.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "crier/error.hpp"
#include "tests/integration/peers_stage.hpp"

namespace crier::testing {

/// One misbehaving peer: a connection by hand with a key and an address of its own.
class Hostile {
public:
    Hostile(PeersStage& stage, std::string address, const CurveKeyPair& own);

    [[nodiscard]] bool connect();
    /// Through the sessions' door, as a DEALER that claims nothing else, or `claims`.
    [[nodiscard]] bool come_in(const RawCurve::Properties& claims = {});
    /// And is welcomed.
    [[nodiscard]] bool join(const RawCurve::Properties& claims = {});
    [[nodiscard]] RawCurve::Bytes hello() const;
    void say(const protocol::FromSession& frame);
    void say(const protocol::FromOperator& frame);
    void say(const RawCurve::Bytes& bytes) { peer.send(bytes); }
    /// What comes now, until a message to all has; false: the connection ended, or none came.
    [[nodiscard]] bool is_served();
    void listen_to_the_end(std::chrono::milliseconds limit);

    PeersStage& stage;
    std::string address;
    CurveKeyPair keys;
    RawCurve peer;
    Recorder heard;
    std::optional<Limit> closed_after;
};

using Crowd = std::vector<std::unique_ptr<Hostile>>;

/// Brings all of them through the sessions' door step by step, so that nobody waits for the other's
/// handshake. `claims`: of each, by its place in the crowd. Returns how many are in.
[[nodiscard]] std::size_t come_in_at_once(
    const Crowd& crowd, const std::function<RawCurve::Properties(std::size_t)>& claims = {});

struct Misbehaviour {
    enum class Fate : std::uint8_t {
        dropped,  ///< Cut by the transport, without a word.
        refused,  ///< Told why, and cut.
        ignored,  ///< It changes nothing: whoever did it is served as before.
    };
    std::string_view name;
    Fate fate{};
    ErrorCode code{};             ///< With refused.
    bool is_key_refused = false;  ///< And told so when it comes back.
    /// What the security log says besides its address; empty: nothing.
    std::string_view logged;
    /// Up to the frame that should not be. False: it did not even get so far.
    std::function<bool(Hostile&)> act;
};

/// By when in a connection they misbehave.
[[nodiscard]] std::vector<Misbehaviour> misbehaviours_in_the_handshake();
[[nodiscard]] std::vector<Misbehaviour> misbehaviours_before_the_hello();
[[nodiscard]] std::vector<Misbehaviour> misbehaviours_after_the_welcome();

}  // namespace crier::testing
