// Filters that nobody would write.
// Method: random expressions against an evaluator that walks the tree; every short text of the
// bytes and words that mean something; random bytes. Seeds are fixed: a failure comes again.

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>

#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"
#include "shared/protocol/filter.hpp"

namespace crier::protocol {
namespace {

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
}

template <class List>
const auto& one_of(Random& random, const List& list) {
    return list[below(random, std::size(list))];
}

const std::vector<std::string> users{"ann", "bea", "an n", "", "ann(2)"};
const std::vector<std::string> machines{"ws-1", "ws-12", "srv-1", "ws-é"};
const std::vector<std::string> groups{"staff", "admins", "night"};
constexpr std::int64_t times_count = 4;  // Milliseconds since 1970.

Session random_session(Random& random) {
    Session session;
    session.attributes.user = one_of(random, users);
    session.attributes.machine = one_of(random, machines);
    for (const std::string& group : groups) {
        if (below(random, 2) == 0) session.attributes.groups.push_back(group);
    }
    session.created = utc_from_ms(static_cast<std::int64_t>(below(random, times_count)));
    return session;
}

/// Says the same as a filter, in another way.
struct Node {
    enum class Kind { user, machine, group, since, negation, conjunction, disjunction };

    Kind kind = Kind::user;
    std::string comparison;
    std::string value;      ///< Of a text: a literal, or one that ends with '*'.
    std::int64_t time = 0;  ///< Of since.
    std::vector<Node> parts;
};

bool is_like(const std::string& pattern, const std::string& text) {
    if (!pattern.ends_with('*')) return pattern == text;
    return text.compare(0, pattern.size() - 1, pattern, 0, pattern.size() - 1) == 0;
}

bool compares(std::int64_t left, const std::string& comparison, std::int64_t right) {
    if (comparison == "<") return left < right;
    if (comparison == "<=") return left <= right;
    if (comparison == ">") return left > right;
    return left >= right;
}

bool evaluate(const Node& node, const Session& session) {
    const auto holds = [&](const Node& part) { return evaluate(part, session); };
    const auto as_asked = [&](bool is_equal) { return is_equal == (node.comparison == "="); };
    const Attributes& attributes = session.attributes;
    switch (node.kind) {
        case Node::Kind::user:
            return as_asked(is_like(node.value, attributes.user));
        case Node::Kind::machine:
            return as_asked(is_like(node.value, attributes.machine));
        case Node::Kind::group: {
            bool any = false;
            for (const std::string& group : attributes.groups) any |= is_like(node.value, group);
            return as_asked(any);
        }
        case Node::Kind::since:
            return compares(to_ms(session.created), node.comparison, node.time);
        case Node::Kind::negation:
            return !holds(node.parts.front());
        case Node::Kind::conjunction:
            return std::all_of(node.parts.begin(), node.parts.end(), holds);
        case Node::Kind::disjunction:
            return std::any_of(node.parts.begin(), node.parts.end(), holds);
    }
    return false;
}

Node random_term(Random& random) {
    const std::vector<std::string> of_texts{"=", "!="};
    const std::vector<std::string> of_times{"<", "<=", ">", ">="};
    Node node;
    node.kind = static_cast<Node::Kind>(below(random, 4));
    if (node.kind == Node::Kind::since) {
        node.comparison = one_of(random, of_times);
        node.time = static_cast<std::int64_t>(below(random, times_count));
        return node;
    }
    node.comparison = one_of(random, of_texts);
    node.value = one_of(random, node.kind == Node::Kind::user      ? users
                                : node.kind == Node::Kind::machine ? machines
                                                                   : groups);
    if (below(random, 3) == 0) node.value = node.value.substr(0, 1 + below(random, 3)) + "*";
    return node;
}

Node random_node(Random& random, std::size_t depth) {
    const std::size_t kind = depth == 0 ? 0 : below(random, 4);
    if (kind == 0) return random_term(random);
    Node node;
    node.kind = kind == 1   ? Node::Kind::negation
                : kind == 2 ? Node::Kind::conjunction
                            : Node::Kind::disjunction;
    const std::size_t parts = kind == 1 ? 1 : 2 + below(random, 2);
    for (std::size_t part = 0; part < parts; ++part) {
        node.parts.push_back(random_node(random, depth - 1));
    }
    return node;
}

std::string blank(Random& random, bool is_needed) {
    static const std::vector<std::string> blanks{" ", "  ", "\t", "\n"};
    return is_needed || below(random, 4) == 0 ? one_of(random, blanks) : "";
}

std::string text_of_term(const Node& node, Random& random) {
    static const std::vector<std::string> names{"user", "machine", "group", "since"};
    std::string value = node.value;
    if (node.kind == Node::Kind::since) {
        value = "1970-01-01T00:00:00.00" + std::to_string(node.time) + "Z";
    }
    const bool needs_quotes = value.empty() || value.find_first_of(" ()") != std::string::npos;
    if (needs_quotes || below(random, 3) == 0) value = "\"" + value + "\"";
    return names[static_cast<std::size_t>(node.kind)] + blank(random, false) + node.comparison +
           blank(random, false) + value;
}

/// How closely it binds what stands beside it.
int rank_of(const Node& node) {
    if (node.kind == Node::Kind::disjunction) return 0;
    return node.kind == Node::Kind::conjunction ? 1 : 2;
}

/// With no more parentheses than are needed, and now and then some more.
std::string text_of(const Node& node, int rank_needed, Random& random) {
    if (rank_of(node) < rank_needed || below(random, 8) == 0) {
        return "(" + blank(random, false) + text_of(node, 0, random) + blank(random, false) + ")";
    }
    if (node.parts.empty()) return text_of_term(node, random);
    if (node.kind == Node::Kind::negation) {
        return "not" + blank(random, true) + text_of(node.parts.front(), 2, random);
    }
    const bool is_and = node.kind == Node::Kind::conjunction;
    std::string text;
    for (const Node& part : node.parts) {
        if (!text.empty()) {
            text += blank(random, true) + (is_and ? "and" : "or") + blank(random, true);
        }
        text += text_of(part, is_and ? 2 : 1, random);
    }
    return text;
}

TEST(FilterRandom, ExpressionsMeanWhatTheirTreesMean) {
    std::size_t parsed = 0;
    std::size_t matched = 0;
    std::size_t tried = 0;
    for (std::uint32_t seed = 1; seed <= 4'000; ++seed) {
        Random random(seed);
        const Node node = random_node(random, 1 + below(random, 4));
        const std::string text = text_of(node, 0, random);
        const auto filter = Filter::parse(text);
        if (!filter) {
            ASSERT_TRUE(filter.error().detail.find("longer") != std::string::npos ||
                        filter.error().detail.find("more than") != std::string::npos)
                << "seed " << seed << ": " << text << ": " << filter.error().detail;
            continue;
        }
        ++parsed;
        for (int count = 0; count < 20; ++count) {
            const Session session = random_session(random);
            const bool expected = evaluate(node, session);
            ASSERT_EQ(filter->matches(session), expected) << "seed " << seed << ": " << text;
            matched += expected ? 1 : 0;
            ++tried;
        }
    }
    EXPECT_GT(parsed, 3'500u);
    EXPECT_GT(matched, tried / 4) << "else it has said little";
    EXPECT_LT(matched, tried - tried / 4);
}

/// Whatever the text, it is a filter or has an error with a place and words that can be shown.
void expect_total(const std::string& text) {
    const auto filter = Filter::parse(text);
    if (filter) {
        ASSERT_EQ(filter->matches(Session{}), filter->matches(Session{})) << text;
    } else {
        ASSERT_LE(filter.error().position, text.size()) << text;
        ASSERT_FALSE(filter.error().detail.empty()) << text;
        ASSERT_TRUE(is_one_line(filter.error().detail)) << text;
        ASSERT_TRUE(is_plain_text(to_error(filter.error(), text).detail)) << text;
    }
    const auto slip = Filter::find_slip(text);
    ASSERT_TRUE(!slip || slip->position < text.size()) << text;
}

/// Calls `visit` with every list of up to `length` of the pieces, one behind the other.
template <class Visit>
std::size_t for_each_text(const std::vector<std::string>& pieces, std::size_t length,
                          const Visit& visit, const std::string& begin = "") {
    visit(begin);
    std::size_t count = 1;
    if (length == 0) return count;
    for (const std::string& piece : pieces) {
        count += for_each_text(pieces, length - 1, visit, begin + piece);
    }
    return count;
}

TEST(FilterRandom, ValuesOfAnyBytesAreTotal) {
    const std::size_t tried =
        for_each_text({"a", "=", "\"", "\\", " ", "*", "\xc3", "(", ")"}, 5,
                      [](const std::string& text) { expect_total("user=" + text); });
    EXPECT_EQ(tried, 1u + 9 + 81 + 729 + 6'561 + 59'049);
}

TEST(FilterRandom, OrdersOfAnyWordsAreTotal) {
    const std::size_t tried = for_each_text(
        {"user", "since", "=", "!=", "<", " ", "a/8", "and", " or ", "not ", "(", ")"}, 4,
        expect_total);
    EXPECT_EQ(tried, 1u + 12 + 144 + 1'728 + 20'736);
    for_each_text({"user=a ", "and ", "or ", "not ", "( ", ") "}, 6, expect_total);
}

TEST(FilterRandom, BytesAreTotal) {
    const std::string likely = "userandotic=!<>()\"\\*? /:0129\t\n'&|\xc3\xa9";
    for (std::uint32_t seed = 1; seed <= 20'000; ++seed) {
        Random random(seed);
        std::string text;
        for (std::size_t size = below(random, 40); size > 0; --size) {
            text += below(random, 20) == 0 ? static_cast<char>(below(random, 256))
                                           : one_of(random, likely);
        }
        expect_total(text);
    }
    for (const char byte : {'(', ')', 'a', ' ', '"', '\\', '\0', '\xff'}) {
        expect_total(std::string(limits::filter_bytes_max, byte));
        expect_total("user=a or " + std::string(limits::filter_bytes_max, byte));
    }
    std::string nots;
    while (nots.size() < 1'000) nots += "not ";
    EXPECT_TRUE(Filter::parse(nots + "user=a")) << "they nest nothing";
}

}  // namespace
}  // namespace crier::protocol
