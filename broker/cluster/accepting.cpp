// What this broker proposes: published, again where there is no answer, until the feed shows it or
// it is too late for that.
#include <algorithm>
#include <utility>

#include "broker/cluster/ordering_parts.hpp"

namespace crier::broker {

void Ordering::Parts::on(const Propose& event) {
    propose(event.entry.id, event.entry, event.is_own);
}

void Ordering::Parts::on(const ProposeForgotten& event) {
    propose(event.forgotten.id, event.forgotten, false);
}

void Ordering::Parts::propose(MessageId id, std::variant<Entry, Forgotten> content, bool is_own) {
    if (by_entry.contains(id)) return;  // Its answer is on its way.
    if (!is_own) {
        if (phase != Phase::ready) return emit(Refuse{id, *problem()});
        if (refusable >= settings.proposals_max) {
            return emit(Refuse{id,
                               {ErrorCode::overloaded,
                                "too many entries are on their way into the cluster's log; "
                                "nothing was stored: try again"}});
        }
        refusable += 1;
    }
    const std::uint64_t number = ++proposals_made;
    Proposal& proposal = proposals[number];
    proposal.id = id;
    proposal.content = std::move(content);
    proposal.is_own = is_own;
    // The broker's own never come too late: nobody was told that they would not come.
    if (!is_own) proposal.before = now.utc + settings.accept_window;
    proposal.deadline = now.steady + settings.accept_window + settings.skew_max;
    by_entry.emplace(id, number);
    if (phase == Phase::ready) publish(number, proposal);
}

void Ordering::Parts::publish(std::uint64_t number, Proposal& proposal) {
    if (proposal.sealed.body.empty()) {
        Envelope envelope{settings.broker, reached.at.generation, proposal.before, {}};
        std::visit([&](const auto& content) { envelope.content = content; }, proposal.content);
        proposal.sealed = seal(envelope, settings.key);
        proposal.check = checks;
        by_message.emplace(proposal.sealed.id, number);
    }
    proposal.published.reset();
    proposal.may_be_there += 1;
    emit(Publish{proposal.sealed.id, proposal.sealed.body, std::nullopt});
    set_timer(number, proposal, now.steady + settings.publish_retry);
}

/// Those that the feed has not shown, now that it has shown everything: they are not there.
void Ordering::Parts::publish_all() {
    for (auto& [number, proposal] : proposals) {
        if (proposal.is_fed || (proposal.before && *proposal.before <= now.utc)) continue;
        publish(number, proposal);
    }
}

void Ordering::Parts::set_timer(std::uint64_t number, Proposal& proposal, Instant at) {
    timers.erase({proposal.timer, number});
    proposal.timer = proposal.is_own ? at : std::min(at, proposal.deadline);
    timers.emplace(proposal.timer, number);
}

void Ordering::Parts::attend_due() {
    while (!timers.empty() && timers.begin()->first <= now.steady) {
        const std::uint64_t number = timers.begin()->second;
        timers.erase(timers.begin());
        attend(number);
    }
}

void Ordering::Parts::attend(std::uint64_t number) {
    Proposal& proposal = proposals.at(number);
    if (proposal.is_fed) return;  // It waits for the disk.
    if (!proposal.is_own && now.steady >= proposal.deadline) {
        return proposal.may_be_there == 0
                   ? refuse(number, ErrorCode::backbone_unreachable,
                            "the cluster's backbone did not take it; nothing was stored: try again")
                   : refuse(number, ErrorCode::outcome_unknown,
                            "whether the cluster's log has it is not known yet: ask with its id, "
                            "or send it again with the same one");
    }
    set_timer(number, proposal, now.steady + settings.publish_retry);
    if (phase != Phase::ready) return;
    if (proposal.published) {
        // It is there, and does not come.
        const bool is_overdue = now.steady >= *proposal.published + settings.answer_max;
        if (is_overdue && !is_paused) begin_check();
        return;
    }
    if (proposal.before && *proposal.before <= now.utc) return;
    publish(number, proposal);
}

void Ordering::Parts::on(const Published& event) {
    if (refill.links.contains(event.id)) return on_link_published(event.id);
    const auto found = by_message.find(event.id);
    if (found == by_message.end()) return;
    Proposal& proposal = proposals.at(found->second);
    if (!proposal.published) proposal.published = now.steady;
    const bool was_passed = event.number <= reached.at.number;
    // The feed has shown this number, and something else there.
    const bool is_strange = was_passed && !proposal.is_fed && !event.is_duplicate;
    if (is_strange && phase == Phase::ready) begin_check();
}

void Ordering::Parts::on(const NotPublished& event) {
    if (refill.links.contains(event.id)) return on_link_failed(event);
    const auto found = by_message.find(event.id);
    if (found == by_message.end() || event.why == NotPublished::Why::unknown) return;
    Proposal& proposal = proposals.at(found->second);
    if (proposal.may_be_there > 0) proposal.may_be_there -= 1;
}

void Ordering::Parts::refuse(std::uint64_t number, ErrorCode code, std::string_view why) {
    emit(Refuse{proposals.at(number).id, {code, std::string(why)}});
    forget(number);
}

void Ordering::Parts::forget(std::uint64_t number) {
    const auto found = proposals.find(number);
    const Proposal& proposal = found->second;
    timers.erase({proposal.timer, number});
    by_entry.erase(proposal.id);
    by_message.erase(proposal.sealed.id);
    if (!proposal.is_own) refusable -= 1;
    proposals.erase(found);
}

/// The stream took it in too late. It is certain that it is nowhere if the stream is the one that
/// it was published to, and followed ever since: no earlier attempt was in time then.
void Ordering::Parts::on_void(const StreamMessage& message) {
    notice({.fact = OrderingFact::void_entry, .number = message.number});
    const auto found = message.id ? by_message.find(*message.id) : by_message.end();
    if (found == by_message.end() || proposals.at(found->second).is_fed) return;
    const bool is_certain = proposals.at(found->second).check == checks;
    if (is_certain) {
        return refuse(found->second, ErrorCode::backbone_unreachable,
                      "it came too late into the cluster's log; nothing was stored: try again");
    }
    refuse(found->second, ErrorCode::outcome_unknown,
           "it came too late into the cluster's log, unless it was there already: ask with its id, "
           "or send it again with the same one");
}

/// True: it was proposed here.
bool Ordering::Parts::on_fed(const MessageId& id) {
    const auto found = by_entry.find(id);
    if (found == by_entry.end()) return false;
    Proposal& proposal = proposals.at(found->second);
    proposal.is_fed = true;
    timers.erase({proposal.timer, found->second});
    return true;
}

/// What was on its way to the disk did not come there: the feed shows it again.
void Ordering::Parts::unfeed_all() {
    for (auto& [number, proposal] : proposals) {
        if (!std::exchange(proposal.is_fed, false)) continue;
        set_timer(number, proposal, now.steady + settings.publish_retry);
    }
}

}  // namespace crier::broker
