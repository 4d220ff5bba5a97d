/// \file
/// The messages that stand on a terminal: what each still asks of the person, and what keys mean
/// for it. Pure.

#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "crier/subscriber.hpp"

namespace crier::screens {

/// What the person is to do about a message.
enum class Wanted : std::uint8_t {
    nothing,
    acknowledgement,  ///< An open alert.
    answer,           ///< A question: until it closes, for its answer can be changed.
};

/// A message on the terminal. What asks for nothing only needs to be recognised.
struct Shown {
    MessageId id;
    std::string excerpt;
    Wanted wanted = Wanted::nothing;
    std::uint32_t number = 0;               ///< Of an open alert, from 1.
    bool is_chosen = false;                 ///< Its acknowledgement is on the way.
    bool is_acknowledged = false;           ///< Its newer revisions are not asked about again.
    std::optional<std::uint32_t> answer{};  ///< The choice that was made, from 0.
    std::optional<UtcTime> countdown_to{};
    std::optional<UtcTime> rang_at{};          ///< Set: it calls by a sound, again and again.
    std::optional<IncomingMessage> message{};  ///< While it asks, or may come to ask.

    [[nodiscard]] bool is_alert() const { return wanted == Wanted::acknowledgement; }
    [[nodiscard]] bool is_question() const { return wanted == Wanted::answer; }
};

class ShownMessages {
public:
    /// At the end; an earlier copy no longer counts.
    Shown& add(const IncomingMessage& message);
    /// A newer revision of what is there.
    Shown& revise(Shown& shown, const IncomingMessage& message);
    /// Nobody has acknowledged it for a while: what asked for nothing is an open alert now.
    Shown& escalate(Shown& shown);
    void acknowledge(Shown& shown);
    void answer(Shown& shown, std::uint32_t choice);
    /// It is no longer on the screen; nullopt: it never was.
    std::optional<Shown> remove(const MessageId& id);

    [[nodiscard]] Shown* find(const MessageId& id);

    /// The open alert that has been one for longest.
    [[nodiscard]] const Shown* oldest_alert() const;
    /// The question that digits answer: the oldest without an answer, unless the person went on to
    /// another; where all have one, that of the last answer.
    [[nodiscard]] const Shown* question() const;
    void go_to_next_question();
    /// The one whose time comes first, of those whose time has not come.
    [[nodiscard]] const Shown* next_countdown(UtcTime now) const;

    [[nodiscard]] std::size_t count(Wanted wanted) const;

    /// In the order in which they came to be what they are; oldest first.
    [[nodiscard]] auto begin() { return all_.begin(); }
    [[nodiscard]] auto end() { return all_.end(); }
    [[nodiscard]] auto begin() const { return all_.begin(); }
    [[nodiscard]] auto end() const { return all_.end(); }

private:
    Shown& open_alert(Shown& shown);
    [[nodiscard]] std::uint32_t free_number() const;
    void forget_old_ones();

    std::deque<Shown> all_;              ///< At most shown_max and those that ask for something.
    std::optional<MessageId> question_;  ///< The one that the person went to, or answered last.
};

}  // namespace crier::screens
