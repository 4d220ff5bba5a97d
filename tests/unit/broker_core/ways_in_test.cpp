// How sessions come in, what is known of them by that, and what becomes of those who are in.
// Method: a core without sockets. Its tickets are read by the test: "NUMBER" names one.

#include "broker/core/ways_in.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "broker/journal/memory_journal.hpp"
#include "tests/support/broker_driver.hpp"
#include "tests/unit/broker_core/cluster_fixture.hpp"

namespace crier::testing {
namespace {

using namespace broker;
using protocol::KeyPage;
using protocol::Refused;
using protocol::SessionHello;
using protocol::SessionPage;
using protocol::SessionWelcome;
using protocol::SetKeys;

const Bytes32 kims_key{1};
const Bytes32 desk{7};  ///< Of a session.
const Secret invited_secret(Bytes32{9});

class WaysInTest : public ::testing::Test {
protected:
    WaysInTest() {
        settings.join_secret = invited_secret;
        settings.principals.add(kims_key, {"kim", Rights::all()});
        settings.read_ticket = [this](std::string_view token) -> Result<Ticket> {
            const auto found = tickets.find(std::string(token));
            if (found != tickets.end()) return found->second;
            return fail(ErrorCode::ticket_invalid, "the ticket has a wrong signature");
        };
        start();
    }

    void start() {
        const Moment now = owner ? owner->now() : Moment{Instant{}, start_time};
        owner = std::make_unique<BrokerDriver>(journal, settings, now);
        kim = broker().join_operator(kims_key);
    }
    BrokerDriver& broker() { return *owner; }

    /// What a session with that key says; `proves`: it knows the join secret.
    static SessionHello hello(const Bytes32& key, const std::string& user, bool proves) {
        SessionHello said;
        said.attributes.user = user;
        said.attributes.groups = {"claimed"};
        if (proves) said.proof = join_proof(invited_secret, key);
        return said;
    }
    PeerId join(const Bytes32& key, SessionHello said) {
        PeerFacts facts;
        facts.door = Door::sessions;
        facts.public_key = key;
        facts.address = "10.0.0.7";
        const PeerId peer = broker().open(std::move(facts));
        broker().receive(peer, protocol::FromSession{std::move(said)});
        return peer;
    }
    PeerId join_with_ticket(const Bytes32& key, const std::string& token) {
        SessionHello said = hello(key, "mallory", false);
        said.ticket = token;
        return join(key, std::move(said));
    }
    /// Why it is not in; empty: it is, or was not told.
    std::string refusal(PeerId peer) {
        const auto refused = broker().last<Refused>(peer);
        return refused ? std::string(name_of(refused->code)) + ": " + refused->detail : "";
    }
    bool is_in(PeerId peer) { return broker().last<SessionWelcome>(peer).has_value(); }

