/// \file
/// The broker's end of the bell.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "crier/result.hpp"
#include "shared/transport/connection.hpp"
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

    /// What a peer says: that it subscribes to something, or not any more.
    using OnSaid = std::function<void(const Frame& said, const Connection& by)>;

    /// Takes subscriptions in. To be called when the socket is readable, and before publishing.
    void take_subscriptions(const OnSaid& on_said = {});

    /// Whether any topic is subscribed to, as of the last take_subscriptions(). Each peer speaks
    /// for itself alone.
    [[nodiscard]] bool has_subscribers() const noexcept { return !subscribers_.empty(); }

    /// As RouterSocket::close().
    void close(Milliseconds linger) noexcept;

    /// For this folder only.
    [[nodiscard]] void* native() const noexcept { return native_; }

private:
    struct Subscriber {
        Connection connection;
        std::set<std::string, std::less<>> topics;  ///< At most topics_max are kept.
    };

    XpubSocket(void* native, std::vector<std::string> endpoints);
    void note(std::string_view said, const Connection& by);

    void* native_;
    std::vector<std::string> endpoints_;
    std::map<std::uint64_t, Subscriber> subscribers_;  ///< By cookie; none without a topic.
};

}  // namespace crier::transport
