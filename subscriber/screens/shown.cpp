#include "subscriber/screens/shown.hpp"

#include <algorithm>

#include "shared/base/assert.hpp"
#include "subscriber/screens/notice.hpp"

namespace crier::screens {
namespace {

constexpr std::size_t shown_max = 1'000;  ///< Remembered, to be recognised when withdrawn.

Wanted wanted_by(const Content& content) {
    if (!content.choices.empty()) return Wanted::answer;
    return content.style == Style::alert ? Wanted::acknowledgement : Wanted::nothing;
}

/// Whether its text may have to be shown once more.
bool is_to_be_kept(const Shown& shown, const Content& content) {
    return shown.wanted != Wanted::nothing || !content.escalation.empty();
}

void take_over(Shown& shown, const IncomingMessage& message) {
    shown.excerpt = excerpt_of(message);
    shown.countdown_to = message.content.countdown_to;
    shown.message.reset();
    if (is_to_be_kept(shown, message.content)) shown.message = message;
}

}  // namespace

Shown& ShownMessages::add(const IncomingMessage& message) {
    remove(message.id);
    forget_old_ones();
    Shown shown{.id = message.id, .excerpt = {}, .wanted = wanted_by(message.content)};
    if (shown.is_alert()) shown.number = free_number();
    take_over(shown, message);
    all_.push_back(std::move(shown));
    return all_.back();
}

Shown& ShownMessages::revise(Shown& shown, const IncomingMessage& message) {
    const Wanted before = shown.wanted;
    const Wanted wanted = wanted_by(message.content);
    shown.rang_at.reset();
    shown.answer.reset();  // It was one to the earlier revision.
    if (wanted == Wanted::acknowledgement && !shown.is_acknowledged && !shown.is_alert()) {
        Shown& alert = open_alert(shown);
        take_over(alert, message);
        return alert;
    }
    // Who has acknowledged an earlier revision is not asked again.
    if (wanted != Wanted::acknowledgement || !shown.is_acknowledged) shown.wanted = wanted;
    if (before == Wanted::acknowledgement && !shown.is_alert()) shown.number = 0;
    take_over(shown, message);
    return shown;
}

Shown& ShownMessages::escalate(Shown& shown) {
    CRIER_ASSERT(shown.message.has_value(), "what may escalate keeps its message");
    shown.message->content.style = Style::alert;
    return shown.wanted == Wanted::nothing ? open_alert(shown) : shown;
}

/// As the newest one: who was told that Enter acknowledges another is not to be deceived.
Shown& ShownMessages::open_alert(Shown& shown) {
    Shown alert = *remove(MessageId(shown.id));
    alert.wanted = Wanted::acknowledgement;
    alert.number = free_number();
    alert.is_chosen = false;
    alert.is_acknowledged = false;
    all_.push_back(std::move(alert));
    return all_.back();
}

void ShownMessages::acknowledge(Shown& shown) {
    shown.wanted = Wanted::nothing;
    shown.number = 0;
    shown.is_chosen = false;
    shown.is_acknowledged = true;
    shown.rang_at.reset();
    shown.message.reset();
}

void ShownMessages::answer(Shown& shown, std::uint32_t choice) {
    shown.answer = choice;
    shown.rang_at.reset();
    const bool is_one_without = std::any_of(all_.begin(), all_.end(), [](const Shown& other) {
        return other.is_question() && !other.answer;
    });
    question_.reset();
    if (!is_one_without) question_ = shown.id;
}

std::optional<Shown> ShownMessages::remove(const MessageId& id) {
    const auto found =
        std::find_if(all_.begin(), all_.end(), [&](const Shown& shown) { return shown.id == id; });
    if (found == all_.end()) return std::nullopt;
    Shown removed = std::move(*found);
    all_.erase(found);
    return removed;
}

Shown* ShownMessages::find(const MessageId& id) {
    const auto found =
        std::find_if(all_.begin(), all_.end(), [&](const Shown& shown) { return shown.id == id; });
    return found == all_.end() ? nullptr : &*found;
}

const Shown* ShownMessages::oldest_alert() const {
    const auto found =
        std::find_if(all_.begin(), all_.end(), [](const Shown& shown) { return shown.is_alert(); });
    return found == all_.end() ? nullptr : &*found;
}

const Shown* ShownMessages::question() const {
    const Shown* without_answer = nullptr;
    const Shown* newest = nullptr;
    for (const Shown& shown : all_) {
        if (!shown.is_question()) continue;
        if (shown.id == question_) return &shown;
        if (!shown.answer && without_answer == nullptr) without_answer = &shown;
        newest = &shown;
    }
    return without_answer != nullptr ? without_answer : newest;
}

void ShownMessages::go_to_next_question() {
    const Shown* current = question();
    if (current == nullptr) return;
    const Shown* first = nullptr;
    bool is_after = false;
    for (const Shown& shown : all_) {
        if (!shown.is_question()) continue;
        if (first == nullptr) first = &shown;
        if (is_after) {
            question_ = shown.id;
            return;
        }
        is_after = &shown == current;
    }
    question_ = first->id;
}

const Shown* ShownMessages::next_countdown(UtcTime now) const {
    const Shown* next = nullptr;
    for (const Shown& shown : all_) {
        if (!shown.countdown_to || *shown.countdown_to <= now) continue;
        if (next == nullptr || *shown.countdown_to < *next->countdown_to) next = &shown;
    }
    return next;
}

std::size_t ShownMessages::count(Wanted wanted) const {
    const auto count = std::count_if(all_.begin(), all_.end(),
                                     [&](const Shown& shown) { return shown.wanted == wanted; });
    return static_cast<std::size_t>(count);
}

std::uint32_t ShownMessages::free_number() const {
    std::uint32_t number = 1;
    const auto is_taken = [&](const Shown& shown) { return shown.number == number; };
    while (std::any_of(all_.begin(), all_.end(), is_taken)) number += 1;
    return number;
}

void ShownMessages::forget_old_ones() {
    while (all_.size() >= shown_max) {
        const auto found = std::find_if(all_.begin(), all_.end(), [](const Shown& shown) {
            return shown.wanted == Wanted::nothing;
        });
        if (found == all_.end()) return;  // Each of them waits for its answer.
        all_.erase(found);
    }
}

}  // namespace crier::screens
