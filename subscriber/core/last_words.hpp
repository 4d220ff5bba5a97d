/// \file
/// What is still to be told of revisions that the table does not hold any more: a newer one came
/// before the broker had confirmed their receipt, or had not taken their place on the screen when
/// they left it. Each is kept until a confirmation covers it, and sent again after the next
/// welcome.
///
/// In memory only: a newer revision comes by a connection, and so within a moment of the receipt
/// that a crash would lose here.
///
/// Pure, not thread-safe.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "shared/protocol/messages.hpp"

namespace crier::subscriber {

class LastWords {
public:
    /// `sent_in`: the frame of this connection that told the same; 0: none did.
    /// `after`: the store that is awaited before it is told; 0: none.
    void keep(protocol::Receipt receipt, std::uint64_t sent_in, std::uint64_t after);

    /// Whether some may be told now that had to wait.
    [[nodiscard]] bool on_stored(std::uint64_t up_to);
    /// A new connection: whether there are any to be told (again).
    [[nodiscard]] bool on_welcome();

    /// Those that frame does not know yet, as many as there is room for, oldest first.
    void take(std::uint64_t frame_number, std::vector<protocol::Receipt>& receipts);
    void on_confirmed(std::uint64_t frame_number);

    [[nodiscard]] std::size_t size() const { return words_.size(); }

private:
    struct Word {
        protocol::Receipt receipt;
        std::uint64_t sent_in = 0;
        std::uint64_t after = 0;
    };

    std::deque<Word> words_;  ///< Oldest first; of more than core_limits::messages_max the newest.
};

}  // namespace crier::subscriber
