// Following: a wait ends when every targeted session is there, or when no more can come there.
// Method: through the dialogue, with a broker played by the test.

#include "publisher/core/following.hpp"

#include "tests/unit/publisher/dialogue_fixture.hpp"

namespace crier::publisher {
namespace {

class FollowingTest : public DialogueTest {
protected:
    Ticket send_and_wait(State state, const Tally& counts) {
        const Ticket ticket = post(hello_request(state), Milliseconds(30'000));
        const auto question = take_question<protocol::Send>();
        EXPECT_TRUE(question.follow);
        broker_says(accepted(question, counts));
        return ticket;
    }

    /// An update was accepted; then the connection was lost, and is back.
    Ticket update_and_wait(State state, const Tally& counts) {
        MessageUpdate changes;
        changes.text = "At 23:00";
        const Ticket ticket =
            post(AskToUpdate{message_id(9), message_id(1), changes, state}, Milliseconds(30'000));
        protocol::Accepted answer;
        answer.request = take_question<protocol::Update>().request;
        answer.id = message_id(1);
        answer.seq = 7;
        answer.revision = 2;
        answer.tally = counts;
        broker_says(answer);
        reconnect();
        return ticket;
    }

    void tally_comes(const Tally& counts, bool is_final = false) {
        broker_says(protocol::TallyChanged{message_id(1), counts, is_final});
    }

    /// Answers the two questions of a wait.
    void answer_follow(const Tally& counts, bool is_final = false) {
        broker_says(protocol::Done{take_question<protocol::Follow>().request});
        protocol::OutcomePage page;
        page.request = take_question<protocol::AskOutcome>().request;
        page.message.id = message_id(1);
        page.message.seq = 7;
        page.message.content.text = "text";
        page.message.tally = counts;
        page.message.is_final = is_final;
        broker_says(page);
    }
};

TEST_F(FollowingTest, ShowsTheCountGrowingUntilAllAreThere) {
    connect();
    const Ticket ticket = send_and_wait(State::displayed, tally(3, 0, 0));
    tally_comes(tally(1, 1, 1));
    tally_comes(tally(0, 0, 3));
    const auto news = take_news(ticket);
    ASSERT_EQ(news.size(), 3u);
    EXPECT_EQ(std::get<Progress>(news[1]).tally, tally(1, 1, 1));
    const auto result = expect_answer<SendResult>(ticket);
    EXPECT_TRUE(result.is_complete);
    EXPECT_EQ(result.seq, 7u);
    EXPECT_EQ(result.tally, tally(0, 0, 3));
}

TEST_F(FollowingTest, CountsLaterStatesAsReached) {
    connect();
    const Ticket ticket = send_and_wait(State::delivered, tally(1, 1, 1));
    Tally counts = tally(0, 1, 1);
    counts[State::suppressed] = 1;
    tally_comes(counts);
    EXPECT_TRUE(expect_answer<SendResult>(ticket).is_complete);
}

TEST_F(FollowingTest, DoesNotTakeSuppressedForDisplayed) {
    connect();
    const Ticket ticket = send_and_wait(State::displayed, tally(1, 0, 0));
    Tally counts;
    counts[State::suppressed] = 1;
    tally_comes(counts);
    EXPECT_FALSE(take_answer(ticket)) << "it may still be displayed";
    advance(Milliseconds(30'000));
}

TEST_F(FollowingTest, EndsAtOnceWhenThereIsNobody) {
    connect();
    const Ticket ticket = send_and_wait(State::displayed, tally(0, 0, 0));
    EXPECT_TRUE(expect_answer<SendResult>(ticket).is_complete);
}

TEST_F(FollowingTest, EndsWhenTheRestCannotGetThere) {
    connect();
    const Ticket ticket = send_and_wait(State::displayed, tally(2, 0, 0));
    tally_comes(tally(0, 0, 1, 1));
    const auto result = expect_answer<SendResult>(ticket);
    EXPECT_FALSE(result.is_complete);
    EXPECT_EQ(result.tally, tally(0, 0, 1, 1));
}

TEST_F(FollowingTest, EndsWhenTheBrokerSaysThatNothingWillChange) {
    connect();
    const Ticket ticket = send_and_wait(State::displayed, tally(1, 0, 1));
    Tally counts = tally(0, 0, 1);
    counts[State::suppressed] = 1;
    tally_comes(counts, true);
    const auto result = expect_answer<SendResult>(ticket);
    EXPECT_FALSE(result.is_complete);
    EXPECT_TRUE(result.is_final);
}

TEST_F(FollowingTest, GoesOnForWhatPeopleDoWhenAllElseIsFinal) {
    connect();
    const Ticket ticket = send_and_wait(State::acknowledged, tally(0, 0, 2));
    tally_comes(tally(0, 0, 2), true);
    Tally counts = tally(0, 0, 1);
    counts[State::acknowledged] = 1;
    tally_comes(counts, true);
    counts = {};
    counts[State::acknowledged] = 2;
    tally_comes(counts, true);
    EXPECT_TRUE(expect_answer<SendResult>(ticket).is_complete);
}

TEST_F(FollowingTest, ReturnsWhatItHasWhenTheTimeIsOver) {
    connect();
    const Ticket ticket = send_and_wait(State::displayed, tally(2, 0, 0));
    tally_comes(tally(1, 0, 1));
    for (int second = 0; second < 30; ++second) {
        broker_says(protocol::Heartbeat{});
        advance(Milliseconds(1'000));
    }
    const auto result = expect_answer<SendResult>(ticket);
    EXPECT_FALSE(result.is_complete);
    EXPECT_EQ(result.tally, tally(1, 0, 1));
}

TEST_F(FollowingTest, IgnoresOtherMessagesTallies) {
    connect();
    const Ticket ticket = send_and_wait(State::displayed, tally(1, 0, 0));
    broker_says(protocol::TallyChanged{message_id(2), tally(0, 0, 1), true});
    EXPECT_FALSE(take_answer(ticket));
}

TEST_F(FollowingTest, NamesWhoIsSilentInTheEndAndNotWhoWasAtFirst) {
    connect();
    const Ticket ticket = post(hello_request(State::displayed), Milliseconds(30'000));
    auto answer = accepted(take_question<protocol::Send>(), tally(3, 0, 0));
    answer.silent = {{"b1", 2}, {"b2", 1}};
    broker_says(answer);
    protocol::TallyChanged told{message_id(1), tally(1, 0, 2)};
    told.silent = {{"b2", 1}};
    broker_says(told);
    for (int second = 0; second < 30; ++second) {
        broker_says(protocol::Heartbeat{});
        advance(Milliseconds(1'000));
    }
    EXPECT_EQ(expect_answer<SendResult>(ticket).silent, told.silent);
}

TEST_F(FollowingTest, GoesOnAfterALostConnectionAndLearnsWhatItMissed) {
    connect();
    const Ticket ticket = send_and_wait(State::displayed, tally(2, 0, 0));
    reconnect();
    answer_follow(tally(1, 0, 1));
    EXPECT_FALSE(take_answer(ticket));
    tally_comes(tally(0, 0, 2));
    EXPECT_TRUE(expect_answer<SendResult>(ticket).is_complete);
}

TEST_F(FollowingTest, OfAnUpdateLearnsWhatCameToPassWhileTheConnectionWasLost) {
    connect();
    const Ticket ticket = update_and_wait(State::displayed, tally(2, 0, 0));
    answer_follow(tally(0, 0, 2));
    const auto result = expect_answer<SendResult>(ticket);
    EXPECT_TRUE(result.is_complete);
    EXPECT_EQ(result.tally, tally(0, 0, 2));
    EXPECT_EQ(result.revision, 2u);
}

TEST_F(FollowingTest, OfAnUpdateShowsTheCountGrowingAfterALostConnection) {
    connect();
    const Ticket ticket = update_and_wait(State::displayed, tally(2, 0, 0));
    answer_follow(tally(1, 0, 1));
    EXPECT_FALSE(take_answer(ticket));
    tally_comes(tally(0, 0, 2));
    EXPECT_TRUE(expect_answer<SendResult>(ticket).is_complete);
    EXPECT_EQ(take_news(ticket).size(), 3u);
}

TEST_F(FollowingTest, ReturnsTheAcceptedMessageWhenItIsStopped) {
    connect();
    const Ticket ticket = send_and_wait(State::displayed, tally(2, 0, 0));
    step(StopRequested{});
    EXPECT_FALSE(expect_answer<SendResult>(ticket).is_complete);
}

TEST_F(FollowingTest, WaitsForAMessageOfSomebodyElse) {
    connect();
    const Ticket ticket = post(AskToWait{message_id(1), State::displayed});
    answer_follow(tally(1, 0, 1));
    tally_comes(tally(0, 0, 2));
    const auto progress = expect_answer<Progress>(ticket);
    EXPECT_TRUE(progress.is_complete);
    EXPECT_EQ(progress.seq, 7u);
}

TEST_F(FollowingTest, NeedsNoTallyOfAMessageThatIsThereAlready) {
    connect();
    const Ticket ticket = post(AskToWait{message_id(1), State::displayed});
    answer_follow(tally(0, 0, 2), true);
    EXPECT_TRUE(expect_answer<Progress>(ticket).is_complete);
}

TEST_F(FollowingTest, RefusesToWaitForAMessageThatTheBrokerDoesNotKnow) {
    connect();
    const Ticket ticket = post(AskToWait{message_id(1), State::displayed});
    protocol::Refused refused;
    refused.request = take_question<protocol::Follow>().request;
    refused.code = ErrorCode::message_unknown;
    broker_says(refused);
    EXPECT_EQ(expect_failure(ticket).code, ErrorCode::message_unknown);
}

}  // namespace
}  // namespace crier::publisher
