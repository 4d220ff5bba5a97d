#include "subscriber/screens/desktop_standing.hpp"

#include <algorithm>

#include "subscriber/screens/desktop_note.hpp"

namespace crier::screens {
namespace {

/// How often a text with the time that is left is written anew. Often enough to be believed, seldom
/// enough not to call again and again: many servers pop up what is replaced.
constexpr Milliseconds countdown_interval{60'000};

}  // namespace

bool Standing::has(const MessageId& message) const {
    return std::any_of(messages.begin(), messages.end(),
                       [&](const IncomingMessage& one) { return one.id == message; });
}

void Standing::write_down(const Note& note, UtcTime now) {
    written = now;
    posted = is_digest ? 0 : messages.front().revision;
    urgency = note.urgency;
    offered.clear();
    for (const auto& [action, label] : note.actions) offered.push_back(action);
}

std::optional<Reply> Standing::reply_by(std::string_view action) const {
    const IncomingMessage& message = messages.front();
    const bool is_of_this = !is_digest && on_desktop == message.revision &&
                            std::find(offered.begin(), offered.end(), action) != offered.end();
    if (!is_of_this) return std::nullopt;
    if (const std::optional<std::uint32_t> choice = choice_of_action(action)) {
        return Answer{message.id, message.revision, *choice};
    }
    return Acknowledgement{message.id, message.revision};
}

std::vector<ScreenEvent> Standing::events_of(const Outcome& outcome) {
    std::vector<ScreenEvent> events;
    for (const IncomingMessage& one : messages) {
        if (outcome.state != State::failed && told.contains(one.id)) continue;
        if (outcome.state == State::displayed) told.insert(one.id);
        events.emplace_back(Came{one.id, one.revision, outcome});
    }
    return events;
}

std::vector<ScreenEvent> Standing::events_if_lost(const std::string& cause) const {
    const std::string unseen =
        stage == Stage::held_back ? "closed while it was held back: " : "closed at once: ";
    std::vector<ScreenEvent> events;
    for (const IncomingMessage& one : messages) {
        if (!told.contains(one.id)) {
            events.emplace_back(Came{one.id, one.revision, {State::failed, unseen + cause}});
        } else {
            const std::string known = is_answered ? "closed after the answer" : cause;
            events.emplace_back(Dismissal{one.id, one.revision, known});
        }
    }
    return events;
}

std::optional<UtcTime> Standing::next_text() const {
    const auto& countdown = messages.front().content.countdown_to;
    if (is_digest || stage != Stage::displayed || !countdown || *countdown <= written) {
        return std::nullopt;
    }
    return std::min(written + countdown_interval, *countdown);  // At its end once more: "0:00".
}

std::string cause_of(NoteEnd end) {
    switch (end) {
        case NoteEnd::expired:
            return "the notification server let it expire";
        case NoteEnd::dismissed:
            return "dismissed by the person";
        case NoteEnd::closed:
            return "closed by another program";
        case NoteEnd::undefined:
            break;
    }
    return "closed by the notification server, which does not say why";
}

}  // namespace crier::screens
