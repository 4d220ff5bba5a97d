#include "tests/simulation/ledger.hpp"

#include <algorithm>
#include <array>

namespace crier::simulation {
namespace {

/// How long one way takes, and what follows from what comes.
constexpr Milliseconds way{2'000};
/// How wrong a session's idea of the broker's clock may be: heartbeats wait while it does not read,
/// six seconds at a time.
constexpr Milliseconds clock_error_max = Milliseconds{6'000} + way;

bool is_seen(State state) {
    return state == State::displayed || is_answer(state);
}

class Checker {
public:
    explicit Checker(const Ledger& ledger) : ledger_(ledger), wrong_(ledger.wrong) {}

    std::vector<std::string> check() {
        for (const auto& [id, asked] : ledger_.asked) check_message(id, asked);
        for (const auto& [place, showings] : ledger_.showings) check_showings(place, showings);
        for (const auto& [place, removals] : ledger_.removals) check_removals(place, removals);
        for (const MessageId& id : ledger_.drains) check_drain(id);
        for (const auto& [session, at] : ledger_.dropped) check_dropped(session);
        return std::move(wrong_);
    }

private:
    void expect(bool is_true, const std::string& sentence) {
        if (!is_true) wrong_.push_back(sentence);
    }

    [[nodiscard]] bool is_over(const Asked& asked) const {
        return asked.expires && *asked.expires <= ledger_.ended.steady;
    }

    /// nullptr: no broker accepted it.
    [[nodiscard]] const Plan* plan_of(const MessageId& id) const {
        const auto found = ledger_.plans.find(id);
        return found == ledger_.plans.end() ? nullptr : &found->second;
    }

    /// It was ended by a message, so that what is promised to others is not to it.
    [[nodiscard]] bool is_dropped(const SessionId& session) const {
        return ledger_.dropped.contains(session);
    }

    /// How late a session may hear of what is so from `at` on: all waits while it does not read.
    [[nodiscard]] Milliseconds lateness_max(const SessionId& session, Instant at) const {
        Instant heard = at + clock_error_max;
        const auto found = ledger_.unread.find(session);
        if (found == ledger_.unread.end()) return clock_error_max;
        for (const auto& [from, until] : found->second) {
            if (from <= heard) heard = std::max(heard, until + way);
        }
        return heard - at;
    }

    [[nodiscard]] Instant steady(UtcTime at) const {
        return ledger_.ended.steady - (ledger_.ended.utc - at);
    }

    /// The person said so in another session.
    [[nodiscard]] bool may_be_cleared(const Place& place) const {
        const std::string person = ledger_.person_of(place.second);
        for (auto one = ledger_.reported.lower_bound({place.first, SessionId{}});
             one != ledger_.reported.end() && one->first.first == place.first; ++one) {
            const bool is_other = one->first.second != place.second;
            const bool has_acknowledged = one->second >= State::acknowledged;
            if (is_other && has_acknowledged && ledger_.person_of(one->first.second) == person) {
                return true;
            }
        }
        return false;
    }

    [[nodiscard]] int crashes_of(const SessionId& session) const {
        const auto found = ledger_.crashes.find(session);
        return found == ledger_.crashes.end() ? 0 : found->second;
    }

    [[nodiscard]] bool was_there(const Asked& asked, const SessionId& session) const {
        const auto found = ledger_.welcomed.find(session);
        if (found == ledger_.welcomed.end() || is_dropped(session)) return false;
        // Of those that come later a message that is over by then is none of their business.
        if (asked.is_standing && !is_over(asked)) return true;
        return found->second < asked.posted;
    }

    void check_message(const MessageId& id, const Asked& asked) {
        const std::string name = Ledger::name_of(id);
        // Refused is refused. Only outcome_unknown may have been accepted after all.
        const bool is_refused = asked.failure && !asked.is_in_doubt;
        const bool is_stored = asked.outcome.has_value();
        const bool is_promised = asked.accepted || ledger_.told_accepted.contains(id);
        expect(!is_promised || is_stored, name + " was accepted, and is not there at the end");
        expect(!(is_refused && is_stored), name + " was refused, and is there at the end");
        for (auto shown = ledger_.showings.lower_bound({id, SessionId{}});
             shown != ledger_.showings.end() && shown->first.first == id; ++shown) {
            expect(is_stored, name + " was shown, and is not there at the end");
            expect(asked.audience.contains(shown->first.second),
                   ledger_.name_of(shown->first) + " was shown, for whom it was not");
        }
        if (is_stored) check_outcome(name, id, asked);
    }

    void check_outcome(const std::string& name, const MessageId& id, const Asked& asked) {
        check_plan(name, id, asked);
        check_quorum(name, id, asked);
        check_counts(name, asked);
        // A session that came back as a new one counts twice; what it saw counts.
        std::map<SessionId, State> counted;
        std::set<SessionId> repeated;
        Tally tally;
        for (const SessionOutcome& one : asked.outcome->sessions) {
            tally[one.state] += 1;
            State& best = counted.try_emplace(one.session, one.state).first->second;
            if (is_seen(one.state)) best = is_seen(best) ? std::max(best, one.state) : one.state;
            if (one.again) repeated.insert(one.session);
        }
        for (const auto& [session, state] : counted) {
            const Place place{id, session};
            expect(
                !ledger_.confirmed_repeats.contains(place) || repeated.contains(session) ||
                    asked.is_changing || is_dropped(session),
                ledger_.name_of(place) + " is not marked as repeated, though that was confirmed");
        }
        expect(tally == asked.outcome->message.tally,
               name + " has a tally that its states are not");
        for (const auto& [session, state] : counted) check_state({id, session}, asked, state);
        for (const SessionOutcome& one : asked.outcome->sessions) check_answer(id, asked, one);
        if (!asked.is_changing && !asked.each_session) check_persons(id, asked, counted);
        for (const SessionId& session : asked.audience) {
            const Place place{id, session};
            const bool must_be =
                was_there(asked, session) && !is_over(asked) && is_alive_and_out(id);
            expect(!must_be || counted.contains(session),
                   ledger_.name_of(place) + " is not counted, though the session was there");
            // A full disk and a crash may take from a broker that it had shown it. The session
            // says so when it comes back, but not of a message that is over by then.
            const bool says_nothing = !is_alive_and_out(id) && ledger_.unrecorded.contains(session);
            const bool is_excused = says_nothing || is_dropped(session);
            expect(!ledger_.showings.contains(place) || counted.contains(session) || is_excused,
                   ledger_.name_of(place) + " is not counted, though it was shown");
        }
    }

    void check_state(const Place& place, const Asked& asked, State state) {
        const std::string where = ledger_.name_of(place);
        const std::string what = where + " is " + std::string(name_of(state)) + " at the end";
        expect(asked.audience.contains(place.second), where + " is counted, but not targeted");
        expect(!is_seen(state) || ledger_.showings.contains(place) ||
                   (state == State::acknowledged && may_be_cleared(place)),
               where + " counts as seen, and never was");
        const auto reported = ledger_.reported.find(place);
        const bool is_lost_to_all = is_over(asked) && ledger_.unrecorded.contains(place.second);
        const bool is_of_newest = !asked.is_changing && !is_dropped(place.second);
        if (is_of_newest && reported != ledger_.reported.end() && is_seen(reported->second) &&
            !is_lost_to_all) {
            expect(is_seen(state) && state >= reported->second, what + ": a report was lost");
        }
        if (is_dropped(place.second)) return;
        if (asked.is_changing) return check_changed_state(place, asked, state);
        if (is_seen(state)) return;
        // Everybody was there or came back in time, so everybody got it.
        const bool is_excused =
            is_over(asked) ? state == State::expired_unseen || state == State::gone_unseen
                           : !was_there(asked, place.second) && state == State::gone_unseen;
        expect(is_excused, what);
    }

    /// It has gone out, and nothing has ended it.
    [[nodiscard]] bool is_alive_and_out(const MessageId& id) const {
        const Plan* plan = plan_of(id);
        const UtcTime now = ledger_.ended.utc;
        return plan != nullptr && !plan->is_over(now) && plan->times_by(now) > 0;
    }

    /// Everybody ends with the newest revision on the screen, or had acknowledged an older one, or
    /// it is over.
    void check_changed_state(const Place& place, const Asked& asked, State state) {
        const std::string where = ledger_.name_of(place);
        const std::string what = where + " is " + std::string(name_of(state)) + " at the end";
        const bool may_be_gone = !was_there(asked, place.second) && state == State::gone_unseen;
        if (const Plan* plan = plan_of(place.first); plan && plan->is_over(ledger_.ended.utc)) {
            // Who had left when it was recalled stays so.
            const bool is_excused =
                (plan->recalled && state == State::recalled_unseen) ||
                ((plan->closed || plan->expires) && state == State::expired_unseen) ||
                state == State::gone_unseen;
            return expect(is_seen(state) || is_excused, what);
        }
        expect(is_seen(state) || may_be_gone, what);
        if (state != State::displayed) return;
        const auto shown = ledger_.showings.find(place);
        if (shown == ledger_.showings.end()) return;  // That is said elsewhere.
        // Of brokers one that had not heard of a change may have begun one revision more.
        const Plan* plan = plan_of(place.first);
        const bool is_anybodys = plan != nullptr && is_decided_apart(*plan, asked);
        expect(shown->second.back().revision == asked.outcome->message.revision || is_anybodys,
               where + " ends with an older revision on the screen");
    }

    /// Each broker of a cluster goes by its own clock and by what it knows, and the change of a
    /// plan may come to one of them before its time and to another one after it.
    [[nodiscard]] bool is_decided_apart(const Plan& plan, const Asked& asked) const {
        const Schedule& schedule = plan.schedule;
        const bool has_times =
            schedule.due || schedule.drop || schedule.until || !schedule.announcements.empty();
        return ledger_.is_cluster && has_times && !asked.changes.empty();
    }

    /// What is told of the message at the end is what its entries say, and what was answered to
    /// operators.
    void check_plan(const std::string& name, const MessageId& id, const Asked& asked) {
        const SentMessage& message = asked.outcome->message;
        const Plan* plan = plan_of(id);
        if (plan == nullptr) return expect(false, name + " is there, and was not on disk");
        std::uint32_t accepted = 0;
        std::uint32_t possible = 0;
        std::array<bool, 3> is_accepted{};
        for (const AskedChange& change : asked.changes) {
            if (change.is_refused) continue;
            const bool is_update = change.kind == AskedChange::Kind::update;
            possible += is_update ? 1 : 0;
            accepted += is_update && change.is_accepted ? 1 : 0;
            is_accepted.at(static_cast<std::size_t>(change.kind)) |= change.is_accepted;
        }
        // In a stream that was rolled back it may come behind its recall.
        const bool is_in_vain = ledger_.was_rolled_back && (plan->recalled || plan->closed);
        expect(plan->updates >= accepted || is_in_vain, name + " has lost an accepted update");
        expect(plan->updates <= possible, name + " has an update that nobody asked for");
        const UtcTime now = ledger_.ended.utc;
        const std::uint32_t revision = plan->revision_at(now);
        const bool is_anybodys = is_decided_apart(*plan, asked);
        expect(message.revision == revision || is_anybodys || is_in_vain,
               name + " has revision " + std::to_string(message.revision) + ", not " +
                   std::to_string(revision));
        // Of two changes that were put back into a rolled-back stream each broker may have another
        // one last (CLUSTER.md, "What is asked at two brokers at once"); and where the recall is
        // last, the update counts, which came too late for the plan.
        const bool is_in_order = !ledger_.was_rolled_back || (plan->updates < 2 && !is_in_vain);
        expect(is_in_order ? message.content.text == plan->texts.back()
                           : plan->may_have_text(message.content.text),
               name + " has the text \"" + message.content.text + "\", not \"" +
                   plan->texts.back() + '"');
        expect(message.schedule == plan->schedule, name + " has another schedule");
        expect(message.expires == plan->expires, name + " expires at another time");
        expect(message.is_recalled == plan->recalled.has_value(), name + " was recalled, or not");
        const auto recall = static_cast<std::size_t>(AskedChange::Kind::recall);
        expect(!is_accepted.at(recall) || plan->is_over(now), name + " has lost its recall");
        const auto close = static_cast<std::size_t>(AskedChange::Kind::close);
        expect(!is_accepted.at(close) || plan->is_over(now), name + " has lost its close");
        expect(plan->times_by(now) > 0 || asked.outcome->sessions.empty() || is_anybodys,
               name + " has an audience before it is due");
        expect(message.is_waiting == (plan->times_by(now) == 0) || is_anybodys,
               name + (message.is_waiting ? " waits at the end" : " does not wait at the end"));
    }

    /// When as many have answered as were to, it was closed.
    void check_quorum(const std::string& name, const MessageId& id, const Asked& asked) {
        const Plan* plan = plan_of(id);
        if (plan == nullptr || asked.quorum == 0) return;
        const Tally& tally = asked.outcome->message.tally;
        const bool is_reached =
            tally.targeted() > 0 && std::uint64_t{tally[State::answered]} * 100 >=
                                        std::uint64_t{asked.quorum} * tally.targeted();
        // It may be over before the broker can write down that it is closed.
        const auto is_then = [plan](const auto& trouble) {
            return trouble.first <= *plan->expires && *plan->expires <= trouble.second;
        };
        const bool is_excused =
            std::any_of(ledger_.troubles.begin(), ledger_.troubles.end(), is_then);
        expect(!is_reached || plan->closed || plan->recalled || is_excused,
               name + " has its quorum, and was not closed");
    }

    /// What is counted beside the states.
    void check_counts(const std::string& name, const Asked& asked) {
        Counts counts;
        counts.answers.resize(asked.outcome->message.content.choices.size());
        for (const SessionOutcome& one : asked.outcome->sessions) {
            counts.removed += one.removed ? 1 : 0;
            counts.dropped += one.dropped ? 1 : 0;
            if (one.answer) counts.answers.at(*one.answer) += 1;
        }
        expect(counts == asked.outcome->message.counts,
               name + " has counts that its sessions do not have");
    }

    /// The newest one before the question closed counts, and none that came later.
    void check_answer(const MessageId& id, const Asked& asked, const SessionOutcome& one) {
        const Plan* plan = plan_of(id);
        if (plan == nullptr || !plan->is_question) return;
        const std::string where = ledger_.name_of({id, one.session});
        expect((one.state == State::answered) == one.answer.has_value(),
               where + " is answered without a choice, or has one and is not");
        // What closes it is known as soon as it is on the disk; its time is over by itself.
        const bool is_taken_off = plan->recalled || plan->closed;
        std::optional<UtcTime> ends = is_taken_off ? plan->written : plan->ends();
        if (ends && plan->expires) ends = std::min(*ends, *plan->expires);
        constexpr Milliseconds turn{5};
        const auto answers = ledger_.answers.find({id, one.session});
        const Answered* newest = nullptr;
        bool is_counted_right = !one.answer;
        if (answers != ledger_.answers.end()) {
            for (const Answered& answer : answers->second) {
                if (ends && answer.at > *ends + turn) break;
                is_counted_right |= answer.answer == one.answer;
                if (!ends || answer.at < *ends) newest = &answer;
            }
        }
        expect(is_counted_right, where + " counts with an answer that came too late, or never");
        const bool is_asked_again =
            std::any_of(asked.changes.begin(), asked.changes.end(),
                        [](const auto& change) { return change.asks_again; });
        if (newest == nullptr || is_dropped(one.session) || one.answer == newest->answer) return;
        const bool came_at_the_end = ends && answers->second.back().at >= *ends;
        // Of an older revision, or a crash took it, and it came again when the question was closed.
        const bool may_be_lost = !newest->is_confirmed;
        expect(is_asked_again || came_at_the_end || may_be_lost,
               where + " has lost its newest answer");
    }

    /// What one of a person's sessions has acknowledged, they all have.
    void check_persons(const MessageId& id, const Asked& asked,
                       const std::map<SessionId, State>& counted) {
        if (asked.is_standing || ledger_.closes_soon) return;
        std::set<std::string> have_acknowledged;
        for (const auto& [session, state] : counted) {
            if (state != State::acknowledged || ledger_.unrecorded.contains(session)) continue;
            have_acknowledged.insert(ledger_.person_of(session));
        }
        for (const auto& [session, state] : counted) {
            if (state != State::displayed || !was_there(asked, session)) continue;
            expect(
                ledger_.unrecorded.contains(session) ||
                    !have_acknowledged.contains(ledger_.person_of(session)),
                ledger_.name_of({id, session}) + " is on the screen, and the person has read it");
        }
    }

    // ---- Drains ---------------------------------------------------------------------------------

    void check_drain(const MessageId& id) {
        const Plan* plan = plan_of(id);
        const Asked& asked = ledger_.asked.at(id);
        if (plan == nullptr || !asked.outcome) return;
        const std::string name = Ledger::name_of(id);
        if (is_decided_apart(*plan, asked)) return;
        if (!plan->drops_by(ledger_.ended.utc)) {
            return expect(asked.outcome->message.counts.dropped == 0,
                          name + " has dropped sessions, and was cancelled");
        }
        for (const SessionId& session : asked.audience) {
            const auto welcomed = ledger_.welcomed.find(session);
            // Brokers' clocks are up to a second apart.
            const Milliseconds apart{ledger_.is_cluster ? 1'000 : 0};
            const bool was_in = welcomed != ledger_.welcomed.end() &&
                                welcomed->second + apart < steady(*plan->schedule.drop);
            const bool is_excused = ledger_.closes_soon || ledger_.forgives_soon ||
                                    ledger_.unrecorded.contains(session);
            expect(!was_in || is_excused || !ledger_.connected.contains(session),
                   name + " should have dropped " + ledger_.names.at(session));
        }
    }

    /// Whoever was told so is counted as dropped by somebody.
    void check_dropped(const SessionId& session) {
        if (ledger_.unrecorded.contains(session)) return;
        // A broker that is alone drops them once more after a crash; here they may be elsewhere.
        if (ledger_.dropped_unrecorded.contains(session)) return;
        for (const MessageId& id : ledger_.drains) {
            const auto& outcome = ledger_.asked.at(id).outcome;
            if (!outcome) continue;
            for (const SessionOutcome& one : outcome->sessions) {
                if (one.session == session && one.dropped) return;
            }
        }
        expect(false, ledger_.names.at(session) + " was dropped, and no message counts it");
    }

    // ---- Showings -------------------------------------------------------------------------------

    /// In one run each revision comes once, and none after a newer one.
    void check_changed_showings(const Place& place, const std::vector<Showing>& showings) {
        const std::string where = ledger_.name_of(place);
        for (std::size_t index = 1; index < showings.size(); ++index) {
            const Showing& before = showings[index - 1];
            const Showing& one = showings[index];
            const bool is_newer = one.revision > before.revision;
            const bool is_repeat = one.run > before.run && one.revision == before.revision;
            expect(is_newer || (is_repeat && one.again),
                   where + " was shown as revision " + std::to_string(one.revision) + " after " +
                       std::to_string(before.revision));
        }
        const Plan* plan = plan_of(place.first);
        if (plan == nullptr || !plan->ends()) return;
        check_end(place, *plan, showings);
    }

    /// Nobody sees for the first time what has ended, and it leaves every screen.
    void check_end(const Place& place, const Plan& plan, const std::vector<Showing>& showings) {
        const std::string where = ledger_.name_of(place);
        const bool is_taken_off = plan.recalled || plan.closed;
        const Instant end = steady(is_taken_off ? plan.written : *plan.ends());
        const Milliseconds late = lateness_max(place.second, end);
        for (const Showing& one : showings) {
            expect(one.again || one.at <= end + late, where + " was shown after its end");
        }
        const bool is_of_last_run = showings.back().run == crashes_of(place.second) + 1;
        const bool is_due = end + late < ledger_.ended.steady;
        expect(!is_due || !is_of_last_run || ledger_.removals.contains(place),
               where + " was left on the screen after its end");
    }

    void check_showings(const Place& place, const std::vector<Showing>& showings) {
        const std::string where = ledger_.name_of(place);
        const Asked& asked = ledger_.asked.at(place.first);
        if (is_dropped(place.second)) return;  // It may have come again as another one.
        if (asked.is_changing) return check_changed_showings(place, showings);
        const Milliseconds late =
            asked.expires ? lateness_max(place.second, *asked.expires) : Milliseconds{0};
        std::set<int> runs;
        for (std::size_t index = 0; index < showings.size(); ++index) {
            const Showing& one = showings[index];
            expect(runs.insert(one.run).second, where + " was shown twice in one run");
            expect(index == 0 || one.again, where + " was repeated without a mark");
            const bool is_answered = one.noted >= State::acknowledged;
            const bool is_done = one.noted == State::displayed && !asked.is_alert;
            expect(!is_answered && !is_done, where + " was repeated, though it was noted");
            expect(!asked.expires || one.at <= *asked.expires + late,
                   where + " was shown after its time");
        }
        const auto crashes = static_cast<std::size_t>(crashes_of(place.second));
        expect(showings.size() <= 1 + crashes, where + " was repeated more often than it crashed");
        // The last run has not ended, so it has to take off what it shows.
        const bool is_due = asked.expires && *asked.expires + late < ledger_.ended.steady;
        const bool is_of_last_run = showings.back().run == static_cast<int>(crashes) + 1;
        expect(!is_due || !is_of_last_run || ledger_.removals.contains(place),
               where + " was left on the screen after its time");
    }

    void check_removals(const Place& place, const std::vector<Removal>& removals) {
        const std::string where = ledger_.name_of(place);
        const Asked& asked = ledger_.asked.at(place.first);
        if (is_dropped(place.second) || may_be_cleared(place)) return;
        if (asked.is_changing) {
            const Plan* plan = plan_of(place.first);
            return expect(plan != nullptr && plan->ends(),
                          where + " was taken off, and has no end");
        }
        for (const Removal& one : removals) {
            expect(asked.expires && one.at >= *asked.expires - clock_error_max,
                   where + " was taken off before its time");
            expect(asked.expires &&
                       one.at <= *asked.expires + lateness_max(place.second, *asked.expires),
                   where + " was taken off long after its time");
        }
    }

    const Ledger& ledger_;
    std::vector<std::string> wrong_;
};

}  // namespace

std::string Ledger::name_of(const MessageId& id) {
    return "message " + std::to_string(id.bytes[14] << 8 | id.bytes[15]);
}

std::string Ledger::person_of(const SessionId& session) const {
    const auto found = persons.find(session);
    return found == persons.end() ? names.at(session) : found->second;
}

void Ledger::on_answer_confirmed(const Place& place, const protocol::Receipt& receipt) {
    for (Answered& one : answers[place]) {
        const bool is_it = one.revision == receipt.revision && one.answer == receipt.answer;
        one.is_confirmed |= is_it;
    }
}

std::string Ledger::name_of(const Place& place) const {
    return name_of(place.first) + " on " + names.at(place.second);
}

std::vector<std::string> Ledger::violations() const {
    return Checker(*this).check();
}

}  // namespace crier::simulation
