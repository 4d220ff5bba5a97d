/// \file
/// CRC-32C (Castagnoli, RFC 3720, B.4): finds what a disk changed. It is no protection against
/// people, who can compute it as well.

#pragma once

#include <cstdint>
#include <span>

namespace crier::broker {

/// The checksum of `bytes`, continuing `before`: crc32c(b, crc32c(a)) is that of a followed by b.
/// Any thread; about a gigabyte a second.
[[nodiscard]] std::uint32_t crc32c(std::span<const std::uint8_t> bytes,
                                   std::uint32_t before = 0) noexcept;

}  // namespace crier::broker
