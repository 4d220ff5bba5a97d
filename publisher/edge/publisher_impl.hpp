/// \file
/// Behind crier::Publisher: its thread, and how a test gives it another link.

#pragma once

#include <utility>

#include "crier/publisher.hpp"
#include "publisher/edge/dialogue_thread.hpp"
#include "publisher/edge/private_message.hpp"

namespace crier {

class Publisher::Impl {
public:
    /// `has_curve`: the broker proves keys, and there are some to seal for.
    Impl(publisher::DialogueSettings settings, publisher::LinkFactory make_link, bool has_curve)
        : thread_(std::move(settings), std::move(make_link)), has_curve_(has_curve) {}

    /// Publisher::connect() after the invitation is known.
    [[nodiscard]] static Result<Publisher> connect(publisher::DialogueSettings settings,
                                                   publisher::LinkFactory make_link,
                                                   Milliseconds timeout, bool has_curve = true);

    /// Asks the broker for the session's key, proves it, and seals the message for it.
    [[nodiscard]] tl::expected<publisher::Sealed, publisher::Failure> seal(
        const Content& content, const Target& target, const MessageId& id,
        const SendOptions& options, Instant deadline);

    /// Publisher::update() and recall() after their arguments are checked.
    [[nodiscard]] tl::expected<SendResult, SendError> change(publisher::Request request,
                                                             const MessageId& id,
                                                             const ChangeOptions& options);

    [[nodiscard]] Result<Admission> set_admission(publisher::AskForAdmission::Change change,
                                                  Milliseconds timeout);

    publisher::DialogueThread thread_;
    bool has_curve_;
};

}  // namespace crier
