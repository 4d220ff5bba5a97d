/// \file
/// What came while another program had the whole terminal: it waits there until the terminal is
/// free, and each message stands for a while on the status line of tmux meanwhile.

#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "subscriber/screens/screen.hpp"
#include "subscriber/screens/tmux.hpp"

namespace crier::screens {

class CoveredMessages {
public:
    /// Before the next one takes its place: long enough to be read.
    static constexpr Milliseconds line_stands_for{4'000};
    static constexpr std::size_t messages_max = 1'000;

    /// False: there is no room. `line`: what stands for it on the status line; empty: nothing does.
    [[nodiscard]] bool add(const IncomingMessage& message, std::string line);
    void remove(const MessageId& id);
    /// It is an alert from now on, and has its line again. Unknown ids are ignored.
    void escalate(const MessageId& id, std::string line);
    [[nodiscard]] bool empty() const { return waiting_.empty(); }

    /// The next line, if its turn has come, and what came of it; nullopt: it has not.
    [[nodiscard]] std::optional<Came> show_line(const Tmux& tmux, UtcTime now);

    /// In the order in which they came. Nothing is left.
    [[nodiscard]] std::vector<IncomingMessage> take();

private:
    struct Waiting {
        IncomingMessage message;
        std::string line;  ///< Empty: it has stood there.
    };

    std::deque<Waiting> waiting_;
    UtcTime line_until_{};
};

}  // namespace crier::screens
