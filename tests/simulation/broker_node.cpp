#include "tests/simulation/broker_node.hpp"

#include <utility>
#include <variant>

#include "broker/core/batching.hpp"
#include "shared/base/assert.hpp"
#include "tests/simulation/simulation.hpp"

namespace crier::simulation {

using namespace broker;

namespace {

/// Peers of links are told apart from those of doors by this bit of their number.
constexpr std::uint64_t broker_bit = std::uint64_t{1} << 62;

bool is_broker(PeerId peer) {
    return (static_cast<std::uint64_t>(peer) & broker_bit) != 0;
}

Secret cluster_key() {
    return Secret(Bytes32{7, 7, 7});
}

}  // namespace

BrokerNode::BrokerNode(World& world, Network& network, Ledger& ledger, NodeSettings settings)
    : world_(world),
      ledger_(ledger),
      network_(network),
      settings_(std::move(settings)),
      witness_(world, ledger, settings_.refusal_time, settings_.clock_ahead),
      disk_(world, witness_.disk(), settings_.clock_ahead,
            [this](const Event& event) { step(event); }) {
    network_.add(settings_.endpoint, *this);
    if (settings_.shared_log != nullptr) {
        backbone_ = &settings_.shared_log->attach(*this);
        disk_.set_reply_sink([this](LogReply reply) { hear(std::move(reply)); });
    }
    start();
}

BrokerNode::~BrokerNode() = default;

/// Small here and large there, so that forgetting and replacing happen in every mixture.
EngineSettings BrokerNode::some_settings() {
    EngineSettings made;
    made.unconfirmed_messages_max = unconfirmed_max;
    made.software_version = "simulated";
    made.closing_time = settings_.closing_time;
    made.refusal_time = settings_.refusal_time;
    if (world_.chance.one_in(2)) made.facts_bytes_max = 1'000;
    // A session that was closed and comes back gets what memory still has; so keep it there.
    // And of a cluster's brokers each would forget other messages, of which one changes still.
    const bool may_forget =
        settings_.closing_time == EngineSettings{}.closing_time && settings_.shared_log == nullptr;
    if (may_forget && world_.chance.one_in(2)) {
        made.remembered_cells_max = world_.chance.one_in(2) ? 2'000 : 200;
    }
    if (member_) made.cluster = ClusterSettings{.facts = facts()};
    return made;
}

BrokerFacts BrokerNode::facts() const {
    BrokerFacts facts;
    // By its last byte datagrams find it.
    facts.id.bytes.front() = 0xb0;
    facts.id.bytes.back() = static_cast<std::uint8_t>(settings_.number);
    facts.name = settings_.endpoint;
    facts.software = "simulated";
    facts.started = now().utc;
    return facts;
}

/// By its own clock.
Moment BrokerNode::now() const {
    const Moment now = world_.now();
    return {now.steady, now.utc + settings_.clock_ahead};
}

void BrokerNode::start() {
    const Result<Recovery> recovery = disk_.journal().recover();
    CRIER_ASSERT(recovery.has_value(), "what was committed reads back");
    if (backbone_ != nullptr) join_cluster(*recovery);
    auto engine = Engine::start(some_settings(), *recovery, now(), effects_);
    CRIER_ASSERT(engine.has_value(), "what the core wrote it can read");
    engine_ = std::move(*engine);
    world_.trace(settings_.endpoint + " starts");
    if (member_) {
        member_->open_doors({.endpoints = {settings_.endpoint}, .operators = {}});
        settings_.shared_log->start(settings_.number);
        return tell_engine();
    }
    end_turn();
}

void BrokerNode::join_cluster(const Recovery& recovery) {
    lifeline_ = std::make_unique<Lifeline>(world_, *backbone_);
    OrderingSettings ordering;
    ordering.broker = facts().id;
    ordering.key = cluster_key();
    BrokerLinksSettings links;
    links.self = facts();
    links.key = cluster_key();
    constexpr std::uint64_t exact = (std::uint64_t{1} << 53) - 1;
    links.run = world_.chance.next() & exact;
    MemberOutlets outlets;
    outlets.store = [this](Batch batch) {
        if (!lifeline_->goes_on()) return;
        gather(gathered_, std::move(batch));
        gathered_stores_ += 1;
    };
    outlets.ask_journal = [this](const LogRequest& request) {
        if (lifeline_->goes_on()) log_reads_.push_back(request);
    };
    outlets.notice = [this](const MemberNotice& notice) { on_notice(notice); };
    member_ = std::make_unique<Member>(ordering, std::move(links), recovery, *lifeline_,
                                       std::move(outlets), now());
}

void BrokerNode::crash() {
    world_.trace(settings_.endpoint + " crashes");
    crashes_ += 1;
    life_ += 1;
    engine_.reset();
    if (member_) settings_.shared_log->crash(settings_.number);
    member_.reset();
    lifeline_.reset();
    effects_.clear();
    gathered_ = {};
    gathered_writes_ = gathered_stores_ = 0;
    reads_.clear();
    log_reads_.clear();
    questions_.clear();
    is_turn_open_ = false;
    wake_at_ = wake_member_at_ = {};
    disk_.crash();
    witness_.on_crash();
    network_.drop_all(*this);
    world_.after(some_absence(), [this] { start(); });
}

/// Of a cluster's brokers some come back only when the others have gone on without them.
Milliseconds BrokerNode::some_absence() {
    const bool is_long = settings_.shared_log != nullptr && world_.chance.one_in(4);
    return world_.chance.between(50, is_long ? 20'000 : 3'000);
}

// ---- Events -------------------------------------------------------------------------------------

void BrokerNode::on_peer_opened(PeerId peer, Door door,
                                const std::optional<std::string>& system_user) {
    PeerFacts facts;
    facts.door = door;
    facts.address = "simulated";
    facts.system_user = system_user;
    if (door == Door::operators) {
        facts.principal = "operators";
        facts.rights = broker::Rights::all();
    }
    if (engine_) witness_.on_opened(peer, door);
    step(PeerOpened{peer, std::move(facts)});
}

void BrokerNode::on_peer_closed(PeerId peer) {
    witness_.on_closed(peer);
    step(PeerClosed{peer});
}

void BrokerNode::on_frame(PeerId peer, const protocol::Bytes& frame) {
    witness_.on_received(peer, frame);
    step(FrameReceived{peer, frame});
}

/// Some turns are for one event, others for all of a moment.
void BrokerNode::step(const Event& event) {
    if (!engine_) return;
    // What it asked for before it heard of this is lost as well.
    if (std::holds_alternative<JournalFailed>(event)) gathered_ = {};
    engine_->step(event, now(), effects_);
    if (world_.chance.one_in(3)) return end_turn();
    begin_turn();
}

void BrokerNode::begin_turn() {
    if (std::exchange(is_turn_open_, true)) return;
    world_.after(Milliseconds{1}, [this, life = life_] {
        if (life == life_ && is_turn_open_) end_turn();
    });
}

void BrokerNode::wake() {
    const auto due = engine_->next_deadline();
    if (!due || (wake_at_ != Instant{} && wake_at_ <= *due)) return;
    wake_at_ = *due;
    world_.at(*due, [this, life = life_, at = *due] {
        if (life != life_ || wake_at_ != at) return;
        wake_at_ = {};
        step(TimePassed{});
    });
}

// ---- The cluster --------------------------------------------------------------------------------

void BrokerNode::hear(BackboneEvent event) {
    if (!member_) return;
    member_->hear(std::move(event), now());
    tell_engine();
}

void BrokerNode::hear(LogReply reply) {
    member_->hear(std::move(reply), now());
    tell_engine();
}

/// What the member has for the engine; then both have their turn.
void BrokerNode::tell_engine() {
    if (lifeline_->has_ended()) return crash();
    member_->tell_engine([this](const Event& event) { engine_->step(event, now(), effects_); });
    wake_member();
    begin_turn();
}

void BrokerNode::wake_member() {
    const auto due = member_->next_deadline();
    if (!due || (wake_member_at_ != Instant{} && wake_member_at_ <= *due)) return;
    wake_member_at_ = *due;
    world_.at(*due, [this, life = life_, at = *due] {
        if (life != life_ || wake_member_at_ != at) return;
        wake_member_at_ = {};
        member_->on_time(engine_->load(), now());
        tell_engine();
    });
}

void BrokerNode::on_notice(const MemberNotice& notice) {
    const auto* said = std::get_if<OrderingNotice>(&notice);
    if (said == nullptr) return;
    ledger_.seen[std::string(name_of(said->fact))] += 1;
    world_.trace(settings_.endpoint + " " + std::string(name_of(said->fact)) + " at " +
                 std::to_string(said->number) + ": " + std::to_string(said->count) + " " +
                 said->detail);
}

// ---- Effects ------------------------------------------------------------------------------------

void BrokerNode::end_turn() {
    is_turn_open_ = false;
    engine_->step(TurnEnded{}, now(), effects_);
    if (!perform_all()) return crash();
    if (gathered_writes_ + gathered_stores_ > 0) {
        disk_.write(std::exchange(gathered_, {}), std::exchange(gathered_writes_, 0),
                    std::exchange(gathered_stores_, 0));
    }
    for (ReadHistory& wanted : std::exchange(reads_, {})) disk_.read(std::move(wanted));
    for (LogRequest& wanted : std::exchange(log_reads_, {})) disk_.read(std::move(wanted));
    for (AskLog& wanted : std::exchange(questions_, {})) disk_.ask(std::move(wanted));
    wake();
    if (!member_) return;
    wake_member();
    // What came of this turn is for the next one.
    if (!member_->has_news()) return;
    world_.after(Milliseconds{0}, [this, life = life_] {
        if (life == life_) tell_engine();
    });
}

bool BrokerNode::perform_all() {
    for (Effect& effect : effects_) {
        if (world_.strikes(world_.weather.broker_crash_odds)) return false;
        perform(effect);
        if (lifeline_ && lifeline_->has_ended()) return false;
    }
    effects_.clear();
    return true;
}

void BrokerNode::perform(Effect& effect) {
    std::visit([this](auto& wanted) { perform(wanted); }, effect);
}

void BrokerNode::perform(SendFrame& wanted) {
    witness_.on_sent({wanted.peer}, wanted.frame);
    send(wanted.peer, wanted.frame);
}

void BrokerNode::perform(FanOut& wanted) {
    witness_.on_sent(wanted.peers, *wanted.frame);
    for (const PeerId peer : wanted.peers) send(peer, *wanted.frame);
}

void BrokerNode::send(PeerId peer, const protocol::Bytes& frame) {
    if (is_broker(peer)) return member_->send(peer, frame);
    network_.send(peer, frame);
}

void BrokerNode::perform(CutPeer& wanted) {
    if (is_broker(wanted.peer)) return;
    if (wanted.refusal) {
        witness_.on_sent({wanted.peer}, *wanted.refusal);
        send(wanted.peer, *wanted.refusal);
    }
    witness_.on_closed(wanted.peer);
    network_.cut(wanted.peer);
}

void BrokerNode::perform(ReadHistory& wanted) {
    reads_.push_back(std::move(wanted));
}

void BrokerNode::perform(AskLog& wanted) {
    questions_.push_back(std::move(wanted));
}

void BrokerNode::perform(Notice& wanted) {
    witness_.on_notice(wanted);
    const std::string where = member_ ? settings_.endpoint + " " : "";
    world_.trace(where + std::string(name_of(wanted.fact)) + " " + wanted.detail +
                 (wanted.session ? " " + ledger_.names.at(*wanted.session) : ""));
}

/// In a cluster entries come to the journal by way of the log.
void BrokerNode::perform(AppendEntry& wanted) {
    gathered_writes_ += 1;
    if (member_) return member_->take(std::move(wanted), now());
    gather(gathered_, std::move(wanted));
}

/// Only asked of a broker in a cluster.
void BrokerNode::perform(ForgetBroker& wanted) {
    member_->take(std::move(wanted), now());
}

template <class JournalEffect>
void BrokerNode::perform(JournalEffect& wanted) {
    gather(gathered_, std::move(wanted));
    gathered_writes_ += 1;
}

}  // namespace crier::simulation
