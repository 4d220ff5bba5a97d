// Who may do what: everybody who can be there, by every way of coming in that a core knows, tries
// every operation of PROTOCOL.md's table. The table says what is expected; that it leaves out no
// frame which the codec has is tried as well. Method: a core without sockets, a new one for each
// attempt; what is refused must have changed nothing.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "broker/core/broker_frames.hpp"
#include "broker/journal/memory_journal.hpp"
#include "shared/protocol/codec.hpp"
#include "tests/conformance/document.hpp"
#include "tests/conformance/expected_frames.hpp"
#include "tests/conformance/operations.hpp"
#include "tests/contract/journal_samples.hpp"
#include "tests/support/broker_driver.hpp"
#include "tests/support/cluster_driver.hpp"

namespace crier::testing {
namespace {

using namespace broker;
using protocol::FromOperator;
using protocol::FromSession;
using test::About;
using test::Operation;
using test::Row;
using Lines = std::vector<std::string>;

const Bytes32 keeper{1};    ///< Kim's, who may everything.
const Bytes32 somebody{2};  ///< Whose rights are tried.
const Bytes32 join_secret{9};

std::string name_of(Right right) {
    return std::string(right_table()[static_cast<std::size_t>(right)].name);
}

Lines all_rights() {
    return Rights::all().lines();
}

EngineSettings settings_with_keeper() {
    EngineSettings settings = patient_settings();
    settings.principals.add(keeper, {"kim", Rights::all()});
    return settings;
}

/// A broker with Kim, a session of Anna's whose user is verified, and one message of each sort.
class World {
public:
    explicit World(const EngineSettings& settings = settings_with_keeper())
        : broker(journal, settings), has_curve_(settings.join_secret) {
        journal.sign_with(samples::signing_key());
        kim = broker.join_operator(keeper);
        PeerFacts local;
        local.address = "ipc";
        local.system_user = "Anna";
        if (has_curve_) local.public_key = key_of("Anna-1");
        anna = join(local, "Anna-1");
        for (const About about :
             {About::plain, About::drop, About::close_admission, About::question}) {
            broker.ask(kim, test::message_about(about, id_of("Anna-1"), broker.now().utc));
        }
        listen();
    }

    PeerId join(PeerFacts facts, const std::string& name) {
        protocol::SessionHello hello = hello_of(name);
        if (has_curve_) hello.proof = crier::join_proof(Secret(join_secret), key_of(name));
        return join(std::move(facts), std::move(hello));
    }
    PeerId join(PeerFacts facts, protocol::SessionHello hello) {
        const PeerId peer = broker.open(std::move(facts));
        broker.receive(peer, FromSession{std::move(hello)});
        return peer;
    }
    void set_keys(KeyChange change) {
        broker.ask(kim, protocol::SetKeys{0, message_id(++last_change_), std::move(change)});
        EXPECT_TRUE(broker.last<protocol::Done>(kim));
    }
    RegisteredKey registered(Lines rights) const {
        RegisteredKey key;
        key.key = somebody;
        key.name = "sam";
        key.rights = std::move(rights);
        key.user = "Anna";
        return key;
    }
    PeerId join_with(Lines rights) {
        set_keys({{registered(std::move(rights))}, {}});
        const PeerId peer = broker.join_operator(somebody);
        listen();
        return peer;
    }
    /// From now on nothing may change.
    void listen() {
        broker.to_session(anna);
        entries_ = journal.recover()->last_seq;
        bells_ = broker.bell().size();
        admitted_ = broker.admitted();
    }
    void expect_unchanged() {
        EXPECT_EQ(journal.recover()->last_seq, entries_) << "something was stored";
        EXPECT_TRUE(broker.to_session(anna).empty()) << "a session was told something";
        EXPECT_EQ(broker.bell().size(), bells_) << "the bell rang";
        EXPECT_EQ(*broker.admitted(), *admitted_) << "other keys count";
        EXPECT_FALSE(broker.was_cut(anna));
    }

