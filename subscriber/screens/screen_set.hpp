/// \file
/// Several screens as one: chains of them, side by side.
///
///     desktop:terminal,log     first chain: desktop, or else terminal; second chain: log
///
/// Each chain shows every message, on the first of its screens that can. A screen that is made for
/// alerts comes first for what asks something of the person, and last for everything else. What one
/// screen could not show, or lost when it went away, the next one shows, and the receipt says so.
/// Of several chains, what a person can see counts before what is only a record.
///
/// What no screen of a chain can show is suppressed while one of them may come to be usable again,
/// and shown then; else it has failed.

#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "subscriber/screens/screen.hpp"
#include "subscriber/screens/screen_lock.hpp"
#include "subscriber/screens/stand.hpp"

namespace crier::screens {

using Chain = std::vector<std::unique_ptr<Screen>>;

class ScreenSet final : public Screen {
public:
    /// At least one chain, and a screen in each.
    explicit ScreenSet(std::vector<Chain> chains);
    ~ScreenSet() override;

    /// While it is locked, what is shown on the desktop is held back; it is displayed once the
    /// person comes back.
    void watch(std::unique_ptr<ScreenLock> lock) { lock_ = std::move(lock); }

    [[nodiscard]] std::string_view name() const override { return "set"; }
    void show(const IncomingMessage& message, UtcTime now) override;
    void change(const IncomingMessage& message, UtcTime now) override;
    [[nodiscard]] bool has_digests() const override;
    void show_digest(std::span<const IncomingMessage> messages, UtcTime now) override;
    void escalate(const MessageEscalated& escalated, UtcTime now) override;
    void remove(const MessageRemoved& removed, UtcTime now) override;
    void withdraw(const MessageId& id, UtcTime now) override;
    void acknowledged(const Acknowledgement& reply, const Status& outcome, UtcTime now) override;
    void answered(const Answer& reply, const Status& outcome, UtcTime now) override;
    void dismissed(const Dismissal& reply, const Status& outcome, UtcTime now) override;

    void connected(const std::optional<SubscriberConnected>& session, UtcTime now) override;
    void disconnected(const SubscriberDisconnected& outage, UtcTime now) override;
    void problem(const Error& error, UtcTime now) override;
    void ended(const std::optional<SubscriberEnded>& end, UtcTime now) override;

    void add_waits(std::vector<pollfd>& waits) const override;
    void serve(std::span<const pollfd> ready, UtcTime now) override;
    [[nodiscard]] std::optional<UtcTime> next_tick(UtcTime now) const override;
    void tick(UtcTime now) override;
    void resized(UtcTime now) override;
    void suspend() override;
    void resume(UtcTime now) override;
    /// Each screen of each chain is.
    [[nodiscard]] bool is_gone() const override;

private:
    struct Entry {
        IncomingMessage message;
        std::vector<Stand> stands;      ///< One for each chain.
        std::optional<Outcome> told{};  ///< What was said of it last.
    };
    using Entries = std::map<MessageId, Entry>;

    template <typename Call>
    void for_each_screen(Call call) const;
    [[nodiscard]] std::vector<Screen*> order_in(const Chain& chain, const Content& content) const;
    Entry& enter(const IncomingMessage& message);
    void forget(const MessageId& id);

    /// Hands on what the screens have said until none says any more.
    void settle(UtcTime now);
    [[nodiscard]] bool is_stale(const MessageId& id, std::uint32_t revision) const;
    void take(Screen& screen, const Came& came);
    void take(Screen& screen, const Acknowledgement& reply);
    void take(Screen& screen, const Answer& reply);
    void take(Screen& screen, const Dismissal& reply);
    void take(Screen& screen, const Usable& usable);
    void take(Screen&, const LockChanged&) {}  // Not theirs to say.
    void look_at_lock();
    void pass_on(Entry& entry, Stand& stand);
    void give_up(Entry& entry, Stand& stand);
    void show_passed_on(UtcTime now);

    std::vector<Chain> chains_;
    std::unique_ptr<ScreenLock> lock_;  ///< None: the desktop is never locked.
    bool is_locked_ = false;
    Entries entries_;
    std::deque<MessageId> order_;  ///< The same, oldest first; the oldest are forgotten.
    std::map<Screen*, std::vector<MessageId>> passed_on_;  ///< What each is to show next.
    std::set<MessageId> touched_;                          ///< Of which there may be news.
    std::vector<Dismissal> gone_;                          ///< With the last screen that had them.
};

}  // namespace crier::screens
