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
#include "broker/core/states.hpp"
#include "shared/protocol/filter.hpp"

namespace crier::broker {

/// What an operator asks that becomes an entry.
using Change = std::variant<protocol::Update, protocol::Recall, protocol::CloseQuestion>;
using Request = std::variant<protocol::Send, protocol::Update, protocol::Recall,
                             protocol::CloseQuestion, protocol::SetAdmission>;

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
    Content content;                         ///< Of a private message what everybody may see.
    protocol::Bytes sealed;                  ///< What it says.
    Target target;                           ///< Its session ids are in order.
    std::optional<protocol::Filter> filter;  ///< Of target.where.
    std::optional<protocol::Filter> within;  ///< Of target.within.
    std::optional<UtcTime> expires;
    UtcTime deliver_until{};  ///< Once it has gone out for the last time.
    Schedule schedule;
    std::uint32_t times = 0;   ///< How many of its schedule's times have come.
    bool is_reminder = false;  ///< The newest revision began by the schedule, not by an update.
    bool each_session = false;
    std::uint32_t quorum = 0;

    Cells cells;
    SharedFrame frame;     ///< `message`, ready to be sent.
    bool is_over = false;  ///< over_at() has passed, or it was recalled.
    bool is_recalled = false;
    std::optional<UtcTime> closed;   ///< Of a question: since when it takes no answers.
    bool is_closing = false;         ///< The entry that closes it is on its way to the disk.
    bool holds_admission = false;    ///< It closes admission, or is to.
    bool does_drop_wait = false;     ///< For the other brokers to tell which sessions they have.
    std::optional<UtcTime> wake;     ///< When it is looked at next.
    bool is_final = false;           ///< No state of it changes by itself any more.
    std::size_t settled_cost = 0;    ///< What it weighs in memory since, in cells.
    bool is_outcome_dirty = false;   ///< The journal's outcome is older than the cells,
    bool has_untold_change = false;  ///< and no fact says when one of them changed.
    bool is_tally_dirty = false;     ///< Followers have not heard of the newest counts.
    std::vector<PeerId> followers;
    /// How it stands at the other brokers' sessions, as they last told.
    std::map<PeerId, protocol::TallyChanged> elsewhere;
    bool is_followed_elsewhere = false;  ///< They tell whenever that changes.
    /// In a cluster, until it is off all screens, or if nobody has been counted for it yet: the
    /// persons who have acknowledged it, and in which session, for all that this
    /// broker has heard.
    std::map<std::string, SessionId> readers;
    std::vector<TakenChange> changes;
    std::size_t changes_on_the_way = 0;  ///< To the disk.
    std::uint32_t newest_asking = 0;     ///< The newest revision that asks everybody again.

    /// As operators are told it: what a screen holds back it may show yet, by what a person does.
    [[nodiscard]] bool is_settled() const {
        return is_final && (is_over || cells.tally()[State::suppressed] == 0);
    }
    /// Its schedule waits for a change to come back from the disk.
    [[nodiscard]] bool is_held() const { return changes_on_the_way > 0; }
    /// It has gone out at least once; before, nobody is targeted.
    [[nodiscard]] bool is_released() const { return cells.revision() > 0; }
    /// When it goes out next; nullopt: not any more.
    [[nodiscard]] std::optional<UtcTime> next_time() const;
    /// When it was due last.
    [[nodiscard]] UtcTime last_time() const;
    /// Its schedule has something to come.
    [[nodiscard]] bool is_to_go_on() const;
    /// When it is no longer delivered; nullopt: not as long as its schedule goes on.
    [[nodiscard]] std::optional<UtcTime> over_at() const;
    /// It was due and expired while this broker was not there, or went out just before that, which
    /// was not written then; or it was taken back before it was due here, and another broker's
    /// clock was ahead. Whoever says that they have it is right.
    [[nodiscard]] bool may_have_gone_out() const;
    /// Somebody may have read it.
    [[nodiscard]] bool may_be_out() const { return is_released() || may_have_gone_out(); }
    /// When it was due, if it went out late.
    [[nodiscard]] std::optional<UtcTime> late_since() const;
    [[nodiscard]] bool is_question() const { return !content.choices.empty(); }
    /// Who has acknowledged it in one session need not in the others.
    [[nodiscard]] bool is_for_persons() const { return !each_session && !is_question(); }

    /// The sessions that it was for are still to be ended.
    [[nodiscard]] bool is_to_drop() const {
        return schedule.drop && !is_recalled && !cells.is_drop_done();
    }

    /// Something follows from it still, though nobody is shown it any more.
    [[nodiscard]] bool is_to_bring_about() const { return is_to_drop() || holds_admission; }

    /// It has left every screen, or is to: nothing of it can change any more.
    [[nodiscard]] bool is_off_screen() const {
        return is_recalled || closed || (is_over && expires);
    }

    /// What became of its cells when it was over.
    [[nodiscard]] Occurrence ending() const {
        return is_recalled ? Occurrence::recall : Occurrence::expire;
    }

    /// Why it leaves, or has left, every screen.
    [[nodiscard]] protocol::RemovalCause removal_cause() const {
        return is_recalled ? protocol::RemovalCause::recalled
               : closed    ? protocol::RemovalCause::closed
                           : protocol::RemovalCause::expired;
    }

