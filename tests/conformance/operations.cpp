#include "tests/conformance/operations.hpp"

#include <gtest/gtest.h>

#include <variant>

#include "tests/conformance/document.hpp"
#include "tests/conformance/expected_frames.hpp"

namespace crier::test {
namespace {

using namespace protocol;  // Its frames.

constexpr Milliseconds half_an_hour{1'800'000};

MessageId id_from(std::uint8_t number) {
    MessageId id;
    id.bytes.back() = number;
    return id;
}

constexpr std::uint8_t new_id = 99;

/// nullopt: no message is so.
std::optional<About> about(const Operation& operation) {
    if (operation.condition.ends_with("`close_admission`")) return About::close_admission;
    if (operation.condition.ends_with("`drop`")) return About::drop;
    if (!operation.condition.empty()) return std::nullopt;
    return operation.frame == "close" ? About::question : About::plain;
}

/// What the vectors' frame lacks to be about something that is there.
void settle(Send& send, const Operation& operation, const SessionId& session, UtcTime now) {
    const bool is_dry_run = operation.condition == "with `dry_run`";
    send = message_about(is_dry_run ? About::plain : *about(operation), session, now);
    send.id = id_from(new_id);
    send.dry_run = is_dry_run;
}

void settle(ListSessions& list, const Operation&, const SessionId&, UtcTime) {
    list = {list.request, Target::everyone(), {}};
}
void settle(AskOutcome& ask, const Operation&, const SessionId&, UtcTime) {
    ask = {ask.request, id_of(About::plain), {}};
}
void settle(Follow& follow, const Operation&, const SessionId&, UtcTime) {
    follow.id = id_of(About::plain);
}
void settle(AskAuditVerify& verify, const Operation&, const SessionId&, UtcTime) {
    verify.head.reset();
}
void settle(SetKeys& set, const Operation&, const SessionId&, UtcTime) {
    RegisteredKey key;
    key.key = {0x77};
    key.name = "newcomer";
    set.id = id_from(new_id);
    set.change = {{key}, {}};
}
void settle(SetAdmission& set, const Operation&, const SessionId&, UtcTime) {
    set = {set.request, id_from(new_id), false, "Later", {}};
}
void settle(Update& update, const Operation& operation, const SessionId&, UtcTime) {
    const std::uint64_t request = update.request;
    update = {};
    update.request = request;
    update.id = id_from(new_id);
    update.message = id_of(*about(operation));
    update.text = "Other words";
}
template <class Change>
requires std::is_same_v<Change, Recall> || std::is_same_v<Change, CloseQuestion>
void settle(Change& change, const Operation& operation, const SessionId&, UtcTime) {
    change.id = id_from(new_id);
    change.message = id_of(*about(operation));
}

Operation read(const Row& row, const std::string& frame) {
    Operation operation;
    operation.frame = frame;
    // Behind all names: "`update`, `recall` of a message with `drop`".
    const std::string& cell = row[0];
    const auto condition = std::min(cell.find("` with "), cell.find("` of "));
    if (condition != std::string::npos) operation.condition = cell.substr(condition + 2);
    operation.is_for_sessions = row[1] == "yes";
    operation.is_for_operators = row[2] != "no such frame";
    operation.rights = quoted_in(row[2]);
    operation.is_for_brokers = row[3] == "yes";
    EXPECT_TRUE(row[1] == "yes" || row[1] == "no") << cell;
    EXPECT_TRUE(row[3] == "yes" || row[3] == "no") << cell;
    EXPECT_TRUE(row[2].empty() || !operation.is_for_operators || !operation.rights.empty()) << cell;
    return operation;
}

}  // namespace

std::string Operation::name() const {
    return condition.empty() ? frame : frame + " " + condition;
}

bool Operation::is_change() const {
    return frame == "update" || frame == "recall" || frame == "close";
}

std::vector<Operation> operations() {
    std::vector<Operation> list;
    for (const Row& row : rows_of("operations")) {
        EXPECT_EQ(row.size(), 4u) << row[0];
        if (row.size() != 4) continue;
        const auto end = std::min({row[0].find("` with "), row[0].find("` of "), row[0].size()});
        for (const std::string& frame : quoted_in(row[0].substr(0, end))) {
            list.push_back(read(row, frame));
        }
    }
    return list;
}

MessageId id_of(About about) {
    return id_from(static_cast<std::uint8_t>(about));
}

Send message_about(About about, const SessionId& to, UtcTime now) {
    Send send;
    send.id = id_of(about);
    send.target = Target::of({to});
    send.content.text = "Salut";
    send.expires = now + 3 * half_an_hour;
    if (about == About::close_admission) send.schedule.close_admission = now + half_an_hour;
    // Whoever may drain may end sessions by it.
    if (about == About::drop || about == About::close_admission) {
        send.schedule.drop = now + 2 * half_an_hour;
    }
    if (about != About::plain) send.content.choices = {"yes", "no"};
    return send;
}

std::optional<FromOperator> operator_frame(const Operation& operation, const SessionId& session,
                                           UtcTime now) {
    const bool is_dry_run = operation.frame == "send" && operation.condition == "with `dry_run`";
    if (!about(operation) && !is_dry_run) return std::nullopt;
    for (auto& [name, frame] : expected_from_operator()) {
        if (name != operation.frame) continue;
        FromOperator settled = frame;
        std::visit(
            [&](auto& one) {
                if constexpr (requires { settle(one, operation, session, now); }) {
                    settle(one, operation, session, now);
                }
                if constexpr (requires { one.request; }) one.request = 1;
            },
            settled);
        return settled;
    }
    return std::nullopt;
}

std::optional<FromSession> session_frame(const Operation& operation) {
    for (const auto& [name, frame] : expected_from_session()) {
        if (name != operation.frame) continue;
        if (name != "receipts") return frame;
        Receipt receipt;
        receipt.id = id_of(About::plain);
        receipt.state = State::displayed;
        return Receipts{1, {receipt}};
    }
    return std::nullopt;
}

}  // namespace crier::test
