#include "broker/core/misbehaved_keys.hpp"

#include <string>

#include "shared/base/text.hpp"

namespace crier::broker {
namespace {

/// A detail has its limit, and this one has more to say.
constexpr std::size_t why_bytes_max = 1'024;

}  // namespace

bool is_misbehaviour(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::malformed_frame:
        case ErrorCode::text_invalid:
        case ErrorCode::target_invalid:
        case ErrorCode::filter_invalid:
        case ErrorCode::time_invalid:
        case ErrorCode::attribute_invalid:
        case ErrorCode::not_authorized:
        case ErrorCode::answer_unknown:
        case ErrorCode::limit_exceeded:
        case ErrorCode::rate_exceeded:
            return true;
        default:
            return false;
    }
}

void MisbehavedKeys::add(const SessionId& id, const Error& why, Moment now) {
    if (!is_misbehaviour(why.code) || time_ <= Milliseconds{0}) return;
    forgive(now.steady);
    if (const auto found = keys_.find(id); found != keys_.end()) take_out(found);
    while (keys_.size() >= keys_max) take_out(keys_.find(ends_.begin()->second));
    ends_.emplace(now.steady + time_, id);
    keys_.emplace(id, One{why, now.steady + time_, now.utc + time_});
}

std::optional<Error> MisbehavedKeys::refusal_of(const SessionId& id, Instant now) {
    forgive(now);
    const auto found = keys_.find(id);
    if (found == keys_.end()) return std::nullopt;
    const std::string why = to_string(found->second.why);
    return Error{ErrorCode::misbehaved,
                 "this session broke the protocol, and its key is refused until " +
                     to_string(found->second.until_utc) +
                     "; it was cut because of this: " + std::string(cut_to(why, why_bytes_max))};
}

void MisbehavedKeys::forgive(Instant now) {
    while (!ends_.empty() && ends_.begin()->first <= now) {
        take_out(keys_.find(ends_.begin()->second));
    }
}

void MisbehavedKeys::take_out(Keys::iterator one) {
    ends_.erase({one->second.until, one->first});
    keys_.erase(one);
}

}  // namespace crier::broker
