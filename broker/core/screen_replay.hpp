/// \file
/// What was on screens at one time, worked out from all that was heard of them, before that time
/// and after it (PROTOCOL.md, "What was on a screen"). Pure, not thread-safe.

#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include "broker/core/sightings.hpp"

namespace crier::broker {

/// A message that was on a session's screen at the time.
struct SeenMessage {
    std::uint32_t session = 0;  ///< Its number.
    std::uint64_t seq = 0;
    std::uint32_t revision = 0;
    UtcTime shown{};         ///< Since when.
    bool is_certain = true;  ///< False: it was there when the session was last heard of.

    bool operator==(const SeenMessage&) const = default;
};

class ScreenReplay {
public:
    /// `unheard_max`: so long a session may say nothing and not be missed.
    ScreenReplay(UtcTime at, Milliseconds unheard_max) : at_(at), unheard_max_(unheard_max) {}

    /// In the order of the log. Sightings of no session are always to be given; of the others those
    /// of the sessions that are asked about, each with its seq. At most 2^32 of them.
    void take(const Sighting& sighting);
    /// What is known of when nothing else of it is: a piece of the log was written then.
    void on_written(UtcTime at) { newest_ = std::max(newest_, at); }

    /// How many are remembered; each takes about 32 bytes.
    [[nodiscard]] std::size_t size() const { return size_; }

    /// One more session is replayed, and what was on its screen appended, in the order in which it
    /// was shown. False: there is no other. Sessions come by number. To be called when all is
    /// taken.
    bool replay_next(std::vector<SeenMessage>& seen);

private:
    struct Heard {
        UtcTime at{};
        std::uint64_t seq = 0;
        std::uint32_t revision = 0;
        std::uint32_t number = 0;  ///< In the order of the log.
        Sighting::What what{};
    };
    struct OfSession {
        std::vector<Heard> heard;
        UtcTime latest{};   ///< Of what the broker's own clock has said.
        UtcTime told_by{};  ///< When it was heard last, at the least.
        bool is_away = true;
    };
    friend class Screen;

    UtcTime at_;
    Milliseconds unheard_max_;
    UtcTime newest_{};  ///< Until then the broker is known to have been there.
    std::uint32_t count_ = 0;
    std::size_t size_ = 0;
    std::map<std::uint32_t, OfSession> sessions_;  ///< By number; without those replayed.
};

}  // namespace crier::broker
