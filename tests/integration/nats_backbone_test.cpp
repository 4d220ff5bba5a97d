// NatsBackbone with real nats-servers: what it publishes, feeds, and says when servers fail.
// Method: servers of the test's own on free ports; every wait is for an event, with a deadline.

#include "broker/cluster/nats_backbone.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "broker/cluster/jetstream.hpp"
#include "broker/cluster/nats_connection.hpp"
#include "shared/base/crypto.hpp"
#include "shared/base/mailbox.hpp"
#include "tests/support/nats_servers.hpp"

namespace crier::broker {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using testing::NatsServers;
using testing::TemporaryDirectory;

constexpr seconds deadline{40};
constexpr char stream[] = "CRIER_test";

milliseconds until(steady_clock::time_point end) {
    return std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(end - steady_clock::now()));
}

bool is_readable(int descriptor, milliseconds patience) {
    pollfd readable{.fd = descriptor, .events = POLLIN, .revents = 0};
    return poll(&readable, 1, static_cast<int>(patience.count())) == 1;
}

MessageId id_of(std::uint32_t number) {
    MessageId id;
    for (std::size_t i = 0; i < 4; ++i) {
        id.bytes[i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
    }
    id.bytes[15] = 1;
    return id;
}

Bytes bytes(std::string_view text) {
    return {text.begin(), text.end()};
}

BrokerId broker_of(std::uint8_t number) {
    BrokerId id;
    id.bytes.fill(number);
    return id;
}

NatsSettings settings_for(std::vector<std::string> urls, std::uint8_t broker = 1) {
    NatsSettings settings;
    settings.urls = std::move(urls);
    settings.cluster_name = "test";
    settings.broker = broker_of(broker);
    return settings;
}

/// A backbone, and what it said that nobody has asked about so far.
class Hearer {
public:
    explicit Hearer(const NatsSettings& settings) {
        auto started = NatsBackbone::start(settings);
        if (started) backbone_ = std::move(*started);
        EXPECT_TRUE(started) << to_string(started.error());
    }
    NatsBackbone* operator->() { return backbone_.get(); }

    /// The next event of this kind; nullopt: there was none in time. The others stay.
    template <class Kind>
    std::optional<Kind> next(milliseconds patience = deadline) {
        const auto end = steady_clock::now() + patience;
        while (true) {
            for (auto one = heard_.begin(); one != heard_.end(); ++one) {
                if (auto* found = std::get_if<Kind>(&*one)) {
                    Kind kind = std::move(*found);
                    heard_.erase(one);
                    return kind;
                }
            }
            if (auto event = next_of_any(end)) {
                heard_.push_back(std::move(*event));
            } else {
                return std::nullopt;
            }
        }
    }
    std::optional<BackboneEvent> next_of_any(steady_clock::time_point end) {
        while (true) {
            if (auto event = backbone_->next_event()) return event;
            if (!is_readable(backbone_->descriptor(), until(end))) return std::nullopt;
        }
    }
    void forget() { heard_.clear(); }

    /// Numbers `first` to `first + count - 1` in the ids; all of them are in the stream then.
    void publish(std::uint32_t first, std::uint32_t count) {
        for (std::uint32_t i = 0; i < count; ++i) {
            backbone_->publish(id_of(first + i), bytes("body " + std::to_string(first + i)), {});
        }
        for (std::uint32_t i = 0; i < count; ++i) ASSERT_TRUE(next<Published>());
    }
    /// So many of the feed.
    std::vector<StreamMessage> feed(std::size_t count) {
        std::vector<StreamMessage> messages;
        while (messages.size() < count) {
            auto fed = next<Fed>();
            if (!fed) break;
            messages.push_back(std::move(fed->message));
        }
        return messages;
    }

private:
    std::unique_ptr<NatsBackbone> backbone_;
    std::deque<BackboneEvent> heard_;
};

std::vector<std::uint64_t> numbers_of(const std::vector<StreamMessage>& messages) {
    std::vector<std::uint64_t> numbers;
    for (const StreamMessage& message : messages) numbers.push_back(message.number);
    return numbers;
}

std::vector<std::uint64_t> counted(std::uint64_t first, std::uint64_t last) {
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t number = first; number <= last; ++number) numbers.push_back(number);
    return numbers;
}

