/// \file
/// Pages of answers, cut where they are full.

#pragma once

#include <utility>
#include <vector>

#include "shared/base/limits.hpp"
#include "shared/protocol/codec.hpp"

namespace crier::broker {

/// Room for what a page says beside its elements.
inline constexpr std::size_t page_head_bytes = 1'024;

/// Fills a page with elements while they fit; at least one, so that every page goes on.
template <class Element>
class PageFiller {
public:
    explicit PageFiller(std::vector<Element>& elements, std::size_t head_bytes = page_head_bytes)
        : elements_(elements), bytes_(head_bytes) {}

    bool add(Element element) {
        bytes_ += protocol::size_of_item(element);
        if (!elements_.empty() && bytes_ > limits::page_bytes_max) return false;
        elements_.push_back(std::move(element));
        return true;
    }

private:
    std::vector<Element>& elements_;
    std::size_t bytes_;
};

}  // namespace crier::broker
