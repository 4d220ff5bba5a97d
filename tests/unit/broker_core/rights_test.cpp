// What a key may do. Method: a core without sockets, every request under every right alone, and
// under all but that one; what is expected is written here once more.

#include "broker/core/rights.hpp"

#include <gtest/gtest.h>

#include "broker/journal/memory_journal.hpp"
#include "tests/contract/journal_samples.hpp"
#include "tests/support/broker_driver.hpp"

namespace crier::testing {
namespace {

using namespace broker;
using protocol::FromOperator;
using protocol::Refused;
using Lines = std::vector<std::string>;

Rights all_but(Right missing) {
    Rights rights = Rights::all();
    rights.remove(missing);
    return rights;
}

class RightsTest : public ::testing::Test {
protected:
    RightsTest() { journal.sign_with(samples::signing_key()); }

    /// What an operator is told who asks that with these rights, if it is for want of one.
    std::string refusal(const Rights& rights, const FromOperator& request) {
        const PeerId peer = broker.join_operator(rights);
        broker.receive(peer, request);
        const auto refused = broker.last<Refused>(peer);
        broker.close(peer);
        const bool is_for_that = refused && refused->code == ErrorCode::not_authorized;
        return is_for_that ? refused->detail : "";
    }
    UtcTime soon() const { return broker.now().utc + Milliseconds{3'600'000}; }
    protocol::Send message(std::uint8_t number) const {
        protocol::Send send;
        send.request = number;
        send.id = message_id(number);
        send.content.text = "Salut";
        return send;
    }
    static protocol::Update change(std::uint8_t number, const MessageId& message) {
        protocol::Update update;
        update.id = message_id(number);
        update.message = message;
        update.text = "Other words";
        return update;
    }
    void expect_change_refused(const protocol::Send& sent, const Rights& rights,
                               const std::string& reason) {
        broker.receive(broker.join_operator(), FromOperator{sent});
        const protocol::Update update = change(20, sent.id);
        protocol::Recall recall;
        recall.id = message_id(21);
        recall.message = sent.id;
        EXPECT_NE(refusal(rights, update).find(reason), std::string::npos);
        EXPECT_NE(refusal(rights, recall).find(reason), std::string::npos);
        EXPECT_EQ(refusal(Rights::all(), update), "");
        EXPECT_EQ(refusal(Rights::all(), recall), "");
    }

