// A running broker and every frame that PROTOCOL.md calls wrong: the vectors of the two `from_`
// files that are refused. Method: a whole Broker in this process, hostile clients on real sockets,
// and an honest session and an operator who must not notice anything.

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "shared/base/limits.hpp"
#include "shared/protocol/codec.hpp"
#include "shared/protocol/invitation.hpp"
#include "tests/conformance/vectors.hpp"
#include "tests/integration/running_broker.hpp"
#include "tests/integration/scene.hpp"
#include "tests/support/temporary_directory.hpp"

namespace crier::testing {
namespace {

using Kind = protocol::Invitation::Kind;
using test::Vector;

std::deque<Vector> refused_vectors(const std::string& file) {
    std::deque<Vector> refused;
    for (const Vector& vector : test::read_vectors(file)) {
        if (vector.refused_with) refused.push_back(vector);
    }
    return refused;
}

/// The transport ends the connection without a word.
bool is_too_long(const Vector& vector) {
    return vector.bytes.size() > limits::frame_bytes_max;
}

/// The code of a frame from the broker if it is a refusal, 0 if it is any other frame.
ErrorCode refusal_in(Kind door, const std::string& text) {
    const Bytes bytes = bytes_of(text);
    if (door == Kind::sessions) {
        const auto frame = protocol::decode_to_session(bytes);
        const auto* refused = frame ? std::get_if<protocol::Refused>(&*frame) : nullptr;
        return refused == nullptr ? ErrorCode{} : refused->code;
    }
    const auto frame = protocol::decode_to_operator(bytes);
    const auto* refused = frame ? std::get_if<protocol::Refused>(&*frame) : nullptr;
    return refused == nullptr ? ErrorCode{} : refused->code;
}

bool is_welcome(Kind door, const std::string& text) {
    const Bytes bytes = bytes_of(text);
    if (door == Kind::sessions) {
        const auto frame = protocol::decode_to_session(bytes);
        return frame && std::holds_alternative<protocol::SessionWelcome>(*frame);
    }
    const auto frame = protocol::decode_to_operator(bytes);
    return frame && std::holds_alternative<protocol::OperatorWelcome>(*frame);
}

/// When in its connection a hostile client says what is wrong.
enum class When : std::uint8_t { first, after_hello };

/// Says one vector in each connection, and notes what came of it that should not.
class HostileClient {
public:
    HostileClient(Client& client, Kind door, std::string endpoint, Bytes hello)
        : client_(client), door_(door), endpoint_(std::move(endpoint)), hello_(std::move(hello)) {}

    /// Goes on as far as it can; true: nothing is left to say.
    bool go_on(std::deque<Vector>& left, When when) {
        if (said_ && client_.down) {
            judge();
            said_.reset();
            ++ended_;
        }
        if (!said_) {
            if (left.empty()) return true;
            said_ = std::move(left.front());
            left.pop_front();
            client_.frames.clear();
            stage_ = Stage::connecting;
            client_.open(endpoint_);
        }
        if (stage_ == Stage::connecting && client_.is_up) {
            stage_ = Stage::greeting;
            if (when == When::after_hello) is_said_ = client_.link.send(hello_);
        }
        const bool may_speak = when == When::first || is_welcomed();
        if (stage_ == Stage::greeting && may_speak) {
            stage_ = Stage::waiting;
            is_said_ = client_.link.send(said_->bytes);
        }
        return false;
    }

    std::vector<std::string> complaints;

    [[nodiscard]] std::size_t ended() const { return ended_; }

private:
    enum class Stage : std::uint8_t { connecting, greeting, waiting };

    [[nodiscard]] bool is_welcomed() const {
        return !client_.frames.empty() && is_welcome(door_, client_.frames.front());
    }

    void judge() {
        const bool has_answer = !client_.frames.empty();
        const ErrorCode code = has_answer ? refusal_in(door_, client_.frames.back()) : ErrorCode{};
        const ErrorCode wanted = is_too_long(*said_) ? ErrorCode{} : *said_->refused_with;
        if (stage_ == Stage::waiting && is_said_ && code == wanted) return;
        complaints.push_back(said_->name + ": '" + std::string(name_of(code)) + "' instead of '" +
                             std::string(name_of(wanted)) + "'; " + to_string(*client_.down));
    }

