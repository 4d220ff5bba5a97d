/// \file
/// What every Journal promises (broker/journal/journal.hpp), as tests that run on each of them.
///
///     INSTANTIATE_TEST_SUITE_P(Sqlite, JournalContract, testing::Values(make_sqlite_keeper));

#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "broker/journal/chain.hpp"
#include "broker/journal/chain_check.hpp"
#include "broker/journal/journal.hpp"
#include "tests/contract/journal_samples.hpp"

namespace crier::broker {

/// Opens one journal again and again.
class JournalKeeper {
public:
    virtual ~JournalKeeper() = default;

    /// The journal, with all that was accepted before; an earlier one is closed first. Owned here.
    virtual Journal& reopen() = 0;
};

using MakeKeeper = std::unique_ptr<JournalKeeper> (*)();

class JournalContract : public testing::TestWithParam<MakeKeeper> {
protected:
    Journal& journal() { return *journal_; }
    void reopen() {
        journal_ = &keeper_->reopen();
        journal_->sign_with(samples::signing_key());
    }
    void SetUp() override { journal_->sign_with(samples::signing_key()); }
    /// Whatever a test did: nothing of it looks as if somebody had tampered with the log.
    void TearDown() override {
        const AuditVerdict verdict = check();
        EXPECT_TRUE(verdict.is_whole())
            << name_of(verdict.finding->fault) << " " << verdict.finding->first << ": "
            << verdict.finding->detail;
    }

