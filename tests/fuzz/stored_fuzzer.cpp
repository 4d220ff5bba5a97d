// What lies on a broker's disk, or in the log that brokers share, whatever somebody or a fault has
// made of it. It reads back as it would be written, or is refused.
// Input: a byte that says which kind of record, then its bytes.

#include <map>

#include "broker/cluster/envelope.hpp"
#include "broker/cluster/seal.hpp"
#include "broker/core/outcome.hpp"
#include "broker/core/resume_token.hpp"
#include "broker/core/screen_replay.hpp"
#include "broker/core/session_record.hpp"
#include "broker/core/sightings.hpp"
#include "tests/fuzz/fuzzer.hpp"

namespace crier::fuzz {
namespace {

using namespace broker;

const Secret key{Bytes32{7}};
const UtcTime noon = utc_from_ms(1'764'000'000'000);

void require_sound(const Cells& cells) {
    require(cells.tally().targeted() == cells.all().size(), "each session is in one state");
    const auto again = Cells::unpack(cells.pack());
    require(again.has_value(), "an outcome that was written reads back");
    require(again->all() == cells.all() && again->tally() == cells.tally() &&
                again->counts(limits::choices_max) == cells.counts(limits::choices_max) &&
                again->beginning() == cells.beginning() &&
                again->is_drop_done() == cells.is_drop_done(),
            "it is the same outcome");
    for (const Cell& cell : cells.all()) {
        require(again->cause_of(*again->find(cell.session)) == cells.cause_of(cell),
                "with the same causes");
    }
}

void try_outcome(BytesView bytes) {
    StoredMessage stored;
    stored.cells = {bytes.begin(), bytes.end()};
    (void)sessions_in(stored);
    if (const auto cells = cells_of(stored)) require_sound(*cells);
}

/// As a start does it.
class Replay : public FactReader {
public:
    void on_receipt(std::uint32_t session, std::uint64_t seq, const ReceiptFact& fact) override {
        if (Cell* cell = cells[seq].find(session)) apply(cells[seq], *cell, fact);
    }
    void on_audience(std::uint64_t seq, const std::vector<std::uint32_t>& sessions) override {
        // Adding at random takes long, and is done where a broker knows only so many.
        if (sessions.size() < 1'000 && cells[seq].all().size() < 1'000) {
            apply_audience(cells[seq], sessions);
        }
    }
    void on_revision(std::uint64_t seq, const RevisionFact& fact) override {
        apply(cells[seq], fact);
    }
    void on_dropped(std::uint64_t seq, const std::vector<std::uint32_t>& sessions) override {
        apply_dropped(cells[seq], sessions);
        cells[seq].set_drop_done();
    }
    void on_dropped_elsewhere(std::uint64_t seq,
                              const std::vector<std::uint32_t>& sessions) override {
        apply_dropped(cells[seq], sessions);
    }
    void on_moved(std::uint64_t seq, const std::vector<std::uint32_t>& sessions) override {
        for (const std::uint32_t session : sessions) cells[seq].remove(session);
    }

