#include "subscriber/alert/line_protocol.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "shared/base/json.hpp"
#include "shared/base/json_reader.hpp"
#include "shared/base/text.hpp"

namespace crier::alert {
namespace {

using Kind = JsonValue::Kind;

/// More than a year: a countdown beyond is as good as none, and sums with it cannot overflow.
constexpr std::int64_t countdown_ms_max = 400LL * 86'400 * 1'000;

/// A text of ours has room for fewer gaps.
constexpr std::size_t parts_max = 4'096;

tl::unexpected<Error> misunderstood(std::string detail) {
    return fail(ErrorCode::usage_invalid, std::move(detail));
}

std::string in_quotes(std::string_view text) {
    return "\"" + std::string(cut_to(text, 64)) + "\"";
}

/// The members of an object, taken one by one. The first that is not what is wanted is remembered;
/// what is taken after it does not matter.
class Members {
public:
    Members(const JsonValue& object, std::string_view place) : object_(object), place_(place) {}

    /// nullptr: not there, or null.
    const JsonValue* find(std::string_view name) {
        const auto& all = object_.members;
        const auto found = std::find_if(all.begin(), all.end(),
                                        [&](const auto& one) { return one.first == name; });
        return found == all.end() || found->second.kind == Kind::null ? nullptr : &found->second;
    }
    const JsonValue* find(std::string_view name, Kind kind) {
        const JsonValue* const value = find(name);
        if (value == nullptr || value->kind == kind) return value;
        complain(name, "wants " + std::string(name_of(kind)) + ", not " +
                           std::string(name_of(value->kind)));
        return nullptr;
    }

    void take(std::string_view name, std::string& text) {
        if (const JsonValue* const value = find_words(name)) text = value->text;
    }
    void take(std::string_view name, std::optional<std::string>& text) {
        if (const JsonValue* const value = find_words(name)) text = value->text;
    }
    void take(std::string_view name, bool& flag) {
        if (const JsonValue* const value = find(name, Kind::boolean)) flag = value->boolean;
    }
    void take(std::string_view name, std::optional<bool>& flag) {
        if (const JsonValue* const value = find(name, Kind::boolean)) flag = value->boolean;
    }
    void take(std::string_view name, std::optional<std::int64_t>& number) {
        const JsonValue* const value = find(name, Kind::number);
        if (value == nullptr) return;
        std::int64_t read = 0;
        const char* const end = value->text.data() + value->text.size();
        const auto [at, error] = std::from_chars(value->text.data(), end, read);
        if (error != std::errc{} || at != end) return complain(name, "wants a whole number");
        number = read;
    }
    void take(std::string_view name, std::size_t most, std::size_t bytes_max,
              std::vector<std::string>& texts) {
        const JsonValue* const list = find(name, Kind::array);
        if (list == nullptr) return;
        if (list->elements.size() > most) {
            return complain(name, "has more than " + std::to_string(most) + " elements");
        }
        for (const JsonValue& element : list->elements) {
            if (element.kind != Kind::string) return complain(name, "wants a list of strings");
            if (is_too_long(name, element.text, bytes_max)) return;
            texts.push_back(element.text);
        }
    }

    bool is_too_long(std::string_view name, std::string_view text, std::size_t bytes_max) {
        if (text.size() <= bytes_max) return false;
        complain(name, "has more than " + std::to_string(bytes_max) + " bytes");
        return true;
    }

    void complain(std::string_view name, const std::string& what) {
        if (complaint_.empty()) complaint_ = place_ + ": the key " + in_quotes(name) + " " + what;
    }
    [[nodiscard]] const std::string& complaint() const { return complaint_; }

private:
    const JsonValue* find_words(std::string_view name) {
        const JsonValue* const value = find(name, Kind::string);
        if (value == nullptr || is_too_long(name, value->text, words_bytes_max)) return nullptr;
        return value;
    }

