/// \file
/// What a listener makes of what it hears: each message once, and back after every outage.
///
/// Pure: no socket, clock or thread in it. Not thread-safe.

#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "crier/subscriber.hpp"
#include "shared/base/time.hpp"
#include "shared/protocol/messages.hpp"
#include "subscriber/core/session_core.hpp"
#include "subscriber/core/way_back.hpp"

namespace crier::subscriber {

struct BellHeard {};
struct BellLost {
    Error error;
};
using ListenerEvent =
    std::variant<BellHeard, BellLost, IncomingMessage, MessageChanged, MessageRemoved>;

class ListenerCore {
public:
    /// `attributes`: of who reads it; nullopt: messages stay as they were sent.
    ListenerCore(std::vector<std::string> endpoints, std::uint64_t seed,
                 std::optional<Attributes> attributes = std::nullopt)
        : attributes_(std::move(attributes)), way_back_(std::move(endpoints), seed) {}

    /// The endpoint to open now, if one is due; the caller opens it.
    [[nodiscard]] std::optional<std::string> endpoint_to_open(Instant now);
    /// When endpoint_to_open() has something next.
    [[nodiscard]] std::optional<Instant> next_deadline() const { return open_at_; }

    void on_up(Instant now, std::vector<ListenerEvent>& events);
    void on_down(const Error& error, Instant now, std::vector<ListenerEvent>& events);
    /// Drops what does not decode: a plain listener has nobody to tell.
    void on_rang(std::string_view topic, protocol::BytesView body,
                 std::vector<ListenerEvent>& events);

    /// So many messages back a second copy is recognised.
    static constexpr std::size_t remembered_max = 4'096;
    /// A connection that lasted so long was a good one.
    static constexpr Milliseconds lasting{5'000};

private:
    using Ring = std::tuple<MessageId, std::uint32_t, protocol::BellMessage::Kind>;

    const std::optional<Attributes> attributes_;
    WayBack way_back_;
    std::optional<Instant> open_at_ = Instant{};
    std::optional<Instant> up_since_;
    std::optional<ErrorCode> told_code_;
    std::set<Ring> heard_;
    std::deque<Ring> heard_in_order_;
};

}  // namespace crier::subscriber