    std::vector<Session> sessions() {
        broker().ask(kim, protocol::ListSessions{});
        return broker().last<SessionPage>(kim).value().sessions;
    }
    void change(std::uint8_t number, KeyChange changed) {
        broker().ask(kim, SetKeys{0, message_id(number), std::move(changed)});
        const auto refused = broker().last<Refused>(kim);
        EXPECT_FALSE(refused) << refused->detail;
    }
    static RegisteredKey enrolled(const Bytes32& key, const std::string& user) {
        RegisteredKey said;
        said.key = key;
        said.name = "desk";
        said.rights = {"session"};
        said.user = user;
        return said;
    }
    Ticket& issue(const std::string& token, const Bytes32& key, const std::string& user) {
        Ticket ticket;
        ticket.id = "id " + token;
        ticket.user = user;
        ticket.session = session_id_of(key);
        ticket.issued = broker().now().utc - Milliseconds{10'000};
        ticket.expires = broker().now().utc + Milliseconds{60'000};
        return tickets[token] = ticket;
    }

    static constexpr UtcTime start_time = UtcTime(Milliseconds{1'700'000'000'000});
    MemoryJournal journal;
    EngineSettings settings = patient_settings();
    std::map<std::string, Ticket, std::less<>> tickets;
    std::unique_ptr<BrokerDriver> owner;
    PeerId kim{};
};

// ---- By invitation ------------------------------------------------------------------------------

TEST_F(WaysInTest, WhoProvesTheJoinSecretClaimsWhoTheyAre) {
    EXPECT_TRUE(is_in(join(desk, hello(desk, "vanessa", true))));
    const auto all = sessions();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].attributes.user, "vanessa");
    EXPECT_FALSE(all[0].user_verified);
    EXPECT_FALSE(all[0].groups_verified);
}

TEST_F(WaysInTest, WhoProvesNothingStaysOut) {
    EXPECT_EQ(refusal(join(desk, hello(desk, "vanessa", false))),
              "not_admitted: the hello does not prove the join secret: ask for a new sessions' "
              "invitation");
}

TEST_F(WaysInTest, TheJoinSecretLetsNobodyInWhereItIsSwitchedOff) {
    settings.takes_invited = false;
    start();
    EXPECT_NE(refusal(join(desk, hello(desk, "vanessa", true))).find("takes no session by invit"),
              std::string::npos);
}

// ---- By an enrolled key -------------------------------------------------------------------------

TEST_F(WaysInTest, AnEnrolledKeyIsItsUsersWhateverTheSessionSays) {
    change(1, {{enrolled(desk, "vanessa")}, {}});
    EXPECT_TRUE(is_in(join(desk, hello(desk, "mallory", false))));
    const auto all = sessions();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].attributes.user, "vanessa");
    EXPECT_TRUE(all[0].user_verified);
}

TEST_F(WaysInTest, AnEnrolledKeyOfNobodyLetsInWhoClaimsAUser) {
    change(1, {{enrolled(desk, "")}, {}});
    EXPECT_TRUE(is_in(join(desk, hello(desk, "mallory", false))));
    EXPECT_FALSE(sessions().at(0).user_verified);
}

TEST_F(WaysInTest, AnEnrolledKeyIsNoOperatorsKey) {
    change(1, {{enrolled(desk, "vanessa")}, {}});
    const PeerId peer = broker().join_operator(desk);
    EXPECT_TRUE(broker().was_cut(peer));
}

TEST_F(WaysInTest, AnOperatorsKeyIsNoSessionsKey) {
    RegisteredKey said = enrolled(desk, "vanessa");
    said.rights = {"send"};
    change(1, {{said}, {}});
    EXPECT_NE(refusal(join(desk, hello(desk, "vanessa", false))), "");
}

TEST_F(WaysInTest, EnrolledKeysLetNobodyInWhereTheyAreSwitchedOff) {
    change(1, {{enrolled(desk, "vanessa")}, {}});
    settings.takes_enrolled = false;
    start();
    EXPECT_NE(refusal(join(desk, hello(desk, "vanessa", false))), "");
}

TEST_F(WaysInTest, ASessionEndsWhenItsKeyIsRevoked) {
    change(1, {{enrolled(desk, "vanessa")}, {}});
    const PeerId session = join(desk, hello(desk, "", false));
    change(2, {{}, {desk}});
    EXPECT_EQ(refusal(session), "not_admitted: this key is not registered for sessions any more");
    EXPECT_TRUE(broker().was_cut(session));
    EXPECT_TRUE(sessions().empty());
}

TEST_F(WaysInTest, ARevokedKeyDoesNotComeInByInvitationEither) {
    change(1, {{enrolled(desk, "vanessa")}, {}});
    change(2, {{}, {desk}});
    EXPECT_EQ(refusal(join(desk, hello(desk, "vanessa", true))),
              "not_admitted: this key was revoked: come with another one");
}

TEST_F(WaysInTest, ASessionEndsWhenItsKeyIsRevokedThoughItCameInByTicket) {
    change(1, {{enrolled(desk, "vanessa")}, {}});
    issue("1", desk, "vanessa");
    const PeerId session = join_with_ticket(desk, "1");
    change(2, {{}, {desk}});
    EXPECT_EQ(refusal(session), "not_admitted: this key was revoked: come with another one");
    EXPECT_TRUE(broker().was_cut(session));
    EXPECT_TRUE(sessions().empty());
}

