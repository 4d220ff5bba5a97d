// The journal contract, on every implementation.
// Method: journal_contract.hpp; "reopening" closes the SQLite journal and opens its files again,
// and copies the one in memory, as a crash between two calls would leave it.

#include "tests/contract/journal_contract.hpp"

#include "broker/journal/memory_journal.hpp"
#include "broker/journal/sqlite_journal.hpp"
#include "shared/base/assert.hpp"
#include "tests/contract/places_contract.hpp"
#include "tests/support/temporary_directory.hpp"

namespace crier::broker {
namespace {

class SqliteKeeper final : public JournalKeeper {
public:
    Journal& reopen() override {
        journal_.reset();
        auto opened = SqliteJournal::open({.data_dir = directory_.path(), .ballast_bytes = 65'536});
        EXPECT_TRUE(opened) << (opened ? "" : to_string(opened.error()));
        CRIER_ASSERT(opened, "without a journal there is nothing to test");
        journal_ = std::move(*opened);
        const Status sound = journal_->verify();
        EXPECT_TRUE(sound) << (sound ? "" : to_string(sound.error()));
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

template <class Keeper>
std::unique_ptr<JournalKeeper> make() {
    return std::make_unique<Keeper>();
}

INSTANTIATE_TEST_SUITE_P(Sqlite, JournalContract, ::testing::Values(&make<SqliteKeeper>));
INSTANTIATE_TEST_SUITE_P(Memory, JournalContract, ::testing::Values(&make<MemoryKeeper>));
INSTANTIATE_TEST_SUITE_P(Sqlite, PlacesContract, ::testing::Values(&make<SqliteKeeper>));
INSTANTIATE_TEST_SUITE_P(Memory, PlacesContract, ::testing::Values(&make<MemoryKeeper>));

}  // namespace
}  // namespace crier::broker
