// What a broker finds in its journal when it starts, whatever became of it: from one that does not
// read back no broker starts. And the log's chain: whoever changes the log is found.
// Input: a byte that says which of the two, then parts of a recovery, or entries and what is done
// to them.

#include "broker/journal/chain.hpp"
#include "broker/journal/chain_check.hpp"
#include "broker/journal/memory_journal.hpp"
#include "tests/fuzz/fuzzer.hpp"
#include "tests/support/broker_driver.hpp"

namespace crier::fuzz {
namespace {

using namespace broker;

// ---- A start ------------------------------------------------------------------------------------

/// A part of a recovery: a byte that says which, two small numbers, two pieces of bytes.
enum Part : std::uint8_t { a_session, a_message, a_change, a_late_receipt, some_facts };
constexpr std::size_t part_count = 5;

MessageId message_id(std::uint64_t number) {
    return testing::message_id(static_cast<std::uint8_t>(number));
}

StoredEntry take_entry(Input& input, std::uint64_t seq, std::uint8_t kind) {
    StoredEntry stored;
    stored.seq = seq;
    stored.entry.id = message_id(seq);
    // A journal gives none that has no name.
    stored.entry.kind = static_cast<EntryKind>(kind % 6 + 1);
    stored.entry.at = utc_from_ms(1'700'000'000'000);
    stored.entry.principal = "operators";
    stored.entry.body = input.bytes();
    return stored;
}

Recovery take_recovery(Input& input) {
    Recovery recovery;
    while (!input.empty()) {
        const auto part = static_cast<Part>(input.below(part_count));
        const std::uint8_t one = input.byte();
        const std::uint8_t other = input.byte();
        if (part == a_session) {
            SessionRecord record;
            record.number = ++recovery.last_session_number;
            record.id.bytes[0] = one;
            record.body = input.bytes();
            recovery.open_sessions.push_back(std::move(record));
        } else if (part == a_message) {
            StoredMessage message;
            message.entry = take_entry(input, ++recovery.last_seq, one);
            message.cells = input.bytes();
            recovery.open_messages.push_back(std::move(message));
        } else if (part == some_facts) {
            recovery.facts.push_back(input.bytes());
        } else if (!recovery.open_messages.empty()) {
            StoredMessage& message = recovery.open_messages[one % recovery.open_messages.size()];
            if (part == a_late_receipt) {
                message.late_receipts.push_back(input.bytes());
            } else {
                message.changes.push_back(take_entry(input, ++recovery.last_seq, other));
                message.changes.back().entry.about = message.entry.entry.id;
            }
        }
    }
    return recovery;
}

void put_part(Bytes& bytes, Part part, std::size_t one, std::size_t other) {
    bytes.push_back(part);
    bytes.push_back(static_cast<std::uint8_t>(one));
    bytes.push_back(static_cast<std::uint8_t>(other));
}

void put_bytes(Bytes& bytes, const Bytes& more) {
    constexpr std::size_t size_max = 255;
    const std::size_t size = std::min(more.size(), size_max);
    bytes.push_back(static_cast<std::uint8_t>(size));
    bytes.insert(bytes.end(), more.begin(), more.begin() + static_cast<std::ptrdiff_t>(size));
}

std::size_t kind_byte(EntryKind kind) {
    return static_cast<std::size_t>(kind) - 1;
}

/// What take_recovery() makes the same recovery of, but for ids and times.
Bytes written(const Recovery& recovery) {
    Bytes bytes;
    for (const SessionRecord& record : recovery.open_sessions) {
        put_part(bytes, a_session, record.id.bytes[0], 0);
        put_bytes(bytes, record.body);
    }
    for (std::size_t index = 0; index < recovery.open_messages.size(); ++index) {
        const StoredMessage& message = recovery.open_messages[index];
        put_part(bytes, a_message, kind_byte(message.entry.entry.kind), 0);
        put_bytes(bytes, message.entry.entry.body);
        put_bytes(bytes, message.cells);
        for (const StoredEntry& change : message.changes) {
            put_part(bytes, a_change, index, kind_byte(change.entry.kind));
            put_bytes(bytes, change.entry.body);
        }
        for (const Bytes& late : message.late_receipts) {
            put_part(bytes, a_late_receipt, index, 0);
            put_bytes(bytes, late);
        }
    }
    for (const Bytes& facts : recovery.facts) {
        put_part(bytes, some_facts, 0, 0);
        put_bytes(bytes, facts);
    }
    return bytes;
}

/// An operator's day: questions, a drain, a schedule, updates, recalls.
Bytes left_behind(bool is_late) {
    MemoryJournal journal;
    testing::BrokerDriver broker(journal, testing::insecure_settings());
    const auto vanessa = broker.join("vanessa-1");
    broker.join("olaf-1");
    const auto op = broker.join_operator();
    broker.send(op, 1, "Hello");
    broker.receipt(vanessa, 1, State::acknowledged);
    protocol::Send question;
    question.id = testing::message_id(2);
    question.content.text = "Now?";
    question.content.choices = {"yes", "no"};
    question.quorum = 90;
    broker.ask(op, question);
    protocol::Receipt answer;
    answer.id = testing::message_id(2);
    answer.state = State::answered;
    answer.answer = 1;
    broker.receipt(vanessa, answer);
    protocol::Send drain;
    drain.id = testing::message_id(3);
    drain.content.text = "Closing";
    drain.schedule.due = broker.now().utc + std::chrono::minutes(1);
    drain.schedule.drop = broker.now().utc + std::chrono::minutes(2);
    drain.schedule.close_admission = broker.now().utc + std::chrono::minutes(1);
    broker.ask(op, drain);
    broker.update(op, 4, 1, "Hello again");
    broker.recall(op, 5, 1);
    if (is_late) broker.advance(std::chrono::minutes(3));
    return written(*journal.recover());
}

// ---- The chain ----------------------------------------------------------------------------------

void tamper(Input& input, std::vector<AuditRow>& rows) {
    Entry& entry =
        input.one_of(std::vector<AuditRow*>{&rows.front(), &rows.back()})->entry.stored.entry;
    switch (input.below(7)) {
        case 0:
            entry.id.bytes[input.below(16)] ^= 1;
            break;
        case 1:
            entry.kind = static_cast<EntryKind>(static_cast<unsigned>(entry.kind) + 1);
            break;
        case 2:
            entry.about = entry.about ? std::nullopt : std::optional(MessageId{});
            break;
        case 3:
            entry.at += Milliseconds(1);
            break;
        case 4:
            entry.principal += 'x';
            break;
        case 5:
            entry.content_hash[input.below(32)] ^= 1;
            break;
        default:
            entry.body.push_back(input.byte());
    }
}

Entry take_log_entry(Input& input, std::uint64_t number) {
    Entry entry;
    entry.id = message_id(number);
    entry.kind = static_cast<EntryKind>(input.below(6) + 1);
    if (number > 1 && input.flag()) entry.about = message_id(1);
    entry.at = utc_from_ms(static_cast<std::int64_t>(input.number()));
    entry.principal = input.text();
    entry.content_hash[0] = input.byte();
    entry.body = input.bytes();
    return entry;
}

/// A start from sessions, messages and facts of which any may be damaged.
void try_recovery(BytesView bytes) {
    Input input(bytes);
    const Recovery recovery = take_recovery(input);
    Moment now{Instant{}, utc_from_ms(1'700'000'000'000)};
    Effects effects;
    auto engine = Engine::start(testing::insecure_settings(), recovery, now, effects);
    if (!engine) {
        require(engine.error().code == ErrorCode::journal_damaged, "what is wrong is the journal");
        return;
    }
    (*engine)->step(TurnEnded{}, now, effects);
    for (int steps = 0; steps < 20; ++steps) {
        const auto due = (*engine)->next_deadline();
        if (!due) break;
        now.utc += std::max(*due, now.steady) - now.steady;
        now.steady = std::max(*due, now.steady);
        (*engine)->step(TimePassed{}, now, effects);
        (*engine)->step(TurnEnded{}, now, effects);
    }
}

/// What real brokers leave.
std::vector<Bytes> recoveries() {
    return {left_behind(false), left_behind(true)};
}

/// A log to which something was done, or nothing: the check says which.
void try_chain(BytesView bytes) {
    Input input(bytes);
    const bool is_tampered_with = input.flag();
    const std::size_t count = 1 + input.below(4);
    Bytes how = input.bytes();
    MemoryJournal journal;
    journal.sign_with(SigningKey(Secret(Bytes32{1})));
    Batch batch;
    for (std::size_t i = 1; i <= count; ++i) batch.entries.push_back(take_log_entry(input, i));
    require(journal.append(batch).has_value(), "a journal in memory takes it");
    const auto head = *journal.sign_head(utc_from_ms(1));

    AuditPiece piece = *journal.read_audit(0, 100);
    Input decisions(how);
    if (is_tampered_with) tamper(decisions, piece.rows);
    ChainCheck check(head);
    while (check.take(piece)) {
    }
    require(check.checked().verdict.is_whole() != is_tampered_with,
            "whoever changes a log is found, and nobody else is");
}

std::vector<Bytes> chains() {
    const auto chain = [](std::uint8_t is_tampered_with, std::uint8_t which, std::uint8_t how) {
        Bytes bytes{is_tampered_with, 1, 2, which, how};
        for (int i = 0; i < 2; ++i) {
            bytes.insert(bytes.end(), {1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 2, 'm', 'e', 9, 1, 0x80});
        }
        return bytes;
    };
    std::vector<Bytes> list{chain(0, 0, 0)};
    for (std::uint8_t how = 0; how < 7; ++how) list.push_back(chain(1, how % 2, how));
    return list;
}

enum Kind : std::uint8_t { of_recovery, of_chain };

}  // namespace

void try_input(BytesView input) {
    if (input.empty()) return;
    if (input.front() % 2 == of_chain) return try_chain(input.subspan(1));
    try_recovery(input.subspan(1));
}

std::vector<Bytes> seeds() {
    std::vector<Bytes> list;
    for (const Bytes& recovery : recoveries()) list.push_back(seed(of_recovery, recovery));
    for (const Bytes& chain : chains()) list.push_back(seed(of_chain, chain));
    return list;
}

}  // namespace crier::fuzz
