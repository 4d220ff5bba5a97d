#include "crier/screens.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "shared/base/time.hpp"
#include "subscriber/screens/command_screen.hpp"
#include "subscriber/screens/dbus_notification_server.hpp"
#include "subscriber/screens/desktop_screen.hpp"
#include "subscriber/screens/log_screen.hpp"
#include "subscriber/screens/reporter.hpp"
#include "subscriber/screens/screen_plan.hpp"
#include "subscriber/screens/screen_set.hpp"
#include "subscriber/screens/window_screen.hpp"

namespace crier {
namespace {

using screens::ScreenKind;

bool has_display() {
    const auto is_set = [](const char* name) {
        const char* value = std::getenv(name);
        return value != nullptr && *value != '\0';
    };
    return is_set("DISPLAY") || is_set("WAYLAND_DISPLAY");
}

std::unique_ptr<screens::Screen> make_screen(ScreenKind kind, const ScreensOptions& options) {
    const screens::Look look{.language = screens::language_of(options.locale), .columns = 0};
    switch (kind) {
        case ScreenKind::desktop: {
            auto screen = std::make_unique<screens::DesktopScreen>(
                look, [name = options.application]() { return screens::open_session_bus(name); });
            if (!options.noted_file.empty()) screen->keep_ids_in(options.noted_file);
            return screen;
        }
        case ScreenKind::command:
            return std::make_unique<screens::CommandScreen>(
                screens::CommandOptions{options.command, options.command_timeout});
        case ScreenKind::log:
            return std::make_unique<screens::LogScreen>(options.log_file);
        default:
            break;
    }
    return std::make_unique<screens::WindowScreen>(
        look, screens::WindowScreen::Options{options.window_program, has_display()});
}

}  // namespace

/// What the screens poll, as one descriptor.
class Screens::Impl {
public:
    Impl(std::vector<screens::Chain> chains, bool is_on_desktop)
        : set_(std::move(chains)),
          polled_(epoll_create1(EPOLL_CLOEXEC)),
          timer_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
        epoll_event event{};
        event.events = EPOLLIN;
        epoll_ctl(polled_, EPOLL_CTL_ADD, timer_, &event);
        if (is_on_desktop) set_.watch(std::make_unique<screens::DbusScreenLock>());
        settle();
    }
    ~Impl() {
        set_.ended(std::nullopt, now());
        close(timer_);
        close(polled_);
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void report_to(Subscriber* subscriber) {
        subscriber_ = subscriber;
        settle();
    }

    template <typename Call>
    void call(Call call) {
        call(set_, now());
        settle();
    }

    [[nodiscard]] int descriptor() const noexcept { return polled_; }

    std::size_t dispatch() {
        std::vector<pollfd> waits;
        set_.add_waits(waits);
        poll(waits.data(), waits.size(), 0);
        set_.serve(waits, now());
        set_.tick(now());
        return settle();
    }

private:
    [[nodiscard]] UtcTime now() const {
        return subscriber_ != nullptr ? subscriber_->broker_time() : read_clocks().utc;
    }

    /// Passes on what was said, and polls what is to be polled now.
    std::size_t settle() {
        std::size_t said = 0;
        while (subscriber_ != nullptr) {
            const std::vector<screens::ScreenEvent> events = set_.take_events();
            if (events.empty()) break;
            said += events.size();
            for (const screens::ScreenEvent& event : events) {
                screens::pass_on(event, *subscriber_, set_, now());
            }
        }
        poll_anew();
        set_timer();
        return said;
    }

    void poll_anew() {
        std::vector<pollfd> waits;
        set_.add_waits(waits);
        std::map<int, std::uint32_t> wanted;
        for (const pollfd& wait : waits) {
            // The bits of poll(2) and epoll(7) are the same for these.
            if (wait.fd >= 0) wanted[wait.fd] |= static_cast<std::uint32_t>(wait.events);
        }
        for (const auto& [descriptor, events] : watched_) {
            if (!wanted.contains(descriptor)) {
                epoll_ctl(polled_, EPOLL_CTL_DEL, descriptor, nullptr);
            }
        }
        for (const auto& [descriptor, events] : wanted) {
            epoll_event event{};
            event.events = events;
            event.data.fd = descriptor;
            // One that was closed meanwhile has left by itself, and another may have its number.
            if (epoll_ctl(polled_, EPOLL_CTL_MOD, descriptor, &event) != 0) {
                epoll_ctl(polled_, EPOLL_CTL_ADD, descriptor, &event);
            }
        }
        watched_ = std::move(wanted);
    }

    void set_timer() {
        itimerspec due{};
        const UtcTime at = now();
        if (const auto tick = set_.next_tick(at)) {
            const auto left = std::max<std::int64_t>((*tick - at).count(), 0);
            due.it_value.tv_sec = left / 1'000;
            due.it_value.tv_nsec = left % 1'000 * 1'000'000;
            if (left == 0) due.it_value.tv_nsec = 1;  // Nothing would turn it off.
        }
        timerfd_settime(timer_, 0, &due, nullptr);
    }

    screens::ScreenSet set_;
    Subscriber* subscriber_ = nullptr;
    int polled_;
    int timer_;
    std::map<int, std::uint32_t> watched_;
};

Result<Screens> Screens::open(ScreensOptions options) {
    const Result<screens::ScreenPlan> plan = screens::parse_screen_plan(options.screens);
    if (!plan) return fail(plan.error());
    if (has(*plan, ScreenKind::terminal) || has(*plan, ScreenKind::json)) {
        return fail(ErrorCode::usage_invalid,
                    "screens: terminal and json are crier-agent's own; a program's output is its");
    }
    if (has(*plan, ScreenKind::command) && options.command.empty()) {
        return fail(ErrorCode::usage_invalid, "screens: command needs a program");
    }
    std::vector<screens::Chain> chains;
    for (const auto& kinds : *plan) {
        screens::Chain chain;
        for (const ScreenKind kind : kinds) chain.push_back(make_screen(kind, options));
        chains.push_back(std::move(chain));
    }
    const bool is_on_desktop = has(*plan, ScreenKind::desktop) || has(*plan, ScreenKind::window);
    return Screens(std::make_unique<Impl>(std::move(chains), is_on_desktop));
}

Screens::Screens(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Screens::Screens(Screens&&) noexcept = default;
Screens& Screens::operator=(Screens&&) noexcept = default;
Screens::~Screens() = default;

void Screens::report_to(Subscriber& subscriber) {
    impl_->report_to(&subscriber);
}

void Screens::stop_reporting() {
    impl_->report_to(nullptr);
}

void Screens::show(const IncomingMessage& message) {
    impl_->call([&](screens::Screen& set, UtcTime now) { set.show(message, now); });
}

void Screens::change(const IncomingMessage& message) {
    impl_->call([&](screens::Screen& set, UtcTime now) { set.change(message, now); });
}

void Screens::remove(const MessageRemoved& removed) {
    impl_->call([&](screens::Screen& set, UtcTime now) { set.remove(removed, now); });
}

void Screens::escalate(const MessageEscalated& escalated) {
    impl_->call([&](screens::Screen& set, UtcTime now) { set.escalate(escalated, now); });
}

int Screens::descriptor() const noexcept {
    return impl_->descriptor();
}

std::size_t Screens::dispatch() {
    return impl_->dispatch();
}

}  // namespace crier
