// What a filter matches, and what it is taken for. Its errors: filter_error_test.cpp.

#include "shared/protocol/filter.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "shared/base/limits.hpp"
#include "tests/unit/protocol/allocations.hpp"

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

TEST(Filter, TakesNotEqual) {
    EXPECT_TRUE(matches("system_user!=karl"));
    EXPECT_FALSE(matches("system_user!=vanessa"));
    EXPECT_FALSE(matches("machine!=ws-*"));
    EXPECT_TRUE(matches("machine != ws-13 and state!=\"active\""));
    EXPECT_FALSE(matches("group!=staff")) << "one of the groups is";
    EXPECT_TRUE(matches("group!=admins")) << "none of the groups is";
    Session alone = vanessa();
    alone.attributes.groups.clear();
    EXPECT_TRUE(Filter::parse("group!=*")->matches(alone)) << "who is in no group";
}

/// `1` holds and `0` does not: with them a filter is its own truth table.
bool value_of(std::string text) {
    for (std::size_t index = 0; index < text.size(); ++index) {
        if (text[index] == '1') text.replace(index, 1, "type=agent");
        if (text[index] == '0') text.replace(index, 1, "type=other");
    }
    return matches(text);
}

TEST(Filter, BindsNotCloserThanAndAndAndCloserThanOr) {
    const std::vector<std::pair<const char*, bool>> table{
        {"1", true},
        {"0", false},
        {"not 1", false},
        {"not 0", true},
        {"not not 1", true},
        {"not not not 1", false},
        {"1 and 1", true},
        {"1 and 0", false},
        {"0 and 1", false},
        {"0 or 1", true},
        {"1 or 0", true},
        {"0 or 0", false},
        {"1 and 1 and 0", false},
        {"0 or 0 or 1", true},
        // Each of these is otherwise if the other one bound closer.
        {"1 or 0 and 0", true},
        {"0 and 0 or 1", true},
        {"0 and 1 or 1 and 1", true},
        {"1 and 0 or 0 and 1", false},
        {"not 0 and 0", false},
        {"not 1 or 1", true},
        {"not 1 and 0", false},
        {"0 and not 0 or 1", true},
    };
    for (const auto& [text, expected] : table) EXPECT_EQ(value_of(text), expected) << text;
}

TEST(Filter, TakesParentheses) {
    const std::vector<std::pair<const char*, bool>> table{
        {"(1)", true},
        {"((0))", false},
        {"(1 or 0) and 0", false},
        {"0 and (0 or 1)", false},
        {"not (0 and 0)", true},
        {"not (1 or 1)", false},
        {"not (not (1))", true},
        {"not (1 and 0) and (0 or 1)", true},
        {"(1 and (0 or (0 or not 0)))", true},
        {"(0 or 0) or (1 and 1)", true},
        {"(1 or 1) and (0 and 1)", false},
        {"not (0 or not (1 and not 0))", true},
        // Without blanks where a parenthesis separates too.
        {"(1)and(1)", true},
        {"(0)or(1)", true},
        {"not(1)", false},
        {"\t( 1\n)and not( 0 ) ", true},
    };
    for (const auto& [text, expected] : table) EXPECT_EQ(value_of(text), expected) << text;
}

TEST(Filter, TakesTheExamplesOfTheManual) {
    EXPECT_TRUE(matches("app=crier-* and not group=admins"));
    EXPECT_TRUE(matches("locale=fr* and (machine=ws-* or group=admins)"));
    EXPECT_TRUE(matches("(user=\"Vanessa (Berlin)\" or user=\"Vanessa Müller\")"));
    EXPECT_TRUE(matches("address=10.1.0.0/16 and since<2026-11-23T09:00:00Z"));
}

TEST(Filter, TakesAWordOfItsOwnForAValue) {
    EXPECT_FALSE(matches("user=and and user=or or user=not"));
    EXPECT_TRUE(matches("not user=not and not user=or"));
}

TEST(Filter, MatchesAnAddressWithASlashByItsBits) {
    EXPECT_TRUE(matches("address=10.1.0.0/16"));
    EXPECT_TRUE(matches("address=\"10.1.0.0/16\""));
    EXPECT_TRUE(matches("address=10.1.2.3/32"));
    EXPECT_FALSE(matches("address=10.1.2.2/32"));
    EXPECT_FALSE(matches("address!=0.0.0.0/0"));
    EXPECT_TRUE(matches("address!=::/0"));
    EXPECT_TRUE(matches("address=10.2.0.0/16 or address=10.1.0.0/16")) << "each its own";
    EXPECT_TRUE(matches("address=10.1.*")) << "without a slash as any other value";
    EXPECT_FALSE(matches("machine=10.1.0.0/16")) << "nothing but an address is one";
    Session local = vanessa();
    local.address = "ipc";
    EXPECT_FALSE(Filter::parse("address=0.0.0.0/0")->matches(local));
    EXPECT_FALSE(Filter::parse("address=::/0")->matches(local));
    EXPECT_TRUE(Filter::parse("address!=0.0.0.0/0")->matches(local));
    EXPECT_TRUE(Filter::parse("address=ipc")->matches(local));
}

