/// \file
/// What a fuzzer is: something that takes any bytes and must not mind, and a few bytes with which
/// it begins. fuzzer_main.cpp has what calls it.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace crier::fuzz {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;

/// Each fuzzer defines these two.
void try_input(BytesView input);
/// What it begins with: made by the code that is tested, so that it is never out of date.
[[nodiscard]] std::vector<Bytes> seeds();

/// Ends the program, which libFuzzer notices, unless `holds`.
void require(bool holds, const char* what);

[[nodiscard]] inline std::string_view text_of(BytesView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// `first`, then `rest`: of a fuzzer whose first byte says what the others are.
template <class Rest>
[[nodiscard]] Bytes seed(std::uint8_t first, const Rest& rest) {
    Bytes bytes{first};
    bytes.insert(bytes.end(), rest.begin(), rest.end());
    return bytes;
}

/// Decisions, from the bytes of an input; once these are used up, all are 0.
class Input {
public:
    explicit Input(BytesView bytes) : rest_(bytes) {}

    [[nodiscard]] bool empty() const { return rest_.empty(); }
    [[nodiscard]] BytesView rest() const { return rest_; }

    std::uint8_t byte() {
        if (rest_.empty()) return 0;
        const std::uint8_t value = rest_.front();
        rest_ = rest_.subspan(1);
        return value;
    }
    /// 0 to `bound` - 1; at most 256 of them.
    std::size_t below(std::size_t bound) { return byte() % bound; }
    bool flag() { return below(2) == 1; }
    /// One time in `times`.
    bool seldom(std::size_t times) { return below(times) == times - 1; }
    std::uint64_t number() {
        std::uint64_t value = 0;
        for (int i = 0; i < 8; ++i) value = value << 8 | byte();
        return value;
    }
    /// As many as the next byte says, if there are so many.
    Bytes bytes() {
        const std::size_t wanted = byte();
        const std::size_t size = std::min(wanted, rest_.size());
        const BytesView taken = rest_.first(size);
        rest_ = rest_.subspan(size);
        return {taken.begin(), taken.end()};
    }
    std::string text() {
        const Bytes taken = bytes();
        return {taken.begin(), taken.end()};
    }
    template <class List>
    const auto& one_of(const List& list) {
        return list[below(std::size(list))];
    }

private:
    BytesView rest_;
};

}  // namespace crier::fuzz