TEST_F(WaysInTest, ASessionEndsWhenItsKeyIsRevokedThoughRegisteredKeysLetNobodyIn) {
    settings.takes_enrolled = false;
    start();
    change(1, {{enrolled(desk, "vanessa")}, {}});
    const PeerId session = join(desk, hello(desk, "vanessa", true));
    ASSERT_TRUE(is_in(session));
    change(2, {{}, {desk}});
    EXPECT_TRUE(broker().was_cut(session));
    EXPECT_TRUE(sessions().empty());
}

TEST_F(WaysInTest, ASessionByInvitationEndsWhenItsKeyIsRevokedWhateverThatMightDo) {
    RegisteredKey said = enrolled(desk, "vanessa");
    said.rights = {"send"};
    change(1, {{said}, {}});
    const PeerId session = join(desk, hello(desk, "vanessa", true));
    ASSERT_TRUE(is_in(session));
    change(2, {{}, {desk}});
    EXPECT_TRUE(broker().was_cut(session));
}

TEST_F(WaysInTest, ASessionByTicketStaysWhenItsKeyOnlyLosesTheRight) {
    change(1, {{enrolled(desk, "vanessa")}, {}});
    issue("1", desk, "vanessa");
    const PeerId session = join_with_ticket(desk, "1");
    RegisteredKey said = enrolled(desk, "vanessa");
    said.rights = {"send"};
    change(2, {{said}, {}});
    EXPECT_FALSE(broker().was_cut(session));
}

