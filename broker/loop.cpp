#include "broker/loop.hpp"

#include <algorithm>
#include <utility>

#include "shared/protocol/codec.hpp"

namespace crier::broker {
namespace {

/// Frames read from each door in one turn of the loop. Sessions have the more to say, and answers
/// to an operator wait while they say it.
constexpr std::size_t operator_frames_a_turn = 64;
constexpr std::size_t session_frames_a_turn = 32;
constexpr std::size_t backbone_events_a_turn = 256;

/// Receipts come by the thousand and nobody waits for one, so once some were read the next ones
/// gather for a moment: a turn for many costs little more than a turn for one.
constexpr Milliseconds sessions_rest{1};

/// After the last word has been said: how long clients have to take it in and close.
constexpr Milliseconds farewell{500};

/// How soon to try again when the journal thread has enough to do.
constexpr Milliseconds feed_retry{5};

constexpr Milliseconds for_ever{-1};

std::string_view name_of(BrokerClock::Alarm::Kind kind) {
    switch (kind) {
        case BrokerClock::Alarm::Kind::jump_seen:
            return "clock_jump_seen";
        case BrokerClock::Alarm::Kind::jump_taken:
            return "clock_jump_taken";
        case BrokerClock::Alarm::Kind::jump_gone:
            return "clock_jump_gone";
    }
    return {};
}

}  // namespace

Loop::Loop(const LoopParts& parts)
    : engine_(parts.engine),
      zap_(parts.zap),
      sessions_(parts.sessions),
      operators_(parts.operators),
      bell_(parts.bell),
      journal_(parts.journal),
      hints_(parts.hints),
      notices_(parts.notices),
      log_(parts.log),
      feed_(parts.feed),
      cluster_(parts.cluster),
      clock_(read_clocks()),
      now_(clock_.now(read_clocks())),
      sink_([this](const Event& event) { step(event); }) {
    sessions_source_ = poller_.add(sessions_.socket());
    poller_.add(operators_.socket());
    // Both are looked at in every turn anyway; they only have to wake it.
    poller_.add_descriptor(journal_.descriptor());
    poller_.add_descriptor(hints_.descriptor());
    if (cluster_ != nullptr) poller_.add_descriptor(cluster_->backbone.descriptor());
}

void Loop::watch(int descriptor, std::function<void()> on_readable) {
    watches_.push_back({poller_.add_descriptor(descriptor), std::move(on_readable)});
}

void Loop::every(Milliseconds period, std::function<void(Moment)> task) {
    tasks_.push_back({period, now_.steady, std::move(task)});
}

void Loop::request_stop() {
    is_stop_requested_ = true;
}

void Loop::run(Effects effects) {
    effects_ = std::move(effects);
    perform_all();
    while (!is_done()) turn();
}

bool Loop::is_done() const {
    if (!leave_at_) return false;
    const bool are_all_gone = sessions_.open_count() + operators_.open_count() == 0;
    return are_all_gone || now_.steady >= *leave_at_;
}

// ---- One turn -----------------------------------------------------------------------------------

void Loop::turn() {
    poller_.heed(sessions_source_, now_.steady >= sessions_at_);
    poller_.wait(patience());
    now_ = clock_.now(read_clocks());  // The only reading of this turn.
    if (const auto alarm = clock_.alarm()) {
        log_.write(Level::error, name_of(alarm->kind),
                   LogFields().add("by_ms", std::to_string(alarm->by.count())));
    }
    for (const Watch& watch : watches_) {
        if (poller_.is_readable(watch.source)) watch.on_readable();
    }
    for (Task& task : tasks_) {
        if (task.next > now_.steady) continue;
        task.next = now_.steady + task.period;
        task.run(now_);
    }
    if (is_stop_requested_ && !is_stopping_) {
        is_stopping_ = true;
        step(StopRequested{});
    }
    journal_.take_events(journal_events_);
    for (const Event& event : journal_events_) {
        if (std::holds_alternative<JournalFailed>(event)) feed_.lose_gathered();
        step(event);
    }
    journal_events_.clear();
    hear_cluster();
    operators_.receive(operator_frames_a_turn, now_.steady, sink_);
    // What was committed leaves, and what operators ask goes to the disk, before anything else.
    end_half();
    if (now_.steady >= sessions_at_ || sessions_.has_closed()) hear_sessions();
    read_hints();
    if (const auto due = engine_.next_deadline(); due && *due <= now_.steady) step(TimePassed{});
    end_half();
    sessions_.on_time(now_.steady);
    operators_.on_time(now_.steady);
}

Milliseconds Loop::patience() const {
    if (sessions_.has_closed() || operators_.has_closed()) return Milliseconds{0};
    std::optional<Instant> wake;
    const auto consider = [&wake](std::optional<Instant> at) {
        if (at && (!wake || *at < *wake)) wake = at;
    };
    consider(engine_.next_deadline());
    consider(sessions_.next_deadline());
    consider(operators_.next_deadline());
    consider(leave_at_);
    if (now_.steady < sessions_at_) consider(sessions_at_);
    for (const Task& task : tasks_) consider(task.next);
    if (cluster_ != nullptr) {
        if (cluster_->member.has_news()) return Milliseconds{0};
        consider(cluster_->member.next_deadline());
    }
    if (is_feed_behind_) consider(now_.steady + feed_retry);
    if (!wake) return for_ever;
    // Since the turn began some time went by, in a flood much.
    return std::max(Milliseconds{0}, *wake - read_clocks().steady);
}

void Loop::hear_sessions() {
    const std::size_t count = sessions_.receive(session_frames_a_turn, now_.steady, sink_);
    const bool is_all = count < session_frames_a_turn;
    if (count > 0 && is_all) sessions_at_ = now_.steady + sessions_rest;
}

void Loop::end_half() {
    step(TurnEnded{});
    perform_all();
}

/// What the journal's thread says of the log, and the backbone of everything; and the time.
void Loop::hear_cluster() {
    replies_.clear();
    journal_.take_replies(replies_);
    if (cluster_ == nullptr) return;
    Member& member = cluster_->member;
    for (LogReply& reply : replies_) member.hear(std::move(reply), now_);
    // One at a time: what it makes the member ask for counts for the next one.
    for (std::size_t left = backbone_events_a_turn; left > 0; --left) {
        auto event = cluster_->backbone.next_event();
        if (!event) break;
        member.hear(std::move(*event), now_);
    }
    member.on_time(engine_.load(), now_);
    tell_engine();
}

void Loop::tell_engine() {
    cluster_->member.tell_engine([this](const Event& event) { step(event); });
}

void Loop::read_hints() {
    hints_.take_all(new_hints_);
    if (new_hints_.empty()) return;
    const protocol::Heartbeat heartbeat{now_.utc, 0};
    const transport::Frame to_session(protocol::encode(protocol::ToSession{heartbeat}));
    const transport::Frame to_operator(protocol::encode(protocol::ToOperator{heartbeat}));
    using Kind = transport::ConnectionHint::Kind;
    for (const transport::ConnectionHint& hint : new_hints_) {
        if (hint.kind == Kind::growing || hint.kind == Kind::flooding) {
            sessions_.on_bytes(hint, [this](const Event& event) { step(event); });
        }
        if (hint.kind == Kind::growing) continue;
        if (hint.kind != Kind::disconnected) notices_.tell(hint, now_.steady);
        if (hint.kind == Kind::crowded || hint.kind == Kind::failed) continue;
        sessions_.on_hint(hint.descriptor, to_session);
        operators_.on_hint(hint.descriptor, to_operator);
    }
    new_hints_.clear();
}

// ---- Effects ------------------------------------------------------------------------------------

void Loop::perform_all() {
    // The disk first: it works while the rest is done, and nothing of that waits for it.
    for (Effect& effect : effects_) {
        std::visit([this](auto& wanted) { give_to_journal(wanted); }, effect);
    }
    is_feed_behind_ = !feed_.hand_over();
    for (Effect& effect : effects_) {
        std::visit([this](auto& wanted) { perform(wanted); }, effect);
    }
    effects_.clear();
    for (const Link::Ended& ended : sessions_.take_ended()) {
        notices_.tell(Door::sessions, ended, now_.steady);
    }
    for (const Link::Ended& ended : operators_.take_ended()) {
        notices_.tell(Door::operators, ended, now_.steady);
    }
}

/// In a cluster entries come to the journal by way of the log.
void Loop::give_to_journal(AppendEntry& wanted) {
    if (cluster_ == nullptr) return feed_.take(std::move(wanted));
    feed_.skip();
    cluster_->member.take(std::move(wanted), now_);
}

void Loop::send_frame(PeerId peer, const protocol::Bytes& bytes, const transport::Frame& frame) {
    if (PeerTable::door_of(peer) != Door::brokers) return link_of(peer).send(peer, frame);
    cluster_->member.send(peer, bytes);
}

Link& Loop::link_of(PeerId peer) {
    return PeerTable::door_of(peer) == Door::sessions ? sessions_ : operators_;
}

void Loop::perform(const SendFrame& effect) {
    if (PeerTable::door_of(effect.peer) != Door::brokers) {
        return link_of(effect.peer).send(effect.peer, effect.frame);
    }
    cluster_->member.send(effect.peer, effect.frame);
}

void Loop::perform(const FanOut& effect) {
    const transport::Frame frame(*effect.frame);
    for (const PeerId peer : effect.peers) send_frame(peer, *effect.frame, frame);
}

void Loop::perform(const CutPeer& effect) {
    if (PeerTable::door_of(effect.peer) == Door::brokers) return;
    // Not since the turn began: whatever long it took, who is cut has time to read why.
    const Instant now = read_clocks().steady;
    Link& link = link_of(effect.peer);
    if (effect.refusal) {
        link.cut(effect.peer, now, *effect.refusal);
    } else {
        link.cut(effect.peer, now);
    }
}

/// Only asked of a broker in a cluster.
void Loop::perform(ForgetBroker& effect) {
    if (cluster_ != nullptr) cluster_->member.take(std::move(effect), now_);
}

void Loop::perform(AdmitKeys& effect) {
    zap_.admit(effect.principals);  // First: who comes in by it is looked at by the bell again.
    if (bell_ != nullptr) bell_->admit(std::move(effect.principals));
}

void Loop::perform(RingBell& effect) {
    if (bell_ == nullptr) return;
    bell_->ring(std::move(effect));
    if (bell_->dropped() == bell_dropped_told_) return;
    bell_dropped_told_ = bell_->dropped();
    // Powers of two: a bell that is behind for long does not fill the log as well.
    if ((bell_dropped_told_ & (bell_dropped_told_ - 1)) == 0) {
        log_.write(Level::warning, "bell_behind",
                   LogFields().add("dropped_so_far", bell_dropped_told_));
    }
}

void Loop::perform(const Notice& effect) {
    notices_.tell(effect, now_.steady);
    if (effect.fact == Fact::stopped) leave_at_ = now_.steady + farewell;
}

}  // namespace crier::broker
