/// \file
/// What a Subscriber is made of: a loop that works, a courier that calls the handler, and the key.
/// For subscriber.cpp, and for tests that bring a link of their own.

#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "crier/subscriber.hpp"
#include "shared/base/crypto.hpp"
#include "shared/protocol/invitation.hpp"
#include "subscriber/edge/session_loop.hpp"

namespace crier {

class Subscriber::Impl {
public:
    /// Makes the link, given the session's own secret key.
    using LinkMaker = std::function<std::unique_ptr<transport::ClientLink>(const Secret& own_key)>;

    /// Errors: as Subscriber::start(), but for those of the invitation.
    static Result<std::unique_ptr<Impl>> start(SubscriberOptions options, SubscriberHandler handler,
                                               const protocol::Invitation& invitation,
                                               const LinkMaker& make_link);

    Impl(subscriber::LoopParts parts, subscriber::OwnedDescriptor key_lock,
         SubscriberOptions options, SubscriberHandler handler);
    ~Impl();
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    Status report(const MessageId& id, std::uint32_t revision, std::optional<State> state,
                  std::string_view cause, bool is_in_digest = false);
    Status answer(const MessageId& id, std::uint32_t revision, std::uint32_t choice);
    Status set_presence(Presence presence);
    Status use_ticket(std::string ticket);
    void stop() noexcept;

    [[nodiscard]] const subscriber::SessionLoop& loop() const { return loop_; }
    [[nodiscard]] int descriptor() const noexcept;
    std::size_t dispatch();

private:
    void hand_over(const subscriber::ProgramEvent& event);
    void show(const std::function<void(const IncomingMessage&)>& call,
              const IncomingMessage& message);

    const SubscriberOptions options_;
    const SubscriberHandler handler_;
    subscriber::OwnedDescriptor key_lock_;
    subscriber::Courier<subscriber::ProgramEvent> courier_;
    subscriber::SessionLoop loop_;
    std::thread worker_;
    std::once_flag stopped_;
    std::atomic<bool> is_to_stop_after_handler_{false};
};

}  // namespace crier
