/// \file
/// The options of `crier` for what comes later, again and again, or with consequences: schedules,
/// questions, drops, admission, drains. Text by text, nothing interpreted.

#pragma once

#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace crier::cli {

struct PlanOptions {
    std::optional<std::string> at;
    std::optional<std::string> in;
    std::optional<std::string> every;
    std::optional<std::string> until;
    std::optional<std::string> shift;
    std::optional<std::string> countdown;
    std::optional<std::string> escalate;
    std::vector<std::string> texts;  ///< "fr=Bonjour".
    bool is_template = false;
    bool each_session = false;
    std::vector<std::string> choices;
    std::optional<std::string> quorum;
    std::optional<std::string> message;
    std::optional<std::string> grace;
    std::optional<std::string> except;
    std::optional<std::string> announce;
    std::optional<std::string> close_admission;
    bool drop = false;
    bool wait = false;
    bool is_confirmed = false;
};

/// For a message that is new: when, in which languages, how urgent.
void add_schedule(CLI::App& command, PlanOptions& options);
void add_languages(CLI::App& command, PlanOptions& options);
/// For one that is changed.
void add_reschedule(CLI::App& command, PlanOptions& options);
void add_question(CLI::App& command, PlanOptions& options);
void add_drop(CLI::App& command, PlanOptions& options);
void add_admission(CLI::App& command, PlanOptions& options);
void add_drain(CLI::App& command, PlanOptions& options);

}  // namespace crier::cli
