#include "tests/conformance/vectors.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace crier::test {
namespace {

std::optional<ErrorCode> code_named(const std::string& name) {
    for (int number = 4000; number < 7000; ++number) {
        const auto code = static_cast<ErrorCode>(number);
        if (name_of(code) == name) return code;
    }
    return std::nullopt;
}

/// "c4" is one byte, "61*200" is 200 of one.
bool append_word(const std::string& word, protocol::Bytes& bytes) {
    std::array<std::uint8_t, 1> byte{};
    if (!detail::from_hex(word.substr(0, 2), byte)) return false;
    if (word.size() == 2) return bytes.push_back(byte[0]), true;
    if (word[2] != '*') return false;
    std::size_t count = 0;
    std::istringstream(word.substr(3)) >> count;
    bytes.insert(bytes.end(), count, byte[0]);
    return count > 0;
}

/// One line of a block; false if it is none.
bool read_line(const std::string& line, Vector& vector) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string word;
    if (line.rfind("name: ", 0) == 0) {
        vector.name = line.substr(6);
        return true;
    }
    while (words >> word) {
        if (word == "accept") continue;
        if (word == "refuse") {
            std::string code;
            words >> code;
            vector.refused_with = code_named(code);
            if (!vector.refused_with) return false;
        } else if (!append_word(word, vector.bytes)) {
            return false;
        }
    }
    return true;
}

}  // namespace

std::vector<Vector> read_vectors(const std::string& file) {
    std::ifstream in(std::string(CRIER_SOURCE_DIR "/shared/protocol/vectors/") + file);
    EXPECT_TRUE(in) << "cannot read " << file;
    std::vector<Vector> vectors;
    Vector vector;
    const auto finish = [&] {
        if (!vector.name.empty()) vectors.push_back(vector);
        vector = {};
    };
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
        if (line.empty()) {
            finish();
        } else if (!read_line(line, vector)) {
            ADD_FAILURE() << file << ":" << number << ": " << line;
            return vectors;
        }
    }
    finish();
    return vectors;
}

}  // namespace crier::test
