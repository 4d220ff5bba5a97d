#include "subscriber/screens/notice.hpp"

#include <algorithm>
#include <vector>

#include "shared/base/display.hpp"

namespace crier::screens {
namespace {

/// "to all", "to you", or, heard on the bell, to which session.
std::string say_audience(const IncomingMessage& message, const Look& look) {
    constexpr std::string_view session_topic = "session/";
    constexpr std::size_t digits = 8;  // Enough of an id to tell sessions apart.
    if (message.topic == "all") return say(look.language, Phrase::to_all);
    if (!look.is_listener) return say(look.language, Phrase::to_you);
    std::string_view topic = message.topic;
    if (topic.starts_with(session_topic)) topic.remove_prefix(session_topic.size());
    return say(look.language, Phrase::to_session, {clean_line(topic.substr(0, digits))});
}

/// The text, and the choices numbered below it.
std::string body_of(const IncomingMessage& message, UtcTime now) {
    std::string body = clean_text(text_at(message, now));
    if (message.content.choices.empty()) return body;
    while (body.ends_with('\n')) body.pop_back();
    body += "\n";
    std::size_t number = 0;
    for (const std::string& choice : message.content.choices) {
        number += 1;
        body += "\n" + std::to_string(number) + "  " + clean_line(choice);
    }
    return body;
}

/// What a text with a time in it is recognised by, at any time.
std::string text_without_time(const IncomingMessage& message) {
    if (message.text_parts.empty()) return message.content.text;
    std::string text;
    for (const std::string& part : message.text_parts) {
        if (&part != &message.text_parts.front()) text += "…";
        text += part;
    }
    return text;
}

}  // namespace

std::string header_of(const IncomingMessage& message, const NoticeExtras& extras,
                      Language language) {
    std::string header = severity_word(message.content.severity, language);
    const bool is_question = !message.content.choices.empty();
    if (extras.is_escalated) {
        header += ", " + say(language,
                             is_question ? Phrase::still_unanswered : Phrase::still_unacknowledged);
    } else if (message.is_reminder) {
        header += ", " + say(language, Phrase::reminder);
    } else if (extras.is_changed) {
        header += ", " + say(language, Phrase::changed);
    }
    return header;
}

std::vector<std::string> facts_of(const IncomingMessage& message, const Look& look, UtcTime now) {
    std::vector<std::string> facts;
    facts.push_back(say(look.language, Phrase::from,
                        {clean_line(message.from), local_time(message.sent, now)}));
    facts.push_back(say_audience(message, look));
    if (message.off_screen_at) {
        const std::string time = local_time(*message.off_screen_at, now);
        const std::string left = say_duration(look.language, *message.off_screen_at - now);
        facts.push_back(look.is_lasting ? say(look.language, Phrase::expires_at, {time})
                                        : say(look.language, Phrase::expires_in, {left, time}));
    }
    if (message.late) facts.push_back(late_mark(*message.late, look.language, now));
    if (message.again) facts.push_back(say(look.language, Phrase::maybe_shown_before));
    return facts;
}

std::string excerpt_of(const IncomingMessage& message, std::size_t columns) {
    std::string clean = clean_line(message.content.title);
    if (clean.empty()) {
        const std::string text = clean_text(text_without_time(message));
        const std::size_t begin = std::min(text.find_first_not_of(" \n"), text.size());
        clean = text.substr(begin, text.find('\n', begin) - begin);
    }
    return truncated(clean, columns);
}

std::string late_mark(UtcTime due, Language language, UtcTime now) {
    return say(language, Phrase::late, {local_time(due, now)});
}

std::string render_notice(const IncomingMessage& message, const NoticeExtras& extras,
                          const Look& look, UtcTime now) {
    const Panel panel{.severity = message.content.severity,
                      .header = header_of(message, extras, look.language),
                      .title = clean_line(message.content.title),
                      .text = body_of(message, now),
                      .facts = facts_of(message, look, now),
                      .hint = extras.hint};
    return render(panel, look, now);
}

}  // namespace crier::screens
