/// \file
/// crierd's command line: what was asked for, and the settings it asked it with.

#pragma once

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "broker/config/broker_config.hpp"
#include "shared/protocol/invitation.hpp"

namespace crier::broker {

struct Serve {};
struct PrintConfig {};
struct CheckConfig {};
struct Invite {
    protocol::Invitation::Kind kind{};
};
/// The line with which another broker joins the cluster.
struct InviteBrokers {};
/// Takes the keys of a cluster from such a line.
struct Join {
    std::string line;  ///< Or a file that has it, or "-".
};
struct BackUp {
    std::filesystem::path file;
};
struct Restore {
    std::filesystem::path file;
};
/// Nothing is left to be done but to print this: --help and --version.
struct Answered {
    std::string text;
};
using Command = std::variant<Serve, PrintConfig, CheckConfig, Invite, InviteBrokers, Join, BackUp,
                             Restore, Answered>;

struct CommandLine {
    Command command;
    std::filesystem::path config_file;  ///< --config; empty: not given.
    std::filesystem::path data;         ///< --data; empty: not given.
    std::vector<std::string> sessions;  ///< Endpoints; empty: not given. So the next two.
    std::vector<std::string> operators;
    std::vector<std::string> bell;
    std::vector<std::string> cluster;  ///< NATS servers.
    bool insecure = false;
};

/// Errors: usage_invalid.
[[nodiscard]] Result<CommandLine> parse_command_line(int argc, const char* const* argv);

/// The settings of all sources together; the command line wins.
/// Errors: configuration_invalid, file_unusable.
[[nodiscard]] Status read_settings(const CommandLine& line, const Surroundings& around,
                                   const char* const* environment, config::Settings& settings);

/// What a shell script or a service manager learns of an error. In --help.
[[nodiscard]] int exit_code_for(ErrorCode code) noexcept;

}  // namespace crier::broker
