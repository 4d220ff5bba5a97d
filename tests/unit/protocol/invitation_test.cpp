#include "shared/protocol/invitation.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <numeric>

#include "shared/protocol/wire.hpp"

namespace crier::protocol {
namespace {

using Kind = Invitation::Kind;

Bytes32 counting(std::uint8_t first) {
    Bytes32 bytes;
    std::iota(bytes.begin(), bytes.end(), first);
    return bytes;
}

Invitation invitation(Kind kind = Kind::sessions) {
    return {kind,
            {"tcp://broker.example:7411", "ipc:///run/crier/sessions"},
            counting(1),
            Secret(counting(100))};
}

std::string why_refused(std::string_view line) {
    const auto parsed = parse_invitation(line);
    if (parsed) return "accepted";
    EXPECT_EQ(parsed.error().code, ErrorCode::invitation_invalid);
    return parsed.error().detail;
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

/// A line around any map, with a checksum that is right.
std::string line_of(const std::function<void(MapWriter&)>& fill) {
    Bytes bytes;
    {
        MapWriter map(bytes);
        fill(map);
    }
    const Bytes32 hash = blake2b(bytes);
    bytes.insert(bytes.end(), hash.begin(), hash.begin() + 4);
    return "crier1.sessions." + to_base64url(bytes);
}

TEST(Invitation, IsOneLineThatSaysTheSameWhenReadBack) {
    for (const Kind kind : {Kind::sessions, Kind::operators, Kind::listeners}) {
        const std::string line = to_line(invitation(kind));
        EXPECT_EQ(line.rfind("crier1." + std::string(name_of(kind)) + ".", 0), 0u);
        EXPECT_EQ(line.find_first_of(" \n="), std::string::npos);
        const auto parsed = parse_invitation(line);
        ASSERT_TRUE(parsed) << to_string(parsed.error());
        EXPECT_EQ(parsed->kind, kind);
        EXPECT_EQ(parsed->endpoints, invitation().endpoints);
        EXPECT_EQ(parsed->server_key, counting(1));
        ASSERT_TRUE(parsed->secret);
        EXPECT_EQ(parsed->secret->bytes(), counting(100));
    }
}

TEST(Invitation, MayBeWithoutKeysForABrokerWithoutCurve) {
    const Invitation plain{Kind::operators, {"ipc:///tmp/x"}, std::nullopt, std::nullopt};
    const auto parsed = parse_invitation(to_line(plain));
    ASSERT_TRUE(parsed) << to_string(parsed.error());
    EXPECT_FALSE(parsed->server_key);
    EXPECT_FALSE(parsed->secret);
}

TEST(Invitation, IsReadWithWhiteSpaceAroundIt) {
    EXPECT_EQ(why_refused("  \t" + to_line(invitation()) + " \r\n"), "accepted");
}

TEST(Invitation, IsTheLineThatTheDocumentDescribes) {
    // Packed by Python's msgpack: {"endpoints": ["tcp://127.0.0.1:1"], "server_key": b"\1" * 32,
    // "secret": b"\2" * 32}, with hashlib.blake2b(digest_size=32) behind it.
    const std::string line =
        "crier1.listeners.g6llbmRwb2ludHORsXRjcDovLzEyNy4wLjAuMToxqnNlcnZlcl9rZXnEIAEBAQE"
        "BAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBpnNlY3JldMQgAgICAgICAgICAgICAgICAgICAgICAgI"
        "CAgICAgICAgJHe887";
    const auto parsed = parse_invitation(line);
    ASSERT_TRUE(parsed) << to_string(parsed.error());
    EXPECT_EQ(parsed->endpoints, std::vector<std::string>{"tcp://127.0.0.1:1"});
    Bytes32 ones;
    ones.fill(1);
    EXPECT_EQ(parsed->server_key, ones);
    EXPECT_EQ(to_line(*parsed), line);
}

TEST(Invitation, SaysThatItIsCutShortWhereverItIsCut) {
    const std::string line = to_line(invitation());
    for (std::size_t size = 1; size < line.size(); ++size) {
        const std::string why = why_refused(line.substr(0, size));
        EXPECT_TRUE(contains(why, "cut short")) << size << ": " << why;
    }
}

TEST(Invitation, SaysThatItWasChangedWhicheverCharacterIs) {
    const std::string line = to_line(invitation());
    for (std::size_t index = line.rfind('.') + 1; index < line.size(); ++index) {
        std::string changed = line;
        changed[index] = changed[index] == 'A' ? 'B' : 'A';
        const std::string why = why_refused(changed);
        EXPECT_TRUE(contains(why, "cut short")) << index << ": " << why;
    }
}

TEST(Invitation, SaysWhatElseIsWrongWithALine) {
    const std::string line = to_line(invitation());
    const std::string body = line.substr(line.rfind('.') + 1);
    EXPECT_TRUE(contains(why_refused(""), "empty"));
    EXPECT_TRUE(contains(why_refused(" \n"), "empty"));
    EXPECT_TRUE(contains(why_refused("hello"), "begins with crier1."));
    EXPECT_TRUE(contains(why_refused(body), "begins with crier1."));
    EXPECT_TRUE(contains(why_refused("crier2.sessions." + body), "another version"));
    EXPECT_TRUE(contains(why_refused("crier1.guests." + body), "none of sessions"));
    EXPECT_TRUE(contains(why_refused("crier1.sessions." + body + "="), "do not belong"));
    EXPECT_TRUE(
        contains(why_refused("crier1.sessions." + body.substr(0, 40) + "\n" + body.substr(40)),
                 "do not belong"));
    EXPECT_TRUE(contains(why_refused(line + " " + line), "do not belong"));
    EXPECT_TRUE(contains(why_refused("crier1.sessions." + std::string(100'000, 'A')), "longer"));
}

TEST(Invitation, RefusesAMapThatBreaksTheDocumentsRules) {
    const auto add_endpoint = [](MapWriter& map) { map.list("endpoints", 1).string("tcp://a:1"); };
    EXPECT_EQ(why_refused(line_of(add_endpoint)), "accepted");
    EXPECT_TRUE(contains(why_refused(line_of([](MapWriter&) {})), "endpoints: missing"));
    EXPECT_TRUE(contains(why_refused(line_of([](MapWriter& map) { map.list("endpoints", 0); })),
                         "endpoints: fewer than 1"));
    EXPECT_TRUE(contains(why_refused(line_of([](MapWriter& map) {
                             Writer list = map.list("endpoints", 9);
                             for (int count = 0; count < 9; ++count) list.string("tcp://a:1");
                         })),
                         "endpoints: more than 8"));
    EXPECT_TRUE(contains(
        why_refused(line_of([](MapWriter& map) { map.list("endpoints", 1).string("a\nb"); })),
        "control character"));
    EXPECT_TRUE(contains(why_refused(line_of([](MapWriter& map) { map.uint("endpoints", 1); })),
                         "endpoints: not a list"));
    EXPECT_TRUE(contains(why_refused(line_of([&](MapWriter& map) {
                             add_endpoint(map);
                             map.binary("server_key", Bytes(31, 1));
                         })),
                         "server_key: not 32 bytes"));
    // Where the join secret lets nobody in, the sessions' has none.
    const std::string without_secret = line_of([&](MapWriter& map) {
        add_endpoint(map);
        map.binary("server_key", Bytes(32, 1));
    });
    EXPECT_EQ(why_refused(without_secret), "accepted");
    const std::string of_operators =
        "crier1.operators." + without_secret.substr(without_secret.rfind('.') + 1);
    const auto refused = parse_invitation(of_operators);
    ASSERT_FALSE(refused);
    EXPECT_TRUE(contains(refused.error().detail, "not the other"));
    EXPECT_TRUE(contains(why_refused(line_of([&](MapWriter& map) {
                             add_endpoint(map);
                             map.binary("secret", Bytes(32, 1));
                         })),
                         "not the other"));
    const Bytes no_map{0x01};
    const Bytes32 hash = blake2b(no_map);
    Bytes bytes = no_map;
    bytes.insert(bytes.end(), hash.begin(), hash.begin() + 4);
    EXPECT_TRUE(contains(why_refused("crier1.sessions." + to_base64url(bytes)), "damaged"));
}

TEST(Invitation, NeverRepeatsItsSecretInAnError) {
    const std::string line = to_line(invitation(Kind::operators));
    const std::string secret_part = line.substr(line.size() - 40);
    std::vector<std::string> lines{line + "!", line.substr(3), "crier9" + line.substr(6), line};
    for (const std::string& bad : lines) {
        const auto loaded = load_invitation(bad, Kind::sessions);
        ASSERT_FALSE(loaded);
        if (bad.rfind("crier", 0) != 0) continue;  // It may be the path of a file.
        EXPECT_FALSE(contains(loaded.error().detail, secret_part)) << loaded.error().detail;
    }
}

// ---- Where it comes from
// -------------------------------------------------------------------------

/// A file of its own that is gone after the test.
class InvitationFile : public ::testing::Test {
protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "crier-XXXXXX").string();
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::string write(const std::string& text) {
        const std::string path = folder_ / "sessions.invitation";
        std::ofstream(path) << text;
        return path;
    }

    std::filesystem::path folder_;
};

TEST_F(InvitationFile, IsReadFromAFile) {
    const std::string path = write(to_line(invitation()) + "\n");
    const auto loaded = load_invitation(path, Kind::sessions);
    ASSERT_TRUE(loaded) << to_string(loaded.error());
    EXPECT_EQ(loaded->endpoints, invitation().endpoints);
}

TEST_F(InvitationFile, IsReadFromTheLineItself) {
    EXPECT_TRUE(load_invitation(" " + to_line(invitation()), Kind::sessions));
}

TEST_F(InvitationFile, IsReadFromOneLineOfStandardInput) {
    const std::string text = to_line(invitation()) + "\nmore";
    std::array<int, 2> pipe_ends{};
    ASSERT_EQ(pipe(pipe_ends.data()), 0);
    ASSERT_EQ(::write(pipe_ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    close(pipe_ends[1]);
    const int before = dup(STDIN_FILENO);
    dup2(pipe_ends[0], STDIN_FILENO);
    const auto loaded = load_invitation("-", Kind::sessions);
    dup2(before, STDIN_FILENO);
    close(before);
    EXPECT_TRUE(loaded);

    std::string rest(16, '\0');
    const ssize_t left = read(pipe_ends[0], rest.data(), rest.size());
    close(pipe_ends[0]);
    EXPECT_EQ(rest.substr(0, static_cast<std::size_t>(std::max<ssize_t>(left, 0))), "more")
        << "what follows the line is left to others";
}

TEST_F(InvitationFile, OfAnotherKindIsRefusedAndNamesBoth) {
    const auto loaded = load_invitation(to_line(invitation(Kind::sessions)), Kind::operators);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, ErrorCode::invitation_invalid);
    EXPECT_EQ(loaded.error().detail,
              "the invitation is for sessions, and one for operators is needed");
}

TEST_F(InvitationFile, ThatCannotBeReadIsNamed) {
    const std::string path = folder_ / "missing";
    const auto missing = load_invitation(path, Kind::sessions);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, ErrorCode::file_unusable);
    EXPECT_TRUE(contains(missing.error().detail, path));
    EXPECT_TRUE(contains(missing.error().detail, "No such file"));
    const auto folder = load_invitation(folder_.string(), Kind::sessions);
    ASSERT_FALSE(folder);
    EXPECT_EQ(folder.error().code, ErrorCode::file_unusable);
    EXPECT_TRUE(contains(folder.error().detail, "Is a directory"));
}

TEST_F(InvitationFile, ThatHoldsSomethingElseIsNoInvitation) {
    for (const std::string& text : {std::string(), std::string("\n"), std::string("#!/bin/sh\n"),
                                    std::string(1'000'000, 'a')}) {
        const auto loaded = load_invitation(write(text), Kind::sessions);
        ASSERT_FALSE(loaded);
        EXPECT_EQ(loaded.error().code, ErrorCode::invitation_invalid);
    }
    EXPECT_EQ(load_invitation("", Kind::sessions).error().code, ErrorCode::invitation_invalid);
}

}  // namespace
}  // namespace crier::protocol
