// Who may come in by key: what operators say of it, what the log keeps, and what becomes of those
// who are in. Method: a core without sockets; "the doors" are what they were told.

#include <gtest/gtest.h>

#include <memory>

#include "broker/core/key_ring.hpp"
#include "broker/journal/memory_journal.hpp"
#include "tests/support/broker_driver.hpp"
#include "tests/unit/broker_core/cluster_fixture.hpp"

namespace crier::testing {
namespace {

using namespace broker;
using protocol::Done;
using protocol::FromOperator;
using protocol::Goodbye;
using protocol::KeyPage;
using protocol::Refused;
using protocol::SetKeys;

const Bytes32 keeper{1};
const Bytes32 sender{2};
const Bytes32 outsider{3};

RegisteredKey registered(const Bytes32& key, const std::string& name,
                         std::vector<std::string> rights) {
    RegisteredKey said;
    said.key = key;
    said.name = name;
    said.rights = std::move(rights);
    return said;
}

SetKeys request(std::uint8_t number, KeyChange change) {
    return {0, message_id(number), std::move(change)};
}

EngineSettings settings_with_keeper() {
    EngineSettings settings = patient_settings();
    settings.principals.add(keeper, {"kim", {Right::keys, Right::list, Right::audit}});
    return settings;
}

class KeysTest : public ::testing::Test {
protected:
    PeerId join(const Bytes32& key) { return broker().join_operator(key); }
    bool is_in(PeerId peer) { return broker().last<protocol::OperatorWelcome>(peer).has_value(); }
    void ask(std::uint8_t number, KeyChange change) {
        broker().ask(kim, request(number, std::move(change)));
    }
    /// What kim is told who asks that.
    std::string refusal(std::uint8_t number, KeyChange change) {
        broker().ask(kim, request(number, std::move(change)));
        const auto refused = broker().last<Refused>(kim);
        return refused ? refused->detail : "";
    }
    std::vector<std::string> names() {
        broker().ask(kim, protocol::ListKeys{});
        const KeyPage page = broker().last<KeyPage>(kim).value();
        std::vector<std::string> names;
        for (const RegisteredKey& key : page.keys) names.push_back(key.name);
        return names;
    }
    BrokerDriver& broker() { return *owner; }
    bool may_come_in(const Bytes32& key) { return broker().admitted()->find(key) != nullptr; }
    void restart() {
        const Moment now = broker().now();
        owner = std::make_unique<BrokerDriver>(journal, settings_with_keeper(), now);
        kim = join(keeper);
    }

