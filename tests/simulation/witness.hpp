/// \file
/// Stands at the broker's border and sees every frame, in the moment in which it passes, and what
/// is on the disk then: what must hold always, and not only in the end.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/core/engine.hpp"
#include "tests/simulation/ledger.hpp"
#include "tests/simulation/on_disk.hpp"
#include "tests/simulation/world.hpp"

namespace crier::simulation {

class Witness {
public:
    Witness(World& world, Ledger& ledger) : world_(world), ledger_(ledger) {}

    [[nodiscard]] OnDisk& disk() { return disk_; }

    void on_opened(broker::PeerId peer, broker::Door door) { links_[peer].door = door; }
    /// The broker has cut it, or was told that it is gone.
    void on_closed(broker::PeerId peer) { links_.erase(peer); }
    void on_received(broker::PeerId peer, const protocol::Bytes& bytes);
    /// The same bytes to each of `peers`.
    void on_sent(const std::vector<broker::PeerId>& peers, const protocol::Bytes& bytes);
    void on_notice(const broker::Notice& notice);
    /// The broker's process is gone.
    void on_crash();

private:
    /// One connection, as the broker has it.
    struct Link {
        broker::Door door = broker::Door::sessions;
        std::optional<SessionId> session;  ///< From the welcome on.
        bool was_recorded = false;         ///< Its record was on disk at the welcome.
        std::uint64_t last_seq = 0;
        std::map<MessageId, std::uint32_t> revisions;  ///< Sent.
        std::map<MessageId, std::size_t> in_flight;    ///< With their bytes.
        std::size_t bytes_in_flight = 0;
        std::map<std::uint64_t, std::vector<protocol::Receipt>> receipts;  ///< By frame number.
    };

    void expect(bool is_true, const std::string& sentence);

    // One for each kind of frame that says something worth a check; the others fall through.
    void check(Link& link, const protocol::SessionWelcome& welcome);
    void check(Link& link, const protocol::Heartbeat& heartbeat);
    void check(Link& link, const protocol::Show& show);
    void check(Link& link, const protocol::Bundle& bundle);
    void check(Link& link, const protocol::Remove& remove);
    void check(Link& link, const protocol::Accepted& accepted);
    template <class Other>
    void check(Link&, const Other&) {}

    template <class Frame>
    void check_all(const std::vector<Link*>& links, const Frame& frame);
    void check_window(Link& link, const protocol::Show& show);
    void check_confirmed(const Link& link, const protocol::Receipt& receipt);

    World& world_;
    Ledger& ledger_;
    OnDisk disk_;
    std::map<broker::PeerId, Link> links_;
    std::map<MessageId, std::size_t> sizes_;  ///< Of messages, each as a frame of its own.
    std::set<MessageId> recalled_;            ///< A session was told so.
    bool has_storage_problem_ = false;
};

}  // namespace crier::simulation
