// Replays vectors/private.txt: what another implementation has sealed opens here, or does not, and
// is sealed here to the very same bytes.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "shared/protocol/codec.hpp"
#include "shared/protocol/sealed_words.hpp"

namespace crier::protocol {
namespace {

struct PrivateVector {
    std::string name;
    bool is_opened = false;
    std::map<std::string, std::string> values;

    [[nodiscard]] Bytes bytes(const std::string& key) const {
        const std::string& hex = values.at(key);
        Bytes bytes;
        for (std::size_t at = 0; at < hex.size(); at += 2) {
            bytes.push_back(static_cast<std::uint8_t>(std::stoi(hex.substr(at, 2), nullptr, 16)));
        }
        return bytes;
    }
    [[nodiscard]] Bytes32 key(const std::string& name_of_key) const {
        const Bytes all = bytes(name_of_key);
        EXPECT_EQ(all.size(), 32u) << name_of_key;
        Bytes32 key{};
        std::copy_n(all.begin(), std::min(all.size(), key.size()), key.begin());
        return key;
    }
};

std::vector<PrivateVector> read_private_vectors() {
    std::ifstream in(CRIER_SOURCE_DIR "/shared/protocol/vectors/private.txt");
    std::vector<PrivateVector> vectors;
    for (std::string line; std::getline(in, line);) {
        const std::size_t colon = line.find(": ");
        if (line.rfind("name: ", 0) == 0) {
            vectors.push_back({line.substr(6), false, {}});
        } else if (line == "opens") {
            vectors.back().is_opened = true;
        } else if (!vectors.empty() && colon != std::string::npos) {
            vectors.back().values[line.substr(0, colon)] = line.substr(colon + 2);
        }
    }
    return vectors;
}

/// As a broker hands it on.
Show show_of(const PrivateVector& vector) {
    Show show;
    const Bytes id = vector.bytes("message");
    std::copy(id.begin(), id.end(), show.id.bytes.begin());
    Content said;
    said.choices.resize(std::stoul(vector.values.at("choices")));
    show.content = cover_of(said);
    show.sealed = vector.bytes("sealed");
    return show;
}

TEST(PrivateVectors, OpenOrDoNotAsTheDocumentSays) {
    std::size_t opened = 0;
    for (const PrivateVector& vector : read_private_vectors()) {
        SCOPED_TRACE(vector.name);
        const Secret secret(vector.key("secret"));
        EXPECT_EQ(public_key_of(secret), vector.key("public"));
        const Result<Content> content = open_words(show_of(vector), secret);
        EXPECT_EQ(content.has_value(), vector.is_opened)
            << (content ? content->text : content.error().detail);
        opened += content ? 1 : 0;
    }
    EXPECT_EQ(opened, 2u);
    EXPECT_GT(read_private_vectors().size(), 10u);
}

TEST(PrivateVectors, AreTheVeryBytesThatAreSealedHere) {
    for (const PrivateVector& vector : read_private_vectors()) {
        if (!vector.is_opened) continue;
        SCOPED_TRACE(vector.name);
        const Show show = show_of(vector);
        const auto content = open_words(show, Secret(vector.key("secret")));
        ASSERT_TRUE(content) << content.error().detail;
        const auto sealed =
            seal_words(*content, show.id, vector.key("public"), Secret(vector.key("ephemeral")));
        ASSERT_TRUE(sealed);
        EXPECT_EQ(*sealed, show.sealed);
    }
}

}  // namespace
}  // namespace crier::protocol
