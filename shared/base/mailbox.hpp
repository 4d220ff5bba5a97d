/// \file
/// How threads meet: a bounded queue with a descriptor to poll. The only mutex of the house.

#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace crier {

/// A counter in the kernel that makes a poll wake up (eventfd(2)). Any thread may signal.
class WakeUp {
public:
    WakeUp();
    ~WakeUp();
    WakeUp(const WakeUp&) = delete;
    WakeUp& operator=(const WakeUp&) = delete;

    void signal() noexcept;
    void clear() noexcept;
    /// Readable after signal(), until clear(). Owned here.
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

private:
    int descriptor_;
};

/// Many threads post, one takes. When full it refuses: the poster decides what that means.
template <class Letter>
class Mailbox {
public:
    explicit Mailbox(std::size_t letters_max) : letters_max_(letters_max) {}

    /// Any thread. False when full, or closed; the letter is then untouched.
    [[nodiscard]] bool post(Letter&& letter) {
        {
            const std::lock_guard lock(mutex_);
            if (is_closed_ || letters_.size() >= letters_max_) return false;
            letters_.push_back(std::move(letter));
        }
        wake_up_.signal();
        return true;
    }

    /// The owner's thread. Appends all letters to `out`, in the order posted; never blocks.
    void take_all(std::vector<Letter>& out) {
        wake_up_.clear();
        const std::lock_guard lock(mutex_);
        for (Letter& letter : letters_) out.push_back(std::move(letter));
        letters_.clear();
    }

    /// Later posts are refused; what is in stays to be taken. Any thread.
    void close() {
        {
            const std::lock_guard lock(mutex_);
            is_closed_ = true;
        }
        wake_up_.signal();
    }

    /// Readable while there may be letters. Owned here.
    [[nodiscard]] int descriptor() const noexcept { return wake_up_.descriptor(); }

private:
    const std::size_t letters_max_;
    std::mutex mutex_;
    std::deque<Letter> letters_;
    bool is_closed_ = false;
    WakeUp wake_up_;
};

}  // namespace crier
