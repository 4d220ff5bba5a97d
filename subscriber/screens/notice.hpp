/// \file
/// One message as text for a terminal. Pure.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "crier/subscriber.hpp"
#include "subscriber/screens/panel.hpp"

namespace crier::screens {

/// What is shown beside the message itself.
struct NoticeExtras {
    bool is_changed = false;
    bool is_escalated = false;  ///< Shown once more, because nobody has acknowledged it.
    std::string hint{};         ///< What the person is to do; empty: nothing.
};

/// Lines that end in '\n' each: the text with the time that is left at `now`, and a question's
/// choices. Nothing of the message reaches the terminal but printable characters.
[[nodiscard]] std::string render_notice(const IncomingMessage& message, const NoticeExtras& extras,
                                        const Look& look, UtcTime now);

/// "WARNING, reminder", in the person's language.
[[nodiscard]] std::string header_of(const IncomingMessage& message, const NoticeExtras& extras,
                                    Language language);

/// "from ops, 20:40", "to all", "expires in 1 h 20 min (22:00)", and so on.
[[nodiscard]] std::vector<std::string> facts_of(const IncomingMessage& message, const Look& look,
                                                UtcTime now);

/// Enough to recognise a message by.
inline constexpr std::size_t excerpt_columns = 60;

/// What people recognise a message by: its title, else its first line, without the time that is
/// left; clean, at most `columns`.
[[nodiscard]] std::string excerpt_of(const IncomingMessage& message,
                                     std::size_t columns = excerpt_columns);

/// "late: was due 21:45".
[[nodiscard]] std::string late_mark(UtcTime due, Language language, UtcTime now);

}  // namespace crier::screens
