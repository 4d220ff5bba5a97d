#include "publisher/core/following.hpp"

namespace crier::publisher {

protocol::FromOperator Following::frame(std::uint64_t number) const {
    if (question_ == Question::outcome) {
        return protocol::AskOutcome{number, progress_.id, std::nullopt};
    }
    return protocol::Follow{number, progress_.id};
}

std::optional<Step> Following::on_answer(const protocol::ToOperator& answer,
                                         std::vector<News>& news) {
    if (question_ == Question::follow && std::holds_alternative<protocol::Done>(answer)) {
        question_ = Question::outcome;
        return AskNext{};
    }
    const auto* page = std::get_if<protocol::OutcomePage>(&answer);
    if (question_ != Question::outcome || page == nullptr) return std::nullopt;
    question_ = Question::none;
    progress_.seq = page->message.seq;
    progress_.silent = page->silent;
    const protocol::MessageSummary& message = page->message;
    const bool is_closed = !message.content.choices.empty() && (message.closed || message.is_final);
    return learn({message.tally, message.counts, message.is_final, is_closed, message.is_waiting},
                 news);
}

Step Following::on_tally(const protocol::TallyChanged& tally, std::vector<News>& news) {
    if (tally.id != progress_.id) return Listen{};
    progress_.silent = tally.silent;
    return learn({tally.tally, tally.counts, tally.is_final, tally.is_closed}, news);
}

Step Following::on_accepted(const protocol::Accepted& accepted, std::vector<News>& news) {
    question_ = Question::none;
    progress_.seq = accepted.seq;
    progress_.silent = accepted.silent;
    return learn({accepted.tally, accepted.counts, false, false, accepted.due.has_value()}, news);
}

Step Following::learn(const Told& told, std::vector<News>& news) {
    const Tally& tally = told.tally;
    const bool is_new = !is_known_ || tally != progress_.tally || told.counts != progress_.counts;
    is_known_ = true;
    progress_.tally = tally;
    progress_.counts = told.counts;
    progress_.is_final = told.is_final;
    progress_.is_closed = told.is_closed;
    if (told.is_waiting) return Listen{};  // Whom it is for is not known yet.
    const std::uint32_t reached = until_dropped_ ? told.counts.dropped : tally.reached(state_);
    progress_.is_complete = reached == tally.targeted();
    if (is_new) news.emplace_back(progress_);
    // A lost session may still report that it showed the message after all, but nobody knows when.
    const std::uint32_t lost = until_dropped_ ? 0 : tally.lost();
    const bool can_go_on = reached + lost < tally.targeted();
    // An answer may still come, however final all else is.
    const bool is_over = told.is_closed || (told.is_final && !is_answer(state_));
    if (progress_.is_complete || is_over || !can_go_on) return Answer{progress_};
    return Listen{};
}

}  // namespace crier::publisher
