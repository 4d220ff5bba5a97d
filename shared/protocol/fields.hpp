/// \file
/// The fields that several frames share, each written and read in one place.

#pragma once

#include "crier/message.hpp"
#include "crier/session.hpp"
#include "shared/protocol/wire.hpp"

namespace crier::protocol {

/// What happens to a severity and a style that have their default values.
enum class Defaults : std::uint8_t { written, left_out };

inline constexpr std::uint64_t lifetime_ms_max =
    static_cast<std::uint64_t>(limits::lifetime_max.count());

/// What a message says: `text`, `title`, `severity`, `style`, and those of PROTOCOL.md, "Content".
void write_content(MapWriter& map, const Content& content, Defaults defaults);
[[nodiscard]] Content read_content(const MapReader& map, Defaults defaults);

/// `sealed`: there with `private`, and not without.
void write_sealed(MapWriter& map, const Bytes& sealed);
[[nodiscard]] Bytes read_sealed(const MapReader& map, const Content& content);

/// Which of a question's choices.
inline constexpr Range answer_range{0, limits::choices_max - 1};

/// `schedule`, if it says anything.
void write_schedule(MapWriter& map, const Schedule& schedule);
[[nodiscard]] Schedule read_schedule(const MapReader& map);

/// `removed`, `dropped`, `answers`.
void write_counts(MapWriter& map, const Counts& counts);
[[nodiscard]] Counts read_counts(const MapReader& map);

/// One of `all`, `sessions`, `where`.
void write_target(MapWriter& map, const Target& target);
[[nodiscard]] Target read_target(const MapReader& map);

/// `attributes`.
void write_attributes(MapWriter& map, const Attributes& attributes);
[[nodiscard]] Attributes read_attributes(const MapReader& map);

/// `tally`.
void write_tally(MapWriter& map, const Tally& tally);
[[nodiscard]] Tally read_tally(const MapReader& map);

/// `endpoints`, or under another key: where a broker can be found.
[[nodiscard]] std::vector<std::string> read_endpoints(const MapReader& map,
                                                      std::string_view key = "endpoints");

/// What becomes of a field that has more bytes than it may have.
[[nodiscard]] Status too_long(std::string_view field, std::size_t bytes_max);

/// `features`; left out by hellos that have none.
void write_features(MapWriter& map, const std::vector<std::uint32_t>& features);
[[nodiscard]] std::vector<std::uint32_t> read_features(const Value& features);

template <class Id>
void write_ids(MapWriter& map, std::string_view key, const std::vector<Id>& ids) {
    Writer list = map.list(key, ids.size());
    for (const Id& id : ids) list.binary(id.bytes);
}

template <class Id>
[[nodiscard]] std::vector<Id> read_ids(const ListReader& list) {
    std::vector<Id> ids;
    ids.reserve(list.size());
    for (const Value id : list) ids.push_back(id.id<Id>());
    return ids;
}

/// `key`, if it is there.
template <class Id>
[[nodiscard]] std::optional<Id> find_id(const MapReader& map, std::string_view key) {
    const Value value = map.find(key);
    return value ? std::optional(value.id<Id>()) : std::nullopt;
}
[[nodiscard]] std::optional<UtcTime> find_time(const MapReader& map, std::string_view key);
[[nodiscard]] std::optional<std::uint64_t> find_uint(const MapReader& map, std::string_view key,
                                                     Range range = {});

}  // namespace crier::protocol
