#include "subscriber/screens/status_line.hpp"

#include <algorithm>
#include <vector>

#include "shared/base/assert.hpp"
#include "shared/base/display.hpp"

namespace crier::screens {
namespace {

constexpr std::size_t columns_max = 118;
constexpr std::size_t question_columns = 24;
constexpr std::uint32_t digit_max = 9;

std::string choices_of(const Shown& question) {
    return std::to_string(question.message->content.choices.size());
}

std::string say_questions(const ShownMessages& shown, const Look& look) {
    const Shown* question = shown.question();
    if (question == nullptr) return {};
    const Phrase phrase = question->answer ? Phrase::question_answered : Phrase::question_open;
    std::string text = say(look.language, phrase,
                           {truncated(question->excerpt, question_columns), choices_of(*question)});
    if (shown.count(Wanted::answer) > 1) text += "; " + say(look.language, Phrase::next_question);
    if (shown.oldest_alert() == nullptr) text += "; " + say(look.language, Phrase::show_again);
    return text;
}

std::string say_alerts(const ShownMessages& shown, const Look& look) {
    const Shown* oldest = shown.oldest_alert();
    if (oldest == nullptr) return {};
    const std::string number = std::to_string(oldest->number);
    const std::size_t open = shown.count(Wanted::acknowledgement);
    if (open == 1) return say(look.language, Phrase::one_alert_open, {number});
    // Digits are for a question as long as one is open.
    const bool takes_digits = shown.question() == nullptr;
    return say(look.language, takes_digits ? Phrase::alerts_open : Phrase::alerts_open_in_turn,
               {number, std::to_string(open)});
}

std::string hint_for_question(const Shown& shown, const ShownMessages& all, const Look& look) {
    if (all.question() != &shown) return say(look.language, Phrase::answer_in_turn);
    if (!shown.answer) return say(look.language, Phrase::press_choice, {choices_of(shown)});
    return say(look.language, Phrase::press_other_choice,
               {clean_line(shown.message->content.choices.at(*shown.answer)), choices_of(shown)});
}

std::string hint_for_alert(const Shown& shown, const ShownMessages& all, const Look& look) {
    const std::string number = std::to_string(shown.number);
    if (all.oldest_alert() == &shown) return say(look.language, Phrase::press_enter, {number});
    const bool has_key = shown.number <= digit_max && all.question() == nullptr;
    return say(look.language, has_key ? Phrase::press_number : Phrase::press_enter_in_turn,
               {number});
}

}  // namespace

std::string status_line(const ShownMessages& shown, const Look& look, UtcTime now) {
    if (!look.is_boxed) return {};
    std::vector<std::string> parts;
    if (const Shown* next = shown.next_countdown(now)) {
        parts.push_back(say(look.language, Phrase::time_left,
                            {remaining_time(*next->countdown_to - now),
                             truncated(next->excerpt, question_columns)}));
    }
    if (look.has_keyboard) {
        parts.push_back(say_questions(shown, look));
        parts.push_back(say_alerts(shown, look));
    }
    std::string text;
    for (const std::string& part : parts) {
        if (!text.empty() && !part.empty()) text += " · ";
        text += part;
    }
    // One column stays free: a full line would make the terminal begin another one.
    const std::size_t columns = std::min(look.columns, columns_max + 1) - 1;
    return weighted(truncated(text, columns), Weight::strong, look);
}

std::string hint_for(const Shown& shown, const ShownMessages& all, const Look& look) {
    if (shown.wanted == Wanted::nothing) return {};
    CRIER_ASSERT(shown.message.has_value(), "what asks for something keeps its message");
    if (look.has_keyboard) {
        return shown.is_question() ? hint_for_question(shown, all, look)
                                   : hint_for_alert(shown, all, look);
    }
    if (look.is_listener) return {};
    return say(look.language,
               shown.is_question() ? Phrase::cannot_answer : Phrase::cannot_acknowledge);
}

}  // namespace crier::screens
