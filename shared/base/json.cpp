#include "shared/base/json.hpp"

#include <array>
#include <cstdio>

#include "shared/base/assert.hpp"
#include "shared/base/display.hpp"
#include "shared/base/text.hpp"

namespace crier {
namespace {

void append_unit(std::string& out, char32_t unit) {
    std::array<char, 12> text{};  // The compiler does not know that a unit has 16 bits.
    std::snprintf(text.data(), text.size(), "\\u%04x", static_cast<unsigned>(unit));
    out += text.data();
}

void append_escaped(std::string& out, char32_t point) {
    switch (point) {
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    if (point < 0x10000) return append_unit(out, point);
    append_unit(out, 0xd800 + ((point - 0x10000) >> 10));
    append_unit(out, 0xdc00 + ((point - 0x10000) & 0x3ff));
}

}  // namespace

std::string json_string(std::string_view text) {
    std::string out = "\"";
    MarksOnCharacter marks;
    while (!text.empty()) {
        const std::string_view before = text;
        const char32_t point = take_code_point(text);
        if (point == ill_formed) {
            out += "\\ufffd";
            text.remove_prefix(1);
        } else if (point == '"' || point == '\\') {
            out += '\\';
            out += static_cast<char>(point);
        } else if (is_unsafe_on_screen(point) || marks.is_too_many(point)) {
            append_escaped(out, point);
        } else {
            out += before.substr(0, before.size() - text.size());
        }
    }
    return out += '"';
}

JsonWriter& JsonWriter::begin_object() {
    return begin(Inside::object, '{');
}
JsonWriter& JsonWriter::end_object() {
    return end(Inside::object, '}');
}
JsonWriter& JsonWriter::begin_array() {
    return begin(Inside::array, '[');
}
JsonWriter& JsonWriter::end_array() {
    return end(Inside::array, ']');
}

JsonWriter& JsonWriter::key(std::string_view name) {
    CRIER_ASSERT(!nesting_.empty() && nesting_.back() == Inside::object, "keys are in objects");
    CRIER_ASSERT(!has_key_, "each key has one value");
    if (!is_first_) text_ += ',';
    is_first_ = false;
    has_key_ = true;
    text_ += json_string(name);
    text_ += ':';
    return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
    return raw(json_string(text));
}

JsonWriter& JsonWriter::value(const std::vector<std::string>& texts) {
    begin_array();
    for (const std::string& text : texts) value(text);
    return end_array();
}

JsonWriter& JsonWriter::raw(std::string_view token) {
    separate();
    text_ += token;
    return *this;
}

void JsonWriter::separate() {
    const bool is_in_object = !nesting_.empty() && nesting_.back() == Inside::object;
    CRIER_ASSERT(is_in_object == has_key_, "in an object each value has its key");
    CRIER_ASSERT(!nesting_.empty() || is_first_, "one value at the top");
    if (!has_key_ && !is_first_) text_ += ',';
    has_key_ = false;
    is_first_ = false;
}

JsonWriter& JsonWriter::begin(Inside inside, char bracket) {
    separate();
    nesting_.push_back(inside);
    is_first_ = true;
    text_ += bracket;
    return *this;
}

JsonWriter& JsonWriter::end(Inside inside, char bracket) {
    CRIER_ASSERT(!nesting_.empty() && nesting_.back() == inside && !has_key_,
                 "what begins last ends first");
    nesting_.pop_back();
    is_first_ = false;
    text_ += bracket;
    return *this;
}

}  // namespace crier
