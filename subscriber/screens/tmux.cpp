#include "subscriber/screens/tmux.hpp"

#include <poll.h>

#include <algorithm>

#include "shared/base/display.hpp"
#include "shared/base/time.hpp"
#include "subscriber/screens/child_process.hpp"

namespace crier::screens {

std::string as_tmux_text(std::string_view text) {
    std::string escaped;
    for (const char byte : clean_line(text)) {
        if (byte == '#' || byte == '%') escaped += byte;
        escaped += byte;
    }
    return escaped;
}

std::optional<Tmux> Tmux::around(std::string_view tmux, std::string_view pane) {
    // The socket, the server's process, the session.
    const std::string_view socket = tmux.substr(0, tmux.find(','));
    if (socket.empty() || pane.empty()) return std::nullopt;
    return Tmux(std::string(socket), std::string(pane));
}

std::optional<std::vector<std::string>> Tmux::run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"tmux", "-S", socket_});
    const auto child = ChildProcess::start(arguments, {});
    if (!child) return std::nullopt;
    (*child)->close_input();
    constexpr Milliseconds deadline{1'000};
    const Instant end = read_clocks().steady + deadline;
    while (!(*child)->end()) {
        const Milliseconds left = end - read_clocks().steady;
        if (left <= Milliseconds::zero()) return std::nullopt;
        pollfd wait{(*child)->descriptor(), POLLIN, 0};
        poll(&wait, 1, static_cast<int>(left.count()));
        (*child)->serve();
    }
    if ((*child)->end()->status != 0) return std::nullopt;
    return (*child)->take_lines();
}

bool Tmux::is_pane_taken() const {
    const auto lines = run({"display-message", "-p", "-t", pane_, "#{alternate_on}"});
    return lines && !lines->empty() && lines->front() == "1";
}

Outcome Tmux::show(std::string_view line) const {
    const auto clients = run({"list-clients", "-t", pane_, "-F", "#{client_name}"});
    if (!clients) return {State::failed, "tmux does not answer"};
    bool is_shown = false;
    for (const std::string& client : *clients) {
        const auto done = run({"display-message", "-c", client, "-d",
                               std::to_string(shown_for.count()), as_tmux_text(line)});
        is_shown = is_shown || done.has_value();
    }
    if (clients->empty()) return {State::suppressed, "no terminal is attached to tmux"};
    if (!is_shown) return {State::failed, "tmux does not show it"};
    return {State::displayed, "on the status line of tmux"};
}

}  // namespace crier::screens
