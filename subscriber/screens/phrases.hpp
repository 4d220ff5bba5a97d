/// \file
/// The agent's own words, in the languages that it knows. Texts of messages are never translated.

#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "crier/error.hpp"
#include "crier/time.hpp"

namespace crier::screens {

enum class Language : std::uint8_t { english, french };

/// French for "fr", "fr-CA", "fr_FR.UTF-8" and the like; else English.
[[nodiscard]] Language language_of(std::string_view locale) noexcept;

enum class Phrase : std::uint8_t {
    info,
    warning,
    critical,
    changed,
    reminder,
    still_unacknowledged,
    still_unanswered,
    from,
    to_all,
    to_you,
    to_session,
    expires_in,
    expires_at,
    late,
    maybe_shown_before,
    press_enter,
    press_number,
    press_enter_in_turn,
    cannot_acknowledge,
    press_choice,
    press_other_choice,
    answer_in_turn,
    cannot_answer,
    time_left,
    question_open,
    question_answered,
    next_question,
    show_again,
    one_alert_open,
    alerts_open,
    alerts_open_in_turn,
    acknowledged,
    acknowledged_offline,
    acknowledging_failed,
    answered,
    answered_offline,
    change_by_digit,
    change_by_turn,
    answering_failed,
    was_expired,
    was_recalled,
    was_acknowledged,
    was_closed,
    was_closed_answered,
    digest,
    digest_line,
    and_more,
    message_title,
    titled,
    acknowledge_button,
    hide_button,
    your_answer,
    messages_title,
    count_messages,
    connected,
    connected_again,
    listening,
    no_connection_yet,
    connection_lost,
    admission_closed,
    trying_again,
    problem,
    ended_replaced,
    ended_refused,
    ended_dismissed,
    ended_dropped,
    seconds,
    minutes,
    hours,
    hours_minutes,
    days,
    count,  ///< How many there are; no phrase.
};

/// The phrase with "%1", "%2" replaced by `parts`.
[[nodiscard]] std::string say(Language language, Phrase phrase,
                              std::initializer_list<std::string_view> parts = {});

/// Why, for a person. English: the error's own words; they may come from the broker. French: what
/// its code means, with the code; the error's own words where there are no French ones.
[[nodiscard]] std::string say_cause(Language language, const Error& error);

/// "40 s", "12 min", "1 h 20 min", "3 days": rounded, for people. Negative counts as zero.
[[nodiscard]] std::string say_duration(Language language, Milliseconds duration);

/// "21:58", or "2026-11-23 21:58" on another day than `now`: in this machine's time zone.
[[nodiscard]] std::string local_time(UtcTime time, UtcTime now);

/// "2026-11-23 21:58:03" in this machine's time zone.
[[nodiscard]] std::string local_date_and_time(UtcTime time);

}  // namespace crier::screens