    MemoryJournal journal;
    BrokerDriver broker;
    PeerId kim{};
    PeerId anna{};

private:
    bool has_curve_;
    std::uint8_t last_change_ = 100;
    std::uint64_t entries_ = 0;
    std::size_t bells_ = 0;
    std::shared_ptr<const Principals> admitted_;
};

FromOperator frame_of(const Operation& operation, const World& world) {
    return *test::operator_frame(operation, id_of("Anna-1"), world.broker.now().utc);
}

/// Every operation of the table that an operator has a frame for.
std::vector<Operation> requests() {
    std::vector<Operation> list = test::operations();
    std::erase_if(list, [](const Operation& one) { return !one.is_for_operators; });
    return list;
}

template <class Frame>
std::optional<protocol::Refused> refusal_in(const std::vector<Frame>& frames) {
    for (const Frame& frame : frames) {
        if (const auto* refused = std::get_if<protocol::Refused>(&frame)) return *refused;
    }
    return std::nullopt;
}

/// What the key has no right to: "drop" of "your key has no right to drop (end sessions)".
std::string missing_in(const std::string& detail) {
    const std::string begin = "your key has no right to ";
    EXPECT_TRUE(detail.starts_with(begin)) << detail;
    const std::string rest = detail.substr(std::min(begin.size(), detail.size()));
    return rest.substr(0, std::min(rest.find(" ("), rest.find(',')));
}

// ---- The table ----------------------------------------------------------------------------------

template <class Frames>
std::set<std::string> names_of(const Frames& frames) {
    std::set<std::string> names;
    for (const auto& [name, frame] : frames) names.insert(name);
    return names;
}

TEST(RightsMatrix, HasARowForEveryFrameAndNoOther) {
    std::set<std::string> for_operators;
    std::set<std::string> for_sessions;
    std::set<std::string> names;
    for (const Operation& operation : test::operations()) {
        EXPECT_TRUE(names.insert(operation.name()).second) << operation.name() << " twice";
        if (operation.is_for_sessions) for_sessions.insert(operation.frame);
        if (operation.is_for_operators) for_operators.insert(operation.frame);
        if (operation.is_for_operators) {
            EXPECT_TRUE(test::operator_frame(operation, {}, {}))
                << "no example of " << operation.name();
        }
        const bool is_conditional = !operation.condition.empty();
        EXPECT_TRUE(!is_conditional || names.contains(operation.frame))
            << operation.frame << " has conditions, and no row for what has none";
    }
    // As many as the codec has: Vectors.CoverEveryTypeOfFrame.
    EXPECT_EQ(for_operators, names_of(test::expected_from_operator()));
    EXPECT_EQ(for_sessions, names_of(test::expected_from_session()));
}

TEST(RightsMatrix, NamesEveryRightAndNoOther) {
    // Of the bell, which takes no frames, and of coming in.
    std::set<std::string> named{name_of(Right::listen), name_of(Right::session)};
    for (const Operation& operation : test::operations()) {
        named.insert(operation.rights.begin(), operation.rights.end());
    }
    std::set<std::string> known;
    for (const RightRow& row : right_table()) known.insert(std::string(row.name));
    EXPECT_EQ(named, known);
}

/// An operator is told why it is cut, and nothing that it says then counts.
void expect_shut_out(World& world, PeerId peer, const Operation& operation) {
    const auto refused = world.broker.last<protocol::Refused>(peer);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::not_admitted);
    EXPECT_TRUE(world.broker.was_cut(peer));
    world.broker.receive(peer, frame_of(operation, world));
    EXPECT_TRUE(world.broker.to_operator(peer).empty());
    world.expect_unchanged();
}

PeerFacts operator_with(const Bytes32& key) {
    PeerFacts facts;
    facts.door = Door::operators;
    facts.public_key = key;
    return facts;
}

// ---- Operators ----------------------------------------------------------------------------------

struct Role {
    std::string name;
    Lines rights;
};

std::vector<Role> roles() {
    std::vector<Role> list{{"none", {}}, {"all", all_rights()}};
    for (const std::string& right : all_rights()) {
        list.push_back({"only " + right, {right}});
        Lines others = all_rights();
        std::erase(others, right);
        list.push_back({"all but " + right, others});
    }
    for (const std::string scoped : {"send:own", "send:where user=Anna"}) {
        list.push_back({scoped, {scoped}});
        Lines rights = all_rights();
        std::replace(rights.begin(), rights.end(), name_of(Right::send), scoped);
        list.push_back({scoped + " and all others", rights});
    }
    list.push_back({"only session", {name_of(Right::session)}});
    list.push_back({"severity", {"send", "severity:info"}});
    return list;
}

/// Which right is missing first; empty: none.
std::string expected_of(const Role& role, const Operation& operation) {
    const auto has = [&](const std::string& right) {
        return std::any_of(role.rights.begin(), role.rights.end(), [&](const std::string& line) {
            return line.substr(0, line.find(':')) == right;
        });
    };
    const bool is_scoped = has("send") && std::count(role.rights.begin(), role.rights.end(),
                                                     name_of(Right::send)) == 0;
    // The examples are Kim's.
    if (is_scoped && operation.is_change()) return "change what others have sent";
    for (const std::string& right : operation.rights) {
        if (!has(right)) return right;
    }
    return {};
}

void try_as(const Role& role, const Operation& operation) {
    SCOPED_TRACE(role.name + ": " + operation.name());
    World world;
    const PeerId sam = world.join_with(role.rights);
    if (!Rights::parse(role.rights)->is_operator()) {
        return expect_shut_out(world, sam, operation);
    }
    EXPECT_TRUE(world.broker.last<protocol::OperatorWelcome>(sam));
    if (operation.frame == "hello") return;  // It was that.
    world.broker.receive(sam, frame_of(operation, world));
    const auto refused = refusal_in(world.broker.to_operator(sam));
    const std::string missing = expected_of(role, operation);
    if (missing.empty()) {
        // A broker that is alone has none to forget; nothing else is in the way.
        const bool is_none_to_forget =
            operation.frame == "forget" && refused && refused->code == ErrorCode::target_invalid;
        EXPECT_TRUE(!refused || is_none_to_forget) << refused->detail;
        return;
    }
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::not_authorized);
    EXPECT_EQ(refused->request, 1u);
    EXPECT_EQ(missing_in(refused->detail), missing);
    EXPECT_TRUE(world.broker.was_noticed(Fact::request_refused));
    EXPECT_FALSE(world.broker.was_cut(sam));
    world.expect_unchanged();
}

