/// \file
/// Records to bytes and back, for the state file. Little-endian, lengths before contents. Decoding
/// is total. The order of fields is the format: a change of it is a new version of the file.

#pragma once

#include <optional>

#include "subscriber/core/records.hpp"

namespace crier::subscriber {

[[nodiscard]] protocol::Bytes encode(const Record& record);

/// nullopt for bytes that encode() did not make.
[[nodiscard]] std::optional<Record> decode_record(protocol::BytesView bytes);

}  // namespace crier::subscriber
