#include "publisher/core/dialogue.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/assert.hpp"
#include "shared/protocol/codec.hpp"

namespace crier::publisher {
namespace {

Error stopped_error() {
    return {ErrorCode::stopping, "this Publisher was stopped"};
}

/// Another broker, or the same one later, may do better; and the same id again is safe.
bool is_passing(ErrorCode code) {
    return code == ErrorCode::backbone_unreachable || code == ErrorCode::outcome_unknown;
}

/// Of what was refused. A question that is asked later than so long before its end would hardly be
/// answered in time, and leave in doubt what is certain now: that nothing was done.
constexpr Milliseconds last_chance{250};

}  // namespace

Dialogue::Dialogue(DialogueSettings settings)
    : settings_(std::move(settings)), connector_(settings_.connector) {}

Dialogue::~Dialogue() = default;

void Dialogue::step(Event event, Moment now, Effects& effects) {
    now_ = now;
    effects_ = &effects;
    std::visit([this](auto& happened) { on(std::move(happened)); }, event);
    if (!is_stopped_ && connector_.wants_to_open(now_.steady)) {
        effects_->emplace_back(OpenLink{connector_.open()});
    }
    effects_ = nullptr;
}

std::optional<Instant> Dialogue::next_deadline() const {
    if (is_stopped_) return std::nullopt;
    std::optional<Instant> next = connector_.next_deadline();
    if (!deadlines_.empty()) {
        const Instant first = deadlines_.begin()->first;
        next = next ? std::min(*next, first) : first;
    }
    if (ask_again_at_) next = next ? std::min(*next, *ask_again_at_) : *ask_again_at_;
    return next;
}

// ---- Requests ----------------------------------------------------------------------------------

void Dialogue::on(RequestPosted&& posted) {
    const Ticket ticket = posted.ticket;
    if (is_stopped_) {
        effects_->emplace_back(Complete{ticket, Failure{stopped_error(), {}, {}}});
        return;
    }
    if (pending_.size() >= settings_.requests_max) {
        Error error{ErrorCode::overloaded,
                    "too many requests wait in this Publisher; nothing was done, ask later"};
        effects_->emplace_back(Complete{ticket, Failure{std::move(error), {}, {}}});
        return;
    }
    const bool is_for_connection = std::holds_alternative<AskForConnection>(posted.request);
    if (is_for_connection && connector_.is_welcomed()) {
        effects_->emplace_back(Complete{ticket, std::monostate{}});
        return;
    }
    connector_.want(now_.steady);
    const auto [position, is_new] = pending_.try_emplace(
        ticket,
        Pending{make_exchange(std::move(posted.request)), posted.deadline, {}, true, false, {}});
    CRIER_ASSERT(is_new, "a ticket is used once");
    if (posted.deadline) deadlines_.emplace(*posted.deadline, ticket);
    if (connector_.is_welcomed()) ask(ticket, position->second);
}

void Dialogue::on(const RequestDropped& dropped) {
    const auto found = pending_.find(dropped.ticket);
    if (found == pending_.end()) return;  // Answered meanwhile.
    Pending& pending = found->second;
    if (pending.number) questions_.erase(*pending.number);
    if (pending.deadline) deadlines_.erase({*pending.deadline, dropped.ticket});
    pending_.erase(found);
}

void Dialogue::ask_all() {
    for (auto& [ticket, pending] : pending_) {
        const bool is_pointless =
            pending.refusal && pending.deadline && *pending.deadline - now_.steady < last_chance;
        if (pending.exchange && pending.is_to_ask && !is_pointless) ask(ticket, pending);
    }
}

void Dialogue::ask(Ticket ticket, Pending& pending) {
    if (!pending.exchange) return;
    const std::uint64_t number = ++last_number_;
    pending.number = number;
    pending.is_to_ask = false;
    questions_.emplace(number, ticket);
    send(pending.exchange->frame(number));
}

void Dialogue::tell(Ticket ticket, std::vector<News>& news) {
    for (News& told : news) {
        // The broker tells the time of everything but of what it cannot tell.
        auto* happened = std::get_if<Happened>(&told);
        if (happened != nullptr && (happened->what == Happened::What::missed ||
                                    happened->what == Happened::What::connection_lost)) {
            happened->at = now_.utc;
        }
        effects_->emplace_back(Tell{ticket, std::move(told)});
    }
    news.clear();
}

void Dialogue::take_step(Ticket ticket, Step step, std::vector<News>& news) {
    tell(ticket, news);
    if (auto* answer = std::get_if<Answer>(&step)) return complete(ticket, std::move(*answer));
    if (std::holds_alternative<AskNext>(step)) ask(ticket, pending_.at(ticket));
}

void Dialogue::complete(Ticket ticket, Answer answer) {
    on(RequestDropped{ticket});
    effects_->emplace_back(Complete{ticket, std::move(answer)});
}

void Dialogue::end_at_deadline(Ticket ticket) {
    const Pending& pending = pending_.at(ticket);
    Error cause{ErrorCode::timed_out,
                "the broker did not answer in time; ask again, or give it more time"};
    if (!connector_.is_welcomed()) {
        cause = connector_.round_error().value_or(
            Error{ErrorCode::broker_unreachable,
                  "no broker answered in time; check that crierd runs and that the way is open"});
    }
    if (pending.refusal && !pending.number) cause = *pending.refusal;
    complete(ticket, end_of(pending, std::move(cause)));
}

/// What is true of a request that nobody has done, or that nobody said has been done.
Answer Dialogue::end_of(const Pending& pending, Error cause) {
    const bool is_refused = pending.refusal && !pending.is_in_doubt && !pending.number;
    if (!pending.exchange || is_refused) return Failure{std::move(cause), {}, {}};
    return pending.exchange->on_ended(std::move(cause));
}

// ---- The connection ----------------------------------------------------------------------------

void Dialogue::on(const LinkOpened&) {
    if (is_stopped_) return;
    connector_.on_link_up(now_.steady);
    send(protocol::OperatorHello{.versions = {}, .features = {}, .client = settings_.client});
}

void Dialogue::on(const LinkClosed& closed) {
    if (!is_stopped_) connection_failed(closed.error);
}

void Dialogue::connection_failed(const Error& error) {
    forget_questions(error);
    const bool is_round_over = connector_.on_link_down(error, now_.steady);
    if (!is_round_over) return;
    // Who waits for a first connection is told at once; other requests only of what time cannot
    // heal.
    const Error cause = *connector_.round_error();
    // A name that does not resolve may be the network's trouble, not the invitation's.
    const bool is_lasting =
        remedy_for(cause.code) == Remedy::fix_request && cause.code != ErrorCode::host_unknown;
    std::vector<Ticket> ended;
    for (const auto& [ticket, pending] : pending_) {
        if (is_lasting || !pending.exchange) ended.push_back(ticket);
    }
    for (const Ticket ticket : ended) end_at_deadline(ticket);
}

/// What was asked on the connection that ended is to be asked again on the next.
void Dialogue::forget_questions(const Error& error) {
    std::vector<News> news;
    questions_.clear();
    for (auto& [ticket, pending] : pending_) {
        pending.is_in_doubt = pending.is_in_doubt || pending.number.has_value();
        pending.number.reset();
        if (!pending.exchange || pending.is_to_ask) continue;
        pending.exchange->on_connection_lost(error, news);
        tell(ticket, news);
        pending.is_to_ask = true;
    }
}

void Dialogue::on(const TimePassed&) {
    if (is_stopped_) return;
    while (!deadlines_.empty() && deadlines_.begin()->first <= now_.steady) {
        end_at_deadline(deadlines_.begin()->second);
    }
    if (connector_.is_overdue(now_.steady)) {
        effects_->emplace_back(CloseLink{});
        connection_failed({ErrorCode::broker_unreachable,
                           "the broker has fallen silent; check that crierd and the network work"});
    }
    if (connector_.take_heartbeat(now_.steady)) {
        send(protocol::Heartbeat{.time = now_.utc, .confirmed = 0});
    }
    if (ask_again_at_ && *ask_again_at_ <= now_.steady) {
        ask_again_at_.reset();
        if (connector_.is_welcomed()) ask_all();
    }
}

void Dialogue::on(const StopRequested&) {
    if (std::exchange(is_stopped_, true)) return;
    if (connector_.has_link()) send(protocol::Goodbye{});
    effects_->emplace_back(CloseLink{});
    fail_all(stopped_error());
}

void Dialogue::fail_all(const Error& error) {
    while (!pending_.empty()) {
        const auto& [ticket, pending] = *pending_.begin();
        complete(ticket, end_of(pending, error));
    }
}

// ---- Frames ------------------------------------------------------------------------------------

void Dialogue::on(const FrameReceived& received) {
    if (is_stopped_ || !connector_.has_link())
        return;  // Left over from a connection that was given up.
    connector_.on_frame(now_.steady);
    auto frame = protocol::decode_to_operator(received.frame);
    const bool is_greeting = frame && (std::holds_alternative<protocol::OperatorWelcome>(*frame) ||
                                       std::holds_alternative<protocol::Refused>(*frame) ||
                                       std::holds_alternative<protocol::Goodbye>(*frame));
    if (!frame || (!connector_.is_welcomed() && !is_greeting)) {
        effects_->emplace_back(CloseLink{});
        connection_failed(
            {ErrorCode::malformed_frame,
             "the broker does not speak this protocol: " +
                 (frame ? "it does not begin with a welcome" : frame.error().detail)});
        return;
    }
    std::visit([this](auto& content) { on_frame(content); }, *frame);
}

void Dialogue::on_frame(protocol::OperatorWelcome& welcome) {
    connector_.on_welcome(welcome, now_.steady);
    const std::string before = std::exchange(welcomed_by_, connector_.endpoint());
    const bool is_other_broker = !before.empty() && before != welcomed_by_;
    std::vector<Ticket> waiting;
    for (const auto& [ticket, pending] : pending_) {
        if (!pending.exchange) {
            waiting.push_back(ticket);
        } else if (is_other_broker) {
            pending.exchange->on_other_broker();
        }
    }
    for (const Ticket ticket : waiting) complete(ticket, std::monostate{});
    ask_all();
}

void Dialogue::on_frame(protocol::Refused& refused) {
    if (!refused.request) {
        effects_->emplace_back(CloseLink{});
        connection_failed({refused.code, std::move(refused.detail)});
        return;
    }
    const auto found = questions_.find(*refused.request);
    if (found == questions_.end()) return;
    const Ticket ticket = found->second;
    Pending& pending = pending_.at(ticket);
    if (remedy_for(refused.code) == Remedy::reconnect) {
        // Nothing was done, and this connection will end: the next one may do better.
        questions_.erase(found);
        pending.number.reset();
        pending.is_to_ask = true;
        return;
    }
    Error error{refused.code, std::move(refused.detail)};
    if (is_passing(error.code) && pending.deadline) {
        questions_.erase(found);
        return ask_later(pending, std::move(error));
    }
    // What was asked over the connection that was lost may be on its way yet: a broker that has no
    // room does not look whether itself, before it stopped, has taken it; and what another one has
    // taken may not have come to this one.
    const bool may_have_missed_it =
        remedy_for(error.code) == Remedy::retry_later ||
        (connector_.knows_elsewhere() && error.code != ErrorCode::request_id_reused);
    if (pending.is_in_doubt && may_have_missed_it) {
        return complete(ticket, end_of(pending, std::move(error)));
    }
    complete(ticket, Failure{std::move(error), std::move(refused.unknown), refused.position});
}

/// At the next broker, or once more at this one.
void Dialogue::ask_later(Pending& pending, Error refusal) {
    pending.is_in_doubt = pending.is_in_doubt || refusal.code == ErrorCode::outcome_unknown;
    pending.number.reset();
    pending.is_to_ask = true;
    pending.refusal = std::move(refusal);
    if (connector_.knows_elsewhere()) return leave_broker(*pending.refusal);
    if (!ask_again_at_) ask_again_at_ = now_.steady + connector_.delay_after_refusal();
}

void Dialogue::leave_broker(const Error& error) {
    effects_->emplace_back(CloseLink{});
    forget_questions(error);
    connector_.leave(now_.steady);
}

template <class Frame>
void Dialogue::on_frame(Frame& frame) {
    const std::uint64_t number = frame.request;
    on_answer(number, std::move(frame));
}

void Dialogue::on_answer(std::uint64_t number, protocol::ToOperator answer) {
    const auto found = questions_.find(number);
    if (found == questions_.end()) return;  // Its request has ended meanwhile.
    const Ticket ticket = found->second;
    Pending& pending = pending_.at(ticket);
    if (std::holds_alternative<protocol::Accepted>(answer)) connector_.on_taken();
    pending.is_in_doubt = false;
    pending.refusal.reset();
    std::vector<News> news;
    std::optional<Step> step = pending.exchange->on_answer(answer, news);
    if (!step) {
        Error error{ErrorCode::malformed_frame, "the broker answered another question"};
        return complete(ticket, Failure{std::move(error), {}, {}});
    }
    questions_.erase(found);
    pending.number.reset();
    take_step(ticket, std::move(*step), news);
}

void Dialogue::on_frame(protocol::TallyChanged& tally) {
    std::vector<News> news;
    for (auto next = pending_.begin(); next != pending_.end();) {
        const Ticket ticket = next->first;
        const auto& exchange = next->second.exchange;
        ++next;  // The step may end this request.
        if (exchange) take_step(ticket, exchange->on_tally(tally, news), news);
    }
}

void Dialogue::on_frame(protocol::Happened& happened) {
    std::vector<News> news;
    for (const auto& [ticket, pending] : pending_) {
        if (!pending.exchange) continue;
        pending.exchange->on_happened(happened, news);
        for (News& told : news) effects_->emplace_back(Tell{ticket, std::move(told)});
        news.clear();
    }
}

void Dialogue::on_frame(protocol::Goodbye& goodbye) {
    effects_->emplace_back(CloseLink{});
    const Error error{ErrorCode::broker_unreachable,
                      "the broker said goodbye" +
                          (goodbye.reason.empty() ? std::string() : ": " + goodbye.reason)};
    forget_questions(error);
    connector_.on_goodbye(goodbye.come_back_after, now_.steady);
    if (goodbye.come_back_after == Milliseconds::zero()) fail_all(error);
}

void Dialogue::send(const protocol::FromOperator& frame) {
    effects_->emplace_back(SendFrame{protocol::encode(frame)});
}

}  // namespace crier::publisher
