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

    /// `sink` hears of commits, failures and what was read, in order; `contents` follows what is
    /// written.
    Disk(World& world, OnDisk& contents, Sink sink)
        : world_(world), contents_(contents), sink_(std::move(sink)) {}

    void write(broker::Batch batch, std::uint64_t writes);
    void read(broker::ReadHistory wanted);
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
        std::uint64_t recoveries = 0;  ///< JournalRecovered that its maker had taken.
    };
    using Letter = std::variant<Write, broker::ReadHistory, broker::AskLog>;

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
    void on_read(const broker::ReadHistory& wanted);
    void on_ask(broker::AskLog question);
    void fill();
    void recover();
    void post(broker::Event event);

    World& world_;
    OnDisk& contents_;
    Sink sink_;
    broker::MemoryJournal journal_;
    std::deque<Letter> letters_;
    std::optional<Write> gathered_;  ///< Becomes the next transaction.
    std::uint64_t gatherings_ = 0;   ///< How often one began.
    bool is_working_ = false;
    bool is_full_ = false;
    std::size_t entries_ahead_ = 0;
    std::uint64_t writes_ = 0;            ///< Committed or lost.
    std::uint64_t recoveries_ = 0;        ///< JournalRecovered posted.
    std::uint64_t recoveries_taken_ = 0;  ///< Of those, arrived.
    Instant last_arrival_{};
    std::uint64_t life_ = 0;
};

}  // namespace crier::simulation
