/// \file
/// What `crier` leaves behind for scripts. The numbers are a promise; --help lists them.

#pragma once

#include "crier/error.hpp"

namespace crier::cli {

enum class ExitCode : int {
    done = 0,         ///< Done; after a send: every session was reached as far as was waited for.
    some_not = 1,     ///< Accepted, but not every session was reached in time; not healthy;
                      ///< the log is not whole.
    nobody = 2,       ///< Accepted, but no session matches.
    unknown = 3,      ///< No such session, or no such message.
    refused = 4,      ///< Rights, limits, a request that is wrong, a broker that cannot.
    unreachable = 5,  ///< No connection to the broker, or it does not let us in.
    outcome_unknown = 6,  ///< It may have been accepted: ask, or send again with the same id.
    usage = 64,           ///< The command line was not understood.
    internal = 70,        ///< A bug.
    output_lost = 74,     ///< Done, but what was found out could not be printed.
};

[[nodiscard]] ExitCode exit_code_for(ErrorCode code);

/// What to do now, as a sentence; empty when the error's detail says it already.
[[nodiscard]] std::string_view advice_for(ErrorCode code);

}  // namespace crier::cli