    MemoryJournal journal;
    BrokerDriver broker{journal, insecure_settings()};
};

TEST_F(RightsTest, AreWantedForEachRequest) {
    protocol::Send drop = message(1);
    drop.schedule.drop = soon();
    protocol::Send drain = drop;
    drain.id = message_id(2);
    drain.schedule.close_admission = broker.now().utc;
    const struct {
        FromOperator request;
        std::vector<Right> wanted;
    } rows[] = {
        {message(3), {Right::send}},
        {drop, {Right::send, Right::drop}},
        {drain, {Right::send, Right::drain}},
        {change(4, message_id(9)), {Right::send}},
        {protocol::Recall{}, {Right::send}},
        {protocol::CloseQuestion{}, {Right::send}},
        {protocol::SetAdmission{}, {Right::admission}},
        {protocol::AskAdmission{}, {Right::list}},
        {protocol::ListSessions{}, {Right::list}},
        {protocol::ListMessages{}, {Right::list}},
        {protocol::AskOutcome{}, {Right::list}},
        {protocol::Follow{}, {Right::list}},
        {protocol::AskCluster{}, {Right::list}},
        {protocol::Watch{}, {Right::watch}},
        {protocol::ListEntries{}, {Right::audit}},
        {protocol::AskAuditHead{}, {Right::audit}},
        {protocol::AskAuditVerify{}, {Right::audit}},
        {protocol::AskScreens{}, {Right::audit}},
        {protocol::ForgetBroker{}, {Right::cluster}},
        {protocol::AskIdentity{}, {}},
        {protocol::AskHealth{}, {}},
    };
    for (const auto& [request, wanted] : rows) {
        SCOPED_TRACE(request.index());
        Lines lines;
        for (const Right right : wanted) {
            const std::string name(right_table()[static_cast<std::size_t>(right)].name);
            const std::string reason = "your key has no right to " + name + " (";
            EXPECT_TRUE(refusal(all_but(right), request).starts_with(reason));
            lines.push_back(name);
        }
        EXPECT_EQ(refusal(Rights(), request).empty(), wanted.empty());
        EXPECT_EQ(refusal(*Rights::parse(lines), request), "");
    }
}

TEST_F(RightsTest, LimitHowLoudAMessageIs) {
    const Rights quiet = *Rights::parse({"send", "severity:warning"});
    protocol::Send send = message(1);
    send.content.severity = Severity::critical;
    const std::string reason =
        "your key has no right to send messages that are critical, only up to warning";
    EXPECT_EQ(refusal(quiet, send), reason);
    send.content.severity = Severity::warning;
    EXPECT_EQ(refusal(quiet, send), "");
    protocol::Update update = change(2, message_id(1));
    update.severity = Severity::critical;
    EXPECT_EQ(refusal(quiet, update), reason);
}

TEST_F(RightsTest, LetNobodyChangeWhatTheyMayNotSend) {
    protocol::Send critical = message(1);
    critical.content.severity = Severity::critical;
    expect_change_refused(critical, *Rights::parse({"send", "severity:warning"}), "critical");
}

TEST_F(RightsTest, LetNobodyChangeADropThatTheyMayNotOrder) {
    protocol::Send drop = message(1);
    drop.schedule.drop = soon();
    expect_change_refused(drop, {Right::send}, "no right to drop");
}

TEST_F(RightsTest, LetNobodyRecallWhatOnlyHistoryHasAndTheyMayNotSend) {
    broker::EngineSettings settings = insecure_settings();
    settings.remembered_cells_max = 0;
    MemoryJournal other;
    BrokerDriver forgetful(other, settings);
    const PeerId op = forgetful.join_operator();
    const PeerId session = forgetful.join("vanessa-1");
    protocol::Send critical = message(1);
    critical.content.severity = Severity::critical;
    forgetful.receive(op, FromOperator{critical});
    forgetful.receipt(session, 1, State::displayed);
    const PeerId quiet = forgetful.join_operator(*Rights::parse({"send", "severity:info"}));
    protocol::Recall recall;
    recall.id = message_id(2);
    recall.message = message_id(1);
    forgetful.receive(quiet, FromOperator{recall});
    const auto refused = forgetful.last<Refused>(quiet);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::not_authorized);
    EXPECT_FALSE(forgetful.last<protocol::Remove>(session));
}

TEST_F(RightsTest, AreToldToWhoeverHasThem) {
    const Rights rights = *Rights::parse({"severity:warning", "list", "send"});
    const PeerId peer = broker.join_operator(rights);
    broker.receive(peer, FromOperator{protocol::AskIdentity{1}});
    const auto identity = broker.last<protocol::Identity>(peer);
    ASSERT_TRUE(identity);
    EXPECT_EQ(identity->rights, (Lines{"send", "list", "severity:warning"}));
}

TEST(Rights, AreWrittenAsLinesAndReadBack) {
    EXPECT_EQ(*Rights::parse(Rights::all().lines()), Rights::all());
    EXPECT_EQ(*Rights::parse({}), Rights());
    const Rights quiet = *Rights::parse({"send", "severity:info"});
    EXPECT_EQ(quiet.severity_max(), Severity::info);
    EXPECT_EQ(*Rights::parse(quiet.lines()), quiet);
    EXPECT_EQ(*Rights::parse({"severity:critical"}), Rights());
}

TEST(Rights, AreRefusedWithTheLineThatIsWrong) {
    for (const Lines& lines :
         {Lines{"fly"}, Lines{""}, Lines{"Send"}, Lines{"send", "send"}, Lines{"severity:"},
          Lines{"severity:loud"}, Lines{"severity:info", "severity:info"}}) {
        const auto read = Rights::parse(lines);
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().code, ErrorCode::configuration_invalid);
        EXPECT_NE(read.error().detail.find('"' + lines.back() + '"'), std::string::npos);
    }
}

TEST(Rights, AreAnOperatorsUnlessTheyAreToListenOnly) {
    EXPECT_FALSE(Rights().is_operator());
    EXPECT_FALSE(Rights{Right::listen}.is_operator());
    EXPECT_TRUE((Rights{Right::listen, Right::audit}.is_operator()));
}

}  // namespace
}  // namespace crier::testing
