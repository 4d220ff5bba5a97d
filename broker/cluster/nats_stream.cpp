#include "broker/cluster/nats_stream.hpp"

#include <utility>

namespace crier::broker {
namespace {

constexpr Milliseconds patience{1'000};
/// A cluster that has just started answers late.
constexpr Milliseconds create_patience{5'000};

Error faulty(const std::string& stream, const std::vector<std::string>& faults) {
    std::string all;
    for (const std::string& fault : faults) all += (all.empty() ? "" : "; ") + fault;
    return {ErrorCode::configuration_invalid,
            "the stream " + stream + " at NATS would not keep every entry: " + all +
                ". Correct it (nats stream edit " + stream +
                "), or remove it if it holds nothing that is needed: it is then made anew. Fewer "
                "copies are taken if cluster.replicas says so"};
}

/// Without having seen anything of it nobody knows whether it is.
bool is_enough(const StreamExtent& extent, std::optional<std::uint64_t> seen) {
    return seen && extent.last >= *seen;
}

}  // namespace

Error error_of(const ApiError& refused) {
    std::string what = refused.description.empty() ? "nothing understandable" : refused.description;
    if (refused.code != 0) what += " (" + std::to_string(refused.code) + ")";
    if (refused.code == api_code::no_suitable_peers) {
        what +=
            "; three copies need three NATS servers with JetStream: start them, or set the "
            "number of replicas";
    }
    return {ErrorCode::backbone_unreachable, "JetStream says: " + what};
}

NatsStream::NatsStream(NatsRequests& requests, const NatsSettings& settings)
    : requests_(requests),
      cluster_name_(settings.cluster_name),
      name_(stream_name(settings.cluster_name)),
      replicas_(settings.replicas) {}

std::string NatsStream::api(std::string_view verb) const {
    return "$JS.API." + std::string(verb) + "." + name_;
}

Result<StreamExtent> NatsStream::checked(const Answer<StreamInfo>& info) const {
    if (!info) return fail(error_of(info.error()));
    if (!info->faults.empty()) return fail(faulty(name_, info->faults));
    return info->extent;
}

void NatsStream::ask_info(Milliseconds how_long,
                          std::function<void(tl::expected<Answer<StreamInfo>, Error>)> known) {
    requests_.ask(api("STREAM.INFO"), "", how_long,
                  [this, known = std::move(known)](NatsRequests::Reply reply) {
                      if (!reply) return known(tl::unexpected(std::move(reply.error().error)));
                      known(read_stream_info(reply->data, cluster_name_, replicas_));
                  });
}

void NatsStream::prepare(std::optional<std::uint64_t> seen, ExtentKnown known) {
    ask_info(patience, [this, seen, known = std::move(known)](
                           const tl::expected<Answer<StreamInfo>, Error>& info) mutable {
        if (!info) return known(fail(info.error()));
        const bool is_absent = !*info && info->error().code == api_code::stream_unknown;
        if (is_absent) {
            return create(replicas_ == 0 ? replicas_in_a_cluster : replicas_, std::move(known));
        }
        const Result<StreamExtent> extent = checked(*info);
        if (!extent || is_enough(*extent, seen)) return known(extent);
        prove_extent(std::move(known));
    });
}

/// Two brokers may do it at once: the same configuration again is no error.
void NatsStream::create(std::uint32_t replicas, ExtentKnown known) {
    requests_.ask(api("STREAM.CREATE"), create_stream_request(cluster_name_, replicas),
                  create_patience,
                  [this, replicas, known = std::move(known)](NatsRequests::Reply reply) mutable {
                      if (!reply) return known(fail(std::move(reply.error().error)));
                      const Answer<void> created = read_outcome(reply->data);
                      if (created) return prove_extent(std::move(known));
                      const bool is_single = created.error().code == api_code::not_clustered;
                      if (is_single && replicas_ == 0 && replicas != 1)
                          return create(1, std::move(known));
                      known(fail(error_of(created.error())));
                  });
}

void NatsStream::read_extent(std::optional<std::uint64_t> seen, Milliseconds how_long,
                             ExtentKnown known) {
    look_at_extent(how_long,
                   [this, seen, known = std::move(known)](const Result<StreamExtent>& extent) {
                       if (!extent || is_enough(*extent, seen)) return known(extent);
                       prove_extent(known);
                   });
}

void NatsStream::prove_extent(ExtentKnown known) {
    const NatsHeaders never{{"Nats-Expected-Last-Sequence", std::to_string(impossible_number)}};
    requests_.ask(log_subject(cluster_name_), never, {}, patience,
                  [this, known = std::move(known)](NatsRequests::Reply reply) mutable {
                      if (!reply) return known(fail(std::move(reply.error().error)));
                      const Answer<PubAck> refused = read_pub_ack(reply->data);
                      if (refused || refused.error().code != api_code::wrong_last) {
                          return known(fail(error_of(refused ? ApiError{} : refused.error())));
                      }
                      look_at_extent(patience, std::move(known));
                  });
}

void NatsStream::look_at_extent(Milliseconds how_long, ExtentKnown known) {
    ask_info(how_long,
             [this, known = std::move(known)](const tl::expected<Answer<StreamInfo>, Error>& info) {
                 known(info ? checked(*info) : Result<StreamExtent>(fail(info.error())));
             });
}

}  // namespace crier::broker
