#include "subscriber/core/last_words.hpp"

#include <utility>

#include "shared/base/limits.hpp"
#include "subscriber/core/session_core.hpp"

namespace crier::subscriber {

void LastWords::keep(protocol::Receipt receipt, std::uint64_t sent_in, std::uint64_t after) {
    words_.push_back({std::move(receipt), sent_in, after});
    if (words_.size() > core_limits::messages_max) words_.pop_front();
}

bool LastWords::on_stored(std::uint64_t up_to) {
    bool is_freed = false;
    for (Word& word : words_) {
        if (word.after == 0 || word.after > up_to) continue;
        word.after = 0;
        is_freed = true;
    }
    return is_freed;
}

bool LastWords::on_welcome() {
    for (Word& word : words_) word.sent_in = 0;
    return !words_.empty();
}

void LastWords::take(std::uint64_t frame_number, std::vector<protocol::Receipt>& receipts) {
    for (Word& word : words_) {
        if (receipts.size() == limits::receipts_per_frame_max) return;
        if (word.sent_in != 0) continue;
        if (word.after != 0) return;  // And those behind it: their order is what happened.
        word.sent_in = frame_number;
        receipts.push_back(word.receipt);
    }
}

void LastWords::on_confirmed(std::uint64_t frame_number) {
    std::erase_if(words_, [frame_number](const Word& word) {
        return word.sent_in != 0 && word.sent_in <= frame_number;
    });
}

}  // namespace crier::subscriber
