#include "tests/bench/wire_bytes.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "tests/bench/give_up.hpp"

namespace crier::bench {
namespace {

using BytesView = std::span<const std::uint8_t>;

/// Walks over MessagePack values. The broker is trusted here to send whole ones; a length beyond
/// the end stops the walk all the same.
class Walk {
public:
    explicit Walk(BytesView bytes) : bytes_(bytes) {}

    [[nodiscard]] bool is_broken() const { return is_broken_; }

    std::size_t map_size() {
        const std::uint8_t head = byte();
        if ((head & 0xF0u) == 0x80) return head & 0x0Fu;
        if (head == 0xDE) return number(2);
        is_broken_ = true;
        return 0;
    }

    std::size_t list_size() {
        const std::uint8_t head = byte();
        if ((head & 0xF0u) == 0x90) return head & 0x0Fu;
        if (head == 0xDC) return number(2);
        is_broken_ = true;
        return 0;
    }

    std::string_view text() {
        const std::uint8_t head = byte();
        std::size_t size = 0;
        if ((head & 0xE0u) == 0xA0) {
            size = head & 0x1Fu;
        } else if (head == 0xD9) {
            size = number(1);
        } else {
            is_broken_ = true;
        }
        const BytesView taken = take(size);
        return {reinterpret_cast<const char*>(taken.data()), taken.size()};
    }

    BytesView bin() {
        if (byte() != 0xC4) is_broken_ = true;
        return take(number(1));
    }

    std::uint64_t uint() {
        const std::uint8_t head = byte();
        if (head < 0x80) return head;
        if (head >= 0xCC && head <= 0xCF) return number(1u << (head - 0xCC));
        is_broken_ = true;
        return 0;
    }

    void skip() {
        std::uint64_t values = 1;
        while (values > 0 && !is_broken_) {
            values += skip_head();
            --values;
        }
    }

private:
    /// One value without those inside it, whose count it gives.
    std::uint64_t skip_head() {
        const std::uint8_t head = byte();
        if (head < 0x80 || head >= 0xE0) return 0;                       // Small ints.
        if (head < 0x90) return 2u * (head & 0x0Fu);                     // Map.
        if (head < 0xA0) return head & 0x0Fu;                            // List.
        if (head < 0xC0) return take(head & 0x1Fu), 0u;                  // Text.
        if (head <= 0xC3) return 0;                                      // Nil, bools.
        if (head <= 0xC6) return take(number(1u << (head - 0xC4))), 0u;  // Bin.
        if (head == 0xCA || head == 0xCB) return take(head == 0xCA ? 4 : 8), 0u;
        if (head >= 0xCC && head <= 0xD3) return take(1u << ((head - 0xCC) % 4)), 0u;
        if (head >= 0xD9 && head <= 0xDB) return take(number(1u << (head - 0xD9))), 0u;
        if (head == 0xDC || head == 0xDD) return number(head == 0xDC ? 2 : 4);
        if (head == 0xDE || head == 0xDF) return 2 * number(head == 0xDE ? 2 : 4);
        is_broken_ = true;
        return 0;
    }

    std::uint8_t byte() {
        const BytesView taken = take(1);
        return taken.empty() ? 0 : taken[0];
    }

    std::uint64_t number(std::size_t size) {
        std::uint64_t value = 0;
        for (const std::uint8_t part : take(size)) value = value << 8 | part;
        return value;
    }

    BytesView take(std::size_t size) {
        if (size > bytes_.size()) {
            is_broken_ = true;
            bytes_ = {};
            return {};
        }
        const BytesView taken = bytes_.first(size);
        bytes_ = bytes_.subspan(size);
        return taken;
    }

    BytesView bytes_;
    bool is_broken_ = false;
};

void append(std::vector<std::uint8_t>& out, std::string_view text) {
    out.push_back(static_cast<std::uint8_t>(0xA0 + text.size()));
    out.insert(out.end(), text.begin(), text.end());
}

/// One key of a message, the key itself read already.
void scan_key(Walk& walk, std::string_view key, FrameKeys::Message& message) {
    if (key == "id") {
        message.id = walk.bin();
    } else if (key == "rev") {
        message.revision = walk.uint();
    } else {
        walk.skip();
    }
}

FrameKeys::Message scan_element(Walk& walk) {
    FrameKeys::Message message;
    for (std::size_t left = walk.map_size(); left > 0 && !walk.is_broken(); --left) {
        scan_key(walk, walk.text(), message);
    }
    return message;
}

/// bin of 16, its bytes to follow.
constexpr std::array<std::uint8_t, 2> id_head = {0xC4, 16};

/// The rest of {"ids": [...], "rev": 1, "state": 3}.
constexpr std::array<std::uint8_t, 12> displayed = {0xA3, 'r', 'e', 'v', 1,   0xA5,
                                                    's',  't', 'a', 't', 'e', 3};

void append_list(std::vector<std::uint8_t>& out, std::size_t count) {
    out.insert(out.end(),
               {0xDC, static_cast<std::uint8_t>(count >> 8), static_cast<std::uint8_t>(count)});
}

}  // namespace

void scan_frame(BytesView frame, FrameKeys& keys) {
    keys.type = {};
    keys.confirmed = 0;
    keys.messages.clear();
    Walk walk(frame);
    FrameKeys::Message message;
    const std::size_t count = walk.map_size();
    for (std::size_t i = 0; i < count && !walk.is_broken(); ++i) {
        const std::string_view key = walk.text();
        if (key == "t") {
            keys.type = walk.text();
        } else if (key == "confirmed") {
            keys.confirmed = walk.uint();
        } else if (key == "list") {
            for (std::size_t left = walk.list_size(); left > 0 && !walk.is_broken(); --left) {
                keys.messages.push_back(scan_element(walk));
            }
        } else {
            scan_key(walk, key, message);
        }
    }
    if (keys.type == "message" || keys.type == "remove") keys.messages.push_back(message);
    if (walk.is_broken()) keys.type = {};
}

void ReceiptsFrame::add_displayed(BytesView id) {
    if (count_ == receipts_max) give_up("the broker sent more than a session may have unconfirmed");
    ids_.insert(ids_.end(), id_head.begin(), id_head.end());
    ids_.insert(ids_.end(), id.begin(), id.end());
    ++count_;
}

BytesView ReceiptsFrame::take(std::uint32_t number) {
    frame_.assign({0x83});
    append(frame_, "t");
    append(frame_, "receipts");
    append(frame_, "n");
    frame_.push_back(0xCE);
    for (int shift = 24; shift >= 0; shift -= 8) {
        frame_.push_back(static_cast<std::uint8_t>(number >> shift));
    }
    append(frame_, "list");
    frame_.insert(frame_.end(), {0x91, 0x83});
    append(frame_, "ids");
    append_list(frame_, count_);
    frame_.insert(frame_.end(), ids_.begin(), ids_.end());
    frame_.insert(frame_.end(), displayed.begin(), displayed.end());
    ids_.clear();
    count_ = 0;
    return frame_;
}

}  // namespace crier::bench
