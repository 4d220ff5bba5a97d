/// \file
/// What a broker asks of the backbone gets there as long as its process lives, which may end
/// between any two calls: nothing that it does after that has an effect.

#pragma once

#include <utility>

#include "broker/cluster/backbone.hpp"
#include "tests/simulation/world.hpp"

namespace crier::simulation {

class Lifeline final : public broker::Backbone {
public:
    /// `backbone` outlives this.
    Lifeline(World& world, broker::Backbone& backbone) : world_(world), backbone_(backbone) {}

    [[nodiscard]] bool has_ended() const { return has_ended_; }
    /// One more effect, unless it has ended, or ends before it.
    [[nodiscard]] bool goes_on() {
        has_ended_ = has_ended_ || world_.strikes(world_.weather.broker_crash_odds);
        return !has_ended_;
    }

    void publish(const MessageId& id, broker::Bytes body,
                 std::optional<std::uint64_t> after) override {
        if (goes_on()) backbone_.publish(id, std::move(body), after);
    }
    void follow(std::uint64_t from) override {
        if (goes_on()) backbone_.follow(from);
    }
    void stop_following() override {
        if (goes_on()) backbone_.stop_following();
    }
    void look(std::uint64_t number) override {
        if (goes_on()) backbone_.look(number);
    }
    void read_extent() override {
        if (goes_on()) backbone_.read_extent();
    }
    void purge_below(std::uint64_t number) override {
        if (goes_on()) backbone_.purge_below(number);
    }
    // Beats are many, and nothing is lost with one: no crash comes of them.
    void tell_all(broker::Bytes datagram) override {
        if (!has_ended_) backbone_.tell_all(std::move(datagram));
    }
    void tell(const BrokerId& broker, broker::Bytes datagram) override {
        if (goes_on()) backbone_.tell(broker, std::move(datagram));
    }

private:
    World& world_;
    broker::Backbone& backbone_;
    bool has_ended_ = false;
};

}  // namespace crier::simulation
