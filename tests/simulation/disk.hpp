/// \file
/// The broker's journal and its thread in the simulated world: it takes time, gathers what comes
/// meanwhile, lets entries go ahead, is full now and then, and is all that is left after a crash.

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "broker/core/engine.hpp"
#include "broker/journal/log_reads.hpp"
#include "broker/journal/memory_journal.hpp"
#include "tests/simulation/on_disk.hpp"
#include "tests/simulation/world.hpp"

namespace crier::simulation {

/// Keeps the promises of JournalThread, and no others: what comes in is written and read in order,
/// but entries before the receipts and outcomes that wait beside them; after a failure everything
/// is lost that its maker asked for before it took JournalRecovered.
class Disk {
public:
    using Sink = std::function<void(const broker::Event&)>;
    using ReplySink = std::function<void(broker::LogReply)>;

    /// `sink` hears of commits, failures and what was read, in order; `contents` follows what is
    /// written, by a clock that is `ahead`.
    Disk(World& world, OnDisk& contents, Milliseconds ahead, Sink sink)
        : world_(world), contents_(contents), ahead_(ahead), sink_(std::move(sink)) {}
    /// Who follows a cluster's log hears of it too.
    void set_reply_sink(ReplySink sink) { reply_sink_ = std::move(sink); }

    /// `stores` batches of a cluster's log are in it.
    void write(broker::Batch batch, std::uint64_t writes, std::uint64_t stores);
    void read(broker::ReadHistory wanted);
    void read(broker::LogRequest wanted);
    void ask(broker::AskLog question);

    /// The process is gone, and with it what was under way; of that, the beginning may have been
    /// written without anybody being told, and entries without what was to come before them.
    void crash();

    [[nodiscard]] broker::MemoryJournal& journal() { return journal_; }
    /// How often entries were written ahead of what came with them or before.
    [[nodiscard]] std::size_t entries_ahead() const { return entries_ahead_; }

private:
    struct Write {
        broker::Batch batch;
        std::uint64_t writes = 0;
        std::uint64_t stores = 0;
        std::uint64_t recoveries = 0;  ///< JournalRecovered that its maker had taken.
    };
    using Letter = std::variant<Write, broker::ReadHistory, broker::LogRequest, broker::AskLog>;
    /// What its maker hears at once, the event first.
    struct Posted {
        std::optional<broker::Event> event;
        std::optional<broker::LogReply> reply;
    };

    void begin();
    void work(std::size_t count);
    void take(std::size_t count);
    void gather_up(Write write);
    [[nodiscard]] bool is_awaited() const;
    void flush_entries();
    void flush();
    void flush_later();
    [[nodiscard]] bool has_room();
    std::vector<broker::EntryResult> append(const broker::Batch& batch);
    void lose();
    void count_stores();
    void on_read(const broker::ReadHistory& wanted);
    void on_read(const broker::ReadPlaces& wanted);
    void on_read(const broker::ReadLog& wanted);
    void on_read(const broker::ReadEntry& wanted);
    void on_read(const broker::ReadPlaced& wanted);
    void on_read(const broker::ReadBeginning& wanted);
    void on_ask(broker::AskLog question);
    void fill();
    void recover();
    void post(Posted posted);

    World& world_;
    OnDisk& contents_;
    Milliseconds ahead_;
    Sink sink_;
    ReplySink reply_sink_;  ///< Empty: the broker is alone.
    broker::MemoryJournal journal_;
    std::deque<Letter> letters_;
    std::optional<Write> gathered_;  ///< Becomes the next transaction.
    std::uint64_t gatherings_ = 0;   ///< How often one began.
    bool is_working_ = false;
    bool is_full_ = false;
    std::size_t entries_ahead_ = 0;
    std::uint64_t writes_ = 0;            ///< Committed or lost.
    std::uint64_t stores_ = 0;            ///< Likewise, batches of the log's.
    std::uint64_t recoveries_ = 0;        ///< JournalRecovered posted.
    std::uint64_t recoveries_taken_ = 0;  ///< Of those, arrived.
    Instant last_arrival_{};
    std::uint64_t life_ = 0;
};

}  // namespace crier::simulation