    std::vector<EntryResult> append(const Batch& batch) {
        Result<std::vector<EntryResult>> results = journal().append(batch);
        EXPECT_TRUE(results) << (results ? "" : to_string(results.error()));
        return results ? *results : std::vector<EntryResult>{};
    }
    Recovery recover() {
        Result<Recovery> recovery = journal().recover();
        EXPECT_TRUE(recovery) << (recovery ? "" : to_string(recovery.error()));
        return recovery ? *recovery : Recovery{};
    }
    std::vector<StoredMessage> read(std::optional<std::uint64_t> before = {},
                                    std::size_t count_max = 1'000) {
        Result<std::vector<StoredMessage>> messages = journal().read_messages(before, count_max);
        EXPECT_TRUE(messages) << (messages ? "" : to_string(messages.error()));
        return messages ? *messages : std::vector<StoredMessage>{};
    }
    std::vector<std::uint32_t> session_numbers(const std::vector<std::uint32_t>& wanted) {
        const Result<std::vector<SessionRecord>> records = journal().read_sessions(wanted);
        EXPECT_TRUE(records);
        std::vector<std::uint32_t> numbers;
        if (!records) return numbers;
        for (const SessionRecord& record : *records) numbers.push_back(record.number);
        return numbers;
    }
    std::vector<SightingsPiece> sightings(std::uint64_t after, std::size_t count_max) {
        Result<std::vector<SightingsPiece>> pieces = journal().read_sightings(after, count_max);
        EXPECT_TRUE(pieces) << (pieces ? "" : to_string(pieces.error()));
        return pieces ? *pieces : std::vector<SightingsPiece>{};
    }
    /// In small pieces, so that there are several.
    AuditVerdict check(std::optional<SignedHead> kept = std::nullopt) {
        ChainCheck checked(std::move(kept));
        while (true) {
            const Result<AuditPiece> piece = journal().read_audit(checked.after(), 3);
            EXPECT_TRUE(piece) << (piece ? "" : to_string(piece.error()));
            if (!piece || !checked.take(*piece)) return checked.checked().verdict;
        }
    }
    SignedHead head(std::int64_t seconds = 1'000) {
        const Result<SignedHead> made = journal().sign_head(samples::at(seconds));
        EXPECT_TRUE(made) << (made ? "" : to_string(made.error()));
        return made.value_or(SignedHead{});
    }
    std::vector<ChainedEntry> find(const EntryQuery& query) {
        std::vector<ChainedEntry> all;
        EntryQuery rest = query;
        while (true) {
            const Result<EntriesFound> found = journal().read_entries(rest, 2);
            EXPECT_TRUE(found) << (found ? "" : to_string(found.error()));
            if (!found) return all;
            all.insert(all.end(), found->entries.begin(), found->entries.end());
            if (found->searched_to == 0 || all.size() == query.count_max) return all;
            rest.before = found->searched_to;
            rest.count_max = query.count_max - all.size();
        }
    }
    std::vector<std::uint64_t> seqs_of(EntryQuery query) {
        query.count_max = 1'000;
        std::vector<std::uint64_t> seqs;
        for (const ChainedEntry& entry : find(query)) seqs.push_back(entry.stored.seq);
        return seqs;
    }
    std::size_t prune(UtcTime before, std::size_t count_max) {
        const Result<std::size_t> went = journal().prune(before, count_max);
        EXPECT_TRUE(went) << (went ? "" : to_string(went.error()));
        return went.value_or(0);
    }

private:
    std::unique_ptr<JournalKeeper> keeper_ = GetParam()();
    Journal* journal_ = &keeper_->reopen();
};

using Seqs = std::vector<std::uint64_t>;
using Numbers = std::vector<std::uint32_t>;
using Texts = std::vector<std::string>;

// ---- Entries ------------------------------------------------------------------------------------

TEST_P(JournalContract, StartsEmpty) {
    const Recovery recovery = recover();
    EXPECT_TRUE(recovery.open_sessions.empty());
    EXPECT_TRUE(recovery.open_messages.empty());
    EXPECT_TRUE(recovery.facts.empty());
    EXPECT_EQ(recovery.last_seq, 0u);
    EXPECT_EQ(recovery.last_session_number, 0u);
    EXPECT_TRUE(read().empty());
}

TEST_P(JournalContract, GivesEntriesConsecutiveSeqsFromOne) {
    const std::vector<EntryResult> results = append(samples::entries(1, 3));
    ASSERT_EQ(results.size(), 3u);
    for (std::uint64_t i = 0; i < 3; ++i) {
        EXPECT_EQ(results[i].stored.seq, i + 1);
        EXPECT_EQ(results[i].stored.entry, samples::entry(i + 1));
        EXPECT_FALSE(results[i].already);
    }
}

TEST_P(JournalContract, KeepsEveryFieldOfAnEntryOverReopening) {
    append(samples::entries(1, 3));
    reopen();
    for (std::uint64_t number = 1; number <= 3; ++number) {
        const auto message = journal().read_message(samples::message_id(number));
        ASSERT_TRUE(message && *message);
        EXPECT_EQ((*message)->entry, (StoredEntry{number, samples::entry(number)}));
    }
}

TEST_P(JournalContract, KeepsAnEntryWithNothingInIt) {
    Batch batch;
    batch.entries.emplace_back();
    append(batch);
    reopen();
    const auto message = journal().read_message(MessageId{});
    ASSERT_TRUE(message && *message);
    EXPECT_EQ((*message)->entry.entry, Entry{});
}

TEST_P(JournalContract, GoesOnCountingSeqsAfterReopening) {
    append(samples::entries(1, 3));
    reopen();
    EXPECT_EQ(append(samples::entries(4, 4)).at(0).stored.seq, 4u);
}

TEST_P(JournalContract, AnswersAnIdThatIsThereWithTheEarlierEntry) {
    append(samples::entries(1, 2));
    Batch batch = samples::entries(1, 3);
    batch.entries[0].body = {9};
    const std::vector<EntryResult> results = append(batch);
    ASSERT_EQ(results.size(), 3u);
    EXPECT_EQ(results[0], (EntryResult{{1, samples::entry(1)}, true}));
    EXPECT_EQ(results[1], (EntryResult{{2, samples::entry(2)}, true}));
    EXPECT_EQ(results[2], (EntryResult{{3, samples::entry(3)}, false}))
        << "a repeated entry takes no seq";
}

TEST_P(JournalContract, FindsAnIdThatIsTwiceInOneBatch) {
    Batch batch = samples::entries(1, 1);
    batch.entries.push_back(samples::entry(1));
    const std::vector<EntryResult> results = append(batch);
    ASSERT_EQ(results.size(), 2u);
    EXPECT_FALSE(results[0].already);
    EXPECT_EQ(results[1], (EntryResult{{1, samples::entry(1)}, true}));
}

TEST_P(JournalContract, AcceptsAnEmptyBatch) {
    EXPECT_TRUE(append(Batch{}).empty());
}

// ---- Changes ------------------------------------------------------------------------------------

inline Batch one_entry(Entry entry) {
    Batch batch;
    batch.entries.push_back(std::move(entry));
    return batch;
}

TEST_P(JournalContract, KeepsChangesWithTheirMessageInTheirOrder) {
    append(samples::entries(1, 2));
    append(one_entry(samples::change(3, 1)));
    append(one_entry(samples::change(4, 2, EntryKind::recall)));
    append(one_entry(samples::change(5, 1, EntryKind::recall)));
    reopen();
    const std::vector<StoredMessage> open = recover().open_messages;
    ASSERT_EQ(open.size(), 2u);
    const std::vector<StoredEntry> of_first{{3, samples::change(3, 1)},
                                            {5, samples::change(5, 1, EntryKind::recall)}};
    EXPECT_EQ(open[0].changes, of_first);
    ASSERT_EQ(open[1].changes.size(), 1u);
    EXPECT_EQ(open[1].changes[0].entry.kind, EntryKind::recall);
    const auto found = journal().read_message(samples::message_id(1));
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->changes, of_first);
}

