#include "subscriber/screens/dbus_notification_server.hpp"

#include <sdbus-c++/sdbus-c++.h>

#include <algorithm>

#include "shared/base/display.hpp"
#include "subscriber/screens/do_not_disturb.hpp"
#include "subscriber/screens/session_bus.hpp"

namespace crier::screens {
namespace {

constexpr const char* service = "org.freedesktop.Notifications";
constexpr const char* path = "/org/freedesktop/Notifications";
constexpr const char* interface = "org.freedesktop.Notifications";
constexpr const char* properties = "org.freedesktop.DBus.Properties";

/// An answer that comes later than the screen waits for it still tells the id, so that a
/// notification which another screen has shown meanwhile can be closed.
constexpr std::chrono::minutes notify_timeout{10};
constexpr std::chrono::seconds facts_timeout{5};
/// A server that does not say whether it holds back counts as one that shows.
constexpr std::chrono::seconds held_back_timeout{1};

std::string why(const sdbus::Error& error) {
    std::string text = error.getMessage().empty() ? error.getName() : error.getMessage();
    return clean_line(text);
}

std::string cause_of_error(const sdbus::Error& error) {
    const std::string name = error.getName();
    const bool is_nobody = name == "org.freedesktop.DBus.Error.ServiceUnknown" ||
                           name == "org.freedesktop.DBus.Error.NameHasNoOwner";
    if (is_nobody) return "there is no notification server";
    return "the notification server: " + why(error);
}

}  // namespace

Result<std::unique_ptr<DbusNotificationServer>> DbusNotificationServer::open(
    std::string application) {
    auto bus = connect_to_session_bus();
    if (!bus) return fail(bus.error());
    try {
        std::unique_ptr<DbusNotificationServer> server(
            new DbusNotificationServer(*std::move(bus), std::move(application)));
        server->listen();
        return server;
    } catch (const sdbus::Error& error) {
        return fail(ErrorCode::file_unusable, "there is no session bus: " + why(error));
    }
}

DbusNotificationServer::DbusNotificationServer(std::unique_ptr<sdbus::IConnection> bus,
                                               std::string application)
    : bus_(std::move(bus)), application_(std::move(application)) {}

DbusNotificationServer::~DbusNotificationServer() = default;

void DbusNotificationServer::listen() {
    daemon_ = sdbus::createProxy(*bus_, "org.freedesktop.DBus", "/org/freedesktop/DBus");
    daemon_->uponSignal("NameOwnerChanged")
        .onInterface("org.freedesktop.DBus")
        .call([this](const std::string& name, const std::string&, const std::string& owner) {
            const bool is_true = is_said_by(*daemon_, "org.freedesktop.DBus");
            if (is_true && name == service) on_owner(owner);
        });
    daemon_->finishRegistration();

    server_ = sdbus::createProxy(*bus_, service, path);
    server_->uponSignal("NotificationClosed")
        .onInterface(interface)
        .call([this](const std::uint32_t& id, const std::uint32_t& reason) {
            if (!is_said_by(*server_, owner_)) return;
            const bool is_known = reason >= 1 && reason <= 3;
            const auto end = is_known ? static_cast<NoteEnd>(reason) : NoteEnd::undefined;
            events_.emplace_back(NoteClosed{id, end});
        });
    server_->uponSignal("ActionInvoked")
        .onInterface(interface)
        .call([this](const std::uint32_t& id, const std::string& action) {
            if (is_said_by(*server_, owner_)) events_.emplace_back(NoteInvoked{id, action});
        });
    server_->finishRegistration();

    daemon_->callMethodAsync("GetId")
        .onInterface("org.freedesktop.DBus")
        .withTimeout(facts_timeout)
        .uponReplyInvoke([this](const sdbus::Error* error, const std::string& id) {
            if (error == nullptr) bus_id_ = id;
            ask_owner();
        });
}

void DbusNotificationServer::ask_owner() {
    daemon_->callMethodAsync("GetNameOwner")
        .onInterface("org.freedesktop.DBus")
        .withTimeout(facts_timeout)
        .withArguments(std::string(service))
        .uponReplyInvoke([this](const sdbus::Error* error, const std::string& owner) {
            is_owner_known_ = true;
            if (error == nullptr) return on_owner(owner);
            if (is_waking_) start();
        });
}

void DbusNotificationServer::on_owner(const std::string& owner) {
    if (owner == owner_) return;
    if (!owner_.empty()) {
        facts_.reset();
        events_.emplace_back(ServerGone{"the notification server ended"});
    }
    owner_ = owner;
    if (owner_.empty()) return;
    is_waking_ = false;
    ask_facts();
}

void DbusNotificationServer::ask_facts() {
    server_->callMethodAsync("GetCapabilities")
        .onInterface(interface)
        .withTimeout(facts_timeout)
        .uponReplyInvoke([this, owner = owner_](const sdbus::Error* error,
                                                const std::vector<std::string>& found) {
            if (owner != owner_) return;
            const auto has = [&](const char* capability) {
                return error == nullptr &&
                       std::find(found.begin(), found.end(), capability) != found.end();
            };
            // A server that does not answer is taken at the least: no buttons, plain text.
            ServerFacts facts{"", has("actions"), has("body-markup")};
            server_->callMethodAsync("GetServerInformation")
                .onInterface(interface)
                .withTimeout(facts_timeout)
                .uponReplyInvoke([this, owner, facts](const sdbus::Error* failure,
                                                      const std::string& name, const std::string&,
                                                      const std::string& version,
                                                      const std::string&) {
                    if (owner != owner_) return;
                    ServerFacts all = facts;
                    all.name = failure == nullptr ? clean_line(name + " " + version) : "unnamed";
                    on_facts(std::move(all));
                });
        });
}

void DbusNotificationServer::on_facts(ServerFacts facts) {
    facts_ = std::move(facts);
    watch_held_back();
    events_.emplace_back(ServerCame{*facts_, bus_id_ + " " + owner_});
}

void DbusNotificationServer::wake() {
    if (!owner_.empty() || is_lost_ || std::exchange(is_waking_, true)) return;
    // The bus knows no service to start, where one is there that was started otherwise.
    if (is_owner_known_) start();
}

void DbusNotificationServer::start() {
    static constexpr std::uint32_t no_flags = 0;
    attempt([this] {
        daemon_->callMethodAsync("StartServiceByName")
            .onInterface("org.freedesktop.DBus")
            .withTimeout(facts_timeout)
            .withArguments(std::string(service), no_flags)
            .uponReplyInvoke([this](const sdbus::Error* error, const std::uint32_t&) {
                is_waking_ = false;
                if (error != nullptr && owner_.empty()) {
                    events_.emplace_back(ServerGone{cause_of_error(*error)});
                }
            });
    });
}

NoteTicket DbusNotificationServer::notify(const Note& note) {
    const NoteTicket ticket = next_ticket_++;
    if (is_lost_) {
        events_.emplace_back(NotNotified{ticket, "the session bus is gone"});
        return ticket;
    }
    std::vector<std::string> actions;
    for (const auto& [key, label] : note.actions) actions.insert(actions.end(), {key, label});
    std::map<std::string, sdbus::Variant> hints;
    hints["urgency"] = sdbus::Variant(static_cast<std::uint8_t>(note.urgency));
    hints["desktop-entry"] = sdbus::Variant(std::string("crier-agent"));
    if (!note.category.empty()) hints["category"] = sdbus::Variant(note.category);
    if (note.has_sound) hints["sound-name"] = sdbus::Variant(std::string("bell"));
    constexpr std::int32_t never_expires = 0;
    try {
        server_->callMethodAsync("Notify")
            .onInterface(interface)
            .withTimeout(notify_timeout)
            .withArguments(application_, note.replaces, note.icon, note.summary, note.body, actions,
                           hints, never_expires)
            .uponReplyInvoke([this, ticket](const sdbus::Error* error, const std::uint32_t& id) {
                if (error != nullptr) {
                    events_.emplace_back(NotNotified{ticket, cause_of_error(*error)});
                } else if (id == 0) {
                    events_.emplace_back(
                        NotNotified{ticket, "the notification server gave it no id"});
                } else {
                    on_taken(ticket, id);
                }
            });
    } catch (const sdbus::Error& error) {
        events_.emplace_back(NotNotified{ticket, cause_of_error(error)});
        lose(why(error));
    }
    return ticket;
}

void DbusNotificationServer::on_taken(NoteTicket ticket, std::uint32_t id) {
    ask_held_back_then([this, ticket, id](const HeldBack& held_back) {
        events_.emplace_back(Notified{ticket, id, held_back});
        events_.emplace_back(held_back);
    });
}

void DbusNotificationServer::close(std::uint32_t id) {
    if (owner_.empty()) return;
    attempt([&] {
        server_->callMethod("CloseNotification")
            .onInterface(interface)
            .withArguments(id)
            .dontExpectReply();
    });
}

// ---- Whether it holds back
// -----------------------------------------------------------------------

void DbusNotificationServer::watch_held_back() {
    const DoNotDisturb& where = do_not_disturb_of(facts_->name);
    flag_ = sdbus::createProxy(*bus_, std::string(where.service), std::string(where.path));
    if (where.signal.empty()) {
        flag_->uponSignal("PropertiesChanged")
            .onInterface(properties)
            .call([this](const std::string&, const std::map<std::string, sdbus::Variant>&,
                         const std::vector<std::string>&) { ask_held_back(); });
    } else {
        flag_->registerSignalHandler(std::string(where.interface), std::string(where.signal),
                                     [this](sdbus::Signal&) { ask_held_back(); });
    }
    flag_->finishRegistration();
}

void DbusNotificationServer::ask_held_back() {
    if (!facts_) return;
    attempt([this] {
        ask_held_back_then([this](const HeldBack& held_back) { events_.emplace_back(held_back); });
    });
}

template <typename Then>
void DbusNotificationServer::ask_held_back_then(Then then) {
    if (!flag_ || !facts_) return then(HeldBack{});
    const DoNotDisturb& where = do_not_disturb_of(facts_->name);
    const auto on_flag = [&where, then](bool is_on) {
        then(HeldBack{is_on ? std::optional(std::string(where.cause)) : std::nullopt,
                      where.shows_critical});
    };
    const auto on_variant = [on_flag](const sdbus::Error* error, const sdbus::Variant& value) {
        on_flag(error == nullptr && value.containsValueOfType<bool>() && value.get<bool>());
    };
    const std::string interface_name(where.interface);
    const std::string member(where.member);
    switch (where.kind) {
        case DoNotDisturb::Kind::property:
            flag_->callMethodAsync("Get")
                .onInterface(properties)
                .withTimeout(held_back_timeout)
                .withArguments(interface_name, member)
                .uponReplyInvoke(on_variant);
            return;
        case DoNotDisturb::Kind::xfconf:
            flag_->callMethodAsync(member)
                .onInterface(interface_name)
                .withTimeout(held_back_timeout)
                .withArguments(std::string("xfce4-notifyd"), std::string("/do-not-disturb"))
                .uponReplyInvoke(on_variant);
            return;
        case DoNotDisturb::Kind::method:
            flag_->callMethodAsync(member)
                .onInterface(interface_name)
                .withTimeout(held_back_timeout)
                .uponReplyInvoke([on_flag](const sdbus::Error* error, const bool& is_on) {
                    on_flag(error == nullptr && is_on);
                });
            return;
    }
}

// ---- The bus
// -------------------------------------------------------------------------------------

void DbusNotificationServer::add_waits(std::vector<pollfd>& waits) const {
    if (is_lost_) {
        waits.push_back({-1, 0, 0});
        return;
    }
    waits.push_back(wait_of(*bus_));
}

std::optional<Milliseconds> DbusNotificationServer::next_serve() const {
    return is_lost_ ? std::nullopt : next_serve_of(*bus_);
}

void DbusNotificationServer::serve() {
    attempt([this] { process_all(*bus_); });
}

/// What fails at once fails because the bus is gone.
template <typename Call>
void DbusNotificationServer::attempt(Call call) {
    if (is_lost_) return;
    try {
        call();
    } catch (const sdbus::Error& error) {
        lose(why(error));
    }
}

void DbusNotificationServer::lose(const std::string& why) {
    if (std::exchange(is_lost_, true)) return;
    facts_.reset();
    owner_.clear();
    events_.emplace_back(ServerGone{"the session bus is gone: " + why});
}

Result<std::unique_ptr<NotificationServer>> open_session_bus(std::string application) {
    auto server = DbusNotificationServer::open(std::move(application));
    if (!server) return fail(server.error());
    return std::unique_ptr<NotificationServer>(std::move(*server));
}

}  // namespace crier::screens
