// Where an invitation is found, and what is said when there is none.
// Method: made-up places in a folder of the test's own.

#include "shared/protocol/find_invitation.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "tests/support/temporary_directory.hpp"

namespace crier::protocol {
namespace {

namespace fs = std::filesystem;
using Kind = Invitation::Kind;

std::string line_of(const std::string& endpoint, Kind kind = Kind::operators) {
    Invitation invitation;
    invitation.kind = kind;
    invitation.endpoints = {endpoint};
    invitation.server_key = Bytes32{1};
    invitation.secret = Secret(Bytes32{2});
    return to_line(invitation);
}

class FindInvitation : public ::testing::Test {
protected:
    FindInvitation() {
        places_.settings = folder_.path() / "settings";
        places_.run = {folder_.path() / "run", folder_.path() / "user"};
    }

    static void write(const fs::path& file, const std::string& text, mode_t mode = 0600) {
        fs::create_directories(file.parent_path());
        std::ofstream(file) << text << '\n';
        chmod(file.c_str(), mode);
    }

    /// The endpoint that was found, or the error's name.
    [[nodiscard]] std::string found(const std::string& given = "",
                                    Kind wanted = Kind::operators) const {
        const auto invitation = find_invitation(given, wanted, places_);
        return invitation ? invitation->endpoints.front()
                          : std::string(name_of(invitation.error().code));
    }

