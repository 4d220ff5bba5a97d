// What is said of messages that this broker is yet to hear of: a session has come over which
// another broker has shown them, and this one's log, or its clock, is behind. It is kept until the
// message goes out here; how it stands at the session is not known to anybody else then.
#include <utility>

#include "broker/core/stages.hpp"

namespace crier::broker {

/// Also those of messages long forgotten are kept, which nobody can tell from the others.
EarlyWords& Cluster::early_words_of(const MessageId& message) {
    constexpr std::size_t early_words_max = 50'000;
    if (early_words_count >= early_words_max) {
        early_words.clear();
        early_words_count = 0;
    }
    early_words_count += 1;
    return early_words[message];
}

/// False: the message has gone out here, or there are no other brokers.
bool Engine::Stages::keep_if_early(const Stay& stay, const protocol::Receipt& receipt,
                                   const Message* message) {
    const bool is_early = message == nullptr || !message->is_released();
    if (!settings.cluster || !is_early) return false;
    cluster.early_words_of(receipt.id).receipts.emplace_back(stay.number, receipt);
    return true;
}

/// Whom the message is for is known now.
void Engine::Stages::hear_early_words(Message& message) {
    const auto early = cluster.early_words.extract(message.id);
    if (!early) return;
    const EarlyWords& words = early.mapped();
    cluster.early_words_count -= words.hands.size() + words.receipts.size();
    for (const auto& [from, hand] : words.hands) {
        const auto broker = cluster.brokers.find(from);
        const bool is_there = broker != cluster.brokers.end() && broker->second.peer;
        if (is_there) on_broker(peers.at(*broker->second.peer), hand);
    }
    for (const auto& [number, receipt] : words.receipts) {
        Stay* stay = stays.find(number);
        if (stay != nullptr && check_answer(receipt, message))
            hear_receipt(*stay, receipt, message);
    }
}

}  // namespace crier::broker
