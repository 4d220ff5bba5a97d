/// \file
/// What became of one message on each of its sessions, as cells in memory and packed for the
/// journal; and the facts by which cells change between two packings.
///
/// Packed outcome: version byte 1, varint revision that the cells are of (0: none has begun),
/// varint ms since the message was first due that it began, varint ms that it was late, byte 1 if
/// the message has ended its sessions (else 0), then per cell, by session number:
///     varint session number minus the one before; byte state; byte flags; varint ms since the
///     message was first due; if flags has has_cause: varint length, cause; if it has has_answer:
///     byte answer.
/// Packed facts, one after the other, none with a length of its own:
///     1 receipts: varint session number, varint first seq, varint how many seqs in a row, then a
///       cell's state, flags, ms and cause as above, the same for each.
///     2 audience: varint seq, varint how many ranges of session numbers; for each, varint its
///       first number minus the end of the range before, varint how many numbers. The first one of
///       a message says whom it is for, the others who came later.
///     3 revision: varint seq, varint revision that begins, varint ms since the message was
///       first due, varint ms that it is late, then ranges as above: of the sessions that are
///       waiting again.
///     4 dropped: varint seq, then ranges as above: of the sessions that the message has ended.
///     With
///       that it has done so here, also if there were none.
///     5 moved: varint seq, then ranges as above: of the sessions that another broker has now.
///     6 dropped elsewhere: varint seq, then ranges as above: of the sessions that the message
///       ended at another broker, from which they came over. Here it may be yet to end its own.
/// Varints are LEB128, unsigned. JOURNAL.md says where these bytes are kept.

#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "broker/journal/journal.hpp"
#include "crier/message.hpp"
#include "crier/result.hpp"
#include "shared/base/limits.hpp"

namespace crier::broker {

/// One message at one session. Twelve bytes, because there are as many as messages times sessions.
struct Cell {
    enum Flag : std::uint8_t {
        again = 1,      ///< Displayed a second time after a crash of the subscriber.
        removed = 2,    ///< No longer on the screen.
        has_cause = 4,  ///< A cause is kept beside the cells.
        dropped = 8,    ///< The message has ended the session.
        cleared = 16,   ///< The person acknowledged it in another session.
        has_answer = 32,
        digest = 64,   ///< Displayed as one of several in a digest.
        moving = 128,  ///< On its way to another broker, and not counted here. Never stored.
    };
    /// What a receipt may say of them.
    static constexpr std::uint8_t marks = again | removed | cleared | digest;

    /// 34 years, in 40 bits.
    static constexpr std::uint64_t at_ms_max = (std::uint64_t{1} << 40) - 1;

    std::uint32_t session = 0;
    std::uint32_t at_ms_low = 0;
    std::uint8_t at_ms_high = 0;
    State state = State::waiting;
    std::uint8_t flags = 0;
    std::uint8_t answer = 0;  ///< With has_answer: which choice.

    /// Since the message was due for the first time.
    [[nodiscard]] std::uint64_t at_ms() const {
        return std::uint64_t{at_ms_high} << 32 | at_ms_low;
    }
    void set_at_ms(std::uint64_t at_ms) {
        at_ms = std::min(at_ms, at_ms_max);
        at_ms_low = static_cast<std::uint32_t>(at_ms);
        at_ms_high = static_cast<std::uint8_t>(at_ms >> 32);
    }
    [[nodiscard]] bool has(Flag flag) const { return (flags & flag) != 0; }
    /// And not only in another session of the person, nor before a drop, after which everybody
    /// else may have been asked anew.
    [[nodiscard]] bool is_read_there() const {
        return state == State::acknowledged && !has(cleared) && !has(dropped);
    }
    void set(Flag flag) { flags = static_cast<std::uint8_t>(flags | flag); }
    void clear(Flag flag) { flags = static_cast<std::uint8_t>(flags & ~flag); }

    bool operator==(const Cell&) const = default;
};

/// All cells of one message, and their counts.
class Cells {
public:
    /// Makes room for `count` sessions that are then added in rising order.
    void reserve(std::size_t count) { cells_.reserve(count); }

    /// Adds a session in state waiting. False when it is there already.
    bool add(std::uint32_t session);

    /// nullptr: not targeted. Valid until the next add().
    [[nodiscard]] Cell* find(std::uint32_t session);
    [[nodiscard]] const Cell* find(std::uint32_t session) const;

    /// The only way in which a state changes, so that the tally cannot be wrong.
    void set_state(Cell& cell, State state);
    void set_cause(Cell& cell, std::string cause);
    void mark(Cell& cell, std::uint8_t flags);
    /// Waiting, as if nothing had come yet.
    void reset(Cell& cell, std::uint64_t at_ms);
    void set_answer(Cell& cell, std::uint8_t answer);
    /// On its way to another broker, or here again after all.
    void set_moving(Cell& cell, bool is_moving);
    [[nodiscard]] bool has_moving() const { return moving_ > 0; }
    /// Another broker has it.
    void remove(std::uint32_t session);
    /// The sessions were ended whose cells are marked dropped.
    void set_drop_done() { is_drop_done_ = true; }
    [[nodiscard]] bool is_drop_done() const { return is_drop_done_; }

    /// Which revision the cells are of, and how it began.
    struct Beginning {
        std::uint32_t revision = 0;  ///< 0: none has; the message is not to go out yet.
        std::uint64_t at_ms = 0;     ///< Since the message was due for the first time.
        std::uint64_t late_ms = 0;   ///< After its time.

