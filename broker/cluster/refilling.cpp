// What the stream has lost, or never had, from this journal back into it: behind a message that
// begins a new generation, in order, each only directly behind the one before. Where somebody else
// comes in between, what he brought is followed first.
#include <algorithm>

#include "broker/cluster/ordering_parts.hpp"

namespace crier::broker {

void Ordering::Parts::refill_next() {
    enter(Phase::refilling);
    wait_until.reset();
    if (!refill.is_told) {
        refill.is_told = true;
        const bool is_empty = reached.at.number == 0;
        notice({.fact = is_empty ? OrderingFact::seeding : OrderingFact::refilling,
                .number = reached.at.number,
                .count = tail.size()});
    }
    refill.wanted = tail.first(settings.refill_window);
    refill.tickets.clear();
    refill.read.clear();
    refill.links.clear();
    refill.end = 0;
    for (const MessageId& id : refill.wanted) {
        refill.tickets.emplace(++ticket, id);
        emit(ReadEntry{ticket, id});
    }
}

void Ordering::Parts::on(const EntryRead& event) {
    const auto found = refill.tickets.find(event.ticket);
    if (found == refill.tickets.end() || phase != Phase::refilling) return;
    const MessageId id = found->second;
    refill.tickets.erase(found);
    if (!event.entry) {
        refill.tickets.clear();
        return retry_journal(event.entry.error());
    }
    if (*event.entry) {
        refill.read.emplace(id, **event.entry);
    } else {
        tail.erase(id);  // It was pruned: nobody needs it any more.
    }
    if (refill.tickets.empty()) publish_links();
}

/// The feed may have brought some of them meanwhile.
void Ordering::Parts::publish_links() {
    std::uint64_t last = reached.at.number;
    const bool is_announced = last > 0 && reached.at.generation > tail_generation;
    std::uint64_t generation = reached.at.generation;
    if (!is_announced) {
        generation = generation_seen + 1;
        const NewGeneration begun{first_seq > 0 ? first_seq - 1 : 0, members};
        link({settings.broker, generation, std::nullopt, begun}, last++);
    }
    std::size_t count = 0;
    for (const MessageId& id : refill.wanted) {
        const auto read = refill.read.find(id);
        if (read == refill.read.end() || !tail.contains(id)) continue;
        link({settings.broker, generation, std::nullopt, std::move(read->second)}, last++);
        count += 1;
    }
    if (count == 0) {
        refill.links.clear();
        return caught_up();
    }
    refill.end = last;
    wait(settings.answer_max);
}

void Ordering::Parts::link(const Envelope& envelope, std::uint64_t after) {
    SealedEnvelope sealed = seal(envelope, settings.key);
    refill.links.insert(sealed.id);
    emit(Publish{sealed.id, std::move(sealed.body), after});
}

void Ordering::Parts::on_link_published(const MessageId& id) {
    refill.links.erase(id);
}

void Ordering::Parts::on_link_failed(const NotPublished& event) {
    refill.links.clear();  // Those behind it fail as well; the feed shows which did not.
    refill.end = 0;
    if (event.why == NotPublished::Why::wrong_last) return follow_further();
    wait(settings.publish_retry);
}

/// Somebody else has written: what he wrote may be what was lost here.
void Ordering::Parts::follow_further() {
    enter(Phase::following);
    target = ~std::uint64_t{0};
    ask_extent();
}

}  // namespace crier::broker