TEST_F(WaysInTest, AKeyThatHasExpiredDoesNotComeBackWithAStartAndAClockThatIsSetBack) {
    const UtcTime now = broker().now().utc;
    RegisteredKey said = enrolled(desk, "vanessa");
    said.expires = now + Milliseconds{5'000};
    change(1, {{said}, {}});
    broker().advance(Milliseconds{6'000});
    broker().send(kim, 2, "Later than that");
    broker().set_utc(now);
    start();
    EXPECT_EQ(refusal(join(desk, hello(desk, "vanessa", false))),
              "not_admitted: the registration of this key has expired");
    said.expires = now + Milliseconds{5'500};
    broker().ask(kim, SetKeys{0, message_id(3), {{said}, {}}});
    ASSERT_TRUE(broker().last<Refused>(kim)) << "it would not count";
    said.expires.reset();
    broker().ask(kim, SetKeys{0, message_id(4), {{said}, {}}});
    EXPECT_TRUE(is_in(join(desk, hello(desk, "vanessa", false))));
}

TEST_F(WaysInTest, AKeyWhoseRegistrationHasExpiredDoesNotComeInByInvitation) {
    RegisteredKey said = enrolled(desk, "vanessa");
    said.expires = broker().now().utc + Milliseconds{5'000};
    change(1, {{said}, {}});
    broker().advance(Milliseconds{6'000});
    const std::string why = "not_admitted: the registration of this key has expired";
    EXPECT_EQ(refusal(join(desk, hello(desk, "vanessa", true))), why);
    EXPECT_EQ(refusal(join(desk, hello(desk, "vanessa", false))), why);
    issue("1", desk, "vanessa");
    EXPECT_TRUE(is_in(join_with_ticket(desk, "1")));
}

TEST_F(WaysInTest, ASessionEndsWhenItsKeyExpires) {
    RegisteredKey said = enrolled(desk, "vanessa");
    said.expires = broker().now().utc + Milliseconds{5'000};
    change(1, {{said}, {}});
    const PeerId session = join(desk, hello(desk, "", false));
    broker().advance(Milliseconds{4'000});
    EXPECT_FALSE(broker().was_cut(session));
    broker().advance(Milliseconds{1'500});
    EXPECT_TRUE(broker().was_cut(session));
}

TEST_F(WaysInTest, ASessionIsTheOtherUsersOnceItsKeyIs) {
    change(1, {{enrolled(desk, "vanessa")}, {}});
    const PeerId before = join(desk, hello(desk, "", false));
    change(2, {{enrolled(desk, "marc")}, {}});
    EXPECT_EQ(broker().last<protocol::Goodbye>(before)->reason, "whose key it is has changed");
    EXPECT_TRUE(is_in(join(desk, hello(desk, "", false))));
    EXPECT_EQ(sessions().at(0).attributes.user, "marc");
}

// ---- By a ticket --------------------------------------------------------------------------------

TEST_F(WaysInTest, ATicketSaysWhoItIsWhateverTheSessionSays) {
    Ticket& ticket = issue("1", desk, "vanessa");
    ticket.groups = std::vector<std::string>{"sales"};
    ticket.application = "shop";
    const PeerId peer = join_with_ticket(desk, "1");
    const auto welcome = broker().last<SessionWelcome>(peer);
    ASSERT_TRUE(welcome);
    EXPECT_EQ(welcome->ticket_expires, ticket.expires);
    const Session session = sessions().at(0);
    EXPECT_EQ(session.attributes.user, "vanessa");
    EXPECT_TRUE(session.user_verified);
    EXPECT_EQ(session.attributes.groups, std::vector<std::string>{"sales"});
    EXPECT_TRUE(session.groups_verified);
    EXPECT_TRUE(session.application_verified);
    EXPECT_FALSE(session.machine_verified);
}

TEST_F(WaysInTest, ATicketIsOfNoUseWithAnotherKey) {
    issue("1", desk, "vanessa");
    const Bytes32 thief{8};
    EXPECT_EQ(refusal(join_with_ticket(thief, "1")),
              "ticket_invalid: the ticket is another "
              "session's: this one is " +
                  to_string(session_id_of(thief)));
}

TEST_F(WaysInTest, WhoShowsATicketThatCountsForNothingDoesNotComeInOtherwise) {
    SessionHello said = hello(desk, "vanessa", true);
    said.ticket = "unknown";
    EXPECT_EQ(refusal(join(desk, said)), "ticket_invalid: the ticket has a wrong signature");
    settings.read_ticket = {};
    start();
    EXPECT_EQ(refusal(join(desk, said)),
              "ticket_invalid: the ticket counts for nothing: this broker takes none");
}

TEST_F(WaysInTest, ATicketCountsWithinItsTimeOnly) {
    const UtcTime now = broker().now().utc;
    const auto told = [this] { return refusal(join_with_ticket(desk, "1")); };
    issue("1", desk, "vanessa").expires = now;
    EXPECT_EQ(told(), "ticket_invalid: the ticket has expired: get a new one");
    issue("1", desk, "vanessa").issued = now + limits::ticket_early_max + Milliseconds{1};
    EXPECT_NE(told().find("from the future"), std::string::npos);
    issue("1", desk, "vanessa").expires = now + limits::ticket_time_max + Milliseconds{1};
    EXPECT_EQ(told(), "ticket_invalid: the ticket counts for more than 31 days");
    Ticket& longest = issue("1", desk, "vanessa");
    longest.expires = longest.issued + limits::ticket_time_max;
    EXPECT_EQ(told(), "");
}

TEST_F(WaysInTest, ASessionIsCutWhenItsTicketExpiresAndComesBackWithANewOne) {
    issue("1", desk, "vanessa");
    const PeerId session = join_with_ticket(desk, "1");
    broker().advance(Milliseconds{59'000});
    EXPECT_FALSE(broker().was_cut(session));
    broker().advance(Milliseconds{1'000});
    EXPECT_EQ(refusal(session), "ticket_invalid: the ticket has expired: get a new one");
    EXPECT_EQ(sessions().at(0).state, Presence::unreachable);
    issue("2", desk, "vanessa");
    EXPECT_TRUE(is_in(join_with_ticket(desk, "2")));
}

TEST_F(WaysInTest, ATicketIsRenewedWhileTheSessionIsIn) {
    issue("1", desk, "vanessa");
    const PeerId session = join_with_ticket(desk, "1");
    Ticket& next = issue("2", desk, "vanessa");
    next.expires = next.expires + Milliseconds{60'000};
    next.groups = std::vector<std::string>{"sales"};
    broker().receive(session, protocol::FromSession{protocol::RenewTicket{"2"}});
    EXPECT_EQ(broker().last<protocol::TicketRenewed>(session)->expires, next.expires);
    EXPECT_EQ(sessions().at(0).attributes.groups, std::vector<std::string>{"sales"});
    broker().advance(Milliseconds{100'000});
    EXPECT_FALSE(broker().was_cut(session));
    broker().advance(Milliseconds{20'000});
    EXPECT_TRUE(broker().was_cut(session));
}

TEST_F(WaysInTest, ATicketIsNotRenewedByAnotherUsers) {
    issue("1", desk, "vanessa");
    const PeerId session = join_with_ticket(desk, "1");
    issue("2", desk, "marc");
    broker().receive(session, protocol::FromSession{protocol::RenewTicket{"2"}});
    EXPECT_EQ(refusal(session),
              "ticket_invalid: a ticket is renewed by one of the same user; "
              "connect again with it");
}

TEST_F(WaysInTest, WhoCameInWithoutATicketHasNoneToRenew) {
    const PeerId session = join(desk, hello(desk, "vanessa", true));
    issue("2", desk, "vanessa");
    broker().receive(session, protocol::FromSession{protocol::RenewTicket{"2"}});
    EXPECT_TRUE(broker().was_cut(session));
    EXPECT_FALSE(sessions().at(0).user_verified);
}

TEST_F(WaysInTest, ARevokedTicketEndsItsSessionAndLetsNobodyIn) {
    issue("1", desk, "vanessa");
    const PeerId session = join_with_ticket(desk, "1");
    KeyChange revoked;
    revoked.revoke_tickets = {"id 1"};
    change(1, revoked);
    EXPECT_EQ(refusal(session), "ticket_invalid: the ticket was revoked");
    EXPECT_TRUE(sessions().empty());
    EXPECT_EQ(refusal(join_with_ticket(desk, "1")), "ticket_invalid: the ticket was revoked");
    issue("2", desk, "vanessa");
    EXPECT_TRUE(is_in(join_with_ticket(desk, "2")));
}

TEST_F(WaysInTest, TicketsOfAUserAreRevokedUpToThen) {
    issue("1", desk, "vanessa");
    const Bytes32 other{8};
    issue("2", other, "marc");
    const PeerId session = join_with_ticket(desk, "1");
    const PeerId bystander = join_with_ticket(other, "2");
    KeyChange revoked;
    revoked.revoke_tickets_of = {"vanessa"};
    change(1, revoked);
    EXPECT_TRUE(broker().was_cut(session));
    EXPECT_FALSE(broker().was_cut(bystander));
    start();
    EXPECT_EQ(refusal(join_with_ticket(desk, "1")), "ticket_invalid: the ticket was revoked");
    broker().advance(Milliseconds{2'000});
    issue("3", desk, "vanessa").issued = broker().now().utc + Milliseconds{59'000};
    EXPECT_TRUE(is_in(join_with_ticket(desk, "3")));
}

TEST_F(WaysInTest, TicketsOfAUserAreRevokedAlsoWhereTheirServersClockIsAhead) {
    issue("1", desk, "vanessa").issued = broker().now().utc + limits::ticket_early_max;
    const PeerId session = join_with_ticket(desk, "1");
    ASSERT_TRUE(is_in(session));
    KeyChange revoked;
    revoked.revoke_tickets_of = {"vanessa"};
    change(1, revoked);
    EXPECT_TRUE(broker().was_cut(session));
    EXPECT_EQ(refusal(join_with_ticket(desk, "1")), "ticket_invalid: the ticket was revoked");
}

TEST_F(WaysInTest, ATicketCountsFor31DaysFromItsIssueSoThatItsRevocationOutlivesIt) {
    Ticket& ticket = issue("1", desk, "vanessa");
    ticket.expires = broker().now().utc + std::chrono::hours{24 * 40};
    broker().advance(Milliseconds{1'000});
    broker().leap(std::chrono::hours{24 * 35});
    EXPECT_EQ(refusal(join_with_ticket(desk, "1")),
              "ticket_invalid: the ticket counts for more than 31 days");
}

TEST_F(WaysInTest, AClockThatWasOnceAheadBringsNoRevokedTicketBack) {
    issue("1", desk, "vanessa");
    KeyChange revoked;
    revoked.revoke_tickets = {"id 1"};
    change(1, revoked);
    const UtcTime now = broker().now().utc;
    broker().set_utc(now + std::chrono::hours{24 * 40});
    change(2, {{enrolled(Bytes32{8}, "marc")}, {}});
    broker().set_utc(now);
    EXPECT_EQ(refusal(join_with_ticket(desk, "1")), "ticket_invalid: the ticket was revoked");
    start();
    EXPECT_EQ(refusal(join_with_ticket(desk, "1")), "ticket_invalid: the ticket was revoked");
}

TEST_F(WaysInTest, WhatATicketHasSaidAndItsNextOneDoesNotIsSaidNoMore) {
    Ticket& ticket = issue("1", desk, "vanessa");
    ticket.groups = std::vector<std::string>{"sales"};
    ticket.machine = "desk-7";
    ticket.application = "shop";
    const PeerId session = join_with_ticket(desk, "1");
    issue("2", desk, "vanessa").application = "shop";
    broker().receive(session, protocol::FromSession{protocol::RenewTicket{"2"}});
    const Session now = sessions().at(0);
    EXPECT_TRUE(now.attributes.groups.empty());
    EXPECT_FALSE(now.groups_verified);
    EXPECT_EQ(now.attributes.machine, "");
    EXPECT_EQ(now.attributes.application, "shop");
    EXPECT_TRUE(now.application_verified);
}

// ---- The same key as somebody else -------------------------------------------------------------

TEST_F(WaysInTest, WhatWaitsForAUserIsNotForTheNextOneWithTheSameKey) {
    issue("1", desk, "vanessa");
    issue("2", desk, "marc");
    broker().close(join_with_ticket(desk, "1"));
    broker().send(kim, 1, "Your salary", Target::matching("user=vanessa"));
    const PeerId marc = join_with_ticket(desk, "2");
    EXPECT_TRUE(is_in(marc));
    EXPECT_FALSE(broker().last<protocol::Show>(marc));
    EXPECT_EQ(broker().tally_of(kim, 1)[State::gone_unseen], 1u);
    const auto all = sessions();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].attributes.user, "marc");
}

TEST_F(WaysInTest, WhatWaitsForAUserIsNotForWhoOnlyClaimsToBeThem) {
    issue("1", desk, "vanessa");
    broker().close(join_with_ticket(desk, "1"));
    broker().send(kim, 1, "Your salary", Target::matching("user=vanessa"));
    const PeerId claims = join(desk, hello(desk, "vanessa", true));
    EXPECT_TRUE(is_in(claims));
    EXPECT_FALSE(broker().last<protocol::Show>(claims));
}

TEST_F(WaysInTest, WhatWaitsForAUserIsNotForTheNextOneOfARegistration) {
    change(1, {{enrolled(desk, "vanessa")}, {}});
    broker().close(join(desk, hello(desk, "", false)));
    broker().send(kim, 2, "Your salary", Target::matching("user=vanessa"));
    change(3, {{enrolled(desk, "marc")}, {}});
    const PeerId marc = join(desk, hello(desk, "", false));
    EXPECT_TRUE(is_in(marc));
    EXPECT_FALSE(broker().last<protocol::Show>(marc));
}

TEST_F(WaysInTest, WhatWaitsForAUserGoesToTheSameUserHoweverTheyComeBack) {
    issue("1", desk, "vanessa");
    broker().close(join_with_ticket(desk, "1"));
    broker().send(kim, 1, "Your salary", Target::matching("user=vanessa"));
    change(2, {{enrolled(desk, "vanessa")}, {}});
    EXPECT_TRUE(broker().last<protocol::Show>(join(desk, hello(desk, "", false))));
}

TEST_F(WaysInTest, TheNextUserIsShownWhatTheOneBeforeHasReadAlready) {
    issue("1", desk, "vanessa");
    issue("2", desk, "marc");
    const PeerId vanessa = join_with_ticket(desk, "1");
    protocol::Send send;
    send.id = message_id(1);
    send.content.text = "For everybody";
    send.expires = broker().now().utc + Milliseconds{3'600'000};
    broker().ask(kim, send);
    broker().receipt(vanessa, 1, State::acknowledged);
    const PeerId marc = join_with_ticket(desk, "2");
    EXPECT_EQ(refusal(vanessa), "replaced: somebody else came with the same key");
    EXPECT_TRUE(broker().last<protocol::Show>(marc));
}

TEST_F(WaysInTest, ATokenIsOfUseToItsUserOnly) {
    for (Ticket* one : {&issue("1", desk, "vanessa"), &issue("2", desk, "marc")}) {
        one->expires = one->issued + limits::ticket_time_max;
    }
    const PeerId vanessa = join_with_ticket(desk, "1");
    SessionHello said = hello(desk, "", false);
    said.resume = broker().last<SessionWelcome>(vanessa)->resume;
    broker().close(vanessa);
    protocol::Send send;
    send.id = message_id(1);
    send.target = Target::matching("user=vanessa");
    send.content.text = "Your salary";
    send.expires = broker().now().utc + Milliseconds{7'200'000};
    broker().ask(kim, send);
    broker().advance(settings.closing_time + Milliseconds{1'000});
    ASSERT_TRUE(sessions().empty());
    said.ticket = "2";
    const PeerId marc = join(desk, said);
    EXPECT_FALSE(broker().last<protocol::Show>(marc));
    broker().receive(marc, protocol::FromSession{protocol::Goodbye{}});
    said.ticket = "1";
    EXPECT_TRUE(broker().last<protocol::Show>(join(desk, said)));
}

TEST_F(WaysInTest, AnAccountGoesOnOverTheNetworkWhereNobodyKnowsIt) {
    PeerFacts facts;
    facts.public_key = desk;
    facts.address = "ipc";
    facts.system_user = "vanessa";
    const PeerId local = broker().open(facts);
    broker().receive(local, protocol::FromSession{hello(desk, "vanessa", true)});
    broker().close(local);
    broker().send(kim, 1, "Hello", Target::matching("user=vanessa"));
    EXPECT_TRUE(broker().last<protocol::Show>(join(desk, hello(desk, "vanessa", true))));
}

// ---- What is known counts -----------------------------------------------------------------------

TEST_F(WaysInTest, AKnownUserAcknowledgesForTheirOtherSessions) {
    const Bytes32 other{8};
    issue("1", desk, "vanessa");
    change(1, {{enrolled(other, "vanessa")}, {}});
    const PeerId first = join_with_ticket(desk, "1");
    const PeerId second = join(other, hello(other, "", false));
    broker().send(kim, 2, "Bonjour");
    broker().receipt(first, 2, State::acknowledged);
    EXPECT_EQ(broker().last<protocol::Remove>(second)->cause, protocol::RemovalCause::acknowledged);
}

TEST_F(WaysInTest, AClaimedUserAcknowledgesForNobody) {
    const Bytes32 other{8};
    issue("1", desk, "vanessa");
    join_with_ticket(desk, "1");
    const PeerId claims = join(other, hello(other, "vanessa", true));
    broker().send(kim, 2, "Bonjour");
    broker().receipt(claims, 2, State::acknowledged);
    EXPECT_EQ(broker().tally_of(kim, 2)[State::acknowledged], 1u);
}

}  // namespace
}  // namespace crier::testing
