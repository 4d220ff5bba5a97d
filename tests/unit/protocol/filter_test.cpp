#include "shared/protocol/filter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"

namespace crier::protocol {
namespace {

Session vanessa() {
    Session session;
    session.id = *parse_id<SessionId>("3c810000000000000000000000000001");
    session.attributes = {"p-1",   "Vanessa Müller", "vanessa",
                          "ws-12", "linux",          "crier-agent",
                          "agent", "fr_FR.UTF-8",    {"staff", "night shift"}};
    session.address = "10.1.2.3";
    session.state = Presence::locked;
    return session;
}

bool matches(std::string_view text) {
    const auto filter = Filter::parse(text);
    EXPECT_TRUE(filter) << text << ": " << (filter ? "" : filter.error().detail);
    return filter && filter->matches(vanessa());
}

TEST(Filter, MatchesEveryAttributeByItsName) {
    for (const char* term :
         {"id=3c810000000000000000000000000001", "persistent_id=p-1", "user=\"Vanessa Müller\"",
          "system_user=vanessa", "machine=ws-12", "address=10.1.2.3", "host_type=linux",
          "application=crier-agent", "app=crier-agent", "type=agent", "state=locked",
          "locale=fr_FR.UTF-8", "group=staff", "group=\"night shift\""}) {
        EXPECT_TRUE(matches(term)) << term;
        EXPECT_FALSE(matches(std::string(term).substr(0, std::string(term).find('=')) + "=other"))
            << term;
    }
}

TEST(Filter, WantsEveryTermToHold) {
    EXPECT_TRUE(matches("system_user=vanessa and machine=ws-12 and state=locked"));
    EXPECT_FALSE(matches("system_user=vanessa and machine=ws-13"));
    EXPECT_FALSE(matches("system_user=karl and machine=ws-12"));
}

TEST(Filter, IsExactInCaseAndLength) {
    EXPECT_FALSE(matches("system_user=Vanessa"));
    EXPECT_FALSE(matches("system_user=vaness"));
    EXPECT_FALSE(matches("system_user=vanessaa"));
}

TEST(Filter, MatchesAGroupIfAnyOneDoes) {
    EXPECT_TRUE(matches("group=staff and group=night*"));
    EXPECT_FALSE(matches("group=day*"));
    Session alone = vanessa();
    alone.attributes.groups.clear();
    EXPECT_FALSE(Filter::parse("group=*")->matches(alone)) << "there is no group to match";
}

TEST(Filter, TakesBlanksAroundEverything) {
    EXPECT_TRUE(matches("  system_user =  vanessa\tand\n machine= ws-12 "));
    EXPECT_TRUE(matches("system_user=\"vanessa\" and machine=\"ws-12\""));
}

TEST(Filter, TakesAnyBytesInValues) {
    EXPECT_FALSE(matches("user=a=b"));
    EXPECT_FALSE(matches("user=and and machine=and"));
    EXPECT_FALSE(matches(R"(user=C:\Users\vanessa)"));
    Session odd = vanessa();
    odd.attributes.user = R"(a "quoted" \ name)";
    EXPECT_TRUE(Filter::parse(R"(user="a \"quoted\" \\ name")")->matches(odd));
    odd.attributes.user = "";
    EXPECT_TRUE(Filter::parse(R"(user="")")->matches(odd)) << "who said no name";
}

struct Bad {
    std::string text;
    std::uint32_t position;
    std::string detail;  ///< Is in it.
};

TEST(Filter, PointsAtThePlaceThatDoesNotParse) {
    const std::string long_value(limits::filter_bytes_max, 'a');
    const std::vector<Bad> bad{
        {"", 0, "a term is missing"},
        {"   ", 3, "a term is missing"},
        {"=vanessa", 0, "a term is missing"},
        {"vanessa", 0, "sessions have no \"vanessa\""},
        {"usr=vanessa", 0, "sessions have no \"usr\""},
        {"User=vanessa", 0, "sessions have no \"User\""},
        {"user", 4, "= is missing after user"},
        {"user vanessa", 5, "= is missing after user"},
        {"user!=vanessa", 4, "= is missing after user"},
        {"user~vanessa", 4, "= is missing after user"},
        {"user=", 5, "a value is missing"},
        {"user=  ", 7, "a value is missing"},
        {"user=a and", 10, "a term is missing"},
        {"user=a and ", 11, "a term is missing"},
        {"user=a or user=b", 7, "not \"or\" here"},
        {"user=a, machine=b", 8, "not \"machine=b\" here"},
        {"user=a && machine=b", 7, "terms are joined by \"and\""},
        {"user=a machine=b", 7, "not \"machine=b\" here"},
        {"user=Vanessa Müller", 13, "a value with blanks needs double quotes"},
        {"user=a and and machine=b", 11, "sessions have no \"and\""},
        {"user=\"a", 5, "never closed"},
        {"user=\"", 5, "never closed"},
        {"user=\"a\\", 5, "never closed"},
        {"user=\"a\\\"", 5, "never closed"},
        {"user=\"a\\nb\"", 7, "in quotes, write \\\\"},
        {"user=\"a\"b", 8, "a blank is missing"},
        {"user=a\"b\"", 6, "put the whole value in double quotes"},
        {"user=a and (machine=b)", 11, "a term is missing"},
        {"user=a\xff", 6, "not UTF-8"},
        {"user=caf\xc3", 8, "not UTF-8"},
        {std::string("user=a\0b", 8), 6, "NUL"},
        {"user=" + long_value, 1'024, "longer than 1024 bytes"},
    };
    for (const auto& [text, position, detail] : bad) {
        const auto filter = Filter::parse(text);
        ASSERT_FALSE(filter) << text;
        EXPECT_EQ(filter.error().position, position) << text << ": " << filter.error().detail;
        EXPECT_NE(filter.error().detail.find(detail), std::string::npos)
            << text << ": " << filter.error().detail;
    }
}

TEST(Filter, HasAtMostSixteenTerms) {
    std::string text = "user=a";
    for (std::size_t count = 2; count <= limits::filter_terms_max; ++count) text += " and user=a";
    EXPECT_TRUE(Filter::parse(text));
    const auto filter = Filter::parse(text + " and machine=b");
    ASSERT_FALSE(filter);
    EXPECT_EQ(filter.error().position, text.size() + 5);
    EXPECT_EQ(filter.error().detail, "more than 16 terms");
}

TEST(Filter, KnowsWhatWasHardlyMeant) {
    const std::vector<Bad> bad{
        {"user='root'", 5, "with double quotes"},
        {"machine=a and user = 'root'", 21, "with double quotes"},
        {"state=foo", 6, "active, locked or unreachable"},
        {"state=\"Active\"", 6, "active, locked or unreachable"},
        {"state=x*", 6, "active, locked or unreachable"},
    };
    for (const auto& [text, position, detail] : bad) {
        EXPECT_TRUE(Filter::parse(text)) << "what is stored still reads";
        const auto slip = Filter::find_slip(text);
        ASSERT_TRUE(slip) << text;
        EXPECT_EQ(slip->position, position) << text;
        EXPECT_NE(slip->detail.find(detail), std::string::npos) << slip->detail;
    }
    for (const char* text : {"user=\"'root'\"", "user=O'Hara", "state=locked", "state=un*",
                             "state=*", "user=foo", "user="}) {
        EXPECT_FALSE(Filter::find_slip(text)) << text;
    }
}

TEST(Filter, IsTotalOverAnyText) {
    // Every text of up to six of the bytes that mean something.
    const std::string alphabet = "a=\"\\ *\xc3";
    std::size_t tried = 0;
    for (std::size_t length = 0; length <= 5; ++length) {
        std::string text(length, alphabet[0]);
        std::vector<std::size_t> digits(length, 0);
        for (bool is_done = false; !is_done; ++tried) {
            const std::string whole = "user=" + text;
            const auto filter = Filter::parse(whole);
            if (!filter) {
                ASSERT_LE(filter.error().position, whole.size()) << whole;
                ASSERT_FALSE(filter.error().detail.empty()) << whole;
                ASSERT_TRUE(is_plain_text(to_error(filter.error(), whole).detail)) << whole;
            }
            is_done = true;
            for (std::size_t index = 0; index < length && is_done; ++index) {
                digits[index] = (digits[index] + 1) % alphabet.size();
                text[index] = alphabet[digits[index]];
                is_done = digits[index] == 0;
            }
        }
    }
    EXPECT_EQ(tried, 1u + 7 + 49 + 343 + 2'401 + 16'807);
}

TEST(FilterError, IsShownWithACaretUnderThePlace) {
    const std::string text = "user=Vanessa Müller";
    const auto filter = Filter::parse(text);
    ASSERT_FALSE(filter);
    const Error error = to_error(filter.error(), text);
    EXPECT_EQ(error.code, ErrorCode::filter_invalid);
    EXPECT_EQ(error.detail,
              "not \"Müller\" here: terms are joined by \"and\", and a value with blanks needs "
              "double quotes\n"
              "  user=Vanessa Müller\n"
              "               ^");
}

TEST(FilterError, CountsCharactersNotBytesBeforeThePlace) {
    EXPECT_EQ(to_error({9, "here"}, "user=éé x").detail, "here\n  user=éé x\n         ^");
    EXPECT_EQ(to_error({4, "here"}, "user").detail, "here\n  user\n      ^");
    EXPECT_EQ(to_error({99, "behind"}, "user").detail, "behind\n  user\n      ^");
}

TEST(FilterError, FitsARefusalAndATerminalWhateverTheFilter) {
    const std::string text = "user=\"" + std::string(900, 'a') + "\x1b[2J\n\" or x";
    const auto filter = Filter::parse(text);
    ASSERT_FALSE(filter);
    const Error error = to_error(filter.error(), text);
    EXPECT_LT(error.detail.size(), 500u);
    EXPECT_EQ(error.detail.find('\x1b'), std::string::npos);
    EXPECT_EQ(std::count(error.detail.begin(), error.detail.end(), '\n'), 2);
    const auto odd = Filter::parse("user=a \x1b[2J\xe2\x80\xae" + std::string(900, 'x'));
    ASSERT_FALSE(odd);
    EXPECT_LT(odd.error().detail.size(), 200u);
    EXPECT_TRUE(is_one_line(odd.error().detail)) << odd.error().detail;
}

TEST(Glob, StarStandsForAnyRunAndQuestionMarkForOneCharacter) {
    const std::vector<std::pair<const char*, const char*>> matching{
        {"", ""},           {"*", ""},          {"*", "anything"}, {"**", "x"},
        {"ws-*", "ws-12"},  {"*-12", "ws-12"},  {"w*1*", "ws-12"}, {"*s*s*", "session"},
        {"ws-??", "ws-12"}, {"?", "é"},         {"?", "𝄞"},        {"M?ller", "Müller"},
        {"*ab", "aab"},     {"*aab*", "aaaab"}, {"a*b*c", "abbc"}, {"*?", "a"},
    };
    for (const auto& [pattern, text] : matching) {
        EXPECT_TRUE(matches_glob(pattern, text)) << pattern << " " << text;
    }
    const std::vector<std::pair<const char*, const char*>> other{
        {"", "a"},    {"a", ""},    {"?", ""},     {"ws-?", "ws-12"}, {"ws-*", "WS-12"},
        {"*a", "ab"}, {"a*", "ba"}, {"??", "é"},   {"*??", "é"},      {"a*b*c", "acb"},
        {"?*?", "é"}, {"*é?", "é"}, {"ab", "abc"}, {"abc", "ab"},     {"*abc", "ababd"},
    };
    for (const auto& [pattern, text] : other) {
        EXPECT_FALSE(matches_glob(pattern, text)) << pattern << " " << text;
    }
}

TEST(Glob, IsQuickOnPatternsThatMakeOthersBacktrackForever) {
    std::string pattern;
    for (int count = 0; count < 100; ++count) pattern += "a*";
    pattern += "b";
    const std::string text(limits::attribute_bytes_max, 'a');
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_FALSE(matches_glob(pattern, text));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
}

}  // namespace
}  // namespace crier::protocol
