/// \file
/// LEB128: unsigned integers in as few bytes as they need, seven bits a byte, lowest first.

#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace crier::broker {

inline void put_varint(std::vector<std::uint8_t>& bytes, std::uint64_t value) {
    while (value >= 0x80) {
        bytes.push_back(static_cast<std::uint8_t>(value | 0x80));
        value >>= 7;
    }
    bytes.push_back(static_cast<std::uint8_t>(value));
}

/// Reads on from where it stands; once something was missing, everything reads as zero and ok()
/// stays false.
class VarintReader {
public:
    explicit VarintReader(std::span<const std::uint8_t> bytes) : rest_(bytes) {}

    std::uint8_t byte() {
        if (rest_.empty()) return fail();
        const std::uint8_t value = rest_.front();
        rest_ = rest_.subspan(1);
        return value;
    }

    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const std::uint8_t next = byte();
            value |= static_cast<std::uint64_t>(next & 0x7f) << shift;
            if ((next & 0x80) == 0) return is_ok_ ? value : 0;
        }
        return fail();
    }

    /// A varint that fits 32 bits.
    std::uint32_t number() {
        const std::uint64_t value = varint();
        return value <= UINT32_MAX ? static_cast<std::uint32_t>(value) : fail();
    }

    std::string_view text(std::size_t size) {
        if (size > rest_.size()) return fail(), std::string_view{};
        const auto* begin = reinterpret_cast<const char*>(rest_.data());
        rest_ = rest_.subspan(size);
        return {begin, size};
    }

    [[nodiscard]] std::span<const std::uint8_t> rest() const { return rest_; }
    [[nodiscard]] bool ok() const { return is_ok_; }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }

private:
    std::uint8_t fail() {
        is_ok_ = false;
        rest_ = {};
        return 0;
    }

    std::span<const std::uint8_t> rest_;
    bool is_ok_ = true;
};

}  // namespace crier::broker
