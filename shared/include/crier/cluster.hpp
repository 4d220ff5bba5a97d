/// \file
/// The brokers of a cluster, as operators are told of them.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "crier/id.hpp"
#include "crier/time.hpp"

namespace crier {

/// A broker that did not answer in time, and how many sessions it had when it was heard last: of
/// those an answer says nothing.
struct SilentBroker {
    std::string broker;  ///< Its name, or its id where nobody knows that.
    std::uint32_t sessions = 0;

    bool operator==(const SilentBroker&) const = default;
};

/// A list that all brokers of a cluster contribute to; those that did not are `silent`.
template <class T>
struct Gathered : std::vector<T> {
    std::vector<SilentBroker> silent{};
};

/// One broker, as the one that was asked knows it.
struct ClusterBroker {
    BrokerId id;
    std::string name;                    ///< Of its host, for people.
    std::string software;                ///< Program and version.
    std::vector<std::string> endpoints;  ///< Where sessions find it.
    bool is_this = false;                ///< It is the one that was asked.
    bool is_reachable = false;
    bool takes_entries = false;  ///< Operators can send at it.
    UtcTime started{};  ///< UtcTime{}: the one that was asked has not heard it in its own run.
    UtcTime heard{};    ///< The last time; UtcTime{}: likewise.
    std::uint32_t sessions = 0;    ///< That it serves; unreachable ones included.
    std::uint32_t connected = 0;   ///< Of those.
    std::uint64_t log_number = 0;  ///< Of the cluster's log, up to where it has taken it in.

    bool operator==(const ClusterBroker&) const = default;
};

}  // namespace crier