TEST_P(JournalContract, ListsMessagesWithoutTheChangesBetweenThem) {
    append(samples::entries(1, 1));
    for (std::uint64_t number = 2; number <= 6; ++number) {
        append(one_entry(samples::change(number, 1)));
    }
    append(samples::entries(7, 8));
    EXPECT_EQ(samples::seqs(read()), (Seqs{8, 7, 1}));
    EXPECT_EQ(samples::seqs(read({}, 3)), (Seqs{8, 7, 1}));
    EXPECT_EQ(samples::seqs(read(7, 1)), (Seqs{1}));
    EXPECT_EQ(read(2, 1).at(0).changes.size(), 5u);
}

TEST_P(JournalContract, FindsAChangeByItsOwnId) {
    append(samples::entries(1, 1));
    append(one_entry(samples::change(2, 1)));
    reopen();
    const auto found = journal().read_message(samples::message_id(2));
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->entry, (StoredEntry{2, samples::change(2, 1)}));
    const std::vector<EntryResult> again = append(one_entry(samples::change(2, 1)));
    EXPECT_EQ(again.at(0), (EntryResult{{2, samples::change(2, 1)}, true}));
}

TEST_P(JournalContract, WritesNoChangeOfWhatIsNotThere) {
    append(samples::entries(1, 1));
    Batch batch = one_entry(samples::change(2, 9));
    batch.entries.push_back(samples::entry(3));
    const std::vector<EntryResult> results = append(batch);
    ASSERT_EQ(results.size(), 2u);
    EXPECT_TRUE(results[0].is_orphan);
    EXPECT_EQ(results[1].stored.seq, 2u) << "what is not written takes no seq";
    const auto found = journal().read_message(samples::message_id(2));
    ASSERT_TRUE(found);
    EXPECT_FALSE(*found);
}

TEST_P(JournalContract, TakesAChangeOfAMessageOfTheSameBatch) {
    Batch batch = samples::entries(1, 1);
    batch.entries.push_back(samples::change(2, 1));
    EXPECT_FALSE(append(batch).at(1).is_orphan);
    EXPECT_EQ(recover().open_messages.at(0).changes.size(), 1u);
}

TEST_P(JournalContract, PrunesChangesWithTheirMessageOnly) {
    append(samples::entries(1, 2));
    append(one_entry(samples::change(3, 1)));
    append(one_entry(samples::change(4, 2)));
    append(samples::closings(1, 1));
    EXPECT_EQ(prune(samples::at(100), 10), 1u) << "counted in messages";
    EXPECT_EQ(samples::seqs(read()), (Seqs{2}));
    EXPECT_EQ(read().at(0).changes.size(), 1u);
    reopen();
    EXPECT_EQ(samples::seqs(read()), (Seqs{2})) << "no seq is missed";
    EXPECT_EQ(append(samples::entries(5, 5)).at(0).stored.seq, 5u);
    const auto gone = journal().read_message(samples::message_id(3));
    ASSERT_TRUE(gone);
    EXPECT_FALSE(*gone);
}

