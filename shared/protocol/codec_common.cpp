// The frames of both links, and the names that belong to frames.
#include <array>

#include "shared/protocol/codec.hpp"
#include "shared/protocol/fields.hpp"
#include "shared/protocol/frame.hpp"

namespace crier::protocol {

void write_request(MapWriter& map, std::string_view type, std::uint64_t request) {
    map.string("t", type);
    map.uint("request", request);
}

void write(MapWriter& map, const Heartbeat& heartbeat) {
    map.string("t", "heartbeat");
    if (heartbeat.time != UtcTime{}) map.time("time", heartbeat.time);
    if (heartbeat.confirmed != 0) map.uint("confirmed", heartbeat.confirmed);
}

Heartbeat read_heartbeat(const MapReader& map) {
    Heartbeat heartbeat;
    heartbeat.time = map.find("time").time();
    heartbeat.confirmed = map.find("confirmed").uint();
    return heartbeat;
}

void write(MapWriter& map, const Goodbye& goodbye) {
    map.string("t", "goodbye");
    map.string_if_any("reason", goodbye.reason);
    if (goodbye.come_back_after > Milliseconds::zero()) {
        map.uint("come_back_after", static_cast<std::uint64_t>(goodbye.come_back_after.count()));
    }
}

Goodbye read_goodbye(const MapReader& map) {
    Goodbye goodbye;
    goodbye.reason = map.find("reason").line(reason_bytes_max);
    goodbye.come_back_after = map.find("come_back_after").milliseconds();
    return goodbye;
}

void write(MapWriter& map, const Refused& refused) {
    map.string("t", "refused");
    map.uint_if_any("request", refused.request);
    map.enumerator("code", refused.code);
    map.string("detail", refused.detail);
    if (!refused.unknown.empty()) write_ids(map, "unknown", refused.unknown);
    map.uint_if_any("position", refused.position);
}

Refused read_refused(const MapReader& map) {
    Refused refused;
    refused.request = find_uint(map, "request");
    refused.code = static_cast<ErrorCode>(map.at("code").uint({0, 0xffff}));
    refused.detail = map.at("detail").text(detail_bytes_max);
    refused.unknown = read_ids<SessionId>(map.find("unknown").list({0, limits::targets_max}));
    if (const Value position = map.find("position")) refused.position = position.uint32();
    return refused;
}

void write_versions(MapWriter& map, const VersionRange& versions) {
    Writer list = map.list("versions", 2);
    list.uint(versions.lowest);
    list.uint(versions.highest);
}

VersionRange read_versions(const MapReader& map) {
    const Value versions = map.at("versions");
    const ListReader list = versions.list({2, 2});
    std::array<std::uint32_t, 2> bounds{1, 1};
    std::size_t index = 0;
    for (const Value bound : list) bounds[index++] = bound.uint32({1, 0xffff});
    if (bounds[0] > bounds[1]) {
        versions.place().refuse(ErrorCode::malformed_frame, "the lowest is above the highest");
    }
    return {bounds[0], bounds[1]};
}

std::string_view name_of(Happening happening) noexcept {
    constexpr std::array<std::string_view, 12> names{
        "session_opened",  "session_unreachable", "session_returned",
        "session_closed",  "message_accepted",    "receipt",
        "message_updated", "message_recalled",    "message_due",
        "session_dropped", "admission_changed",   "question_closed"};
    const auto index = static_cast<std::size_t>(happening);
    return index < names.size() ? names[index] : std::string_view{};
}

}  // namespace crier::protocol
