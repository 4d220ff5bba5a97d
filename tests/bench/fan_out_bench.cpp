/// \file
/// Crier against a bare forwarder: the same receivers, the same load generator, in turns.
///
///     fan_out_bench [--quick] [--only broadcast,curve,one,recall,memory,acceptance] [--json FILE]

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <thread>

#include "tests/bench/races.hpp"

namespace {

using namespace crier::bench;

struct Race {
    const char* name;
    void (*run)(const RaceOptions&, std::vector<Row>&);
};

constexpr Race all_races[] = {{"broadcast", race_broadcast}, {"curve", race_broadcast_curve},
                              {"one", race_one_message},     {"recall", measure_recalls},
                              {"memory", race_memory},       {"acceptance", measure_acceptance}};

void write_file(const std::string& path, const std::string& text) {
    std::ofstream file(path, std::ios::trunc);
    file << text;
    if (!file.flush()) give_up("cannot write " + path);
}

}  // namespace

int main(int argc, char** argv) {
    RaceOptions options;
    options.programs = std::filesystem::canonical("/proc/self/exe").parent_path();
    options.folder = options.programs.parent_path() / "bench-data";
    std::vector<std::string> only;
    std::string json_path;
    bool is_quick = false;

    CLI::App app{"Measures Crier against a bare zmq_proxy forwarder over the loopback."};
    app.add_flag("--quick", is_quick, "Few and short rounds: to see that it works");
    app.add_option("--only", only,
                   "Races to run: broadcast, curve, one, recall, memory, acceptance")
        ->delimiter(',');
    app.add_option("--rounds", options.rounds, "Rounds of each race; medians are shown")
        ->check(CLI::Range(1, 101));
    app.add_option("--seconds", options.seconds, "Measured seconds of a broadcast round")
        ->check(CLI::Range(1, 600));
    app.add_option("--sessions", options.sessions, "Sessions in the broadcast rows")
        ->delimiter(',');
    app.add_option("--many", options.many, "Sessions that get one message together");
    app.add_option("--forwarder-threads", options.forwarder_threads,
                   "I/O threads of the forwarder; crierd has one for two processors");
    app.add_option("--folder", options.folder, "Where data directories go: on a disk");
    app.add_option("--json", json_path, "Also write the numbers here");
    CLI11_PARSE(app, argc, argv);
    if (is_quick) options.make_quick();

    raise_descriptor_limit(options.many + 2'000);
    std::vector<Row> rows;
    for (const Race& race : all_races) {
        const bool wanted =
            only.empty() || std::find(only.begin(), only.end(), race.name) != only.end();
        if (wanted) race.run(options, rows);
    }
    std::printf(
        "\n%u processors, payload %zu bytes, %d rounds, forwarder with %d I/O threads\n\n%s",
        std::thread::hardware_concurrency(), payload_bytes, options.rounds,
        options.forwarder_threads, to_table(rows).c_str());
    if (!json_path.empty()) write_file(json_path, to_json(rows));
    return 0;
}