/// Somebody with the same rights who asks JetStream for what a broker would not.
class Administrator {
public:
    explicit Administrator(const NatsServers& servers) {
        auto opened = NatsConnection::open(settings_for({servers.url(0)}), servers.url(0), [] {});
        if (opened) connection_ = std::move(*opened);
        EXPECT_TRUE(opened) << to_string(opened.error());
        EXPECT_TRUE(connection_->listen("_INBOX.admin", [this](NatsMessage&& reply) {
            return replies_.post(std::move(reply));
        }));
    }
    std::string ask(const std::string& subject, const std::string& body) {
        EXPECT_TRUE(connection_->send(subject, "_INBOX.admin", {}, bytes(body)));
        EXPECT_TRUE(is_readable(replies_.descriptor(), deadline));
        std::vector<NatsMessage> replies;
        replies_.take_all(replies);
        return replies.empty() ? "" : replies.front().data;
    }

private:
    Mailbox<NatsMessage> replies_{16};
    std::unique_ptr<NatsConnection> connection_;
};

class NatsBackboneAtOneServer : public ::testing::Test {
protected:
    NatsServers servers{1};
    NatsSettings settings = settings_for({servers.url(0)});
};

// ---- Publishing ---------------------------------------------------------------------------------

TEST_F(NatsBackboneAtOneServer, CreatesTheStreamAndSaysThatItIsEmpty) {
    Hearer hearer(settings);
    const auto up = hearer.next<BackboneUp>();
    ASSERT_TRUE(up);
    EXPECT_EQ(up->extent, StreamExtent{});
}

TEST_F(NatsBackboneAtOneServer, SaysWhereEachEntryStands) {
    Hearer hearer(settings);
    ASSERT_TRUE(hearer.next<BackboneUp>());
    for (std::uint32_t i = 1; i <= 100; ++i) hearer->publish(id_of(i), bytes("x"), {});
    for (std::uint32_t i = 1; i <= 100; ++i) {
        const auto published = hearer.next<Published>();
        ASSERT_TRUE(published);
        EXPECT_EQ(published->id, id_of(i));
        EXPECT_EQ(published->number, i);
        EXPECT_FALSE(published->is_duplicate);
    }
}

TEST_F(NatsBackboneAtOneServer, TakesAnEntryOnceHoweverOftenItIsPublished) {
    Hearer hearer(settings);
    ASSERT_TRUE(hearer.next<BackboneUp>());
    hearer.publish(1, 2);
    hearer->publish(id_of(1), bytes("again"), {});
    const auto again = hearer.next<Published>();
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->is_duplicate);
    EXPECT_EQ(again->number, 1u);
    hearer->read_extent();
    EXPECT_EQ(hearer.next<ExtentRead>().value().extent, (StreamExtent{.first = 1, .last = 2}));
}

TEST_F(NatsBackboneAtOneServer, AppendsOnlyBehindWhatWasExpected) {
    Hearer hearer(settings);
    ASSERT_TRUE(hearer.next<BackboneUp>());
    hearer->publish(id_of(1), bytes("first"), 0);
    EXPECT_EQ(hearer.next<Published>().value().number, 1u);
    hearer->publish(id_of(2), bytes("not first"), 0);
    const auto refused = hearer.next<NotPublished>();
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->id, id_of(2));
    EXPECT_EQ(refused->why, NotPublished::Why::wrong_last);
    hearer->publish(id_of(2), bytes("second"), 1);
    EXPECT_EQ(hearer.next<Published>().value().number, 2u);
}

TEST_F(NatsBackboneAtOneServer, AppendsAChainThatIsOnItsWayAtOnce) {
    Hearer hearer(settings);
    ASSERT_TRUE(hearer.next<BackboneUp>());
    for (std::uint32_t i = 0; i < 64; ++i) hearer->publish(id_of(i), bytes("x"), i);
    for (std::uint32_t i = 0; i < 64; ++i)
        EXPECT_EQ(hearer.next<Published>().value().number, i + 1);
}

TEST_F(NatsBackboneAtOneServer, SaysAtOnceThatWhatIsTooLargeWentNowhere) {
    Hearer hearer(settings);
    ASSERT_TRUE(hearer.next<BackboneUp>());
    hearer->publish(id_of(1), Bytes(2u << 20), {});
    const auto refused = hearer.next<NotPublished>();
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->why, NotPublished::Why::not_sent);
    EXPECT_EQ(refused->error.code, ErrorCode::limit_exceeded);
    hearer.publish(2, 1);
}

// ---- Feed ---------------------------------------------------------------------------------------

