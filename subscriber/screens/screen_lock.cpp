#include "subscriber/screens/screen_lock.hpp"

#include <sdbus-c++/sdbus-c++.h>

#include <algorithm>
#include <array>
#include <utility>

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

}  // namespace

std::unique_ptr<DbusScreenLock> DbusScreenLock::open() {
    try {
        std::unique_ptr<DbusScreenLock> lock(
            new DbusScreenLock(sdbus::createSessionBusConnection()));
        for (const auto& [name, path] : savers) lock->watch(name, path);
        return lock;
    } catch (const sdbus::Error&) {
        return nullptr;
    }
}

DbusScreenLock::DbusScreenLock(std::unique_ptr<sdbus::IConnection> bus)
    : bus_(std::move(bus)),
      daemon_(sdbus::createProxy(*bus_, "org.freedesktop.DBus", "/org/freedesktop/DBus")) {
    daemon_->finishRegistration();
}

DbusScreenLock::~DbusScreenLock() = default;

void DbusScreenLock::watch(const std::string& name, const std::string& path) {
    Saver& saver = *savers_.emplace_back(std::make_unique<Saver>());
    saver.proxy = sdbus::createProxy(*bus_, name, path);
    saver.proxy->uponSignal("ActiveChanged").onInterface(name).call([&saver](const bool& active) {
        saver.is_active = active;
    });
    saver.proxy->finishRegistration();
    // One that does not run has locked nothing, and is not to be started by being asked.
    daemon_->callMethodAsync("NameHasOwner")
        .onInterface("org.freedesktop.DBus")
        .withTimeout(answer_timeout)
        .withArguments(name)
        .uponReplyInvoke([&saver, name](const sdbus::Error* error, const bool& is_there) {
            if (error != nullptr || !is_there) return;
            saver.proxy->callMethodAsync("GetActive")
                .onInterface(name)
                .withTimeout(answer_timeout)
                .uponReplyInvoke([&saver](const sdbus::Error* failure, const bool& active) {
                    if (failure == nullptr) saver.is_active = active;
                });
        });
}

bool DbusScreenLock::is_locked() const {
    return !is_lost_ && std::any_of(savers_.begin(), savers_.end(),
                                    [](const auto& saver) { return saver->is_active; });
}

void DbusScreenLock::add_waits(std::vector<pollfd>& waits) const {
    if (is_lost_) {
        waits.push_back({-1, 0, 0});
        return;
    }
    const auto wanted = bus_->getEventLoopPollData();
    waits.push_back({wanted.fd, wanted.events, 0});
}

std::optional<Milliseconds> DbusScreenLock::next_serve() const {
    if (is_lost_) return std::nullopt;
    const int timeout = bus_->getEventLoopPollData().getPollTimeout();
    return timeout < 0 ? std::nullopt : std::optional(Milliseconds(timeout));
}

void DbusScreenLock::serve() {
    if (is_lost_) return;
    try {
        while (bus_->processPendingRequest()) {
        }
    } catch (const sdbus::Error&) {
        is_lost_ = true;
    }
}

}  // namespace crier::screens
