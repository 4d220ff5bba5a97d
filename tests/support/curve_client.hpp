/// \file
/// The client's end of the CURVE mechanism (rfc.zeromq.org/spec/26): commands and boxes as bytes.
/// For peers that say what libzmq never would, and for the load generator, whose cost of a
/// connection is then the same for every broker and free of libzmq's threads. Not for anything that
/// must keep a secret: keys live and die with a run.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace crier::testing {

using CurveKey = std::array<std::uint8_t, 32>;

struct CurveKeyPair {
    CurveKey public_key{};
    CurveKey secret_key{};

    static CurveKeyPair generate();
    static CurveKeyPair of(const CurveKey& secret_key);
};

/// The calls come in this order: hello, on_welcome, on_ready, then seal and open at will. Each
/// takes and gives the bytes of a command behind its name.
class CurveClient {
public:
    CurveClient(const CurveKey& server_key, const CurveKeyPair& own_keys);

    [[nodiscard]] std::vector<std::uint8_t> hello();
    /// The INITIATE to send; empty when the WELCOME is not from the holder of the server's key.
    [[nodiscard]] std::vector<std::uint8_t> on_welcome(std::span<const std::uint8_t> welcome,
                                                       std::span<const std::uint8_t> metadata);
    [[nodiscard]] bool on_ready(std::span<const std::uint8_t> ready);

    struct Opened {
        std::span<std::uint8_t> body;
        bool is_command = false;
        bool has_more = false;
    };
    /// Opens a MESSAGE in place; nullopt when it is forged, repeated or out of order.
    [[nodiscard]] std::optional<Opened> open(std::span<std::uint8_t> message);
    /// A whole MESSAGE, its name included. Valid until the next call.
    [[nodiscard]] std::span<const std::uint8_t> seal(bool is_command,
                                                     std::span<const std::uint8_t> body,
                                                     bool has_more = false);

private:
    CurveKey server_key_;
    CurveKeyPair own_;
    CurveKeyPair transient_;
    CurveKey shared_{};           ///< Of the two transient keys, computed once.
    std::uint64_t sent_ = 0;      ///< The last short nonce used.
    std::uint64_t received_ = 0;  ///< The last one seen.
    std::vector<std::uint8_t> sealed_;
};

}  // namespace crier::testing