// ---- What is open -------------------------------------------------------------------------------

TEST_P(JournalContract, RecoversMessagesUntilAnOutcomeClosesThem) {
    append(samples::entries(1, 4));
    append(samples::outcomes({samples::outcome(1, samples::Ending::closes),
                              samples::outcome(2, samples::Ending::stays_open)}));
    reopen();
    const Recovery recovery = recover();
    EXPECT_EQ(samples::seqs(recovery.open_messages), (Seqs{2, 3, 4}));
    EXPECT_EQ(recovery.last_seq, 4u);
    ASSERT_EQ(recovery.open_messages.size(), 3u);
    EXPECT_EQ(recovery.open_messages[0].cells,
              samples::outcome(2, samples::Ending::stays_open).cells);
    EXPECT_TRUE(recovery.open_messages[1].cells.empty());
}

TEST_P(JournalContract, ReplacesAnOutcome) {
    append(samples::entries(1, 1));
    append(samples::outcomes({samples::outcome(1, samples::Ending::stays_open, 5)}));
    append(samples::outcomes({samples::outcome(1, samples::Ending::stays_open, 6),
                              samples::outcome(1, samples::Ending::stays_open, 7)}));
    reopen();
    EXPECT_EQ(recover().open_messages.at(0).cells,
              samples::outcome(1, samples::Ending::stays_open, 7).cells);
}

TEST_P(JournalContract, KeepsAMessageClosedWhateverOutcomeFollows) {
    append(samples::entries(1, 1));
    append(samples::closings(1, 1));
    append(samples::outcomes({samples::outcome(1, samples::Ending::stays_open, 3)}));
    reopen();
    EXPECT_TRUE(recover().open_messages.empty());
    EXPECT_EQ(read().at(0).cells, samples::outcome(1, samples::Ending::stays_open, 3).cells);
}

TEST_P(JournalContract, RecoversTheNewestTimeThatItHasOfAnything) {
    EXPECT_EQ(recover().newest, UtcTime{});
    const auto newest = [this] {
        reopen();
        return recover().newest;
    };
    append(samples::entries(1, 4));
    append(samples::closings(1, 4));
    EXPECT_EQ(newest(), samples::at(4));
    append(samples::sessions({samples::session(1, samples::Stay::open, 6)}));
    EXPECT_EQ(newest(), samples::at(6));
    append(samples::sessions({samples::session(2, samples::Stay::closed, 7)}));
    EXPECT_EQ(newest(), samples::at(7));
    append(samples::sightings("seen", 9));
    EXPECT_EQ(newest(), samples::at(9));
}

TEST_P(JournalContract, RecoversOpenSessionsByNumber) {
    append(samples::sessions({samples::session(3), samples::session(1), samples::session(2)}));
    append(samples::sessions({samples::session(2, samples::Stay::closed)}));
    reopen();
    const Recovery recovery = recover();
    EXPECT_EQ(recovery.open_sessions, (std::vector{samples::session(1), samples::session(3)}));
    EXPECT_EQ(recovery.last_session_number, 3u);
}

TEST_P(JournalContract, RemembersTheHighestSessionNumberOfAll) {
    append(samples::sessions({samples::session(7, samples::Stay::closed)}));
    prune(samples::at(100), 10);
    reopen();
    EXPECT_EQ(recover().last_session_number, 7u);
}

TEST_P(JournalContract, ReplacesASessionRecordByItsNumber) {
    SessionRecord changed = samples::session(1);
    changed.body = {1, 2, 3};
    append(samples::sessions({samples::session(1)}));
    append(samples::sessions({changed}));
    reopen();
    EXPECT_EQ(recover().open_sessions, std::vector{changed});
}

TEST_P(JournalContract, OpensASessionAgain) {
    append(samples::sessions({samples::session(1, samples::Stay::closed)}));
    append(samples::sessions({samples::session(1)}));
    reopen();
    EXPECT_EQ(recover().open_sessions.size(), 1u);
}

