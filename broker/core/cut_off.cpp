// A broker that is cut off from the log sends its sessions elsewhere.
#include <utility>

#include "broker/core/stages.hpp"

namespace crier::broker {

/// This broker has not reached the log for long. Others may; and whoever finds none comes back.
void Engine::Stages::send_away_when_cut_off() {
    if (!cluster.cut_off_at || *cluster.cut_off_at > now.steady) return;
    cluster.cut_off_at.reset();
    cluster.is_cut_off = true;
    if (knows_no_other()) return;
    notice({.fact = Fact::sessions_sent_away, .detail = std::to_string(connected)});
    // Soon, because those who find nobody else are without messages until they are back.
    constexpr Milliseconds come_back_after{5'000};
    const protocol::Goodbye goodbye{
        "this broker cannot follow its cluster's log now: go to another one", come_back_after};
    std::vector<PeerId> sent_away;
    for (const auto& [id, peer] : peers) {
        if (peer.facts.door == Door::sessions && peer.is_welcomed) sent_away.push_back(id);
    }
    for (const PeerId id : sent_away) {
        cluster.note_sent_away(peers.at(id).stay->session.id, now.steady);
        send_away(id, goodbye);
    }
}

/// Who comes meanwhile is to look for a broker that has the log. One that comes again has found
/// none: this one still delivers what was accepted before, which is better than nothing.
std::optional<Error> Cluster::refusal_when_cut_off(const SessionId& session, Instant now) {
    constexpr Milliseconds search_time{20 * 60'000};  // Clients spread over up to half of that.
    if (!is_cut_off || brokers.empty()) return std::nullopt;
    const auto before = sent_away.find(session);
    const bool has_looked = before != sent_away.end() && now < before->second + search_time;
    if (has_looked) return std::nullopt;
    note_sent_away(session, now);
    return Error{ErrorCode::backbone_unreachable,
                 "this broker is cut off from its cluster: try another, and come again if there is "
                 "none"};
}

void Cluster::note_sent_away(const SessionId& session, Instant now) {
    constexpr std::size_t sent_away_max = 100'000;
    if (sent_away.size() >= sent_away_max) sent_away.clear();
    sent_away.insert_or_assign(session, now);
}

}  // namespace crier::broker
