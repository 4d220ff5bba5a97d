/// \file
/// Carries events from the thread that works to the program: on a thread of its own, or whenever
/// the program dispatches.
///
///     worker ──post()──> Mailbox ──dispatch()──> hand_over(event)

#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "shared/base/mailbox.hpp"

namespace crier::subscriber {

/// Blocks until `descriptor` is readable.
void wait_readable(int descriptor);

/// Thread-safety: the worker posts; one thread at a time dispatches; any thread stops.
template <class Event>
class Courier {
public:
    Courier(std::size_t events_max, std::function<void(const Event&)> hand_over)
        : mailbox_(events_max), hand_over_(std::move(hand_over)) {}
    ~Courier() { stop(); }
    Courier(const Courier&) = delete;
    Courier& operator=(const Courier&) = delete;

    /// From now on a thread of its own dispatches. Before the first event.
    void start_thread() {
        thread_ = std::thread([this] {
            while (!is_stopping_) {
                wait_readable(mailbox_.descriptor());
                dispatch();
            }
        });
    }

    /// The worker. False when events_max wait: post it again when room() is readable.
    [[nodiscard]] bool post(Event&& event) { return mailbox_.post(std::move(event)); }

    /// Signalled when events were taken.
    [[nodiscard]] WakeUp& room() { return room_; }

    /// Readable while there are events.
    [[nodiscard]] int descriptor() const noexcept { return mailbox_.descriptor(); }

    std::size_t dispatch() {
        std::vector<Event> events;
        mailbox_.take_all(events);
        room_.signal();
        std::size_t count = 0;
        handing_over_ = std::this_thread::get_id();
        for (const Event& event : events) {
            if (is_stopping_) break;
            hand_over_(event);
            count += 1;
        }
        handing_over_ = std::thread::id{};
        handing_over_.notify_all();
        return count;
    }

    /// The calling thread is inside hand_over().
    [[nodiscard]] bool is_inside() const { return handing_over_ == std::this_thread::get_id(); }

    /// No event is handed over from here on; returns when a running hand_over() has, unless it is
    /// this thread's own. Idempotent; any thread, but one at a time unless inside.
    void stop() noexcept {
        is_stopping_ = true;
        mailbox_.close();
        if (is_inside()) return;
        if (thread_.joinable()) return thread_.join();
        for (std::thread::id busy = handing_over_; busy != std::thread::id{};
             busy = handing_over_) {
            handing_over_.wait(busy);
        }
    }

private:
    Mailbox<Event> mailbox_;
    std::function<void(const Event&)> hand_over_;
    WakeUp room_;
    std::atomic<bool> is_stopping_{false};
    std::atomic<std::thread::id> handing_over_{};
    std::thread thread_;
};

}  // namespace crier::subscriber
