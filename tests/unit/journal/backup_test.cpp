// Backups: whole, readable, refused when damaged, and never in the way of anything.
// Method: journals and backups in folders of the test's own.

#include "broker/journal/backup.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "tests/contract/journal_samples.hpp"
#include "tests/support/temporary_directory.hpp"

namespace crier::broker {
namespace {

using Seqs = std::vector<std::uint64_t>;

class BackupTest : public ::testing::Test {
protected:
    static std::unique_ptr<SqliteJournal> open(const std::filesystem::path& data_dir) {
        auto opened = SqliteJournal::open({.data_dir = data_dir, .ballast_bytes = 64 * 1024});
        EXPECT_TRUE(opened) << (opened ? "" : to_string(opened.error()));
        return opened ? std::move(*opened) : nullptr;
    }
    static Seqs seqs_in(const std::filesystem::path& data_dir) {
        return samples::seqs(*open(data_dir)->read_messages({}, 1'000));
    }
    void expect_ok(const Status& status) {
        EXPECT_TRUE(status) << (status ? "" : to_string(status.error()));
    }
    void fill() {
        const auto journal = open(data_);
        ASSERT_TRUE(journal->append(samples::placed_entries(1, 5)));
        ASSERT_TRUE(journal->append(samples::closings(1, 2)));
        ASSERT_TRUE(journal->append(samples::sessions({samples::session(1)})));
        ASSERT_TRUE(journal->append(samples::facts(std::string(20'000, 'x'))));
    }
    static std::vector<std::string> names_in(const std::filesystem::path& directory) {
        std::vector<std::string> names;
        for (const auto& file : std::filesystem::directory_iterator(directory)) {
            names.push_back(file.path().filename().string());
        }
        return names;
    }

    testing::TemporaryDirectory directory_;
    std::filesystem::path data_ = directory_.path() / "data";
    std::filesystem::path other_ = directory_.path() / "other";
    std::filesystem::path shelf_ = directory_.path() / "shelf";
    std::filesystem::path file_ = shelf_ / "journal.backup";

    void SetUp() override { std::filesystem::create_directory(shelf_); }
};

TEST_F(BackupTest, RestoresWhatWasBackedUp) {
    fill();
    expect_ok(back_up(data_, file_));
    EXPECT_EQ(names_in(shelf_), std::vector<std::string>{"journal.backup"}) << "one file";
    expect_ok(verify_backup(file_));
    expect_ok(restore(file_, other_));

    const auto journal = open(other_);
    EXPECT_EQ(samples::seqs(*journal->read_messages({}, 10)), (Seqs{5, 4, 3, 2, 1}));
    const Result<Recovery> recovery = journal->recover();
    ASSERT_TRUE(recovery);
    EXPECT_EQ(recovery->open_sessions, std::vector{samples::session(1)});
    EXPECT_EQ(samples::texts(recovery->facts), std::vector{std::string(20'000, 'x')});
    EXPECT_EQ(recovery->cursor, samples::placed_entries(1, 5).cursor);
    EXPECT_EQ(recovery->unplaced, 0u);
    const auto results = journal->append(samples::entries(6, 6));
    ASSERT_TRUE(results);
    EXPECT_EQ(results->at(0).stored.seq, 6u);
    expect_ok(journal->verify());
}

TEST_F(BackupTest, RestoresABackupThatAnOlderBrokerHasMade) {
    fill();
    expect_ok(back_up(data_, file_));
    {
        auto connection = Connection::open(file_, OpenMode::existing, "");
        ASSERT_TRUE(connection);
        expect_ok(
            connection->run("DROP TABLE places; DROP TABLE cluster; PRAGMA user_version = 1"));
    }
    expect_ok(verify_backup(file_));
    expect_ok(restore(file_, other_));
    EXPECT_EQ(seqs_in(other_), (Seqs{5, 4, 3, 2, 1}));
    const auto journal = open(other_);
    EXPECT_EQ(journal->recover()->unplaced, 5u);
    expect_ok(journal->verify());
}

TEST_F(BackupTest, BacksUpARunningJournalBetweenItsBatches) {
    fill();
    const auto journal = open(data_);
    auto backup = Backup::start(*journal, file_);
    ASSERT_TRUE(backup) << to_string(backup.error());
    ASSERT_TRUE(journal->append(samples::entries(6, 7)));
    journal->tidy();
    EXPECT_FALSE(std::filesystem::exists(file_)) << "not before it is whole";
    Result<bool> more = true;
    for (std::uint64_t number = 8; more && *more; ++number) {
        more = (*backup)->step();
        ASSERT_TRUE(journal->append(samples::entries(number, number)));
    }
    ASSERT_TRUE(more);
    backup->reset();
    expect_ok(verify_backup(file_));
    expect_ok(restore(file_, other_));
    EXPECT_EQ(seqs_in(other_), (Seqs{7, 6, 5, 4, 3, 2, 1}));
    expect_ok(journal->verify());
}

TEST_F(BackupTest, CopiesWhatIsWrittenBetweenItsStepsToo) {
    const auto journal = open(data_);
    for (int i = 0; i < 60; ++i) {
        ASSERT_TRUE(journal->append(samples::facts(std::string(100'000, 'x'))));
    }
    auto backup = Backup::start(*journal, file_);
    ASSERT_TRUE(backup);
    std::uint64_t number = 0;
    while (true) {
        const Result<bool> more = (*backup)->step();
        ASSERT_TRUE(more) << to_string(more.error());
        if (!*more) break;
        ++number;
        ASSERT_TRUE(journal->append(samples::entries(number, number)));
        journal->tidy();
    }
    EXPECT_GT(number, 3u) << "it takes several steps";
    backup->reset();
    expect_ok(verify_backup(file_));
    expect_ok(restore(file_, other_));
    EXPECT_EQ(seqs_in(other_).size(), number);
}

TEST_F(BackupTest, LeavesNothingBehindWhenItIsGivenUp) {
    fill();
    const auto journal = open(data_);
    ASSERT_TRUE(Backup::start(*journal, file_));
    EXPECT_TRUE(names_in(shelf_).empty());
}

TEST_F(BackupTest, TellsTheEndOfABackupTaskOnce) {
    fill();
    const auto journal = open(data_);
    std::vector<Status> ends;
    {
        const auto task =
            back_up_task(*journal, file_, [&](const Status& s) { ends.push_back(s); });
        while (task()) continue;
    }
    ASSERT_EQ(ends.size(), 1u);
    expect_ok(ends[0]);
    expect_ok(verify_backup(file_));
    {
        const auto task =
            back_up_task(*journal, file_, [&](const Status& s) { ends.push_back(s); });
    }
    ASSERT_EQ(ends.size(), 2u);
    ASSERT_FALSE(ends[1]);
    EXPECT_EQ(ends[1].error().code, ErrorCode::stopping);
}

TEST_F(BackupTest, RefusesWhileABrokerUsesTheDirectory) {
    fill();
    const auto journal = open(data_);
    const Status refused = back_up(data_, file_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::in_use);
}

TEST_F(BackupTest, ReplacesNoFile) {
    fill();
    std::ofstream(file_) << "precious";
    const Status refused = back_up(data_, file_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::file_unusable);
    EXPECT_EQ(std::filesystem::file_size(file_), 8u);
}

TEST_F(BackupTest, SaysWhenThereIsNothingToBackUpOrNowhereToPutIt) {
    const Status nothing = back_up(other_, file_);
    ASSERT_FALSE(nothing);
    EXPECT_EQ(nothing.error().code, ErrorCode::file_unusable);
    EXPECT_FALSE(std::filesystem::exists(other_)) << "it makes no journal";
    fill();
    const Status nowhere = back_up(data_, directory_.path() / "no" / "such" / "place");
    ASSERT_FALSE(nowhere);
    EXPECT_EQ(nowhere.error().code, ErrorCode::file_unusable);
}

TEST_F(BackupTest, RestoresOverNoJournal) {
    fill();
    expect_ok(back_up(data_, file_));
    const Status refused = restore(file_, data_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::file_unusable);
    EXPECT_NE(refused.error().detail.find("set this journal aside"), std::string::npos);
    for (const char* name : {"journal.db", "journal.mark"}) {
        std::filesystem::remove(data_ / name);
    }
    expect_ok(restore(file_, data_));
    EXPECT_EQ(seqs_in(data_).size(), 5u);
}

TEST_F(BackupTest, RestoresNothingFromADamagedBackup) {
    fill();
    expect_ok(back_up(data_, file_));
    const std::uint64_t size = std::filesystem::file_size(file_);
    {
        std::fstream stream(file_, std::ios::in | std::ios::out | std::ios::binary);
        const std::string bytes((std::istreambuf_iterator<char>(stream)), {});
        const std::size_t at = bytes.find("xxxxxxxx");
        ASSERT_NE(at, std::string::npos);
        stream.clear();
        stream.seekp(static_cast<std::streamoff>(at));
        stream << 'y';
    }
    const Status refused = restore(file_, other_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::journal_damaged);
    EXPECT_NE(refused.error().detail.find("table facts, record 1"), std::string::npos)
        << refused.error().detail;
    EXPECT_NE(refused.error().detail.find("backup is of no use"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(other_)) << "no trace of it";

    std::filesystem::resize_file(file_, size / 2);
    EXPECT_FALSE(restore(file_, other_));
    std::filesystem::resize_file(file_, 0);
    EXPECT_FALSE(restore(file_, other_));
    std::filesystem::remove(file_);
    EXPECT_FALSE(restore(file_, other_));
    EXPECT_TRUE(seqs_in(other_).empty());
}

TEST_F(BackupTest, RefusesToBackUpADamagedJournal) {
    fill();
    {
        auto connection = Connection::open(data_ / "journal.db", OpenMode::existing, "");
        ASSERT_TRUE(connection);
        expect_ok(connection->run("UPDATE entries SET body = x'00' WHERE seq = 1"));
    }
    const Status refused = back_up(data_, file_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::journal_damaged);
    const std::string& detail = refused.error().detail;
    EXPECT_NE(detail.find("table entries, record 1"), std::string::npos) << detail;
    EXPECT_TRUE(detail.starts_with("the journal in " + data_.string() + " is damaged, no backup"))
        << detail;
    EXPECT_NE(detail.find("set this journal aside"), std::string::npos) << detail;
    EXPECT_EQ(detail.find(file_.string()), std::string::npos) << "it is gone: " << detail;
    EXPECT_TRUE(names_in(shelf_).empty());
}

TEST_F(BackupTest, LeavesNoTraceOfARestoreFromWhatIsNoBackup) {
    std::ofstream(file_) << std::string(10'000, 'x');
    const std::filesystem::path missing = shelf_ / "missing";
    for (const auto& [file, code, why] :
         {std::tuple{file_, ErrorCode::journal_damaged, file_.string() + ": "},
          std::tuple{missing, ErrorCode::file_unusable, "there is no file " + missing.string()},
          std::tuple{shelf_, ErrorCode::file_unusable, shelf_.string() + " is not a file"}}) {
        const Status refused = restore(file, other_);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, code);
        EXPECT_TRUE(refused.error().detail.starts_with(why)) << refused.error().detail;
        EXPECT_FALSE(std::filesystem::exists(other_)) << refused.error().detail;
    }
}

}  // namespace
}  // namespace crier::broker
