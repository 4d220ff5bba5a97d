#include "publisher/cli/forget_command.hpp"

#include <vector>

#include "publisher/cli/commands.hpp"
#include "shared/base/display.hpp"
#include "shared/base/json.hpp"

namespace crier::cli {
namespace {

/// As `crier cluster status` shows it: one that nobody has heard since the start has no name.
bool is_called(const ClusterBroker& broker, const std::string& word) {
    constexpr std::size_t digits_min = 6;
    const bool is_id = word.size() >= digits_min && to_string(broker.id).starts_with(word);
    return is_id || broker.name == word;
}

Result<BrokerId> find_broker(const std::string& word, Publisher& publisher) {
    if (const auto id = parse_id<BrokerId>(word)) return *id;
    const auto brokers = publisher.cluster();
    if (!brokers) return fail(brokers.error());
    std::vector<ClusterBroker> found;
    for (const ClusterBroker& broker : *brokers) {
        if (is_called(broker, word)) found.push_back(broker);
    }
    if (found.size() == 1) return found.front().id;
    if (found.empty()) {
        return fail(ErrorCode::target_invalid,
                    "no broker \"" + clean_line(word) + "\"; crier cluster status lists them");
    }
    std::string ids;
    for (const ClusterBroker& broker : found) {
        ids += (ids.empty() ? "" : ", ") + to_string(broker.id) +
               (broker.is_reachable ? " (alive)" : " (silent)");
    }
    return fail(ErrorCode::target_invalid,
                "several brokers are called \"" + clean_line(word) + "\": give one's id: " + ids);
}

}  // namespace

ExitCode run_forget(const std::string& broker, Publisher& publisher, Console& console) {
    const Result<BrokerId> id = find_broker(broker, publisher);
    if (!id) return report(id.error(), console);
    if (const Status done = publisher.forget_broker(*id); !done) {
        return report(done.error(), console);
    }
    if (console.form == Form::json) {
        JsonWriter json;
        json.begin_object().member("forgotten", to_string(*id));
        console.out << json.end_object().text() << "\n" << std::flush;
    } else {
        console.out << "forgotten: " << clean_line(broker) << "\n" << std::flush;
    }
    return ExitCode::done;
}

}  // namespace crier::cli
