// The journal contract, on every implementation.
// Method: journal_contract.hpp; "reopening" closes the SQLite journal and opens its files again,
// copies the one in memory, as a crash between two calls would leave it, and starts the broker of
// the one in a cluster anew.

#include "tests/contract/journal_contract.hpp"

#include "broker/journal/memory_journal.hpp"
#include "broker/journal/sqlite_journal.hpp"
#include "shared/base/assert.hpp"
#include "tests/contract/clustered_journal.hpp"
#include "tests/contract/places_contract.hpp"
#include "tests/support/temporary_directory.hpp"

namespace crier::broker {
namespace {

std::unique_ptr<SqliteJournal> open(const testing::TemporaryDirectory& directory) {
    auto opened = SqliteJournal::open({.data_dir = directory.path(), .ballast_bytes = 65'536});
    EXPECT_TRUE(opened) << (opened ? "" : to_string(opened.error()));
    CRIER_ASSERT(opened, "without a journal there is nothing to test");
    const Status sound = (*opened)->verify();
    EXPECT_TRUE(sound) << (sound ? "" : to_string(sound.error()));
    return std::move(*opened);
}

class SqliteKeeper final : public JournalKeeper {
public:
    Journal& reopen() override {
        journal_.reset();
        journal_ = open(directory_);
        return *journal_;
    }

private:
    testing::TemporaryDirectory directory_;
    std::unique_ptr<SqliteJournal> journal_;
};

class MemoryKeeper final : public JournalKeeper {
public:
    Journal& reopen() override {
        journal_ = std::make_unique<MemoryJournal>(MemoryJournal(*journal_));
        return *journal_;
    }

private:
    std::unique_ptr<MemoryJournal> journal_ = std::make_unique<MemoryJournal>();
};

/// SQLite's files, behind the log of a cluster; the broker is started anew with them.
class ClusteredKeeper final : public JournalKeeper {
public:
    Journal& reopen() override {
        if (node_.is_running()) node_.crash();
        journal_.reset();
        node_.journal.reset();
        journal_ = std::make_unique<ClusteredJournal>(open(directory_), stream_, node_, now_);
        return *journal_;
    }

private:
    testing::TemporaryDirectory directory_;
    testing::MemoryStream stream_{testing::StreamSettings{}};
    testing::ClusterNode node_{0, stream_};
    Instant now_{};
    std::unique_ptr<ClusteredJournal> journal_;
};

template <class Keeper>
std::unique_ptr<JournalKeeper> make() {
    return std::make_unique<Keeper>();
}

INSTANTIATE_TEST_SUITE_P(Sqlite, JournalContract, ::testing::Values(&make<SqliteKeeper>));
INSTANTIATE_TEST_SUITE_P(Memory, JournalContract, ::testing::Values(&make<MemoryKeeper>));
INSTANTIATE_TEST_SUITE_P(Clustered, JournalContract, ::testing::Values(&make<ClusteredKeeper>));
INSTANTIATE_TEST_SUITE_P(Sqlite, PlacesContract, ::testing::Values(&make<SqliteKeeper>));
INSTANTIATE_TEST_SUITE_P(Memory, PlacesContract, ::testing::Values(&make<MemoryKeeper>));

}  // namespace
}  // namespace crier::broker
