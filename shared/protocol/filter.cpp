#include "shared/protocol/filter.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "shared/base/display.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"

namespace crier::protocol {
namespace {

bool is_blank(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

bool is_name_byte(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
           byte == '-' || (byte >= '0' && byte <= '9');
}

bool is_continuation(char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

/// The index of the code point after the one at `index`, which is below text.size().
std::size_t next_code_point(std::string_view text, std::size_t index) {
    ++index;
    while (index < text.size() && is_continuation(text[index])) ++index;
    return index;
}

/// Walks over a filter's text, and remembers the first thing that was wrong.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    [[nodiscard]] bool at_end() const { return position_ == text_.size(); }
    [[nodiscard]] std::size_t position() const { return position_; }
    [[nodiscard]] const std::optional<FilterError>& error() const { return error_; }

    bool refuse(std::size_t position, std::string detail) {
        error_ = FilterError{static_cast<std::uint32_t>(position), std::move(detail)};
        return false;
    }
    bool refuse_here(std::string detail) { return refuse(position_, std::move(detail)); }

    void skip_blanks() {
        while (!at_end() && is_blank(text_[position_])) ++position_;
    }

    /// Everything up to the next blank.
    std::string_view take_run() {
        const std::size_t begin = position_;
        while (!at_end() && !is_blank(text_[position_])) ++position_;
        return text_.substr(begin, position_ - begin);
    }

    /// A run of bytes that may be in a name; empty if there is none.
    std::string_view take_word() {
        const std::size_t begin = position_;
        while (!at_end() && is_name_byte(text_[position_])) ++position_;
        return text_.substr(begin, position_ - begin);
    }

    bool take(char byte) {
        if (at_end() || text_[position_] != byte) return false;
        ++position_;
        return true;
    }

    bool take_value(std::string& value) {
        if (at_end()) return refuse_here("a value is missing after =");
        return text_[position_] == '"' ? take_quoted(value) : take_bare(value);
    }

private:
    bool take_bare(std::string& value) {
        const std::size_t begin = position_;
        while (!at_end() && !is_blank(text_[position_]) && text_[position_] != '"') ++position_;
        value = text_.substr(begin, position_ - begin);
        if (at_end() || text_[position_] != '"') return true;
        return refuse_here("a quote inside a value: put the whole value in double quotes");
    }

    bool take_quoted(std::string& value) {
        const std::size_t begin = position_;
        take('"');
        while (!take('"')) {
            const bool is_escaped = take('\\');
            if (at_end()) return refuse(begin, "this quote is never closed");
            const char byte = text_[position_];
            if (is_escaped && byte != '"' && byte != '\\') {
                return refuse(position_ - 1, R"(in quotes, write \\ for a backslash)");
            }
            value += byte;
            ++position_;
        }
        if (at_end() || is_blank(text_[position_])) return true;
        return refuse_here("a blank is missing after the closing quote");
    }

    std::string_view text_;
    std::size_t position_ = 0;
    std::optional<FilterError> error_;
};

constexpr std::string_view names_for_people =
    "id, persistent_id, user, system_user, machine, address, host_type, application, type, state, "
    "locale, group";

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

bool take_and(Scanner& scanner) {
    const std::size_t begin = scanner.position();
    const std::string word = truncated(clean_line(scanner.take_run()), 32);
    if (word == "and") return true;
    return scanner.refuse(begin, "not \"" + word +
                                     "\" here: terms are joined by \"and\", and a value with "
                                     "blanks needs double quotes");
}

template <class Name>
struct NamedAttribute {  // Filter::Name is private.
    std::string_view text;
    Name name;
};

}  // namespace

tl::expected<Filter, FilterError> Filter::parse(std::string_view text) {
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
    };
    if (auto error = check_text(text)) return tl::unexpected(*std::move(error));
    Filter filter;
    Scanner scanner(text);
    const auto take_term = [&] {
        const std::size_t begin = scanner.position();
        const std::string_view word = scanner.take_word();
        if (word.empty()) {
            return scanner.refuse(begin, "a term is missing here, such as system_user=Vanessa");
        }
        const auto found = std::find_if(names.begin(), names.end(),
                                        [&](const auto& name) { return name.text == word; });
        if (found == names.end()) {
            return scanner.refuse(begin, "sessions have no \"" + std::string(word.substr(0, 64)) +
                                             "\", but " + std::string(names_for_people));
        }
        if (filter.terms_.size() == limits::filter_terms_max) {
            return scanner.refuse(
                begin, "more than " + std::to_string(limits::filter_terms_max) + " terms");
        }
        scanner.skip_blanks();
        if (!scanner.take('=')) {
            return scanner.refuse_here("= is missing after " + std::string(word));
        }
        scanner.skip_blanks();
        filter.terms_.push_back({found->name, {}, scanner.position()});
        return scanner.take_value(filter.terms_.back().pattern);
    };
    scanner.skip_blanks();
    bool is_good = take_term();
    scanner.skip_blanks();
    while (is_good && !scanner.at_end()) {
        is_good = take_and(scanner);
        scanner.skip_blanks();
        is_good = is_good && take_term();
        scanner.skip_blanks();
    }
    if (!is_good) return tl::unexpected(*scanner.error());
    return filter;
}

std::optional<FilterError> Filter::find_slip(std::string_view text) {
    static constexpr std::array presences{Presence::active, Presence::locked,
                                          Presence::unreachable};
    const auto filter = parse(text);
    if (!filter) return std::nullopt;
    for (const Term& term : filter->terms_) {
        const auto position = static_cast<std::uint32_t>(term.position);
        if (text[position] == '\'') {
            return FilterError{position,
                               "a single quote is part of the value: quote it with double quotes"};
        }
        const bool is_some_state =
            term.name != Name::state ||
            std::any_of(presences.begin(), presences.end(), [&](Presence presence) {
                return matches_glob(term.pattern, name_of(presence));
            });
        if (!is_some_state) {
            return FilterError{position, "a session's state is active, locked or unreachable"};
        }
    }
    return std::nullopt;
}

bool Filter::matches(const Session& session) const {
    const Attributes& attributes = session.attributes;
    const auto holds = [&](const Term& term) {
        const auto is = [&](std::string_view text) { return matches_glob(term.pattern, text); };
        switch (term.name) {
            case Name::id:
                return is(to_string(session.id));
            case Name::persistent_id:
                return is(attributes.persistent_id);
            case Name::user:
                return is(attributes.user);
            case Name::system_user:
                return is(attributes.system_user);
            case Name::machine:
                return is(attributes.machine);
            case Name::address:
                return is(session.address);
            case Name::host_type:
                return is(attributes.host_type);
            case Name::application:
                return is(attributes.application);
            case Name::type:
                return is(attributes.type);
            case Name::state:
                return is(name_of(session.state));
            case Name::locale:
                return is(attributes.locale);
            case Name::group:
                return std::any_of(attributes.groups.begin(), attributes.groups.end(), is);
        }
        return false;
    };
    return std::all_of(terms_.begin(), terms_.end(), holds);
}

bool matches_glob(std::string_view pattern, std::string_view text) noexcept {
    std::size_t in_pattern = 0;
    std::size_t in_text = 0;
    // Where to go on when what follows the last star does not fit: the star takes one more.
    std::optional<std::size_t> after_star;
    std::size_t star_end = 0;
    while (in_text < text.size()) {
        if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
            after_star = ++in_pattern;
            star_end = in_text;
        } else if (in_pattern < pattern.size() && pattern[in_pattern] == '?') {
            ++in_pattern;
            in_text = next_code_point(text, in_text);
        } else if (in_pattern < pattern.size() && pattern[in_pattern] == text[in_text]) {
            ++in_pattern;
            ++in_text;
        } else if (after_star) {
            in_pattern = *after_star;
            star_end = next_code_point(text, star_end);
            in_text = star_end;
        } else {
            return false;
        }
    }
    return std::all_of(pattern.begin() + static_cast<std::ptrdiff_t>(in_pattern), pattern.end(),
                       [](char byte) { return byte == '*'; });
}

Error to_error(const FilterError& error, std::string_view text) {
    constexpr std::size_t shown_max = 60;  // Around the place, so that any filter fits a detail.
    const std::size_t place = std::min<std::size_t>(error.position, text.size());
    const std::size_t begin = place > shown_max ? place - shown_max : 0;
    std::string filter;
    std::string caret;
    for (std::size_t index = begin; index < std::min(place + shown_max, text.size()); ++index) {
        const std::size_t end = next_code_point(text, index);
        const std::string_view point = text.substr(index, end - index);
        filter += is_one_line(point) ? point : "?";
        if (index < place) caret += ' ';
        index = end - 1;
    }
    return {ErrorCode::filter_invalid, error.detail + "\n  " + filter + "\n  " + caret + "^"};
}

}  // namespace crier::protocol
