/// \file
/// Walks over a filter's text, and remembers the first thing that was wrong. No grammar: that is
/// filter_parser's.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "shared/protocol/filter.hpp"

namespace crier::protocol {

/// What stands behind a comparison.
struct FilterValue {
    std::string text;       ///< Without its quotes and escapes.
    std::size_t begin = 0;  ///< Of it all, in the filter's text; with its quotes.
    std::size_t end = 0;
    bool is_quoted = false;

    /// Where its byte `index` stands in the filter's text, unless escapes come before it.
    [[nodiscard]] std::size_t position_of(std::size_t index) const {
        return begin + (is_quoted ? 1 : 0) + index;
    }
};

/// Functions that return bool say whether it goes on; after a false, error() says why not.
class FilterScanner {
public:
    /// `text` must outlive it.
    explicit FilterScanner(std::string_view text) : text_(text) {}

    [[nodiscard]] bool at_end() const { return position_ == text_.size(); }
    [[nodiscard]] bool is_at(char byte) const { return !at_end() && text_[position_] == byte; }
    [[nodiscard]] std::size_t position() const { return position_; }
    [[nodiscard]] const std::optional<FilterError>& error() const { return error_; }

    /// Always false.
    bool refuse(std::size_t position, std::string detail);
    bool refuse_here(std::string detail) { return refuse(position_, std::move(detail)); }

    void skip_blanks();
    /// Whether `wanted` stands here; then it is behind the scanner.
    bool take(std::string_view wanted);
    /// A run of bytes that may be in a name; empty if there is none.
    std::string_view take_word();
    /// The same, and stays in front of it.
    [[nodiscard]] std::string_view peek_word() const;
    /// Everything up to the next blank or parenthesis.
    std::string_view take_run();
    bool take_value(FilterValue& value);

private:
    bool take_bare(std::string& text);
    bool take_quoted(std::string& text);

    std::string_view text_;
    std::size_t position_ = 0;
    std::optional<FilterError> error_;
};

}  // namespace crier::protocol
