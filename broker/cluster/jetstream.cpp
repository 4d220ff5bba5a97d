#include "broker/cluster/jetstream.hpp"

#include <array>
#include <charconv>
#include <utility>

#include "shared/base/crypto.hpp"
#include "shared/base/json.hpp"
#include "shared/base/json_reader.hpp"

namespace crier::broker {
namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;
/// How long JetStream knows again what was published, and how long our publisher may try again.
constexpr std::int64_t duplicate_window_ns = 120'000 * ns_per_ms;

template <class Number>
std::optional<Number> number_in(std::string_view text) {
    Number number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    const bool is_number = error == std::errc() && stop == end;
    // No stream of ours gets as long, and the journal could not keep the place.
    const bool is_sound = is_number && std::cmp_less_equal(number, position_max);
    return is_sound ? std::optional(number) : std::nullopt;
}

template <class Number>
std::optional<Number> number_of(const JsonValue& object, std::string_view name) {
    const JsonValue* const value = member_of(object, name);
    if (value == nullptr || value->kind != JsonValue::Kind::number) return std::nullopt;
    return number_in<Number>(value->text);
}

std::string text_of(const JsonValue& object, std::string_view name) {
    const JsonValue* const value = member_of(object, name);
    return value != nullptr && value->kind == JsonValue::Kind::string ? value->text : "";
}

bool is_set(const JsonValue& object, std::string_view name) {
    const JsonValue* const value = member_of(object, name);
    return value != nullptr && value->kind == JsonValue::Kind::boolean && value->boolean;
}

tl::unexpected<ApiError> no_answer(std::string description) {
    return tl::unexpected(ApiError{0, std::move(description)});
}

/// The answer's object, if it says no error.
Answer<JsonValue> read_answer(std::string_view text) {
    Result<JsonValue> answer = read_json(text);
    if (!answer) return no_answer(answer.error().detail);
    const JsonValue* const error = member_of(*answer, "error");
    if (error == nullptr) return std::move(*answer);
    return tl::unexpected(ApiError{.code = number_of<std::uint32_t>(*error, "err_code").value_or(0),
                                   .description = text_of(*error, "description")});
}

// ---- What a stream must be ----------------------------------------------------------------------

/// Said as they stand in the configuration, for who edits it.
class Faults {
public:
    explicit Faults(const JsonValue& config) : config_(config) {}

    void require_number(std::string_view name, std::int64_t wanted) {
        const std::int64_t is = number_of<std::int64_t>(config_, name).value_or(0);
        if (is != wanted) add(name, std::to_string(is), std::to_string(wanted));
    }
    void require_text(std::string_view name, std::string_view wanted) {
        const std::string is = text_of(config_, name);
        if (is != wanted) add(name, is, wanted);
    }
    void require_unset(std::string_view name) {
        if (is_set(config_, name)) add(name, "true", "false");
    }
    void require_absent(std::string_view name) {
        const JsonValue* const value = member_of(config_, name);
        const bool is_empty = value == nullptr || value->kind == JsonValue::Kind::null ||
                              (value->elements.empty() && value->members.empty());
        if (!is_empty) add(name, "set", "absent");
    }
    void require_at_least(std::string_view name, std::int64_t least) {
        const std::int64_t is = number_of<std::int64_t>(config_, name).value_or(0);
        if (is < least) add(name, std::to_string(is), "at least " + std::to_string(least));
    }
    void require_only_subject(const std::string& subject) {
        const JsonValue* const subjects = member_of(config_, "subjects");
        const bool is_so = subjects != nullptr && subjects->elements.size() == 1 &&
                           subjects->elements[0].text == subject;
        if (!is_so) add("subjects", "another list", "only " + subject);
    }
    [[nodiscard]] std::vector<std::string> take() { return std::move(faults_); }

private:
    void add(std::string_view name, std::string_view is, std::string_view wanted) {
        faults_.push_back(std::string(name) + " is " + std::string(is) + ", must be " +
                          std::string(wanted));
    }

