/// \file
/// What the log says of keys, and of tickets that count no more: each entry changes some of them,
/// and of each the newest word counts. Keys of which it says nothing are as they were at the start.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "broker/core/principals.hpp"
#include "broker/core/ticket.hpp"
#include "crier/registered_key.hpp"
#include "shared/base/time.hpp"

namespace crier::broker {

/// Not thread-safe: owned by the engine.
class KeyRing {
public:
    /// An entry that changes keys, but for what it says of them.
    struct Source {
        std::uint64_t seq = 0;
        MessageId id;
        UtcTime at{};
        std::string by;
        Bytes32 content_hash{};
    };

    /// `first`: whose keys count until the log says something else of them.
    explicit KeyRing(const Principals& first);

    /// Why nobody can make this change now. Errors: target_invalid, limit_exceeded.
    [[nodiscard]] std::optional<Error> refusal_of(const KeyChange& change, UtcTime now) const;

    /// Takes in an entry. In a cluster they may come in another order at another broker, when its
    /// log was put back in order: it is their times that decide, and then their ids.
    /// Returns the seqs of entries, this one perhaps among them, of which nothing counts any more.
    [[nodiscard]] std::vector<std::uint64_t> take(const Source& source, const KeyChange& change);

    /// The entry with this id, while something of it counts.
    [[nodiscard]] const Source* source(const MessageId& id) const;

    /// Later than every change so far.
    [[nodiscard]] UtcTime time_of_change(UtcTime now) const;

    /// nullptr: not registered, or revoked. One that has expired is there.
    [[nodiscard]] const RegisteredKey* find(const PublicKey& key) const;
    [[nodiscard]] bool was_revoked(const PublicKey& key) const;
    /// All that were, registered by the log or from the start.
    [[nodiscard]] std::vector<PublicKey> revoked() const;
    /// Registered so that sessions come in by it, though that may have expired.
    [[nodiscard]] bool is_for_sessions(const PublicKey& key) const;
    /// By its id, or as one of its user's. Its server's clock may be ahead: one that was issued up
    /// to limits::ticket_early_max after the revocation counts as issued before.
    [[nodiscard]] bool was_revoked(const Ticket& ticket) const;
    /// By key, those behind `after`.
    [[nodiscard]] std::vector<const RegisteredKey*> list(
        const std::optional<PublicKey>& after) const;

    /// What counts at that time, if `change` is made before.
    [[nodiscard]] Principals in_force(UtcTime now, const KeyChange& change = {}) const;
    /// When one of those in force expires next.
    [[nodiscard]] std::optional<UtcTime> next_expiry(UtcTime now) const;

private:
    /// What was said last of a key.
    struct Word {
        std::uint64_t seq = 0;  ///< 0: it is so from the start.
        UtcTime at{};
        MessageId id;
        std::optional<RegisteredKey> said;  ///< nullopt: it was revoked.
    };
    struct Kept {
        Source source;
        std::size_t words = 0;  ///< That count.
    };
    /// When something was revoked.
    struct Revocation {
        std::uint64_t seq = 0;
        UtcTime at{};
    };
    using Revocations = std::map<std::string, Revocation>;

    void say(const Source& source, const PublicKey& key, std::optional<RegisteredKey> said,
             std::vector<std::uint64_t>& over);
    void revoke(Revocations& revocations, const Source& source, const std::string& name,
                std::vector<std::uint64_t>& over);
    [[nodiscard]] std::size_t revocations() const { return tickets_.size() + tickets_of_.size(); }
    [[nodiscard]] std::size_t pointless_revocations(UtcTime now) const;
    void make_room(UtcTime now, std::vector<std::uint64_t>& over);
    void let_go(std::uint64_t seq, std::vector<std::uint64_t>& over);

    std::map<PublicKey, Word> words_;
    Revocations tickets_;                 ///< By id.
    Revocations tickets_of_;              ///< By user.
    std::map<std::uint64_t, Kept> kept_;  ///< By seq.
};

}  // namespace crier::broker
