// What `crier` prints of plans and questions. Method: made-up answers of a broker in, text out.

#include "publisher/cli/present_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "publisher/cli/present_json.hpp"

namespace crier::cli {
namespace {

using namespace std::chrono_literals;

constexpr UtcTime now = utc_from_ms(1'795'000'000'000);
const View pipe{Form::pipe, 80, now};
const View terminal{Form::terminal, 80, now};
const View json{Form::json, 80, now};

bool says(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

Asked asked(std::uint32_t answered, std::uint32_t quorum) {
    Asked made;
    made.choices = {"now", "no"};
    made.quorum = quorum;
    made.result.tally[State::answered] = answered;
    made.result.tally[State::displayed] = 4 - answered;
    made.result.counts.answers = {answered, 0};
    made.result.is_complete = answered == 4;
    made.result.is_closed = true;
    return made;
}

TEST(PresentPlan, AQuestionsExitCodeSaysWhetherEnoughHaveAnswered) {
    EXPECT_EQ(exit_code_of(asked(4, 0)), ExitCode::done);
    EXPECT_EQ(exit_code_of(asked(3, 75)), ExitCode::done);
    EXPECT_EQ(exit_code_of(asked(2, 75)), ExitCode::some_not);
    EXPECT_EQ(exit_code_of(asked(3, 0)), ExitCode::some_not);
    Asked nobody = asked(0, 0);
    nobody.result.tally = {};
    EXPECT_EQ(exit_code_of(nobody), ExitCode::nobody);
}

TEST(PresentPlan, AQuestionShowsItsCountsAndWhyItClosed) {
    EXPECT_EQ(present(asked(3, 75), pipe), "now\t3\nno\t0\nno answer\t1\n");
    EXPECT_TRUE(says(present(asked(3, 75), terminal), "the quorum has answered"));
    EXPECT_TRUE(says(present(asked(4, 0), terminal), "All 4 sessions answered"));
    EXPECT_TRUE(says(present(asked(1, 75), terminal), "its time is over"));
    EXPECT_TRUE(says(present(asked(3, 75), json), R"("answers":[{"choice":"now","count":3})"));
}

TEST(PresentPlan, AnAnswerIsTheSameInAQuestionItsStatusAndItsReport) {
    Asked made = asked(1, 0);
    made.outcome.emplace();
    made.outcome->message.content.choices = made.choices;
    SessionOutcome answered;
    answered.state = State::answered;
    answered.answer = 1;
    made.outcome->sessions = {answered, SessionOutcome{}};
    const std::string in_status = present(MessageStatus{*made.outcome, {}}, json);
    for (const std::string& text : {present(made, json), in_status, json_of(*made.outcome)}) {
        EXPECT_TRUE(says(text, R"("answer":"no","answer_index":1)")) << text;
        EXPECT_TRUE(says(text, R"("answer":null,"answer_index":null)")) << text;
    }
    EXPECT_EQ(json_of(*made.outcome).front(), '[');
}

TEST(PresentPlan, WhatIsScheduledIsListedTheNextFirst) {
    SentMessage later;
    later.next = now + 2h;
    later.content.text = "Later";
    SentMessage sooner;
    sooner.next = now + 1h;
    sooner.content.text = "Sooner";
    sooner.schedule.every = 15min;
    sooner.schedule.until = now + 3h;
    const std::string text = present_scheduled({later, sooner}, pipe);
    EXPECT_LT(text.find("Sooner"), text.find("Later"));
    EXPECT_TRUE(says(text, "every 15m until "));
    EXPECT_EQ(present_scheduled({}, terminal), "Nothing is scheduled.\n");
}

TEST(PresentPlan, ADropSaysHowToKeepThemOut) {
    Dropped dropped;
    dropped.at = now + 60s;
    dropped.result.tally[State::waiting] = 2;
    dropped.result.is_complete = true;
    EXPECT_TRUE(says(present(dropped, pipe), "2 sessions end at "));
    EXPECT_TRUE(says(present(dropped, pipe), "close admission"));
    EXPECT_EQ(exit_code_of(dropped), ExitCode::done);
    dropped.is_waited_for = true;
    dropped.result.is_complete = false;
    dropped.result.counts.dropped = 1;
    EXPECT_TRUE(says(present(dropped, pipe), "Ended: 1 of 2 sessions."));
    EXPECT_EQ(exit_code_of(dropped), ExitCode::some_not);
}

TEST(PresentPlan, ADrainShowsItsPlanBeforeItStarts) {
    DrainCommand command;
    command.send.text = "Down in {remaining}";
    command.send.extras.countdown_to = now + 1h;
    command.send.schedule.announcements = {now + 30min};
    command.send.schedule.close_admission = now + 55min;
    command.send.schedule.drop = now + 1h;
    command.left_out = {"2h"};
    const std::string text = present(DrainPlan{command, {Session{}, Session{}}}, pipe);
    EXPECT_TRUE(says(text, "everyone, now 2 sessions"));
    EXPECT_TRUE(says(text, "announced, 30m before"));
    EXPECT_TRUE(says(text, "the announcement 2h before: that time has passed"));
    EXPECT_TRUE(says(text, "new sessions are refused"));
    EXPECT_TRUE(says(text, "the sessions that are left end"));
}

TEST(PresentPlan, ADrainsPlanIsInTheOrderOfTime) {
    DrainCommand command;
    command.send.text = "Down in {remaining}";
    command.send.extras.countdown_to = now + 1h;
    command.send.schedule.announcements = {now + 30min, now + 55min, now + 59min};
    command.send.schedule.close_admission = now + 55min;
    const std::string text = present(DrainPlan{command, {}}, pipe);
    std::vector<std::size_t> places;
    for (const char* step : {"announced, 30m before", "announced, 5m before", "are refused",
                             "announced, 1m before", "it leaves the screens"}) {
        places.push_back(text.find(step));
        EXPECT_TRUE(says(text, step)) << step;
    }
    EXPECT_TRUE(std::is_sorted(places.begin(), places.end())) << text;
}

}  // namespace
}  // namespace crier::cli
