/// \file
/// The frames that ask for the brokers of a cluster, and tell of them.

#pragma once

#include "shared/protocol/messages.hpp"
#include "shared/protocol/wire.hpp"

namespace crier::protocol {

void write(MapWriter& map, const AskCluster& ask);
void write(MapWriter& map, const ClusterStatus& status);
void write(MapWriter& map, const ForgetBroker& forget);
[[nodiscard]] ForgetBroker read_forget(const MapReader& map);
[[nodiscard]] AskCluster read_ask_cluster(const MapReader& map);
[[nodiscard]] ClusterStatus read_cluster_status(const MapReader& map);

/// `silent`, if any.
void write_silent(MapWriter& map, const std::vector<SilentBroker>& silent);
[[nodiscard]] std::vector<SilentBroker> read_silent(const MapReader& map);

/// `others`, if any.
void write_others(MapWriter& map, const std::vector<OtherPlace>& others);
[[nodiscard]] std::vector<OtherPlace> read_others(const MapReader& map);

}  // namespace crier::protocol
