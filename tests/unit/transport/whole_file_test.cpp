// Small files are there whole, with the mode that was asked for, or not at all.

#include "shared/transport/whole_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "tests/support/temporary_directory.hpp"

namespace crier::transport {
namespace {

using testing::TemporaryDirectory;

std::string text_of(const std::filesystem::path& file) {
    std::stringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

TEST(WholeFile, ReplacesWhatIsThereWhenToldTo) {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "file";
    for (const std::string text : {"one", "two"}) {
        const auto written =
            write_whole_file(file, text, {.mode = 0644, .group = {}}, IfThere::replace);
        ASSERT_TRUE(written);
        EXPECT_TRUE(*written);
        EXPECT_EQ(text_of(file), text);
    }
}

TEST(WholeFile, KeepsWhatIsThereWhenToldTo) {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "file";
    ASSERT_TRUE(write_whole_file(file, "one", {}, IfThere::keep));
    const auto again = write_whole_file(file, "two", {}, IfThere::keep);
    ASSERT_TRUE(again);
    EXPECT_FALSE(*again);
    EXPECT_EQ(text_of(file), "one");
}

TEST(WholeFile, HasTheModeAndGroupThatWereAskedForWhateverTheUmask) {
    const TemporaryDirectory directory;
    const mode_t before = umask(0077);
    for (const mode_t mode : {0600u, 0640u, 0644u}) {
        const auto file = directory.path() / std::to_string(mode);
        ASSERT_TRUE(
            write_whole_file(file, "x", {.mode = mode, .group = getegid()}, IfThere::replace));
        struct stat facts {};
        ASSERT_EQ(stat(file.c_str(), &facts), 0);
        EXPECT_EQ(facts.st_mode & 0777u, mode);
        EXPECT_EQ(facts.st_gid, getegid());
    }
    umask(before);
}

TEST(WholeFile, LeavesNothingBehindWhenItCannotBeWritten) {
    const TemporaryDirectory directory;
    const auto folder = directory.path() / "folder";
    ASSERT_TRUE(std::filesystem::create_directory(folder));
    const auto written = write_whole_file(folder, "x", {}, IfThere::replace);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, ErrorCode::file_unusable);
    EXPECT_NE(written.error().detail.find(folder.string()), std::string::npos);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1);
}

TEST(WholeFile, NamesTheFileThatPeopleKnowWhenItCannotBeCreated) {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "missing" / "key";
    const auto written = write_whole_file(file, "x", {}, IfThere::keep);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().detail,
              "cannot create " + file.string() + ": No such file or directory");
}

}  // namespace
}  // namespace crier::transport
