/// \file
/// Target filters over session attributes: `system_user=Vanessa and machine=ws-*`.
///
///     filter = term *( "and" term )
///     term   = name "=" value
///     value  = 1*( any byte but blank, quote ) / '"' *( any byte but '"' and '\', or '\"', '\\' )
///     '"'
///
/// Names: id, persistent_id, user, system_user, machine, address, host_type, application (or app),
/// type, state, locale, group. In a value `*` stands for any run of characters and `?` for one;
/// in quotes too. Matching is by byte and exact in case; `group` matches if any group does.
/// PROTOCOL.md, "Filters".

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crier/result.hpp"
#include "crier/session.hpp"

namespace crier::protocol {

/// Why a filter did not parse, and where.
struct FilterError {
    std::uint32_t position;  ///< Byte offset in the filter's text.
    std::string detail;
};

class Filter {
public:
    /// 1 to limits::filter_bytes_max bytes of UTF-8, at most limits::filter_terms_max terms.
    static tl::expected<Filter, FilterError> parse(std::string_view text);

    /// What parses and yet was hardly meant: a value in single quotes, which would be part of it,
    /// or a state that there is not. For those who type filters: what was stored is not judged by
    /// it. nullopt also for a text that does not parse.
    static std::optional<FilterError> find_slip(std::string_view text);

    [[nodiscard]] bool matches(const Session& session) const;

private:
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
        group
    };
    struct Term {
        Name name;
        std::string pattern;
        std::size_t position;  ///< Of the value, in the filter's text.
    };

    std::vector<Term> terms_;
};

/// Three lines for people: why, the filter around the place, and a caret under it. Remedy:
/// fix_request.
[[nodiscard]] Error to_error(const FilterError& error, std::string_view text);

/// `*` any run, `?` one code point; linear time in practice, no recursion.
[[nodiscard]] bool matches_glob(std::string_view pattern, std::string_view text) noexcept;

}  // namespace crier::protocol
