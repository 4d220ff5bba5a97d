/// \file
/// Where to connect next, and after what pause.
///
///     a run begins              the invitation's endpoints in order, then what is known of others
///     a connection has ended    the other brokers, by chance and weight, then the rest of the
///                               invitation, and the endpoint it came from last
///     the broker was alone      as when a run begins
///
/// Each endpoint is tried once, with short pauses; then comes a longer, jittered one that doubles
/// from round to round. Thousands of sessions that lose a broker at once come back spread over the
/// first pause, and over the other brokers.
///
/// Pure: its random numbers come from a seed. Not thread-safe.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "crier/time.hpp"
#include "shared/protocol/messages.hpp"

namespace crier::subscriber {

class WayBack {
public:
    /// `endpoints`: of the invitation, at least one.
    WayBack(std::vector<std::string> endpoints, std::uint64_t seed);

    /// Of the attempt that is next, or runs.
    [[nodiscard]] const std::string& endpoint() const { return endpoint_; }

    /// Others of an earlier run: for when the invitation's endpoints have failed.
    void recall(std::vector<protocol::OtherPlace> others) { others_ = std::move(others); }
    /// The broker at endpoint() welcomed, and named these. One that is alone names none: who was
    /// named last is then tried last.
    void on_welcome(const std::vector<protocol::OtherPlace>& others);

    // Each returns the pause before the next attempt.

    /// The attempt failed, or the connection had hardly begun.
    [[nodiscard]] Milliseconds after_failure();
    /// A connection that had lasted ended.
    [[nodiscard]] Milliseconds after_loss();
    /// The broker stops, and named a time. Who knows no other comes back to it, not before that
    /// time; else they spread over the others within it.
    [[nodiscard]] Milliseconds after_goodbye(Milliseconds come_back_after);

private:
    void begin_round();
    [[nodiscard]] std::optional<std::string> next_untried();
    [[nodiscard]] std::optional<std::string> untried_other();
    [[nodiscard]] bool is_tried(const std::string& endpoint) const;
    [[nodiscard]] std::uint64_t random_below(std::uint64_t bound);
    [[nodiscard]] Milliseconds random_up_to(Milliseconds most);

    std::vector<std::string> invited_;
    std::uint64_t random_state_;
    std::string endpoint_;
    std::vector<std::string> tried_;  ///< In this round, without endpoint_.
    std::uint32_t failed_rounds_ = 0;

    std::vector<protocol::OtherPlace> others_;  ///< Of the last welcome that named any.
    bool goes_elsewhere_ = false;               ///< The last welcome named others.
    std::string came_from_;                     ///< Who welcomed last; empty: nobody yet.
};

}  // namespace crier::subscriber
