#include "broker/core/outcome.hpp"

#include <algorithm>

#include "broker/core/states.hpp"
#include "broker/core/varint.hpp"
#include "shared/base/assert.hpp"

namespace crier::broker {
namespace {

constexpr std::uint8_t outcome_version = 1;
constexpr std::uint8_t receipts_tag = 1;
constexpr std::uint8_t audience_tag = 2;
constexpr std::uint8_t revision_tag = 3;
constexpr std::uint8_t packed_flags = Cell::again | Cell::removed | Cell::has_cause;

tl::unexpected<Error> damaged(const char* what) {
    return fail(ErrorCode::journal_damaged, std::string(what) + " does not read back");
}

void put_fact(Bytes& bytes, const ReceiptFact& fact) {
    const std::uint8_t cause_flag = fact.cause.empty() ? 0 : Cell::has_cause;
    const std::uint8_t marks = fact.flags & (Cell::again | Cell::removed);
    bytes.push_back(static_cast<std::uint8_t>(fact.state));
    bytes.push_back(static_cast<std::uint8_t>(marks | cause_flag));
    put_varint(bytes, fact.at_ms);
    if (cause_flag == 0) return;
    put_varint(bytes, fact.cause.size());
    bytes.insert(bytes.end(), fact.cause.begin(), fact.cause.end());
}

/// No run and no audience is longer, so that damaged bytes cannot ask for more than there could be.
constexpr std::uint32_t run_max = 4'096;
constexpr std::uint32_t audience_max = 1'000'000;

bool read_fact(VarintReader& reader, ReceiptFact& fact) {
    const std::uint8_t state = reader.byte();
    fact.flags = reader.byte();
    fact.at_ms = reader.number();
    fact.cause.clear();
    if ((fact.flags & Cell::has_cause) != 0) fact.cause = reader.text(reader.number());
    if (state >= state_count || (fact.flags & ~packed_flags) != 0) return false;
    fact.state = static_cast<State>(state);
    return reader.ok();
}

bool read_receipts(VarintReader& in, FactReader& reader) {
    const std::uint32_t session = in.number();
    const std::uint64_t first = in.varint();
    const std::uint32_t count = in.number();
    ReceiptFact fact;
    const bool is_receipt = read_fact(in, fact) && fact.state >= State::delivered &&
                            fact.state <= State::failed && count <= run_max;
    if (!is_receipt) return false;
    for (std::uint32_t i = 0; i < count; ++i) reader.on_receipt(session, first + i, fact);
    return true;
}

/// Session numbers in ranges. False: they do not read back.
bool read_sessions(VarintReader& in, std::vector<std::uint32_t>& sessions) {
    std::uint64_t next = 0;
    for (std::uint64_t ranges = in.varint(); ranges > 0; --ranges) {
        next += in.number();
        const std::uint32_t count = in.number();
        const bool is_range = in.ok() && count > 0 && sessions.size() + count <= audience_max &&
                              next + count - 1 <= UINT32_MAX;
        if (!is_range) return false;
        for (const std::uint64_t end = next + count; next < end; ++next) {
            sessions.push_back(static_cast<std::uint32_t>(next));
        }
    }
    return in.ok();
}

bool read_audience(VarintReader& in, FactReader& reader) {
    const std::uint64_t seq = in.varint();
    std::vector<std::uint32_t> sessions;
    if (!read_sessions(in, sessions)) return false;
    reader.on_audience(seq, sessions);
    return true;
}

bool read_revision(VarintReader& in, FactReader& reader) {
    const std::uint64_t seq = in.varint();
    RevisionFact fact;
    fact.revision = in.number();
    fact.at_ms = in.number();
    if (!read_sessions(in, fact.sessions) || fact.revision < 2) return false;
    reader.on_revision(seq, fact);
    return true;
}

}  // namespace

// ---- Cells
// -----------------------------------------------------------------------------------------

bool Cells::add(std::uint32_t session) {
    auto place = cells_.end();
    if (!cells_.empty() && cells_.back().session >= session) {
        place = std::lower_bound(
            cells_.begin(), cells_.end(), session,
            [](const Cell& cell, std::uint32_t number) { return cell.session < number; });
        if (place->session == session) return false;
    }
    cells_.insert(place, Cell{.session = session});
    tally_[State::waiting] += 1;
    return true;
}

const Cell* Cells::find(std::uint32_t session) const {
    if (cells_.empty() || session < cells_.front().session) return nullptr;
    // Of a broadcast to sessions that came one after the other, it is at its distance.
    const std::size_t distance = session - cells_.front().session;
    if (distance < cells_.size() && cells_[distance].session == session) return &cells_[distance];
    const auto place = std::lower_bound(
        cells_.begin(), cells_.end(), session,
        [](const Cell& cell, std::uint32_t number) { return cell.session < number; });
    return place != cells_.end() && place->session == session ? &*place : nullptr;
}

Cell* Cells::find(std::uint32_t session) {
    return const_cast<Cell*>(static_cast<const Cells*>(this)->find(session));
}

void Cells::set_state(Cell& cell, State state) {
    tally_[cell.state] -= 1;
    tally_[state] += 1;
    cell.state = state;
}

void Cells::set_cause(Cell& cell, std::string cause) {
    if (cause.empty()) {
        if (cell.has(Cell::has_cause)) causes_.erase(cell.session);
        cell.clear(Cell::has_cause);
        return;
    }
    cell.set(Cell::has_cause);
    causes_[cell.session] = std::move(cause);
}

void Cells::mark(Cell& cell, std::uint8_t flags) {
    if ((flags & Cell::removed) != 0 && !cell.has(Cell::removed)) removed_ += 1;
    cell.flags = static_cast<std::uint8_t>(cell.flags | flags);
}

void Cells::reset(Cell& cell, std::uint32_t at_ms) {
    if (cell.has(Cell::removed)) removed_ -= 1;
    set_cause(cell, {});
    set_state(cell, State::waiting);
    cell.flags = 0;
    cell.at_ms = at_ms;
}

const std::string& Cells::cause_of(const Cell& cell) const {
    static const std::string none;
    if (!cell.has(Cell::has_cause)) return none;
    const auto found = causes_.find(cell.session);
    CRIER_ASSERT(found != causes_.end(), "set_cause() keeps the flag and the cause together");
    return found->second;
}

Bytes Cells::pack() const {
    Bytes packed;
    packed.reserve(1 + cells_.size() * 6);
    packed.push_back(outcome_version);
    put_varint(packed, revision_);
    std::uint32_t before = 0;
    for (const Cell& cell : cells_) {
        put_varint(packed, cell.session - before);
        before = cell.session;
        put_fact(packed, {cell.state, cell.flags, cell.at_ms, cause_of(cell)});
    }
    return packed;
}

Result<Cells> Cells::unpack(const Bytes& packed) {
    VarintReader reader(packed);
    if (reader.byte() != outcome_version) return damaged("an outcome");
    Cells cells;
    cells.revision_ = reader.number();
    std::uint64_t session = 0;
    ReceiptFact fact;
    while (!reader.at_end()) {
        const std::uint32_t distance = reader.number();
        session += distance;
        const bool rises = distance > 0 || cells.cells_.empty();
        if (!read_fact(reader, fact) || !rises || session > UINT32_MAX)
            return damaged("an outcome");
        cells.add(static_cast<std::uint32_t>(session));
        Cell& cell = cells.cells_.back();
        cells.set_state(cell, fact.state);
        cells.mark(cell, fact.flags & (Cell::again | Cell::removed));
        cell.at_ms = fact.at_ms;
        cells.set_cause(cell, std::move(fact.cause));
    }
    if (!reader.ok()) return damaged("an outcome");
    return cells;
}

void apply(Cells& cells, const RevisionFact& fact) {
    for (const std::uint32_t session : fact.sessions) {
        if (Cell* cell = cells.find(session)) cells.reset(*cell, fact.at_ms);
    }
    cells.begin_revision(std::max(cells.revision(), fact.revision));
}

bool apply(Cells& cells, Cell& cell, const ReceiptFact& fact) {
    const State next = next_state(cell.state, occurrence_of(fact.state));
    const std::uint8_t marks = fact.flags & (Cell::again | Cell::removed);
    const bool is_marked = (cell.flags & marks) != marks;
    if (next == cell.state && !is_marked) return false;
    if (next != cell.state) {
        cells.set_state(cell, next);
        cell.at_ms = fact.at_ms;
        cells.set_cause(cell, fact.cause);
    }
    cells.mark(cell, marks);
    return true;
}

// ---- Facts
// -----------------------------------------------------------------------------------------

void FactWriter::receipt(std::uint32_t session, std::uint64_t seq, const ReceiptFact& fact) {
    const bool goes_on = run_.count > 0 && run_.count < run_max && run_.session == session &&
                         run_.first + run_.count == seq && run_.fact == fact;
    if (!goes_on) {
        end_run();
        run_ = {session, seq, 0, fact};
    }
    run_.count += 1;
}

void FactWriter::end_run() {
    if (run_.count == 0) return;
    bytes_.push_back(receipts_tag);
    put_varint(bytes_, run_.session);
    put_varint(bytes_, run_.first);
    put_varint(bytes_, run_.count);
    put_fact(bytes_, run_.fact);
    run_.count = 0;
}

void FactWriter::audience(std::uint64_t seq, const Cells& cells) {
    end_run();
    std::vector<std::uint32_t> sessions;
    sessions.reserve(cells.all().size());
    for (const Cell& cell : cells.all()) sessions.push_back(cell.session);
    bytes_.push_back(audience_tag);
    put_varint(bytes_, seq);
    put_sessions(sessions);
}

void FactWriter::audience(std::uint64_t seq, std::uint32_t session) {
    end_run();
    bytes_.push_back(audience_tag);
    put_varint(bytes_, seq);
    put_sessions({session});
}

void FactWriter::revision(std::uint64_t seq, const RevisionFact& fact) {
    end_run();
    bytes_.push_back(revision_tag);
    put_varint(bytes_, seq);
    put_varint(bytes_, fact.revision);
    put_varint(bytes_, fact.at_ms);
    put_sessions(fact.sessions);
}

void FactWriter::put_sessions(const std::vector<std::uint32_t>& sessions) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> ranges;  // First number, and how many.
    for (const std::uint32_t session : sessions) {
        const bool goes_on =
            !ranges.empty() && ranges.back().first + ranges.back().second == session;
        if (!goes_on) ranges.emplace_back(session, 0);
        ranges.back().second += 1;
    }
    put_varint(bytes_, ranges.size());
    std::uint32_t end = 0;
    for (const auto& [first, count] : ranges) {
        put_varint(bytes_, first - end);
        put_varint(bytes_, count);
        end = first + count;
    }
}

