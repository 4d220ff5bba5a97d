#include "publisher/core/cluster_exchange.hpp"

#include <algorithm>
#include <utility>

namespace crier::publisher {
namespace {

class ClusterExchange : public Exchange {
public:
    protocol::FromOperator frame(std::uint64_t number) override {
        return protocol::AskCluster{number};
    }

    std::optional<Step> on_answer(protocol::ToOperator& answer, std::vector<News>&) override {
        auto* status = std::get_if<protocol::ClusterStatus>(&answer);
        if (status == nullptr) return std::nullopt;
        return Answer{std::move(status->brokers)};
    }
};

class ForgetExchange : public Exchange {
public:
    explicit ForgetExchange(const AskToForget& request) : request_(request) {}
    protocol::FromOperator frame(std::uint64_t number) override {
        return protocol::ForgetBroker{number, request_.broker};
    }

    std::optional<Step> on_answer(protocol::ToOperator& answer, std::vector<News>&) override {
        if (std::holds_alternative<protocol::Done>(answer)) return Answer{std::monostate{}};
        return std::nullopt;
    }

private:
    AskToForget request_;
};

}  // namespace

std::unique_ptr<Exchange> make_forget_exchange(const AskToForget& request) {
    return std::make_unique<ForgetExchange>(request);
}

std::unique_ptr<Exchange> make_cluster_exchange() {
    return std::make_unique<ClusterExchange>();
}

void note_silent(std::vector<SilentBroker>& all, const std::vector<SilentBroker>& more) {
    for (const SilentBroker& one : more) {
        const auto known = std::find_if(all.begin(), all.end(), [&one](const SilentBroker& before) {
            return before.broker == one.broker;
        });
        if (known == all.end()) {
            all.push_back(one);
        } else {
            known->sessions = std::max(known->sessions, one.sessions);
        }
    }
}

}  // namespace crier::publisher
