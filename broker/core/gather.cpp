// What all brokers are asked: each answers for its own sessions, and who asked puts it together.
// Whoever does not answer in time is named in what the operator is told.
#include <algorithm>
#include <utility>

#include "broker/core/merge.hpp"
#include "broker/core/stages.hpp"

namespace crier::broker {
namespace {

void follow_for_broker(Message& message, PeerId broker) {
    auto& followers = message.followers;
    if (std::find(followers.begin(), followers.end(), broker) != followers.end()) return;
    followers.push_back(broker);
}

/// So many messages that the log may bring yet are asked about; one more, and all that is
/// forgotten.
constexpr std::size_t early_questions_max = 10'000;
constexpr std::size_t early_questions_each_max = 100;

std::uint64_t request_of(const protocol::ToOperator& answer) {
    return std::visit(
        [](const auto& one) -> std::uint64_t {
            if constexpr (requires { one.request.has_value(); }) {
                return one.request.value_or(0);
            } else if constexpr (requires { one.request; }) {
                return one.request;
            }
            return 0;
        },
        answer);
}

/// What one broker asks another one for operators. Each lets in itself what its own operators
/// change: by rights that the other one cannot know, and in their name.
bool is_asked_of_all(const protocol::FromOperator& frame) {
    const auto* send = std::get_if<protocol::Send>(&frame);
    return (send != nullptr && send->dry_run) ||
           std::holds_alternative<protocol::ListSessions>(frame) ||
           std::holds_alternative<protocol::AskOutcome>(frame) ||
           std::holds_alternative<protocol::Watch>(frame);
}

}  // namespace

/// There are no others, or one of them asks.
bool Engine::Stages::is_asked_of_it_alone(const Peer& peer) const {
    return (knows_no_other() && sought().empty()) || peer.facts.door == Door::brokers;
}

void Engine::Stages::gather_frames(PeerId asker, const protocol::FromOperator& frame,
                                   std::uint64_t request, Gathering::Done done) {
    tell_brokers(Asked{protocol::encode(frame)});
    Gathering gathering{asker, {}, {}, {}, std::move(done)};
    for (const auto& [id, other] : cluster.brokers) {
        if (other.peer) gathering.awaited.emplace(*other.peer, 1);
    }
    await_answers(std::move(gathering), request);
}

void Engine::Stages::gather_tallies(PeerId asker, const std::vector<MessageId>& ids,
                                    Gathering::Done done) {
    const std::uint64_t request = ++cluster.last_request;
    Gathering gathering{asker, {}, {}, {}, std::move(done)};
    for (const auto& [id, other] : cluster.brokers) {
        if (!other.peer || ids.empty()) continue;
        gathering.awaited.emplace(*other.peer, ids.size());
        for (const MessageId& message : ids) tell(*other.peer, AskTally{request, message, false});
    }
    await_answers(std::move(gathering), request);
}

void Engine::Stages::await_answers(Gathering gathering, std::uint64_t request) {
    for (const auto& [id, other] : cluster.brokers) {
        if (cluster.is_missed(id, other)) gathering.silent.push_back(id);
    }
    for (const BrokerId& member : sought()) gathering.silent.push_back(member);
    if (gathering.awaited.empty()) return conclude(gathering);
    cluster.gatherings.emplace(request, std::move(gathering));
    cluster.gathering_deadlines.emplace_back(now.steady + settings.cluster->answer_time, request);
}

void Engine::Stages::finish(std::uint64_t request) {
    auto found = cluster.gatherings.extract(request);
    if (found) conclude(found.mapped());
}

void Engine::Stages::conclude(Gathering& gathering) {
    const auto asker = peers.find(gathering.asker);
    gathering.done(asker == peers.end() ? nullptr : &asker->second, gathering);
}

void Engine::Stages::finish_overdue() {
    auto& deadlines = cluster.gathering_deadlines;
    while (!deadlines.empty() && deadlines.front().first <= now.steady) {
        const std::uint64_t request = deadlines.front().second;
        deadlines.pop_front();
        const auto found = cluster.gatherings.find(request);
        if (found == cluster.gatherings.end()) continue;
        for (const auto& [peer, answers] : found->second.awaited) {
            found->second.silent.push_back(peers.at(peer).facts.broker->id);
        }
        finish(request);
    }
}

void Engine::Stages::on_broker(Peer& broker, const Asked& asked) {
    auto frame = protocol::decode_from_operator(asked.frame);
    if (!frame) return note_unread(broker, frame.error());
    if (!is_asked_of_all(*frame)) {
        return note_unread(broker, {ErrorCode::not_authorized, "no broker is asked that"});
    }
    on_operator(broker, std::move(*frame));
}

void Engine::Stages::on_broker(Peer& broker, const Answered& answered) {
    auto frame = protocol::decode_to_operator(answered.frame);
    if (!frame) return note_unread(broker, frame.error());
    if (auto* event = std::get_if<protocol::Happened>(&*frame)) {
        if (event->session) happened(std::move(*event), &broker);
        return;
    }
    const std::uint64_t request = request_of(*frame);
    const auto found = cluster.gatherings.find(request);
    if (found == cluster.gatherings.end()) return;
    found->second.answers.push_back(std::move(*frame));
    count_answer(broker, request, found->second);
}

void Engine::Stages::count_answer(const Peer& broker, std::uint64_t request, Gathering& gathering) {
    const auto awaited = gathering.awaited.find(broker.id);
    if (awaited == gathering.awaited.end() || --awaited->second > 0) return;
    gathering.awaited.erase(awaited);
    if (gathering.awaited.empty()) finish(request);
}

/// As an operator is told it.
SilentBroker Engine::Stages::silent(const BrokerId& id) const {
    const auto known = cluster.brokers.find(id);  // It may have been forgotten meanwhile.
    const std::string name = known == cluster.brokers.end() ? "" : known->second.facts.name;
    return {name.empty() ? to_string(id) : name,
            static_cast<std::uint32_t>(cluster.directory.count(id))};
}

std::vector<SilentBroker> Engine::Stages::silent_of(const Gathering& gathered) const {
    std::vector<SilentBroker> told;
    for (const BrokerId& id : gathered.silent) told.push_back(silent(id));
    return told;
}

/// Whom a message would reach at the others.
void Engine::Stages::count_elsewhere(const Peer& asker, protocol::Send send,
                                     protocol::Accepted counted) {
    gather(asker, std::move(send), [this, counted](Peer* peer, Gathering& gathered) {
        if (peer == nullptr) return;
        protocol::Accepted all = counted;
        for (const protocol::ToOperator& answer : gathered.answers) {
            const auto* more = std::get_if<protocol::Accepted>(&answer);
            if (more != nullptr) add_to(all.tally, all.counts, more->tally, more->counts);
        }
        all.silent = silent_of(gathered);
        this->send(peer->id, protocol::ToOperator{std::move(all)});
    });
}

/// If some operator watches here; that another broker does is not this one's to pass on.
void Engine::Stages::ask_to_watch(PeerId broker) {
    const bool is_watched = std::any_of(watchers.begin(), watchers.end(), [this](PeerId id) {
        return peers.at(id).facts.door == Door::operators;
    });
    if (!is_watched) return;
    tell(broker, Asked{protocol::encode(protocol::FromOperator{protocol::Watch{}})});
}

/// A page of messages, with what the others count of each.
void Engine::Stages::send_with_tallies(const Peer& peer, protocol::MessagePage page) {
    std::vector<MessageId> ids;
    for (const protocol::MessageSummary& one : page.messages) ids.push_back(one.id);
    gather_tallies(peer.id, ids, [this, page](Peer* asker, Gathering& gathered) {
        if (asker == nullptr) return;
        protocol::MessagePage all = page;
        for (const protocol::ToOperator& answer : gathered.answers) {
            const auto* told = std::get_if<protocol::TallyChanged>(&answer);
            for (protocol::MessageSummary& one : all.messages) {
                if (told != nullptr && one.id == told->id) add_to(one, *told);
            }
        }
        all.silent = silent_of(gathered);
        send(asker->id, protocol::ToOperator{std::move(all)});
    });
}

void Engine::Stages::send_with_outcomes_elsewhere(const Peer& peer,
                                                  const protocol::AskOutcome& request,
                                                  protocol::OutcomePage page) {
    gather(peer, request, [this, page](Peer* asker, Gathering& gathered) {
        if (asker == nullptr) return;
        protocol::OutcomePage all = page;
        for (protocol::ToOperator& answer : gathered.answers) {
            auto* more = std::get_if<protocol::OutcomePage>(&answer);
            if (more != nullptr) merge(all, std::move(*more));
        }
        all.silent = silent_of(gathered);
        send(asker->id, protocol::ToOperator{std::move(all)});
    });
}

// ---- Tallies ------------------------------------------------------------------------------------

void Engine::Stages::on_broker(Peer& broker, const AskTally& asked) {
    if (Message* message = messages.find(asked.message)) {
        return answer_tally(broker.id, asked, *message);
    }
    ReadHistory wanted;
    wanted.id = asked.message;
    wanted.count_max = 1;
    read_history(std::move(wanted), [this, id = broker.id, asked](const HistoryRead& read) {
        if (!peers.contains(id)) return;
        if (Message* message = messages.find(asked.message)) {
            return answer_tally(id, asked, *message);
        }
        if (read.messages && has_message(read)) {
            const protocol::MessageSummary summary = summary_of_stored(read.messages->front());
            return tell(id, TallyAt{asked.request,
                                    {summary.id, summary.tally, true, summary.counts, true}});
        }
        if (cluster.early_questions.size() >= early_questions_max) cluster.early_questions.clear();
        auto& early = cluster.early_questions[asked.message];
        const std::pair question(id, asked);
        if (std::find(early.begin(), early.end(), question) != early.end()) return;
        // Whoever asks once waits for a second: of many the first has gone long ago.
        const auto once = std::find_if(early.begin(), early.end(),
                                       [](const auto& one) { return !one.second.follow; });
        if (early.size() >= early_questions_each_max && once != early.end()) early.erase(once);
        early.push_back(question);
    });
}

void Engine::Stages::answer_tally(PeerId broker, const AskTally& asked, Message& message) {
    if (asked.follow) follow_for_broker(message, broker);
    tell(broker, TallyAt{asked.request, own_tally_of(message)});
}

/// The log has brought it.
void Engine::Stages::answer_early_questions(Message& message) {
    auto questions_of_it = cluster.early_questions.extract(message.id);
    if (!questions_of_it) return;
    for (const auto& [broker, asked] : questions_of_it.mapped()) {
        if (peers.contains(broker)) answer_tally(broker, asked, message);
    }
}

void Engine::Stages::on_broker(Peer& broker, const TallyAt& told) {
    if (Message* message = messages.find(told.tally.id)) {
        message->elsewhere[broker.id] = told.tally;
        note_tally(*message);
        close_with_quorum(*message);
    }
    if (told.request == 0) return;
    const auto found = cluster.gatherings.find(told.request);
    if (found == cluster.gatherings.end()) return;
    found->second.answers.emplace_back(told.tally);
    count_answer(broker, told.request, found->second);
}

/// From now on the others tell whenever something changes.
void Engine::Stages::follow_elsewhere(Message& message) {
    if (!settings.cluster || message.is_followed_elsewhere) return;
    message.is_followed_elsewhere = true;
    tell_brokers(AskTally{0, message.id, true});
}

/// How many sessions of a broker that does not answer are meant, as far as can be known: a filter
/// is matched where the sessions are.
std::uint32_t Engine::Stages::missed_at(const BrokerId& broker, const Message& message) const {
    const bool is_by_id = message.target.kind != Target::Kind::where && !message.within;
    if (!message.is_released() || !is_by_id) return 0;
    std::uint32_t count = 0;
    cluster.directory.for_each(broker, [&](const Served& served) {
        Session session;
        session.id = served.session;
        const bool was_here = served.opened <= message.last_time() || message.is_standing();
        if (was_here && message.names(session)) count += 1;
    });
    return count;
}

/// Whoever follows a message is told nothing while a broker that can be asked has not said how it
/// stands there: a count without its sessions would be taken for all of them. It says so soon, or
/// is lost.
bool Engine::Stages::has_heard_of_all(const Message& message) const {
    return std::all_of(cluster.brokers.begin(), cluster.brokers.end(), [&](const auto& one) {
        const std::optional<PeerId>& peer = one.second.peer;
        return !peer || message.elsewhere.contains(*peer);
    });
}

/// Of all brokers: what they last told, and this one's own.
protocol::TallyChanged Engine::Stages::tally_of(const Message& message) {
    protocol::TallyChanged all = own_tally_of(message);
    if (knows_no_other()) return all;
    std::uint32_t missed = 0;
    for (const auto& [id, other] : cluster.brokers) {
        if (cluster.is_missed(id, other)) all.silent.push_back(silent(id));
        if (!other.peer) {
            missed += missed_at(id, message);
            continue;
        }
        const auto told = message.elsewhere.find(*other.peer);
        if (told == message.elsewhere.end()) {
            all.is_final = all.is_final && !message.is_followed_elsewhere;
            continue;
        }
        add_to(all, told->second);
    }
    all.tally[State::waiting] += missed;
    all.is_final = all.is_final && missed == 0;
    return all;
}

}  // namespace crier::broker
