/// \file
/// The messages that a session knows, and how far each has come: shown once, replaced by a newer
/// revision, taken off in time, reported until the broker has confirmed it, forgotten when it
/// cannot come again.
///
///     Show ─> Store(KeepMessage) ─> StoreDone ─> Deliver ─> Reported ─> Store(MarkMessage) +
///     receipt
///
/// Every receipt says when its revision came on the screen and left it, as far as this run knows:
/// a state that comes later changes neither.
///
/// Pure, not thread-safe. Protocol: PROTOCOL.md, "Delivery", "What was on a screen" and "States of
/// a message at a session".

#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "crier/result.hpp"
#include "shared/base/time.hpp"
#include "shared/protocol/messages.hpp"
#include "subscriber/core/last_words.hpp"
#include "subscriber/core/receipt_queue.hpp"
#include "subscriber/core/records.hpp"
#include "subscriber/core/session_core.hpp"

namespace crier::subscriber {

/// The time of a step, as the table needs it.
struct Now {
    Instant steady;
    UtcTime broker;
};

/// Numbers the Store effects of a core.
class StoreCounter {
public:
    /// Appends the effect and returns its number; 0, and nothing is appended, without a store.
    std::uint64_t store(Record record, Effects& effects);
    explicit StoreCounter(bool has_store) : has_store_(has_store) {}

private:
    bool has_store_;
    std::uint64_t stores_ = 0;
};

class MessageTable {
public:
    /// `attributes`: the session's own, for placeholders and languages. `secret_key`: opens what is
    /// private. Both outlive the table.
    MessageTable(SessionId session, const Attributes& attributes,
                 const std::optional<Secret>& secret_key, StoreCounter& stores)
        : session_(session), attributes_(attributes), secret_key_(secret_key), stores_(stores) {}

    /// Takes over what an earlier run kept, and hands over again what it may not have shown.
    void load(const RecordTable& kept, Now now, Effects& effects);

    /// Errors: limit_exceeded, when every message remembered may still come again.
    Status on_show(protocol::Show show, Now now, Effects& effects);
    void on_remove(const protocol::Remove& remove, Now now, Effects& effects);
    void on_reported(const Reported& report, Now now, Effects& effects);
    void on_stored(std::uint64_t up_to, Now now, Effects& effects);

    /// Takes off what has expired, and forgets what cannot come again.
    void collect(Now now, Effects& effects);
    /// When collect() next has work, by the broker's clock.
    [[nodiscard]] std::optional<UtcTime> next_deadline() const;

    /// For a hello: the newest first, at most limits::known_max.
    [[nodiscard]] std::vector<protocol::Known> known() const;

    /// A new connection: every receipt that was not confirmed is to be sent (again).
    void on_welcome(Now now);
    [[nodiscard]] std::optional<Instant> receipts_due_at() const { return receipts_.due_at(); }
    /// The receipts of one frame, at most receipts_per_frame_max; empty when there are no more.
    [[nodiscard]] std::vector<protocol::Receipt> take_receipts(std::uint64_t frame_number, Now now);
    /// The broker has stored all frames up to this number of this connection.
    void on_confirmed(std::uint64_t frame_number, Effects& effects);

    [[nodiscard]] bool is_storing() const { return !awaiting_store_.empty(); }
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

private:
    struct Standing {
        std::uint32_t revision = 1;
        Mark mark;
    };
    struct Entry {
        protocol::Show show;  ///< Text and title only until they were handed over.
        Mark mark;
        bool is_with_program = false;  ///< Handed over, and neither taken back nor put away.
        bool is_on_screen = false;     ///< This run has shown it, and not taken it off.
        bool is_over = false;          ///< Expired or recalled: not to be shown.
        bool is_repeat = false;        ///< An earlier run may have shown it, this one has not yet.
        bool has_report = false;       ///< The program said what became of this revision.
        std::uint64_t show_after = 0;  ///< The store that is awaited before it is handed over.
        std::uint64_t answer_after = 0;  ///< The store that is awaited before the answer is told.
        std::uint64_t sent_in = 0;       ///< The frame of this connection that tells this mark.
        std::size_t escalated = 0;       ///< So many steps were told.
        std::optional<UtcTime> deadline;
        /// An older revision, on the screen until this one takes its place or both are taken off.
        std::optional<Standing> standing;
    };

    [[nodiscard]] static protocol::Known known_of(const Entry& entry);
    void hand_over(Entry& entry, Now now, Effects& effects);
    [[nodiscard]] Result<Content> open(const protocol::Show& show) const;
    void give_up(Entry& entry, const std::string& cause, Now now, Effects& effects);
    [[nodiscard]] static std::optional<UtcTime> next_escalation(const Entry& entry);
    void escalate(Entry& entry, Now now, Effects& effects);
    void take_off(Entry& entry, MessageRemovalCause cause, Now now, Effects& effects);
    void take_place_of(Entry& entry, Entry before);
    void keep_last_words(const Entry& entry);
    static void come_on_screen(Entry& entry, Now now);
    void leave_screen(Entry& entry, Now now);
    void leave_standing(Entry& entry, Now now);
    void change_mark(Entry& entry, Now now, Effects& effects);
    void queue(Entry& entry, ReceiptQueue::Haste haste, Now now);
    [[nodiscard]] bool make_room(Now now, Effects& effects);
    void forget(const MessageId& id, Effects& effects);
    void refresh_deadline(Entry& entry);

    SessionId session_;
    const Attributes& attributes_;
    const std::optional<Secret>& secret_key_;
    StoreCounter& stores_;
    std::map<MessageId, Entry> entries_;
    std::set<std::pair<UtcTime, MessageId>> deadlines_;  ///< Exactly the entries with a deadline.
    std::deque<std::pair<std::uint64_t, MessageId>> awaiting_store_;
    ReceiptQueue receipts_;
    LastWords last_words_;
};

}  // namespace crier::subscriber
