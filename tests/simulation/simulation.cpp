#include "tests/simulation/simulation.hpp"

#include <memory>

#include "tests/simulation/broker_node.hpp"
#include "tests/simulation/ledger.hpp"
#include "tests/simulation/publisher_node.hpp"
#include "tests/simulation/session_node.hpp"

namespace crier::simulation {
namespace {

constexpr int sessions_at_start = 50;
constexpr int sessions_later = 4;
constexpr int users = 12;
constexpr int publishers = 3;
constexpr int messages = 24;
constexpr Milliseconds gathering{3'000};  ///< Everybody signs in, in calm weather.
constexpr Milliseconds storm{40'000};
/// The longest pause of a session is 30 s; then it comes back, and all is said.
constexpr Milliseconds calm{75'000};

class Run {
public:
    Run(std::uint64_t seed, bool is_loud) : world_(seed, Weather::calm()), broker_(world_) {
        world_.is_loud = is_loud;
    }

    Report run() {
        for (int number = 0; number < sessions_at_start; ++number) add_session(number)->start();
        for (int number = 0; number < publishers; ++number) {
            publishers_.push_back(std::make_unique<PublisherNode>(world_, broker_.network()));
        }
        world_.run_until(Instant{} + gathering);
        world_.weather = some_weather();
        schedule_storm();
        world_.run_until(Instant{} + gathering + storm);
        world_.weather = Weather::calm();
        world_.run_until(Instant{} + gathering + storm + calm);
        ask_for_outcomes();
        world_.run_until(Instant{} + gathering + storm + calm + Milliseconds{40'000});
        return report();
    }

private:
    /// Each seed has its own: sometimes only one thing goes wrong, sometimes everything.
    Weather some_weather() {
        Weather weather;
        weather.delay_max_ms = world_.chance.one_in(3) ? 400 : 40;
        if (world_.chance.one_in(2)) weather.cut_odds = 0;
        if (world_.chance.one_in(2)) weather.broker_crash_odds = 0;
        if (world_.chance.one_in(2)) weather.session_crash_odds = 0;
        if (world_.chance.one_in(2)) weather.pause_odds = 0;
        if (world_.chance.one_in(2)) weather.disk_full_odds = 0;
        return weather;
    }

    SessionNode* add_session(int number) {
        const std::string name =
            "user" + std::to_string(number % users) + "-" + std::to_string(number);
        // One in five keeps nothing, as a program that embeds the library may choose.
        sessions_.push_back(std::make_unique<SessionNode>(world_, broker_.network(), ledger_, name,
                                                          number % 5 != 0));
        return sessions_.back().get();
    }

    void schedule_storm() {
        for (int number = 0; number < sessions_later; ++number) {
            SessionNode* late = add_session(sessions_at_start + number);
            world_.after(world_.chance.between(0, storm.count()), [late] { late->start(); });
        }
        for (int number = 0; number < messages; ++number) {
            world_.after(world_.chance.between(0, storm.count()), [this, number] { send(number); });
        }
    }

    Target some_target() {
        const auto& chosen = sessions_[world_.chance.below(sessions_at_start)];
        switch (world_.chance.below(4)) {
            case 0:
                return Target::of({chosen->id()});
            case 1:
                return Target::matching("user=" + chosen->attributes().user);
            default:
                return Target::everyone();
        }
    }

    std::set<SessionId> audience_of(const Target& target) const {
        std::set<SessionId> audience;
        for (const auto& session : sessions_) {
            const bool is_named =
                target.kind == Target::Kind::all ||
                (target.kind == Target::Kind::sessions && target.sessions[0] == session->id()) ||
                (target.kind == Target::Kind::where &&
                 target.where == "user=" + session->attributes().user);
            if (is_named) audience.insert(session->id());
        }
        return audience;
    }

    void send(int number) {
        publisher::AskToSend send;
        send.id = {};
        send.id.bytes[15] = static_cast<std::uint8_t>(number + 1);
        send.target = some_target();
        send.content.text = "message " + std::to_string(number + 1);
        if (world_.chance.one_in(5)) send.content.style = Style::alert;
        // Some stand for those who come later; none expires before the end.
        if (world_.chance.one_in(4)) send.expires = world_.now().utc + Milliseconds{600'000};
        Asked& asked = ledger_.asked[send.id];
        asked.audience = audience_of(send.target);
        asked.posted = world_.now().steady;
        publishers_[world_.chance.below(publishers)]->ask(
            send, Milliseconds{20'000}, [this, id = send.id](publisher::Answer answer) {
                Asked& known = ledger_.asked.at(id);
                if (auto* sent = std::get_if<SendResult>(&answer)) {
                    known.accepted = *sent;
                } else if (auto* failed = std::get_if<publisher::Failure>(&answer)) {
                    known.failure = failed->error;
                }
                world_.trace("message " + std::to_string(id.bytes[15]) + ": " +
                             (known.accepted ? "accepted" : to_string(*known.failure)));
            });
    }

    void ask_for_outcomes() {
        for (auto& [id, asked] : ledger_.asked) {
            publishers_[0]->ask(
                publisher::AskForOutcome{id}, Milliseconds{30'000},
                [&asked = asked](publisher::Answer answer) {
                    if (auto* got = std::get_if<Outcome>(&answer)) {
                        asked.outcome = std::move(*got);
                    } else if (auto* failed = std::get_if<publisher::Failure>(&answer);
                               failed->error.code != ErrorCode::message_unknown) {
                        asked.failure = failed->error;
                    }
                });
        }
    }

    Report report() {
        Report report;
        report.violations = ledger_.violations();
        for (const auto& session : sessions_) {
            if (session->is_connected()) continue;
            report.violations.push_back(session->attributes().machine + " did not come back");
        }
        report.trace_hash = world_.trace_hash();
        for (const auto& [id, asked] : ledger_.asked) report.accepted += asked.accepted ? 1 : 0;
        for (const auto& [key, showings] : ledger_.showings) report.showings += showings.size();
        report.broker_crashes = broker_.crashes();
        for (const auto& [id, crashes] : ledger_.crashes) report.session_crashes += crashes;
        return report;
    }

    World world_;
    BrokerNode broker_;
    Ledger ledger_;
    std::vector<std::unique_ptr<SessionNode>> sessions_;
    std::vector<std::unique_ptr<PublisherNode>> publishers_;
};

}  // namespace

Report simulate(std::uint64_t seed, bool is_loud) {
    return Run(seed, is_loud).run();
}

}  // namespace crier::simulation
