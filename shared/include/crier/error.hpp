/// \file
/// Failures that come from outside the program: peers, disks, networks, operators.
/// Failures that come from inside it (bugs) are CRIER_ASSERT, never an Error.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace crier {

/// What went wrong. The number is also the code on the wire.
///
/// The authoritative list is shared/protocol/PROTOCOL.md, "Error codes"; a conformance test fails
/// when the two differ. Numbers are never reused or renumbered. Thousands digit, who must act:
/// 4 the requester, 5 this broker, 6 the way to it.
enum class ErrorCode : std::uint16_t {
    malformed_frame = 4000,
    version_unsupported = 4001,
    text_invalid = 4002,
    target_invalid = 4003,
    filter_invalid = 4004,
    request_id_reused = 4005,
    time_invalid = 4006,
    attribute_invalid = 4007,
    usage_invalid = 4008,
    configuration_invalid = 4010,
    invitation_invalid = 4011,
    file_unusable = 4012,
    not_authorized = 4030,
    not_admitted = 4031,
    server_key_wrong = 4032,
    replaced = 4033,
    dropped = 4034,
    misbehaved = 4035,
    ticket_invalid = 4036,
    session_key_wrong = 4037,
    session_unknown = 4040,
    message_unknown = 4041,
    host_unknown = 4042,
    answer_unknown = 4043,
    in_use = 4090,
    message_over = 4091,
    drain_overlaps = 4092,
    limit_exceeded = 4130,
    rate_exceeded = 4290,
    overloaded = 5030,
    stopping = 5031,
    admission_closed = 5032,
    storage_failed = 5070,
    journal_damaged = 5071,
    self_test_failed = 5072,
    broker_unreachable = 6040,
    outcome_unknown = 6041,
    timed_out = 6042,
    backbone_unreachable = 6043,
};

/// What the caller should do next. Callers branch on this; logs print the code.
enum class Remedy : std::uint8_t {
    fix_request,  ///< The same request will fail again. Do not retry.
    retry_later,  ///< Nothing was done, or the same id makes asking again safe. Back off, retry.
    reconnect,    ///< State on the other side is gone. Connect anew, then resend.
    page_human,   ///< Who says so cannot go on safely. Wake someone.
};

/// The name used in logs and in PROTOCOL.md; "" for a number that is no ErrorCode.
[[nodiscard]] std::string_view name_of(ErrorCode code) noexcept;

/// "fix_request" and so on.
[[nodiscard]] std::string_view name_of(Remedy remedy) noexcept;

/// Total over every number a peer may send: one this version does not know is treated by its
/// thousands digit (4: fix_request, else: retry_later).
[[nodiscard]] Remedy remedy_for(ErrorCode code) noexcept;

/// One failure. `detail` is a sentence for people that says what to do; it may change between
/// releases and is never parsed.
struct Error {
    ErrorCode code{};
    std::string detail;

    bool operator==(const Error&) const = default;
};

/// "no session 3c81… (session_unknown, 4040)", the one form in which people see an error. The code
/// ends the first line of a detail that has several.
[[nodiscard]] std::string to_string(const Error& error);

}  // namespace crier
