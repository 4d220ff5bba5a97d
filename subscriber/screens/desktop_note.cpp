#include "subscriber/screens/desktop_note.hpp"

#include <algorithm>
#include <charconv>

#include "shared/base/display.hpp"
#include "subscriber/screens/digest.hpp"

namespace crier::screens {
namespace {

constexpr std::size_t summary_columns = 100;
constexpr std::string_view choice_prefix = "choice-";

const char* icon_for(Severity severity) {
    switch (severity) {
        case Severity::critical:
            return "dialog-error";
        case Severity::warning:
            return "dialog-warning";
        default:
            return "dialog-information";
    }
}

std::string body_text(std::string text, const ServerFacts& facts) {
    return facts.has_markup ? escaped(text) : text;
}

/// The words before the title, where they say something: "CRITICAL", "WARNING, reminder".
std::string summary_of(const IncomingMessage& message, const NoticeExtras& extras,
                       const Look& look) {
    const std::string header = header_of(message, extras, look.language);
    const bool is_plain = header == severity_word(Severity::info, look.language);
    const std::string title = clean_line(message.content.title);
    if (is_plain && title.empty()) return say(look.language, Phrase::message_title);
    if (is_plain) return truncated(title, summary_columns);
    if (title.empty()) return truncated(header, summary_columns);
    return truncated(say(look.language, Phrase::titled, {header, title}), summary_columns);
}

}  // namespace

std::string escaped(std::string_view text) {
    std::string markup;
    for (const char byte : text) {
        switch (byte) {
            case '&':
                markup += "&amp;";
                break;
            case '<':
                markup += "&lt;";
                break;
            case '>':
                markup += "&gt;";
                break;
            default:
                markup += byte;
        }
    }
    return markup;
}

std::optional<std::uint32_t> choice_of_action(std::string_view action) {
    if (!action.starts_with(choice_prefix)) return std::nullopt;
    action.remove_prefix(choice_prefix.size());
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(action.begin(), action.end(), number);
    const bool is_number = error == std::errc() && end == action.end();
    return is_number ? std::optional(number) : std::nullopt;
}

Note note_of(const IncomingMessage& message, const NoticeExtras& extras, const ServerFacts& facts,
             const Look& look, UtcTime now) {
    const Content& content = message.content;
    const bool is_question = !content.choices.empty();
    const bool is_alert = content.style == Style::alert;
    Note note;
    note.summary = summary_of(message, extras, look);
    std::string body = clean_text(text_at(message, now));
    while (body.ends_with('\n')) body.pop_back();
    std::string facts_line;
    for (const std::string& fact : facts_of(message, look, now)) {
        facts_line += (facts_line.empty() ? "" : " · ") + fact;
    }
    body += "\n" + facts_line;
    if (!extras.hint.empty()) body += "\n" + extras.hint;
    note.body = body_text(std::move(body), facts);
    // An urgent notification stays; one that is not may hide by itself within seconds.
    const bool is_urgent = content.severity == Severity::critical || is_question || is_alert;
    note.urgency = is_urgent ? NoteUrgency::critical : NoteUrgency::normal;
    note.icon = icon_for(content.severity);
    note.category = "im.received";
    if (!facts.has_actions || look.is_listener) return note;
    if (is_alert && !is_question) {
        note.actions.emplace_back(acknowledge_action,
                                  say(look.language, Phrase::acknowledge_button));
    }
    std::uint32_t number = 0;
    for (const std::string& choice : content.choices) {
        note.actions.emplace_back(std::string(choice_prefix) + std::to_string(number++),
                                  clean_line(choice));
    }
    return note;
}

Note digest_note_of(std::span<const IncomingMessage> messages, const ServerFacts& facts,
                    const Look& look, UtcTime now) {
    Note note;
    note.summary = say(look.language, Phrase::digest, {std::to_string(messages.size())});
    std::string body;
    Severity severity = Severity::info;
    std::size_t count = 0;
    for (const IncomingMessage* message : newest_first(messages)) {
        severity = std::max(severity, message->content.severity);
        if (++count > digest_lines_max) continue;
        body += digest_line(*message, look.language, now) + "\n";
    }
    if (count > digest_lines_max) {
        body += say(look.language, Phrase::and_more, {std::to_string(count - digest_lines_max)});
    }
    note.body = body_text(std::move(body), facts);
    note.icon = icon_for(severity);
    note.category = "im.received";
    return note;
}

}  // namespace crier::screens
