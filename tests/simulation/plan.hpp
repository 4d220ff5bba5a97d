/// \file
/// What the entries on the disk say of messages and of admission, reckoned in the plainest way and
/// without a line of the broker's own: when each message goes out, which revision it has then, when
/// it is over, and whether new sessions come in.

#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "broker/journal/journal.hpp"
#include "shared/protocol/messages.hpp"

namespace crier::simulation {

struct Plan {
    UtcTime accepted{};
    UtcTime stored{};  ///< When it came to the disk.
    Schedule schedule;
    std::optional<UtcTime> expires;
    bool is_question = false;
    std::vector<std::string> texts;       ///< In the order in which they became the message's.
    std::vector<std::string> late_texts;  ///< Of updates that came when it was over.
    std::uint32_t updates = 0;
    std::optional<UtcTime> recalled;
    std::optional<UtcTime> closed;
    UtcTime written{};  ///< When the newest of all that came to the disk.

    /// Every time at which it goes out, if nothing ends it before.
    [[nodiscard]] std::vector<UtcTime> times() const;
    /// How many of them have come by `now`.
    [[nodiscard]] std::uint32_t times_by(UtcTime now) const;
    /// The revision that it has then.
    [[nodiscard]] std::uint32_t revision_at(UtcTime now) const;
    /// When nobody gets it any more, and it leaves the screens: the earliest of all that can do so.
    [[nodiscard]] std::optional<UtcTime> ends() const;
    [[nodiscard]] bool is_over(UtcTime now) const { return ends() && *ends() <= now; }
    /// It was to go out as soon as it was accepted, and only then.
    [[nodiscard]] bool is_at_once() const { return times() == std::vector<UtcTime>{accepted}; }
    /// Sessions are to be ended by then.
    [[nodiscard]] bool drops_by(UtcTime now) const {
        return schedule.drop && *schedule.drop <= now && !(recalled && *recalled < *schedule.drop);
    }
    /// Where a text of it stands among its texts; nullopt: it never had that one.
    [[nodiscard]] std::optional<std::size_t> place_of(const std::string& text) const;
    /// By some order in which its changes may have come.
    [[nodiscard]] bool may_have_text(const std::string& text) const;
};

/// What operators said last of admission.
struct Said {
    bool is_open = true;
    UtcTime at{};
    std::string message;
    std::string except;  ///< The system user who comes in all the same.
    MessageId id{};
};

class Plans {
public:
    /// The entry is on the disk now.
    void on_entry(const broker::StoredEntry& stored, UtcTime now);

    /// Everybody may come in, and it stays so if nobody says another thing.
    [[nodiscard]] bool is_open() const;
    /// nullptr: the disk has no such message.
    [[nodiscard]] const Plan* find(const MessageId& id) const;
    [[nodiscard]] std::vector<MessageId> ids() const;

    /// Whether a broker that acts now may go by a plan of which `is_right` holds: the newest, or
    /// one that was replaced so shortly before that it cannot have heard.
    template <class IsRight>
    [[nodiscard]] bool may_go_by(const MessageId& id, UtcTime now, IsRight is_right) const {
        const auto found = plans_.find(id);
        return found != plans_.end() && any_in_force(found->second, now, is_right);
    }
    /// And that it must go by one: of all that it may go by, `is_right` holds.
    template <class IsRight>
    [[nodiscard]] bool must_go_by(const MessageId& id, UtcTime now, IsRight is_right) const {
        const auto none = [&](const Plan& plan) { return !is_right(plan); };
        const auto found = plans_.find(id);
        return found != plans_.end() && found->second.front().since + unheard <= now &&
               !any_in_force(found->second, now, none);
    }
    /// Whether it was right of any that there has been, so that somebody may have gone by it before
    /// he heard of the next one.
    template <class IsRight>
    [[nodiscard]] bool may_have_gone_by(const MessageId& id, IsRight is_right) const {
        const auto found = plans_.find(id);
        return found != plans_.end() &&
               std::any_of(found->second.begin(), found->second.end(), is_right);
    }
    /// How many times of all that it was ever to go out at have come by `now`.
    [[nodiscard]] std::uint32_t times_ever(const MessageId& id, UtcTime now) const;
    template <class IsRight>
    [[nodiscard]] bool may_be_said(UtcTime now, IsRight is_right) const {
        return any_in_force(said_, now, is_right);
    }

private:
    /// From the disk to what the broker makes of it.
    static constexpr Milliseconds unheard{5};

    template <class What>
    struct Version : What {
        UtcTime since{};  ///< On the disk.
    };

    template <class What, class IsRight>
    static bool any_in_force(const std::vector<Version<What>>& versions, UtcTime now,
                             IsRight is_right) {
        for (auto one = versions.rbegin(); one != versions.rend(); ++one) {
            if (is_right(*one)) return true;
            if (one->since + unheard <= now) return false;
        }
        return false;
    }

    std::map<MessageId, std::vector<Version<Plan>>> plans_;
    std::vector<Version<Said>> said_ = std::vector<Version<Said>>(1);
};

}  // namespace crier::simulation
