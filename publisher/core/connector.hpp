/// \file
/// When to connect to which endpoint, and when a connection counts as lost. Pure.
///
///     resting ──time──> opening ──link up──> greeting ──welcome──> welcomed
///        ^                 │                    │                     │
///        └── delay <───────┴──── failed ────────┴───── lost, left ────┘
///
/// The endpoints are tried in order, at once: the invitation's, and behind them those of the other
/// brokers that the last welcome named. A connection that was lost, or a broker that does not take
/// what is asked, is followed by the next endpoint. After a round in which all failed, or refused,
/// comes a delay that doubles up to its cap, with jitter, so that many operators of one broker do
/// not come back together.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "crier/error.hpp"
#include "shared/base/time.hpp"
#include "shared/protocol/messages.hpp"

namespace crier::publisher {

struct ConnectorSettings {
    std::vector<std::string> endpoints;  ///< At least one.
    std::uint64_t seed = 0;              ///< For the jitter; a different one in each process.
    Milliseconds delay_min{200};         ///< After the first failed round.
    Milliseconds delay_max{10'000};
    Milliseconds refused_delay_max{1'000};  ///< When every broker has refused what was asked.
    Milliseconds greeting_max{5'000};       ///< From the hello to the welcome.
};

class Connector {
public:
    explicit Connector(ConnectorSettings settings);

    /// Whether open() is due at `now`.
    [[nodiscard]] bool wants_to_open(Instant now) const;
    /// The endpoint of the next attempt, which begins now.
    [[nodiscard]] const std::string& open();

    /// Of the current or the next attempt.
    [[nodiscard]] const std::string& endpoint() const { return endpoint_; }

    void on_link_up(Instant now);
    void on_welcome(const protocol::OperatorWelcome& welcome, Instant now);
    /// Any frame of the broker is a sign of life.
    void on_frame(Instant now) { heard_at_ = now; }

    /// The attempt failed or the connection ended. True: every endpoint of this round has failed,
    /// and round_error() tells why.
    [[nodiscard]] bool on_link_down(const Error& error, Instant now);

    /// The broker closed the connection on purpose. Who knows another goes there at once, else
    /// comes back after that time. `come_back_after` zero: only somebody's wish (want()) makes the
    /// next attempt.
    void on_goodbye(Milliseconds come_back_after, Instant now);
    void want(Instant now);

    /// Whether there is an endpoint beside the one of this connection.
    [[nodiscard]] bool knows_elsewhere() const { return places().size() > 1; }
    /// This broker does not take now what was asked: the next one is tried at once, or after a
    /// delay when all have refused since the last on_taken(). The caller closes the connection.
    void leave(Instant now);
    /// Likewise where there is no other: so long until it is worth asking the same one again.
    [[nodiscard]] Milliseconds delay_after_refusal();
    /// A broker took what was asked.
    void on_taken();

    /// Whether the broker has been silent for too long.
    [[nodiscard]] bool is_overdue(Instant now) const;
    /// Whether it is time for a sign of life of our own; then the next one is an interval later.
    [[nodiscard]] bool take_heartbeat(Instant now);

    [[nodiscard]] bool is_welcomed() const { return phase_ == Phase::welcomed; }
    [[nodiscard]] bool has_link() const {
        return phase_ == Phase::greeting || phase_ == Phase::welcomed;
    }
    [[nodiscard]] const std::optional<Error>& round_error() const { return round_error_; }
    /// When one of the questions above changes its answer by itself.
    [[nodiscard]] std::optional<Instant> next_deadline() const;

private:
    enum class Phase : std::uint8_t { resting, opening, greeting, welcomed };

    [[nodiscard]] std::vector<std::string> places() const;
    [[nodiscard]] bool is_invited(const std::string& endpoint) const;
    void go_on();
    [[nodiscard]] Milliseconds next_delay();
    [[nodiscard]] Milliseconds jittered(std::uint32_t doublings, Milliseconds longest);

    ConnectorSettings settings_;
    std::vector<std::string> others_;  ///< Of the last welcome that named any, and who said it.
    Phase phase_ = Phase::resting;
    std::optional<Instant> open_at_ = Instant::min();  ///< While resting; nullopt: when wanted.
    std::string endpoint_;
    std::size_t failed_in_round_ = 0;
    std::uint32_t failed_rounds_ = 0;
    std::size_t refused_in_round_ = 0;
    std::uint32_t refused_rounds_ = 0;
    std::optional<Error> round_error_;  ///< The most telling one of the last attempts.
    Instant heard_at_{};
    Instant heartbeat_at_{};
    Milliseconds heartbeat_{limits::heartbeat_interval};
};

}  // namespace crier::publisher
