/// \file
/// What waits in order, in one piece of memory. Nothing at all while it was never used, and little
/// once it is empty again, because there is one for each session.

#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace crier::broker {

template <class Item>
class Line {
public:
    using Place = typename std::vector<Item>::iterator;

    [[nodiscard]] bool empty() const { return next_ == items_.size(); }
    [[nodiscard]] std::size_t size() const { return items_.size() - next_; }
    [[nodiscard]] const Item& front() const { return items_[next_]; }
    [[nodiscard]] Place begin() { return items_.begin() + static_cast<std::ptrdiff_t>(next_); }
    [[nodiscard]] Place end() { return items_.end(); }

    void push(Item item) {
        if (items_.capacity() == 0) items_.reserve(kept);
        items_.push_back(std::move(item));
    }

    void pop() {
        if (++next_ == items_.size()) return clear();
        // Half of it at a time, so that a line that never gets empty costs no more than what waits.
        constexpr std::size_t popped_min = 64;
        if (next_ >= popped_min && next_ * 2 >= items_.size()) forget_popped();
    }

    /// The first one costs next to nothing.
    void take_out(Place place) {
        if (place == begin()) return pop();
        items_.erase(place);
    }

    void clear() {
        // The memory is given back: a session that was slow once need not cost more for ever.
        if (items_.capacity() > kept) std::vector<Item>().swap(items_);
        items_.clear();
        next_ = 0;
    }

    /// Drops those for which `is_dead(item)` is true.
    template <class IsDead>
    void drop_if(IsDead is_dead) {
        forget_popped();
        std::erase_if(items_, is_dead);
        if (items_.empty()) clear();
    }

    /// Places in memory, those included that were popped and not given back yet.
    [[nodiscard]] std::size_t held() const { return items_.size(); }

private:
    void forget_popped() {
        items_.erase(items_.begin(), begin());
        next_ = 0;
    }

    static constexpr std::size_t kept = 16;

    std::vector<Item> items_;
    std::size_t next_ = 0;
};

}  // namespace crier::broker
