#include "broker/core/outcome.hpp"

#include <algorithm>

#include "broker/core/fact_bytes.hpp"
#include "broker/core/states.hpp"
#include "shared/base/assert.hpp"

namespace crier::broker {
namespace {

constexpr std::uint8_t outcome_version = 1;

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
    if (!cell.has(Cell::moving)) {
        tally_[cell.state] -= 1;
        tally_[state] += 1;
    }
    cell.state = state;
}

void Cells::count(const Cell& cell, bool is_in) {
    const std::uint32_t one = is_in ? 1 : UINT32_MAX;  // Unsigned numbers wrap round.
    tally_[cell.state] += one;
    if (cell.has(Cell::removed)) removed_ += one;
    if (cell.has(Cell::dropped)) dropped_ += one;
    if (cell.has(Cell::has_answer)) answers_.at(cell.answer) += one;
}

void Cells::set_moving(Cell& cell, bool is_moving) {
    if (cell.has(Cell::moving) == is_moving) return;
    count(cell, !is_moving);
    moving_ += is_moving ? 1 : UINT32_MAX;
    is_moving ? cell.set(Cell::moving) : cell.clear(Cell::moving);
}

void Cells::remove(std::uint32_t session) {
    Cell* cell = find(session);
    if (cell == nullptr) return;
    set_moving(*cell, true);
    moving_ -= 1;
    set_cause(*cell, {});
    cells_.erase(cells_.begin() + (cell - cells_.data()));
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
    const bool counts = !cell.has(Cell::moving);
    if (counts && (flags & Cell::removed) != 0 && !cell.has(Cell::removed)) removed_ += 1;
    if (counts && (flags & Cell::dropped) != 0 && !cell.has(Cell::dropped)) dropped_ += 1;
    cell.flags = static_cast<std::uint8_t>(cell.flags | flags);
}

void Cells::set_answer(Cell& cell, std::uint8_t answer) {
    const bool counts = !cell.has(Cell::moving);
    if (counts && cell.has(Cell::has_answer)) answers_.at(cell.answer) -= 1;
    cell.set(Cell::has_answer);
    cell.answer = answer;
    if (counts) answers_.at(answer) += 1;
}

Counts Cells::counts(std::size_t choices) const {
    const auto end = answers_.begin() + static_cast<std::ptrdiff_t>(choices);
    return {removed_, dropped_, {answers_.begin(), end}};
}

void Cells::reset(Cell& cell, std::uint64_t at_ms) {
    const bool is_moving = cell.has(Cell::moving);
    set_moving(cell, true);
    set_cause(cell, {});
    cell.state = State::waiting;
    cell.flags = Cell::moving;
    cell.set_at_ms(at_ms);
    set_moving(cell, is_moving);
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
    put_beginning(packed, beginning_);
    packed.push_back(is_drop_done_ ? 1 : 0);
    std::uint32_t before = 0;
    for (const Cell& cell : cells_) {
        put_varint(packed, cell.session - before);
        before = cell.session;
        put_fact(packed, {cell.state, cell.flags, cell.at_ms(), cause_of(cell), cell.answer});
    }
    return packed;
}

Result<Cells> Cells::unpack(const Bytes& packed) {
    VarintReader reader(packed);
    if (reader.byte() != outcome_version) return damaged("an outcome");
    Cells cells;
    cells.beginning_ = read_beginning(reader);
    cells.is_drop_done_ = reader.byte() == 1;
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
        cells.mark(cell, fact.flags & packed_flags);
        if ((fact.flags & Cell::has_answer) != 0) cells.set_answer(cell, fact.answer);
        cell.set_at_ms(fact.at_ms);
        cells.set_cause(cell, std::move(fact.cause));
    }
    if (!reader.ok()) return damaged("an outcome");
    return cells;
}

void apply(Cells& cells, const RevisionFact& fact) {
    for (const std::uint32_t session : fact.sessions) {
        if (Cell* cell = cells.find(session)) cells.reset(*cell, fact.beginning.at_ms);
    }
    if (fact.beginning.revision >= cells.revision()) cells.begin(fact.beginning);
}

void apply_audience(Cells& cells, const std::vector<std::uint32_t>& sessions) {
    for (const std::uint32_t session : sessions) cells.add(session);
    if (cells.revision() == 0) cells.begin({1, 0, 0});
}

void apply_dropped(Cells& cells, const std::vector<std::uint32_t>& sessions) {
    for (const std::uint32_t session : sessions) {
        if (Cell* cell = cells.find(session)) cells.mark(*cell, Cell::dropped);
    }
}

bool apply(Cells& cells, Cell& cell, const ReceiptFact& fact) {
    const State next = next_state(cell.state, occurrence_of(fact.state));
    const std::uint8_t marks = fact.flags & Cell::marks;
    const bool is_marked = (cell.flags & marks) != marks;
    // A person may change their mind.
    const bool is_choice = fact.state == State::answered && next == State::answered &&
                           (fact.flags & Cell::has_answer) != 0;
    const bool is_new_answer =
        is_choice && (!cell.has(Cell::has_answer) || cell.answer != fact.answer);
    // Another screen shows it now, or somebody took it off.
    const bool is_new_cause = fact.state == cell.state && next == cell.state &&
                              !fact.cause.empty() && fact.cause != cells.cause_of(cell);
    if (next == cell.state && !is_marked && !is_new_answer && !is_new_cause) return false;
    if (is_new_answer) {
        cells.set_answer(cell, fact.answer);
        cell.set_at_ms(fact.at_ms);
    }
    if (next != cell.state) {
        cells.set_state(cell, next);
        cell.set_at_ms(fact.at_ms);
        cells.set_cause(cell, fact.cause);
    }
    if (is_new_cause) cells.set_cause(cell, fact.cause);
    cells.mark(cell, marks);
    return true;
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
