// The command line: what each combination of arguments means, and which are mistakes.
// Method: arguments in, values out; no broker.

#include "publisher/cli/command_line.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <sstream>

#include "publisher/cli/options.hpp"
#include "shared/base/display.hpp"
#include "shared/protocol/filter.hpp"

namespace crier::cli {
namespace {

constexpr UtcTime now = utc_from_ms(1'795'000'000'000);
const std::string id = "3c81a0d27f5e4b6690c1d2e3f4a5b6c7";
const std::string other_id = "3c81a0d27f5e4b6690c1d2e3f4a5b6c8";

tl::expected<CommandLine, NothingToRun> parse(std::vector<std::string> arguments,
                                              bool input_is_terminal = true) {
    return parse_command_line(std::move(arguments), input_is_terminal, now);
}

SendCommand send_of(std::vector<std::string> arguments, bool input_is_terminal = true) {
    arguments.insert(arguments.begin(), "send");
    auto line = parse(std::move(arguments), input_is_terminal);
    EXPECT_TRUE(line) << line.error().error.detail;
    return line ? std::get<SendCommand>(line->command) : SendCommand{};
}

/// The detail of the mistake; every one leaves with 64.
std::string mistake_of(std::vector<std::string> arguments, bool input_is_terminal = true) {
    auto line = parse(std::move(arguments), input_is_terminal);
    EXPECT_FALSE(line) << "was understood";
    if (line) return {};
    EXPECT_EQ(line.error().exit_code, ExitCode::usage) << line.error().error.detail;
    return line.error().error.detail;
}

TEST(CommandLine, AnUpdateSaysWhatIsToChangeAndNothingElse) {
    const auto parsed = parse_command_line(
        {"update", "0190f3a6", "At 23:00", "--title", "", "--severity", "critical"}, true, {});
    ASSERT_TRUE(parsed);
    const auto& update = std::get<UpdateCommand>(parsed->command);
    EXPECT_EQ(update.id, "0190f3a6");
    EXPECT_EQ(update.changes.text, "At 23:00");
    EXPECT_EQ(update.changes.title, "");
    EXPECT_EQ(update.changes.severity, Severity::critical);
    EXPECT_FALSE(update.changes.style);
    EXPECT_FALSE(update.changes.ask_again);
    EXPECT_FALSE(update.wait_for);
}

TEST(CommandLine, AnUpdateOfNothingIsAMistake) {
    for (const std::vector<std::string>& words : {std::vector<std::string>{"update", "0190f3a6"},
                                                  {"update"},
                                                  {"update", "xy", "text"},
                                                  {"update", "0190f3a6", "two", "texts"},
                                                  {"recall"},
                                                  {"recall", "0190f3a6", "0190f3a7"}}) {
        const auto parsed = parse_command_line(words, true, {});
        ASSERT_FALSE(parsed);
        EXPECT_EQ(parsed.error().exit_code, ExitCode::usage);
        EXPECT_NE(parsed.error().error.detail, "");
    }
}

TEST(CommandLine, ARecallNamesAMessage) {
    const auto parsed = parse_command_line({"recall", "0190F3a6", "--timeout", "2s"}, true, {});
    ASSERT_TRUE(parsed);
    const auto& recall = std::get<RecallCommand>(parsed->command);
    EXPECT_EQ(recall.id, "0190F3a6");
    EXPECT_EQ(recall.timeout, Milliseconds(2'000));
}

TEST(CommandLine, SendsToEveryoneWithoutATarget) {
    const SendCommand send = send_of({"hello"});
    EXPECT_EQ(send.text, "hello");
    EXPECT_EQ(send.target, Target::everyone());
    EXPECT_EQ(send.severity, Severity::info);
    EXPECT_EQ(send.style, Style::notification);
    EXPECT_EQ(send.wait_for, std::nullopt);
    EXPECT_EQ(send_of({"--all", "hello"}).target, Target::everyone());
}

TEST(CommandLine, TakesSeveralSessionsBeforeTheText) {
    const SendCommand send = send_of({"-s", id, "--session", other_id, "-s", id, "hello"});
    EXPECT_EQ(send.text, "hello");
    EXPECT_EQ(send.target, Target::of({*parse_id<SessionId>(id), *parse_id<SessionId>(other_id)}))
        << "an id given twice counts once";
}

TEST(CommandLine, NeverTakesAnEmptyTargetForEveryone) {
    EXPECT_NE(mistake_of({"send", "-s", "", "hello"}).find("--session is empty"),
              std::string::npos);
    EXPECT_NE(mistake_of({"send", "--session=", "hello"}).find("--session"), std::string::npos);
    EXPECT_NE(mistake_of({"send", "--where", "", "hello"}).find("--where is empty"),
              std::string::npos);
    EXPECT_NE(mistake_of({"send", "--where=", "hello"}).find("--where"), std::string::npos);
    EXPECT_NE(mistake_of({"send", "--where", "  ", "hello"}).find("--where is empty"),
              std::string::npos);
    EXPECT_NE(mistake_of({"sessions", "--where", ""}).find("--where is empty"), std::string::npos);
    EXPECT_NE(mistake_of({"send", "--verified", "hello"}).find("--verified is for --where"),
              std::string::npos);
}

TEST(CommandLine, RefusesTwoKindsOfTarget) {
    for (const std::vector<std::string>& target :
         std::vector<std::vector<std::string>>{{"--all", "-s", id},
                                               {"--all", "--where", "user=A"},
                                               {"-s", id, "--where", "user=A"}}) {
        std::vector<std::string> arguments{"send"};
        arguments.insert(arguments.end(), target.begin(), target.end());
        arguments.emplace_back("hello");
        EXPECT_NE(mistake_of(arguments).find("only one of"), std::string::npos);
    }
}

TEST(CommandLine, RefusesASessionThatIsNoId) {
    EXPECT_NE(mistake_of({"send", "-s", "Vanessa", "hello"}).find("Vanessa"), std::string::npos);
    mistake_of({"send", "-s", id + "0", "hello"});
}

TEST(CommandLine, HintsAtQuotesWhenTheTextIsSeveralWords) {
    const std::string detail = mistake_of({"send", "Please", "log", "off"});
    EXPECT_NE(detail.find("\"Please log …\""), std::string::npos) << detail;
}

TEST(CommandLine, ReadsTheTextFromAPipeOrADash) {
    EXPECT_EQ(send_of({}, false).text, std::nullopt);
    EXPECT_EQ(send_of({"-"}, true).text, std::nullopt);
    EXPECT_EQ(send_of({"--", "-5 degrees"}).text, "-5 degrees");
    EXPECT_NE(mistake_of({"send"}, true).find("no text"), std::string::npos);
}

TEST(CommandLine, ReadsOneThingOnlyFromStandardInput) {
    mistake_of({"--invitation", "-", "send", "-"});
}

TEST(CommandLine, KeepsTextAsItIs) {
    const std::string text = "Une opération…\n\n  {{x}} \\n $HOME\n";
    EXPECT_EQ(send_of({text}).text, text);
}

TEST(CommandLine, RefusesATextOfWhichNothingIsSeenAsTheBrokerWould) {
    for (const std::string text : {"", "   ", "\n\t\n", "\u00a0"}) {
        const auto line = parse({"send", text});
        ASSERT_FALSE(line) << text;
        EXPECT_EQ(line.error().exit_code, ExitCode::refused);
        EXPECT_EQ(line.error().error.code, ErrorCode::text_invalid);
    }
}

TEST(CommandLine, SaysWhichTimeIsTooFarAway) {
    const auto line = parse({"send", "--expires", "10000d", "x"});
    ASSERT_FALSE(line);
    EXPECT_EQ(line.error().exit_code, ExitCode::refused);
    EXPECT_EQ(line.error().error.detail, "--expires 10000d is more than 366 days");
    EXPECT_EQ(mistake_of({"send", "--timeout", "10000d", "x"}),
              "--timeout 10000d is more than 366 days");
    EXPECT_NE(
        mistake_of({"send", "--timeout", "0", "x"}).find("\"0\" is no duration of more than 0"),
        std::string::npos);
    EXPECT_NE(mistake_of({"send", "--expires", "5", "x"}).find("a duration with its unit"),
              std::string::npos);
}

TEST(CommandLine, ReadsAllOptionsOfSend) {
    const SendCommand send =
        send_of({"--where", "user=A and machine=b*", "--title", "T", "--severity", "critical",
                 "--style", "alert", "--expires", "15m", "--wait", "displayed", "--timeout", "1m",
                 "--dry-run", "--id", id, "hello"});
    EXPECT_EQ(send.target, Target::matching("user=A and machine=b*"));
    EXPECT_EQ(send.title, "T");
    EXPECT_EQ(send.severity, Severity::critical);
    EXPECT_EQ(send.style, Style::alert);
    EXPECT_EQ(send.expires, now + Milliseconds(15 * 60'000));
    EXPECT_EQ(send.wait_for, State::displayed);
    EXPECT_EQ(send.timeout, Milliseconds(60'000));
    EXPECT_TRUE(send.dry_run);
    EXPECT_EQ(send.id, *parse_id<MessageId>(id));
    EXPECT_EQ(send_of({"--where", "user=A", "--verified", "hello"}).target,
              Target::matching_verified("user=A"));
}

TEST(CommandLine, GivesTheTimesOfAFilterWithDateAndZone) {
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    const std::string typed = "(since<09:00 or since>=\"22:00\") and not user=\"09:00\"";
    const std::string sent =  // It is 2026-11-18T12:06:40+01:00.
        "(since<2026-11-18T08:00:00Z or since>=2026-11-17T21:00:00Z) and not user=\"09:00\"";
    EXPECT_EQ(send_of({"--where", typed, "x"}).target, Target::matching(sent));
    const auto sessions = parse({"sessions", "--where", typed});
    setenv("TZ", "UTC", 1);
    tzset();
    ASSERT_TRUE(sessions);
    EXPECT_EQ(std::get<SessionsCommand>(sessions->command).target, Target::matching(sent));
    const std::string untimed = "user =  \"a b\"\tor (group=c )";
    EXPECT_EQ(send_of({"--where", untimed, "x"}).target, Target::matching(untimed)) << "as typed";
}

TEST(CommandLine, PointsAtThePlaceInTheFilterThatWasTyped) {
    struct Bad {
        std::string where;
        std::uint32_t position;
        std::string detail;
    };
    const std::vector<Bad> table{
        {"since<09:00 and usr=a", 16, "sessions have no \"usr\""},
        {"since<9 and user=a", 6, "no time: give HH:MM"},
        {"user=a and since>2h", 17, "no time: give HH:MM"},
        {"since>2026-11-23T09:00", 6, "no zone"},
        {"since<09:00 and user='a'", 21, "double quotes"},
        {"since<09:00 and state=foo", 22, "active, locked or unreachable"},
        {"(user=a", 0, "never closed"},
    };
    for (const auto& [where, position, detail] : table) {
        for (const std::string command : {"send", "sessions"}) {
            const auto line = parse({command, "--where", where});
            ASSERT_FALSE(line) << where;
            EXPECT_EQ(line.error().exit_code, ExitCode::refused);
            EXPECT_EQ(line.error().error.code, ErrorCode::filter_invalid);
            EXPECT_EQ(line.error().position, position) << where;
            EXPECT_NE(line.error().error.detail.find(detail), std::string::npos)
                << line.error().error.detail;
            EXPECT_NE(line.error().error.detail.find(where), std::string::npos)
                << "the filter as it was typed, with a caret under it";
        }
    }
    EXPECT_FALSE(parse({"send", "--bogus"}).error().position);
}

TEST(CommandLine, UnderstandsEachWait) {
    EXPECT_EQ(send_of({"--wait", "accepted", "x"}).wait_for, std::nullopt);
    EXPECT_EQ(send_of({"--wait", "delivered", "x"}).wait_for, State::delivered);
    EXPECT_EQ(send_of({"--wait", "acknowledged", "x"}).wait_for, State::acknowledged);
    EXPECT_EQ(send_of({"--wait", "acknowledged", "--style", "alert", "x"}).wait_for,
              State::acknowledged);
    mistake_of({"send", "--wait", "waiting", "x"});
    mistake_of({"send", "--wait", "", "x"});
}

TEST(CommandLine, RefusesValuesThatAreNone) {
    mistake_of({"send", "--severity", "blue", "x"});
    mistake_of({"send", "--style", "loud", "x"});
    mistake_of({"send", "--expires", "later", "x"});
    mistake_of({"send", "--timeout", "soon", "x"});
    mistake_of({"send", "--timeout", "0", "x"});
    mistake_of({"send", "--id", "7", "x"});
    mistake_of({"status", "--count", "0"});
    mistake_of({"send", "--bogus", "x"});
    mistake_of({"--invitation", "", "sessions"});
}

TEST(CommandLine, TakesGeneralOptionsBeforeAndAfterTheCommand) {
    for (const auto& arguments :
         std::vector<std::vector<std::string>>{{"--json", "--invitation", "file", "sessions"},
                                               {"sessions", "--json", "--invitation", "file"}}) {
        const auto line = parse(arguments);
        ASSERT_TRUE(line);
        EXPECT_TRUE(line->is_json);
        EXPECT_EQ(line->invitation, "file");
        EXPECT_TRUE(std::holds_alternative<SessionsCommand>(line->command));
    }
    EXPECT_EQ(parse({"watch"})->invitation, "");
}

TEST(CommandLine, SaysMistakesInJsonWhenItWasAskedFor) {
    const auto line = parse({"send", "--json", "--bogus"});
    ASSERT_FALSE(line);
    EXPECT_TRUE(line.error().is_json);
}

AuditCommand audit_of(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "audit");
    auto line = parse(std::move(arguments));
    EXPECT_TRUE(line) << line.error().error.detail;
    return line ? std::get<AuditCommand>(line->command) : AuditCommand{};
}

TEST(CommandLine, AsksTheLogForWhatIsSaid) {
    const AuditCommand all = audit_of({});
    EXPECT_EQ(all.what, AuditCommand::What::list);
    EXPECT_EQ(all.count, 20u);
    EXPECT_FALSE(all.filter.since);
    const AuditCommand some = audit_of({"--since", "2h", "--by", "ann", "--what", "recall"});
    EXPECT_EQ(some.filter.since, now - Milliseconds(2 * 3'600'000));
    EXPECT_EQ(some.filter.by, "ann");
    EXPECT_EQ(some.filter.kind, "recall");
    EXPECT_EQ(some.count, 100'000u) << "all there are since then";
    EXPECT_EQ(audit_of({"--since", "2h", "--count", "20"}).count, 20u);
    EXPECT_EQ(audit_of({"--since", "2026-01-01T00:00:00Z"}).filter.since,
              utc_from_ms(1'767'225'600'000));
}

TEST(CommandLine, AsksForAHeadAndForACheck) {
    EXPECT_EQ(audit_of({"head"}).what, AuditCommand::What::head);
    const AuditCommand verify = audit_of({"verify"});
    EXPECT_EQ(verify.what, AuditCommand::What::verify);
    EXPECT_FALSE(verify.kept);
    AuditHead head;
    head.seq = 12;
    head.chain[0] = 0xab;
    EXPECT_EQ(audit_of({"verify", "--head", to_line(head)}).kept, head);
    EXPECT_EQ(audit_of({"verify", "--timeout", "2m"}).timeout, Milliseconds(120'000));
    EXPECT_TRUE(parse({"audit", "verify", "--json"})->is_json);
}

TEST(CommandLine, AsksWhatWasOnScreens) {
    const AuditCommand screen = audit_of({"screen", "--user", "vanessa", "--at", "10m"});
    EXPECT_EQ(screen.what, AuditCommand::What::screen);
    EXPECT_EQ(screen.where, R"(user="vanessa" or system_user="vanessa")");
    EXPECT_EQ(screen.at, now - Milliseconds(600'000));
    EXPECT_FALSE(screen.timeout);
    const AuditCommand matching = audit_of(
        {"screen", "--where", "machine=ws-* and since<2026-01-01T00:00:00Z", "--timeout", "2m"});
    EXPECT_EQ(matching.where, "machine=ws-* and since<2026-01-01T00:00:00Z");
    EXPECT_FALSE(matching.at) << "now";
    EXPECT_EQ(matching.timeout, Milliseconds(120'000));
    EXPECT_TRUE(parse({"audit", "screen", "--user", "a", "--json"})->is_json);
}

TEST(CommandLine, AUsersNameIsNothingButItself) {
    for (const std::string name : {R"(a "b\c)", "'vanessa'", "O'Brien and x", "(a) or user=b",
                                   "a&&b", "=a", "Zoë \n", "\\"}) {
        const AuditCommand screen = audit_of({"screen", "--user=" + name});
        const auto filter = protocol::Filter::parse(screen.where);
        ASSERT_TRUE(filter) << screen.where;
        EXPECT_FALSE(protocol::Filter::find_slip(screen.where)) << screen.where;
        Session session;
        EXPECT_FALSE(filter->matches(session)) << screen.where;
        session.attributes.user = name;
        EXPECT_TRUE(filter->matches(session)) << screen.where;
        session.attributes.user += "b";
        EXPECT_FALSE(filter->matches(session)) << screen.where;
        session.attributes.system_user = name;
        EXPECT_TRUE(filter->matches(session)) << screen.where;
    }
}

TEST(CommandLine, ExplainsMistakesInAskingForScreens) {
    const auto mistake = [](std::vector<std::string> options) {
        options.insert(options.begin(), {"audit", "screen"});
        return mistake_of(std::move(options));
    };
    EXPECT_NE(mistake({}).find("--user NAME, or --where FILTER"), std::string::npos);
    EXPECT_NE(mistake({"--user", "a", "--where", "user=a"}).find("only one of --user and --where"),
              std::string::npos);
    EXPECT_NE(mistake({"--user", ""}).find("--user is empty"), std::string::npos);
    EXPECT_NE(mistake({"--user="}).find("--user is empty"), std::string::npos);
    EXPECT_NE(mistake({"--where", " "}).find("--where is empty"), std::string::npos);
    for (const char* pattern : {"van*", "v?nessa", "*"}) {
        EXPECT_NE(mistake({"--user", pattern}).find("--where \"user="), std::string::npos);
    }
    EXPECT_NE(mistake({"--user", "\xff"}).find("not UTF-8"), std::string::npos);
    EXPECT_NE(mistake({"--user", std::string(600, 'a')}).find("longer than"), std::string::npos);
    EXPECT_NE(mistake({"--user", "a", "--at", "soon"}).find("--at"), std::string::npos);
    EXPECT_NE(mistake({"--user", "a", "--timeout", "soon"}).find("--timeout"), std::string::npos);
    EXPECT_FALSE(mistake({"--user", "a", "b"}).empty());
    EXPECT_NE(mistake_of({"audit", "--by", "ann", "screen", "--user", "a"}).find("for the list"),
              std::string::npos);
    const auto future = parse({"audit", "screen", "--user", "a", "--at", "2999-01-01T00:00:00Z"});
    ASSERT_FALSE(future);
    EXPECT_EQ(future.error().error.code, ErrorCode::time_invalid);
    EXPECT_NE(future.error().error.detail.find("--at"), std::string::npos);
    const auto filter = parse({"audit", "screen", "--where", "user=a && b=c"});
    ASSERT_FALSE(filter);
    EXPECT_EQ(filter.error().error.code, ErrorCode::filter_invalid);
    EXPECT_EQ(filter.error().position, 7u);
}

TEST(CommandLine, ExplainsMistakesInAskingTheLog) {
    EXPECT_NE(mistake_of({"audit", "--since", "soon"}).find("--since"), std::string::npos);
    EXPECT_NE(mistake_of({"audit", "verify", "--head", "crier1.head.1"}).find("crier audit head"),
              std::string::npos);
    EXPECT_NE(mistake_of({"audit", "tail"}).find("tail"), std::string::npos);
    EXPECT_FALSE(mistake_of({"audit", "--count", "0"}).empty());
    EXPECT_FALSE(mistake_of({"audit", "head", "more"}).empty());
    EXPECT_NE(mistake_of({"audit", "--by", "ann", "verify"}).find("--by is for the list"),
              std::string::npos)
        << "or it would seem that only ann's entries are checked";
    const auto future = parse({"audit", "--since", "2999-01-01T00:00:00Z"});
    ASSERT_FALSE(future);
    EXPECT_EQ(future.error().error.code, ErrorCode::time_invalid);
}

TEST(CommandLine, TakesAnIdOrItsBeginningForStatus) {
    EXPECT_EQ(std::get<StatusCommand>(parse({"status"})->command).id, "");
    EXPECT_EQ(std::get<StatusCommand>(parse({"status", "3C81"})->command).id, "3C81");
    EXPECT_EQ(std::get<StatusCommand>(parse({"status", "--count", "5"})->command).count, 5u);
    mistake_of({"status", "3c8"});
    mistake_of({"status", "vanessa"});
    mistake_of({"status", id + "0"});
    mistake_of({"status", "3c81", "3c82"});
}

TEST(CommandLine, KnowsTheOtherCommands) {
    EXPECT_TRUE(std::holds_alternative<WatchCommand>(parse({"watch"})->command));
    EXPECT_TRUE(std::holds_alternative<WhoamiCommand>(parse({"whoami"})->command));
    EXPECT_TRUE(std::holds_alternative<HealthCommand>(parse({"health"})->command));
    EXPECT_EQ(std::get<JoinCommand>(parse({"join", "crier1.operators.x"})->command).line_or_file,
              "crier1.operators.x");
    EXPECT_TRUE(std::holds_alternative<ClusterCommand>(parse({"cluster", "status"})->command));
    EXPECT_NE(mistake_of({"cluster"}).find("status"), std::string::npos);
    EXPECT_NE(mistake_of({"cluster", "forget"}).find("the BROKER is missing"), std::string::npos);
    mistake_of({"cluster", "forget", "b1", "b2"});
    const auto forget = parse({"cluster", "forget", "b1"});
    ASSERT_TRUE(forget);
    EXPECT_EQ(std::get<ClusterCommand>(forget->command).forgotten, "b1");
    mistake_of({"cluster", "remember"});
    mistake_of({"join"});
    mistake_of({"join", ""});
}

TEST(CommandLine, NamesWhatIsNoCommand) {
    EXPECT_NE(mistake_of({"sned", "x"}).find("\"sned\" is no command"), std::string::npos);
    EXPECT_NE(mistake_of({"--invitation", "file", "sned"}).find("\"sned\" is no command"),
              std::string::npos);
    EXPECT_NE(mistake_of({"--json", "--invitation=file"}).find("a command is missing"),
              std::string::npos);
    EXPECT_NE(mistake_of({}).find("a command is missing"), std::string::npos);
}

TEST(CommandLine, NamesTheOptionThatIsWrongAndWhatItMayBe) {
    EXPECT_EQ(mistake_of({"join"}), "LINE is missing. See: crier join --help");
    EXPECT_EQ(mistake_of({"send", "x", "-s"}), "--session needs one value. See: crier send --help");
    EXPECT_EQ(mistake_of({"--invitation"}), "--invitation needs one value. See: crier --help");
    EXPECT_EQ(mistake_of({"send", "--where", "a=b", "--where", "a=c", "x"}),
              "--where needs one value. See: crier send --help");
    EXPECT_EQ(mistake_of({"send", "--severity", "blue", "x"}),
              "--severity: \"blue\" is none of info, warning, critical. See: crier send --help");
    for (const char* count : {"0", "100001", "many", "9999999999", "-1"}) {
        EXPECT_EQ(mistake_of({"status", "--count", count}),
                  std::string("--count: \"") + count +
                      "\" is no number from 1 to 100000. See: crier status --help");
    }
    EXPECT_EQ(mistake_of({"watch", "--bogus"}),
              "\"--bogus\" was not expected. See: crier watch --help");
}

TEST(CommandLine, HelpsWithExamplesOnLinesThatFitATerminal) {
    std::vector<std::string> commands{""};
    for (const auto& command : describe_program().commands) commands.push_back(command.name);
    EXPECT_GE(commands.size(), 13u);
    for (const std::string& command : commands) {
        std::vector<std::string> arguments{"--help"};
        if (!command.empty()) arguments.insert(arguments.begin(), command);
        const auto line = parse(arguments);
        ASSERT_FALSE(line);
        EXPECT_EQ(line.error().exit_code, ExitCode::done);
        const std::string& help = line.error().help;
        EXPECT_NE(help.find("Example"), std::string::npos) << command;
        EXPECT_NE(help.find("crier " + command), std::string::npos) << command;
        std::istringstream lines(help);
        for (std::string one; std::getline(lines, one);) EXPECT_LE(display_width(one), 80u) << one;
    }
}

TEST(CommandLine, SaysFirstWhatPeopleDoMost) {
    const std::string help = parse({"--help"}).error().help;
    EXPECT_LT(help.find("crier send \""), help.find("Commands:"));
    EXPECT_LT(help.find("Commands:"), help.find("Options:"));
    EXPECT_EQ(describe_program().commands.front().name, "send");
}

TEST(CommandLine, DescribesWhatAShellCanComplete) {
    const manual::Program program = describe_program();
    const auto command = [&](std::string_view name) {
        return *std::find_if(program.commands.begin(), program.commands.end(),
                             [name](const auto& one) { return one.name == name; });
    };
    const auto option = [&](std::string_view of, std::string_view name) {
        const manual::Command found = command(of);
        return *std::find_if(found.options.begin(), found.options.end(), [name](const auto& one) {
            return std::find(one.names.begin(), one.names.end(), name) != one.names.end();
        });
    };
    EXPECT_EQ(option("send", "--severity").choices,
              (std::vector<std::string>{"info", "warning", "critical"}));
    EXPECT_EQ(option("send", "-s").value, manual::Value::session);
    EXPECT_EQ(option("send", "--from-json").value, manual::Value::file);
    EXPECT_EQ(option("send", "--all").value, manual::Value::none);
    EXPECT_EQ(option("send", "--id").value, manual::Value::any);
    EXPECT_EQ(option("hook", "--on").value, manual::Value::choices);
    EXPECT_EQ(command("recall").argument.value, manual::Value::message);
    EXPECT_EQ(command("hook").argument.value, manual::Value::command);
    EXPECT_EQ(command("join").argument.value, manual::Value::file);
    EXPECT_EQ(command("recall").usage, "crier recall [OPTIONS] ID");
}

TEST(CommandLine, DocumentsEveryExitCode) {
    const std::string help = parse({"--help"}).error().help;
    for (const int code : {0, 1, 2, 3, 4, 5, 6, 64, 74}) {
        const std::string number = std::to_string(code);
        const std::string line = "\n" + std::string(4 - number.size(), ' ') + number + "  ";
        EXPECT_NE(help.find(line), std::string::npos) << code;
    }
}

TEST(ExitCodes, FollowWhoMustAct) {
    EXPECT_EQ(exit_code_for(ErrorCode::session_unknown), ExitCode::unknown);
    EXPECT_EQ(exit_code_for(ErrorCode::not_authorized), ExitCode::refused);
    EXPECT_EQ(exit_code_for(ErrorCode::filter_invalid), ExitCode::refused);
    EXPECT_EQ(exit_code_for(ErrorCode::storage_failed), ExitCode::refused);
    EXPECT_EQ(exit_code_for(ErrorCode::not_admitted), ExitCode::unreachable);
    EXPECT_EQ(exit_code_for(ErrorCode::server_key_wrong), ExitCode::unreachable);
    EXPECT_EQ(exit_code_for(ErrorCode::invitation_invalid), ExitCode::refused);
    EXPECT_EQ(exit_code_for(ErrorCode::outcome_unknown), ExitCode::outcome_unknown);
    EXPECT_EQ(exit_code_for(ErrorCode::usage_invalid), ExitCode::usage);
}

}  // namespace
}  // namespace crier::cli