TEST_P(JournalContract, ReadsSessionsOpenOrClosedOnceEachByNumber) {
    append(samples::sessions(
        {samples::session(1), samples::session(2, samples::Stay::closed), samples::session(9)}));
    EXPECT_EQ(session_numbers({9, 2, 2, 5, 1}), (Numbers{1, 2, 9}));
    EXPECT_TRUE(session_numbers({}).empty());
}

// ---- Facts --------------------------------------------------------------------------------------

TEST_P(JournalContract, KeepsFactsInTheOrderWritten) {
    append(samples::facts("one"));
    append(samples::facts("two"));
    reopen();
    append(samples::facts("three"));
    reopen();
    EXPECT_EQ(samples::texts(recover().facts), (Texts{"one", "two", "three"}));
}

TEST_P(JournalContract, ForgetsEarlierFactsAndKeepsThoseOfTheSameBatch) {
    append(samples::facts("one"));
    append(samples::facts("two"));
    Batch batch = samples::facts("three");
    batch.forget_facts = true;
    append(batch);
    append(samples::facts("four"));
    reopen();
    EXPECT_EQ(samples::texts(recover().facts), (Texts{"three", "four"}));
}

TEST_P(JournalContract, ForgetsAllFacts) {
    append(samples::facts("one"));
    append(samples::forgetting());
    append(samples::forgetting());
    reopen();
    EXPECT_TRUE(recover().facts.empty());
    append(samples::facts("two"));
    reopen();
    EXPECT_EQ(samples::texts(recover().facts), Texts{"two"});
}

// ---- Sightings ----------------------------------------------------------------------------------

TEST_P(JournalContract, KeepsSightingsInTheOrderWritten) {
    EXPECT_TRUE(sightings(0, 10).empty());
    append(samples::sightings("one", 1));
    append(samples::sightings("two", 2));
    append(samples::forgetting());
    reopen();
    append(samples::sightings("three", 3));
    const std::vector<SightingsPiece> all = sightings(0, 10);
    ASSERT_EQ(all.size(), 3u);
    EXPECT_EQ(all[0], (SightingsPiece{1, samples::at(1), samples::sightings("one", 1).sightings}));
    EXPECT_EQ(all[2].piece, 3u);
    EXPECT_EQ(all[2].at, samples::at(3));
    EXPECT_EQ(sightings(1, 1), (std::vector{all[1]})) << "a page of them";
    EXPECT_TRUE(sightings(3, 10).empty());
}

TEST_P(JournalContract, PrunesSightingsByTheirAge) {
    for (int i = 1; i <= 5; ++i) append(samples::sightings(std::to_string(i), i));
    EXPECT_EQ(prune(samples::at(4), 2), 2u);
    EXPECT_EQ(prune(samples::at(4), 2), 1u);
    EXPECT_EQ(prune(samples::at(4), 2), 0u);
    reopen();
    const std::vector<SightingsPiece> left = sightings(0, 10);
    ASSERT_EQ(left.size(), 2u);
    EXPECT_EQ(left.front().piece, 4u);
    EXPECT_EQ(prune(samples::at(9), 10), 2u);
    EXPECT_TRUE(sightings(0, 10).empty());
    append(samples::sightings("six", 6));
    EXPECT_EQ(sightings(0, 10).front().piece, 6u) << "a number is never given again";
}

// ---- History ------------------------------------------------------------------------------------

TEST_P(JournalContract, ReadsMessagesNewestFirstInPages) {
    append(samples::entries(1, 5));
    append(samples::closings(2, 3));
    EXPECT_EQ(samples::seqs(read({}, 2)), (Seqs{5, 4}));
    EXPECT_EQ(samples::seqs(read(4, 2)), (Seqs{3, 2}));
    EXPECT_EQ(samples::seqs(read(2, 2)), Seqs{1});
    EXPECT_TRUE(read(1, 2).empty());
    EXPECT_TRUE(read(0, 2).empty());
    EXPECT_TRUE(read({}, 0).empty());
    EXPECT_EQ(samples::seqs(read(~std::uint64_t{0}, ~std::size_t{0})), (Seqs{5, 4, 3, 2, 1}));
}

