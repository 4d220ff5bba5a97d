/// \file
/// `crier cluster`, and what other commands say of brokers that did not answer.

#pragma once

#include <vector>

#include "crier/publisher.hpp"
#include "publisher/cli/console.hpp"
#include "publisher/cli/exit_code.hpp"

namespace crier::cli {

/// `crier cluster status`.
[[nodiscard]] ExitCode run_cluster(Publisher& publisher, Console& console);

/// One line for people, whatever the form of the output, if there are such brokers.
void tell_silent(const std::vector<SilentBroker>& silent, Console& console);

/// Those of a cluster that cannot be asked now. None when the broker does not say.
[[nodiscard]] std::vector<SilentBroker> read_silent(Publisher& publisher);

}  // namespace crier::cli
