/// \file
/// Target filters over sessions: `machine=ws-* and not (group=admins or address=10.1.0.0/16)`.
///
///     filter = all *( "or" all )
///     all    = one *( "and" one )
///     one    = *"not" ( term / "(" filter ")" )
///     term   = name ( "=" / "!=" ) value / "since" ( "<" / "<=" / ">" / ">=" ) value
///     value  = 1*( any byte but blank, quote, parenthesis )
///            / '"' *( any byte but '"' and '\', or '\"', '\\' ) '"'
///
/// Names: id, persistent_id, user, system_user, machine, address, host_type, application (or app),
/// type, state, locale, group. In a value `*` stands for any run of characters and `?` for one; in
/// quotes too. Matching is by byte and exact in case; `group` matches if any group does, and an
/// address with a slash is a network. `since` is when the session was opened, and is compared with
/// a time that says its date and zone. PROTOCOL.md, "Filters".

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crier/result.hpp"
#include "crier/session.hpp"
#include "shared/protocol/network.hpp"

namespace crier::protocol {

/// Why a filter did not parse, and where.
struct FilterError {
    std::uint32_t position;  ///< Byte offset in the filter's text.
    std::string detail;
};

/// How a time in a filter is read. The detail of its errors is shown at the time's place.
using ReadTime = std::function<Result<UtcTime>(std::string_view)>;

/// Which sessions are meant. A value: parsed once, then matched any number of times; matching takes
/// nothing from the heap, and looks only at the terms that still matter.
class Filter {
public:
    /// 1 to limits::filter_bytes_max bytes of UTF-8, at most limits::filter_terms_max terms, and
    /// limits::filter_nesting_max parentheses within one another.
    static tl::expected<Filter, FilterError> parse(std::string_view text);

    /// What parses and yet was hardly meant: a value in single quotes, which would be part of it,
    /// or a state that there is not. For those who type filters: what was stored is not judged by
    /// it. nullopt also for a text that does not parse; times may stand in any form.
    static std::optional<FilterError> find_slip(std::string_view text);

    /// The text with each of its times as parse() wants it, from the form that `read` reads: for
    /// those who let people type "09:00". Errors: as parse(), at the place in `text`.
    static tl::expected<std::string, FilterError> write_out_times(std::string_view text,
                                                                  const ReadTime& read);

    [[nodiscard]] bool matches(const Session& session) const;

private:
    friend class FilterParser;

    enum class Name : std::uint8_t {
        id,
        persistent_id,
        user,
        system_user,
        machine,
        address,
        host_type,
        application,
        type,
        state,
        locale,
        group,
        since
    };
    enum class Test : std::uint8_t { equals, glob, network, before };

    /// The terms stand in the order of the text, and each says which one decides next: `and`, `or`
    /// and `not` are nothing but where it goes on.
    struct Term {
        Name name;
        Test test;
        std::uint8_t if_true;   ///< An index in terms_, or `matched` or `unmatched`.
        std::uint8_t if_false;  ///< Likewise; both lie behind the term's own.
        std::uint16_t operand;  ///< Where in texts_; or its index in networks_ or times_.
        std::uint16_t size;     ///< In texts_.
    };
    static constexpr std::uint8_t matched = 254;
    static constexpr std::uint8_t unmatched = 255;

    Filter() = default;

    [[nodiscard]] bool holds(const Term& term, const Session& session) const;
    [[nodiscard]] bool holds(const Term& term, std::string_view value) const;

    std::vector<Term> terms_;
    std::string texts_;  ///< The values of all terms, one behind the other.
    std::vector<Network> networks_;
    std::vector<UtcTime> times_;
};

/// A value as a filter has it in quotes. `*` and `?` stand for other characters there too.
[[nodiscard]] std::string in_quotes(std::string_view value);

/// The filter for a person's sessions, by either name that a session may have for them: `name` has
/// no `*` and no `?`.
[[nodiscard]] std::string filter_for_user(std::string_view name);

/// Three lines for people: why, the filter around the place, and a caret under it. Remedy:
/// fix_request.
[[nodiscard]] Error to_error(const FilterError& error, std::string_view text);

/// `*` any run, `?` one code point; linear time in practice, no recursion.
[[nodiscard]] bool matches_glob(std::string_view pattern, std::string_view text) noexcept;

}  // namespace crier::protocol