TEST(RightsMatrix, HoldsForEveryRole) {
    for (const Role& role : roles()) {
        for (const Operation& operation : requests()) try_as(role, operation);
    }
}

/// Whoever is there with all rights, has yet to say hello, or comes anew, when that has happened.
void try_after(const std::string& what, const std::function<void(World&)>& happen) {
    for (const Operation& operation : requests()) {
        SCOPED_TRACE(what + ": " + operation.name());
        World world;
        const PeerId sam = world.join_with(all_rights());
        const PeerId silent = world.broker.open(operator_with(somebody));
        happen(world);
        world.listen();
        for (const PeerId peer : {sam, silent, world.broker.join_operator(somebody)}) {
            expect_shut_out(world, peer, operation);
        }
    }
}

TEST(RightsMatrix, HoldsForARevokedKey) {
    try_after("revoked", [](World& world) { world.set_keys({{}, {somebody}}); });
}

TEST(RightsMatrix, HoldsForAKeyThatHasExpired) {
    try_after("expired", [](World& world) {
        constexpr Milliseconds sooner_than_a_hello{2'000};
        RegisteredKey key = world.registered(all_rights());
        key.expires = world.broker.now().utc + sooner_than_a_hello;
        world.set_keys({{key}, {}});
        world.broker.advance(sooner_than_a_hello);
    });
}

TEST(RightsMatrix, HoldsForAKeyThatWasNeverRegistered) {
    for (const Operation& operation : requests()) {
        SCOPED_TRACE(operation.name());
        World world;
        expect_shut_out(world, world.broker.join_operator(somebody), operation);
    }
}

TEST(RightsMatrix, HoldsForAKeyWhoseRightsWereTakenAway) {
    try_after("rights taken away", [](World& world) {
        world.set_keys({{world.registered({})}, {}});
    });
}

TEST(RightsMatrix, LetsNoOperatorDoAnythingBeforeAHello) {
    for (const Operation& operation : requests()) {
        if (operation.frame == "hello") continue;
        SCOPED_TRACE(operation.name());
        World world;
        world.set_keys({{world.registered(all_rights())}, {}});
        const PeerId sam = world.broker.open(operator_with(somebody));
        world.listen();
        world.broker.receive(sam, frame_of(operation, world));
        EXPECT_EQ(world.broker.last<protocol::Refused>(sam)->code, ErrorCode::malformed_frame);
        EXPECT_TRUE(world.broker.was_cut(sam));
        world.expect_unchanged();
    }
}

TEST(RightsMatrix, LetsNoOperatorSayWhatSessionsSay) {
    for (const Operation& operation : test::operations()) {
        if (operation.is_for_operators) continue;
        SCOPED_TRACE(operation.name());
        World world;
        const PeerId sam = world.join_with(all_rights());
        world.broker.receive(sam, *test::session_frame(operation));
        EXPECT_EQ(world.broker.last<protocol::Refused>(sam)->code, ErrorCode::malformed_frame);
        world.expect_unchanged();
    }
}

// ---- Scopes -------------------------------------------------------------------------------------

/// What becomes of a send or a change, in the table's words.
std::string outcome(World& world, PeerId peer, std::uint32_t meant = 0) {
    for (const auto& frame : world.broker.to_operator(peer)) {
        if (const auto* accepted = std::get_if<protocol::Accepted>(&frame)) {
            return meant > 0 && accepted->tally.targeted() < meant ? "yes, narrowed" : "yes";
        }
        const auto* refused = std::get_if<protocol::Refused>(&frame);
        if (refused == nullptr) continue;
        return refused->code == ErrorCode::not_authorized ? "no" : refused->detail;
    }
    return "nothing";
}

/// What is in the head of a column, done.
std::string try_scope(World& world, PeerId sam, const std::string& column) {
    constexpr std::uint8_t first = 50;
    const auto send = [&](Target target, std::uint32_t meant = 0) {
        world.broker.send(sam, first, "Salut", std::move(target));
        return outcome(world, sam, meant);
    };
    const Target within_reach = Target::of({id_of("Anna-1")});
    if (column == "`send` to `all`") return send(Target::everyone(), 2);
    if (column == "`send` to `sessions` within reach") return send(within_reach);
    if (column == "`send` to `sessions` out of reach") return send(Target::of({id_of("Anna-2")}));
    if (column == "`send` to a filter") return send(Target::matching("user=Anna"), 2);
    if (column == "`send` with `within`") {
        Target narrower = Target::matching("user=*");
        narrower.within = "user=Anna";
        return send(narrower);
    }
    const bool is_own = column == "change of its own message";
    if (!is_own && column != "change of another's") return "unknown column";
    if (is_own) {
        EXPECT_EQ(send(within_reach), "yes");
    }
    world.broker.update(sam, first + 1, is_own ? first : 1, "Other words");
    return outcome(world, sam);
}

TEST(RightsMatrix, HoldsForEveryScope) {
    const std::vector<Row> table = test::table_of("scopes");
    ASSERT_EQ(table.size(), 4u);
    for (std::size_t row = 1; row < table.size(); ++row) {
        std::string right = test::quoted_in(table[row][0]).at(0);
        if (right == "send:where") right += " user=Anna";
        for (std::size_t column = 1; column < table[0].size(); ++column) {
            SCOPED_TRACE(right + ": " + table[0][column]);
            World world;
            PeerFacts facts;
            facts.address = "10.1.0.5";
            world.join(facts, "Anna-2");  // Who says so, and nobody has verified it.
            EXPECT_EQ(try_scope(world, world.join_with({right}), table[0][column]),
                      table[row][column]);
        }
    }
}

// ---- Sessions -----------------------------------------------------------------------------------

enum class Shows : std::uint8_t { nothing, the_secret, its_key, a_ticket };

struct WayIn {
    std::string name;
    Shows shows{};
    std::string address;
    std::optional<std::string> account{};

    [[nodiscard]] bool has_curve() const { return shows != Shows::nothing; }
};

const WayIn ways_in[] = {{"by an invitation", Shows::the_secret, "10.1.0.5"},
                         {"by an invitation, local", Shows::the_secret, "ipc", "Paul"},
                         {"by a registered key", Shows::its_key, "10.1.0.5"},
                         {"by a ticket", Shows::a_ticket, "10.1.0.5"},
                         {"without CURVE", Shows::nothing, "127.0.0.1"},
                         {"without CURVE, local", Shows::nothing, "ipc", "Paul"}};

EngineSettings settings_for(const WayIn& way) {
    EngineSettings settings = settings_with_keeper();
    if (!way.has_curve()) return settings;
    settings.join_secret = Secret(join_secret);
    if (way.shows == Shows::its_key) {
        settings.principals.add(key_of("Paul-1"), {"desk", {Right::session}, {}, "Paul"});
    }
    settings.read_ticket = [](std::string_view) -> Result<Ticket> {
        Ticket ticket;
        ticket.user = "Paul";
        ticket.session = id_of("Paul-1");
        ticket.issued = utc_from_ms(1'700'000'000'000);
        ticket.expires = ticket.issued + std::chrono::hours{1};
        return ticket;
    };
    return settings;
}

protocol::SessionHello hello_by(const WayIn& way) {
    protocol::SessionHello hello = hello_of("Paul-1");
    if (way.shows == Shows::the_secret) {
        hello.proof = crier::join_proof(Secret(join_secret), key_of("Paul-1"));
    }
    if (way.shows == Shows::a_ticket) hello.ticket = "head.claims.signature";
    return hello;
}

PeerFacts facts_of(const WayIn& way) {
    PeerFacts facts;
    facts.address = way.address;
    facts.system_user = way.account;
    if (way.has_curve()) facts.public_key = key_of("Paul-1");
    return facts;
}

protocol::Bytes bytes_of(const Operation& operation, const World& world) {
    if (const auto frame = test::session_frame(operation)) return protocol::encode(*frame);
    return protocol::encode(frame_of(operation, world));
}

void try_by(const WayIn& way, const Operation& operation) {
    SCOPED_TRACE(way.name + ": " + operation.name());
    World world(settings_for(way));
    const PeerId paul = world.join(facts_of(way), hello_by(way));
    EXPECT_TRUE(world.broker.last<protocol::SessionWelcome>(paul));
    if (operation.frame == "hello") return;  // It was that.
    world.listen();
    world.broker.receive_bytes(paul, bytes_of(operation, world));
    const auto refused = refusal_in(world.broker.to_session(paul));
    const bool has_none_to_renew = operation.frame == "ticket" && way.shows != Shows::a_ticket;
    if (has_none_to_renew) {
        ASSERT_TRUE(refused);
        EXPECT_EQ(refused->code, ErrorCode::ticket_invalid);
        EXPECT_TRUE(world.broker.was_cut(paul));
    } else if (operation.is_for_sessions) {
        EXPECT_FALSE(refused) << refused->detail;
        EXPECT_EQ(world.broker.was_cut(paul), operation.frame == "goodbye");
    } else {
        ASSERT_TRUE(refused);
        EXPECT_EQ(refused->code, ErrorCode::not_authorized) << refused->detail;
        EXPECT_TRUE(world.broker.was_cut(paul));
    }
    world.expect_unchanged();
}

TEST(RightsMatrix, HoldsForSessionsByEveryWayIn) {
    for (const WayIn& way : ways_in) {
        for (const Operation& operation : test::operations()) try_by(way, operation);
    }
}

/// Whatever it says, it is cut, and nothing it says then counts.
void expect_out(World& world, PeerId peer, const Operation& operation) {
    const auto frames = world.broker.to_session(peer);
    EXPECT_EQ(frames.size(), 1u);
    EXPECT_TRUE(refusal_in(frames));
    EXPECT_TRUE(world.broker.was_cut(peer));
    world.broker.receive_bytes(peer, bytes_of(operation, world));
    EXPECT_TRUE(world.broker.to_session(peer).empty());
    world.expect_unchanged();
}

TEST(RightsMatrix, LetsNoSessionDoAnythingBeforeAHello) {
    for (const WayIn& way : ways_in) {
        for (const Operation& operation : test::operations()) {
            if (operation.frame == "hello") continue;
            SCOPED_TRACE(way.name + ": " + operation.name());
            World world(settings_for(way));
            const PeerId paul = world.broker.open(facts_of(way));
            world.broker.receive_bytes(paul, bytes_of(operation, world));
            expect_out(world, paul, operation);
        }
    }
}

TEST(RightsMatrix, LetsNoSessionDoAnythingWithoutTheSecretOfTheInvitation) {
    for (const Operation& operation : test::operations()) {
        SCOPED_TRACE(operation.name());
        World world(settings_for(ways_in[0]));
        const PeerId paul = world.broker.open(facts_of(ways_in[0]));
        protocol::SessionHello hello = hello_of("Paul-1");
        hello.proof = crier::join_proof(Secret(Bytes32{8}), key_of("Paul-1"));
        world.broker.receive(paul, FromSession{hello});
        expect_out(world, paul, operation);
    }
}

// ---- Other brokers ------------------------------------------------------------------------------

/// What another broker says, and whether it was taken.
bool is_taken_from_broker(const std::function<protocol::Bytes(BrokerDriver&)>& say) {
    ClusterDriver one{1};
    BrokerDriver& broker = one.broker(0);
    const PeerId anna = broker.join("Anna-1");
    const PeerId kim = broker.join_operator();
    for (const About about : {About::plain, About::drop, About::close_admission, About::question}) {
        broker.ask(kim, test::message_about(about, id_of("Anna-1"), broker.now().utc));
    }
    one.settle();
    broker.to_session(anna);
    const std::size_t entries = one.log().size();
    BrokerFacts facts;
    facts.id = one.id(5);
    const PeerId other = broker.open_broker(facts);
    broker.receive_bytes(other, say(broker));
    one.settle();
    EXPECT_EQ(one.log().size(), entries) << "in whose name?";
    EXPECT_TRUE(broker.to_session(anna).empty());
    EXPECT_FALSE(broker.was_cut(other));
    return !broker.was_noticed(Fact::broker_unread);
}

TEST(RightsMatrix, HoldsForOtherBrokers) {
    for (const Operation& operation : test::operations()) {
        SCOPED_TRACE(operation.name());
        const auto frame = [&](BrokerDriver& broker) {
            if (!operation.is_for_operators)
                return protocol::encode(*test::session_frame(operation));
            return protocol::encode(
                *test::operator_frame(operation, id_of("Anna-1"), broker.now().utc));
        };
        EXPECT_EQ(is_taken_from_broker(
                      [&](BrokerDriver& broker) { return broker::encode(Asked{frame(broker)}); }),
                  operation.is_for_brokers);
        EXPECT_FALSE(is_taken_from_broker(frame)) << "as if it were an operator or a session";
    }
}

template <std::size_t... index>
std::vector<protocol::Bytes> broker_frames(std::index_sequence<index...>) {
    return {broker::encode(BrokerFrame{std::in_place_index<index>})...};
}

TEST(RightsMatrix, LetsNobodySpeakAsAnotherBroker) {
    constexpr std::make_index_sequence<std::variant_size_v<BrokerFrame>> all;
    for (const protocol::Bytes& frame : broker_frames(all)) {
        World world;
        const PeerId sam = world.join_with(all_rights());
        const PeerId paul = world.join(facts_of(ways_in[2]), "Paul-1");
        world.listen();
        world.broker.receive_bytes(sam, frame);
        world.broker.receive_bytes(paul, frame);
        EXPECT_EQ(world.broker.last<protocol::Refused>(sam)->code, ErrorCode::malformed_frame);
        // One is called as a request of operators is.
        EXPECT_TRUE(world.broker.last<protocol::Refused>(paul));
        EXPECT_TRUE(world.broker.was_cut(paul));
        world.expect_unchanged();
    }
}

}  // namespace
}  // namespace crier::testing
