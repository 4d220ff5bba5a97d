/// \file
/// The command line of crier-agent.

#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "crier/id.hpp"
#include "crier/result.hpp"
#include "subscriber/agent/surroundings.hpp"
#include "subscriber/screens/command_screen.hpp"
#include "subscriber/screens/screen_plan.hpp"

namespace crier::agent {

struct AgentOptions {
    enum class Task : std::uint8_t { run, doctor, key, status };

    Task task = Task::run;
    std::string invitation;                     ///< A line, a file, "-", or empty to look around.
    std::optional<screens::ScreenPlan> screen;  ///< nullopt: what fits here.
    screens::CommandOptions command;            ///< --command, --command-timeout
    std::filesystem::path log_file;             ///< --log FILE; empty: the journal.
    AttributeChoices attributes;
    std::filesystem::path key_file;      ///< Empty: one in the user's runtime folder.
    std::filesystem::path state_folder;  ///< Empty: beside the key.
    std::string ticket_command;          ///< Empty: it comes in without tickets.
    bool is_listener = false;            ///< --bell
    std::vector<SessionId> heard;        ///< --hear ID: these sessions' messages too.
    bool hears_every_session = false;    ///< --hear every
};

/// What the program is to do: run with options, or print a text and exit 0.
struct CommandLine {
    AgentOptions options;
    std::string text;  ///< Of --help or --version; empty: run.
};

/// Errors: usage_invalid (fix_request): the detail says what was not understood, and where to look.
[[nodiscard]] Result<CommandLine> parse_command_line(int argc, const char* const* argv);

/// Overwrites every invitation that stands on the command line, where other users could read it.
void wipe_invitations(int argc, char** argv) noexcept;

}  // namespace crier::agent
