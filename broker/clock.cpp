#include "broker/clock.hpp"

#include <algorithm>

namespace crier::broker {
namespace {

Milliseconds offset_of(Moment read) {
    return read.utc.time_since_epoch() - read.steady.time_since_epoch();
}

bool is_jump(Milliseconds ahead) {
    return std::chrono::abs(ahead) > BrokerClock::jump_min;
}

}  // namespace

BrokerClock::BrokerClock(Moment start) : offset_(offset_of(start)), last_(start.steady) {}

Moment BrokerClock::now(Moment read) {
    alarm_.reset();
    const Milliseconds passed = read.steady - last_;
    last_ = read.steady;
    const Milliseconds offset = offset_of(read);
    if (is_jump(offset - offset_)) {
        suspect(offset, read.steady);
    } else {
        if (suspicion_) alarm_ = Alarm{Alarm::Kind::jump_gone, suspicion_->offset - offset_};
        suspicion_.reset();
        slew(offset - offset_, passed);
    }
    return {read.steady, UtcTime(read.steady.time_since_epoch() + offset_)};
}

void BrokerClock::suspect(Milliseconds offset, Instant steady) {
    // A clock that is still jumping about proves nothing: the minute begins again.
    if (!suspicion_ || is_jump(offset - suspicion_->offset)) {
        suspicion_ = Suspicion{offset, steady};
        alarm_ = Alarm{Alarm::Kind::jump_seen, offset - offset_};
        return;
    }
    if (steady - suspicion_->since < proof_time) return;
    alarm_ = Alarm{Alarm::Kind::jump_taken, offset - offset_};
    offset_ = offset;
    slew_time_ = Milliseconds{0};
    suspicion_.reset();
}

void BrokerClock::slew(Milliseconds ahead, Milliseconds passed) {
    if (ahead == Milliseconds{0}) {
        slew_time_ = Milliseconds{0};
        return;
    }
    slew_time_ += passed;
    const Milliseconds most = slew_time_ / slew_divisor;
    slew_time_ -= most * slew_divisor;
    offset_ += std::clamp(ahead, -most, most);
}

}  // namespace crier::broker
