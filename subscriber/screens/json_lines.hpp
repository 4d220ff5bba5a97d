/// \file
/// The agent's events as JSON, a line each (here without its line end). Pure.
///
/// Keys are stable: later versions may add some. Times are "2026-11-23T21:58:03.120Z", by the
/// broker's clock.
///
///     event         keys besides `event`
///     message       id seq topic text title severity style from sent expires revision again
///                   reminder late countdown_to choices: the text with the time that is left until
///                   countdown_to now; late: when it was due, else null
///     changed       the same: a newer revision of a message
///     escalated     id revision urgency (alert, sound): nobody has acknowledged it for a while
///     removed       id cause (expired, recalled, acknowledged in another session, closed, or
///                   dismissed: the first command for it was carried out)
///     connected     session opened (both null for a listener)
///     disconnected  reason code name will_return
///     acknowledged  id revision: the first command for it was carried out; the broker may learn
///                   of it later
///     answered      id revision choice (from 1) text: the same for an answer to a question
///     error         reason code name: a command was not understood, or the state cannot be kept
///     ended         cause (stopped, replaced, refused, dismissed, dropped) reason code name; the
///                   last line

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "crier/subscriber.hpp"
#include "subscriber/screens/screen.hpp"

namespace crier::screens {

/// `event`: "message" or "changed".
[[nodiscard]] std::string message_line(const char* event, const IncomingMessage& message,
                                       UtcTime now);
[[nodiscard]] std::string escalated_line(const MessageEscalated& escalated);
[[nodiscard]] std::string removed_line(const MessageRemoved& removed);
[[nodiscard]] std::string dismissed_line(const Dismissal& reply);
[[nodiscard]] std::string connected_line(const std::optional<SubscriberConnected>& session);
[[nodiscard]] std::string disconnected_line(const SubscriberDisconnected& outage);
[[nodiscard]] std::string acknowledged_line(const Acknowledgement& reply);
/// `text`: of the choice.
[[nodiscard]] std::string answered_line(const Answer& reply, std::string_view text);
[[nodiscard]] std::string error_line(const Error& error);
[[nodiscard]] std::string ended_line(const std::optional<SubscriberEnded>& end);

}  // namespace crier::screens
