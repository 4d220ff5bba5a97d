// The C interface to the brokers of a cluster.
#include "crier/c_cluster.h"

#include <utility>

#include "publisher/bindings/c_call.hpp"

namespace crier::c {
namespace {

struct ShownClusterBroker : crier_cluster_broker {
    explicit ShownClusterBroker(const ClusterBroker& broker)
        : crier_cluster_broker{}, endpoints_(broker.endpoints) {
        size = sizeof(crier_cluster_broker);
        id = id_of(broker.id);
        name = broker.name.c_str();
        software = broker.software.c_str();
        endpoint_count = broker.endpoints.size();
        endpoints = endpoints_.data();
        is_this = broker.is_this;
        is_reachable = broker.is_reachable;
        takes_entries = broker.takes_entries;
        started_ms = to_ms(broker.started);
        heard_ms = to_ms(broker.heard);
        sessions = broker.sessions;
        connected = broker.connected;
        log_number = broker.log_number;
    }
    ShownClusterBroker(const ShownClusterBroker&) = delete;
    ShownClusterBroker& operator=(const ShownClusterBroker&) = delete;

private:
    StringArray endpoints_;
};

struct OwnedCluster : crier_cluster {
    using Struct = crier_cluster;
    explicit OwnedCluster(std::vector<ClusterBroker> brokers_listed)
        : crier_cluster{}, values_(std::move(brokers_listed)), rows_(values_) {
        size = sizeof(crier_cluster);
        count = rows_.size();
        brokers = rows_.data();
    }

private:
    std::vector<ClusterBroker> values_;
    ShownRows<crier_cluster_broker, ShownClusterBroker> rows_;
};

}  // namespace
}  // namespace crier::c

namespace c = crier::c;

crier_code crier_publisher_cluster(crier_publisher* publisher, int64_t timeout_ms,
                                   crier_cluster** cluster, crier_error** error) {
    return c::ask<c::OwnedCluster>(publisher, timeout_ms, cluster, error,
                                   [](crier::Publisher& asker, crier::Milliseconds timeout) {
                                       return asker.cluster(timeout);
                                   });
}

void crier_cluster_free(crier_cluster* cluster) {
    delete static_cast<c::OwnedCluster*>(cluster);
}
