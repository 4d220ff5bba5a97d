/// \file
/// What came of plans and questions, as text: as present.hpp.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "crier/publisher.hpp"
#include "publisher/cli/command_line.hpp"
#include "publisher/cli/present.hpp"

namespace crier::cli {

/// What is still to come, the next first.
[[nodiscard]] std::string present_scheduled(std::vector<SentMessage> messages, const View& view);

/// What a question came to. `outcome`: who answered what, if that is known.
struct Asked {
    SendResult result;
    std::vector<std::string> choices;
    std::uint32_t quorum = 0;
    std::optional<Outcome> outcome;
};
[[nodiscard]] ExitCode exit_code_of(const Asked& asked);
[[nodiscard]] std::string present(const Asked& asked, const View& view);
/// "now 2, no 1; 3 of 12 answered", while it is open.
[[nodiscard]] std::string words_of(const Progress& progress,
                                   const std::vector<std::string>& choices);

struct Dropped {
    SendResult result;
    UtcTime at{};
    bool is_waited_for = false;
};
[[nodiscard]] ExitCode exit_code_of(const Dropped& dropped);
[[nodiscard]] std::string present(const Dropped& dropped, const View& view);

[[nodiscard]] std::string present(const Admission& admission, const View& view);

/// The plan of a drain, and whom it touches.
struct DrainPlan {
    const DrainCommand& command;
    std::vector<Session> sessions;
};
[[nodiscard]] std::string present(const DrainPlan& plan, const View& view);

/// A drain that has begun, or was moved.
struct Drained {
    SendResult result;
    std::optional<UtcTime> at;
    bool is_moved = false;
};
[[nodiscard]] std::string present(const Drained& drained, const View& view);

}  // namespace crier::cli
