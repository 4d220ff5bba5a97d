/// \file
/// What both halves of the C interface are made with: nothing thrown leaves a call, structs are
/// taken for as long as they are, and what C++ holds in strings and vectors is shown as C structs.
///
///     crier_code crier_thing_do(crier_thing* thing, const crier_how* how, crier_error** error) {
///         return guard(error, [&]() -> CallStatus {
///             auto wanted = read(how, "options");
///             if (!wanted) return fail(wanted.error());
///             return thing->do(*wanted);
///         });
///     }
///
/// Errors of every read(): usage_invalid (fix_request).

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "crier/c_words.h"
#include "crier/id.hpp"
#include "crier/message.hpp"
#include "crier/result.hpp"
#include "crier/session.hpp"
#include "crier/time.hpp"

namespace crier::c {

// ---- Calls
// ---------------------------------------------------------------------------------------

/// Why a call failed, with all that a crier_error tells.
struct Failure {
    Failure(Error why) : error(std::move(why)) {}  ///< Implicit: most have no more to tell.

    Error error;
    MessageId message{};
    std::vector<SessionId> unknown{};
    std::optional<std::uint32_t> position{};
};

using CallStatus = tl::expected<void, Failure>;

/// Tells of a failure through `error`, unless that is NULL. Returns its code.
crier_code report(crier_error** error, const Failure& failure) noexcept;

/// Likewise, of what is no Error: called inside a catch block.
crier_code report_exception(crier_error** error) noexcept;

/// Runs one call of the interface; `call` returns a CallStatus.
template <class Call>
[[nodiscard]] crier_code guard(crier_error** error, Call&& call) noexcept {
    if (error != nullptr) *error = nullptr;
    try {
        const CallStatus status = std::forward<Call>(call)();
        return status ? CRIER_OK : report(error, status.error());
    } catch (...) {
        return report_exception(error);
    }
}

[[nodiscard]] inline tl::unexpected<Failure> refuse(std::string detail) {
    return tl::unexpected<Failure>(Error{ErrorCode::usage_invalid, std::move(detail)});
}

[[nodiscard]] inline CallStatus call_status(Status status) {
    if (!status) return fail(std::move(status.error()));
    return {};
}

// ---- Structs from outside
// ------------------------------------------------------------------------

/// No struct of this interface will ever be this long; a size that is was never set.
inline constexpr std::size_t struct_bytes_max = 4'096;

Status check_size(std::size_t size, const char* name);

/// A copy of a struct that the caller filled, at the length that this release knows. A NULL that is
/// `optional` reads as all zero. A newer caller may have set fields that are not known here: that
/// is an error, because ignoring one could send a message to more people than were meant.
template <class Struct>
[[nodiscard]] Result<Struct> read(const Struct* given, const char* name, bool optional = false) {
    Struct known{};
    if (given == nullptr) {
        if (optional) return known;
        return fail(ErrorCode::usage_invalid, std::string(name) + " is NULL");
    }
    if (Status checked = check_size(given->size, name); !checked) return fail(checked.error());
    std::memcpy(&known, given, std::min(given->size, sizeof known));
    const auto* bytes = reinterpret_cast<const unsigned char*>(given);
    for (std::size_t at = sizeof known; at < given->size; ++at) {
        if (bytes[at] != 0) {
            return fail(ErrorCode::usage_invalid,
                        std::string(name) + " has a field that this older libcrier does not know");
        }
    }
    return known;
}

/// Before the call that fills it; `given` may be NULL: nobody wants it.
template <class Struct>
[[nodiscard]] Status check_wanted(const Struct* given, const char* name) {
    return given == nullptr ? Status{} : check_size(given->size, name);
}

template <class Struct>
void fill(Struct* wanted, Struct filled) {
    if (wanted == nullptr) return;
    const std::size_t size = std::min(wanted->size, sizeof filled);
    filled.size = size;
    std::memcpy(static_cast<void*>(wanted), &filled, size);
}

/// A list must be there unless it is empty.
Status check_list(const void* list, std::size_t count, const char* name);

[[nodiscard]] std::string text_of(const char* text);  ///< NULL: empty.
[[nodiscard]] Result<std::vector<std::string>> read_strings(const char* const* strings,
                                                            std::size_t count, const char* name);

[[nodiscard]] Result<MessageId> read_message_id(const crier_id* id);
[[nodiscard]] std::vector<SessionId> session_ids(const crier_id* ids, std::size_t count);
[[nodiscard]] Result<Content> read_content(const crier_content* content);
[[nodiscard]] Result<Target> read_target(const crier_target* target);
[[nodiscard]] Result<Attributes> read_attributes(const crier_attributes* attributes);

/// Zero: `fallback`.
[[nodiscard]] Result<Milliseconds> read_timeout(std::int64_t timeout_ms, Milliseconds fallback);

/// A value of an enumeration that counts from zero to `last`.
template <class Enum>
[[nodiscard]] Result<Enum> read_choice(std::int32_t value, std::int32_t last, const char* name) {
    if (value < 0 || value > last) {
        return fail(ErrorCode::usage_invalid,
                    std::string(name) + ": " + std::to_string(value) + " is no value of it");
    }
    return static_cast<Enum>(value);
}

// ---- Values shown to C
// ---------------------------------------------------------------------------

template <class Tag>
[[nodiscard]] crier_id id_of(const BasicId<Tag>& id) {
    crier_id shown{};
    std::memcpy(shown.bytes, id.bytes.data(), sizeof shown.bytes);
    return shown;
}

[[nodiscard]] crier_tally tally_of(const Tally& tally);

/// Into the answers of a struct that is all zero.
void show_answers(const Counts& counts, std::uint32_t (&answers)[CRIER_ANSWER_SLOTS]);

[[nodiscard]] inline std::int64_t time_of(const std::optional<UtcTime>& time) {
    return time ? to_ms(*time) : 0;
}

/// The other way round: zero is none.
[[nodiscard]] inline std::optional<UtcTime> optional_time(std::int64_t ms) {
    return ms == 0 ? std::nullopt : std::optional(utc_from_ms(ms));
}

/// The strings of a vector, as an array of pointers into them.
class StringArray {
public:
    explicit StringArray(const std::vector<std::string>& strings);

