#include "tests/simulation/simulation.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "tests/simulation/broker_node.hpp"
#include "tests/simulation/ledger.hpp"
#include "tests/simulation/publisher_node.hpp"
#include "tests/simulation/session_node.hpp"

namespace crier::simulation {
namespace {

constexpr int sessions_at_start = 50;
constexpr int sessions_later = 3;
constexpr int users = 12;
constexpr int publishers = 3;
constexpr int messages = 16;
constexpr int changing_messages = 6;
constexpr int changes_max = 3;            ///< Of one of them.
constexpr int messages_in_burst = 50;     ///< More than a session may have unconfirmed.
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
        : world_(seed, Weather::calm()), broker_(world_, ledger_, some_closing_time()) {
        world_.is_loud = is_loud;
    }

    Report run() {
        for (int number = 0; number < sessions_at_start; ++number) add_session(number)->start();
        for (int number = 0; number < publishers; ++number) {
            publishers_.push_back(std::make_unique<PublisherNode>(world_, broker_.network()));
        }
        pass(gathering, [] { return false; });
        world_.weather = some_weather();
        schedule_storm();
        pass(storm, [] { return false; });
        world_.weather = Weather::calm();
        pass(calm_max, [this] { return is_quiet(); });
        ledger_.ended = world_.now().steady;
        ask_for_outcomes();
        pass(answers_max, [this] { return answers_awaited_ == 0; });
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
        const auto is_connected = [](const auto& session) { return session->is_connected(); };
        return world_.now().steady - world_.last_traced() >= quiet &&
               std::all_of(sessions_.begin(), sessions_.end(), is_connected);
    }

    /// With a short one, who is away for a moment needs its token to be the same again.
    Milliseconds some_closing_time() {
        return world_.chance.one_in(4) ? Milliseconds{4'000}
                                       : broker::EngineSettings{}.closing_time;
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
            world_.after(world_.chance.between(0, storm.count()),
                         [this] { send(some_message(), some_target()); });
        }
        for (int number = 0; number < changing_messages; ++number) {
            world_.after(world_.chance.between(0, storm.count() / 2), [this] { send_changing(); });
        }
        if (world_.chance.one_in(2)) {
            world_.after(world_.chance.between(0, storm.count() / 2), [this] { send_burst(); });
        }
    }

    /// A message that is updated some times, and perhaps recalled, by whichever publisher; some of
    /// it before it is accepted.
    void send_changing() {
        publisher::AskToSend message = some_message();
        message.expires.reset();
        message.content.style = Style::notification;
        const MessageId id = message.id;
        send(std::move(message), some_target());
        ledger_.asked.at(id).is_changing = true;
        const auto updates = world_.chance.below(changes_max + 1);
        for (std::uint64_t number = 0; number < updates; ++number) {
            change_later(id, "text " + std::to_string(number + 2));
        }
        if (world_.chance.one_in(2)) change_later(id, {});
        if (world_.chance.one_in(6)) change_later(id, {});
    }