    const JsonValue& config_;
    std::vector<std::string> faults_;
};

std::vector<std::string> faults_of(const JsonValue& config, std::string_view cluster_name,
                                   std::uint32_t replicas, bool has_several_servers) {
    Faults faults(config);
    faults.require_only_subject(log_subject(cluster_name));
    faults.require_text("retention", "limits");
    faults.require_text("storage", "file");
    faults.require_text("discard", "new");
    faults.require_number("max_age", 0);
    for (const char* limit : {"max_msgs", "max_bytes", "max_msgs_per_subject", "max_msg_size"}) {
        faults.require_number(limit, -1);
    }
    faults.require_at_least("duplicate_window", duplicate_window_ns);
    for (const char* flag : {"sealed", "no_ack", "deny_purge", "allow_rollup_hdrs"}) {
        faults.require_unset(flag);
    }
    for (const char* part : {"mirror", "sources"}) faults.require_absent(part);
    if (replicas != 0) {
        faults.require_number("num_replicas", replicas);
    } else if (has_several_servers) {
        faults.require_at_least("num_replicas", replicas_in_a_cluster);
    }
    return faults.take();
}

/// JetStream's times have up to nine digits behind the point; ours are in milliseconds.
tl::expected<UtcTime, TimeFault> read_time(std::string text) {
    const std::size_t point = text.find('.');
    const std::size_t zone = text.find_first_not_of("0123456789", point + 1);
    if (point != text.npos && zone != text.npos && zone > point + 4) {
        text.erase(point + 4, zone - point - 4);
    }
    return parse_time(text);
}

/// "NATS/1.0\r\nNats-Msg-Id: 0a…\r\n\r\n", in base64.
std::optional<MessageId> id_in_headers(std::string_view base64) {
    constexpr std::string_view name = "\r\nNats-Msg-Id:";
    std::string headers;
    if (!from_base64(base64, headers)) return std::nullopt;
    const std::size_t at = headers.find(name);
    if (at == headers.npos) return std::nullopt;
    const std::size_t end = headers.find("\r\n", at + name.size());
    std::string_view id(headers);
    id = id.substr(at + name.size(), end == headers.npos ? end : end - at - name.size());
    while (!id.empty() && id.front() == ' ') id.remove_prefix(1);
    return read_message_id(id);
}

}  // namespace

// ---- Names --------------------------------------------------------------------------------------

std::string stream_name(std::string_view cluster_name) {
    return "CRIER_" + std::string(cluster_name);
}
std::string log_subject(std::string_view cluster_name) {
    return "crier." + std::string(cluster_name) + ".log";
}
std::string beat_subject(std::string_view cluster_name) {
    return "crier." + std::string(cluster_name) + ".beat";
}
std::string broker_subject(std::string_view cluster_name, const BrokerId& broker) {
    return "crier." + std::string(cluster_name) + ".to." + to_string(broker);
}

// ---- What is asked ------------------------------------------------------------------------------

std::string create_stream_request(std::string_view cluster_name, std::uint32_t replicas) {
    JsonWriter json;
    json.begin_object().member("name", stream_name(cluster_name));
    json.key("subjects").begin_array().value(log_subject(cluster_name)).end_array();
    json.member("retention", "limits").member("storage", "file").member("discard", "new");
    json.member("max_age", 0).member("max_msgs", -1).member("max_bytes", -1);
    json.member("max_msgs_per_subject", -1).member("max_msg_size", -1).member("max_consumers", -1);
    json.member("duplicate_window", duplicate_window_ns).member("num_replicas", replicas);
    return json.end_object().text();
}

std::string get_message_request(std::uint64_t number) {
    return JsonWriter().begin_object().member("seq", number).end_object().text();
}

std::string purge_request(std::uint64_t below) {
    return JsonWriter().begin_object().member("seq", below).end_object().text();
}

std::string create_consumer_request(std::string_view stream, std::string_view inbox,
                                    std::uint64_t from, Milliseconds heartbeat) {
    JsonWriter json;
    json.begin_object().member("stream_name", stream).key("config").begin_object();
    json.member("deliver_subject", inbox).member("direct", true);
    json.member("deliver_policy", "by_start_sequence").member("opt_start_seq", from);
    json.member("ack_policy", "none").member("max_deliver", 1).member("replay_policy", "instant");
    json.member("flow_control", true).member("idle_heartbeat", heartbeat.count() * ns_per_ms);
    return json.end_object().end_object().text();
}

// ---- What is answered ---------------------------------------------------------------------------

