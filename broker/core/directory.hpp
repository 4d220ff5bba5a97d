/// \file
/// Where the sessions of a cluster are that this broker does not serve: which broker has each, and
/// nothing else of them. Their attributes stay where they are.

#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "broker/core/broker_frames.hpp"

namespace crier::broker {

class Directory {
public:
    struct Place {
        BrokerId broker;
        UtcTime opened{};
        std::uint32_t claim = 0;
    };

    /// What a broker says of its sessions, or another one says of it. Of two brokers that name a
    /// session, the one with the higher claim has it.
    void take(const SessionsAt& said);

    /// This broker serves it, or nobody does.
    void forget(const SessionId& session);
    /// A broker that will not come back.
    void forget(const BrokerId& broker);

    /// nullptr: no other broker is known to have it.
    [[nodiscard]] const Place* find(const SessionId& session) const;
    [[nodiscard]] std::size_t count(const BrokerId& broker) const;
    void for_each(const BrokerId& broker, const std::function<void(const Served&)>& visit) const;

private:
    void set(const BrokerId& broker, const Served& served);
    void forget(std::unordered_map<SessionId, Place>::iterator found);

    std::unordered_map<SessionId, Place> places_;
    std::unordered_map<BrokerId, std::size_t> counts_;
};

}  // namespace crier::broker
