// Exchanges: what each kind of request asks, page by page, and what its answers become.
// Method: through the dialogue, with a broker played by the test.

#include "publisher/core/exchange.hpp"

#include "shared/base/limits.hpp"
#include "tests/unit/publisher/dialogue_fixture.hpp"

namespace crier::publisher {
namespace {

using ExchangeTest = DialogueTest;

Session session(std::uint8_t number) {
    Session listed;
    listed.id = session_id(number);
    listed.attributes.user = "user " + std::to_string(number);
    return listed;
}

protocol::MessageSummary summary(std::uint64_t seq) {
    protocol::MessageSummary listed;
    listed.id = message_id(static_cast<std::uint8_t>(seq));
    listed.seq = seq;
    listed.content.text = "text";
    return listed;
}

TEST_F(ExchangeTest, SendsWhatItWasGiven) {
    connect();
    AskToSend request = hello_request();
    request.target = Target::of({session_id(1), session_id(2)});
    request.content = {"text", "title", Severity::critical, Style::alert};
    request.expires = utc_from_ms(1'800'000'000'000);
    post(request);
    const auto question = take_question<protocol::Send>();
    EXPECT_EQ(question.id, request.id);
    EXPECT_EQ(question.target, request.target);
    EXPECT_EQ(question.content, request.content);
    EXPECT_EQ(question.expires, request.expires);
    EXPECT_FALSE(question.follow) << "nobody waits";
}

TEST_F(ExchangeTest, ReturnsWithTheAcceptanceWhenThereIsNothingToWaitFor) {
    connect();
    const Ticket ticket = post(hello_request());
    auto answer = accepted(take_question<protocol::Send>(), tally(3, 0, 0));
    answer.stands_until = utc_from_ms(1'800'000'000'000);
    answer.already = true;
    broker_says(answer);
    const auto result = expect_answer<SendResult>(ticket);
    EXPECT_EQ(result.id, message_id(1));
    EXPECT_EQ(result.tally, tally(3, 0, 0));
    EXPECT_EQ(result.stands_until, answer.stands_until);
    EXPECT_TRUE(result.already);
    EXPECT_TRUE(result.is_complete);
}

TEST_F(ExchangeTest, AnUpdateSendsWhatChangesAndWaitsForTheNewRevision) {
    connect();
    MessageUpdate changes;
    changes.text = "At 23:00";
    changes.ask_again = true;
    const Ticket ticket =
        post(AskToUpdate{message_id(9), message_id(1), changes, State::displayed});
    const auto question = take_question<protocol::Update>();
    EXPECT_EQ(question.id, message_id(9));
    EXPECT_EQ(question.message, message_id(1));
    EXPECT_EQ(question.text, "At 23:00");
    EXPECT_FALSE(question.title);
    EXPECT_TRUE(question.ask_again);
    EXPECT_TRUE(question.follow);
    protocol::Accepted answer;
    answer.request = question.request;
    answer.id = message_id(1);
    answer.seq = 7;
    answer.revision = 2;
    answer.tally = tally(2, 0, 0);
    broker_says(answer);
    broker_says(protocol::TallyChanged{message_id(1), tally(0, 0, 2), true, 0});
    const auto result = expect_answer<SendResult>(ticket);
    EXPECT_EQ(result.id, message_id(1));
    EXPECT_EQ(result.revision, 2u);
    EXPECT_TRUE(result.is_complete);
}

TEST_F(ExchangeTest, ARecallWaitsUntilNoConnectedScreenHasIt) {
    connect();
    const Ticket ticket = post(AskToRecall{message_id(9), message_id(1)});
    const auto question = take_question<protocol::Recall>();
    EXPECT_TRUE(question.follow);
    protocol::Accepted answer;
    answer.request = question.request;
    answer.id = message_id(1);
    answer.tally = tally(0, 0, 2);
    broker_says(answer);
    broker_says(protocol::TallyChanged{message_id(1), tally(0, 0, 2), false, 1});
    broker_says(protocol::TallyChanged{message_id(1), tally(0, 0, 2), true, 2});
    const auto result = expect_answer<SendResult>(ticket);
    EXPECT_TRUE(result.is_complete);
    EXPECT_EQ(result.counts.removed, 2u);
    EXPECT_FALSE(result.already);
}

TEST_F(ExchangeTest, ARecallOfWhatWasRecalledIsDoneAtOnce) {
    connect();
    const Ticket ticket = post(AskToRecall{message_id(9), message_id(1)});
    protocol::Accepted answer;
    answer.request = take_question<protocol::Recall>().request;
    answer.id = message_id(1);
    answer.already = true;
    broker_says(answer);
    const auto result = expect_answer<SendResult>(ticket);
    EXPECT_TRUE(result.already);
    EXPECT_TRUE(result.is_complete);
}

TEST_F(ExchangeTest, ARecallWhoseAnswerWasLostIsStillWaitedFor) {
    connect();
    const Ticket ticket = post(AskToRecall{message_id(9), message_id(1)});
    EXPECT_EQ(take_question<protocol::Recall>().id, message_id(9));
    reconnect();
    protocol::Accepted answer;
    answer.request = take_question<protocol::Recall>().request;
    answer.id = message_id(1);
    answer.tally = tally(0, 0, 2);
    answer.already = true;
    broker_says(answer);
    EXPECT_FALSE(take_answer(ticket)) << "the screens have not said that it is off";
    broker_says(protocol::TallyChanged{message_id(1), tally(0, 0, 2), true, 2});
    const auto result = expect_answer<SendResult>(ticket);
    EXPECT_FALSE(result.already) << "it was this very request";
    EXPECT_TRUE(result.is_complete);
    EXPECT_EQ(result.counts.removed, 2u);
}

TEST_F(ExchangeTest, WaitsForNothingAfterADryRun) {
    connect();
    AskToSend request = hello_request(State::displayed);
    request.dry_run = true;
    const Ticket ticket = post(request);
    const auto question = take_question<protocol::Send>();
    EXPECT_TRUE(question.dry_run);
    EXPECT_FALSE(question.follow);
    auto answer = accepted(question, tally(3, 0, 0));
    answer.seq = 0;
    answer.dry_run = true;
    broker_says(answer);
    EXPECT_TRUE(expect_answer<SendResult>(ticket).dry_run);
}

TEST_F(ExchangeTest, FailsWithoutDoubtAfterALostDryRun) {
    connect();
    AskToSend request = hello_request();
    request.dry_run = true;
    const Ticket ticket = post(request, Milliseconds(1'000));
    advance(Milliseconds(1'000));
    EXPECT_EQ(expect_failure(ticket).code, ErrorCode::timed_out);
}

TEST_F(ExchangeTest, GathersAllPagesOfSessions) {
    connect();
    const Ticket ticket = post(AskForSessions{Target::matching("user=*")});
    const auto first = take_question<protocol::ListSessions>();
    EXPECT_EQ(first.target, Target::matching("user=*"));
    EXPECT_FALSE(first.after);
    broker_says(protocol::SessionPage{first.request, {session(1), session(2)}, true});
    const auto second = take_question<protocol::ListSessions>();
    EXPECT_EQ(second.after, session_id(2));
    broker_says(protocol::SessionPage{second.request, {session(3)}, false});
    const auto sessions = expect_answer<Gathered<Session>>(ticket);
    ASSERT_EQ(sessions.size(), 3u);
    EXPECT_EQ(sessions[2].attributes.user, "user 3");
}

TEST_F(ExchangeTest, GoesOnWithTheNextPageAfterALostConnection) {
    connect();
    const Ticket ticket = post(AskForSessions{});
    broker_says(
        protocol::SessionPage{take_question<protocol::ListSessions>().request, {session(1)}, true});
    static_cast<void>(take_frames());
    reconnect();
    const auto again = take_question<protocol::ListSessions>();
    EXPECT_EQ(again.after, session_id(1));
    broker_says(protocol::SessionPage{again.request, {session(2)}, false});
    EXPECT_EQ(expect_answer<Gathered<Session>>(ticket).size(), 2u);
}

TEST_F(ExchangeTest, RefusesAnEmptyPageThatPromisesMore) {
    connect();
    const Ticket ticket = post(AskForSessions{});
    broker_says(protocol::SessionPage{take_question<protocol::ListSessions>().request, {}, true});
    EXPECT_EQ(expect_failure(ticket).code, ErrorCode::malformed_frame);
}

TEST_F(ExchangeTest, AsksForAsManyMessagesAsWantedAndNoMore) {
    connect();
    const Ticket ticket = post(AskForMessages{.count = 3, .before = 100});
    const auto first = take_question<protocol::ListMessages>();
    EXPECT_EQ(first.before, 100u);
    EXPECT_EQ(first.count_max, 3u);
    broker_says(protocol::MessagePage{first.request, {summary(9), summary(8)}, true});
    const auto second = take_question<protocol::ListMessages>();
    EXPECT_EQ(second.before, 8u);
    EXPECT_EQ(second.count_max, 1u);
    broker_says(protocol::MessagePage{second.request, {summary(7)}, true});
    const auto messages = expect_answer<Gathered<SentMessage>>(ticket);
    ASSERT_EQ(messages.size(), 3u);
    EXPECT_EQ(messages[2].seq, 7u);
}

TEST_F(ExchangeTest, AsksForAHundredMessagesAtATime) {
    connect();
    post(AskForMessages{.count = 5'000, .before = std::nullopt});
    EXPECT_EQ(take_question<protocol::ListMessages>().count_max, 100u);
}

TEST_F(ExchangeTest, GathersAnOutcomeWithTheNewestTally) {
    connect();
    const Ticket ticket = post(AskForOutcome{message_id(1)});
    const auto first = take_question<protocol::AskOutcome>();
    EXPECT_EQ(first.id, message_id(1));
    protocol::OutcomePage page;
    page.request = first.request;
    page.message = summary(1);
    page.message.tally = tally(2, 0, 0);
    page.outcomes.resize(1);
    page.outcomes[0].session = session_id(4);
    page.more = true;
    broker_says(page);
    const auto second = take_question<protocol::AskOutcome>();
    EXPECT_EQ(second.after, session_id(4));
    page.request = second.request;
    page.message.tally = tally(1, 0, 1);
    page.outcomes[0].session = session_id(5);
    page.outcomes[0].state = State::displayed;
    page.more = false;
    broker_says(page);
    const auto outcome = expect_answer<Outcome>(ticket);
    EXPECT_EQ(outcome.message.tally, tally(1, 0, 1));
    ASSERT_EQ(outcome.sessions.size(), 2u);
    EXPECT_EQ(outcome.sessions[1].state, State::displayed);
}

protocol::Happened opened(std::int64_t at) {
    protocol::Happened event;
    event.at = utc_from_ms(at);
    event.session = session_id(1);
    event.user = "Vanessa";
    return event;
}

TEST_F(ExchangeTest, TellsWatchersWhatHappens) {
    connect();
    const Ticket ticket = post(AskToWatch{});
    const auto question = take_question<protocol::Watch>();
    broker_says(opened(1));
    EXPECT_TRUE(take_news(ticket).empty()) << "before the broker's yes it is somebody else's";
    broker_says(protocol::Done{question.request});
    broker_says(opened(2));
    const auto news = take_news(ticket);
    ASSERT_EQ(news.size(), 1u);
    const auto& happened = std::get<Happened>(news[0]);
    EXPECT_EQ(happened.what, Happened::What::session_opened);
    EXPECT_EQ(happened.user, "Vanessa");
    EXPECT_FALSE(take_answer(ticket));
}

TEST_F(ExchangeTest, TellsWatchersOfTheGapThatALostConnectionMade) {
    connect();
    const Ticket ticket = post(AskToWatch{});
    broker_says(protocol::Done{take_question<protocol::Watch>().request});
    broker_says(opened(2));
    reconnect();
    broker_says(protocol::Done{take_question<protocol::Watch>().request});
    const auto news = take_news(ticket);
    ASSERT_EQ(news.size(), 3u);
    EXPECT_EQ(std::get<Happened>(news[1]).what, Happened::What::connection_lost);
    EXPECT_FALSE(std::get<Happened>(news[1]).detail.empty());
    EXPECT_GT(std::get<Happened>(news[1]).at, UtcTime{});
    EXPECT_EQ(std::get<Happened>(news[2]).what, Happened::What::missed);
    EXPECT_EQ(std::get<Happened>(news[2]).at, moment().utc);
}

protocol::LogEntry listed(std::uint64_t seq) {
    protocol::LogEntry entry;
    entry.seq = seq;
    entry.kind = "update";
    entry.about = MessageId{};
    protocol::Update update;
    update.text = "new";
    update.severity = Severity::critical;
    entry.body = protocol::encode(protocol::FromOperator{update});
    return entry;
}

TEST_F(ExchangeTest, AsksForEntriesPageByPage) {
    connect();
    const Ticket ticket = post(AskForEntries{3, {.by = "ann", .kind = "update", .before = 100}});
    const auto first = take_question<protocol::ListEntries>();
    EXPECT_EQ(first.by, "ann");
    EXPECT_EQ(first.kind, "update");
    EXPECT_EQ(first.before, 100u);
    EXPECT_EQ(first.count_max, 3u);
    broker_says(protocol::EntryPage{first.request, {listed(90), listed(80)}, true});
    const auto second = take_question<protocol::ListEntries>();
    EXPECT_EQ(second.before, 80u);
    EXPECT_EQ(second.count_max, 1u);
    broker_says(protocol::EntryPage{second.request, {listed(70), listed(60)}, true});
    const auto entries = expect_answer<std::vector<AuditEntry>>(ticket);
    ASSERT_EQ(entries.size(), 3u) << "and no more than were asked for";
    EXPECT_EQ(entries[2].seq, 70u);
    EXPECT_EQ(entries[0].text, "new");
    EXPECT_EQ(entries[0].severity, Severity::critical);
    EXPECT_FALSE(entries[0].title) << "what an update leaves as it is";
    EXPECT_FALSE(entries[0].target);
}

TEST_F(ExchangeTest, SaysOfAChangeOfKeysAllThatItChanges) {
    connect();
    const Ticket ticket = post(AskForEntries{});
    protocol::SetKeys set;
    RegisteredKey desk;
    desk.key = {1};
    desk.name = "desk";
    desk.rights = {"session", "list"};
    desk.user = "vanessa";
    desk.expires = utc_from_ms(1'700'000'000'000);
    set.change = {{desk}, {{2}}, {"ticket-7"}, {"marc"}};
    protocol::LogEntry entry = listed(5);
    entry.kind = "keys";
    entry.body = protocol::encode(protocol::FromOperator{set});
    broker_says(protocol::EntryPage{take_question<protocol::ListEntries>().request, {entry}});
    const auto entries = expect_answer<std::vector<AuditEntry>>(ticket);
    ASSERT_EQ(entries.size(), 1u);
    EXPECT_EQ(entries[0].text,
              "desk (" + to_string(desk.key) + ") may session, list as vanessa until " +
                  to_string(*desk.expires) + "; revoked " + to_string(PublicKey{2}) +
                  "; revoked ticket ticket-7; revoked tickets of marc");
}

TEST_F(ExchangeTest, ListsEntriesOfAKindToComeWithoutTheirContent) {
    connect();
    const Ticket ticket = post(AskForEntries{});
    protocol::LogEntry entry = listed(5);
    entry.kind = "drop";
    entry.body = {0x81, 0xa1, 't', 0xa4, 'd', 'r', 'o', 'p'};
    broker_says(protocol::EntryPage{take_question<protocol::ListEntries>().request, {entry}});
    const auto entries = expect_answer<std::vector<AuditEntry>>(ticket);
    ASSERT_EQ(entries.size(), 1u);
    EXPECT_EQ(entries[0].kind, "drop");
    EXPECT_FALSE(entries[0].text);
}

TEST_F(ExchangeTest, AsksForAHeadAndForACheckAnewAfterALostConnection) {
    connect();
    const Ticket head_ticket = post(AskForAuditHead{});
    AuditHead head;
    head.seq = 7;
    broker_says(protocol::HeadSigned{take_question<protocol::AskAuditHead>().request, head});
    EXPECT_EQ(expect_answer<AuditHead>(head_ticket), head);

    const Ticket ticket = post(AskToVerify{head});
    EXPECT_EQ(take_question<protocol::AskAuditVerify>().head, head);
    reconnect();
    AuditVerdict verdict;
    verdict.finding = AuditFinding{AuditFault::missing, 3, 4, {}, "gone"};
    broker_says(protocol::LogVerified{take_question<protocol::AskAuditVerify>().request, verdict});
    EXPECT_EQ(expect_answer<AuditVerdict>(ticket), verdict);
}

/// Texts from `first` on, as they were shown one after the other.
protocol::ScreenPage screen_page(const protocol::AskScreens& question, std::uint32_t first,
                                 std::uint32_t count, bool more) {
    protocol::ScreenPage page{question.request, {}, more, utc_from_ms(1'000)};
    for (std::uint32_t number = first; number < first + count; ++number) {
        page.screens.emplace_back().content.text = std::to_string(number);
    }
    return page;
}

TEST_F(ExchangeTest, AsksWhatWasOnScreensPageByPage) {
    connect();
    const UtcTime at = utc_from_ms(2'000);
    const Ticket ticket = post(AskForScreens{"user=V*", at});
    const auto first = take_question<protocol::AskScreens>();
    EXPECT_EQ(first.where, "user=V*");
    EXPECT_EQ(first.at, at);
    EXPECT_EQ(first.skip, 0u);
    broker_says(screen_page(first, 0, 2, true));
    EXPECT_EQ(take_question<protocol::AskScreens>().skip, 2u);
    reconnect();
    const auto again = take_question<protocol::AskScreens>();
    EXPECT_EQ(again.skip, 2u) << "what has come need not come again";
    EXPECT_EQ(again.where, "user=V*");
    EXPECT_EQ(again.at, at);
    broker_says(screen_page(again, 2, 1, false));
    const auto screens = expect_answer<Screens>(ticket);
    ASSERT_EQ(screens.list.size(), 3u);
    EXPECT_EQ(screens.list[0].content.text, "0");
    EXPECT_EQ(screens.list[2].content.text, "2");
    EXPECT_EQ(screens.known_since, utc_from_ms(1'000));
}

TEST_F(ExchangeTest, ScreensOfWhichNothingIsKnownAreAnAnswer) {
    connect();
    const Ticket ticket = post(AskForScreens{"user=V*", {}});
    broker_says(protocol::ScreenPage{take_question<protocol::AskScreens>().request, {}});
    EXPECT_EQ(expect_answer<Screens>(ticket), Screens{});
}

TEST_F(ExchangeTest, MoreScreensThanOneAnswerHoldsAreRefused) {
    connect();
    constexpr std::uint32_t page = 200;
    // What the last page has, and whether there is more: as many as there may be, then too many.
    for (const auto& [last, more] : {std::pair{page, false}, {page, true}, {page + 1, false}}) {
        const Ticket ticket = post(AskForScreens{"user=*", {}});
        std::uint32_t count = 0;
        for (; count + page < limits::screens_max; count += page) {
            const auto question = take_question<protocol::AskScreens>();
            ASSERT_EQ(question.skip, count);
            broker_says(screen_page(question, count, page, true));
        }
        broker_says(screen_page(take_question<protocol::AskScreens>(), count, last, more));
        if (last == page && !more) {
            EXPECT_EQ(expect_answer<Screens>(ticket).list.size(), limits::screens_max);
            continue;
        }
        const Error error = expect_failure(ticket);
        EXPECT_EQ(error.code, ErrorCode::limit_exceeded);
        EXPECT_NE(error.detail.find("narrow the filter"), std::string::npos);
    }
}

TEST_F(ExchangeTest, APageOfScreensThatPromisesMoreAndHasNothingIsNoAnswer) {
    connect();
    const Ticket ticket = post(AskForScreens{"user=V*", {}});
    const auto question = take_question<protocol::AskScreens>();
    broker_says(screen_page(question, 0, 0, true));
    EXPECT_EQ(expect_failure(ticket).code, ErrorCode::malformed_frame)
        << "or it would be asked for ever";
}

TEST_F(ExchangeTest, AsksForTheBrokersOfTheCluster) {
    connect();
    const Ticket ticket = post(AskForCluster{});
    ClusterBroker broker;
    broker.name = "b1";
    broker.log_number = 7;
    broker_says(protocol::ClusterStatus{take_question<protocol::AskCluster>().request, {broker}});
    EXPECT_EQ(expect_answer<std::vector<ClusterBroker>>(ticket),
              std::vector<ClusterBroker>{broker});
}

TEST_F(ExchangeTest, TellsWhichBrokersDidNotAnswerForAnyPage) {
    connect();
    const Ticket ticket = post(AskForSessions{});
    Session session;
    session.id = session_id(1);
    const auto first = take_question<protocol::ListSessions>();
    broker_says(protocol::SessionPage{first.request, {session}, true, {{"b1", 12}}});
    const auto second = take_question<protocol::ListSessions>();
    session.id = session_id(2);
    broker_says(protocol::SessionPage{second.request, {session}, false, {{"b1", 13}, {"b2", 1}}});
    const auto sessions = expect_answer<Gathered<Session>>(ticket);
    EXPECT_EQ(sessions.size(), 2u);
    EXPECT_EQ(sessions.silent, (std::vector<SilentBroker>{{"b1", 13}, {"b2", 1}}));
}

TEST_F(ExchangeTest, TellsWhichBrokersDidNotAnswerWhenAMessageWasAccepted) {
    connect();
    for (const std::optional<State> wait_for : {std::optional<State>{}, {State::displayed}}) {
        const Ticket ticket = post(hello_request(wait_for));
        protocol::Accepted frame = accepted(take_question<protocol::Send>(), tally(0, 0, 1));
        frame.silent = {{"b1", 12}};
        broker_says(frame);
        EXPECT_EQ(expect_answer<SendResult>(ticket).silent,
                  (std::vector<SilentBroker>{{"b1", 12}}));
    }
}

TEST_F(ExchangeTest, ReadsTheBrokersHealth) {
    connect();
    const Ticket ticket = post(AskForHealth{});
    protocol::Health health;
    health.request = take_question<protocol::AskHealth>().request;
    health.problem = "disk full";
    health.sessions = 5;
    health.live_messages = 6;
    broker_says(health);
    const auto answer = expect_answer<Health>(ticket);
    EXPECT_FALSE(answer.is_healthy);
    EXPECT_EQ(answer.problem, "disk full");
    EXPECT_EQ(answer.sessions, 5u);
    EXPECT_EQ(answer.live_messages, 6u);
}

TEST(Exchange, NamesWhatHappenedAsTheProtocolDoes) {
    for (int number = 0; number <= 5; ++number) {
        EXPECT_EQ(name_of(static_cast<Happened::What>(number)),
                  protocol::name_of(static_cast<protocol::Happening>(number)));
    }
    EXPECT_EQ(name_of(Happened::What::missed), "missed");
    EXPECT_EQ(name_of(Happened::What::connection_lost), "connection_lost");
}

}  // namespace
}  // namespace crier::publisher
