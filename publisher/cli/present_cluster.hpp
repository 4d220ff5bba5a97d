/// \file
/// What `crier` prints of the brokers of a cluster, and of those that did not answer. Pure, as
/// present.hpp.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "publisher/cli/present.hpp"

namespace crier {
class JsonWriter;
}

namespace crier::cli {

/// The answer to `crier cluster status`. No broker: the one that was asked is alone.
struct ClusterStatus {
    std::vector<ClusterBroker> brokers;
};
/// Done when every broker answers and takes what operators send.
[[nodiscard]] ExitCode exit_code_of(const ClusterStatus& status);
[[nodiscard]] std::string present(const ClusterStatus& status, const View& view);

/// So many entries of the cluster's log a broker has yet to take in, to be where the foremost is.
[[nodiscard]] std::uint64_t entries_behind(const ClusterBroker& broker,
                                           const std::vector<ClusterBroker>& all);

/// Those that did not answer, as other answers name them.
[[nodiscard]] std::vector<SilentBroker> silent_in(const std::vector<ClusterBroker>& brokers);

/// "1 broker did not answer: b1 (12 sessions). Its sessions are missing here."
[[nodiscard]] std::string sentence_of(const std::vector<SilentBroker>& silent);

/// "silent": a list of those brokers.
void write_silent(JsonWriter& json, const std::vector<SilentBroker>& silent);

}  // namespace crier::cli
