#include "tests/bench/contestant.hpp"

namespace crier::bench {

std::uint32_t Arrivals::expect(std::size_t receivers) {
    missing_.push_back(receivers);
    return published_++;
}

void Arrivals::count(std::size_t receiver, std::uint32_t number) {
    if (number >= published_) give_up("a receiver got what nobody sent");
    if (receiver >= next_.size()) next_.resize(receiver + 1);
    if (number < next_[receiver]) {
        give_up("receiver " + std::to_string(receiver) + " got publication " +
                std::to_string(number) + " twice, or out of order");
    }
    next_[receiver] = number + 1;
    ++deliveries_;
    if (--missing_[number] == 0) ++completed_;
}

}  // namespace crier::bench
