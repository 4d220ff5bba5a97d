#include "subscriber/edge/session_loop.hpp"

#include <poll.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "shared/base/assert.hpp"

namespace crier::subscriber {

namespace {

/// What poll(2) takes: -1 for ever.
int earlier_timeout(int left, Milliseconds right) {
    if (right < Milliseconds::zero()) return left;
    const auto bounded = static_cast<int>(std::min<std::int64_t>(right.count(), 3'600'000));
    return left < 0 ? bounded : std::min(left, bounded);
}

struct AsEvent {
    Event operator()(transport::LinkUp&&) const { return LinkUp{}; }
    Event operator()(transport::LinkDown&& down) const { return LinkDown{std::move(down.error)}; }
    Event operator()(transport::FrameArrived&& arrived) const {
        return FrameArrived{std::move(arrived.frame)};
    }
};

}  // namespace

SessionLoop::SessionLoop(LoopParts parts, Courier<ProgramEvent>& courier)
    : core_(std::move(parts.options)),
      session_(core_.session()),
      link_(std::move(parts.link)),
      state_(std::move(parts.state)),
      courier_(courier) {
    const Moment now = read_clocks();
    broker_ahead_of_steady_ms_ = to_ms(now.utc) - now.steady.time_since_epoch().count();
}

SessionLoop::~SessionLoop() = default;

// ---- From any thread
// -----------------------------------------------------------------------------

Status SessionLoop::post(Letter letter) {
    if (letters_.post(std::move(letter))) return {};
    if (is_stop_requested_) return fail(ErrorCode::stopping, "the subscriber was stopped");
    return fail(ErrorCode::overloaded, std::to_string(reports_max) + " reports wait; try later");
}

void SessionLoop::post_return(Reported report) {
    const bool is_posted = returns_.post(std::move(report));
    CRIER_ASSERT(is_posted || is_stop_requested_, "there are no more returns than events");
}

void SessionLoop::request_stop() noexcept {
    is_stop_requested_ = true;  // For those who are refused from now on.
    letters_.close();
    returns_.close();
}

UtcTime SessionLoop::broker_time() const noexcept {
    return utc_from_ms(read_clocks().steady.time_since_epoch().count() +
                       broker_ahead_of_steady_ms_.load());
}

// ---- The thread that works
// -----------------------------------------------------------------------

void SessionLoop::run() {
    step(StoreLoaded{state_ ? state_->take_records() : std::vector<Record>{}});
    finish_stores();
    while (!is_stopped_) {
        wait();
        deliver_rest();
        take_letters();
        drain_link();
        step(TimePassed{});
        finish_stores();
        const Moment now = read_clocks();
        broker_ahead_of_steady_ms_ =
            to_ms(core_.broker_time(now)) - now.steady.time_since_epoch().count();
    }
}

void SessionLoop::wait() {
    std::vector<pollfd> sources{{letters_.descriptor(), POLLIN, 0},
                                {returns_.descriptor(), POLLIN, 0}};
    int timeout = -1;
    if (waiting_.empty()) {
        for (const int descriptor : link_->descriptors()) {
            sources.push_back({descriptor, POLLIN, 0});
        }
        timeout = earlier_timeout(timeout, link_->wake_after());
    } else {
        sources.push_back({courier_.room().descriptor(), POLLIN, 0});
    }
    if (const auto due = core_.next_deadline()) {
        const Milliseconds left = *due - read_clocks().steady;
        timeout = earlier_timeout(timeout, std::max(left, Milliseconds::zero()));
    }
    // Interrupted by a signal: a turn without anything to do.
    static_cast<void>(::poll(sources.data(), sources.size(), timeout));
}

void SessionLoop::take_letters() {
    // What a handler said comes before what its return means, so the returns are taken first.
    std::vector<Letter> returns;
    const bool are_returns_over = !returns_.take_all(returns);
    std::vector<Letter> letters;
    const bool are_letters_over = !letters_.take_all(letters);
    std::move(returns.begin(), returns.end(), std::back_inserter(letters));
    for (Letter& letter : letters) {
        step(std::visit([](auto& said) -> Event { return std::move(said); }, letter));
    }
    if (are_returns_over && are_letters_over) step(StopRequested{});
}

void SessionLoop::drain_link() {
    if (!waiting_.empty()) return;
    std::vector<transport::LinkEvent> events;
    link_->drain(events);
    const std::uint64_t attempt = attempt_;
    for (transport::LinkEvent& event : events) {
        if (attempt != attempt_ || is_stopped_)
            return;  // The rest is of a connection that is over.
        step(std::visit(AsEvent{}, std::move(event)));
    }
}

void SessionLoop::step(const Event& event) {
    if (is_stopped_) return;
    Effects effects;
    core_.step(event, read_clocks(), effects);
    for (Effect& effect : effects) {
        std::visit([this](auto& wanted) { perform(std::move(wanted)); }, effect);
    }
    if (!std::exchange(is_send_refused_, false)) return;
    attempt_ += 1;
    link_->close();
    step(LinkDown{{ErrorCode::broker_unreachable, "the broker does not take what is sent to it"}});
}

void SessionLoop::finish_stores() {
    while (!to_store_.empty()) {
        const std::vector<Record> records = std::exchange(to_store_, {});
        StoreDone done{store_number_, std::nullopt};
        if (const Status stored = state_->append(records); !stored) done.error = stored.error();
        step(done);
    }
}

void SessionLoop::perform(OpenLink effect) {
    attempt_ += 1;
    is_send_refused_ = false;
    link_->open(effect.endpoint);
}

void SessionLoop::perform(CloseLink) {
    attempt_ += 1;
    is_send_refused_ = false;
    link_->close();
}

void SessionLoop::perform(SendFrame effect) {
    if (!is_send_refused_ && !link_->send(effect.frame)) is_send_refused_ = true;
}

void SessionLoop::perform(Store effect) {
    store_number_ = effect.number;
    to_store_.push_back(std::move(effect.record));
}

void SessionLoop::perform(Deliver effect) {
    waiting_.push_back(std::move(effect.event));
    deliver_rest();
}

void SessionLoop::perform(Stopped) {
    is_stopped_ = true;
}

void SessionLoop::deliver_rest() {
    courier_.room().clear();
    while (!waiting_.empty() && courier_.post(std::move(waiting_.front()))) waiting_.pop_front();
}

}  // namespace crier::subscriber
