#include "tests/integration/running_broker.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace crier::testing {

RunningBroker::RunningBroker(std::filesystem::path folder) : folder_(std::move(folder)) {
    config_ = config::filled_from(config::Settings{broker::broker_table}, broker::broker_fields);
    config_.sessions_endpoints = {"tcp://127.0.0.1:0"};
    config_.operators_endpoints = {"tcp://127.0.0.1:0"};
    config_.bell_endpoints = {"tcp://127.0.0.1:0"};
    config_.heartbeat_ms = 200;
}

void RunningBroker::start() {
    const auto served = std::make_shared<Told<std::string>>();
    thread_ = std::thread([this, served] {
        auto started = broker::Broker::start(config_, places(), log_);
        if (!started) return served->note(to_string(started.error()));
        broker_ = std::move(*started);
        const Status run = broker_->run([&](const broker::DoorEndpoints& endpoints) {
            config_.sessions_endpoints = endpoints.sessions;
            config_.operators_endpoints = endpoints.operators;
            config_.bell_endpoints = endpoints.bell;
            served->note("");
        });
        if (!run) served->note(to_string(run.error()));
    });
    ASSERT_TRUE(served->wait_for(1));
    ASSERT_EQ(served->all()[0], "");
}

void RunningBroker::stop() {
    if (!thread_.joinable()) return;
    if (broker_) broker_->stop();
    thread_.join();
    broker_.reset();
}

std::string RunningBroker::invitation(const std::string& kind) const {
    return (places().invitations / (kind + ".invitation")).string();
}

Publisher RunningBroker::publisher() const {
    PublisherOptions options;
    options.invitation = invitation("operators");
    auto publisher = Publisher::connect(options);
    EXPECT_TRUE(publisher) << to_string(publisher.error());
    return std::move(*publisher);
}

broker::Places RunningBroker::places() const {
    return {folder_ / "data", folder_ / "run", folder_ / "invitations"};
}

Screen::Screen(std::string invitation, SubscriberOptions options) {
    options.invitation = std::move(invitation);
    SubscriberHandler handler;
    handler.on_connected = [this](const auto& event) { connected.note(event); };
    handler.on_disconnected = [this](const auto& event) { disconnected.note(event); };
    handler.on_message = [this](const auto& event) { messages.note(event); };
    handler.on_removed = [this](const auto& event) { removed.note(event); };
    handler.on_ended = [this](const auto& event) { ended.note(event); };
    auto started = Subscriber::start(std::move(options), std::move(handler));
    EXPECT_TRUE(started) << to_string(started.error());
    if (started) subscriber = std::make_unique<Subscriber>(std::move(*started));
}

}  // namespace crier::testing
