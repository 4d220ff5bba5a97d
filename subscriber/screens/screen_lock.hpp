/// \file
/// Whether the desktop is locked: what is shown then, nobody sees.

#pragma once

#include <poll.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crier/time.hpp"

namespace sdbus {
class IConnection;
class IProxy;
}  // namespace sdbus

namespace crier::screens {

/// Thread-safety: one thread at a time. Nothing blocks but the first connection to the bus.
class ScreenLock {
public:
    ScreenLock() = default;
    ScreenLock(const ScreenLock&) = delete;
    ScreenLock& operator=(const ScreenLock&) = delete;
    virtual ~ScreenLock() = default;

    /// False as long as nobody has said otherwise.
    [[nodiscard]] virtual bool is_locked() const = 0;
    virtual void add_waits(std::vector<pollfd>& waits) const = 0;
    /// Milliseconds until serve() is due without a descriptor; nullopt: never.
    [[nodiscard]] virtual std::optional<Milliseconds> next_serve() const = 0;
    virtual void serve() = 0;
};

/// Asks the screen savers of the session bus: org.freedesktop.ScreenSaver and those of GNOME,
/// Cinnamon, MATE and Xfce, which have GetActive and ActiveChanged alike.
class DbusScreenLock final : public ScreenLock {
public:
    /// nullptr: there is no session bus.
    static std::unique_ptr<DbusScreenLock> open();
    ~DbusScreenLock() override;

    [[nodiscard]] bool is_locked() const override;
    void add_waits(std::vector<pollfd>& waits) const override;
    [[nodiscard]] std::optional<Milliseconds> next_serve() const override;
    void serve() override;

private:
    struct Saver {
        std::unique_ptr<sdbus::IProxy> proxy;
        bool is_active = false;
    };

    explicit DbusScreenLock(std::unique_ptr<sdbus::IConnection> bus);
    void watch(const std::string& name, const std::string& path);

    std::unique_ptr<sdbus::IConnection> bus_;
    std::unique_ptr<sdbus::IProxy> daemon_;  ///< The bus itself.
    std::vector<std::unique_ptr<Saver>> savers_;
    bool is_lost_ = false;
};

}  // namespace crier::screens