    Client& client_;
    const Kind door_;
    const std::string endpoint_;
    const Bytes hello_;
    std::optional<Vector> said_;
    Stage stage_ = Stage::connecting;
    bool is_said_ = false;
    std::size_t ended_ = 0;
};

class HostileFrames : public ::testing::Test {
protected:
    /// Everybody is there, and one message is on the screen.
    void SetUp() override {
        broker.config().misbehaved_seconds = 0;  // Each key has more than one wrong thing to say.
        broker.start();
        honest = std::make_unique<Screen>(broker, SubscriberOptions{});
        ASSERT_TRUE(honest->connected.wait_for(1));
        ops.emplace(broker.publisher());
        const auto sent = ops->send({.text = "before"}, Target::everyone(), shown);
        ASSERT_TRUE(sent) << to_string(sent.error());
        ASSERT_TRUE(sent->is_complete);
        before = what_is_stored();
    }

    [[nodiscard]] protocol::Invitation invitation(Kind kind) const {
        auto loaded =
            protocol::load_invitation(broker.invitation(std::string(name_of(kind))), kind);
        EXPECT_TRUE(loaded) << to_string(loaded.error());
        return *loaded;
    }

    Client& add_client(Kind kind, const KeyPair& own) {
        ZmqClientLink::Settings settings;
        settings.keys = ClientKeys{*invitation(kind).server_key, own};
        return clients.add_client(settings);
    }
    HostileClient hostile_session() {
        const protocol::Invitation invited = invitation(Kind::sessions);
        const KeyPair own = KeyPair::generate();
        protocol::SessionHello hello;
        hello.versions = {protocol::version, protocol::version};
        hello.proof = join_proof(*invited.secret, own.public_key);
        return {add_client(Kind::sessions, own), Kind::sessions, invited.endpoints.front(),
                protocol::encode(protocol::FromSession{hello})};
    }
    HostileClient hostile_operator() {
        const protocol::Invitation invited = invitation(Kind::operators);
        return {add_client(Kind::operators, KeyPair::of(*invited.secret)), Kind::operators,
                invited.endpoints.front(), operator_hello()};
    }
    static Bytes operator_hello() {
        protocol::OperatorHello hello;
        hello.versions = {protocol::version, protocol::version};
        hello.client = "hostile";
        return protocol::encode(protocol::FromOperator{hello});
    }

