// The journal on disks that fail: syncs that do not work, power cuts, writes without room.
// Method: disk_faults.hpp between SQLite and the kernel.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <cerrno>

#include "broker/journal/sqlite_journal.hpp"
#include "tests/contract/journal_samples.hpp"
#include "tests/integration/disk_faults.hpp"
#include "tests/integration/journal_workload.hpp"
#include "tests/support/temporary_directory.hpp"

namespace crier::broker {
namespace {

namespace disk = testing::disk;

class JournalDisk : public ::testing::Test {
protected:
    static std::unique_ptr<SqliteJournal> open(const std::filesystem::path& directory) {
        auto opened = SqliteJournal::open({.data_dir = directory, .ballast_bytes = 256 * 1024});
        EXPECT_TRUE(opened) << (opened ? "" : to_string(opened.error()));
        return opened ? std::move(*opened) : nullptr;
    }
    std::unique_ptr<SqliteJournal> open() { return open(directory_.path()); }
    void TearDown() override {
        disk::allow_syncs();
        disk::allow_writes();
    }

    testing::TemporaryDirectory directory_;
};

TEST_F(JournalDisk, SyncsEachBatchBeforeItAnswers) {
    const auto journal = open();
    for (std::uint64_t number = 1; number <= 5; ++number) {
        const std::uint64_t before = disk::syncs();
        ASSERT_TRUE(journal->append(samples::entries(number, number)));
        EXPECT_GT(disk::syncs(), before);
    }
}

TEST_F(JournalDisk, RefusesEveryLaterAppendAfterASyncFailed) {
    auto journal = open();
    ASSERT_TRUE(journal->append(samples::entries(1, 3)));
    disk::fail_syncs(EIO);
    const auto failed = journal->append(samples::entries(4, 4));
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::storage_failed);
    disk::allow_syncs();

    const std::uint64_t before = disk::syncs();
    EXPECT_FALSE(journal->append(samples::entries(5, 5))) << "the sync is not tried again";
    EXPECT_FALSE(journal->append(Batch{}));
    EXPECT_FALSE(journal->prune(samples::at(100), 100));
    journal->tidy();
    EXPECT_EQ(disk::syncs(), before);
    EXPECT_EQ(journal->read_messages({}, 10)->size(), 3u) << "reading goes on";
    journal.reset();
    EXPECT_EQ(disk::syncs(), before) << "nor on closing";

    journal = open();
    EXPECT_TRUE(journal->append(samples::entries(6, 6)));
    EXPECT_TRUE(journal->verify());
}

TEST_F(JournalDisk, RefusesAppendsAfterACheckpointFailed) {
    const auto journal = open();
    ASSERT_TRUE(journal->append(samples::facts(std::string(200'000, 'x'))));
    disk::fail_syncs(EIO);
    journal->tidy();
    disk::allow_syncs();
    EXPECT_FALSE(journal->append(samples::entries(1, 1)));
}

TEST_F(JournalDisk, RollsBackWholeWhenTheDiskIsFullAndGoesOnWhenThereIsRoom) {
    auto journal = open();
    ASSERT_TRUE(journal->append(samples::entries(1, 3)));
    for (const int error : {ENOSPC, EDQUOT, EFBIG}) {
        disk::fail_writes("-wal", error);
        Batch batch = samples::entries(4, 5);
        batch.facts = samples::bytes(50'000, 1);
        const auto failed = journal->append(batch);
        ASSERT_FALSE(failed);
        EXPECT_EQ(failed.error().code, ErrorCode::storage_failed);
        EXPECT_NE(failed.error().detail.find("full"), std::string::npos) << failed.error().detail;
        EXPECT_EQ(samples::seqs(*journal->read_messages({}, 10)),
                  (std::vector<std::uint64_t>{3, 2, 1}));
        EXPECT_TRUE(journal->recover()->facts.empty());
    }
    disk::allow_writes();
    const auto results = journal->append(samples::entries(4, 5));
    ASSERT_TRUE(results) << to_string(results.error());
    EXPECT_EQ(results->at(0).stored.seq, 4u);
    journal = nullptr;
    EXPECT_TRUE(open()->verify());
}

TEST_F(JournalDisk, TakesAFileSizeLimitForAFullDisk) {
    signal(SIGXFSZ, SIG_IGN);
    const auto journal = open();
    ASSERT_TRUE(journal->append(samples::entries(1, 3)));
    rlimit old{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
    const rlimit tight{.rlim_cur = 64 * 1024, .rlim_max = old.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
    const auto failed = journal->append(samples::facts(std::string(500'000, 'x')));
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &old), 0);
    ASSERT_FALSE(failed);
    EXPECT_NE(failed.error().detail.find("full"), std::string::npos) << failed.error().detail;
    ASSERT_TRUE(journal->append(samples::facts("now")));
    EXPECT_EQ(samples::texts(journal->recover()->facts), std::vector<std::string>{"now"});
    EXPECT_TRUE(journal->verify());
}

TEST_F(JournalDisk, BreaksOnAWriteErrorThatIsNotAFullDisk) {
    const auto journal = open();
    disk::fail_writes("-wal", EIO);
    EXPECT_FALSE(journal->append(samples::entries(1, 1)));
    disk::allow_writes();
    EXPECT_FALSE(journal->append(samples::entries(1, 1)));
}

// Everything that was confirmed before the cut is there; what is there is some whole steps.
TEST_F(JournalDisk, KeepsEverythingThatWasConfirmedBeforeAPowerCut) {
    constexpr std::uint64_t steps = 60;
    constexpr int cuts = 250;
    std::vector<std::size_t> confirmed_at;  // Operations when step i + 1 was confirmed.
    disk::Files before;
    std::vector<disk::Operation> operations;
    {
        const auto journal = open();
        before = disk::read_files(directory_.path());
        before.erase("journal.ballast");
        disk::start_recording(directory_.path());
        for (std::uint64_t step = 1; step <= steps; ++step) {
            ASSERT_TRUE(workload::take_step(*journal, step));
            confirmed_at.push_back(disk::operations_recorded());
        }
        operations = disk::stop_recording();
    }
    std::mt19937 random(6'022);
    for (int cut = 0; cut < cuts; ++cut) {
        const std::size_t count = random() % (operations.size() + 1);
        const auto confirmed = static_cast<std::uint64_t>(
            std::upper_bound(confirmed_at.begin(), confirmed_at.end(), count) -
            confirmed_at.begin());
        const testing::TemporaryDirectory copy;
        disk::write_files(disk::after_power_cut(before, operations, count, random), copy.path());
        disk::start_recording(copy.path());
        const auto journal = open(copy.path());
        ASSERT_TRUE(journal) << "cut " << cut << " after operation " << count;
        const auto last = workload::last_step(*journal);
        ASSERT_TRUE(last) << "cut " << cut << " after operation " << count;
        EXPECT_GE(*last, confirmed) << "cut " << cut << " after operation " << count;
        EXPECT_LE(*last, confirmed + 1);
        EXPECT_EQ(workload::difference(*journal, workload::model_of(*last)), "") << "cut " << cut;
        disk::stop_recording();
    }
}

}  // namespace
}  // namespace crier::broker
