// Whom the messages of a key reach that may not send to everybody. Method: a core without sockets;
// what the broker has verified of a session is its address, and over ipc its account.

#include <gtest/gtest.h>

#include "broker/journal/memory_journal.hpp"
#include "tests/support/broker_driver.hpp"

namespace crier::testing {
namespace {

using namespace broker;
using protocol::Accepted;
using protocol::FromOperator;
using protocol::Refused;

const Bytes32 keeper{1};
const Bytes32 berlin{2};
const Bytes32 own{3};
constexpr const char* berlins = "address=10.1.0.0/16";

EngineSettings settings() {
    EngineSettings settings = patient_settings();
    settings.principals.add(keeper, {"kim", {Right::keys, Right::send, Right::list}});
    return settings;
}

RegisteredKey registered(const Bytes32& key, const std::string& name, const std::string& right,
                         const std::string& user = {}) {
    RegisteredKey said;
    said.key = key;
    said.name = name;
    said.rights = {right, "list"};
    said.user = user;
    return said;
}

class Scopes : public ::testing::Test {
protected:
    PeerId join(const Bytes32& key) { return broker.join_operator(key); }
    PeerId session(const std::string& name, const std::string& address,
                   std::optional<std::string> account = {}) {
        PeerFacts facts;
        facts.address = address;
        facts.system_user = std::move(account);
        const PeerId peer = broker.open(std::move(facts));
        broker.receive(peer, protocol::FromSession{hello_of(name)});
        return peer;
    }
    Refused change_keys(std::uint8_t number, const RegisteredKey& said) {
        broker.ask(kim, protocol::SetKeys{0, message_id(number), {{said}, {}}});
        return broker.last<Refused>(kim).value_or(Refused{});
    }
    /// What becomes of it: how many it is for, or why it is refused.
    std::uint32_t targeted(PeerId op, std::uint8_t number, Target target) {
        broker.send(op, number, "Salut", std::move(target));
        const auto accepted = broker.last<Accepted>(op);
        return accepted ? accepted->tally.targeted() : 999;
    }
    std::string refusal(PeerId op, std::uint8_t number, Target target) {
        broker.send(op, number, "Salut", std::move(target));
        const auto refused = broker.last<Refused>(op);
        return refused && refused->code == ErrorCode::not_authorized ? refused->detail : "";
    }

