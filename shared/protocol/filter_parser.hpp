/// \file
/// From a filter's text to the terms that are matched. The grammar is in filter.hpp.
///
/// The terms of an expression stand beside one another, and those that decide it go on to `matched`
/// or `unmatched`. So to join two with `and`, what went to `matched` in the first goes to the
/// second's first term instead; with `or`, what went to `unmatched`; and `not` swaps the two.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/protocol/filter.hpp"
#include "shared/protocol/filter_scanner.hpp"

namespace crier::protocol {

/// For one text, once.
class FilterParser {
public:
    /// Where a time stands, with its quotes, and what it means.
    struct TimePlace {
        std::size_t begin;
        std::size_t end;
        UtcTime time;
    };

    /// Both must outlive it.
    FilterParser(std::string_view text, const ReadTime& read_time)
        : text_(text), read_time_(read_time), scanner_(text) {}

    tl::expected<Filter, FilterError> parse();

    /// In the order of the text.
    [[nodiscard]] const std::vector<TimePlace>& times() const { return times_; }
    /// The first that Filter::find_slip() tells.
    [[nodiscard]] const std::optional<FilterError>& slip() const { return slip_; }

private:
    using Name = Filter::Name;
    using Test = Filter::Test;

    // Each takes one rule of the grammar, and the blanks behind it. Recursion is bounded by
    // filter_nesting_max.
    bool take_filter(std::size_t depth);
    bool take_all(std::size_t depth);
    bool take_one(std::size_t depth);
    bool take_parentheses(std::size_t depth);
    bool take_term();

    /// Whether `joiner` stands here; then it and the blanks behind it are taken.
    bool take_joiner(std::string_view joiner);
    /// What stands where only a joiner, or the end, may.
    bool refuse_junction();
    bool refuse_no_term();
    bool take_name(Name& name);
    bool take_comparison(Name name, std::string_view& comparison);
    bool refuse_comparison(Name name);

    bool add_text(Filter::Term term, const FilterValue& value);
    bool add_network(Filter::Term term, const FilterValue& value);
    bool add_time(Filter::Term term, std::string_view comparison, const FilterValue& value);
    void note_slip(Name name, const FilterValue& value);

    /// Makes the terms from `begin` on go to `to` where they went to `from`.
    void retarget(std::size_t begin, std::uint8_t from, std::size_t to);
    void negate(std::size_t begin);

    std::string_view text_;
    const ReadTime& read_time_;
    FilterScanner scanner_;
    Filter filter_;
    FilterValue last_value_;
    std::vector<TimePlace> times_;
    std::optional<FilterError> slip_;
};

}  // namespace crier::protocol
