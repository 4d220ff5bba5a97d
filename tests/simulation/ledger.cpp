#include "tests/simulation/ledger.hpp"

#include <algorithm>

namespace crier::simulation {
namespace {

std::string short_name(const MessageId& id) {
    return to_string(id).substr(24);
}
std::string short_name(const SessionId& id) {
    return to_string(id).substr(0, 8);
}

class Checker {
public:
    explicit Checker(const Ledger& ledger) : ledger_(ledger) {}

    std::vector<std::string> check() {
        for (const auto& [id, asked] : ledger_.asked) check_message(id, asked);
        for (const auto& [key, showings] : ledger_.showings) check_showings(key, showings);
        return std::move(wrong_);
    }

private:
    void expect(bool is_true, const std::string& sentence) {
        if (!is_true) wrong_.push_back(sentence);
    }

    void check_message(const MessageId& id, const Asked& asked) {
        const std::string name = "message " + short_name(id);
        // Refused is refused. Only outcome_unknown may have been accepted after all.
        const bool is_refused = asked.failure && asked.failure->code != ErrorCode::outcome_unknown;
        const bool is_stored = asked.outcome.has_value();
        expect(!asked.accepted || is_stored, name + " was accepted, and is not there at the end");
        expect(!(is_refused && is_stored), name + " was refused, and is there at the end");
        for (const auto& [key, showings] : ledger_.showings) {
            if (key.first != id) continue;
            expect(is_stored, name + " was shown, and is not there at the end");
            expect(asked.audience.contains(key.second),
                   name + " was shown on " + short_name(key.second) + ", for whom it was not");
        }
        if (is_stored) check_outcome(name, id, asked);
    }

    void check_outcome(const std::string& name, const MessageId& id, const Asked& asked) {
        std::set<SessionId> counted;
        Tally tally;
        for (const SessionOutcome& one : asked.outcome->sessions) {
            counted.insert(one.session);
            tally[one.state] += 1;
            const std::string where = name + " on " + short_name(one.session);
            expect(asked.audience.contains(one.session), where + " is counted, but not targeted");
            const auto shown = ledger_.showings.find({id, one.session});
            const bool was_shown = shown != ledger_.showings.end();
            const bool is_seen = one.state == State::displayed || one.state == State::acknowledged;
            expect(!is_seen || was_shown, where + " counts as seen, and never was");
            // Everybody was there or came back in time, so everybody got it.
            expect(is_seen, where + " is " + std::string(name_of(one.state)) + " at the end");
            const auto reported = ledger_.reported.find({id, one.session});
            expect(reported == ledger_.reported.end() || one.state >= reported->second,
                   where + " lost a report: it is " + std::string(name_of(one.state)));
        }
        expect(tally == asked.outcome->message.tally,
               name + " has a tally that its states are not");
        for (const SessionId& session : asked.audience) {
            const auto welcomed = ledger_.welcomed.find(session);
            const bool was_there =
                welcomed != ledger_.welcomed.end() && welcomed->second < asked.posted;
            expect(!was_there || counted.contains(session),
                   name + " does not count " + short_name(session) + ", which was there");
        }
    }

    void check_showings(const std::pair<MessageId, SessionId>& key,
                        const std::vector<Showing>& showings) {
        const std::string where =
            "message " + short_name(key.first) + " on " + short_name(key.second);
        std::set<int> runs;
        for (std::size_t index = 0; index < showings.size(); ++index) {
            expect(runs.insert(showings[index].run).second, where + " was shown twice in one run");
            expect(index == 0 || showings[index].again, where + " was repeated without a mark");
        }
        const auto crashes = ledger_.crashes.find(key.second);
        const std::size_t allowed =
            1 + (crashes == ledger_.crashes.end() ? 0 : static_cast<std::size_t>(crashes->second));
        expect(showings.size() <= allowed, where + " was repeated more often than it crashed");
    }

    const Ledger& ledger_;
    std::vector<std::string> wrong_;
};

}  // namespace

std::vector<std::string> Ledger::violations() const {
    return Checker(*this).check();
}

}  // namespace crier::simulation