    void change_later(const MessageId& message, const std::string& text) {
        world_.after(world_.chance.between(0, storm.count() / 3), [this, message, text] {
            std::vector<AskedChange>& changes = ledger_.asked.at(message).changes;
            const std::size_t index = changes.size();
            changes.push_back({.text = text});
            MessageId request = message;
            request.bytes[0] = 1;
            request.bytes[1] = static_cast<std::uint8_t>(index);
            publisher::Request asked = publisher::AskToRecall{request, message};
            if (!text.empty()) {
                MessageUpdate update;
                update.text = text;
                update.ask_again = world_.chance.one_in(4);
                asked = publisher::AskToUpdate{request, message, update, std::nullopt};
            }
            publishers_[world_.chance.below(publishers)]->ask(
                std::move(asked), Milliseconds{20'000},
                [this, message, index](publisher::Answer answer) {
                    AskedChange& change = ledger_.asked.at(message).changes[index];
                    const auto* failed = std::get_if<publisher::Failure>(&answer);
                    change.is_accepted = std::holds_alternative<SendResult>(answer);
                    change.is_refused =
                        failed != nullptr && failed->error.code != ErrorCode::outcome_unknown;
                    world_.trace("change " + std::to_string(index) + " (" +
                                 (change.text.empty() ? "recall" : change.text) + ") of " +
                                 to_string(message) + ": " +
                                 (failed ? to_string(failed->error) : "accepted"));
                });
        });
    }

    /// To one session, which may not be reading just then.
    void send_burst() {
        SessionNode& chosen = some_session();
        if (world_.chance.one_in(2)) {
            broker_.network().pause(chosen, world_.chance.between(2'000, 6'000));
        }
        const bool is_large = world_.chance.one_in(2);
        for (int number = 0; number < messages_in_burst; ++number) {
            publisher::AskToSend message = some_message();
            message.expires.reset();
            const std::uint64_t bytes_max = is_large ? 6'000 : 100;
            message.content.text.append(world_.chance.below(bytes_max - 20), '.');
            world_.after(
                world_.chance.between(0, 1'000),
                [this, message, target = Target::of({chosen.id()})] { send(message, target); });
        }
    }

    SessionNode& some_session() { return *sessions_[world_.chance.below(sessions_at_start)]; }

    publisher::AskToSend some_message() {
        publisher::AskToSend message;
        message.id = {};
        last_message_ += 1;
        message.id.bytes[14] = static_cast<std::uint8_t>(last_message_ >> 8);
        message.id.bytes[15] = static_cast<std::uint8_t>(last_message_ & 0xff);
        message.content.title = "message " + std::to_string(last_message_);
        message.content.text = "text";
        if (world_.chance.one_in(5)) message.content.style = Style::alert;
        switch (world_.chance.below(5)) {
            case 0:  // Stands for those who come later, beyond the end.
                message.expires = world_.now().utc + Milliseconds{600'000};
                break;
            case 1:  // Some will be too late for it.
                message.expires = world_.now().utc + world_.chance.between(2'000, 20'000);
                break;
            default:
                break;
        }
        return message;
    }

    Target some_target() {
        const SessionNode& chosen = some_session();
        switch (world_.chance.below(4)) {
            case 0:
                return Target::of({chosen.id()});
            case 1:
                return Target::matching("user=" + chosen.attributes().user);
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

    void send(publisher::AskToSend message, Target target) {
        message.target = std::move(target);
        Asked& asked = ledger_.asked[message.id];
        asked.audience = audience_of(message.target);
        asked.posted = world_.now().steady;
        asked.is_alert = message.content.style == Style::alert;
        if (message.expires) {
            asked.expires = world_.now().steady + (*message.expires - world_.now().utc);
            asked.is_standing = message.target.kind != Target::Kind::sessions;
        }
        publishers_[world_.chance.below(publishers)]->ask(
            message, Milliseconds{20'000},
            [this, id = message.id, title = message.content.title](publisher::Answer answer) {
                Asked& known = ledger_.asked.at(id);
                if (auto* sent = std::get_if<SendResult>(&answer)) {
                    known.accepted = *sent;
                } else if (auto* failed = std::get_if<publisher::Failure>(&answer)) {
                    known.failure = failed->error;
                }
                world_.trace(title + ": " +
                             (known.accepted ? "accepted" : to_string(*known.failure)));
            });
    }

    void ask_for_outcomes() {
        for (auto& [id, asked] : ledger_.asked) {
            answers_awaited_ += 1;
            publishers_[0]->ask(
                publisher::AskForOutcome{id}, answers_max,
                [this, &asked = asked](publisher::Answer answer) {
                    answers_awaited_ -= 1;
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
        if (world_.is_stuck()) report.violations.emplace_back("somebody wakes for ever at once");
        for (const auto& session : sessions_) {
            if (session->is_connected()) continue;
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
        report.entries_ahead = broker_.entries_ahead();
        return report;
    }

    World world_;
    Ledger ledger_;
    BrokerNode broker_;
    std::vector<std::unique_ptr<SessionNode>> sessions_;
    std::vector<std::unique_ptr<PublisherNode>> publishers_;
    int last_message_ = 0;
    int answers_awaited_ = 0;
};

}  // namespace

Report simulate(std::uint64_t seed, bool is_loud) {
    return Run(seed, is_loud).run();
}

}  // namespace crier::simulation
