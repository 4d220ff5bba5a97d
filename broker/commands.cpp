#include "broker/commands.hpp"

#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <iostream>
#include <system_error>
#include <utility>

#include "broker/backup_desk.hpp"
#include "broker/broker.hpp"
#include "broker/command_line.hpp"
#include "broker/folder_owner.hpp"
#include "broker/journal/backup.hpp"
#include "broker/journal/journal_files.hpp"
#include "broker/security/ticket_issuers.hpp"
#include "broker/service_manager.hpp"

namespace crier::broker {
namespace {

/// What every command knows.
struct Task {
    config::Settings settings{broker_table};
    BrokerConfig config;
    Places places;
};

int report(const Error& error) {
    std::cerr << "crierd: " << to_string(error) << '\n';
    return exit_code_for(error.code);
}
int report(const Status& status) {
    return status ? 0 : report(status.error());
}

// ---- Serving ------------------------------------------------------------------------------------

/// The signals that stop a program, as something to read. Before any thread is started, because
/// threads inherit what is blocked.
class StopSignals {
public:
    StopSignals() {
        sigset_t signals;
        sigemptyset(&signals);
        for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
        pthread_sigmask(SIG_BLOCK, &signals, nullptr);
        std::signal(SIGPIPE, SIG_IGN);
        descriptor_ = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    }
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;
    ~StopSignals() { close(descriptor_); }

    [[nodiscard]] int descriptor() const { return descriptor_; }

    void take() const {
        signalfd_siginfo signal{};
        while (read(descriptor_, &signal, sizeof signal) > 0) {
        }
    }

private:
    int descriptor_ = -1;
};

std::string status_line(const DoorEndpoints& endpoints) {
    std::string line = "serving sessions at";
    for (const std::string& endpoint : endpoints.sessions) line += " " + endpoint;
    return line;
}

int serve(const Task& task) {
    const StopSignals signals;
    ServiceManager manager;
    Log log(std::cerr, level_from(task.config.log_level).value_or(Level::info),
            log_format_from(task.config.log_format).value_or(LogFormat::text));
    Result<std::unique_ptr<Broker>> started = Broker::start(task.config, task.places, log);
    if (!started) return report(started.error());
    Broker& broker = **started;
    broker.watch(signals.descriptor(), [&] {
        signals.take();
        manager.stopping();
        broker.stop();
    });
    if (const auto period = manager.alive_period()) {
        broker.every(*period, [&manager](Moment) { manager.alive(); });
    }
    return report(broker.run(
        [&manager](const DoorEndpoints& endpoints) { manager.ready(status_line(endpoints)); }));
}

// ---- Small commands -----------------------------------------------------------------------------

int print_config(const Task& task) {
    std::cout << task.settings.to_toml();
    return 0;
}

int check_config(const Task& task) {
    const auto issuers = TicketIssuers::load(task.config.ticket_issuers);
    if (!issuers) return report(issuers.error());
    std::cout << "the settings are good: data in " << task.places.data.string()
              << ", invitations in " << task.places.invitations.string() << '\n';
    return 0;
}

/// Where the doors are by what is set, for a broker that has not served yet.
Result<std::vector<std::string>> configured_endpoints(const Task& task,
                                                      protocol::Invitation::Kind kind) {
    using Kind = protocol::Invitation::Kind;
    const BrokerConfig& config = task.config;
    const auto& endpoints = kind == Kind::sessions    ? config.sessions_endpoints
                            : kind == Kind::operators ? config.operators_endpoints
                                                      : config.bell_endpoints;
    const std::string_view door = kind == Kind::sessions    ? domain::sessions
                                  : kind == Kind::operators ? domain::operators
                                                            : domain::listeners;
    for (const std::string& endpoint : endpoints) {
        if (!is_any_port(endpoint)) continue;
        return fail(ErrorCode::configuration_invalid,
                    endpoint + " has no port before crierd serves: start it, then ask again");
    }
    if (endpoints.empty()) {
        return fail(ErrorCode::configuration_invalid, "this door is closed: bell.endpoints = []");
    }
    return advertised(resolved(endpoints, task.places.runtime, door), config.invitation_hosts);
}

Result<protocol::Invitation> find_invitation(const Task& task, protocol::Invitation::Kind kind) {
    // The one that a broker has written knows the real ports.
    const std::filesystem::path file = task.places.invitations / invitation_file_name(kind);
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored)) {
        return protocol::load_invitation(file.string(), kind);
    }
    auto endpoints = configured_endpoints(task, kind);
    if (!endpoints) return fail(std::move(endpoints.error()));
    if (!std::filesystem::exists(task.places.data / "keys", ignored)) {
        return fail(ErrorCode::file_unusable,
                    "no crierd has served from " + task.places.data.string() +
                        " yet: start it once, or name another folder with --data");
    }
    Result<KeyStore> keys = open_key_store(task.places.data);
    if (!keys) return fail(std::move(keys.error()));
    return make_invitation(kind, task.config.insecure ? nullptr : &*keys,
                           {*endpoints, *endpoints, *endpoints, task.config.sessions_invited});
}

