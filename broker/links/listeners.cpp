#include "broker/links/listeners.hpp"

#include "broker/security/peer_identity.hpp"

namespace crier::broker {
namespace {

/// Frames that one may say: a listener subscribes once to each topic that it wants.
constexpr Credit::Limits frames{.burst = 2'000, .a_second = 100};

constexpr Milliseconds minute{60'000};

constexpr std::string_view no_right = "this key may not listen any more";

}  // namespace

bool Listeners::hear(const transport::Frame& said, const transport::Connection& connection,
                     Instant now) {
    auto found = listeners_.find(connection.cookie());
    const bool is_new = found == listeners_.end();
    if (is_new) {
        forget_gone();
        const Listener listener{connection, proven_key(said), Credit(frames.burst)};
        found = listeners_.emplace(connection.cookie(), listener).first;
    }
    Listener& listener = found->second;
    // It may have come in before its key was revoked, and have said nothing until now.
    if (!may_listen(listener)) {
        cut(listener, no_right, now);
    } else if (!listener.credit.spend(now, frames)) {
        // It is kept until it is gone: what is still on the way has no new burst.
        cut(listener, "more than 100 subscriptions a second", now);
    }
    return is_new;
}

void Listeners::admit(std::shared_ptr<const Principals> principals, Instant now) {
    admitted_ = std::move(principals);
    std::erase_if(listeners_, [&](const auto& one) {
        if (may_listen(one.second)) return false;
        cut(one.second, no_right, now);
        return true;
    });
}

bool Listeners::may_listen(const Listener& listener) const {
    if (!listener.key || !admitted_) return true;
    const Principal* principal = admitted_->find(*listener.key);
    return principal != nullptr && principal->rights.has(Right::listen);
}

void Listeners::cut(const Listener& listener, std::string_view why, Instant now) {
    const bool is_cut = listener.connection.cut();
    std::erase_if(told_, [now](const auto& one) { return now - one.second >= minute; });
    const std::string who = listener.key ? to_base64url(*listener.key) : "no key";
    const bool is_new = told_.emplace(who + std::string(why), now).second;
    if (is_cut && is_new && on_cut_) on_cut_(why, who);
}

void Listeners::forget_gone() {
    std::erase_if(listeners_, [](const auto& one) { return one.second.connection.is_gone(); });
}

}  // namespace crier::broker
