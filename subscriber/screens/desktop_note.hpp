/// \file
/// Messages as desktop notifications. Pure.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "crier/subscriber.hpp"
#include "subscriber/screens/notice.hpp"
#include "subscriber/screens/notification_server.hpp"

namespace crier::screens {

/// At most this many are listed in a digest; the others are counted.
inline constexpr std::size_t digest_lines_max = 10;

/// One message. Buttons only for a server that has some.
[[nodiscard]] Note note_of(const IncomingMessage& message, const NoticeExtras& extras,
                           const ServerFacts& facts, const Look& look, UtcTime now);

/// Several plain notifications, in the order in which they came.
[[nodiscard]] Note digest_note_of(std::span<const IncomingMessage> messages,
                                  const ServerFacts& facts, const Look& look, UtcTime now);

/// What a button means: "acknowledge", or "choice-2" from 0.
inline constexpr std::string_view acknowledge_action = "acknowledge";
[[nodiscard]] std::optional<std::uint32_t> choice_of_action(std::string_view action);

/// As markup that shows just this text.
[[nodiscard]] std::string escaped(std::string_view text);

}  // namespace crier::screens
