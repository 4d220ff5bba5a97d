/// \file
/// Writes JSON (RFC 8259), compactly on one line, for scripts. Reading it is not our business.
///
///     JsonWriter json;
///     json.begin_object().member("id", to_string(id)).member("seq", seq);
///     json.key("groups").begin_array().value("ops").end_array();
///     json.end_object();
///     std::cout << json.text() << '\n';

#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace crier {

/// Calls out of order (a value without its key, an end without its beginning) are bugs and stop the
/// process. Strings are escaped so far that the line may be shown on a terminal: every character
/// that is_unsafe_on_screen() is written as \uXXXX. Bytes that are no UTF-8 become U+FFFD.
/// Thread-safety: one thread at a time.
class JsonWriter {
public:
    JsonWriter& begin_object();
    JsonWriter& end_object();
    JsonWriter& begin_array();
    JsonWriter& end_array();

    /// The name of the next value; only in an object.
    JsonWriter& key(std::string_view name);

    JsonWriter& value(std::string_view text);
    JsonWriter& value(const char* text) { return value(std::string_view(text)); }
    JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
    JsonWriter& value(const std::vector<std::string>& texts);
    template <std::integral Number>
    JsonWriter& value(Number number) {
        if constexpr (std::same_as<Number, bool>) return raw(number ? "true" : "false");
        return raw(std::to_string(number));
    }
    JsonWriter& null() { return raw("null"); }

    template <class Value>
    JsonWriter& member(std::string_view name, const Value& written) {
        return key(name).value(written);
    }

    /// What was written so far: one value once every beginning has its end.
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    enum class Inside : std::uint8_t { object, array };

    JsonWriter& raw(std::string_view token);
    void separate();
    JsonWriter& begin(Inside inside, char bracket);
    JsonWriter& end(Inside inside, char bracket);

    std::string text_;
    std::vector<Inside> nesting_;
    bool is_first_ = true;  ///< Nothing was written yet at this level.
    bool has_key_ = false;  ///< In an object: the value of this key comes next.
};

/// A JSON string with its quotes.
[[nodiscard]] std::string json_string(std::string_view text);

}  // namespace crier