    std::map<std::uint64_t, Cells> cells;
};

void try_facts(BytesView bytes) {
    Replay replay;
    (void)read_facts({bytes.begin(), bytes.end()}, replay);
    for (const auto& [seq, cells] : replay.cells) require_sound(cells);
}

void try_late_receipt(BytesView bytes) {
    std::uint32_t session = 0, session_again = 0;
    ReceiptFact fact, again;
    if (!unpack_late_receipt({bytes.begin(), bytes.end()}, session, fact)) return;
    const Bytes packed = pack_late_receipt(session, fact);
    require(unpack_late_receipt(packed, session_again, again).has_value(),
            "a late receipt that was written reads back");
    // A cause of no letters is none, whatever the flag says.
    again.flags = static_cast<std::uint8_t>(again.flags & ~Cell::has_cause);
    fact.flags = static_cast<std::uint8_t>(fact.flags & ~Cell::has_cause);
    require(session == session_again && fact == again, "it is the same late receipt");
}

/// As a writer takes it: with an id where it is of a message without seq, and only there.
Sighting canonical(Sighting sighting) {
    using What = Sighting::What;
    const bool is_of_message =
        sighting.what == What::shown || sighting.what == What::gone || sighting.what == What::named;
    const MessageId id = sighting.id.value_or(MessageId{});
    sighting.id.reset();
    if (is_of_message && sighting.seq == 0) sighting.id = id;
    return sighting;
}

void try_sightings(BytesView bytes) {
    ScreenReplay replay(noon, Milliseconds(12'500));
    SightingWriter writer;
    std::vector<Sighting> heard, again;
    (void)read_sightings({bytes.begin(), bytes.end()}, [&](const Sighting& sighting) {
        heard.push_back(sighting);
        writer.add(sighting);
        replay.take(sighting);
    });
    const bool reads_back = read_sightings(writer.take(), [&](const Sighting& one) {
                                again.push_back(one);
                            }).has_value();
    require(reads_back && heard.size() == again.size(), "sightings that were written read back");
    for (std::size_t i = 0; i < heard.size(); ++i) {
        require(canonical(heard[i]) == canonical(again[i]), "they are the same sightings");
    }
    std::vector<SeenMessage> seen;
    while (replay.replay_next(seen)) {
    }
}

void try_session_record(BytesView bytes) {
    SessionRecord record;
    record.number = 3;
    record.body = {bytes.begin(), bytes.end()};
    const auto until = refused_until(record);
    const std::uint32_t claim = claim_in(record);
    const auto session = session_from(record);
    if (!session) return;
    const SessionRecord again = to_record(*session, 3, true, noon, until, claim);
    const auto session_again = session_from(again);
    require(session_again.has_value() && *session_again == *session,
            "a session that was recorded reads back");
    require(refused_until(again) == until && claim_in(again) == claim, "with all there is to it");
}

void try_envelope(BytesView bytes) {
    require(!open(bytes, key) || bytes.size() > 32, "without a seal nothing opens");
    Bytes sealed(bytes.begin(), bytes.end());
    append_mac(sealed, key);
    const auto envelope = open(std::span<const std::uint8_t>(sealed), key);
    if (!envelope) {
        require(!envelope.error().why.empty(), "it is said why an envelope was not opened");
        return;
    }
    const SealedEnvelope written = seal(*envelope, key);
    const StreamMessage message{1, noon, written.id, written.body};
    const auto again = open(message, key);
    require(again.has_value() && *again == *envelope, "an envelope that was sealed opens");
}

void try_resume_token(BytesView bytes) {
    Bytes token(bytes.begin(), bytes.end());
    require(!verify(token, key), "nobody can make up a token");
    append_mac(token, key);
    const auto resumed = verify(token, key);
    if (resumed) require(verify(sign(*resumed, key), key) == resumed, "a token is what it was");
}

constexpr void (*kinds[])(BytesView){try_outcome,     try_facts,          try_late_receipt,
                                     try_sightings,   try_session_record, try_envelope,
                                     try_resume_token};
enum Kind : std::uint8_t {
    of_outcome,
    of_facts,
    of_late_receipt,
    of_sightings,
    of_session_record,
    of_envelope,
    of_resume_token
};

ReceiptFact receipt() {
    ReceiptFact fact{State::displayed, Cell::again | Cell::removed, 1'500, "by window", 0};
    return fact;
}

Cells outcome() {
    Cells cells;
    cells.begin({2, 60'000, 5});
    for (const std::uint32_t session : {1u, 2u, 300u}) cells.add(session);
    apply(cells, *cells.find(2), receipt());
    ReceiptFact answer{State::answered, Cell::has_answer, 70'000, {}, 1};
    apply(cells, *cells.find(300), answer);
    apply_dropped(cells, {1});
    return cells;
}

Bytes facts() {
    FactWriter writer;
    writer.audience(4, outcome());
    for (const std::uint64_t seq : {4u, 5u, 6u}) writer.receipt(2, seq, receipt());
    writer.revision(4, {{3, 90'000, 0}, {1, 2}});
    writer.dropped(4, {2});
    writer.dropped_elsewhere(4, 300);
    writer.moved(4, 1);
    return writer.take();
}

Bytes sightings() {
    using What = Sighting::What;
    SightingWriter writer;
    writer.add({.what = What::started, .at = noon});
    writer.add({.what = What::shown, .at = noon, .session = 1, .seq = 4, .revision = 1});
    writer.add({.what = What::gone, .at = noon, .session = 1, .seq = 4, .revision = 1});
    writer.add({.what = What::shown, .at = noon, .session = 2, .revision = 1, .id = MessageId{}});
    for (const What what : {What::lost, What::back, What::closed}) {
        writer.add({.what = what, .at = noon + Milliseconds(1'000), .session = 2});
    }
    return writer.take();
}

Session session() {
    Session session;
    session.id.bytes[0] = 0x3c;
    session.attributes.user = "vanessa";
    session.attributes.groups = {"admins"};
    session.address = "ipc";
    session.created = noon;
    return session;
}

/// Without its seal, which the fuzzer puts under whatever becomes of it.
Bytes unsealed(Envelope envelope) {
    envelope.broker.bytes[0] = 1;
    Bytes body = seal(envelope, key).body;
    body.resize(body.size() - Bytes32{}.size());
    return body;
}

}  // namespace

void try_input(BytesView input) {
    if (input.empty()) return;
    kinds[input.front() % std::size(kinds)](input.subspan(1));
}

std::vector<Bytes> seeds() {
    std::vector<Bytes> list;
    list.push_back(seed(of_outcome, outcome().pack()));
    list.push_back(seed(of_facts, facts()));
    list.push_back(seed(of_late_receipt, pack_late_receipt(2, receipt())));
    list.push_back(seed(of_sightings, sightings()));
    for (const std::optional<UtcTime> until : {std::optional<UtcTime>{}, std::optional(noon)}) {
        list.push_back(seed(of_session_record, to_record(session(), 1, true, noon, until, 2).body));
    }
    Entry entry;
    entry.kind = EntryKind::update;
    entry.about = MessageId{{9}};
    entry.principal = "olga";
    entry.body = {0x80};
    list.push_back(seed(of_envelope, unsealed({.before = noon, .content = entry})));
    list.push_back(seed(of_envelope, unsealed({.before = {}, .content = NewGeneration{3, {{}}}})));
    list.push_back(seed(of_envelope, unsealed({.before = {}, .content = Joined{{{2}}, noon}})));
    list.push_back(seed(
        of_envelope, unsealed({.before = {}, .content = Forgotten{{{1}}, {{2}}, noon, "olga"}})));
    Bytes token = sign({session().id, noon, 3, 1, {}}, key);
    token.resize(token.size() - Bytes32{}.size());
    list.push_back(seed(of_resume_token, token));
    return list;
}

}  // namespace crier::fuzz
