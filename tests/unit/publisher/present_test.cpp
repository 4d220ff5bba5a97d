// What the commands print, in each form: golden outputs.
// Method: values in, text out; the process's zone is UTC.

#include "publisher/cli/present.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <sstream>

#include "publisher/cli/present_audit.hpp"

namespace crier::cli {
namespace {

constexpr UtcTime now = utc_from_ms(1'795'464'000'000);  // 2026-11-23T20:00:00Z

template <class Id>
Id id_of(std::uint8_t first, std::uint8_t last) {
    Id id;
    id.bytes.front() = first;
    id.bytes.back() = last;
    return id;
}

class Present : public ::testing::Test {
protected:
    Present() {
        setenv("TZ", "UTC", 1);
        tzset();
    }

    static constexpr View terminal{Form::terminal, 80, now};
    static constexpr View pipe{Form::pipe, 80, now};
    static constexpr View json{Form::json, 80, now};

    static Session vanessa() {
        Session session;
        session.id = id_of<SessionId>(0x3c, 1);
        session.attributes.user = "Vanessa";
        session.attributes.system_user = "vanessa";
        session.attributes.machine = "ws-12";
        session.attributes.application = "Billing";
        session.attributes.type = "agent";
        session.attributes.groups = {"a", "b"};
        session.address = "10.1.2.3";
        session.created = now;
        session.system_user_verified = true;
        return session;
    }

    static Sent sent(std::uint32_t waiting, std::uint32_t displayed) {
        Sent made;
        made.result.id = id_of<MessageId>(1, 2);
        made.result.seq = 17;
        made.result.tally[State::waiting] = waiting;
        made.result.tally[State::displayed] = displayed;
        made.result.is_complete = true;
        return made;
    }

