// Why a filter does not parse, and at which byte.
// Method: a table of texts, each with its place and with what people are told.

#include <gtest/gtest.h>

#include <algorithm>

#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"
#include "shared/protocol/filter.hpp"

namespace crier::protocol {
namespace {

struct Bad {
    std::string text;
    std::uint32_t position;
    std::string detail;  ///< Is in it.
};

void expect_errors(const std::vector<Bad>& table) {
    for (const auto& [text, position, detail] : table) {
        const auto filter = Filter::parse(text);
        ASSERT_FALSE(filter) << text;
        EXPECT_EQ(filter.error().position, position) << text << ": " << filter.error().detail;
        EXPECT_NE(filter.error().detail.find(detail), std::string::npos)
            << text << ": " << filter.error().detail;
    }
}

TEST(FilterError, PointsAtTheTermThatDoesNotParse) {
    expect_errors({
        {"", 0, "a term is missing"},
        {"   ", 3, "a term is missing"},
        {"=vanessa", 0, "a term is missing"},
        {"\"user\"=a", 0, "a term is missing"},
        {"vanessa", 0, "sessions have no \"vanessa\", but id, "},
        {"usr=vanessa", 0, "sessions have no \"usr\""},
        {"created<2026-11-23T09:00Z", 0, "group, since"},
        {"User=vanessa", 0, "write \"user\" in lower case"},
        {"user", 4, "= or != is missing"},
        {"user vanessa", 5, "= or != is missing"},
        {"user~vanessa", 4, "= or != is missing"},
        {"user:vanessa", 4, "= or != is missing"},
        {"user! =vanessa", 4, "= or != is missing"},
        {"user not = vanessa", 5, "= or != is missing"},
        {"user<>vanessa", 4, "write != instead of <>"},
        {"user <vanessa", 5, "only since is compared with <"},
        {"id>=7", 2, "only since is compared with <"},
        {"user=", 5, "a value is missing"},
        {"user=  ", 7, "a value is missing"},
        {"(user=)", 6, "a value is missing"},
        {"user!=", 6, "a value is missing"},
        {"user=(a or b)", 5, "as in (user=a or user=b)"},
    });
}

TEST(FilterError, PointsAtTheValueThatDoesNotParse) {
    expect_errors({
        {"user=\"a", 5, "never closed"},
        {"user=\"", 5, "never closed"},
        {"user=\"a\\", 5, "never closed"},
        {"user=\"a\\\"", 5, "never closed"},
        {"(user=\"a)", 6, "never closed"},
        {"user=\"a\\nb\"", 7, "in quotes, write \\\\"},
        {"user=\"a\"b", 8, "a blank is missing"},
        {"user=\"a\"(", 8, "a blank is missing"},
        {"user=a\"b\"", 6, "put the whole value in double quotes"},
        {"user=a(b)", 6, "put the whole value in double quotes"},
        {"user=Vanessa Müller", 13, "a value with blanks needs double quotes"},
        {"user='Vanessa Müller'", 5, "a single quote is part of the value"},
    });
}

TEST(FilterError, PointsAtWhatDoesNotJoin) {
    expect_errors({
        {"user=a and", 10, "a term is missing"},
        {"user=a and ", 11, "a term is missing"},
        {"user=a or", 9, "a term is missing"},
        {"not", 3, "a term is missing"},
        {"not not ", 8, "a term is missing"},
        {"not=a", 3, "a term is missing"},
        {"and user=a", 0, "a term is missing before \"and\""},
        {"user=a and and machine=b", 11, "a term is missing before \"and\""},
        {"user=a and or machine=b", 11, "a term is missing before \"or\""},
        {"user=a or OR machine=b", 10, "a term is missing before \"OR\""},
        {"user=a, machine=b", 8, "not \"machine=b\" here: terms are joined by \"and\" or \"or\""},
        {"user=a machine=b", 7, "not \"machine=b\" here"},
        {"(user=a machine=b)", 8, "not \"machine=b\" here"},
        {"user=a not machine=b", 7, "\"and\" or \"or\" is missing before \"not\""},
        {"user=a AND machine=b", 7, "write \"and\" in lower case"},
        {"user=a Or machine=b", 7, "write \"or\" in lower case"},
        {"NOT user=a", 0, "write \"not\" in lower case"},
        {"user=a and Not user=b", 11, "write \"not\" in lower case"},
        {"user=a && machine=b", 7, "write \"and\" instead of \"&&\""},
        {"(user=a) & (machine=b)", 9, "write \"and\" instead of \"&\""},
        {"user=a || machine=b", 7, "write \"or\" instead of \"||\""},
        {"user=a |machine=b", 7, "write \"or\" instead of \"|\""},
        {"!user=a", 0, "write \"not\" instead of \"!\""},
        {"user=a and !(user=b)", 11, "write \"not\" instead of \"!\""},
    });
}

TEST(FilterError, PointsAtTheParenthesis) {
    expect_errors({
        {"(", 1, "a term is missing"},
        {"()", 1, "a term is missing"},
        {"user=a and ()", 12, "a term is missing"},
        {")", 0, "a term is missing"},
        {"(user=a", 0, "this parenthesis is never closed"},
        {"user=a and (machine=b or (type=c)", 11, "this parenthesis is never closed"},
        {"((user=a) and machine=b", 0, "this parenthesis is never closed"},
        {"user=a)", 6, "no parenthesis is open"},
        {"(user=a)) and type=b", 8, "no parenthesis is open"},
        {"user=a (machine=b)", 7, "is missing before this parenthesis"},
        {"(user=a)(machine=b)", 8, "is missing before this parenthesis"},
    });
}

TEST(FilterError, PointsAtTheNetworkThatIsNone) {
    expect_errors({
        {"address=10.1/16", 8, "no IP address stands before /"},
        {"address=10.1.*/16", 8, "no IP address stands before /"},
        {"address=10.1.0.0/33", 17, "0 to 32"},
        {"address=10.1.0.0/", 17, "0 to 32"},
        {"address=\"10.1.0.0/33\"", 18, "0 to 32"},
        {"user=a and not address!=2001:db8::/129", 35, "0 to 128"},
        {"(address=10.1.0.0/x)", 18, "0 to 32"},
    });
}

TEST(FilterError, PointsAtTheTimeThatIsNone) {
    expect_errors({
        {"since", 5, "since is compared with <, <=, > or >="},
        {"since=2026-11-23T09:00:00Z", 5, "since is compared with <"},
        {"since!=2026-11-23T09:00:00Z", 5, "since is compared with <"},
        {"since<", 6, "a value is missing"},
        {"since>=)", 7, "a value is missing"},
        {"since<09:00", 6, "give its date and zone too"},
        {"since<=09:00", 7, "give its date and zone too"},
        {"since< =2026-11-23T09:00:00Z", 7, "give its date and zone too"},
        {"since>2h", 6, "give its date and zone too"},
        {"since<2026-11-23", 6, "give its date and zone too"},
        {"since<2026-11-31T09:00:00Z", 6, "give its date and zone too"},
        {"since<2026-11-23T09:00:00", 6, "this time has no zone"},
        {"since<\"2026-11-23 09:00\"", 6, "this time has no zone"},
        {"since<2026-11-23 09:00Z", 6, "give its date and zone too"},
        {"since<*", 6, "give its date and zone too"},
    });
}

TEST(FilterError, PointsAtBytesThatAreNoText) {
    const std::string long_value(limits::filter_bytes_max, 'a');
    expect_errors({
        {"user=a\xff", 6, "not UTF-8"},
        {"user=caf\xc3", 8, "not UTF-8"},
        {std::string("user=a\0b", 8), 6, "NUL"},
        {"user=" + long_value, 1'024, "longer than 1024 bytes"},
    });
}

/// "user=a and user=a and …".
std::string terms(std::size_t count, const std::string& joiner = " and ") {
    std::string text = "user=a";
    for (std::size_t number = 2; number <= count; ++number) text += joiner + "user=a";
    return text;
}

TEST(FilterError, IsAnotherTermThanSixtyFour) {
    for (const std::string joiner : {" and ", " or ", " and not "}) {
        const std::string text = terms(limits::filter_terms_max, joiner);
        EXPECT_TRUE(Filter::parse(text));
        const auto filter = Filter::parse(text + " and machine=b");
        ASSERT_FALSE(filter);
        EXPECT_EQ(filter.error().position, text.size() + 5);
        EXPECT_EQ(filter.error().detail, "more than 64 terms");
    }
}

TEST(FilterError, IsASeventeenthParenthesisWithinAnother) {
    const std::string open(16, '(');
    const std::string closed(16, ')');
    EXPECT_TRUE(Filter::parse(open + "user=a" + closed));
    EXPECT_TRUE(Filter::parse(open + "user=a" + closed + " and " + open + "user=b" + closed));
    const auto filter = Filter::parse("not " + open + "(user=a)" + closed);
    ASSERT_FALSE(filter);
    EXPECT_EQ(filter.error().position, 20u);
    EXPECT_EQ(filter.error().detail, "more than 16 parentheses within one another");
    EXPECT_EQ(Filter::parse(std::string(1'024, '(')).error().position, 16u);
}

TEST(FilterError, IsShownWithACaretUnderThePlace) {
    const std::string text = "user=Vanessa Müller";
    const auto filter = Filter::parse(text);
    ASSERT_FALSE(filter);
    const Error error = to_error(filter.error(), text);
    EXPECT_EQ(error.code, ErrorCode::filter_invalid);
    EXPECT_EQ(error.detail,
              "not \"Müller\" here: terms are joined by \"and\" or \"or\", and a value with "
              "blanks needs double quotes\n"
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

}  // namespace
}  // namespace crier::protocol
