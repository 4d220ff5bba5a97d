/// \file
/// The messages that the broker holds in memory: those that may still change by themselves, and
/// the newest of the others. Older ones are in the journal only.

#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "broker/core/engine.hpp"
#include "broker/core/outcome.hpp"
#include "shared/protocol/filter.hpp"

namespace crier::broker {

/// What an operator asks that becomes an entry.
using Change = std::variant<protocol::Update, protocol::Recall>;
using Request = std::variant<protocol::Send, protocol::Update, protocol::Recall>;

/// A change that the message has taken in, so that it is known when it is asked for again.
struct TakenChange {
    MessageId id;
    std::string principal;
    Bytes32 content_hash{};
};

struct Message {
    std::uint64_t seq = 0;
    MessageId id;
    std::uint32_t revision = 1;
    std::string principal;
    Bytes32 content_hash{};
    UtcTime sent{};
    Content content;
    Target target;                           ///< Its session ids are in order.
    std::optional<protocol::Filter> filter;  ///< Of target.where.
    std::optional<UtcTime> expires;
    UtcTime deliver_until{};

    Cells cells;
    SharedFrame frame;     ///< `message`, ready to be sent.
    bool is_over = false;  ///< deliver_until has passed, or it was recalled.
    bool is_recalled = false;
    bool is_final = false;           ///< No state of it changes by itself any more.
    bool is_outcome_dirty = false;   ///< The journal's outcome is older than the cells,
    bool has_untold_change = false;  ///< and no fact says when one of them changed.
    bool is_tally_dirty = false;     ///< Followers have not heard of the newest counts.
    std::vector<PeerId> followers;
    std::vector<TakenChange> changes;
    std::size_t changes_on_the_way = 0;  ///< To the disk.
    std::vector<bool> asks_again;        ///< Of the revisions from 2 on.

    /// It has left every screen, or is to: nothing of it can change any more.
    [[nodiscard]] bool is_off_screen() const { return is_recalled || (is_over && expires); }

    /// Why it leaves, or has left, every screen.
    [[nodiscard]] protocol::RemovalCause removal_cause() const {
        return is_recalled ? protocol::RemovalCause::recalled : protocol::RemovalCause::expired;
    }

    /// A session that comes before deliver_until gets it too, if the target names it.
    [[nodiscard]] bool is_standing() const {
        return expires.has_value() && target.kind != Target::Kind::sessions;
    }
    /// Takes over a target as it was asked for. Requires: its filter parses.
    void aim_at(Target asked);
    /// Whether `session` is of the target; says nothing about when it opened.
    [[nodiscard]] bool names(const Session& session) const;
    /// Milliseconds from `sent`, as cells keep them.
    [[nodiscard]] std::uint32_t since_sent(UtcTime at) const;
};

/// The request that an entry holds. Errors: journal_damaged, when it does not decode.
Result<protocol::Send> request_in(const StoredEntry& stored);

/// The same of an entry that changes a message.
Result<Change> change_in(const StoredEntry& stored);

/// `request` is the one that the entry holds.
[[nodiscard]] Message message_from(const StoredEntry& stored, protocol::Send request,
                                   Milliseconds deliver_default);

/// Takes in what an update says, as the next revision; whom that is news for is not worked out.
/// `deliver_default`: how long a message without an expiry is delivered, from `at` on.
void take_in(Message& message, const protocol::Update& update, UtcTime at,
             Milliseconds deliver_default);

/// A message with its changes, as history or a start has them; its cells are empty, and a change
/// that does not decode is an error. Errors: journal_damaged.
Result<Message> message_from(const StoredMessage& stored, Milliseconds deliver_default);

/// The `message` frame, the same bytes for every session.
[[nodiscard]] const SharedFrame& frame_of(Message& message);

/// As lists show it.
[[nodiscard]] protocol::MessageSummary summary_of(const Message& message);

class Messages {
public:
    Messages() = default;
    Messages(const Messages&) = delete;  // It points into itself.
    Messages& operator=(const Messages&) = delete;

    /// Adds it as not final.
    Message& add(Message message);

    [[nodiscard]] Message* find(std::uint64_t seq);
    [[nodiscard]] Message* find(const MessageId& id);
    /// By the id of a change that it has taken in.
    [[nodiscard]] Message* find_by_change(const MessageId& change);
    void remember(Message& message, TakenChange change);

    /// The seqs of those that are not final, in order.
    [[nodiscard]] std::vector<std::uint64_t> not_final() const;
    [[nodiscard]] std::size_t not_final_count() const { return pending_.size(); }
    /// The seqs of those whose deliver_until has not passed, in order.
    [[nodiscard]] std::vector<std::uint64_t> not_over() const;

    /// Works out `is_final`; true when it has just become so.
    bool settle(Message& message);
    /// A final message is to change once more; settle() is to follow.
    void unsettle(Message& message);

    /// From now on it is delivered until message.deliver_until; settle() is to follow.
    void reopen(Message& message);
    /// It is off every screen, and not delivered any more.
    void recall(Message& message);
    /// The seqs of those that were recalled.
    [[nodiscard]] const std::set<std::uint64_t>& recalled() const { return recalled_; }

    /// Marks those whose time has come as over, and hands them out.
    std::vector<Message*> take_over(UtcTime now);
    [[nodiscard]] std::optional<UtcTime> next_over() const;

    /// What final messages cost beyond `cells_max`, counted in cells.
    [[nodiscard]] std::size_t surplus(std::size_t cells_max) const {
        return settled_cells_ > cells_max ? settled_cells_ - cells_max : 0;
    }
    /// The oldest final messages, until they have cost `cells` together; to be forgotten.
    std::vector<std::uint64_t> take_settled(std::size_t cells);
    void forget(std::uint64_t seq);

    [[nodiscard]] std::map<std::uint64_t, Message>& all() { return messages_; }

private:
    /// Where find() found one lately: under load the same few are asked for again and again.
    struct Recent {
        std::uint64_t seq = 0;
        Message* message = nullptr;
    };
    static constexpr std::size_t recent_count = 64;

    std::map<std::uint64_t, Message> messages_;
    std::array<Recent, recent_count> recent_;
    std::unordered_map<MessageId, std::uint64_t> seqs_;
    std::set<std::uint64_t> pending_;
    std::set<std::pair<UtcTime, std::uint64_t>> deadlines_;  ///< deliver_until of those not over.
    std::unordered_map<MessageId, std::uint64_t> changes_;   ///< Whose they are.
    std::set<std::uint64_t> recalled_;
    std::deque<std::uint64_t> settled_;  ///< In the order of becoming final.
    std::size_t settled_cells_ = 0;
};

}  // namespace crier::broker
