/// \file
/// How many descriptors this process may have.

#pragma once

#include <cstdint>

namespace crier::broker {

struct DescriptorLimit {
    std::uint64_t had = 0;
    std::uint64_t has = 0;  ///< After raising; the kernel's hard limit at most, unless root.
    std::uint64_t wanted = 0;

    /// How many connections leave enough descriptors for everything else: half of them at least,
    /// where the system allows so few that there is not enough for both.
    [[nodiscard]] std::uint64_t connections_max() const;
};

/// Descriptors that a broker wants besides its connections: some fifty of its own, and the others
/// for those who are told to come later, whose connections stay until they have heard it.
inline constexpr std::uint64_t descriptors_reserved = 1'024;

/// Raises the soft limit on open descriptors to `connections` and descriptors_reserved, or as far
/// as it goes. Without enough of them ZeroMQ spins when a newcomer cannot be accepted, so the quota
/// of connections (ZapSettings::connections_max) must stay below connections_max().
DescriptorLimit raise_descriptor_limit(std::uint64_t connections) noexcept;

}  // namespace crier::broker
