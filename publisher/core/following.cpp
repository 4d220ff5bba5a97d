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
    return learn(page->message.tally, page->message.is_final, news);
}

Step Following::on_tally(const protocol::TallyChanged& tally, std::vector<News>& news) {
    if (tally.id != progress_.id) return Listen{};
    progress_.removed = tally.removed;
    return learn(tally.tally, tally.is_final, news);
}

Step Following::on_accepted(const protocol::Accepted& accepted, std::vector<News>& news) {
    question_ = Question::none;
    progress_.seq = accepted.seq;
    progress_.removed = accepted.removed;
    return learn(accepted.tally, false, news);
}

Step Following::learn(const Tally& tally, bool is_final, std::vector<News>& news) {
    const bool is_new = !is_known_ || tally != progress_.tally;
    is_known_ = true;
    progress_.tally = tally;
    progress_.is_final = is_final;
    const std::uint32_t reached = tally.reached(state_);
    progress_.is_complete = reached == tally.targeted();
    if (is_new) news.emplace_back(progress_);
    // A lost session may still report that it showed the message after all, but nobody knows when.
    const bool can_go_on = reached + tally.lost() < tally.targeted();
    // An answer may still come, however final all else is.
    const bool is_over = is_final && !is_answer(state_);
    if (progress_.is_complete || is_over || !can_go_on) return Answer{progress_};
    return Listen{};
}

}  // namespace crier::publisher
