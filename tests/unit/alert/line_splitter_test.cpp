// LineSplitter: which lines come out of bytes, however they are cut.
// Method: bytes in, lines out; no pipe.

#include "subscriber/alert/line_splitter.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace crier::alert {
namespace {

constexpr std::size_t bytes_max = 8;

/// "!" stands for a line that was too long.
std::vector<std::string> lines_of(const std::vector<std::string>& pieces) {
    LineSplitter splitter(bytes_max);
    std::vector<std::string> lines;
    for (const std::string& piece : pieces) {
        splitter.add(piece, [&](std::string_view line, bool is_too_long) {
            lines.emplace_back(is_too_long ? "!" : line);
        });
    }
    return lines;
}

using Lines = std::vector<std::string>;

TEST(AlertLineSplitter, LinesComeOutWhereverTheBytesAreCut) {
    const std::string all = "one\ntwo\nthree\n";
    for (std::size_t cut = 0; cut <= all.size(); ++cut) {
        EXPECT_EQ(lines_of({all.substr(0, cut), all.substr(cut)}), (Lines{"one", "two", "three"}));
    }
}

TEST(AlertLineSplitter, WhatHasNoEndIsNoLine) {
    EXPECT_EQ(lines_of({"one\ntwo"}), Lines{"one"});
    EXPECT_EQ(lines_of({"\n\none\n\n"}), Lines{"one"});
}

TEST(AlertLineSplitter, ALineThatIsTooLongIsToldOnceAndTheNextOneIsRead) {
    EXPECT_EQ(lines_of({"12345678\n"}), Lines{"12345678"});
    EXPECT_EQ(lines_of({"123456789\nnext\n"}), (Lines{"!", "next"}));
    EXPECT_EQ(lines_of({"1234", "56789", "0", "12345678", "\nne", "xt\n"}), (Lines{"!", "next"}));
}

}  // namespace
}  // namespace crier::alert
