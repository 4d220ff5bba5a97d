/// \file
/// What was on screens at one time, worked out from all that was heard of them, before that time
/// and after it (PROTOCOL.md, "What was on a screen"). Pure, not thread-safe.

#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
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
    explicit ScreenReplay(UtcTime at) : at_(at) {}

    /// In the order of the log. Sightings of no session are always to be given; of the others those
    /// of the sessions that are asked about, each with its seq.
    void take(const Sighting& sighting);
    /// What is known of when nothing else of it is: a piece of the log was written then.
    void on_written(UtcTime at) { newest_ = std::max(newest_, at); }

    /// By session number, then in the order in which they were shown.
    [[nodiscard]] std::vector<SeenMessage> seen() const;

private:
    struct Heard {
        Sighting sighting;
        std::uint64_t number = 0;  ///< In the order of the log.
    };

    [[nodiscard]] static bool is_outdated(const Heard& named, const std::vector<Heard>& all);

    UtcTime at_;
    UtcTime newest_{};  ///< Until then the broker is known to have been there.
    std::uint64_t count_ = 0;
    std::vector<Heard> deaf_since_;  ///< Each as a Sighting::What::lost of every session.
    std::map<std::uint32_t, std::vector<Heard>> heard_;  ///< By session.
};

}  // namespace crier::broker
