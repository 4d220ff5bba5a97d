#include "publisher/cli/cluster_commands.hpp"

#include "publisher/cli/commands.hpp"
#include "publisher/cli/present_cluster.hpp"
#include "shared/base/display.hpp"

namespace crier::cli {

ExitCode run_cluster(Publisher& publisher, Console& console) {
    const auto brokers = publisher.cluster();
    if (!brokers) return report(brokers.error(), console);
    const ClusterStatus status{*brokers};
    console.out << present(status, view_of(console)) << std::flush;
    return exit_code_of(status);
}

void tell_silent(const std::vector<SilentBroker>& silent, Console& console) {
    if (silent.empty()) return;
    const std::string line = "crier: " + sentence_of(silent);
    if (const auto columns = console.err_width()) {
        for (const std::string& part : wrapped(line, *columns)) console.err << part << "\n";
    } else {
        console.err << line << "\n";
    }
    console.err << std::flush;
}

std::vector<SilentBroker> read_silent(Publisher& publisher) {
    constexpr Milliseconds patience{1'000};
    const auto brokers = publisher.cluster(patience);
    return brokers ? silent_in(*brokers) : std::vector<SilentBroker>{};
}

}  // namespace crier::cli