TEST_P(JournalContract, KnowsNoMessageByAForeignId) {
    append(samples::entries(1, 1));
    const auto message = journal().read_message(samples::message_id(2));
    ASSERT_TRUE(message);
    EXPECT_EQ(message->has_value(), false);
}

TEST_P(JournalContract, KeepsLateReceiptsInOrderBesideTheirMessage) {
    append(samples::entries(1, 2));
    append(samples::closings(1, 2));
    append(samples::late_receipts({{samples::message_id(1), {1}}, {samples::message_id(2), {2}}}));
    append(samples::late_receipts({{samples::message_id(1), {3}}}));
    reopen();
    EXPECT_EQ(read().at(1).late_receipts, (std::vector<Bytes>{{1}, {3}}));
    EXPECT_EQ(read().at(0).late_receipts, std::vector<Bytes>{{2}});
}

TEST_P(JournalContract, DropsALateReceiptForAMessageItDoesNotKnow) {
    append(samples::late_receipts({{samples::message_id(1), {1}}}));
    append(samples::entries(1, 1));
    EXPECT_TRUE(read().at(0).late_receipts.empty());
}

// ---- Pruning ------------------------------------------------------------------------------------

TEST_P(JournalContract, PrunesClosedMessagesAcceptedBeforeATime) {
    append(samples::entries(1, 6));
    append(samples::closings(1, 2));
    append(samples::closings(4, 6));
    append(samples::late_receipts({{samples::message_id(1), {1}}}));
    EXPECT_EQ(prune(samples::at(5), 100), 3u) << "1, 2 and 4; 3 is open, 5 and 6 are younger";
    EXPECT_EQ(prune(samples::at(5), 100), 0u);
    reopen();
    EXPECT_EQ(samples::seqs(read()), (Seqs{6, 5, 3}));
    EXPECT_EQ(samples::seqs(read(5, 10)), Seqs{3});
    EXPECT_EQ(samples::seqs(recover().open_messages), Seqs{3});
    EXPECT_EQ(journal().read_message(samples::message_id(1))->has_value(), false);
}

TEST_P(JournalContract, NeverGivesTheSeqOfAPrunedEntryAgain) {
    append(samples::entries(1, 3));
    append(samples::closings(1, 3));
    EXPECT_EQ(prune(samples::at(100), 100), 3u);
    reopen();
    EXPECT_EQ(recover().last_seq, 3u);
    EXPECT_EQ(append(samples::entries(4, 4)).at(0).stored.seq, 4u);
    EXPECT_EQ(samples::seqs(read()), Seqs{4});
}

TEST_P(JournalContract, PrunesInPieces) {
    append(samples::entries(1, 10));
    append(samples::closings(1, 10));
    std::size_t went = 0;
    for (int piece = 0; piece < 4; ++piece) {
        const std::size_t count = prune(samples::at(100), 3);
        EXPECT_LE(count, 3u);
        went += count;
    }
    EXPECT_EQ(went, 10u);
    EXPECT_TRUE(read().empty());
}

TEST_P(JournalContract, PrunesWhatClosedLaterBetweenEarlierGaps) {
    append(samples::entries(1, 7));
    for (const std::uint64_t seq : {2u, 6u, 4u, 3u, 5u, 1u}) {
        append(samples::closings(seq, seq));
        EXPECT_EQ(prune(samples::at(100), 100), 1u);
        EXPECT_EQ(read().at(0).entry.seq, 7u);
    }
    EXPECT_EQ(samples::seqs(read()), Seqs{7});
}

TEST_P(JournalContract, PrunesClosedSessionsThatChangedBeforeATime) {
    append(samples::sessions({samples::session(1, samples::Stay::closed, 1),
                              samples::session(2, samples::Stay::closed, 9),
                              samples::session(3, samples::Stay::open, 1)}));
    EXPECT_EQ(prune(samples::at(5), 100), 1u);
    reopen();
    EXPECT_EQ(session_numbers({1, 2, 3}), (Numbers{2, 3}));
}

