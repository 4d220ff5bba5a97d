#include "shared/protocol/filter.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"
#include "shared/base/time.hpp"
#include "shared/protocol/filter_parser.hpp"

namespace crier::protocol {
namespace {

bool is_continuation(char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

/// The index of the code point after the one at `index`, which is below text.size().
std::size_t next_code_point(std::string_view text, std::size_t index) {
    ++index;
    while (index < text.size() && is_continuation(text[index])) ++index;
    return index;
}

Result<UtcTime> read_absolute(std::string_view text) {
    const auto time = parse_time(text);
    if (time) return *time;
    return fail(ErrorCode::filter_invalid,
                time.error() == TimeFault::no_zone
                    ? "this time has no zone: add Z or, for example, +01:00"
                    : "no time: give its date and zone too, such as 2026-11-23T09:00:00Z");
}

/// As the shortest text that parse() takes.
std::string absolute(UtcTime time) {
    std::string text = to_string(time);
    constexpr std::string_view whole_second = ".000Z";
    if (text.ends_with(whole_second)) text.replace(text.size() - whole_second.size(), 4, "");
    return text;
}

using HexId = std::array<char, 2 * SessionId::size>;

HexId hex_of(const SessionId& id) {
    constexpr std::string_view digits = "0123456789abcdef";
    HexId hex{};
    for (std::size_t index = 0; index < SessionId::size; ++index) {
        hex[2 * index] = digits[id.bytes[index] >> 4];
        hex[2 * index + 1] = digits[id.bytes[index] & 15];
    }
    return hex;
}

}  // namespace

tl::expected<Filter, FilterError> Filter::parse(std::string_view text) {
    const ReadTime read = read_absolute;
    return FilterParser(text, read).parse();
}

std::optional<FilterError> Filter::find_slip(std::string_view text) {
    const ReadTime read_anything = [](std::string_view) { return UtcTime{}; };
    FilterParser parser(text, read_anything);
    return parser.parse() ? parser.slip() : std::nullopt;
}

tl::expected<std::string, FilterError> Filter::write_out_times(std::string_view text,
                                                               const ReadTime& read) {
    FilterParser parser(text, read);
    if (auto filter = parser.parse(); !filter) return tl::unexpected(std::move(filter.error()));
    std::string written;
    std::size_t done = 0;
    for (const FilterParser::TimePlace& place : parser.times()) {
        written += text.substr(done, place.begin - done);
        written += absolute(place.time);
        done = place.end;
    }
    written += text.substr(done);
    if (written.size() <= limits::filter_bytes_max) return written;
    return tl::unexpected<FilterError>(
        {static_cast<std::uint32_t>(text.size()),
         "longer than " + std::to_string(limits::filter_bytes_max) +
             " bytes when its times are written out with their dates"});
}

bool Filter::matches(const Session& session) const {
    std::size_t next = 0;
    while (next < terms_.size()) {
        const Term& term = terms_[next];
        next = holds(term, session) ? term.if_true : term.if_false;
    }
    return next == matched;
}

bool Filter::holds(const Term& term, const Session& session) const {
    const Attributes& attributes = session.attributes;
    switch (term.name) {
        case Name::id: {
            const HexId hex = hex_of(session.id);
            return holds(term, std::string_view(hex.data(), hex.size()));
        }
        case Name::persistent_id:
            return holds(term, attributes.persistent_id);
        case Name::user:
            return holds(term, attributes.user);
        case Name::system_user:
            return holds(term, attributes.system_user);
        case Name::machine:
            return holds(term, attributes.machine);
        case Name::address:
            return holds(term, session.address);
        case Name::host_type:
            return holds(term, attributes.host_type);
        case Name::application:
            return holds(term, attributes.application);
        case Name::type:
            return holds(term, attributes.type);
        case Name::state:
            return holds(term, name_of(session.state));
        case Name::locale:
            return holds(term, attributes.locale);
        case Name::group:
            return std::any_of(attributes.groups.begin(), attributes.groups.end(),
                               [&](const std::string& group) { return holds(term, group); });
        case Name::since:
            return session.created < times_[term.operand];
    }
    return false;
}

bool Filter::holds(const Term& term, std::string_view value) const {
    if (term.test == Test::network) return networks_[term.operand].contains(value);
    const std::string_view wanted = std::string_view(texts_).substr(term.operand, term.size);
    return term.test == Test::equals ? value == wanted : matches_glob(wanted, value);
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
            if (in_pattern == pattern.size()) return true;
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

std::string in_quotes(std::string_view value) {
    std::string text = "\"";
    for (const char one : value) {
        if (one == '"' || one == '\\') text += '\\';
        text += one;
    }
    return text + '"';
}

std::string filter_for_user(std::string_view name) {
    return "user=" + in_quotes(name) + " or system_user=" + in_quotes(name);
}

}  // namespace crier::protocol
