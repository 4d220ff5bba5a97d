#include "tests/integration/journal_workload.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include "tests/contract/journal_samples.hpp"

namespace crier::broker::workload {
namespace {

constexpr std::uint64_t steps_between_prunings = 10;
constexpr std::size_t everything = 1'000'000;

/// Step n appends one to three entries.
std::uint64_t entries_through(std::uint64_t step) {
    std::uint64_t count = 0;
    for (std::uint64_t i = 1; i <= step; ++i) count += 1 + i % 3;
    return count;
}

Status prune_all(Journal& journal, UtcTime before) {
    while (true) {
        const Result<std::size_t> went = journal.prune(before, 50);
        if (!went) return fail(went.error());
        if (*went == 0) return {};
    }
}

/// Entry n is accepted at second n: old ones go, the last hundred or so stay.
UtcTime prune_time(std::uint64_t step) {
    const std::uint64_t last = entries_through(step - step % steps_between_prunings);
    return samples::at(static_cast<std::int64_t>(last) - 100);
}

bool is_same(const StoredMessage& left, const StoredMessage& right) {
    return left.entry == right.entry && left.cells == right.cells &&
           left.late_receipts == right.late_receipts;
}

bool are_same(const std::vector<StoredMessage>& left, const std::vector<StoredMessage>& right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), is_same);
}

}  // namespace

Batch batch(std::uint64_t number) {
    const std::uint64_t entries_before = entries_through(number - 1);
    // The first of them come to a broker that is alone. Later ones now and then find the place of
    // an earlier one theirs, as after the stream was rolled back.
    Batch made = number < 10 ? samples::entries(entries_before + 1, entries_through(number))
                             : samples::placed_entries(entries_before + 1, entries_through(number),
                                                       1 + number / 50);
    if (number % 7 == 0 && !made.places.empty()) made.places.front().number -= 4;
    // Some outcomes stay open for a while, some are written twice, one in twenty never closes.
    for (std::uint64_t back : {5u, 6u, 20u}) {
        if (entries_before <= back) continue;
        const std::uint64_t seq = entries_before - back;
        const bool closes = back == 20 && seq % 20 != 0;
        Outcome outcome = samples::outcome(
            seq, closes ? samples::Ending::closes : samples::Ending::stays_open, number);
        outcome.cells = samples::bytes(seq % 7 == 0 ? 9'000 : 200 + seq % 300, number);
        made.outcomes.push_back(std::move(outcome));
    }
    if (entries_before > 30) {
        made.late_receipts.push_back(
            {samples::message_id(entries_before - 30), samples::bytes(12, number)});
    }
    const auto session = static_cast<std::uint32_t>(number);
    made.sessions.push_back(samples::session(session));
    if (session > 8 && session % 5 != 0) {
        made.sessions.push_back(samples::session(session - 8, samples::Stay::closed,
                                                 static_cast<std::int64_t>(entries_before)));
    }
    const std::string text = std::to_string(number);
    made.facts.assign(text.begin(), text.end());
    made.facts.resize(text.size() + number % 5'000, ' ');
    made.forget_facts = number % 16 == 0;
    return made;
}

Status take_step(Journal& journal, std::uint64_t number) {
    const Result<std::vector<EntryResult>> results = journal.append(batch(number));
    if (!results) return fail(results.error());
    journal.tidy();
    if (number % steps_between_prunings != 0) return {};
    return prune_all(journal, prune_time(number));
}

std::optional<std::uint64_t> last_step(Journal& journal) {
    const Result<Recovery> recovery = journal.recover();
    if (!recovery) return {};
    if (recovery->facts.empty()) return 0;
    const Bytes& last = recovery->facts.back();
    return std::stoull(std::string(last.begin(), last.end()));
}

MemoryJournal model_of(std::uint64_t last) {
    MemoryJournal model;
    for (std::uint64_t number = 1; number <= last; ++number) {
        static_cast<void>(take_step(model, number));
    }
    return model;
}

std::string difference(Journal& journal, MemoryJournal model) {
    const Result<Recovery> expected = model.recover();
    const Result<Recovery> found = journal.recover();
    if (!found) return to_string(found.error());
    if (found->last_seq != expected->last_seq) return "last_seq";
    if (found->last_session_number != expected->last_session_number) return "last_session_number";
    if (found->facts != expected->facts) return "facts";
    if (found->cursor != expected->cursor) return "cursor";
    if (found->open_sessions != expected->open_sessions) return "open sessions";
    if (!are_same(found->open_messages, expected->open_messages)) return "open messages";

    const UtcTime before = prune_time(expected->last_session_number);
    if (Status pruned = prune_all(model, before); !pruned) return to_string(pruned.error());
    if (Status pruned = prune_all(journal, before); !pruned) return to_string(pruned.error());
    const Result<std::vector<StoredMessage>> messages = journal.read_messages({}, everything);
    if (!messages) return to_string(messages.error());
    if (!are_same(*messages, *model.read_messages({}, everything))) return "messages";

    if (journal.recover()->unplaced != model.recover()->unplaced) return "unplaced";
    const Result<std::vector<PlacedEntry>> log = journal.read_log(0, everything);
    if (!log) return to_string(log.error());
    if (*log != *model.read_log(0, everything)) return "log";
    const Result<std::vector<Place>> places = journal.read_places({}, everything);
    if (!places) return to_string(places.error());
    if (*places != *model.read_places({}, everything)) return "places";

    std::vector<std::uint32_t> numbers(expected->last_session_number);
    std::iota(numbers.begin(), numbers.end(), 1);
    const Result<std::vector<SessionRecord>> sessions = journal.read_sessions(numbers);
    if (!sessions) return to_string(sessions.error());
    if (*sessions != *model.read_sessions(numbers)) return "sessions";
    return {};
}

}  // namespace crier::broker::workload
