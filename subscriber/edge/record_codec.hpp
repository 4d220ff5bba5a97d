/// \file
/// Records to bytes and back, for the state file. Little-endian, lengths before contents. Decoding
/// is total. The order of fields is the format: a change of it is a new version of the file, and
/// what an older version had is still read.

#pragma once

#include <cstdint>
#include <optional>

#include "subscriber/core/records.hpp"

namespace crier::subscriber {

enum class RecordFormat : std::uint8_t {
    without_screens = 1,  ///< Does not say when a message was on the screen, or in a digest.
    without_others = 2,   ///< Does not know other brokers.
    without_private = 3,  ///< Does not know private messages.
    current = 4,
};

[[nodiscard]] protocol::Bytes encode(const Record& record);

/// nullopt for bytes that encode(), of that version, did not make.
[[nodiscard]] std::optional<Record> decode_record(protocol::BytesView bytes,
                                                  RecordFormat format = RecordFormat::current);

}  // namespace crier::subscriber
