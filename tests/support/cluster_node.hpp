/// \file
/// One broker of a cluster without its engine, in virtual time: the ordering, its journal on a disk
/// that may be slow, full, or end in a crash, and its way to the stream.

#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "broker/cluster/ordering.hpp"
#include "broker/journal/memory_journal.hpp"
#include "tests/support/memory_stream.hpp"

namespace crier::testing {

using broker::Entry;
using broker::LogCursor;
using broker::LogPosition;

[[nodiscard]] MessageId message_id(std::uint64_t number);
[[nodiscard]] BrokerId broker_id(std::size_t number);
/// A message whose id and body are `number`.
[[nodiscard]] Entry entry_number(std::uint64_t number);
/// The same that changes message `about`.
[[nodiscard]] Entry change_number(std::uint64_t number, std::uint64_t about);
[[nodiscard]] const Secret& cluster_key();

class ClusterNode {
public:
    ClusterNode(std::size_t number, MemoryStream& stream, std::uint64_t seed = 1);

    /// Before start(): as if they had joined long ago. Three do without this.
    void know_members(std::vector<BrokerId> list);
    void start(Instant now);
    /// Some of what was on its way to the disk may be there.
    void crash();
    [[nodiscard]] bool is_running() const { return ordering_ != nullptr; }

    void propose(const Entry& entry, bool is_own = false);
    void step(const broker::OrderingEvent& event);
    /// Everything that is due at `now`. False: there was nothing.
    bool turn(Instant now);
    [[nodiscard]] std::optional<Instant> next() const;

    /// Everything from now on fails, until recover_disk().
    void break_disk() { is_disk_broken_ = true; }
    void recover_disk();

    /// As another broker answers that has nothing on its way to its disk.
    [[nodiscard]] bool can_be_copied() const;
    [[nodiscard]] broker::PeerEntries copy_behind(const LogPosition& place, std::size_t count_max);

    [[nodiscard]] bool is_ready() const { return is_running() && is_ready_; }
    [[nodiscard]] std::vector<MessageId> stored();  ///< By seq.
    [[nodiscard]] std::optional<LogPosition> place_of(std::uint64_t seq);
    [[nodiscard]] std::size_t count_of(broker::OrderingFact fact) const;
    [[nodiscard]] std::vector<broker::OrderingNotice> noticed(broker::OrderingFact fact) const;
    [[nodiscard]] broker::Ordering& ordering() { return *ordering_; }
    [[nodiscard]] Moment moment() const;  ///< By its own clock.

    broker::OrderingSettings settings;
    Milliseconds clock_offset{};
    Milliseconds disk_delay_max{};
    /// The crash comes after so many effects.
    std::optional<std::size_t> crash_after;

    /// What survives a crash.
    std::unique_ptr<broker::Journal> journal = std::make_unique<broker::MemoryJournal>();
    /// What became of the entries of each write.
    std::function<void(const std::vector<broker::EntryResult>&)> on_written;
    std::set<MessageId> open;       ///< Proposed in this life, without an answer.
    std::set<MessageId> accepted;   ///< Proposed here, fed and stored.
    std::map<MessageId, ErrorCode> refused;
    std::vector<std::string> violations;
    std::vector<LogPosition> asked_peers;
    std::optional<LogPosition> asks;  ///< Another broker, in this life; nobody has answered.
    bool is_asking = false;           ///< It has just done so.
    std::optional<Error> problem;
    std::vector<BrokerId> members;  ///< As it last told.
    std::optional<BrokerId> forgotten;

private:
    struct Write {
        broker::Batch batch;
        std::uint64_t number = 0;
    };
    using Job = std::variant<Write, broker::ReadPlaces, broker::ReadLog, broker::ReadEntry>;

    void perform(broker::OrderingEffects effects);
    void perform(broker::OrderingEffect& effect);
    void queue(Job job);
    void run(Job& job);
    void write(const Write& job);
    std::size_t number_;
    MemoryStream& stream_;
    broker::Backbone& backbone_;
    std::mt19937_64 random_;
    Instant now_{};
    std::unique_ptr<broker::Ordering> ordering_;
    std::deque<std::pair<Instant, Job>> jobs_;
    std::uint64_t writes_ = 0;
    bool is_disk_broken_ = false;
    bool is_ready_ = false;
    std::vector<broker::OrderingNotice> notices_;
};

}  // namespace crier::testing
