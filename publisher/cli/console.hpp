/// \file
/// Where `crier` prints: for a person at a terminal, for a pipe, or as JSON.

#pragma once

#include <cstddef>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "crier/error.hpp"
#include "crier/message.hpp"
#include "crier/publisher.hpp"
#include "crier/time.hpp"

namespace crier::cli {

enum class Form : std::uint8_t { terminal, pipe, json };

struct Console {
    std::ostream& out;
    std::ostream& err;
    Form form = Form::pipe;
    std::size_t columns = 80;      ///< Of the terminal that `out` is.
    bool can_redraw = false;       ///< `err` is a terminal: a progress bar makes sense.
    std::size_t err_columns = 80;  ///< Of the terminal that `err` is.

    /// How wide a line of `err` may be; nullopt where nobody sees it break.
    [[nodiscard]] std::optional<std::size_t> err_width() const {
        return can_redraw ? std::optional(err_columns) : std::nullopt;
    }
};

/// Looks at the process's standard output and error.
[[nodiscard]] Console console_of_process(bool is_json);

/// "crier: message_unknown (4041): no message 3c81…. Look at the newest ones: crier status".
/// Clean: nothing that a broker said reaches the terminal as it came. `columns`: wrapped to them.
[[nodiscard]] std::string error_for_people(const Error& error,
                                           std::optional<std::size_t> columns = std::nullopt);
/// The same with what became of the message, and what to do about it.
[[nodiscard]] std::string error_for_people(const SendError& error,
                                           std::optional<std::size_t> columns = std::nullopt);

/// A bar that is drawn again in the same line of `err`, and wiped in the end. Draws nothing where
/// there is no terminal.
class ProgressBar {
public:
    ProgressBar(Console& console, State state) : console_(console), state_(state) {}
    ~ProgressBar() { wipe(); }
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;

    void draw(const Tally& tally);
    /// Words instead of a bar.
    void draw(const std::string& words);
    void wipe();

private:
    Console& console_;
    State state_;
    bool is_drawn_ = false;
};

/// "[#####·····] 7 of 12 displayed, 1 failed", at most `columns` wide.
[[nodiscard]] std::string bar_line(const Tally& tally, State state, std::size_t columns);

}  // namespace crier::cli
