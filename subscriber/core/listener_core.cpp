#include "subscriber/core/listener_core.hpp"

#include <utility>

#include "shared/protocol/codec.hpp"
#include "subscriber/core/incoming.hpp"

namespace crier::subscriber {

using Kind = protocol::BellMessage::Kind;

std::optional<std::string> ListenerCore::endpoint_to_open(Instant now) {
    if (!open_at_ || *open_at_ > now) return std::nullopt;
    open_at_.reset();
    return way_back_.endpoint();
}

void ListenerCore::on_up(Instant now, std::vector<ListenerEvent>& events) {
    up_since_ = now;
    told_code_.reset();
    events.emplace_back(BellHeard{});
}

void ListenerCore::on_down(const Error& error, Instant now, std::vector<ListenerEvent>& events) {
    const bool has_lasted = up_since_ && now - *up_since_ >= lasting;
    up_since_.reset();
    if (told_code_ != error.code) events.emplace_back(BellLost{error});
    told_code_ = error.code;
    const bool is_shut_out = error.code == ErrorCode::not_admitted;
    if (is_shut_out) return;  // The key is not registered: asking again does not help.
    open_at_ = now + (has_lasted ? way_back_.after_loss() : way_back_.after_failure());
}

void ListenerCore::on_rang(std::string_view topic, protocol::BytesView body,
                           std::vector<ListenerEvent>& events) {
    Result<protocol::BellMessage> rang = protocol::decode_bell(body);
    if (!rang || topic.empty() || topic.back() != '\0') return;
    topic.remove_suffix(1);

    const Ring ring{rang->id, rang->revision, rang->kind};
    if (!heard_.insert(ring).second) return;
    heard_in_order_.push_back(ring);
    if (heard_in_order_.size() > remembered_max) {
        heard_.erase(heard_in_order_.front());
        heard_in_order_.pop_front();
    }
    if (rang->kind == Kind::removed) {
        events.emplace_back(MessageRemoved{rang->id, cause_from(rang->cause)});
        return;
    }
    IncomingMessage message{.id = rang->id,
                            .revision = rang->revision,
                            .seq = rang->seq,
                            .topic = std::string(topic),
                            .content = std::move(rang->content),
                            .from = std::move(rang->from),
                            .sent = rang->sent,
                            .off_screen_at = rang->off_screen_at,
                            .again = false};
    if (attributes_) speak_to(message, SessionId{}, *attributes_);
    if (rang->kind == Kind::changed) {
        events.emplace_back(MessageChanged{std::move(message)});
    } else {
        events.emplace_back(std::move(message));
    }
}

}  // namespace crier::subscriber
