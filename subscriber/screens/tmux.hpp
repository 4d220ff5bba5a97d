/// \file
/// The tmux around a terminal: where a message can be shown without painting over what another
/// program, an editor say, has drawn there.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "subscriber/screens/screen.hpp"

namespace crier::screens {

/// Thread-safety: one thread at a time. Blocking: each call runs tmux, for at most a second.
class Tmux {
public:
    /// How long a message stands on the status line.
    static constexpr Milliseconds shown_for{10'000};

    /// `tmux`, `pane`: the variables TMUX and TMUX_PANE. nullopt: this terminal is no pane of tmux.
    static std::optional<Tmux> around(std::string_view tmux, std::string_view pane);

    /// A program has the whole pane, on the terminal's alternate screen.
    [[nodiscard]] bool is_pane_taken() const;

    /// On the status line of each client that is attached. Suppressed: none is.
    [[nodiscard]] Outcome show(std::string_view line) const;

private:
    Tmux(std::string socket, std::string pane)
        : socket_(std::move(socket)), pane_(std::move(pane)) {}
    /// What it prints; nullopt: it failed, or did not end.
    [[nodiscard]] std::optional<std::vector<std::string>> run(
        std::vector<std::string> arguments) const;

    std::string socket_;
    std::string pane_;
};

/// So that tmux shows just this: it would replace #{…} and %H.
[[nodiscard]] std::string as_tmux_text(std::string_view text);

}  // namespace crier::screens
