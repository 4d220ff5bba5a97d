#include "publisher/cli/audit_commands.hpp"

#include <utility>

#include "publisher/cli/commands.hpp"
#include "publisher/cli/present_audit.hpp"
#include "publisher/cli/present_screens.hpp"

namespace crier::cli {
namespace {

/// Changes of one message that are looked at; more than that, and only the newest are.
constexpr std::size_t changes_max = 1'000;

ExitCode run_screen(const AuditCommand& command, Publisher& publisher, Console& console) {
    const View view = view_of(console);
    const UtcTime at = command.at.value_or(view.now);
    auto screens =
        publisher.screens(command.where, at, command.timeout.value_or(Publisher::screens_timeout));
    if (!screens && screens.error().code == ErrorCode::time_invalid && !command.at) {
        return report({ErrorCode::time_invalid,
                       "the clock here is ahead of the broker's; ask for a moment ago: --at 1m"},
                      console);
    }
    if (!screens) return report(screens.error(), console);
    const ScreensThen then{*std::move(screens), at};
    console.out << present(then, view) << std::flush;
    // Where programs read, nothing but data goes to them.
    const std::string remark = remark_on(then);
    if (console.form == Form::pipe && !remark.empty()) {
        console.err << "crier: " << remark << "\n" << std::flush;
    }
    return exit_code_of(then);
}

}  // namespace

ExitCode run_audit(const AuditCommand& command, Publisher& publisher, Console& console) {
    const View view = view_of(console);
    switch (command.what) {
        case AuditCommand::What::list: {
            const auto entries = publisher.entries(command.count, command.filter);
            if (!entries) return report(entries.error(), console);
            console.out << present(*entries, view) << std::flush;
            return ExitCode::done;
        }
        case AuditCommand::What::head: {
            const auto head = publisher.audit_head();
            if (!head) return report(head.error(), console);
            console.out << present(*head, view) << std::flush;
            return ExitCode::done;
        }
        case AuditCommand::What::screen:
            return run_screen(command, publisher, console);
        case AuditCommand::What::verify:
            break;
    }
    const auto verdict =
        publisher.audit_verify(command.kept, command.timeout.value_or(Publisher::verify_timeout));
    if (!verdict) return report(verdict.error(), console);
    const Verified verified{*verdict, command.kept.has_value()};
    console.out << present(verified, view) << std::flush;
    return exit_code_of(verified);
}

Result<MessageStatus> read_status(const MessageId& id, Publisher& publisher) {
    Result<Outcome> outcome = publisher.outcome(id);
    if (!outcome) return fail(std::move(outcome.error()));
    MessageStatus status{*std::move(outcome), {}};
    auto history = publisher.entries(changes_max, {.about = id});
    if (history) status.history = *std::move(history);
    return status;
}

}  // namespace crier::cli
