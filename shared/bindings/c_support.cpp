#include "shared/bindings/c_support.hpp"

#include <iterator>
#include <limits>

namespace crier::c {
namespace {

// Codes of this process: they are never on the wire, so PROTOCOL.md does not know them.
struct LocalCode {
    crier_code code;
    crier_remedy remedy;
    const char* name;
    const char* detail;
};
constexpr LocalCode out_of_memory{CRIER_ERROR_OUT_OF_MEMORY, CRIER_REMEDY_RETRY_LATER,
                                  "out_of_memory", "there is no memory left"};
constexpr LocalCode internal{CRIER_ERROR_INTERNAL, CRIER_REMEDY_PAGE_HUMAN, "internal",
                             "libcrier has a bug; please report it"};

/// What is told when there is no memory to tell it with; never freed.
crier_error no_memory{sizeof(crier_error),
                      out_of_memory.code,
                      out_of_memory.remedy,
                      out_of_memory.name,
                      out_of_memory.detail,
                      "there is no memory left (out_of_memory, 7000)",
                      {},
                      -1,
                      0,
                      nullptr};

const LocalCode* local(crier_code code) {
    for (const LocalCode* one : {&out_of_memory, &internal}) {
        if (one->code == code) return one;
    }
    return nullptr;
}

/// As to_string(), which knows no codes of this process.
std::string text_for(const Error& error) {
    const LocalCode* known = local(static_cast<crier_code>(error.code));
    if (known == nullptr) return to_string(error);
    return error.detail + " (" + known->name + ", " + std::to_string(known->code) + ")";
}

ErrorCode code_of(crier_code code) {
    const bool fits = code >= 0 && code <= std::numeric_limits<std::uint16_t>::max();
    return static_cast<ErrorCode>(fits ? code : 0);
}

/// Names are literals, which end in NUL.
const char* c_string(std::string_view name) {
    return name.empty() ? "" : name.data();
}

template <class Enum>
const char* name_in(std::int32_t value) {
    const bool fits = value >= 0 && value <= std::numeric_limits<std::uint8_t>::max();
    return fits ? c_string(name_of(static_cast<Enum>(value))) : "";
}

template <class Id>
Id id_from(const crier_id& id) {
    Id read;
    std::memcpy(read.bytes.data(), id.bytes, Id::size);
    return read;
}

template <class Tag>
std::vector<crier_id> ids_of(const std::vector<BasicId<Tag>>& ids) {
    std::vector<crier_id> shown;
    shown.reserve(ids.size());
    for (const BasicId<Tag>& id : ids) shown.push_back(id_of(id));
    return shown;
}

crier_target_kind kind_of(Target::Kind kind) {
    switch (kind) {
        case Target::Kind::all:
            return CRIER_TARGET_EVERYONE;
        case Target::Kind::sessions:
            return CRIER_TARGET_SESSIONS;
        case Target::Kind::where:
            return CRIER_TARGET_MATCHING;
    }
    return 0;
}

Tally tally_from(const crier_tally& tally) {
    Tally read;
    std::copy_n(tally.counts, read.counts.size(), read.counts.begin());
    return read;
}

static_assert(CRIER_TALLY_SLOTS >= state_count);
static_assert(CRIER_STATE_GONE_UNSEEN == static_cast<int>(State::gone_unseen));
static_assert(CRIER_PRESENCE_UNREACHABLE == static_cast<int>(Presence::unreachable));
static_assert(CRIER_REMEDY_FIX_REQUEST == static_cast<int>(Remedy::fix_request) + 1);
static_assert(CRIER_REMEDY_PAGE_HUMAN == static_cast<int>(Remedy::page_human) + 1);

}  // namespace

// ---- Failures
// ------------------------------------------------------------------------------------

crier_code report(crier_error** error, const Failure& failure) noexcept {
    if (error != nullptr) {
        try {
            *error = new ShownError(failure);
        } catch (const std::bad_alloc&) {
            *error = &no_memory;
        }
    }
    return static_cast<crier_code>(failure.error.code);
}

crier_code report_exception(crier_error** error) noexcept {
    try {
        throw;
    } catch (const std::bad_alloc&) {
        if (error != nullptr) *error = &no_memory;
        return out_of_memory.code;
    } catch (const std::exception& thrown) {
        const std::string_view what = thrown.what();
        return report(error, Error{static_cast<ErrorCode>(internal.code),
                                   std::string(internal.detail) + ": " + std::string(what)});
    } catch (...) {
        return report(error, Error{static_cast<ErrorCode>(internal.code), internal.detail});
    }
}

ShownError::ShownError(const Failure& failure)
    : crier_error{},
      detail_(failure.error.detail),
      text_(text_for(failure.error)),
      unknown_(ids_of(failure.unknown)) {
    size = sizeof(crier_error);
    code = static_cast<crier_code>(failure.error.code);
    remedy = crier_code_remedy(code);
    name = crier_code_name(code);
    detail = detail_.c_str();
    text = text_.c_str();
    message = id_of(failure.message);
    position = failure.position ? static_cast<std::int64_t>(*failure.position) : -1;
    unknown_count = unknown_.size();
    unknown = unknown_.data();
}

// ---- Structs from outside
// ------------------------------------------------------------------------

Status check_size(std::size_t size, const char* name) {
    if (size <= sizeof(std::size_t) || size > struct_bytes_max) {
        return fail(ErrorCode::usage_invalid,
                    std::string(name) + ": its size must be set to sizeof of the struct");
    }
    return {};
}

Status check_list(const void* list, std::size_t count, const char* name) {
    if (list == nullptr && count > 0) {
        return fail(ErrorCode::usage_invalid, std::string(name) + " is NULL");
    }
    return {};
}

std::string text_of(const char* text) {
    return text == nullptr ? std::string() : std::string(text);
}

Result<std::vector<std::string>> read_strings(const char* const* strings, std::size_t count,
                                              const char* name) {
    if (Status checked = check_list(strings, count, name); !checked) return fail(checked.error());
    std::vector<std::string> read;
    for (std::size_t at = 0; at < count; ++at) read.push_back(text_of(strings[at]));
    return read;
}

Result<MessageId> read_message_id(const crier_id* id) {
    if (id == nullptr) return fail(ErrorCode::usage_invalid, "the message's id is NULL");
    return id_from<MessageId>(*id);
}

std::vector<SessionId> session_ids(const crier_id* ids, std::size_t count) {
    std::vector<SessionId> read;
    if (ids == nullptr) return read;
    read.reserve(count);
    for (std::size_t at = 0; at < count; ++at) read.push_back(id_from<SessionId>(ids[at]));
    return read;
}

Result<Target> read_target(const crier_target* given) {
    const Result<crier_target> target = read(given, "target");
    if (!target) return fail(target.error());
    // A filter or a list that the kind does not look at is a slip that would reach the wrong
    // people.
    const bool has_sessions = target->session_count > 0;
    const bool has_filter = target->where != nullptr && *target->where != '\0';
    switch (target->kind) {
        case CRIER_TARGET_EVERYONE:
            if (!has_sessions && !has_filter && !target->is_verified) return Target::everyone();
            break;
        case CRIER_TARGET_SESSIONS:
            if (!has_filter && !target->is_verified &&
                (target->sessions != nullptr || !has_sessions)) {
                return Target::of(session_ids(target->sessions, target->session_count));
            }
            break;
        case CRIER_TARGET_MATCHING:
            if (has_sessions) break;
            return target->is_verified ? Target::matching_verified(text_of(target->where))
                                       : Target::matching(text_of(target->where));
        default:
            break;
    }
    return fail(ErrorCode::usage_invalid,
                "target: set its kind, and nothing but what belongs to that kind");
}

Result<Attributes> read_attributes(const crier_attributes* given) {
    const Result<crier_attributes> attributes = read(given, "attributes", true);
    if (!attributes) return fail(attributes.error());
    auto groups = read_strings(attributes->groups, attributes->group_count, "attributes: groups");
    if (!groups) return fail(groups.error());
    return Attributes{.persistent_id = text_of(attributes->persistent_id),
                      .user = text_of(attributes->user),
                      .system_user = text_of(attributes->system_user),
                      .machine = text_of(attributes->machine),
                      .host_type = text_of(attributes->host_type),
                      .application = text_of(attributes->application),
                      .type = text_of(attributes->type),
                      .locale = text_of(attributes->locale),
                      .groups = std::move(*groups)};
}

Result<Milliseconds> read_timeout(std::int64_t timeout_ms, Milliseconds fallback) {
    if (timeout_ms < 0) return fail(ErrorCode::usage_invalid, "a timeout is negative");
    return timeout_ms == 0 ? fallback : Milliseconds(timeout_ms);
}

// ---- Values shown to C
// ---------------------------------------------------------------------------

crier_tally tally_of(const Tally& tally) {
    crier_tally shown{};
    std::copy(tally.counts.begin(), tally.counts.end(), shown.counts);
    return shown;
}

void show_answers(const Counts& counts, std::uint32_t (&answers)[CRIER_ANSWER_SLOTS]) {
    const std::size_t count = std::min(counts.answers.size(), std::size(answers));
    std::copy_n(counts.answers.begin(), count, answers);
}

StringArray::StringArray(const std::vector<std::string>& strings) {
    pointers_.reserve(strings.size());
    for (const std::string& string : strings) pointers_.push_back(string.c_str());
}

ShownTarget::ShownTarget(const Target& target) : crier_target{}, ids_(ids_of(target.sessions)) {
    size = sizeof(crier_target);
    kind = kind_of(target.kind);
    session_count = ids_.size();
    sessions = ids_.data();
    where = target.where.c_str();
    is_verified = !target.within.empty() && target.within == target.where;
}

ShownAttributes::ShownAttributes(const Attributes& attributes)
    : crier_attributes{}, groups_(attributes.groups) {
    size = sizeof(crier_attributes);
    persistent_id = attributes.persistent_id.c_str();
    user = attributes.user.c_str();
    system_user = attributes.system_user.c_str();
    machine = attributes.machine.c_str();
    host_type = attributes.host_type.c_str();
    application = attributes.application.c_str();
    type = attributes.type.c_str();
    locale = attributes.locale.c_str();
    group_count = attributes.groups.size();
    groups = groups_.data();
}

}  // namespace crier::c