bool is_refused_before_order(const ApiError& refused) {
    return refused.code == api_code::account_full || refused.code == api_code::server_full ||
           refused.code == api_code::message_too_large;
}

Answer<PubAck> read_pub_ack(std::string_view text) {
    const Answer<JsonValue> answer = read_answer(text);
    if (!answer) return tl::unexpected(answer.error());
    const auto number = number_of<std::uint64_t>(*answer, "seq");
    if (!number || *number == 0) return no_answer("a PubAck without a number");
    return PubAck{.number = *number, .is_duplicate = is_set(*answer, "duplicate")};
}

Answer<void> read_outcome(std::string_view text) {
    const Answer<JsonValue> answer = read_answer(text);
    if (!answer) return tl::unexpected(answer.error());
    return {};
}

Answer<StreamInfo> read_stream_info(std::string_view text, std::string_view cluster_name,
                                    std::uint32_t replicas) {
    const Answer<JsonValue> answer = read_answer(text);
    if (!answer) return tl::unexpected(answer.error());
    const JsonValue* const config = member_of(*answer, "config");
    const JsonValue* const state = member_of(*answer, "state");
    if (config == nullptr || state == nullptr) return no_answer("no description of a stream");
    const auto first = number_of<std::uint64_t>(*state, "first_seq");
    const auto last = number_of<std::uint64_t>(*state, "last_seq");
    if (!first || !last) return no_answer("a description of a stream without its numbers");
    // A server that is cut off from the others answers from its own copy, which has no leader.
    // One that is alone has no such group.
    const JsonValue* const group = member_of(*answer, "cluster");
    const bool has_leader = group == nullptr || !text_of(*group, "leader").empty();
    if (!has_leader)
        return no_answer(
            "this server knows no leader of the stream: it is cut off from the others, or they "
            "elect one");
    // Of a stream that never had a message JetStream says that both are 0.
    return StreamInfo{.extent = {.first = *first == 0 ? *last + 1 : *first, .last = *last},
                      .faults = faults_of(*config, cluster_name, replicas, group != nullptr)};
}

Answer<StreamMessage> read_message(std::string_view text) {
    const Answer<JsonValue> answer = read_answer(text);
    if (!answer) return tl::unexpected(answer.error());
    const JsonValue* const message = member_of(*answer, "message");
    if (message == nullptr) return no_answer("no message in an answer that should have one");
    const auto number = number_of<std::uint64_t>(*message, "seq");
    const auto time = read_time(text_of(*message, "time"));
    std::string body;
    if (!number || !time || !from_base64(text_of(*message, "data"), body)) {
        return no_answer("a message without its number, time or body");
    }
    return StreamMessage{.number = *number,
                         .time = *time,
                         .id = id_in_headers(text_of(*message, "hdrs")),
                         .body = Bytes(body.begin(), body.end())};
}

/// "$JS.ACK.<stream>.<consumer>.<times>.<number>.<consumer's>.<ns>.<pending>"; servers after ours
/// put domain and account behind "ACK" and more at the end.
std::optional<Delivery> read_delivery(std::string_view reply_subject) {
    std::vector<std::string_view> tokens;
    while (true) {
        const std::size_t dot = reply_subject.find('.');
        tokens.push_back(reply_subject.substr(0, dot));
        if (dot == reply_subject.npos) break;
        reply_subject.remove_prefix(dot + 1);
    }
    if (tokens.size() < 9 || tokens[0] != "$JS" || tokens[1] != "ACK") return std::nullopt;
    const std::size_t stream = tokens.size() == 9 ? 2 : 4;
    if (tokens.size() < stream + 7) return std::nullopt;
    const auto number = number_in<std::uint64_t>(tokens[stream + 3]);
    const auto delivered = number_in<std::uint64_t>(tokens[stream + 4]);
    const auto time_ns = number_in<std::int64_t>(tokens[stream + 5]);
    if (!number || !delivered || !time_ns) return std::nullopt;
    return Delivery{
        .number = *number, .delivered = *delivered, .time = utc_from_ms(*time_ns / ns_per_ms)};
}

std::optional<MessageId> read_message_id(std::string_view text) {
    const Result<MessageId> id = parse_id<MessageId>(text);
    return id ? std::optional(*id) : std::nullopt;
}

}  // namespace crier::broker
