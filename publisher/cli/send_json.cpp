#include "publisher/cli/send_json.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "publisher/cli/settle_filter.hpp"
#include "publisher/cli/times.hpp"
#include "shared/base/json_reader.hpp"
#include "shared/base/text.hpp"

namespace crier::cli {
namespace {

/// A text of which every character is escaped, a thousand session ids, and some room.
constexpr std::size_t json_bytes_max = 256 * 1024;

std::string in_quotes(std::string_view text) {
    return "\"" + std::string(text.substr(0, 64)) + "\"";
}

JsonFault usage(std::string detail) {
    return {{ErrorCode::usage_invalid, std::move(detail)}};
}

using Fault = std::optional<JsonFault>;
using Kind = JsonValue::Kind;

Fault wrong_kind(std::string_view key, std::string_view wanted, const JsonValue& value) {
    return usage("the key " + in_quotes(key) + " wants " + std::string(wanted) + ", not " +
                 std::string(name_of(value.kind)));
}

Fault read_text(SendCommand& send, const JsonValue& value, UtcTime) {
    if (is_blank(value.text)) {
        return JsonFault{
            {ErrorCode::text_invalid, "the key \"text\" is empty, so nothing was sent"}};
    }
    send.text = value.text;
    return std::nullopt;
}

Fault read_title(SendCommand& send, const JsonValue& value, UtcTime) {
    send.title = value.text;
    return std::nullopt;
}

Fault read_severity(SendCommand& send, const JsonValue& value, UtcTime) {
    const auto severity = severity_from(value.text);
    if (!severity) {
        return usage("the key \"severity\": " + in_quotes(value.text) +
                     " is none of info, warning, critical");
    }
    send.severity = *severity;
    return std::nullopt;
}

Fault read_style(SendCommand& send, const JsonValue& value, UtcTime) {
    const auto style = style_from(value.text);
    if (!style) {
        return usage("the key \"style\": " + in_quotes(value.text) +
                     " is none of notification, alert");
    }
    send.style = *style;
    return std::nullopt;
}

Fault read_expires(SendCommand& send, const JsonValue& value, UtcTime now) {
    if (value.kind == Kind::null) return std::nullopt;  // As status prints it: none.
    const Result<UtcTime> time = parse_expiry(value.text, now);
    if (!time) {
        constexpr std::string_view option = "--expires ";
        std::string detail = time.error().detail;
        if (detail.starts_with(option)) detail.erase(0, option.size());
        return JsonFault{{time.error().code, "the key \"expires\": " + detail}};
    }
    send.expires = *time;
    return std::nullopt;
}

Fault read_id(SendCommand& send, const JsonValue& value, UtcTime) {
    const Result<MessageId> id = parse_id<MessageId>(value.text);
    if (!id) return usage("the key \"id\": " + id.error().detail);
    send.id = *id;
    return std::nullopt;
}

Fault read_sessions(Target& target, const JsonValue& list) {
    if (list.elements.empty()) {
        return usage("the key \"to\" has no session in it; for everyone say \"all\"");
    }
    std::vector<SessionId> ids;
    for (const JsonValue& element : list.elements) {
        if (element.kind != Kind::string) return wrong_kind("to", "session ids", element);
        const Result<SessionId> id = parse_id<SessionId>(element.text);
        if (!id) return usage("the key \"to\": " + id.error().detail);
        if (std::find(ids.begin(), ids.end(), *id) == ids.end()) ids.push_back(*id);
    }
    target = Target::of(std::move(ids));
    return std::nullopt;
}

Fault read_where(Target& target, std::string where, bool is_verified, UtcTime now) {
    if (is_blank(where)) {
        return usage("the key \"to\" has an empty filter; for everyone say \"all\"");
    }
    const std::string typed = where;
    if (const auto error = settle_filter(where, now)) {
        Error told = protocol::to_error(*error, typed);
        told.detail = "the key \"to\": " + told.detail;
        return JsonFault{std::move(told), error->position};
    }
    target = is_verified ? Target::matching_verified(std::move(where))
                         : Target::matching(std::move(where));
    return std::nullopt;
}

/// What is not one of the three forms is a mistake, and never everyone.
Fault read_to(SendCommand& send, const JsonValue& value, UtcTime now) {
    if (value.kind == Kind::array) return read_sessions(send.target, value);
    if (value.kind == Kind::string && value.text == "all") {
        send.target = Target::everyone();
        return std::nullopt;
    }
    const JsonValue* where = member_of(value, "where");
    const JsonValue* verified = member_of(value, "verified");
    const bool is_filter = where != nullptr && where->kind == Kind::string &&
                           (verified == nullptr || verified->kind == Kind::boolean) &&
                           value.members.size() == (verified == nullptr ? 1 : 2);
    if (is_filter) {
        const bool is_verified = verified != nullptr && verified->boolean;
        return read_where(send.target, where->text, is_verified, now);
    }
    const std::string given =
        value.kind == Kind::string ? in_quotes(value.text) : std::string(name_of(value.kind));
    return usage(
        "the key \"to\" wants \"all\", a list of session ids, or {\"where\": \"a filter\"}, with "
        "\"verified\": true if you like" +
        (value.kind == Kind::object ? " and nothing else in it" : ", not " + given));
}

struct Key {
    std::string_view name;
    std::string_view option;  ///< What says the same on the command line.
    Fault (*read)(SendCommand&, const JsonValue&, UtcTime);
    bool is_string = true;  ///< Else the reader looks at the kind.
};
constexpr std::array keys{
    Key{"text", "the TEXT argument", read_text},
    Key{"title", "--title", read_title},
    Key{"severity", "--severity", read_severity},
    Key{"style", "--style", read_style},
    Key{"to", "--session, --where or --all", read_to, false},
    Key{"expires", "--expires", read_expires},
    Key{"id", "--id", read_id},
};

std::string names_of_keys() {
    std::string names;
    for (const Key& key : keys) names += (names.empty() ? "" : ", ") + std::string(key.name);
    return names;
}

Fault add_member(SendCommand& send, const std::string& name, const JsonValue& value,
                 const std::vector<std::string>& said, UtcTime now) {
    const auto key =
        std::find_if(keys.begin(), keys.end(), [&](const Key& one) { return one.name == name; });
    if (key == keys.end()) {
        return usage("the key " + in_quotes(name) + " is unknown: there are " + names_of_keys());
    }
    if (std::find(said.begin(), said.end(), name) != said.end()) {
        return usage("the key " + in_quotes(name) + " and " + std::string(key->option) +
                     " say the same: give one of them");
    }
    const bool is_no_expiry = name == "expires" && value.kind == Kind::null;
    if (key->is_string && value.kind != Kind::string && !is_no_expiry) {
        return wrong_kind(name, "a string", value);
    }
    return key->read(send, value, now);
}

Result<std::string> read_all(std::istream& input, const std::string& name) {
    std::string text(json_bytes_max + 1, '\0');
    input.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (input.bad()) {
        return fail(ErrorCode::usage_invalid, "--from-json: " + name + " cannot be read");
    }
    text.resize(static_cast<std::size_t>(input.gcount()));
    if (text.size() > json_bytes_max) {
        return fail(ErrorCode::limit_exceeded,
                    "the JSON has more than " + std::to_string(json_bytes_max) + " bytes");
    }
    return text;
}

Result<std::string> read_source(const std::string& file, std::istream& input) {
    if (file == "-") return read_all(input, "standard input");
    std::error_code reason;
    if (std::filesystem::is_directory(file, reason)) {
        return fail(ErrorCode::usage_invalid, "--from-json: " + file + " is a folder");
    }
    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
        return fail(ErrorCode::usage_invalid, "--from-json: " + file + " cannot be read: " +
                                                  std::system_category().message(errno));
    }
    return read_all(stream, file);
}

}  // namespace

