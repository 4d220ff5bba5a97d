/// \file
/// The command line of `crier` as values. Nothing here talks to a broker.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "crier/message.hpp"
#include "crier/publisher.hpp"
#include "crier/result.hpp"
#include "publisher/cli/exit_code.hpp"

namespace crier::cli {

/// Where `crier send --from-json` reads, and which of a message's keys the options say already.
struct JsonSource {
    std::string file;  ///< "-": standard input.
    std::vector<std::string> said;
};
struct SendCommand {
    std::optional<std::string> text;  ///< nullopt: from standard input.
    Target target;
    std::string title;
    Severity severity = Severity::info;
    Style style = Style::notification;
    std::optional<UtcTime> expires;
    std::optional<State> wait_for;
    std::optional<Milliseconds> timeout;
    std::optional<MessageId> id;
    bool dry_run = false;
    std::optional<JsonSource> from_json;  ///< What it says is yet to be added.
    Content extras;  ///< All that it says beside text, title, severity and style.
    Schedule schedule;
    bool each_session = false;
    std::uint32_t quorum = 0;
    bool wait_for_drop = false;
    std::string key_folder;  ///< The operator's own keys, for what is private; empty: none.
};
/// A question: it is sent, and waited for until it closes.
struct AskCommand {
    SendCommand send;
};
struct CloseCommand {
    std::string id;  ///< Of a question, or how it begins.
};
struct DropCommand {
    SendCommand send;
};
struct AdmissionCommand {
    enum class Action : std::uint8_t { status, open, close };

    Action action = Action::status;
    std::string message;
    std::string except;
};
struct ScheduledCommand {};
struct DrainCommand {
    SendCommand send;
    std::vector<std::string> left_out;  ///< Announcements whose time has passed.
    bool is_confirmed = false;          ///< Nobody is to be asked whether to start.
};
struct DrainChangeCommand {
    enum class Action : std::uint8_t { extend, cancel, report };

    Action action = Action::report;
    std::string id;  ///< Of the drain's message, or how it begins.
    Milliseconds by{0};
    std::string message;  ///< With cancel: what the users are told.
};
struct UpdateCommand {
    std::string id;  ///< Of a message, or how it begins.
    MessageUpdate changes;
    bool reads_text = false;  ///< From standard input.
    std::optional<State> wait_for;
    std::optional<Milliseconds> timeout;
    std::optional<MessageId> request;
};
struct RecallCommand {
    std::string id;
    std::optional<Milliseconds> timeout;
    std::optional<MessageId> request;
};
struct SessionsCommand {
    Target target;
};
struct StatusCommand {
    std::string id;  ///< Of a message, or how it begins; empty: the newest ones.
    std::size_t count = 20;
};
struct HistoryCommand {
    std::optional<UtcTime> since;   ///< Only what was sent then or later.
    std::optional<std::string> by;  ///< Only what this principal sent.
};
struct ReportCommand {
    std::string id;  ///< Of a message, or how it begins.
};
struct AuditCommand {
    enum class What : std::uint8_t { list, head, verify, screen };

    What what = What::list;
    AuditFilter filter;
    std::size_t count = 20;
    std::optional<AuditHead> kept;
    std::string where;          ///< A filter: whose screens.
    std::optional<UtcTime> at;  ///< Of screens; nullopt: now.
    std::optional<Milliseconds> timeout;
};
/// `crier cluster status` and `crier cluster forget`.
struct ClusterCommand {
    std::string forgotten;  ///< A broker's name or id; empty: its status is asked for.
};
/// `crier keys`.
struct KeysCommand {
    enum class What : std::uint8_t { list, create, add, revoke, rotate, write, read };

    What what = What::list;
    std::vector<std::string> words;  ///< Names, keys, files, as it takes them.
    RegisteredKey said;              ///< To be registered, but for its key. Without a name: not.
    bool replaces = false;
    bool is_exact = false;                ///< Keys without a file are revoked.
    std::vector<std::string> tickets;     ///< To be revoked, by id,
    std::vector<std::string> tickets_of;  ///< or those of a user.
    std::optional<Milliseconds> overlap;
    std::string invitation;  ///< As CommandLine has it: a new one is made like it.
};
struct WatchCommand {};
struct HookCommand {
    std::vector<std::string> on;  ///< Names of events; none: everything.
    std::size_t at_most = 4;      ///< So many commands at once.
    Milliseconds timeout{30'000};
    std::vector<std::string> command;  ///< A program and its arguments.
};
struct WhoamiCommand {};
struct HealthCommand {};
struct JoinCommand {
    std::string line_or_file;
};

using Command = std::variant<SendCommand, AskCommand, CloseCommand, DropCommand, AdmissionCommand,
                             ScheduledCommand, DrainCommand, DrainChangeCommand, UpdateCommand,
                             RecallCommand, SessionsCommand, StatusCommand, HistoryCommand,
                             ReportCommand, AuditCommand, ClusterCommand, KeysCommand, WatchCommand,
                             HookCommand, WhoamiCommand, HealthCommand, JoinCommand>;

struct CommandLine {
    Command command;
    std::string invitation;  ///< Empty: to be found.
    bool is_json = false;
};

/// There is nothing to run: help was asked for, or the command line was not understood.
struct NothingToRun {
    ExitCode exit_code{};
    std::string help;  ///< For standard output.
    Error error;       ///< With ExitCode::usage and others.
    bool is_json = false;
    std::optional<std::uint32_t> position{};  ///< With filter_invalid: byte offset in the filter.
};

/// `arguments` without the program's name. `input_is_terminal`: nobody pipes a text in.
/// `now` is what the times of --expires and --where are reckoned from.
[[nodiscard]] tl::expected<CommandLine, NothingToRun> parse_command_line(
    std::vector<std::string> arguments, bool input_is_terminal, UtcTime now);

}  // namespace crier::cli