TEST_P(JournalContract, DropsOutcomesAndLateReceiptsOfWhatWasPruned) {
    append(samples::entries(1, 2));
    append(samples::closings(1, 2));
    prune(samples::at(2), 100);
    append(samples::closings(1, 1));
    append(samples::late_receipts({{samples::message_id(1), {1}}}));
    reopen();
    EXPECT_EQ(samples::seqs(read()), Seqs{2});
}

// ---- The chain ----------------------------------------------------------------------------------

TEST_P(JournalContract, ChainsEntriesInTheirOrderOverReopening) {
    append(samples::entries(1, 2));
    append(one_entry(samples::change(3, 1)));
    append(samples::entries(1, 1));  // Repeated: it changes nothing.
    reopen();
    append(samples::entries(4, 4));
    Bytes32 chain = chain_start;
    std::vector<ChainedEntry> entries = find({.count_max = 10});
    std::reverse(entries.begin(), entries.end());
    ASSERT_EQ(entries.size(), 4u);
    for (const ChainedEntry& entry : entries) {
        chain = chain_value(chain, entry.stored.seq, entry.stored.entry);
        EXPECT_EQ(entry.chain, chain) << entry.stored.seq;
    }
    const AuditVerdict verdict = check();
    EXPECT_EQ(verdict.entries, 4u);
    EXPECT_EQ(verdict.seq, 4u);
    EXPECT_EQ(verdict.chain, chain);
}

TEST_P(JournalContract, SignsTheHeadOfTheNewestEntryOnce) {
    EXPECT_EQ(head().seq, 0u);
    EXPECT_EQ(head().chain, chain_start);
    EXPECT_FALSE(*journal().newest_head()) << "of an empty log none is kept";
    append(samples::entries(1, 2));
    const SignedHead first = head(50);
    EXPECT_EQ(first.seq, 2u);
    EXPECT_EQ(first.time, samples::at(50));
    EXPECT_EQ(first.key, samples::signing_key().public_key());
    EXPECT_TRUE(has_valid_signature(first));
    reopen();
    EXPECT_EQ(head(60), first) << "there is nothing new to sign";
    append(samples::entries(3, 3));
    const SignedHead second = head(70);
    EXPECT_EQ(second.seq, 3u);
    EXPECT_EQ(**journal().newest_head(), second);
    EXPECT_EQ(check(first).heads, 2u);
    EXPECT_TRUE(check(first).is_compared);
}

