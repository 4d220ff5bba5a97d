// Where an invitation is found, and what is said when there is none.
// Method: made-up surroundings in a folder of the test's own.

#include "publisher/edge/find_invitation.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_directory.hpp"

namespace crier::publisher {
namespace {

namespace fs = std::filesystem;
using protocol::Invitation;

std::string line_of(const std::string& endpoint,
                    Invitation::Kind kind = Invitation::Kind::operators) {
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
        surroundings_.settings = folder_.path() / "settings";
        surroundings_.run = {folder_.path() / "run", folder_.path() / "user"};
    }

    static void write(const fs::path& file, const std::string& text, mode_t mode = 0600) {
        fs::create_directories(file.parent_path());
        std::ofstream(file) << text << '\n';
        chmod(file.c_str(), mode);
    }

    /// The endpoint that was found, or the error's name.
    [[nodiscard]] std::string found(const std::string& given = "") const {
        const auto invitation = find_invitation(given, surroundings_);
        return invitation ? invitation->endpoints.front()
                          : std::string(name_of(invitation.error().code));
    }

    crier::testing::TemporaryDirectory folder_;
    Surroundings surroundings_;
};

TEST_F(FindInvitation, PrefersWhatIsNearer) {
    EXPECT_EQ(found(), "file_unusable");
    write(surroundings_.run[1] / "operators.invitation", line_of("tcp://user:1"));
    EXPECT_EQ(found(), "tcp://user:1");
    write(surroundings_.run[0] / "operators.invitation", line_of("tcp://run:1"), 0640);
    EXPECT_EQ(found(), "tcp://run:1");
    write(*surroundings_.settings / "operators.invitation", line_of("tcp://stored:1"));
    EXPECT_EQ(found(), "tcp://stored:1");
    surroundings_.variable = line_of("tcp://variable:1");
    EXPECT_EQ(found(), "tcp://variable:1");
    EXPECT_EQ(found(line_of("tcp://given:1")), "tcp://given:1");
    write(folder_.path() / "file", line_of("tcp://file:1"));
    EXPECT_EQ(found(folder_.path() / "file"), "tcp://file:1");
}

TEST_F(FindInvitation, SaysWhereItLookedAndWhatToDo) {
    const auto nothing = find_invitation("", surroundings_);
    ASSERT_FALSE(nothing);
    for (const fs::path& folder : surroundings_.run) {
        EXPECT_NE(nothing.error().detail.find(folder.string()), std::string::npos);
    }
    EXPECT_NE(nothing.error().detail.find("crier join"), std::string::npos);
}

TEST_F(FindInvitation, RefusesOneThatCannotSend) {
    EXPECT_EQ(found(line_of("tcp://a:1", Invitation::Kind::sessions)), "invitation_invalid");
    surroundings_.variable = line_of("tcp://a:1", Invitation::Kind::listeners);
    EXPECT_EQ(found(), "invitation_invalid") << "and looks no further";
}

TEST_F(FindInvitation, RefusesAStoredSecretThatOthersCanRead) {
    write(*surroundings_.settings / "operators.invitation", line_of("tcp://a:1"), 0644);
    const auto invitation = find_invitation("", surroundings_);
    ASSERT_FALSE(invitation);
    EXPECT_EQ(invitation.error().code, ErrorCode::file_unusable);
    EXPECT_NE(invitation.error().detail.find("chmod 600"), std::string::npos);
}

TEST_F(FindInvitation, StoresOneForItsOwnerAlone) {
    const auto stored = store_invitation(line_of("tcp://a:1") + "\n", surroundings_);
    ASSERT_TRUE(stored) << stored.error().detail;
    EXPECT_EQ(stored->kind, Invitation::Kind::operators);
    EXPECT_EQ(stored->file, *surroundings_.settings / "operators.invitation");
    struct stat facts {};
    ASSERT_EQ(stat(stored->file.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777u, 0600u);
    EXPECT_EQ(found(), "tcp://a:1");
    const auto sessions =
        store_invitation(line_of("tcp://a:1", Invitation::Kind::sessions), surroundings_);
    ASSERT_TRUE(sessions);
    EXPECT_EQ(sessions->file.filename(), "sessions.invitation");
}

TEST_F(FindInvitation, StoresOnceAndNeverOverAnother) {
    ASSERT_TRUE(store_invitation(line_of("tcp://a:1"), surroundings_));
    EXPECT_TRUE(store_invitation(line_of("tcp://a:1"), surroundings_)) << "the same one again";
    const auto other = store_invitation(line_of("tcp://b:1"), surroundings_);
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, ErrorCode::in_use);
    EXPECT_EQ(found(), "tcp://a:1");
}

TEST_F(FindInvitation, StoresFromAFileAndRefusesWhatIsNone) {
    write(folder_.path() / "line", line_of("tcp://a:1"));
    EXPECT_TRUE(store_invitation(folder_.path() / "line", surroundings_));
    EXPECT_EQ(store_invitation("crier1.operators.AAAA", surroundings_).error().code,
              ErrorCode::invitation_invalid);
    EXPECT_EQ(store_invitation(folder_.path() / "none", surroundings_).error().code,
              ErrorCode::file_unusable);
    surroundings_.settings.reset();
    EXPECT_EQ(store_invitation(line_of("tcp://b:1"), surroundings_).error().code,
              ErrorCode::file_unusable);
}

}  // namespace
}  // namespace crier::publisher
