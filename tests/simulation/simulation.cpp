#include "tests/simulation/simulation.hpp"

#include <algorithm>
#include <memory>

#include "tests/simulation/broker_node.hpp"
#include "tests/simulation/ledger.hpp"
#include "tests/simulation/operators.hpp"
#include "tests/simulation/session_node.hpp"
#include "tests/simulation/shared_log.hpp"

namespace crier::simulation {
namespace {

constexpr int sessions_at_start = 50;
constexpr int sessions_later = 10;
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
    Run(std::uint64_t seed, std::size_t brokers, Severity severity, bool is_loud)
        : severity_(severity),
          world_(seed, Weather::calm()),
          closing_time_(some_closing_time()),
          refusal_time_(some_refusal_time()),
          network_(world_) {
        world_.is_loud = is_loud;
        if (brokers > 1) shared_log_ = std::make_unique<SharedLog>(world_);
        ledger_.is_cluster = brokers > 1;
        ledger_.may_lose_sight = brokers > 1 && severity > Severity::backbone_holds;
        for (std::size_t number = 0; number < brokers; ++number) add_broker(number);
        ledger_.closes_soon = closing_time_ != broker::EngineSettings{}.closing_time;
        ledger_.forgives_soon = refusal_time_ != broker::EngineSettings{}.refusal_time;
        for (int number = 0; number < sessions_at_start; ++number) add_session(number)->start();
        operators_ = std::make_unique<Operators>(world_, network_, ledger_, sessions_, endpoints_);
    }

