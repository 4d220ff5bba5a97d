// SqliteJournal, beyond the contract: who may open it, what it refuses, what it calls damage, what
// it does about a full disk. Method: files in a folder of its own; what is wrong with them is
// written through a connection of the test's own, while no journal is open.

#include "broker/journal/sqlite_journal.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "tests/contract/journal_samples.hpp"
#include "tests/support/temporary_directory.hpp"

namespace crier::broker {
namespace {

class SqliteJournalTest : public ::testing::Test {
protected:
    [[nodiscard]] SqliteJournalSettings settings() const {
        return {.data_dir = directory_.path(), .ballast_bytes = 64 * 1024};
    }
    std::unique_ptr<SqliteJournal> open() { return open(settings()); }
    static std::unique_ptr<SqliteJournal> open(const SqliteJournalSettings& settings) {
        auto opened = SqliteJournal::open(settings);
        EXPECT_TRUE(opened) << (opened ? "" : to_string(opened.error()));
        return opened ? std::move(*opened) : nullptr;
    }
    [[nodiscard]] Error refusal() const {
        const auto opened = SqliteJournal::open(settings());
        EXPECT_FALSE(opened);
        return opened ? Error{} : opened.error();
    }
    /// Runs SQL on the closed journal.
    void tamper(const std::string& sql) const {
        auto connection = Connection::open(path("journal.db"), OpenMode::create, "");
        ASSERT_TRUE(connection);
        const Status done = connection->run(sql.c_str());
        ASSERT_TRUE(done) << to_string(done.error());
    }
    [[nodiscard]] std::vector<char> read_page(std::uint64_t page) const {
        std::vector<char> bytes(4'096);
        std::ifstream(path("journal.db"), std::ios::binary)
            .seekg(static_cast<std::streamoff>((page - 1) * bytes.size()))
            .read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        return bytes;
    }
    /// Of the closed journal, from the page's beginning on.
    void overwrite_page(std::uint64_t page, const std::vector<char>& bytes) const {
        std::fstream file(path("journal.db"), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>((page - 1) * 4'096));
        file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        ASSERT_TRUE(file.flush());
    }
    [[nodiscard]] std::filesystem::path path(const char* name) const {
        return directory_.path() / name;
    }
    /// Four messages, each with its place, of which 1 and 2 are closed; sessions, of which 2 is
    /// closed; facts.
    void fill() {
        const auto journal = open();
        ASSERT_TRUE(journal->append(samples::placed_entries(1, 4)));
        ASSERT_TRUE(journal->append(samples::closings(1, 2)));
        ASSERT_TRUE(
            journal->append(samples::outcomes({samples::outcome(3, samples::Ending::stays_open)})));
        ASSERT_TRUE(journal->append(
            samples::sessions({samples::session(1), samples::session(2, samples::Stay::closed)})));
        ASSERT_TRUE(journal->append(samples::facts("one")));
        ASSERT_TRUE(journal->append(samples::facts("two")));
        for (int i = 1; i <= 3; ++i) {
            ASSERT_TRUE(journal->append(samples::sightings("seen", i + 100)));
        }
        ASSERT_TRUE(journal->append(samples::late_receipts(
            {{samples::message_id(1), {1}}, {samples::message_id(1), {2}}})));
    }

    /// Of the closed journal: as a crierd that knows no later version has left it.
    void make_version_1() const {
        tamper("DROP TABLE places; DROP TABLE cluster; PRAGMA user_version = 1");
    }
    [[nodiscard]] std::string ask(const std::string& sql) const {
        auto connection = Connection::open(path("journal.db"), OpenMode::existing, "");
        EXPECT_TRUE(connection);
        return connection ? connection->ask(sql.c_str()).value_or("") : "";
    }

    testing::TemporaryDirectory directory_;
};

bool has(const Error& error, const std::string& part) {
    return error.detail.find(part) != std::string::npos;
}

// ---- Who may open it ----------------------------------------------------------------------------

TEST_F(SqliteJournalTest, MakesADataDirectoryThatOnlyItsUserCanRead) {
    const std::filesystem::path data_dir = directory_.path() / "var" / "crier";
    const auto journal = open({.data_dir = data_dir, .ballast_bytes = 65'536});
    ASSERT_TRUE(journal->append(samples::entries(1, 1)));
    struct stat status {};
    ASSERT_EQ(stat(data_dir.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0700u);
    for (const char* name : {"journal.db", "journal.db-wal", "journal.lock", "journal.mark"}) {
        ASSERT_EQ(stat((data_dir / name).c_str(), &status), 0) << name;
        EXPECT_EQ(status.st_mode & 0777, 0600u) << name;
    }
}

TEST_F(SqliteJournalTest, RefusesASecondOpenerAndNamesTheFirst) {
    auto journal = open();
    const Error error = refusal();
    EXPECT_EQ(error.code, ErrorCode::in_use);
    EXPECT_TRUE(has(error, "in use by process " + std::to_string(getpid()))) << error.detail;
    journal.reset();
    EXPECT_TRUE(SqliteJournal::open(settings()));
}

TEST_F(SqliteJournalTest, LetsNoOtherProgramOpenTheDatabase) {
    const auto journal = open();
    ASSERT_TRUE(journal->append(samples::entries(1, 1)));
    const pid_t child = fork();
    if (child == 0) {
        auto connection = Connection::open(path("journal.db"), OpenMode::existing, "");
        const Result<std::string> answer = connection->ask("SELECT count(*) FROM entries");
        _exit(!answer && answer.error().code == ErrorCode::in_use ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    EXPECT_FALSE(std::filesystem::exists(path("journal.db-shm")));
}

TEST_F(SqliteJournalTest, SaysWhenTheDataDirectoryCannotBeMade) {
    std::ofstream(path("file")) << "in the way";
    const auto opened = SqliteJournal::open({.data_dir = path("file") / "data"});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::file_unusable);
    EXPECT_TRUE(has(opened.error(), "file/data")) << opened.error().detail;
}

TEST_F(SqliteJournalTest, SaysWhenTheDataDirectoryCannotBeWritten) {
    ASSERT_EQ(chmod(directory_.path().c_str(), 0555), 0);
    const pid_t child = fork();
    if (child == 0) {
        // The superuser may write anywhere.
        if (geteuid() == 0 && seteuid(65534) != 0) _exit(2);
        const auto opened = SqliteJournal::open(settings());
        _exit(!opened && opened.error().code == ErrorCode::file_unusable ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    ASSERT_EQ(chmod(directory_.path().c_str(), 0700), 0);
}

// ---- What it refuses to open --------------------------------------------------------------------

TEST_F(SqliteJournalTest, RefusesAJournalOfANewerVersion) {
    fill();
    tamper("PRAGMA user_version = 3");
    const Error error = refusal();
    EXPECT_EQ(error.code, ErrorCode::version_unsupported);
    EXPECT_TRUE(has(error, "schema version 3, this crierd knows up to 2")) << error.detail;
    tamper("PRAGMA user_version = 2");
    EXPECT_EQ(open()->read_messages({}, 10)->size(), 4u) << "and leaves it as it was";
}

TEST_F(SqliteJournalTest, BringsAJournalOfVersion1UpToDateAndKeepsEverything) {
    fill();
    const auto expect_all = [](SqliteJournal& journal) {
        const Status sound = journal.verify();
        EXPECT_TRUE(sound) << (sound ? "" : to_string(sound.error()));
        const Result<std::vector<StoredMessage>> messages = journal.read_messages({}, 10);
        ASSERT_TRUE(messages && messages->size() == 4);
        for (std::uint64_t seq = 1; seq <= 4; ++seq) {
            EXPECT_EQ(messages->at(4 - seq).entry, (StoredEntry{seq, samples::entry(seq)}));
        }
        EXPECT_EQ(messages->at(3).late_receipts, (std::vector<Bytes>{{1}, {2}}));
        EXPECT_EQ(samples::texts(journal.recover()->facts),
                  (std::vector<std::string>{"one", "two"}));
        EXPECT_EQ(samples::seqs(journal.recover()->open_messages),
                  (std::vector<std::uint64_t>{3, 4}));
        EXPECT_EQ(journal.read_sessions({1, 2})->size(), 2u);
        EXPECT_EQ(journal.read_sightings(0, 10)->size(), 3u);
    };
    constexpr const char* schema =
        "SELECT group_concat(sql) FROM (SELECT sql FROM sqlite_schema ORDER BY name)";
    const std::string new_schema = ask(schema);
    make_version_1();
    ASSERT_NE(ask(schema), new_schema);
    {
        const auto journal = open();
        expect_all(*journal);
        EXPECT_EQ(journal->recover()->unplaced, 4u);
        EXPECT_FALSE(journal->recover()->cursor);
        EXPECT_TRUE(journal->read_places({}, 10)->empty());
        ASSERT_TRUE(journal->append(samples::placed_entries(3, 4)));
    }
    EXPECT_EQ(ask("PRAGMA user_version"), "2");
    EXPECT_EQ(ask(schema), new_schema);
    const auto journal = open();
    expect_all(*journal);
    EXPECT_EQ(journal->read_places({}, 10)->size(), 2u);
    EXPECT_EQ(journal->recover()->unplaced, 2u);
}

TEST_F(SqliteJournalTest, RefusesAJournalWhoseCursorIsNotWhatWasWritten) {
    fill();
    std::filesystem::copy_file(path("journal.db"), path("kept"));
    for (const char* change :
         {"UPDATE cluster SET number = number + 1", "UPDATE cluster SET generation = 0",
          "UPDATE cluster SET placed = 3", "UPDATE cluster SET placed = 5",
          "UPDATE cluster SET message = NULL", "UPDATE cluster SET message = x'00'",
          "UPDATE cluster SET message = zeroblob(16)", "UPDATE cluster SET members = x'00'",
          "UPDATE cluster SET members = zeroblob(16)", "DELETE FROM cluster"}) {
        tamper(change);
        const Error error = refusal();
        EXPECT_EQ(error.code, ErrorCode::journal_damaged) << change;
        EXPECT_TRUE(has(error, "table cluster, record 1: ")) << change << ": " << error.detail;
        std::filesystem::remove(path("journal.db-wal"));
        std::filesystem::copy_file(path("kept"), path("journal.db"),
                                   std::filesystem::copy_options::overwrite_existing);
    }
    EXPECT_EQ(open()->recover()->cursor, samples::placed_entries(1, 4).cursor);
}

TEST_F(SqliteJournalTest, RefusesAnotherProgramsDatabase) {
    tamper("CREATE TABLE recipes (name TEXT)");
    const Error error = refusal();
    EXPECT_EQ(error.code, ErrorCode::journal_damaged);
    EXPECT_TRUE(has(error, "no journal of Crier")) << error.detail;
    tamper("INSERT INTO recipes VALUES ('soup')");
    EXPECT_FALSE(std::filesystem::exists(path("journal.db-wal"))) << "and leaves it as it was";
}

TEST_F(SqliteJournalTest, RefusesAFileThatIsNoDatabase) {
    std::ofstream(path("journal.db")) << std::string(10'000, 'x');
    const Error error = refusal();
    EXPECT_EQ(error.code, ErrorCode::journal_damaged);
    EXPECT_TRUE(has(error, "To set this journal aside")) << error.detail;
}

TEST_F(SqliteJournalTest, RefusesAnOlderCopyOfItself) {
    open();
    std::filesystem::copy_file(path("journal.db"), path("copy"));
    fill();
    std::filesystem::copy_file(path("copy"), path("journal.db"),
                               std::filesystem::copy_options::overwrite_existing);
    const Error error = refusal();
    EXPECT_EQ(error.code, ErrorCode::journal_damaged);
    EXPECT_TRUE(has(error, "holds 0 transactions, but 10 were confirmed")) << error.detail;
}

TEST_F(SqliteJournalTest, RefusesAJournalWhoseDatabaseIsEmptyOrGone) {
    fill();
    std::filesystem::resize_file(path("journal.db"), 0);
    EXPECT_EQ(refusal().code, ErrorCode::journal_damaged);
    std::filesystem::remove(path("journal.db"));
    EXPECT_EQ(refusal().code, ErrorCode::journal_damaged);
}

TEST_F(SqliteJournalTest, StartsEmptyOnceTheJournalWasSetAside) {
    fill();
    tamper("UPDATE state SET last_seq = 99");
    const Error error = refusal();
    EXPECT_TRUE(has(error, "table state, record 1")) << error.detail;
    for (const char* name : {"journal.db", "journal.db-wal", "journal.mark"}) {
        EXPECT_TRUE(has(error, name)) << error.detail;
        std::filesystem::remove(path(name));
    }
    EXPECT_TRUE(open()->read_messages({}, 10)->empty());
}

TEST_F(SqliteJournalTest, OpensAfterTheMarkWasLost) {
    fill();
    std::ofstream(path("journal.mark")) << "torn";
    EXPECT_EQ(open()->read_messages({}, 10)->size(), 4u);
    std::filesystem::remove(path("journal.mark"));
    EXPECT_EQ(open()->read_messages({}, 10)->size(), 4u);
}

// ---- Damage, record by record -------------------------------------------------------------------

enum class Reading : std::uint8_t {
    recovery,
    history,
    sightings,
    sessions,
    places,
    log,
    verification,
};

struct Damage {
    const char* name;
    const char* sql;
    Reading reading;    ///< Which finds it.
    const char* where;  ///< As the error says it.
};

class JournalDamageByRecord : public SqliteJournalTest,
                              public ::testing::WithParamInterface<Damage> {
protected:
    static Status read(SqliteJournal& journal, Reading reading) {
        switch (reading) {
            case Reading::recovery:
                return status_of(journal.recover());
            case Reading::history:
                return status_of(journal.read_messages({}, 100));
            case Reading::sightings:
                return status_of(journal.read_sightings(0, 100));
            case Reading::sessions:
                return status_of(journal.read_sessions({1, 2}));
            case Reading::places:
                return status_of(journal.read_places({}, 100));
            case Reading::log:
                return status_of(journal.read_log(0, 100));
            case Reading::verification:
                break;
        }
        return journal.verify();
    }

private:
    template <class Value>
    static Status status_of(const Result<Value>& result) {
        if (result) return {};
        return fail(result.error());
    }
};

TEST_P(JournalDamageByRecord, IsFoundAndNamed) {
    fill();
    tamper(GetParam().sql);
    const auto journal = open();
    const Status found = read(*journal, GetParam().reading);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ErrorCode::journal_damaged);
    EXPECT_TRUE(has(found.error(), GetParam().where)) << found.error().detail;
    EXPECT_TRUE(has(found.error(), "To set this journal aside")) << found.error().detail;
    EXPECT_FALSE(journal->verify());
}

constexpr Damage damages[] = {
    {"AnOpenEntryChanged", "UPDATE entries SET body = x'00' WHERE seq = 3", Reading::recovery,
     "table entries, record 3: its checksum does not match"},
    {"AnEntryWithAShortId", "UPDATE entries SET id = x'00' WHERE seq = 3", Reading::recovery,
     "table entries, record 3: a column has the wrong length"},
    {"AnEntryOfAnotherTime", "UPDATE entries SET at = at + 1 WHERE seq = 3", Reading::recovery,
     "table entries, record 3"},
    {"AnOpenEntryGone", "DELETE FROM entries WHERE seq = 3", Reading::recovery,
     "table entries, record 3: it is missing"},
    {"AnOpenEntryUnlisted", "DELETE FROM open_entries WHERE seq = 3", Reading::recovery,
     "table open_entries: it has 1 records, not 2"},
    {"AnOpenEntryListedWrongly", "UPDATE open_entries SET has_outcome = 0 WHERE seq = 3",
     Reading::recovery, "table open_entries, record 3"},
    {"AnOpenOutcomeGone", "DELETE FROM outcomes WHERE seq = 3", Reading::recovery,
     "table outcomes, record 3: it is missing"},
    {"AnOutcomeChanged", "UPDATE outcomes SET cells = x'01' WHERE seq = 3", Reading::recovery,
     "table outcomes, record 3: its checksum does not match"},
    {"AnOutcomeOfAnotherMessage",
     "UPDATE outcomes SET cells = (SELECT cells FROM outcomes WHERE seq = 2), "
     "crc = (SELECT crc FROM outcomes WHERE seq = 2) WHERE seq = 3",
     Reading::recovery, "table outcomes, record 3: its checksum does not match"},
    {"FactsChanged", "UPDATE facts SET facts = x'02' WHERE piece = 2", Reading::recovery,
     "table facts, record 2: its checksum does not match"},
    {"FactsGoneAtTheEnd", "DELETE FROM facts WHERE piece = 2", Reading::recovery,
     "table facts, record 2: it is missing"},
    {"FactsGoneAtTheBeginning", "DELETE FROM facts WHERE piece = 1", Reading::recovery,
     "table facts, record 1: it is missing"},
    {"SightingsChanged", "UPDATE sightings SET at = at + 1 WHERE piece = 2", Reading::sightings,
     "table sightings, record 2: its checksum does not match"},
    {"SightingsGone", "DELETE FROM sightings WHERE piece = 2", Reading::sightings,
     "table sightings, record 2: it is missing"},
    {"TheOldestSightingsGone", "DELETE FROM sightings WHERE piece = 1", Reading::sightings,
     "table sightings, record 1: it is missing"},
    {"TheNewestSightingsGone", "DELETE FROM sightings WHERE piece = 3", Reading::sightings,
     "table sightings, record 3: it is missing"},
    {"AnOpenSessionChanged", "UPDATE sessions SET body = x'03' WHERE number = 1", Reading::recovery,
     "table sessions, record 1: its checksum does not match"},
    {"AnOpenSessionGone", "DELETE FROM sessions WHERE number = 1", Reading::recovery,
     "table sessions: 0 are open, not 1"},
    {"AClosedEntryChanged", "UPDATE entries SET principal = 'eve' WHERE seq = 1", Reading::history,
     "table entries, record 1: its checksum does not match"},
    {"TheOldestEntryGone", "DELETE FROM entries WHERE seq = 1", Reading::history,
     "table entries, record 1: it is missing"},
    {"AClosedEntryGone", "DELETE FROM entries WHERE seq = 2", Reading::history,
     "table entries, record 2: it is missing"},
    {"TheNewestEntryGone",
     "DELETE FROM open_entries WHERE seq = 4; DELETE FROM entries WHERE seq = 4", Reading::history,
     "table entries, record 4: it is missing"},
    {"AClosedOutcomeGone", "DELETE FROM outcomes WHERE seq = 1", Reading::history,
     "table outcomes, record 1: it is missing"},
    {"ALateReceiptChanged", "UPDATE late_receipts SET receipt = x'04' WHERE number = 2",
     Reading::history, "table late_receipts, record 1: its checksum does not match"},
    {"TheFirstLateReceiptGone", "DELETE FROM late_receipts WHERE number = 1", Reading::history,
     "table late_receipts, record 1: number 1 of them is missing"},
    {"AClosedSessionChanged", "UPDATE sessions SET changed = 7 WHERE number = 2", Reading::sessions,
     "table sessions, record 2: its checksum does not match"},
    {"AClosedSessionGone", "DELETE FROM sessions WHERE number = 2", Reading::verification,
     "there are 1 sessions, not 2"},
    {"TheLastLateReceiptGone", "DELETE FROM late_receipts WHERE number = 2", Reading::verification,
     "there are 1 late receipts, not 2"},
    {"APlacesNumberChanged", "UPDATE places SET number = 9 WHERE seq = 3", Reading::places,
     "table places, record 3: its checksum does not match"},
    {"APlacesGenerationChanged", "UPDATE places SET generation = 0 WHERE seq = 3", Reading::log,
     "table places, record 3: its checksum does not match"},
    {"APlaceOfAnotherEntry",
     "DELETE FROM places WHERE seq = 3; UPDATE places SET seq = 3 WHERE seq = 4", Reading::places,
     "table places, record 3: its checksum does not match"},
    {"APlaceGone", "DELETE FROM places WHERE seq = 2", Reading::verification,
     "there are 3 places, not 4"},
    {"APlaceWithoutItsEntry", "DELETE FROM entries WHERE seq = 2", Reading::places,
     "table places, record 2: there is no such entry"},
    {"APlacesEntryChanged", "UPDATE entries SET body = x'00' WHERE seq = 2", Reading::places,
     "table entries, record 2: its checksum does not match"},
    {"AnEntryOfTheLogChanged", "UPDATE entries SET body = x'00' WHERE seq = 2", Reading::log,
     "table entries, record 2: its checksum does not match"},
    {"AnEntryOfTheLogGone", "DELETE FROM entries WHERE seq = 2", Reading::log,
     "table entries, record 2: it is missing"},
    {"TheLastEntryOfTheLogGone",
     "DELETE FROM open_entries WHERE seq = 4; DELETE FROM entries WHERE seq = 4", Reading::log,
     "table entries, record 4: it is missing"},
    {"AnOutcomeTooMany", "INSERT INTO outcomes (seq, closes, cells, crc) VALUES (99, 1, x'00', 0)",
     Reading::verification, "there are 1 outcomes without an entry, not 0"},
};

INSTANTIATE_TEST_SUITE_P(Damages, JournalDamageByRecord, ::testing::ValuesIn(damages),
                         [](const auto& damage) { return std::string(damage.param.name); });

TEST_F(SqliteJournalTest, KeepsNoMoreSightingsThanThereIsRoomFor) {
    SqliteJournalSettings small = settings();
    small.sightings_bytes_max = 200;  // Each piece itself takes 48 of them.
    const auto journal = open(small);
    for (int i = 1; i <= 9; ++i) {
        ASSERT_TRUE(journal->append(samples::sightings(std::string(40, 'x'), i)));
    }
    const auto kept = journal->read_sightings(0, 10);
    ASSERT_TRUE(kept);
    ASSERT_EQ(kept->size(), 2u);
    EXPECT_EQ(kept->front().piece, 8u) << "the oldest went";
    EXPECT_TRUE(journal->verify());
    ASSERT_TRUE(journal->append(samples::sightings(std::string(400, 'x'), 10)));
    EXPECT_EQ(journal->read_sightings(0, 10)->size(), 1u) << "the newest always stays";
}

TEST_F(SqliteJournalTest, TellsAPrunedEntryFromALostOne) {
    fill();
    ASSERT_EQ(*open()->prune(samples::at(2), 10), 2u) << "a message and a session";
    EXPECT_EQ(open()->read_messages({}, 10)->size(), 3u);
    tamper("DELETE FROM pruned");
    const auto messages = open()->read_messages({}, 10);
    ASSERT_FALSE(messages);
    EXPECT_TRUE(has(messages.error(), "table entries, record 1: it is missing"));
}

// ---- Start-up -----------------------------------------------------------------------------------

/// What this process has read from files so far.
std::uint64_t bytes_read() {
    std::ifstream io("/proc/self/io");
    std::string name;
    std::uint64_t bytes = 0;
    io >> name >> bytes;
    EXPECT_EQ(name, "rchar:");
    return bytes;
}

TEST_F(SqliteJournalTest, ReadsNoHistoryOfABigJournalWhenItStarts) {
    constexpr std::uint64_t entries = 50'000;
    {
        const auto journal = open({.data_dir = directory_.path(), .ballast_bytes = 8u << 20});
        ASSERT_TRUE(journal->append(samples::entries(1, entries)));
        ASSERT_TRUE(journal->append(samples::closings(1, entries - 3)));
        std::vector<SessionRecord> sessions;
        for (std::uint32_t number = 1; number <= 20'000; ++number) {
            sessions.push_back(samples::session(
                number, number % 10'000 == 0 ? samples::Stay::open : samples::Stay::closed));
        }
        ASSERT_TRUE(journal->append(samples::sessions(sessions)));
    }
    ASSERT_GT(std::filesystem::file_size(path("journal.db")), 20u << 20);
    tamper(
        "UPDATE entries SET body = x'00' WHERE seq = 1000; "
        "UPDATE outcomes SET cells = x'00' WHERE seq = 2000; "
        "UPDATE sessions SET body = x'00' WHERE number = 3000");

    const std::uint64_t before = bytes_read();
    const auto journal = open(
        {.data_dir = directory_.path(), .ballast_bytes = 64 * 1024, .checked_bytes_max = 1u << 20});
    const Result<Recovery> recovery = journal->recover();
    const std::uint64_t read = bytes_read() - before;
    ASSERT_TRUE(recovery) << to_string(recovery.error());
    EXPECT_EQ(recovery->open_messages.size(), 3u);
    EXPECT_EQ(recovery->open_sessions.size(), 2u);
    EXPECT_LT(read, 500'000u) << "the start-up of a big journal must not grow with the history";
    EXPECT_FALSE(journal->verify());
}

TEST_F(SqliteJournalTest, FindsADamagedIndexAndADamagedPageOfSqlitesWhenItStarts) {
    fill();
    for (const std::uint64_t page : {2, 5}) {  // SQLite's page of back pointers; the index of ids.
        const std::vector<char> kept = read_page(page);
        overwrite_page(page, std::vector<char>(4'000, '\x5a'));
        const Error error = refusal();
        EXPECT_EQ(error.code, ErrorCode::journal_damaged);
        EXPECT_TRUE(has(error, "SQLite finds: ")) << error.detail;
        EXPECT_TRUE(has(error, "set this journal aside")) << error.detail;
        EXPECT_EQ(error.detail.find('\n'), std::string::npos) << error.detail;
        overwrite_page(page, kept);
    }
    open();
}

// A bigger one is not read whole when it is opened.
TEST_F(SqliteJournalTest, StoresNothingMoreOnceSqliteHasFoundItDamaged) {
    fill();
    overwrite_page(5, std::vector<char>(4'000, '\x5a'));
    const auto journal =
        open({.data_dir = directory_.path(), .ballast_bytes = 64 * 1024, .checked_bytes_max = 0});
    ASSERT_TRUE(journal->append(samples::facts("three"))) << "nobody has looked yet";
    const auto found = journal->read_message(samples::message_id(1));
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ErrorCode::journal_damaged);
    const auto refused = journal->append(samples::facts("four"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::journal_damaged);
    EXPECT_TRUE(has(refused.error(), "nothing more is stored")) << refused.error().detail;
}

TEST_F(SqliteJournalTest, GoesOnStoringWhenOneRecordOfHistoryIsDamaged) {
    fill();
    tamper("UPDATE entries SET body = x'00' WHERE seq = 1");
    const auto journal = open();
    EXPECT_FALSE(journal->read_message(samples::message_id(1)));
    EXPECT_TRUE(journal->append(samples::facts("three")));
}

// ---- Space --------------------------------------------------------------------------------------

TEST_F(SqliteJournalTest, CopiesItsLogSoThatItStaysShort) {
    const auto journal = open();
    for (std::uint64_t number = 1; number <= 100; ++number) {
        Batch batch = samples::facts(std::string(10'000, 'x'));
        batch.forget_facts = true;
        ASSERT_TRUE(journal->append(batch));
        journal->tidy();
    }
    EXPECT_LT(std::filesystem::file_size(path("journal.db-wal")), 100'000u);
    EXPECT_GT(std::filesystem::file_size(path("journal.db")), 10'000u);
}

TEST_F(SqliteJournalTest, RefusesAppendsLongBeforeTheDiskIsFull) {
    fill();
    const auto journal =
        open({.data_dir = directory_.path(), .ballast_bytes = std::uint64_t{1} << 60});
    const auto refused = journal->append(samples::entries(5, 5));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::storage_failed);
    EXPECT_TRUE(has(refused.error(), "nearly full")) << refused.error().detail;
    EXPECT_EQ(*journal->prune(samples::at(100), 100), 3u) << "two messages, one session";
    EXPECT_FALSE(std::filesystem::exists(path("journal.ballast"))) << "given up for pruning";
}

TEST_F(SqliteJournalTest, PrunesAFullJournalAndThenHasRoomAgain) {
    const auto journal =
        open({.data_dir = directory_.path(), .bytes_max = 400'000, .ballast_bytes = 64 * 1024});
    EXPECT_TRUE(std::filesystem::exists(path("journal.ballast")));
    std::uint64_t number = 0;
    Result<std::vector<EntryResult>> results;
    while (number < 10'000) {
        Batch batch = samples::entries(number + 1, number + 1);
        batch.entries[0].body = samples::bytes(8'000, number);
        if (number > 0) batch.outcomes = samples::closings(number, number).outcomes;
        results = journal->append(batch);
        if (!results) break;
        ++number;
        journal->tidy();
    }
    ASSERT_FALSE(results);
    EXPECT_TRUE(has(results.error(), "full")) << results.error().detail;
    EXPECT_GT(number, 20u);
    EXPECT_EQ(journal->read_messages({}, 10'000)->size(), number) << "all or nothing";

    EXPECT_EQ(*journal->prune(samples::at(1'000), 10'000), number - 1);
    EXPECT_FALSE(std::filesystem::exists(path("journal.ballast"))) << "given up for pruning";
    EXPECT_LT(std::filesystem::file_size(path("journal.db")), 200'000u) << "space is given back";
    ASSERT_TRUE(journal->append(samples::entries(number + 1, number + 1)));
    journal->tidy();
    EXPECT_TRUE(std::filesystem::exists(path("journal.ballast"))) << "and made again";
    const Status sound = journal->verify();
    EXPECT_TRUE(sound) << (sound ? "" : to_string(sound.error()));
}

// ---- Bugs ---------------------------------------------------------------------------------------

TEST_F(SqliteJournalTest, StopsAtAnOutcomeForASeqItNeverGave) {
    const auto journal = open();
    const Batch batch = samples::outcomes({samples::outcome(1, samples::Ending::closes)});
    EXPECT_DEATH(static_cast<void>(journal->append(batch)), "whose seq the journal gave");
}

}  // namespace
}  // namespace crier::broker
