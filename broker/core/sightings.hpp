/// \file
/// What the broker heard of screens: a log of its own beside the outcomes, which know how things
/// stand but not how they stood at 21:58. Written as it is heard, and read only when somebody asks
/// (screen_replay.hpp).
///
/// Packed, one after the other; pieces can be joined:
///     byte 0x80: a piece begins, and nothing is as before;
///     or byte: kind in bits 0 to 2; bit 3: session as before; bit 4: seq as before; bit 5:
///     revision as before; bit 6: time as before; then what is not as before: varint session
///     number minus the one before; varint seq minus the one before, or, if the result is 0, 16
///     bytes of id; varint revision; varint ms minus those before (of the first one: since 1970).
///     Differences are zigzag. A kind that is of no session, or of no message, has nothing of the
///     two.
/// Varints are LEB128, unsigned. JOURNAL.md says where these bytes are kept.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "broker/journal/journal.hpp"
#include "crier/result.hpp"

namespace crier::broker {

/// One thing that was heard.
struct Sighting {
    enum class What : std::uint8_t {
        shown = 0,    ///< The message is on the session's screen, in that revision.
        gone = 1,     ///< It has left it.
        lost = 2,     ///< The last that was heard of the session.
        back = 3,     ///< It is heard again; what it shows of earlier messages is named next.
        closed = 4,   ///< The session has ended.
        started = 5,  ///< The broker is there again, and has heard of nobody meanwhile.
        named = 6,    ///< As shown, by a session that is back: so it was when it said so.
    };

    What what = What::shown;
    UtcTime at{};
    std::uint32_t session = 0;      ///< Its number; of started 0.
    std::uint64_t seq = 0;          ///< Of the message; 0: `id` says which.
    std::uint32_t revision = 0;     ///< Of shown, gone and named.
    std::optional<MessageId> id{};  ///< Of a message that memory had let go of.

    bool operator==(const Sighting&) const = default;
};

class SightingWriter {
public:
    void add(const Sighting& sighting);
    [[nodiscard]] bool empty() const { return bytes_.empty(); }
    /// Hands out what was added, and begins another piece.
    Bytes take();

private:
    Bytes bytes_;
    Sighting before_{};
};

/// In the order in which they were added. Errors: journal_damaged; those before the damage were
/// handed out.
Status read_sightings(const Bytes& packed, const std::function<void(const Sighting&)>& on_sighting);

}  // namespace crier::broker
