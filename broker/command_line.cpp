#include "broker/command_line.hpp"

#include <CLI/CLI.hpp>
#include <array>
#include <optional>
#include <system_error>
#include <utility>

#include "broker/help.hpp"
#include "shared/base/display.hpp"
#include "shared/base/usage.hpp"

namespace crier::broker {
namespace {

std::filesystem::path default_config_file(const Surroundings& around) {
    std::filesystem::path file;
    if (!around.service_config.empty()) {
        file = std::filesystem::path(around.service_config) / "crierd.toml";
    } else if (around.is_root) {
        file = "/etc/crier/crierd.toml";
    } else if (!around.config_home.empty()) {
        file = std::filesystem::path(around.config_home) / "crier/crierd.toml";
    } else if (!around.home.empty()) {
        file = std::filesystem::path(around.home) / ".config/crier/crierd.toml";
    }
    std::error_code ignored;
    return std::filesystem::exists(file, ignored) ? file : std::filesystem::path();
}

tl::unexpected<Error> misused(const std::string& what) {
    return fail(ErrorCode::usage_invalid, clean_line(what) + "; see crierd --help");
}

Result<protocol::Invitation::Kind> kind_from(const std::string& who) {
    using Kind = protocol::Invitation::Kind;
    for (const Kind kind : {Kind::sessions, Kind::operators, Kind::listeners}) {
        if (who == protocol::name_of(kind)) return kind;
    }
    const std::string what = who.empty() ? "WHO is missing: " : "WHO is not " + who + " but ";
    return misused("invite: " + what + "sessions, operators, listeners or brokers");
}

/// The commands, and what stands behind them.
struct Commands {
    explicit Commands(CLI::App& app)
        : invite(app.add_subcommand("invite")),
          join(app.add_subcommand("join")),
          backup(app.add_subcommand("backup")),
          restore(app.add_subcommand("restore")) {
        invite->add_option("WHO", who);
        join->add_option("LINE", invitation);
        backup->add_option("FILE", file);
        restore->add_option("FILE", file);
    }

    [[nodiscard]] std::string_view help() const {
        if (*invite) return invite_help;
        if (*join) return join_help;
        if (*backup) return backup_help;
        return *restore ? restore_help : help_text;
    }

    /// nullopt: none of them. Errors: usage_invalid.
    [[nodiscard]] Result<std::optional<Command>> chosen() const {
        if (*invite && who == "brokers") return Command{InviteBrokers{}};
        if (*join) {
            if (invitation.empty()) return misused("join: LINE is missing: crierd invite brokers");
            return Command{Join{invitation}};
        }
        if (*invite) {
            const auto kind = kind_from(who);
            if (!kind) return fail(kind.error());
            return Command{Invite{*kind}};
        }
        if (!*backup && !*restore) return std::optional<Command>{};
        const std::string name = *backup ? "backup" : "restore";
        if (file.empty()) return misused(name + ": FILE is missing or empty");
        return *backup ? Command{BackUp{file}} : Command{Restore{file}};
    }

    CLI::App* invite;
    CLI::App* join;
    CLI::App* backup;
    CLI::App* restore;
    std::string who;
    std::string invitation;
    std::filesystem::path file;
};

}  // namespace

Result<CommandLine> parse_command_line(int argc, const char* const* argv) {
    CommandLine line;
    bool print_config = false;
    bool check_config = false;
    CLI::App app("", "crierd");
    app.fallthrough();
    app.set_version_flag("--version", "crierd " CRIER_VERSION);
    app.add_option("--config", line.config_file)->check(value_problem);
    app.add_option("--data", line.data)->check(value_problem);
    app.add_option("--sessions", line.sessions)->allow_extra_args(false)->check(value_problem);
    app.add_option("--operators", line.operators)->allow_extra_args(false)->check(value_problem);
    app.add_option("--bell", line.bell)->allow_extra_args(false)->check(value_problem);
    app.add_option("--cluster", line.cluster)
        ->allow_extra_args(false)
        ->delimiter(',')
        ->check(value_problem);
    app.add_flag("--insecure", line.insecure);
    app.add_flag("--check-config", check_config);
    app.add_flag("--print-config", print_config);
    const Commands commands(app);
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        line.command = Answered{std::string(commands.help())};
        return line;
    } catch (const CLI::CallForVersion&) {
        line.command = Answered{"crierd " CRIER_VERSION "\n"};
        return line;
    } catch (const CLI::ParseError& error) {
        return misused(usage_complaint(error.what()));
    }
    auto command = commands.chosen();
    if (!command) return fail(std::move(command.error()));
    if (*command) {
        line.command = std::move(**command);
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
                           Given{"--bell", "bell.endpoints", line.bell},
                           Given{"--cluster", "cluster.servers", line.cluster}};
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