    Report run() {
        pass(gathering, [] { return false; });
        world_.weather = some_weather();
        for (int number = 0; number < sessions_later; ++number) {
            SessionNode* late = add_session(sessions_at_start + number);
            world_.after(world_.chance.between(0, storm.count()), [late] { late->start(); });
        }
        if (shared_log_ && severity_ > Severity::backbone_holds) shared_log_->schedule(storm);
        operators_->schedule(storm);
        pass(storm, [] { return false; });
        storm_end_ = world_.now().utc;
        world_.weather = Weather::calm();
        if (shared_log_) shared_log_->calm_down();
        operators_->open_admission();
        pass(calm_max, [this] {
            // Who closed it may not have been heard before now.
            const bool is_open = on_disk().plans().is_open();
            if (!is_open && !operators_->is_opening()) operators_->open_admission();
            return is_open && is_quiet();
        });
        ledger_.ended = world_.now();
        for (const MessageId& id : on_disk().plans().ids()) {
            Plan plan = *on_disk().plans().find(id);
            // It has ended everywhere when the last of them knows that it has.
            for (const auto& broker : brokers_) {
                const Plan* known = broker->on_disk().plans().find(id);
                if (known != nullptr) plan.written = std::max(plan.written, known->written);
            }
            ledger_.plans.emplace(id, std::move(plan));
        }
        for (const auto& broker : brokers_) {
            for (const SessionId& id : broker->on_disk().dropped()) {
                ledger_.dropped.emplace(id, Instant{});
            }
        }
        ledger_.was_rolled_back = shared_log_ && shared_log_->rollbacks() > 0;
        operators_->ask_for_outcomes(answers_max);
        if (!shared_log_) ask_for_screens();
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

    /// A broker knows of its own sessions only what was on their screens.
    void ask_for_screens() {
        for (const Milliseconds before : {storm / 5 * 4, storm / 2, storm / 5}) {
            operators_->ask_for_screens(storm_end_ - before, answers_max);
        }
        operators_->ask_for_screens(world_.now().utc - second, answers_max);
    }

    /// Of one broker: what entries say, all say.
    [[nodiscard]] const OnDisk& on_disk() const { return brokers_.front()->on_disk(); }

    void add_broker(std::size_t number) {
        NodeSettings settings;
        settings.number = number;
        settings.endpoint = "broker-" + std::to_string(number);
        settings.closing_time = closing_time_;
        settings.refusal_time = refusal_time_;
        if (shared_log_) settings.clock_ahead = world_.chance.between(-500, 500);
        settings.shared_log = shared_log_.get();
        endpoints_.push_back(settings.endpoint);
        brokers_.push_back(std::make_unique<BrokerNode>(world_, network_, ledger_, settings));
    }

    bool is_quiet() const {
        const auto is_settled = [](const auto& session) {
            return session->is_connected() || session->has_ended();
        };
        const auto is_up = [](const auto& broker) { return broker->is_running(); };
        return world_.now().steady - world_.last_traced() >= quiet &&
               world_.now().utc > operators_->horizon() &&
               std::all_of(brokers_.begin(), brokers_.end(), is_up) &&
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
        if (severity_ <= Severity::brokers_live) weather.broker_crash_odds = 0;
        if (severity_ <= Severity::backbone_holds) {
            weather.session_crash_odds = weather.disk_full_odds = weather.pause_odds = 0;
        }
        return weather;
    }

    SessionNode* add_session(int number) {
        const std::string name =
            "user" + std::to_string(number % users) + "-" + std::to_string(number);
        // One in five keeps nothing, as a program that embeds the library may choose.
        // Of each user's sessions some are on the broker's own machine.
        const bool has_store = number % 5 != 0;
        const bool is_local = number / users % 2 == 0;
        // Most know all brokers; some only one, until it tells them of the others.
        std::vector<std::string> endpoints = endpoints_;
        const auto first =
            static_cast<std::ptrdiff_t>(number) % static_cast<std::ptrdiff_t>(endpoints.size());
        std::rotate(endpoints.begin(), endpoints.begin() + first, endpoints.end());
        if (number % 4 == 0) endpoints.resize(1);
        sessions_.push_back(std::make_unique<SessionNode>(world_, network_, ledger_, name,
                                                          has_store, is_local, endpoints));
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
        for (const auto& [id, crashes] : ledger_.crashes) report.session_crashes += crashes;
        report.full_pipes = network_.full_pipes();
        report.most_in_flight = ledger_.most_in_flight;
        report.largest_bundle = ledger_.largest_bundle;
        report.seen = ledger_.seen;
        for (const auto& broker : brokers_) {
            report.broker_crashes += broker->crashes();
            report.entries_ahead += broker->entries_ahead();
        }
        if (!shared_log_) return report;
        report.backbone_cuts = shared_log_->cuts();
        report.rollbacks = shared_log_->rollbacks();
        compare_brokers(report);
        return report;
    }

    /// All have the same entries, and each session is at one of them.
    void compare_brokers(Report& report) {
        const std::set<MessageId> entries = on_disk().entries();
        for (const auto& broker : brokers_) {
            for (const MessageId& id : broker->on_disk().entries()) {
                if (entries.contains(id)) continue;
                report.violations.push_back(to_string(id) + " is in one journal only");
            }
            if (broker->on_disk().entries().size() >= entries.size()) continue;
            report.violations.push_back("a journal lacks entries that another one has");
        }
        for (const SessionId& id : ledger_.connected) {
            const auto count = std::count_if(
                brokers_.begin(), brokers_.end(),
                [&](const auto& broker) { return broker->on_disk().has_session(id); });
            if (count == 1 || ledger_.unrecorded.contains(id)) continue;
            report.violations.push_back(ledger_.names.at(id) + " is counted at " +
                                        std::to_string(count) + " brokers");
        }
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

    const Severity severity_;
    World world_;
    Ledger ledger_;
    UtcTime storm_end_{};
    Milliseconds closing_time_;
    Milliseconds refusal_time_;
    Network network_;
    std::unique_ptr<SharedLog> shared_log_;  ///< nullptr: there is one broker.
    std::vector<std::string> endpoints_;     ///< Of the brokers.
    std::vector<std::unique_ptr<BrokerNode>> brokers_;
    std::vector<std::unique_ptr<SessionNode>> sessions_;
    std::unique_ptr<Operators> operators_;
};

}  // namespace

Report simulate(std::uint64_t seed, bool is_loud) {
    return Run(seed, 1, Severity::everything_fails, is_loud).run();
}

Report simulate_cluster(std::uint64_t seed, Severity severity, bool is_loud) {
    constexpr std::size_t brokers = 3;
    return Run(seed, brokers, severity, is_loud).run();
}

}  // namespace crier::simulation
