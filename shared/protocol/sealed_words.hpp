/// \file
/// Private messages: what one says is sealed where it is sent, for the key of the one session that
/// it is for, and opened there (PROTOCOL.md, "Private messages"). Nobody between reads it.
///
///     words ──seal_words()──> sealed ──send, journal, message──> open_words() ──> words
///     cover_of(words) ──> what everybody between sees in their place
///
/// Thread-safe: every function works on its arguments alone.

#pragma once

#include "crier/message.hpp"
#include "crier/registered_key.hpp"
#include "crier/result.hpp"
#include "shared/base/crypto.hpp"
#include "shared/protocol/messages.hpp"

namespace crier::protocol {

/// What whoever cannot open it is shown instead of its text.
inline constexpr std::string_view private_text = "(private)";

/// The content as everybody may see it: no word of it, but how severe it is, its times, and how
/// many choices it has.
[[nodiscard]] Content cover_of(const Content& content);

/// Seals the words of a message for a session's key. `content` has passed check(). `ephemeral`: a
/// key pair's secret half that is used this once; anything else than a random one is for tests.
/// Errors: session_key_wrong, for a key that no secret belongs to.
[[nodiscard]] Result<Bytes> seal_words(const Content& content, const MessageId& id,
                                       const PublicKey& session_key,
                                       const Secret& ephemeral = Secret::random());

/// What the message says, opened with the session's secret key: its words, and of the rest what
/// `show` has. Errors: malformed_frame, with why it cannot be opened, which fits a receipt's cause.
[[nodiscard]] Result<Content> open_words(const Show& show, const Secret& session_secret);

}  // namespace crier::protocol
