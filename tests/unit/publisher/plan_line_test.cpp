// Schedules, questions, drops, admission and drains on the command line: what each combination of
// options means, and which are mistakes. Method: arguments in, values out; no broker.

#include <gtest/gtest.h>

#include "publisher/cli/command_line.hpp"

namespace crier::cli {
namespace {

using namespace std::chrono_literals;

constexpr UtcTime now = utc_from_ms(1'795'000'000'000);
const std::string session = "3c81a0d27f5e4b6690c1d2e3f4a5b6c7";

template <class Command>
Command parsed(std::vector<std::string> arguments) {
    auto line = parse_command_line(std::move(arguments), true, now);
    EXPECT_TRUE(line) << line.error().error.detail;
    const bool is_it = line && std::holds_alternative<Command>(line->command);
    EXPECT_TRUE(is_it);
    return is_it ? std::get<Command>(line->command) : Command{};
}

std::string mistake_of(std::vector<std::string> arguments) {
    auto line = parse_command_line(std::move(arguments), true, now);
    EXPECT_FALSE(line) << "was understood";
    return line ? std::string() : line.error().error.detail;
}

bool says(const std::string& detail, const std::string& part) {
    return detail.find(part) != std::string::npos;
}

TEST(PlanLine, AMessageGoesOutAtATimeAndExpiresSoLongAfter) {
    const auto send = parsed<SendCommand>({"send", "--in", "15m", "--expires", "5m", "Salut"});
    EXPECT_EQ(send.schedule.due, now + 15min);
    EXPECT_EQ(send.expires, now + 20min);
    EXPECT_TRUE(says(mistake_of({"send", "--in", "15m", "--at", "22:00", "x"}), "--at and --in"));
    EXPECT_TRUE(says(mistake_of({"send", "--at", "25:00", "x"}), "--at \"25:00\" is no time"));
    EXPECT_TRUE(says(mistake_of({"send", "--at", "2020-01-01T00:00:00Z", "x"}), "has passed"));
    EXPECT_TRUE(says(mistake_of({"send", "--in", "15m", "--wait", "displayed", "x"}), "--wait"));
}

TEST(PlanLine, RemindersNeedAnEnd) {
    const auto send = parsed<SendCommand>({"send", "--every", "15m", "--until", "1h", "Salut"});
    EXPECT_EQ(send.schedule.every, 15min);
    EXPECT_EQ(send.schedule.until, now + 1h);
    EXPECT_TRUE(says(mistake_of({"send", "--every", "15m", "x"}), "--every and --until"));
    EXPECT_TRUE(says(mistake_of({"send", "--every", "10ms", "--until", "1h", "x"}), "at least 1s"));
}

TEST(PlanLine, TheFirstTextIsTheFallback) {
    const auto send = parsed<SendCommand>({"send", "--text", "en=In {remaining}", "--text",
                                           "fr=Dans {remaining}", "--countdown", "1h"});
    EXPECT_EQ(send.text, "In {remaining}");
    EXPECT_EQ(send.extras.language, "en");
    ASSERT_EQ(send.extras.translations.size(), 1u);
    EXPECT_EQ(send.extras.translations[0].language, "fr");
    EXPECT_EQ(send.extras.countdown_to, now + 1h);
    EXPECT_TRUE(send.extras.is_template) << "a countdown implies it";
    EXPECT_TRUE(says(mistake_of({"send", "--text", "Bonjour"}), "fr="));
    EXPECT_TRUE(says(mistake_of({"send", "--text", "fr=a", "--text", "fr=b"}), "twice"));
    EXPECT_TRUE(says(mistake_of({"send", "--text", "fr=a", "b"}), "twice"));
}

TEST(PlanLine, EscalationRises) {
    const auto send =
        parsed<SendCommand>({"send", "--escalate", "after 2m: alert; after 5m: sound", "x"});
    EXPECT_EQ(send.extras.escalation,
              (std::vector<EscalationStep>{{2min, Urgency::alert}, {5min, Urgency::sound}}));
    for (const char* wrong : {"2m: alert", "after 2m alert", "after 2m: louder", ";", ""}) {
        EXPECT_FALSE(mistake_of({"send", "--escalate", wrong, "x"}).empty()) << wrong;
    }
    EXPECT_TRUE(says(mistake_of({"send", "--escalate", "after 5m: sound; after 6m: alert", "x"}),
                     "more urgent"));
}

TEST(PlanLine, AQuestionIsOpenForATimeAndClosesByAQuorum) {
    const auto ask = parsed<AskCommand>({"ask", "Now?", "--choice", "yes", "--choice", "no",
                                         "--quorum", "90%", "--timeout", "10m"});
    EXPECT_EQ(ask.send.text, "Now?");
    EXPECT_EQ(ask.send.extras.choices, (std::vector<std::string>{"yes", "no"}));
    EXPECT_EQ(ask.send.quorum, 90u);
    EXPECT_EQ(ask.send.expires, now + 10min);
    EXPECT_EQ(ask.send.wait_for, State::answered);
    EXPECT_TRUE(says(mistake_of({"ask", "Now?"}), "--choice"));
    EXPECT_TRUE(says(mistake_of({"ask", "Now?", "--choice", "yes"}), "two choices"));
    for (const char* quorum : {"0", "101%", "-1", "half", "50%%", ""}) {
        EXPECT_TRUE(
            says(mistake_of({"ask", "x", "--choice", "a", "--choice", "b", "--quorum", quorum}),
                 "quorum"))
            << quorum;
    }
}

TEST(PlanLine, ADropNamesWhomAndIsNeverEveryoneByMistake) {
    const auto drop = parsed<DropCommand>({"drop", session, "--grace", "60s", "--wait"});
    EXPECT_EQ(drop.send.target.kind, Target::Kind::sessions);
    EXPECT_EQ(drop.send.schedule.drop, now + 60s);
    EXPECT_EQ(drop.send.extras.countdown_to, now + 60s);
    EXPECT_TRUE(drop.send.wait_for_drop);
    EXPECT_EQ(parsed<DropCommand>({"drop", "--all"}).send.target, Target::everyone());
    EXPECT_TRUE(says(mistake_of({"drop"}), "whom?"));
    EXPECT_TRUE(says(mistake_of({"drop", "--where", ""}), "--where is empty"));
    EXPECT_TRUE(says(mistake_of({"drop", "xyz"}), "no id"));
}

TEST(PlanLine, AdmissionIsOpenedClosedOrAskedFor) {
    using Action = AdmissionCommand::Action;
    EXPECT_EQ(parsed<AdmissionCommand>({"admission"}).action, Action::status);
    EXPECT_EQ(parsed<AdmissionCommand>({"admission", "open"}).action, Action::open);
    const auto closed = parsed<AdmissionCommand>(
        {"admission", "close", "--message", "Later", "--except", "address=10.0.0.0/8"});
    EXPECT_EQ(closed.action, Action::close);
    EXPECT_EQ(closed.message, "Later");
    EXPECT_EQ(closed.except, "address=10.0.0.0/8");
    EXPECT_TRUE(says(mistake_of({"admission", "close"}), "--message"));
    EXPECT_TRUE(says(mistake_of({"admission", "open", "--message", "x"}), "admission close"));
    EXPECT_TRUE(says(mistake_of({"admission", "shut"}), "none of open, close, status"));
    EXPECT_TRUE(
        says(mistake_of({"admission", "close", "--message", "x", "--except", "a&&b"}), "a&&b"));
}

TEST(PlanLine, ADrainIsOnePlan) {
    const auto drain = parsed<DrainCommand>({"drain", "--in", "30m", "--announce", "60m,5m,15m,5m",
                                             "--close-admission", "5m", "--drop", "--yes"});
    const Schedule& schedule = drain.send.schedule;
    const UtcTime at = now + 30min;
    EXPECT_EQ(schedule.announcements, (std::vector<UtcTime>{at - 15min, at - 5min}));
    EXPECT_EQ(drain.left_out, std::vector<std::string>{"60m"});
    EXPECT_EQ(schedule.close_admission, at - 5min);
    EXPECT_EQ(schedule.drop, at);
    EXPECT_EQ(drain.send.extras.countdown_to, at);
    EXPECT_TRUE(drain.is_confirmed);
    EXPECT_TRUE(says(mistake_of({"drain"}), "when?"));
    EXPECT_TRUE(says(mistake_of({"drain", "--in", "5m", "--announce", "soon"}), "--announce"));
    EXPECT_TRUE(says(mistake_of({"drain", "stop"}), "none of extend, cancel, report"));
}

TEST(PlanLine, ADrainIsExtendedCalledOffAndReported) {
    using Action = DrainChangeCommand::Action;
    const auto extended = parsed<DrainChangeCommand>({"drain", "extend", "0190f3a6", "10m"});
    EXPECT_EQ(extended.action, Action::extend);
    EXPECT_EQ(extended.id, "0190f3a6");
    EXPECT_EQ(extended.by, 10min);
    EXPECT_EQ(parsed<DrainChangeCommand>({"drain", "cancel", "0190f3a6"}).action, Action::cancel);
    EXPECT_EQ(parsed<DrainChangeCommand>({"drain", "report", "0190f3a6"}).action, Action::report);
    EXPECT_TRUE(says(mistake_of({"drain", "extend", "0190f3a6"}), "extend ID DURATION"));
    EXPECT_TRUE(says(mistake_of({"drain", "cancel", "me"}), "no message's id"));
}

TEST(PlanLine, AnUpdateMovesWhatIsToCome) {
    const auto update = parsed<UpdateCommand>({"update", "0190f3a6", "--in", "1h"});
    EXPECT_EQ(update.changes.due, now + 1h);
    EXPECT_EQ(parsed<UpdateCommand>({"update", "0190f3a6", "--shift", "10m"}).changes.shift, 10min);
}

}  // namespace
}  // namespace crier::cli
