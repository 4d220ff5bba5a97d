#include "tests/simulation/witness.hpp"

#include <algorithm>
#include <string_view>
#include <variant>

#include "shared/base/limits.hpp"
#include "shared/protocol/codec.hpp"
#include "tests/simulation/simulation.hpp"

namespace crier::simulation {

using namespace broker;

namespace {

/// Between the core's decision and the frame.
constexpr Milliseconds turn_max{2};
/// A disk is full no longer.
constexpr Milliseconds trouble_max{3'000};

/// Between the clocks of a cluster's brokers. In it, what one of them has entered may say of a time
/// that it has come, which for another one is yet to come.
constexpr Milliseconds skew_max{1'000};

/// What was taken back or closed is over for whoever knows it, whatever the clock says.
bool has_ended(const Plan& plan, UtcTime now) {
    return plan.recalled || plan.closed || plan.is_over(now);
}

/// Cheaper than to decode every frame: the codec writes the type first.
bool says(std::string_view type, const protocol::Bytes& bytes) {
    constexpr std::size_t offset = 4;  // The map, "t" and the length of the type.
    return bytes.size() > offset + type.size() &&
           std::equal(type.begin(), type.end(), bytes.begin() + offset);
}

}  // namespace

void Witness::expect(bool is_true, const std::string& sentence) {
    constexpr std::size_t enough = 20;
    if (is_true || ledger_.wrong.size() >= enough) return;
    world_.trace("WRONG: " + sentence);
    const auto ms = world_.now().steady.time_since_epoch().count();
    ledger_.wrong.push_back("at " + std::to_string(ms) + " ms: " + sentence);
}

/// No drop waits for a full disk; the others are told of it, and tell it the sessions that come.
void Witness::note_unrecorded_drops() {
    for (const SessionId& session : ended_) {
        if (!disk_.dropped().contains(session)) ledger_.dropped_unrecorded.insert(session);
    }
}

void Witness::on_notice(const Notice& notice) {
    if (notice.fact == Fact::storage_failed) has_storage_problem_ = true;
    if (notice.fact == Fact::storage_recovered) has_storage_problem_ = false;
    const bool is_drop =
        notice.fact == Fact::session_closed && notice.detail.rfind("dropped by", 0) == 0;
    if (is_drop) ended_.insert(*notice.session);
    if (ledger_.is_cluster && has_storage_problem_) note_unrecorded_drops();
    const bool is_of_disk =
        notice.fact == Fact::storage_failed || notice.fact == Fact::storage_recovered;
    if (is_of_disk) note_trouble(trouble_max);
    // What the others count is not known here, nor to them what is counted here.
    if (notice.fact == Fact::broker_lost) note_trouble(2 * trouble_max);
    const bool is_cut = notice.fact == Fact::backbone_lost;
    if (is_cut && !away_since_) away_since_ = utc();
    const bool is_back =
        notice.fact == Fact::backbone_reached || notice.fact == Fact::backbone_recovered;
    if (!is_back || !away_since_) return;
    ledger_.troubles.emplace_back(*away_since_, utc() + 2 * trouble_max);
    away_since_.reset();
}

void Witness::on_crash() {
    note_trouble(Milliseconds{3'000} + trouble_max);
    if (!away_since_) away_since_ = utc();
    links_.clear();
    has_storage_problem_ = false;
    ledger_.lives += 1;
    let_in_.clear();
    begun_.clear();
    dropped_.clear();
    ended_.clear();
}

void Witness::note_trouble(Milliseconds time) {
    const UtcTime now = utc();
    // What was on its way to the disk is lost with it.
    ledger_.troubles.emplace_back(now - Milliseconds{1'000}, now + time);
}

// ---- What comes in ------------------------------------------------------------------------------

void Witness::on_received(PeerId peer, const protocol::Bytes& bytes) {
    const auto found = links_.find(peer);
    if (found == links_.end() || found->second.door != Door::sessions) return;
    if (!says("receipts", bytes) && !says("hello", bytes)) return;
    const auto frame = protocol::decode_from_session(bytes);
    if (!frame) return;
    Link& link = found->second;
    if (const auto* hello = std::get_if<protocol::SessionHello>(&*frame)) on_hello(link, *hello);
    if (const auto* receipts = std::get_if<protocol::Receipts>(&*frame)) {
        on_receipts(link, *receipts);
    }
}

void Witness::on_hello(Link& link, const protocol::SessionHello& hello) {
    const SessionId session = session_id_of(*hello.key);
    link.said = session;
    link.has_token = hello.resume.has_value();
    // Another broker has ended it since, and this one has not heard of that.
    const bool may_be_known = ledger_.may_lose_sight && ledger_.let_in.contains(session);
    const bool is_known =
        link.has_token || disk_.has_session(session) || let_in_.contains(session) || may_be_known;
    link.is_shut_out = !is_known && is_shut_to(session);
    if (!link.is_shut_out) let_in_.insert(session);
    if (!link.is_shut_out) ledger_.let_in.insert(session);
    for (const protocol::Known& known : hello.known) {
        if (known.state == State::acknowledged)
            ledger_.acknowledged.insert({known.id, person(session)});
    }
}

void Witness::on_receipts(Link& link, const protocol::Receipts& frame) {
    const UtcTime now = utc();
    Received& received = link.receipts[frame.number];
    received.at = now;
    for (const protocol::Receipt& receipt : frame.receipts) {
        const bool had_answered = link.session && disk_.has_answered(receipt.id, *link.session);
        const std::uint32_t begun = std::max(disk_.revision_of(receipt.id), begun_[receipt.id]);
        const bool is_to_come = ledger_.is_cluster && receipt.revision > begun;
        received.list.push_back({receipt, had_answered, has_storage_problem_, is_to_come});
        if (receipt.state == State::acknowledged && link.said) {
            ledger_.acknowledged.insert({receipt.id, person(*link.said)});
        }
        if (receipt.answer && link.session) {
            ledger_.answers[{receipt.id, *link.session}].push_back(
                {now, ledger_.lives, receipt.revision, *receipt.answer, false});
        }
        const auto landed = link.in_flight.find(receipt.id);
        if (landed == link.in_flight.end()) continue;
        link.bytes_in_flight -= landed->second;
        link.in_flight.erase(landed);
    }
}

// ---- What goes out ------------------------------------------------------------------------------

void Witness::on_sent(const std::vector<PeerId>& peers, const protocol::Bytes& bytes) {
    if (ledger_.ended.steady != Instant{}) return;  // Only questions are asked now.
    std::vector<Link*> of_sessions;
    std::vector<Link*> of_operators;
    for (const PeerId peer : peers) {
        const auto found = links_.find(peer);
        if (found == links_.end()) continue;
        const bool is_session = found->second.door == Door::sessions;
        (is_session ? of_sessions : of_operators).push_back(&found->second);
    }
    if (!of_sessions.empty()) {
        expect(bytes.size() <= limits::bundle_bytes_max, "a frame to a session is too long");
        check_all(of_sessions, protocol::decode_to_session(bytes));
    }
    if (!of_operators.empty()) check_all(of_operators, protocol::decode_to_operator(bytes));
}

template <class Frame>
void Witness::check_all(const std::vector<Link*>& links, const Frame& frame) {
    if (!frame) return expect(false, "what was sent does not decode: " + frame.error().detail);
    for (Link* link : links) {
        std::visit([&](const auto& content) { check(*link, content); }, *frame);
    }
}

void Witness::check(Link& link, const protocol::SessionWelcome& welcome) {
    expect(!link.session, "a connection was welcomed twice");
    for (const auto& [peer, other] : links_) {
        expect(other.session != welcome.session, "a session has two connections");
    }
    const UtcTime now = utc();
    const std::string& name = ledger_.names.at(welcome.session);
    expect(!disk_.refuses(welcome.session, now), name + " came in, though its key is refused");
    const auto dropped = dropped_.find(welcome.session);
    expect(dropped == dropped_.end() || dropped->second + refusal_time_ <= now,
           name + " came in, and was dropped before");
    expect(!link.is_shut_out, name + " came in while admission was closed for it");
    link.session = welcome.session;
    link.welcomed = now;
    link.was_recorded = disk_.has_session(welcome.session);
    // With a full disk nothing can be accepted that such a session could miss.
    expect(link.was_recorded || has_storage_problem_,
           "a session was welcomed that a crash would forget");
    if (!link.was_recorded) ledger_.unrecorded.insert(welcome.session);
}

void Witness::check(Link& link, const protocol::Heartbeat& heartbeat) {
    while (!link.receipts.empty() && link.receipts.begin()->first <= heartbeat.confirmed) {
        const Received& received = link.receipts.begin()->second;
        for (const Received::One& one : received.list) {
            check_confirmed(link, one, received.at);
        }
        link.receipts.erase(link.receipts.begin());
    }
}

void Witness::check_confirmed(const Link& link, const Received::One& one, UtcTime came_at) {
    const protocol::Receipt& receipt = one.receipt;
    if (!link.session) return;
    const auto asked = ledger_.asked.find(receipt.id);
    if (asked == ledger_.asked.end()) return expect(false, "a receipt is for no message");
    const Place place{receipt.id, *link.session};
    const Plan* plan = plans().find(receipt.id);
    if (plan == nullptr) {
        // Another broker has shown it; when the log brings it here, the session says so again.
        return expect(ledger_.is_cluster, "a receipt was confirmed for what is not on disk");
    }
    // The same of a revision that this broker was yet to begin: its clock is behind, or its log.
    if (one.is_of_one_to_come) return;
    const bool is_over = has_ended(*plan, utc());
    // What came with a full disk is not on it if the broker crashed then, nor is the session's
    // number; of a message that is over that stays so.
    if (is_over && ledger_.unrecorded.contains(*link.session)) return;
    if (!link.was_recorded && !disk_.names(receipt.id, *link.session)) return;
    // Who comes again after it was dropped is another one, for whom that message was not. Another
    // broker may have dropped it, of which this one has not heard.
    const bool was_dropped =
        disk_.dropped().contains(*link.session) || ledger_.dropped.contains(*link.session);
    if (was_dropped) return;
    // It came too late for the revision that it is of, and changed nothing.
    const bool is_of_older = receipt.revision < disk_.revision_of(receipt.id);
    if (is_of_older && (!one.had_answered || may_ask_again(receipt.id))) return;
    const bool is_late = plans().may_go_by(receipt.id, came_at, [&](const Plan& known) {
        return has_ended(known, came_at + turn_max);
    });
    if (receipt.answer) {
        if (is_late) return;  // It changes nothing.
        ledger_.on_answer_confirmed(place, receipt);
        // Of several that come to a full disk only the newest is kept for it.
        const bool was_replaced =
            one.came_to_full_disk && ledger_.answers.at(place).back().answer != *receipt.answer;
        // In a cluster the log brings it later, and until then the receipt stands for it.
        expect(ledger_.is_cluster || was_replaced ||
                   disk_.has_answer(receipt.id, *link.session, *receipt.answer),
               ledger_.name_of(place) + " was answered and confirmed, and no entry says so");
    }
    if (receipt.again) ledger_.confirmed_repeats.insert(place);
    const bool says_nothing = is_over && receipt.state == State::delivered;
    if (says_nothing || disk_.has_receipt(*link.session, receipt)) return;
    expect(false, "a receipt was confirmed that a crash would forget: " + ledger_.name_of(place) +
                      " is " + std::string(name_of(receipt.state)) +
                      (receipt.removed ? ", removed" : "") + (receipt.again ? ", again" : "") +
                      " in revision " + std::to_string(receipt.revision) +
                      "; on disk: " + disk_.describe(receipt.id, *link.session));
}

/// Whoever has answered is left alone by new revisions, unless one asks again.
bool Witness::may_ask_again(const MessageId& id) const {
    const std::vector<AskedChange>& changes = ledger_.asked.at(id).changes;
    return std::any_of(changes.begin(), changes.end(),
                       [](const AskedChange& change) { return change.asks_again; });
}

void Witness::check(Link& link, const protocol::Accepted& accepted) {
    expect(link.door == Door::operators, "a session was told that its message is accepted");
    expect(disk_.has_message(accepted.id), "a message was accepted that a crash would forget");
    ledger_.told_accepted.insert(accepted.id);
    // The others were asked for their counts, and meanwhile there may be a newer one.
    if (!ledger_.is_cluster) check_revision(accepted.id, accepted.revision);
    const UtcTime now = utc();
    const auto is_to_come = [now](const Plan& plan) { return plan.times_by(now) == 0; };
    const bool is_known = !plans().must_go_by(accepted.id, now, is_to_come);
    // Another broker's clock, or what it does not know yet, may have let it go out there.
    expect(is_known || ledger_.is_cluster || accepted.tally.targeted() == 0,
           "a message has an audience before it is due");
    if (accepted.already) return;
    // In a cluster whoever asked is told a little later: the others are asked for their counts. Who
    // came meanwhile, to a full disk, came after it.
    const Plan* plan = plans().find(accepted.id);
    for (const auto& [peer, other] : links_) {
        const bool came_later = plan != nullptr && plan->stored <= other.welcomed;
        // Whoever is ended is told once that is on the disk.
        const bool is_kept = !other.session || disk_.has_session(*other.session) ||
                             disk_.refuses(*other.session, now);
        expect(came_later || is_kept,
               "a message was accepted that a crash would keep from a welcomed session");
    }
}

void Witness::check(Link& link, const protocol::Show& show) {
    expect(disk_.has_message(show.id), "a message was sent before it was on disk");
    if (!link.session) return expect(false, "a message went to who is no welcomed session");
    const auto asked = ledger_.asked.find(show.id);
    expect(asked != ledger_.asked.end() && asked->second.audience.contains(*link.session),
           "a message was sent to a session for which it was not");
    expect(utc() <= show.deliver_until + turn_max, "a message was sent too late");
    check_plan(show);
    // A session that comes as another one gets it anew.
    const bool is_same =
        !disk_.dropped().contains(*link.session) && !ledger_.unrecorded.contains(*link.session);
    const bool is_asked_anew = show.revision > 1 && is_same && !may_ask_again(show.id) &&
                               disk_.has_answered(show.id, *link.session);
    expect(!is_asked_anew,
           ledger_.name_of({show.id, *link.session}) + " was sent again, and had been answered");
    std::uint32_t& sent = link.revisions[show.id];
    expect(show.revision > sent, "a revision was sent twice in a connection, or an older one");
    // What goes out later than it was accepted comes behind what came meanwhile.
    const Plan* plan = plans().find(show.id);
    // And what a session got elsewhere, or was to get, comes when that broker hands it over.
    const bool may_be_handed =
        ledger_.is_cluster && plan != nullptr && plan->stored <= link.welcomed;
    const bool is_plain =
        show.revision == 1 && plan != nullptr && plan->is_at_once() && !may_be_handed;
    expect(!is_plain || show.seq > link.last_seq, "messages were sent out of order");
    sent = show.revision;
    if (is_plain) link.last_seq = std::max(link.last_seq, show.seq);
    check_window(link, show);
}

/// What is sent is what the entries say, and it is its time.
void Witness::check_plan(const protocol::Show& show) {
    const UtcTime now = utc();
    const std::string name = ledger_.name_of(show.id);
    const UtcTime latest = ledger_.is_cluster ? now + skew_max : now;
    const auto is_due = [latest](const Plan& plan) { return plan.times_by(latest) > 0; };
    expect(plans().may_go_by(show.id, now, is_due) || may_have_begun(show.id, is_due),
           name + " was sent before it was due");
    const auto is_alive = [now](const Plan& plan) { return !plan.is_over(now - turn_max); };
    expect(plans().may_go_by(show.id, now, is_alive), name + " was sent after its end");
    const Plan* plan = plans().find(show.id);
    if (plan == nullptr) return;  // That is said elsewhere.
    const auto has_begun = [&](const Plan& known) {
        return show.revision <= known.revision_at(latest);
    };
    // Each time that came before it was put off may have begun one.
    const std::uint32_t times_ever = ledger_.is_cluster ? plans().times_ever(show.id, latest) : 0;
    const bool may_have_more = show.revision <= plan->updates + times_ever;
    expect(has_begun(*plan) || may_have_more,
           name + " was sent with a revision to come: " + std::to_string(show.revision) +
               " instead of " + std::to_string(plan->revision_at(latest)));
    check_revision(show.id, show.revision);
    const auto place = plan->place_of(show.content.text);
    expect(place.has_value(), name + " was sent with a text that it never had");
    std::size_t& newest = texts_[show.id];
    expect(!place || *place >= newest, name + " was sent with an old text after a new one");
    newest = std::max(newest, place.value_or(0));
    expect(!show.late || *show.late + limits::late_after < now,
           name + " is called late, and is not");
    if (show.is_reminder) ledger_.seen["reminders"] += 1;
    if (show.late) ledger_.seen["late ones"] += 1;
}

void Witness::check_revision(const MessageId& id, std::uint32_t revision) {
    std::uint32_t& newest = revisions_[id];
    expect(revision >= newest, ledger_.name_of(id) + " went back from revision " +
                                   std::to_string(newest) + " to " + std::to_string(revision));
    newest = std::max(newest, revision);
    begun_[id] = newest;
}

void Witness::check(Link& link, const protocol::Remove& remove) {
    if (!link.session) return expect(false, "a removal went to who is no welcomed session");
    const Plan* plan = plans().find(remove.id);
    if (plan == nullptr) return expect(false, "a removal is of no message");
    using Cause = protocol::RemovalCause;
    switch (remove.cause) {
        case Cause::recalled:
            return expect(plan->recalled.has_value(), "a recall was told before it was on disk");
        case Cause::closed:
            ledger_.seen["closed questions told"] += 1;
            return expect(plan->closed.has_value(), "a close was told before it was on disk");
        case Cause::expired:
            return expect(plan->is_over(utc()), "what had not expired was taken off");
        case Cause::acknowledged:
            ledger_.seen["cleared for a person"] += 1;
            expect(!ledger_.asked.at(remove.id).each_session,
                   "what each session is to acknowledge was taken off");
            return expect(ledger_.acknowledged.contains({remove.id, person(*link.session)}),
                          "what the person had not acknowledged was taken off");
    }
}

// ---- Who comes in -------------------------------------------------------------------------------

void Witness::check(Link& link, const protocol::Refused& refused) {
    if (link.door != Door::sessions) return;
    const UtcTime now = utc();
    world_.trace("refused: " + std::string(name_of(refused.code)) +
                 (link.said ? " " + ledger_.names.at(*link.said) : ""));
    switch (refused.code) {
        case ErrorCode::dropped: {
            if (!link.said) return expect(false, "who said no hello was dropped");
            const std::string& name = ledger_.names.at(*link.said);
            // Whom another broker has dropped comes nowhere else, whatever became of that drain: it
            // is among those of whom each must be counted as dropped in the end.
            expect(ledger_.is_cluster || may_be_dropped(*link.said),
                   name + " was dropped by nobody");
            ledger_.dropped.emplace(*link.said, world_.now().steady);
            // Since when its key is refused the disk knows, unless it is full, or another broker.
            const bool is_own = refused.detail.rfind("ended by", 0) == 0;
            const bool is_on_disk = disk_.refuses(*link.said, now);
            if (link.session && is_own && !is_on_disk) dropped_.emplace(*link.said, now);
            ledger_.seen[link.session ? "dropped" : "refused keys"] += 1;
            return;
        }
        case ErrorCode::admission_closed:
            ledger_.seen["shut out"] += 1;
            return check_shut_out(link, refused.detail);
        case ErrorCode::stopping:  // Two brokers have it, and neither knows where it came last.
        case ErrorCode::replaced:
        case ErrorCode::overloaded:
            return;
        case ErrorCode::rate_exceeded:
            if (link.said) ledger_.said_too_much.insert(*link.said);
            return;
        case ErrorCode::misbehaved:
            return expect(link.said && ledger_.said_too_much.contains(*link.said),
                          "who kept to the rules was refused: " + refused.detail);
        default:
            return expect(false, "a session was refused: " + refused.detail);
    }
}

bool Witness::may_be_dropped(const SessionId& session) const {
    const UtcTime now = utc();
    const auto drops = [now](const Plan& plan) { return plan.drops_by(now); };
    for (const MessageId& id : ledger_.drains) {
        if (!is_for(id, session)) continue;
        if (plans().may_go_by(id, now, drops) || may_have_begun(id, drops)) return true;
    }
    return false;
}

/// A broker of a cluster does what it knows to be due; only then it may hear that another one has
/// put it off or called it off before.
template <class IsRight>
bool Witness::may_have_begun(const MessageId& id, IsRight is_right) const {
    return ledger_.is_cluster && plans().may_have_gone_by(id, is_right);
}

/// Nobody who has a token is, and nobody without a word that is true now.
void Witness::check_shut_out(const Link& link, const std::string& detail) {
    if (!link.said) return expect(false, "who said no hello was shut out");
    const UtcTime now = utc();
    const SessionId& session = *link.said;
    const std::string& name = ledger_.names.at(session);
    expect(!link.has_token, name + " was shut out, and had a token");
    const auto shuts = [&](const Said& said) {
        const bool is_exempt = !said.except.empty() && said.except == person(session);
        return !said.is_open && !is_exempt && said.message == detail;
    };
    bool is_right = plans().may_be_said(now, shuts);
    for (const MessageId& id : ledger_.drains) {
        const auto closes = [&](const Plan& plan) {
            return plan.schedule.close_admission && *plan.schedule.close_admission <= now &&
                   plan.place_of(detail);
        };
        is_right |= is_for(id, session) && plans().may_go_by(id, now, closes);
    }
    expect(is_right, name + " was shut out by nobody: " + detail);
}

/// Whether it is certain that the broker knows admission to be closed for who comes new.
bool Witness::is_shut_to(const SessionId& session) const {
    const UtcTime now = utc();
    const auto lets_in = [&](const Said& said) {
        return said.is_open || (!said.except.empty() && said.except == person(session));
    };
    if (!plans().may_be_said(now, lets_in)) return true;
    return std::any_of(ledger_.drains.begin(), ledger_.drains.end(), [&](const MessageId& id) {
        const auto closes = [&](const Plan& plan) {
            const auto& at = plan.schedule.close_admission;
            const auto came_later = [&](const Said& said) { return said.at >= *at; };
            return at && *at + turn_max < now && !plan.recalled &&
                   !plans().may_be_said(now, came_later);
        };
        return is_for(id, session) && plans().must_go_by(id, now, closes);
    });
}

bool Witness::is_for(const MessageId& id, const SessionId& session) const {
    const auto asked = ledger_.asked.find(id);
    return asked != ledger_.asked.end() && asked->second.audience.contains(session);
}

/// Who they are for certain; else the session stands for itself.
std::string Witness::person(const SessionId& session) const {
    return ledger_.person_of(session);
}

/// As if each had come by itself.
void Witness::check(Link& link, const protocol::Bundle& bundle) {
    for (const protocol::Show& show : bundle.messages) check(link, show);
    ledger_.largest_bundle = std::max(ledger_.largest_bundle, bundle.messages.size());
}

/// However messages are packed into frames, the window counts what each takes as a frame.
void Witness::check_window(Link& link, const protocol::Show& show) {
    std::size_t& bytes = sizes_[show.id];
    if (bytes == 0) bytes = protocol::encode(protocol::ToSession{show}).size();
    // Of two revisions on their way one is counted.
    const bool is_counted = link.in_flight.emplace(show.id, bytes).second;
    if (is_counted) link.bytes_in_flight += bytes;
    const bool is_within = link.in_flight.size() <= unconfirmed_max &&
                           link.bytes_in_flight <= limits::unconfirmed_bytes_max;
    expect(is_within || link.in_flight.size() == 1,
           "more was sent than a session may have unconfirmed");
    ledger_.most_in_flight = std::max(ledger_.most_in_flight, link.in_flight.size());
}

}  // namespace crier::simulation
