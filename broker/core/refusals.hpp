/// \file
/// Why something cannot be done, as a peer is told it; and what operators said of who may come in.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "broker/journal/journal.hpp"
#include "crier/result.hpp"
#include "shared/base/crypto.hpp"
#include "shared/base/display.hpp"
#include "shared/base/text.hpp"
#include "shared/protocol/filter.hpp"
#include "shared/protocol/frame.hpp"
#include "shared/protocol/messages.hpp"

namespace crier::broker {

/// What operators said last of admission.
struct AdmissionEntry {
    std::uint64_t seq = 0;  ///< 0: nobody ever said anything.
    MessageId id;
    Bytes32 content_hash{};
    bool is_open = true;
    std::string message;
    std::optional<protocol::Filter> filter;  ///< Of `except`.
    std::string except;
    UtcTime since{};
    std::string by;

    /// In a cluster changes may come in another order at another broker, when its log was put back
    /// in order: it is their times that decide, and then their ids.
    [[nodiscard]] bool is_older_than(const Entry& entry) const {
        return seq == 0 || std::tie(entry.at, entry.id) > std::tie(since, id);
    }
};

/// How many sessions a target names, or why it cannot be meant.
using Audience = tl::expected<std::size_t, protocol::Refused>;

/// What nobody verified counts for nothing: what depends on who somebody is must not be had for the
/// asking.
[[nodiscard]] inline Session verified_part(const Session& session) {
    Session known;
    known.id = session.id;
    known.address = session.address;
    known.created = session.created;
    const Attributes& said = session.attributes;
    if (session.user_verified) known.attributes.user = said.user;
    if (session.system_user_verified) known.attributes.system_user = said.system_user;
    if (session.machine_verified) known.attributes.machine = said.machine;
    if (session.application_verified) known.attributes.application = said.application;
    if (session.groups_verified) known.attributes.groups = said.groups;
    return known;
}

/// An error as a peer is told it: in a text that its decoder takes, whatever the error quotes.
[[nodiscard]] inline protocol::Refused refused_by(const Error& error) {
    protocol::Refused refused;
    refused.code = error.code;
    const bool is_text = is_plain_text(error.detail);
    refused.detail =
        cut_to(is_text ? error.detail : clean_text(error.detail), protocol::detail_bytes_max);
    return refused;
}

/// A filter that does not parse, with the place in its `text`.
[[nodiscard]] inline protocol::Refused refused_by(const protocol::FilterError& error,
                                                  std::string_view text) {
    protocol::Refused refused = refused_by(protocol::to_error(error, text));
    refused.position = error.position;
    return refused;
}

[[nodiscard]] inline std::optional<Error> refusal_of_expiry(std::optional<UtcTime> expires,
                                                            UtcTime now) {
    if (expires && *expires <= now) {
        return Error{ErrorCode::time_invalid,
                     "it expires at " + to_string(*expires) + ", which is past"};
    }
    if (expires && *expires > now + limits::lifetime_max) {
        return Error{ErrorCode::time_invalid, "it expires in more than 366 days"};
    }
    return std::nullopt;
}

[[nodiscard]] inline Error unknown_message(const MessageId& id) {
    return {ErrorCode::message_unknown, "no message " + to_string(id)};
}

[[nodiscard]] inline Error reused(const MessageId& id) {
    return {ErrorCode::request_id_reused,
            "the id " + to_string(id) + " was used for another message: choose a new one"};
}

[[nodiscard]] inline Error was_recalled() {
    return {ErrorCode::message_over, "it was recalled: send a new message"};
}

[[nodiscard]] inline Error no_question() {
    return {ErrorCode::message_unknown, "it is no question: recall it"};
}

[[nodiscard]] inline Error to_come_again() {
    return {ErrorCode::stopping, "another broker has this session too: connect again"};
}

}  // namespace crier::broker
