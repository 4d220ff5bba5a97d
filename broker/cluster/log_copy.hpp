/// \file
/// What one broker asks another of the log that the stream no longer has, and how it is answered:
/// frames over their link that are no business of the engine's.
///
/// Bytes: 0xc1, which begins no MessagePack, then a map. `ask_log`: `generation`, `number`: what
/// follows behind there. `log`: `entries` list of bin (each an envelope, sealed), `places` bin
/// (varints: generation and number of each), `generation`, `number` and `message` id: up to where
/// that goes, `last` bool: the rest is in the stream. With the last of them `members` list of id;
/// with the first, where it has a beginning that was pruned, `pruned_through` seq and `chain` bin.

#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "broker/cluster/envelope.hpp"
#include "broker/cluster/ordering.hpp"
#include "broker/journal/journal.hpp"
#include "shared/base/crypto.hpp"
#include "shared/protocol/messages.hpp"

namespace crier::broker {

using CopyFrame = std::variant<AskPeer, PeerEntries>;

/// So many bytes of entries go into one frame; at least one entry does.
inline constexpr std::size_t copied_bytes_max = 24 * 1024;

[[nodiscard]] bool is_copy_frame(protocol::BytesView frame);

[[nodiscard]] protocol::Bytes encode(const AskPeer& asked);
[[nodiscard]] protocol::Bytes encode(const PeerEntries& entries, const Secret& key);
/// Errors: malformed_frame, limit_exceeded.
Result<CopyFrame> decode_copy_frame(protocol::BytesView frame, const Secret& key);

/// The part of `log` that fits into one frame, of what stands behind the place that was asked for.
/// `newest` is the cursor of the broker that answers; `is_all`: the journal has no more.
[[nodiscard]] PeerEntries copy_of(const std::vector<PlacedEntry>& log, const LogPosition& behind,
                                  const LogCursor& newest, bool is_all);

}  // namespace crier::broker
