// Tables: they fit the terminal, keep ids whole, and let nothing dangerous through.
// Method: compare with known pictures.

#include "publisher/cli/table.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "shared/base/display.hpp"

namespace crier::cli {
namespace {

const std::vector<Column> columns{{.head = "ID", .is_cut = false},
                                  {.head = "USER", .width_min = 6},
                                  {.head = "PLACE", .width_min = 6, .goes = 1}};

std::size_t widest_line(const std::string& text) {
    std::size_t widest = 0;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        widest = std::max(widest, display_width(line));
    }
    return widest;
}

TEST(Table, AlignsColumnsByTheirWidthOnTheScreen) {
    EXPECT_EQ(table_for_terminal(columns, {{"1", "Zoé", "Köln"}, {"2", "日本語", "x"}}, 80),
              "ID  USER    PLACE\n"
              "1   Zoé     Köln\n"
              "2   日本語  x\n");
}

TEST(Table, CutsTheWidestColumnsFirstAndNeverAnId) {
    EXPECT_EQ(
        table_for_terminal(columns, {{"0123456789abcdef", "Vanessa Paradis", "Saint-Maur"}}, 40),
        "ID                USER        PLACE\n"
        "0123456789abcdef  Vanessa P…  Saint-Maur\n");
}

TEST(Table, KeepsTheMarkOfAClaimedNameThatIsCut) {
    EXPECT_EQ(table_for_terminal(columns, {{"0123456789abcdef", "Vanessa Paradis?", "x"}}, 34),
              "ID                USER       PLACE\n"
              "0123456789abcdef  Vanessa…?  x\n");
}

TEST(Table, DropsTheLeastWantedColumnWhenThereIsNoRoom) {
    EXPECT_EQ(
        table_for_terminal(columns, {{"0123456789abcdef", "Vanessa Paradis", "Saint-Maur"}}, 26),
        "ID                USER\n"
        "0123456789abcdef  Vanessa…\n");
}

TEST(Table, FitsEveryWidthDownToTheIds) {
    const Rows rows{{"0123456789abcdef", "Vanessa Paradis", "Saint-Maur-des-Fossés"},
                    {"0123456789abcdef", "日本語日本語日本語", ""}};
    for (std::size_t width = 24; width < 100; ++width) {
        EXPECT_LE(widest_line(table_for_terminal(columns, rows, width)), width);
    }
}

TEST(Table, GivesEachValueALineWhereNoRowHasRoom) {
    EXPECT_EQ(table_for_terminal(columns,
                                 {{"0123456789abcdef", "Vanessa?", "Saint-Maur"},
                                  {"fedcba9876543210", "Marc", "Köln"}},
                                 23),
              "ID    0123456789abcdef\n"
              "USER  Vanessa?\n"
              "\n"
              "ID    fedcba9876543210\n"
              "USER  Marc\n");
}

TEST(Table, CleansEveryCell) {
    const std::string table = table_for_terminal(columns, {{"1", "a\x1b[31mb", "c\nd\u202Ee"}}, 80);
    EXPECT_EQ(table.find('\x1b'), std::string::npos);
    EXPECT_EQ(table.find("\u202E"), std::string::npos);
    EXPECT_NE(table.find("c de"), std::string::npos) << "no cell begins a new line";
}

TEST(Table, SeparatesFieldsByTabsInAPipe) {
    EXPECT_EQ(table_for_pipe({{"1", "a\tb", ""}, {"2", "c\nd\x1b", "e"}}),
              "1\ta    b\t\n2\tc d\uFFFD\te\n");
}

TEST(Table, WrapsLongFactsBesideTheirNames) {
    EXPECT_EQ(
        facts_for_terminal({{"Text", "one two three four five six\nseven"}, {"By", "me"}}, 27),
        "Text  one two three four\n"
        "      five six\n"
        "      seven\n"
        "By    me\n");
}

}  // namespace
}  // namespace crier::cli
