#include "broker/core/merge.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

#include "broker/core/page_filler.hpp"

namespace crier::broker {
namespace {

const SessionId& id_of(const Session& session) {
    return session.id;
}

const SessionId& id_of(const protocol::SessionOutcome& outcome) {
    return outcome.session;
}

/// Up to which session both pages are complete.
template <class Element>
std::optional<SessionId> horizon_of(const std::vector<Element>& elements, bool more) {
    return more && !elements.empty() ? std::optional(id_of(elements.back())) : std::nullopt;
}

template <class Element>
void cut_behind(std::vector<Element>& elements, const SessionId& last) {
    const auto end = std::find_if(elements.begin(), elements.end(),
                                  [&](const Element& one) { return id_of(one) > last; });
    elements.erase(end, elements.end());
}

/// In the order of ids, as far as both lists are complete; true when something was left out.
template <class Element>
bool merge_lists(std::vector<Element>& list, bool list_goes_on, std::vector<Element> more,
                 bool more_goes_on, std::size_t head_bytes) {
    std::optional<SessionId> last = horizon_of(list, list_goes_on);
    if (const auto other = horizon_of(more, more_goes_on)) {
        last = last ? std::min(*last, *other) : *other;
    }
    std::vector<Element> merged;
    std::merge(
        list.begin(), list.end(), std::make_move_iterator(more.begin()),
        std::make_move_iterator(more.end()), std::back_inserter(merged),
        [](const Element& left, const Element& right) { return id_of(left) < id_of(right); });
    if (last) cut_behind(merged, *last);
    list.clear();
    PageFiller filler(list, head_bytes);
    bool is_cut = false;
    for (Element& one : merged) {
        if (filler.add(one)) continue;
        is_cut = true;
        // A page ends between two sessions, unless it has no other.
        if (id_of(list.front()) != id_of(one)) {
            std::erase_if(list, [&](const Element& kept) { return id_of(kept) == id_of(one); });
        }
        break;
    }
    return is_cut || list_goes_on || more_goes_on;
}

}  // namespace

void add_to(Tally& tally, Counts& counts, const Tally& more, const Counts& more_counts) {
    for (std::size_t state = 0; state < tally.counts.size(); ++state) {
        tally.counts[state] += more.counts[state];
    }
    counts.removed += more_counts.removed;
    counts.dropped += more_counts.dropped;
    if (counts.answers.size() < more_counts.answers.size()) {
        counts.answers.resize(more_counts.answers.size());
    }
    for (std::size_t choice = 0; choice < more_counts.answers.size(); ++choice) {
        counts.answers[choice] += more_counts.answers[choice];
    }
}

void add_to(protocol::TallyChanged& sum, const protocol::TallyChanged& more) {
    add_to(sum.tally, sum.counts, more.tally, more.counts);
    sum.is_final = sum.is_final && more.is_final;
}

void add_to(protocol::MessageSummary& sum, const protocol::TallyChanged& more) {
    add_to(sum.tally, sum.counts, more.tally, more.counts);
    sum.is_final = sum.is_final && more.is_final;
    sum.is_waiting = sum.is_waiting && more.tally.targeted() == 0;
}

void merge(protocol::SessionPage& page, protocol::SessionPage more) {
    page.more =
        merge_lists(page.sessions, page.more, std::move(more.sessions), more.more, page_head_bytes);
    // Of two with one id, neighbours now, the one that cannot be reached is the older.
    auto& sessions = page.sessions;
    for (std::size_t i = 1; i < sessions.size();) {
        if (sessions[i - 1].id != sessions[i].id) {
            ++i;
            continue;
        }
        const bool is_first_older = sessions[i - 1].state == Presence::unreachable;
        sessions.erase(sessions.begin() + static_cast<std::ptrdiff_t>(is_first_older ? i - 1 : i));
    }
}

void merge(protocol::OutcomePage& page, protocol::OutcomePage more) {
    add_to(page.message.tally, page.message.counts, more.message.tally, more.message.counts);
    page.message.is_final = page.message.is_final && more.message.is_final;
    // One that was away at its time has not let it go out, or not as often.
    page.message.is_waiting = page.message.is_waiting && more.message.is_waiting;
    page.message.revision = std::max(page.message.revision, more.message.revision);
    page.more = merge_lists(page.outcomes, page.more, std::move(more.outcomes), more.more,
                            page_head_bytes + protocol::size_of_item(page.message));
}

}  // namespace crier::broker
