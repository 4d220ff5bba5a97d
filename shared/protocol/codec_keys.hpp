/// \file
/// The frames of the operator link that are about who may come in by key.

#pragma once

#include "shared/protocol/messages.hpp"
#include "shared/protocol/wire.hpp"

namespace crier::protocol {

void write(MapWriter& map, const SetKeys& set);
void write(MapWriter& map, const ListKeys& list);
void write(MapWriter& map, const KeyPage& page);
[[nodiscard]] SetKeys read_set_keys(const MapReader& map);
[[nodiscard]] ListKeys read_list_keys(const MapReader& map);
[[nodiscard]] KeyPage read_key_page(const MapReader& map);

/// `rights`.
[[nodiscard]] std::vector<std::string> read_rights(const MapReader& map);

}  // namespace crier::protocol
