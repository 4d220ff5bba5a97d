// The chain: that every field counts, and that whatever is done to a log is found and named.
// Method: a log as a broker would have written it, on which a test does what somebody could do who
// can write the database; then the check reads it in pieces of several sizes.

#include "broker/journal/chain.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>

#include "broker/journal/chain_check.hpp"
#include "broker/journal/memory_journal.hpp"
#include "tests/contract/journal_samples.hpp"

namespace crier::broker {
namespace {

/// All rows of a log, to be tampered with.
struct Log {
    std::vector<AuditRow> rows;
    std::vector<PrunedRange> pruned;
    std::vector<SignedHead> heads;
    std::uint64_t last_seq = 0;
    Bytes32 last_chain{};
    std::optional<Bytes32> key = samples::signing_key().public_key();

    static Log of(MemoryJournal& journal) {
        const AuditPiece whole = *journal.read_audit(0, 1'000'000);
        return {whole.rows, whole.pruned, whole.heads, whole.last_seq, whole.last_chain};
    }
    [[nodiscard]] AuditPiece piece(std::uint64_t after, std::size_t rows_max) const {
        AuditPiece piece;
        piece.last_seq = last_seq;
        piece.last_chain = last_chain;
        piece.public_key = key;
        for (const AuditRow& row : rows) {
            if (row.entry.stored.seq > after && piece.rows.size() < rows_max) {
                piece.rows.push_back(row);
            }
        }
        piece.is_last = piece.rows.size() < rows_max;
        const std::uint64_t end =
            piece.is_last ? ~std::uint64_t{0} : piece.rows.back().entry.stored.seq;
        for (const PrunedRange& range : pruned) {
            if (range.last > after && range.first <= end) piece.pruned.push_back(range);
        }
        for (const SignedHead& head : heads) {
            if (head.seq > after && head.seq <= end) piece.heads.push_back(head);
        }
        return piece;
    }
    AuditRow& row(std::uint64_t seq) {
        return *std::find_if(rows.begin(), rows.end(),
                             [seq](const AuditRow& one) { return one.entry.stored.seq == seq; });
    }
    Entry& entry(std::uint64_t seq) { return row(seq).entry.stored.entry; }
    void remove(std::uint64_t seq) {
        std::erase_if(rows, [seq](const AuditRow& one) { return one.entry.stored.seq == seq; });
    }
    /// What somebody would do who knows how chains are made, but has no key.
    void chain_anew() {
        Bytes32 chain = chain_start;
        for (AuditRow& one : rows) {
            for (const PrunedRange& range : pruned) {
                if (range.last + 1 == one.entry.stored.seq) chain = range.chain;
            }
            chain = chain_value(chain, one.entry.stored.seq, one.entry.stored.entry);
            one.entry.chain = chain;
        }
        last_chain = chain;
    }
};

AuditVerdict check(const Log& log, std::optional<SignedHead> kept = std::nullopt) {
    std::optional<AuditVerdict> verdict;
    for (const std::size_t rows_max : {2u, 3u, 7u, 10'000u}) {
        ChainCheck checked(kept);
        while (checked.take(log.piece(checked.after(), rows_max))) {
        }
        const AuditVerdict& found = checked.checked().verdict;
        if (verdict) {
            EXPECT_EQ(found, *verdict) << "in pieces of " << rows_max;
        }
        verdict = found;
    }
    return *verdict;
}

void expect_found(const Log& log, AuditFault fault, std::uint64_t first, std::uint64_t last,
                  const std::string& detail = {}, std::optional<SignedHead> kept = std::nullopt) {
    const AuditVerdict verdict = check(log, std::move(kept));
    ASSERT_TRUE(verdict.finding.has_value());
    EXPECT_EQ(name_of(verdict.finding->fault), name_of(fault)) << verdict.finding->detail;
    EXPECT_EQ(verdict.finding->first, first);
    EXPECT_EQ(verdict.finding->last, last);
    EXPECT_NE(verdict.finding->detail.find(detail), std::string::npos) << verdict.finding->detail;
}

/// Ten entries, the 7th a change of the 6th; heads at 4 and 8.
class ChainTest : public ::testing::Test {
protected:
    ChainTest() {
        journal_.sign_with(samples::signing_key());
        append(samples::entries(1, 4));
        *journal_.sign_head(samples::at(100));
        append(samples::entries(5, 6));
        Batch change;
        change.entries.push_back(samples::change(7, 6));
        append(change);
        append(samples::entries(8, 8));
        head_ = *journal_.sign_head(samples::at(200));
        append(samples::entries(9, 10));
    }
    void append(const Batch& batch) { ASSERT_TRUE(journal_.append(batch)); }
    void prune(std::uint64_t first, std::uint64_t last) {
        append(samples::closings(first, last));
        ASSERT_TRUE(journal_.prune(samples::at(1'000), 100));
    }
    Log log() { return Log::of(journal_); }

    MemoryJournal journal_;
    SignedHead head_;  ///< Of entry 8.
};

// ---- What is hashed and signed ------------------------------------------------------------------

TEST(CanonicalForm, IsAnotherOneForEveryOtherEntry) {
    Entry base = samples::change(7, 6);
    base.principal = "ab";
    base.body = {'c', 'd'};
    std::set<Bytes> forms{canonical_form(1, base)};
    std::size_t count = 1;
    const auto add = [&](std::uint64_t seq, const std::function<void(Entry&)>& change) {
        Entry changed = base;
        change(changed);
        forms.insert(canonical_form(seq, changed));
        ++count;
    };
    add(2, [](Entry&) {});
    add(1, [](Entry& entry) { entry.id.bytes[15] ^= 1; });
    add(1, [](Entry& entry) { entry.kind = EntryKind::recall; });
    add(1, [](Entry& entry) { entry.about.reset(); });
    add(1, [](Entry& entry) { entry.about->bytes[0] ^= 1; });
    add(1, [](Entry& entry) { entry.about = MessageId{}; });
    add(1, [](Entry& entry) { entry.at += Milliseconds(1); });
    add(1, [](Entry& entry) { entry.content_hash[31] ^= 1; });
    add(1, [](Entry& entry) { entry.principal = "abc"; });
    add(1, [](Entry& entry) { entry.principal = "a"; });
    add(1, [](Entry& entry) { entry.body = {'d'}; });
    add(1, [](Entry& entry) { entry.body.clear(); });
    // What moves from one field to the next is another entry.
    add(1, [](Entry& entry) {
        entry.principal = "abcd";
        entry.body.clear();
    });
    add(1, [](Entry& entry) {
        entry.principal.clear();
        entry.body = {'a', 'b', 'c', 'd'};
    });
    add(1, [](Entry& entry) { entry.principal += '\0'; });
    EXPECT_EQ(forms.size(), count);
}

TEST(CanonicalForm, HasTheBytesThatTheDocumentSays) {
    Entry entry;
    entry.id.bytes[0] = 0xaa;
    entry.kind = EntryKind::update;
    entry.at = utc_from_ms(0x0102);
    entry.principal = "op";
    entry.body = {0x81};
    Bytes expected{7, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0xaa};
    expected.insert(expected.end(), 15, 0);
    const auto add = [&](const Bytes& bytes) {
        expected.insert(expected.end(), bytes.begin(), bytes.end());
    };
    add({2, 0, 0, 0, 0, 0, 0, 0});            // kind
    add({0, 0, 0, 0, 0, 0, 0, 0});            // no about
    add({2, 1, 0, 0, 0, 0, 0, 0});            // at
    add({2, 0, 0, 0, 0, 0, 0, 0, 'o', 'p'});  // principal
    add({32, 0, 0, 0, 0, 0, 0, 0});           // content hash
    expected.insert(expected.end(), 32, 0);
    add({1, 0, 0, 0, 0, 0, 0, 0, 0x81});  // body
    EXPECT_EQ(canonical_form(7, entry), expected);
}

TEST(SignedHeadTest, IsValidAsItWasSignedOnly) {
    const SignedHead head = sign_head(9, Bytes32{3}, samples::at(1), samples::signing_key());
    EXPECT_TRUE(has_valid_signature(head));
    SignedHead other = head;
    other.seq = 10;
    EXPECT_FALSE(has_valid_signature(other));
    other = head;
    other.chain[0] ^= 1;
    EXPECT_FALSE(has_valid_signature(other));
    other = head;
    other.time += Milliseconds(1);
    EXPECT_FALSE(has_valid_signature(other));
    other = head;
    other.key = samples::signing_key(2).public_key();
    EXPECT_FALSE(has_valid_signature(other));
    EXPECT_FALSE(has_valid_signature(SignedHead{}));
}

TEST(SignedHeadTest, ReadsBackFromItsLine) {
    const SignedHead head = sign_head(9, Bytes32{3}, samples::at(1), samples::signing_key());
    const std::string line = to_line(head);
    EXPECT_EQ(line.find_first_of(" \t\n"), std::string::npos);
    EXPECT_EQ(*parse_audit_head(line), head);
    for (const std::string& wrong :
         {std::string(), std::string("crier1.head."), line.substr(1), line + "A", line + ".",
          line.substr(0, line.size() - 2), "crier1.head.-1" + line.substr(13)}) {
        EXPECT_FALSE(parse_audit_head(wrong)) << wrong;
    }
}

// ---- What is found ------------------------------------------------------------------------------

TEST_F(ChainTest, FindsNothingInALogThatNobodyTouched) {
    const AuditVerdict verdict = check(log(), head_);
    EXPECT_TRUE(verdict.is_whole());
    EXPECT_TRUE(verdict.is_compared);
    EXPECT_EQ(verdict.entries, 10u);
    EXPECT_EQ(verdict.heads, 2u);
    EXPECT_EQ(verdict.seq, 10u);
    EXPECT_TRUE(check(Log{}).is_whole());
}

TEST_F(ChainTest, FindsEveryChangedFieldOfEveryEntry) {
    const std::vector<std::function<void(Entry&)>> changes{
        [](Entry& entry) { entry.id.bytes[3] ^= 1; },
        [](Entry& entry) { entry.kind = EntryKind::recall; },
        [](Entry& entry) { entry.about = samples::message_id(1); },
        [](Entry& entry) { entry.at += Milliseconds(1); },
        [](Entry& entry) { entry.principal += "x"; },
        [](Entry& entry) { entry.content_hash[5] ^= 1; },
        [](Entry& entry) { entry.body.at(7) ^= 0x20; },
    };
    for (std::uint64_t seq = 1; seq <= 10; ++seq) {
        for (const auto& change : changes) {
            Log tampered = log();
            change(tampered.entry(seq));
            expect_found(tampered, AuditFault::edited, seq, seq,
                         "its fields are not those that its chain value is over");
        }
        Log tampered = log();
        tampered.row(seq).entry.chain[0] ^= 1;
        expect_found(tampered, AuditFault::edited, seq, seq, "its chain value was changed");
    }
}

TEST_F(ChainTest, NamesTheIdOfAnEditedEntryAsItSaysNow) {
    Log tampered = log();
    tampered.entry(3).principal = "eve";
    EXPECT_EQ(check(tampered).finding->id, samples::message_id(3));
}

TEST_F(ChainTest, FindsARowWhoseChecksumAloneIsWrong) {
    Log tampered = log();
    tampered.row(5).flaw = "its checksum does not match";
    expect_found(tampered, AuditFault::edited, 5, 5, "its checksum does not match");
}

TEST_F(ChainTest, FindsEveryDeletedEntry) {
    for (std::uint64_t seq = 1; seq <= 10; ++seq) {
        Log tampered = log();
        tampered.remove(seq);
        expect_found(tampered, AuditFault::missing, seq, seq);
    }
    Log tampered = log();
    for (std::uint64_t seq = 3; seq <= 6; ++seq) tampered.remove(seq);
    expect_found(tampered, AuditFault::missing, 3, 6);
}

TEST_F(ChainTest, FindsTwoEntriesThatWereSwapped) {
    Log tampered = log();
    std::swap(tampered.row(3).entry.stored.entry, tampered.row(6).entry.stored.entry);
    expect_found(tampered, AuditFault::edited, 3, 3);
    tampered = log();
    std::swap(tampered.row(3).entry, tampered.row(6).entry);
    std::swap(tampered.row(3).entry.stored.seq, tampered.row(6).entry.stored.seq);
    std::sort(tampered.rows.begin(), tampered.rows.end(), [](const auto& left, const auto& right) {
        return left.entry.stored.seq < right.entry.stored.seq;
    });
    expect_found(tampered, AuditFault::edited, 3, 3);
}

TEST_F(ChainTest, FindsAnEntryBehindTheEnd) {
    Log tampered = log();
    AuditRow row = tampered.row(10);
    row.entry.stored.seq = 11;
    row.entry.chain = chain_value(tampered.last_chain, 11, row.entry.stored.entry);
    tampered.rows.push_back(row);
    expect_found(tampered, AuditFault::inserted, 11, 11, "the log ends with entry 10");
}

TEST_F(ChainTest, FindsAnEntryWhereOneWasPruned) {
    const Log before = log();
    prune(2, 4);
    for (std::uint64_t seq = 2; seq <= 4; ++seq) {
        Log tampered = log();
        auto place = tampered.rows.begin() + 1;
        for (const AuditRow& row : before.rows) {
            if (row.entry.stored.seq == seq) tampered.rows.insert(place, row);
        }
        expect_found(tampered, AuditFault::inserted, seq, seq, "has been pruned");
    }
}

TEST_F(ChainTest, FindsAChainThatWasMadeAnewByTheNextHead) {
    Log tampered = log();
    tampered.entry(2).body.at(0) ^= 1;
    tampered.chain_anew();
    expect_found(tampered, AuditFault::rewritten, 1, 4, "another chain value");
    tampered = log();
    tampered.entry(6).body.at(0) ^= 1;
    tampered.chain_anew();
    expect_found(tampered, AuditFault::rewritten, 5, 8, "another chain value");
}

TEST_F(ChainTest, FindsWhatFollowsTheLastHeadByAHeadThatWasKept) {
    const SignedHead kept =
        sign_head(10, log().last_chain, samples::at(300), samples::signing_key());
    Log tampered = log();
    tampered.entry(10).principal = "eve";
    tampered.chain_anew();
    EXPECT_TRUE(check(tampered).is_whole()) << "nothing was signed since; JOURNAL.md says so";
    expect_found(tampered, AuditFault::rewritten, 9, 10, "the head that was kept", kept);
}

TEST_F(ChainTest, FindsALogThatWasCutOff) {
    const SignedHead kept =
        sign_head(10, log().last_chain, samples::at(300), samples::signing_key());
    Log tampered = log();
    for (std::uint64_t seq = 7; seq <= 10; ++seq) tampered.remove(seq);
    tampered.last_seq = 6;
    tampered.last_chain = tampered.row(6).entry.chain;
    expect_found(tampered, AuditFault::cut_off, 7, 8);
    tampered.heads.pop_back();
    EXPECT_TRUE(check(tampered).is_whole()) << "and so was the head: only one kept elsewhere tells";
    expect_found(tampered, AuditFault::cut_off, 7, 10, "", kept);
}

TEST_F(ChainTest, FindsAJournalThatNamesAnotherEndOfItsChain) {
    Log tampered = log();
    tampered.last_chain[0] ^= 1;
    expect_found(tampered, AuditFault::rewritten, 9, 10, "does not end as the journal says");
}

TEST_F(ChainTest, FindsAForgedHead) {
    const Bytes32 chain = log().row(6).entry.chain;
    Log tampered = log();
    tampered.heads.insert(tampered.heads.begin() + 1,
                          sign_head(6, chain, samples::at(1), samples::signing_key(2)));
    expect_found(tampered, AuditFault::head_wrong, 6, 6, "another key");
    tampered = log();
    tampered.heads[0].time += Milliseconds(1);
    expect_found(tampered, AuditFault::head_wrong, 4, 4, "no valid signature");
    // Who has kept a head of the broker of that time trusts its key.
    tampered = log();
    tampered.key = samples::signing_key(3).public_key();
    expect_found(tampered, AuditFault::head_wrong, 4, 4, "another key");
    EXPECT_TRUE(check(tampered, head_).is_whole());
}

TEST_F(ChainTest, MissesTheHeadOfEachThousandthEntry) {
    append(samples::entries(11, 2'100));
    Log tampered = log();
    EXPECT_EQ(check(tampered).heads, 4u);
    std::erase_if(tampered.heads, [](const SignedHead& head) { return head.seq == 1'000; });
    expect_found(tampered, AuditFault::head_wrong, 1'000, 1'000, "missing");
    prune(900, 1'100);
    tampered = log();
    EXPECT_TRUE(check(tampered).is_whole());
    std::erase_if(tampered.heads, [](const SignedHead& head) { return head.seq == 1'000; });
    expect_found(tampered, AuditFault::head_wrong, 1'000, 1'000, "missing");
}

// ---- Pruning ------------------------------------------------------------------------------------

TEST_F(ChainTest, TakesNothingForPrunedWithoutTheBrokersSignature) {
    Log tampered = log();
    PrunedRange forged{.first = 5, .last = 6};
    forged.before = tampered.row(4).entry.chain;
    forged.chain = tampered.row(6).entry.chain;
    tampered.remove(5);
    tampered.remove(6);
    tampered.pruned.push_back(forged);
    expect_found(tampered, AuditFault::missing, 5, 6, "not signed by this broker");
    const SigningKey other = samples::signing_key(2);
    tampered.pruned[0].signature = sign_pruned(forged, &other);
    expect_found(tampered, AuditFault::missing, 5, 6, "not signed by this broker");
    const SigningKey own = samples::signing_key();
    tampered.pruned[0].signature = sign_pruned(forged, &own);
    EXPECT_TRUE(check(tampered).is_whole()) << "as the broker would have done it";
}

TEST(ChainBeginningTest, TakesNoBeginningThatTheBrokerHasNotSignedAsOne) {
    MemoryJournal journal;
    journal.sign_with(samples::signing_key());
    Batch batch = samples::entries(1, 2);
    batch.begins_behind = samples::beginning(1'500);
    ASSERT_TRUE(journal.append(batch));
    const Log whole = Log::of(journal);
    ASSERT_EQ(whole.pruned.size(), 1u);
    EXPECT_TRUE(check(whole).is_whole()) << "and misses no head of what was never here";
    Log tampered = whole;
    tampered.pruned[0].last = 1'501;
    tampered.remove(1'501);
    expect_found(tampered, AuditFault::missing, 1, 1'501, "not signed by this broker");
    tampered = whole;
    const SigningKey other = samples::signing_key(2);
    tampered.pruned[0].signature = sign_beginning(tampered.pruned[0], &other);
    expect_found(tampered, AuditFault::missing, 1, 1'500, "not signed by this broker");
    tampered = whole;
    const SigningKey own = samples::signing_key();
    tampered.pruned[0].signature = sign_pruned(tampered.pruned[0], &own);
    expect_found(tampered, AuditFault::head_wrong, 1'000, 1'000, "missing");
}

TEST_F(ChainTest, FindsWhatWasChangedBeforeAPrunedRange) {
    prune(5, 5);
    Log tampered = log();
    tampered.heads.erase(tampered.heads.begin());
    tampered.entry(2).principal = "eve";
    tampered.chain_anew();
    expect_found(tampered, AuditFault::rewritten, 1, 4, "another chain value was signed");
}

TEST_F(ChainTest, MayBePrunedAndGoOnWhileItIsChecked) {
    ChainCheck checked(head_);
    ASSERT_TRUE(checked.take(*journal_.read_audit(0, 5)));
    EXPECT_EQ(checked.after(), 4u);
    prune(2, 5);
    append(samples::entries(11, 12));
    ASSERT_TRUE(checked.take(*journal_.read_audit(checked.after(), 4)));
    prune(1, 6);  // And 7, a change of 6.
    prune(8, 12);
    append(samples::entries(13, 13));
    while (checked.take(*journal_.read_audit(checked.after(), 4))) {
    }
    EXPECT_TRUE(checked.checked().verdict.is_whole());
    EXPECT_EQ(checked.checked().verdict.seq, 13u);
}

TEST_F(ChainTest, KeepsOutOfItsRangesWhatSomebodyElseListedAsPruned) {
    const Log before = log();
    MemoryJournal foreign = journal_;
    foreign.sign_with(samples::signing_key(2));
    ASSERT_TRUE(foreign.append(samples::closings(2, 2)));
    ASSERT_TRUE(foreign.prune(samples::at(1'000), 100));
    foreign.sign_with(samples::signing_key());
    ASSERT_TRUE(foreign.append(samples::closings(3, 3)));
    ASSERT_TRUE(foreign.prune(samples::at(1'000), 100));
    Log tampered = Log::of(foreign);
    EXPECT_EQ(tampered.pruned.size(), 2u) << "or the forged range would get the broker's signature";
    expect_found(tampered, AuditFault::missing, 2, 2, "not signed by this broker");
}

}  // namespace
}  // namespace crier::broker
