// StateFile: keeps what it promised over crashes, cuts off an unfinished write, reports damage.
// Method: a real folder; damage is done to the file's bytes.

#include "subscriber/edge/state_file.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "tests/support/temporary_directory.hpp"
#include "tests/unit/subscriber/core_bench.hpp"
#include "tests/unit/subscriber/old_records.hpp"

namespace crier::subscriber {
namespace {

namespace fs = std::filesystem;

class StateFileTest : public ::testing::Test {
protected:
    [[nodiscard]] fs::path folder() const { return directory_.path() / "run"; }
    [[nodiscard]] fs::path file() const { return folder() / "state"; }

    [[nodiscard]] std::string bytes() const {
        std::ifstream in(file(), std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    void write(const std::string& bytes) const {
        std::ofstream(file(), std::ios::binary | std::ios::trunc) << bytes;
    }

    /// A file with these appends, each one record.
    void prepare(const std::vector<Record>& records) const {
        Result<StateFile> state = StateFile::open(folder());
        ASSERT_TRUE(state);
        for (const Record& record : records) ASSERT_TRUE(state->append({&record, 1}));
    }

    [[nodiscard]] std::vector<Record> reopened() const {
        Result<StateFile> state = StateFile::open(folder());
        EXPECT_TRUE(state) << to_string(state.error());
        return state ? state->take_records() : std::vector<Record>{};
    }

    static std::vector<Record> three_messages() {
        return {KeepMessage{a_message(1), {}}, KeepMessage{a_message(2), {}},
                KeepMessage{a_message(3), {}}};
    }

private:
    crier::testing::TemporaryDirectory directory_;
};

TEST_F(StateFileTest, KeepsRecordsInTheirOrder) {
    prepare(three_messages());
    EXPECT_EQ(reopened(), three_messages());
}

TEST_F(StateFileTest, KeepsAllThatAMessageCanSayAndAnAnswer) {
    MarkMessage mark;
    mark.id = message_id(1);
    mark.mark.state = State::answered;
    mark.mark.answer = 1;
    const std::vector<Record> records{KeepMessage{a_full_message(1), {}}, mark};
    prepare(records);
    EXPECT_EQ(reopened(), records);
}

TEST_F(StateFileTest, IsForItsOwnerOnly) {
    prepare({});
    EXPECT_EQ(fs::status(file()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(fs::status(folder()).permissions(), fs::perms::owner_all);
}

TEST_F(StateFileTest, IsRefusedWhenOthersCanReadIt) {
    prepare({});
    fs::permissions(file(), fs::perms::group_read, fs::perm_options::add);
    const auto state = StateFile::open(folder());
    ASSERT_FALSE(state);
    EXPECT_EQ(state.error().code, ErrorCode::file_unusable);
    EXPECT_NE(state.error().detail.find("chmod"), std::string::npos);
}

TEST_F(StateFileTest, IsRefusedToASecondProgram) {
    const auto first = StateFile::open(folder());
    ASSERT_TRUE(first);
    const auto second = StateFile::open(folder());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::in_use);
}

TEST_F(StateFileTest, IsRefusedWhereThereIsNoFolderToMake) {
    const auto state = StateFile::open("/dev/null/run");
    ASSERT_FALSE(state);
    EXPECT_EQ(state.error().code, ErrorCode::file_unusable);
}

TEST_F(StateFileTest, IsNotReadThroughALink) {
    prepare({});
    fs::rename(file(), folder() / "elsewhere");
    fs::create_symlink(folder() / "elsewhere", file());
    EXPECT_FALSE(StateFile::open(folder()));
}

TEST_F(StateFileTest, CutsOffAnUnfinishedAppendWhereverItStopped) {
    prepare({three_messages()[0], three_messages()[1]});
    const std::size_t two = bytes().size();
    prepare({three_messages()[2]});
    const std::string whole = bytes();
    for (std::size_t length = two; length < whole.size(); ++length) {
        write(whole.substr(0, length));
        EXPECT_EQ(reopened().size(), 2u) << "cut at " << length;
    }
}

TEST_F(StateFileTest, CutsOffWhatTheDiskDidNotFill) {
    prepare(three_messages());
    write(bytes() + std::string(5'000, '\0'));
    EXPECT_EQ(reopened().size(), 3u);
}

TEST_F(StateFileTest, GoesOnBehindWhatItCutOff) {
    prepare(three_messages());
    write(bytes().substr(0, bytes().size() - 1));
    prepare({ForgetMessage{message_id(1)}});
    const std::vector<Record> expected{three_messages()[0], three_messages()[1],
                                       ForgetMessage{message_id(1)}};
    EXPECT_EQ(reopened(), expected);
}

TEST_F(StateFileTest, BeginsAnewWhenACrashCutItsFirstLine) {
    prepare({});
    const std::string header = bytes();
    for (std::size_t length = 0; length <= header.size(); ++length) {
        write(header.substr(0, length));
        EXPECT_TRUE(reopened().empty());
    }
}

TEST_F(StateFileTest, ReportsDamageInTheMiddleAndLeavesItAsItIs) {
    prepare({three_messages()[0]});
    const std::size_t first_end = bytes().size();
    prepare({three_messages()[1]});
    const std::string whole = bytes();
    for (std::size_t at = 16; at < first_end; ++at) {  // Behind the first line.
        std::string damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
        write(damaged);
        const auto state = StateFile::open(folder());
        ASSERT_FALSE(state) << "at " << at;
        EXPECT_EQ(state.error().code, ErrorCode::storage_failed);
        EXPECT_NE(state.error().detail.find("mv "), std::string::npos);
        EXPECT_EQ(bytes(), damaged);
    }
}

TEST_F(StateFileTest, TakesDamageInTheLastAppendForAnUnfinishedOne) {
    prepare(three_messages());
    std::string damaged = bytes();
    damaged.back() = static_cast<char>(damaged.back() ^ 1);
    write(damaged);
    EXPECT_EQ(reopened().size(), 2u);
}

TEST_F(StateFileTest, RefusesAFileThatIsNotItsOwn) {
    prepare({});
    write("# a shell script of some length\n");
    const auto state = StateFile::open(folder());
    ASSERT_FALSE(state);
    EXPECT_EQ(state.error().code, ErrorCode::file_unusable);
    EXPECT_EQ(bytes(), "# a shell script of some length\n");
}

TEST_F(StateFileTest, RefusesAFileOfANewerVersion) {
    prepare({});
    write("CRIER-STATE-005\nwho knows what");
    const auto state = StateFile::open(folder());
    ASSERT_FALSE(state);
    EXPECT_NE(state.error().detail.find("newer"), std::string::npos);
}

TEST_F(StateFileTest, ReadsAFileOfTheFirstVersionAndGoesOnInThisOne) {
    prepare({});
    write(file_of_the_first_version());
    RecordTable expected;
    for (const OldRecord& old : records_of_the_first_version()) expected.apply(old.record);
    {
        Result<StateFile> state = StateFile::open(folder());
        ASSERT_TRUE(state) << to_string(state.error());
        RecordTable read;
        for (const Record& record : state->take_records()) read.apply(record);
        EXPECT_EQ(read.snapshot(), expected.snapshot());
        EXPECT_TRUE(bytes().starts_with("CRIER-STATE-004\n"));
        const Record last = KeepMessage{a_message(3), {}};
        ASSERT_TRUE(state->append({&last, 1}));
        expected.apply(last);
    }
    RecordTable again;
    for (const Record& record : reopened()) again.apply(record);
    EXPECT_EQ(again.snapshot(), expected.snapshot());
    ASSERT_TRUE(again.messages().contains(message_id(1)));
    EXPECT_EQ(again.messages().at(message_id(1)).mark.shown, broker_start + minute);
}

TEST_F(StateFileTest, ReadsAnEmptyFileOfTheFirstVersion) {
    prepare({});
    write("CRIER-STATE-001\n");
    EXPECT_TRUE(reopened().empty());
    EXPECT_EQ(bytes(), "CRIER-STATE-004\n");
}

TEST_F(StateFileTest, ReadsAnEmptyFileOfTheSecondVersion) {
    prepare({});
    write("CRIER-STATE-002\n");
    EXPECT_TRUE(reopened().empty());
    EXPECT_EQ(bytes(), "CRIER-STATE-004\n");
}

TEST_F(StateFileTest, StaysSmallHoweverMuchPasses) {
    Result<StateFile> state = StateFile::open(folder());
    ASSERT_TRUE(state);
    for (int round = 0; round < 300; ++round) {
        KeepMessage message{a_message(1 + round % 200), {}};
        message.show.content.text = std::string(4'000, 'x');
        const std::vector<Record> records{message, ForgetMessage{message.show.id}};
        ASSERT_TRUE(state->append(records));
    }
    const Record last = KeepMessage{a_message(250), {}};
    ASSERT_TRUE(state->append({&last, 1}));
    EXPECT_LT(fs::file_size(file()), 2 * StateFile::rewrite_from_bytes);
    state = tl::unexpected<Error>(Error{});  // Closed.

    RecordTable table;
    for (const Record& record : reopened()) table.apply(record);
    ASSERT_EQ(table.messages().size(), 1u);
    EXPECT_EQ(table.messages().begin()->first, message_id(250));
    EXPECT_EQ(fs::status(file()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(StateFileTest, SaysWhenTheDiskIsFullAndGoesOnWhenThereIsRoom) {
    ::signal(SIGXFSZ, SIG_IGN);
    Result<StateFile> state = StateFile::open(folder());
    ASSERT_TRUE(state);
    const Record first = KeepMessage{a_message(1), {}};
    ASSERT_TRUE(state->append({&first, 1}));

    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    rlimit tight = before;
    tight.rlim_cur = fs::file_size(file()) + 20;  // In the middle of the next append.
    ::setrlimit(RLIMIT_FSIZE, &tight);
    const Record second = KeepMessage{a_message(2), {}};
    const Status refused = state->append({&second, 1});
    ::setrlimit(RLIMIT_FSIZE, &before);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::storage_failed);

    const Record third = KeepMessage{a_message(3), {}};
    ASSERT_TRUE(state->append({&third, 1}));
    state = tl::unexpected<Error>(Error{});  // Closed.
    EXPECT_EQ(reopened(), (std::vector<Record>{first, third}));
}

}  // namespace
}  // namespace crier::subscriber