int invite(const Task& task, protocol::Invitation::Kind kind) {
    if (Status acting = act_as_owner_of(task.places.data); !acting) return report(acting);
    Result<protocol::Invitation> invitation = find_invitation(task, kind);
    if (!invitation) return report(invitation.error());
    invitation->endpoints = for_other_machines(std::move(invitation->endpoints));
    std::cout << protocol::to_line(*invitation) << '\n';
    return 0;
}

int invite_brokers(const Task& task) {
    if (Status acting = act_as_owner_of(task.places.data); !acting) return report(acting);
    std::error_code ignored;
    if (!std::filesystem::exists(task.places.data / "keys", ignored)) {
        return report(Error{ErrorCode::file_unusable,
                            "no crierd has served from " + task.places.data.string() +
                                " yet: start it once, or name another folder with --data"});
    }
    const Result<KeyStore> keys = open_key_store(task.places.data);
    if (!keys) return report(keys.error());
    std::cout << to_join_line(*keys) << '\n';
    return 0;
}

/// The line itself, the first one of a file, or of standard input.
std::string line_from(const std::string& where) {
    std::string line = where;
    std::error_code ignored;
    if (where == "-") {
        std::getline(std::cin, line);
    } else if (std::filesystem::is_regular_file(where, ignored)) {
        std::ifstream file(where);
        std::getline(file, line);
    }
    return line;
}

int join(const Task& task, const std::string& where) {
    const std::string line = line_from(where);  // Of a file that is root's alone, maybe.
    if (Status acting = act_as_owner_of(task.places.data); !acting) return report(acting);
    const Status joined = join_cluster(task.places.data, line);
    if (!joined) return report(joined);
    std::cout << "the keys are in " << (task.places.data / "keys").string()
              << "; start crierd with the same --cluster as the other brokers\n";
    return 0;
}

/// A broker with an account of its own may not write where root wants the file, nor see the same
/// /tmp: it makes the copy in its folder, and root takes it from there.
int back_up_journal(const Task& task, const std::filesystem::path& file) {
    const std::filesystem::path& data = task.places.data;
    const bool is_others = other_owner_of(data).has_value();
    const auto copy = is_others ? data / ("backup-" + std::to_string(getpid())) : file;
    const std::optional<Status> asked = ask_for_backup(data, copy);
    if (!asked) return report(back_up(data, file));
    return report(*asked && is_others ? take_backup(copy, file) : *asked);
}

int restore_journal(const Task& task, const std::filesystem::path& file) {
    const std::filesystem::path& data = task.places.data;
    Status restored = restore(file, data);
    const JournalPaths made(data);
    if (restored) restored = give_to_owner_of(data, made.database);
    if (restored) restored = give_to_owner_of(data, made.lock);
    return report(restored);
}

int run(const Task& task, const Command& command) {
    if (std::holds_alternative<PrintConfig>(command)) return print_config(task);
    if (std::holds_alternative<CheckConfig>(command)) return check_config(task);
    if (const auto* wanted = std::get_if<Invite>(&command)) return invite(task, wanted->kind);
    if (std::holds_alternative<InviteBrokers>(command)) return invite_brokers(task);
    if (const auto* wanted = std::get_if<Join>(&command)) return join(task, wanted->line);
    if (const auto* wanted = std::get_if<BackUp>(&command)) {
        return back_up_journal(task, wanted->file);
    }
    if (const auto* wanted = std::get_if<Restore>(&command)) {
        return restore_journal(task, wanted->file);
    }
    return serve(task);
}

int run(const CommandLine& line) {
    if (const auto* answered = std::get_if<Answered>(&line.command)) {
        std::cout << answered->text;
        return 0;
    }
    Surroundings around = Surroundings::of_this_process();
    around.own_data = line.data;
    Task task;
    if (Status read = read_settings(line, around, environ, task.settings); !read) {
        return report(read);
    }
    task.config = config::filled_from(task.settings, broker_fields);
    if (Status good = check_together(task.settings, task.config); !good) return report(good);
    Result<Places> places = places_of(task.config, around);
    if (!places) return report(places.error());
    task.places = std::move(*places);
    return run(task, line.command);
}

}  // namespace

int run_crierd(int argc, const char* const* argv) {
    umask(0077);  // What others may read is given to them outright.
    const Result<CommandLine> line = parse_command_line(argc, argv);
    if (!line) return report(line.error());
    const int exit_code = run(*line);
    errno = 0;
    if (exit_code != 0 || std::cout.flush()) return exit_code;
    const std::string why = errno != 0 ? ": " + std::generic_category().message(errno) : "";
    return report(Error{ErrorCode::storage_failed, "the output could not be written" + why});
}

}  // namespace crier::broker
