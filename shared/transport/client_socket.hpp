/// \file
/// What both client links stand on: one attempt on one fresh socket, from the host's name to the
/// end of the connection. For this folder only.
///
///     resolving ──> connecting ──> up ──> (gone)
///         │             │ ^
///         │             └─┘ the next address, or once more to be sure of a wrong key
///         └─────────────┴──> (gone)

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "crier/error.hpp"
#include "shared/base/time.hpp"
#include "shared/transport/context.hpp"
#include "shared/transport/keys.hpp"
#include "shared/transport/resolver.hpp"

namespace crier::transport {

/// Thread-safety: one thread at a time. Nothing blocks.
class ClientSocket {
public:
    struct Settings {
        int type = 0;  ///< ZeroMQ's: a DEALER or a SUB.
        std::optional<ClientKeys> keys;
        Milliseconds attempt_limit{5'000};
        int send_hwm = 256;
        int receive_hwm = 256;
        std::string claimed_routing_id;
        std::vector<std::string> topics;
    };
    struct Progress {
        bool has_come_up = false;
        std::optional<Error> ended;  ///< After what native() still has to give; then call drop().
    };

    ClientSocket(Context& context, Settings settings);
    ~ClientSocket();
    ClientSocket(const ClientSocket&) = delete;
    ClientSocket& operator=(const ClientSocket&) = delete;

    void open(const std::string& endpoint);

    /// Takes in what has happened since.
    [[nodiscard]] Progress advance();

    /// Ends it. What was sent has `linger` to leave.
    void drop(Milliseconds linger) noexcept;

    [[nodiscard]] bool is_up() const { return stage_ == Stage::up; }
    /// It is up, or was up and may have left frames to receive.
    [[nodiscard]] bool has_been_up() const { return has_been_up_; }
    /// The socket to send on and to receive from; nullptr: none.
    [[nodiscard]] void* native() const { return native_; }

    [[nodiscard]] std::vector<int> descriptors() const;
    [[nodiscard]] Milliseconds wake_after() const;

private:
    enum class Stage : std::uint8_t { idle, resolving, connecting, up, ended };

    void take_addresses();
    void connect_next();
    void connect();
    void set_options(const std::string& address);
    void drop_socket(Milliseconds linger) noexcept;
    void take_events();
    void on_event(std::uint16_t kind, std::uint32_t value);
    void on_handshake_dropped();
    void on_protocol_failure(std::uint32_t why);
    void on_unreachable(const std::string& why);
    void end(ErrorCode code, std::string detail);
    [[nodiscard]] bool has_not_greeted() const;
    void forget_copy() noexcept;

    Context& context_;
    const Settings settings_;

    Stage stage_ = Stage::idle;
    std::string endpoint_;
    std::optional<Resolution> resolution_;
    std::vector<std::string> addresses_;  ///< In the order in which they are tried.
    std::size_t tried_ = 0;               ///< Of addresses_, the present one included.
    bool was_dropped_before_ = false;     ///< At the present address, during the handshake.
    Instant deadline_{};                  ///< Of the attempt.
    Instant address_deadline_{};          ///< Of the present address.
    Instant connected_{};
    int copy_ = -1;  ///< Of the descriptor, during the handshake.
    std::optional<Error> error_;
    bool has_been_up_ = false;
    bool has_told_up_ = false;

    void* native_ = nullptr;
    void* events_ = nullptr;
};

}  // namespace crier::transport
