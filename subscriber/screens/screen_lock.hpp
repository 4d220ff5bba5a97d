/// \file
/// Whether the desktop is locked: what is shown then, nobody sees.

#pragma once

#include <poll.h>

#include <memory>
#include <optional>
#include <vector>

#include "crier/time.hpp"
#include "shared/base/time.hpp"

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
/// Cinnamon, MATE and Xfce, which have GetActive and ActiveChanged alike. Where there is no bus, or
/// it ends, another one is looked for from time to time.
class DbusScreenLock final : public ScreenLock {
public:
    DbusScreenLock();
    ~DbusScreenLock() override;

    [[nodiscard]] bool is_locked() const override;
    void add_waits(std::vector<pollfd>& waits) const override;
    [[nodiscard]] std::optional<Milliseconds> next_serve() const override;
    void serve() override;

private:
    class Bus;

    void open();
    void lose();

    std::unique_ptr<Bus> bus_;  ///< None: there is no bus.
    Instant next_opening_{};    ///< While there is none.
};

}  // namespace crier::screens