    MemoryJournal journal;
    BrokerDriver broker{journal, settings()};
    PeerId kim = join(keeper);
    PeerId anna = session("Anna", "10.1.0.5");
    PeerId paul = session("Paul", "10.2.0.5");
};

TEST_F(Scopes, NarrowWhatAFilterNames) {
    change_keys(1, registered(berlin, "ben", std::string("send:where ") + berlins));
    const PeerId ben = join(berlin);
    EXPECT_EQ(targeted(ben, 2, Target::matching("machine=machine-of-*")), 1u);
    EXPECT_EQ(broker.texts(anna), std::vector<std::string>{"Salut"});
    EXPECT_TRUE(broker.texts(paul).empty());
    EXPECT_EQ(targeted(kim, 3, Target::matching("machine=machine-of-*")), 2u);
}

TEST_F(Scopes, DoNotTakeEverybodyForSome) {
    change_keys(1, registered(berlin, "ben", std::string("send:where ") + berlins));
    const PeerId ben = join(berlin);
    EXPECT_NE(refusal(ben, 2, Target::everyone()).find(berlins), std::string::npos);
    EXPECT_TRUE(broker.texts(anna).empty());
    EXPECT_EQ(journal.recover()->last_seq, 1u) << "nothing was stored";
}

TEST_F(Scopes, RefuseASessionThatIsOutOfReach) {
    change_keys(1, registered(berlin, "ben", std::string("send:where ") + berlins));
    const PeerId ben = join(berlin);
    EXPECT_NE(
        refusal(ben, 2, Target::of({id_of("Anna"), id_of("Paul")})).find(to_string(id_of("Paul"))),
        std::string::npos);
    EXPECT_EQ(targeted(ben, 3, Target::of({id_of("Anna")})), 1u);
    EXPECT_TRUE(broker.texts(paul).empty());
}

TEST_F(Scopes, HoldForWhoComesLaterToo) {
    change_keys(1, registered(berlin, "ben", std::string("send:where ") + berlins));
    protocol::Send send;
    send.id = message_id(2);
    send.target = Target::matching("machine=*");
    send.content.text = "Stands";
    send.expires = broker.now().utc + Milliseconds{3'600'000};
    broker.ask(join(berlin), send);
    BrokerDriver restarted{journal, settings(), broker.now()};
    PeerFacts facts;
    facts.address = "10.1.7.7";
    const PeerId inside = restarted.open(facts);
    restarted.receive(inside, protocol::FromSession{hello_of("Ines")});
    facts.address = "10.3.7.7";
    const PeerId outside = restarted.open(facts);
    restarted.receive(outside, protocol::FromSession{hello_of("Otto")});
    EXPECT_EQ(restarted.texts(inside), std::vector<std::string>{"Stands"});
    EXPECT_TRUE(restarted.texts(outside).empty());
}

TEST_F(Scopes, OfOnesOwnAreThoseThatAreVerified) {
    const PeerId real = session("Sam-1", "ipc", "Sam");
    const PeerId claimed = session("Sam-2", "10.1.0.6");
    change_keys(1, registered(own, "sam", "send:own", "Sam"));
    EXPECT_EQ(targeted(join(own), 2, Target::matching("user=*")), 1u);
    EXPECT_EQ(broker.texts(real), std::vector<std::string>{"Salut"});
    EXPECT_TRUE(broker.texts(claimed).empty()) << "anybody may say that they are Sam";
}

TEST_F(Scopes, LetNobodyChangeWhatOthersSent) {
    change_keys(1, registered(berlin, "ben", std::string("send:where ") + berlins));
    const PeerId ben = join(berlin);
    broker.send(kim, 2, "Kim's", Target::matching(berlins));
    broker.recall(ben, 3, 2);
    EXPECT_EQ(broker.last<Refused>(ben)->code, ErrorCode::not_authorized);
    broker.update(ben, 4, 2, "Ben's words");
    EXPECT_EQ(broker.last<Refused>(ben)->code, ErrorCode::not_authorized);
    broker.send(ben, 5, "Ben's", Target::matching(berlins));
    broker.recall(ben, 6, 5);
    EXPECT_FALSE(broker.last<Refused>(ben)) << "one's own";
}

TEST_F(Scopes, ThatGetNarrowerLeaveNoWayBackByOldMessages) {
    change_keys(1, registered(berlin, "ben", "send"));
    protocol::Send send;
    send.id = message_id(2);
    send.content.text = "For all";
    send.expires = broker.now().utc + Milliseconds{3'600'000};
    broker.ask(join(berlin), send);
    change_keys(3, registered(berlin, "ben", std::string("send:where ") + berlins));
    const PeerId ben = join(berlin);
    broker.update(ben, 4, 2, "For all, again");
    EXPECT_EQ(broker.last<Refused>(ben)->code, ErrorCode::not_authorized);
}

TEST_F(Scopes, ThatGetNarrowerHaveTheConnectionComeAgain) {
    change_keys(1, registered(berlin, "ben", "send"));
    const PeerId ben = join(berlin);
    change_keys(2, registered(berlin, "ben", std::string("send:where ") + berlins));
    EXPECT_TRUE(broker.was_cut(ben));
    const PeerId again = join(berlin);
    change_keys(3, registered(berlin, "ben", "send"));
    EXPECT_FALSE(broker.was_cut(again));
    EXPECT_EQ(targeted(again, 4, Target::everyone()), 2u);
}

TEST_F(Scopes, AreRefusedWhereTheyMeanNothing) {
    for (const auto& [right, user, why] : std::vector<std::array<std::string, 3>>{
             {"send:own", "", "send:own needs a user"},
             {"send:own", "S*", "without * and ?"},
             {"send:where ", "", "has no filter"},
             {"send:where usr=x", "", "has no filter"},
             {"send:where not user=x", "", "nothing is verified"},
             {"send:all", "", "is unknown"}}) {
        const Refused refused = change_keys(1, registered(berlin, "ben", right, user));
        EXPECT_NE(refused.detail.find(why), std::string::npos) << right << ": " << refused.detail;
    }
    EXPECT_EQ(broker.admitted()->find(berlin), nullptr);
}

TEST_F(Scopes, OfAKeyGoBeforeWhatTheOperatorAsksForItself) {
    change_keys(1, registered(berlin, "ben", std::string("send:where ") + berlins));
    const PeerId ben = join(berlin);
    std::uint8_t number = 10;
    for (const char* filter : {"address=10.0.0.0/8", "machine=*) or (address=?*", "x=\""}) {
        Target wider = Target::matching("user=*");
        wider.within = filter;
        EXPECT_NE(refusal(ben, number++, wider), "") << filter;
    }
    EXPECT_TRUE(broker.texts(anna).empty());
    Target by_itself = Target::everyone();
    by_itself.within = "address=10.2.0.0/16";
    EXPECT_EQ(targeted(kim, 3, by_itself), 1u) << "anybody may narrow";
    EXPECT_EQ(broker.texts(paul), std::vector<std::string>{"Salut"});
    by_itself.within = "user!=guest";
    broker.send(kim, 4, "Salut", by_itself);
    EXPECT_EQ(broker.last<Refused>(kim)->code, ErrorCode::filter_invalid);
}

}  // namespace
}  // namespace crier::testing
