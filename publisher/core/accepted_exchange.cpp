#include "publisher/core/accepted_exchange.hpp"

#include <utility>

namespace crier::publisher {

AcceptedExchange::AcceptedExchange(const MessageId& message, std::optional<State> wait_for,
                                   bool until_dropped)
    : is_to_wait_(wait_for.has_value() || until_dropped),
      following_(message, wait_for.value_or(State::waiting), until_dropped) {
    result_.id = message;
}

protocol::FromOperator AcceptedExchange::frame(std::uint64_t number) {
    if (is_accepted_) return following_.frame(number);
    was_repeated_ = was_sent_;
    was_sent_ = true;
    return request(number);
}

std::optional<Step> AcceptedExchange::on_answer(protocol::ToOperator& answer,
                                                std::vector<News>& news) {
    if (is_accepted_) return with_result(following_.on_answer(answer, news));
    const auto* accepted = std::get_if<protocol::Accepted>(&answer);
    if (accepted == nullptr || accepted->id != result_.id) return std::nullopt;
    is_accepted_ = true;
    result_.seq = accepted->seq;
    result_.tally = accepted->tally;
    // Of a repeated question "already" may mean our own first one, whose answer was lost.
    result_.already = accepted->already && !was_repeated_;
    result_.stands_until = accepted->stands_until;
    result_.revision = accepted->revision;
    result_.counts = accepted->counts;
    result_.due = accepted->due;
    result_.silent = accepted->silent;
    if (!is_to_wait_) {
        result_.is_complete = true;
        return Answer{result_};
    }
    return with_result(following_.on_accepted(*accepted, news));
}

Step AcceptedExchange::on_tally(const protocol::TallyChanged& tally, std::vector<News>& news) {
    if (!is_accepted_ || !is_to_wait_) return Listen{};
    return *with_result(following_.on_tally(tally, news));
}

void AcceptedExchange::on_connection_lost(const Error&, std::vector<News>&) {
    if (is_accepted_) following_.on_connection_lost();
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): it is moved on, which clang-tidy 14 misses.
Answer AcceptedExchange::on_ended(Error cause) {
    if (is_accepted_) return result_from(following_.progress());
    const std::optional<std::string_view> in_doubt = doubt();
    if (!was_sent_ || !in_doubt) return Failure{std::move(cause), {}, {}};
    return outcome_unknown(result_.id, *in_doubt, cause);
}

Answer AcceptedExchange::result_from(const Progress& progress) {
    result_.tally = progress.tally;
    result_.counts = progress.counts;
    result_.is_closed = progress.is_closed;
    result_.silent = progress.silent;
    result_.is_complete = progress.is_complete;
    result_.is_final = progress.is_final;
    return result_;
}

/// A wait's end is this exchange's result.
std::optional<Step> AcceptedExchange::with_result(std::optional<Step> step) {
    if (!step) return std::nullopt;
    if (auto* answer = std::get_if<Answer>(&*step)) {
        if (const auto* progress = std::get_if<Progress>(answer)) return result_from(*progress);
    }
    return step;
}

Failure outcome_unknown(const MessageId& message, std::string_view doubt, const Error& cause) {
    return {{ErrorCode::outcome_unknown, "whether message " + to_string(message) + " was " +
                                             std::string(doubt) + " is not known (" + cause.detail +
                                             ")"},
            {},
            {}};
}

}  // namespace crier::publisher
