#include "subscriber/agent/board.hpp"

#include <algorithm>

#include "shared/base/assert.hpp"
#include "shared/base/display.hpp"

namespace crier::agent {
namespace {

constexpr std::size_t shown_max = 1'000;     ///< Remembered, to be recognised when withdrawn.
constexpr std::size_t excerpt_columns = 60;  ///< Enough to recognise a message by.
constexpr std::size_t status_columns_max = 78;

/// To the first column, and erase to the end of the line.
constexpr std::string_view erase_line = "\r\x1b[K";
/// Calls a person who looks elsewhere: a sound, a mark on the window.
constexpr std::string_view ring = "\a";

}  // namespace

std::string Board::show(const IncomingMessage& message, UtcTime now) {
    const bool is_alert = message.content.style == Style::alert;
    Shown shown;
    shown.id = message.id;
    shown.excerpt = excerpt_of(message.content, excerpt_columns);
    if (is_alert) {
        shown.number = free_number();
        shown.message = message;
    }
    // An earlier copy is no longer the one that counts.
    std::erase_if(shown_, [&](const Shown& other) { return other.id == message.id; });
    shown_.push_back(std::move(shown));
    forget_old_ones();
    const std::string text =
        is_alert ? render(shown_.back(), false, now) : render_notice(message, {}, look_, now);
    const bool rings = is_alert || message.content.severity == Severity::critical;
    return page(rings && look_.is_boxed ? std::string(ring) + text : text);
}

std::string Board::change(const IncomingMessage& message, UtcTime now) {
    Shown* shown = find(message.id);
    if (shown == nullptr) return show(message, now);
    shown->excerpt = excerpt_of(message.content, excerpt_columns);
    if (message.content.style != Style::alert) {
        shown->number = 0;
        shown->message.reset();
    }
    // Who has acknowledged an earlier revision is not asked again.
    if (shown->number == 0) {
        return page(render_notice(message, {.is_changed = true, .hint = {}}, look_, now));
    }
    shown->message = message;
    return page(render(*shown, true, now));
}

std::string Board::remove(const MessageRemoved& removed, UtcTime now) {
    const auto found = std::find_if(shown_.begin(), shown_.end(),
                                    [&](const Shown& shown) { return shown.id == removed.id; });
    if (found == shown_.end()) return {};
    const Phrase phrase =
        removed.cause == MessageRemovalCause::expired ? Phrase::was_expired : Phrase::was_recalled;
    const std::string line = say(look_.language, phrase, {found->excerpt});
    shown_.erase(found);
    return note(line, now);
}

std::string Board::note(std::string_view line, UtcTime now) {
    return page(note_text(line, now));
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

std::string Board::resized(std::size_t columns) {
    look_.columns = columns;
    return page({});
}

std::string Board::show_open_alerts(UtcTime now) {
    std::string text;
    for (const Shown& shown : shown_) {
        if (shown.number != 0) text += render(shown, false, now);
    }
    return page(text);
}

std::string Board::cleared() const {
    // Without a status line too: the terminal has written ^C there, or ^Z.
    return look_.is_boxed ? std::string(erase_line) : std::string();
}

std::optional<Acknowledgement> Board::choose(char key) {
    const bool is_for_oldest = key == '\r' || key == '\n' || key == 'a' || key == 'A';
    const bool is_digit = key >= '1' && key <= '9';
    if (!look_.has_keyboard || !(is_for_oldest || is_digit)) return std::nullopt;
    const std::uint32_t number = is_digit ? static_cast<std::uint32_t>(key - '0') : 0;
    const auto found = std::find_if(shown_.begin(), shown_.end(), [&](const Shown& shown) {
        return shown.number != 0 && !shown.is_chosen && (is_for_oldest || shown.number == number);
    });
    if (found == shown_.end()) return std::nullopt;
    found->is_chosen = true;
    return Acknowledgement{found->id, found->message->revision};
}

void Board::kept_open(const Acknowledgement& answer) {
    if (Shown* shown = find(answer.id); shown != nullptr) shown->is_chosen = false;
}

std::string Board::acknowledged(const Acknowledgement& answer, bool is_connected, UtcTime now) {
    Shown* shown = find(answer.id);
    if (shown == nullptr || shown->number == 0) return {};
    const Phrase phrase = is_connected ? Phrase::acknowledged : Phrase::acknowledged_offline;
    const std::string name = "[" + std::to_string(shown->number) + "] " + shown->excerpt;
    shown->number = 0;
    shown->is_chosen = false;
    shown->message.reset();
    return note(say(look_.language, phrase, {name}), now);
}

bool Board::wants_keys() const {
    return look_.has_keyboard && oldest_open() != nullptr;
}

std::string Board::hint_for(const Shown& shown) const {
    if (!look_.has_keyboard) {
        return look_.is_listener ? std::string() : say(look_.language, Phrase::cannot_acknowledge);
    }
    constexpr std::uint32_t digit_max = 9;
    const std::string number = std::to_string(shown.number);
    if (oldest_open() == &shown) return say(look_.language, Phrase::press_enter, {number});
    if (shown.number <= digit_max) return say(look_.language, Phrase::press_number, {number});
    return say(look_.language, Phrase::press_enter_in_turn, {number});
}

std::string Board::render(const Shown& shown, bool is_changed, UtcTime now) const {
    CRIER_ASSERT(shown.message.has_value(), "an open alert keeps its message");
    const NoticeExtras extras{.is_changed = is_changed, .hint = hint_for(shown)};
    return render_notice(*shown.message, extras, look_, now);
}

std::string Board::status_line() const {
    if (!look_.is_boxed || !wants_keys()) return {};
    const auto open = std::count_if(shown_.begin(), shown_.end(),
                                    [](const Shown& shown) { return shown.number != 0; });
    const std::string oldest = std::to_string(oldest_open()->number);
    const std::string text =
        open == 1 ? say(look_.language, Phrase::one_alert_open, {oldest})
                  : say(look_.language, Phrase::alerts_open, {oldest, std::to_string(open)});
    // One column stays free: a full line would make the terminal begin another one.
    const std::size_t columns = std::min(look_.columns, status_columns_max + 1) - 1;
    return weighted(truncated(text, columns), Weight::strong, look_);
}

std::string Board::page(const std::string& text) const {
    if (!look_.is_boxed) return text;
    return std::string(erase_line) + text + status_line();
}

std::uint32_t Board::free_number() const {
    std::uint32_t number = 1;
    const auto is_taken = [&](const Shown& shown) { return shown.number == number; };
    while (std::any_of(shown_.begin(), shown_.end(), is_taken)) number += 1;
    return number;
}

const Board::Shown* Board::oldest_open() const {
    const auto found = std::find_if(shown_.begin(), shown_.end(),
                                    [](const Shown& shown) { return shown.number != 0; });
    return found == shown_.end() ? nullptr : &*found;
}

Board::Shown* Board::find(const MessageId& id) {
    const auto found = std::find_if(shown_.begin(), shown_.end(),
                                    [&](const Shown& shown) { return shown.id == id; });
    return found == shown_.end() ? nullptr : &*found;
}

void Board::forget_old_ones() {
    while (shown_.size() > shown_max) {
        const auto found = std::find_if(shown_.begin(), shown_.end(),
                                        [](const Shown& shown) { return shown.number == 0; });
        if (found == shown_.end()) return;  // Each of them waits for its answer.
        shown_.erase(found);
    }
}

}  // namespace crier::agent
