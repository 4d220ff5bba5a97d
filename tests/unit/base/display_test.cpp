// Text on its way to a screen: nothing that a terminal acts on survives, and columns are counted
// as a terminal does. Method: known strings; every code point once.

#include "shared/base/display.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "shared/base/text.hpp"

namespace crier {
namespace {

std::string utf8(char32_t point) {
    const auto byte = [](char32_t value) { return static_cast<char>(value); };
    if (point < 0x80) return {byte(point)};
    if (point < 0x800) return {byte(0xc0 | point >> 6), byte(0x80 | (point & 0x3f))};
    if (point < 0x10000) {
        return {byte(0xe0 | point >> 12), byte(0x80 | (point >> 6 & 0x3f)),
                byte(0x80 | (point & 0x3f))};
    }
    return {byte(0xf0 | point >> 18), byte(0x80 | (point >> 12 & 0x3f)),
            byte(0x80 | (point >> 6 & 0x3f)), byte(0x80 | (point & 0x3f))};
}

TEST(Display, LeavesOrdinaryTextByteForByte) {
    const std::string text = "Une opération à 22h.\nשלום, 日本語, 👩‍🚀 e\xcc\x81\n";
    EXPECT_EQ(clean_text(text), text);
}

TEST(Display, LetsNoEscapeSequenceThrough) {
    EXPECT_EQ(clean_text("\x1b[2J\x1b]0;title\x07"), "\uFFFD[2J\uFFFD]0;title\uFFFD");
    EXPECT_EQ(clean_text("\xc2\x9b"
                         "31m"),
              "\uFFFD31m")
        << "a C1 control is an escape sequence too";
    EXPECT_EQ(clean_text(std::string("a\0b\x7f", 4)), "a\uFFFDb\uFFFD");
    EXPECT_EQ(clean_text("first\rsecond\bthird"), "first\uFFFDsecond\uFFFDthird");
}

TEST(Display, LeavesOutWhatReordersOrHidesText) {
    EXPECT_EQ(clean_text("abc\u202Edef\u2066g\u2069\u200E\u200Fh\u061C"), "abcdefgh");
    EXPECT_EQ(clean_text("pay\u200Bpal\uFEFF\u00AD\U000E0041"), "paypal");
}

TEST(Display, LeavesNoMoreMarksOnACharacterThanLanguagesHave) {
    std::string marks;
    for (int i = 0; i < 8; ++i) marks += "\u0301";
    EXPECT_EQ(clean_text("a" + marks + "b" + marks), "a" + marks + "b" + marks);
    EXPECT_EQ(clean_text("a" + marks + marks + "\ufe0f\u200db"), "a" + marks + "b");
    EXPECT_EQ(clean_text(marks + marks + "\n" + marks), marks + "\n" + marks);
    const std::string family =
        "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \u2764\ufe0f";
    EXPECT_EQ(clean_line(family), family);
}

TEST(Display, NormalisesLineEndsAndTabs) {
    EXPECT_EQ(clean_text("a\r\nb\u2028c\u2029d\te"), "a\nb\nc\nd    e");
    EXPECT_EQ(clean_line("a\r\nb\u2028c\nd\te"), "a b c d    e");
}

TEST(Display, ShowsBytesThatAreNoUtf8AsReplacementCharacters) {
    EXPECT_EQ(clean_text("a\xff\xc3z\xed\xa0\x80"), "a\uFFFD\uFFFDz\uFFFD\uFFFD\uFFFD");
    EXPECT_EQ(clean_text("\xe2\x82"), "\uFFFD\uFFFD");
}

TEST(Display, CleansEveryCodePointThatATerminalActsOn) {
    for (char32_t point = 0; point <= 0x10ffff; ++point) {
        if (point >= 0xd800 && point <= 0xdfff) continue;
        std::string clean = clean_text(utf8(point));
        ASSERT_TRUE(is_utf8(clean)) << static_cast<unsigned>(point);
        std::string_view rest = clean;
        while (!rest.empty()) {
            const char32_t shown = take_code_point(rest);
            ASSERT_TRUE(shown == '\n' || !is_unsafe_on_screen(shown))
                << static_cast<unsigned>(point);
        }
        const std::string line = clean_line(utf8(point));
        ASSERT_EQ(line.find('\n'), std::string::npos) << static_cast<unsigned>(point);
    }
}

TEST(Display, CountsColumnsAsATerminalDoes) {
    EXPECT_EQ(display_width(""), 0u);
    EXPECT_EQ(display_width("déjà"), 4u);
    EXPECT_EQ(display_width("e\xcc\x81"), 1u) << "a combining accent takes none";
    EXPECT_EQ(display_width("日本"), 4u);
    EXPECT_EQ(display_width("🚀"), 2u);
}

TEST(Display, TruncatesToColumnsAndNeverInsideACharacter) {
    EXPECT_EQ(truncated("abc", 3), "abc");
    EXPECT_EQ(truncated("abcd", 3), "ab…");
    EXPECT_EQ(truncated("日本語", 5), "日本…");
    EXPECT_EQ(truncated("日本語", 4), "日…") << "half a character is none";
    EXPECT_EQ(truncated("e\xcc\x81xyz", 2), "e\xcc\x81…");
    EXPECT_EQ(truncated("abc", 1), "…");
    EXPECT_EQ(truncated("abc", 0), "");
}

TEST(Display, PadsToColumns) {
    EXPECT_EQ(padded("日", 4), "日  ");
    EXPECT_EQ(padded("abcdef", 4), "abcdef");
}

TEST(Display, WrapsAtBlanksAndKeepsTheLinesAsSent) {
    using Lines = std::vector<std::string>;
    EXPECT_EQ(wrapped("one two three", 8), (Lines{"one two", "three"}));
    EXPECT_EQ(wrapped("one two three", 7), (Lines{"one two", "three"}));
    EXPECT_EQ(wrapped("a\n\nb\n", 10), (Lines{"a", "", "b"}));
    EXPECT_EQ(wrapped("abcdefghij kl", 4), (Lines{"abcd", "efgh", "ij", "kl"}));
    EXPECT_EQ(wrapped("  - item one", 8), (Lines{"  - item", "one"}));
    EXPECT_EQ(wrapped("日本語", 5), (Lines{"日本", "語"}));
    EXPECT_EQ(wrapped("", 5), Lines{});
    EXPECT_EQ(wrapped("          ", 4), Lines{""});
}

TEST(Display, NeverMakesALineWiderThanAsked) {
    const std::string text = "aaa 日本語日本語 b\xcc\x81 🚀🚀🚀 cccccccccccccc\n  d  e   f";
    for (std::size_t columns = 2; columns < 40; ++columns) {
        for (const std::string& line : wrapped(text, columns)) {
            ASSERT_LE(display_width(line), columns) << line;
        }
    }
}

}  // namespace
}  // namespace crier
