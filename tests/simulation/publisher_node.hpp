/// \file
/// A publisher's dialogue in the simulated world.

#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "publisher/core/dialogue.hpp"
#include "tests/simulation/world.hpp"

namespace crier::simulation {

class PublisherNode : public Client {
public:
    using Answered = std::function<void(publisher::Answer)>;

    /// It tries `endpoints` in their order.
    PublisherNode(World& world, Network& network, std::vector<std::string> endpoints);

    void ask(publisher::Request request, Milliseconds timeout, Answered answered);

    void on_link_up() override { step(publisher::LinkOpened{}); }
    void on_link_down(const Error& error) override { step(publisher::LinkClosed{error}); }
    void on_frame(const protocol::Bytes& frame) override { step(publisher::FrameReceived{frame}); }

private:
    void step(publisher::Event event);
    void wake();

    World& world_;
    Network& network_;
    publisher::Dialogue dialogue_;
    publisher::Effects effects_;
    bool is_performing_ = false;
    std::map<publisher::Ticket, Answered> waiting_;
    std::uint64_t last_ticket_ = 0;
    Instant wake_at_{};
};

}  // namespace crier::simulation
