// `crier-agent`: shows messages in a user's session. Builds each part and hands it what it needs.
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <memory>
#include <string>

#include "shared/base/time.hpp"
#include "shared/protocol/find_invitation.hpp"
#include "subscriber/agent/agent.hpp"
#include "subscriber/screens/json_screen.hpp"
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
                         const std::string& invitation, Agent& agent,
                         screens::Screen& screen) {
    SubscriberOptions base;
    base.invitation = invitation;
    base.attributes = attributes_of(surroundings, options.attributes);
    base.report = Report::manual;
    base.delivery = Delivery::by_dispatch;
    const Result<std::string> id = persistent_id(surroundings);
    if (id) base.attributes.persistent_id = *id;
    Result<Subscriber> subscriber =
        start_session(options, surroundings, base, agent.session_handler());
    if (!subscriber) return fail(subscriber.error());
    agent.hand_over(*std::move(subscriber));
    if (!id) screen.problem(id.error(), read_clocks().utc);
    return {};
}

ExitCode run(const AgentOptions& options, const Surroundings& surroundings) {
    using Kind = protocol::Invitation::Kind;
    const Kind wanted = options.is_listener ? Kind::listeners : Kind::sessions;
    const auto invitation =
        protocol::find_invitation(options.invitation, wanted, protocol::read_invitation_places());
    if (!invitation) return refuse(invitation.error(), ExitCode::invitation);

    Signals signals;
    screens::Input input(STDIN_FILENO);
    screens::Output output(STDOUT_FILENO, signals.stop_descriptor());
    screens::Look look = screens::look_of(STDOUT_FILENO, surroundings.variable("TERM"),
                                          surroundings.variable("NO_COLOR"));
    look.language = screens::language_of(options.attributes.locale.value_or(locale_of(surroundings)));
    look.has_keyboard = input.is_terminal() && !options.is_listener;
    look.is_listener = options.is_listener;
    const bool is_json = options.screen == AgentOptions::ScreenKind::json;
    std::unique_ptr<screens::Screen> screen;
    if (is_json) {
        screen = std::make_unique<screens::JsonScreen>(input, output);
    } else {
        screen = std::make_unique<screens::TerminalScreen>(look, input, output, STDOUT_FILENO);
    }

    Agent agent(*screen, signals);
    const std::string line = to_line(*invitation);
    const Status started = options.is_listener
                               ? start_listening(options, surroundings, line, agent)
                               : start_subscribing(options, surroundings, line, agent, *screen);
    if (!started) return refuse(started.error(), exit_code_for(started.error().code));
    return agent.run();
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
    using crier::agent::ExitCode;
    try {
        return static_cast<int>(crier::agent::run(argc, argv));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "crier-agent: unexpected: %s\n", error.what());
        return static_cast<int>(ExitCode::broken);
    }
}
