#include "tests/simulation/session_node.hpp"

#include <algorithm>
#include <utility>

#include "shared/protocol/codec.hpp"

namespace crier::simulation {

using namespace subscriber;

SessionNode::SessionNode(World& world, Network& network, Ledger& ledger, const std::string& name,
                         bool has_store, bool is_local, std::vector<std::string> endpoints)
    : world_(world),
      network_(network),
      ledger_(ledger),
      clock_skew_(world.chance.between(-600'000, 600'000)),
      is_local_(is_local) {
    const auto* begin = reinterpret_cast<const std::uint8_t*>(name.data());
    options_.public_key = blake2b({begin, name.size()});
    options_.attributes.user = name.substr(0, name.find('-'));
    options_.attributes.machine = name;
    options_.has_store = has_store;
    options_.endpoints = std::move(endpoints);
    id_ = session_id_of(options_.public_key);
    ledger_.names[id_] = name;
    if (is_local_) ledger_.persons[id_] = options_.attributes.user;
}

std::optional<std::string> SessionNode::system_user() const {
    return is_local_ ? std::optional(options_.attributes.user) : std::nullopt;
}

Moment SessionNode::local_time() const {
    const Moment now = world_.now();
    return {now.steady, now.utc + clock_skew_};
}

void SessionNode::start() {
    life_ += 1;
    run_ += 1;
    options_.seed = world_.chance.next();
    core_ = std::make_unique<SessionCore>(options_);
    world_.trace(options_.attributes.machine + " starts");
    step(StoreLoaded{durable_});
}

void SessionNode::crash() {
    world_.trace(options_.attributes.machine + " crashes");
    ledger_.crashes[id_] += 1;
    clear_screen();
    network_.close(*this);
    core_.reset();
    effects_.clear();
    is_connected_ = false;
    is_performing_ = false;
    wake_at_ = {};
    life_ += 1;
    world_.after(world_.chance.between(10, world_.weather.absence_max_ms), [this] { start(); });
}

void SessionNode::on_frame(const protocol::Bytes& frame) {
    if (world_.strikes(world_.weather.pause_odds)) {
        stop_reading(Milliseconds(world_.chance.between(100, 6'000)));
    }
    step(FrameArrived{frame});
}

void SessionNode::stop_reading(Milliseconds time) {
    const Instant now = world_.now().steady;
    ledger_.unread[id_].emplace_back(now, now + time);
    network_.pause(*this, time);
}

void SessionNode::step(const Event& event) {
    if (!core_) return;
    core_->step(event, local_time(), effects_);
    if (!is_performing_) perform();
}

void SessionNode::wake() {
    const auto due = core_->next_deadline();
    if (!due || (wake_at_ != Instant{} && wake_at_ <= *due)) return;
    wake_at_ = *due;
    world_.at(*due, [this, life = life_, at = *due] {
        if (life != life_ || wake_at_ != at) return;
        wake_at_ = {};
        step(TimePassed{});
    });
}

void SessionNode::perform() {
    is_performing_ = true;
    while (!effects_.empty()) {
        Effects todo;
        todo.swap(effects_);
        for (Effect& effect : todo) {
            // Without a store a crash may lose what was on its way; that is not promised.
            if (options_.has_store && world_.strikes(world_.weather.session_crash_odds)) {
                return crash();
            }
            perform(effect);
        }
    }
    is_performing_ = false;
    wake();
}

void SessionNode::perform(Effect& effect) {
    if (const auto* open = std::get_if<OpenLink>(&effect)) {
        network_.connect(*this, open->endpoint, broker::Door::sessions);
    } else if (std::holds_alternative<CloseLink>(effect)) {
        network_.close(*this);
    } else if (auto* frame = std::get_if<SendFrame>(&effect)) {
        send(std::move(frame->frame));
    } else if (const auto* wanted = std::get_if<Store>(&effect)) {
        store(*wanted);
    } else if (const auto* told = std::get_if<Deliver>(&effect)) {
        tell(told->event);
    }
}

void SessionNode::send(protocol::Bytes frame) {
    if (world_.strikes(world_.weather.short_hello_odds)) {
        auto decoded = protocol::decode_from_session(frame);
        if (auto* hello = decoded ? std::get_if<protocol::SessionHello>(&*decoded) : nullptr) {
            // What is on the screen comes first.
            std::size_t kept = world_.chance.below(hello->known.size() + 1);
            while (kept < hello->known.size() && hello->known[kept].on_screen) ++kept;
            hello->known.resize(kept);
            frame = protocol::encode(*decoded);
        }
    }
    network_.send(*this, std::move(frame));
}

/// The store keeps its order, and what it has when the crash comes.
void SessionNode::store(const Store& wanted) {
    world_.after(Milliseconds{2}, [this, life = life_, wanted] {
        if (life != life_) return;
        durable_.push_back(wanted.record);
        if (const auto* mark = std::get_if<MarkMessage>(&wanted.record)) {
            note(mark->id, mark->mark.state);
        }
        if (std::holds_alternative<KeepSession>(wanted.record)) note_welcome();
        step(StoreDone{wanted.number, std::nullopt});
    });
}

void SessionNode::tell(const ProgramEvent& event) {
    if (std::holds_alternative<SubscriberConnected>(event)) {
        is_connected_ = true;
        if (!options_.has_store) note_welcome();
    } else if (std::holds_alternative<SubscriberDisconnected>(event)) {
        is_connected_ = false;
    } else if (const auto* message = std::get_if<IncomingMessage>(&event)) {
        show(*message);
    } else if (const auto* changed = std::get_if<MessageChanged>(&event)) {
        show(changed->message);
    } else if (const auto* removed = std::get_if<MessageRemoved>(&event)) {
        world_.trace(options_.attributes.machine + " takes off " + to_string(removed->id));
        ledger_.removals[{removed->id, id_}].push_back({run_, world_.now().steady});
        on_screen_.erase(removed->id);
        ledger_.screens.remove(id_, removed->id, world_.now().utc);
    } else if (const auto* ended = std::get_if<SubscriberEnded>(&event)) {
        world_.trace(options_.attributes.machine + " ended: " + to_string(ended->error));
        clear_screen();
        if (ended->cause == SubscriberEnded::Cause::dropped) on_ended();
    }
}

void SessionNode::show(const IncomingMessage& message) {
    world_.trace(options_.attributes.machine + " shows " + message.content.title + " (" +
                 std::to_string(message.revision) + ")" + (message.again ? " again" : ""));
    const Place place{message.id, id_};
    on_screen_[message.id] = message.revision;
    const auto noted = ledger_.reported.find(place);
    ledger_.showings[place].push_back(
        {run_, message.again, noted == ledger_.reported.end() ? State::waiting : noted->second,
         world_.now().steady, message.revision, message.content.text});
    const auto answer = [&](State state, Milliseconds delay) {
        world_.after(delay,
                     [this, life = life_, id = message.id, revision = message.revision, state] {
                         if (life == life_) report(id, revision, state);
                     });
    };
    answer(State::displayed, world_.chance.between(0, 20));
    if (!message.content.choices.empty()) return this->answer(message);
    if (world_.chance.one_in(4)) answer(State::acknowledged, world_.chance.between(30, 5'000));
}

/// People answer, or do not; and some change their minds, also when it is too late.
void SessionNode::answer(const IncomingMessage& message) {
    Milliseconds delay{0};
    for (int answers = 0; answers < 3; ++answers) {
        if (!world_.chance.one_in(answers == 0 ? 2 : 3)) return;
        delay += world_.chance.between(30, answers == 0 ? 5'000 : 10'000);
        const auto choice =
            static_cast<std::uint32_t>(world_.chance.below(message.content.choices.size()));
        world_.after(delay,
                     [this, life = life_, id = message.id, revision = message.revision, choice] {
                         if (life == life_) report(id, revision, State::answered, choice);
                     });
    }
}

void SessionNode::report(const MessageId& id, std::uint32_t revision, State state,
                         std::optional<std::uint32_t> answer) {
    if (has_ended_) return;  // Its screen is empty.
    // With a store a report counts once it is in there: a crash before may lose it.
    if (!options_.has_store) note(id, state);
    const auto shown = on_screen_.find(id);
    if (state == State::displayed && shown != on_screen_.end() && shown->second == revision) {
        ledger_.screens.show(id_, id, revision, world_.now().utc);
    }
    step(Reported{id, revision, state, {}, false, answer});
}

void SessionNode::clear_screen() {
    on_screen_.clear();
    ledger_.screens.clear(id_, world_.now().utc);
}

/// Some do not take it for an answer: they come back with the same key, with their token or
/// without.
void SessionNode::on_ended() {
    constexpr int comings_back_max = 3;
    has_ended_ = true;
    if (comings_back_ == comings_back_max || !world_.chance.one_in(2)) return;
    comings_back_ += 1;
    const Milliseconds delay = world_.chance.between(100, 6'000);
    world_.after(delay, [this, life = life_, has_token = world_.chance.one_in(2)] {
        if (life == life_) come_back(has_token);
    });
}

void SessionNode::come_back(bool has_token) {
    ledger_.crashes[id_] += 1;
    has_ended_ = false;
    wake_at_ = {};
    if (!has_token) {
        std::erase_if(durable_, [](const Record& record) {
            return std::holds_alternative<KeepSession>(record);
        });
    }
    start();
}

void SessionNode::note(const MessageId& id, State state) {
    State& furthest = ledger_.reported[{id, id_}];
    furthest = std::max(furthest, state);
}

/// From now on it knows that it is the same, also after a crash.
void SessionNode::note_welcome() {
    ledger_.welcomed.emplace(id_, world_.now().steady);
}

}  // namespace crier::simulation
