#include "shared/protocol/filter_scanner.hpp"

namespace crier::protocol {
namespace {

bool is_blank_byte(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

bool is_parenthesis(char byte) {
    return byte == '(' || byte == ')';
}

bool is_name_byte(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
           byte == '-' || (byte >= '0' && byte <= '9');
}

}  // namespace

bool FilterScanner::refuse(std::size_t position, std::string detail) {
    error_ = FilterError{static_cast<std::uint32_t>(position), std::move(detail)};
    return false;
}

void FilterScanner::skip_blanks() {
    while (!at_end() && is_blank_byte(text_[position_])) ++position_;
}

bool FilterScanner::take(std::string_view wanted) {
    if (!text_.substr(position_).starts_with(wanted)) return false;
    position_ += wanted.size();
    return true;
}

std::string_view FilterScanner::peek_word() const {
    std::size_t end = position_;
    while (end < text_.size() && is_name_byte(text_[end])) ++end;
    return text_.substr(position_, end - position_);
}

std::string_view FilterScanner::take_word() {
    const std::string_view word = peek_word();
    position_ += word.size();
    return word;
}

std::string_view FilterScanner::take_run() {
    const std::size_t begin = position_;
    while (!at_end() && !is_blank_byte(text_[position_]) && !is_parenthesis(text_[position_])) {
        ++position_;
    }
    return text_.substr(begin, position_ - begin);
}

bool FilterScanner::take_value(FilterValue& value) {
    value.begin = position_;
    if (at_end() || is_at(')')) return refuse_here("a value is missing here");
    if (is_at('(')) {
        return refuse_here(
            "a value is missing here: compare with one at a time, as in (user=a or user=b), and "
            "put one that has parentheses in double quotes");
    }
    value.is_quoted = is_at('"');
    if (!(value.is_quoted ? take_quoted(value.text) : take_bare(value.text))) return false;
    value.end = position_;
    return true;
}

bool FilterScanner::take_bare(std::string& text) {
    const std::size_t begin = position_;
    while (!at_end() && !is_blank_byte(text_[position_]) && !is_parenthesis(text_[position_]) &&
           text_[position_] != '"') {
        ++position_;
    }
    text = text_.substr(begin, position_ - begin);
    if (is_at('"')) {
        return refuse_here("a quote inside a value: put the whole value in double quotes");
    }
    if (is_at('(')) {
        return refuse_here("a parenthesis inside a value: put the whole value in double quotes");
    }
    return true;
}

bool FilterScanner::take_quoted(std::string& text) {
    const std::size_t begin = position_;
    take("\"");
    while (!take("\"")) {
        const bool is_escaped = take("\\");
        if (at_end()) return refuse(begin, "this quote is never closed");
        const char byte = text_[position_];
        if (is_escaped && byte != '"' && byte != '\\') {
            return refuse(position_ - 1, R"(in quotes, write \\ for a backslash)");
        }
        text += byte;
        ++position_;
    }
    if (at_end() || is_blank_byte(text_[position_]) || is_at(')')) return true;
    return refuse_here("a blank is missing after the closing quote");
}

}  // namespace crier::protocol
