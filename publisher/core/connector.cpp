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

}  // namespace

Connector::Connector(ConnectorSettings settings) : settings_(std::move(settings)) {
    CRIER_ASSERT(!settings_.endpoints.empty(), "an invitation has one endpoint at least");
    endpoint_ = settings_.endpoints.front();
}

bool Connector::wants_to_open(Instant now) const {
    return phase_ == Phase::resting && open_at_ && *open_at_ <= now;
}

const std::string& Connector::open() {
    phase_ = Phase::opening;
    return endpoint_;
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
    // One that names none may be cut off from the others; they are not forgotten for that.
    if (welcome.others.empty()) return;
    others_.clear();
    for (const protocol::OtherPlace& other : welcome.others) {
        others_.insert(others_.end(), other.endpoints.begin(), other.endpoints.end());
    }
    others_.push_back(endpoint_);  // It names the others, and stays a place itself.
}

bool Connector::on_link_down(const Error& error, Instant now) {
    const bool was_welcomed = std::exchange(phase_, Phase::resting) == Phase::welcomed;
    // "Wrong server key" says more than "unreachable" of another endpoint, and that the invitation
    // is wrong; but nothing of the invitation where another broker named the endpoint.
    const bool is_lasting = remedy_for(error.code) == Remedy::fix_request;
    const bool is_telling = is_lasting && is_invited(endpoint_);
    Error told = error;
    if (is_lasting && !is_telling) told.code = ErrorCode::broker_unreachable;
    if (failed_in_round_ == 0 || is_telling || !round_error_) round_error_ = std::move(told);
    go_on();
    if (was_welcomed) {
        open_at_ = now + next_delay();
        return false;
    }
    failed_in_round_ += 1;
    if (failed_in_round_ < places().size()) {
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
    if (come_back_after == Milliseconds::zero()) return;
    open_at_ = knows_elsewhere() ? now : now + come_back_after;
    go_on();
}

// ---- Which endpoint
// ------------------------------------------------------------------------------

/// Each once.
std::vector<std::string> Connector::places() const {
    std::vector<std::string> all = settings_.endpoints;
    for (const std::string& other : others_) {
        if (std::find(all.begin(), all.end(), other) == all.end()) all.push_back(other);
    }
    return all;
}

bool Connector::is_invited(const std::string& endpoint) const {
    const std::vector<std::string>& invited = settings_.endpoints;
    return std::find(invited.begin(), invited.end(), endpoint) != invited.end();
}

/// To the next endpoint; from one that is no place any more, to the first.
void Connector::go_on() {
    const std::vector<std::string> all = places();
    const auto current = std::find(all.begin(), all.end(), endpoint_);
    const bool is_at_end = current == all.end() || current + 1 == all.end();
    endpoint_ = is_at_end ? all.front() : *(current + 1);
}

void Connector::leave(Instant now) {
    phase_ = Phase::resting;
    go_on();
    refused_in_round_ += 1;
    open_at_ = now;
    if (refused_in_round_ < places().size()) return;
    refused_in_round_ = 0;
    open_at_ = now + delay_after_refusal();
}

Milliseconds Connector::delay_after_refusal() {
    return jittered(refused_rounds_++, settings_.refused_delay_max);
}

void Connector::on_taken() {
    refused_in_round_ = 0;
    refused_rounds_ = 0;
}

// ---- Time
// ----------------------------------------------------------------------------------------

void Connector::want(Instant now) {
    if (phase_ == Phase::resting && !open_at_) open_at_ = now;
}

bool Connector::is_overdue(Instant now) const {
    if (phase_ == Phase::greeting) return now >= heard_at_ + settings_.greeting_max;
    return phase_ == Phase::welcomed && now >= heard_at_ + limits::silence_max(heartbeat_);
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
    return std::min(heartbeat_at_, heard_at_ + limits::silence_max(heartbeat_));
}

Milliseconds Connector::next_delay() {
    return jittered(failed_rounds_++, settings_.delay_max);
}

Milliseconds Connector::jittered(std::uint32_t doublings, Milliseconds longest) {
    const Milliseconds full =
        std::min(settings_.delay_min * (1 << std::min<std::uint32_t>(doublings, 16)), longest);
    const auto half = static_cast<std::uint64_t>(full.count() / 2);
    return Milliseconds(full.count() -
                        static_cast<std::int64_t>(next_random(settings_.seed) % (half + 1)));
}

}  // namespace crier::publisher
