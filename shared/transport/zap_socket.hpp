/// \file
/// ZeroMQ's question who may come in, and the answer (rfc.zeromq.org/spec/27). The decision is made
/// in broker/security.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "crier/result.hpp"
#include "shared/base/crypto.hpp"
#include "shared/transport/context.hpp"
#include "shared/transport/frame.hpp"

namespace crier::transport {

enum class Mechanism : std::uint8_t { null, plain, curve, other };

struct ZapRequest {
    Bytes reply_to;    ///< Names the asking connection.
    Bytes request_id;  ///< To be repeated.
    std::string domain;
    std::string address;  ///< IP address; "localhost" on ipc.
    Mechanism mechanism = Mechanism::other;
    Bytes32 public_key{};  ///< With Mechanism::curve only.
};

struct ZapReply {
    enum class Verdict : std::uint16_t {
        admitted = 200,
        try_later = 300,  ///< Dropped without a word.
        refused = 400,    ///< Told so.
    };
    Verdict verdict = Verdict::refused;
    std::string user_id;
    std::vector<std::pair<std::string, std::string>> metadata;  ///< With Verdict::admitted only.
};

/// Thread-safety: one thread for all calls, construction and destruction. Nothing blocks.
class ZapSocket {
public:
    /// Must be open before any server socket of the same context is bound.
    /// Errors: in_use, when the context has a handler already.
    [[nodiscard]] static Result<ZapSocket> open(Context& context);

    /// A new one in the place of `old`, which is asked no more and can still answer who has asked
    /// it. A connection keeps the pipe by which it asked, two queues of 16 KiB in libzmq, until it
    /// ends or the socket that it asked is closed: so that memory comes back.
    /// Between the two sockets there are some microseconds without a handler, in which a newcomer
    /// is dropped: call it when nobody comes.
    /// Errors: overloaded, and `old` stays in its place; in_use, and there is no handler any more.
    [[nodiscard]] static Result<ZapSocket> open_in_place_of(ZapSocket& old, Context& context);

    ZapSocket(ZapSocket&& other) noexcept;
    ZapSocket& operator=(ZapSocket&& other) noexcept;
    ~ZapSocket();

    /// nullopt: nothing is there. A request that breaks the rules of ZAP gets no
    /// answer, so that its connection ends at the handshake's limit.
    [[nodiscard]] std::optional<ZapRequest> receive();

    void reply(const ZapRequest& request, const ZapReply& reply);

    /// For this folder only.
    [[nodiscard]] void* native() const noexcept { return native_; }

private:
    explicit ZapSocket(void* native) : native_(native) {}
    [[nodiscard]] static Result<ZapSocket> unbound(Context& context);
    [[nodiscard]] Status bind();

    void* native_;
};

}  // namespace crier::transport
