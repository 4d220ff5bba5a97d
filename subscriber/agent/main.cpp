// `crier-agent`: shows messages in a user's session. Builds each part and hands it what it needs.
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <memory>
#include <string>

#include "shared/base/core_dumps.hpp"
#include "shared/base/time.hpp"
#include "shared/protocol/find_invitation.hpp"
#include "subscriber/agent/agent.hpp"
#include "subscriber/agent/doctor.hpp"
#include "subscriber/agent/login_session.hpp"
#include "subscriber/agent/make_screens.hpp"
#include "subscriber/agent/options.hpp"
#include "subscriber/agent/start.hpp"
#include "subscriber/screens/terminal_screen.hpp"

namespace crier::agent {
namespace {

ExitCode refuse(const Error& error, ExitCode code) {
    std::fprintf(stderr, "crier-agent: %s\n", to_string(error).c_str());
    return code;
}

Status start_listening(const AgentOptions& options, const Surroundings& surroundings,
                       const std::string& invitation, Agent& agent) {
    ListenerOptions listening;
    listening.attributes = attributes_of(surroundings, options.attributes);
    listening.invitation = invitation;
    listening.sessions = options.heard;
    listening.hear_every_session = options.hears_every_session;
    listening.delivery = Delivery::by_dispatch;
    Result<Listener> listener = Listener::start(std::move(listening), agent.listener_handler());
    if (!listener) return fail(listener.error());
    agent.hand_over(*std::move(listener));
    return {};
}

Status start_subscribing(const AgentOptions& options, const Surroundings& surroundings,
                         const std::string& invitation, Agent& agent, const MadeScreens& screens) {
    SubscriberOptions base;
    base.invitation = invitation;
    base.attributes = attributes_of(surroundings, options.attributes);
    base.report = Report::manual;
    base.delivery = Delivery::by_dispatch;
    const Result<std::string> id = persistent_id(surroundings);
    if (id) base.attributes.persistent_id = *id;
    SessionFiles files;
    Result<Subscriber> subscriber =
        start_session(options, surroundings, base, agent.session_handler(), files);
    if (!subscriber) return fail(subscriber.error());
    agent.hand_over(*std::move(subscriber));
    if (screens.desktop != nullptr) screens.desktop->keep_ids_in(files.state_folder / "desktop");
    if (!id) screens.set->problem(id.error(), read_clocks().utc);
    return {};
}

screens::ScreenPlan plan_of(const AgentOptions& options, const Surroundings& surroundings) {
    if (options.screen) return *options.screen;
    screens::ScreenPlan plan = screens::plan_for(places_of(surroundings));
    if (!options.command.program.empty()) plan.push_back({screens::ScreenKind::command});
    const bool has_log = has(plan, screens::ScreenKind::log);
    if (!options.log_file.empty() && !has_log) plan.push_back({screens::ScreenKind::log});
    return plan;
}

ExitCode run(const AgentOptions& options, const Surroundings& surroundings, Signals& signals,
             const ScreenParts& parts) {
    using Kind = protocol::Invitation::Kind;
    const Kind wanted = options.is_listener ? Kind::listeners : Kind::sessions;
    const auto invitation =
        protocol::find_invitation(options.invitation, wanted, protocol::read_invitation_places());
    if (!invitation) return refuse(invitation.error(), ExitCode::invitation);

    const screens::ScreenPlan plan = plan_of(options, surroundings);
    std::optional<LoginSession> login;
    if (is_on_desktop(plan) && !options.is_listener) {
        Result<LoginSession> taken = LoginSession::take(surroundings);
        if (!taken) return refuse(taken.error(), exit_code_for(taken.error().code));
        login.emplace(*std::move(taken));
    }
    const MadeScreens screens = make_screens(plan, parts);
    Agent agent(*screens.set, signals);
    if (!options.ticket_command.empty()) {
        agent.use_tickets(TicketCommand(options.ticket_command));
    }
    if (const auto runtime = runtime_folder(surroundings)) {
        if (auto file = StatusFile::make(*runtime)) {
            agent.report_in(*std::move(file), to_string(plan));
        }
    }
    const std::string line = to_line(*invitation);
    const Status started = options.is_listener
                               ? start_listening(options, surroundings, line, agent)
                               : start_subscribing(options, surroundings, line, agent, screens);
    if (!started) return refuse(started.error(), exit_code_for(started.error().code));
    return agent.run();
}

ExitCode write_statuses(const Surroundings& surroundings, screens::Output& output) {
    const auto runtime = runtime_folder(surroundings);
    if (!runtime) return refuse(runtime.error(), exit_code_for(runtime.error().code));
    const std::vector<AgentStatus> statuses = read_statuses(*runtime);
    if (!output.write(render_statuses(statuses, read_clocks().utc))) return ExitCode::screen_gone;
    return statuses.empty() ? ExitCode::unusable : ExitCode::stopped;
}

ExitCode write_key(const AgentOptions& options, screens::Output& output) {
    const Result<PublicKey> key = session_public_key(options.key_file);
    if (!key) return refuse(key.error(), exit_code_for(key.error().code));
    return output.write(to_string(*key) + "\n") ? ExitCode::stopped : ExitCode::screen_gone;
}

ExitCode run(const AgentOptions& options, const Surroundings& surroundings) {
    Signals signals;
    screens::Input input(STDIN_FILENO);
    screens::Output output(STDOUT_FILENO, signals.stop_descriptor());
    screens::Look look = screens::look_of(STDOUT_FILENO, surroundings.variable("TERM"),
                                          surroundings.variable("NO_COLOR"));
    look.language =
        screens::language_of(options.attributes.locale.value_or(locale_of(surroundings)));
    look.has_keyboard = input.is_terminal() && !options.is_listener;
    look.is_listener = options.is_listener;
    const ScreenParts parts{options, surroundings, look, input, output};
    switch (options.task) {
        case AgentOptions::Task::status:
            return write_statuses(surroundings, output);
        case AgentOptions::Task::key:
            return write_key(options, output);
        case AgentOptions::Task::doctor:
            return run_doctor(parts, signals);
        case AgentOptions::Task::run:
            break;
    }
    return run(options, surroundings, signals, parts);
}

ExitCode run(int argc, char** argv) {
    const auto line = parse_command_line(argc, argv);
    wipe_invitations(argc, argv);
    if (!line) return refuse(line.error(), ExitCode::usage);
    if (!line->text.empty()) {
        if (std::fputs(line->text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0) {
            return ExitCode::stopped;
        }
        std::fputs("crier-agent: the output could not be written\n", stderr);
        return ExitCode::screen_gone;
    }
    return run(line->options, read_surroundings());
}

}  // namespace
}  // namespace crier::agent

int main(int argc, char** argv) {
    crier::keep_out_of_core_dumps();
    using crier::agent::ExitCode;
    try {
        return static_cast<int>(crier::agent::run(argc, argv));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "crier-agent: unexpected: %s\n", error.what());
        return static_cast<int>(ExitCode::broken);
    }
}
