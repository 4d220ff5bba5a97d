// JetStream's API as text. Method: answers as nats-server 2.9.10 has given them, and what else may
// come.

#include "broker/cluster/jetstream.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace crier::broker {
namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, text.npos) << from;
    return at == text.npos ? text : text.replace(at, from.size(), to);
}

std::string info_with(const std::string& config, const std::string& state) {
    return R"({"type":"io.nats.jetstream.api.v1.stream_info_response","config":)" + config +
           R"(,"created":"2026-01-01T00:00:00Z","state":)" + state + "}";
}

TEST(JetStream, ReadsThePlaceOfAPublication) {
    const auto ack = read_pub_ack(R"({"stream":"CRIER_x","seq":9223372036854775807})");
    ASSERT_TRUE(ack);
    EXPECT_EQ(ack->number, position_max);
    EXPECT_FALSE(ack->is_duplicate);
    const auto again = read_pub_ack(R"({"stream":"CRIER_x","seq":7,"duplicate": true})");
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->is_duplicate);
}

TEST(JetStream, ReadsWhyAPublicationWasRefused) {
    const auto ack = read_pub_ack(R"({"error":{"code":400,"err_code":10071,)"
                                  R"("description":"wrong last sequence: 3"},)"
                                  R"("stream":"CRIER_x","seq":0})");
    ASSERT_FALSE(ack);
    EXPECT_EQ(ack.error().code, api_code::wrong_last);
    EXPECT_EQ(ack.error().description, "wrong last sequence: 3");
}

TEST(JetStream, TakesNothingForAPlaceThatHasNone) {
    for (const char* text : {"", "{}", "+OK", R"({"stream":"x","seq":0})", R"({"seq":"7"})",
                             R"({"seq":-7})", R"({"error":{}})",
                             // One more than a journal can keep.
                             R"({"seq":9223372036854775808})"}) {
        const auto ack = read_pub_ack(text);
        ASSERT_FALSE(ack) << text;
        EXPECT_EQ(ack.error().code, 0u) << text;
    }
}

TEST(JetStream, KnowsWhichRefusalsLeaveNothingAnywhere) {
    for (const std::uint32_t code : {10002u, 10023u, 10054u}) {
        EXPECT_TRUE(is_refused_before_order({.code = code, .description = ""})) << code;
    }
    // No code at all; not the leader; a leader that could not store what others have.
    for (const std::uint32_t code : {0u, 10009u, 10077u}) {
        EXPECT_FALSE(is_refused_before_order({.code = code, .description = ""})) << code;
    }
}

TEST(JetStream, TakesNoWordOfAServerThatKnowsNoLeader) {
    const std::string state = R"({"first_seq":5,"last_seq":7})";
    const std::string group = R"({"name":"x","replicas":[{"name":"n0","current":false}]})";
    const std::string info = info_with(create_stream_request("x", 3), state + R"(,"cluster":)");
    const auto cut_off =
        read_stream_info(replaced(info, R"("cluster":)", R"("cluster":)" + group), "x", 3);
    ASSERT_FALSE(cut_off);
    EXPECT_EQ(cut_off.error().code, 0u) << "it may know one later";
    const std::string led = replaced(group, R"("name":"x",)", R"("name":"x","leader":"n1",)");
    EXPECT_TRUE(read_stream_info(replaced(info, R"("cluster":)", R"("cluster":)" + led), "x", 3));
}

TEST(JetStream, FindsNoFaultWithTheStreamThatItAsksFor) {
    const std::string own = create_stream_request("x", 3);
    const auto info =
        read_stream_info(info_with(own, R"({"messages":3,"first_seq":5,"last_seq":7})"), "x", 0);
    ASSERT_TRUE(info) << info.error().description;
    EXPECT_EQ(info->faults, std::vector<std::string>());
    EXPECT_EQ(info->extent, (StreamExtent{.first = 5, .last = 7}));
}

TEST(JetStream, SaysWhereAStreamBeginsThatHasNothing) {
    const std::string own = create_stream_request("x", 1);
    const auto fresh = read_stream_info(info_with(own, R"({"first_seq":0,"last_seq":0})"), "x", 0);
    ASSERT_TRUE(fresh);
    EXPECT_EQ(fresh->extent, StreamExtent{});
    const auto purged = read_stream_info(info_with(own, R"({"first_seq":9,"last_seq":8})"), "x", 0);
    ASSERT_TRUE(purged);
    EXPECT_EQ(purged->extent, (StreamExtent{.first = 9, .last = 8}));
}

