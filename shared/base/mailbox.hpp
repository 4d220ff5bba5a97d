/// \file
/// How threads meet: a bounded queue with a descriptor to poll, and one without for callers that
/// block. The only mutexes of the house.

#pragma once

#include <condition_variable>
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

/// Many threads post, one takes. When full it refuses, or drops the oldest: the poster decides.
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

    /// Any thread. When full, the oldest letter makes room. True: one was lost, that one or, once
    /// closed, this one.
    [[nodiscard]] bool post_over_oldest(Letter&& letter) {
        bool is_lost = false;
        {
            const std::lock_guard lock(mutex_);
            if (is_closed_) return true;
            is_lost = letters_.size() >= letters_max_;
            if (is_lost) letters_.pop_front();
            letters_.push_back(std::move(letter));
        }
        wake_up_.signal();
        return is_lost;
    }

    /// The owner's thread. Appends all letters to `out`, in the order posted; never blocks.
    /// False: it is closed, so these were the last. (A flag beside the mailbox would not do: the
    /// signal that tells of it may be cleared here by an owner who has read the flag just before.)
    bool take_all(std::vector<Letter>& out) {
        wake_up_.clear();
        const std::lock_guard lock(mutex_);
        for (Letter& letter : letters_) out.push_back(std::move(letter));
        letters_.clear();
        return !is_closed_;
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

/// What one blocked caller hears from the thread that works for it. Has no descriptor, so that any
/// number of calls may be open in a program that has few.
template <class Word>
class ReplyBox {
public:
    explicit ReplyBox(std::size_t words_max) : words_max_(words_max) {}

    /// The working thread. False when full, or abandoned; the word is then untouched.
    [[nodiscard]] bool put(Word&& word) { return put_below(words_max_, std::move(word)); }

    /// The same for a word that the caller cannot do without: never full.
    void put_last(Word&& word) {
        static_cast<void>(put_below(static_cast<std::size_t>(-1), std::move(word)));
    }

    /// The caller. Blocks until there is a word; words come in the order in which they were put.
    [[nodiscard]] Word take() {
        std::unique_lock lock(mutex_);
        filled_.wait(lock, [this] { return !words_.empty(); });
        Word word = std::move(words_.front());
        words_.pop_front();
        return word;
    }

    /// The caller does not listen any more.
    void abandon() {
        const std::lock_guard lock(mutex_);
        is_abandoned_ = true;
        words_.clear();
    }

    [[nodiscard]] bool is_abandoned() const {
        const std::lock_guard lock(mutex_);
        return is_abandoned_;
    }

private:
    bool put_below(std::size_t words_max, Word&& word) {
        {
            const std::lock_guard lock(mutex_);
            if (is_abandoned_ || words_.size() >= words_max) return false;
            words_.push_back(std::move(word));
        }
        filled_.notify_one();
        return true;
    }

    const std::size_t words_max_;
    mutable std::mutex mutex_;
    std::condition_variable filled_;
    std::deque<Word> words_;
    bool is_abandoned_ = false;
};

}  // namespace crier
