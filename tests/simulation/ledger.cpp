#include "tests/simulation/ledger.hpp"

#include <algorithm>

namespace crier::simulation {
namespace {

/// How wrong a session's idea of the broker's clock may be: heartbeats wait while it does not read.
constexpr Milliseconds clock_error_max{8'000};

std::string name_of_message(const MessageId& id) {
    return "message " + std::to_string(id.bytes[14] << 8 | id.bytes[15]);
}

bool is_seen(State state) {
    return state == State::displayed || state == State::acknowledged;
}

class Checker {
public:
    explicit Checker(const Ledger& ledger) : ledger_(ledger), wrong_(ledger.wrong) {}

    std::vector<std::string> check() {
        for (const auto& [id, asked] : ledger_.asked) check_message(id, asked);
        for (const auto& [place, showings] : ledger_.showings) check_showings(place, showings);
        for (const auto& [place, removals] : ledger_.removals) check_removals(place, removals);
        return std::move(wrong_);
    }

private:
    void expect(bool is_true, const std::string& sentence) {
        if (!is_true) wrong_.push_back(sentence);
    }

    [[nodiscard]] bool is_over(const Asked& asked) const {
        return asked.expires && *asked.expires <= ledger_.ended;
    }

    [[nodiscard]] int crashes_of(const SessionId& session) const {
        const auto found = ledger_.crashes.find(session);
        return found == ledger_.crashes.end() ? 0 : found->second;
    }

    [[nodiscard]] bool was_there(const Asked& asked, const SessionId& session) const {
        const auto found = ledger_.welcomed.find(session);
        if (found == ledger_.welcomed.end()) return false;
        // Of those that come later a message that is over by then is none of their business.
        if (asked.is_standing && !is_over(asked)) return true;
        return found->second < asked.posted;
    }

    void check_message(const MessageId& id, const Asked& asked) {
        const std::string name = name_of_message(id);
        // Refused is refused. Only outcome_unknown may have been accepted after all.
        const bool is_refused = asked.failure && asked.failure->code != ErrorCode::outcome_unknown;
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
        if (asked.is_changing) check_changes(name, asked);
        // A session that came back as a new one counts twice; what it saw counts.
        std::map<SessionId, State> counted;
        Tally tally;
        for (const SessionOutcome& one : asked.outcome->sessions) {
            tally[one.state] += 1;
            State& best = counted.try_emplace(one.session, one.state).first->second;
            if (is_seen(one.state)) best = one.state;
            const Place place{id, one.session};
            expect(
                !ledger_.confirmed_repeats.contains(place) || one.again || asked.is_changing,
                ledger_.name_of(place) + " is not marked as repeated, though that was confirmed");
        }
        expect(tally == asked.outcome->message.tally,
               name + " has a tally that its states are not");
        for (const auto& [session, state] : counted) check_state({id, session}, asked, state);
        for (const SessionId& session : asked.audience) {
            const Place place{id, session};
            const bool must_be =
                was_there(asked, session) && !is_over(asked) && !is_recalled(asked);
            expect(!must_be || counted.contains(session),
                   ledger_.name_of(place) + " is not counted, though the session was there");
            // A full disk and a crash may take from a broker that it had shown it. The session
            // says so when it comes back, but not of a message that is over by then.
            const bool is_excused = is_over(asked) && ledger_.unrecorded.contains(session);
            expect(!ledger_.showings.contains(place) || counted.contains(session) || is_excused,
                   ledger_.name_of(place) + " is not counted, though it was shown");
        }
    }

    void check_state(const Place& place, const Asked& asked, State state) {
        const std::string where = ledger_.name_of(place);
        const std::string what = where + " is " + std::string(name_of(state)) + " at the end";
        expect(asked.audience.contains(place.second), where + " is counted, but not targeted");
        expect(!is_seen(state) || ledger_.showings.contains(place),
               where + " counts as seen, and never was");
        const auto reported = ledger_.reported.find(place);
        const bool is_lost_to_all = is_over(asked) && ledger_.unrecorded.contains(place.second);
        const bool is_of_newest = !asked.is_changing;
        if (is_of_newest && reported != ledger_.reported.end() && is_seen(reported->second) &&
            !is_lost_to_all) {
            expect(is_seen(state) && state >= reported->second, what + ": a report was lost");
        }
        if (asked.is_changing) return check_changed_state(place, asked, state);
        if (is_seen(state)) return;
        // Everybody was there or came back in time, so everybody got it.
        const bool is_excused =
            is_over(asked) ? state == State::expired_unseen || state == State::gone_unseen
                           : !was_there(asked, place.second) && state == State::gone_unseen;
        expect(is_excused, what);
    }

    static bool is_recalled(const Asked& asked) {
        return asked.outcome && asked.outcome->message.is_recalled;
    }

    /// Everybody ends with the newest revision on the screen, or had acknowledged an older one, or
    /// it was recalled.
    void check_changed_state(const Place& place, const Asked& asked, State state) {
        const std::string where = ledger_.name_of(place);
        const std::string what = where + " is " + std::string(name_of(state)) + " at the end";
        const bool may_be_gone = !was_there(asked, place.second) && state == State::gone_unseen;
        if (is_recalled(asked)) {
            // Who had left when it was recalled stays so.
            return expect(
                is_seen(state) || state == State::recalled_unseen || state == State::gone_unseen,
                what);
        }
        expect(is_seen(state) || may_be_gone, what);
        if (state != State::displayed) return;
        const auto shown = ledger_.showings.find(place);
        if (shown == ledger_.showings.end()) return;  // That is said elsewhere.
        expect(shown->second.back().revision == asked.outcome->message.revision,
               where + " ends with an older revision on the screen");
    }

    void check_changes(const std::string& name, const Asked& asked) {
        const SentMessage& message = asked.outcome->message;
        std::uint32_t accepted = 0;
        std::uint32_t possible = 0;
        bool is_recall_accepted = false;
        bool is_recall_possible = false;
        bool is_text_asked = message.content.text == "text";
        for (const AskedChange& change : asked.changes) {
            if (change.is_refused) continue;
            if (change.text.empty()) {
                is_recall_possible = true;
                is_recall_accepted |= change.is_accepted;
                continue;
            }
            possible += 1;
            accepted += change.is_accepted ? 1 : 0;
            is_text_asked |= change.text == message.content.text;
        }
        expect(message.revision >= 1 + accepted,
               name + " has lost an accepted update: revision " + std::to_string(message.revision));
        expect(message.revision <= 1 + possible, name + " has an update that nobody asked for");
        expect(is_text_asked, name + " has a text that nobody asked for");
        expect(message.is_recalled || !is_recall_accepted, name + " has lost its recall");
        expect(!message.is_recalled || is_recall_possible, name + " was recalled by nobody");
    }

    /// In one run each revision comes once, and none after a newer one.
    void check_changed_showings(const Place& place, const Asked& asked,
                                const std::vector<Showing>& showings) {
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
        const auto crashes = crashes_of(place.second);
        const bool is_of_last_run = showings.back().run == crashes + 1;
        const bool is_off = ledger_.removals.contains(place);
        expect(!is_recalled(asked) || !is_of_last_run || is_off,
               where + " was recalled, and is on the screen");
    }

    void check_showings(const Place& place, const std::vector<Showing>& showings) {
        const std::string where = ledger_.name_of(place);
        const Asked& asked = ledger_.asked.at(place.first);
        if (asked.is_changing) return check_changed_showings(place, asked, showings);
        std::set<int> runs;
        for (std::size_t index = 0; index < showings.size(); ++index) {
            const Showing& one = showings[index];
            expect(runs.insert(one.run).second, where + " was shown twice in one run");
            expect(index == 0 || one.again, where + " was repeated without a mark");
            const bool is_answered = one.noted >= State::acknowledged;
            const bool is_done = one.noted == State::displayed && !asked.is_alert;
            expect(!is_answered && !is_done, where + " was repeated, though it was noted");
            expect(!asked.expires || one.at <= *asked.expires + clock_error_max,
                   where + " was shown after its time");
        }
        const auto crashes = static_cast<std::size_t>(crashes_of(place.second));
        expect(showings.size() <= 1 + crashes, where + " was repeated more often than it crashed");
        // The last run has not ended, so it has to take off what it shows.
        const bool is_due = asked.expires && *asked.expires + clock_error_max < ledger_.ended;
        const bool is_of_last_run = showings.back().run == static_cast<int>(crashes) + 1;
        expect(!is_due || !is_of_last_run || ledger_.removals.contains(place),
               where + " was left on the screen after its time");
    }

    void check_removals(const Place& place, const std::vector<Removal>& removals) {
        const std::string where = ledger_.name_of(place);
        const Asked& asked = ledger_.asked.at(place.first);
        if (asked.is_changing) {
            return expect(is_recalled(asked), where + " was taken off, and was not recalled");
        }
        for (const Removal& one : removals) {
            expect(asked.expires && one.at >= *asked.expires - clock_error_max,
                   where + " was taken off before its time");
            expect(asked.expires && one.at <= *asked.expires + clock_error_max,
                   where + " was taken off long after its time");
        }
    }

    const Ledger& ledger_;
    std::vector<std::string> wrong_;
};

}  // namespace

std::string Ledger::name_of(const Place& place) const {
    return name_of_message(place.first) + " on " + names.at(place.second);
}

std::vector<std::string> Ledger::violations() const {
    return Checker(*this).check();
}

}  // namespace crier::simulation
