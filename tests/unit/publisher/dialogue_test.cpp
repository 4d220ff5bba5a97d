// Dialogue: every request is asked when there is a connection, asked again after a lost one, and
// answered exactly once. Method: the test plays the broker, in virtual time.

#include "publisher/core/dialogue.hpp"

#include "tests/unit/publisher/dialogue_fixture.hpp"

namespace crier::publisher {
namespace {

const Error lost{ErrorCode::broker_unreachable, "lost"};

TEST_F(DialogueTest, GreetsFirstAndAsksOnlyAfterTheWelcome) {
    const Ticket ticket = post(AskForIdentity{});
    EXPECT_EQ(take_opened(), std::vector<std::string>{"tcp://one:1"});
    EXPECT_TRUE(take_frames().empty());
    step(LinkOpened{});
    const auto hello = take_question<protocol::OperatorHello>();
    EXPECT_EQ(hello.client, "test 1");
    broker_says(welcome());
    const auto question = take_question<protocol::AskIdentity>();
    broker_says(protocol::Identity{question.request, "operator", {"send"}, "ipc"});
    const auto identity = expect_answer<Identity>(ticket);
    EXPECT_EQ(identity.principal, "operator");
    EXPECT_EQ(identity.rights, std::vector<std::string>{"send"});
}

TEST_F(DialogueTest, SaysWhenThereIsAConnection) {
    const Ticket ticket = post(AskForConnection{});
    static_cast<void>(take_opened());
    step(LinkOpened{});
    EXPECT_FALSE(take_answer(ticket));
    broker_says(welcome());
    expect_answer<std::monostate>(ticket);
    expect_answer<std::monostate>(post(AskForConnection{}));
}

TEST_F(DialogueTest, TellsWhoWaitsForAConnectionWhyThereIsNone) {
    const Ticket waiting = post(AskForConnection{});
    const Ticket asking = post(AskForHealth{});
    step(LinkClosed{lost});
    EXPECT_EQ(expect_failure(waiting), lost);
    EXPECT_FALSE(take_answer(asking)) << "a request goes on trying until its deadline";
    advance(Milliseconds(10'000));
    EXPECT_EQ(expect_failure(asking), lost);
}

TEST_F(DialogueTest, EndsEveryRequestAtOnceForWhatTimeDoesNotHeal) {
    const Ticket ticket = post(AskForHealth{});
    step(LinkClosed{{ErrorCode::server_key_wrong, "another broker"}});
    EXPECT_EQ(expect_failure(ticket).code, ErrorCode::server_key_wrong);
}

TEST_F(DialogueTest, KeepsSeveralRequestsApartByTheirNumbers) {
    connect();
    const Ticket first = post(AskForIdentity{});
    const auto first_question = take_question<protocol::AskIdentity>();
    const Ticket second = post(AskForIdentity{});
    const auto second_question = take_question<protocol::AskIdentity>();
    EXPECT_NE(first_question.request, second_question.request);
    broker_says(protocol::Identity{second_question.request, "second", {}, ""});
    broker_says(protocol::Identity{first_question.request, "first", {}, ""});
    EXPECT_EQ(expect_answer<Identity>(first).principal, "first");
    EXPECT_EQ(expect_answer<Identity>(second).principal, "second");
}

TEST_F(DialogueTest, AsksAgainWithTheSameIdOnTheNextConnection) {
    connect();
    const Ticket ticket = post(hello_request());
    const auto first = take_question<protocol::Send>();
    reconnect();
    const auto second = take_question<protocol::Send>();
    EXPECT_EQ(second.id, first.id);
    EXPECT_EQ(second.content, first.content);
    auto answer = accepted(second, tally(2, 0, 0));
    answer.already = true;
    broker_says(answer);
    const auto result = expect_answer<SendResult>(ticket);
    EXPECT_EQ(result.seq, 7u);
    EXPECT_FALSE(result.already) << "it was this very call that stored it";
}

TEST_F(DialogueTest, ReportsAnUnknownOutcomeWhenTheNextBrokerHasNoRoom) {
    connect();
    const Ticket ticket = post(hello_request());
    const auto first = take_question<protocol::Send>();
    reconnect();
    protocol::Refused refused;
    refused.code = ErrorCode::overloaded;
    refused.request = take_question<protocol::Send>().request;
    broker_says(refused);
    EXPECT_EQ(expect_failure(ticket).code, ErrorCode::outcome_unknown)
        << "the first broker may have put " << to_string(first.id) << " into the log";
}

TEST_F(DialogueTest, ReportsAnUnknownRecallWhenTheNextBrokerHasNoRoom) {
    connect();
    const Ticket ticket = post(AskToRecall{message_id(9), message_id(1)});
    static_cast<void>(take_question<protocol::Recall>());
    reconnect();
    protocol::Refused refused;
    refused.code = ErrorCode::overloaded;
    refused.request = take_question<protocol::Recall>().request;
    broker_says(refused);
    EXPECT_EQ(expect_failure(ticket).code, ErrorCode::outcome_unknown);
}

TEST_F(DialogueTest, ReportsAnUnknownOutcomeWhenItsTimeIsOverAfterALostConnection) {
    connect();
    const Ticket ticket = post(hello_request());
    static_cast<void>(take_frames());
    step(LinkClosed{lost});
    advance(Milliseconds(9'999));
    EXPECT_FALSE(take_answer(ticket));
    advance(Milliseconds(1));
    const Error error = expect_failure(ticket);
    EXPECT_EQ(error.code, ErrorCode::outcome_unknown);
    EXPECT_NE(error.detail.find(to_string(message_id(1))), std::string::npos) << error.detail;
}

TEST_F(DialogueTest, ReportsAnUnknownOutcomeWhenTheBrokerDoesNotAnswerInTime) {
    connect();
    const Ticket ticket = post(hello_request(), Milliseconds(3'000));
    advance(Milliseconds(3'000));
    EXPECT_EQ(expect_failure(ticket).code, ErrorCode::outcome_unknown);
}

TEST_F(DialogueTest, KnowsThatNothingWasSentWithoutAConnection) {
    step(TimePassed{});
    step(LinkClosed{lost});
    const Ticket ticket = post(hello_request());
    advance(Milliseconds(10'000));
    EXPECT_EQ(expect_failure(ticket), lost);
}

TEST_F(DialogueTest, TimesOutAQuestionThatIsNotAnswered) {
    connect();
    const Ticket ticket = post(AskForHealth{}, Milliseconds(500));
    advance(Milliseconds(499));
    EXPECT_FALSE(take_answer(ticket));
    advance(Milliseconds(1));
    EXPECT_EQ(expect_failure(ticket).code, ErrorCode::timed_out);
}

TEST_F(DialogueTest, IgnoresAnAnswerThatComesTooLate) {
    connect();
    const Ticket ticket = post(AskForHealth{}, Milliseconds(500));
    const auto question = take_question<protocol::AskHealth>();
    advance(Milliseconds(500));
    static_cast<void>(take_answer(ticket));
    protocol::Health late;
    late.request = question.request;
    broker_says(late);
    EXPECT_FALSE(take_answer(ticket));
    EXPECT_FALSE(take_closed());
}

TEST_F(DialogueTest, PassesARefusalOnWithItsPlaces) {
    connect();
    const Ticket ticket = post(hello_request());
    const auto question = take_question<protocol::Send>();
    protocol::Refused refused;
    refused.request = question.request;
    refused.code = ErrorCode::session_unknown;
    refused.detail = "no such session";
    refused.unknown = {session_id(9)};
    broker_says(refused);
    const auto failure = expect_answer<Failure>(ticket);
    EXPECT_EQ(failure.error.code, ErrorCode::session_unknown);
    EXPECT_EQ(failure.unknown, std::vector<SessionId>{session_id(9)});
}

TEST_F(DialogueTest, TakesARequestThatAStoppingBrokerRefusedToTheNextConnection) {
    connect();
    const Ticket ticket = post(hello_request());
    protocol::Refused refused;
    refused.request = take_question<protocol::Send>().request;
    refused.code = ErrorCode::stopping;
    broker_says(refused);
    EXPECT_FALSE(take_answer(ticket));
    protocol::Goodbye goodbye;
    goodbye.come_back_after = Milliseconds(1'000);
    broker_says(goodbye);
    EXPECT_TRUE(take_closed());
    advance(Milliseconds(999));
    EXPECT_TRUE(take_opened().empty());
    advance(Milliseconds(1));
    EXPECT_EQ(take_opened().size(), 1u);
    step(LinkOpened{});
    static_cast<void>(take_frames());
    broker_says(welcome());
    broker_says(accepted(take_question<protocol::Send>(), tally(1, 0, 0)));
    EXPECT_EQ(expect_answer<SendResult>(ticket).seq, 7u);
}

TEST_F(DialogueTest, EndsRequestsWhenTheBrokerSaysGoodbyeForGood) {
    connect();
    const Ticket ticket = post(AskForHealth{});
    protocol::Goodbye goodbye;
    goodbye.reason = "this key was revoked";
    broker_says(goodbye);
    const Error error = expect_failure(ticket);
    EXPECT_EQ(error.code, ErrorCode::broker_unreachable);
    EXPECT_NE(error.detail.find("revoked"), std::string::npos);
    advance(Milliseconds(3'600'000));
    EXPECT_TRUE(take_opened().empty());
    post(AskForHealth{});
    EXPECT_EQ(take_opened().size(), 1u) << "somebody wants it";
}

TEST_F(DialogueTest, LeavesABrokerThatFallsSilent) {
    connect();
    advance(Milliseconds(12'499));
    EXPECT_FALSE(take_closed());
    EXPECT_EQ(take_frames().size(), 2u) << "its own signs of life";
    advance(Milliseconds(1));
    EXPECT_TRUE(take_closed());
    advance(Milliseconds(200));
    EXPECT_EQ(take_opened().size(), 1u);
}

TEST_F(DialogueTest, LeavesABrokerThatSpeaksSomethingElse) {
    connect();
    const Ticket ticket = post(AskForHealth{});
    const protocol::Bytes noise{0xc1, 0xff};
    step(FrameReceived{noise});
    EXPECT_TRUE(take_closed());
    EXPECT_FALSE(take_answer(ticket)) << "one bad frame may be a bad connection";
}

TEST_F(DialogueTest, RefusesABrokerThatDoesNotGreet) {
    const Ticket ticket = post(AskForConnection{});
    step(LinkOpened{});
    broker_says(protocol::Done{1});
    EXPECT_TRUE(take_closed());
    EXPECT_EQ(expect_failure(ticket).code, ErrorCode::malformed_frame);
}

TEST_F(DialogueTest, PassesOnWhyAHelloWasRefused) {
    const Ticket ticket = post(AskForConnection{});
    step(LinkOpened{});
    protocol::Refused refused;
    refused.code = ErrorCode::version_unsupported;
    refused.detail = "version 2 only";
    broker_says(refused);
    EXPECT_TRUE(take_closed());
    EXPECT_EQ(expect_failure(ticket).code, ErrorCode::version_unsupported);
}

TEST_F(DialogueTest, FailsTheOneRequestThatGetsAnAnswerToAnother) {
    connect();
    const Ticket ticket = post(AskForHealth{});
    broker_says(protocol::Done{take_question<protocol::AskHealth>().request});
    EXPECT_EQ(expect_failure(ticket).code, ErrorCode::malformed_frame);
    EXPECT_FALSE(take_closed());
}

TEST_F(DialogueTest, AnswersEverybodyWhenItIsStopped) {
    connect();
    const Ticket sent = post(hello_request());
    const Ticket asked = post(AskForHealth{});
    static_cast<void>(take_frames());
    step(StopRequested{});
    EXPECT_EQ(expect_failure(sent).code, ErrorCode::outcome_unknown);
    EXPECT_EQ(expect_failure(asked).code, ErrorCode::stopping);
    EXPECT_TRUE(std::holds_alternative<protocol::Goodbye>(take_only_frame()));
    EXPECT_TRUE(take_closed());
    EXPECT_EQ(expect_failure(post(AskForHealth{})).code, ErrorCode::stopping);
    advance(Milliseconds(3'600'000));
    EXPECT_TRUE(take_opened().empty());
}

TEST_F(DialogueTest, ForgetsARequestThatNobodyWantsAnyMore) {
    connect();
    const Ticket ticket = post(AskForHealth{});
    const auto question = take_question<protocol::AskHealth>();
    step(RequestDropped{ticket});
    protocol::Health health;
    health.request = question.request;
    broker_says(health);
    advance(Milliseconds(10'000));
    EXPECT_FALSE(take_answer(ticket));
}

TEST(Dialogue, RefusesRequestsBeyondItsLimit) {
    Dialogue dialogue(
        {.connector = {.endpoints = {"tcp://one:1"}}, .client = "", .requests_max = 2});
    Effects effects;
    for (std::uint64_t number = 1; number <= 3; ++number) {
        dialogue.step(RequestPosted{Ticket{number}, AskForHealth{}, std::nullopt}, Moment{},
                      effects);
    }
    ASSERT_TRUE(std::holds_alternative<Complete>(effects.back()));
    const auto& complete = std::get<Complete>(effects.back());
    EXPECT_EQ(complete.ticket, Ticket{3});
    EXPECT_EQ(std::get<Failure>(complete.answer).error.code, ErrorCode::overloaded);
}

class TwoEndpoints : public DialogueTest {
protected:
    TwoEndpoints() : DialogueTest({"tcp://one:1", "tcp://two:2"}) {}
};

TEST_F(TwoEndpoints, GoesToTheNextEndpointWithoutDelay) {
    const Ticket ticket = post(AskForConnection{});
    EXPECT_EQ(take_opened(), std::vector<std::string>{"tcp://one:1"});
    step(LinkClosed{lost});
    EXPECT_EQ(take_opened(), std::vector<std::string>{"tcp://two:2"});
    EXPECT_FALSE(take_answer(ticket));
    step(LinkOpened{});
    broker_says(welcome());
    expect_answer<std::monostate>(ticket);
}

// ---- A cluster
// ---------------------------------------------------------------------------------

const Error no_log{ErrorCode::backbone_unreachable, "no NATS server can be reached"};
const Error no_answer{ErrorCode::outcome_unknown, "the log gave no answer in time"};

protocol::Refused refusal(std::uint64_t request, const Error& error) {
    protocol::Refused frame;
    frame.request = request;
    frame.code = error.code;
    frame.detail = error.detail;
    return frame;
}

TEST_F(DialogueTest, AsksTheOnlyBrokerAgainWhenItHasNoLog) {
    connect();
    const Ticket ticket = post(hello_request());
    const auto first = take_question<protocol::Send>();
    broker_says(refusal(first.request, no_log));
    EXPECT_FALSE(take_answer(ticket));
    EXPECT_FALSE(take_closed()) << "there is nowhere else to go";
    EXPECT_TRUE(take_frames().empty()) << "not at once";
    advance(Milliseconds(200));
    const auto second = take_question<protocol::Send>();
    EXPECT_EQ(second.id, first.id);
    EXPECT_NE(second.request, first.request);
    broker_says(accepted(second, tally(1, 0, 0)));
    EXPECT_EQ(expect_answer<SendResult>(ticket).seq, 7u);
}

TEST_F(DialogueTest, SaysAtTheEndThatNothingWasStoredIfThatIsSo) {
    connect();
    const Ticket ticket = post(hello_request(), Milliseconds(1'000));
    broker_says(refusal(take_question<protocol::Send>().request, no_log));
    advance(Milliseconds(200));
    broker_says(refusal(take_question<protocol::Send>().request, no_log));
    advance(Milliseconds(150));
    EXPECT_FALSE(take_answer(ticket));
    // The third time it is asked nobody answers; had it been taken, nobody would know.
    advance(Milliseconds(650));
    EXPECT_EQ(expect_failure(ticket).code, ErrorCode::outcome_unknown);

    static_cast<void>(take_frames());
    const Ticket short_lived = post(hello_request(), Milliseconds(50));
    broker_says(refusal(take_question<protocol::Send>().request, no_log));
    advance(Milliseconds(50));
    EXPECT_EQ(expect_failure(short_lived), no_log);
}

TEST_F(DialogueTest, SaysAtTheEndThatTheOutcomeIsUnknownIfItEverWas) {
    connect();
    const Ticket ticket = post(hello_request(), Milliseconds(500));
    broker_says(refusal(take_question<protocol::Send>().request, no_answer));
    advance(Milliseconds(200));
    broker_says(refusal(take_question<protocol::Send>().request, no_log));
    advance(Milliseconds(300));
    EXPECT_TRUE(take_frames().empty()) << "an answer would hardly come in time";
    const Error error = expect_failure(ticket);
    EXPECT_EQ(error.code, ErrorCode::outcome_unknown);
    EXPECT_NE(error.detail.find(to_string(message_id(1))), std::string::npos) << error.detail;
}

TEST_F(DialogueTest, PassesOnWhatTheNextQuestionIsAnsweredBy) {
    connect();
    const Ticket ticket = post(hello_request());
    broker_says(refusal(take_question<protocol::Send>().request, no_answer));
    advance(Milliseconds(200));
    const Error invalid{ErrorCode::time_invalid, "it has expired meanwhile"};
    broker_says(refusal(take_question<protocol::Send>().request, invalid));
    EXPECT_EQ(expect_failure(ticket), invalid);
}

TEST_F(DialogueTest, WatchesOnWhileItsRequestsAreRefused) {
    connect();
    const Ticket watching{900};
    step(RequestPosted{watching, AskToWatch{}, std::nullopt});
    broker_says(protocol::Done{take_question<protocol::Watch>().request});
    const Ticket ticket = post(hello_request());
    broker_says(refusal(take_question<protocol::Send>().request, no_log));
    EXPECT_FALSE(take_answer(ticket));
    EXPECT_TRUE(take_news(watching).empty());
}

/// A broker that names another, which takes over.
class TwoBrokers : public DialogueTest {
protected:
    static protocol::ToOperator welcome_naming(const std::string& other) {
        protocol::OperatorWelcome frame;
        frame.others = {{{other}, 1}};
        return frame;
    }
    void connect_to_the_first() {
        step(TimePassed{});
        ASSERT_EQ(take_opened(), std::vector<std::string>{"tcp://one:1"});
        greet(welcome_naming("tcp://two:2"));
    }
    void greet(const protocol::ToOperator& frame) {
        step(LinkOpened{});
        static_cast<void>(take_question<protocol::OperatorHello>());
        broker_says(frame);
    }
    void expect_opened(const std::string& endpoint) {
        EXPECT_EQ(take_opened(), std::vector<std::string>{endpoint});
    }
    /// Of a send, in the middle of which the first one was lost.
    ErrorCode code_when_the_other_says(ErrorCode code) {
        connect_to_the_first();
        const Ticket ticket = post(hello_request());
        static_cast<void>(take_question<protocol::Send>());
        step(LinkClosed{lost});
        advance(Milliseconds(200));
        expect_opened("tcp://two:2");
        greet(welcome_naming("tcp://one:1"));
        broker_says(refusal(take_question<protocol::Send>().request, {code, "no"}));
        return expect_failure(ticket).code;
    }
};

TEST_F(TwoBrokers, AsksTheOtherWhatTheFirstOneDiedWith) {
    connect_to_the_first();
    const Ticket ticket = post(hello_request());
    const auto first = take_question<protocol::Send>();
    step(LinkClosed{lost});
    advance(Milliseconds(200));
    expect_opened("tcp://two:2");
    greet(welcome_naming("tcp://one:1"));
    const auto second = take_question<protocol::Send>();
    EXPECT_EQ(second.id, first.id);
    broker_says(accepted(second, tally(1, 0, 0)));
    EXPECT_EQ(expect_answer<SendResult>(ticket).seq, 7u);
}

TEST_F(TwoBrokers, DoNotKnowWhatTheFirstOneHasDoneWhenTheOtherRefuses) {
    EXPECT_EQ(code_when_the_other_says(ErrorCode::time_invalid), ErrorCode::outcome_unknown);
}

TEST_F(TwoBrokers, KnowThatAnIdWhichIsAnothersHasDoneNothing) {
    EXPECT_EQ(code_when_the_other_says(ErrorCode::request_id_reused), ErrorCode::request_id_reused);
}

TEST_F(TwoBrokers, AsksTheOtherWhatTheFirstOneCannotTake) {
    connect_to_the_first();
    const Ticket ticket = post(hello_request());
    const auto first = take_question<protocol::Send>();
    broker_says(refusal(first.request, no_log));
    EXPECT_TRUE(take_closed());
    expect_opened("tcp://two:2");
    greet(welcome_naming("tcp://one:1"));
    const auto second = take_question<protocol::Send>();
    EXPECT_EQ(second.id, first.id);
    broker_says(refusal(second.request, no_log));
    EXPECT_TRUE(take_closed());
    EXPECT_TRUE(take_opened().empty()) << "both have refused";
    advance(Milliseconds(200));
    expect_opened("tcp://one:1");
    greet(welcome_naming("tcp://two:2"));
    broker_says(accepted(take_question<protocol::Send>(), tally(1, 0, 0)));
    EXPECT_EQ(expect_answer<SendResult>(ticket).seq, 7u);
}

TEST_F(TwoBrokers, TakesEveryRequestToTheOtherWhenTheFirstOneSaysGoodbye) {
    connect_to_the_first();
    const Ticket sent = post(hello_request());
    const Ticket asked = post(AskForHealth{});
    static_cast<void>(take_frames());
    protocol::Goodbye goodbye;
    goodbye.come_back_after = Milliseconds(1'000);
    broker_says(goodbye);
    expect_opened("tcp://two:2");
    greet(welcome_naming("tcp://one:1"));
    const auto frames = take_frames();
    ASSERT_EQ(frames.size(), 2u);
    broker_says(accepted(std::get<protocol::Send>(frames[0]), tally(1, 0, 0)));
    protocol::Health health;
    health.request = std::get<protocol::AskHealth>(frames[1]).request;
    health.is_healthy = true;
    broker_says(health);
    EXPECT_EQ(expect_answer<SendResult>(sent).seq, 7u);
    EXPECT_TRUE(expect_answer<Health>(asked).is_healthy);
}

TEST_F(TwoBrokers, ListsMessagesAnewAtTheOtherWhichNumbersThemOtherwise) {
    connect_to_the_first();
    const Ticket ticket = post(AskForMessages{3, std::nullopt});
    protocol::MessagePage page;
    page.request = take_question<protocol::ListMessages>().request;
    page.messages.resize(2);
    page.messages[0].seq = 9;
    page.messages[1].seq = 8;
    for (protocol::MessageSummary& one : page.messages) one.content.text = "text";
    page.more = true;
    broker_says(page);
    EXPECT_EQ(take_question<protocol::ListMessages>().before, 8u);
    step(LinkClosed{lost});
    advance(Milliseconds(200));
    expect_opened("tcp://two:2");
    greet(welcome_naming("tcp://one:1"));
    const auto again = take_question<protocol::ListMessages>();
    EXPECT_EQ(again.before, std::nullopt);
    EXPECT_EQ(again.count_max, 3u);
    page.request = again.request;
    page.more = false;
    broker_says(page);
    EXPECT_EQ(expect_answer<Gathered<SentMessage>>(ticket).size(), 2u);
}

}  // namespace
}  // namespace crier::publisher
