// Private messages at the operator: sealed for the key of the session that was named, whatever the
// broker says of it. Method: a broker played by the test, which lies.
#include <gtest/gtest.h>

#include <optional>

#include "crier/publisher.hpp"
#include "shared/base/crypto.hpp"
#include "shared/base/time.hpp"
#include "shared/protocol/sealed_words.hpp"
#include "tests/integration/publisher_played_broker.hpp"

namespace crier {
namespace {

Secret secret_of(std::uint8_t number) {
    Bytes32 bytes;
    bytes.fill(number);
    return Secret(bytes);
}

const PublicKey vanessas_key = public_key_of(secret_of(1));
const SessionId vanessa = session_id_of(vanessas_key);

Session vanessas_session() {
    Session session;
    session.id = vanessa;
    session.attributes.user = "vanessa";
    session.key = vanessas_key;
    return session;
}

Content content() {
    Content content;
    content.text = "Nobody's business";
    content.is_private = true;
    return content;
}

RegisteredKey kept_key() {
    RegisteredKey key;
    key.key = vanessas_key;
    key.name = "vanessa-office";
    key.user = "vanessa";
    return key;
}

class PublisherPrivate : public ::testing::Test {
protected:
    tl::expected<SendResult, SendError> send(SendOptions options = {},
                                             const Target& target = Target::of({vanessa})) {
        if (!publisher_) publisher_ = broker_.connect();
        EXPECT_TRUE(*publisher_);
        return (*publisher_)->send(content(), target, options);
    }

    /// The error; and nothing has been sent.
    Error error_of(SendOptions options = {}, const Target& target = Target::of({vanessa})) {
        const auto result = send(std::move(options), target);
        EXPECT_FALSE(result);
        broker_.run([this](PlayedBroker&) { EXPECT_FALSE(sent) << "it is sent all the same"; });
        return result ? Error{} : Error{result.error().code, result.error().detail};
    }

    std::vector<Session> listed{vanessas_session()};
    std::optional<protocol::Send> sent;

private:
    PlayedBroker broker_{[this](PlayedBroker& broker, const protocol::FromOperator& frame) {
        if (const auto* list = std::get_if<protocol::ListSessions>(&frame)) {
            broker.say(protocol::SessionPage{list->request, listed});
        } else if (const auto* asked = std::get_if<protocol::Send>(&frame)) {
            sent = *asked;
            protocol::Accepted accepted;
            accepted.request = asked->request;
            accepted.id = asked->id;
            broker.say(accepted);
        }
    }};
    std::optional<Result<Publisher>> publisher_;
};

TEST_F(PublisherPrivate, IsSealedForTheSession) {
    const auto result = send({.own_keys = std::vector{kept_key()}});
    ASSERT_TRUE(result) << result.error().detail;
    ASSERT_TRUE(sent);
    EXPECT_EQ(sent->content, protocol::cover_of(content()));
    protocol::Show show;
    show.id = result->id;
    show.content = sent->content;
    show.sealed = sent->sealed;
    const auto opened = protocol::open_words(show, secret_of(1));
    ASSERT_TRUE(opened) << opened.error().detail;
    EXPECT_EQ(*opened, content());
}

TEST_F(PublisherPrivate, ABrokerThatNamesAnotherKeyIsFoundOut) {
    listed[0].key = public_key_of(secret_of(2));
    const Error error = error_of();
    EXPECT_EQ(error.code, ErrorCode::session_key_wrong);
    EXPECT_NE(error.detail.find("not the one of that id"), std::string::npos) << error.detail;
}

TEST_F(PublisherPrivate, ABrokerThatNamesAnotherSessionIsFoundOut) {
    listed[0].key = public_key_of(secret_of(2));
    listed[0].id = session_id_of(*listed[0].key);
    EXPECT_EQ(error_of().code, ErrorCode::session_key_wrong);
}

TEST_F(PublisherPrivate, AKeyThatTheOperatorDoesNotKeepIsFoundOut) {
    RegisteredKey other = kept_key();
    other.key = public_key_of(secret_of(2));
    const Error error = error_of({.own_keys = std::vector{other}});
    EXPECT_EQ(error.code, ErrorCode::session_key_wrong);
    EXPECT_NE(error.detail.find("none of your own directory"), std::string::npos) << error.detail;
    EXPECT_EQ(error_of({.own_keys = std::vector<RegisteredKey>{}}).code,
              ErrorCode::session_key_wrong);
}

/// The broker lists Marc's session as Vanessa's: the key is Marc's, and so is the id.
TEST_F(PublisherPrivate, ASessionThatIsListedAsAnotherUsersIsFoundOut) {
    listed[0].attributes.user = "marc";
    const Error error = error_of({.own_keys = std::vector{kept_key()}});
    EXPECT_EQ(error.code, ErrorCode::session_key_wrong);
    EXPECT_NE(error.detail.find("\"vanessa\""), std::string::npos) << error.detail;
}

TEST_F(PublisherPrivate, AKeyThatHasExpiredInTheOperatorsDirectoryIsNotSealedFor) {
    RegisteredKey expired = kept_key();
    expired.expires = utc_from_ms(1'000);
    EXPECT_EQ(error_of({.own_keys = std::vector{expired}}).code, ErrorCode::session_key_wrong);
}

TEST_F(PublisherPrivate, ASessionWithoutAKeyIsRefused) {
    listed[0].key.reset();
    const Error error = error_of();
    EXPECT_EQ(error.code, ErrorCode::target_invalid);
    EXPECT_NE(error.detail.find("cannot open private messages"), std::string::npos);
}

TEST_F(PublisherPrivate, ASessionThatThereIsNotIsUnknown) {
    listed.clear();
    EXPECT_EQ(error_of().code, ErrorCode::session_unknown);
}

TEST_F(PublisherPrivate, IsForOneSessionThatIsNamed) {
    SessionId other;
    for (const Target& target :
         {Target::everyone(), Target::matching("user=vanessa"), Target::of({vanessa, other})}) {
        EXPECT_EQ(error_of({}, target).code, ErrorCode::target_invalid);
    }
}

TEST_F(PublisherPrivate, EndsNoSessions) {
    SendOptions options;
    options.schedule.drop = read_clocks().utc + std::chrono::minutes(1);
    EXPECT_EQ(error_of(options).code, ErrorCode::usage_invalid);
}

}  // namespace
}  // namespace crier