std::optional<JsonFault> complete(SendCommand& command, std::string_view json, UtcTime now) {
    if (is_blank(json)) return usage("there is no JSON");
    const Result<JsonValue> value = read_json(json);
    if (!value) return JsonFault{value.error()};
    if (value->kind != Kind::object) {
        return usage("a message is a JSON object, {\"text\": …}, not " +
                     std::string(name_of(value->kind)));
    }
    const std::vector<std::string> said =
        command.from_json ? command.from_json->said : std::vector<std::string>{};
    const bool has_text = std::find(said.begin(), said.end(), "text") != said.end() ||
                          std::any_of(value->members.begin(), value->members.end(),
                                      [](const auto& member) { return member.first == "text"; });
    if (!has_text) return usage("the key \"text\" is missing");
    SendCommand completed = command;
    for (const auto& [name, member] : value->members) {
        if (auto fault = add_member(completed, name, member, said, now)) return fault;
    }
    completed.from_json.reset();
    command = std::move(completed);
    return std::nullopt;
}

std::optional<JsonFault> complete(SendCommand& command, std::istream& input, UtcTime now) {
    if (!command.from_json) return std::nullopt;
    const Result<std::string> json = read_source(command.from_json->file, input);
    if (!json) return JsonFault{json.error()};
    return complete(command, *json, now);
}

}  // namespace crier::cli