TEST(Filter, ComparesSinceWithATime) {
    struct Row {
        const char* text;
        bool before, at, after;  ///< A session opened a millisecond before, then, and after.
    };
    const std::vector<Row> rows{
        {"since<2026-11-23T09:00:00Z", true, false, false},
        {"since<=2026-11-23T09:00:00Z", true, true, false},
        {"since>2026-11-23T09:00:00Z", false, false, true},
        {"since>=2026-11-23T09:00:00Z", false, true, true},
        {"not since<2026-11-23T09:00:00Z", false, true, true},
        {"not since>2026-11-23T09:00:00Z", true, true, false},
        {"since > 2026-11-23T10:00+01:00", false, false, true},
        {"since<=\"2026-11-23 05:30-0330\"", true, true, false},
        {"since>=2026-11-23T09:00:00.000Z and since<=2026-11-23T09:00:00.000Z", false, true, false},
        {"since<2026-11-23T09:00:00Z or since>2026-11-23T09:00:00Z", true, false, true},
        {"since>=2026-11-23T09:00:00.001Z", false, false, true},
    };
    const UtcTime nine = utc_from_ms(1'795'424'400'000);
    for (const auto& [text, before, at, after] : rows) {
        const auto filter = Filter::parse(text);
        ASSERT_TRUE(filter) << text << ": " << filter.error().detail;
        Session session = vanessa();
        session.created = nine - Milliseconds(1);
        EXPECT_EQ(filter->matches(session), before) << text;
        session.created = nine;
        EXPECT_EQ(filter->matches(session), at) << text;
        session.created = nine + Milliseconds(1);
        EXPECT_EQ(filter->matches(session), after) << text;
    }
}

TEST(Filter, TakesNothingFromTheHeapToMatch) {
    const Session session = vanessa();
    const auto filter = Filter::parse(
        "not (id=4* or persistent_id=\"another one, and longer than any short string\") and "
        "(group=admins or group=*shift) and address=10.1.0.0/16 and state=l* and user=*M?ller "
        "and since<2026-11-23T09:00:00Z and (locale=en* or locale!=de*)");
    ASSERT_TRUE(filter);
    const test::Allocations allocations;
    EXPECT_TRUE(filter->matches(session));
    EXPECT_EQ(allocations.count(), 0u);
}

/// As the command line does it, only with another clock.
tl::expected<std::string, FilterError> written_out(std::string_view text) {
    return Filter::write_out_times(text, [](std::string_view time) -> Result<UtcTime> {
        if (time == "now") return utc_from_ms(1'795'424'400'000);
        if (time == "just now") return utc_from_ms(1'795'424'400'001);
        return fail(ErrorCode::usage_invalid, "no such time");
    });
}

TEST(Filter, WritesOutTimesAndNothingElse) {
    const std::vector<std::pair<std::string, std::string>> table{
        {"since<now", "since<2026-11-23T09:00:00Z"},
        {"since>=\"just now\"", "since>=2026-11-23T09:00:00.001Z"},
        {" ( since <= \"now\") and user=now", " ( since <= 2026-11-23T09:00:00Z) and user=now"},
        {"since>now and since<now or not since<now",
         "since>2026-11-23T09:00:00Z and since<2026-11-23T09:00:00Z or not "
         "since<2026-11-23T09:00:00Z"},
        {"user=\"since<now\"", "user=\"since<now\""},
    };
    for (const auto& [text, expected] : table) {
        const auto written = written_out(text);
        ASSERT_TRUE(written) << text << ": " << written.error().detail;
        EXPECT_EQ(*written, expected);
        EXPECT_TRUE(Filter::parse(*written)) << *written;
    }
}

TEST(Filter, WritesOutNoTimesOfWhatDoesNotParse) {
    const auto position_in = [](const std::string& text) {
        const auto written = written_out(text);
        EXPECT_FALSE(written) << text;
        return written ? 9'999 : written.error().position;
    };
    EXPECT_EQ(position_in("since<now and since<noon"), 20u);
    EXPECT_EQ(position_in("since<now and usr=a"), 14u) << "counted in what was typed";
    EXPECT_EQ(position_in("since<now and since=now"), 19u);
    const std::string many = "since<now and user=" + std::string(1'000, 'a');
    EXPECT_EQ(position_in(many), many.size()) << "with its date it is too long";
}

TEST(Filter, KnowsWhatWasHardlyMeant) {
    struct Slip {
        std::string text;
        std::uint32_t position;
        std::string detail;  ///< Is in it.
    };
    const std::vector<Slip> slips{
        {"user='root'", 5, "with double quotes"},
        {"user!='root'", 6, "with double quotes"},
        {"not (machine=a or (user='root'))", 24, "with double quotes"},
        {"user==root", 5, "one = compares"},
        {"user=root&&machine=a", 9, "write \"and\" or \"or\" between terms"},
        {"user=root||user=a and machine=b", 9, "write \"and\" or \"or\" between terms"},
        {"state=foo and user='root'", 6, "active, locked or unreachable"},
        {"since<09:00 and state!=foo", 23, "active, locked or unreachable"},
        {"machine=a and user = 'root'", 21, "with double quotes"},
        {"state=foo", 6, "active, locked or unreachable"},
        {"state=\"Active\"", 6, "active, locked or unreachable"},
        {"state=x*", 6, "active, locked or unreachable"},
    };
    for (const auto& [text, position, detail] : slips) {
        EXPECT_TRUE(Filter::parse(text) || text.starts_with("since")) << "what is stored reads";
        const auto slip = Filter::find_slip(text);
        ASSERT_TRUE(slip) << text;
        EXPECT_EQ(slip->position, position) << text;
        EXPECT_NE(slip->detail.find(detail), std::string::npos) << slip->detail;
    }
    for (const char* text :
         {"user=\"'root'\"", "user=O'Hara", "state=locked", "state=un*", "state=*", "user=foo",
          "user=", "user=\"=root\"", "user=\"a&&b\"", "user=a&b", "user=a=b", "since<09:00"}) {
        EXPECT_FALSE(Filter::find_slip(text)) << text;
    }
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
