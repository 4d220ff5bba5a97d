// The other brokers of the cluster come, go, and say what they have.
#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "broker/core/stages.hpp"
#include "shared/base/endpoint.hpp"

namespace crier::broker {
namespace {

/// Whom it lost sight of together with the log, which both come by NATS, may well be there.
bool is_worth_naming(const Cluster& cluster, const OtherBroker& other) {
    constexpr Milliseconds together{5'000};
    return other.peer || (cluster.log_lost_at && other.lost_at + together >= *cluster.log_lost_at);
}

/// A socket in the file system, or an address that only its own machine has, is told to those alone
/// who are on that machine: where somebody else uses it there is nothing, or another program.
/// `machine`: of this broker.
std::vector<std::string> endpoints_for(const PeerFacts& asker, const BrokerFacts& other,
                                       const std::string& machine) {
    const bool is_on_it =
        !machine.empty() && machine == other.machine && is_from_this_machine(asker.address);
    const bool is_operator = asker.door == Door::operators;
    std::vector<std::string> endpoints = is_operator ? other.operators : other.endpoints;
    if (!is_on_it) std::erase_if(endpoints, [](const auto& one) { return is_local(one); });
    return endpoints;
}

}  // namespace

void Engine::Stages::on_broker_opened(Peer& peer) {
    const BrokerFacts& told = *peer.facts.broker;
    peer.is_greeted = true;
    // It asks for its operators, whose rights it has checked.
    peer.facts.rights = Rights::all();
    OtherBroker& other = cluster.brokers[told.id];
    other.facts = told;
    other.peer = peer.id;
    other.has_told = false;
    other.heard = now.utc;
    other.link = ++cluster.links;
    notice({.fact = Fact::broker_found, .peer = peer.id, .detail = told.name});

    claim_again(peer);
    tell_all_sessions(peer.id);
    ask_to_watch(peer.id);
    for (const auto& [seq, message] : messages.all()) {
        // Also of one that is final here: it may not be there.
        if (message.is_followed_elsewhere) tell(peer.id, AskTally{0, message.id, true});
    }
    tell_all_persons_who_read(peer.id);
    hand_again(peer);
}

/// All that it will have to know when it loses sight of this broker.
void Engine::Stages::tell_all_sessions(PeerId broker) {
    SessionsAt said{own_id(), true, {}, {}};
    const auto add = [&](const Served& served) {
        said.opened.push_back(served);
        if (said.opened.size() < served_per_frame_max) return;
        tell(broker, std::exchange(said, {said.broker, false, {}, {}}));
    };
    for (const auto& [number, stay] : stays.all()) {
        add({stay.session.id, stay.session.created, stay.claim});
    }
    tell(broker, said);
    for (const auto& [id, other] : cluster.brokers) {
        if (other.peer || cluster.directory.count(id) == 0) continue;
        said = {id, true, {}, {}};
        cluster.directory.for_each(id, add);
        tell(broker, said);
    }
    std::set<SessionId> untold;  // The others are told with the session itself.
    for (const PendingEnd& end : pending_ends) untold.insert(end.key.session);
    KeysRefused keys;
    for (const auto& [id, refused] : refused_keys.all()) {
        if (untold.contains(id)) continue;
        keys.list.push_back({id, refused.second});
        if (keys.list.size() < refused_per_frame_max) continue;
        tell(broker, std::exchange(keys, {}));
    }
    if (!keys.list.empty()) tell(broker, keys);
}

void Engine::Stages::on_broker_closed(const Peer& peer) {
    const BrokerFacts& told = *peer.facts.broker;
    OtherBroker& other = cluster.brokers[told.id];
    if (other.peer != peer.id) return;
    other.peer.reset();
    other.lost_at = now.steady;
    notice({.fact = Fact::broker_lost, .detail = told.name});
    std::erase(watchers, peer.id);
    for (auto& [seq, message] : messages.all()) {
        std::erase(message.followers, peer.id);
        message.elsewhere.erase(peer.id);
        // Nobody needs it now; who does later has it asked for anew.
        if (message.is_final && message.followers.empty()) message.is_followed_elsewhere = false;
        note_tally(message);  // Also of one that never answered: its sessions count from now on.
    }
    put_back(told.id);
    std::vector<std::uint64_t> answered;
    for (auto& [request, gathering] : cluster.gatherings) {
        if (gathering.awaited.erase(peer.id) == 0) continue;
        gathering.silent.push_back(told.id);
        if (gathering.awaited.empty()) answered.push_back(request);
    }
    for (const std::uint64_t request : answered) finish(request);
    for (const auto& [at, newcomer] : cluster.newcomers) {
        const auto found = peers.find(newcomer);
        if (found != peers.end() && found->second.awaited_broker == peer.id) {
            settle_in(found->second);
        }
    }
    if (cluster.forgotten.contains(told.id)) forget_broker(told.id);
}

/// A newer broker says what this one does not know; nobody else has the cluster's key.
void Engine::Stages::note_unread(const Peer& broker, const Error& error) {
    notice({.fact = Fact::broker_unread,
            .peer = broker.id,
            .code = error.code,
            .detail = broker.facts.broker->name + ": " + error.detail});
}

void Engine::Stages::on_broker_frame(Peer& peer, protocol::BytesView bytes) {
    Result<BrokerFrame> frame = decode_broker_frame(bytes);
    if (!frame) return note_unread(peer, frame.error());
    std::visit([&](const auto& said) { on_broker(peer, said); }, *frame);
}

void Engine::Stages::on(const BrokerBeat& event) {
    const auto found = peers.find(event.peer);
    if (found == peers.end()) return;
    OtherBroker& other = cluster.brokers[found->second.facts.broker->id];
    other.load = event.load;
    other.heard = now.utc;
}

void Engine::Stages::on(const DoorsOpened& event) {
    if (!settings.cluster) return;
    settings.cluster->facts.endpoints = event.endpoints;
    settings.cluster->facts.operators = event.operators;
}

std::optional<PeerId> Cluster::peer_of(const BrokerId& broker) const {
    const auto found = brokers.find(broker);
    return found != brokers.end() ? found->second.peer : std::nullopt;
}

BrokerId Engine::Stages::own_id() const {
    return settings.cluster ? settings.cluster->facts.id : BrokerId{};
}

void Engine::Stages::tell(PeerId broker, const BrokerFrame& frame) {
    emit(SendFrame{broker, encode(frame)});
}

void Engine::Stages::tell_brokers(const BrokerFrame& frame) {
    FanOut out;
    for (const auto& [id, other] : cluster.brokers) {
        if (other.peer) out.peers.push_back(*other.peer);
    }
    if (out.peers.empty()) return;
    out.frame = std::make_shared<const protocol::Bytes>(encode(frame));
    emit(std::move(out));
}

// ---- What others are told of brokers ------------------------------------------------------------

BrokerLoad Engine::Stages::load() const {
    return {static_cast<std::uint32_t>(stays.size()), static_cast<std::uint32_t>(connected),
            cluster.followed.number, !is_stopping && !refusal_of_entries(),
            cluster.followed.generation};
}

void Engine::Stages::on_request(Peer& peer, const protocol::AskCluster& request) {
    protocol::ClusterStatus status;
    status.request = request.request;
    const auto add = [&](const BrokerFacts& told, const BrokerLoad& its_load) -> ClusterBroker& {
        ClusterBroker broker;
        broker.id = told.id;
        broker.name = told.name;
        broker.software = told.software;
        broker.endpoints = told.endpoints;
        broker.started = told.started;
        broker.heard = now.utc;
        broker.is_reachable = true;
        broker.takes_entries = its_load.takes_entries;
        broker.sessions = its_load.sessions;
        broker.connected = its_load.connected;
        broker.log_number = its_load.log_number;
        return status.brokers.emplace_back(std::move(broker));
    };
    if (settings.cluster) add(settings.cluster->facts, load()).is_this = true;
    for (const auto& [id, other] : cluster.brokers) {
        ClusterBroker& broker = add(other.facts, other.load);
        broker.heard = other.heard;
        broker.is_reachable = other.peer.has_value();
        if (broker.is_reachable) continue;
        broker.takes_entries = false;
        broker.connected = 0;
        broker.sessions = static_cast<std::uint32_t>(cluster.directory.count(id));
    }
    for (const BrokerId& member : unheard_members()) {
        ClusterBroker& broker = status.brokers.emplace_back();
        broker.id = member;
    }
    if (status.brokers.size() > limits::brokers_max) {
        // Whoever has to do something has to see this one, and those that are silent.
        std::stable_partition(
            status.brokers.begin(), status.brokers.end(),
            [](const ClusterBroker& one) { return one.is_this || !one.is_reachable; });
        status.brokers.resize(limits::brokers_max);
    }
    std::sort(status.brokers.begin(), status.brokers.end(),
              [](const ClusterBroker& left, const ClusterBroker& right) {
                  return std::tie(left.name, left.id) < std::tie(right.name, right.id);
              });
    send(peer.id, protocol::ToOperator{std::move(status)});
}

/// For a session or an operator, so that it knows where to go. Who has few sessions gets many.
std::vector<protocol::OtherPlace> Engine::Stages::other_places(const PeerFacts& asker) const {
    constexpr std::uint32_t weight_max = 1'000'000;
    constexpr std::uint32_t few = 100;  ///< Differences below it are none.
    std::vector<protocol::OtherPlace> places;
    for (const auto& [id, other] : cluster.brokers) {
        if (!is_worth_naming(cluster, other)) continue;
        if (places.size() == limits::brokers_max) break;
        std::vector<std::string> endpoints =
            endpoints_for(asker, other.facts, settings.cluster->facts.machine);
        if (endpoints.empty()) continue;
        const std::uint32_t weight = weight_max / few * few / (few + other.load.sessions);
        places.push_back({std::move(endpoints), std::max(weight, 1u)});
    }
    return places;
}

// ---- Which sessions are where -------------------------------------------------------------------

void Engine::Stages::note_served(const Stay& stay) {
    if (!settings.cluster) return;
    cluster.directory.forget(stay.session.id);
    if (knows_no_other()) return;
    // One that has gone and come back within a turn is there.
    std::erase(cluster.news.closed, stay.session.id);
    cluster.news.opened.push_back({stay.session.id, stay.session.created, stay.claim});
    if (cluster.news.opened.size() >= served_per_frame_max) flush_served();
}

void Engine::Stages::note_not_served(const SessionId& session) {
    if (knows_no_other()) return;
    std::erase_if(cluster.news.opened, [&](const Served& one) { return one.session == session; });
    cluster.news.closed.push_back(session);
    if (cluster.news.closed.size() >= served_per_frame_max) flush_served();
}

void Engine::Stages::flush_served() {
    SessionsAt& news = cluster.news;
    if (news.opened.empty() && news.closed.empty()) return;
    news.broker = own_id();
    tell_brokers(std::exchange(news, {}));
}

void Engine::Stages::on_broker(Peer& broker, const SessionsAt& said) {
    const BrokerId& from = broker.facts.broker->id;
    if (said.broker != from) {
        // Hearsay counts of those only that cannot be asked.
        const bool is_own = said.broker == own_id();
        if (cluster.forgotten.contains(said.broker)) return;
        if (is_own || cluster.peer_of(said.broker)) return;
        cluster.brokers[said.broker].facts.id = said.broker;
        cluster.directory.take(said);
        for (const Served& served : said.opened) {
            if (stays.find(served.session) != nullptr) cluster.directory.forget(served.session);
        }
        return;
    }
    cluster.directory.take(said);
    cluster.brokers.at(from).has_told |= said.is_first;
    for (const Served& served : said.opened) {
        Stay* stay = stays.find(served.session);
        if (stay == nullptr) {
            hand_over_closed(served, from);
            continue;
        }
        const bool is_tie = served.claim == stay->claim;
        const bool is_theirs = is_tie ? from > own_id() : served.claim > stay->claim;
        if (!is_theirs) {
            cluster.directory.forget(served.session);
            continue;
        }
        yield(*stay, broker, served.claim, to_come_again());
    }
}

void Engine::Stages::on_broker(Peer& /*broker*/, const KeysRefused& keys) {
    for (const KeysRefused::One& one : keys.list) {
        if (one.until <= now.utc || refused_keys.until(one.session)) continue;
        Session unknown;
        unknown.id = one.session;
        unknown.created = now.utc;
        record_refused(to_record(unknown, stays.take_number(), true, now.utc, one.until),
                       one.until);
        if (Stay* stay = stays.find(one.session)) end_if_refused(*stay);
    }
}

void Engine::Stages::on_broker(Peer& /*broker*/, const PersonsRead& read) {
    Message* message = messages.find(read.message);
    for (const PersonsRead::One& person : read.persons) {
        const EarlyWords::Reader reader{read.revision, person};
        // A revision that is yet to begin here may ask everybody again, but for those.
        if (is_early(message, read.revision)) keep_early(read.message, reader);
        if (message != nullptr && message->may_be_out()) hear_reader(reader, *message);
    }
    if (message != nullptr) after_change(*message);
}

}  // namespace crier::broker
