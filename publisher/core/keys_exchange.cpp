#include "publisher/core/keys_exchange.hpp"

#include <iterator>
#include <utility>

namespace crier::publisher {
namespace {

/// All pages, one after the other. Another broker goes on with them: keys have one order
/// everywhere.
class KeysExchange : public Exchange {
public:
    protocol::FromOperator frame(std::uint64_t number) override {
        protocol::ListKeys list{number, {}};
        if (!keys_.empty()) list.after = keys_.back().key;
        return list;
    }

    std::optional<Step> on_answer(protocol::ToOperator& answer, std::vector<News>&) override {
        auto* page = std::get_if<protocol::KeyPage>(&answer);
        if (page == nullptr) return std::nullopt;
        const bool goes_on = page->more && !page->keys.empty();
        std::move(page->keys.begin(), page->keys.end(), std::back_inserter(keys_));
        if (goes_on) return AskNext{};
        return Answer{std::move(keys_)};
    }

private:
    std::vector<RegisteredKey> keys_;
};

/// Asked again with its id where an answer is missing: it is done once.
class SetKeysExchange : public Exchange {
public:
    explicit SetKeysExchange(AskToSetKeys request) : request_(std::move(request)) {}

    protocol::FromOperator frame(std::uint64_t number) override {
        was_sent_ = true;
        return protocol::SetKeys{number, request_.id, request_.change};
    }

    std::optional<Step> on_answer(protocol::ToOperator& answer, std::vector<News>&) override {
        if (std::holds_alternative<protocol::Done>(answer)) return Answer{std::monostate{}};
        return std::nullopt;
    }

    Answer on_ended(Error cause) override {
        if (!was_sent_) return Failure{std::move(cause), {}, {}};
        return Failure{
            {ErrorCode::outcome_unknown, "whether the keys were changed is not known (" +
                                             cause.detail + "); `crier keys list` tells"},
            {},
            {}};
    }

private:
    AskToSetKeys request_;
    bool was_sent_ = false;
};

}  // namespace

std::unique_ptr<Exchange> make_keys_exchange() {
    return std::make_unique<KeysExchange>();
}

std::unique_ptr<Exchange> make_set_keys_exchange(AskToSetKeys request) {
    return std::make_unique<SetKeysExchange>(std::move(request));
}

}  // namespace crier::publisher
