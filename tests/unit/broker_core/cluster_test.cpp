// Brokers of a cluster: what is sent at one reaches the sessions of all, and what one is asked is
// answered for all. Method: cores driven by hand, one log, links that can be cut.

#include <gtest/gtest.h>

#include <set>

#include "broker/core/broker_frames.hpp"
#include "tests/unit/broker_core/cluster_fixture.hpp"

namespace crier::testing {
namespace {

using namespace broker;
using protocol::Accepted;
using protocol::MessagePage;
using protocol::OutcomePage;
using protocol::Refused;
using protocol::SessionPage;
using protocol::TallyChanged;

TEST_F(Cluster, DoesNotTakeOffWhatIsUpdatedWhereABrokerHasForgottenIt) {
    EngineSettings settings = patient_settings();
    settings.remembered_cells_max = 0;
    ClusterDriver small(2, settings);
    small.broker(0).join("vanessa-1");
    const PeerId carl = small.broker(1).join("carl-1");
    const PeerId op = small.broker(0).join_operator();
    small.settle();
    small.broker(0).send(op, 1, "Salut");
    small.settle();
    small.broker(1).receipt(carl, 1, State::displayed);
    small.settle();
    ASSERT_TRUE(small.journal(1).recover()->open_messages.empty()) << "only history has it";
    small.broker(0).update(op, 2, 1, "changed");
    small.settle();
    EXPECT_TRUE(small.broker(0).last<Accepted>(op));
    EXPECT_FALSE(small.broker(1).last<protocol::Remove>(carl));
}

TEST_F(Cluster, ReachesTheSessionsOfEveryBroker) {
    const PeerId vanessa = join(0, "vanessa-1");
    const PeerId carl = join(1, "carl-1");
    const PeerId doris = join(2, "doris-1");
    const PeerId op = join_operator(1);
    cluster.broker(1).send(op, 1, "Maintenance at 22:00");
    cluster.settle();

    EXPECT_EQ(cluster.broker(0).texts(vanessa), std::vector<std::string>{"Maintenance at 22:00"});
    EXPECT_EQ(cluster.broker(1).texts(carl), std::vector<std::string>{"Maintenance at 22:00"});
    EXPECT_EQ(cluster.broker(2).texts(doris), std::vector<std::string>{"Maintenance at 22:00"});
    const auto accepted = cluster.broker(1).last<Accepted>(op);
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->tally.targeted(), 3u);
    EXPECT_TRUE(accepted->silent.empty());
}

TEST_F(Cluster, SaysWhatItDoesNotUnderstandOfANewerBroker) {
    join(2, "doris-1");
    ASSERT_TRUE(cluster.broker(0).was_noticed(Fact::broker_unread));
    for (const Notice& notice : cluster.broker(0).notices()) {
        if (notice.fact != Fact::broker_unread) continue;
        EXPECT_TRUE(notice.detail.starts_with("broker-2: ")) << notice.detail;
    }
}

TEST_F(Cluster, ReachesOneSessionWhereverItIs) {
    const PeerId vanessa = join(0, "vanessa-1");
    const PeerId carl = join(1, "carl-1");
    const PeerId op = join_operator(2);
    cluster.broker(2).send(op, 1, "Salut Vanessa", Target::of({id_of("vanessa-1")}));
    cluster.settle();

    EXPECT_EQ(cluster.broker(0).texts(vanessa), std::vector<std::string>{"Salut Vanessa"});
    EXPECT_TRUE(cluster.broker(1).texts(carl).empty());
    const auto accepted = cluster.broker(2).last<Accepted>(op);
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->tally.targeted(), 1u);
}

TEST_F(Cluster, RefusesASessionThatNoBrokerHas) {
    join(0, "vanessa-1");
    const PeerId op = join_operator(2);
    cluster.broker(2).send(op, 1, "Salut", Target::of({id_of("vanessa-1"), id_of("nobody-1")}));
    cluster.settle();
    const auto refused = cluster.broker(2).last<Refused>(op);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::session_unknown);
    EXPECT_EQ(refused->unknown, std::vector<SessionId>{id_of("nobody-1")});
}

