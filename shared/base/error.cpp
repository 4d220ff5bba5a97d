#include "crier/error.hpp"

#include <algorithm>
#include <array>

namespace crier {
namespace {

struct Row {
    ErrorCode code;
    std::string_view name;
    Remedy remedy;
};

constexpr std::array rows{
    Row{ErrorCode::malformed_frame, "malformed_frame", Remedy::fix_request},
    Row{ErrorCode::version_unsupported, "version_unsupported", Remedy::fix_request},
    Row{ErrorCode::text_invalid, "text_invalid", Remedy::fix_request},
    Row{ErrorCode::target_invalid, "target_invalid", Remedy::fix_request},
    Row{ErrorCode::filter_invalid, "filter_invalid", Remedy::fix_request},
    Row{ErrorCode::request_id_reused, "request_id_reused", Remedy::fix_request},
    Row{ErrorCode::time_invalid, "time_invalid", Remedy::fix_request},
    Row{ErrorCode::attribute_invalid, "attribute_invalid", Remedy::fix_request},
    Row{ErrorCode::usage_invalid, "usage_invalid", Remedy::fix_request},
    Row{ErrorCode::configuration_invalid, "configuration_invalid", Remedy::fix_request},
    Row{ErrorCode::invitation_invalid, "invitation_invalid", Remedy::fix_request},
    Row{ErrorCode::file_unusable, "file_unusable", Remedy::fix_request},
    Row{ErrorCode::not_authorized, "not_authorized", Remedy::fix_request},
    Row{ErrorCode::not_admitted, "not_admitted", Remedy::fix_request},
    Row{ErrorCode::server_key_wrong, "server_key_wrong", Remedy::fix_request},
    Row{ErrorCode::replaced, "replaced", Remedy::fix_request},
    Row{ErrorCode::dropped, "dropped", Remedy::fix_request},
    Row{ErrorCode::misbehaved, "misbehaved", Remedy::retry_later},
    Row{ErrorCode::ticket_invalid, "ticket_invalid", Remedy::fix_request},
    Row{ErrorCode::session_key_wrong, "session_key_wrong", Remedy::fix_request},
    Row{ErrorCode::session_unknown, "session_unknown", Remedy::fix_request},
    Row{ErrorCode::message_unknown, "message_unknown", Remedy::fix_request},
    Row{ErrorCode::host_unknown, "host_unknown", Remedy::fix_request},
    Row{ErrorCode::answer_unknown, "answer_unknown", Remedy::fix_request},
    Row{ErrorCode::in_use, "in_use", Remedy::fix_request},
    Row{ErrorCode::message_over, "message_over", Remedy::fix_request},
    Row{ErrorCode::drain_overlaps, "drain_overlaps", Remedy::fix_request},
    Row{ErrorCode::limit_exceeded, "limit_exceeded", Remedy::fix_request},
    Row{ErrorCode::rate_exceeded, "rate_exceeded", Remedy::retry_later},
    Row{ErrorCode::overloaded, "overloaded", Remedy::retry_later},
    Row{ErrorCode::stopping, "stopping", Remedy::reconnect},
    Row{ErrorCode::admission_closed, "admission_closed", Remedy::retry_later},
    Row{ErrorCode::storage_failed, "storage_failed", Remedy::page_human},
    Row{ErrorCode::journal_damaged, "journal_damaged", Remedy::page_human},
    Row{ErrorCode::self_test_failed, "self_test_failed", Remedy::page_human},
    Row{ErrorCode::broker_unreachable, "broker_unreachable", Remedy::retry_later},
    Row{ErrorCode::outcome_unknown, "outcome_unknown", Remedy::retry_later},
    Row{ErrorCode::timed_out, "timed_out", Remedy::retry_later},
    Row{ErrorCode::backbone_unreachable, "backbone_unreachable", Remedy::retry_later},
};

const Row* row_of(ErrorCode code) noexcept {
    for (const Row& row : rows) {
        if (row.code == code) return &row;
    }
    return nullptr;
}

}  // namespace

std::string_view name_of(ErrorCode code) noexcept {
    const Row* row = row_of(code);
    return row ? row->name : std::string_view{};
}

std::string_view name_of(Remedy remedy) noexcept {
    switch (remedy) {
        case Remedy::fix_request:
            return "fix_request";
        case Remedy::retry_later:
            return "retry_later";
        case Remedy::reconnect:
            return "reconnect";
        case Remedy::page_human:
            return "page_human";
    }
    return {};
}

Remedy remedy_for(ErrorCode code) noexcept {
    if (const Row* row = row_of(code)) return row->remedy;
    return static_cast<unsigned>(code) / 1000 == 4 ? Remedy::fix_request : Remedy::retry_later;
}

std::string to_string(const Error& error) {
    const std::string name(name_of(error.code));
    const std::string code = "(" + name + (name.empty() ? "" : ", ") +
                             std::to_string(static_cast<unsigned>(error.code)) + ")";
    if (error.detail.empty()) return code;
    std::string text = error.detail;
    return text.insert(std::min(text.find('\n'), text.size()), " " + code);
}

}  // namespace crier
