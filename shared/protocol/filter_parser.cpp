#include "shared/protocol/filter_parser.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "shared/base/display.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"

namespace crier::protocol {
namespace {

constexpr std::string_view single_quote =
    "a single quote is part of the value: quote it with double quotes";
constexpr std::string_view times_only = "since is compared with <, <=, > or >=";

template <class Name>
struct NamedAttribute {  // Filter::Name is private.
    std::string_view text;
    Name name;
};

/// What holds for the text as a whole.
std::optional<FilterError> check_text(std::string_view text) {
    if (text.size() > limits::filter_bytes_max) {
        return FilterError{limits::filter_bytes_max,
                           "longer than " + std::to_string(limits::filter_bytes_max) + " bytes"};
    }
    if (is_plain_text(text)) return std::nullopt;
    std::size_t good = text.size();
    while (!is_plain_text(text.substr(0, good))) --good;
    return FilterError{static_cast<std::uint32_t>(good), "not UTF-8, or a NUL"};
}

std::string lowered(std::string_view word) {
    std::string text(word);
    std::transform(text.begin(), text.end(), text.begin(), [](char byte) {
        return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
    });
    return text;
}

std::string quoted(std::string_view word) {
    return "\"" + truncated(clean_line(word), 32) + "\"";
}

/// The operators of other languages.
std::string_view meant_by(std::string_view run) {
    if (run.starts_with('&')) return "and";
    if (run.starts_with('|')) return "or";
    if (run.starts_with('!')) return "not";
    return {};
}

bool is_some_state(std::string_view pattern) {
    constexpr std::array presences{Presence::active, Presence::locked, Presence::unreachable};
    return std::any_of(presences.begin(), presences.end(),
                       [&](Presence presence) { return matches_glob(pattern, name_of(presence)); });
}

}  // namespace

tl::expected<Filter, FilterError> FilterParser::parse() {
    if (auto error = check_text(text_)) return tl::unexpected(*std::move(error));
    scanner_.skip_blanks();
    if (!take_filter(0) || (!scanner_.at_end() && !refuse_junction())) {
        return tl::unexpected(*scanner_.error());
    }
    filter_.terms_.shrink_to_fit();
    filter_.texts_.shrink_to_fit();
    return std::move(filter_);
}

bool FilterParser::take_filter(std::size_t depth) {
    const std::size_t begin = filter_.terms_.size();
    if (!take_all(depth)) return false;
    while (take_joiner("or")) {
        retarget(begin, Filter::unmatched, filter_.terms_.size());
        if (!take_all(depth)) return false;
    }
    return true;
}

bool FilterParser::take_all(std::size_t depth) {
    const std::size_t begin = filter_.terms_.size();
    if (!take_one(depth)) return false;
    while (take_joiner("and")) {
        retarget(begin, Filter::matched, filter_.terms_.size());
        if (!take_one(depth)) return false;
    }
    return true;
}

bool FilterParser::take_one(std::size_t depth) {
    bool is_negated = false;
    while (take_joiner("not")) is_negated = !is_negated;
    const std::size_t begin = filter_.terms_.size();
    if (!(scanner_.is_at('(') ? take_parentheses(depth) : take_term())) return false;
    if (is_negated) negate(begin);
    return true;
}

bool FilterParser::take_parentheses(std::size_t depth) {
    const std::size_t begin = scanner_.position();
    if (depth == limits::filter_nesting_max) {
        return scanner_.refuse_here("more than " + std::to_string(limits::filter_nesting_max) +
                                    " parentheses within one another");
    }
    scanner_.take("(");
    scanner_.skip_blanks();
    if (!take_filter(depth + 1)) return false;
    if (scanner_.at_end()) return scanner_.refuse(begin, "this parenthesis is never closed");
    if (!scanner_.take(")")) return refuse_junction();
    scanner_.skip_blanks();
    return true;
}

bool FilterParser::take_term() {
    const std::size_t begin = scanner_.position();
    Filter::Term term{{}, Test::equals, Filter::matched, Filter::unmatched, 0, 0};
    std::string_view comparison;
    if (!take_name(term.name)) return false;
    if (filter_.terms_.size() == limits::filter_terms_max) {
        return scanner_.refuse(begin,
                               "more than " + std::to_string(limits::filter_terms_max) + " terms");
    }
    scanner_.skip_blanks();
    if (!take_comparison(term.name, comparison)) return false;
    scanner_.skip_blanks();
    last_value_ = {};
    if (!scanner_.take_value(last_value_)) return false;
    const bool is_network =
        term.name == Name::address && last_value_.text.find('/') != std::string::npos;
    const std::size_t index = filter_.terms_.size();
    const bool is_good = term.name == Name::since ? add_time(term, comparison, last_value_)
                         : is_network             ? add_network(term, last_value_)
                                                  : add_text(term, last_value_);
    if (!is_good) return false;
    if (comparison == "!=" || comparison.starts_with('>')) negate(index);
    note_slip(term.name, last_value_);
    scanner_.skip_blanks();
    return true;
}

bool FilterParser::take_joiner(std::string_view joiner) {
    if (scanner_.peek_word() != joiner) return false;
    scanner_.take(joiner);
    scanner_.skip_blanks();
    return true;
}

bool FilterParser::refuse_junction() {
    const std::size_t begin = scanner_.position();
    if (scanner_.is_at(')')) return scanner_.refuse_here("no parenthesis is open here");
    if (scanner_.is_at('(')) {
        return scanner_.refuse_here("\"and\" or \"or\" is missing before this parenthesis");
    }
    if (!last_value_.is_quoted && last_value_.text.starts_with('\'')) {
        return scanner_.refuse(last_value_.begin, std::string(single_quote));
    }
    const std::string_view run = scanner_.take_run();
    const std::string word = lowered(run);
    if (word == "and" || word == "or" || (word == "not" && run != "not")) {
        return scanner_.refuse(begin, "write \"" + word + "\" in lower case");
    }
    if (word == "not") {
        return scanner_.refuse(begin, "\"and\" or \"or\" is missing before \"not\"");
    }
    if (const std::string_view meant = meant_by(run); !meant.empty()) {
        return scanner_.refuse(begin, "write \"" + std::string(meant) + "\" instead of " +
                                          quoted(run.substr(0, run.find_first_not_of("&|!"))));
    }
    return scanner_.refuse(begin, "not " + quoted(run) +
                                      " here: terms are joined by \"and\" or \"or\", and a value "
                                      "with blanks needs double quotes");
}

bool FilterParser::refuse_no_term() {
    const std::size_t begin = scanner_.position();
    const std::string_view run = scanner_.take_run();
    if (run.starts_with('!')) {
        return scanner_.refuse(begin, R"(write "not" instead of "!")");
    }
    return scanner_.refuse(begin, "a term is missing here, such as system_user=Vanessa");
}

bool FilterParser::take_name(Name& name) {
    static constexpr std::array names{
        NamedAttribute<Name>{"id", Name::id},
        NamedAttribute<Name>{"persistent_id", Name::persistent_id},
        NamedAttribute<Name>{"user", Name::user},
        NamedAttribute<Name>{"system_user", Name::system_user},
        NamedAttribute<Name>{"machine", Name::machine},
        NamedAttribute<Name>{"address", Name::address},
        NamedAttribute<Name>{"host_type", Name::host_type},
        NamedAttribute<Name>{"application", Name::application},
        NamedAttribute<Name>{"app", Name::application},
        NamedAttribute<Name>{"type", Name::type},
        NamedAttribute<Name>{"state", Name::state},
        NamedAttribute<Name>{"locale", Name::locale},
        NamedAttribute<Name>{"group", Name::group},
        NamedAttribute<Name>{"since", Name::since},
    };
    constexpr std::string_view names_for_people =
        "id, persistent_id, user, system_user, machine, address, host_type, application, type, "
        "state, locale, group, since";
    const auto find = [](std::string_view text) {
        return std::find_if(names.begin(), names.end(),
                            [&](const auto& one) { return one.text == text; });
    };
    const std::size_t begin = scanner_.position();
    const std::string_view word = scanner_.take_word();
    if (word.empty()) return refuse_no_term();
    if (const auto found = find(word); found != names.end()) {
        name = found->name;
        return true;
    }
    const std::string lower = lowered(word);
    if (lower == "and" || lower == "or") {
        return scanner_.refuse(begin, "a term is missing before " + quoted(word));
    }
    if (lower == "not" || find(lower) != names.end()) {
        return scanner_.refuse(begin, "write \"" + lower + "\" in lower case");
    }
    return scanner_.refuse(begin, "sessions have no \"" + std::string(word.substr(0, 64)) +
                                      "\", but " + std::string(names_for_people));
}

bool FilterParser::take_comparison(Name name, std::string_view& comparison) {
    // The longer ones first.
    static constexpr std::array<std::string_view, 2> of_texts{"!=", "="};
    static constexpr std::array<std::string_view, 4> of_times{"<=", "<", ">=", ">"};
    const auto take_one_of = [&](const auto& comparisons) {
        const auto taken = std::find_if(comparisons.begin(), comparisons.end(),
                                        [&](std::string_view one) { return scanner_.take(one); });
        if (taken == comparisons.end()) return false;
        comparison = *taken;
        return true;
    };
    const bool is_taken = name == Name::since ? take_one_of(of_times) : take_one_of(of_texts);
    return is_taken || refuse_comparison(name);
}

bool FilterParser::refuse_comparison(Name name) {
    if (name == Name::since) return scanner_.refuse_here(std::string(times_only));
    if (scanner_.is_at('<') || scanner_.is_at('>')) {
        const std::size_t begin = scanner_.position();
        if (scanner_.take("<>")) return scanner_.refuse(begin, "write != instead of <>");
        return scanner_.refuse_here("only since is compared with < and >; write = or != here");
    }
    return scanner_.refuse_here("= or != is missing here");
}

bool FilterParser::add_text(Filter::Term term, const FilterValue& value) {
    const bool is_glob = value.text.find_first_of("*?") != std::string::npos;
    term.test = is_glob ? Test::glob : Test::equals;
    term.operand = static_cast<std::uint16_t>(filter_.texts_.size());
    term.size = static_cast<std::uint16_t>(value.text.size());
    filter_.texts_ += value.text;
    filter_.terms_.push_back(term);
    return true;
}

bool FilterParser::add_network(Filter::Term term, const FilterValue& value) {
    auto network = Network::parse(value.text);
    if (!network) {
        const NetworkError& error = network.error();
        return scanner_.refuse(value.position_of(error.position), error.detail);
    }
    term.test = Test::network;
    term.operand = static_cast<std::uint16_t>(filter_.networks_.size());
    filter_.networks_.push_back(*network);
    filter_.terms_.push_back(term);
    return true;
}

bool FilterParser::add_time(Filter::Term term, std::string_view comparison,
                            const FilterValue& value) {
    const Result<UtcTime> time = read_time_(value.text);
    if (!time) return scanner_.refuse(value.begin, time.error().detail);
    times_.push_back({value.begin, value.end, *time});
    // Times are whole milliseconds: not after one is before the next; > and >= are negated.
    const bool is_with_it = comparison == "<=" || comparison == ">";
    term.test = Test::before;
    term.operand = static_cast<std::uint16_t>(filter_.times_.size());
    filter_.times_.push_back(*time + Milliseconds(is_with_it ? 1 : 0));
    filter_.terms_.push_back(term);
    return true;
}

void FilterParser::note_slip(Name name, const FilterValue& value) {
    const auto note = [&](std::size_t position, std::string_view detail) {
        if (!slip_) slip_ = {static_cast<std::uint32_t>(position), std::string(detail)};
    };
    if (!value.is_quoted) {
        if (value.text.starts_with('\'')) note(value.begin, single_quote);
        if (value.text.starts_with('=')) {
            note(value.begin,
                 "one = compares: put a value that begins with another in double quotes");
        }
        const std::size_t joined = std::min(value.text.find("&&"), value.text.find("||"));
        if (joined != std::string::npos) {
            note(value.begin + joined,
                 "this is part of the value: write \"and\" or \"or\" between terms, with blanks "
                 "around it, or put the value in double quotes");
        }
    }
    if (name == Name::state && !is_some_state(value.text)) {
        note(value.begin, "a session's state is active, locked or unreachable");
    }
}

void FilterParser::retarget(std::size_t begin, std::uint8_t from, std::size_t to) {
    for (std::size_t index = begin; index < filter_.terms_.size(); ++index) {
        Filter::Term& term = filter_.terms_[index];
        if (term.if_true == from) term.if_true = static_cast<std::uint8_t>(to);
        if (term.if_false == from) term.if_false = static_cast<std::uint8_t>(to);
    }
}

void FilterParser::negate(std::size_t begin) {
    const auto other = [](std::uint8_t way) {
        if (way == Filter::matched) return Filter::unmatched;
        return way == Filter::unmatched ? Filter::matched : way;
    };
    for (std::size_t index = begin; index < filter_.terms_.size(); ++index) {
        Filter::Term& term = filter_.terms_[index];
        term.if_true = other(term.if_true);
        term.if_false = other(term.if_false);
    }
}

}  // namespace crier::protocol
