// Whether the stream is still the one that was followed: at each connection, whenever something
// does not fit, and from time to time.
#include <string>
#include <utility>

#include "broker/cluster/ordering_parts.hpp"

namespace crier::broker {

void Ordering::Parts::on(const BackboneUp& event) {
    is_up = true;
    is_feed_open = false;
    lose_questions();
    refill.links.clear();
    if (is_disk_failed) return enter(Phase::stalled);
    checks += 1;
    extent = event.extent;
    forget_positions();
    check();
}

void Ordering::Parts::on(const BackboneDown& event) {
    is_up = false;
    is_feed_open = false;
    checks += 1;
    wait_until.reset();
    lose_questions();
    refill.links.clear();
    backbone_problem = "the cluster's backbone cannot be used: " + event.error.detail;
    enter(Phase::down);
}

void Ordering::Parts::begin_check() {
    checks += 1;
    stop_following();
    give_up_questions();
    refill.links.clear();
    enter(Phase::asking);
    ask_extent();
}

// ---- Questions to the stream --------------------------------------------------------------------

void Ordering::Parts::ask_look(std::uint64_t number) {
    unanswered += 1;
    awaited_look = number;
    emit(Look{number});
    wait(settings.answer_max);
}

void Ordering::Parts::ask_extent() {
    unanswered += 1;
    is_extent_awaited = true;
    emit(AskExtent{});
    if (phase != Phase::ready) wait(settings.answer_max);
}

/// Their answers will come, and say how it was before whatever made one ask anew.
void Ordering::Parts::give_up_questions() {
    stale = unanswered;
    awaited_look.reset();
    is_extent_awaited = false;
}

/// Their answers will not come.
void Ordering::Parts::lose_questions() {
    unanswered = 0;
    give_up_questions();
}

bool Ordering::Parts::is_stale_answer() {
    if (unanswered > 0) unanswered -= 1;
    if (stale == 0) return false;
    stale -= 1;
    return true;
}

void Ordering::Parts::on(const NotRead& /*event*/) {
    const bool is_awaited = is_extent_awaited || awaited_look;
    if (is_stale_answer() || !is_awaited) return;
    is_extent_awaited = false;
    awaited_look.reset();
    if (phase != Phase::ready) wait(settings.publish_retry);  // After a probe comes another one.
}

void Ordering::Parts::on(const ExtentRead& event) {
    if (is_stale_answer() || !std::exchange(is_extent_awaited, false)) return;
    extent = event.extent;
    if (phase == Phase::asking) return check();
    if (phase == Phase::ready) return on_probed();
    if (phase != Phase::following) return;
    target = extent.last;
    wait(settings.answer_max);
    if (reached.at.number >= target) caught_up();
}

void Ordering::Parts::on(const Looked& event) {
    if (is_stale_answer() || awaited_look != event.number) return;
    awaited_look.reset();
    if (phase == Phase::searching) return on_searched(event.message);
    if (phase == Phase::checking) return on_cursor_seen(event.message);
    if (phase == Phase::behind && event.message) return on_newest_seen(*event.message);
    if (phase == Phase::ready && event.message) on_last_to_purge_seen(*event.message);
}

// ---- The cursor ---------------------------------------------------------------------------------

void Ordering::Parts::check() {
    target = extent.last;
    is_whole = false;
    if (!cursor || is_to_be_compared(cursor->message)) return begin_search();
    const std::uint64_t number = cursor->at.number;
    if (number > extent.last) {
        note_rolled_back(extent.last, "it ends before " + std::to_string(number));
        return begin_search();
    }
    if (number < extent.first) doubt_whose_it_is();
    if (number + 1 < extent.first) {
        is_whole = unplaced == 0;
        reached = *cursor;
        return fall_behind();
    }
    // What everybody has was removed; the message itself cannot be compared then.
    if (number < extent.first) return confirm_cursor();
    enter(Phase::checking);
    ask_look(number);
}

/// What others have of the stream was of the one before.
void Ordering::Parts::note_rolled_back(std::uint64_t number, std::string detail) {
    was_rolled_back = true;
    forget_positions();
    notice({.fact = OrderingFact::rolled_back, .number = number, .detail = std::move(detail)});
}

void Ordering::Parts::on_cursor_seen(const std::optional<StreamMessage>& message) {
    if (message && are_of_one_message(mark_of(*message), cursor->message)) return confirm_cursor();
    note_rolled_back(cursor->at.number, "another message is there");
    begin_search();
}

void Ordering::Parts::confirm_cursor() {
    reached = *cursor;
    has_met_foreign = false;
    tail.clear();  // What stands in the log is in the stream after all.
    if (unplaced > 0) {
        search = Search{};
        tail_generation = cursor->at.generation;
        return finish_search(*cursor);
    }
    is_whole = true;
    follow();
    enter(Phase::following);
    wait(settings.answer_max);
    if (reached.at.number >= target) caught_up();
}

void Ordering::Parts::become_ready() {
    wait_until.reset();
    probe_at = now.steady + settings.probe_interval;
    last_probed = extent.last;
    enter(Phase::ready);
    publish_all();
    if (std::exchange(was_rolled_back, false)) is_to_announce = true;
    announce();
}

/// At rest nothing else would tell that the stream was rolled back, or that the feed has ended.
void Ordering::Parts::probe() {
    probe_at = now.steady + settings.probe_interval;
    ask_extent();
}

void Ordering::Parts::on_probed() {
    const bool is_shorter = extent.last < reached.at.number;
    const bool is_not_fed = reached.at.number < last_probed && !is_paused;
    last_probed = extent.last;
    if (is_shorter || is_not_fed) return begin_check();
    purge_some();
}

}  // namespace crier::broker
