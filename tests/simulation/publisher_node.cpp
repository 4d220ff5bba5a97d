#include "tests/simulation/publisher_node.hpp"

#include <utility>

namespace crier::simulation {

using namespace publisher;

namespace {

DialogueSettings settings(std::vector<std::string> endpoints, std::uint64_t seed) {
    DialogueSettings made;
    made.connector.endpoints = std::move(endpoints);
    made.connector.seed = seed;
    made.client = "simulated";
    return made;
}

}  // namespace

PublisherNode::PublisherNode(World& world, Network& network, std::vector<std::string> endpoints)
    : world_(world),
      network_(network),
      dialogue_(settings(std::move(endpoints), world.chance.next())) {
    world_.after(Milliseconds{0}, [this] { wake(); });
}

void PublisherNode::ask(Request request, Milliseconds timeout, Answered answered) {
    const Ticket ticket{++last_ticket_};
    waiting_.emplace(ticket, std::move(answered));
    step(RequestPosted{ticket, std::move(request), world_.now().steady + timeout});
}

void PublisherNode::step(Event event) {
    dialogue_.step(std::move(event), world_.now(), effects_);
    if (is_performing_) return;
    is_performing_ = true;
    while (!effects_.empty()) {
        Effects todo;
        todo.swap(effects_);
        for (Effect& effect : todo) {
            if (const auto* open = std::get_if<OpenLink>(&effect)) {
                network_.connect(*this, open->endpoint, broker::Door::operators);
            } else if (std::holds_alternative<CloseLink>(effect)) {
                network_.close(*this);
            } else if (auto* frame = std::get_if<SendFrame>(&effect)) {
                network_.send(*this, std::move(frame->frame));
            } else if (auto* complete = std::get_if<Complete>(&effect)) {
                const Answered answered = std::move(waiting_.at(complete->ticket));
                waiting_.erase(complete->ticket);
                answered(std::move(complete->answer));
            }
        }
    }
    is_performing_ = false;
    wake();
}

void PublisherNode::wake() {
    const auto due = dialogue_.next_deadline();
    if (!due || (wake_at_ != Instant{} && wake_at_ <= *due)) return;
    wake_at_ = *due;
    world_.at(*due, [this, at = *due] {
        if (wake_at_ != at) return;
        wake_at_ = {};
        step(TimePassed{});
    });
}

}  // namespace crier::simulation
