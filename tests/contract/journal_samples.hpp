/// \file
/// Made-up entries, sessions and outcomes for tests of journals.

#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "broker/journal/journal.hpp"

namespace crier::broker::samples {

inline MessageId message_id(std::uint64_t number) {
    MessageId id;
    for (std::size_t i = 0; i < 8; ++i) id.bytes[i] = static_cast<std::uint8_t>(number >> 8 * i);
    id.bytes[15] = 0x4d;
    return id;
}

inline UtcTime at(std::int64_t seconds) {
    return utc_from_ms(1'700'000'000'000 + seconds * 1'000);
}

/// `size` bytes that differ with `salt`.
inline Bytes bytes(std::size_t size, std::uint64_t salt) {
    Bytes made(size);
    std::uint64_t value = salt * 2 + 1;
    for (std::uint8_t& byte : made) {
        value = value * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u;
        byte = static_cast<std::uint8_t>(value >> 56);
    }
    return made;
}

/// Number n was accepted n seconds after at(0).
inline Entry entry(std::uint64_t number) {
    Entry made;
    made.id = message_id(number);
    made.at = at(static_cast<std::int64_t>(number));
    made.principal = "ops-" + std::to_string(number % 3);
    made.content_hash[0] = static_cast<std::uint8_t>(number);
    made.body = bytes(40 + number % 200, number);
    return made;
}

/// Number n, a change of message number `about`.
inline Entry change(std::uint64_t number, std::uint64_t about, EntryKind kind = EntryKind::update) {
    Entry made = entry(number);
    made.kind = kind;
    made.about = message_id(about);
    return made;
}

inline SigningKey signing_key(std::uint8_t number = 1) {
    return SigningKey(Secret(Bytes32{number}));
}

enum class Stay : std::uint8_t { open, closed };

inline SessionRecord session(std::uint32_t number, Stay stay = Stay::open,
                             std::int64_t changed = 0) {
    SessionRecord made;
    made.number = number;
    made.id.bytes[0] = static_cast<std::uint8_t>(number);
    made.id.bytes[1] = static_cast<std::uint8_t>(number >> 8);
    made.is_open = stay == Stay::open;
    made.changed = at(changed);
    made.body = bytes(30 + number % 50, number);
    return made;
}

enum class Ending : std::uint8_t { stays_open, closes };

inline Outcome outcome(std::uint64_t seq, Ending ending, std::uint64_t salt = 0) {
    return {.seq = seq,
            .cells = bytes(100 + seq % 400, seq * 7 + salt),
            .closes = ending == Ending::closes};
}

inline Batch entries(std::uint64_t first, std::uint64_t last) {
    Batch batch;
    for (std::uint64_t number = first; number <= last; ++number) {
        batch.entries.push_back(entry(number));
    }
    return batch;
}

/// Number n stands at number n of `generation`; the cursor is at the last one.
inline Batch placed_entries(std::uint64_t first, std::uint64_t last, std::uint64_t generation = 1) {
    Batch batch = entries(first, last);
    for (std::uint64_t number = first; number <= last; ++number) {
        batch.places.push_back({generation, number});
    }
    batch.cursor = LogCursor{{generation, last}, message_id(last)};
    return batch;
}

/// What another broker says of a log whose entries 1 to `last` it has pruned.
inline PrunedRange beginning(std::uint64_t last) {
    PrunedRange range{.first = 1, .last = last};
    range.chain.fill(static_cast<std::uint8_t>(last));
    range.signature.fill(7);
    return range;
}

inline Batch closings(std::uint64_t first, std::uint64_t last) {
    Batch batch;
    for (std::uint64_t seq = first; seq <= last; ++seq) {
        batch.outcomes.push_back(outcome(seq, Ending::closes));
    }
    return batch;
}

inline Batch facts(const std::string& text) {
    Batch batch;
    batch.facts.assign(text.begin(), text.end());
    return batch;
}

/// Heard `seconds` after at(0).
inline Batch sightings(const std::string& text, int seconds) {
    Batch batch;
    batch.sightings.assign(text.begin(), text.end());
    batch.sighted = at(seconds);
    return batch;
}

inline Batch outcomes(std::vector<Outcome> outcomes) {
    Batch batch;
    batch.outcomes = std::move(outcomes);
    return batch;
}

inline Batch sessions(std::vector<SessionRecord> sessions) {
    Batch batch;
    batch.sessions = std::move(sessions);
    return batch;
}

inline Batch late_receipts(std::vector<LateReceipt> late_receipts) {
    Batch batch;
    batch.late_receipts = std::move(late_receipts);
    return batch;
}

inline Batch forgetting() {
    Batch batch;
    batch.forget_facts = true;
    return batch;
}

inline std::vector<std::string> texts(const std::vector<Bytes>& pieces) {
    std::vector<std::string> all;
    for (const Bytes& piece : pieces) all.emplace_back(piece.begin(), piece.end());
    return all;
}

/// Of each message, newest first.
inline std::vector<std::uint64_t> seqs(const std::vector<StoredMessage>& messages) {
    std::vector<std::uint64_t> all;
    for (const StoredMessage& message : messages) all.push_back(message.entry.seq);
    return all;
}

}  // namespace crier::broker::samples