Bytes FactWriter::take() {
    end_run();
    Bytes taken;
    taken.reserve(bytes_.size());  // The next turn will bring about as much.
    taken.swap(bytes_);
    return taken;
}

Status read_facts(const Bytes& facts, FactReader& reader) {
    VarintReader in(facts);
    while (!in.at_end()) {
        const std::uint8_t tag = in.byte();
        if (tag == receipts_tag) {
            if (!read_receipts(in, reader)) return damaged("a receipt");
        } else if (tag == audience_tag) {
            if (!read_audience(in, reader)) return damaged("an audience");
        } else if (tag == revision_tag) {
            if (!read_revision(in, reader)) return damaged("a revision");
        } else {
            return damaged("a fact");
        }
    }
    return {};
}

Bytes pack_late_receipt(std::uint32_t session, const ReceiptFact& fact) {
    Bytes packed;
    put_varint(packed, session);
    put_fact(packed, fact);
    return packed;
}

Status unpack_late_receipt(const Bytes& packed, std::uint32_t& session, ReceiptFact& fact) {
    VarintReader reader(packed);
    session = reader.number();
    const bool is_receipt = read_fact(reader, fact) && reader.at_end() &&
                            fact.state >= State::delivered && fact.state <= State::failed;
    if (!is_receipt) return damaged("a late receipt");
    return {};
}

// ---- History
// ---------------------------------------------------------------------------------------

Result<Cells> cells_of(const StoredMessage& message) {
    if (message.cells.empty()) return Cells{};
    Result<Cells> cells = Cells::unpack(message.cells);
    if (!cells) return cells;
    for (const Bytes& late : message.late_receipts) {
        std::uint32_t session = 0;
        ReceiptFact fact;
        if (const Status read = unpack_late_receipt(late, session, fact); !read) {
            return fail(read.error());
        }
        // A receipt of a session that was not targeted says nothing.
        if (Cell* cell = cells->find(session)) apply(*cells, *cell, fact);
    }
    return cells;
}

std::vector<std::uint32_t> sessions_in(const StoredMessage& message) {
    std::vector<std::uint32_t> numbers;
    const Result<Cells> cells = cells_of(message);
    if (!cells) return numbers;
    for (const Cell& cell : cells->all()) numbers.push_back(cell.session);
    return numbers;
}

}  // namespace crier::broker
