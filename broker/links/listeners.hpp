/// \file
/// Who listens to the bell: which key each connection has proven, and how much it may still say.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "broker/core/principals.hpp"
#include "shared/base/credit.hpp"
#include "shared/base/time.hpp"
#include "shared/transport/connection.hpp"

namespace crier::broker {

/// Not thread-safe: the bell's own thread.
class Listeners {
public:
    /// Why and whom; at most once a minute for the same.
    using OnCut = std::function<void(std::string_view why, std::string_view who)>;

    explicit Listeners(OnCut on_cut) : on_cut_(std::move(on_cut)) {}

    /// Somebody subscribes to something, or ends that. Cut if it has said too much. Returns whether
    /// it was not known before.
    bool hear(const transport::Frame& said, const transport::Connection& connection, Instant now);

    /// Cuts those whose key may not listen any more.
    void admit(std::shared_ptr<const Principals> principals, Instant now);

private:
    struct Listener {
        transport::Connection connection;
        std::optional<Bytes32> key;  ///< nullopt: without CURVE.
        Credit credit;               ///< Frames.
    };

    [[nodiscard]] bool may_listen(const Listener& listener) const;
    void cut(const Listener& listener, std::string_view why, Instant now);
    void forget_gone();

    OnCut on_cut_;
    std::shared_ptr<const Principals> admitted_;   ///< nullptr: ZAP alone has said who may.
    std::map<std::uint64_t, Listener> listeners_;  ///< By cookie.
    std::map<std::string, Instant> told_;
};

}  // namespace crier::broker
