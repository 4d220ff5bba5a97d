#include "subscriber/agent/doctor.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>

#include "shared/base/crypto.hpp"
#include "shared/base/display.hpp"
#include "shared/base/time.hpp"
#include "subscriber/screens/log_screen.hpp"

namespace crier::agent {
namespace {

/// As long as the slowest screen waits for an answer, and a little.
constexpr Milliseconds patience{15'000};
/// The test message stands that long, to be seen.
constexpr Milliseconds seen_for{2'000};

struct Verdict {
    enum class Kind : std::uint8_t { works, held_back, fails, not_tried } kind = Kind::not_tried;
    std::string text;
};

IncomingMessage test_message(screens::ScreenKind kind, UtcTime now) {
    IncomingMessage message;
    fill_random(message.id.bytes);
    message.topic = "all";
    message.from = "crier-agent doctor";
    message.sent = now;
    message.content.title = "A test of this screen";
    message.content.text =
        "If you can read this, operators' messages reach you here. Accents: é à "
        "ü ß. Nothing needs to be done.";
    if (kind == screens::ScreenKind::window) message.content.style = Style::alert;
    return message;
}

class Trial {
public:
    Trial(screens::Screen& screen, Signals& signals) : screen_(screen), signals_(signals) {}

    /// nullopt: nothing was said in time, or it is to stop.
    std::optional<screens::Outcome> show(const IncomingMessage& message) {
        screen_.show(message, read_clocks().utc);
        std::optional<screens::Outcome> outcome;
        turn(patience, [&](const screens::ScreenEvent& event) {
            const auto* came = std::get_if<screens::Came>(&event);
            if (came != nullptr && came->id == message.id) outcome = came->outcome;
            return outcome.has_value();
        });
        return outcome;
    }

    void let_see() {
        turn(seen_for, [](const screens::ScreenEvent&) { return false; });
    }

private:
    /// Until `is_enough` says so of an event, at most that long.
    template <typename IsEnough>
    void turn(Milliseconds time, IsEnough is_enough) {
        const Instant end = read_clocks().steady + time;
        while (!signals_.is_stop_requested()) {
            for (const screens::ScreenEvent& event : screen_.take_events()) {
                if (is_enough(event)) return;
            }
            const Milliseconds left = end - read_clocks().steady;
            if (left <= Milliseconds::zero()) return;
            wait(left);
        }
    }

    void wait(Milliseconds left) {
        std::vector<pollfd> waits{{signals_.stop_descriptor(), POLLIN, 0}};
        screen_.add_waits(waits);
        const UtcTime now = read_clocks().utc;
        if (const auto tick = screen_.next_tick(now)) left = std::min(left, *tick - now);
        left = std::max(left, Milliseconds::zero());
        if (poll(waits.data(), waits.size(), static_cast<int>(left.count())) < 0) return;
        const auto ready = std::span(waits).subspan(1);
        if (screens::is_any_ready(ready)) screen_.serve(ready, read_clocks().utc);
        screen_.tick(read_clocks().utc);
    }

    screens::Screen& screen_;
    Signals& signals_;
};

std::string praise_of(screens::ScreenKind kind, const screens::Screen& screen,
                      const ScreenParts& parts) {
    if (kind == screens::ScreenKind::desktop) {
        const auto facts = static_cast<const screens::DesktopScreen&>(screen).server();
        if (!facts) return "";
        return facts->name + (facts->has_actions ? "" : ", without buttons: no answers");
    }
    if (kind == screens::ScreenKind::log) {
        return parts.options.log_file.empty() ? "the systemd journal"
                                              : parts.options.log_file.string();
    }
    return "";
}

Verdict judge(screens::ScreenKind kind, const ScreenParts& parts, Signals& signals) {
    if (kind == screens::ScreenKind::command && parts.options.command.program.empty()) {
        return {Verdict::Kind::not_tried, "name one with --command PROGRAM"};
    }
    if (kind == screens::ScreenKind::terminal && isatty(STDOUT_FILENO) != 1) {
        return {Verdict::Kind::not_tried, "standard output is no terminal"};
    }
    const std::unique_ptr<screens::Screen> screen = make_screen(kind, parts);
    Trial trial(*screen, signals);
    const IncomingMessage message = test_message(kind, read_clocks().utc);
    const std::optional<screens::Outcome> outcome = trial.show(message);
    Verdict verdict{Verdict::Kind::fails, "it said nothing"};
    if (outcome && outcome->state == State::displayed) {
        verdict = {Verdict::Kind::works, praise_of(kind, *screen, parts)};
        if (!outcome->cause.empty()) {
            verdict.text += (verdict.text.empty() ? "" : "; ") + outcome->cause;
        }
        if (screen->is_seen() && kind != screens::ScreenKind::terminal) trial.let_see();
    } else if (outcome) {
        const bool is_held_back = outcome->state == State::suppressed;
        verdict = {is_held_back ? Verdict::Kind::held_back : Verdict::Kind::fails, outcome->cause};
    }
    screen->withdraw(message.id, read_clocks().utc);
    screen->ended(std::nullopt, read_clocks().utc);
    return verdict;
}

std::string_view word_for(Verdict::Kind kind) {
    switch (kind) {
        case Verdict::Kind::works:
            return "works";
        case Verdict::Kind::held_back:
            return "held back";
        case Verdict::Kind::fails:
            return "fails";
        case Verdict::Kind::not_tried:
            break;
    }
    return "not tried";
}

}  // namespace

ExitCode run_doctor(const ScreenParts& parts, Signals& signals) {
    const screens::ScreenPlan plan = parts.options.screen
                                         ? *parts.options.screen
                                         : screens::plan_for(places_of(parts.surroundings));
    std::string text =
        "A test message on each screen; crier-agent would use " + to_string(plan) + " here.\n\n";
    static_cast<void>(parts.output.write(text));
    bool is_seen = false;
    for (const screens::ScreenKind kind :
         {screens::ScreenKind::window, screens::ScreenKind::desktop, screens::ScreenKind::terminal,
          screens::ScreenKind::command, screens::ScreenKind::log}) {
        if (signals.is_stop_requested()) return ExitCode::stopped;
        const Verdict verdict = judge(kind, parts, signals);
        const bool works = verdict.kind == Verdict::Kind::works;
        is_seen = is_seen || (works && kind != screens::ScreenKind::log);
        std::string line = "  " + padded(name_of(kind), 10) + padded(word_for(verdict.kind), 11) +
                           clean_line(verdict.text);
        while (line.ends_with(' ')) line.pop_back();
        static_cast<void>(parts.output.write(line + "\n"));
    }
    static_cast<void>(parts.output.write(
        is_seen ? "\nMessages can be seen here.\n"
                : "\nNo screen that a person sees works here: messages are not displayed.\n"));
    return is_seen ? ExitCode::stopped : ExitCode::screen_gone;
}

}  // namespace crier::agent
