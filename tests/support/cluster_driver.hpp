/// \file
/// Several brokers' cores with one log: what one appends comes to all of them, in one order, and
/// what they say to each other arrives in the order in which it was said. No socket, no NATS.
///
/// The last one is of a newer version, which says more than the others know.

#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "broker/journal/memory_journal.hpp"
#include "tests/support/broker_driver.hpp"

namespace crier::testing {

class ClusterDriver {
public:
    using PeerId = broker::PeerId;

    /// So many brokers, all of them linked.
    explicit ClusterDriver(std::size_t count,
                           const broker::EngineSettings& settings = patient_settings());

    /// Whatever it is told or asked is done once settle() has run.
    [[nodiscard]] BrokerDriver& broker(std::size_t index) { return *nodes_[index].driver; }
    [[nodiscard]] broker::MemoryJournal& journal(std::size_t index) {
        return *nodes_[index].journal;
    }
    [[nodiscard]] BrokerId id(std::size_t index) const;

    /// Brings entries and frames to where they go, until nothing is on its way any more.
    void settle();
    /// In steps; and whatever comes of it.
    void advance(Milliseconds time);

    void cut_link(std::size_t one, std::size_t other);
    void mend_link(std::size_t one, std::size_t other);
    /// What is on its way between brokers never arrives; nobody notices.
    void drop_frames() { frames_.clear(); }
    /// It is held still: what it says arrives nowhere, and nobody notices.
    void silence(std::size_t index) { silent_ = index; }
    /// Its process is gone. What it has on its disk stays.
    void kill(std::size_t index);
    void start(std::size_t index) { start(index, false); }
    /// As by hold_journal(), from the beginning.
    void start_with_held_journal(std::size_t index) { start(index, true); }
    /// Who belongs to the cluster from now on, by its log.
    void change_members(std::vector<BrokerId> members, std::optional<BrokerId> forgotten = {});
    /// Until release_log() entries wait, in order.
    void hold_log() { is_log_held_ = true; }
    void hold_log_at(std::size_t index) { behind_ = index; }
    void release_log();
    /// What no broker was given yet never came into the log.
    void lose_log();
    /// Everything that any broker has asked to have in it, twice if two have.
    [[nodiscard]] const std::vector<broker::Entry>& log() const { return log_; }

private:
    struct Node {
        std::unique_ptr<broker::MemoryJournal> journal;
        std::unique_ptr<BrokerDriver> driver;
        std::map<std::size_t, PeerId> links;  ///< To the other brokers, by index.
        std::size_t fed = 0;                  ///< Entries of the log.
    };
    struct Frame {
        std::size_t from = 0;
        PeerId link{};  ///< As the sender has it; of one that was cut nothing arrives.
        protocol::Bytes bytes;
    };

    [[nodiscard]] broker::BrokerFacts facts_of(std::size_t index) const;
    void start(std::size_t index, bool is_journal_held);
    void open(std::size_t from, std::size_t to);
    bool feed();
    bool deliver();
    bool forget();

    broker::EngineSettings settings_;
    Moment now_{Instant{}, utc_from_ms(1'700'000'000'000)};
    std::vector<Node> nodes_;
    std::vector<broker::Entry> log_;
    std::vector<BrokerId> members_;
    std::optional<broker::ForgetBroker> forgetting_;  ///< Asked for, and not in the log yet.
    std::deque<Frame> frames_;
    std::optional<std::size_t> silent_;
    bool is_log_held_ = false;
    std::optional<std::size_t> behind_;
};

}  // namespace crier::testing
