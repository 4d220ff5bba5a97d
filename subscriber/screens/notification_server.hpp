/// \file
/// What a desktop screen needs of a notification server, org.freedesktop.Notifications 1.2 (the
/// Desktop Notifications Specification): asked for one thing at a time, answered by events.
/// dbus_notification_server is the real one; tests play others.

#pragma once

#include <poll.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "crier/time.hpp"

namespace crier::screens {

/// What the server says of itself.
struct ServerFacts {
    std::string name;          ///< "dunst 1.9.0".
    bool has_actions = false;  ///< Buttons.
    bool has_markup = false;   ///< It reads the body as markup: text must be escaped.

    bool operator==(const ServerFacts&) const = default;
};

enum class NoteUrgency : std::uint8_t { low = 0, normal = 1, critical = 2 };

/// One notification. It never expires by itself: whose time is over is closed.
struct Note {
    std::uint32_t replaces = 0;  ///< The id of an earlier one; 0: none.
    std::string summary;         ///< One line.
    std::string body;            ///< Several lines, escaped if the server reads markup.
    NoteUrgency urgency = NoteUrgency::normal;
    std::string icon;
    std::string category;
    /// What the server says when a person chooses it, and what stands on the button.
    std::vector<std::pair<std::string, std::string>> actions{};
    bool has_sound = false;

    bool operator==(const Note&) const = default;
};

/// By which an answer is told from another; never 0, never the same twice.
using NoteTicket = std::uint64_t;

/// A server is there now. Notifications of an earlier one are gone.
struct ServerCame {
    ServerFacts facts;
    std::string instance;  ///< The same only for the same run of a server on the same bus.
};
struct ServerGone {
    std::string cause;
};
/// Whether it holds notifications back has changed, or was asked for.
struct HeldBack {
    std::optional<std::string> cause;  ///< nullopt: it shows them.
    bool shows_critical = false;       ///< Even now.
};
/// It has taken a notification, which is on the screen unless it is held back.
struct Notified {
    NoteTicket ticket = 0;
    std::uint32_t id = 0;  ///< Never 0.
    HeldBack held_back;    ///< Just after it took it.
};
struct NotNotified {
    NoteTicket ticket = 0;
    std::string cause;
};
enum class NoteEnd : std::uint8_t { expired = 1, dismissed = 2, closed = 3, undefined = 4 };
struct NoteClosed {
    std::uint32_t id = 0;
    NoteEnd end = NoteEnd::undefined;
};
struct NoteInvoked {
    std::uint32_t id = 0;
    std::string action;
};

using ServerEvent =
    std::variant<ServerCame, ServerGone, Notified, NotNotified, NoteClosed, NoteInvoked, HeldBack>;

/// Thread-safety: one thread at a time. Nothing blocks but the first connection to the bus.
class NotificationServer {
public:
    NotificationServer() = default;
    NotificationServer(const NotificationServer&) = delete;
    NotificationServer& operator=(const NotificationServer&) = delete;
    virtual ~NotificationServer() = default;

    /// Of the server that came last; nullopt while none is there.
    [[nodiscard]] virtual const std::optional<ServerFacts>& facts() const = 0;
    /// Has the bus start a server, if it can: ServerCame follows, or ServerGone. Nothing happens
    /// while one is there.
    virtual void wake() = 0;
    /// Notified or NotNotified follows, or ServerGone; it may never come. That it is closed may
    /// come before.
    virtual NoteTicket notify(const Note& note) = 0;
    virtual void close(std::uint32_t id) = 0;
    /// HeldBack follows, if the server says so at all.
    virtual void ask_held_back() = 0;

    /// Nothing comes from it any more: open another one. ServerGone has said why.
    [[nodiscard]] virtual bool is_lost() const = 0;

    virtual void add_waits(std::vector<pollfd>& waits) const = 0;
    /// Milliseconds until serve() is due without a descriptor; nullopt: never.
    [[nodiscard]] virtual std::optional<Milliseconds> next_serve() const = 0;
    virtual void serve() = 0;
    [[nodiscard]] virtual std::vector<ServerEvent> take_events() = 0;
};

}  // namespace crier::screens
