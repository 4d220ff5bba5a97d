/// \file
/// Cells and facts, piece by piece, as outcome.hpp describes their bytes.

#pragma once

#include "broker/core/outcome.hpp"
#include "broker/core/varint.hpp"

namespace crier::broker {

inline constexpr std::uint8_t packed_flags = Cell::marks | Cell::dropped;  ///< As they are.

[[nodiscard]] tl::unexpected<Error> damaged(const char* what);

void put_fact(Bytes& bytes, const ReceiptFact& fact);
/// False: it does not read back.
[[nodiscard]] bool read_fact(VarintReader& reader, ReceiptFact& fact);

void put_beginning(Bytes& bytes, const Cells::Beginning& beginning);
[[nodiscard]] Cells::Beginning read_beginning(VarintReader& reader);

}  // namespace crier::broker
