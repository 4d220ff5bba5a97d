#include "shared/base/text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace crier {
namespace {

using namespace std::string_view_literals;

/// Encodes without asking whether the result is allowed.
std::string utf8_of(char32_t point) {
    const auto tail = [&](int shift) {
        return static_cast<char>(0x80 | ((point >> shift) & 0x3f));
    };
    if (point < 0x80) return {static_cast<char>(point)};
    if (point < 0x800) return {static_cast<char>(0xc0 | (point >> 6)), tail(0)};
    if (point < 0x10000) return {static_cast<char>(0xe0 | (point >> 12)), tail(6), tail(0)};
    return {static_cast<char>(0xf0 | (point >> 18)), tail(12), tail(6), tail(0)};
}

TEST(Text, TakesEveryCodePointThatUnicodeHasAndNoOther) {
    for (char32_t point = 0; point <= 0x10ffff; ++point) {
        const bool is_surrogate = point >= 0xd800 && point <= 0xdfff;
        ASSERT_EQ(is_utf8(utf8_of(point)), !is_surrogate) << static_cast<std::uint32_t>(point);
    }
    EXPECT_FALSE(is_utf8(utf8_of(0x110000)));
}

TEST(Text, RefusesIllFormedSequences) {
    for (const std::string_view text : {
             "\x80"sv,              // A continuation alone.
             "\xc3"sv,              // Cut short.
             "a\xe2\x82"sv,         // Cut short, later.
             "\xc0\xaf"sv,          // Overlong, two bytes.
             "\xe0\x80\xaf"sv,      // Overlong, three.
             "\xf0\x80\x80\xaf"sv,  // Overlong, four.
             "\xc1\xbf"sv,          // Overlong DEL.
             "\xed\xa0\x80"sv,      // A surrogate.
             "\xf4\x90\x80\x80"sv,  // Above U+10FFFF.
             "\xf8\x88\x80\x80\x80"sv, "\xfe"sv, "\xff"sv,
             "\xc3("sv,         // A lead without its continuation.
             "caf\xe9 noir"sv,  // Latin-1.
         }) {
        EXPECT_FALSE(is_utf8(text)) << text;
        EXPECT_FALSE(is_plain_text(text)) << text;
        EXPECT_FALSE(is_one_line(text)) << text;
    }
}

TEST(Text, MayHaveLinesButNoNul) {
    EXPECT_TRUE(is_plain_text(""));
    EXPECT_TRUE(is_plain_text("Une opération\nest\tprévue à 22h \x1b[1m"));
    EXPECT_FALSE(is_plain_text("a\0b"sv));
    EXPECT_TRUE(is_utf8("a\0b"sv));
}

TEST(Text, IsBlankWhenNothingOfItIsSeen) {
    EXPECT_TRUE(is_blank(""));
    EXPECT_TRUE(is_blank(" \t\r\n\v\f"));
    for (const char32_t point :
         {0x85, 0xa0, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000}) {
        EXPECT_TRUE(is_blank(" " + utf8_of(point))) << static_cast<std::uint32_t>(point);
    }
    EXPECT_FALSE(is_blank("  .  "));
    EXPECT_FALSE(is_blank("\0"sv));
    EXPECT_FALSE(is_blank(" \xff"));
}

TEST(Text, OfOneLineHasNoControlCharacterAtAll) {
    EXPECT_TRUE(is_one_line("Vanessa Müller → 𝄞"));
    for (char32_t point = 0; point < 0x200; ++point) {
        const bool is_control = point < 0x20 || (point >= 0x7f && point <= 0x9f);
        EXPECT_EQ(is_one_line("a" + utf8_of(point) + "b"), !is_control)
            << static_cast<std::uint32_t>(point);
    }
}

TEST(Text, IsCutBetweenTwoCodePoints) {
    EXPECT_EQ(cut_to("prévue", 10), "prévue");
    EXPECT_EQ(cut_to("prévue", 7), "prévue");
    EXPECT_EQ(cut_to("prévue", 4), "pré");
    EXPECT_EQ(cut_to("prévue", 3), "pr");
    EXPECT_EQ(cut_to("𝄞", 3), "");
}

TEST(Text, GivesNumbersOffItsFront) {
    std::string_view text = "0112x";
    EXPECT_EQ(take_number(text, 3), 11);
    EXPECT_EQ(text, "2x");
    EXPECT_EQ(take_number(text, 2), std::nullopt);
    EXPECT_EQ(take_number(text, 0), std::nullopt);
    EXPECT_EQ(text, "2x") << "nothing was taken";
    EXPECT_TRUE(take(text, '2'));
    EXPECT_FALSE(take(text, '2'));
    EXPECT_EQ(text, "x");
    text = "-12";
    EXPECT_EQ(take_number(text, 2), std::nullopt);
    text = "999999999";
    EXPECT_EQ(take_number(text, 9), 999'999'999);
    EXPECT_EQ(take_number(text, 1), std::nullopt);
    text = "9999999999";
    EXPECT_EQ(take_number(text, 10), std::nullopt) << "more than an int holds";
}

}  // namespace
}  // namespace crier
