/// \file
/// Many notifications at once, as one panel: what a session gets that was away. Pure.
///
///     ┌─ 7 messages, newest first ───────────────┐
///     │ 20:39, ops: The printer works again      │
///     │ 20:31, ops: WARNING The printer is down  │

#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "crier/subscriber.hpp"
#include "subscriber/screens/panel.hpp"

namespace crier::screens {

/// More plain notifications than this at once are shown as one digest.
inline constexpr std::size_t digest_above = 5;

/// No alert, no question, not critical: it can be told in one line of a digest.
[[nodiscard]] bool is_plain(const Content& content);

/// "20:39, ops: WARNING The printer is down".
[[nodiscard]] std::string digest_line(const IncomingMessage& message, Language language,
                                      UtcTime now);

[[nodiscard]] std::vector<const IncomingMessage*> newest_first(
    std::span<const IncomingMessage> messages);

/// `messages`: in the order in which they came.
[[nodiscard]] std::string render_digest(std::span<const IncomingMessage> messages, const Look& look,
                                        UtcTime now);

/// New messages on their way to the screen, gathered while more may come.
class Gathering {
public:
    void add(const IncomingMessage& message);
    /// A newer revision of one of them takes its place. False: it is none of them.
    bool replace(const IncomingMessage& message);
    /// It is not to be shown at all. False: it is none of them.
    bool drop(const MessageId& id);

    [[nodiscard]] bool empty() const { return messages_.empty(); }

    struct Taken {
        std::vector<IncomingMessage> digest;  ///< Empty: none.
        std::vector<IncomingMessage> single;  ///< To be shown one by one, after the digest.
    };
    /// In the order in which they came. Nothing is left.
    [[nodiscard]] Taken take();
    /// All of them, one by one.
    [[nodiscard]] std::vector<IncomingMessage> take_all() { return std::exchange(messages_, {}); }

private:
    std::vector<IncomingMessage> messages_;
};

}  // namespace crier::screens
