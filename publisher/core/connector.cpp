#include "publisher/core/connector.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/assert.hpp"

namespace crier::publisher {
namespace {

/// splitmix64: jitter needs no more.
std::uint64_t next_random(std::uint64_t& state) {
    std::uint64_t value = state += 0x9e3779b97f4a7c15;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return value ^ (value >> 31);
}

/// PROTOCOL.md 2.1: two missed, with half a one for the way.
Milliseconds silence_max(Milliseconds heartbeat) {
    return heartbeat * limits::heartbeats_missed_max + heartbeat / 2;
}

}  // namespace

Connector::Connector(ConnectorSettings settings) : settings_(std::move(settings)) {
    CRIER_ASSERT(!settings_.endpoints.empty(), "an invitation has one endpoint at least");
}

bool Connector::wants_to_open(Instant now) const {
    return phase_ == Phase::resting && open_at_ && *open_at_ <= now;
}

const std::string& Connector::open() {
    phase_ = Phase::opening;
    return settings_.endpoints[endpoint_];
}

void Connector::on_link_up(Instant now) {
    phase_ = Phase::greeting;
    heard_at_ = now;
}

void Connector::on_welcome(const protocol::OperatorWelcome& welcome, Instant now) {
    phase_ = Phase::welcomed;
    failed_in_round_ = 0;
    failed_rounds_ = 0;
    round_error_.reset();
    heartbeat_ = welcome.heartbeat;
    heard_at_ = now;
    heartbeat_at_ = now + heartbeat_;
}

bool Connector::on_link_down(const Error& error, Instant now) {
    const bool was_welcomed = std::exchange(phase_, Phase::resting) == Phase::welcomed;
    // "Wrong server key" says more than "unreachable" of another endpoint.
    const bool is_telling = remedy_for(error.code) == Remedy::fix_request;
    if (failed_in_round_ == 0 || is_telling || !round_error_) round_error_ = error;
    if (was_welcomed) {
        open_at_ = now + next_delay();
        return false;
    }
    endpoint_ = (endpoint_ + 1) % settings_.endpoints.size();
    failed_in_round_ += 1;
    if (failed_in_round_ < settings_.endpoints.size()) {
        open_at_ = now;
        return false;
    }
    failed_in_round_ = 0;
    open_at_ = now + next_delay();
    return true;
}

void Connector::on_goodbye(Milliseconds come_back_after, Instant now) {
    phase_ = Phase::resting;
    failed_in_round_ = 0;
    open_at_.reset();
    if (come_back_after > Milliseconds::zero()) open_at_ = now + come_back_after;
}

void Connector::want(Instant now) {
    if (phase_ == Phase::resting && !open_at_) open_at_ = now;
}

bool Connector::is_overdue(Instant now) const {
    if (phase_ == Phase::greeting) return now >= heard_at_ + settings_.greeting_max;
    return phase_ == Phase::welcomed && now >= heard_at_ + silence_max(heartbeat_);
}

bool Connector::take_heartbeat(Instant now) {
    if (phase_ != Phase::welcomed || now < heartbeat_at_) return false;
    heartbeat_at_ = now + heartbeat_;
    return true;
}

std::optional<Instant> Connector::next_deadline() const {
    switch (phase_) {
        case Phase::resting:
            return open_at_;
        case Phase::opening:
            return std::nullopt;
        case Phase::greeting:
            return heard_at_ + settings_.greeting_max;
        case Phase::welcomed:
            break;
    }
    return std::min(heartbeat_at_, heard_at_ + silence_max(heartbeat_));
}

Milliseconds Connector::next_delay() {
    const std::uint32_t doublings = std::min<std::uint32_t>(failed_rounds_++, 16);
    const Milliseconds full = std::min(settings_.delay_min * (1 << doublings), settings_.delay_max);
    const auto half = static_cast<std::uint64_t>(full.count() / 2);
    return Milliseconds(full.count() -
                        static_cast<std::int64_t>(next_random(settings_.seed) % (half + 1)));
}

}  // namespace crier::publisher
