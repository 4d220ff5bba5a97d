#include "subscriber/screens/screen_lock.hpp"

#include <sdbus-c++/sdbus-c++.h>

#include <algorithm>
#include <array>
#include <utility>

#include "subscriber/screens/session_bus.hpp"

namespace crier::screens {
namespace {

constexpr std::array<std::pair<const char*, const char*>, 5> savers{{
    {"org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver"},
    {"org.gnome.ScreenSaver", "/org/gnome/ScreenSaver"},
    {"org.cinnamon.ScreenSaver", "/org/cinnamon/ScreenSaver"},
    {"org.mate.ScreenSaver", "/org/mate/ScreenSaver"},
    {"org.xfce.ScreenSaver", "/org/xfce/ScreenSaver"},
}};
constexpr std::chrono::seconds answer_timeout{5};
/// How often a bus is looked for where there is none.
constexpr Milliseconds opening_interval{10'000};
constexpr const char* bus_name = "org.freedesktop.DBus";

}  // namespace

/// One connection, and what the savers on it say.
class DbusScreenLock::Bus {
public:
    /// Errors: sdbus::Error.
    explicit Bus(std::unique_ptr<sdbus::IConnection> bus)
        : bus_(std::move(bus)),
          daemon_(sdbus::createProxy(*bus_, bus_name, "/org/freedesktop/DBus")) {
        daemon_->finishRegistration();
        for (const auto& [name, path] : savers) watch(name, path);
    }

    [[nodiscard]] bool is_locked() const {
        return std::any_of(savers_.begin(), savers_.end(),
                           [](const auto& saver) { return saver->is_active; });
    }
    [[nodiscard]] sdbus::IConnection& connection() const { return *bus_; }

private:
    struct Saver {
        std::string name;
        std::unique_ptr<sdbus::IProxy> proxy;
        std::string owner{};  ///< Its own name on the bus; empty: it does not run.
        bool is_active = false;
    };

    void watch(const std::string& name, const std::string& path) {
        Saver& saver = *savers_.emplace_back(
            std::make_unique<Saver>(Saver{name, sdbus::createProxy(*bus_, name, path)}));
        saver.proxy->uponSignal("ActiveChanged")
            .onInterface(name)
            .call([&saver](const bool& active) {
                if (is_said_by(*saver.proxy, saver.owner)) saver.is_active = active;
            });
        saver.proxy->finishRegistration();
        bus_->addMatch(
            "type='signal',sender='" + std::string(bus_name) + "',interface='" + bus_name +
                "',member='NameOwnerChanged',arg0='" + name + "'",
            [this, &saver](sdbus::Message& changed) {
                std::string of, before, owner;
                changed >> of >> before >> owner;
                const bool is_true = changed.getSender() == bus_name && of == saver.name;
                if (is_true) on_owner(saver, owner);
            },
            sdbus::floating_slot);
        // One that does not run has locked nothing, and is not to be started by being asked.
        daemon_->callMethodAsync("GetNameOwner")
            .onInterface(bus_name)
            .withTimeout(answer_timeout)
            .withArguments(name)
            .uponReplyInvoke([this, &saver](const sdbus::Error* error, const std::string& owner) {
                if (error == nullptr) on_owner(saver, owner);
            });
    }

    /// One that has ended locks nothing any more.
    void on_owner(Saver& saver, const std::string& owner) {
        if (saver.owner == owner) return;
        saver.owner = owner;
        saver.is_active = false;
        if (owner.empty()) return;
        saver.proxy->callMethodAsync("GetActive")
            .onInterface(saver.name)
            .withTimeout(answer_timeout)
            .uponReplyInvoke([&saver, owner](const sdbus::Error* error, const bool& active) {
                if (error == nullptr && saver.owner == owner) saver.is_active = active;
            });
    }

    std::unique_ptr<sdbus::IConnection> bus_;
    std::unique_ptr<sdbus::IProxy> daemon_;  ///< The bus itself.
    std::vector<std::unique_ptr<Saver>> savers_;
};

DbusScreenLock::DbusScreenLock() {
    open();
}

DbusScreenLock::~DbusScreenLock() = default;

void DbusScreenLock::open() {
    auto bus = connect_to_session_bus();
    if (!bus) return lose();
    try {
        bus_ = std::make_unique<Bus>(*std::move(bus));
    } catch (const sdbus::Error&) {
        lose();
    }
}

void DbusScreenLock::lose() {
    bus_.reset();
    next_opening_ = read_clocks().steady + opening_interval;
}

bool DbusScreenLock::is_locked() const {
    return bus_ && bus_->is_locked();
}

void DbusScreenLock::add_waits(std::vector<pollfd>& waits) const {
    if (!bus_) {
        waits.push_back({-1, 0, 0});
        return;
    }
    waits.push_back(wait_of(bus_->connection()));
}

std::optional<Milliseconds> DbusScreenLock::next_serve() const {
    if (!bus_) return std::max(next_opening_ - read_clocks().steady, Milliseconds::zero());
    return next_serve_of(bus_->connection());
}

void DbusScreenLock::serve() {
    if (!bus_) {
        if (next_opening_ <= read_clocks().steady) open();
        return;
    }
    try {
        process_all(bus_->connection());
    } catch (const sdbus::Error&) {
        lose();
    }
}

}  // namespace crier::screens
