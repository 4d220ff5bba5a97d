/// \file
/// Words to the service manager that started the program, as sd_notify(3) sends them.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "crier/time.hpp"

namespace crier::broker {

/// Thread-safety: one thread at a time. Nothing blocks, and nothing is an error: who started the
/// program without a service manager has none to be told.
class ServiceManager {
public:
    /// From $NOTIFY_SOCKET and $WATCHDOG_USEC.
    ServiceManager();
    ServiceManager(const ServiceManager&) = delete;
    ServiceManager& operator=(const ServiceManager&) = delete;
    ~ServiceManager();

    void ready(std::string_view status) { tell("READY=1\nSTATUS=" + std::string(status)); }
    void stopping() { tell("STOPPING=1"); }
    void alive() { tell("WATCHDOG=1"); }

    /// How often alive() is wanted: half of what would be too late. nullopt: not at all.
    [[nodiscard]] std::optional<Milliseconds> alive_period() const { return alive_period_; }

private:
    void tell(const std::string& words);

    std::string address_;  ///< As in $NOTIFY_SOCKET; empty: nobody listens.
    int socket_ = -1;
    std::optional<Milliseconds> alive_period_;
};

}  // namespace crier::broker
