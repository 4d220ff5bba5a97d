#include "subscriber/screens/session_bus.hpp"

#include <sdbus-c++/sdbus-c++.h>
#include <signal.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "shared/base/display.hpp"

namespace crier::screens {
namespace {

constexpr std::chrono::seconds answers_within{1};

using Opened = Result<std::unique_ptr<sdbus::IConnection>>;

/// Shared by who waits and by the thread that connects, which may outlive the wait.
struct Attempt {
    std::mutex mutex;
    std::condition_variable ended;
    std::optional<Opened> opened;
    bool is_given_up = false;
};

/// The last attempt that was given up, until it ends after all. Of the whole process, and with a
/// lock of its own: the bus is one for all who ask, in whatever thread.
struct Hanging {
    std::mutex mutex;
    std::weak_ptr<Attempt> attempt;
};

Hanging& hanging() {
    static Hanging one;
    return one;
}

/// In a thread that takes no signals: their handlers are for others.
void start_thread(std::function<void()> work) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread(std::move(work)).detach();
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Opened connect() {
    try {
        return sdbus::createSessionBusConnection();
    } catch (const sdbus::Error& error) {
        const std::string why = error.getMessage().empty() ? error.getName() : error.getMessage();
        return fail(ErrorCode::file_unusable, "there is no session bus: " + clean_line(why));
    }
}

}  // namespace

Opened connect_to_session_bus() {
    const auto silent = fail(ErrorCode::file_unusable, "the session bus does not answer");
    const std::lock_guard one_at_a_time(hanging().mutex);
    if (!hanging().attempt.expired()) return silent;
    auto attempt = std::make_shared<Attempt>();
    start_thread([attempt] {
        Opened opened = connect();
        const std::lock_guard lock(attempt->mutex);
        if (!attempt->is_given_up) attempt->opened.emplace(std::move(opened));
        attempt->ended.notify_all();
    });
    std::unique_lock lock(attempt->mutex);
    attempt->ended.wait_for(lock, answers_within, [&] { return attempt->opened.has_value(); });
    if (attempt->opened) return *std::move(attempt->opened);
    attempt->is_given_up = true;
    hanging().attempt = attempt;
    return silent;
}

pollfd wait_of(const sdbus::IConnection& bus) {
    const auto wanted = bus.getEventLoopPollData();
    return {wanted.fd, wanted.events, 0};
}

std::optional<Milliseconds> next_serve_of(const sdbus::IConnection& bus) {
    const int timeout = bus.getEventLoopPollData().getPollTimeout();
    return timeout < 0 ? std::nullopt : std::optional(Milliseconds(timeout));
}

void process_all(sdbus::IConnection& bus) {
    while (bus.processPendingRequest()) {
    }
}

bool is_said_by(const sdbus::IProxy& proxy, const std::string& sender) {
    const sdbus::Message* const message = proxy.getCurrentlyProcessedMessage();
    return message != nullptr && message->getSender() == sender;
}

}  // namespace crier::screens