TEST(JetStream, NamesEachSettingThatWouldLoseEntries) {
    const std::string own = create_stream_request("x", 1);
    const struct {
        const char* from;
        const char* to;
        const char* fault;
    } cases[] = {
        {"\"max_age\":0", "\"max_age\":5", "max_age is 5, must be 0"},
        {"\"max_msgs\":-1", "\"max_msgs\":5", "max_msgs is 5, must be -1"},
        {"\"max_bytes\":-1", "\"max_bytes\":5", "max_bytes is 5, must be -1"},
        {"\"max_msgs_per_subject\":-1", "\"max_msgs_per_subject\":5",
         "max_msgs_per_subject is 5, must be -1"},
        {"\"max_msg_size\":-1", "\"max_msg_size\":5", "max_msg_size is 5, must be -1"},
        {"\"limits\"", "\"interest\"", "retention is interest, must be limits"},
        {"\"limits\"", "\"workqueue\"", "retention is workqueue, must be limits"},
        {"\"file\"", "\"memory\"", "storage is memory, must be file"},
        {"\"new\"", "\"old\"", "discard is old, must be new"},
        {"[\"crier.x.log\"]", "[\"crier.x.log\",\"b\"]",
         "subjects is another list, must be only crier.x.log"},
        {"[\"crier.x.log\"]", "[\"crier.*.log\"]",
         "subjects is another list, must be only crier.x.log"},
        {"120000000000", "1000000000",
         "duplicate_window is 1000000000, must be at least 120000000000"},
        {"\"max_age\"", "\"no_ack\":true,\"max_age\"", "no_ack is true, must be false"},
        {"\"max_age\"", "\"sealed\":true,\"max_age\"", "sealed is true, must be false"},
        {"\"max_age\"", "\"deny_purge\":true,\"max_age\"", "deny_purge is true, must be false"},
        {"\"max_age\"", "\"allow_rollup_hdrs\":true,\"max_age\"",
         "allow_rollup_hdrs is true, must be false"},
        {"\"max_age\"", R"("mirror":{"name":"y"},"max_age")", "mirror is set, must be absent"},
        {"\"max_age\"", R"("sources":[{"name":"y"}],"max_age")", "sources is set, must be absent"},
    };
    for (const auto& one : cases) {
        const auto info = read_stream_info(
            info_with(replaced(own, one.from, one.to), R"({"first_seq":1,"last_seq":1})"), "x", 0);
        ASSERT_TRUE(info) << one.to;
        EXPECT_EQ(info->faults, std::vector<std::string>{one.fault});
    }
}

TEST(JetStream, ComparesTheNumberOfCopiesOnlyIfOneWasAskedFor) {
    const std::string info =
        info_with(create_stream_request("x", 1), R"({"first_seq":1,"last_seq":1})");
    EXPECT_TRUE(read_stream_info(info, "x", 1)->faults.empty());
    EXPECT_EQ(read_stream_info(info, "x", 3)->faults,
              std::vector<std::string>{"num_replicas is 1, must be 3"});
}

TEST(JetStream, WantsThreeCopiesWhereThereAreSeveralServersIfNobodySaysOtherwise) {
    const auto faults_of = [](std::uint32_t copies, std::uint32_t wanted) {
        const std::string state =
            R"({"first_seq":1,"last_seq":1},"cluster":{"name":"x","leader":"n1"})";
        return read_stream_info(info_with(create_stream_request("x", copies), state), "x", wanted)
            ->faults;
    };
    EXPECT_EQ(faults_of(1, 0), std::vector<std::string>{"num_replicas is 1, must be at least 3"});
    EXPECT_TRUE(faults_of(3, 0).empty());
    EXPECT_TRUE(faults_of(5, 0).empty());
    EXPECT_TRUE(faults_of(1, 1).empty());
}

TEST(JetStream, ReadsAMessageWithItsId) {
    // "NATS/1.0\r\nNats-Msg-Id: 000102030405060708090a0b0c0d0e0f\r\n\r\n" and "hello".
    const auto message = read_message(
        R"({"message":{"subject":"crier.x.log","seq":12,"hdrs":)"
        R"("TkFUUy8xLjANCk5hdHMtTXNnLUlkOiAwMDAxMDIwMzA0MDUwNjA3MDgwOTBhMGIwYzBkMGUwZg0KDQo=",)"
        R"("data":"aGVsbG8=","time":"2026-11-23T21:58:03.120456789Z"}})");
    ASSERT_TRUE(message) << message.error().description;
    EXPECT_EQ(message->number, 12u);
    EXPECT_EQ(to_string(message->time), "2026-11-23T21:58:03.120Z");
    EXPECT_EQ(to_string(message->id.value_or(MessageId{})), "000102030405060708090a0b0c0d0e0f");
    EXPECT_EQ(std::string(message->body.begin(), message->body.end()), "hello");
}

TEST(JetStream, ReadsAMessageOfSomebodyElse) {
    const auto message =
        read_message(R"({"message":{"seq":12,"data":"","time":"2026-11-23T21:58:03Z"}})");
    ASSERT_TRUE(message) << message.error().description;
    EXPECT_EQ(message->id, std::nullopt);
    EXPECT_TRUE(message->body.empty());
    EXPECT_FALSE(
        read_message(R"({"message":{"seq":12,"data":"?","time":"2026-11-23T21:58:03Z"}})"));
    EXPECT_FALSE(read_message(R"({"message":{"seq":12,"data":"","time":"today"}})"));
}

TEST(JetStream, ReadsWhereADeliveredMessageStands) {
    const auto now = read_delivery("$JS.ACK.CRIER_x.crier-1.1.42.7.1700000000123456789.5");
    ASSERT_TRUE(now);
    EXPECT_EQ(now->number, 42u);
    EXPECT_EQ(now->delivered, 7u);
    EXPECT_EQ(to_ms(now->time), 1'700'000'000'123);
    const auto later =
        read_delivery("$JS.ACK._.aCCouNt.CRIER_x.crier-1.1.42.7.1700000000123456789.5.token");
    ASSERT_TRUE(later);
    EXPECT_EQ(later->number, 42u);
    EXPECT_EQ(later->delivered, 7u);
    for (const char* other : {"", "_INBOX.a.b", "$JS.ACK.CRIER_x.crier-1.1.42.7.x.5",
                              "$JS.ACK.CRIER_x.crier-1.1.-2.7.1.5",
                              "$JS.ACK.CRIER_x.crier-1.1.9223372036854775808.7.1.5",
                              "$JS.ACK.CRIER_x.crier-1.1.42.y.1.5", "$JS.FC.CRIER_x.c.1.2.3.4.5"}) {
        EXPECT_FALSE(read_delivery(other)) << other;
    }
}

}  // namespace
}  // namespace crier::broker