    const JsonValue& object_;
    std::string place_;
    std::string complaint_;
};

void take_text(Members& members, ShownMessage& message) {
    members.take("parts", parts_max, text_bytes_max, message.parts);
    if (const JsonValue* const text = members.find("text", Kind::string)) {
        if (!message.parts.empty()) return members.complain("text", "is there beside \"parts\"");
        message.parts.push_back(text->text);
    }
    if (message.parts.empty()) return members.complain("text", "is missing");
    std::size_t bytes = 0;
    for (const std::string& part : message.parts) bytes += part.size();
    if (bytes > text_bytes_max) {
        members.complain("text", "has more than " + std::to_string(text_bytes_max) + " bytes");
    }
}

void take_numbers(Members& members, ShownMessage& message) {
    std::optional<std::int64_t> number;
    members.take("revision", number);
    if (!number || *number < 0) return members.complain("revision", "wants a number from 0");
    message.revision = static_cast<std::uint64_t>(*number);

    number.reset();
    members.take("answer", number);
    if (number) {
        if (*number < 0 || static_cast<std::uint64_t>(*number) >= message.choices.size()) {
            return members.complain("answer", "is none of the choices");
        }
        message.answer = static_cast<std::size_t>(*number);
    }

    number.reset();
    members.take("countdown_ms", number);
    if (number) {
        message.countdown =
            std::chrono::milliseconds(std::clamp<std::int64_t>(*number, 0, countdown_ms_max));
    } else if (message.parts.size() > 1) {
        members.complain("parts", "wants \"countdown_ms\" to stand between them");
    }
}

Result<Instruction> read_show(const JsonValue& value) {
    Members members(value, "show");
    ShownMessage message;
    members.take("id", message.id);
    if (message.id.empty()) members.complain("id", "is missing");
    std::string severity;
    members.take("severity", severity);
    if (const auto known = severity_from(severity)) {
        message.severity = *known;
    } else {
        members.complain("severity", "is none of info, warning, critical");
    }
    members.take("header", message.header);
    members.take("title", message.title);
    members.take("facts", facts_max, words_bytes_max, message.facts);
    members.take("choices", choices_max, words_bytes_max, message.choices);
    members.take("acknowledge", message.acknowledge);
    members.take("hide", message.hide);
    members.take("note", message.note);
    members.take("urgent", message.urgent);
    take_text(members, message);
    take_numbers(members, message);
    if (!members.complaint().empty()) return misunderstood(members.complaint());
    return Show{std::move(message)};
}

Result<Instruction> read_window(const JsonValue& value) {
    Members members(value, "window");
    WindowWords words;
    members.take("title", words.title);
    members.take("heading", words.heading);
    members.take("rtl", words.is_right_to_left);
    if (!members.complaint().empty()) return misunderstood(members.complaint());
    return words;
}

Result<Instruction> read_instruction(const std::string& verb, const JsonValue& value) {
    const bool is_of_object = verb == "show" || verb == "window";
    const bool is_of_id = verb == "remove" || verb == "ring";
    if (!is_of_object && !is_of_id) {
        return misunderstood(in_quotes(verb) + " is none of show, remove, ring, window");
    }
    const Kind wanted = is_of_object ? Kind::object : Kind::string;
    if (value.kind != wanted) {
        return misunderstood(verb + ": wants " + std::string(name_of(wanted)) + ", not " +
                             std::string(name_of(value.kind)));
    }
    if (verb == "show") return read_show(value);
    if (verb == "window") return read_window(value);
    if (verb == "remove") return Remove{value.text};
    return Ring{value.text};
}

}  // namespace

Result<Instruction> parse_line(std::string_view line) {
    const Result<JsonValue> value = read_json(line);
    if (!value) return fail(value.error());
    if (value->kind != Kind::object || value->members.size() != 1) {
        return misunderstood("a line is an object with one key: show, remove, ring or window");
    }
    return read_instruction(value->members.front().first, value->members.front().second);
}

std::string heading_of(std::string_view heading, std::size_t count) {
    constexpr std::string_view gap = "{count}";
    std::string text(heading);
    const std::size_t at = text.find(gap);
    if (at != text.npos) text.replace(at, gap.size(), std::to_string(count));
    return text;
}

std::string ready_line(std::string_view platform, bool is_kept_on_top) {
    JsonWriter json;
    json.begin_object().key("ready").begin_object();
    json.member("platform", platform).member("kept_on_top", is_kept_on_top);
    json.end_object().end_object();
    return json.text();
}

std::string deed_line(Deed deed, std::string_view id, std::uint64_t revision) {
    const char* const name = deed == Deed::taken          ? "taken"
                             : deed == Deed::displayed    ? "displayed"
                             : deed == Deed::acknowledged ? "acknowledged"
                                                          : "dismissed";
    JsonWriter json;
    json.begin_object().member(name, id).member("revision", revision).end_object();
    return json.text();
}

std::string answered_line(std::string_view id, std::uint64_t revision, std::size_t choice) {
    JsonWriter json;
    json.begin_object().member("answered", id).member("revision", revision);
    json.member("choice", choice).end_object();
    return json.text();
}

std::string error_line(std::string_view what) {
    JsonWriter json;
    json.begin_object().member("error", what).end_object();
    return json.text();
}

}  // namespace crier::alert
