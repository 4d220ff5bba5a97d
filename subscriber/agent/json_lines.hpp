/// \file
/// The agent's events as JSON, a line each (here without its line end). Pure.
///
/// Keys are stable: later versions may add some. Times are "2026-11-23T21:58:03.120Z", by the
/// broker's clock.
///
///     event         keys besides `event`
///     message       id seq topic text title severity style from sent expires revision again
///     changed       the same: a newer revision of a message
///     removed       id cause (expired, recalled)
///     connected     session opened (both null for a listener)
///     disconnected  reason code name will_return
///     acknowledged  id revision: the first command for it was carried out; the broker may learn
///                   of it later
///     error         reason code name: a command was not understood, or the state cannot be kept
///     ended         cause (stopped, replaced, refused, dismissed) reason code name; the last line

#pragma once

#include <optional>
#include <string>

#include "crier/subscriber.hpp"
#include "subscriber/agent/screen.hpp"

namespace crier::agent {

/// `event`: "message" or "changed".
[[nodiscard]] std::string message_line(const char* event, const IncomingMessage& message);
[[nodiscard]] std::string removed_line(const MessageRemoved& removed);
[[nodiscard]] std::string connected_line(const std::optional<SubscriberConnected>& session);
[[nodiscard]] std::string disconnected_line(const SubscriberDisconnected& outage);
[[nodiscard]] std::string acknowledged_line(const Acknowledgement& answer);
[[nodiscard]] std::string error_line(const Error& error);
[[nodiscard]] std::string ended_line(const std::optional<SubscriberEnded>& end);

}  // namespace crier::agent
