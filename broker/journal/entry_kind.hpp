/// \file
/// The kinds of entries by name: in lists, on the command line, in PROTOCOL.md. A new kind is a
/// line here; its number is for ever.

#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "broker/journal/journal.hpp"

namespace crier::broker {

struct NamedKind {
    EntryKind kind;
    std::string_view name;
};
inline constexpr std::array entry_kinds{
    NamedKind{EntryKind::message, "message"}, NamedKind{EntryKind::update, "update"},
    NamedKind{EntryKind::recall, "recall"},   NamedKind{EntryKind::close, "close"},
    NamedKind{EntryKind::answers, "answers"}, NamedKind{EntryKind::admission, "admission"},
    NamedKind{EntryKind::keys, "keys"},
};

/// "kind 9" for one that has no name, in a journal that was tampered with.
[[nodiscard]] inline std::string name_of(EntryKind kind) {
    for (const NamedKind& named : entry_kinds) {
        if (named.kind == kind) return std::string(named.name);
    }
    return "kind " + std::to_string(static_cast<unsigned>(kind));
}

[[nodiscard]] inline std::optional<EntryKind> kind_named(std::string_view name) noexcept {
    for (const NamedKind& named : entry_kinds) {
        if (named.name == name) return named.kind;
    }
    return std::nullopt;
}

/// "message, update, recall".
[[nodiscard]] inline std::string names_of_kinds() {
    std::string names;
    for (const NamedKind& named : entry_kinds) {
        names += (names.empty() ? "" : ", ") + std::string(named.name);
    }
    return names;
}

}  // namespace crier::broker
