// What a start makes of what the journal has.
#include <algorithm>

#include "broker/core/stages.hpp"

namespace crier::broker {
namespace {

/// Puts back what an outcome does not hold: the facts that came after it.
class FactReplay : public FactReader {
public:
    explicit FactReplay(Messages& messages) : messages_(messages) {}

    void on_receipt(std::uint32_t session, std::uint64_t seq, const ReceiptFact& fact) override {
        Message* message = messages_.find(seq);
        if (message == nullptr) return;  // Closed since: its outcome says it all.
        if (Cell* cell = message->cells.find(session)) apply(message->cells, *cell, fact);
    }

    void on_audience(std::uint64_t seq, const std::vector<std::uint32_t>& sessions) override {
        if (Message* message = messages_.find(seq)) apply_audience(message->cells, sessions);
    }

    void on_revision(std::uint64_t seq, const RevisionFact& fact) override {
        if (Message* message = messages_.find(seq)) apply(message->cells, fact);
    }

    void on_dropped(std::uint64_t seq, const std::vector<std::uint32_t>& sessions) override {
        on_dropped_elsewhere(seq, sessions);
        if (Message* message = messages_.find(seq)) message->cells.set_drop_done();
    }

    void on_dropped_elsewhere(std::uint64_t seq,
                              const std::vector<std::uint32_t>& sessions) override {
        if (Message* message = messages_.find(seq)) apply_dropped(message->cells, sessions);
    }

    void on_moved(std::uint64_t seq, const std::vector<std::uint32_t>& sessions) override {
        Message* message = messages_.find(seq);
        if (message == nullptr) return;
        for (const std::uint32_t session : sessions) message->cells.remove(session);
    }

private:
    Messages& messages_;
};

/// Times that came before they were put off: the entries do not tell of them, but they count. What
/// was put off does not come once more for that, and brokers of a cluster stay with one revision.
void take_in_begun(Message& message) {
    const std::uint32_t begun = message.cells.revision();
    if (begun <= message.revision) return;
    message.times = std::max(message.times, 1u) + begun - message.revision;
    message.revision = begun;
}

}  // namespace

Status Engine::Stages::recover(const Recovery& recovery) {
    cluster.began = now.utc;
    // The clock may have been set back since: what had expired stays so.
    keys_looked_at = recovery.newest;
    for (const SessionRecord& record : recovery.open_sessions) {
        if (const auto until = refused_until(record)) {
            refused_keys.add(record, *until);
            continue;
        }
        Result<Session> session = session_from(record);
        if (!session) return fail(session.error());
        session->state = Presence::unreachable;
        session->unreachable_since = now.utc;
        Stay* twin = stays.find(session->id);
        Stay& stay = stays.open(std::move(*session), record.number);
        stay.was_connected = true;
        // It may have come back by its token just before, and the journal still has it as gone.
        stay.is_reopened = true;
        stay.claim = std::max(claim_in(record), 1u);
        // One that had to come again may have been elsewhere meanwhile.
        stay.has_come_over = stay.claim > 1;
        await_return(stay);
        // Its closing did not come to the disk. Of two stays of one session the newer goes on.
        if (twin != nullptr) close(*twin, "came back as a new one");
    }
    for (const StoredMessage& stored : recovery.open_messages) {
        if (stored.entry.entry.kind == EntryKind::admission) {
            if (const Status read = recover_admission(stored.entry); !read) return read;
            continue;
        }
        if (stored.entry.entry.kind == EntryKind::keys) {
            if (const Status read = take_keys(stored.entry); !read) return read;
            continue;
        }
        Result<Message> message = message_from(stored, settings.deliver_default);
        Result<Cells> cells = message ? cells_of(stored) : fail(message.error());
        if (!cells) return fail(cells.error());
        message->cells = std::move(*cells);
        messages.add(std::move(*message));
    }
    admit_keys();
    FactReplay replay(messages);
    for (const Bytes& facts_piece : recovery.facts) {
        facts_bytes += facts_piece.size();
        if (const Status read = read_facts(facts_piece, replay); !read) return read;
    }
    sightings.add({.what = Sighting::What::started, .at = now.utc});
    settle_recovered();
    if (!settings.cluster) return {};
    for (auto& [seq, message] : messages.all()) {
        find_readers(message);
        after_change(message);
    }
    read_closed_stays();
    return {};
}

void Engine::Stages::settle_recovered() {
    for (auto& [seq, message] : messages.all()) {
        // It had gone out before it was taken back, and whom it was for was not written any more.
        const bool was_out = message.is_over && message.times > 0;
        if (was_out && !message.is_released()) work_out_audience(message, 0);
        if (message.is_released()) {
            const UtcTime began =
                message.first_time() + Milliseconds(message.cells.beginning().at_ms);
            message.deliver_until =
                std::max(message.deliver_until, began + settings.deliver_default);
            if (!message.is_over) take_in_times(message, std::max(began, message.sent));
            take_in_begun(message);
            if (message.cells.revision() < message.revision) begin_revision(message);
        }
        for (Cell& cell : message.cells.all()) {
            if (message.is_recalled) change_by_itself(message, cell, Occurrence::recall);
            if (message.closed) change_by_itself(message, cell, Occurrence::expire);
            // Closed before the broker stopped, and what that meant was not written any more.
            if (stays.find(cell.session) == nullptr) {
                change_by_itself(message, cell, Occurrence::gone);
            }
        }
    }
    // One of them may end sessions, which changes others: all must be up to date by then.
    for (auto& [seq, message] : messages.all()) attend(message);
    forget_admission_holders();
    for (auto& [seq, message] : messages.all()) {
        if (message.quorum != 0 && !message.is_over) follow_elsewhere(message);
    }
    for (auto& [seq, message] : messages.all()) after_change(message);
    close_answered_questions();
    keep_recovered_answers();
    forget(messages.surplus(settings.remembered_cells_max));
}

}  // namespace crier::broker
