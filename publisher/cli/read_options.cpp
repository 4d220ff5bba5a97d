#include "publisher/cli/read_options.hpp"

#include <algorithm>

#include "publisher/cli/times.hpp"

namespace crier::cli {

tl::unexpected<Error> usage(std::string detail) {
    return fail(ErrorCode::usage_invalid, std::move(detail));
}

bool is_empty_filter(std::string_view where) {
    return where.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

Result<Target> make_target(const Options& options) {
    const int kinds =
        (options.where ? 1 : 0) + (options.sessions.empty() ? 0 : 1) + (options.all ? 1 : 0);
    if (kinds > 1) return usage("only one of --session, --where and --all can be given");
    if (options.is_verified && !options.where) {
        return usage("--verified is for --where: it says how the filter is matched");
    }
    if (options.where) {
        if (is_empty_filter(*options.where)) {
            return usage("--where is empty; for everyone leave it out, or say --all");
        }
        return options.is_verified ? Target::matching_verified(*options.where)
                                   : Target::matching(*options.where);
    }
    if (options.sessions.empty()) return Target::everyone();
    std::vector<SessionId> ids;
    for (const std::string& text : options.sessions) {
        if (text.empty()) {
            return usage("--session is empty; for everyone leave it out, or say --all");
        }
        const Result<SessionId> id = parse_id<SessionId>(text);
        if (!id) return usage("--session " + id.error().detail);
        if (std::find(ids.begin(), ids.end(), *id) == ids.end()) ids.push_back(*id);
    }
    return Target::of(std::move(ids));
}

Status read_time(const std::optional<std::string>& text, UtcTime now, const std::string& option,
                 std::optional<UtcTime>& time) {
    if (!text) return {};
    const Result<UtcTime> parsed = parse_expiry(*text, now, option);
    if (!parsed) return fail(parsed.error());
    time = *parsed;
    return {};
}

Status read_expires(const Options& options, UtcTime now, std::optional<UtcTime>& expires) {
    return read_time(options.expires, now, "--expires", expires);
}

Status read_duration(const std::optional<std::string>& text, const std::string& option,
                     std::optional<Milliseconds>& duration) {
    if (!text) return {};
    const Result<Milliseconds> parsed = parse_duration(*text);
    if (!parsed) return usage(option + " " + parsed.error().detail);
    duration = *parsed;
    return {};
}

Status read_timeout(const Options& options, std::optional<Milliseconds>& timeout) {
    return read_duration(options.timeout, "--timeout", timeout);
}

Status read_id(const Options& options, std::optional<MessageId>& id) {
    if (!options.id) return {};
    const Result<MessageId> parsed = parse_id<MessageId>(*options.id);
    if (!parsed) return usage("--id " + parsed.error().detail);
    id = *parsed;
    return {};
}

Result<std::string> read_message(const std::string& id) {
    const bool is_hex = id.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
    if (id.size() < 4 || id.size() > 32 || !is_hex) {
        return usage("\"" + id.substr(0, 64) +
                     "\" is no message's id: an id has 32 hex digits, and its first 4 are needed");
    }
    return id;
}

}  // namespace crier::cli
