#include "subscriber/screens/digest.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/display.hpp"
#include "subscriber/screens/notice.hpp"

namespace crier::screens {
std::string digest_line(const IncomingMessage& message, Language language, UtcTime now) {
    std::string excerpt = excerpt_of(message);
    if (message.content.severity != Severity::info) {
        excerpt = severity_word(message.content.severity, language) + " " + excerpt;
    }
    if (message.late) excerpt += " (" + late_mark(*message.late, language, now) + ")";
    return say(language, Phrase::digest_line,
               {local_time(message.sent, now), clean_line(message.from), excerpt});
}

std::vector<const IncomingMessage*> newest_first(std::span<const IncomingMessage> messages) {
    std::vector<const IncomingMessage*> sorted;
    for (const IncomingMessage& message : messages) sorted.push_back(&message);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const IncomingMessage* left, const IncomingMessage* right) {
                         return std::pair(left->sent, left->seq) >
                                std::pair(right->sent, right->seq);
                     });
    return sorted;
}

bool is_plain(const Content& content) {
    return content.style == Style::notification && content.choices.empty() &&
           content.severity != Severity::critical;
}

std::string render_digest(std::span<const IncomingMessage> messages, const Look& look,
                          UtcTime now) {
    Panel panel;
    panel.header = say(look.language, Phrase::digest, {std::to_string(messages.size())});
    for (const IncomingMessage* message : newest_first(messages)) {
        panel.severity = std::max(panel.severity, message->content.severity);
        panel.text += digest_line(*message, look.language, now) + "\n";
    }
    return render(panel, look, now);
}

void Gathering::add(const IncomingMessage& message) {
    drop(message.id);
    messages_.push_back(message);
}

bool Gathering::replace(const IncomingMessage& message) {
    const auto found =
        std::find_if(messages_.begin(), messages_.end(),
                     [&](const IncomingMessage& other) { return other.id == message.id; });
    if (found == messages_.end()) return false;
    *found = message;
    return true;
}

bool Gathering::drop(const MessageId& id) {
    return std::erase_if(messages_, [&](const IncomingMessage& other) { return other.id == id; }) !=
           0;
}

Gathering::Taken Gathering::take() {
    Taken taken;
    std::vector<IncomingMessage> messages = std::exchange(messages_, {});
    const auto is_for_digest = [](const IncomingMessage& message) {
        return is_plain(message.content);
    };
    const auto plain = std::count_if(messages.begin(), messages.end(), is_for_digest);
    const bool has_digest = static_cast<std::size_t>(plain) > digest_above;
    for (IncomingMessage& message : messages) {
        const bool is_in_digest = has_digest && is_for_digest(message);
        (is_in_digest ? taken.digest : taken.single).push_back(std::move(message));
    }
    return taken;
}

}  // namespace crier::screens