    MemoryJournal journal;
    std::unique_ptr<BrokerDriver> owner =
        std::make_unique<BrokerDriver>(journal, settings_with_keeper());
    PeerId kim = join(keeper);
};

TEST_F(KeysTest, CountFromTheStartUntilSomethingElseIsSaid) {
    EXPECT_TRUE(is_in(kim));
    EXPECT_TRUE(may_come_in(keeper));
    EXPECT_FALSE(may_come_in(outsider));
    EXPECT_FALSE(is_in(join(outsider))) << "whatever ZAP has let through";
    EXPECT_EQ(names(), std::vector<std::string>{"kim"});
}

TEST_F(KeysTest, CountOnceTheyAreOnTheDisk) {
    broker().hold_journal();
    ask(1, {{registered(sender, "sam", {"send"})}, {}});
    EXPECT_FALSE(may_come_in(sender));
    EXPECT_FALSE(broker().last<Done>(kim));
    broker().release_journal();
    EXPECT_TRUE(may_come_in(sender));
    EXPECT_TRUE(broker().last<Done>(kim));
    const auto welcome = broker().last<protocol::OperatorWelcome>(join(sender));
    EXPECT_EQ(welcome->principal, "sam");
    EXPECT_EQ(welcome->rights, std::vector<std::string>{"send"});
}

TEST_F(KeysTest, AreWhatTheyWereAfterARestart) {
    ask(1, {{registered(sender, "sam", {"send"}), registered(outsider, "eve", {"list"})}, {}});
    ask(2, {{}, {outsider}});
    restart();
    EXPECT_EQ(names(), (std::vector<std::string>{"kim", "sam"}));
    EXPECT_TRUE(may_come_in(sender));
    EXPECT_FALSE(may_come_in(outsider));
    ask(3, {{}, {sender}});
    restart();
    EXPECT_EQ(names(), std::vector<std::string>{"kim"});
}

TEST_F(KeysTest, ThatWereThereFromTheStartStayRevoked) {
    ask(1, {{registered(sender, "sam", {"keys"})}, {keeper}});
    EXPECT_FALSE(may_come_in(keeper));
    restart();
    EXPECT_FALSE(may_come_in(keeper));
    EXPECT_TRUE(may_come_in(sender));
}

TEST_F(KeysTest, ThatAreRevokedEndTheirConnections) {
    ask(1, {{registered(sender, "sam", {"send"})}, {}});
    const PeerId sam = join(sender);
    ask(2, {{}, {sender}});
    EXPECT_EQ(broker().last<Refused>(sam)->code, ErrorCode::not_admitted);
    EXPECT_TRUE(broker().was_cut(sam));
    EXPECT_FALSE(broker().was_cut(kim));
}

TEST_F(KeysTest, ThatMayLessHaveTheirConnectionsComeAgain) {
    ask(1, {{registered(sender, "sam", {"send", "list"})}, {}});
    const PeerId sam = join(sender);
    ask(2, {{registered(sender, "sam", {"send"})}, {}});
    const auto goodbye = broker().last<Goodbye>(sam);
    ASSERT_TRUE(goodbye);
    EXPECT_GT(goodbye->come_back_after, Milliseconds{0});
    EXPECT_TRUE(broker().was_cut(sam));
}

TEST_F(KeysTest, ThatMayMoreMayItAtOnce) {
    ask(1, {{registered(sender, "sam", {"send"})}, {}});
    const PeerId sam = join(sender);
    ask(2, {{registered(sender, "Samira", {"send", "list"})}, {}});
    broker().ask(sam, protocol::AskIdentity{});
    const auto identity = broker().last<protocol::Identity>(sam);
    EXPECT_EQ(identity->principal, "Samira");
    EXPECT_EQ(identity->rights, (std::vector<std::string>{"send", "list"}));
    EXPECT_FALSE(broker().was_cut(sam));
}

TEST_F(KeysTest, ThatExpireCountNoMoreFromThenOn) {
    RegisteredKey said = registered(sender, "sam", {"send"});
    said.expires = broker().now().utc + Milliseconds{60'000};
    ask(1, {{said}, {}});
    const PeerId sam = join(sender);
    broker().advance(Milliseconds{59'000});
    EXPECT_TRUE(may_come_in(sender));
    EXPECT_FALSE(broker().was_cut(sam));
    broker().advance(Milliseconds{1'000});
    EXPECT_FALSE(may_come_in(sender));
    EXPECT_TRUE(broker().was_cut(sam));
    EXPECT_EQ(names(), (std::vector<std::string>{"kim", "sam"})) << "it is seen that it expired";
}

TEST_F(KeysTest, ThatHaveExpiredDoNotComeBackWhenTheClockIsSetBack) {
    constexpr Milliseconds a_minute{60'000};
    RegisteredKey said = registered(sender, "sam", {"send"});
    said.expires = broker().now().utc + a_minute;
    ask(1, {{said}, {}});
    broker().advance(a_minute);
    broker().set_utc(broker().now().utc - 2 * a_minute);
    broker().advance(Milliseconds{1'000});
    ask(2, {{registered(outsider, "eve", {"list"})}, {}});
    EXPECT_TRUE(may_come_in(outsider));
    EXPECT_FALSE(may_come_in(sender));
    EXPECT_FALSE(is_in(join(sender)));
}

TEST_F(KeysTest, AreListedWithWhoSaidItAndSinceWhen) {
    RegisteredKey said = registered(sender, "sam", {"send"});
    said.user = "samira";
    said.note = "Nachtschicht";
    ask(1, {{said}, {}});
    broker().ask(kim, protocol::ListKeys{0, keeper});
    const auto page = *broker().last<KeyPage>(kim);
    said.since = broker().now().utc;
    said.by = "kim";
    EXPECT_EQ(page.keys, std::vector<RegisteredKey>{said});
    EXPECT_FALSE(page.more);
}

TEST_F(KeysTest, AreListedInPages) {
    constexpr std::uint8_t in_each = 150;
    for (std::uint8_t change = 1; change <= 2; ++change) {
        KeyChange many;
        for (std::uint8_t i = 0; i < in_each; ++i) {
            RegisteredKey said = registered({4, change, i}, "sam", {"send"});
            said.note = std::string(limits::note_bytes_max, 'n');
            many.set.push_back(std::move(said));
        }
        ask(change, std::move(many));
    }
    std::size_t count = 0;
    std::size_t pages = 0;
    protocol::ListKeys list;
    for (bool more = true; more; ++pages) {
        broker().ask(kim, list);
        const auto page = *broker().last<KeyPage>(kim);
        count += page.keys.size();
        list.after = page.keys.back().key;
        more = page.more;
    }
    EXPECT_EQ(count, 2u * in_each + 1);
    EXPECT_GT(pages, 1u);
}

// ---- What is refused, and then nothing of it is done --------------------------------------------

TEST_F(KeysTest, AreAllChangedOrNone) {
    EXPECT_EQ(
        refusal(1,
                {{registered(sender, "sam", {"send"}), registered(outsider, "eve", {"sned"})}, {}}),
        "eve: right \"sned\" is unknown");
    EXPECT_EQ(names(), std::vector<std::string>{"kim"});
    EXPECT_NE(
        refusal(2, {{registered(sender, "sam", {"send"})}, {outsider}}).find("is not registered"),
        std::string::npos);
    EXPECT_NE(refusal(3, {{registered(sender, "sam", {}), registered(sender, "eve", {})}, {}})
                  .find("is named twice"),
              std::string::npos);
    EXPECT_NE(refusal(4, {{registered(sender, "sam", {})}, {sender}}).find("is named twice"),
              std::string::npos);
    RegisteredKey past = registered(sender, "sam", {});
    past.expires = broker().now().utc;
    EXPECT_NE(refusal(5, {{past}, {}}).find("which is past"), std::string::npos);
    EXPECT_EQ(names(), std::vector<std::string>{"kim"});
}

TEST_F(KeysTest, AreNeverLeftToNobody) {
    const std::string reason = "nobody could change keys any more";
    EXPECT_EQ(refusal(1, {{}, {keeper}}).substr(0, reason.size()), reason);
    EXPECT_EQ(refusal(2, {{registered(keeper, "kim", {"list"})}, {}}).substr(0, reason.size()),
              reason);
    RegisteredKey for_now = registered(sender, "sam", {"keys"});
    for_now.expires = broker().now().utc + Milliseconds{60'000};
    EXPECT_EQ(refusal(3, {{for_now}, {keeper}}).substr(0, reason.size()), reason);
    EXPECT_FALSE(broker().was_cut(kim));
}

TEST_F(KeysTest, AreChangedOneAfterTheOther) {
    ask(1, {{registered(sender, "sam", {"keys"})}, {}});
    const PeerId sam = join(sender);
    broker().hold_journal();
    ask(2, {{}, {sender}});
    broker().ask(sam, request(3, {{}, {keeper}}));
    EXPECT_EQ(broker().last<Refused>(sam)->code, ErrorCode::overloaded) << "or nobody is left";
    broker().release_journal();
    EXPECT_TRUE(broker().was_cut(sam));
    EXPECT_TRUE(may_come_in(keeper));
}

TEST_F(KeysTest, AreChangedOnceByOneRequest) {
    const KeyChange first{{registered(sender, "sam", {"send"})}, {}};
    ask(1, first);
    const std::uint64_t entries = journal.recover()->last_seq;
    ask(1, first);
    EXPECT_TRUE(broker().last<Done>(kim)) << "it is in force";
    ask(1, {{registered(sender, "eve", {"send"})}, {}});
    EXPECT_EQ(broker().last<Refused>(kim)->code, ErrorCode::request_id_reused);
    ask(2, {{registered(sender, "sam", {"list"})}, {}});
    ask(1, first);
    EXPECT_TRUE(broker().last<Done>(kim)) << "it was, and history knows";
    EXPECT_EQ(journal.recover()->last_seq, entries + 1);
    ask(3, {{}, {sender}});
    ask(1, first);
    ask(3, {{}, {sender}});
    EXPECT_TRUE(broker().last<Done>(kim)) << "though it could not be revoked once more";
    EXPECT_FALSE(may_come_in(sender)) << "an old request said again undoes no newer one";
}

// ---- In a cluster -------------------------------------------------------------------------------

TEST(KeyRingTest, HasTheNewestWordInWhateverOrderTheyCome) {
    const auto source = [](std::uint64_t seq, std::int64_t at, std::uint8_t id) {
        return KeyRing::Source{seq, message_id(id), utc_from_ms(at), "kim", {}};
    };
    const KeyChange given{{registered(sender, "sam", {"send"})}, {}};
    const KeyChange taken{{}, {sender}};
    using Over = std::vector<std::uint64_t>;
    KeyRing in_order{{}};
    EXPECT_EQ(in_order.take(source(1, 100, 1), given), Over{});
    EXPECT_EQ(in_order.take(source(2, 200, 2), taken), Over{1});
    KeyRing other_order{{}};
    EXPECT_EQ(other_order.take(source(1, 200, 2), taken), Over{});
    EXPECT_EQ(other_order.take(source(2, 100, 1), given), Over{2}) << "nothing of it counts";
    EXPECT_EQ(in_order.find(sender), nullptr);
    EXPECT_EQ(other_order.find(sender), nullptr);

    KeyRing at_once{{}};
    EXPECT_EQ(at_once.take(source(1, 100, 2), given), Over{});
    EXPECT_EQ(at_once.take(source(2, 100, 1), taken), Over{2}) << "of two at once the higher id";
    EXPECT_NE(at_once.find(sender), nullptr);
}

using ClusterKeys = Cluster;

TEST_F(ClusterKeys, CountAtEveryBroker) {
    const PeerId op = join_operator(0);
    ask<Done>(0, op, request(1, {{registered(keeper, "kim", {"keys"})}, {}}));
    for (std::size_t at = 0; at < 3; ++at) {
        EXPECT_NE(cluster.broker(at).admitted()->find(keeper), nullptr) << at;
    }
    ask<Done>(1, join_operator(1), request(2, {{registered(sender, "sam", {"keys"})}, {keeper}}));
    for (std::size_t at = 0; at < 3; ++at) {
        EXPECT_EQ(cluster.broker(at).admitted()->find(keeper), nullptr) << at;
    }
}

TEST(KeyRingTest, ForgetsARevokedTicketWhenThereIsNoRoomAndItHasExpiredForCertain) {
    Principals first;
    first.add(keeper, {"kim", Rights::all()});
    KeyRing ring(first);
    const auto take = [&ring](std::uint64_t seq, UtcTime at, KeyChange change) {
        MessageId id;
        id.bytes[0] = static_cast<std::uint8_t>(seq);
        return ring.take({seq, id, at, "kim", {}}, change);
    };
    const UtcTime began = utc_from_ms(1'700'000'000'000);
    KeyChange change;
    change.revoke_tickets = {"the first"};
    EXPECT_TRUE(take(1, began, change).empty());
    change.revoke_tickets.clear();
    while (change.revoke_tickets.size() < limits::keys_max - 1) {
        change.revoke_tickets.push_back(std::to_string(change.revoke_tickets.size()));
    }
    EXPECT_TRUE(take(2, began + Milliseconds{1}, change).empty());

    change.revoke_tickets = {"one more"};
    const UtcTime later = began + limits::ticket_time_max + limits::ticket_early_max;
    const auto refused = ring.refusal_of(change, later);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::limit_exceeded);
    EXPECT_FALSE(ring.refusal_of(change, later + Milliseconds{1}));
    Ticket ticket;
    ticket.id = "the first";
    EXPECT_TRUE(ring.was_revoked(ticket));
    EXPECT_EQ(take(3, later + Milliseconds{1}, change), std::vector<std::uint64_t>{1});
    EXPECT_FALSE(ring.was_revoked(ticket));
    ticket.id = "0";
    EXPECT_TRUE(ring.was_revoked(ticket));
}

}  // namespace
}  // namespace crier::testing