TEST_P(JournalContract, SignsAHeadWithEachThousandthEntryInItsTransaction) {
    append(samples::entries(1, 999));
    EXPECT_FALSE(*journal().newest_head());
    append(samples::entries(1'000, 2'003));
    reopen();
    EXPECT_EQ((*journal().newest_head())->seq, 2'000u);
    EXPECT_EQ(check().heads, 2u);
}

TEST_P(JournalContract, KeepsHeadsAndAChainThatGoesOnWhenItPrunes) {
    append(samples::entries(1, 6));
    const SignedHead old = head();
    append(samples::entries(7, 9));
    for (const std::uint64_t seq : {3u, 2u, 5u, 4u, 6u, 9u}) {
        append(samples::closings(seq, seq));
        prune(samples::at(100), 100);
        EXPECT_TRUE(check(old).is_whole()) << seq;
    }
    reopen();
    const AuditVerdict verdict = check(old);
    EXPECT_EQ(verdict.entries, 3u) << "1, 7 and 8";
    EXPECT_EQ(verdict.pruned, 6u);
    EXPECT_EQ(verdict.heads, 1u);
    EXPECT_TRUE(verdict.is_compared);
    append(samples::closings(1, 1));
    append(samples::closings(7, 8));
    prune(samples::at(100), 100);
    EXPECT_EQ(check(old).pruned, 9u);
    append(samples::entries(10, 10));
    EXPECT_EQ(check(old).seq, 10u);
}

TEST_P(JournalContract, SaysWhenAKeptHeadCannotBeComparedAnyMore) {
    append(samples::entries(1, 3));
    const Bytes32 chain = find({.before = 3, .count_max = 1}).at(0).chain;
    const SignedHead kept = sign_head(2, chain, samples::at(9), samples::signing_key());
    EXPECT_TRUE(check(kept).is_compared);
    append(samples::closings(1, 3));
    prune(samples::at(100), 100);
    EXPECT_TRUE(check(kept).is_whole());
    EXPECT_FALSE(check(kept).is_compared) << "nobody knows any more what the chain was at 2";
}

TEST_P(JournalContract, FindsItsOwnLogShorterThanAHeadThatWasKept) {
    append(samples::entries(1, 3));
    SignedHead kept = head();
    EXPECT_TRUE(check(kept).is_whole());
    kept = sign_head(5, kept.chain, kept.time, samples::signing_key());
    const AuditVerdict verdict = check(kept);
    ASSERT_FALSE(verdict.is_whole());
    EXPECT_EQ(verdict.finding->fault, AuditFault::cut_off);
    EXPECT_EQ(verdict.finding->first, 4u);
    EXPECT_EQ(verdict.finding->last, 5u);
}

// ---- Lists of entries ---------------------------------------------------------------------------

TEST_P(JournalContract, ListsEntriesNewestFirstByWhatIsAskedAbout) {
    append(samples::entries(1, 6));  // Number n is of ops-(n % 3), at n seconds.
    append(one_entry(samples::change(7, 2)));
    append(one_entry(samples::change(8, 2, EntryKind::recall)));
    reopen();
    EXPECT_EQ(seqs_of({}), (Seqs{8, 7, 6, 5, 4, 3, 2, 1}));
    EXPECT_EQ(seqs_of({.principal = "ops-1"}), (Seqs{7, 4, 1}));
    EXPECT_EQ(seqs_of({.principal = "nobody"}), Seqs{});
    EXPECT_EQ(seqs_of({.since = samples::at(6)}), (Seqs{8, 7, 6}));
    EXPECT_EQ(seqs_of({.since = samples::at(9)}), Seqs{});
    EXPECT_EQ(seqs_of({.kind = EntryKind::update}), Seqs{7});
    EXPECT_EQ(seqs_of({.about = samples::message_id(2)}), (Seqs{8, 7, 2}));
    EXPECT_EQ(seqs_of({.about = samples::message_id(2), .before = 8}), (Seqs{7, 2}));
    EXPECT_EQ(seqs_of({.about = samples::message_id(99)}), Seqs{});
    EXPECT_EQ(seqs_of({.principal = "ops-2", .kind = EntryKind::message, .before = 5}), Seqs{2});
    EXPECT_EQ(find({.count_max = 3}).size(), 3u);
    EXPECT_EQ(find({.about = samples::message_id(2), .count_max = 2}).size(), 2u);
}

TEST_P(JournalContract, ListsEntriesSinceATimeThoughTheClockWasPutBack) {
    append(samples::entries(11, 13));
    append(samples::entries(1, 2));
    append(samples::entries(14, 15));
    EXPECT_EQ(seqs_of({.since = samples::at(13)}), (Seqs{7, 6, 3}));
    EXPECT_EQ(seqs_of({.since = samples::at(2)}), (Seqs{7, 6, 5, 3, 2, 1}));
}

TEST_P(JournalContract, LooksAtNoMoreEntriesAtOnceThanItMay) {
    append(samples::entries(1, 9));
    const auto found = journal().read_entries({.principal = "ops-0", .count_max = 9}, 4);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->entries.size(), 2u) << "9 and 6, of 9 to 6";
    EXPECT_EQ(found->searched_to, 6u);
    const auto rest = journal().read_entries({.before = 6, .count_max = 9}, 100);
    ASSERT_TRUE(rest);
    EXPECT_EQ(rest->entries.size(), 5u);
    EXPECT_EQ(rest->searched_to, 0u);
}

// ---- Pruned ids ---------------------------------------------------------------------------------

TEST_P(JournalContract, TakesAPrunedIdAsANewOne) {
    append(samples::entries(1, 1));
    append(samples::closings(1, 1));
    prune(samples::at(100), 100);
    EXPECT_EQ(append(samples::entries(1, 1)).at(0), (EntryResult{{2, samples::entry(1)}, false}));
}

}  // namespace crier::broker
