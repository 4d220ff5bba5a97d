/// \file
/// The two frames that pass by the million, by hand: what a session needs of a frame from the
/// broker, and the receipts that it answers with. Everything else goes through the codec.

#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "crier/id.hpp"

namespace crier::bench {

/// What was found of a frame's top-level keys; `type` is empty when the bytes are no frame.
struct FrameKeys {
    struct Message {
        std::span<const std::uint8_t> id;
        std::uint64_t revision = 0;
    };
    std::string_view type;
    std::vector<Message> messages;  ///< The `message` itself, those of a `bundle`, or the
                                    ///< one that `remove` names.
    std::uint64_t confirmed = 0;
};

/// Reads a frame to its end. `keys` is used again, so that a frame costs no memory.
void scan_frame(std::span<const std::uint8_t> frame, FrameKeys& keys);

/// A `receipts` frame in the making: every message of one read displayed.
class ReceiptsFrame {
public:
    static constexpr std::size_t receipts_max = 256;

    /// `id` has 16 bytes.
    void add_displayed(std::span<const std::uint8_t> id);
    [[nodiscard]] std::size_t size() const { return count_; }

    /// The frame's bytes, valid until the next call; it is empty again.
    [[nodiscard]] std::span<const std::uint8_t> take(std::uint32_t number);

private:
    std::vector<std::uint8_t> ids_;  ///< One bin each.
    std::vector<std::uint8_t> frame_;
    std::size_t count_ = 0;
};

}  // namespace crier::bench