    static constexpr const char* message_id = "01000000000000000000000000000002";
};

Changed changed(Changed::Kind kind, std::uint32_t removed) {
    Changed made;
    made.kind = kind;
    made.result.revision = 2;
    made.result.counts.removed = removed;
    made.result.is_complete = true;
    made.result.tally[State::displayed] = 2;
    made.result.tally[State::recalled_unseen] = 1;
    return made;
}

TEST_F(Present, SaysWhatARecallCameTo) {
    const std::string id(32, '0');
    EXPECT_EQ(present(changed(Changed::Kind::recall, 2), pipe),
              "Recalled: off 2 screens; 1 session never saw it. Message " + id + ".\n");
    EXPECT_EQ(present(changed(Changed::Kind::recall, 1), pipe),
              "Recalled: off 1 screen; 1 session never saw it; 1 session not connected: off on "
              "return. Message " +
                  id + ".\n");
    Changed late = changed(Changed::Kind::recall, 0);
    late.result.is_complete = false;
    EXPECT_EQ(exit_code_of(late), ExitCode::some_not);
    EXPECT_NE(present(late, pipe).find("2 sessions may show it still"), std::string::npos);
}

TEST_F(Present, SaysWhatAnUpdateCameTo) {
    const std::string id(32, '0');
    Changed update = changed(Changed::Kind::update, 0);
    EXPECT_EQ(present(update, pipe), "Changed: revision 2, for 3 sessions. Message " + id + ".\n");
    update.waited_for = State::displayed;
    update.result.is_complete = false;
    EXPECT_EQ(exit_code_of(update), ExitCode::some_not);
    EXPECT_NE(present(update, pipe).find("Not all: 3 sessions"), std::string::npos);
}

TEST_F(Present, ListsSessionsAlignedWithinTheTerminal) {
    Session other = vanessa();
    other.id = id_of<SessionId>(0x3c, 2);
    other.attributes.user = "Jean-Baptiste";
    other.attributes.system_user = "";
    other.state = Presence::unreachable;
    other.unreachable_since = now + Milliseconds(60'000);
    EXPECT_EQ(present(std::vector{vanessa(), other}, View{Form::terminal, 140, now}),
              "ID                                USER            SYSTEM USER  MACHINE  ADDRESS   "
              "APPLICATION  STATE        SINCE\n"
              "3c000000000000000000000000000001  Vanessa?        vanessa      ws-12    10.1.2.3  "
              "Billing      active       20:00\n"
              "3c000000000000000000000000000002  Jean-Baptiste?               ws-12    10.1.2.3  "
              "Billing      unreachable  20:01\n"
              "2 sessions\n");
    EXPECT_EQ(present(std::vector{vanessa()}, terminal),
              "ID                                USER      SYSTEM USER  MACHINE  STATE\n"
              "3c000000000000000000000000000001  Vanessa?  vanessa      ws-12    active\n"
              "1 session\n");
}

TEST_F(Present, ListsSessionsByTabsInAPipe) {
    EXPECT_EQ(present(std::vector{vanessa()}, pipe),
              "3c000000000000000000000000000001\tVanessa?\tvanessa\tws-12\t10.1.2.3\tBilling\t"
              "active\t2026-11-23T20:00:00.000Z\n");
    EXPECT_EQ(present(std::vector<Session>{}, pipe), "");
}

TEST_F(Present, ListsSessionsInJsonWithTheirPromisedKeys) {
    EXPECT_EQ(present(std::vector{vanessa()}, json),
              R"([{"id":"3c000000000000000000000000000001","persistent_id":"","user":"Vanessa",)"
              R"("system_user":"vanessa","machine":"ws-12","address":"10.1.2.3","host_type":"",)"
              R"("application":"Billing","type":"agent","state":"active",)"
              R"("created":"2026-11-23T20:00:00.000Z","unreachable_since":null,"locale":"",)"
              R"("groups":["a","b"],"user_verified":false,"system_user_verified":true,)"
              R"("machine_verified":false,"application_verified":false,"groups_verified":false}])"
              "\n");
    EXPECT_EQ(present(std::vector<Session>{}, json), "[]\n");
}

TEST_F(Present, SaysHowManyABroadcastReaches) {
    EXPECT_EQ(present(sent(12, 0), terminal),
              std::string("Sent to everyone, 12 sessions. Message ") + message_id + ".\n");
    Sent to_one = sent(1, 0);
    to_one.target = Target::of({id_of<SessionId>(0x3c, 1)});
    EXPECT_EQ(present(to_one, terminal),
              std::string("Sent to 1 session. Message ") + message_id + ".\n");
    EXPECT_EQ(exit_code_of(to_one), ExitCode::done);
}

TEST_F(Present, PrintsASendInJsonWithItsPromisedKeys) {
    EXPECT_EQ(present(sent(1, 2), json),
              std::string(R"({"id":")") + message_id +
                  R"(","seq":17,"targeted":3,"tally":{"waiting":1,"delivered":0,"suppressed":0,)"
                  R"("displayed":2,"acknowledged":0,"answered":0,"failed":0,"expired_unseen":0,)"
                  R"("recalled_unseen":0,"gone_unseen":0},"complete":true,"final":false,)"
                  R"("already":false,"dry_run":false,"stands_until":null,"due":null,"silent":[]})"
                  "\n");
}

TEST_F(Present, SaysWhetherAllGotIt) {
    Sent all = sent(0, 3);
    all.waited_for = State::displayed;
    EXPECT_EQ(present(all, terminal),
              std::string("Displayed on all 3 sessions. Message ") + message_id + ".\n");
    EXPECT_EQ(exit_code_of(all), ExitCode::done);
    Sent some = sent(1, 2);
    some.waited_for = State::displayed;
    some.result.is_complete = false;
    EXPECT_EQ(present(some, terminal),
              std::string("Not all: 3 sessions: 2 displayed, 1 waiting. See: crier status\n") +
                  message_id + "\n");
    EXPECT_EQ(exit_code_of(some), ExitCode::some_not);
}

TEST_F(Present, TellsNobodyNowFromNobodyAtAll) {
    Sent nobody = sent(0, 0);
    EXPECT_EQ(present(nobody, terminal),
              std::string("Accepted, but for nobody: no session matches. Message\n") + message_id +
                  ".\n");
    EXPECT_EQ(exit_code_of(nobody), ExitCode::nobody);
    nobody.result.stands_until = now + Milliseconds(2 * 3'600'000);
    EXPECT_EQ(
        present(nobody, terminal),
        std::string("Nobody matches now. Sessions that come until 22:00 get it too. Message\n") +
            message_id + ".\n");
    EXPECT_EQ(exit_code_of(nobody), ExitCode::done);
}

TEST_F(Present, ListsWhomADryRunWouldReach) {
    Sent dry = sent(1, 0);
    dry.result.dry_run = true;
    dry.would_get_it = {vanessa()};
    const std::string text = present(dry, terminal);
    EXPECT_NE(text.find("3c000000000000000000000000000001  Vanessa?"), std::string::npos);
    EXPECT_TRUE(text.ends_with("\nIt would go to everyone, 1 session. Nothing was sent.\n"))
        << text;
    EXPECT_NE(present(dry, json).find(R"("sessions":[{"id":"3c0000)"), std::string::npos);
}

SentMessage message() {
    SentMessage made;
    made.id = id_of<MessageId>(1, 2);
    made.seq = 17;
    made.sent = now;
    made.from = "operator";
    made.content.text = "Une opération\nde maintenance";
    made.tally[State::displayed] = 11;
    made.tally[State::waiting] = 1;
    return made;
}

TEST_F(Present, ListsMessagesWithTheirTallies) {
    EXPECT_EQ(present(std::vector{message()}, terminal),
              "ID            SENT   BY        TO        DISPLAYED  TEXT\n"
              "010000000000  20:00  operator  everyone  11/12      Une opération …\n");
    EXPECT_EQ(present(std::vector{message()}, pipe),
              "01000000000000000000000000000002\t2026-11-23T20:00:00.000Z\toperator\teveryone\t"
              "11/12\tUne opération …\n");
}

std::vector<AuditEntry> history() {
    AuditEntry sent;
    sent.seq = 5;
    sent.id = id_of<MessageId>(1, 2);
    sent.kind = "message";
    sent.at = now;
    sent.principal = "ann";
    sent.target = Target::matching("user=V*");
    sent.text = "At 22:00\nSave.";
    sent.severity = Severity::info;
    AuditEntry changed = sent;
    changed.seq = 6;
    changed.id = id_of<MessageId>(3, 4);
    changed.kind = "update";
    changed.about = sent.id;
    changed.target.reset();
    changed.text = "At 23:00";
    changed.title = "";
    changed.severity = Severity::critical;
    AuditEntry recalled = changed;
    recalled.seq = 7;
    recalled.kind = "recall";
    recalled.principal = "bob\x1b[2J";
    recalled.text.reset();
    recalled.title.reset();
    recalled.severity.reset();
    return {recalled, changed, sent};
}

TEST_F(Present, ListsTheLog) {
    EXPECT_EQ(present(history(), View{Form::terminal, 100, now}),
              "SEQ  AT     BY       WHAT     MESSAGE       CONTENT\n"
              "7    20:00  bob\uFFFD[2J  recall   010000000000\n"
              "6    20:00  ann      update   010000000000  text \"At 23:00\", no title, severity "
              "critical\n"
              "5    20:00  ann      message  010000000000  to those where user=V*: At 22:00 …\n");
    const std::string lines = present(history(), pipe);
    EXPECT_NE(lines.find("5\t2026-11-23T20:00:00.000Z\tann\tmessage\t"
                         "01000000000000000000000000000002\tto those where"),
              std::string::npos)
        << lines;
    const std::string written = present(history(), json);
    EXPECT_NE(written.find(R"("kind":"update","about":"01000000000000000000000000000002",)"
                           R"("at":"2026-11-23T20:00:00.000Z","by":"ann","text":"At 23:00",)"
                           R"("title":"","severity":"critical","chain":"00)"),
              std::string::npos)
        << written;
    EXPECT_EQ(present(std::vector<AuditEntry>{}, terminal), "No entry.\n");
    EXPECT_EQ(present(std::vector<AuditEntry>{}, json), "[]\n");
}

TEST_F(Present, ShowsWhatWasDoneToAMessageAboveItsSessions) {
    MessageStatus status{{message(), {}}, history()};
    status.outcome.message.revision = 2;
    status.outcome.message.is_recalled = true;
    const std::string text = present(status, View{Form::terminal, 107, now});
    EXPECT_NE(text.find("Revision 2  2026-11-23 20:00:00 by ann: text \"At 23:00\", no title, "
                        "severity critical\n"
                        "Recalled    2026-11-23 20:00:00 by bob"),
              std::string::npos)
        << text;
    // A broker that does not tell is no reason to say nothing.
    status.history.clear();
    EXPECT_NE(present(status, pipe).find("Revision\t2\nRecalled\tyes"), std::string::npos);
}

TEST_F(Present, PrintsAHeadAsTheLineThatIsToBeKept) {
    AuditHead head;
    head.seq = 12;
    EXPECT_EQ(present(head, terminal), to_line(head) + "\n");
    EXPECT_EQ(present(head, pipe), to_line(head) + "\n");
    EXPECT_NE(present(head, json).find("\"line\":\"" + to_line(head)), std::string::npos);
}

TEST_F(Present, SaysWhetherALogIsWhole) {
    Verified verified;
    verified.verdict.entries = 1;
    verified.verdict.seq = 4;
    EXPECT_EQ(present(verified, pipe),
              "The log is whole: 1 entry and 0 signed heads checked. It ends with entry 4.\n");
    EXPECT_EQ(exit_code_of(verified), ExitCode::done);
    verified.has_kept = true;
    verified.verdict.pruned = 3;
    verified.verdict.heads = 2;
    EXPECT_EQ(
        present(verified, pipe),
        "The log is whole: 1 entry and 2 signed heads checked; 3 older entries were pruned by "
        "the broker. The head that was given holds. It ends with entry 4.\n");
    verified.verdict.is_compared = false;
    EXPECT_NE(present(verified, pipe).find("cannot be compared"), std::string::npos);
    EXPECT_EQ(exit_code_of(verified), ExitCode::some_not) << "nothing is proven";
    verified.verdict.finding =
        AuditFinding{AuditFault::edited, 4, 4, id_of<MessageId>(1, 2), "its fields differ"};
    EXPECT_EQ(exit_code_of(verified), ExitCode::some_not);
    EXPECT_NE(present(verified, pipe)
                  .find("not whole: entry 4 (id 01000000000000000000000000000002) was edited: its "
                        "fields differ."),
              std::string::npos)
        << present(verified, pipe);
    const auto said = [&](AuditFault fault, std::uint64_t last) {
        verified.verdict.finding = AuditFinding{fault, 4, last, {}, "x"};
        return present(verified, pipe);
    };
    EXPECT_NE(said(AuditFault::missing, 6).find("entries 4 to 6 are missing"), std::string::npos);
    EXPECT_NE(said(AuditFault::inserted, 4).find("entry 4 was inserted"), std::string::npos);
    EXPECT_NE(said(AuditFault::rewritten, 6).find("among entries 4 to 6 some were edited"),
              std::string::npos);
    EXPECT_NE(said(AuditFault::cut_off, 6).find("the log was cut off: entries 4 to 6"),
              std::string::npos);
    EXPECT_NE(said(AuditFault::head_wrong, 4).find("the head of entry 4 is wrong"),
              std::string::npos);
    EXPECT_NE(present(verified, json).find(R"("finding":{"fault":"head_wrong","first":4)"),
              std::string::npos);
}

TEST_F(Present, ShowsWhatBecameOfAMessageOnEachSession) {
    Outcome outcome;
    outcome.message = message();
    outcome.message.content.title = "Maintenance";
    outcome.message.expires = now;
    SessionOutcome shown;
    shown.session = id_of<SessionId>(0x3c, 1);
    shown.user = "Vanessa";
    shown.machine = "ws-12";
    shown.state = State::displayed;
    shown.at = now;
    SessionOutcome failed = shown;
    failed.session = id_of<SessionId>(0x3c, 2);
    failed.state = State::failed;
    failed.cause = "no screen";
    failed.again = true;
    outcome.sessions = {shown, failed};
    EXPECT_EQ(
        present(MessageStatus{outcome, {}}, View{Form::terminal, 107, now}),
        "Message  01000000000000000000000000000002\n"
        "Title    Maintenance\n"
        "Text     Une opération\n"
        "         de maintenance\n"
        "Kind     info, notification\n"
        "Sent     2026-11-23 20:00:00 by operator to everyone\n"
        "Expires  2026-11-23 20:00:00\n"
        "Outcome  12 sessions: 11 displayed, 1 waiting\n"
        "\n"
        "SESSION                           USER      SYSTEM USER  MACHINE  STATE      SINCE  NOTE\n"
        "3c000000000000000000000000000001  Vanessa?               ws-12    displayed  20:00\n"
        "3c000000000000000000000000000002  Vanessa?               ws-12    failed     20:00  "
        "no screen, shown again\n");
}

TEST_F(Present, PrintsOneLineForEachEvent) {
    Happened opened;
    opened.what = Happened::What::session_opened;
    opened.at = now;
    opened.session = id_of<SessionId>(0x3c, 1);
    opened.user = "Vanessa";
    opened.machine = "ws-12";
    EXPECT_EQ(present(opened, terminal),
              "20:00:00  session opened       Vanessa?@ws-12, session 3c0000000000\n");
    EXPECT_EQ(present(opened, json),
              R"({"event":"session_opened","at":"2026-11-23T20:00:00.000Z",)"
              R"("session":"3c000000000000000000000000000001","user":"Vanessa",)"
              R"("user_verified":false,"machine":"ws-12","message":null,"seq":null,)"
              R"("state":null,"detail":""})"
              "\n");
    Happened hostile = opened;
    hostile.user = "a\x1b]0;x\x07\nb";
    const std::string line = present(hostile, terminal);
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
    EXPECT_EQ(line.find('\x1b'), std::string::npos);
}

TEST_F(Present, ShowsWhoSentWhatWhenItIsAccepted) {
    Happened accepted;
    accepted.what = Happened::What::message_accepted;
    accepted.at = now;
    accepted.message = message().id;
    accepted.detail = "12 targeted";
    EXPECT_EQ(present(accepted, terminal),
              "20:00:00  message accepted     010000000000, 12 targeted\n");
    SentMessage hostile = message();
    hostile.content.text = "Une\x1b[1m opération\nde maintenance";
    EXPECT_EQ(present(accepted, View{Form::terminal, 24, now}, hostile),
              "20:00:00  message accepted     010000000000 from operator to everyone, 12 targeted\n"
              "          Une\uFFFD[1m opéra…\n");
}

TEST_F(Present, SaysWhoOneIs) {
    EXPECT_EQ(present(Identity{"operator", {"send", "list"}, "ipc"}, terminal),
              "Principal  operator\nRights     send, list\nSeen from  ipc\n");
    EXPECT_EQ(present(Identity{"operator", {"send"}, "ipc"}, json),
              "{\"principal\":\"operator\",\"rights\":[\"send\"],\"address\":\"ipc\"}\n");
}

TEST_F(Present, SaysWhatIsWrongWithTheBroker) {
    Health health{
        .is_healthy = false, .problem = "disk full", .broker = "crierd 0.1.0", .started = now};
    health.sessions = 3;
    health.connected = 2;
    EXPECT_EQ(present(health, terminal),
              "Healthy   no\n"
              "Problem   disk full\n"
              "Broker    crierd 0.1.0, started 2026-11-23 20:00:00\n"
              "Sessions  3, 2 of them connected\n"
              "Messages  0 so far, 0 live\n");
}

TEST_F(Present, PrintsErrorsForPeopleAndPrograms) {
    const Error error{ErrorCode::session_unknown, "no session 3c\x1b[1m."};
    EXPECT_EQ(error_for_people(error), "crier: no session 3c\uFFFD[1m (session_unknown, 4040)\n");
    EXPECT_EQ(
        error_for_people(SendError{error, {}, {}, {}}),
        "crier: no session 3c\uFFFD[1m (session_unknown, 4040). Nothing was sent to anyone\n");
    EXPECT_EQ(error_for_people(Error{ErrorCode::filter_invalid, "not here\n  a or b\n    ^"}),
              "crier: not here (filter_invalid, 4004)\n  a or b\n    ^\n");
    EXPECT_EQ(error_for_people(Error{ErrorCode::filter_invalid, "not here\n  a or b\n    ^"}, 28),
              "crier: not here\n(filter_invalid, 4004)\n  a or b\n    ^\n");
    EXPECT_EQ(present(Error{ErrorCode::overloaded, "full"}),
              R"({"error":{"code":5030,"name":"overloaded","detail":"full",)"
              R"("remedy":"retry_later"}})"
              "\n");
    EXPECT_EQ(present(Error{ErrorCode::filter_invalid, "not here"}, 7),
              R"({"error":{"code":4004,"name":"filter_invalid","detail":"not here",)"
              R"("remedy":"fix_request","position":7}})"
              "\n");
    SendError failed{{ErrorCode::session_unknown, "x"}, id_of<MessageId>(1, 2), {}, {}};
    failed.unknown = {id_of<SessionId>(0x3c, 1)};
    EXPECT_NE(present(failed).find(R"("unknown":["3c000000000000000000000000000001"])"),
              std::string::npos);
}

TEST_F(Present, NamesTheCommandsThatFindOutWhatBecameOfAMessage) {
    const SendError error{
        {ErrorCode::outcome_unknown, "not known"}, id_of<MessageId>(1, 2), {}, {}};
    EXPECT_EQ(error_for_people(error),
              std::string("crier: not known (outcome_unknown, 6041). Ask: crier status ") +
                  message_id + "; or send it again with --id " + message_id + "\n");
}

TEST_F(Present, DrawsABarThatFits) {
    Tally tally;
    tally[State::displayed] = 3;
    tally[State::waiting] = 3;
    EXPECT_EQ(bar_line(tally, State::displayed, 40), "[#########.........] 3 of 6 displayed");
    EXPECT_EQ(bar_line(tally, State::displayed, 12), "3 of 6 disp…");
    tally[State::failed] = 2;
    EXPECT_NE(bar_line(tally, State::displayed, 60).find("3 of 8 displayed, 2 lost"),
              std::string::npos);
    EXPECT_NE(bar_line(Tally{}, State::displayed, 60).find("0 of 0"), std::string::npos);
}

}  // namespace
}  // namespace crier::cli