TEST_F(NatsBackboneAtOneServer, FeedsWhatIsThereAndWhatComesInOrder) {
    Hearer hearer(settings);
    ASSERT_TRUE(hearer.next<BackboneUp>());
    hearer.publish(1, 700);
    hearer->follow(1);
    const auto old = hearer.feed(700);
    ASSERT_EQ(numbers_of(old), counted(1, 700));
    EXPECT_EQ(old[6].id, id_of(7));
    EXPECT_EQ(old[6].body, bytes("body 7"));
    hearer.publish(701, 700);
    EXPECT_EQ(numbers_of(hearer.feed(700)), counted(701, 1'400));
}

TEST_F(NatsBackboneAtOneServer, FeedsFromTheMiddle) {
    Hearer hearer(settings);
    ASSERT_TRUE(hearer.next<BackboneUp>());
    hearer.publish(1, 10);
    hearer->follow(8);
    EXPECT_EQ(numbers_of(hearer.feed(3)), counted(8, 10));
}

TEST_F(NatsBackboneAtOneServer, FeedsNothingOfAnEarlierFeed) {
    Hearer hearer(settings);
    ASSERT_TRUE(hearer.next<BackboneUp>());
    hearer.publish(1, 300);
    hearer->follow(1);
    ASSERT_EQ(numbers_of(hearer.feed(5)), counted(1, 5));
    hearer->follow(250);
    EXPECT_EQ(numbers_of(hearer.feed(51)), counted(250, 300));
    hearer->stop_following();
    hearer.publish(301, 1);
    hearer->follow(301);
    EXPECT_EQ(numbers_of(hearer.feed(1)), counted(301, 301));
}

TEST_F(NatsBackboneAtOneServer, SaysThatAStreamIsShorterThanWhoFollowsItBelieves) {
    Hearer hearer(settings);
    ASSERT_TRUE(hearer.next<BackboneUp>());
    hearer.publish(1, 3);
    hearer.forget();
    hearer->follow(10);
    const auto down = hearer.next<BackboneDown>();
    ASSERT_TRUE(down);
    EXPECT_EQ(down->error.code, ErrorCode::backbone_unreachable);
    const auto up = hearer.next<BackboneUp>();
    ASSERT_TRUE(up);
    EXPECT_EQ(up->extent, (StreamExtent{.first = 1, .last = 3}));
    hearer->follow(4);
    hearer.publish(4, 1);
    EXPECT_EQ(numbers_of(hearer.feed(1)), counted(4, 4));
}

TEST_F(NatsBackboneAtOneServer, SaysThatItIsUpOnceMoreWhenAFeedWasLost) {
    Hearer hearer(settings);
    ASSERT_TRUE(hearer.next<BackboneUp>());
    hearer.publish(1, 3);
    hearer->follow(1);
    ASSERT_EQ(hearer.feed(3).size(), 3u);
    // Another stream of the same name, and longer: what was fed could go on in it unnoticed.
    Administrator administrator(servers);
    administrator.ask(std::string("$JS.API.STREAM.DELETE.") + stream, "");
    administrator.ask(std::string("$JS.API.STREAM.CREATE.") + stream,
                      create_stream_request("test", 1));
    for (int i = 0; i < 5; ++i) administrator.ask(log_subject("test"), "of another life");
    const auto up = hearer.next<BackboneUp>();
    ASSERT_TRUE(up);
    EXPECT_EQ(up->extent, (StreamExtent{.first = 1, .last = 5}));
    EXPECT_FALSE(hearer.next<Fed>(milliseconds{0})) << "before it is followed anew";
    hearer->follow(4);
    EXPECT_EQ(numbers_of(hearer.feed(2)), counted(4, 5));
}

TEST_F(NatsBackboneAtOneServer, FeedsEverythingToWhoTakesItLate) {
    Hearer slow(settings);
    ASSERT_TRUE(slow.next<BackboneUp>());
    slow->follow(1);
    Hearer publisher(settings_for({servers.url(0)}, 2));
    ASSERT_TRUE(publisher.next<BackboneUp>());
    // More than the consumer sends before it asks whether it may go on.
    constexpr std::uint32_t count = 8'000;
    for (std::uint32_t first = 1; first < count; first += 500) {
        for (std::uint32_t i = 0; i < 500; ++i) {
            publisher->publish(id_of(first + i), Bytes(2'000), {});
        }
        for (std::uint32_t i = 0; i < 500; ++i) ASSERT_TRUE(publisher.next<Published>());
    }
    EXPECT_EQ(numbers_of(slow.feed(count)), counted(1, count));
    publisher.publish(count + 1, 1);
    EXPECT_EQ(numbers_of(slow.feed(1)), counted(count + 1, count + 1));
}

// ---- Looking and purging ------------------------------------------------------------------------

TEST_F(NatsBackboneAtOneServer, ShowsTheMessageAtANumberAsItFeedsIt) {
    Hearer hearer(settings);
    ASSERT_TRUE(hearer.next<BackboneUp>());
    hearer.publish(1, 3);
    hearer->follow(2);
    const auto fed = hearer.feed(1);
    hearer->look(2);
    const auto looked = hearer.next<Looked>();
    ASSERT_TRUE(looked && looked->message && !fed.empty());
    EXPECT_EQ(looked->number, 2u);
    EXPECT_EQ(*looked->message, fed[0]);
    hearer->look(4);
    const auto missing = hearer.next<Looked>();
    ASSERT_TRUE(missing);
    EXPECT_EQ(missing->number, 4u);
    EXPECT_EQ(missing->message, std::nullopt);
}

TEST_F(NatsBackboneAtOneServer, ShowsWhatSomebodyElsePutThereWithoutAnId) {
    Hearer hearer(settings);
    ASSERT_TRUE(hearer.next<BackboneUp>());
    Administrator(servers).ask(log_subject("test"), "foreign");
    hearer->follow(1);
    const auto fed = hearer.feed(1);
    ASSERT_EQ(fed.size(), 1u);
    EXPECT_EQ(fed[0].id, std::nullopt);
    EXPECT_EQ(fed[0].body, bytes("foreign"));
    hearer->look(1);
    EXPECT_EQ(hearer.next<Looked>().value().message, fed[0]);
}

TEST_F(NatsBackboneAtOneServer, PurgesWhatIsBelow) {
    Hearer hearer(settings);
    ASSERT_TRUE(hearer.next<BackboneUp>());
    hearer.publish(1, 10);
    hearer->purge_below(8);
    hearer->read_extent();
    EXPECT_EQ(hearer.next<ExtentRead>().value().extent, (StreamExtent{.first = 8, .last = 10}));
    hearer->look(7);
    EXPECT_EQ(hearer.next<Looked>().value().message, std::nullopt);
    hearer->follow(3);
    EXPECT_EQ(numbers_of(hearer.feed(3)), counted(8, 10));
    hearer->purge_below(11);
    hearer->read_extent();
    EXPECT_EQ(hearer.next<ExtentRead>().value().extent, (StreamExtent{.first = 11, .last = 10}));
}

// ---- Between brokers ----------------------------------------------------------------------------

TEST_F(NatsBackboneAtOneServer, CarriesDatagramsToAllAndToOne) {
    Hearer one(settings);
    Hearer other(settings_for({servers.url(0)}, 2));
    ASSERT_TRUE(one.next<BackboneUp>());
    ASSERT_TRUE(other.next<BackboneUp>());
    one->tell_all(bytes("to all"));
    EXPECT_EQ(one.next<Heard>().value().datagram, bytes("to all"));
    EXPECT_EQ(other.next<Heard>().value().datagram, bytes("to all"));
    one->tell(broker_of(2), bytes("to you"));
    EXPECT_EQ(other.next<Heard>().value().datagram, bytes("to you"));
    other->tell(broker_of(1), bytes("and back"));
    EXPECT_EQ(one.next<Heard>().value().datagram, bytes("and back"));
}

TEST_F(NatsBackboneAtOneServer, DropsDatagramsThatNobodyTakesAndNothingElse) {
    Hearer hearer(settings);
    ASSERT_TRUE(hearer.next<BackboneUp>());
    constexpr std::uint32_t many = NatsTraffic::heard_max + 1'000;
    for (std::uint32_t i = 0; i < many; ++i) hearer->tell_all(bytes("x"));
    hearer.publish(1, 1);
    std::uint32_t count = 0;
    while (hearer.next<Heard>(milliseconds{0})) ++count;
    EXPECT_GE(count, 1u);
    hearer->tell_all(bytes("last"));
    std::optional<Heard> heard;
    do {
        heard = hearer.next<Heard>();
    } while (heard && heard->datagram != bytes("last"));
    EXPECT_TRUE(heard);
}

// ---- Settings that cannot be right, and those that others refuse --------------------------------

TEST(NatsBackboneStart, RefusesAtOnceWhatCannotBeRight) {
    const auto code_of = [](const NatsSettings& settings) {
        const auto started = NatsBackbone::start(settings);
        return started ? ErrorCode{} : started.error().code;
    };
    const NatsSettings right = settings_for({"nats://127.0.0.1:1"});
    EXPECT_EQ(code_of(settings_for({})), ErrorCode::configuration_invalid);
    for (const char* url : {"", "127.0.0.1:4222", "http://a", "nats://", "nats://a:", "nats://:1",
                            "nats://a:65536", "nats://user:word@"}) {
        EXPECT_EQ(code_of(settings_for({url})), ErrorCode::configuration_invalid) << url;
    }
    NatsSettings wrong = right;
    wrong.cluster_name = "two.words";
    EXPECT_EQ(code_of(wrong), ErrorCode::configuration_invalid);
    wrong = right;
    wrong.login.credentials_file = "/does/not/exist.creds";
    EXPECT_EQ(code_of(wrong), ErrorCode::file_unusable);
    wrong = right;
    wrong.login.nkey = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4";
    EXPECT_EQ(code_of(wrong), ErrorCode::configuration_invalid);
    wrong = right;
    wrong.tls.ca_file = "/does/not/exist.pem";
    EXPECT_EQ(code_of(wrong), ErrorCode::file_unusable);
    const TemporaryDirectory folder;
    wrong.tls.ca_file = folder.path() / "empty.pem";
    std::ofstream(wrong.tls.ca_file) << "no certificate\n";
    EXPECT_EQ(code_of(wrong), ErrorCode::configuration_invalid);
}

TEST(NatsBackboneStart, SaysThatNobodyIsThereAndStopsAtOnce) {
    Hearer hearer(settings_for({"nats://crier:secret@127.0.0.1:1"}));
    const auto down = hearer.next<BackboneDown>();
    ASSERT_TRUE(down);
    EXPECT_EQ(down->error.code, ErrorCode::backbone_unreachable);
    EXPECT_EQ(down->error.detail.find("secret"), std::string::npos) << down->error.detail;
    hearer->publish(id_of(1), bytes("x"), {});
    const auto refused = hearer.next<NotPublished>();
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->why, NotPublished::Why::not_sent);
    hearer->look(1);
    EXPECT_TRUE(hearer.next<NotRead>());
    hearer->stop();
    hearer->stop();
    hearer->publish(id_of(2), bytes("x"), {});
    EXPECT_EQ(hearer.next<NotPublished>().value().id, id_of(2));
}

TEST_F(NatsBackboneAtOneServer, SaysThatItIsNotLetIn) {
    settings.urls = {servers.url_without_user(0)};
    settings.login.user = "crier";
    settings.login.password = "wrong";
    Hearer hearer(settings);
    const auto down = hearer.next<BackboneDown>();
    ASSERT_TRUE(down);
    EXPECT_EQ(down->error.code, ErrorCode::not_authorized) << down->error.detail;
    EXPECT_NE(down->error.detail.find("check user, password or key"), std::string::npos);
}

TEST_F(NatsBackboneAtOneServer, LogsInWithUserAndPasswordOfItsSettings) {
    settings.urls = {servers.url_without_user(0)};
    settings.login.user = NatsServers::user;
    settings.login.password = NatsServers::password;
    Hearer hearer(settings);
    EXPECT_TRUE(hearer.next<BackboneUp>());
}

struct Unfit {
    const char* name;
    const char* from;  ///< In the request that creates a stream as it should be.
    const char* to;
};

class NatsBackboneAtAnUnfitStream : public ::testing::TestWithParam<Unfit> {
protected:
    NatsServers servers{1};
};

TEST_P(NatsBackboneAtAnUnfitStream, NamesTheSetting) {
    const std::string right = create_stream_request("test", 1);
    std::string wrong = right;
    const std::size_t at = wrong.find(GetParam().from);
    ASSERT_NE(at, wrong.npos);
    wrong.replace(at, std::string(GetParam().from).size(), GetParam().to);
    Administrator administrator(servers);
    const std::string made =
        administrator.ask(std::string("$JS.API.STREAM.CREATE.") + stream, wrong);
    ASSERT_EQ(made.find("\"error\""), made.npos) << made;

    Hearer hearer(settings_for({servers.url(0)}));
    const auto down = hearer.next<BackboneDown>();
    ASSERT_TRUE(down);
    EXPECT_EQ(down->error.code, ErrorCode::configuration_invalid);
    EXPECT_NE(down->error.detail.find(std::string(GetParam().name) + " is "), std::string::npos)
        << down->error.detail;
}

INSTANTIATE_TEST_SUITE_P(
    EachSetting, NatsBackboneAtAnUnfitStream,
    ::testing::Values(
        Unfit{"max_age", "\"max_age\":0", "\"max_age\":3600000000000"},
        Unfit{"max_msgs", "\"max_msgs\":-1", "\"max_msgs\":5"},
        Unfit{"max_bytes", "\"max_bytes\":-1", "\"max_bytes\":100000"},
        Unfit{"max_msgs_per_subject", "\"max_msgs_per_subject\":-1", "\"max_msgs_per_subject\":5"},
        Unfit{"max_msg_size", "\"max_msg_size\":-1", "\"max_msg_size\":500"},
        Unfit{"retention", "\"limits\"", "\"workqueue\""},
        Unfit{"storage", "\"file\"", "\"memory\""}, Unfit{"discard", "\"new\"", "\"old\""},
        Unfit{"subjects", "[\"crier.test.log\"]", "[\"crier.test.log\",\"other\"]"},
        Unfit{"duplicate_window", "120000000000", "1000000000"},
        Unfit{"no_ack", "\"max_age\"", "\"no_ack\":true,\"max_age\""},
        Unfit{"deny_purge", "\"max_age\"", "\"deny_purge\":true,\"max_age\""},
        Unfit{"allow_rollup_hdrs", "\"max_age\"", "\"allow_rollup_hdrs\":true,\"max_age\""}),
    [](const auto& unfit) { return std::string(unfit.param.name); });

TEST_F(NatsBackboneAtOneServer, SeesThatAStreamIsChangedBehindItsBackAndCorrected) {
    Hearer hearer(settings);
    ASSERT_TRUE(hearer.next<BackboneUp>());
    hearer.forget();
    std::string changed = create_stream_request("test", 1);
    changed.replace(changed.find("\"max_msgs\":-1"), 13, "\"max_msgs\":5");
    Administrator(servers).ask(std::string("$JS.API.STREAM.UPDATE.") + stream, changed);
    const auto down = hearer.next<BackboneDown>();
    ASSERT_TRUE(down);
    EXPECT_EQ(down->error.code, ErrorCode::configuration_invalid);
    Administrator(servers).ask(std::string("$JS.API.STREAM.UPDATE.") + stream,
                               create_stream_request("test", 1));
    EXPECT_TRUE(hearer.next<BackboneUp>());
}

TEST_F(NatsBackboneAtOneServer, AsksForThreeServersIfItShallHaveThreeCopies) {
    settings.replicas = 3;
    Hearer hearer(settings);
    const auto down = hearer.next<BackboneDown>();
    ASSERT_TRUE(down);
    EXPECT_NE(down->error.detail.find("JetStream says: "), std::string::npos) << down->error.detail;
}

// ---- A server that fails ------------------------------------------------------------------------

TEST_F(NatsBackboneAtOneServer, GoesOnWhenTheServerWasKilledAndIsBack) {
    Hearer hearer(settings);
    ASSERT_TRUE(hearer.next<BackboneUp>());
    hearer.publish(1, 3);
    hearer->follow(1);
    ASSERT_EQ(hearer.feed(3).size(), 3u);
    hearer.forget();
    servers.kill(0);
    ASSERT_TRUE(hearer.next<BackboneDown>());
    hearer->publish(id_of(4), bytes("x"), {});
    EXPECT_EQ(hearer.next<NotPublished>().value().why, NotPublished::Why::not_sent);
    servers.start(0);
    const auto up = hearer.next<BackboneUp>();
    ASSERT_TRUE(up);
    EXPECT_EQ(up->extent, (StreamExtent{.first = 1, .last = 3}));
    hearer->follow(4);
    hearer.publish(4, 2);
    EXPECT_EQ(numbers_of(hearer.feed(2)), counted(4, 5));
}

TEST_F(NatsBackboneAtOneServer, SaysThatAnEntryMayBeThereWhenTheServerHangs) {
    Hearer hearer(settings);
    ASSERT_TRUE(hearer.next<BackboneUp>());
    hearer.forget();
    servers.pause(0);
    hearer->publish(id_of(1), bytes("x"), {});
    const auto lost = hearer.next<NotPublished>();
    ASSERT_TRUE(lost);
    EXPECT_EQ(lost->why, NotPublished::Why::unknown);
    EXPECT_TRUE(hearer.next<BackboneDown>());
    servers.resume(0);
    ASSERT_TRUE(hearer.next<BackboneUp>());
    hearer->publish(id_of(1), bytes("x"), {});
    EXPECT_EQ(hearer.next<Published>().value().number, 1u);
}

TEST_F(NatsBackboneAtOneServer, ShowsThatAnOlderStoreWasPutBack) {
    const fs::path store = servers.store(0);
    const fs::path copy = store.parent_path() / "copy";
    Hearer hearer(settings);
    ASSERT_TRUE(hearer.next<BackboneUp>());
    hearer.publish(1, 3);
    servers.stop(0);
    fs::copy(store, copy, fs::copy_options::recursive);
    servers.start(0);
    ASSERT_EQ(hearer.next<BackboneUp>().value().extent.last, 3u);
    hearer.publish(4, 3);
    servers.stop(0);
    fs::remove_all(store);
    fs::rename(copy, store);
    servers.start(0);
    const auto up = hearer.next<BackboneUp>();
    ASSERT_TRUE(up);
    EXPECT_EQ(up->extent, (StreamExtent{.first = 1, .last = 3}));
    hearer->look(4);
    EXPECT_EQ(hearer.next<Looked>().value().message, std::nullopt);
}

// ---- Three servers ------------------------------------------------------------------------------

/// A broker that publishes until everything is there, follows whatever happens, and puts back what
/// the stream has lost: nats-server 2.9 loses acknowledged messages when one leader after the other
/// hangs, and one that comes back before the next is lost has not caught up.
class Persistent {
public:
    explicit Persistent(const NatsSettings& settings) : hearer_(settings) {}

    /// False: it was not done within `patience`.
    bool work(const std::function<bool()>& is_done, milliseconds patience) {
        const auto end = steady_clock::now() + patience;
        while (!is_done()) {
            publish_more();
            const auto event = hearer_.next_of_any(end);
            if (!event) return false;
            std::visit([this](const auto& one) { on(one); }, *event);
        }
        return true;
    }
    void want(std::uint32_t last) { last_wanted_ = last; }

    [[nodiscard]] bool is_up() const { return is_up_; }
    /// So many are acknowledged, and fed.
    [[nodiscard]] bool has(std::size_t count) const {
        return acked_.size() == count && fed_.size() >= count;
    }
    [[nodiscard]] const std::map<MessageId, std::uint64_t>& acked() const { return acked_; }
    [[nodiscard]] const std::vector<StreamMessage>& fed() const { return fed_; }

private:
    void on(const BackboneUp& up) {
        is_up_ = true;
        put_back_behind(up.extent.last);
        hearer_->follow(fed_.empty() ? 1 : fed_.back().number + 1);
    }
    void on(const BackboneDown&) { is_up_ = false; }
    void on(const Published& published) {
        acked_[published.id] = published.number;
        on_its_way_.erase(published.id);
    }
    void on(const NotPublished& lost) {
        on_its_way_.erase(lost.id);
        again_.push_back(lost.id);
    }
    void on(const Fed& fed) { fed_.push_back(fed.message); }
    void on(const auto&) {}

    void put_back_behind(std::uint64_t last) {
        std::erase_if(fed_, [&](const StreamMessage& message) { return message.number > last; });
        std::erase_if(acked_, [&](const auto& acked) {
            if (acked.second <= last) return false;
            again_.push_back(acked.first);
            return true;
        });
    }
    void publish_more() {
        while (is_up_ && on_its_way_.size() < 32) {
            MessageId id;
            if (!again_.empty()) {
                id = again_.front();
                again_.pop_front();
            } else if (last_ < last_wanted_) {
                id = id_of(++last_);
            } else {
                return;
            }
            on_its_way_.insert(id);
            hearer_->publish(id, bytes(to_string(id)), {});
        }
    }

    Hearer hearer_;
    bool is_up_ = false;
    std::uint32_t last_wanted_ = 0;
    std::uint32_t last_ = 0;
    std::set<MessageId> on_its_way_;
    std::deque<MessageId> again_;
    std::map<MessageId, std::uint64_t> acked_;
    std::vector<StreamMessage> fed_;
};

class NatsBackboneAtThreeServers : public ::testing::Test {
protected:
    /// Publishes `count` entries and does something to the servers when half of them are there.
    void publish_through(std::uint32_t count, const std::function<void()>& failure) {
        ASSERT_TRUE(broker.work([&] { return broker.is_up(); }, deadline));
        broker.want(count);
        ASSERT_TRUE(broker.work([&] { return broker.acked().size() >= count / 2; }, deadline));
        failure();
        ASSERT_TRUE(broker.work([&] { return broker.has(count); }, deadline));
    }
    void expect_each_once_where_it_was_said(std::uint32_t count) const {
        std::map<MessageId, std::uint64_t> fed;
        for (const StreamMessage& message : broker.fed()) {
            ASSERT_TRUE(message.id);
            EXPECT_TRUE(fed.emplace(*message.id, message.number).second);
        }
        EXPECT_EQ(fed, broker.acked());
        EXPECT_EQ(numbers_of(broker.fed()), counted(1, count));
    }

    /// A hundred entries while one server is away, for each in turn.
    ///
    /// The two that are left may elect nobody. In 2.9 a candidate needs the later term and the
    /// longer log: of two of which each has one of them nobody leads until the third is back.
    void feed_without_each(const std::function<void(std::size_t)>& lose,
                           const std::function<void(std::size_t)>& bring_back) {
        ASSERT_TRUE(broker.work([&] { return broker.is_up(); }, deadline));
        std::uint32_t count = 0;
        const auto has_all = [&] { return broker.has(count); };
        for (std::size_t server = 0; server < servers.size(); ++server) {
            lose(server);
            count += 100;
            broker.want(count);
            EXPECT_TRUE(broker.work(has_all, deadline) || !broker.is_up()) << server;
            bring_back(server);
            ASSERT_TRUE(broker.work(has_all, deadline)) << server;
        }
        expect_each_once_where_it_was_said(count);
    }

    NatsServers servers{3};
    Persistent broker{settings_for(servers.urls())};
};

TEST(NatsBackboneAtACluster, TakesAStreamWithOneCopyOnlyIfThatIsAskedFor) {
    NatsServers servers{3};
    NatsSettings settings = settings_for(servers.urls());
    settings.replicas = 1;
    ASSERT_TRUE(Hearer(settings).next<BackboneUp>());
    settings.replicas = 0;
    Hearer hearer(settings);
    EXPECT_EQ(hearer.next<BackboneDown>().value().error.code, ErrorCode::configuration_invalid);
}

TEST_F(NatsBackboneAtThreeServers, LosesNothingWhenTheStreamsLeaderIsKilled) {
    constexpr std::uint32_t count = 4'000;
    ASSERT_NO_FATAL_FAILURE(publish_through(count, [this] {
        const std::size_t leader = servers.leader_of(stream);
        ASSERT_LT(leader, servers.size());
        servers.kill(leader);
    }));
    expect_each_once_where_it_was_said(count);
}

TEST_F(NatsBackboneAtThreeServers, LosesNothingWhenTheStreamsLeaderHangs) {
    constexpr std::uint32_t count = 4'000;
    std::size_t leader = 0;
    ASSERT_NO_FATAL_FAILURE(publish_through(count, [&] {
        leader = servers.leader_of(stream);
        ASSERT_LT(leader, servers.size());
        servers.pause(leader);
    }));
    servers.resume(leader);
    expect_each_once_where_it_was_said(count);
}

TEST_F(NatsBackboneAtThreeServers, FeedsOnWhoeverIsLost) {
    feed_without_each([this](std::size_t server) { servers.kill(server); },
                      [this](std::size_t server) { servers.start(server); });
}

TEST_F(NatsBackboneAtThreeServers, FeedsOnWhoeverHangs) {
    feed_without_each([this](std::size_t server) { servers.pause(server); },
                      [this](std::size_t server) { servers.resume(server); });
}

TEST_F(NatsBackboneAtThreeServers, SaysThatAMinorityOrdersNothing) {
    ASSERT_TRUE(broker.work([&] { return broker.is_up(); }, deadline));
    servers.kill(0);
    servers.kill(1);
    ASSERT_TRUE(broker.work([&] { return !broker.is_up(); }, deadline));
    servers.start(0);
    ASSERT_TRUE(broker.work([&] { return broker.is_up(); }, deadline));
    broker.want(10);
    EXPECT_TRUE(broker.work([&] { return broker.fed().size() == 10; }, deadline));
}

}  // namespace
}  // namespace crier::broker
