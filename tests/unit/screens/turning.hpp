/// \file
/// Turns a screen as the agent's loop does, and makes programs for it to start.

#pragma once

#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "shared/base/time.hpp"
#include "subscriber/screens/screen.hpp"
#include "tests/unit/screens/sample_messages.hpp"

namespace crier::screens::testing {

/// What the screen says until `count` things are said, or for half a minute. Its clock stands still
/// at `now`.
inline std::vector<ScreenEvent> events_of(Screen& screen, std::size_t count,
                                          UtcTime now = evening) {
    constexpr std::chrono::seconds deadline{30};
    const Instant end = read_clocks().steady + deadline;
    std::vector<ScreenEvent> all = screen.take_events();
    while (all.size() < count && read_clocks().steady < end) {
        std::vector<pollfd> waits;
        screen.add_waits(waits);
        constexpr int look_again_ms = 1'000;
        poll(waits.data(), waits.size(), look_again_ms);
        screen.serve(waits, now);
        for (ScreenEvent& event : screen.take_events()) all.push_back(std::move(event));
    }
    return all;
}

/// Takes what can be taken now.
inline void turn_once(Screen& screen) {
    std::vector<pollfd> waits;
    screen.add_waits(waits);
    poll(waits.data(), waits.size(), 0);
    screen.serve(waits, evening);
}

/// A script for /bin/sh, in `folder`; returns its path.
inline std::string script_in(const std::filesystem::path& folder, const std::string& name,
                             const std::string& text) {
    const std::filesystem::path file = folder / name;
    std::ofstream(file) << "#!/bin/sh\n" << text;
    chmod(file.c_str(), 0700);
    return file.string();
}

}  // namespace crier::screens::testing
