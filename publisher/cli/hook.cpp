#include "publisher/cli/hook.hpp"

#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <deque>
#include <thread>
#include <utility>

#include "publisher/cli/child_command.hpp"
#include "publisher/cli/commands.hpp"
#include "publisher/cli/present.hpp"
#include "publisher/cli/present_json.hpp"
#include "publisher/cli/stop_signals.hpp"
#include "publisher/cli/times.hpp"
#include "shared/base/display.hpp"
#include "shared/base/mailbox.hpp"
#include "shared/base/time.hpp"

namespace crier::cli {
namespace {

/// What a command has left to tidy up, once it was asked to end.
constexpr Milliseconds grace{5'000};

/// "session_opened at 22:58:03"; of a receipt its state.
std::string words_for(const Happened& happened) {
    const std::string_view what =
        happened.state ? name_of(*happened.state) : name_of(happened.what);
    return std::string(what) + " at " + local_clock(happened.at);
}

/// The commands that run now.
class Running {
public:
    struct One {
        ChildCommand child;
        std::string event;
        Instant deadline;
        bool is_asked_to_end = false;
    };

    Running(const HookCommand& command, Console& console)
        : command_(command), console_(console), name_(clean_line(command.command.front())) {}

    [[nodiscard]] bool is_empty() const { return children_.empty(); }
    [[nodiscard]] bool has_room() const { return children_.size() < command_.at_most; }
    [[nodiscard]] const std::vector<One>& children() const { return children_; }

    void start(const Happened& happened, Instant now) {
        auto child = ChildCommand::start(command_.command, json_of(happened));
        if (!child) {
            say(child.error().detail, words_for(happened));
            return;
        }
        children_.push_back({*std::move(child), words_for(happened), now + command_.timeout});
    }

    /// Takes leave of those that have ended, and says which of them failed.
    void take_ended() {
        std::erase_if(children_, [this](One& one) {
            const auto ending = one.child.take_ending(one.is_asked_to_end);
            if (!ending) return false;
            if (one.is_asked_to_end) return true;  // Why, was said then.
            if (ending->signal != 0) {
                say(name_ + " was killed by signal " + std::to_string(ending->signal) + " (" +
                        strsignal(ending->signal) + ")",
                    one.event);
            } else if (ending->exit_code != 0) {
                say(name_ + " ended with exit code " + std::to_string(ending->exit_code),
                    one.event);
            }
            return true;
        });
    }

    void end_late_ones(Instant now) {
        for (One& one : children_) {
            if (now < one.deadline) continue;
            if (one.is_asked_to_end) {
                kill(one, now);
            } else {
                say(name_ + " took longer than --timeout, and is ended", one.event);
                ask_to_end(one, now);
            }
        }
    }

    void end_all(Instant now) {
        for (One& one : children_) {
            if (!one.is_asked_to_end) ask_to_end(one, now);
        }
    }
    void kill_all(Instant now) {
        for (One& one : children_) kill(one, now);
    }

    /// When end_late_ones() has something to do.
    [[nodiscard]] std::optional<Instant> next_deadline() const {
        const auto next = std::min_element(
            children_.begin(), children_.end(),
            [](const One& left, const One& right) { return left.deadline < right.deadline; });
        return next == children_.end() ? std::nullopt : std::optional(next->deadline);
    }

private:
    static void ask_to_end(One& one, Instant now) {
        one.child.signal_group(SIGTERM);
        one.is_asked_to_end = true;
        one.deadline = now + grace;
    }
    static void kill(One& one, Instant now) {
        one.child.signal_group(SIGKILL);
        one.is_asked_to_end = true;
        one.deadline = now + grace;  // A disk that hangs may keep it: it is not killed in a circle.
    }
    void say(const std::string& what, const std::string& event) {
        console_.err << "crier: " << what << ", for " << event << std::endl;
    }

    const HookCommand& command_;
    Console& console_;
    const std::string name_;
    std::vector<One> children_;
};

/// What happens, in the order in which it does, until there is room for a command.
class Waiting {
public:
    explicit Waiting(Console& console) : console_(console) {}

    void add(Happened happened) {
        if (events_.size() < hook_waiting_max) {
            events_.push_back(std::move(happened));
            return;
        }
        leave_out(1);
    }
    /// These came faster than they could be taken.
    void leave_out(std::uint64_t count) {
        if (count > 0 && left_out_ == 0) {
            console_.err << "crier: " << hook_waiting_max
                         << " events wait already, so the next ones are left out" << std::endl;
        }
        left_out_ += count;
    }
    [[nodiscard]] std::optional<Happened> take() {
        if (events_.empty()) return std::nullopt;
        Happened first = std::move(events_.front());
        events_.pop_front();
        if (events_.size() <= hook_waiting_max / 2) say_left_out();
        return first;
    }
    void say_left_out() {
        const std::uint64_t count = std::exchange(left_out_, 0);
        if (count == 0) return;
        console_.err << "crier: " << count_of(count, "event") << " left out" << std::endl;
    }
    /// None of them will have a command.
    void drop() {
        if (events_.empty()) return;
        console_.err << "crier: " << count_of(events_.size(), "event") << " left out at the end"
                     << std::endl;
        events_.clear();
    }

private:
    Console& console_;
    std::deque<Happened> events_;
    std::uint64_t left_out_ = 0;
};

/// The thread that watches.
class Watcher {
public:
    explicit Watcher(Publisher& publisher) : publisher_(publisher), thread_([this] { watch(); }) {}
    ~Watcher() { stop(); }
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;

    [[nodiscard]] int descriptor() const { return mailbox_.descriptor(); }
    /// Nothing will come any more.
    [[nodiscard]] bool is_over() const { return is_over_; }
    void take_all(std::vector<Happened>& events) { mailbox_.take_all(events); }
    /// How many found no room since the last call.
    [[nodiscard]] std::uint64_t take_left_out() { return left_out_.exchange(0); }

    /// Afterwards the status is there.
    const Status& stop() {
        if (thread_.joinable()) {
            publisher_.stop();
            thread_.join();
        }
        return status_;
    }

private:
    void watch() {
        status_ = publisher_.watch([this](const Happened& happened) {
            if (!mailbox_.post(Happened(happened))) left_out_ += 1;
            return Watching::go_on;
        });
        is_over_ = true;
        mailbox_.close();
    }

    Publisher& publisher_;
    Mailbox<Happened> mailbox_{hook_waiting_max};
    std::atomic<std::uint64_t> left_out_{0};
    std::atomic<bool> is_over_{false};
    Status status_;
    std::thread thread_;
};

class Hook {
public:
    Hook(const HookCommand& command, Publisher& publisher, Console& console)
        : command_(command),
          console_(console),
          running_(command, console),
          waiting_(console),
          watcher_(publisher) {}

    ExitCode run() {
        while (true) {
            const bool is_over = watcher_.is_over();  // Before the last events are taken.
            take_events();
            const Instant now = read_clocks().steady;
            if (const int signals = signals_.take(); signals > 0) interrupt(signals, now);
            running_.take_ended();
            running_.end_late_ones(now);
            while (!is_interrupted_ && running_.has_room()) {
                auto next = waiting_.take();
                if (!next) break;
                running_.start(*next, now);
            }
            if ((is_interrupted_ || is_over) && running_.is_empty()) break;
            wait(is_over);
        }
        waiting_.say_left_out();
        waiting_.drop();
        const Status& status = watcher_.stop();
        return is_interrupted_ || status ? ExitCode::done : report(status.error(), console_);
    }

private:
    void take_events() {
        std::vector<Happened> events;
        watcher_.take_all(events);
        for (Happened& happened : events) take(std::move(happened));
        waiting_.leave_out(watcher_.take_left_out());
    }

    void take(Happened happened) {
        if (happened.what == Happened::What::connection_lost) {
            say("connection lost: " + clean_line(happened.detail));
            is_lost_ = true;
            return;
        }
        if (std::exchange(is_lost_, false)) say("connected again");
        if (happened.what == Happened::What::missed) say("some events were missed");
        const bool is_gap = happened.what == Happened::What::receipt && !happened.state;
        if (is_gap) say("the broker: " + clean_line(happened.detail));
        if (is_hooked(command_.on, happened)) waiting_.add(std::move(happened));
    }

    /// The first time everything may end by itself, the second time it must.
    void interrupt(int signals, Instant now) {
        if (is_interrupted_ || signals > 1) {
            running_.kill_all(now);
        } else {
            running_.end_all(now);
        }
        is_interrupted_ = true;
    }

    /// Until something has to be done.
    void wait(bool is_over) {
        std::vector<pollfd> polled{{signals_.descriptor(), POLLIN, 0}};
        // Once it is closed, it is readable for ever.
        if (!is_over) polled.push_back({watcher_.descriptor(), POLLIN, 0});
        for (const auto& one : running_.children()) {
            polled.push_back({one.child.descriptor(), POLLIN, 0});
        }
        int timeout = -1;
        if (const auto deadline = running_.next_deadline()) {
            const auto left = *deadline - read_clocks().steady;
            constexpr Milliseconds longest{24 * 3'600'000};
            timeout = static_cast<int>(std::clamp(left, Milliseconds(0), longest).count());
        }
        poll(polled.data(), polled.size(), timeout);  // An interruption is one turn more.
    }

    void say(const std::string& what) { console_.err << "crier: " << what << std::endl; }

    const HookCommand& command_;
    Console& console_;
    StopSignals signals_;
    Running running_;
    Waiting waiting_;
    Watcher watcher_;
    bool is_lost_ = false;
    bool is_interrupted_ = false;
};

}  // namespace

std::vector<std::string_view> hook_event_names() {
    std::vector<std::string_view> names;
    using What = Happened::What;
    for (auto number = static_cast<int>(What::session_opened);
         number < static_cast<int>(What::connection_lost); ++number) {
        names.push_back(name_of(static_cast<What>(number)));
    }
    for (const State state : {State::delivered, State::suppressed, State::displayed,
                              State::acknowledged, State::answered, State::failed}) {
        names.push_back(name_of(state));
    }
    return names;
}

bool is_hooked(const std::vector<std::string>& names, const Happened& happened) {
    return names.empty() || std::any_of(names.begin(), names.end(), [&](const std::string& name) {
               return name == name_of(happened.what) ||
                      (happened.state && name == name_of(*happened.state));
           });
}

ExitCode run_hook(const HookCommand& command, Publisher& publisher, Console& console) {
    if (!is_program(command.command.front())) {
        return report(
            {ErrorCode::usage_invalid,
             "there is no program \"" + clean_line(command.command.front()) + "\" that can be run"},
            console);
    }
    Hook hook(command, publisher, console);
    console.err << "crier: watching; Ctrl-C ends it\n" << std::flush;
    return hook.run();
}

}  // namespace crier::cli
