#include "tests/support/cluster_driver.hpp"

#include <algorithm>
#include <string>

#include "shared/protocol/wire.hpp"

namespace crier::testing {

using namespace broker;

namespace {

/// The same map, and a key that this version does not know.
protocol::Bytes with_newer_key(protocol::Bytes frame) {
    frame.front() += 1;  // MessagePack: 0x80 and the number of pairs, below 15.
    protocol::Bytes more;
    protocol::MapWriter(more).string("since the next version", "something");
    frame.insert(frame.end(), more.begin() + 1, more.end());
    return frame;
}

/// A frame that this version does not know.
protocol::Bytes newer_frame() {
    protocol::Bytes frame;
    protocol::MapWriter(frame).string("t", "since_the_next_version");
    return frame;
}

}  // namespace

ClusterDriver::ClusterDriver(std::size_t count, const EngineSettings& settings)
    : settings_(settings), nodes_(count) {
    for (Node& node : nodes_) node.journal = std::make_unique<MemoryJournal>();
    for (std::size_t index = 0; index < count; ++index) start(index);
}

BrokerId ClusterDriver::id(std::size_t index) const {
    BrokerId id;
    id.bytes.fill(static_cast<std::uint8_t>(index + 1));
    return id;
}

BrokerFacts ClusterDriver::facts_of(std::size_t index) const {
    BrokerFacts facts;
    facts.id = id(index);
    facts.name = "broker-" + std::to_string(index);
    facts.software = "test";
    facts.endpoints = {"tcp://" + facts.name + ":7701"};
    facts.operators = {"tcp://" + facts.name + ":7702"};
    facts.machine = "all on one";
    return facts;
}

void ClusterDriver::start(std::size_t index, bool is_journal_held) {
    Node& node = nodes_[index];
    EngineSettings settings = settings_;
    settings.cluster = ClusterSettings{.facts = facts_of(index)};
    node.driver = std::make_unique<BrokerDriver>(*node.journal, settings, now_, is_journal_held);
    node.driver->enter_cluster(
        {[this](AppendEntry wanted) { log_.push_back(std::move(wanted.entry)); },
         [this, index](PeerId link, protocol::Bytes bytes) {
             frames_.push_back({index, link, std::move(bytes)});
         },
         [this](ForgetBroker wanted) { forgetting_ = std::move(wanted); }});
    if (!members_.empty()) node.driver->change_members(members_);
    for (std::size_t other = 0; other < nodes_.size(); ++other) {
        if (other != index && nodes_[other].driver) mend_link(index, other);
    }
}

void ClusterDriver::kill(std::size_t index) {
    for (std::size_t other = 0; other < nodes_.size(); ++other) {
        if (other != index) cut_link(index, other);
    }
    nodes_[index].driver.reset();
}

void ClusterDriver::open(std::size_t from, std::size_t to) {
    // What is said at the opening needs to know already where it goes.
    nodes_[from].links[to] = nodes_[from].driver->next_peer();
    nodes_[from].driver->open_broker(facts_of(to));
}

void ClusterDriver::mend_link(std::size_t one, std::size_t other) {
    open(one, other);
    open(other, one);
}

void ClusterDriver::cut_link(std::size_t one, std::size_t other) {
    for (const auto& [from, to] : {std::pair(one, other), std::pair(other, one)}) {
        const auto link = nodes_[from].links.extract(to);
        if (link && nodes_[from].driver) nodes_[from].driver->close(link.mapped());
    }
}

void ClusterDriver::release_log() {
    is_log_held_ = false;
    behind_.reset();
    settle();
}

void ClusterDriver::lose_log() {
    std::size_t fed = 0;
    for (const Node& node : nodes_) fed = std::max(fed, node.fed);
    log_.resize(fed);
}

void ClusterDriver::settle() {
    while (feed() || deliver() || forget()) {
    }
}

void ClusterDriver::change_members(std::vector<BrokerId> members,
                                   std::optional<BrokerId> forgotten) {
    members_ = std::move(members);
    for (Node& node : nodes_) {
        if (node.driver) node.driver->change_members(members_, forgotten);
    }
    settle();
}

bool ClusterDriver::forget() {
    if (is_log_held_ || !forgetting_) return false;
    const BrokerId gone = std::exchange(forgetting_, {})->broker;
    std::erase(members_, gone);
    change_members(members_, gone);
    return true;
}

/// The next entry to each that lacks one; false: nobody does.
bool ClusterDriver::feed() {
    bool has_fed = false;
    for (std::size_t index = 0; index < nodes_.size(); ++index) {
        Node& node = nodes_[index];
        const bool is_held = is_log_held_ || behind_ == index;
        if (is_held || !node.driver || node.fed == log_.size()) continue;
        const Entry entry = log_[node.fed++];
        node.driver->feed(entry);
        has_fed = true;
    }
    return has_fed;
}

/// One frame; false: there is none.
bool ClusterDriver::deliver() {
    if (frames_.empty()) return false;
    const Frame frame = std::move(frames_.front());
    frames_.pop_front();
    if (frame.from == silent_) return true;
    for (const auto& [to, link] : nodes_[frame.from].links) {
        if (link != frame.link || !nodes_[to].driver) continue;
        const auto back = nodes_[to].links.find(frame.from);
        if (back == nodes_[to].links.end()) break;
        const bool is_newer = frame.from + 1 == nodes_.size();
        if (is_newer) nodes_[to].driver->receive_bytes(back->second, newer_frame());
        nodes_[to].driver->receive_bytes(back->second,
                                         is_newer ? with_newer_key(frame.bytes) : frame.bytes);
        break;
    }
    return true;
}

void ClusterDriver::advance(Milliseconds time) {
    constexpr Milliseconds step{50};
    for (; time > Milliseconds{0}; time -= step) {
        const Milliseconds next = std::min(step, time);
        now_ = {now_.steady + next, now_.utc + next};
        for (Node& node : nodes_) {
            if (node.driver) node.driver->advance(next);
        }
        settle();
    }
}

}  // namespace crier::testing
