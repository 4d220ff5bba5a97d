/// \file
/// What a broker must not do, whatever it is told: watches what each peer is sent.

#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "broker/journal/memory_journal.hpp"
#include "tests/support/broker_driver.hpp"

namespace crier::fuzz {

class Watch {
public:
    using PeerId = broker::PeerId;

    void on_session(PeerId peer) { sessions_[peer]; }
    /// It has said who it is; of one that cannot prove it the name is empty.
    void on_hello(PeerId peer, const std::string& name);
    void on_operator(PeerId peer, bool may_send) { operators_[peer] = {may_send}; }
    /// The broker's process is gone, and with it all connections.
    void on_crash();

    /// Reads what everybody was sent since the last time.
    void look(testing::BrokerDriver& driver);
    /// All that was accepted is in the journal.
    void look(broker::MemoryJournal& journal);

private:
    struct Screen {
        std::set<std::string> names;  ///< That it has given, and proved.
        bool is_welcome = false;
        bool is_leaving = false;  ///< It was told goodbye.
        bool is_over = false;     ///< It was refused, or its connection cut.
        std::set<std::pair<MessageId, std::uint32_t>> shown;
    };
    struct Desk {
        bool may_send = false;
        bool is_welcome = false;
        bool is_over = false;
    };
    void look_at(Screen& screen, const protocol::ToSession& frame);
    void look_at(Desk& desk, const protocol::ToOperator& frame);

    std::map<PeerId, Screen> sessions_;
    std::map<PeerId, Desk> operators_;
    std::set<MessageId> accepted_;
};

}  // namespace crier::fuzz
