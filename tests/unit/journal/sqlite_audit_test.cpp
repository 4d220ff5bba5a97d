// The log in an SQLite database that somebody has written to: what the check of the whole log says.
// Method: a journal is closed, changed by SQL, and opened again.

#include <gtest/gtest.h>

#include <string>

#include "broker/journal/chain_check.hpp"
#include "broker/journal/sqlite_journal.hpp"
#include "tests/contract/journal_samples.hpp"
#include "tests/support/temporary_directory.hpp"

namespace crier::broker {
namespace {

class SqliteAuditTest : public ::testing::Test {
protected:
    /// Eight entries, 5 a change of 1; the head of 8. Entry 2 is pruned.
    SqliteAuditTest() {
        const auto journal = open();
        EXPECT_TRUE(journal->append(samples::entries(1, 4)));
        Batch change;
        change.entries.push_back(samples::change(5, 1));
        EXPECT_TRUE(journal->append(change));
        EXPECT_TRUE(journal->append(samples::entries(6, 8)));
        EXPECT_TRUE(journal->sign_head(samples::at(100)));
        EXPECT_TRUE(journal->append(samples::closings(2, 2)));
        EXPECT_EQ(*journal->prune(samples::at(50), 10), 1u);
    }

    std::unique_ptr<SqliteJournal> open() {
        auto opened = SqliteJournal::open({.data_dir = directory_.path(), .ballast_bytes = 65'536});
        EXPECT_TRUE(opened) << (opened ? "" : to_string(opened.error()));
        (*opened)->sign_with(samples::signing_key());
        return std::move(*opened);
    }
    void tamper(const std::string& sql) {
        auto connection =
            Connection::open(directory_.path() / "journal.db", OpenMode::existing, "");
        ASSERT_TRUE(connection);
        const Status done = connection->run(sql.c_str());
        ASSERT_TRUE(done) << to_string(done.error());
    }
    AuditVerdict check() {
        const auto journal = open();
        ChainCheck checked;
        while (true) {
            const auto piece = journal->read_audit(checked.after(), 3);
            EXPECT_TRUE(piece) << (piece ? "" : to_string(piece.error()));
            if (!piece || !checked.take(*piece)) return checked.checked().verdict;
        }
    }
    void expect_found(const std::string& sql, AuditFault fault, std::uint64_t first,
                      const std::string& detail) {
        tamper(sql);
        const AuditVerdict verdict = check();
        ASSERT_TRUE(verdict.finding) << sql;
        EXPECT_EQ(name_of(verdict.finding->fault), name_of(fault)) << sql;
        EXPECT_EQ(verdict.finding->first, first) << sql;
        EXPECT_NE(verdict.finding->detail.find(detail), std::string::npos)
            << sql << ": " << verdict.finding->detail;
    }

    testing::TemporaryDirectory directory_;
};

TEST_F(SqliteAuditTest, FindsNothingWhereNobodyHasWritten) {
    const AuditVerdict verdict = check();
    EXPECT_TRUE(verdict.is_whole());
    EXPECT_EQ(verdict.entries, 7u);
    EXPECT_EQ(verdict.pruned, 1u);
    EXPECT_EQ(verdict.heads, 1u);
}

TEST_F(SqliteAuditTest, FindsEachColumnThatWasChanged) {
    for (const char* change :
         {"id = randomblob(16)", "kind = 3", "about = randomblob(16)", "at = at + 1",
          "principal = 'eve'", "content_hash = randomblob(32)", "body = x'81'",
          "chain = randomblob(32)", "id = x'00'", "chain = x'00'", "kind = 300"}) {
        const std::string rows = "FROM entries WHERE seq = 4";
        tamper("CREATE TABLE kept AS SELECT * " + rows);
        expect_found(std::string("UPDATE entries SET ") + change + " WHERE seq = 4",
                     AuditFault::edited, 4, "");
        tamper("DELETE " + rows + "; INSERT INTO entries SELECT * FROM kept; DROP TABLE kept");
    }
    EXPECT_TRUE(check().is_whole());
}

TEST_F(SqliteAuditTest, SaysThatAColumnHasAWrongLength) {
    expect_found("UPDATE entries SET id = x'00' WHERE seq = 4", AuditFault::edited, 4,
                 "a column has the wrong length");
}

TEST_F(SqliteAuditTest, FindsAChecksumThatAloneWasChanged) {
    expect_found("UPDATE entries SET crc = crc + 1 WHERE seq = 4", AuditFault::edited, 4,
                 "its checksum does not match");
}

TEST_F(SqliteAuditTest, FindsADeletedRow) {
    expect_found("DELETE FROM entries WHERE seq = 5", AuditFault::missing, 5, "pruning");
}

TEST_F(SqliteAuditTest, FindsARowThatWasGivenAnotherPlace) {
    expect_found("UPDATE entries SET seq = 2 WHERE seq = 5", AuditFault::inserted, 2, "pruned");
}

TEST_F(SqliteAuditTest, FindsRowsBehindTheEnd) {
    expect_found(
        "INSERT INTO entries SELECT 9, randomblob(16), kind, about, at, principal, content_hash, "
        "body, chain, crc FROM entries WHERE seq = 8",
        AuditFault::inserted, 9, "the log ends with entry 8");
}

TEST_F(SqliteAuditTest, MissesWhatNoRecordOfPruningCovers) {
    expect_found("DELETE FROM pruned", AuditFault::missing, 2, "no record of pruning");
}

TEST_F(SqliteAuditTest, NamesARecordOfPruningAndAHeadThatDoNotReadBack) {
    tamper("UPDATE heads SET time = time + 1");
    auto piece = open()->read_audit(0, 100);
    ASSERT_FALSE(piece);
    EXPECT_EQ(piece.error().code, ErrorCode::journal_damaged);
    EXPECT_NE(piece.error().detail.find("table heads, record 8"), std::string::npos);
    tamper("UPDATE pruned SET last_seq = 3");
    piece = open()->read_audit(0, 100);
    ASSERT_FALSE(piece);
    EXPECT_NE(piece.error().detail.find("table pruned, record 2"), std::string::npos);
    EXPECT_FALSE(open()->verify());
}

TEST_F(SqliteAuditTest, ListsUpToAnEntryThatDoesNotReadBack) {
    tamper("UPDATE entries SET principal = 'eve' WHERE seq = 4");
    const auto journal = open();
    const auto found = journal->read_entries({.before = 7, .count_max = 10}, 100);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ErrorCode::journal_damaged);
    EXPECT_NE(found.error().detail.find("table entries, record 4"), std::string::npos);
    EXPECT_EQ(journal->read_entries({.before = 4, .count_max = 10}, 100)->entries.size(), 2u);
}

}  // namespace
}  // namespace crier::broker