    crier::testing::TemporaryDirectory folder_;
    InvitationPlaces places_;
};

TEST_F(FindInvitation, PrefersWhatIsNearer) {
    EXPECT_EQ(found(), "file_unusable");
    write(places_.run[1] / "operators.invitation", line_of("tcp://user:1"));
    EXPECT_EQ(found(), "tcp://user:1");
    write(places_.run[0] / "operators.invitation", line_of("tcp://run:1"), 0640);
    EXPECT_EQ(found(), "tcp://run:1");
    write(*places_.settings / "operators.invitation", line_of("tcp://stored:1"));
    EXPECT_EQ(found(), "tcp://stored:1");
    places_.variable = line_of("tcp://variable:1");
    EXPECT_EQ(found(), "tcp://variable:1");
    EXPECT_EQ(found(line_of("tcp://given:1")), "tcp://given:1");
    write(folder_.path() / "file", line_of("tcp://file:1"));
    EXPECT_EQ(found(folder_.path() / "file"), "tcp://file:1");
}

TEST_F(FindInvitation, SaysWhereItLookedAndWhatToDo) {
    const auto nothing = find_invitation("", Kind::sessions, places_);
    ASSERT_FALSE(nothing);
    for (const std::string& part :
         {std::string("CRIER_INVITATION"), (*places_.settings / "sessions.invitation").string(),
          (places_.run[0] / "sessions.invitation").string(),
          (places_.run[1] / "sessions.invitation").string(), std::string("Start crierd"),
          std::string("crierd invite sessions"), std::string("crier join")}) {
        EXPECT_NE(nothing.error().detail.find(part), std::string::npos) << part;
    }
}

TEST_F(FindInvitation, LooksForEachKindInItsOwnFile) {
    write(places_.run[0] / "operators.invitation", line_of("tcp://run:1"), 0640);
    write(places_.run[0] / "sessions.invitation", line_of("tcp://run:2", Kind::sessions), 0644);
    write(*places_.settings / "listeners.invitation", line_of("tcp://run:3", Kind::listeners));
    EXPECT_EQ(found("", Kind::operators), "tcp://run:1");
    EXPECT_EQ(found("", Kind::sessions), "tcp://run:2");
    EXPECT_EQ(found("", Kind::listeners), "tcp://run:3");
}

/// The environment as a test wants it, and afterwards as it was.
class Environment {
public:
    explicit Environment(const std::map<std::string, std::string>& variables) {
        for (const auto& [name, value] : variables) {
            const char* before = std::getenv(name.c_str());
            if (before != nullptr) before_[name] = before;
            names_.push_back(name);
            setenv(name.c_str(), value.c_str(), 1);
        }
    }
    ~Environment() {
        for (const std::string& name : names_) {
            const auto found = before_.find(name);
            if (found == before_.end()) unsetenv(name.c_str());
            if (found != before_.end()) setenv(name.c_str(), found->second.c_str(), 1);
        }
    }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

private:
    std::vector<std::string> names_;
    std::map<std::string, std::string> before_;
};

TEST_F(FindInvitation, LooksWhereTheEnvironmentSays) {
    const Environment environment({{"HOME", "/home/v"},
                                   {"XDG_CONFIG_HOME", "/settings"},
                                   {"XDG_RUNTIME_DIR", "/run/user/7"},
                                   {"CRIER_INVITATION", "a line"}});
    const InvitationPlaces places = read_invitation_places();
    EXPECT_EQ(places.variable, "a line");
    EXPECT_EQ(places.settings, fs::path("/settings/crier"));
    EXPECT_EQ(places.run, (std::vector<fs::path>{"/run/crier", "/run/user/7/crier"}));
}

TEST_F(FindInvitation, TakesARelativeFolderOfTheEnvironmentForNone) {
    const Environment environment({{"HOME", "/home/v"},
                                   {"XDG_CONFIG_HOME", "settings"},
                                   {"XDG_RUNTIME_DIR", "run"},
                                   {"CRIER_INVITATION", ""}});
    const InvitationPlaces places = read_invitation_places();
    EXPECT_EQ(places.variable, std::nullopt);
    EXPECT_EQ(places.settings, fs::path("/home/v/.config/crier"));
    EXPECT_EQ(places.run, (std::vector<fs::path>{"/run/crier"}));
}

TEST_F(FindInvitation, RefusesOneOfAnotherKind) {
    EXPECT_EQ(found(line_of("tcp://a:1", Kind::sessions)), "invitation_invalid");
    places_.variable = line_of("tcp://a:1", Kind::listeners);
    EXPECT_EQ(found(), "invitation_invalid") << "and looks no further";
}

TEST_F(FindInvitation, RefusesAStoredSecretThatOthersCanRead) {
    write(*places_.settings / "operators.invitation", line_of("tcp://a:1"), 0644);
    const auto invitation = find_invitation("", Kind::operators, places_);
    ASSERT_FALSE(invitation);
    EXPECT_EQ(invitation.error().code, ErrorCode::file_unusable);
    EXPECT_NE(invitation.error().detail.find("chmod 600"), std::string::npos);
}

/// The sessions' is for everybody on the machine; the broker's group may read the others.
TEST_F(FindInvitation, RefusesAFileWithAKeyThatEverybodyCanRead) {
    const fs::path file = folder_.path() / "mine";
    for (const Kind kind : {Kind::operators, Kind::listeners}) {
        write(file, line_of("tcp://a:1", kind), 0644);
        EXPECT_EQ(found(file.string(), kind), "file_unusable");
        write(file, line_of("tcp://a:1", kind), 0640);
        EXPECT_EQ(found(file.string(), kind), "tcp://a:1");
    }
    write(file, line_of("tcp://a:1", Kind::sessions), 0644);
    EXPECT_EQ(found(file.string(), Kind::sessions), "tcp://a:1");
}

TEST_F(FindInvitation, StoresOneForItsOwnerAlone) {
    const auto stored = store_invitation(line_of("tcp://a:1") + "\n", places_);
    ASSERT_TRUE(stored) << stored.error().detail;
    EXPECT_EQ(stored->kind, Kind::operators);
    EXPECT_EQ(stored->file, *places_.settings / "operators.invitation");
    struct stat facts {};
    ASSERT_EQ(stat(stored->file.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777u, 0600u);
    EXPECT_EQ(found(), "tcp://a:1");
    const auto sessions = store_invitation(line_of("tcp://a:1", Kind::sessions), places_);
    ASSERT_TRUE(sessions);
    EXPECT_EQ(sessions->file.filename(), "sessions.invitation");
}

TEST_F(FindInvitation, StoresOnceAndNeverOverAnother) {
    ASSERT_TRUE(store_invitation(line_of("tcp://a:1"), places_));
    EXPECT_TRUE(store_invitation(line_of("tcp://a:1"), places_)) << "the same one again";
    const auto other = store_invitation(line_of("tcp://b:1"), places_);
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, ErrorCode::in_use);
    EXPECT_EQ(found(), "tcp://a:1");
}

TEST_F(FindInvitation, StoresFromAFileAndRefusesWhatIsNone) {
    write(folder_.path() / "line", line_of("tcp://a:1"));
    EXPECT_TRUE(store_invitation(folder_.path() / "line", places_));
    EXPECT_EQ(store_invitation("crier1.operators.AAAA", places_).error().code,
              ErrorCode::invitation_invalid);
    EXPECT_EQ(store_invitation(folder_.path() / "none", places_).error().code,
              ErrorCode::file_unusable);
    places_.settings.reset();
    EXPECT_EQ(store_invitation(line_of("tcp://b:1"), places_).error().code,
              ErrorCode::file_unusable);
}

}  // namespace
}  // namespace crier::protocol
