// Messages on screens that crier-agent has, from a program with a poll(2) loop of its own: the
// program shows nothing itself.
//
//     crier-borrow INVITATION [USER [SCREENS]]
//
// SCREENS as in `crier-agent --screen`; else window:desktop. Ends with its standard input.

#include <poll.h>
#include <unistd.h>

#include <array>
#include <crier/screens.hpp>
#include <iostream>

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "usage: crier-borrow INVITATION [USER [SCREENS]]\n";
        return 64;
    }
    crier::ScreensOptions borrowed;
    borrowed.application = "Borrow";
    if (argc > 3) borrowed.screens = argv[3];
    borrowed.log_file = "borrow.log";
    auto screens = crier::Screens::open(borrowed);
    if (!screens) {
        std::cerr << crier::to_string(screens.error()) << '\n';
        return 1;
    }

    bool is_over = false;
    crier::SubscriberHandler handler;
    handler.on_connected = [](const auto&) { std::cout << "connected" << std::endl; };
    handler.on_message = [&](const auto& message) { screens->show(message); };
    handler.on_changed = [&](const auto& message) { screens->change(message); };
    handler.on_removed = [&](const auto& removed) { screens->remove(removed); };
    handler.on_escalated = [&](const auto& escalated) { screens->escalate(escalated); };
    handler.on_ended = [&](const auto&) { is_over = true; };

    crier::SubscriberOptions options;
    options.invitation = argv[1];
    options.attributes.user = argc > 2 ? argv[2] : "";
    options.attributes.application = "borrow";
    options.report = crier::Report::manual;
    options.delivery = crier::Delivery::by_dispatch;
    auto subscriber = crier::Subscriber::start(options, handler);
    if (!subscriber) {
        std::cerr << crier::to_string(subscriber.error()) << '\n';
        return 1;
    }
    screens->report_to(*subscriber);

    std::array<pollfd, 3> waits{{{STDIN_FILENO, POLLIN, 0},
                                 {subscriber->descriptor(), POLLIN, 0},
                                 {screens->descriptor(), POLLIN, 0}}};
    while (!is_over && poll(waits.data(), waits.size(), -1) >= 0) {
        std::array<char, 256> typed{};
        if (waits[0].revents != 0 && read(STDIN_FILENO, typed.data(), typed.size()) <= 0) break;
        if (waits[1].revents != 0) subscriber->dispatch();
        if (waits[2].revents != 0) screens->dispatch();
    }
    screens->stop_reporting();
    return 0;
}
