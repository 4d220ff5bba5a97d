#include "subscriber/core/incoming.hpp"

#include "shared/protocol/languages.hpp"
#include "shared/protocol/placeholders.hpp"

namespace crier::subscriber {
namespace {

std::string topic_of(const protocol::Show& show, const SessionId& session) {
    return show.to_all ? "all" : "session/" + to_string(session);
}

}  // namespace

IncomingMessage incoming_from(const protocol::Show& show, const SessionId& session,
                              const Attributes& attributes) {
    IncomingMessage message{.id = show.id,
                            .revision = show.revision,
                            .seq = show.seq,
                            .topic = topic_of(show, session),
                            .content = show.content,
                            .from = show.from,
                            .sent = show.sent,
                            .off_screen_at = show.off_screen_at,
                            .late = show.late,
                            .is_reminder = show.is_reminder};
    speak_to(message, session, attributes);
    return message;
}

void speak_to(IncomingMessage& message, const SessionId& session, const Attributes& attributes) {
    Content& content = message.content;
    if (const auto* chosen = protocol::best_translation(content, attributes.locale)) {
        content.language = chosen->language;
        content.text = chosen->text;
        if (!chosen->title.empty()) content.title = chosen->title;
    }
    content.translations.clear();
    if (!content.is_template) return;
    content.is_template = false;
    message.text_parts = protocol::expand(content.text, session, attributes);
    content.text = text_at(message, message.sent);
    // A title does not count down: it says what is left when the message was sent.
    IncomingMessage title;
    title.content.countdown_to = content.countdown_to;
    title.text_parts = protocol::expand(content.title, session, attributes);
    content.title = text_at(title, message.sent);
}

}  // namespace crier::subscriber
