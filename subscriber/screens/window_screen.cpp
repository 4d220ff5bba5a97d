#include "subscriber/screens/window_screen.hpp"

#include <algorithm>

#include "shared/base/display.hpp"
#include "shared/base/json.hpp"
#include "shared/base/json_reader.hpp"

namespace crier::screens {
namespace {

constexpr int no_display = 3;  // crier-alert's exit status.

std::string line_about(const char* what, const MessageId& id) {
    JsonWriter json;
    json.begin_object().member(what, to_string(id)).end_object();
    return json.text() + "\n";
}

}  // namespace

WindowScreen::WindowScreen(const Look& look, Options options)
    : look_(look), options_(std::move(options)) {
    look_.is_lasting = true;
}

WindowScreen::~WindowScreen() = default;

// ---- Messages
// ------------------------------------------------------------------------------------

void WindowScreen::show(const IncomingMessage& message, UtcTime now) {
    put(message, {}, now);
}

void WindowScreen::change(const IncomingMessage& message, UtcTime now) {
    put(message, {.is_changed = standings_.contains(message.id)}, now);
}

void WindowScreen::put(const IncomingMessage& message, NoticeExtras extras, UtcTime now) {
    if (standings_.size() >= messages_max && !standings_.contains(message.id)) {
        return tell(message, {State::failed, "too many messages are in the window"});
    }
    Standing& standing = standings_[message.id];
    standing = {.message = message, .extras = std::move(extras)};
    standing.painted_until = now + painted_within;
    idle_until_.reset();
    if (const Status started = start(); !started) return fall(started.error().detail);
    post(standing, now);
}

Status WindowScreen::start() {
    if (window_) return {};
    if (!options_.has_display) return fail(ErrorCode::file_unusable, "there is no display");
    auto window = ChildProcess::start({options_.program}, {});
    if (!window) return fail(window.error());
    window_ = std::move(*window);
    limits_.clear();
    JsonWriter json;
    json.begin_object().key("window").begin_object();
    json.member("title", say(look_.language, Phrase::messages_title));
    json.member("heading", say(look_.language, Phrase::count_messages, {"{count}"}));
    json.end_object().end_object();
    write(json.text() + "\n");
    return {};
}

void WindowScreen::post(const Standing& standing, UtcTime now) {
    write(show_line(standing, now));
}

std::string WindowScreen::show_line(const Standing& standing, UtcTime now) const {
    const IncomingMessage& message = standing.message;
    const Content& content = message.content;
    JsonWriter json;
    json.begin_object().key("show").begin_object();
    json.member("id", to_string(message.id)).member("revision", message.revision);
    json.member("severity", name_of(content.severity));
    json.member("header", header_of(message, standing.extras, look_.language));
    json.member("title", clean_line(content.title));
    if (content.countdown_to && message.text_parts.size() > 1) {
        json.key("parts").begin_array();
        for (const std::string& part : message.text_parts) json.value(clean_text(part));
        json.end_array();
    } else {
        json.member("text", clean_text(text_at(message, now)));
    }
    if (content.countdown_to) {
        const Milliseconds left = std::max(*content.countdown_to - now, Milliseconds::zero());
        json.member("countdown_ms", left.count());
    }
    json.member("facts", facts_of(message, look_, now));
    json.key("choices").begin_array();
    for (const std::string& choice : content.choices) json.value(clean_line(choice));
    json.end_array();
    if (standing.answer) json.member("answer", *standing.answer);
    if (content.choices.empty() && content.style == Style::alert && !look_.is_listener) {
        json.member("acknowledge", say(look_.language, Phrase::acknowledge_button));
    }
    json.member("hide", say(look_.language, Phrase::hide_button));
    json.member("note", standing.note);
    json.member("urgent", content.severity == Severity::critical || standing.extras.is_escalated);
    json.end_object().end_object();
    return json.text() + "\n";
}

void WindowScreen::escalate(const MessageEscalated& escalated, UtcTime now) {
    const auto found = standings_.find(escalated.id);
    if (found == standings_.end() || found->second.answer) return;
    Standing& standing = found->second;
    standing.extras.is_escalated = true;
    standing.message.content.style = Style::alert;
    const bool rings = escalated.urgency == Urgency::sound;
    if (rings) standing.rings_at = now;
    post(standing, now);  // It may be gone then.
    if (rings) tick(now);
}

void WindowScreen::remove(const MessageRemoved& removed, UtcTime now) {
    withdraw(removed.id, now);
}

void WindowScreen::withdraw(const MessageId& id, UtcTime now) {
    const auto found = standings_.find(id);
    if (found != standings_.end()) erase(found, now);
}

void WindowScreen::acknowledged(const Acknowledgement& reply, const Status& outcome, UtcTime now) {
    const auto found = standings_.find(reply.id);
    if (found == standings_.end()) return;
    if (outcome) return erase(found, now);
    found->second.note = say(look_.language, Phrase::acknowledging_failed,
                             {say_cause(look_.language, outcome.error())});
    post(found->second, now);
}

void WindowScreen::answered(const Answer& reply, const Status& outcome, UtcTime now) {
    const auto found = standings_.find(reply.id);
    if (found == standings_.end() || found->second.message.revision != reply.revision) return;
    Standing& standing = found->second;
    standing.rings_at.reset();
    if (outcome) {
        standing.answer = reply.choice;
        const auto& choices = standing.message.content.choices;
        standing.note =
            say(look_.language, Phrase::your_answer, {clean_line(choices.at(reply.choice))});
    } else {
        standing.note = say(look_.language, Phrase::answering_failed,
                            {say_cause(look_.language, outcome.error())});
    }
    post(standing, now);
}

void WindowScreen::dismissed(const Dismissal& reply, const Status& outcome, UtcTime now) {
    if (outcome) withdraw(reply.id, now);
}

void WindowScreen::ended(const std::optional<SubscriberEnded>&, UtcTime) {
    standings_.clear();
    window_.reset();
}

void WindowScreen::erase(Standings::iterator place, UtcTime now) {
    const MessageId id = place->first;
    standings_.erase(place);
    if (standings_.empty()) idle_until_ = now + kept_idle;
    write(line_about("remove", id));  // The others may be gone then.
}

// ---- The window
// ----------------------------------------------------------------------------------

void WindowScreen::write(const std::string& line) {
    if (window_ && !window_->write(line)) fall("the window reads nothing any more");
}

void WindowScreen::fall(const std::string& cause) {
    window_.reset();
    idle_until_.reset();
    for (const auto& [id, standing] : std::exchange(standings_, {})) {
        tell(standing.message, {State::failed, cause});
    }
}

void WindowScreen::take_line(const std::string& line) {
    const Result<JsonValue> said = read_json(line);
    if (!said) return;
    if (const JsonValue* ready = member_of(*said, "ready")) {
        const JsonValue* on_top = member_of(*ready, "kept_on_top");
        limits_ = on_top != nullptr && on_top->boolean ? "" : "not kept on top";
        return;
    }
    for (const char* deed : {"taken", "displayed", "acknowledged", "answered", "dismissed"}) {
        const JsonValue* found = member_of(*said, deed);
        const auto id = found != nullptr ? parse_id<MessageId>(found->text) : Result<MessageId>();
        if (found == nullptr || !id) continue;
        take_said(deed, *id, uint_of(member_of(*said, "revision")).value_or(0),
                  uint_of(member_of(*said, "choice")).value_or(0));
    }
}

void WindowScreen::take_said(const std::string& deed, const MessageId& id, std::uint32_t revision,
                             std::uint32_t choice) {
    const auto found = standings_.find(id);
    if (found == standings_.end() || found->second.message.revision != revision) return;
    Standing& standing = found->second;
    if (deed == "taken") {
        standing.is_taken = true;
    } else if (deed == "displayed") {
        if (std::exchange(standing.is_painted, true)) return;
        standing.painted_until.reset();
        tell(standing.message, {State::displayed, limits_});
    } else if (deed == "acknowledged") {
        tell(Acknowledgement{id, revision});
    } else if (deed == "answered") {
        if (choice < standing.message.content.choices.size()) tell(Answer{id, revision, choice});
    } else {
        const Standing gone = std::move(standing);
        standings_.erase(found);  // It is out of the window already.
        if (gone.is_painted) return tell(Dismissal{id, revision, "dismissed by the person"});
        tell(gone.message, {State::failed, "the window was closed before it was seen there"});
    }
}

void WindowScreen::add_waits(std::vector<pollfd>& waits) const {
    waits.push_back({window_ ? window_->descriptor() : -1, POLLIN, 0});
}

void WindowScreen::serve(std::span<const pollfd>, UtcTime now) {
    if (!window_) return;
    window_->serve();
    for (const std::string& line : window_->take_lines()) take_line(line);
    if (standings_.empty() && !idle_until_) idle_until_ = now + kept_idle;
    const std::optional<ChildEnd> end = window_->end();
    if (!end) return;
    fall(end->status == no_display ? "the display cannot be used"
                                   : "the window's program ended: " + end->text);
}

std::optional<UtcTime> WindowScreen::next_tick(UtcTime) const {
    std::optional<UtcTime> next = window_ ? idle_until_ : std::nullopt;
    const auto consider = [&next](const std::optional<UtcTime>& time) {
        if (time) next = std::min(next.value_or(*time), *time);
    };
    for (const auto& [id, standing] : standings_) {
        consider(standing.painted_until);
        consider(standing.rings_at);
    }
    return next;
}

void WindowScreen::tick(UtcTime now) {
    if (window_ && idle_until_ && *idle_until_ <= now) {
        window_.reset();
        idle_until_.reset();
    }
    for (auto place = standings_.begin(); place != standings_.end();) {
        const auto current = place++;
        Standing& standing = current->second;
        if (standing.rings_at && *standing.rings_at <= now) {
            standing.rings_at = now + ring_interval;
            write(line_about("ring", current->first));
            if (!window_) return;
        }
        if (!standing.painted_until || *standing.painted_until > now) continue;
        // It may still stand there, but nobody can answer it.
        if (!standing.is_taken) return fall("the window does not answer");
        const bool is_window_seen =
            std::any_of(standings_.begin(), standings_.end(),
                        [](const auto& entry) { return entry.second.is_painted; });
        if (is_window_seen) {
            // The person has to scroll to it; it is displayed once they have.
            standing.painted_until.reset();
            tell(standing.message, {State::suppressed, "in the window, but not in sight"});
            continue;
        }
        const IncomingMessage message = standing.message;
        erase(current, now);
        tell(message, {State::failed, "the window did not show it within " +
                                          std::to_string(painted_within.count() / 1'000) + " s"});
        if (!window_) return;
    }
}

}  // namespace crier::screens
