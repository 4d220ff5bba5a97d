/// \file
/// Waits for one message to come to a state on every targeted session, by the tallies that the
/// broker sends. Shared by sending and updating with a wait, and by waiting for a message of
/// somebody else.
///
///     follow ──done──> ask for its outcome ──> listen to tallies ──> answered by Progress
///
/// The outcome's first page is asked for because a message that does not change sends no tally.

#pragma once

#include <optional>
#include <vector>

#include "publisher/core/exchange.hpp"

namespace crier::publisher {

class Following {
public:
    Following(const MessageId& id, State state, bool until_dropped = false)
        : state_(state), until_dropped_(until_dropped) {
        progress_.id = id;
    }

    /// As Exchange's functions of the same names.
    [[nodiscard]] protocol::FromOperator frame(std::uint64_t number) const;
    [[nodiscard]] std::optional<Step> on_answer(const protocol::ToOperator& answer,
                                                std::vector<News>& news);
    [[nodiscard]] Step on_tally(const protocol::TallyChanged& tally, std::vector<News>& news);
    void on_connection_lost() { question_ = Question::follow; }

    /// It was sent, or updated, with `follow`, so its tallies come without asking.
    [[nodiscard]] Step on_accepted(const protocol::Accepted& accepted, std::vector<News>& news);

    [[nodiscard]] const Progress& progress() const { return progress_; }
    [[nodiscard]] bool is_known() const { return is_known_; }

private:
    enum class Question : std::uint8_t { follow, outcome, none };

    /// What the broker tells of the message.
    struct Told {
        const Tally& tally;
        const Counts& counts;
        bool is_final = false;
        bool is_closed = false;   ///< A question that takes no answers any more.
        bool is_waiting = false;  ///< It has not gone out yet.
    };
    Step learn(const Told& told, std::vector<News>& news);

    State state_;
    bool until_dropped_;
    Question question_ = Question::follow;
    Progress progress_;
    bool is_known_ = false;  ///< progress_ is what the broker said.
};

}  // namespace crier::publisher
