/// \file
/// A broker that a test plays, behind a door in memory and on a thread of its own: it greets, and
/// hands every other frame to the test.

#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "crier/publisher.hpp"
#include "shared/base/mailbox.hpp"
#include "shared/protocol/messages.hpp"
#include "shared/transport/memory_link.hpp"

namespace crier {

class PlayedBroker {
public:
    /// Runs on the broker's thread; may call say() and cut().
    using OnFrame = std::function<void(PlayedBroker&, const protocol::FromOperator&)>;

    explicit PlayedBroker(OnFrame on_frame, std::size_t frames_max = 256);
    ~PlayedBroker();
    PlayedBroker(const PlayedBroker&) = delete;
    PlayedBroker& operator=(const PlayedBroker&) = delete;

    /// A publisher at this door. Before anything else, and at most once.
    [[nodiscard]] Result<Publisher> connect(Milliseconds timeout = Milliseconds(5'000));

    /// Runs `job` on the broker's thread and waits for its end.
    void run(std::function<void(PlayedBroker&)> job);

    // The broker's thread only.
    void say(const protocol::ToOperator& frame);  ///< To the newest peer. Waits for room.
    void cut();                                   ///< Ends the newest peer's connection.
    [[nodiscard]] transport::MemoryDoor& door() { return door_; }
    [[nodiscard]] int greetings() const { return greetings_; }

private:
    struct Job {
        std::function<void(PlayedBroker&)> work;
        std::promise<void> done;
    };

    void serve();
    void on_event(const transport::DoorEvent& event);

    OnFrame on_frame_;
    transport::MemoryDoor door_;
    std::unique_ptr<transport::ClientLink> link_;
    Mailbox<Job> jobs_{16};
    std::atomic<bool> is_over_ = false;
    transport::MemoryPeer peer_{};
    int greetings_ = 0;
    std::thread thread_;
};

}  // namespace crier
