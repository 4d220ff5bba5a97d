// Facts as they happen, and as a start reads them.
#include <algorithm>
#include <array>

#include "broker/core/fact_bytes.hpp"

namespace crier::broker {
namespace {

constexpr std::uint8_t receipts_tag = 1;
constexpr std::uint8_t audience_tag = 2;
constexpr std::uint8_t revision_tag = 3;
constexpr std::uint8_t dropped_tag = 4;
constexpr std::uint8_t moved_tag = 5;
constexpr std::uint8_t dropped_elsewhere_tag = 6;
/// No run and no audience is longer, so that damaged bytes cannot ask for more than there could be.
constexpr std::uint32_t run_max = 4'096;
constexpr std::uint32_t audience_max = 1'000'000;

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

/// A message, and sessions of which the same became.
struct FactOfSessions {
    std::uint8_t tag;
    void (FactReader::*hear)(std::uint64_t seq, const std::vector<std::uint32_t>& sessions);
    const char* name;
};
constexpr std::array facts_of_sessions{
    FactOfSessions{audience_tag, &FactReader::on_audience, "an audience"},
    FactOfSessions{dropped_tag, &FactReader::on_dropped, "a drop"},
    FactOfSessions{moved_tag, &FactReader::on_moved, "a move"},
    FactOfSessions{dropped_elsewhere_tag, &FactReader::on_dropped_elsewhere,
                   "a drop at another broker"},
};

bool read_fact_of(VarintReader& in, FactReader& reader, const FactOfSessions& kind) {
    const std::uint64_t seq = in.varint();
    std::vector<std::uint32_t> sessions;
    if (!read_sessions(in, sessions)) return false;
    (reader.*kind.hear)(seq, sessions);
    return true;
}

bool read_revision(VarintReader& in, FactReader& reader) {
    const std::uint64_t seq = in.varint();
    RevisionFact fact;
    fact.beginning = read_beginning(in);
    if (!read_sessions(in, fact.sessions) || fact.beginning.revision == 0) return false;
    reader.on_revision(seq, fact);
    return true;
}

}  // namespace

tl::unexpected<Error> damaged(const char* what) {
    return fail(ErrorCode::journal_damaged, std::string(what) + " does not read back");
}

void put_fact(Bytes& bytes, const ReceiptFact& fact) {
    const std::uint8_t cause_flag = fact.cause.empty() ? 0 : Cell::has_cause;
    const std::uint8_t kept = fact.flags & (packed_flags | Cell::has_answer);
    bytes.push_back(static_cast<std::uint8_t>(fact.state));
    bytes.push_back(static_cast<std::uint8_t>(kept | cause_flag));
    put_varint(bytes, fact.at_ms);
    if (cause_flag != 0) {
        put_varint(bytes, fact.cause.size());
        bytes.insert(bytes.end(), fact.cause.begin(), fact.cause.end());
    }
    if ((fact.flags & Cell::has_answer) != 0) bytes.push_back(fact.answer);
}

void put_beginning(Bytes& bytes, const Cells::Beginning& beginning) {
    put_varint(bytes, beginning.revision);
    put_varint(bytes, beginning.at_ms);
    put_varint(bytes, beginning.late_ms);
}

Cells::Beginning read_beginning(VarintReader& reader) {
    Cells::Beginning beginning;
    beginning.revision = reader.number();
    beginning.at_ms = reader.varint();
    beginning.late_ms = reader.varint();
    return beginning;
}

bool read_fact(VarintReader& reader, ReceiptFact& fact) {
    const std::uint8_t state = reader.byte();
    fact.flags = reader.byte();
    fact.at_ms = reader.varint();
    fact.cause.clear();
    if ((fact.flags & Cell::has_cause) != 0) fact.cause = reader.text(reader.number());
    fact.answer = (fact.flags & Cell::has_answer) != 0 ? reader.byte() : std::uint8_t{0};
    constexpr std::uint8_t known_flags = packed_flags | Cell::has_cause | Cell::has_answer;
    if (state >= state_count || (fact.flags & ~known_flags) != 0) return false;
    if (fact.answer >= limits::choices_max) return false;
    fact.state = static_cast<State>(state);
    return reader.ok();
}

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
    std::vector<std::uint32_t> sessions;
    sessions.reserve(cells.all().size());
    for (const Cell& cell : cells.all()) sessions.push_back(cell.session);
    put(audience_tag, seq, sessions);
}

void FactWriter::audience(std::uint64_t seq, std::uint32_t session) {
    put(audience_tag, seq, {session});
}

void FactWriter::revision(std::uint64_t seq, const RevisionFact& fact) {
    end_run();
    bytes_.push_back(revision_tag);
    put_varint(bytes_, seq);
    put_beginning(bytes_, fact.beginning);
    put_sessions(fact.sessions);
}

void FactWriter::dropped(std::uint64_t seq, const std::vector<std::uint32_t>& sessions) {
    put(dropped_tag, seq, sessions);
}

void FactWriter::dropped_elsewhere(std::uint64_t seq, std::uint32_t session) {
    put(dropped_elsewhere_tag, seq, {session});
}

void FactWriter::moved(std::uint64_t seq, std::uint32_t session) {
    put(moved_tag, seq, {session});
}

void FactWriter::put(std::uint8_t tag, std::uint64_t seq,
                     const std::vector<std::uint32_t>& sessions) {
    end_run();
    bytes_.push_back(tag);
    put_varint(bytes_, seq);
    put_sessions(sessions);
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
        const auto kind = std::find_if(facts_of_sessions.begin(), facts_of_sessions.end(),
                                       [tag](const FactOfSessions& one) { return one.tag == tag; });
        if (kind != facts_of_sessions.end()) {
            if (!read_fact_of(in, reader, *kind)) return damaged(kind->name);
        } else if (tag == receipts_tag) {
            if (!read_receipts(in, reader)) return damaged("a receipt");
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

}  // namespace crier::broker
