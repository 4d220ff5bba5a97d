/// \file
/// Every limit of the protocol, with its unit. Each is refused with its own error, and nothing is
/// done. Settings may lower or raise those that a broker keeps for itself (broker/config).

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace crier::limits {

// Frames and what is in them: bytes and counts.
inline constexpr std::size_t frame_bytes_max = 64 * 1024;
inline constexpr std::size_t session_bytes_max = 1'048'576;  ///< A second, and before its hello.
inline constexpr std::size_t page_bytes_max = 48 * 1024;
inline constexpr std::size_t bundle_bytes_max = 48 * 1024;
inline constexpr std::size_t nesting_max = 5;         ///< Groups, attributes, session, list, page.
inline constexpr std::size_t values_max = 32 * 1024;  ///< In one frame: keys and values.
inline constexpr std::size_t map_keys_max = 64;
inline constexpr std::size_t text_bytes_max = 16 * 1024;
inline constexpr std::size_t title_bytes_max = 200;
inline constexpr std::size_t texts_bytes_max = 32 * 1024;  ///< Texts and titles in all languages.
inline constexpr std::size_t translations_max = 32;
inline constexpr std::size_t language_bytes_max = 35;
inline constexpr std::size_t choices_max = 9;              ///< One digit key for each.
inline constexpr std::size_t answers_per_entry_max = 200;  ///< So that a full entry decodes.
inline constexpr std::size_t choice_bytes_max = 80;
inline constexpr std::size_t admission_bytes_max = 1024;  ///< What those who are refused see.
inline constexpr std::size_t escalation_steps_max = 8;
/// Of a private message: the key and the tag of its box, and no text can be sealed in fewer.
inline constexpr std::size_t sealed_bytes_min = 32 + 16 + 1;
inline constexpr std::size_t sealed_bytes_max =
    36 * 1024;  ///< The most that can be said, and the box.
inline constexpr std::uint32_t repetitions_max = 10'000;
inline constexpr std::size_t announcements_max = 64;
inline constexpr std::size_t attribute_bytes_max = 256;
inline constexpr std::size_t groups_max = 32;
inline constexpr std::size_t filter_bytes_max = 1024;
inline constexpr std::size_t filter_terms_max = 64;
inline constexpr std::size_t filter_nesting_max = 16;  ///< Parentheses within one another.
inline constexpr std::size_t targets_max = 1'000;
inline constexpr std::size_t known_max = 1'000;       ///< Messages that a hello may list.
inline constexpr std::uint32_t screens_max = 10'000;  ///< Messages on screens in one answer.
inline constexpr std::size_t receipts_per_frame_max = 256;
inline constexpr std::size_t cause_bytes_max = 160;  ///< So that a full frame of receipts fits.
inline constexpr std::size_t features_max = 64;
inline constexpr std::size_t brokers_max = 64;   ///< Of a cluster.
inline constexpr std::size_t endpoints_max = 8;  ///< Of one broker, for sessions.
inline constexpr std::size_t endpoint_bytes_max = 256;
inline constexpr std::size_t version_bytes_max = 64;

// Who may come in by key.
inline constexpr std::size_t rights_max = 32;                          ///< Of one key.
inline constexpr std::size_t right_bytes_max = filter_bytes_max + 64;  ///< One may have a filter.
inline constexpr std::size_t note_bytes_max = 200;
inline constexpr std::size_t keys_max = 10'000;
inline constexpr std::size_t keys_per_change_max = 256;
inline constexpr std::size_t ticket_bytes_max = 4'096;
inline constexpr std::size_t ticket_id_bytes_max = 128;

// Flow to one session.
inline constexpr std::size_t unconfirmed_messages_max = 128;
inline constexpr std::size_t unconfirmed_bytes_max = 64 * 1024;

// Times.
inline constexpr std::chrono::milliseconds heartbeat_interval{5'000};
/// An operator's at most: a request is to reach another broker when this one hangs.
inline constexpr std::chrono::milliseconds operators_heartbeat_max{2'000};
/// After so long without a frame the other end is lost: two heartbeats are missed, and half a one
/// is for the way (PROTOCOL.md 2.1).
constexpr std::chrono::milliseconds silence_max(std::chrono::milliseconds heartbeat) {
    return 2 * heartbeat + heartbeat / 2;
}
inline constexpr std::chrono::milliseconds hello_deadline{3'000};
inline constexpr std::chrono::milliseconds closing_time{15 * 60'000};  ///< Unreachable: this long.
inline constexpr std::chrono::milliseconds deliver_default{5 * 60'000};
inline constexpr std::chrono::milliseconds refusal_time{24LL * 3'600'000};  ///< Of a dropped key.
inline constexpr std::chrono::milliseconds misbehaved_time{60'000};  ///< Of one that broke rules.
inline constexpr std::chrono::milliseconds repetition_min{1'000};
inline constexpr std::chrono::milliseconds clocks_apart_max{2'000};  ///< Of a cluster's brokers.
inline constexpr std::chrono::milliseconds ticket_time_max{31LL * 24 * 3'600'000};
inline constexpr std::chrono::milliseconds ticket_early_max{60'000};  ///< Of its server's clock.
inline constexpr std::chrono::milliseconds late_after{1'000};  ///< Sent so long after it was due.
inline constexpr std::chrono::milliseconds lifetime_max{366LL * 24 * 3'600'000};

}  // namespace crier::limits