// ---- Functions
// -----------------------------------------------------------------------------------

namespace c = crier::c;

const char* crier_version() {
    return CRIER_VERSION;
}

void crier_error_free(crier_error* error) {
    if (error != &c::no_memory) delete static_cast<c::ShownError*>(error);
}

const char* crier_code_name(crier_code code) {
    if (code == CRIER_OK) return "ok";
    if (const auto* known = c::local(code)) return known->name;
    return c::c_string(crier::name_of(c::code_of(code)));
}

crier_remedy crier_code_remedy(crier_code code) {
    if (code == CRIER_OK) return CRIER_REMEDY_NONE;
    if (const auto* known = c::local(code)) return known->remedy;
    return static_cast<crier_remedy>(crier::remedy_for(c::code_of(code))) + 1;
}

const char* crier_remedy_name(crier_remedy remedy) {
    return remedy == CRIER_REMEDY_NONE ? "" : c::name_in<crier::Remedy>(remedy - 1);
}

void crier_id_format(const crier_id* id, char text[CRIER_ID_TEXT_SIZE]) {
    if (id == nullptr || text == nullptr) return;
    constexpr const char* digits = "0123456789abcdef";
    for (const std::uint8_t byte : id->bytes) {
        *text++ = digits[byte >> 4];
        *text++ = digits[byte & 0xf];
    }
    *text = '\0';
}

