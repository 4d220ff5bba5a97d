/// \file
/// One request's side of the dialogue: which frame to send next, and what an answer means for it.
/// Pure, like the dialogue that owns it. One small class for each kind of request, in exchange.cpp.

#pragma once

#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "publisher/core/request.hpp"
#include "shared/protocol/messages.hpp"

namespace crier::publisher {

/// What an exchange wants after it heard something.
struct AskNext {};  ///< frame() gives another question.
struct Listen {};   ///< Nothing to ask; more may come by itself.
using Step = std::variant<AskNext, Listen, Answer>;

class Exchange {
public:
    virtual ~Exchange() = default;

    /// The question to be asked now: at first, after AskNext, and anew on each new connection.
    [[nodiscard]] virtual protocol::FromOperator frame(std::uint64_t number) = 0;

    /// An answer to frame(), other than a refusal. nullopt: not an answer to that question.
    [[nodiscard]] virtual std::optional<Step> on_answer(protocol::ToOperator& answer,
                                                        std::vector<News>& news) = 0;

    /// Frames that come by themselves reach every exchange.
    [[nodiscard]] virtual Step on_tally(const protocol::TallyChanged& /*tally*/,
                                        std::vector<News>& /*news*/) {
        return Listen{};
    }
    virtual void on_happened(const protocol::Happened& /*happened*/, std::vector<News>& /*news*/) {}

    /// The connection ended with the question unanswered, or while listening.
    virtual void on_connection_lost(const Error&, std::vector<News>&) {}

    /// It is asked of another broker from now on, which counts entries, and so pages, otherwise.
    virtual void on_other_broker() {}

    /// `cause`: why there is no answer. The default fails with it.
    [[nodiscard]] virtual Answer on_ended(Error cause) { return Failure{std::move(cause), {}, {}}; }
};

/// nullptr for AskForConnection, which needs no frame.
[[nodiscard]] std::unique_ptr<Exchange> make_exchange(Request request);

}  // namespace crier::publisher
