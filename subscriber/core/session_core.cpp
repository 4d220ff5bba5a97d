#include "subscriber/core/session_core.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/assert.hpp"
#include "shared/protocol/codec.hpp"
#include "subscriber/core/session_core_state.hpp"

namespace crier::subscriber {
namespace {

/// A smaller difference of the clocks is not worth a record.
constexpr Milliseconds clock_accuracy{1'000};

bool has_link(Phase phase) {
    return phase == Phase::opening || phase == Phase::greeting || phase == Phase::connected;
}

}  // namespace

SessionCore::State::State(CoreOptions given)
    : options(std::move(given)),
      session(session_id_of(options.public_key)),
      way_back(options.endpoints, options.seed),
      stores(options.has_store),
      messages(session, options.attributes, options.secret_key, stores),
      tickets(options.has_tickets) {}

// ---- Events
// --------------------------------------------------------------------------------------

void SessionCore::State::handle(const StoreLoaded& event) {
    CRIER_ASSERT(phase == Phase::loading, "StoreLoaded comes once");
    RecordTable kept;
    for (const Record& record : event.records) kept.apply(record);
    if (kept.session() && kept.session()->session != session) {
        for (const auto& [id, message] : kept.messages()) {
            stores.store(ForgetMessage{id}, *effects);
        }
    } else {
        if (kept.session()) {
            remembered = *kept.session();
            clock.assume(remembered.broker_ahead, now);
            way_back.recall(remembered.others);
        }
        messages.load(kept, time(), *effects);
    }
    phase = Phase::pausing;
    deadline = now.steady;
}

void SessionCore::State::handle(const StoreDone& event) {
    if (event.error && !is_problem_told) {
        effects->emplace_back(Deliver{ProblemFound{*event.error}});
    }
    is_problem_told = event.error.has_value();
    // Without the store a crash may repeat or lose; not to show at all would be worse.
    messages.on_stored(event.number, time(), *effects);
}

void SessionCore::State::handle(const LinkUp&) {
    if (phase == Phase::opening) say_hello();
}

void SessionCore::State::handle(const LinkDown& event) {
    if (has_link(phase)) lose_link(event.error);
}

void SessionCore::State::handle(const FrameArrived& event) {
    if (phase != Phase::greeting && phase != Phase::connected) return;
    Result<protocol::ToSession> frame = protocol::decode_to_session(event.frame);
    if (!frame) {
        effects->emplace_back(CloseLink{});
        lose_link({frame.error().code, "from the broker: " + frame.error().detail});
        return;
    }
    const bool is_first = phase == Phase::greeting;
    const bool is_welcome = std::holds_alternative<protocol::SessionWelcome>(*frame);
    const bool ends_link = std::holds_alternative<protocol::Refused>(*frame) ||
                           std::holds_alternative<protocol::Goodbye>(*frame);
    if (!ends_link && is_first != is_welcome) {
        effects->emplace_back(CloseLink{});
        lose_link({ErrorCode::malformed_frame, is_first
                                                   ? "the broker's first frame is no welcome"
                                                   : "the broker welcomed this session twice"});
        return;
    }
    lost_at = now.steady + limits::silence_max(heartbeat);
    std::visit([this](auto& content) { on_frame(std::move(content)); }, *frame);
}

void SessionCore::State::handle(const Reported& event) {
    messages.on_reported(event, time(), *effects);
}

void SessionCore::State::handle(const PresenceChanged& event) {
    if (options.presence == event.presence) return;
    options.presence = event.presence;
    if (phase == Phase::connected) send(protocol::SessionState{event.presence});
}

void SessionCore::State::handle(const TicketGiven& event) {
    tickets.give(event.ticket);
    if (phase == Phase::connected) send(protocol::RenewTicket{event.ticket});
}

void SessionCore::State::handle(const StopRequested&) {
    if (!stop_by) stop_by = now.steady + options.stop_timeout;
}

void SessionCore::State::handle(const TimePassed&) {}

// ---- Frames
// --------------------------------------------------------------------------------------

void SessionCore::State::on_frame(const protocol::SessionWelcome& frame) {
    if (frame.version != protocol::version || frame.session != session) {
        effects->emplace_back(CloseLink{});
        lose_link({ErrorCode::malformed_frame, "the broker welcomed another session or version"});
        return;
    }
    phase = Phase::connected;
    clock.on_welcome(frame.time, now);
    heartbeat = frame.heartbeat;
    connected_since = now.steady;
    heartbeat_due = now.steady + heartbeat;
    lost_at = now.steady + limits::silence_max(heartbeat);
    receipt_frames = 0;
    told_code.reset();
    way_back.on_welcome(frame.others);
    if (frame.ticket_expires) tickets.take_effect(*frame.ticket_expires - frame.time, now.steady);
    remember_welcome(frame);
    effects->emplace_back(Deliver{SubscriberConnected{session, frame.opened}});
    messages.on_welcome(time());
}

void SessionCore::State::remember_welcome(const protocol::SessionWelcome& frame) {
    const Milliseconds ahead = clock.broker_ahead(now);
    const bool has_same_clock = std::chrono::abs(ahead - remembered.broker_ahead) < clock_accuracy;
    const bool has_same_others = frame.others.empty() || frame.others == remembered.others;
    if (remembered.resume == frame.resume && has_same_clock && has_same_others) return;
    // A broker that is alone just now knows nobody to name.
    std::vector<protocol::OtherPlace> others =
        frame.others.empty() ? std::move(remembered.others) : frame.others;
    remembered = {session, frame.opened, frame.resume, ahead, std::move(others)};
    stores.store(remembered, *effects);
}

void SessionCore::State::on_frame(const protocol::Refused& frame) {
    effects->emplace_back(CloseLink{});
    const Error error{frame.code, frame.detail};
    const bool may_try_another = frame.code == ErrorCode::ticket_invalid && tickets.is_needed();
    if (may_try_another) tickets.reject();
    if (may_try_another || remedy_for(frame.code) != Remedy::fix_request) return lose_link(error);
    using Cause = SubscriberEnded::Cause;
    end(frame.code == ErrorCode::replaced  ? Cause::replaced
        : frame.code == ErrorCode::dropped ? Cause::dropped
                                           : Cause::refused,
        error);
}

void SessionCore::State::on_frame(protocol::Show frame) {
    const Status status = messages.on_show(std::move(frame), time(), *effects);
    if (status) return;
    effects->emplace_back(CloseLink{});
    lose_link(status.error());
}

void SessionCore::State::on_frame(protocol::Bundle frame) {
    for (protocol::Show& show : frame.messages) {
        if (!has_link(phase)) return;  // One of them has ended it.
        on_frame(std::move(show));
    }
}

void SessionCore::State::on_frame(const protocol::Remove& frame) {
    messages.on_remove(frame, time(), *effects);
}

void SessionCore::State::on_frame(const protocol::TicketRenewed& frame) {
    tickets.take_effect(frame.expires - clock.at(now), now.steady);
}

void SessionCore::State::on_frame(const protocol::Heartbeat& frame) {
    clock.on_heartbeat(frame.time, now);
    messages.on_confirmed(frame.confirmed, *effects);
}

void SessionCore::State::on_frame(const protocol::Goodbye& frame) {
    effects->emplace_back(CloseLink{});
    const std::string reason = frame.reason.empty() ? "" : ": " + frame.reason;
    if (frame.come_back_after == Milliseconds::zero()) {
        return end(SubscriberEnded::Cause::dismissed,
                   {ErrorCode::not_admitted, "the broker said not to come back" + reason});
    }
    pause(way_back.after_goodbye(frame.come_back_after),
          {ErrorCode::stopping, "the broker said to come back later" + reason});
}

// ---- The connection
// ------------------------------------------------------------------------------

void SessionCore::State::finish_step() {
    if (phase == Phase::loading || phase == Phase::stopped) return;
    messages.collect(time(), *effects);
    if (phase == Phase::connected) {
        if (const auto due = messages.receipts_due_at(); due && *due <= now.steady) send_receipts();
        if (heartbeat_due <= now.steady) send_heartbeat();
        if (lost_at <= now.steady) {
            effects->emplace_back(CloseLink{});
            lose_link({ErrorCode::broker_unreachable, "nothing was heard from the broker"});
        }
    } else if (phase == Phase::greeting && deadline <= now.steady) {
        effects->emplace_back(CloseLink{});
        lose_link({ErrorCode::broker_unreachable, "the broker did not answer the hello"});
    }
    if (stop_by) return stop_if_ready();
    if (phase != Phase::ended && tickets.is_to_ask(now.steady)) {
        effects->emplace_back(Deliver{TicketWanted{session}});
    }
    if (phase == Phase::pausing && deadline <= now.steady && !tickets.is_missing()) {
        phase = Phase::opening;
        effects->emplace_back(OpenLink{way_back.endpoint()});
    }
}

void SessionCore::State::say_hello() {
    protocol::SessionHello hello;
    if (options.secret_key) hello.features.push_back(protocol::feature_private);
    if (!options.is_secure) hello.key = options.public_key;
    if (options.join_secret) hello.proof = join_proof(*options.join_secret, options.public_key);
    hello.ticket = tickets.ticket();
    if (!remembered.resume.empty()) hello.resume = remembered.resume;
    hello.attributes = options.attributes;
    hello.state = options.presence;
    hello.known = messages.known();
    send(hello);
    phase = Phase::greeting;
    deadline = now.steady + core_limits::welcome_timeout;
}

void SessionCore::State::send_receipts() {
    while (true) {
        std::vector<protocol::Receipt> receipts =
            messages.take_receipts(receipt_frames + 1, time());
        if (receipts.empty()) return;
        receipt_frames += 1;
        send(protocol::Receipts{receipt_frames, std::move(receipts)});
    }
}

void SessionCore::State::send_heartbeat() {
    send(protocol::Heartbeat{.time = now.utc, .confirmed = 0});
    heartbeat_due = now.steady + heartbeat;
}

void SessionCore::State::stop_if_ready() {
    if (messages.is_storing() && now.steady < *stop_by) return;
    if (phase == Phase::connected) {
        send_receipts();
        send(protocol::Goodbye{});
    }
    if (has_link(phase)) effects->emplace_back(CloseLink{});
    phase = Phase::stopped;
    effects->emplace_back(Stopped{});
}

void SessionCore::State::send(const protocol::FromSession& frame) {
    effects->emplace_back(SendFrame{protocol::encode(frame)});
}

void SessionCore::State::lose_link(Error error) {
    const bool has_lasted = phase == Phase::connected && now.steady - connected_since >= heartbeat;
    pause(has_lasted ? way_back.after_loss() : way_back.after_failure(), std::move(error));
}

void SessionCore::State::pause(Milliseconds pause, Error error) {
    phase = Phase::pausing;
    deadline = now.steady + pause;
    tell_disconnected(error, true);
}

void SessionCore::State::end(SubscriberEnded::Cause cause, Error error) {
    phase = Phase::ended;
    told_code.reset();
    tell_disconnected(error, false);
    effects->emplace_back(Deliver{SubscriberEnded{cause, std::move(error)}});
}

void SessionCore::State::tell_disconnected(const Error& error, bool will_return) {
    if (told_code == error.code) return;
    told_code = error.code;
    effects->emplace_back(Deliver{SubscriberDisconnected{error, will_return}});
}

// ---- SessionCore
// ---------------------------------------------------------------------------------

SessionCore::SessionCore(CoreOptions options)
    : state_(std::make_unique<State>(std::move(options))) {}
SessionCore::~SessionCore() = default;
SessionCore::SessionCore(SessionCore&&) noexcept = default;
SessionCore& SessionCore::operator=(SessionCore&&) noexcept = default;

void SessionCore::step(const Event& event, Moment now, Effects& effects) {
    State& state = *state_;
    if (state.phase == Phase::stopped) return;
    CRIER_ASSERT(state.phase != Phase::loading || std::holds_alternative<StoreLoaded>(event),
                 "StoreLoaded comes first");
    state.now = now;
    state.effects = &effects;
    state.clock.on_turn(now);
    std::visit([&state](const auto& content) { state.handle(content); }, event);
    state.finish_step();
    state.effects = nullptr;
}

std::optional<Instant> SessionCore::next_deadline() const {
    const State& state = *state_;
    if (state.phase == Phase::loading || state.phase == Phase::stopped) return std::nullopt;
    std::optional<Instant> earliest = state.stop_by;
    const auto consider = [&earliest](Instant candidate) {
        earliest = earliest ? std::min(*earliest, candidate) : candidate;
    };
    const bool waits_for_ticket = state.phase == Phase::pausing && state.tickets.is_missing();
    if (state.phase == Phase::greeting) consider(state.deadline);
    if (state.phase == Phase::pausing && !waits_for_ticket) consider(state.deadline);
    if (const auto due = state.tickets.next_asking(); due && state.phase != Phase::ended) {
        consider(*due);
    }
    if (state.phase == Phase::connected) {
        consider(state.heartbeat_due);
        consider(state.lost_at);
        if (const auto due = state.messages.receipts_due_at()) consider(*due);
    }
    if (const auto due = state.messages.next_deadline()) consider(state.clock.when(*due));
    return earliest;
}

SessionId SessionCore::session() const {
    return state_->session;
}

UtcTime SessionCore::broker_time(Moment now) const {
    return state_->clock.at(now);
}

std::size_t SessionCore::remembered() const {
    return state_->messages.size();
}

}  // namespace crier::subscriber
