/// \file
/// How crier-agent ends, for scripts and service managers. The table is also printed by --help.

#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "crier/error.hpp"

namespace crier::agent {

enum class ExitCode : std::uint8_t {
    stopped = 0,
    unusable = 1,
    invitation = 3,
    refused = 4,
    replaced = 5,
    in_use = 6,
    screen_gone = 7,
    dropped = 8,
    usage = 64,
    broken = 70,
};

struct ExitCodeMeaning {
    ExitCode code;
    std::string_view meaning;
};

inline constexpr std::array<ExitCodeMeaning, 10> exit_codes{{
    {ExitCode::stopped, "it was asked to stop (SIGTERM, Ctrl-C, SIGHUP)"},
    {ExitCode::unusable, "a file or folder cannot be used; status: no agent runs"},
    {ExitCode::invitation, "there is no invitation, or it is damaged"},
    {ExitCode::refused, "the broker does not let this session in, or ended it"},
    {ExitCode::replaced, "a newer connection with the same key took over"},
    {ExitCode::in_use, "another process holds the key or the state folder"},
    {ExitCode::screen_gone, "the output cannot be written any more; doctor: no screen works"},
    {ExitCode::dropped, "an operator ended this session"},
    {ExitCode::usage, "the command line was not understood"},
    {ExitCode::broken, "an error in the program itself"},
}};

/// For a failure to start.
[[nodiscard]] constexpr ExitCode exit_code_for(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::usage_invalid:
        case ErrorCode::attribute_invalid:
        case ErrorCode::limit_exceeded:
            return ExitCode::usage;
        case ErrorCode::invitation_invalid:
            return ExitCode::invitation;
        case ErrorCode::in_use:
            return ExitCode::in_use;
        case ErrorCode::not_admitted:
        case ErrorCode::not_authorized:
        case ErrorCode::server_key_wrong:
            return ExitCode::refused;
        case ErrorCode::replaced:
            return ExitCode::replaced;
        case ErrorCode::dropped:
            return ExitCode::dropped;
        default:
            return ExitCode::unusable;
    }
}

}  // namespace crier::agent
