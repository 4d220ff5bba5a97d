/// \file
/// The broker's end of the bell.

#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "crier/result.hpp"
#include "shared/transport/context.hpp"
#include "shared/transport/door.hpp"
#include "shared/transport/frame.hpp"

namespace crier::transport {

/// Thread-safety: one thread for all calls, construction and destruction. Nothing blocks.
class XpubSocket {
public:
    /// Errors: as RouterSocket::bind().
    [[nodiscard]] static Result<XpubSocket> bind(Context& context, const DoorSettings& settings);

    XpubSocket(XpubSocket&& other) noexcept;
    XpubSocket& operator=(XpubSocket&& other) noexcept;
    ~XpubSocket();

    [[nodiscard]] const std::vector<std::string>& endpoints() const { return endpoints_; }

    /// To every subscriber of a prefix of `topic`; a subscriber whose pipe is full misses it.
    void publish(std::string_view topic, const Frame& body);

    /// Takes subscriptions in. To be called when the socket is readable, and before publishing.
    void take_subscriptions();

    /// Whether any topic is subscribed to, as of the last take_subscriptions().
    [[nodiscard]] bool has_subscribers() const noexcept { return !topics_.empty(); }

    /// As RouterSocket::close().
    void close(Milliseconds linger) noexcept;

    /// For this folder only.
    [[nodiscard]] void* native() const noexcept { return native_; }

private:
    XpubSocket(void* native, std::vector<std::string> endpoints);

    void* native_;
    std::vector<std::string> endpoints_;
    std::set<std::string, std::less<>> topics_;  ///< Subscribed to by anybody.
};

}  // namespace crier::transport
