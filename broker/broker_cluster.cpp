// What a broker builds besides when it belongs to a cluster.
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>

#include "broker/broker.hpp"

namespace crier::broker {
namespace {

std::string host_name() {
    std::array<char, 256> name{};
    return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

/// One boot of one kernel, and one network: where a loopback address is the same for all. Empty
/// where /proc does not tell.
std::string this_machine() {
    std::string boot;
    std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
    std::error_code unknown;
    const auto network = std::filesystem::read_symlink("/proc/self/ns/net", unknown);
    return boot.empty() || unknown ? std::string() : boot + " " + network.string();
}

}  // namespace

BrokerFacts Broker::own_facts() const {
    BrokerFacts facts;
    facts.id = keys_.broker_id;
    facts.name = config_.cluster_broker_name.empty() ? host_name() : config_.cluster_broker_name;
    facts.software = software_version;
    facts.started = started_;
    facts.machine = this_machine();
    return facts;
}

Status Broker::join_cluster(const Recovery& recovery) {
    NatsSettings nats;
    nats.urls = config_.cluster_servers;
    nats.cluster_name = config_.cluster_name;
    nats.broker = keys_.broker_id;
    nats.login.credentials_file = config_.cluster_credentials;
    nats.login.nkey = config_.cluster_nkey;
    nats.login.nkey_seed_file = config_.cluster_nkey_seed;
    nats.tls.is_required = config_.cluster_tls;
    nats.tls.ca_file = config_.cluster_tls_ca;
    nats.tls.certificate_file = config_.cluster_tls_certificate;
    nats.tls.key_file = config_.cluster_tls_key;
    nats.replicas = static_cast<std::uint32_t>(config_.cluster_replicas);
    auto backbone = NatsBackbone::start(nats);
    if (!backbone) return fail(std::move(backbone.error()));
    backbone_ = std::move(*backbone);

    OrderingSettings ordering;
    ordering.broker = keys_.broker_id;
    ordering.key = keys_.cluster_key;
    ordering.accept_window = Milliseconds{config_.cluster_accept_ms};
    BrokerLinksSettings links;
    links.self = own_facts();
    links.key = keys_.cluster_key;
    constexpr std::uint64_t exact = (std::uint64_t{1} << 53) - 1;
    links.run = random_number() & exact;
    MemberOutlets outlets;
    outlets.store = [this](Batch batch) { feed_->take_store(std::move(batch)); };
    outlets.ask_journal = [this](const LogRequest& request) { feed_->take(request); };
    outlets.notice = [this](const MemberNotice& notice) { notices_.tell(notice); };
    member_ = std::make_unique<Member>(ordering, std::move(links), recovery, *backbone_,
                                       std::move(outlets), read_clocks());
    cluster_.emplace(ClusterParts{*member_, *backbone_});
    return {};
}

/// Where sessions and operators of other brokers may come to.
DoorsOpened Broker::places_for_others() const {
    const auto places = [this](const std::vector<std::string>& configured,
                               const std::vector<std::string>& bound) {
        if (!configured.empty()) return configured;
        std::vector<std::string> found =
            for_other_machines(advertised(bound, config_.invitation_hosts));
        if (found.size() > limits::endpoints_max) found.resize(limits::endpoints_max);
        for (std::string& endpoint : found) endpoint = reachable(endpoint);
        return found;
    };
    return {places(config_.cluster_advertise, endpoints_.sessions),
            places(config_.cluster_advertise_operators, endpoints_.operators)};
}

}  // namespace crier::broker
