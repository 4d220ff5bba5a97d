#include "publisher/cli/plan_options.hpp"

#include "publisher/cli/add_option.hpp"

namespace crier::cli {

void add_schedule(CLI::App& command, PlanOptions& options) {
    add(command, "--at", options.at, "TIME", "When it goes out, as 21:45; default: at once");
    add(command, "--in", options.in, "DURATION", "The same, so long from now");
    add(command, "--every", options.every, "DURATION",
        "Say it again and again to those who have not acknowledged it; with --until");
    add(command, "--until", options.until, "TIME", "With --every: not later than this");
    add(command, "--escalate", options.escalate, "STEPS",
        "More urgent while nobody acknowledges it: \"after 2m: alert; after 5m: sound\"");
    command.add_flag("--each-session", options.each_session,
                     "Who acknowledges it in one session has not in their others");
}

void add_languages(CLI::App& command, PlanOptions& options) {
    add(command, "--text", options.texts, "LANGUAGE=TEXT",
        "The text in one language, as fr=\"…\"; may be given again. The first is for those whom "
        "no other fits")
        .allow_extra_args(false);
    command.add_flag("--template", options.is_template,
                     "{user}, {system_user}, {machine}, {application}, {locale} and {session} "
                     "stand for the session's own; {{ for a brace");
    add(command, "--countdown", options.countdown, "TIME",
        "Screens count down to it; {remaining} in the text is the time that is left");
}

void add_reschedule(CLI::App& command, PlanOptions& options) {
    add(command, "--at", options.at, "TIME", "Of one that has not gone out yet: when it does");
    add(command, "--in", options.in, "DURATION", "The same, so long from now");
    add(command, "--shift", options.shift, "DURATION",
        "All that its schedule has still to come, so much later");
}

void add_question(CLI::App& command, PlanOptions& options) {
    add(command, "--choice", options.choices, "TEXT",
        "What can be answered; given again for each, 2 to 9 of them")
        .allow_extra_args(false)
        ->required();
    add(command, "--quorum", options.quorum, "PERCENT",
        "It closes when so many of the sessions have answered, as 90%");
}

void add_drop(CLI::App& command, PlanOptions& options) {
    add(command, "--message", options.message, "TEXT",
        "What they are shown; {remaining} is the time that is left");
    add(command, "--grace", options.grace, "DURATION",
        "How long they have from now on (default: 0, at once)");
    command.add_flag("--wait", options.wait, "Return when all of them have ended");
}

void add_admission(CLI::App& command, PlanOptions& options) {
    add(command, "--message", options.message, "TEXT",
        "With close: what those who are refused see");
    add(command, "--except", options.except, "FILTER",
        "With close: those who come in all the same; compares what the broker has verified only");
}

void add_drain(CLI::App& command, PlanOptions& options) {
    add(command, "--at", options.at, "TIME", "When it is to be empty");
    add(command, "--in", options.in, "DURATION", "The same, so long from now");
    add(command, "--announce", options.announce, "DURATIONS",
        "How long before it is said, as \"60m,30m,15m,5m,1m\"; default: at once");
    add(command, "--close-admission", options.close_admission, "DURATION",
        "From so long before on, nobody new comes in");
    command.add_flag("--drop", options.drop, "At that time, end the sessions that are left");
    add(command, "--message", options.message, "TEXT",
        "What is announced; {remaining} is the time that is left. With cancel: what is said then");
    command.add_flag("--yes", options.is_confirmed, "Start without asking");
}

}  // namespace crier::cli
