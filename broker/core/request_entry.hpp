/// \file
/// The journal's entry for what an operator asks.

#pragma once

#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "broker/core/engine.hpp"
#include "broker/core/outcome.hpp"
#include "broker/journal/journal.hpp"
#include "shared/protocol/codec.hpp"

namespace crier::broker {

/// Whether something in it differs when the same is asked for again.
[[nodiscard]] bool has_what_differs(const protocol::Send& send);
[[nodiscard]] bool has_what_differs(const protocol::Update& update);

/// Sets every time that it names to one and the same, and every byte that is sealed.
void forget_what_differs(protocol::Send& send);
void forget_what_differs(protocol::Update& update);

/// The request without what belongs to the asking alone.
template <class Asked>
Bytes stored_form(Asked asked) {
    asked.request = 0;
    if constexpr (requires { asked.follow; }) asked.follow = false;
    if constexpr (requires { asked.dry_run; }) asked.dry_run = false;
    return protocol::encode(protocol::FromOperator{std::move(asked)});
}

/// Of what must be the same when a request is repeated. Times need not: "in 15 minutes" is another
/// time when it is said again, and the first one stands. Nor need what is sealed, but for its
/// length: the same words are never sealed to the same bytes, or the broker could try out what they
/// are.
template <class Asked>
Bytes32 content_hash_of(const Asked& asked, const Bytes& body) {
    if constexpr (requires { has_what_differs(asked); }) {
        if (has_what_differs(asked)) {
            Asked lasting = asked;
            forget_what_differs(lasting);
            return blake2b(stored_form(std::move(lasting)));
        }
    }
    return blake2b(body);
}

template <class Asked>
Bytes32 content_hash_of(const Asked& asked) {
    return content_hash_of(asked, stored_form(asked));
}

/// What an entry holds, back again. `what` it is, for people. Errors: journal_damaged.
template <class Asked>
Result<Asked> asked_in(const StoredEntry& stored, const std::string& what) {
    auto body = protocol::decode_from_operator(stored.entry.body);
    auto* asked = body ? std::get_if<Asked>(&*body) : nullptr;
    if (asked != nullptr) return std::move(*asked);
    return fail(ErrorCode::journal_damaged,
                "entry " + std::to_string(stored.seq) + " holds no " + what + " that can be read");
}

/// Of an entry that is no message, and of which nothing counts any more: only history has it from
/// now on.
[[nodiscard]] inline RecordOutcome end_of_entry(std::uint64_t seq) {
    return {{seq, Cells{}.pack(), true}};
}

template <class Asked>
Entry entry_of(const Asked& asked, EntryKind kind, const PeerFacts& peer, UtcTime now) {
    Entry entry;
    entry.id = asked.id;
    entry.kind = kind;
    if constexpr (requires { asked.message.bytes; }) entry.about = asked.message;
    entry.at = now;
    entry.principal = peer.principal;
    entry.body = stored_form(asked);
    entry.content_hash = content_hash_of(asked, entry.body);
    return entry;
}

}  // namespace crier::broker
