// What the agent finds out by itself, and where it looks for files. Method: made-up surroundings,
// and folders of the test's own.

#include "subscriber/agent/surroundings.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "shared/base/limits.hpp"
#include "subscriber/agent/start.hpp"
#include "tests/support/temporary_directory.hpp"

namespace crier::agent {
namespace {

namespace fs = std::filesystem;
using crier::testing::TemporaryDirectory;

Surroundings vanessas() {
    Surroundings surroundings;
    surroundings.uid = getuid();
    surroundings.account = "vanessa";
    surroundings.machine = "desk-7";
    surroundings.host_type = "linux";
    surroundings.groups = {"users", "accounting"};
    surroundings.variables = {{"LANG", "fr_FR.UTF-8"}};
    surroundings.run_users = "/nonexistent";
    return surroundings;
}

unsigned mode_of(const fs::path& path) {
    struct stat facts {};
    EXPECT_EQ(stat(path.c_str(), &facts), 0) << path;
    return facts.st_mode & 07777;
}

void write_file(const fs::path& path, const std::string& text, mode_t mode) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
    ASSERT_EQ(chmod(path.c_str(), mode), 0);
}

TEST(Attributes, AreFoundOnTheMachine) {
    const Attributes attributes = attributes_of(vanessas(), {});
    EXPECT_EQ(attributes.system_user, "vanessa");
    EXPECT_EQ(attributes.user, "vanessa");
    EXPECT_EQ(attributes.machine, "desk-7");
    EXPECT_EQ(attributes.host_type, "linux");
    EXPECT_EQ(attributes.application, "crier-agent");
    EXPECT_EQ(attributes.type, "agent");
    EXPECT_EQ(attributes.locale, "fr_FR.UTF-8");
    EXPECT_EQ(attributes.groups, (std::vector<std::string>{"users", "accounting"}));
}

TEST(Attributes, AreChosenOnTheCommandLineInstead) {
    AttributeChoices choices;
    choices.user = "v.d";
    choices.system_user = "root";
    choices.machine = "m";
    choices.application = "erp";
    choices.type = "embedded";
    choices.locale = "de_DE";
    choices.groups = {"g1", "g2"};
    const Attributes attributes = attributes_of(vanessas(), choices);
    EXPECT_EQ(attributes.user, "v.d");
    EXPECT_EQ(attributes.system_user, "root");
    EXPECT_EQ(attributes.machine, "m");
    EXPECT_EQ(attributes.application, "erp");
    EXPECT_EQ(attributes.type, "embedded");
    EXPECT_EQ(attributes.locale, "de_DE");
    EXPECT_EQ(attributes.groups, (std::vector<std::string>{"g1", "g2"}));
}

TEST(Attributes, TakeTheUserFromAChosenSystemUser) {
    AttributeChoices choices;
    choices.system_user = "vd";
    EXPECT_EQ(attributes_of(vanessas(), choices).user, "vd");
}

TEST(Attributes, LeaveOutWhatTheBrokerWouldRefuse) {
    Surroundings surroundings = vanessas();
    surroundings.machine = "evil\x1b[2J";
    surroundings.variables["LANG"] = std::string(300, 'x');
    surroundings.groups = {"good", std::string("bad\n"), std::string(300, 'x')};
    for (int index = 0; index < 40; ++index) {
        surroundings.groups.push_back("g" + std::to_string(index));
    }
    const Attributes attributes = attributes_of(surroundings, {});
    EXPECT_EQ(attributes.machine, "");
    EXPECT_EQ(attributes.locale, "");
    ASSERT_EQ(attributes.groups.size(), limits::groups_max);
    EXPECT_EQ(attributes.groups[0], "good");
    EXPECT_EQ(attributes.groups[1], "g0");
}

TEST(Attributes, TakeTheFirstLocaleThatIsSet) {
    Surroundings surroundings;
    EXPECT_EQ(locale_of(surroundings), "");
    surroundings.variables["LANG"] = "en_GB";
    EXPECT_EQ(locale_of(surroundings), "en_GB");
    surroundings.variables["LC_MESSAGES"] = "fr_CA";
    EXPECT_EQ(locale_of(surroundings), "fr_CA");
    surroundings.variables["LC_ALL"] = "C";
    EXPECT_EQ(locale_of(surroundings), "C");
}

TEST(Attributes, OfThisMachineAreReadable) {
    const Surroundings surroundings = read_surroundings();
    EXPECT_EQ(surroundings.uid, getuid());
    EXPECT_EQ(surroundings.host_type, "linux");
    EXPECT_FALSE(surroundings.machine.empty());
}

TEST(PersistentId, StaysTheSameAndIsTheUsersAlone) {
    const TemporaryDirectory folder;
    Surroundings surroundings = vanessas();
    surroundings.home = folder.path();
    const Result<std::string> first = persistent_id(surroundings);
    ASSERT_TRUE(first) << first.error().detail;
    EXPECT_EQ(first->size(), 32U);
    EXPECT_EQ(*persistent_id(surroundings), *first);
    EXPECT_EQ(mode_of(folder.path() / ".local/state/crier/persistent-id.desk-7"), 0600U);
}

TEST(PersistentId, DiffersOnMachinesThatShareAHome) {
    const TemporaryDirectory folder;
    Surroundings surroundings = vanessas();
    surroundings.variables["XDG_STATE_HOME"] = folder.path();
    const std::string here = *persistent_id(surroundings);
    surroundings.machine = "../desk/8";
    EXPECT_NE(*persistent_id(surroundings), here);
    EXPECT_TRUE(fs::exists(folder.path() / "crier/persistent-id..._desk_8"));
}

TEST(PersistentId, SaysWhyThereIsNone) {
    const TemporaryDirectory folder;
    Surroundings surroundings = vanessas();
    EXPECT_EQ(persistent_id(surroundings).error().code, ErrorCode::file_unusable);
    write_file(folder.path() / "file", "", 0600);
    surroundings.home = folder.path() / "file";
    const Error in_the_way = persistent_id(surroundings).error();
    EXPECT_EQ(in_the_way.code, ErrorCode::file_unusable);
    EXPECT_TRUE(in_the_way.detail.starts_with("cannot make the folder ")) << in_the_way.detail;
    surroundings.home = folder.path();
    write_file(folder.path() / ".local/state/crier/persistent-id.desk-7", "nonsense\n", 0600);
    EXPECT_NE(persistent_id(surroundings).error().detail.find("remove it"), std::string::npos);
}

TEST(RuntimeFolder, IsTheOneOfTheSignInIfItIsPrivate) {
    const TemporaryDirectory folder;
    Surroundings surroundings = vanessas();
    const fs::path given = folder.path() / "given";
    fs::create_directory(given);
    surroundings.variables["XDG_RUNTIME_DIR"] = given;
    surroundings.variables["TMPDIR"] = folder.path();
    ASSERT_EQ(chmod(given.c_str(), 0700), 0);
    EXPECT_EQ(runtime_folder(surroundings).value(), given);
    ASSERT_EQ(chmod(given.c_str(), 0755), 0);
    EXPECT_NE(runtime_folder(surroundings).value(), given);
}

TEST(RuntimeFolder, IsMadeWhereThereIsNoneAndNeverOneThatOthersPrepared) {
    const TemporaryDirectory folder;
    Surroundings surroundings = vanessas();
    surroundings.variables["TMPDIR"] = folder.path();
    const fs::path own = folder.path() / ("crier-" + std::to_string(getuid()));
    EXPECT_EQ(runtime_folder(surroundings).value(), own);
    EXPECT_EQ(mode_of(own), 0700U);

    ASSERT_EQ(chmod(own.c_str(), 0777), 0);
    EXPECT_EQ(runtime_folder(surroundings).error().code, ErrorCode::file_unusable);
    fs::remove(own);
    fs::create_directory(folder.path() / "elsewhere");
    ASSERT_EQ(chmod((folder.path() / "elsewhere").c_str(), 0700), 0);
    fs::create_directory_symlink(folder.path() / "elsewhere", own);
    EXPECT_EQ(runtime_folder(surroundings).error().code, ErrorCode::file_unusable);
}

TEST(SessionFilesOf, OptionsStandBesideOneAnother) {
    AgentOptions options;
    EXPECT_EQ(chosen_files(options), std::nullopt);
    options.key_file = "/k/key";
    EXPECT_EQ(chosen_files(options), (SessionFiles{"/k/key", "/k/key.state"}));
    options.state_folder = "/s";
    EXPECT_EQ(chosen_files(options), (SessionFiles{"/k/key", "/s"}));
    options.key_file.clear();
    EXPECT_EQ(chosen_files(options), (SessionFiles{"/s/key", "/s"}));
}

TEST(SessionFilesOf, ANumberHaveAFolderForTheUserAlone) {
    const TemporaryDirectory folder;
    const SessionFiles files = numbered_files(folder.path(), 3).value();
    EXPECT_EQ(files.key_file, folder.path() / "crier/3/key");
    EXPECT_EQ(files.state_folder, folder.path() / "crier/3/state");
    EXPECT_EQ(mode_of(folder.path() / "crier/3"), 0700U);
    EXPECT_EQ(numbered_files(folder.path(), 3).value(), files);
    EXPECT_EQ(numbered_files("/nonexistent", 1).error().code, ErrorCode::file_unusable);
}

}  // namespace
}  // namespace crier::agent
