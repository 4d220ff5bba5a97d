/// \file
/// What a power cut would leave, known at every moment: the batches that reached the journal, read
/// as a starting broker reads them.

#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "broker/core/outcome.hpp"
#include "broker/journal/journal.hpp"
#include "shared/protocol/messages.hpp"
#include "tests/simulation/plan.hpp"

namespace crier::simulation {

class OnDisk : private broker::FactReader {
public:
    /// `results` are the journal's, of this very batch.
    void on_written(const broker::Batch& batch, const std::vector<broker::EntryResult>& results,
                    UtcTime now);

    /// What the entries say, apart from what became of messages.
    [[nodiscard]] const Plans& plans() const { return plans_; }
    /// That the session's key does not come in.
    [[nodiscard]] bool refuses(const SessionId& id, UtcTime now) const;
    /// Those of which that is or was so.
    [[nodiscard]] const std::set<SessionId>& dropped() const { return dropped_; }
    /// What it has of the message at the session, for people who read what was wrong.
    [[nodiscard]] std::string describe(const MessageId& id, const SessionId& session) const;
    /// Whether an entry says that the session gave this answer.
    [[nodiscard]] bool has_answer(const MessageId& id, const SessionId& session,
                                  std::uint32_t answer) const {
        return answers_.contains({id, session, answer});
    }

    [[nodiscard]] bool has_message(const MessageId& id) const { return seqs_.contains(id); }
    /// Of all entries.
    [[nodiscard]] std::set<MessageId> entries() const;
    /// That the message's states are of; 0: nothing is known of it.
    [[nodiscard]] std::uint32_t revision_of(const MessageId& id) const;
    /// As one that is open.
    [[nodiscard]] bool has_session(const SessionId& id) const { return open_.contains(id); }
    /// Whether the session is in the message's audience.
    [[nodiscard]] bool names(const MessageId& id, const SessionId& session) const;
    /// Whether it has acknowledged or answered the message's newest revision, or an older one and
    /// was left alone; not as a session that closed and came back under another number.
    [[nodiscard]] bool has_answered(const MessageId& id, const SessionId& session) const;
    /// Whether a broker that starts now knows all that the receipt says.
    [[nodiscard]] bool has_receipt(const SessionId& session,
                                   const protocol::Receipt& receipt) const;

private:
    using Receipt = std::pair<std::uint32_t, broker::ReceiptFact>;  ///< Of a session's number.
    using Dropped = std::vector<std::uint32_t>;
    struct Moved {
        std::vector<std::uint32_t> sessions;
    };
    struct Audience {
        std::vector<std::uint32_t> sessions;
    };
    using Fact = std::variant<Receipt, broker::RevisionFact, Dropped, Moved, Audience>;

    struct Message {
        broker::Cells outcome;            ///< The last one, as it was written.
        std::vector<Fact> facts;          ///< What came since, in its order.
        std::vector<Fact> late_receipts;  ///< No outcome replaces these.
        broker::Cells cells;              ///< All of the above together.
    };

    void on_receipt(std::uint32_t session, std::uint64_t seq,
                    const broker::ReceiptFact& fact) override;
    void on_revision(std::uint64_t seq, const broker::RevisionFact& fact) override;
    void on_audience(std::uint64_t seq, const std::vector<std::uint32_t>& sessions) override;
    void on_dropped(std::uint64_t seq, const std::vector<std::uint32_t>& sessions) override;
    void on_dropped_elsewhere(std::uint64_t seq,
                              const std::vector<std::uint32_t>& sessions) override {
        on_dropped(seq, sessions);
    }
    void on_moved(std::uint64_t seq, const std::vector<std::uint32_t>& sessions) override;
    void on_answers(const broker::Entry& entry);
    void on_session(const broker::SessionRecord& record);
    void on_outcome(const broker::Outcome& outcome);
    void forget_facts();
    static void put_together(Message& message);
    static void apply_to(broker::Cells& cells, const Fact& fact);
    [[nodiscard]] std::vector<broker::Cell> cells_of(const MessageId& id,
                                                     const SessionId& session) const;

    std::map<MessageId, std::uint64_t> seqs_;
    Plans plans_;
    /// Keys, and until when: by the number of the session that had it.
    std::map<SessionId, std::map<std::uint32_t, UtcTime>> refused_;
    std::set<SessionId> dropped_;
    std::set<std::tuple<MessageId, SessionId, std::uint32_t>> answers_;
    std::map<std::uint64_t, Message> messages_;  ///< By seq.
    std::map<SessionId, std::set<std::uint32_t>> numbers_;
    std::map<SessionId, std::set<std::uint32_t>> open_;  ///< Of `numbers_`, if any.
};

}  // namespace crier::simulation