TEST_F(Cluster, KnowsASessionOfABrokerThatHasGone) {
    join(0, "vanessa-1");
    const PeerId op = join_operator(2);
    cluster.kill(0);
    cluster.broker(2).send(op, 1, "Salut", Target::of({id_of("vanessa-1")}));
    cluster.settle();
    const auto accepted = cluster.broker(2).last<Accepted>(op);
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->tally[State::waiting], 1u);
    ASSERT_EQ(accepted->silent.size(), 1u);
    EXPECT_EQ(accepted->silent[0], (SilentBroker{"broker-0", 1}));
}

TEST_F(Cluster, MissesNobodyAnyMoreWhoseSessionsHaveComeElsewhere) {
    join(0, "vanessa-1");
    const PeerId op = join_operator(2);
    cluster.broker(2).send(op, 1, "Salut", Target::of({id_of("vanessa-1")}), true);
    cluster.settle();
    cluster.kill(0);
    cluster.advance(Milliseconds(200));
    auto told = cluster.broker(2).last<TallyChanged>(op);
    ASSERT_TRUE(told);
    EXPECT_EQ(told->silent, (std::vector<SilentBroker>{{"broker-0", 1}}));
    const PeerId vanessa = join(1, "vanessa-1");
    cluster.advance(Milliseconds(1'000));
    receipt(1, vanessa, 1, State::displayed);
    cluster.advance(Milliseconds(200));
    told = cluster.broker(2).last<TallyChanged>(op);
    ASSERT_TRUE(told);
    EXPECT_EQ(told->tally[State::displayed], 1u);
    EXPECT_TRUE(told->silent.empty());
}

TEST_F(Cluster, LearnsOfTheSessionsOfABrokerThatHasGoneFromAnother) {
    join(0, "vanessa-1");
    cluster.kill(2);
    cluster.kill(0);
    cluster.start(2);  // It has never heard of broker 0.
    cluster.settle();
    const PeerId op = join_operator(2);
    cluster.broker(2).send(op, 1, "Salut", Target::of({id_of("vanessa-1")}));
    cluster.settle();
    EXPECT_TRUE(cluster.broker(2).last<Accepted>(op));
}

TEST_F(Cluster, CountsADryRunAtAllBrokers) {
    join(0, "vanessa-1");
    join(1, "vanessa-2");
    join(1, "carl-1");
    const PeerId op = join_operator(2);
    protocol::Send send;
    send.id = message_id(1);
    send.target = Target::matching("user=vanessa");
    send.content.text = "Salut";
    send.dry_run = true;
    EXPECT_EQ(ask<Accepted>(2, op, send).tally.targeted(), 2u);
}

TEST_F(Cluster, ListsTheSessionsOfAllInOneOrder) {
    std::vector<SessionId> ids;
    for (int number = 0; number < 9; ++number) {
        const std::string name = "user" + std::to_string(number) + "-1";
        join(static_cast<std::size_t>(number % 3), name);
        ids.push_back(id_of(name));
    }
    std::sort(ids.begin(), ids.end());
    const PeerId op = join_operator(0);
    const auto page = ask<SessionPage>(0, op, protocol::ListSessions{});
    std::vector<SessionId> listed;
    for (const Session& session : page.sessions) listed.push_back(session.id);
    EXPECT_EQ(listed, ids);
    EXPECT_FALSE(page.more);
}

TEST_F(Cluster, ListsManySessionsPageByPageAndEachOnce) {
    std::set<SessionId> ids;
    for (int number = 0; number < 600; ++number) {
        const std::string name = "user" + std::to_string(number) + "-1";
        cluster.broker(static_cast<std::size_t>(number % 3)).join(name);
        ids.insert(id_of(name));
    }
    cluster.settle();
    const PeerId op = join_operator(0);
    std::set<SessionId> listed;
    protocol::ListSessions request;
    std::size_t count = 0;
    SessionPage page;
    do {
        page = ask<SessionPage>(0, op, request);
        ASSERT_FALSE(page.sessions.empty());
        for (const Session& session : page.sessions) listed.insert(session.id);
        count += page.sessions.size();
        request.after = page.sessions.back().id;
    } while (page.more);
    EXPECT_EQ(listed, ids);
    EXPECT_EQ(count, ids.size());
}

TEST_F(Cluster, TellsTheTallyOfAllBrokersAsItGrows) {
    const PeerId vanessa = join(0, "vanessa-1");
    const PeerId carl = join(1, "carl-1");
    const PeerId op = join_operator(2);
    cluster.broker(2).send(op, 1, "Hello", Target::everyone(), true);
    cluster.settle();
    cluster.broker(2).to_operator(op);

    receipt(0, vanessa, 1, State::displayed);
    cluster.advance(Milliseconds{300});
    auto told = cluster.broker(2).last<TallyChanged>(op);
    ASSERT_TRUE(told);
    EXPECT_EQ(told->tally[State::displayed], 1u);
    EXPECT_EQ(told->tally[State::waiting], 1u);
    EXPECT_FALSE(told->is_final);

    receipt(1, carl, 1, State::displayed);
    cluster.advance(Milliseconds{300});
    told = cluster.broker(2).last<TallyChanged>(op);
    ASSERT_TRUE(told);
    EXPECT_EQ(told->tally[State::displayed], 2u);
    EXPECT_TRUE(told->is_final);
}

TEST_F(Cluster, CountsTheSessionsOfABrokerThatDoesNotAnswerAsWaiting) {
    join(0, "vanessa-1");
    const PeerId op = join_operator(2);
    cluster.silence(0);
    cluster.broker(2).send(op, 1, "Hello", Target::everyone(), true);
    cluster.advance(Milliseconds{1'500});
    const auto accepted = cluster.broker(2).last<Accepted>(op);
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->tally[State::waiting], 1u);
    EXPECT_FALSE(accepted->silent.empty());
}

TEST_F(Cluster, TellsNoTallyThatLeavesOutABrokerWhichIsThere) {
    const PeerId vanessa = join(0, "vanessa-1");
    const PeerId doris = join(2, "doris-1");
    const PeerId op = join_operator(2);
    cluster.broker(2).send(op, 1, "Hello", Target::everyone(), true);
    cluster.settle();
    cluster.broker(2).to_operator(op);

    cluster.cut_link(0, 2);
    cluster.mend_link(0, 2);
    cluster.drop_frames();  // It has not said yet how the message stands there.
    receipt(2, doris, 1, State::displayed);
    cluster.advance(Milliseconds{300});
    for (const protocol::ToOperator& frame : cluster.broker(2).to_operator(op)) {
        const auto* told = std::get_if<TallyChanged>(&frame);
        EXPECT_TRUE(told == nullptr || told->tally.targeted() == 2);
    }

    cluster.cut_link(0, 2);
    cluster.mend_link(0, 2);
    cluster.settle();
    receipt(0, vanessa, 1, State::displayed);
    cluster.advance(Milliseconds{300});
    const auto told = cluster.broker(2).last<TallyChanged>(op);
    ASSERT_TRUE(told);
    EXPECT_EQ(told->tally[State::displayed], 2u);
    EXPECT_TRUE(told->is_final);
}

TEST_F(Cluster, TellsTheTallyOfAllThoughALinkWasLostWhileAnotherBrokerWasSilent) {
    const PeerId vanessa = join(0, "vanessa-1");
    const PeerId doris = join(2, "doris-1");
    const PeerId op = join_operator(2);
    cluster.silence(1);
    cluster.broker(2).send(op, 1, "Hello", Target::everyone(), true);
    cluster.settle();
    receipt(2, doris, 1, State::displayed);
    cluster.cut_link(0, 2);
    cluster.mend_link(0, 2);
    cluster.advance(Milliseconds{1'500});
    ASSERT_TRUE(cluster.broker(2).last<Accepted>(op));
    cluster.cut_link(1, 2);
    receipt(0, vanessa, 1, State::displayed);
    cluster.advance(Milliseconds{300});
    const auto told = cluster.broker(2).last<TallyChanged>(op);
    ASSERT_TRUE(told);
    EXPECT_EQ(told->tally[State::displayed], 2u);
}

TEST_F(Cluster, SaysWhichBrokerDidNotAnswerInTime) {
    join(0, "vanessa-1");
    join(1, "carl-1");
    const PeerId op = join_operator(2);
    // Nobody has noticed yet that it says nothing.
    cluster.broker(2).ask(op, protocol::ListSessions{});
    cluster.drop_frames();
    EXPECT_FALSE(cluster.broker(2).last<SessionPage>(op));
    cluster.advance(Milliseconds{1'500});
    const auto page = cluster.broker(2).last<SessionPage>(op);
    ASSERT_TRUE(page);
    EXPECT_TRUE(page->sessions.empty());
    EXPECT_EQ(page->silent, (std::vector<SilentBroker>{{"broker-0", 1}, {"broker-1", 1}}));
}

TEST_F(Cluster, ListsMessagesWithTheCountsOfAll) {
    const PeerId vanessa = join(0, "vanessa-1");
    join(1, "carl-1");
    const PeerId op = join_operator(2);
    cluster.broker(2).send(op, 1, "Hello");
    cluster.settle();
    receipt(0, vanessa, 1, State::displayed);
    const auto page = ask<MessagePage>(2, op, protocol::ListMessages{});
    ASSERT_EQ(page.messages.size(), 1u);
    EXPECT_EQ(page.messages[0].tally[State::displayed], 1u);
    EXPECT_EQ(page.messages[0].tally[State::waiting], 1u);
}

TEST_F(Cluster, TellsWhatBecameOfAMessageOnEachSessionOfAll) {
    const PeerId vanessa = join(0, "vanessa-1");
    join(1, "carl-1");
    const PeerId op = join_operator(2);
    cluster.broker(2).send(op, 1, "Hello");
    cluster.settle();
    receipt(0, vanessa, 1, State::acknowledged);
    const auto page = ask<OutcomePage>(2, op, protocol::AskOutcome{0, message_id(1), {}});
    EXPECT_EQ(page.message.tally.targeted(), 2u);
    ASSERT_EQ(page.outcomes.size(), 2u);
    std::map<std::string, State> states;
    for (const auto& one : page.outcomes) states[one.user] = one.state;
    EXPECT_EQ(states, (std::map<std::string, State>{{"carl", State::waiting},
                                                    {"vanessa", State::acknowledged}}));
}

TEST_F(Cluster, WatchesTheSessionsOfAll) {
    const PeerId op = join_operator(2);
    cluster.broker(2).ask(op, protocol::Watch{});
    cluster.settle();
    join(0, "vanessa-1");
    const auto event = cluster.broker(2).last<protocol::Happened>(op);
    ASSERT_TRUE(event);
    EXPECT_EQ(event->what, protocol::Happening::session_opened);
    EXPECT_EQ(event->user, "vanessa");
}

TEST_F(Cluster, TellsEachWatcherOnceOfWhatHappensAtAnyBroker) {
    const PeerId one = join_operator(0);
    const PeerId other = join_operator(1);
    cluster.broker(0).ask(one, protocol::Watch{});
    cluster.broker(1).ask(other, protocol::Watch{});
    cluster.settle();
    cluster.broker(0).to_operator(one);
    cluster.broker(1).to_operator(other);
    for (std::size_t at = 0; at < 3; ++at) join(at, "vanessa-" + std::to_string(at));
    for (const auto& [at, watcher] : {std::pair<std::size_t, PeerId>{0, one}, {1, other}}) {
        std::multiset<std::string> opened;
        for (const protocol::ToOperator& frame : cluster.broker(at).to_operator(watcher)) {
            const auto* event = std::get_if<protocol::Happened>(&frame);
            if (event != nullptr && event->session) opened.insert(to_string(*event->session));
        }
        EXPECT_EQ(opened, (std::multiset<std::string>{to_string(id_of("vanessa-0")),
                                                      to_string(id_of("vanessa-1")),
                                                      to_string(id_of("vanessa-2"))}));
    }
}

TEST_F(Cluster, RecallsAtOneWhatWasSentAtAnother) {
    const PeerId vanessa = join(0, "vanessa-1");
    const PeerId sender = join_operator(1);
    const PeerId recaller = join_operator(2);
    cluster.broker(1).send(sender, 1, "Wrong");
    cluster.settle();
    receipt(0, vanessa, 1, State::displayed);
    cluster.broker(2).recall(recaller, 2, 1);
    cluster.settle();
    EXPECT_TRUE(cluster.broker(2).last<Accepted>(recaller));
    const auto removal = cluster.broker(0).last<protocol::Remove>(vanessa);
    ASSERT_TRUE(removal);
    EXPECT_EQ(removal->cause, protocol::RemovalCause::recalled);
}

TEST_F(Cluster, ClosesAQuestionWhenTheQuorumOfAllIsReached) {
    for (std::size_t at = 0; at < 3; ++at) cluster.broker(at).change_backbone(std::nullopt);
    const PeerId vanessa = join(0, "vanessa-1");
    const PeerId carl = join(1, "carl-1");
    const PeerId op = join_operator(2);
    protocol::Send question;
    question.id = message_id(1);
    question.content.text = "Ready?";
    question.content.choices = {"Yes", "No"};
    question.expires = cluster.broker(2).now().utc + Milliseconds{600'000};
    question.quorum = 100;
    ask<Accepted>(2, op, question);

    const auto answer = [&](std::size_t at, PeerId session) {
        protocol::Receipt receipt;
        receipt.id = message_id(1);
        receipt.state = State::answered;
        receipt.answer = 0;
        cluster.broker(at).receipt(session, receipt);
        cluster.advance(Milliseconds{300});
    };
    answer(0, vanessa);
    EXPECT_FALSE(cluster.broker(0).last<protocol::Remove>(vanessa));
    answer(1, carl);
    const auto removal = cluster.broker(0).last<protocol::Remove>(vanessa);
    ASSERT_TRUE(removal);
    EXPECT_EQ(removal->cause, protocol::RemovalCause::closed);
    EXPECT_EQ(tally(2, op, 1)[State::answered], 2u);
}

TEST_F(Cluster, RemembersThatNobodyIsCertainToBeWhoTheyWere) {
    for (const char* account : {"vanessa", "mallory"}) {
        PeerFacts facts;
        facts.address = "ipc";
        facts.system_user = account;
        protocol::SessionHello hello = hello_of("carl-1");
        hello.attributes.system_user = "vanessa";
        cluster.broker(0).receive(cluster.broker(0).open(facts), protocol::FromSession{hello});
        cluster.settle();
    }
    cluster.kill(0);
    cluster.start(0);
    cluster.settle();
    const auto page = ask<SessionPage>(0, join_operator(0), protocol::ListSessions{});
    ASSERT_EQ(page.sessions.size(), 1u);
    EXPECT_FALSE(page.sessions[0].system_user_verified);
}

TEST_F(Cluster, RefusesEntriesWhileTheLogTakesNone) {
    const PeerId op = join_operator(0);
    const Error problem{ErrorCode::outcome_unknown, "no NATS server can be reached"};
    cluster.broker(0).change_backbone(problem);
    cluster.broker(0).send(op, 1, "Hello");
    const auto refused = cluster.broker(0).last<Refused>(op);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, problem.code);
    EXPECT_FALSE(ask<protocol::Health>(0, op, protocol::AskHealth{}).is_healthy);

    cluster.broker(0).change_backbone(std::nullopt);
    cluster.broker(0).send(op, 1, "Hello");
    cluster.settle();
    EXPECT_TRUE(cluster.broker(0).last<Accepted>(op));
}

TEST_F(Cluster, TellsABrokersStartFromAnOutage) {
    const auto told_by = [this](std::optional<Error> problem) {
        const std::size_t before = cluster.broker(0).notices().size();
        cluster.broker(0).change_backbone(std::move(problem));
        const auto& notices = cluster.broker(0).notices();
        std::vector<std::string_view> told;
        for (std::size_t i = before; i < notices.size(); ++i) {
            told.push_back(broker::name_of(notices[i].fact));
        }
        return told;
    };
    using Told = std::vector<std::string_view>;
    const auto because = [](const char* why) {
        return Error{ErrorCode::backbone_unreachable, why};
    };
    EXPECT_EQ(told_by(because("not reached yet")), Told{"backbone_awaited"});
    EXPECT_EQ(told_by(because("nobody listens there")), Told{"backbone_awaited"});
    EXPECT_EQ(told_by(std::nullopt), Told{"backbone_reached"});
    EXPECT_EQ(told_by(because("gone")), Told{"backbone_lost"});
    EXPECT_EQ(told_by(because("still gone")), Told{});
    EXPECT_EQ(told_by(std::nullopt), Told{"backbone_recovered"});
}

TEST_F(Cluster, TellsWhoWaitsThatAnEntryIsNotInTheLogAndTakesItIfItComesAllTheSame) {
    const PeerId vanessa = join(0, "vanessa-1");
    const PeerId op = join_operator(0);
    cluster.hold_log();
    cluster.broker(0).send(op, 1, "Hello");
    cluster.broker(0).refuse_entry(message_id(1), {ErrorCode::outcome_unknown, "no answer"});
    const auto refused = cluster.broker(0).last<Refused>(op);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::outcome_unknown);
    EXPECT_TRUE(cluster.broker(0).texts(vanessa).empty());

    cluster.release_log();
    EXPECT_EQ(cluster.broker(0).texts(vanessa), std::vector<std::string>{"Hello"});
    cluster.broker(0).send(op, 1, "Hello");
    cluster.settle();
    const auto accepted = cluster.broker(0).last<Accepted>(op);
    ASSERT_TRUE(accepted);
    EXPECT_TRUE(accepted->already);
}

TEST_F(Cluster, GoesOnDeliveringWhileTheLogTakesNothing) {
    const PeerId op = join_operator(0);
    protocol::Send stands;
    stands.id = message_id(1);
    stands.content.text = "Stands";
    stands.expires = cluster.broker(0).now().utc + std::chrono::minutes(10);
    cluster.broker(0).ask(op, stands);
    cluster.settle();
    const PeerId carl = join(0, "carl-1");
    cluster.broker(0).change_backbone(Error{ErrorCode::outcome_unknown, "gone"});
    const PeerId vanessa = join(0, "vanessa-1");
    EXPECT_EQ(cluster.broker(0).texts(vanessa), std::vector<std::string>{"Stands"});
    EXPECT_FALSE(cluster.broker(0).was_cut(carl));
    receipt(0, vanessa, 1, State::displayed);
    EXPECT_EQ(tally(0, op, 1)[State::displayed], 1u);
}

TEST_F(Cluster, SendsItsSessionsAwayWhenItIsWithoutALogForLong) {
    const PeerId vanessa = join(0, "vanessa-1");
    cluster.broker(0).change_backbone(Error{ErrorCode::backbone_unreachable, "gone"});
    cluster.advance(Milliseconds{20'000});
    cluster.broker(0).change_backbone(std::nullopt);
    cluster.advance(Milliseconds{20'000});
    EXPECT_FALSE(cluster.broker(0).was_cut(vanessa)) << "it was back in time";
    cluster.broker(0).change_backbone(Error{ErrorCode::backbone_unreachable, "gone"});
    cluster.advance(Milliseconds{31'000});
    EXPECT_TRUE(cluster.broker(0).was_cut(vanessa));
    EXPECT_TRUE(cluster.broker(0).last<protocol::Goodbye>(vanessa));
    const PeerId again = join(0, "vanessa-1");
    EXPECT_TRUE(cluster.broker(0).last<protocol::SessionWelcome>(again)) << "better than nothing";
}

TEST_F(Cluster, LetsWhoComesToABrokerWithoutALogLookForAnotherFirst) {
    cluster.broker(0).change_backbone(Error{ErrorCode::backbone_unreachable, "gone"});
    cluster.advance(Milliseconds{31'000});
    const PeerId vanessa = join(0, "vanessa-1");
    const auto refused = cluster.broker(0).last<Refused>(vanessa);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::backbone_unreachable);
    const PeerId again = join(0, "vanessa-1");
    EXPECT_TRUE(cluster.broker(0).last<protocol::SessionWelcome>(again)) << "there is no other";

    cluster.broker(0).change_backbone(std::nullopt);
    const PeerId carl = join(0, "carl-1");
    EXPECT_TRUE(cluster.broker(0).last<protocol::SessionWelcome>(carl)) << "it has the log again";
}

TEST_F(Cluster, LetsAnybodyInWithoutALogWhereNoOtherBrokerIsKnown) {
    ClusterDriver alone{1};
    alone.broker(0).change_backbone(Error{ErrorCode::backbone_unreachable, "gone"});
    alone.advance(Milliseconds{31'000});
    const PeerId vanessa = alone.broker(0).join("vanessa-1");
    alone.settle();
    EXPECT_TRUE(alone.broker(0).last<protocol::SessionWelcome>(vanessa));
}

TEST_F(Cluster, NamesTheOthersThatItLostSightOfTogetherWithTheLog) {
    cluster.kill(1);
    cluster.advance(Milliseconds{60'000});
    cluster.broker(0).change_backbone(Error{ErrorCode::backbone_unreachable, "gone"});
    cluster.cut_link(0, 2);
    const PeerId vanessa = join(0, "vanessa-1");
    const auto welcome = cluster.broker(0).last<protocol::SessionWelcome>(vanessa);
    ASSERT_TRUE(welcome);
    ASSERT_EQ(welcome->others.size(), 1u) << "the first one was gone before";
    EXPECT_EQ(welcome->others[0].endpoints, std::vector<std::string>{"tcp://broker-2:7701"});
}

TEST_F(Cluster, TellsASessionWhereElseToGo) {
    const PeerId vanessa = join(0, "vanessa-1");
    const auto welcome = cluster.broker(0).last<protocol::SessionWelcome>(vanessa);
    ASSERT_TRUE(welcome);
    ASSERT_EQ(welcome->others.size(), 2u);
    EXPECT_EQ(welcome->others[0].endpoints, std::vector<std::string>{"tcp://broker-1:7701"});
}

TEST_F(Cluster, SendsManyToABrokerThatHasFewSessions) {
    const auto weights_with = [](std::uint32_t first, std::uint32_t second) {
        ClusterDriver one{1};
        for (const std::uint32_t sessions : {first, second}) {
            BrokerFacts facts;
            facts.id = one.id(sessions == first ? 5 : 6);
            facts.endpoints = {"tcp://b.example:1"};
            one.broker(0).hear_load(one.broker(0).open_broker(facts), {.sessions = sessions});
        }
        const PeerId vanessa = one.broker(0).join("vanessa-1");
        one.settle();
        const auto welcome = one.broker(0).last<protocol::SessionWelcome>(vanessa);
        std::vector<double> weights;
        for (const auto& other : welcome->others) weights.push_back(other.weight);
        return weights;
    };
    const auto uneven = weights_with(100, 900);
    ASSERT_EQ(uneven.size(), 2u);
    EXPECT_NEAR(uneven[0] / uneven[1], 5.0, 0.01) << "a hundred more each, so that few are none";
    const auto full = weights_with(2'000'000'000, 2'000'000'001);
    EXPECT_EQ(full, (std::vector<double>{1, 1})) << "none is never chosen";
}

TEST_F(Cluster, TakesNoAnswerToAnotherQuestionForATally) {
    ClusterDriver one{1};
    BrokerFacts facts;
    facts.id = one.id(5);
    const PeerId confused = one.broker(0).open_broker(facts);
    const PeerId op = one.broker(0).join_operator();
    one.broker(0).send(op, 1, "Hello");
    one.settle();
    EXPECT_FALSE(one.broker(0).last<protocol::Accepted>(op)) << "it is asked what it counts";
    for (const std::uint64_t request : {1u, 2u, 3u}) {
        const protocol::ToOperator answer{protocol::Done{request}};
        one.broker(0).receive_bytes(confused,
                                    broker::encode(broker::Answered{protocol::encode(answer)}));
    }
    const auto accepted = one.broker(0).last<protocol::Accepted>(op);
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->tally, Tally{});
}

TEST_F(Cluster, LetsAnotherBrokerAskAndChangeNothing) {
    ClusterDriver one{1};
    BrokerFacts facts;
    facts.id = one.id(5);
    const PeerId other = one.broker(0).open_broker(facts);
    const auto ask = [&](protocol::FromOperator frame) {
        one.broker(0).receive_bytes(other, broker::encode(broker::Asked{protocol::encode(frame)}));
        one.settle();
    };
    protocol::Send send;
    send.request = 1;
    send.id = message_id(1);
    send.content.text = "Hello";
    send.follow = true;
    send.dry_run = true;
    ask(send);
    EXPECT_FALSE(one.broker(0).was_noticed(Fact::broker_unread));
    send.dry_run = false;
    ask(send);
    EXPECT_TRUE(one.broker(0).was_noticed(Fact::broker_unread));
    EXPECT_TRUE(one.log().empty()) << "in whose name?";
}

TEST_F(Cluster, TellsAnOperatorWhereElseToGo) {
    const PeerId op = cluster.broker(0).join_operator();
    const auto welcome = cluster.broker(0).last<protocol::OperatorWelcome>(op);
    ASSERT_TRUE(welcome);
    ASSERT_EQ(welcome->others.size(), 2u);
    EXPECT_EQ(welcome->others[0].endpoints, std::vector<std::string>{"tcp://broker-1:7702"});
}

TEST_F(Cluster, NamesWhatOnlyOneMachineReachesToThoseOnThatMachine) {
    ClusterDriver one{1};
    BrokerFacts neighbour;
    neighbour.id = one.id(5);
    neighbour.machine = "all on one";
    neighbour.endpoints = {"ipc:///run/x", "tcp://127.0.0.1:1", "tcp://b.example:1"};
    BrokerFacts distant = neighbour;
    distant.id = one.id(6);
    distant.machine = "another";
    distant.endpoints = {"ipc:///run/x", "tcp://[::1]:1", "tcp://c.example:1"};
    BrokerFacts hidden = distant;
    hidden.id = one.id(7);
    hidden.endpoints = {"ipc:///run/x"};
    for (const BrokerFacts& facts : {neighbour, distant, hidden}) {
        one.broker(0).open_broker(facts);
    }
    const auto others_of = [&](const std::string& name, const std::string& address) {
        PeerFacts facts;
        facts.address = address;
        const PeerId peer = one.broker(0).open(std::move(facts));
        one.broker(0).receive(peer, protocol::FromSession{hello_of(name)});
        one.settle();
        const auto welcome = one.broker(0).last<protocol::SessionWelcome>(peer);
        EXPECT_TRUE(welcome);
        std::vector<std::vector<std::string>> endpoints;
        for (const auto& other : welcome->others) endpoints.push_back(other.endpoints);
        return endpoints;
    };
    using Places = std::vector<std::vector<std::string>>;
    const Places near{neighbour.endpoints, {"tcp://c.example:1"}};
    EXPECT_EQ(others_of("vanessa-1", "ipc"), near);
    EXPECT_EQ(others_of("vanessa-2", "127.0.0.1"), near);
    EXPECT_EQ(others_of("vanessa-3", "10.1.2.3"),
              (Places{{"tcp://b.example:1"}, {"tcp://c.example:1"}}));
}

TEST_F(Cluster, ListsItsBrokers) {
    join(0, "vanessa-1");
    join(1, "carl-1");
    const PeerId op = join_operator(2);
    cluster.kill(0);
    const auto status = ask<protocol::ClusterStatus>(2, op, protocol::AskCluster{});
    ASSERT_EQ(status.brokers.size(), 3u);
    EXPECT_FALSE(status.brokers[0].is_reachable);
    EXPECT_EQ(status.brokers[0].sessions, 1u);
    EXPECT_TRUE(status.brokers[1].is_reachable);
    EXPECT_TRUE(status.brokers[2].is_this);
}

TEST_F(Cluster, ClosesAdmissionEverywhere) {
    const PeerId op = join_operator(0);
    protocol::SetAdmission closed;
    closed.id = message_id(9);
    closed.is_open = false;
    closed.message = "Down until nine";
    ask<protocol::Admission>(0, op, closed);
    const PeerId late = cluster.broker(1).join("late-1");
    const auto refused = cluster.broker(1).last<Refused>(late);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::admission_closed);
}

}  // namespace
}  // namespace crier::testing
