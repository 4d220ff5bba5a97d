// What is said of messages, or of revisions of them, that this broker is yet to hear of: a session
// has come over which another broker has shown them, and this one's log, or its clock, is behind.
// It is kept until they begin here; how they stand at the session is not known to anybody else
// then.
#include <algorithm>
#include <utility>

#include "broker/core/stages.hpp"

namespace crier::broker {

/// Also those of messages long forgotten are kept, which nobody can tell from the others.
EarlyWords& Engine::Stages::early_words_of(const MessageId& message) {
    constexpr std::size_t early_words_max = 50'000;
    if (cluster.early_words_count >= early_words_max) forget_early_words();
    cluster.early_words_count += 1;
    return cluster.early_words[message];
}

void Engine::Stages::keep_early(const MessageId& message, const EarlyWords::Reader& reader) {
    schedule_sweep();
    const std::string& name = reader.person.name;
    const auto words = cluster.early_words.find(message);
    if (words != cluster.early_words.end()) {
        words->second.reader_at = now.steady;
        const auto found = words->second.readers.find(name);
        if (found != words->second.readers.end()) {
            if (found->second.revision < reader.revision) found->second = reader;
            return;
        }
    }
    EarlyWords& kept = early_words_of(message);
    kept.reader_at = now.steady;
    kept.readers.emplace(name, reader);
}

/// As far as the others have told, somebody has more of the log.
bool Cluster::is_behind() const {
    return log_lost_at || std::any_of(brokers.begin(), brokers.end(), [this](const auto& one) {
               const BrokerLoad& there = one.second.load;
               const LogPosition its{there.log_generation, there.log_number};
               return one.second.peer && its > followed;
           });
}

/// A message that is over will have no revision that it has not had here.
bool Engine::Stages::is_early(const Message* message, std::uint32_t revision) const {
    if (!settings.cluster) return false;
    if (message == nullptr) return true;
    if (!message->is_released()) return !message->may_have_gone_out();
    return revision > message->cells.revision() && !message->is_over;
}

/// False: what it is of has begun here, or there are no other brokers.
bool Engine::Stages::keep_if_early(EarlyWords::Heard heard, const Message* message) {
    if (!is_early(message, heard.receipt.revision)) return false;
    if (heard.waits) schedule_sweep();
    early_words_of(heard.receipt.id).receipts.push_back(std::move(heard));
    return true;
}

void Engine::Stages::forget_early_words() {
    for (auto& [id, words] : cluster.early_words) {
        for (EarlyWords::Heard& heard : words.receipts) let_confirm(heard);
    }
    cluster.early_words.clear();
    cluster.early_words_count = 0;
}

void Engine::Stages::let_confirm(EarlyWords::Heard& heard) {
    const auto peer = heard.waits ? peers.find(*heard.waits) : peers.end();
    if (peer != peers.end()) peer->second.receipts_waiting -= 1;
    heard.waits.reset();
}

/// What the log will not bring, because the message was forgotten long ago, need not be waited for,
/// and who has read that need not be known.
void Engine::Stages::let_confirm_early_words() {
    constexpr Milliseconds patience{3'000};  // The others tell once a second how far they are.
    const bool is_behind = cluster.is_behind();
    bool is_waiting = false;
    for (auto& [id, words] : cluster.early_words) {
        if (!words.readers.empty() && messages.find(id) == nullptr) {
            const bool may_come = is_behind || now.steady < words.reader_at + patience;
            is_waiting |= may_come;
            if (!may_come) {
                cluster.early_words_count -= words.readers.size();
                words.readers.clear();
            }
        }
        for (EarlyWords::Heard& heard : words.receipts) {
            if (!heard.waits) continue;
            const bool may_come = is_behind || now.steady < heard.at.steady + patience;
            if (!may_come) let_confirm(heard);
            is_waiting |= may_come;
        }
    }
    if (is_waiting) schedule_sweep();
}

/// Whom the message is for is known now, or the revision has begun, or none will any more.
void Engine::Stages::hear_early_words(Message& message) {
    auto early = cluster.early_words.extract(message.id);
    if (!early) return;
    EarlyWords& words = early.mapped();
    cluster.early_words_count -= words.hands.size() + words.receipts.size() + words.readers.size();
    for (const auto& [from, hand] : words.hands) {
        if (const auto broker = cluster.peer_of(from)) on_broker(peers.at(*broker), hand);
    }
    for (EarlyWords::Heard& heard : words.receipts) {
        if (!keep_if_early(heard, &message)) hear_early(heard, message);
    }
    for (const auto& [name, reader] : words.readers) {
        if (is_early(&message, reader.revision)) keep_early(message.id, reader);
        hear_reader(reader, message);
    }
}

void Engine::Stages::hear_early(EarlyWords::Heard& heard, Message& message) {
    let_confirm(heard);
    const protocol::Receipt& receipt = heard.receipt;
    Stay* stay = stays.find(heard.session);
    if (stay == nullptr) return;
    const auto over = message.over_at();
    const bool is_late = receipt.answer && over && *over <= heard.at.utc;
    if (is_late || !check_answer(receipt, message)) return;
    hear_receipt(*stay, receipt, message);
    // It was taken off the screens before this session was known to have it.
    if (!message.is_off_screen() || receipt.removed || !is_connected(*stay)) return;
    send_removal({stay->peer->id}, message.id, message.removal_cause());
}

/// Whether the other one may be yet to hear of the message, or to let it go out.
bool Engine::Stages::is_perhaps_early(const Message& message, const Peer& broker) const {
    const BrokerLoad& there = cluster.brokers.at(broker.facts.broker->id).load;
    const bool has_all = there.log_generation == cluster.followed.generation &&
                         there.log_number >= cluster.followed.number;
    return !message.is_final || !has_all ||
           now.utc < message.last_time() + limits::clocks_apart_max;
}

}  // namespace crier::broker
