#include "publisher/core/change_exchange.hpp"

#include <utility>

#include "publisher/core/accepted_exchange.hpp"

namespace crier::publisher {
namespace {

constexpr std::string_view changed = "changed";

class UpdateExchange : public AcceptedExchange {
public:
    explicit UpdateExchange(AskToUpdate request)
        : AcceptedExchange(request.message, request.wait_for), request_(std::move(request)) {}

protected:
    protocol::FromOperator request(std::uint64_t number) const override {
        const MessageUpdate& changes = request_.changes;
        return protocol::Update{.request = number,
                                .id = request_.id,
                                .message = request_.message,
                                .text = changes.text,
                                .title = changes.title,
                                .severity = changes.severity,
                                .style = changes.style,
                                .expires = changes.expires,
                                .due = changes.due,
                                .shift = changes.shift,
                                .ask_again = changes.ask_again,
                                .follow = request_.wait_for.has_value()};
    }
    std::optional<std::string_view> doubt() const override { return changed; }

private:
    AskToUpdate request_;
};

/// Waits for another end than Following does: the broker calls a recalled message final when no
/// connected screen has it any more, and tells whoever follows at once if that is so already.
class RecallExchange : public Exchange {
public:
    explicit RecallExchange(const AskToRecall& request) : request_(request) {
        result_.id = request.message;
    }

    protocol::FromOperator frame(std::uint64_t number) override {
        if (is_accepted_) return protocol::Follow{number, request_.message};
        was_repeated_ = was_sent_;
        was_sent_ = true;
        return protocol::Recall{number, request_.id, request_.message, true};
    }

    std::optional<Step> on_answer(protocol::ToOperator& answer, std::vector<News>&) override {
        if (is_accepted_ && std::holds_alternative<protocol::Done>(answer)) return Listen{};
        const auto* accepted = std::get_if<protocol::Accepted>(&answer);
        if (is_accepted_ || accepted == nullptr || accepted->id != result_.id) return std::nullopt;
        is_accepted_ = true;
        result_.seq = accepted->seq;
        result_.already = accepted->already && !was_repeated_;
        result_.revision = accepted->revision;
        result_.tally = accepted->tally;
        result_.counts = accepted->counts;
        result_.silent = accepted->silent;
        // What was done before, by whomever, needs no waiting; our own question before, whose
        // answer was lost, does.
        result_.is_complete = result_.already;
        if (result_.already) return Answer{result_};
        return Listen{};
    }

    Step on_tally(const protocol::TallyChanged& tally, std::vector<News>& news) override {
        if (!is_accepted_ || tally.id != result_.id) return Listen{};
        result_.tally = tally.tally;
        result_.counts = tally.counts;
        result_.is_complete = result_.is_final = tally.is_final;
        news.emplace_back(Progress{.id = result_.id,
                                   .seq = result_.seq,
                                   .tally = tally.tally,
                                   .is_complete = tally.is_final,
                                   .is_final = tally.is_final,
                                   .counts = tally.counts});
        if (tally.is_final) return Answer{result_};
        return Listen{};
    }

    // NOLINTNEXTLINE(performance-unnecessary-value-param): moved on, which clang-tidy 14 misses.
    Answer on_ended(Error cause) override {
        if (is_accepted_) return result_;
        if (!was_sent_) return Failure{std::move(cause), {}, {}};
        return outcome_unknown(result_.id, changed, cause);
    }

private:
    AskToRecall request_;
    SendResult result_;
    bool was_sent_ = false;
    bool was_repeated_ = false;
    bool is_accepted_ = false;
};

class CloseExchange : public AcceptedExchange {
public:
    explicit CloseExchange(const AskToClose& request)
        : AcceptedExchange(request.message, std::nullopt), request_(request) {}

protected:
    protocol::FromOperator request(std::uint64_t number) const override {
        return protocol::CloseQuestion{number, request_.id, request_.message, false};
    }
    std::optional<std::string_view> doubt() const override { return "closed"; }

private:
    AskToClose request_;
};

}  // namespace

std::unique_ptr<Exchange> make_close_exchange(const AskToClose& request) {
    return std::make_unique<CloseExchange>(request);
}

std::unique_ptr<Exchange> make_update_exchange(AskToUpdate request) {
    return std::make_unique<UpdateExchange>(std::move(request));
}

std::unique_ptr<Exchange> make_recall_exchange(const AskToRecall& request) {
    return std::make_unique<RecallExchange>(request);
}

}  // namespace crier::publisher
