/// \file
/// The words for the broker's log: what operators did, in an order that cannot be changed unseen.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crier/id.hpp"
#include "crier/message.hpp"
#include "crier/result.hpp"
#include "crier/time.hpp"

namespace crier {

/// Something that an operator did.
struct AuditEntry {
    std::uint64_t seq = 0;
    MessageId id{};                        ///< Of the request; of a message its own.
    std::string kind{};                    ///< "message", "update", "recall"; others may come.
    std::optional<MessageId> about{};      ///< Of a change: the message that it changes.
    UtcTime at{};                          ///< When the broker took it in.
    std::string principal{};               ///< Who asked.
    std::array<std::uint8_t, 32> chain{};  ///< Over this entry and all before it.

    // What was asked for. Nothing of it is there in an entry of a kind that this library does not
    // know.
    std::optional<Target> target{};
    std::optional<std::string> text{};
    std::optional<std::string> title{};
    std::optional<Severity> severity{};
    std::optional<Style> style{};
    std::optional<UtcTime> expires{};
    bool ask_again = false;

    bool operator==(const AuditEntry&) const = default;
};

/// A message on the screen of a session, at the time that was asked about.
struct OnScreen {
    SessionId session{};
    std::string user{};
    bool user_verified = false;  ///< Else the session claims the name.
    std::string system_user{};
    bool system_user_verified = false;
    std::string machine{};
    std::string application{};

    MessageId message{};
    std::uint64_t seq = 0;
    std::uint32_t revision = 1;
    std::string by{};   ///< Who put it there: who sent the message, or changed it to what it said.
    UtcTime said{};     ///< When they did.
    Content content{};  ///< What it said then, in all its languages.
    UtcTime shown{};    ///< Since when it was there, as the session says.
    /// False: it was there when the broker last heard of it, and nobody knows whether it still was.
    bool is_certain = true;

    bool operator==(const OnScreen&) const = default;
};

/// What was on screens at a time.
struct Screens {
    std::vector<OnScreen> list{};  ///< By session, then in the order in which they were shown.
    /// Nothing is known of before: the broker's records begin then. nullopt: there are none.
    std::optional<UtcTime> known_since{};
    /// So many sessions match, of those that the records know. Zero: perhaps a name is misspelt.
    std::size_t sessions = 0;

    bool operator==(const Screens&) const = default;
};

/// Which entries; what is not given is not asked about.
struct AuditFilter {
    std::optional<UtcTime> since{};         ///< Taken in then or later.
    std::string by{};                       ///< This principal's.
    std::string kind{};                     ///< "message", "update", ….
    std::optional<MessageId> about{};       ///< This message, and its changes.
    std::optional<std::uint64_t> before{};  ///< With a seq below this one.
};

/// Says what the log was, as of one entry: kept elsewhere, it proves later that nothing up to there
/// was changed.
struct AuditHead {
    std::uint64_t seq = 0;                 ///< Zero: of an empty log.
    std::array<std::uint8_t, 32> chain{};  ///< Of that entry.
    UtcTime time{};                        ///< When it was signed.
    std::array<std::uint8_t, 32> key{};    ///< The broker's public key for this (Ed25519).
    std::array<std::uint8_t, 64> signature{};

    bool operator==(const AuditHead&) const = default;
};

/// "crier1.head.1000.1764000000000.<chain in hex>.<key>.<signature>", the last two in base64url: in
/// this form a head is printed, kept, and given back.
[[nodiscard]] std::string to_line(const AuditHead& head);
/// Errors: usage_invalid. The signature is not looked at.
[[nodiscard]] Result<AuditHead> parse_audit_head(std::string_view line);

/// What is wrong with a log (PROTOCOL.md, "audit fault").
enum class AuditFault : std::uint8_t {
    edited = 0,      ///< An entry is not what was written.
    missing = 1,     ///< Entries are gone, and nothing that the broker has signed says why.
    inserted = 2,    ///< An entry is where none can be.
    rewritten = 3,   ///< Among these entries some were changed, and all chain values after them.
    cut_off = 4,     ///< Entries that there were are missing at the end.
    head_wrong = 5,  ///< A head is missing, or was signed by somebody else.
};
[[nodiscard]] std::string_view name_of(AuditFault fault) noexcept;

struct AuditFinding {
    AuditFault fault = AuditFault::edited;
    std::uint64_t first = 0;        ///< The entry, or the first of those entries.
    std::uint64_t last = 0;         ///< The last of them.
    std::optional<MessageId> id{};  ///< Of the entry, as it says now.
    std::string detail{};           ///< What differs, for people.

    bool operator==(const AuditFinding&) const = default;
};

/// What a check of the whole log found.
struct AuditVerdict {
    std::optional<AuditFinding> finding{};  ///< The first one. nullopt: the log is whole.
    std::uint64_t entries = 0;              ///< Checked.
    std::uint64_t pruned = 0;               ///< Those the broker has pruned, with its signature.
    std::uint64_t heads = 0;                ///< Checked.
    std::uint64_t seq = 0;                  ///< Of the last entry that was checked.
    std::array<std::uint8_t, 32> chain{};   ///< Of that entry.
    /// The head that was given could be compared; false: of its entry only the signed fact is left
    /// that it was pruned.
    bool is_compared = true;

    [[nodiscard]] bool is_whole() const { return !finding; }
    bool operator==(const AuditVerdict&) const = default;
};

}  // namespace crier
