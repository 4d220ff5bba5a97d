#include "broker/cluster/broker_links.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "broker/cluster/seal.hpp"
#include "shared/protocol/fields.hpp"
#include "shared/protocol/wire.hpp"

namespace crier::broker {
namespace {

using protocol::MapReader;
using protocol::MapWriter;

/// A frame, and what is said around it.
constexpr std::size_t datagram_bytes_max = limits::frame_bytes_max + 1'024;
/// Peers of links are told apart from those of doors by this bit of their number (peer_table.cpp).
constexpr std::uint64_t broker_bit = 1ULL << 62;

}  // namespace

struct BrokerLinks::Beat {
    BrokerFacts facts;
    std::uint64_t run = 0;
    BrokerLoad load;
    std::uint64_t link = 0;   ///< To this broker, as the other end numbers it; 0: there is none.
    std::uint64_t yours = 0;  ///< That link as this end numbers it.
    std::uint64_t sent = 0;   ///< So many frames over it so far.
};

struct BrokerLinks::Frame {
    BrokerId from;
    std::uint64_t run = 0;
    std::uint64_t theirs = 0;  ///< The link's number at the end that sent it,
    std::uint64_t mine = 0;    ///< and at this one.
    std::uint64_t number = 0;
    Bytes frame;
};

// ---- Out ----------------------------------------------------------------------------------------

Bytes BrokerLinks::beat() const {
    Bytes datagram;
    {
        MapWriter map(datagram);
        map.string("t", "beat");
        map.binary("from", settings_.self.id.bytes);
        map.uint("run", settings_.run);
        map.string("name", settings_.self.name);
        map.string("software", settings_.self.software);
        map.time("started", settings_.self.started);
        map.strings_if_any("endpoints", settings_.self.endpoints);
        map.strings_if_any("operators", settings_.self.operators);
        map.string_if_any("machine", settings_.self.machine);
        map.uint("sessions", load_.sessions);
        map.uint("connected", load_.connected);
        map.uint("log", load_.log_number);
        map.uint("generation", load_.log_generation);
        map.flag("takes", load_.takes_entries);
        protocol::Writer list = map.list("links", links_.size());
        for (const auto& [id, link] : links_) {
            MapWriter one(list.out());
            one.binary("to", id.bytes);
            one.uint("link", link.mine);
            one.uint("yours", link.theirs);
            one.uint("sent", link.sent);
        }
    }
    append_mac(datagram, settings_.key);
    return datagram;
}

void BrokerLinks::send(PeerId peer, const protocol::Bytes& frame, LinkEffects& effects) {
    const auto found = peers_.find(peer);
    if (found == peers_.end()) return;  // It was closed meanwhile, and the engine hears of that.
    Link& link = links_.at(found->second);
    Bytes datagram;
    {
        MapWriter map(datagram);
        map.string("t", "frame");
        map.binary("from", settings_.self.id.bytes);
        map.uint("run", settings_.run);
        map.uint("mine", link.mine);
        map.uint("yours", link.theirs);
        map.uint("n", ++link.sent);
        map.binary("frame", frame);
    }
    append_mac(datagram, settings_.key);
    effects.emplace_back(SendDatagram{found->second, std::move(datagram)});
}

void BrokerLinks::on_time(const BrokerLoad& load, Moment now, LinkEffects& effects) {
    load_ = load;
    if (now.steady < next_beat_) return;
    next_beat_ = now.steady + settings_.beat;
    for (auto link = links_.begin(); link != links_.end();) {
        if (now.steady - link->second.heard <= settings_.silence) {
            ++link;
            continue;
        }
        close(link->second, effects);
        link = links_.erase(link);
    }
    effects.emplace_back(SendDatagram{std::nullopt, beat()});
}

// ---- In -----------------------------------------------------------------------------------------

void BrokerLinks::hear(const Bytes& datagram, Moment now, LinkEffects& effects) {
    const bool is_too_long = datagram.size() > datagram_bytes_max;
    const auto unsealed = is_too_long ? std::nullopt : unseal(datagram, settings_.key);
    if (!unsealed) {
        foreign_ += 1;
        return;
    }
    const auto document = protocol::Document::parse(unsealed->bytes, datagram_bytes_max);
    if (!document) return;
    protocol::Problem problem;
    const MapReader map(*document, "datagram", problem);
    const std::string_view type = map.at("t").string();
    if (type == "frame") {
        Frame frame;
        frame.from = map.at("from").id<BrokerId>();
        frame.run = map.at("run").uint();
        frame.theirs = map.at("mine").uint();
        frame.mine = map.at("yours").uint();
        frame.number = map.at("n").uint();
        frame.frame = map.at("frame").binary({1, limits::frame_bytes_max});
        if (!problem) on(std::move(frame), now, effects);
        return;
    }
    if (type != "beat") return;  // Of a newer version.
    Beat said;
    said.facts.id = map.at("from").id<BrokerId>();
    said.run = map.at("run").uint();
    said.facts.name = map.at("name").line(limits::attribute_bytes_max);
    said.facts.software = map.at("software").line(limits::version_bytes_max);
    said.facts.started = map.at("started").time();
    if (map.find("endpoints")) said.facts.endpoints = protocol::read_endpoints(map);
    if (map.find("operators")) said.facts.operators = protocol::read_endpoints(map, "operators");
    said.facts.machine = map.find("machine").line(limits::attribute_bytes_max);
    said.load = {map.at("sessions").uint32(), map.at("connected").uint32(), map.at("log").uint(),
                 map.find("takes").boolean(), map.find("generation").uint()};
    const protocol::ListReader links = map.at("links").list({0, 2 * limits::brokers_max});
    for (const protocol::Value element : links) {
        const MapReader link = element.map();
        if (link.at("to").id<BrokerId>() != settings_.self.id) continue;
        said.link = link.at("link").uint();
        said.yours = link.find("yours").uint();
        said.sent = link.find("sent").uint();
    }
    if (!problem) on(std::move(said), now, effects);
}

/// The link to the broker that speaks; nullptr: that is this one.
BrokerLinks::Link* BrokerLinks::link_of(const BrokerId& from, std::uint64_t run, Moment now,
                                        LinkEffects& effects) {
    if (from == settings_.self.id) return nullptr;
    const auto [found, is_new] = links_.try_emplace(from);
    Link& link = found->second;
    if (is_new || link.run != run) {
        close(link, effects);
        link = Link{};
        link.run = run;
        link.mine = ++last_link_;
        link.facts.id = from;
    }
    link.heard = now.steady;
    return &link;
}

void BrokerLinks::on(Beat said, Moment now, LinkEffects& effects) {
    const bool is_twin = said.facts.id == settings_.self.id && said.run != settings_.run;
    if (is_twin) effects.emplace_back(TwinHeard{said.facts.name});
    const bool was_known = links_.contains(said.facts.id);
    Link* link = link_of(said.facts.id, said.run, now, effects);
    if (link == nullptr) return;
    link->facts = std::move(said.facts);
    // It hears at once that it was heard.
    if (!was_known) effects.emplace_back(SendDatagram{std::nullopt, beat()});
    if (said.link > link->theirs) open(*link, said.link, effects);
    if (said.link == link->theirs && said.yours == link->mine) {
        // Nothing came after the frame that is missing, or this beat has overtaken it.
        if (link->received < link->owed) return open_anew(*link, effects);
        link->owed = said.sent;
    }
    if (link->peer) effects.emplace_back(BrokerBeat{*link->peer, said.load});
}

void BrokerLinks::on(Frame frame, Moment now, LinkEffects& effects) {
    Link* link = link_of(frame.from, frame.run, now, effects);
    if (link == nullptr || frame.mine != link->mine) return;  // Of a link that was closed here.
    // Its beat has not come yet, and with it who it is: it says all again when it opens anew.
    if (link->facts.name.empty() && link->facts.software.empty()) return open_anew(*link, effects);
    if (frame.theirs > link->theirs) open(*link, frame.theirs, effects);
    if (frame.theirs != link->theirs || !link->peer) return;
    if (frame.number <= link->received) return;  // Twice.
    if (frame.number != link->received + 1) return open_anew(*link, effects);
    link->received = frame.number;
    effects.emplace_back(FrameFrom{*link->peer, std::move(frame.frame)});
}

// ---- Links --------------------------------------------------------------------------------------

/// The other end has begun a new one; this end's is new with it.
void BrokerLinks::open(Link& link, std::uint64_t theirs, LinkEffects& effects) {
    close(link, effects);
    link.theirs = theirs;
    link.sent = link.received = link.owed = 0;
    const PeerId peer{broker_bit | ++last_peer_};
    link.peer = peer;
    peers_.emplace(peer, link.facts.id);
    PeerFacts facts;
    facts.door = Door::brokers;
    facts.broker = link.facts;
    effects.emplace_back(PeerOpened{peer, std::move(facts)});
}

void BrokerLinks::close(Link& link, LinkEffects& effects) {
    if (!link.peer) return;
    effects.emplace_back(PeerClosed{*link.peer});
    peers_.erase(*link.peer);
    link.peer.reset();
}

/// A frame is missing. The other end hears of the new number by the next beat, which comes at once.
void BrokerLinks::open_anew(Link& link, LinkEffects& effects) {
    link.mine = ++last_link_;
    if (link.theirs != 0 && link.peer) open(link, link.theirs, effects);
    effects.emplace_back(SendDatagram{std::nullopt, beat()});
}

}  // namespace crier::broker
