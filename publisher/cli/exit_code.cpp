#include "publisher/cli/exit_code.hpp"

namespace crier::cli {

ExitCode exit_code_for(ErrorCode code) {
    switch (code) {
        case ErrorCode::session_unknown:
        case ErrorCode::message_unknown:
            return ExitCode::unknown;
        case ErrorCode::usage_invalid:
            return ExitCode::usage;
        case ErrorCode::outcome_unknown:
            return ExitCode::outcome_unknown;
        case ErrorCode::broker_unreachable:
        case ErrorCode::server_key_wrong:
        case ErrorCode::not_admitted:
        case ErrorCode::host_unknown:
        case ErrorCode::timed_out:
        case ErrorCode::file_unusable:
        case ErrorCode::version_unsupported:
            return ExitCode::unreachable;
        default:
            return ExitCode::refused;
    }
}

std::string_view advice_for(ErrorCode code) {
    switch (code) {
        case ErrorCode::message_unknown:
            return "Look at the newest ones: crier status";
        case ErrorCode::invitation_invalid:
            return "'crierd invite operators' on the broker's machine prints a line that can send";
        case ErrorCode::not_authorized:
            return "Look at what your key may do: crier whoami";
        case ErrorCode::backbone_unreachable:
            return "Nothing was stored. Look at the brokers: crier cluster status";
        case ErrorCode::storage_failed:
            return "Nothing was accepted. Someone must look at the broker's disk: crier health";
        case ErrorCode::overloaded:
            return "Nothing was done: try again later";
        default:
            return {};
    }
}

}  // namespace crier::cli