crier_code crier_id_parse(const char* text, crier_id* id, crier_error** error) {
    return c::guard(error, [&]() -> c::CallStatus {
        if (text == nullptr || id == nullptr) return c::refuse("the text or the id is NULL");
        const auto parsed = crier::parse_id<crier::MessageId>(text);
        if (!parsed) return crier::fail(parsed.error());
        *id = c::id_of(*parsed);
        return {};
    });
}

const char* crier_severity_name(crier_severity severity) {
    return c::name_in<crier::Severity>(severity);
}

const char* crier_style_name(crier_style style) {
    return c::name_in<crier::Style>(style);
}

const char* crier_state_name(crier_state state) {
    return c::name_in<crier::State>(state);
}

const char* crier_urgency_name(crier_urgency urgency) {
    return urgency == CRIER_URGENCY_ALERT ? "alert" : urgency == CRIER_URGENCY_SOUND ? "sound" : "";
}

const char* crier_presence_name(crier_presence presence) {
    return c::name_in<crier::Presence>(presence);
}

uint32_t crier_tally_targeted(const crier_tally* tally) {
    return tally == nullptr ? 0 : c::tally_from(*tally).targeted();
}

uint32_t crier_tally_reached(const crier_tally* tally, crier_state state) {
    if (tally == nullptr || state < CRIER_STATE_WAITING || state > CRIER_STATE_ANSWERED) return 0;
    return c::tally_from(*tally).reached(static_cast<crier::State>(state));
}

uint32_t crier_tally_lost(const crier_tally* tally) {
    return tally == nullptr ? 0 : c::tally_from(*tally).lost();
}
