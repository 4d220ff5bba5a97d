/// \file
/// The two pipes to the agent, in Qt's event loop.

#pragma once

#include <QSocketNotifier>
#include <functional>
#include <string_view>

#include "subscriber/alert/line_splitter.hpp"

namespace crier::alert {

/// Does not own its descriptors. A line that the agent does not take holds the window up: it takes
/// each as it comes, and they are few.
class Wire {
public:
    struct Hooks {
        LineSplitter::Taker line;
        std::function<void()> input_ended;
        std::function<void()> output_failed;
    };
    Wire(int input, int output, Hooks hooks);

    /// With its end, and at once. After a failure nothing is written any more.
    void write_line(std::string_view line);

private:
    void read_some();

    int input_;
    int output_;
    Hooks hooks_;
    LineSplitter splitter_;
    QSocketNotifier notifier_;
    bool has_failed_ = false;
};

}  // namespace crier::alert
