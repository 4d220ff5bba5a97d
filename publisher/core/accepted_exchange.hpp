/// \file
/// What sending and updating have in common: accepted first, then perhaps waited for.
///
///     ask ──accepted──> answered, or Following ──> answered by SendResult
///
/// On a new connection it is asked again under the same id until it was accepted, and followed from
/// then on.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "publisher/core/exchange.hpp"
#include "publisher/core/following.hpp"

namespace crier::publisher {

class AcceptedExchange : public Exchange {
public:
    /// `wait_for`: nullopt when the acceptance is all there is to wait for. `until_dropped`: or
    /// until the message has ended its sessions.
    AcceptedExchange(const MessageId& message, std::optional<State> wait_for,
                     bool until_dropped = false);

    protocol::FromOperator frame(std::uint64_t number) override;
    std::optional<Step> on_answer(protocol::ToOperator& answer, std::vector<News>& news) override;
    Step on_tally(const protocol::TallyChanged& tally, std::vector<News>& news) override;
    void on_connection_lost(const Error&, std::vector<News>&) override;
    Answer on_ended(Error cause) override;

protected:
    [[nodiscard]] virtual protocol::FromOperator request(std::uint64_t number) const = 0;
    /// What is not known of the message when the answer was lost: "accepted". nullopt: asking
    /// changes nothing.
    [[nodiscard]] virtual std::optional<std::string_view> doubt() const = 0;

    [[nodiscard]] bool is_to_wait() const { return is_to_wait_; }

    SendResult result_;

private:
    Answer result_from(const Progress& progress);
    std::optional<Step> with_result(std::optional<Step> step);

    bool is_to_wait_;
    Following following_;
    bool was_sent_ = false;
    bool was_repeated_ = false;
    bool is_accepted_ = false;
};

/// It was asked for, and nobody said what became of it.
[[nodiscard]] Failure outcome_unknown(const MessageId& message, std::string_view doubt,
                                      const Error& cause);

}  // namespace crier::publisher
