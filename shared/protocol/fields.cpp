#include "shared/protocol/fields.hpp"

#include <algorithm>
#include <array>

#include "shared/base/text.hpp"
#include "shared/protocol/codec.hpp"

namespace crier::protocol {
namespace {

struct AttributeField {
    std::string_view key;
    std::string Attributes::*member;
};

constexpr std::array attribute_fields{
    AttributeField{"persistent_id", &Attributes::persistent_id},
    AttributeField{"user", &Attributes::user},
    AttributeField{"system_user", &Attributes::system_user},
    AttributeField{"machine", &Attributes::machine},
    AttributeField{"host_type", &Attributes::host_type},
    AttributeField{"application", &Attributes::application},
    AttributeField{"type", &Attributes::type},
    AttributeField{"locale", &Attributes::locale},
};

Status check_attribute(std::string_view field, std::string_view value) {
    if (value.size() > limits::attribute_bytes_max) {
        return too_long(field, limits::attribute_bytes_max);
    }
    if (!is_one_line(value)) {
        return fail(ErrorCode::attribute_invalid,
                    std::string(field) + ": not one line of UTF-8 without control characters");
    }
    return {};
}

}  // namespace

Status too_long(std::string_view field, std::size_t bytes_max) {
    return fail(ErrorCode::limit_exceeded,
                std::string(field) + ": longer than " + std::to_string(bytes_max) + " bytes");
}

Status check(const Target& target) {
    if (target.kind == Target::Kind::where) {
        if (target.where.empty()) return fail(ErrorCode::target_invalid, "where: empty");
        if (target.where.size() > limits::filter_bytes_max) {
            return too_long("where", limits::filter_bytes_max);
        }
    }
    if (target.kind != Target::Kind::sessions) return {};
    if (target.sessions.empty()) {
        return fail(ErrorCode::target_invalid, "sessions: no session in it");
    }
    if (target.sessions.size() > limits::targets_max) {
        return fail(ErrorCode::limit_exceeded,
                    "sessions: more than " + std::to_string(limits::targets_max));
    }
    std::vector<SessionId> sorted = target.sessions;
    std::sort(sorted.begin(), sorted.end());
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice != sorted.end()) {
        return fail(ErrorCode::target_invalid, "sessions: " + to_string(*twice) + " twice");
    }
    return {};
}

Status check(const Attributes& attributes) {
    for (const auto& [key, member] : attribute_fields) {
        if (const Status status = check_attribute(key, attributes.*member); !status) return status;
    }
    if (attributes.groups.size() > limits::groups_max) {
        return fail(ErrorCode::limit_exceeded,
                    "groups: more than " + std::to_string(limits::groups_max));
    }
    for (const std::string& group : attributes.groups) {
        if (const Status status = check_attribute("groups", group); !status) return status;
    }
    return {};
}

void write_target(MapWriter& map, const Target& target) {
    map.string_if_any("within", target.within);
    switch (target.kind) {
        case Target::Kind::all:
            return map.boolean("all", true);
        case Target::Kind::sessions:
            return write_ids(map, "sessions", target.sessions);
        case Target::Kind::where:
            return map.string("where", target.where);
    }
}

Target read_target(const MapReader& map) {
    const Value all = map.find("all");
    const Value sessions = map.find("sessions");
    const Value where = map.find("where");
    const int count = (all ? 1 : 0) + (sessions ? 1 : 0) + (where ? 1 : 0);
    Target target;
    if (count != 1) {
        map.place().refuse(ErrorCode::target_invalid,
                           count == 0 ? "no target: needs one of all, sessions, where"
                                      : "more than one target: needs one of all, sessions, where");
        return target;
    }
    if (all && !all.boolean()) all.place().refuse(ErrorCode::malformed_frame, "not true");
    if (sessions) target = Target::of(read_ids<SessionId>(sessions.list({0, limits::targets_max})));
    if (where) target = Target::matching(where.text(limits::filter_bytes_max));
    target.within = map.find("within").text(limits::filter_bytes_max);
    if (const Status status = check(target); !status) map.place().refuse_part(status.error());
    return target;
}

void write_attributes(MapWriter& map, const Attributes& attributes) {
    MapWriter inner(map.map("attributes"));
    for (const auto& [key, member] : attribute_fields) inner.string_if_any(key, attributes.*member);
    inner.strings_if_any("groups", attributes.groups);
}

Attributes read_attributes(const MapReader& map) {
    const MapReader inner = map.at("attributes").map();
    Attributes attributes;
    for (const auto& [key, member] : attribute_fields)
        attributes.*member = inner.find(key).string();
    const ListReader groups = inner.find("groups").list({0, limits::groups_max});
    attributes.groups.reserve(groups.size());
    for (const Value group : groups) attributes.groups.emplace_back(group.string());
    if (const Status status = check(attributes); !status) inner.place().refuse_part(status.error());
    return attributes;
}

std::vector<std::string> read_endpoints(const MapReader& map, std::string_view key) {
    std::vector<std::string> endpoints;
    const ListReader list = map.at(key).list({1, limits::endpoints_max});
    for (const Value endpoint : list)
        endpoints.push_back(endpoint.line(limits::endpoint_bytes_max));
    return endpoints;
}

void write_tally(MapWriter& map, const Tally& tally) {
    Writer list = map.list("tally", tally.counts.size());
    for (const std::uint32_t count : tally.counts) list.uint(count);
}

Tally read_tally(const MapReader& map) {
    Tally tally;
    const ListReader list = map.at("tally").list({state_count, state_count});
    std::size_t state = 0;
    for (const Value count : list) tally.counts[state++] = count.uint32();
    return tally;
}

void write_features(MapWriter& map, const std::vector<std::uint32_t>& features) {
    Writer list = map.list("features", features.size());
    for (const std::uint32_t feature : features) list.uint(feature);
}

std::vector<std::uint32_t> read_features(const Value& features) {
    const ListReader list = features.list({0, limits::features_max});
    std::vector<std::uint32_t> numbers;
    numbers.reserve(list.size());
    for (const Value feature : list) numbers.push_back(feature.uint32());
    return numbers;
}

std::optional<UtcTime> find_time(const MapReader& map, std::string_view key) {
    const Value value = map.find(key);
    return value ? std::optional(value.time()) : std::nullopt;
}

std::optional<std::uint64_t> find_uint(const MapReader& map, std::string_view key, Range range) {
    const Value value = map.find(key);
    return value ? std::optional(value.uint(range)) : std::nullopt;
}

}  // namespace crier::protocol
