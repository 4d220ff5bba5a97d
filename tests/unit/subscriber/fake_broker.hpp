/// \file
/// A broker of a few lines behind a door in memory, and a log of what a program was told: for tests
/// of a Subscriber with its threads. Everything waits for what it wants, with a deadline.

#pragma once

#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <variant>
#include <vector>

#include "shared/base/mailbox.hpp"
#include "shared/protocol/codec.hpp"
#include "shared/transport/keys.hpp"
#include "shared/transport/memory_link.hpp"
#include "subscriber/core/session_core.hpp"
#include "subscriber/edge/subscriber_impl.hpp"

namespace crier::subscriber {

inline constexpr std::chrono::seconds test_deadline{10};

/// Polls `descriptors` and calls `look` until it returns true; false after the deadline.
inline bool wait_until(const std::vector<int>& descriptors, const std::function<bool()>& look) {
    const auto end = std::chrono::steady_clock::now() + test_deadline;
    while (!look()) {
        const auto left =
            std::chrono::duration_cast<Milliseconds>(end - std::chrono::steady_clock::now());
        if (left <= Milliseconds::zero()) return false;
        std::vector<pollfd> sources;
        for (const int descriptor : descriptors) sources.push_back({descriptor, POLLIN, 0});
        static_cast<void>(::poll(sources.data(), sources.size(), static_cast<int>(left.count())));
    }
    return true;
}

class FakeBroker {
public:
    transport::MemoryDoor door;
    transport::MemoryPeer peer{};  ///< The newest connection.
    int closed = 0;
    std::deque<protocol::FromSession> frames;  ///< Not waited for yet.

    /// The next frame of this type; frames of other types before it are dropped.
    template <class Wanted>
    std::optional<Wanted> expect() {
        std::optional<Wanted> found;
        static_cast<void>(wait_until(door.descriptors(), [&] {
            take();
            while (!frames.empty() && !found) {
                if (auto* wanted = std::get_if<Wanted>(&frames.front())) found = std::move(*wanted);
                frames.pop_front();
            }
            return found.has_value();
        }));
        return found;
    }

    /// Waits for a hello and welcomes it.
    std::optional<protocol::SessionHello> welcome(Milliseconds heartbeat = Milliseconds{5'000},
                                                  UtcTime time = read_clocks().utc) {
        std::optional<protocol::SessionHello> hello = expect<protocol::SessionHello>();
        if (!hello) return hello;
        protocol::SessionWelcome welcome;
        welcome.session = session_id_of(public_key_);
        welcome.opened = time;
        welcome.resume = {1, 2, 3};
        welcome.time = time;
        welcome.heartbeat = heartbeat;
        EXPECT_TRUE(send(welcome));
        return hello;
    }

    [[nodiscard]] bool send(const protocol::ToSession& frame) {
        return door.send(peer, protocol::encode(frame));
    }

    /// Waits until so many receipts of this state have come, from whatever messages.
    [[nodiscard]] bool expect_receipts(State state, std::size_t count) {
        std::size_t seen = 0;
        while (seen < count) {
            const auto frame = expect<protocol::Receipts>();
            if (!frame) return false;
            for (const protocol::Receipt& receipt : frame->receipts) seen += receipt.state == state;
        }
        return seen == count;
    }

    bool expect_close() {
        const int before = closed;
        return wait_until(door.descriptors(), [&] {
            take();
            return closed > before;
        });
    }

    void take() {
        for (transport::DoorEvent& event : door.take()) {
            if (const auto* opened = std::get_if<transport::DoorOpened>(&event)) {
                peer = opened->peer;
                public_key_ = opened->public_key;
            } else if (const auto* said = std::get_if<transport::DoorFrame>(&event)) {
                frames.push_back(protocol::decode_from_session(said->frame).value());
            } else {
                closed += 1;
            }
        }
    }

private:
    Bytes32 public_key_{};
};

/// What the handler was told, from whichever thread.
class Told {
public:
    SubscriberHandler handler() {
        SubscriberHandler handler;
        handler.on_connected = [this](const auto& event) { note(event); };
        handler.on_disconnected = [this](const auto& event) { note(event); };
        handler.on_message = [this](const auto& event) { note(event); };
        handler.on_changed = [this](const auto& event) { note(MessageChanged{event}); };
        handler.on_removed = [this](const auto& event) { note(event); };
        handler.on_problem = [this](const auto& event) { note(ProblemFound{event}); };
        handler.on_ended = [this](const auto& event) { note(event); };
        return handler;
    }

    void note(ProgramEvent event) { EXPECT_TRUE(events_.post(std::move(event))); }

    /// The next event of this type; those of other types before it are dropped.
    template <class Wanted>
    std::optional<Wanted> expect() {
        std::optional<Wanted> found;
        static_cast<void>(wait_until({events_.descriptor()}, [&] {
            take();
            while (!taken_.empty() && !found) {
                if (auto* wanted = std::get_if<Wanted>(&taken_.front())) found = std::move(*wanted);
                taken_.pop_front();
            }
            return found.has_value();
        }));
        return found;
    }

    /// What there is now.
    template <class Wanted>
    std::vector<Wanted> all() {
        take();
        std::vector<Wanted> found;
        for (const ProgramEvent& event : taken_) {
            if (const auto* wanted = std::get_if<Wanted>(&event)) found.push_back(*wanted);
        }
        return found;
    }

private:
    void take() {
        std::vector<ProgramEvent> events;
        events_.take_all(events);
        for (ProgramEvent& event : events) taken_.push_back(std::move(event));
    }

    Mailbox<ProgramEvent> events_{100'000};
    std::deque<ProgramEvent> taken_;
};

inline Result<Subscriber> start_at(FakeBroker& broker, SubscriberOptions options,
                                   SubscriberHandler handler) {
    protocol::Invitation invitation;
    invitation.endpoints = {"memory"};
    auto impl = Subscriber::Impl::start(
        std::move(options), std::move(handler), invitation, [&broker](const Secret& key) {
            return broker.door.make_link(transport::KeyPair::of(key).public_key);
        });
    if (!impl) return fail(impl.error());
    return Subscriber(std::move(*impl));
}

/// A message that stands for five minutes from now.
inline protocol::Show message_now(int number, Style style = Style::notification) {
    protocol::Show show;
    show.id.bytes[0] = static_cast<std::uint8_t>(number);
    show.id.bytes[1] = static_cast<std::uint8_t>(number >> 8);
    show.seq = static_cast<std::uint64_t>(number);
    show.to_all = true;
    show.content.text = "text";
    show.content.style = style;
    show.from = "ops";
    show.sent = read_clocks().utc;
    show.deliver_until = show.sent + std::chrono::minutes(5);
    return show;
}

}  // namespace crier::subscriber
