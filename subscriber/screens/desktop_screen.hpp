/// \file
/// The screen of a desktop: notifications, by a notification server that is not trusted.
///
/// A message is displayed once the server has taken it, holds nothing back, and has not closed it
/// again a moment later. It goes when its time is over by our own clock, never by the server's.
/// A server that does not answer, or ends, has not shown it.

#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include "subscriber/screens/desktop_standing.hpp"
#include "subscriber/screens/noted_ids.hpp"
#include "subscriber/screens/screen.hpp"

namespace crier::screens {

class DesktopScreen final : public Screen {
public:
    /// How long a server may take to answer.
    static constexpr Milliseconds answer_within{5'000};
    /// What it closes by itself sooner than this, nobody has seen.
    static constexpr Milliseconds settles_after{200};

    /// Errors: why there is no server to ask.
    using Opener = std::function<Result<std::unique_ptr<NotificationServer>>()>;

    /// `open`: called at once, and again while there is none: when a message is to be shown, and
    /// from time to time.
    DesktopScreen(const Look& look, Opener open);

    /// Remembers here what stands on the desktop, and takes off it what an earlier run that crashed
    /// has left there.
    void keep_ids_in(const std::filesystem::path& file) { noted_.emplace(file); }

    [[nodiscard]] std::string_view name() const override { return "desktop"; }
    [[nodiscard]] bool is_on_desktop() const override { return true; }
    [[nodiscard]] bool may_return() const override { return true; }
    void show(const IncomingMessage& message, UtcTime now) override;
    void change(const IncomingMessage& message, UtcTime now) override;
    [[nodiscard]] bool has_digests() const override { return true; }
    void show_digest(std::span<const IncomingMessage> messages, UtcTime now) override;
    void escalate(const MessageEscalated& escalated, UtcTime now) override;
    void remove(const MessageRemoved& removed, UtcTime now) override { withdraw(removed.id, now); }
    void withdraw(const MessageId& id, UtcTime now) override;
    void acknowledged(const Acknowledgement& reply, const Status& outcome, UtcTime now) override;
    void answered(const Answer&, const Status&, UtcTime) override {}
    void dismissed(const Dismissal& reply, const Status& outcome, UtcTime now) override;
    void ended(const std::optional<SubscriberEnded>& end, UtcTime now) override;

    void add_waits(std::vector<pollfd>& waits) const override;
    void serve(std::span<const pollfd> ready, UtcTime now) override;
    [[nodiscard]] std::optional<UtcTime> next_tick(UtcTime now) const override;
    void tick(UtcTime now) override;

    /// What the server says of itself; nullopt while none is there.
    [[nodiscard]] std::optional<ServerFacts> server() const;

private:
    bool open_server();
    void put(Standing standing, UtcTime now);
    void post(Standing& standing, UtcTime now);
    void ask(Standing& standing, UtcTime now);
    void ask_server(Standing& standing, UtcTime now);
    void take(const ServerCame& came, UtcTime now);
    void take(const ServerGone& gone, UtcTime now);
    void take(const Notified& notified, UtcTime now);
    void take(const NotNotified& failure, UtcTime now);
    void hold_back(Standing& standing, const HeldBack& held_back, UtcTime now);
    void take(const NoteClosed& closed, UtcTime now);
    void take(const NoteInvoked& invoked, UtcTime now);
    void take(const HeldBack& held_back, UtcTime now);
    void take_server_events(UtcTime now);
    void tick_standings(UtcTime now);

    using Stage = Standing::Stage;
    using Place = std::deque<Standing>::iterator;
    template <typename Matches>
    [[nodiscard]] Place find_if(Matches matches);
    [[nodiscard]] Place find(const MessageId& id);
    [[nodiscard]] Place find_digest();
    [[nodiscard]] Place find_note(std::uint32_t id);
    [[nodiscard]] Place find_asked(NoteTicket ticket);
    void erase(Place place);
    /// Closes what is of it on the desktop; whatever the server says of it later is no news.
    void close(const Standing& standing);
    /// Something else than this screen took it off.
    void lose(Place place, const std::string& cause);
    void tell_all(Standing& standing, const Outcome& outcome);
    void note_ids();

    Look look_;
    Opener open_;
    std::unique_ptr<NotificationServer> server_;
    std::string no_server_;                ///< Why there is none.
    std::optional<UtcTime> next_opening_;  ///< While there is none; nullopt: at once.
    std::string instance_;                 ///< Of the server that is there.
    std::deque<Standing> standings_;
    std::set<NoteTicket> given_up_;  ///< If they are answered yet, they are closed.
    /// What a server has closed before it said that it is one of those that are asked.
    std::map<std::uint32_t, NoteEnd> closed_early_;
    std::optional<NotedIds> noted_;
};

}  // namespace crier::screens
