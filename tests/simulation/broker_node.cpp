#include "tests/simulation/broker_node.hpp"

#include <set>
#include <utility>

#include "broker/core/batching.hpp"
#include "broker/core/outcome.hpp"
#include "shared/base/assert.hpp"

namespace crier::simulation {

using namespace broker;

namespace {

/// Small here and large there, so that forgetting and replacing happen in every mixture.
EngineSettings settings(Chance& chance) {
    EngineSettings made;
    made.software_version = "simulated";
    if (chance.one_in(2)) made.remembered_cells_max = 2'000;
    if (chance.one_in(2)) made.facts_bytes_max = 1'000;
    return made;
}

}  // namespace

void BrokerNode::start() {
    const Result<Recovery> recovery = journal_.recover();
    CRIER_ASSERT(recovery.has_value(), "what was committed reads back");
    auto engine = Engine::start(settings(world_.chance), *recovery, world_.now(), effects_);
    CRIER_ASSERT(engine.has_value(), "what the core wrote it can read");
    engine_ = std::move(*engine);
    world_.trace("broker starts");
    perform();
}

void BrokerNode::crash() {
    world_.trace("broker crashes");
    crashes_ += 1;
    life_ += 1;
    engine_.reset();
    effects_.clear();
    gathering_ = {};
    if (is_committing_ && world_.chance.one_in(2)) {
        // It had reached the disk; nobody was told.
        CRIER_ASSERT(journal_.append(committing_).has_value(), "nothing makes this append fail");
    }
    committing_ = {};
    is_committing_ = false;
    is_disk_full_ = false;
    writes_ = 0;
    wake_at_ = {};
    network_.drop_all();
    world_.after(world_.chance.between(50, 3'000), [this] { start(); });
}

// ---- Events
// ----------------------------------------------------------------------------------------

void BrokerNode::on_peer_opened(PeerId peer, Door door) {
    PeerFacts facts;
    facts.door = door;
    facts.address = "simulated";
    if (door == Door::operators) {
        facts.principal = "operators";
        facts.rights = {"send", "list", "watch"};
    }
    step(PeerOpened{peer, std::move(facts)});
}

void BrokerNode::on_peer_closed(PeerId peer) {
    step(PeerClosed{peer});
}

void BrokerNode::on_frame(PeerId peer, const protocol::Bytes& frame) {
    step(FrameReceived{peer, frame});
}

void BrokerNode::step(const Event& event) {
    if (!engine_) return;
    engine_->step(event, world_.now(), effects_);
    // Turns end now and then, as a loop under load would have it.
    if (world_.chance.one_in(3)) {
        end_turn();
    } else {
        world_.after(Milliseconds{1}, [this, life = life_] {
            if (life == life_) end_turn();
        });
        perform();
    }
}

void BrokerNode::end_turn() {
    engine_->step(TurnEnded{}, world_.now(), effects_);
    perform();
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

// ---- Effects
// ---------------------------------------------------------------------------------------

void BrokerNode::perform() {
    while (!effects_.empty()) {
        Effects todo;
        todo.swap(effects_);
        for (Effect& effect : todo) {
            if (world_.strikes(world_.weather.broker_crash_odds)) return crash();
            if (perform(effect)) writes_ += 1;
        }
    }
    if (!is_committing_ && !gathering_.empty()) begin_commit();
    wake();
}

/// True for a journal effect.
bool BrokerNode::perform(Effect& effect) {
    return std::visit(
        [&](auto& wanted) {
            using Wanted = std::decay_t<decltype(wanted)>;
            if constexpr (std::is_same_v<Wanted, SendFrame>) {
                network_.send(wanted.peer, wanted.frame);
            } else if constexpr (std::is_same_v<Wanted, FanOut>) {
                for (const PeerId peer : wanted.peers) network_.send(peer, *wanted.frame);
            } else if constexpr (std::is_same_v<Wanted, CutPeer>) {
                network_.cut(wanted.peer);
            } else if constexpr (std::is_same_v<Wanted, ReadHistory>) {
                read(wanted);
            } else if constexpr (std::is_same_v<Wanted, Notice>) {
                world_.trace(std::string(name_of(wanted.fact)) + " " + wanted.detail);
            } else if constexpr (!std::is_same_v<Wanted, RingBell>) {
                gather(gathering_, std::move(wanted));
                return true;
            }
            return false;
        },
        effect);
}

void BrokerNode::begin_commit() {
    is_committing_ = true;
    committing_ = std::exchange(gathering_, {});
    writes_committing_ = writes_;
    world_.after(world_.delay(), [this, life = life_] {
        if (life == life_) finish_commit();
    });
}

void BrokerNode::finish_commit() {
    is_committing_ = false;
    const Batch batch = std::exchange(committing_, {});
    if (!is_disk_full_ && world_.strikes(world_.weather.disk_full_odds)) {
        is_disk_full_ = true;
        world_.after(world_.chance.between(10, 2'000), [this, life = life_] {
            if (life != life_) return;
            is_disk_full_ = false;
            step(JournalRecovered{});
        });
    }
    if (is_disk_full_) {
        // What the core asked for before it hears of the failure is lost as well.
        gathering_ = {};
        return step(JournalFailed{{ErrorCode::storage_failed, "full"}, writes_});
    }
    auto results = journal_.append(batch);
    CRIER_ASSERT(results.has_value(), "nothing makes this append fail");
    step(Committed{writes_committing_, std::move(*results)});
}

void BrokerNode::read(const ReadHistory& wanted) {
    HistoryRead done{wanted.ticket, {}, {}};
    if (wanted.id) {
        auto one = journal_.read_message(*wanted.id);
        if (one && *one) done.messages->push_back(std::move(**one));
    } else {
        done.messages = journal_.read_messages(wanted.before, wanted.count_max);
    }
    std::set<std::uint32_t> numbers(wanted.sessions.begin(), wanted.sessions.end());
    for (const StoredMessage& message : *done.messages) {
        if (!wanted.with_sessions) break;
        for (const std::uint32_t number : sessions_in(message)) numbers.insert(number);
    }
    done.sessions = *journal_.read_sessions({numbers.begin(), numbers.end()});
    world_.after(world_.delay(), [this, life = life_, done = std::move(done)] {
        if (life == life_) step(done);
    });
}

}  // namespace crier::simulation
