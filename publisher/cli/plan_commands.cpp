#include "publisher/cli/plan_commands.hpp"

#include <string>
#include <utility>

#include "publisher/cli/audit_commands.hpp"
#include "publisher/cli/commands.hpp"
#include "publisher/cli/present_plan.hpp"

namespace crier::cli {
namespace {

template <class Found>
void show(Console& console, const Found& found) {
    console.out << present(found, view_of(console)) << std::flush;
}

template <class Found>
ExitCode print(Console& console, const Found& found) {
    show(console, found);
    return exit_code_of(found);
}

/// Whom it would touch; nothing happens.
ExitCode run_dry(const SendCommand& command, Publisher& publisher, Console& console) {
    return finish_send(send(command, *command.text, publisher, {}), command, publisher, console);
}

/// Only a person can be asked, and only one who sees the question.
bool is_confirmed(Console& console, std::istream& input) {
    if (console.form != Form::terminal || !console.can_redraw) return true;
    console.err << "Start? [y/N] " << std::flush;
    std::string answer;
    std::getline(input, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

ExitCode extend(const MessageId& id, Milliseconds by, Publisher& publisher, Console& console) {
    auto result = publisher.update(id, {.shift = by});
    if (!result) return report_send(result.error(), console);
    const auto outcome = publisher.outcome(id);
    if (!outcome) return report(outcome.error(), console);
    show(console, Drained{*std::move(result), outcome->message.content.countdown_to, true});
    return ExitCode::done;
}

/// What stands is recalled, and the users are told so.
ExitCode cancel(const MessageId& id, const std::string& message, Publisher& publisher,
                Console& console) {
    const auto outcome = publisher.outcome(id);
    if (!outcome) return report(outcome.error(), console);
    auto result = publisher.recall(id);
    if (!result) return report_send(result.error(), console);
    const SentMessage& drain = outcome->message;
    // Not once more, and not after it has happened.
    const bool is_over = result->already || drain.counts.dropped > 0;
    const bool was_said =
        !is_over && !drain.is_waiting && drain.tally.reached(State::delivered) > 0;
    if (was_said) {
        const Content content{.text = message.empty()
                                          ? "The maintenance that was announced is called off."
                                          : message};
        // To those who were told, and are there still.
        std::vector<SessionId> told;
        for (const SessionOutcome& one : outcome->sessions) {
            if (one.state != State::waiting && !one.dropped) told.push_back(one.session);
        }
        const Target target = drain.target.kind == Target::Kind::sessions
                                  ? Target::of(std::move(told))
                                  : drain.target;
        auto sent = publisher.send(content, target);
        if (!sent) return report_send(sent.error(), console);
    }
    show(console, Changed{Changed::Kind::recall, *std::move(result), std::nullopt});
    return ExitCode::done;
}

}  // namespace

ExitCode run(const AskCommand& command, Publisher& publisher, Console& console, std::istream&) {
    const SendCommand& question = command.send;
    if (question.dry_run) return run_dry(question, publisher, console);
    ProgressBar bar(console, State::answered);
    auto result = send(question, *question.text, publisher, [&](const Progress& progress) {
        bar.draw(words_of(progress, question.extras.choices));
    });
    bar.wipe();
    if (!result) return report_send(result.error(), console);
    Asked asked{*std::move(result), question.extras.choices, question.quorum, std::nullopt};
    if (asked.result.tally.targeted() > 0) {
        if (auto outcome = publisher.outcome(asked.result.id)) asked.outcome = *std::move(outcome);
    }
    return print(console, asked);
}

ExitCode run(const CloseCommand& command, Publisher& publisher, Console& console, std::istream&) {
    const Result<MessageId> id = find_message(command.id, publisher);
    if (!id) return report(id.error(), console);
    auto result = publisher.close_question(*id);
    if (!result) return report_send(result.error(), console);
    const auto outcome = publisher.outcome(*id);
    if (!outcome) return report(outcome.error(), console);
    Asked asked{*std::move(result), outcome->message.content.choices, outcome->message.quorum,
                *outcome};
    asked.result.is_closed = true;
    asked.result.is_complete = false;
    asked.result.tally = outcome->message.tally;
    asked.result.counts = outcome->message.counts;
    show(console, asked);
    return ExitCode::done;
}

ExitCode run(const DropCommand& command, Publisher& publisher, Console& console, std::istream&) {
    const SendCommand& drop = command.send;
    if (drop.dry_run) return run_dry(drop, publisher, console);
    ProgressBar bar(console, State::displayed);
    auto result = send(drop, *drop.text, publisher, [&bar](const Progress& progress) {
        bar.draw(std::to_string(progress.counts.dropped) + " of " +
                 count_of(progress.tally.targeted(), "session") + " ended");
    });
    bar.wipe();
    if (!result) return report_send(result.error(), console);
    return print(console, Dropped{*std::move(result), *drop.schedule.drop, drop.wait_for_drop});
}

ExitCode run(const AdmissionCommand& command, Publisher& publisher, Console& console,
             std::istream&) {
    using Action = AdmissionCommand::Action;
    const Result<Admission> admission =
        command.action == Action::open ? publisher.open_admission()
        : command.action == Action::close
            ? publisher.close_admission(command.message, command.except)
            : publisher.admission();
    if (!admission) return report(admission.error(), console);
    show(console, *admission);
    return ExitCode::done;
}

ExitCode run(const ScheduledCommand&, Publisher& publisher, Console& console, std::istream&) {
    auto messages = publisher.scheduled();
    if (!messages) return report(messages.error(), console);
    console.out << present_scheduled(*std::move(messages), view_of(console)) << std::flush;
    return ExitCode::done;
}

ExitCode run(const DrainCommand& command, Publisher& publisher, Console& console,
             std::istream& input) {
    auto sessions = publisher.sessions(command.send.target);
    if (!sessions) return report(sessions.error(), console);
    const SendCommand& drain = command.send;
    const bool is_json = console.form == Form::json;
    if (!is_json) show(console, DrainPlan{command, *std::move(sessions)});
    if (!drain.dry_run && !command.is_confirmed && !is_confirmed(console, input)) {
        console.err << "crier: nothing was started\n";
        return ExitCode::some_not;
    }
    auto result = send(drain, *drain.text, publisher, {});
    if (!result) return report_send(result.error(), console);
    // Of one that is not to begin, people have seen all there is: the plan.
    if (is_json || !drain.dry_run) {
        show(console, Drained{*std::move(result), drain.extras.countdown_to, false});
    }
    return ExitCode::done;
}

ExitCode run(const DrainChangeCommand& command, Publisher& publisher, Console& console,
             std::istream&) {
    using Action = DrainChangeCommand::Action;
    const Result<MessageId> id = find_message(command.id, publisher);
    if (!id) return report(id.error(), console);
    if (command.action == Action::extend) return extend(*id, command.by, publisher, console);
    if (command.action == Action::cancel) {
        return cancel(*id, command.message, publisher, console);
    }
    const auto status = read_status(*id, publisher);
    if (!status) return report(status.error(), console);
    show(console, *status);
    return ExitCode::done;
}

}  // namespace crier::cli
