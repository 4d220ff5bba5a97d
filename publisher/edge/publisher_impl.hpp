/// \file
/// Behind crier::Publisher: its thread, and how a test gives it another link.

#pragma once

#include <utility>

#include "crier/publisher.hpp"
#include "publisher/edge/dialogue_thread.hpp"

namespace crier {

class Publisher::Impl {
public:
    Impl(publisher::DialogueSettings settings, publisher::LinkFactory make_link)
        : thread_(std::move(settings), std::move(make_link)) {}

    /// Publisher::connect() after the invitation is known.
    [[nodiscard]] static Result<Publisher> connect(publisher::DialogueSettings settings,
                                                   publisher::LinkFactory make_link,
                                                   Milliseconds timeout);

    /// Publisher::update() and recall() after their arguments are checked.
    [[nodiscard]] tl::expected<SendResult, SendError> change(publisher::Request request,
                                                             const MessageId& id,
                                                             const ChangeOptions& options);

    [[nodiscard]] Result<Admission> set_admission(publisher::AskForAdmission::Change change,
                                                  Milliseconds timeout);

    publisher::DialogueThread thread_;
};

}  // namespace crier
