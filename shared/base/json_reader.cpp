#include "shared/base/json_reader.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "shared/base/text.hpp"

namespace crier {
namespace {

/// The library's sentence without its own terms: "line 1, column 9: syntax error …".
std::string plain(std::string_view what) {
    for (const std::string_view before : {"] ", "parse error at "}) {
        const std::size_t at = what.find(before);
        if (at != what.npos) what.remove_prefix(at + before.size());
    }
    return std::string(what);
}

/// What the library reads, as it comes; false ends it.
class Builder : public nlohmann::json_sax<nlohmann::json> {
public:
    bool null() override { return place({}); }
    bool boolean(bool value) override {
        JsonValue read{JsonValue::Kind::boolean};
        read.boolean = value;
        return place(std::move(read));
    }
    bool number_integer(std::int64_t value) override { return number(std::to_string(value)); }
    bool number_unsigned(std::uint64_t value) override { return number(std::to_string(value)); }
    bool number_float(double, const std::string& written) override { return number(written); }
    bool string(std::string& value) override {
        JsonValue read{JsonValue::Kind::string};
        read.text = std::move(value);
        return place(std::move(read));
    }
    bool binary(binary_t&) override { return false; }  // No JSON has any.

    bool start_object(std::size_t) override { return open(JsonValue::Kind::object); }
    bool start_array(std::size_t) override { return open(JsonValue::Kind::array); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(std::string& name) override {
        const auto& members = open_.back()->members;
        const bool is_known = std::any_of(members.begin(), members.end(),
                                          [&](const auto& one) { return one.first == name; });
        if (is_known) {
            return complain("the key \"" + std::string(cut_to(name, 64)) + "\" is there twice");
        }
        key_ = std::move(name);
        return true;
    }

    bool parse_error(std::size_t, const std::string&,
                     const nlohmann::detail::exception& error) override {
        return complain("this is no JSON: " + plain(error.what()));
    }

    [[nodiscard]] const std::string& complaint() const { return complaint_; }
    [[nodiscard]] JsonValue take() { return std::move(root_); }

private:
    bool complain(std::string what) {
        complaint_ = std::move(what);
        return false;
    }
    bool number(std::string digits) {
        JsonValue read{JsonValue::Kind::number};
        read.text = std::move(digits);
        return place(std::move(read));
    }
    bool place(JsonValue read) {
        add(std::move(read));
        return true;
    }
    JsonValue& add(JsonValue read) {
        if (open_.empty()) return root_ = std::move(read);
        JsonValue& outer = *open_.back();
        if (outer.kind == JsonValue::Kind::array) {
            return outer.elements.emplace_back(std::move(read));
        }
        return outer.members.emplace_back(std::move(key_), std::move(read)).second;
    }
    bool open(JsonValue::Kind kind) {
        if (open_.size() == json_nesting_max) {
            return complain("more than " + std::to_string(json_nesting_max) +
                            " lists and objects are in one another");
        }
        // What is open is the last of its list, which does not grow before it is closed: the
        // pointers hold.
        open_.push_back(&add({kind}));
        return true;
    }
    bool close() {
        open_.pop_back();
        return true;
    }

    JsonValue root_;
    std::vector<JsonValue*> open_;
    std::string key_;
    std::string complaint_;
};

}  // namespace

const JsonValue* member_of(const JsonValue& object, std::string_view name) noexcept {
    const auto found = std::find_if(object.members.begin(), object.members.end(),
                                    [&](const auto& member) { return member.first == name; });
    return found == object.members.end() ? nullptr : &found->second;
}

std::optional<std::uint32_t> uint_of(const JsonValue* value) noexcept {
    if (value == nullptr || value->kind != JsonValue::Kind::number) return std::nullopt;
    std::uint32_t number = 0;
    const char* const end = value->text.data() + value->text.size();
    const auto [stop, error] = std::from_chars(value->text.data(), end, number);
    return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

std::string_view name_of(JsonValue::Kind kind) noexcept {
    switch (kind) {
        case JsonValue::Kind::null:
            return "null";
        case JsonValue::Kind::boolean:
            return "true or false";
        case JsonValue::Kind::number:
            return "a number";
        case JsonValue::Kind::string:
            return "a string";
        case JsonValue::Kind::array:
            return "a list";
        case JsonValue::Kind::object:
            break;
    }
    return "an object";
}

Result<JsonValue> read_json(std::string_view text) {
    Builder builder;
    const bool is_read = nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
    if (!is_read) return fail(ErrorCode::usage_invalid, builder.complaint());
    return builder.take();
}

}  // namespace crier
