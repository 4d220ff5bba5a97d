#include "tests/conformance/expected_frames.hpp"

#include <algorithm>
#include <numeric>

namespace crier::test {
namespace {

using namespace crier::protocol;  // Every name below is one of its frames.

template <class Id>
Id id_from(std::uint8_t first) {
    Id id;
    std::iota(id.bytes.begin(), id.bytes.end(), first);
    return id;
}

const MessageId message = id_from<MessageId>(0x10);
const SessionId session = id_from<SessionId>(0x40);
const SessionId other = id_from<SessionId>(0x60);
const UtcTime now = utc_from_ms(1'700'000'000'000);

UtcTime after_now(std::int64_t ms) {
    return now + Milliseconds(ms);
}

Bytes token() {
    return {'t', 'o', 'k', 'e', 'n'};
}

Tally tally() {
    Tally counted;
    std::iota(counted.counts.begin(), counted.counts.end(), 0u);
    return counted;
}

Counts counts() {
    return {2, 3, {5, 6}};
}

/// All that a message can say beside its text, title, severity and style.
Content saying(std::string text, std::string title, Severity severity) {
    Content content;
    content.text = std::move(text);
    content.title = std::move(title);
    content.severity = severity;
    content.style = Style::alert;
    content.language = "fr";
    content.translations = {{"en", "In {remaining},\n{user}", "Tonight"}, {"pt-BR", "Olá", {}}};
    content.is_template = true;
    content.countdown_to = after_now(600'000);
    content.escalation = {{Milliseconds(60'000), Urgency::alert},
                          {Milliseconds(120'000), Urgency::sound}};
    content.choices = {"Oui", "Plus tard"};
    return content;
}

Heartbeat heartbeat() {
    return {now, 12};
}
Goodbye goodbye() {
    return {"the broker stops", Milliseconds(1500)};
}

Refused refused() {
    return {5, ErrorCode::session_unknown, "no such session", {session, other}, 17};
}

SessionHello session_hello() {
    SessionHello hello;
    hello.versions = {1, 2};
    hello.features = {3, 9};
    hello.key.emplace();
    std::iota(hello.key->begin(), hello.key->end(), std::uint8_t{0});
    hello.proof = hello.key;
    std::reverse(hello.proof->begin(), hello.proof->end());
    hello.resume = token();
    hello.ticket = "head.claims.signature";
    hello.attributes = {"p-1",   "Vanessa",     "vanessa",          "ws-12", "linux", "crier-agent",
                        "agent", "fr_FR.UTF-8", {"staff", "équipe"}};
    hello.state = Presence::locked;
    hello.known = {{message, 2, State::displayed, true}};
    return hello;
}

Receipts receipts() {
    const Receipt shown{message, 1, State::displayed, {}, {}};
    Receipt quiet{message, 2, State::suppressed, now, "do not disturb", true, true, {}};
    quiet.shown = after_now(-9);
    quiet.gone = after_now(9);
    quiet.digest = true;
    Receipt quiet_too = quiet;
    quiet_too.id = id_from<MessageId>(0x60);
    Receipt answer{quiet_too.id, 1, State::answered, {}, {}};
    answer.answer = 1;
    return {9, {shown, quiet, quiet_too, answer}};
}

std::vector<std::string> endpoints() {
    return {"tcp://b2.example:7701", "tcp://[::1]:7701"};
}

OperatorWelcome operator_welcome() {
    OperatorWelcome welcome{
        1, {3}, "ops", {"send", "list"}, now, Milliseconds(5000), "crierd 0.1.0"};
    welcome.others = {{endpoints(), 9}};
    return welcome;
}

std::vector<SilentBroker> silent() {
    return {{"b2.example", 12}};
}

SessionWelcome session_welcome() {
    return {1,
            {3},
            session,
            now,
            token(),
            after_now(5),
            Milliseconds(5000),
            "crierd 0.1.0",
            {{endpoints(), 9}},
            after_now(600'000)};
}

Show show() {
    Show shown;
    shown.id = message;
    shown.revision = 2;
    shown.seq = 7;
    shown.to_all = false;
    shown.content = saying("Une opération\nde maintenance", "Ce soir", Severity::critical);
    shown.from = "ops";
    shown.sent = now;
    shown.deliver_until = after_now(300'000);
    shown.off_screen_at = after_now(600'000);
    shown.late = after_now(5);
    shown.is_reminder = true;
    return shown;
}

Bundle bundle() {
    Show plain;
    plain.id = message;
    plain.seq = 7;
    plain.to_all = true;
    plain.content.text = "Bonjour";
    plain.from = "ops";
    plain.sent = now;
    plain.deliver_until = after_now(300'000);
    return {{plain, show()}};
}

Send send() {
    Send request;
    request.request = 6;
    request.id = message;
    request.target = Target::of({session, other});
    request.target.within = "user=V*";
    request.content = saying("Salut\nVanessa", "Ce soir", Severity::critical);
    request.expires = now;
    request.schedule.due = after_now(60'000);
    request.schedule.every = Milliseconds(30'000);
    request.schedule.until = after_now(300'000);
    request.schedule.close_admission = after_now(200'000);
    request.schedule.drop = after_now(600'000);
    request.each_session = true;
    request.quorum = 80;
    request.dry_run = true;
    request.follow = true;
    return request;
}

SessionPage session_page() {
    Session vanessa;
    vanessa.id = session;
    vanessa.attributes.user = "Vanessa";
    vanessa.attributes.system_user = "vanessa";
    vanessa.attributes.groups = {"staff"};
    vanessa.address = "10.1.2.3";
    vanessa.state = Presence::unreachable;
    vanessa.created = now;
    vanessa.unreachable_since = after_now(5);
    vanessa.user_verified = true;
    vanessa.system_user_verified = true;
    vanessa.machine_verified = vanessa.application_verified = vanessa.groups_verified = true;
    vanessa.key.emplace();
    std::iota(vanessa.key->begin(), vanessa.key->end(), std::uint8_t{0});
    Session nobody;
    nobody.id = session;
    nobody.address = "ipc";
    nobody.created = now;
    return {7, {vanessa, nobody}, true, silent()};
}

MessageId request_id() {
    return id_from<MessageId>(0x40);
}

Update update() {
    Update one;
    one.request = 14;
    one.id = request_id();
    one.message = message;
    one.text = "À 23h";
    one.title = "Ce soir";
    one.severity = Severity::critical;
    one.style = Style::alert;
    one.expires = now;
    one.due = after_now(60'000);
    one.shift = Milliseconds(900'000);
    one.ask_again = true;
    one.follow = true;
    return one;
}

MessageSummary summary() {
    MessageSummary one;
    one.id = message;
    one.seq = 7;
    one.revision = 2;
    one.sent = now;
    one.from = "ops";
    one.target = Target::of({session, other});
    one.content = saying("Bonjour", "Ce soir", Severity::warning);
    one.expires = after_now(5);
    one.is_final = true;
    one.is_recalled = true;
    one.tally = tally();
    one.counts = counts();
    one.schedule.announcements = {after_now(60'000), after_now(120'000)};
    one.next = after_now(120'000);
    one.is_waiting = true;
    one.late = after_now(60'000);
    one.each_session = true;
    one.quorum = 80;
    one.closed = after_now(90'000);
    return one;
}

MessagePage message_page() {
    MessageSummary plain;
    plain.id = message;
    plain.seq = 7;
    plain.sent = now;
    plain.from = "ops";
    plain.content.text = "Bonjour";
    plain.tally = tally();
    return {8, {summary(), plain}, true, silent()};
}

OutcomePage outcome_page() {
    const SessionOutcome whole{session,       "Vanessa", "vanessa",   "ws-12", "crier-agent",
                               State::failed, now,       "no screen", true,    true,
                               true,          true,      true,        1,       true};
    SessionOutcome plain;
    plain.session = session;
    plain.state = State::displayed;
    plain.at = now;
    return {9, summary(), {whole, plain}, true, silent()};
}

Happened happened() {
    return {Happening::receipt, now,         session, "Vanessa", "ws-12", message, {7ull},
            State::displayed,   "on screen", true};
}

SetAdmission set_admission() {
    return {17, request_id(), false, "Maintenance\njusqu'à 23h", "user=root"};
}

Admission admission() {
    return {18, false, "Maintenance\njusqu'à 23h", "user=root", now, "ops", true};
}

Answers answers() {
    return {message, {{session, "Vanessa", true, 1, now}, {session, {}, false, 1, now}}};
}

Bytes32 rising() {
    Bytes32 bytes;
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
    return bytes;
}

Bytes32 falling() {
    Bytes32 bytes = rising();
    std::reverse(bytes.begin(), bytes.end());
    return bytes;
}

RegisteredKey registered_key() {
    return {rising(), "ops", {"send", "severity:warning"}, "Vanessa", "Nachtschicht", now};
}

KeyPage key_page() {
    const RegisteredKey whole{rising(),  "ops",          {"send", "list"},
                              "Vanessa", "Nachtschicht", after_now(60'000),
                              now,       "root"};
    return {25, {whole, {falling(), "x", {}, {}, {}, {}}}, true};
}

Health health() {
    return {13, false, "the disk\nis full", "crierd 0.1.0", now, 7, 3, 2, 1};
}

ClusterStatus cluster_status() {
    ClusterBroker plain;
    plain.id.bytes = session.bytes;
    plain.started = now;
    plain.heard = after_now(5);
    plain.sessions = 3;
    plain.connected = 2;
    plain.log_number = 7;
    ClusterBroker whole = plain;
    whole.name = "b2.example";
    whole.software = "crierd 0.1.0";
    whole.endpoints = endpoints();
    whole.is_this = whole.is_reachable = whole.takes_entries = true;
    return {20, {whole, plain}};
}

AuditHead head() {
    AuditHead signed_head{1'000, rising(), now, falling(), {}};
    std::iota(signed_head.signature.begin(), signed_head.signature.begin() + 32, std::uint8_t{0});
    std::iota(signed_head.signature.begin() + 32, signed_head.signature.end(), std::uint8_t{0});
    return signed_head;
}

EntryPage entry_page() {
    LogEntry changed{
        8, id_from<MessageId>(0x60), "update", message, now, "ops", rising(), falling(), {0x80}};
    LogEntry plain = changed;
    plain.seq = 7;
    plain.id = message;
    plain.kind = "message";
    plain.about.reset();
    return {16, {changed, plain}, true};
}

ScreenPage screen_page() {
    OnScreen plain;
    plain.session = session;
    plain.message = message;
    plain.seq = 7;
    plain.revision = 2;
    plain.by = "ops";
    plain.said = now;
    plain.content.text = "Bonjour";
    plain.shown = after_now(1);
    OnScreen whole = plain;
    whole.user = "Vanessa";
    whole.system_user = "vanessa";
    whole.user_verified = whole.system_user_verified = true;
    whole.machine = "ws-12";
    whole.application = "crier-agent";
    whole.content.title = "Ce soir";
    whole.is_certain = false;
    return {19, {whole, plain}, true, after_now(-1), 3};
}

LogVerified verdict() {
    AuditVerdict found{{}, 5, 4, 3, 9, rising(), false};
    found.finding = AuditFinding{AuditFault::rewritten, 6, 8, message, "edited"};
    return {18, found};
}

}  // namespace

std::vector<Expected<FromSession>> expected_from_session() {
    return {{"hello", session_hello()},
            {"receipts", receipts()},
            {"state", SessionState{Presence::locked}},
            {"ticket", RenewTicket{"head.claims.signature"}},
            {"heartbeat", heartbeat()},
            {"goodbye", goodbye()}};
}

std::vector<Expected<ToSession>> expected_to_session() {
    return {{"welcome", session_welcome()},
            {"refused", refused()},
            {"message", show()},
            {"bundle", bundle()},
            {"remove", Remove{message, RemovalCause::recalled}},
            {"ticket", TicketRenewed{after_now(600'000)}},
            {"heartbeat", heartbeat()},
            {"goodbye", goodbye()}};
}

std::vector<Expected<FromOperator>> expected_from_operator() {
    return {{"hello", OperatorHello{{1, 2}, {3, 9}, "crier 0.1.0"}},
            {"send", send()},
            {"update", update()},
            {"recall", Recall{15, request_id(), message, true}},
            {"close", CloseQuestion{16, request_id(), message, true}},
            {"set_admission", set_admission()},
            {"admission", AskAdmission{18}},
            {"sessions", ListSessions{7, Target::matching("user=V*"), other}},
            {"messages", ListMessages{8, 99, 100, true}},
            {"outcome", AskOutcome{9, message, session}},
            {"follow", Follow{10, message}},
            {"watch", Watch{11}},
            {"whoami", AskIdentity{12}},
            {"health", AskHealth{13}},
            {"cluster", AskCluster{20}},
            {"forget", ForgetBroker{21, id_from<BrokerId>(0x40)}},
            {"set_keys", SetKeys{24,
                     request_id(),
                     {{registered_key()}, {Bytes32{}}, {"t-1"}, {"Vanessa"}}}},
            {"keys", ListKeys{25, rising()}},
            {"entries", ListEntries{16, now, "ops", "recall", message, 99, 100}},
            {"audit_head", AskAuditHead{17}},
            {"audit_verify", AskAuditVerify{18, head()}},
            {"screens", AskScreens{19, "user=V*", now, 100}},
            {"heartbeat", heartbeat()},
            {"goodbye", goodbye()}};
}

std::vector<Expected<ToOperator>> expected_to_operator() {
    return {{"welcome", operator_welcome()},
            {"refused", refused()},
            {"accepted", Accepted{6, message, 7, tally(), true, true, now, 3, counts(),
                                  after_now(60'000), silent()}},
            {"session_page", session_page()},
            {"message_page", message_page()},
            {"outcome_page", outcome_page()},
            {"tally", TallyChanged{message, tally(), true, counts(), true, silent()}},
            {"happened", happened()},
            {"done", Done{10}},
            {"answers", answers()},
            {"admission", admission()},
            {"identity", Identity{12, "ops", {"send"}, "ipc"}},
            {"health", health()},
            {"cluster", cluster_status()},
            {"key_page", key_page()},
            {"entry_page", entry_page()},
            {"audit_head", HeadSigned{17, head()}},
            {"audit_verdict", verdict()},
            {"screen_page", screen_page()},
            {"heartbeat", heartbeat()},
            {"goodbye", goodbye()}};
}

std::vector<Expected<BellMessage>> expected_bell() {
    BellMessage body;
    body.kind = BellMessage::Kind::changed;
    body.id = message;
    body.seq = 7;
    body.revision = 2;
    body.content = saying("Bonjour", "Ce soir", Severity::critical);
    body.from = "ops";
    body.sent = now;
    body.off_screen_at = after_now(5);
    BellMessage removed = body;
    removed.kind = BellMessage::Kind::removed;
    removed.cause = RemovalCause::recalled;
    return {{"body", body}, {"removal", removed}};
}

}  // namespace crier::test
