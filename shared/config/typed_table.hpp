/// \file
/// Ties a table of settings to a struct: one row for each member, checked by the compiler.
///
///     inline constexpr std::array fields{
///         Field<BrokerConfig>{{"limits.sessions", Integer{10'000, 1, 1'000'000, "sessions"}, "…"},
///                             &BrokerConfig::sessions_max},
///     };
///     static_assert(is_sound(fields));
///     inline constexpr auto table = table_of(fields);

#pragma once

#include <array>

#include "shared/config/settings.hpp"

namespace crier::config {

/// In the order of Value and of Setting::Kind.
template <class Config>
using Member = std::variant<std::int64_t Config::*, bool Config::*, std::string Config::*,
                            std::vector<std::string> Config::*>;

template <class Config>
struct Field {
    Setting setting;
    Member<Config> member;
};

/// Names are "section.key" and unique, sections are not torn apart, each member has its setting's
/// type, and each integer's fallback is in its bounds.
template <class Config, std::size_t count>
consteval bool is_sound(const std::array<Field<Config>, count>& fields) {
    for (std::size_t i = 0; i < count; ++i) {
        const Setting& setting = fields[i].setting;
        const std::size_t dot = setting.name.find('.');
        if (dot == 0 || dot == std::string_view::npos || dot + 1 == setting.name.size())
            return false;
        if (setting.kind.index() != fields[i].member.index()) return false;
        // Not get_if: under the sanitizers g++ 12 takes no address for a constant (GCC bug 71962).
        if (std::holds_alternative<Integer>(setting.kind)) {
            const Integer& integer = std::get<Integer>(setting.kind);
            if (integer.fallback < integer.min || integer.fallback > integer.max) return false;
        }
        const std::string_view section = setting.name.substr(0, dot + 1);
        for (std::size_t j = 0; j < i; ++j) {
            const std::string_view earlier = fields[j].setting.name;
            const bool is_section_over = j + 1 < i && earlier.starts_with(section) &&
                                         !fields[j + 1].setting.name.starts_with(section);
            if (earlier == setting.name || is_section_over) return false;
        }
    }
    return true;
}

template <class Config, std::size_t count>
consteval std::array<Setting, count> table_of(const std::array<Field<Config>, count>& fields) {
    std::array<Setting, count> table{};
    for (std::size_t i = 0; i < count; ++i) table[i] = fields[i].setting;
    return table;
}

/// The struct with every value of `settings`, whose table is table_of(fields).
template <class Config, std::size_t count>
[[nodiscard]] Config filled_from(const Settings& settings,
                                 const std::array<Field<Config>, count>& fields) {
    Config config;
    for (const Field<Config>& field : fields) {
        const Value& value = settings[field.setting.name];
        std::visit(
            [&](auto member) {
                using Held = std::remove_reference_t<decltype(config.*member)>;
                config.*member = std::get<Held>(value);
            },
            field.member);
    }
    return config;
}

}  // namespace crier::config
