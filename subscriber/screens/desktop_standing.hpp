/// \file
/// One notification on the desktop, or on its way there. Pure.

#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "subscriber/screens/notice.hpp"
#include "subscriber/screens/notification_server.hpp"
#include "subscriber/screens/screen.hpp"

namespace crier::screens {

/// A message, or several in a digest.
struct Standing {
    enum class Stage : std::uint8_t {
        asked,      ///< The server has not answered.
        settling,   ///< It has taken it, a moment ago.
        displayed,  ///< And told.
        held_back,  ///< And told why.
    };

    std::vector<IncomingMessage> messages;
    NoticeExtras extras{};
    bool is_digest = false;
    bool has_sound = false;

    Stage stage = Stage::asked;
    /// When asked is given up, settling is over, or a server that holds back is to be asked again.
    UtcTime due{};
    NoteTicket ticket = 0;         ///< 0: not posted yet, for want of a server.
    std::uint32_t id = 0;          ///< 0: not known yet.
    std::uint32_t on_desktop = 0;  ///< The revision that the person can see; 0: none yet.
    std::set<MessageId> told{};    ///< Those that are displayed. Fewer than all, if a digest grew.
    bool is_outdated = false;      ///< To be posted again when asked is answered.
    bool is_answered = false;

    /// As it was written last.
    UtcTime written{};
    std::uint32_t posted = 0;  ///< The revision; of a digest, none.
    NoteUrgency urgency = NoteUrgency::normal;
    std::vector<std::string> offered{};  ///< The actions.

    [[nodiscard]] bool has(const MessageId& message) const;
    void write_down(const Note& note, UtcTime now);

    /// What a person says with an action, if it is one that they could see. A server may name any.
    [[nodiscard]] std::optional<Reply> reply_by(std::string_view action) const;

    /// That it is displayed is told once, and what its person has seen is no longer held back.
    [[nodiscard]] std::vector<ScreenEvent> events_of(const Outcome& outcome);
    /// When somebody else than us takes it off. What nobody has seen has failed.
    [[nodiscard]] std::vector<ScreenEvent> events_if_lost(const std::string& cause) const;

    [[nodiscard]] bool is_shown_under(const HeldBack& held_back) const {
        return !held_back.cause || (held_back.shows_critical && urgency == NoteUrgency::critical);
    }

    /// When the time that is left, which stands in the text, is to be written anew; nullopt: never.
    [[nodiscard]] std::optional<UtcTime> next_text() const;
};

[[nodiscard]] std::string cause_of(NoteEnd end);

}  // namespace crier::screens
