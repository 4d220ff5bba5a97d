#include "subscriber/screens/session_bus.hpp"

#include <sdbus-c++/sdbus-c++.h>

#include <chrono>
#include <condition_variable>
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

/// The last attempt that was given up, until it ends after all.
std::weak_ptr<Attempt> hanging;

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
    if (!hanging.expired()) return silent;
    auto attempt = std::make_shared<Attempt>();
    std::thread([attempt] {
        Opened opened = connect();
        const std::lock_guard lock(attempt->mutex);
        if (!attempt->is_given_up) attempt->opened.emplace(std::move(opened));
        attempt->ended.notify_all();
    }).detach();
    std::unique_lock lock(attempt->mutex);
    attempt->ended.wait_for(lock, answers_within, [&] { return attempt->opened.has_value(); });
    if (attempt->opened) return *std::move(attempt->opened);
    attempt->is_given_up = true;
    hanging = attempt;
    return silent;
}

}  // namespace crier::screens
