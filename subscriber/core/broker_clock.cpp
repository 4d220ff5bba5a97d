#include "subscriber/core/broker_clock.hpp"

#include <algorithm>
#include <utility>

namespace crier::subscriber {

namespace {
Milliseconds wall_ahead_of_steady(Moment now) {
    return now.utc.time_since_epoch() - now.steady.time_since_epoch();
}
}  // namespace

UtcTime BrokerClock::at(Moment now) const {
    if (!is_set_) return now.utc + assumed_ahead_;
    return UtcTime(now.steady.time_since_epoch() + ahead_of_steady_);
}

Instant BrokerClock::when(UtcTime time) const {
    return Instant(time.time_since_epoch() - ahead_of_steady_);
}

void BrokerClock::assume(Milliseconds broker_ahead, Moment now) {
    assumed_ahead_ = broker_ahead;
    on_turn(now);
}

void BrokerClock::on_welcome(UtcTime broker, Moment now) {
    set(broker, now);
    forget_heartbeats(now);
}

void BrokerClock::on_heartbeat(UtcTime broker, Moment now) {
    const Milliseconds ahead = broker.time_since_epoch() - now.steady.time_since_epoch();
    if (now.steady - remembering_since_ >= remembered) {
        most_before_ = std::exchange(most_, ahead);
        remembering_since_ = now.steady;
    }
    most_ = std::max(most_, ahead);
    Milliseconds off = std::max(most_, most_before_) - ahead_of_steady_;
    if (off <= step_from && off >= -step_from) off = std::clamp(off, -slew_max, slew_max);
    set(at(now) + off, now);
}

void BrokerClock::on_turn(Moment now) {
    if (!is_set_) {
        ahead_of_steady_ = wall_ahead_of_steady(now) + assumed_ahead_;
        return;
    }
    const Milliseconds jump = wall_ahead_of_steady(now) - wall_ahead_of_steady_;
    if (jump <= jump_from && jump >= -jump_from) {
        jumped_at_.reset();
    } else if (!jumped_at_) {
        jumped_at_ = now.steady;
    } else if (now.steady - *jumped_at_ >= jump_lasts) {
        set(at(now) + jump, now);
        forget_heartbeats(now);
    }
}

void BrokerClock::forget_heartbeats(Moment now) {
    most_ = most_before_ = ahead_of_steady_;
    remembering_since_ = now.steady;
}

void BrokerClock::set(UtcTime broker, Moment now) {
    is_set_ = true;
    ahead_of_steady_ = broker.time_since_epoch() - now.steady.time_since_epoch();
    wall_ahead_of_steady_ = wall_ahead_of_steady(now);
    jumped_at_.reset();
}

}  // namespace crier::subscriber
