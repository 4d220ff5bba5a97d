/// \file
/// A publisher as C holds it, and how each of its functions is called.

#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "crier/c_publisher.h"
#include "crier/publisher.hpp"
#include "shared/bindings/c_support.hpp"

/// Shared with each call that runs, so that a program may free it while other threads wait in it,
/// or in a callback: who leaves last destroys.
struct crier_publisher {
    std::shared_ptr<crier::Publisher> publisher;
};

namespace crier::c {

template <class Call>
crier_code call(crier_publisher* handle, crier_error** error, Call&& call) noexcept {
    return guard(error, [&]() -> CallStatus {
        if (handle == nullptr) return refuse("publisher is NULL");
        const std::shared_ptr<Publisher> publisher = handle->publisher;
        return call(*publisher);
    });
}

enum class Wanted : std::uint8_t { always, maybe };

/// One question whose answer the caller will own, as an `Owned`. One that may be unwanted is done
/// all the same when `answer` is NULL.
template <class Owned, Wanted wanted = Wanted::always, class Ask>
crier_code ask(crier_publisher* handle, std::int64_t timeout_ms, typename Owned::Struct** answer,
               crier_error** error, Ask&& ask) noexcept {
    if (answer != nullptr) *answer = nullptr;
    return call(handle, error, [&](Publisher& publisher) -> CallStatus {
        const bool is_missing = wanted == Wanted::always && answer == nullptr;
        if (is_missing) return refuse("the pointer for the answer is NULL");
        const auto timeout = read_timeout(timeout_ms, Publisher::default_timeout);
        if (!timeout) return fail(timeout.error());
        auto value = ask(publisher, *timeout);
        if (!value) return fail(std::move(value.error()));
        if (answer != nullptr) *answer = new Owned(std::move(*value));
        return {};
    });
}

}  // namespace crier::c
