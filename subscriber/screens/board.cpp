#include "subscriber/screens/board.hpp"

#include <algorithm>

#include "shared/base/display.hpp"
#include "subscriber/screens/digest.hpp"
#include "subscriber/screens/status_line.hpp"

namespace crier::screens {
namespace {

/// To the first column, and erase to the end of the line.
constexpr std::string_view erase_line = "\r\x1b[K";
/// Calls a person who looks elsewhere: a sound, a mark on the window.
constexpr std::string_view bell = "\a";

}  // namespace

std::string Board::show(const IncomingMessage& message, UtcTime now) {
    const Shown& shown = shown_.add(message);
    const bool calls =
        shown.wanted != Wanted::nothing || message.content.severity == Severity::critical;
    const std::string text = render(shown, message, {}, now);
    return page(calls && look_.is_boxed ? std::string(bell) + text : text, now);
}

std::string Board::change(const IncomingMessage& message, UtcTime now) {
    Shown* found = shown_.find(message.id);
    if (found == nullptr) return show(message, now);
    const Wanted before = found->wanted;
    const Shown& shown = shown_.revise(*found, message);
    const bool calls =
        shown.wanted != Wanted::nothing && (message.is_reminder || before == Wanted::nothing);
    const std::string text = render(shown, message, {.is_changed = true}, now);
    return page(calls && look_.is_boxed ? std::string(bell) + text : text, now);
}

std::string Board::show_digest(std::span<const IncomingMessage> messages, UtcTime now) {
    for (const IncomingMessage& message : messages) shown_.add(message);
    return page(render_digest(messages, look_, now), now);
}

std::string Board::remove(const MessageRemoved& removed, UtcTime now) {
    const std::optional<Shown> shown = shown_.remove(removed.id);
    if (!shown) return {};
    return note(say_removal(*shown, removed.cause), now);
}

std::string Board::withdraw(const MessageId& id, UtcTime now) {
    return shown_.remove(id) ? page({}, now) : std::string();
}

std::string Board::say_removal(const Shown& shown, MessageRemovalCause cause) const {
    switch (cause) {
        case MessageRemovalCause::expired:
            return say(look_.language, Phrase::was_expired, {shown.excerpt});
        case MessageRemovalCause::recalled:
            return say(look_.language, Phrase::was_recalled, {shown.excerpt});
        case MessageRemovalCause::acknowledged:
            return say(look_.language, Phrase::was_acknowledged, {shown.excerpt});
        case MessageRemovalCause::closed:
            break;
    }
    if (!shown.answer) return say(look_.language, Phrase::was_closed, {shown.excerpt});
    return say(look_.language, Phrase::was_closed_answered,
               {shown.excerpt, shown.message->content.choices.at(*shown.answer)});
}

std::string Board::escalate(const MessageEscalated& escalated, UtcTime now) {
    Shown* found = shown_.find(escalated.id);
    const bool is_here = found != nullptr && found->message &&
                         found->message->revision == escalated.revision && !found->answer;
    if (!is_here) return {};
    Shown& shown = shown_.escalate(*found);
    if (escalated.urgency == Urgency::sound) shown.rang_at = now;
    const std::string text = render(shown, *shown.message, {.is_escalated = true}, now);
    return page(look_.is_boxed ? std::string(bell) + text : text, now);
}

std::string Board::note(std::string_view line, UtcTime now) {
    return page(note_text(line, now), now);
}

std::string Board::announce(const Panel& panel, UtcTime now) {
    return page(screens::render(panel, look_, now), now);
}

std::string Board::note_text(std::string_view line, UtcTime now) const {
    const std::string stamp = look_.is_boxed ? local_time(now, now) : local_date_and_time(now);
    const std::string text = stamp + " " + clean_line(line);
    if (!look_.is_boxed || look_.columns == 0) return text + "\n";
    std::string note;
    for (const std::string& part : wrapped(text, look_.columns)) {
        note += weighted(part, Weight::faint, look_) + "\n";
    }
    return note;
}

std::string Board::resized(std::size_t columns, UtcTime now) {
    look_.columns = columns;
    return page({}, now);
}

std::string Board::show_open_ones(UtcTime now) {
    std::string text;
    for (const Shown& shown : shown_) {
        if (shown.wanted != Wanted::nothing) text += render(shown, *shown.message, {}, now);
    }
    return page(text, now);
}

std::string Board::show_next_question(UtcTime now) {
    if (shown_.count(Wanted::answer) < 2) return {};
    shown_.go_to_next_question();
    const Shown* question = shown_.question();
    return page(render(*question, *question->message, {}, now), now);
}

std::string Board::cleared() const {
    // Without a status line too: the terminal has written ^C there, or ^Z.
    return look_.is_boxed ? std::string(erase_line) : std::string();
}

std::optional<Reply> Board::choose(char key) {
    const bool is_for_oldest = key == '\r' || key == '\n' || key == 'a' || key == 'A';
    const bool is_digit = key >= '1' && key <= '9';
    if (!look_.has_keyboard || !(is_for_oldest || is_digit)) return std::nullopt;
    const std::uint32_t number = is_digit ? static_cast<std::uint32_t>(key - '0') : 0;
    if (const Shown* question = shown_.question(); is_digit && question != nullptr) {
        if (number > question->message->content.choices.size()) return std::nullopt;
        // At once: the next digit may be for the next question.
        Shown& shown = *shown_.find(question->id);
        shown_.answer(shown, number - 1);
        return Answer{shown.id, shown.message->revision, number - 1};
    }
    const auto found = std::find_if(shown_.begin(), shown_.end(), [&](const Shown& shown) {
        return shown.is_alert() && !shown.is_chosen && (is_for_oldest || shown.number == number);
    });
    if (found == shown_.end()) return std::nullopt;
    found->is_chosen = true;
    return Acknowledgement{found->id, found->message->revision};
}

void Board::kept_open(const Reply& reply) {
    Shown* shown = shown_.find(id_of(reply));
    if (shown == nullptr) return;
    shown->is_chosen = false;
    shown->answer.reset();
}

std::string Board::acknowledged(const Acknowledgement& reply, bool is_connected, UtcTime now) {
    Shown* shown = shown_.find(reply.id);
    if (shown == nullptr || !shown->is_alert()) return {};
    const Phrase phrase = is_connected ? Phrase::acknowledged : Phrase::acknowledged_offline;
    const std::string name = "[" + std::to_string(shown->number) + "] " + shown->excerpt;
    shown_.acknowledge(*shown);
    return note(say(look_.language, phrase, {name}), now);
}

std::string Board::answered(const Answer& reply, bool is_connected, UtcTime now) {
    Shown* shown = shown_.find(reply.id);
    if (shown == nullptr || !shown->is_question()) return {};
    const std::string line =
        say(look_.language, is_connected ? Phrase::answered : Phrase::answered_offline,
            {shown->excerpt, shown->message->content.choices.at(reply.choice)});
    const bool takes_digits = shown_.question() == shown;
    return note(
        line + ". " +
            say(look_.language, takes_digits ? Phrase::change_by_digit : Phrase::change_by_turn),
        now);
}

std::optional<UtcTime> Board::next_countdown(UtcTime now) const {
    if (!look_.is_boxed) return std::nullopt;
    const Shown* next = shown_.next_countdown(now);
    if (next == nullptr) return counts_down_ ? std::optional(now) : std::nullopt;
    // The line shows whole seconds: until the next one begins.
    constexpr Milliseconds second{1'000};
    const Milliseconds rest = (*next->countdown_to - now) % second;
    return now + (rest == Milliseconds::zero() ? second : rest);
}

std::optional<UtcTime> Board::next_ring(UtcTime now) const {
    if (!look_.is_boxed) return std::nullopt;
    std::optional<UtcTime> next;
    for (const Shown& shown : shown_) {
        if (!shown.rang_at) continue;
        // A clock that was put back is no reason to be silent.
        const UtcTime due = *shown.rang_at > now ? now : *shown.rang_at + ring_interval;
        next = std::min(next.value_or(due), due);
    }
    return next;
}

std::string Board::ring(UtcTime now) {
    const auto due = next_ring(now);
    if (!due || *due > now) return {};
    for (Shown& shown : shown_) {
        if (shown.rang_at) shown.rang_at = now;
    }
    return std::string(bell);
}

bool Board::wants_keys() const {
    return look_.has_keyboard && (shown_.oldest_alert() != nullptr || shown_.question() != nullptr);
}

std::string Board::render(const Shown& shown, const IncomingMessage& message, NoticeExtras extras,
                          UtcTime now) const {
    extras.hint = hint_for(shown, shown_, look_);
    return render_notice(message, extras, look_, now);
}

std::string Board::page(const std::string& text, UtcTime now) {
    if (!look_.is_boxed) return text;
    counts_down_ = shown_.next_countdown(now) != nullptr;
    return std::string(erase_line) + text + status_line(shown_, look_, now);
}

}  // namespace crier::screens
