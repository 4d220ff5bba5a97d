/// \file
/// What a broker knows of the others, and what is under way between them.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "broker/core/directory.hpp"
#include "broker/core/engine.hpp"
#include "broker/core/pending.hpp"

namespace crier::broker {

/// Another broker, whether it can be asked or not.
struct OtherBroker {
    BrokerFacts facts;
    BrokerLoad load;
    std::optional<PeerId> peer;  ///< nullopt: it cannot.
    bool has_told = false;       ///< Which sessions it has, since it can be asked.
    UtcTime heard{};             ///< The last time.
    std::uint64_t link = 0;      ///< The newest one to it, by Cluster::links.
    Instant lost_at{};
};

/// A session that went to another broker, until that one has on its disk what it was handed.
struct Moving {
    std::uint32_t number = 0;  ///< Of its stay here, which is over.
    std::uint32_t claim = 0;
    UtcTime opened{};
    BrokerId to;
    Owner owner{};  ///< Whose it was here.
    /// That its stay here is over. Until the other one has it the disk has it as open, so that a
    /// start hands it over once more.
    std::optional<SessionRecord> last_word{};
};

/// A session that closed here.
struct ClosedStay {
    std::uint32_t number = 0;
    std::uint32_t claim = 0;
    UtcTime opened{};
    BrokerId unasked;         ///< Has it still, for all that it knows.
    std::uint64_t links = 0;  ///< How many there had been when it closed; 0: before the start.
    Owner owner{};            ///< Whose it was.
};

/// What was said of a message that the log has not brought here yet, or that has not gone out here.
struct EarlyWords {
    std::vector<std::pair<BrokerId, HandSession>> hands;  ///< By that broker.
    struct Heard {
        std::uint32_t session = 0;  ///< By its number.
        protocol::Receipt receipt;
        Moment at{};
        /// Its receipts are not confirmed meanwhile: a crash would forget this one.
        std::optional<PeerId> waits{};
    };
    std::vector<Heard> receipts;
    struct Reader {
        std::uint32_t revision = 0;  ///< As in PersonsRead.
        PersonsRead::One person;
    };
    std::map<std::string, Reader> readers;  ///< By person, of the newest revision.
    Instant reader_at{};                    ///< The last of them.
};

/// Told to the broker that handed the session over, once it is on disk.
struct PendingTook {
    std::uint64_t write = 0;
    PeerId to;
    TookSession took;
};

/// A broker that an operator wants to be forgotten, until the log says so.
struct PendingForget {
    BrokerId broker;
    PeerId asker{};
    std::uint64_t request = 0;
};

/// A question to all the others.
struct Gathering {
    /// `asker` is nullptr if whoever asked has gone.
    using Done = std::function<void(Peer* asker, Gathering& gathered)>;

    PeerId asker{};
    std::map<PeerId, std::size_t> awaited;  ///< How many answers of each.
    std::vector<protocol::ToOperator> answers;
    std::vector<BrokerId> silent;  ///< Those who cannot be asked, or did not answer in time.
    Done done;
};

/// What everything that concerns the other brokers stands on.
struct Cluster {
    LogPosition followed;           ///< Up to where this broker's disk has the log.
    std::vector<BrokerId> members;  ///< By the log, in order.
    std::set<BrokerId> forgotten;   ///< In this run: hearsay of them is old.
    std::map<MessageId, PendingForget> forgets;
    UtcTime began{};                     ///< This broker did, by its own clock.
    bool was_backbone_reached = false;   ///< Since the start.
    Instant finds_until{};               ///< Until then members may be there, and not be heard yet.
    std::optional<Instant> log_lost_at;  ///< While it cannot reach the log.
    /// Then its sessions are sent away, unless the log is back.
    std::optional<Instant> cut_off_at;
    bool is_cut_off = false;                           ///< They were: who comes is sent away too,
    std::unordered_map<SessionId, Instant> sent_away;  ///< but each only once.
    std::optional<Error> refusal_when_cut_off(const SessionId& session, Instant now);
    void note_sent_away(const SessionId& session, Instant now);
    std::map<BrokerId, OtherBroker> brokers;
    std::uint64_t links = 0;  ///< To other brokers, since the start.
    /// nullopt: it cannot be asked, or is not known.
    [[nodiscard]] std::optional<PeerId> peer_of(const BrokerId& broker) const;
    /// Nobody can ask it, and sessions are there for all that is known.
    [[nodiscard]] bool is_missed(const BrokerId& id, const OtherBroker& other) const {
        return !other.peer && directory.count(id) > 0;
    }
    Directory directory;
    SessionsAt news;  ///< Of this broker's sessions, to be told at the end of the turn.

    std::map<SessionId, Moving> moving;
    /// Sessions that closed here, for when they come back to another broker.
    std::unordered_map<SessionId, ClosedStay> closed;
    void remember_closed(const SessionId& session, const ClosedStay& stay);
    /// It was open when the present link to that broker began.
    [[nodiscard]] bool was_told_of(const ClosedStay& stay, const BrokerId& broker) const {
        return stay.links >= brokers.at(broker).link;
    }
    /// Of sessions that came while those that closed before the start are being read.
    std::optional<std::map<PeerId, protocol::SessionHello>> early_hellos;
    DelayQueue<PeerId> newcomers;  ///< Sessions that wait for what another broker knows of them.
    std::vector<PendingTook> tooks;
    std::map<MessageId, EarlyWords> early_words;
    std::size_t early_words_count = 0;
    [[nodiscard]] bool is_behind() const;

    std::map<std::uint64_t, Gathering> gatherings;  ///< By request.
    std::uint64_t last_request = 0;
    DelayQueue<std::uint64_t> gathering_deadlines;
    /// Tallies of messages that the log has not brought yet.
    std::map<MessageId, std::vector<std::pair<PeerId, AskTally>>> early_questions;
};

}  // namespace crier::broker
