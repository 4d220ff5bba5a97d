// The journal on files that were changed behind its back: found, or without effect.
// Method: the files of a journal that was killed at work, log and all, with one place flipped,
// overwritten or cut off at seeded offsets; then everything is read and compared.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "broker/journal/sqlite_journal.hpp"
#include "tests/integration/disk_faults.hpp"
#include "tests/integration/journal_workload.hpp"
#include "tests/support/temporary_directory.hpp"

namespace crier::broker {
namespace {

namespace disk = testing::disk;

constexpr std::uint64_t steps = 118;  ///< The log has then been copied long ago, and is long.
constexpr const char* database = "journal.db";
constexpr const char* log = "journal.db-wal";
constexpr const char* mark = "journal.mark";

/// What a journal's directory holds after `steps` when its broker is killed: a database that some
/// checkpoints have filled, and a log with what came since.
const disk::Files& files_of_a_killed_broker() {
    static const disk::Files files = [] {
        const testing::TemporaryDirectory directory;
        auto journal =
            SqliteJournal::open({.data_dir = directory.path(), .ballast_bytes = 2u << 20});
        EXPECT_TRUE(journal);
        for (std::uint64_t step = 1; step <= steps; ++step) {
            EXPECT_TRUE(workload::take_step(**journal, step));
        }
        disk::Files made = disk::read_files(directory.path());
        made.erase("journal.ballast");
        return made;
    }();
    return files;
}

enum class Found : std::uint8_t {
    on_opening,
    on_reading,
    by_verifying,  ///< Reading gave something else than was written.
    not_at_all,    ///< The same.
    nothing,       ///< Reading gave everything as it was written.
};

Found examine(const disk::Files& files) {
    const testing::TemporaryDirectory directory;
    disk::write_files(files, directory.path());
    disk::start_recording(directory.path());  // Its syncs need not be real.
    auto journal = SqliteJournal::open({.data_dir = directory.path(), .ballast_bytes = 2u << 20});
    Found found = Found::on_opening;
    if (journal) {
        const Status sound = (*journal)->verify();
        const std::string difference = workload::difference(**journal, workload::model_of(steps));
        const bool is_named = difference.find("journal_damaged") != std::string::npos;
        found = difference.empty() ? Found::nothing
                : is_named         ? Found::on_reading
                : sound            ? Found::not_at_all
                                   : Found::by_verifying;
    } else {
        EXPECT_EQ(journal.error().code, ErrorCode::journal_damaged) << to_string(journal.error());
        EXPECT_NE(journal.error().detail.find("set this journal aside"), std::string::npos);
    }
    disk::stop_recording();
    return found;
}

class Counter {
public:
    void add(Found found, const std::string& place) {
        ++counts_[found];
        EXPECT_NE(found, Found::not_at_all) << place;
    }
    [[nodiscard]] int of(Found found) { return counts_[found]; }

private:
    std::map<Found, int> counts_;
};

TEST(JournalDamage, ReadsTheUndamagedFilesOfAKilledBroker) {
    const disk::Files& files = files_of_a_killed_broker();
    EXPECT_GT(files.at(database).size(), 100'000u) << "checkpoints have filled it";
    EXPECT_GT(files.at(log).size(), 50'000u);
    EXPECT_EQ(examine(files), Found::nothing);
}

TEST(JournalDamage, FindsFlippedBitsInTheDatabase) {
    std::mt19937 random(1);
    Counter counter;
    for (int i = 0; i < 60; ++i) {
        disk::Files files = files_of_a_killed_broker();
        std::vector<std::uint8_t>& bytes = files.at(database);
        const std::size_t at = random() % bytes.size();
        bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ 1u << random() % 8);
        counter.add(examine(files), "byte " + std::to_string(at) + " of the database");
    }
    EXPECT_GE(counter.of(Found::on_opening) + counter.of(Found::on_reading), 3)
        << "else nothing was hit";
}

TEST(JournalDamage, FindsOverwrittenPagesInTheDatabase) {
    std::mt19937 random(2);
    Counter counter;
    for (int i = 0; i < 40; ++i) {
        disk::Files files = files_of_a_killed_broker();
        std::vector<std::uint8_t>& bytes = files.at(database);
        const std::size_t page = random() % (bytes.size() / 4096);
        const bool is_zeroed = random() % 2 == 0;
        const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(page * 4096);
        std::generate(begin, begin + 4096, [&] {
            return is_zeroed ? std::uint8_t{0} : static_cast<std::uint8_t>(random());
        });
        counter.add(examine(files), "page " + std::to_string(page + 1) + " of the database");
    }
    EXPECT_GE(counter.of(Found::on_opening) + counter.of(Found::on_reading), 3);
}

TEST(JournalDamage, FindsFlippedBitsInTheLog) {
    std::mt19937 random(3);
    Counter counter;
    for (int i = 0; i < 40; ++i) {
        disk::Files files = files_of_a_killed_broker();
        std::vector<std::uint8_t>& bytes = files.at(log);
        const std::size_t at = random() % bytes.size();
        bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ 1u << random() % 8);
        counter.add(examine(files), "byte " + std::to_string(at) + " of the log");
    }
    EXPECT_GE(counter.of(Found::on_opening), 3);
}

TEST(JournalDamage, FindsFilesThatWereCutOff) {
    std::mt19937 random(4);
    for (const char* name : {database, log}) {
        Counter counter;
        for (int i = 0; i < 20; ++i) {
            disk::Files files = files_of_a_killed_broker();
            std::vector<std::uint8_t>& bytes = files.at(name);
            const std::size_t length = i == 0 ? 0 : random() % bytes.size();
            bytes.resize(length);
            counter.add(examine(files),
                        std::string(name) + " cut off at " + std::to_string(length));
        }
        EXPECT_GE(counter.of(Found::on_opening) + counter.of(Found::on_reading), 10) << name;
    }
}

TEST(JournalDamage, FindsFilesThatAreGone) {
    for (const char* name : {database, log}) {
        disk::Files files = files_of_a_killed_broker();
        files.erase(name);
        EXPECT_EQ(examine(files), Found::on_opening) << name;
    }
}

TEST(JournalDamage, FindsADatabaseThatIsGoneWithItsLog) {
    disk::Files files = files_of_a_killed_broker();
    files.erase(database);
    files.erase(log);
    EXPECT_EQ(examine(files), Found::on_opening);
}

// After a power cut the mark may be old, and then a log that lost its end looks like one whose
// last transactions were never confirmed. JOURNAL.md says so.
TEST(JournalDamage, ReadsAnEarlierWholeStateWhenTheLogsEndAndTheMarkAreGone) {
    std::mt19937 random(5);
    for (int i = 0; i < 10; ++i) {
        disk::Files files = files_of_a_killed_broker();
        files.erase(mark);
        std::vector<std::uint8_t>& bytes = files.at(log);
        bytes.resize(bytes.size() / 2 + random() % (bytes.size() / 2));
        const testing::TemporaryDirectory directory;
        disk::write_files(files, directory.path());
        auto journal = SqliteJournal::open({.data_dir = directory.path()});
        ASSERT_TRUE(journal) << to_string(journal.error());
        const auto last = workload::last_step(**journal);
        ASSERT_TRUE(last);
        EXPECT_LE(*last, steps);
        EXPECT_EQ(workload::difference(**journal, workload::model_of(*last)), "");
    }
}

}  // namespace
}  // namespace crier::broker
