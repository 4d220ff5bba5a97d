/// \file
/// The connections that have proved nothing yet, by where they come from, and who of them must go
/// when there are too many from one place.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "shared/base/time.hpp"
#include "shared/transport/connection.hpp"

namespace crier::transport {

/// Pure: no socket is touched.
class Newcomers {
public:
    /// Whoever keeps to the protocol is done with the handshake by then, unless the broker is busy.
    static constexpr Milliseconds patience{1'000};

    /// `from_one_place_max` 0: there is no limit.
    explicit Newcomers(std::size_t from_one_place_max) : max_(from_one_place_max) {}

    /// `place`: see place.hpp. Returns whom to cut, if that is one too many: the one
    /// of this place that has waited for longest, if that was too long; else the newcomer. So those
    /// who only wait keep nobody out, and a crowd that comes at once is served in its order.
    [[nodiscard]] std::optional<Connection> add(const std::string& place,
                                                const Connection& connection, Instant now);
    /// It has proved itself, or is gone, or was cut.
    void remove(const std::string& place, std::uint64_t cookie);

    [[nodiscard]] std::size_t count(const std::string& place) const;

private:
    struct One {
        Connection connection;
        Instant since;
    };
    struct Place {
        std::uint64_t last = 0;
        std::map<std::uint64_t, One> waiting;  ///< In the order in which they came.
        std::unordered_map<std::uint64_t, std::uint64_t> by_cookie;
    };

    const std::size_t max_;
    std::unordered_map<std::string, Place> places_;
};

}  // namespace crier::transport
