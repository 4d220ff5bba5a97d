/// \file
/// A whole broker on a thread of the test's process, on free ports, and programs at it: real
/// sockets, CURVE, a journal on disk.

#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "broker/broker.hpp"
#include "broker/log.hpp"
#include "crier/publisher.hpp"
#include "crier/subscriber.hpp"

namespace crier::testing {

/// Only a broken program reaches it.
inline constexpr std::chrono::seconds deadline{20};

/// Anything that several threads tell the test.
template <class Thing>
class Told {
public:
    void note(Thing thing) {
        const std::lock_guard lock(mutex_);
        things_.push_back(std::move(thing));
        changed_.notify_all();
    }
    bool wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, deadline, [&] { return things_.size() >= count; });
    }
    std::vector<Thing> all() {
        const std::lock_guard lock(mutex_);
        return things_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Thing> things_;
};

/// A broker that can be stopped and started again on the same ports and data.
class RunningBroker {
public:
    explicit RunningBroker(std::filesystem::path folder);
    ~RunningBroker() { stop(); }
    RunningBroker(const RunningBroker&) = delete;
    RunningBroker& operator=(const RunningBroker&) = delete;

    /// Before start().
    [[nodiscard]] broker::BrokerConfig& config() { return config_; }

    /// Returns once it serves; fails the test if it does not.
    void start();
    /// Makes it begin to stop.
    void request_stop() { broker_->stop(); }
    /// Returns once it has stopped.
    void stop();

    /// The path of the invitation for "sessions", "operators" or "listeners".
    [[nodiscard]] std::string invitation(const std::string& kind) const;

    /// An operator's program that is connected.
    [[nodiscard]] Publisher publisher() const;

private:
    [[nodiscard]] broker::Places places() const;

    std::filesystem::path folder_;
    broker::BrokerConfig config_;
    std::ostringstream lines_;
    broker::Log log_{lines_, broker::Level::off, broker::LogFormat::text};
    std::unique_ptr<broker::Broker> broker_;  ///< Made on the thread; gone once that has ended.
    std::thread thread_;
};

/// A session and all it was told.
class Screen {
public:
    Screen(const RunningBroker& broker, SubscriberOptions options)
        : Screen(broker.invitation("sessions"), std::move(options)) {}
    Screen(std::string invitation, SubscriberOptions options);

    Told<SubscriberConnected> connected;
    Told<SubscriberDisconnected> disconnected;
    Told<IncomingMessage> messages;
    Told<MessageRemoved> removed;
    Told<SubscriberEnded> ended;
    std::unique_ptr<Subscriber> subscriber;  ///< Last: it stops before what its handler uses goes.
};

}  // namespace crier::testing