    /// A session that comes before it expires gets it too, if the target names it. A question is
    /// for those who were there when it was asked: its quorum is of them.
    [[nodiscard]] bool is_standing() const {
        return expires.has_value() && target.kind != Target::Kind::sessions && !is_question();
    }
    /// Takes over a target as it was asked for. Requires: its filter parses.
    void aim_at(Target asked);
    /// Whether `session` is of the target; says nothing about when it opened.
    [[nodiscard]] bool names(const Session& session) const;
    /// When it was due for the first time. Its cells count from there.
    [[nodiscard]] UtcTime first_time() const;
    /// Milliseconds from then, as cells keep them.
    [[nodiscard]] std::uint64_t since_first(UtcTime at) const;
    /// Of the newest revision, when it begins at that time.
    [[nodiscard]] Cells::Beginning beginning(std::uint64_t late_ms, UtcTime at) const;
};

/// The request that an entry holds. Errors: journal_damaged, when it does not decode.
Result<protocol::Send> request_in(const StoredEntry& stored);

/// The same of an entry that changes a message.
Result<Change> change_in(const StoredEntry& stored);

/// The change of that id among those that came in time: an update after a recall or
/// a close did nothing.
[[nodiscard]] const StoredEntry* effective_change(const StoredMessage& stored, const MessageId& id);

/// `request` is the one that the entry holds.
[[nodiscard]] Message message_from(const StoredEntry& stored, protocol::Send request,
                                   Milliseconds deliver_default);

/// Takes in what an update says, as the next revision; whom that is news for is not worked out.
/// `at`: when it was accepted. `deliver_default`: how long a message without an expiry is
/// delivered, from then on.
void take_in(Message& message, const protocol::Update& update, UtcTime at,
             Milliseconds deliver_default);

/// Takes in which of its times have come: each but the first begins a revision that is a reminder.
void take_in_times(Message& message, UtcTime now);

/// A message with its changes, as history or a start has them; its cells are empty, and a change
/// that does not decode is an error. Errors: journal_damaged.
Result<Message> message_from(const StoredMessage& stored, Milliseconds deliver_default);

/// What a revision of a message said, and who had the last word in it.
struct Words {
    Content content;
    std::string by;
    UtcTime said{};  ///< When that was accepted.
};
/// Errors: journal_damaged.
Result<Words> words_of(const StoredMessage& stored, std::uint32_t revision);

/// What those are told who are refused or ended by it: as much of its text as fits a refusal.
[[nodiscard]] std::string text_for_refused(const Message& message, UtcTime now);

/// Why one that is off the screens cannot be changed.
[[nodiscard]] Error over(const Message& message);

/// Errors: answer_unknown, for an answer to a question that has none such, or to no question.
[[nodiscard]] Status check_answer(const protocol::Receipt& receipt, const Message& message);

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
    /// nullopt: it is not there, or is not for that session.
    [[nodiscard]] std::optional<Cell> cell_of(const MessageId& id, std::uint32_t session);
    /// By the id of a change that it has taken in.
    [[nodiscard]] Message* find_by_change(const MessageId& change);
    void remember(Message& message, TakenChange change);

    /// The seqs of those that are not final, in order.
    [[nodiscard]] std::vector<std::uint64_t> not_final() const;
    [[nodiscard]] std::size_t not_final_count() const { return pending_.size(); }
    /// The seqs of those that are not over, or are to end sessions, in order.
    [[nodiscard]] std::vector<std::uint64_t> not_over() const;

    /// Works out `is_final`; true when it has just become so.
    bool settle(Message& message);
    /// A final message is to change once more; settle() is to follow.
    void unsettle(Message& message);

    /// It may change by itself again; settle() is to follow.
    void reopen(Message& message);
    /// To be called when something has changed that wakes_at() follows from.
    void reschedule(Message& message);
    /// It is off every screen, and not delivered any more: recalled, or closed at that time.
    void recall(Message& message);
    void close(Message& message, UtcTime at);
    /// The seqs of those.
    [[nodiscard]] const std::set<std::uint64_t>& withdrawn() const { return withdrawn_; }

    /// The seqs of those that close admission, or are to: some may not do so any more.
    [[nodiscard]] const std::set<std::uint64_t>& admission_holders() const { return holders_; }

    /// Those whose `wake` has come; reschedule() is to follow for each.
    std::vector<Message*> take_due(UtcTime now);
    [[nodiscard]] std::optional<UtcTime> next_due() const;

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
    std::set<std::uint64_t> not_over_;                      ///< Or are to end sessions.
    std::set<std::pair<UtcTime, std::uint64_t>> wakes_;     ///< Of each message that has a `wake`.
    std::unordered_map<MessageId, std::uint64_t> changes_;  ///< Whose they are.
    std::set<std::uint64_t> withdrawn_;
    std::set<std::uint64_t> holders_;
    std::deque<std::uint64_t> settled_;  ///< In the order of becoming final.
    std::size_t settled_cells_ = 0;
};

/// Whether history has a message under the id that was asked for. Changes have ids too, and what
/// closes or opens admission; these are none.
[[nodiscard]] inline bool has_message(const HistoryRead& read) {
    return !read.messages->empty() && read.messages->front().entry.entry.kind == EntryKind::message;
}

}  // namespace crier::broker
