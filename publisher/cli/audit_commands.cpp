#include "publisher/cli/audit_commands.hpp"

#include <utility>

#include "publisher/cli/commands.hpp"
#include "publisher/cli/present_audit.hpp"

namespace crier::cli {
namespace {

/// Changes of one message that are looked at; more than that, and only the newest are.
constexpr std::size_t changes_max = 1'000;

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
