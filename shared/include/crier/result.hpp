/// \file
/// Results instead of exceptions: a value, or an Error that says what to do.
///
///     Result<Id> id = Id::parse(text);
///     if (!id) return fail(id.error());

#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "crier/error.hpp"

namespace crier {

template <class T>
using Result = tl::expected<T, Error>;

using Status = tl::expected<void, Error>;

/// The failed half of any Result or Status.
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) {
    return tl::unexpected<Error>(std::move(error));
}

[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string detail) {
    return fail(Error{code, std::move(detail)});
}

}  // namespace crier
