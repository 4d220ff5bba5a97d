#include "publisher/core/change_exchange.hpp"

#include <utility>

#include "publisher/core/following.hpp"

namespace crier::publisher {
namespace {

/// What updates and recalls have in common: accepted first, then perhaps waited for.
class ChangeExchange : public Exchange {
public:
    explicit ChangeExchange(const MessageId& message) { result_.id = message; }

    protocol::FromOperator frame(std::uint64_t number) override {
        if (is_accepted_) return protocol::Follow{number, result_.id};
        was_repeated_ = was_sent_;
        was_sent_ = true;
        return request(number);
    }

    std::optional<Step> on_answer(protocol::ToOperator& answer, std::vector<News>&) override {
        // Asked again after a lost connection: tallies come by themselves from here on.
        if (is_accepted_ && std::holds_alternative<protocol::Done>(answer)) return Listen{};
        const auto* accepted = std::get_if<protocol::Accepted>(&answer);
        if (is_accepted_ || accepted == nullptr || accepted->id != result_.id) return std::nullopt;
        is_accepted_ = true;
        result_.seq = accepted->seq;
        result_.already = accepted->already && !was_repeated_;
        result_.stands_until = accepted->stands_until;
        result_.revision = accepted->revision;
        if (accepted->already && ends_when_repeated()) {
            learn(accepted->tally, accepted->removed);
            result_.is_complete = true;
            return Answer{result_};
        }
        return step(accepted->tally, accepted->removed, false);
    }

    Step on_tally(const protocol::TallyChanged& tally, std::vector<News>& news) override {
        if (!is_accepted_ || tally.id != result_.id) return Listen{};
        news.emplace_back(Progress{.id = result_.id,
                                   .seq = result_.seq,
                                   .tally = tally.tally,
                                   .is_final = tally.is_final,
                                   .removed = tally.removed});
        return step(tally.tally, tally.removed, tally.is_final);
    }

    Answer on_ended(Error cause) override {
        if (is_accepted_) return result_;
        if (!was_sent_) return Failure{std::move(cause), {}, {}};
        return Failure{
            {ErrorCode::outcome_unknown, "whether message " + to_string(result_.id) +
                                             " was changed is not known (" + cause.detail + ")"},
            {},
            {}};
    }

protected:
    [[nodiscard]] virtual protocol::FromOperator request(std::uint64_t number) const = 0;
    [[nodiscard]] virtual bool is_complete(const Tally& tally, bool is_final) const = 0;
    /// Nothing more can come of what was waited for.
    [[nodiscard]] virtual bool is_hopeless(const Tally& tally) const = 0;
    [[nodiscard]] virtual bool goes_on_when_final() const { return false; }
    /// What was done before, by whomever, needs no waiting.
    [[nodiscard]] virtual bool ends_when_repeated() const = 0;

private:
    void learn(const Tally& tally, std::uint32_t removed) {
        result_.tally = tally;
        result_.removed = removed;
    }

    Step step(const Tally& tally, std::uint32_t removed, bool is_final) {
        learn(tally, removed);
        result_.is_final = is_final;
        result_.is_complete = is_complete(tally, is_final);
        if (result_.is_complete || is_hopeless(tally)) return Answer{result_};
        if (is_final && !goes_on_when_final()) return Answer{result_};
        return Listen{};
    }

    SendResult result_;
    bool was_sent_ = false;
    bool was_repeated_ = false;
    bool is_accepted_ = false;
};

class UpdateExchange : public ChangeExchange {
public:
    explicit UpdateExchange(AskToUpdate request)
        : ChangeExchange(request.message), request_(std::move(request)) {}

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
                                .ask_again = changes.ask_again,
                                .follow = request_.wait_for.has_value()};
    }
    bool is_complete(const Tally& tally, bool) const override {
        return !request_.wait_for || tally.reached(*request_.wait_for) == tally.targeted();
    }
    bool is_hopeless(const Tally& tally) const override {
        return tally.reached(*request_.wait_for) + tally.lost() >= tally.targeted();
    }
    bool goes_on_when_final() const override {
        return request_.wait_for && is_up_to_people(*request_.wait_for);
    }
    bool ends_when_repeated() const override { return !request_.wait_for; }

private:
    AskToUpdate request_;
};

class RecallExchange : public ChangeExchange {
public:
    explicit RecallExchange(const AskToRecall& request)
        : ChangeExchange(request.message), request_(request) {}

protected:
    protocol::FromOperator request(std::uint64_t number) const override {
        return protocol::Recall{number, request_.id, request_.message, true};
    }
    /// The broker calls it final when no connected screen has it any more.
    bool is_complete(const Tally&, bool is_final) const override { return is_final; }
    bool is_hopeless(const Tally&) const override { return false; }
    bool ends_when_repeated() const override { return true; }

private:
    AskToRecall request_;
};

}  // namespace

std::unique_ptr<Exchange> make_update_exchange(AskToUpdate request) {
    return std::make_unique<UpdateExchange>(std::move(request));
}

std::unique_ptr<Exchange> make_recall_exchange(const AskToRecall& request) {
    return std::make_unique<RecallExchange>(request);
}

}  // namespace crier::publisher
