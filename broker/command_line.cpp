#include "broker/command_line.hpp"

#include <CLI/CLI.hpp>
#include <array>
#include <map>
#include <system_error>

namespace crier::broker {
namespace {

constexpr const char* description =
    R"(crierd: the broker. Puts an operator's message on remote users' screens and says what became
of it on each. Without a command it serves until it is stopped (SIGTERM, SIGINT).)";

constexpr const char* footer = R"(Examples:
  crierd                                       serve, with /etc/crier/crierd.toml if it is there
  crierd --data /tmp/try --sessions tcp://127.0.0.1:0 --operators tcp://127.0.0.1:0 \
         --bell tcp://127.0.0.1:0              try it out; /tmp/try/endpoints.json says the ports
  crierd --print-config > crierd.toml          every setting with its meaning, as a file
  crierd --check-config --config crierd.toml   is that file good?
  crierd invite sessions                       the line with which another machine's sessions join
  crierd backup /backups/crier-monday          while it runs, or stopped

Settings come from the file, then from CRIER_<SECTION>_<KEY> (CRIER_LIMITS_SESSIONS=500), then from
the command line; the last one wins.

Exit codes:
   0  served and was stopped, or did what was asked
  64  the command line was not understood
  65  the journal or a backup is damaged; the message says how to set it aside
  69  something is in use: a port, or the data folder by another crierd
  70  a door did not refuse what it must refuse, or an error inside crierd
  73  a file or folder cannot be made, read or written
  74  the disk failed
  78  a setting is unknown, out of range, or --insecure where others could listen)";

/// The ways in which a door can be spelled on the command line.
void add_endpoints(CLI::App& app, const std::string& name, std::vector<std::string>& into,
                   const std::string& meaning) {
    app.add_option(name, into, meaning)->type_name("ENDPOINT")->allow_extra_args(false);
}

std::filesystem::path default_config_file(const Surroundings& around) {
    std::filesystem::path file;
    if (around.is_root) {
        file = "/etc/crier/crierd.toml";
    } else if (!around.config_home.empty()) {
        file = std::filesystem::path(around.config_home) / "crier/crierd.toml";
    } else if (!around.home.empty()) {
        file = std::filesystem::path(around.home) / ".config/crier/crierd.toml";
    }
    std::error_code ignored;
    return std::filesystem::exists(file, ignored) ? file : std::filesystem::path();
}

const std::map<std::string, protocol::Invitation::Kind> kinds{
    {"sessions", protocol::Invitation::Kind::sessions},
    {"operators", protocol::Invitation::Kind::operators},
    {"listeners", protocol::Invitation::Kind::listeners}};

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
    CommandLine line;
    CLI::App app(description, "crierd");
    app.footer(footer);
    app.fallthrough();
    app.set_version_flag("--version", "crierd " CRIER_VERSION);
    app.get_formatter()->column_width(34);

    app.add_option("--config", line.config_file,
                   "Settings in TOML. Default: /etc/crier/crierd.toml for root, else\n"
                   "~/.config/crier/crierd.toml, if it is there")
        ->type_name("FILE");
    app.add_option(
           "--data", line.data,
           "Everything in this folder: journal, keys, invitations, endpoints.json,\nsockets")
        ->type_name("DIR");
    add_endpoints(app, "--sessions", line.sessions,
                  "Where sessions connect: tcp://HOST:PORT, ipc:///PATH or ipc; may be repeated.\n"
                  "Port 0: any free one");
    add_endpoints(app, "--operators", line.operators, "Where operators connect, likewise");
    add_endpoints(app, "--bell", line.bell, "Where plain subscribers listen, likewise");
    app.add_flag("--insecure", line.insecure,
                 "Without encryption and keys; for endpoints on loopback and ipc only");
    bool print_config = false;
    bool check_config = false;
    app.add_flag("--check-config", check_config, "Say whether the settings are good, and exit");
    app.add_flag("--print-config", print_config,
                 "Print every setting as a commented file that reads back, and exit");

    std::string kind;
    CLI::App* invite =
        app.add_subcommand("invite", "Print the line with which others come in; keep it secret");
    invite->add_option("WHO", kind, "sessions, operators or listeners")
        ->required()
        ->check(CLI::IsMember(kinds));
    std::filesystem::path file;
    CLI::App* backup =
        app.add_subcommand("backup", "Copy the journal into FILE, also while crierd runs");
    backup->add_option("FILE", file, "Must not exist")->required();
    CLI::App* restore =
        app.add_subcommand("restore", "Make FILE the journal of a data folder that has none");
    restore->add_option("FILE", file, "Made by backup")->required();

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& stop) {
        std::ostringstream out;
        std::ostringstream complaints;
        const bool is_error = app.exit(stop, out, complaints) != 0;
        line.command = Answered{is_error ? complaints.str() : out.str(), is_error};
        return line;
    }
    if (*invite) {
        line.command = Invite{kinds.at(kind)};
    } else if (*backup) {
        line.command = BackUp{file};
    } else if (*restore) {
        line.command = Restore{file};
    } else if (check_config) {
        line.command = CheckConfig{};
    } else if (print_config) {
        line.command = PrintConfig{};
    }
    return line;
}

Status read_settings(const CommandLine& line, const Surroundings& around,
                     const char* const* environment, config::Settings& settings) {
    const std::filesystem::path file =
        line.config_file.empty() ? default_config_file(around) : line.config_file;
    Status read;
    if (!file.empty()) read = settings.read_file(file);
    if (read) read = settings.read_environment(environment);
    struct Given {
        std::string_view option;
        std::string_view setting;
        const std::vector<std::string>& endpoints;
    };
    const std::array doors{Given{"--sessions", "sessions.endpoints", line.sessions},
                           Given{"--operators", "operators.endpoints", line.operators},
                           Given{"--bell", "bell.endpoints", line.bell}};
    for (const Given& door : doors) {
        if (!read || door.endpoints.empty()) continue;
        read = settings.set(door.setting, door.endpoints, door.option);
    }
    if (read && line.insecure) read = settings.set("security.insecure", true, "--insecure");
    return read;
}

int exit_code_for(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::usage_invalid:
            return 64;
        case ErrorCode::journal_damaged:
        case ErrorCode::version_unsupported:
            return 65;
        case ErrorCode::in_use:
            return 69;
        case ErrorCode::file_unusable:
            return 73;
        case ErrorCode::storage_failed:
            return 74;
        case ErrorCode::configuration_invalid:
            return 78;
        default:
            return 70;
    }
}

}  // namespace crier::broker
