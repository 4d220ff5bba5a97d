/// \file
/// Checks a log against its chain, piece by piece, from the first entry to the newest.
///
///     ChainCheck check(head_kept_elsewhere);
///     while (check.take(*journal.read_audit(check.after(), 256))) {}
///     check.verdict();
///
/// Whom it stops: whoever can write the journal but has not the broker's signing key. A change is
/// found at the entry where it was made; one that was followed by making all later chain values
/// anew, at the next head, which cannot be made anew. Who has the key too is found by a head that
/// was kept elsewhere. JOURNAL.md says the same for people.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "broker/journal/journal.hpp"

namespace crier::broker {

/// What a check found; with `entry`, its finding's, as it lies there now.
struct CheckedLog {
    AuditVerdict verdict;
    std::optional<StoredEntry> entry;
};

/// Pure, and not thread-safe. Pieces may be of different times: what was appended or pruned between
/// two of them is no finding.
class ChainCheck {
public:
    /// `kept`: a head that was kept elsewhere, whose key is trusted, too.
    explicit ChainCheck(std::optional<SignedHead> kept = std::nullopt);

    /// Behind which seq the next piece is to begin.
    [[nodiscard]] std::uint64_t after() const { return next_ - 1; }

    /// Of at least 2 rows, unless it is the last. True: more is wanted.
    bool take(const AuditPiece& piece);

    [[nodiscard]] const CheckedLog& checked() const { return checked_; }

private:
    void finish(const AuditPiece& piece);
    bool check_row(const AuditPiece& piece, std::size_t index);
    bool cross_gap(const AuditPiece& piece, std::uint64_t until);
    bool check_heads(const AuditPiece& piece, std::uint64_t last, const Bytes32& chain,
                     const PrunedRange* gap);
    bool check_head(const SignedHead& head, const Bytes32* chain);
    void compare_kept(const AuditPiece& piece, std::uint64_t last, const Bytes32& chain);
    [[nodiscard]] bool is_signed(const PrunedRange& range) const;
    [[nodiscard]] bool is_beginning(const PrunedRange& range) const;
    [[nodiscard]] bool is_trusted(const Bytes32& key) const;
    /// Notes the first finding. False: there is no going on.
    bool find(AuditFault fault, std::uint64_t first, std::uint64_t last, std::string detail,
              const StoredEntry* entry = nullptr);
    bool find_edited(const AuditPiece& piece, std::size_t index, const Bytes32& value);

    const std::optional<SignedHead> kept_;
    std::optional<Bytes32> own_key_;
    CheckedLog checked_;
    std::uint64_t next_ = 1;
    Bytes32 chain_{};           ///< Of entry next_ - 1.
    std::uint64_t proven_ = 0;  ///< Up to this entry a signature vouches for the chain.
};

}  // namespace crier::broker
