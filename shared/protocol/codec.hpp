/// \file
/// Frames to bytes and back, as PROTOCOL.md says. Decoding is total: any bytes give a value or an
/// Error, nothing is thrown, and nothing is allocated by a length that was not checked first.
/// Thread-safe: every function works on its arguments alone.

#pragma once

#include "crier/result.hpp"
#include "shared/protocol/messages.hpp"

namespace crier::protocol {

/// Every frame fits limits::frame_bytes_max as long as its members keep their limits; pages are cut
/// by the caller (size_of_item below).
[[nodiscard]] Bytes encode(const FromSession& frame);
[[nodiscard]] Bytes encode(const ToSession& frame);
[[nodiscard]] Bytes encode(const FromOperator& frame);
[[nodiscard]] Bytes encode(const ToOperator& frame);
[[nodiscard]] Bytes encode(const BellMessage& body);

/// The frame of a Bundle, from 1 to unconfirmed_messages_max frames of type Show that are encoded
/// already. It is at most bundle_overhead_max bytes longer than they are together.
[[nodiscard]] Bytes bundle_of(std::span<const BytesView> messages);
inline constexpr std::size_t bundle_overhead_max = 32;

/// Errors, all fix_request: malformed_frame (shape), text_invalid (a message's text or title),
/// attribute_invalid, target_invalid, limit_exceeded; from a session also not_authorized, for an
/// operator's request. The detail names the field: "receipts: list[3].state: not from 1 to 6".
[[nodiscard]] Result<FromSession> decode_from_session(BytesView bytes);
[[nodiscard]] Result<ToSession> decode_to_session(BytesView bytes);
[[nodiscard]] Result<FromOperator> decode_from_operator(BytesView bytes);
[[nodiscard]] Result<ToOperator> decode_to_operator(BytesView bytes);
[[nodiscard]] Result<BellMessage> decode_bell(BytesView bytes);

/// The request number of an operator's frame that did not decode, so that the refusal finds its
/// way back; nullopt when even that cannot be read.
[[nodiscard]] std::optional<std::uint64_t> request_of(BytesView bytes);

/// How many bytes one element takes in a page, for cutting pages at limits::page_bytes_max.
[[nodiscard]] std::size_t size_of_item(const Session& session);
[[nodiscard]] std::size_t size_of_item(const MessageSummary& summary);
[[nodiscard]] std::size_t size_of_item(const SessionOutcome& outcome);
[[nodiscard]] std::size_t size_of_item(const LogEntry& entry);
[[nodiscard]] std::size_t size_of_item(const OnScreen& shown);
[[nodiscard]] std::size_t size_of_item(const RegisteredKey& key);

/// A message's own rules, the same wherever it comes from: 1 to text_bytes_max bytes of text, UTF-8
/// without NUL; a title of one line; placeholders that there are. Errors: text_invalid,
/// limit_exceeded.
[[nodiscard]] Status check(const Content& content);

/// Errors: time_invalid (what goes together, and in which order). What is past is not looked at.
[[nodiscard]] Status check(const Schedule& schedule);

/// Errors: target_invalid (empty list, duplicates), limit_exceeded. The filter is not parsed here.
[[nodiscard]] Status check(const Target& target);

/// Errors: attribute_invalid, limit_exceeded.
[[nodiscard]] Status check(const Attributes& attributes);

}  // namespace crier::protocol