    [[nodiscard]] const char* const* data() const { return pointers_.data(); }

private:
    std::vector<const char*> pointers_;
};

// Each shows a value that must outlive it and stay where it is; so they do not move either.

struct ShownError : crier_error {
    explicit ShownError(const Failure& failure);
    ShownError(const ShownError&) = delete;
    ShownError& operator=(const ShownError&) = delete;

private:
    std::string detail_;
    std::string text_;
    std::vector<crier_id> unknown_;
};

struct ShownTarget : crier_target {
    explicit ShownTarget(const Target& target);
    ShownTarget(const ShownTarget&) = delete;
    ShownTarget& operator=(const ShownTarget&) = delete;

private:
    std::vector<crier_id> ids_;
};

struct ShownAttributes : crier_attributes {
    explicit ShownAttributes(const Attributes& attributes);
    ShownAttributes(const ShownAttributes&) = delete;
    ShownAttributes& operator=(const ShownAttributes&) = delete;

private:
    StringArray groups_;
};

/// Shows each value of a list as a `Shown`, which is a `Row`, and all of them as an array of
/// pointers: to an array of structs no field could ever be added.
template <class Row, class Shown>
class ShownRows {
public:
    template <class Value>
    explicit ShownRows(const std::vector<Value>& values) {
        for (const Value& value : values) {
            rows_.push_back(std::make_unique<Shown>(value));
            pointers_.push_back(rows_.back().get());
        }
    }

    [[nodiscard]] std::size_t size() const { return rows_.size(); }
    [[nodiscard]] const Row* const* data() const { return pointers_.data(); }

private:
    std::vector<std::unique_ptr<Shown>> rows_;
    std::vector<const Row*> pointers_;
};

struct ShownTranslation : crier_translation {
    explicit ShownTranslation(const Translation& translation);
};

struct ShownEscalationStep : crier_escalation_step {
    explicit ShownEscalationStep(const EscalationStep& step);
};

struct ShownContent : crier_content {
    explicit ShownContent(const Content& content);
    ShownContent(const ShownContent&) = delete;
    ShownContent& operator=(const ShownContent&) = delete;

private:
    ShownRows<crier_translation, ShownTranslation> translations_;
    ShownRows<crier_escalation_step, ShownEscalationStep> escalation_;
    StringArray choices_;
};

}  // namespace crier::c