        bool operator==(const Beginning&) const = default;
    };
    void begin(const Beginning& beginning) { beginning_ = beginning; }
    [[nodiscard]] const Beginning& beginning() const { return beginning_; }
    [[nodiscard]] std::uint32_t revision() const { return beginning_.revision; }
    [[nodiscard]] const std::string& cause_of(const Cell& cell) const;

    [[nodiscard]] const Tally& tally() const { return tally_; }
    /// What else is counted. `choices`: of the question.
    [[nodiscard]] Counts counts(std::size_t choices) const;
    [[nodiscard]] const std::vector<Cell>& all() const { return cells_; }
    [[nodiscard]] std::vector<Cell>& all() { return cells_; }

    [[nodiscard]] Bytes pack() const;
    /// Errors: journal_damaged.
    static Result<Cells> unpack(const Bytes& packed);

private:
    void count(const Cell& cell, bool is_in);

    std::vector<Cell> cells_;  ///< By session number.
    std::map<std::uint32_t, std::string> causes_;
    Tally tally_;
    std::uint32_t moving_ = 0;
    std::uint32_t removed_ = 0;
    std::uint32_t dropped_ = 0;
    std::array<std::uint32_t, limits::choices_max> answers_{};
    Beginning beginning_;
    bool is_drop_done_ = false;
};

/// What a receipt says, apart from which message and session.
struct ReceiptFact {
    State state = State::delivered;
    std::uint8_t flags = 0;
    std::uint64_t at_ms = 0;
    std::string cause;
    std::uint8_t answer = 0;  ///< With the flag has_answer.

    bool operator==(const ReceiptFact&) const = default;
};

/// A revision that begins.
struct RevisionFact {
    Cells::Beginning beginning;
    std::vector<std::uint32_t> sessions;  ///< Those that are waiting again, in rising order.

    bool operator==(const RevisionFact&) const = default;
};

void apply(Cells& cells, const RevisionFact& fact);

/// Adds those whom a message is for. The first time it says too that the first revision has begun.
void apply_audience(Cells& cells, const std::vector<std::uint32_t>& sessions);
/// The message has ended these, here or where they were before.
void apply_dropped(Cells& cells, const std::vector<std::uint32_t>& sessions);

/// Applies the state table. True when anything changed.
bool apply(Cells& cells, Cell& cell, const ReceiptFact& fact);

/// Packs facts as they happen.
class FactWriter {
public:
    void receipt(std::uint32_t session, std::uint64_t seq, const ReceiptFact& fact);
    /// All of a message's cells, when it has been worked out whom it is for.
    void audience(std::uint64_t seq, const Cells& cells);
    void audience(std::uint64_t seq, std::uint32_t session);
    void revision(std::uint64_t seq, const RevisionFact& fact);
    /// `sessions`, in rising order, were ended.
    void dropped(std::uint64_t seq, const std::vector<std::uint32_t>& sessions);
    void dropped_elsewhere(std::uint64_t seq, std::uint32_t session);
    void moved(std::uint64_t seq, std::uint32_t session);

    [[nodiscard]] bool empty() const { return bytes_.empty() && run_.count == 0; }
    /// Hands out what was written, and starts anew.
    Bytes take();

private:
    /// What a session says of messages in a row; it says the same of most.
    struct Run {
        std::uint32_t session = 0;
        std::uint64_t first = 0;
        std::uint32_t count = 0;
        ReceiptFact fact;
    };
    void end_run();
    void put(std::uint8_t tag, std::uint64_t seq, const std::vector<std::uint32_t>& sessions);
    void put_sessions(const std::vector<std::uint32_t>& sessions);

    Bytes bytes_;
    Run run_;  ///< Not in `bytes_` yet.
};

/// Receives facts in the order in which they were written.
class FactReader {
public:
    virtual ~FactReader() = default;
    virtual void on_receipt(std::uint32_t session, std::uint64_t seq, const ReceiptFact& fact) = 0;
    virtual void on_audience(std::uint64_t seq, const std::vector<std::uint32_t>& sessions) = 0;
    virtual void on_revision(std::uint64_t seq, const RevisionFact& fact) = 0;
    virtual void on_dropped(std::uint64_t seq, const std::vector<std::uint32_t>& sessions) = 0;
    virtual void on_dropped_elsewhere(std::uint64_t seq,
                                      const std::vector<std::uint32_t>& sessions) = 0;
    virtual void on_moved(std::uint64_t seq, const std::vector<std::uint32_t>& sessions) = 0;
};

/// Errors: journal_damaged; facts before the damage were handed out.
Status read_facts(const Bytes& facts, FactReader& reader);

/// A late receipt's bytes: varint session number, then a cell's state, flags, ms and cause.
[[nodiscard]] Bytes pack_late_receipt(std::uint32_t session, const ReceiptFact& fact);
Status unpack_late_receipt(const Bytes& packed, std::uint32_t& session, ReceiptFact& fact);

/// The cells of a message from history: its outcome, and the late receipts on top of it.
/// Errors: journal_damaged.
Result<Cells> cells_of(const StoredMessage& message);

/// The numbers of all sessions that a stored message's outcome names; none for damaged bytes.
[[nodiscard]] std::vector<std::uint32_t> sessions_in(const StoredMessage& message);

}  // namespace crier::broker
