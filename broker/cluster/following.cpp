// What the feed brings: each message once, in its order, into the journal.
#include <algorithm>
#include <utility>

#include "broker/cluster/ordering_parts.hpp"

namespace crier::broker {

/// With the last message once more, where it is known which one it was: if another one comes, the
/// stream was rolled back while nobody listened, and has grown again.
void Ordering::Parts::follow() {
    is_feed_open = true;
    is_paused = false;
    const bool is_known = reached.message != MessageId{};
    emit(Follow{is_known ? reached.at.number : reached.at.number + 1});
}

void Ordering::Parts::stop_following() {
    if (is_feed_open && !is_paused) emit(StopFollowing{});
    is_feed_open = false;
    is_paused = false;
}

void Ordering::Parts::on(const Fed& event) {
    if (!is_feed_open || is_paused) return;
    const StreamMessage& message = event.message;
    const std::uint64_t next = reached.at.number + 1;
    const bool is_last = message.number == reached.at.number;
    if (is_last && are_of_one_message(mark_of(message), reached.message)) return;
    if (message.number != next) {
        const bool is_checked = hole_checked == message.number;
        // A hole that is still there after a check was made by somebody who removes messages.
        if (message.number > next && is_checked) return fall_behind();
        hole_checked = message.number;
        if (is_checked) return check_later();
        return begin_check();
    }
    if (phase != Phase::ready && phase != Phase::unwelcome) wait(settings.answer_max);
    take_in(message);
}

/// The server that feeds has another copy of the stream than the one that was asked.
void Ordering::Parts::check_later() {
    stop_following();
    give_up_questions();
    enter(Phase::asking);
    wait(settings.publish_retry);
}

/// Somebody knows of a generation that began, and had things to put in order. Nothing is suspicious
/// while all is compared anyway.
bool Ordering::Parts::is_suspicious(const Envelope& envelope) const {
    return phase == Phase::ready && envelope.generation > reached.at.generation &&
           envelope.generation > generation_checked;
}

void Ordering::Parts::take_in(const StreamMessage& message) {
    auto envelope = open(message, settings.key);
    if (envelope && is_suspicious(*envelope)) {
        generation_checked = envelope->generation;
        return begin_check();
    }
    hole_checked = 0;
    if (!envelope && envelope.error().is_newer) {
        return stop_at_newer(message.number, std::move(envelope.error().why));
    }
    Batch batch;
    std::vector<MessageId> proposed;
    std::optional<BrokerId> gone;
    reached.at.number = message.number;
    reached.message = mark_of(message);
    has_met_own |= envelope && says_whose_it_is(*envelope);
    if (phase == Phase::unwelcome) {
        if (has_met_own) begin_check();
        return;
    }
    if (!envelope) {
        has_met_foreign = true;
        notice({.fact = OrderingFact::foreign_message,
                .number = message.number,
                .detail = envelope.error().why});
        // It was empty when this broker came: somebody else was the first.
        if (phase == Phase::ready && is_of_others()) return stop_as_unwelcome();
    } else if (is_void(*envelope, message.time)) {
        on_void(message);
    } else if (std::holds_alternative<Entry>(envelope->content)) {
        take_entry(std::move(*envelope), batch, proposed);
    } else if (const auto* begun = std::get_if<NewGeneration>(&envelope->content)) {
        take_generation(*begun, *envelope, batch);
    } else if (const auto* joined = std::get_if<Joined>(&envelope->content)) {
        take_joined(*joined, batch);
    } else if (const auto* forgotten = std::get_if<Forgotten>(&envelope->content)) {
        take_forgotten(*forgotten, batch);
        gone = forgotten->broker;
        if (on_fed(forgotten->id)) proposed.push_back(forgotten->id);
    }
    generation_seen = std::max(generation_seen, reached.at.generation);
    if (is_whole && has_met_own) batch.cursor = cursor = reached;
    if (!batch.empty() || !proposed.empty()) store(std::move(batch), std::move(proposed), gone);
    announce();
    const bool is_there = phase == Phase::following && reached.at.number >= target;
    if (is_there || (phase == Phase::refilling && reached.at.number == refill.end)) caught_up();
}

/// Something that others count and this broker cannot read: whoever skips it loses it, so nothing
/// behind it is taken either, until a newer broker follows from here.
void Ordering::Parts::stop_at_newer(std::uint64_t number, std::string why) {
    stop_following();
    give_up_questions();
    refill.links.clear();
    wait_until.reset();
    notice({.fact = OrderingFact::newer_message, .number = number, .detail = std::move(why)});
    enter(Phase::outdated);
}

/// That this broker belongs to it, behind what others wrote, it may have said before it knew.
bool Ordering::Parts::says_whose_it_is(const Envelope& envelope) const {
    const bool is_joining = std::holds_alternative<Joined>(envelope.content);
    return !has_met_foreign || !is_joining || envelope.broker != settings.broker;
}

/// What this broker knew of the stream was removed from it: what is left may be another cluster's.
void Ordering::Parts::doubt_whose_it_is() {
    if (extent.first <= extent.last) has_met_own = false;
}

/// Nothing that it has met was sealed with its key, and nobody who has that key takes entries, or
/// was known before.
bool Ordering::Parts::is_of_others() const {
    if (!has_met_foreign || has_met_own) return false;
    return std::none_of(others.begin(), others.end(), [this](const auto& known) {
        const auto& [id, other] = known;
        const bool is_mate = std::binary_search(members.begin(), members.end(), id);
        return other.is_there && (is_mate || other.takes_entries);
    });
}

/// It would have a second log in the same stream, bring its own history there, and remove what the
/// others need. It follows further: where only forgeries came first, something with its key will
/// come.
void Ordering::Parts::stop_as_unwelcome() {
    wait_until.reset();
    notice({.fact = OrderingFact::other_cluster, .number = reached.at.number});
    enter(Phase::unwelcome);
}

void Ordering::Parts::take_entry(Envelope envelope, Batch& batch,
                                 std::vector<MessageId>& proposed) {
    Entry& entry = std::get<Entry>(envelope.content);
    generation_seen = std::max(generation_seen, envelope.generation);
    // A change that came before what it changes, which was lost, is not known to those who never
    // had that. So it follows once more.
    const bool is_too_early = entry.about && tail.contains(*entry.about);
    const bool is_from_here = envelope.broker == settings.broker && !envelope.before;
    if (is_too_early) {
        tail.add_last(entry.id);
    } else if (tail.erase(entry.id) && is_from_here) {
        refill.put_back += 1;
    }
    if (on_fed(entry.id)) proposed.push_back(entry.id);
    batch.places.push_back(reached.at);
    batch.entries.push_back(std::move(entry));
}

void Ordering::Parts::take_generation(const NewGeneration& begun, const Envelope& envelope,
                                      Batch& batch) {
    reached.at.generation = std::max(reached.at.generation, envelope.generation);
    set_members(begun.members, batch);
    was_rolled_back = false;
    notice({.fact = OrderingFact::generation_began,
            .number = reached.at.number,
            .broker = envelope.broker});
}

// ---- The journal --------------------------------------------------------------------------------

void Ordering::Parts::store(Batch batch, std::vector<MessageId> proposed,
                            const std::optional<BrokerId>& gone) {
    stores.push_back({++stores_made, batch.cursor, batch.members, gone, std::move(proposed)});
    has_entries = has_entries || !batch.entries.empty();
    emit(Store{std::move(batch)});
    if (stores.size() < settings.stores_max || !is_feed_open || is_paused) return;
    emit(StopFollowing{});
    is_paused = true;
    wait_until.reset();  // The disk has the time that it needs.
}

void Ordering::Parts::on(const Stored& event) {
    while (!stores.empty() && stores.front().number <= event.stores) {
        const PendingStore& written = stores.front();
        if (written.cursor) cursor_stored = written.cursor;
        for (const MessageId& id : written.proposed) {
            const auto found = by_entry.find(id);
            if (found != by_entry.end()) forget(found->second);
        }
        if (written.members) {
            members_stored = *written.members;
            emit(MembersChanged{members_stored, written.gone});
        }
        stores.pop_front();
    }
    if (is_paused && stores.size() <= settings.stores_max / 2) {
        follow();
        if (phase != Phase::ready) wait(settings.answer_max);
    }
    if (phase == Phase::settling && stores.empty()) start_search();
}

void Ordering::Parts::on(const StoreFailed& /*event*/) {
    is_disk_failed = true;
    stores.clear();
    cursor = cursor_stored;
    reached = cursor.value_or(LogCursor{{1, 0}, {}});  // Whoever copies from here gets no more.
    members = members_stored;
    // While the stream is put back in order, an entry may have lost its place to one that was
    // stored, and not been given its new one.
    if (!cursor || is_to_be_compared(cursor->message))
        unplaced = std::max<std::size_t>(unplaced, 1);
    unfeed_all();
    stop_following();
    give_up_questions();
    refill.links.clear();
    checks += 1;
    wait_until.reset();
    enter(Phase::stalled);
}

void Ordering::Parts::on(const StoreRecovered& /*event*/) {
    if (!std::exchange(is_disk_failed, false)) return;
    if (is_up) return begin_check();
    enter(Phase::down);
}

// ---- Back to the stream -------------------------------------------------------------------------

/// Goes on behind `from`, with a tail that has to be met in the stream, or brought there. Until
/// that is done the cursor on the disk says so: whatever happens meanwhile, it all begins anew.
void Ordering::Parts::rejoin(const LogCursor& from) {
    reached = from;
    reached.message.bytes[0] = 0;
    has_met_foreign = false;
    is_whole = tail.empty();
    if (is_whole) unplaced = 0;
    refill.put_back = 0;
    refill.is_told = false;
    // The cursor stays then: it tells the next start that what it names was lost.
    const bool is_nothing = is_whole && from.at.number == 0;
    if (!is_nothing) store_cursor(is_whole ? reached : unsure(reached));
    if (reached.at.number + 1 < extent.first) return fall_behind();
    follow();
    enter(Phase::following);
    wait(settings.answer_max);
    if (reached.at.number >= target) caught_up();
}

void Ordering::Parts::store_cursor(const LogCursor& next) {
    if (cursor == next) return;
    cursor = next;
    Batch batch;
    batch.cursor = next;
    store(std::move(batch));
}

/// Everything that was in the stream was taken in.
void Ordering::Parts::caught_up() {
    refill.links.clear();
    if (is_of_others()) return stop_as_unwelcome();
    if (is_whole) return become_ready();
    if (!tail.empty()) return refill_next();
    is_whole = true;
    unplaced = 0;
    tail_generation = 0;
    if (reached.at.number > 0) store_cursor(reached);
    if (refill.put_back > 0) {
        notice({.fact = OrderingFact::refilled,
                .number = reached.at.number,
                .count = refill.put_back});
    }
    become_ready();
}

}  // namespace crier::broker
