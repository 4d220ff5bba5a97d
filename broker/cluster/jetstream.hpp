/// \file
/// JetStream's API as text: what is asked of it, and what its answers say. Pure: nothing is sent
/// here. The API's own words are those of nats-server 2.9.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "broker/cluster/backbone.hpp"
#include "crier/id.hpp"

namespace crier::broker {

// ---- Names --------------------------------------------------------------------------------------

[[nodiscard]] std::string stream_name(std::string_view cluster_name);
[[nodiscard]] std::string log_subject(std::string_view cluster_name);
[[nodiscard]] std::string beat_subject(std::string_view cluster_name);
[[nodiscard]] std::string broker_subject(std::string_view cluster_name, const BrokerId& broker);

/// Of a stream without its last number, so that a publication that expects it is always refused.
/// JetStream compares numbers when a majority has ordered the message, after all that it ordered
/// before: the refusal proves that, and stores nothing.
inline constexpr std::uint64_t impossible_number = 9'007'199'254'740'991;

/// Of the stream, where nobody has asked for another number and there are several servers.
inline constexpr std::uint32_t replicas_in_a_cluster = 3;

// ---- What is asked ------------------------------------------------------------------------------

/// Body of $JS.API.STREAM.CREATE.<stream>: a stream that keeps all it is given.
[[nodiscard]] std::string create_stream_request(std::string_view cluster_name,
                                                std::uint32_t replicas);
/// Body of $JS.API.STREAM.MSG.GET.<stream>, which the stream's leader answers.
[[nodiscard]] std::string get_message_request(std::uint64_t number);
/// Body of $JS.API.STREAM.PURGE.<stream>.
[[nodiscard]] std::string purge_request(std::uint64_t below);
/// Body of $JS.API.CONSUMER.CREATE.<stream>: a consumer that pushes to `inbox`, as mirrors have it
/// ("direct"): the stream's leader makes it at once and by itself, without the cluster's other
/// leader, who may take far longer to be elected, and chooses servers that are dead. It says once
/// in `heartbeat` that it is there, asks for an answer after some megabytes, and goes when nobody
/// listens any more.
[[nodiscard]] std::string create_consumer_request(std::string_view stream, std::string_view inbox,
                                                  std::uint64_t from, Milliseconds heartbeat);

// ---- What is answered ---------------------------------------------------------------------------

/// What JetStream refused.
struct ApiError {
    std::uint32_t code = 0;  ///< JetStream's err_code; 0: it has none, or the answer is no answer.
    std::string description;
};
template <class T>
using Answer = tl::expected<T, ApiError>;

namespace api_code {
inline constexpr std::uint32_t account_full = 10002;
inline constexpr std::uint32_t no_suitable_peers = 10005;
inline constexpr std::uint32_t server_full = 10023;
inline constexpr std::uint32_t no_message = 10037;
inline constexpr std::uint32_t message_too_large = 10054;
inline constexpr std::uint32_t stream_unknown = 10059;
inline constexpr std::uint32_t wrong_last = 10071;
inline constexpr std::uint32_t not_clustered = 10074;
}  // namespace api_code

/// That a publication was refused by the stream's leader alone, before it was put to the others: it
/// is nowhere. Of any other refusal but wrong_last nobody knows what the others have made of it.
[[nodiscard]] bool is_refused_before_order(const ApiError& refused);

struct PubAck {
    std::uint64_t number = 0;
    bool is_duplicate = false;
};
[[nodiscard]] Answer<PubAck> read_pub_ack(std::string_view text);

/// Of an answer of which only success matters.
[[nodiscard]] Answer<void> read_outcome(std::string_view text);

struct StreamInfo {
    StreamExtent extent;
    /// Each setting that would lose entries, or mix others' among them, as a phrase: "max_age is
    /// 3600000000000, must be 0". Empty: it keeps what it is given.
    std::vector<std::string> faults;
};
/// `replicas`: what was asked for; 0: three or more where several servers act as one, and any
/// number at one server.
[[nodiscard]] Answer<StreamInfo> read_stream_info(std::string_view text,
                                                  std::string_view cluster_name,
                                                  std::uint32_t replicas);

[[nodiscard]] Answer<StreamMessage> read_message(std::string_view text);

/// Where a delivered message stands: JetStream says it in its reply subject.
struct Delivery {
    std::uint64_t number = 0;
    std::uint64_t delivered = 0;  ///< How many its consumer has delivered, this one included.
    UtcTime time{};
};
[[nodiscard]] std::optional<Delivery> read_delivery(std::string_view reply_subject);

/// A Nats-Msg-Id as one of ours; nullopt: it is another kind of one.
[[nodiscard]] std::optional<MessageId> read_message_id(std::string_view text);

}  // namespace crier::broker
