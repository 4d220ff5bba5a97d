#include "tests/integration/publisher_played_broker.hpp"

#include <poll.h>

#include <utility>
#include <vector>

#include "publisher/edge/publisher_impl.hpp"
#include "shared/protocol/codec.hpp"

namespace crier {

PlayedBroker::PlayedBroker(OnFrame on_frame, std::size_t frames_max)
    : on_frame_(std::move(on_frame)),
      door_(frames_max),
      link_(door_.make_link(Bytes32{1})),
      thread_([this] { serve(); }) {}

PlayedBroker::~PlayedBroker() {
    is_over_.store(true);
    jobs_.close();
    thread_.join();
}

Result<Publisher> PlayedBroker::connect(Milliseconds timeout) {
    auto link = std::make_shared<std::unique_ptr<transport::ClientLink>>(std::move(link_));
    return Publisher::Impl::connect(
        {.connector = {.endpoints = {"memory"}, .seed = 1}, .client = "test"},
        [link] { return std::move(*link); }, timeout);
}

void PlayedBroker::run(std::function<void(PlayedBroker&)> work) {
    Job job{std::move(work), {}};
    std::future<void> done = job.done.get_future();
    if (jobs_.post(std::move(job))) done.wait();
}

void PlayedBroker::serve() {
    while (!is_over_.load()) {
        std::vector<pollfd> polled{{jobs_.descriptor(), POLLIN, 0}};
        for (const int descriptor : door_.descriptors()) polled.push_back({descriptor, POLLIN, 0});
        poll(polled.data(), polled.size(), -1);
        for (const transport::DoorEvent& event : door_.take()) on_event(event);
        std::vector<Job> jobs;
        jobs_.take_all(jobs);
        for (Job& job : jobs) {
            job.work(*this);
            job.done.set_value();
        }
    }
}

void PlayedBroker::on_event(const transport::DoorEvent& event) {
    if (const auto* opened = std::get_if<transport::DoorOpened>(&event)) peer_ = opened->peer;
    const auto* arrived = std::get_if<transport::DoorFrame>(&event);
    if (arrived == nullptr || arrived->peer != peer_) return;
    const auto frame = protocol::decode_from_operator(arrived->frame);
    if (!frame) return;
    if (std::holds_alternative<protocol::OperatorHello>(*frame)) {
        greetings_ += 1;
        protocol::OperatorWelcome welcome;
        welcome.principal = "test";
        return say(welcome);
    }
    on_frame_(*this, *frame);
}

void PlayedBroker::say(const protocol::ToOperator& frame) {
    const protocol::Bytes bytes = protocol::encode(frame);
    // The other side takes on its own thread; is_over_ ends the wait for one that is gone.
    while (!door_.send(peer_, bytes) && !is_over_.load()) std::this_thread::yield();
}

void PlayedBroker::cut() {
    door_.cut(peer_);
}

}  // namespace crier
