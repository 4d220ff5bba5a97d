#include "publisher/cli/console.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "publisher/cli/exit_code.hpp"
#include "publisher/cli/present.hpp"
#include "shared/base/display.hpp"

namespace crier::cli {
namespace {

constexpr std::size_t columns_default = 80;
constexpr std::size_t bar_width_max = 30;

std::size_t columns_of(int descriptor) {
    winsize size{};
    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return columns_default;
    return size.ws_col;
}

std::string sentence_of(const Error& error, std::string_view advice,
                        std::optional<std::size_t> columns) {
    std::string detail = clean_text(error.detail);
    while (detail.ends_with('.') || detail.ends_with('\n') || detail.ends_with(' ')) {
        detail.pop_back();
    }
    // Lines below the first are a picture: a filter, and a caret under the place.
    const std::size_t end = std::min(detail.find('\n'), detail.size());
    std::string text = "crier: " + to_string(Error{error.code, detail.substr(0, end)});
    if (!advice.empty()) text.append(". ").append(advice);
    std::string lines;
    for (const std::string& line : wrapped(text, columns.value_or(text.size()))) {
        lines += (lines.empty() ? "" : "\n") + line;
    }
    return lines + detail.substr(end) + "\n";
}

}  // namespace

Console console_of_process(bool is_json) {
    Console console{std::cout, std::cerr};
    console.form = isatty(STDOUT_FILENO) != 0 ? Form::terminal : Form::pipe;
    if (is_json) console.form = Form::json;
    console.columns = columns_of(STDOUT_FILENO);
    console.can_redraw = isatty(STDERR_FILENO) != 0;
    console.err_columns = columns_of(STDERR_FILENO);
    return console;
}

std::string error_for_people(const Error& error, std::optional<std::size_t> columns) {
    return sentence_of(error, advice_for(error.code), columns);
}

std::string error_for_people(const SendError& error, std::optional<std::size_t> columns) {
    std::string advice(advice_for(error.code));
    if (error.code == ErrorCode::session_unknown) advice = "Nothing was sent to anyone";
    if (error.code == ErrorCode::outcome_unknown) {
        const std::string id = to_string(error.id);
        advice = "Ask: crier status " + id + "; or send it again with --id " + id;
    }
    return sentence_of(error, advice, columns);
}

std::string bar_line(const Tally& tally, State state, std::size_t columns) {
    const std::uint32_t targeted = tally.targeted();
    const std::uint32_t reached = tally.reached(state);
    std::string words =
        " " + std::to_string(reached) + " of " + std::to_string(targeted) + " " + words_of(state);
    if (tally.lost() > 0) words += ", " + std::to_string(tally.lost()) + " lost";
    const std::size_t width = std::min(bar_width_max, columns > 12 ? columns / 2 : 0);
    if (width < 4 || words.size() + width + 2 > columns) return truncated(words.substr(1), columns);
    const std::size_t inside = width - 2;
    const std::size_t full = targeted == 0 ? inside : inside * reached / targeted;
    return "[" + std::string(full, '#') + std::string(inside - full, '.') + "]" + words;
}

void ProgressBar::draw(const Tally& tally) {
    // One column less than there is: some terminals wrap when the last one is written.
    draw(bar_line(tally, state_, console_.err_columns - 1));
}

void ProgressBar::draw(const std::string& words) {
    if (!console_.can_redraw) return;
    console_.err << '\r' << truncated(clean_line(words), console_.err_columns - 1) << "\x1b[K"
                 << std::flush;
    is_drawn_ = true;
}

void ProgressBar::wipe() {
    if (is_drawn_) console_.err << "\r\x1b[K" << std::flush;
    is_drawn_ = false;
}

}  // namespace crier::cli