    /// All of them at once, each one vector after the other, until none is left.
    void say(std::deque<Vector> vectors, When when, std::vector<HostileClient> hostiles) {
        const std::size_t count = vectors.size();
        ASSERT_GT(count, 100u);
        const bool is_all_said = clients.until(
            [&] {
                bool is_done = true;
                for (HostileClient& one : hostiles) is_done &= one.go_on(vectors, when);
                return is_done;
            },
            Milliseconds(50'000));
        EXPECT_TRUE(is_all_said) << vectors.size() << " are left";
        std::size_t ended = 0;
        for (const HostileClient& one : hostiles) {
            ended += one.ended();
            for (const std::string& complaint : one.complaints) ADD_FAILURE() << complaint;
        }
        EXPECT_EQ(ended, count);
    }

    struct Stored {
        std::uint64_t seq = 0;
        std::uint32_t live = 0;
        std::size_t messages = 0;
        Tally tally;  ///< Of the newest.
        bool operator==(const Stored&) const = default;
    };
    [[nodiscard]] Stored what_is_stored() {
        const auto health = ops->health();
        const auto messages = ops->messages(100);
        EXPECT_TRUE(health && health->is_healthy);
        EXPECT_TRUE(messages);
        if (!health || !messages || messages->empty()) return {};
        return {health->seq, health->live_messages, messages->size(), messages->front().tally};
    }

    /// Nothing is stored, no screen has changed, and the broker goes on serving. `strangers`: how
    /// many sessions the hostile clients have opened, rightly.
    void expect_that_nothing_happened(std::size_t strangers) {
        EXPECT_EQ(what_is_stored(), before);
        const auto sessions = ops->sessions();
        ASSERT_TRUE(sessions);
        EXPECT_EQ(sessions->size(), 1 + strangers);
        EXPECT_EQ(honest->messages.all().size(), 1u);
        EXPECT_TRUE(honest->removed.all().empty());
        EXPECT_TRUE(honest->disconnected.all().empty());

        const Target target = Target::of({honest->subscriber->session()});
        const auto sent = ops->send({.text = "after"}, target, shown);
        ASSERT_TRUE(sent) << to_string(sent.error());
        EXPECT_TRUE(sent->is_complete);
        ASSERT_EQ(honest->messages.all().size(), 2u);
        EXPECT_EQ(honest->messages.all().back().content.text, "after");
    }

    const SendOptions shown{.wait_for = State::displayed, .timeout = deadline};
    TemporaryDirectory directory;
    RunningBroker broker{directory.path()};
    std::unique_ptr<Screen> honest;
    std::optional<Publisher> ops;
    Stored before;
    Scene clients{Scene::Security::curve, Scene::Zap::absent};
};

constexpr std::size_t hostiles_at_once = 48;

TEST_F(HostileFrames, InPlaceOfAHelloGetASessionRefusedAndCut) {
    std::vector<HostileClient> hostiles;
    for (std::size_t i = 0; i < hostiles_at_once; ++i) hostiles.push_back(hostile_session());
    say(refused_vectors("from_session.txt"), When::first, std::move(hostiles));
    expect_that_nothing_happened(0);
}

TEST_F(HostileFrames, AfterItsHelloGetASessionRefusedAndCut) {
    std::vector<HostileClient> hostiles;
    for (std::size_t i = 0; i < hostiles_at_once; ++i) hostiles.push_back(hostile_session());
    say(refused_vectors("from_session.txt"), When::after_hello, std::move(hostiles));
    expect_that_nothing_happened(hostiles_at_once);
}

TEST_F(HostileFrames, InPlaceOfAHelloGetAnOperatorRefusedAndCut) {
    std::vector<HostileClient> hostiles;
    for (std::size_t i = 0; i < hostiles_at_once; ++i) hostiles.push_back(hostile_operator());
    say(refused_vectors("from_operator.txt"), When::first, std::move(hostiles));
    expect_that_nothing_happened(0);
}

/// An operator that is let in is a person's tool: it hears what is wrong with each, and stays.
TEST_F(HostileFrames, AfterItsHelloGetAnOperatorRefusedOneByOne) {
    const protocol::Invitation invited = invitation(Kind::operators);
    Client& client = add_client(Kind::operators, KeyPair::of(*invited.secret));
    client.open(invited.endpoints.front());
    ASSERT_TRUE(clients.until([&] { return client.is_up; }));
    ASSERT_TRUE(client.link.send(operator_hello()));
    ASSERT_TRUE(clients.until([&] { return !client.frames.empty(); }));
    ASSERT_TRUE(is_welcome(Kind::operators, client.frames.front()));

    std::deque<Vector> vectors = refused_vectors("from_operator.txt");
    std::stable_partition(vectors.begin(), vectors.end(), std::not_fn(is_too_long));
    ASSERT_TRUE(is_too_long(vectors.back()));
    for (const Vector& vector : vectors) {
        SCOPED_TRACE(vector.name);
        if (is_too_long(vector)) break;
        client.frames.clear();
        ASSERT_TRUE(client.link.send(vector.bytes));
        const auto is_refused = [&] {
            return std::any_of(client.frames.begin(), client.frames.end(), [&](const auto& text) {
                return refusal_in(Kind::operators, text) == *vector.refused_with;
            });
        };
        ASSERT_TRUE(clients.until(is_refused));
    }
    EXPECT_FALSE(client.down);
    ASSERT_TRUE(client.link.send(vectors.back().bytes));
    EXPECT_TRUE(clients.until([&] { return client.down.has_value(); }));
    expect_that_nothing_happened(0);
}

}  // namespace
}  // namespace crier::testing
