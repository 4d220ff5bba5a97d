#include "tests/support/raw_curve.hpp"

#include <algorithm>
#include <array>

namespace crier::testing {
namespace {

using Clock = std::chrono::steady_clock;

Limit left_of(Clock::time_point deadline) {
    return std::max(Limit(0), std::chrono::duration_cast<Limit>(deadline - Clock::now()));
}

}  // namespace

bool RawCurve::greet(Limit limit) {
    std::array<std::uint8_t, 64> theirs{};
    return wire_.send_raw(RawZmtp::greeting_of("CURVE")) && wire_.receive_raw(theirs, limit);
}

std::optional<RawCurve::Bytes> RawCurve::initiate(const Properties& claimed, Limit limit) {
    const auto answer = wire_.receive_any(limit);
    const auto welcome = answer ? RawZmtp::behind_name(answer->body, "WELCOME") : std::nullopt;
    if (!welcome) return std::nullopt;
    const Bytes rest = curve_.on_welcome(*welcome, RawZmtp::metadata_of(claimed));
    if (rest.empty()) return std::nullopt;
    return RawZmtp::command_of("INITIATE", rest);
}

bool RawCurve::is_let_in(Limit limit) {
    const auto answer = wire_.receive_any(limit);
    const auto ready = answer ? RawZmtp::behind_name(answer->body, "READY") : std::nullopt;
    return ready && curve_.on_ready(*ready);
}

bool RawCurve::shake_hands(const Properties& claimed, Limit limit) {
    const auto deadline = Clock::now() + limit;
    if (!greet(limit) || !wire_.send_command(hello())) return false;
    const auto said = initiate(claimed, left_of(deadline));
    return said && wire_.send_command(*said) && is_let_in(left_of(deadline));
}

std::optional<RawCurve::Bytes> RawCurve::receive(Limit limit) {
    const auto deadline = Clock::now() + limit;
    for (;;) {
        auto frame = wire_.receive_any(left_of(deadline));
        if (!frame) return std::nullopt;
        const auto opened = curve_.open(frame->body);
        if (!opened) return std::nullopt;
        if (!opened->is_command) return Bytes(opened->body.begin(), opened->body.end());
    }
}

RawCurve::End RawCurve::listen_until_closed(Limit limit) {
    const auto began = Clock::now();
    const auto deadline = began + limit;
    End end;
    while (auto message = receive(left_of(deadline))) end.messages.push_back(std::move(*message));
    // What could not be read any more was the end, or there was nothing in time.
    if (wire_.is_closed_within(std::max(Limit(1), left_of(deadline)))) {
        end.after = std::chrono::duration_cast<Limit>(Clock::now() - began);
    }
    return end;
}

}  // namespace crier::testing
