#include "publisher/cli/present_cluster.hpp"

#include <algorithm>
#include <optional>

#include "publisher/cli/present_json.hpp"
#include "publisher/cli/present_parts.hpp"
#include "shared/base/display.hpp"
#include "shared/base/json.hpp"
#include "shared/base/time.hpp"

namespace crier::cli {
namespace {

std::string name_of_broker(const ClusterBroker& broker) {
    return broker.name.empty() ? to_string(broker.id) : broker.name;
}

/// One word, for people and for scripts.
std::string state_of(const ClusterBroker& broker) {
    if (!broker.is_reachable) return "silent";
    return broker.takes_entries ? "serving" : "no log";
}

/// nullopt: nobody that was asked has heard it.
std::optional<UtcTime> known(UtcTime time) {
    return time == UtcTime{} ? std::nullopt : std::optional(time);
}

/// Since when it serves; of one that is silent, when it was heard last.
std::optional<UtcTime> since(const ClusterBroker& broker) {
    return known(broker.is_reachable ? broker.started : broker.heard);
}

std::string json_of(const ClusterStatus& status) {
    JsonWriter json;
    json.begin_object();
    json.key("brokers").begin_array();
    for (const ClusterBroker& broker : status.brokers) {
        json.begin_object();
        json.member("id", to_string(broker.id));
        json.member("name", broker.name);
        json.member("software", broker.software);
        json.member("endpoints", broker.endpoints);
        json.member("this", broker.is_this);
        json.member("reachable", broker.is_reachable);
        json.member("takes", broker.takes_entries);
        write_time(json, "started", known(broker.started));
        write_time(json, "heard", known(broker.heard));
        json.member("sessions", broker.sessions);
        json.member("connected", broker.connected);
        json.member("log", broker.log_number);
        json.member("behind", entries_behind(broker, status.brokers));
        json.end_object();
    }
    json.end_array();
    write_silent(json, silent_in(status.brokers));
    return json.end_object().text() + "\n";
}

Rows rows_for_pipe(const ClusterStatus& status) {
    Rows rows;
    for (const ClusterBroker& broker : status.brokers) {
        rows.push_back({broker.name, to_string(broker.id), joined(broker.endpoints),
                        state_of(broker), since(broker) ? to_string(*since(broker)) : "",
                        std::to_string(broker.sessions), std::to_string(broker.connected),
                        std::to_string(entries_behind(broker, status.brokers)), broker.software,
                        broker.is_this ? "asked" : ""});
    }
    return rows;
}

Rows rows_for_terminal(const ClusterStatus& status, const View& view) {
    Rows rows;
    for (const ClusterBroker& broker : status.brokers) {
        const std::string address = broker.endpoints.empty() ? "" : broker.endpoints.front();
        const std::uint64_t behind = entries_behind(broker, status.brokers);
        rows.push_back({(broker.is_this ? "*" : "") + name_of_broker(broker),
                        begin_of(to_string(broker.id)), address, state_of(broker),
                        since(broker) ? short_time_in(view, *since(broker)) : "-",
                        std::to_string(broker.sessions), std::to_string(behind), broker.software});
    }
    return rows;
}

}  // namespace

ExitCode exit_code_of(const ClusterStatus& status) {
    const bool are_all_there = std::all_of(
        status.brokers.begin(), status.brokers.end(),
        [](const ClusterBroker& broker) { return broker.is_reachable && broker.takes_entries; });
    return are_all_there ? ExitCode::done : ExitCode::some_not;
}

std::string present(const ClusterStatus& status, const View& view) {
    if (view.form == Form::json) return json_of(status);
    if (view.form == Form::pipe) return table_for_pipe(rows_for_pipe(status));
    if (status.brokers.empty()) return "This broker is alone: it belongs to no cluster.\n";
    const std::vector<Column> columns{{.head = "BROKER", .width_min = 8},
                                      {.head = "ID", .goes = 3, .is_cut = false},
                                      {.head = "ADDRESS", .width_min = 16, .goes = 2},
                                      {.head = "STATE", .is_cut = false},
                                      {.head = "SINCE", .goes = 1, .is_cut = false},
                                      {.head = "SESSIONS", .is_cut = false},
                                      {.head = "BEHIND", .is_cut = false},
                                      {.head = "VERSION", .width_min = 8}};
    std::string text = table_in(view, columns, rows_for_terminal(status, view));
    const auto silent = silent_in(status.brokers);
    text += count_of(status.brokers.size(), "broker") + ", " +
            (silent.empty() ? "all of which answer" : std::to_string(silent.size()) + " silent") +
            "\n";
    return text;
}

std::uint64_t entries_behind(const ClusterBroker& broker, const std::vector<ClusterBroker>& all) {
    std::uint64_t foremost = 0;
    for (const ClusterBroker& one : all) foremost = std::max(foremost, one.log_number);
    return foremost - std::min(foremost, broker.log_number);
}

std::vector<SilentBroker> silent_in(const std::vector<ClusterBroker>& brokers) {
    std::vector<SilentBroker> silent;
    for (const ClusterBroker& broker : brokers) {
        if (!broker.is_reachable) silent.push_back({name_of_broker(broker), broker.sessions});
    }
    return silent;
}

std::string sentence_of(const std::vector<SilentBroker>& silent) {
    std::vector<std::string> brokers;
    for (const SilentBroker& one : silent) {
        brokers.push_back(clean_line(one.broker) + " (" + count_of(one.sessions, "session") + ")");
    }
    return count_of(silent.size(), "broker") + " did not answer: " + joined(brokers) + ". " +
           (silent.size() == 1 ? "Its" : "Their") + " sessions are missing here.";
}

void write_silent(JsonWriter& json, const std::vector<SilentBroker>& silent) {
    json.key("silent").begin_array();
    for (const SilentBroker& one : silent) {
        json.begin_object().member("broker", one.broker).member("sessions", one.sessions);
        json.end_object();
    }
    json.end_array();
}

}  // namespace crier::cli
