#include "subscriber/screens/screen_set.hpp"

#include <algorithm>

#include "shared/base/assert.hpp"
#include "subscriber/screens/digest.hpp"

namespace crier::screens {
namespace {

/// Remembered, to be shown elsewhere when their screen goes away.
constexpr std::size_t entries_max = 5'000;

bool asks(const Content& content) {
    return content.style == Style::alert || !content.choices.empty();
}

}  // namespace

ScreenSet::ScreenSet(std::vector<Chain> chains) : chains_(std::move(chains)) {
    CRIER_ASSERT(!chains_.empty(), "a set has at least one chain");
    for (const Chain& chain : chains_) CRIER_ASSERT(!chain.empty(), "a chain has a screen");
}

ScreenSet::~ScreenSet() = default;

template <typename Call>
void ScreenSet::for_each_screen(Call call) const {
    for (const Chain& chain : chains_) {
        for (const auto& screen : chain) call(*screen);
    }
}

std::vector<Screen*> ScreenSet::order_in(const Chain& chain, const Content& content) const {
    std::vector<Screen*> order;
    for (const auto& screen : chain) order.push_back(screen.get());
    const bool is_question = asks(content);
    std::stable_partition(order.begin(), order.end(), [&](const Screen* screen) {
        return screen->is_for_alerts() == is_question;
    });
    // A chain without a screen for alerts keeps its order.
    return order;
}

ScreenSet::Entry& ScreenSet::enter(const IncomingMessage& message) {
    const auto [found, is_new] = entries_.try_emplace(message.id);
    if (is_new) order_.push_back(message.id);
    Entry& entry = found->second;
    entry.message = message;
    entry.told.reset();
    entry.stands.clear();
    for (const Chain& chain : chains_) {
        entry.stands.push_back({.order = order_in(chain, message.content), .missed = {}});
    }
    touched_.insert(message.id);
    return entry;
}

void ScreenSet::forget(const MessageId& id) {
    if (entries_.erase(id) == 0) return;
    std::erase(order_, id);
    touched_.erase(id);
    for (auto& [screen, ids] : passed_on_) std::erase(ids, id);
}

// ---- Messages
// ------------------------------------------------------------------------------------

void ScreenSet::show(const IncomingMessage& message, UtcTime now) {
    for (const Stand& stand : enter(message).stands) stand.screen()->show(message, now);
    settle(now);
    while (order_.size() > entries_max) forget(MessageId(order_.front()));
}

void ScreenSet::change(const IncomingMessage& message, UtcTime now) {
    const auto found = entries_.find(message.id);
    // Screens know by themselves what a change of a message is that they do not show.
    std::vector<Stand> before;
    if (found != entries_.end()) before = found->second.stands;
    Entry& entry = enter(message);
    for (std::size_t index = 0; index < entry.stands.size(); ++index) {
        Stand& stand = entry.stands[index];
        Screen* const had = index < before.size() ? before[index].screen() : nullptr;
        if (had != nullptr && had != stand.screen() && stand.order == before[index].order) {
            stand.at = before[index].at;
            stand.missed = before[index].missed;
        } else if (had != nullptr && had != stand.screen()) {
            had->withdraw(message.id, now);
        }
        stand.screen()->change(message, now);
    }
    settle(now);
}

bool ScreenSet::has_digests() const {
    bool any = false;
    for_each_screen([&](const Screen& screen) { any = any || screen.has_digests(); });
    return any;
}

void ScreenSet::show_digest(std::span<const IncomingMessage> messages, UtcTime now) {
    for (const IncomingMessage& message : messages) {
        for (const Stand& stand : enter(message).stands) {
            passed_on_[stand.screen()].push_back(message.id);
        }
    }
    settle(now);
    while (order_.size() > entries_max) forget(MessageId(order_.front()));
}

void ScreenSet::escalate(const MessageEscalated& escalated, UtcTime now) {
    const auto found = entries_.find(escalated.id);
    const bool is_here =
        found != entries_.end() && found->second.message.revision == escalated.revision;
    if (!is_here) {
        for_each_screen([&](Screen& screen) { screen.escalate(escalated, now); });
        return settle(now);
    }
    Entry& entry = found->second;
    entry.message.content.style = Style::alert;
    for (std::size_t index = 0; index < entry.stands.size(); ++index) {
        Stand& stand = entry.stands[index];
        std::vector<Screen*> order = order_in(chains_[index], entry.message.content);
        if (order.front() != stand.screen() && order != stand.order) {
            if (Screen* had = stand.screen()) had->withdraw(escalated.id, now);
            stand = {.order = std::move(order), .missed = {}};
            stand.screen()->show(entry.message, now);
        }
        if (Screen* screen = stand.screen()) screen->escalate(escalated, now);
    }
    touched_.insert(escalated.id);
    settle(now);
}

void ScreenSet::remove(const MessageRemoved& removed, UtcTime now) {
    forget(removed.id);
    for_each_screen([&](Screen& screen) { screen.remove(removed, now); });
    settle(now);
}

void ScreenSet::withdraw(const MessageId& id, UtcTime now) {
    forget(id);
    for_each_screen([&](Screen& screen) { screen.withdraw(id, now); });
    settle(now);
}

void ScreenSet::acknowledged(const Acknowledgement& reply, const Status& outcome, UtcTime now) {
    // Whoever has acknowledged it need not be shown it again when a screen goes away.
    if (outcome) forget(reply.id);
    for_each_screen([&](Screen& screen) { screen.acknowledged(reply, outcome, now); });
    settle(now);
}

void ScreenSet::answered(const Answer& reply, const Status& outcome, UtcTime now) {
    for_each_screen([&](Screen& screen) { screen.answered(reply, outcome, now); });
    settle(now);
}

void ScreenSet::dismissed(const Dismissal& reply, const Status& outcome, UtcTime now) {
    if (outcome) forget(reply.id);
    for_each_screen([&](Screen& screen) { screen.dismissed(reply, outcome, now); });
    settle(now);
}

// ---- What the screens say
// ------------------------------------------------------------------------

void ScreenSet::look_at_lock() {
    const bool is_locked = lock_ && lock_->is_locked();
    if (std::exchange(is_locked_, is_locked) == is_locked) return;
    tell(LockChanged{is_locked});
    for (const auto& [id, entry] : entries_) touched_.insert(id);
}

void ScreenSet::settle(UtcTime now) {
    look_at_lock();
    bool is_quiet = false;
    while (!is_quiet) {
        show_passed_on(now);
        is_quiet = true;
        for_each_screen([&](Screen& screen) {
            for (const ScreenEvent& event : screen.take_events()) {
                is_quiet = false;
                std::visit([&](const auto& one) { take(screen, one); }, event);
            }
        });
    }
    for (Dismissal& gone : std::exchange(gone_, {})) tell(std::move(gone));
    for (const MessageId& id : std::exchange(touched_, {})) {
        Entry& entry = entries_.at(id);
        std::optional<Outcome> outcome = outcome_of(entry.stands, is_locked_);
        if (!outcome || outcome == entry.told) continue;
        // What a person has seen before the desktop was locked they have seen.
        const bool is_step_back = entry.told && entry.told->state == State::displayed &&
                                  outcome->state != State::displayed;
        if (is_step_back) continue;
        entry.told = outcome;
        tell(entry.message, *std::move(outcome));
    }
}

void ScreenSet::take(Screen& screen, const Came& came) {
    const auto found = entries_.find(came.id);
    if (found == entries_.end() || found->second.message.revision != came.revision) return;
    for (Stand& stand : found->second.stands) {
        if (stand.screen() != &screen) continue;
        touched_.insert(came.id);
        if (came.outcome.state != State::failed) {
            stand.outcome = came.outcome;
            stand.was_displayed = stand.was_displayed || came.outcome.state == State::displayed;
            continue;
        }
        if (!stand.missed.empty()) stand.missed += ", ";
        stand.missed += std::string(screen.name()) + ": " + came.outcome.cause;
        pass_on(found->second, stand);
    }
}

void ScreenSet::pass_on(Entry& entry, Stand& stand) {
    stand.at += 1;
    Screen* const next = stand.screen();
    if (next == nullptr) return give_up(entry, stand);
    stand.outcome.reset();
    passed_on_[next].push_back(entry.message.id);
}

void ScreenSet::give_up(Entry& entry, Stand& stand) {
    const bool is_to_return =
        std::any_of(stand.order.begin(), stand.order.end(),
                    [](const Screen* screen) { return screen->may_return(); });
    if (!stand.was_displayed) {
        stand.outcome = Outcome{is_to_return ? State::suppressed : State::failed, stand.missed};
        return;
    }
    // Its person has seen it. What still asks for something is shown again when that is possible.
    if (is_to_return && asks(entry.message.content)) return;
    if (is_seen_somewhere(entry.stands)) return;
    gone_.push_back({entry.message.id, entry.message.revision, stand.missed});
}

/// What is said of an older revision would else take the newer one off all screens.
bool ScreenSet::is_stale(const MessageId& id, std::uint32_t revision) const {
    const auto found = entries_.find(id);
    return found != entries_.end() && found->second.message.revision != revision;
}

void ScreenSet::take(Screen&, const Acknowledgement& reply) {
    if (!is_stale(reply.id, reply.revision)) tell(reply);
}

void ScreenSet::take(Screen&, const Answer& reply) {
    if (!is_stale(reply.id, reply.revision)) tell(reply);
}

void ScreenSet::take(Screen& screen, const Dismissal& reply) {
    if (is_stale(reply.id, reply.revision)) return;
    const auto found = entries_.find(reply.id);
    if (found == entries_.end()) return tell(reply);
    std::vector<Stand>& stands = found->second.stands;
    for (Stand& stand : stands) stand.is_dismissed |= stand.screen() == &screen;
    if (!is_seen_somewhere(stands)) tell(reply);
}

void ScreenSet::take(Screen& screen, const Usable&) {
    for (auto& [id, entry] : entries_) {
        for (Stand& stand : entry.stands) {
            if (stand.screen() != nullptr) continue;
            const auto place = std::find(stand.order.begin(), stand.order.end(), &screen);
            if (place == stand.order.end()) continue;
            stand.at = static_cast<std::size_t>(place - stand.order.begin());
            stand.missed.clear();
            stand.outcome.reset();
            passed_on_[&screen].push_back(id);
        }
    }
}

void ScreenSet::show_passed_on(UtcTime now) {
    for (auto& [screen, ids] : std::exchange(passed_on_, {})) {
        Gathering gathered;
        for (const MessageId& id : ids) {
            const auto found = entries_.find(id);
            if (found != entries_.end()) gathered.add(found->second.message);
        }
        if (!screen->has_digests()) {
            for (const IncomingMessage& message : gathered.take_all()) screen->show(message, now);
            continue;
        }
        const Gathering::Taken taken = gathered.take();
        if (!taken.digest.empty()) screen->show_digest(taken.digest, now);
        for (const IncomingMessage& message : taken.single) screen->show(message, now);
    }
}

// ---- The rest is everybody's
// ---------------------------------------------------------------------

void ScreenSet::connected(const std::optional<SubscriberConnected>& session, UtcTime now) {
    for_each_screen([&](Screen& screen) { screen.connected(session, now); });
    settle(now);
}

void ScreenSet::disconnected(const SubscriberDisconnected& outage, UtcTime now) {
    for_each_screen([&](Screen& screen) { screen.disconnected(outage, now); });
    settle(now);
}

void ScreenSet::problem(const Error& error, UtcTime now) {
    for_each_screen([&](Screen& screen) { screen.problem(error, now); });
    settle(now);
}

void ScreenSet::ended(const std::optional<SubscriberEnded>& end, UtcTime now) {
    for_each_screen([&](Screen& screen) { screen.ended(end, now); });
}

void ScreenSet::add_waits(std::vector<pollfd>& waits) const {
    if (lock_) lock_->add_waits(waits);
    for_each_screen([&](const Screen& screen) { screen.add_waits(waits); });
}

void ScreenSet::serve(std::span<const pollfd> ready, UtcTime now) {
    if (lock_) {
        lock_->serve();
        std::vector<pollfd> own;
        lock_->add_waits(own);
        ready = ready.subspan(std::min(own.size(), ready.size()));
    }
    for_each_screen([&](Screen& screen) {
        std::vector<pollfd> own;
        screen.add_waits(own);
        const std::size_t count = std::min(own.size(), ready.size());
        const auto part = ready.first(count);
        ready = ready.subspan(count);
        if (is_any_ready(part)) screen.serve(part, now);
    });
    settle(now);
}

std::optional<UtcTime> ScreenSet::next_tick(UtcTime now) const {
    std::optional<UtcTime> next;
    if (const auto serve = lock_ ? lock_->next_serve() : std::nullopt) next = now + *serve;
    for_each_screen([&](const Screen& screen) {
        const std::optional<UtcTime> one = screen.next_tick(now);
        if (one) next = std::min(next.value_or(*one), *one);
    });
    return next;
}

void ScreenSet::tick(UtcTime now) {
    if (lock_) lock_->serve();
    for_each_screen([&](Screen& screen) { screen.tick(now); });
    settle(now);
}

void ScreenSet::resized(UtcTime now) {
    for_each_screen([&](Screen& screen) { screen.resized(now); });
}

void ScreenSet::suspend() {
    for_each_screen([](Screen& screen) { screen.suspend(); });
}

void ScreenSet::resume(UtcTime now) {
    for_each_screen([&](Screen& screen) { screen.resume(now); });
}

bool ScreenSet::is_gone() const {
    bool all = true;
    for_each_screen([&](const Screen& screen) { all = all && screen.is_gone(); });
    return all;
}

}  // namespace crier::screens
