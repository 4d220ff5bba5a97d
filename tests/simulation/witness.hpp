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
    /// `refusal_time`: of the key of a session that was dropped. `ahead`: the broker's clock.
    Witness(World& world, Ledger& ledger, Milliseconds refusal_time, Milliseconds ahead)
        : world_(world), ledger_(ledger), refusal_time_(refusal_time), ahead_(ahead) {}

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
    /// Receipts of one frame, and when they came.
    struct Received {
        struct One {
            protocol::Receipt receipt;
            bool had_answered = false;  ///< Before, as far as the disk had it.
            bool came_to_full_disk = false;
            bool is_of_one_to_come = false;  ///< Of a revision that this broker had not begun.
        };
        UtcTime at{};
        std::vector<One> list;
    };
    /// One connection, as the broker has it.
    struct Link {
        broker::Door door = broker::Door::sessions;
        std::optional<SessionId> said;     ///< Who it is, from the hello on.
        bool has_token = false;            ///< Its hello has one.
        bool is_shut_out = false;          ///< It came new while admission was closed for it.
        std::optional<SessionId> session;  ///< From the welcome on,
        UtcTime welcomed{};                ///< which was then.
        bool was_recorded = false;         ///< Its record was on disk at the welcome.
        std::uint64_t last_seq = 0;
        std::map<MessageId, std::uint32_t> revisions;  ///< Sent.
        std::map<MessageId, std::size_t> in_flight;    ///< With their bytes.
        std::size_t bytes_in_flight = 0;
        std::map<std::uint64_t, Received> receipts;  ///< By frame number.
    };

    void note_unrecorded_drops();
    void note_trouble(Milliseconds time);
    void expect(bool is_true, const std::string& sentence);

    // One for each kind of frame that says something worth a check; the others fall through.
    void check(Link& link, const protocol::SessionWelcome& welcome);
    void check(Link& link, const protocol::Heartbeat& heartbeat);
    void check(Link& link, const protocol::Show& show);
    void check(Link& link, const protocol::Bundle& bundle);
    void check(Link& link, const protocol::Remove& remove);
    void check(Link& link, const protocol::Accepted& accepted);
    void check(Link& link, const protocol::Refused& refused);
    template <class Other>
    void check(Link&, const Other&) {}

    template <class Frame>
    void check_all(const std::vector<Link*>& links, const Frame& frame);
    void check_window(Link& link, const protocol::Show& show);
    void check_plan(const protocol::Show& show);
    void check_revision(const MessageId& id, std::uint32_t revision);
    void check_confirmed(const Link& link, const Received::One& one, UtcTime came_at);
    [[nodiscard]] bool may_ask_again(const MessageId& id) const;
    void check_shut_out(const Link& link, const std::string& detail);
    void on_hello(Link& link, const protocol::SessionHello& hello);
    void on_receipts(Link& link, const protocol::Receipts& frame);
    [[nodiscard]] bool is_shut_to(const SessionId& session) const;
    [[nodiscard]] bool may_be_dropped(const SessionId& session) const;
    template <class IsRight>
    [[nodiscard]] bool may_have_begun(const MessageId& id, IsRight is_right) const;
    [[nodiscard]] bool is_for(const MessageId& id, const SessionId& session) const;
    [[nodiscard]] std::string person(const SessionId& session) const;
    [[nodiscard]] const Plans& plans() const { return disk_.plans(); }
    /// By the broker's clock.
    [[nodiscard]] UtcTime utc() const { return world_.now().utc + ahead_; }

    World& world_;
    Ledger& ledger_;
    OnDisk disk_;
    std::map<broker::PeerId, Link> links_;
    std::map<MessageId, std::size_t> sizes_;        ///< Of messages, each as a frame of its own.
    std::map<MessageId, std::uint32_t> revisions_;  ///< The newest that anybody was told.
    std::map<MessageId, std::size_t> texts_;        ///< The newest, by its place among all.
    Milliseconds refusal_time_;
    Milliseconds ahead_;
    // Of this life of the broker.
    std::map<MessageId, std::uint32_t> begun_;  ///< The newest revision that anybody was told.
    std::set<SessionId> let_in_;                ///< As new ones, or it is not known.
    std::map<SessionId, UtcTime> dropped_;      ///< Who was told so, and when.
    bool has_storage_problem_ = false;
    std::set<SessionId> ended_;          ///< By a drop.
    std::optional<UtcTime> away_since_;  ///< From the others of its cluster.
};

}  // namespace crier::simulation
