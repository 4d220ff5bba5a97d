#include "tests/simulation/simulation.hpp"

#include <algorithm>
#include <memory>

#include "tests/simulation/broker_node.hpp"
#include "tests/simulation/ledger.hpp"
#include "tests/simulation/operators.hpp"
#include "tests/simulation/session_node.hpp"

namespace crier::simulation {
namespace {

constexpr int sessions_at_start = 50;
constexpr int sessions_later = 6;
constexpr int users = 12;
constexpr Milliseconds gathering{3'000};  ///< Everybody signs in, in calm weather.
constexpr Milliseconds storm{24'000};
/// The longest pause of a session is 30 s; then it comes back, and all is said.
constexpr Milliseconds calm_max{90'000};
/// So long without anything but heartbeats: longer than a session pauses, or a person thinks.
constexpr Milliseconds quiet{7'000};
constexpr Milliseconds answers_max{40'000};
constexpr Milliseconds second{1'000};

class Run {
public:
    Run(std::uint64_t seed, bool is_loud)
        : world_(seed, Weather::calm()),
          closing_time_(some_closing_time()),
          refusal_time_(some_refusal_time()),
          broker_(world_, ledger_, closing_time_, refusal_time_) {
        world_.is_loud = is_loud;
        ledger_.closes_soon = closing_time_ != broker::EngineSettings{}.closing_time;
        ledger_.forgives_soon = refusal_time_ != broker::EngineSettings{}.refusal_time;
        for (int number = 0; number < sessions_at_start; ++number) add_session(number)->start();
        operators_ = std::make_unique<Operators>(world_, broker_.network(), ledger_, sessions_);
    }

    Report run() {
        pass(gathering, [] { return false; });
        world_.weather = some_weather();
        for (int number = 0; number < sessions_later; ++number) {
            SessionNode* late = add_session(sessions_at_start + number);
            world_.after(world_.chance.between(0, storm.count()), [late] { late->start(); });
        }
        operators_->schedule(storm);
        pass(storm, [] { return false; });
        storm_end_ = world_.now().utc;
        world_.weather = Weather::calm();
        operators_->open_admission();
        pass(calm_max, [this] {
            // Who closed it may not have been heard before now.
            const bool is_open = broker_.on_disk().plans().is_open();
            if (!is_open && !operators_->is_opening()) operators_->open_admission();
            return is_open && is_quiet();
        });
        ledger_.ended = world_.now();
        const OnDisk& disk = broker_.on_disk();
        for (const MessageId& id : disk.plans().ids()) {
            ledger_.plans.emplace(id, *disk.plans().find(id));
        }
        for (const SessionId& id : disk.dropped()) ledger_.dropped.emplace(id, Instant{});
        operators_->ask_for_outcomes(answers_max);
        for (const Milliseconds before : {storm / 5 * 4, storm / 2, storm / 5}) {
            operators_->ask_for_screens(storm_end_ - before, answers_max);
        }
        operators_->ask_for_screens(world_.now().utc - second, answers_max);
        pass(answers_max, [this] { return operators_->has_all_answers(); });
        return report();
    }

private:
    /// Lets time pass until `is_done`, or all of it.
    template <class IsDone>
    void pass(Milliseconds time, IsDone is_done) {
        const Instant end = world_.now().steady + time;
        while (world_.now().steady < end && !is_done() && !world_.is_stuck()) {
            world_.run_until(std::min(end, world_.now().steady + second));
        }
    }

    bool is_quiet() const {
        const auto is_settled = [](const auto& session) {
            return session->is_connected() || session->has_ended();
        };
        return world_.now().steady - world_.last_traced() >= quiet &&
               world_.now().utc > operators_->horizon() &&
               std::all_of(sessions_.begin(), sessions_.end(), is_settled);
    }

    /// With a short one, who is away for a moment needs its token to be the same again.
    Milliseconds some_closing_time() {
        return world_.chance.one_in(4) ? Milliseconds{4'000}
                                       : broker::EngineSettings{}.closing_time;
    }

    /// With a short one, who was dropped comes in again as a new session.
    Milliseconds some_refusal_time() {
        return world_.chance.one_in(4) ? Milliseconds{5'000}
                                       : broker::EngineSettings{}.refusal_time;
    }

    /// Each seed has its own: sometimes only one thing goes wrong, sometimes everything.
    Weather some_weather() {
        Weather weather;
        weather.delay_max_ms = world_.chance.one_in(3) ? 400 : 40;
        if (world_.chance.one_in(2)) weather.cut_odds = 0;
        if (world_.chance.one_in(2)) weather.broker_crash_odds = 0;
        if (world_.chance.one_in(2)) weather.session_crash_odds = 0;
        if (world_.chance.one_in(2)) weather.pause_odds = 0;
        if (world_.chance.one_in(2)) weather.disk_full_odds = 0;
        if (world_.chance.one_in(3)) weather.absence_max_ms = 15'000;
        if (world_.chance.one_in(4)) weather.pipe_frames_max = 6;
        return weather;
    }

    SessionNode* add_session(int number) {
        const std::string name =
            "user" + std::to_string(number % users) + "-" + std::to_string(number);
        // One in five keeps nothing, as a program that embeds the library may choose.
        // Of each user's sessions some are on the broker's own machine.
        const bool has_store = number % 5 != 0;
        const bool is_local = number / users % 2 == 0;
        sessions_.push_back(std::make_unique<SessionNode>(world_, broker_.network(), ledger_, name,
                                                          has_store, is_local));
        return sessions_.back().get();
    }

    Report report() {
        Report report;
        for (const auto& session : sessions_) {
            if (session->is_connected()) ledger_.connected.insert(session->id());
        }
        report.violations = ledger_.violations();
        look_at_screens(report);
        if (world_.is_stuck()) report.violations.emplace_back("somebody wakes for ever at once");
        for (const auto& session : sessions_) {
            if (session->is_connected() || session->has_ended()) continue;
            report.violations.push_back(session->attributes().machine + " did not come back");
        }
        report.trace_hash = world_.trace_hash();
        for (const auto& [id, asked] : ledger_.asked) report.accepted += asked.accepted ? 1 : 0;
        for (const auto& [key, showings] : ledger_.showings) report.showings += showings.size();
        report.broker_crashes = broker_.crashes();
        for (const auto& [id, crashes] : ledger_.crashes) report.session_crashes += crashes;
        report.full_pipes = broker_.network().full_pipes();
        report.most_in_flight = ledger_.most_in_flight;
        report.largest_bundle = ledger_.largest_bundle;
        report.seen = ledger_.seen;
        report.entries_ahead = broker_.entries_ahead();
        return report;
    }

    /// Whether what the broker's records said of some times is what was.
    void look_at_screens(Report& report) {
        std::set<SessionId> reliable;
        for (const SessionId& id : ledger_.connected) {
            const bool was_closed = ledger_.closes_soon || ledger_.dropped.contains(id);
            if (ledger_.crashes[id] == 0 && !was_closed) reliable.insert(id);
        }
        for (const ScreensTold& told : ledger_.screens_told) {
            const auto wrong = ledger_.screens.contradictions(told, reliable, ledger_.names);
            report.violations.insert(report.violations.end(), wrong.begin(), wrong.end());
            for (const OnScreen& shown : told.screens) {
                ledger_.seen[shown.is_certain ? "certain of a screen" : "uncertain of one"] += 1;
            }
        }
    }

    World world_;
    Ledger ledger_;
    UtcTime storm_end_{};
    Milliseconds closing_time_;
    Milliseconds refusal_time_;
    BrokerNode broker_;
    std::vector<std::unique_ptr<SessionNode>> sessions_;
    std::unique_ptr<Operators> operators_;
};

}  // namespace

Report simulate(std::uint64_t seed, bool is_loud) {
    return Run(seed, is_loud).run();
}

}  // namespace crier::simulation
