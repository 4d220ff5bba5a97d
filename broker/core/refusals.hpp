/// \file
/// Why something cannot be done, as a peer is told it; and what operators said of who may come in.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "crier/result.hpp"
#include "shared/base/crypto.hpp"
#include "shared/protocol/filter.hpp"
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
};

/// How many sessions a target names, or why it cannot be meant.
using Audience = tl::expected<std::size_t, protocol::Refused>;

/// An error as a peer is told it.
[[nodiscard]] inline protocol::Refused refused_by(const Error& error) {
    protocol::Refused refused;
    refused.code = error.code;
    refused.detail = error.detail;
    return refused;
}

/// A filter that does not parse, with the place in its `text`.
[[nodiscard]] inline protocol::Refused refused_by(const protocol::FilterError& error,
                                                  std::string_view text) {
    protocol::Refused refused = refused_by(protocol::to_error(error, text));
    refused.position = error.position;
    return refused;
}

}  // namespace crier::broker
