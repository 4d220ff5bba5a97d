#include "shared/protocol/codec_cluster.hpp"

#include <algorithm>
#include <span>

#include "shared/protocol/fields.hpp"
#include "shared/protocol/frame.hpp"

namespace crier::protocol {
namespace {

constexpr Range weights{1, 1'000'000};

void write_broker(Writer& list, const ClusterBroker& broker) {
    MapWriter map(list.out());
    map.binary("id", broker.id.bytes);
    map.string_if_any("name", broker.name);
    map.string_if_any("software", broker.software);
    map.strings_if_any("endpoints", broker.endpoints);
    map.flag("this", broker.is_this);
    map.flag("reachable", broker.is_reachable);
    map.flag("takes", broker.takes_entries);
    map.time("started", broker.started);
    map.time("heard", broker.heard);
    map.uint("sessions", broker.sessions);
    map.uint("connected", broker.connected);
    map.uint("log", broker.log_number);
}

ClusterBroker read_broker(const MapReader& map) {
    ClusterBroker broker;
    broker.id = map.at("id").id<BrokerId>();
    broker.name = map.find("name").line(limits::attribute_bytes_max);
    broker.software = map.find("software").line(limits::version_bytes_max);
    if (map.find("endpoints")) broker.endpoints = read_endpoints(map);
    broker.is_this = map.find("this").boolean();
    broker.is_reachable = map.find("reachable").boolean();
    broker.takes_entries = map.find("takes").boolean();
    broker.started = map.at("started").time();
    broker.heard = map.at("heard").time();
    broker.sessions = map.at("sessions").uint32();
    broker.connected = map.at("connected").uint32();
    broker.log_number = map.at("log").uint();
    return broker;
}

OtherPlace read_other(const MapReader& map) {
    return {read_endpoints(map), map.at("weight").uint32(weights)};
}

}  // namespace

void write(MapWriter& map, const AskCluster& ask) {
    write_request(map, "cluster", ask.request);
}

AskCluster read_ask_cluster(const MapReader& map) {
    return {map.at("request").uint()};
}

void write(MapWriter& map, const ForgetBroker& forget) {
    write_request(map, "forget", forget.request);
    map.binary("broker", forget.broker.bytes);
}

ForgetBroker read_forget(const MapReader& map) {
    return {map.at("request").uint(), map.at("broker").id<BrokerId>()};
}

void write(MapWriter& map, const ClusterStatus& status) {
    write_request(map, "cluster", status.request);
    Writer list = map.list("list", status.brokers.size());
    for (const ClusterBroker& broker : status.brokers) write_broker(list, broker);
}

ClusterStatus read_cluster_status(const MapReader& map) {
    ClusterStatus status;
    status.request = map.at("request").uint();
    const ListReader list = map.at("list").list({0, limits::brokers_max});
    for (const Value broker : list) status.brokers.push_back(read_broker(broker.map()));
    return status;
}

/// There may be more than belong to a cluster, while hosts are made anew; nobody reads more.
void write_silent(MapWriter& map, const std::vector<SilentBroker>& silent) {
    if (silent.empty()) return;
    const std::size_t count = std::min(silent.size(), limits::brokers_max);
    Writer list = map.list("silent", count);
    for (const SilentBroker& one : std::span(silent).first(count)) {
        MapWriter broker(list.out());
        broker.string("broker", one.broker);
        broker.uint("sessions", one.sessions);
    }
}

std::vector<SilentBroker> read_silent(const MapReader& map) {
    std::vector<SilentBroker> silent;
    const Value value = map.find("silent");
    if (!value) return silent;
    const ListReader list = value.list({0, limits::brokers_max});
    for (const Value one : list) {
        const MapReader broker = one.map();
        silent.push_back({broker.at("broker").line(limits::attribute_bytes_max),
                          broker.at("sessions").uint32()});
    }
    return silent;
}

void write_others(MapWriter& map, const std::vector<OtherPlace>& others) {
    if (others.empty()) return;
    Writer list = map.list("others", others.size());
    for (const OtherPlace& other : others) {
        MapWriter place(list.out());
        place.strings("endpoints", other.endpoints);
        place.uint("weight", other.weight);
    }
}

std::vector<OtherPlace> read_others(const MapReader& map) {
    std::vector<OtherPlace> others;
    const Value value = map.find("others");
    if (!value) return others;
    const ListReader list = value.list({0, limits::brokers_max});
    for (const Value other : list) others.push_back(read_other(other.map()));
    return others;
}

}  // namespace crier::protocol
