#include "tests/simulation/broker_node.hpp"

#include <utility>
#include <variant>

#include "broker/core/batching.hpp"
#include "shared/base/assert.hpp"
#include "tests/simulation/simulation.hpp"

namespace crier::simulation {

using namespace broker;

BrokerNode::BrokerNode(World& world, Ledger& ledger, Milliseconds closing_time,
                       Milliseconds refusal_time)
    : world_(world),
      ledger_(ledger),
      network_(world, *this),
      witness_(world, ledger, refusal_time),
      disk_(world, witness_.disk(), [this](const Event& event) { step(event); }),
      closing_time_(closing_time),
      refusal_time_(refusal_time) {
    start();
}

/// Small here and large there, so that forgetting and replacing happen in every mixture.
EngineSettings BrokerNode::some_settings() {
    EngineSettings made;
    made.unconfirmed_messages_max = unconfirmed_max;
    made.software_version = "simulated";
    made.closing_time = closing_time_;
    made.refusal_time = refusal_time_;
    if (world_.chance.one_in(2)) made.facts_bytes_max = 1'000;
    // A session that was closed and comes back gets what memory still has; so keep it there.
    const bool may_forget = closing_time_ == EngineSettings{}.closing_time;
    if (may_forget && world_.chance.one_in(2)) {
        made.remembered_cells_max = world_.chance.one_in(2) ? 2'000 : 200;
    }
    return made;
}

void BrokerNode::start() {
    const Result<Recovery> recovery = disk_.journal().recover();
    CRIER_ASSERT(recovery.has_value(), "what was committed reads back");
    auto engine = Engine::start(some_settings(), *recovery, world_.now(), effects_);
    CRIER_ASSERT(engine.has_value(), "what the core wrote it can read");
    engine_ = std::move(*engine);
    world_.trace("broker starts");
    end_turn();
}

void BrokerNode::crash() {
    world_.trace("broker crashes");
    crashes_ += 1;
    life_ += 1;
    engine_.reset();
    effects_.clear();
    gathered_ = {};
    gathered_writes_ = 0;
    reads_.clear();
    questions_.clear();
    is_turn_open_ = false;
    wake_at_ = {};
    disk_.crash();
    witness_.on_crash();
    network_.drop_all();
    world_.after(world_.chance.between(50, 3'000), [this] { start(); });
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
        facts.rights = {"send", "list", "watch"};
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
    engine_->step(event, world_.now(), effects_);
    if (world_.chance.one_in(3)) return end_turn();
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

// ---- Effects ------------------------------------------------------------------------------------

void BrokerNode::end_turn() {
    is_turn_open_ = false;
    engine_->step(TurnEnded{}, world_.now(), effects_);
    if (!perform_all()) return crash();
    if (gathered_writes_ > 0) {
        disk_.write(std::exchange(gathered_, {}), std::exchange(gathered_writes_, 0));
    }
    for (ReadHistory& wanted : std::exchange(reads_, {})) disk_.read(std::move(wanted));
    for (AskLog& wanted : std::exchange(questions_, {})) disk_.ask(std::move(wanted));
    wake();
}

bool BrokerNode::perform_all() {
    for (Effect& effect : effects_) {
        if (world_.strikes(world_.weather.broker_crash_odds)) return false;
        perform(effect);
    }
    effects_.clear();
    return true;
}

void BrokerNode::perform(Effect& effect) {
    std::visit([this](auto& wanted) { perform(wanted); }, effect);
}

void BrokerNode::perform(SendFrame& wanted) {
    witness_.on_sent({wanted.peer}, wanted.frame);
    network_.send(wanted.peer, wanted.frame);
}

void BrokerNode::perform(FanOut& wanted) {
    witness_.on_sent(wanted.peers, *wanted.frame);
    for (const PeerId peer : wanted.peers) network_.send(peer, *wanted.frame);
}

void BrokerNode::perform(CutPeer& wanted) {
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
    world_.trace(std::string(name_of(wanted.fact)) + " " + wanted.detail +
                 (wanted.session ? " " + ledger_.names.at(*wanted.session) : ""));
}

template <class JournalEffect>
void BrokerNode::perform(JournalEffect& wanted) {
    gather(gathered_, std::move(wanted));
    gathered_writes_ += 1;
}

}  // namespace crier::simulation
