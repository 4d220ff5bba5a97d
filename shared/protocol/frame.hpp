/// \file
/// From a frame's `t` to its reader, and back: what the codecs of all links have in common.

#pragma once

#include <array>
#include <string>
#include <string_view>
#include <variant>

#include "shared/base/text.hpp"
#include "shared/protocol/messages.hpp"
#include "shared/protocol/wire.hpp"

namespace crier::protocol {

/// The readers' bounds that no other file names.
inline constexpr std::size_t principal_bytes_max = 64;
inline constexpr std::size_t kind_bytes_max = 32;  ///< Of an entry.
inline constexpr std::size_t address_bytes_max = 256;
inline constexpr std::size_t happened_bytes_max = 256;
inline constexpr std::size_t reason_bytes_max = 200;
inline constexpr std::size_t detail_bytes_max = 2'048;
inline constexpr std::size_t token_bytes_max = 256;

inline constexpr Range positive{1, uint_max};
inline constexpr Range positive32{1, 0xffffffff};
inline constexpr Range heartbeat_range{100, 600'000};
inline constexpr Range page_range{1, 100};

/// How one type of frame is read.
template <class Frame>
struct FrameType {
    std::string_view name;
    Frame (*read)(const MapReader& map);
};

/// A reader of one type of frame, as a reader of any.
template <class Frame, auto read>
Frame as(const MapReader& map) {
    return read(map);
}

/// Errors: those of Document::parse and of the frame's reader; malformed_frame, detail "t: …", for
/// a type that is not among `types`; not_authorized, for one that is among `forbidden`.
template <class Frame, std::size_t n>
Result<Frame> decode_frame(BytesView bytes, const std::array<FrameType<Frame>, n>& types,
                           std::span<const std::string_view> forbidden = {}) {
    const Result<Document> document = Document::parse(bytes);
    if (!document) return fail(document.error());
    Problem problem;
    const MapReader root(*document, "frame", problem);
    const std::string_view name = root.at("t").string();
    if (problem) return fail(problem.error());
    for (const FrameType<Frame>& type : types) {
        if (type.name != name) continue;
        const MapReader map(*document, name, problem);
        Frame frame = type.read(map);
        if (problem) return fail(problem.error());
        return frame;
    }
    for (const std::string_view other : forbidden) {
        if (other != name) continue;
        return fail(ErrorCode::not_authorized, std::string(name) + ": not for a session's key");
    }
    const bool is_short = name.size() <= 32 && is_one_line(name);
    return fail(ErrorCode::malformed_frame,
                "frame: t: no known type" + (is_short ? ": " + std::string(name) : std::string()));
}

/// Bytes of one frame, by what `write` does for its type.
template <class Frame, class Write>
Bytes encode_frame(const Frame& frame, Write write) {
    Bytes bytes;
    bytes.reserve(256);
    {
        MapWriter map(bytes);
        std::visit([&](const auto& one) { write(map, one); }, frame);
    }
    return bytes;
}

/// What every request begins with, and every answer to one: `t` and `request`.
void write_request(MapWriter& map, std::string_view type, std::uint64_t request);

// The frames of both links.
void write(MapWriter& map, const Heartbeat& heartbeat);
void write(MapWriter& map, const Goodbye& goodbye);
void write(MapWriter& map, const Refused& refused);
[[nodiscard]] Heartbeat read_heartbeat(const MapReader& map);
[[nodiscard]] Goodbye read_goodbye(const MapReader& map);
[[nodiscard]] Refused read_refused(const MapReader& map);

/// `versions`.
void write_versions(MapWriter& map, const VersionRange& versions);
[[nodiscard]] VersionRange read_versions(const MapReader& map);

}  // namespace crier::protocol
