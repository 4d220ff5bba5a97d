/// \file
/// What makes a changed past visible. Each entry's chain value is a hash over all of its fields and
/// the chain value before it, so that whoever changes one has to change all that follow; and every
/// now and then the newest value is signed.
///
///     chain[n] = BLAKE2b-256(chain[n-1], seq, every field of the entry)
///     head     = {seq, chain[seq], time}, signed
///
/// JOURNAL.md, "Chain and heads", has the exact bytes. Pure; thread-safe.

#pragma once

#include <array>
#include <cstdint>

#include "broker/journal/journal.hpp"
#include "crier/result.hpp"
#include "shared/base/crypto.hpp"

namespace crier::broker {

/// Before the first entry.
inline constexpr Bytes32 chain_start{};

/// A head is signed with each entry whose seq is a multiple of this.
inline constexpr std::uint64_t head_interval = 1'000;

/// Every field, each with its length where that can vary, so that no two entries have the same
/// bytes, whatever is in them.
[[nodiscard]] Bytes canonical_form(std::uint64_t seq, const Entry& entry);

/// The chain value of an entry that follows one whose chain value is `before`.
[[nodiscard]] Bytes32 chain_value(const Bytes32& before, std::uint64_t seq, const Entry& entry);

[[nodiscard]] SignedHead sign_head(std::uint64_t seq, const Bytes32& chain, UtcTime time,
                                   const SigningKey& key);
/// By the key that the head itself names; whether that one is to be trusted is another question.
[[nodiscard]] bool has_valid_signature(const SignedHead& head);

/// Without a key the signature is all zero, and valid for nobody.
[[nodiscard]] Signature sign_pruned(const PrunedRange& range, const SigningKey* key);
[[nodiscard]] bool has_valid_signature(const PrunedRange& range, const Bytes32& public_key);

// A range with which a log begins that was copied from another broker, who had pruned it. Entries
// of it were never here, nor heads; its signature says so, and is none of what pruning signs.

/// Whether a log that has come to `last_seq` can begin behind `range`, which may come from anybody.
/// Errors: malformed_frame (it is no beginning), file_unusable (the log has begun).
Status check_beginning(const PrunedRange& range, std::uint64_t last_seq);
[[nodiscard]] Signature sign_beginning(const PrunedRange& range, const SigningKey* key);
[[nodiscard]] bool is_signed_beginning(const PrunedRange& range, const Bytes32& public_key);

}  // namespace crier::broker
