/// \file
/// JournalThread on a journal in memory behind a gate, so that a test decides when a transaction
/// ends.

#pragma once

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <semaphore>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "broker/journal/journal_thread.hpp"
#include "broker/journal/memory_journal.hpp"
#include "tests/contract/journal_samples.hpp"
#include "tests/support/forwarding_journal.hpp"

namespace crier::broker {

inline constexpr int deadline_ms = 5'000;

/// Where appends of a GatedJournal wait; outlives it.
struct Gate {
    std::counting_semaphore<> begun{0};   ///< Released as each append begins.
    std::counting_semaphore<> passes{0};  ///< What one takes to go on, while it is closed.
    std::atomic<bool> is_closed = false;
    std::atomic<bool> is_damaged = false;  ///< Most reads find it; nothing is taken then.
};

/// A journal in memory that tells when an append begins, and may wait in it.
class GatedJournal final : public testing::ForwardingJournal {
public:
    GatedJournal(Gate& gate, MemoryJournal& left)
        : ForwardingJournal(memory), gate_(gate), left_(left) {}
    ~GatedJournal() override { left_ = memory; }

    Result<std::vector<EntryResult>> append(const Batch& batch) override {
        gate_.begun.release();
        if (gate_.is_closed) gate_.passes.acquire();
        return memory.append(batch);
    }
    Result<std::optional<StoredMessage>> read_message(const MessageId& id) override {
        if (gate_.is_damaged) return damage();
        return memory.read_message(id);
    }
    Result<std::vector<Place>> read_places(std::optional<LogPosition> before,
                                           std::size_t count_max) override {
        if (gate_.is_damaged) return damage();
        return memory.read_places(before, count_max);
    }
    Result<std::vector<PlacedEntry>> read_placed(const LogPosition& after,
                                                 std::size_t count_max) override {
        if (gate_.is_damaged) return damage();
        return memory.read_placed(after, count_max);
    }
    Result<std::vector<PlacedEntry>> read_log(std::uint64_t after, std::size_t count_max) override {
        if (gate_.is_damaged) return damage();
        return memory.read_log(after, count_max);
    }

    MemoryJournal memory;

private:
    tl::unexpected<Error> damage() {
        memory.break_disk();
        return fail(ErrorCode::journal_damaged, "the journal in memory is damaged");
    }

    Gate& gate_;
    MemoryJournal& left_;  ///< What was in it when it was destroyed.
};

inline std::vector<std::uint32_t> first_cell(const StoredMessage& message) {
    if (message.cells.empty()) return {};
    return {message.cells.front()};
}

inline ReadHistory page_below(std::uint64_t ticket, std::uint64_t before) {
    ReadHistory request;
    request.ticket = ticket;
    request.before = before;
    request.count_max = 10;
    return request;
}

inline ReadHistory message_with_sessions(std::uint64_t ticket, std::uint64_t number) {
    ReadHistory request;
    request.ticket = ticket;
    request.id = samples::message_id(number);
    request.with_sessions = true;
    return request;
}

class JournalThreadTest : public ::testing::Test {
protected:
    explicit JournalThreadTest(JournalThreadSettings settings = {.probe_interval = Milliseconds(5)})
        : settings_(settings) {}

    void start() {
        auto owned = std::make_unique<GatedJournal>(gate_, left_);
        journal_ = owned.get();
        thread_ = std::make_unique<JournalThread>(std::move(owned), first_cell, settings_);
    }
    void SetUp() override { start(); }
    void TearDown() override {
        gate_.is_closed = false;
        gate_.passes.release(1'000);
    }

    void write(Batch batch, std::uint64_t writes = 1) {
        ASSERT_TRUE(thread_->write(batch, writes));
        EXPECT_TRUE(batch.empty());
    }
    Event next_event() {
        while (next_ == events_.size()) {
            pollfd ready{.fd = thread_->descriptor(), .events = POLLIN, .revents = 0};
            if (poll(&ready, 1, deadline_ms) != 1) {
                ADD_FAILURE() << "no event came";
                return StopRequested{};
            }
            thread_->take_events(events_);
        }
        return events_[next_++];
    }
    /// The next event, which must be an E.
    template <class E>
    E expect_event() {
        const Event event = next_event();
        EXPECT_TRUE(std::holds_alternative<E>(event)) << "alternative " << event.index();
        return std::holds_alternative<E>(event) ? std::get<E>(event) : E{};
    }
    /// The next reply, which must be an R. Events that come meanwhile wait for next_event().
    template <class R>
    R expect_reply() {
        thread_->take_replies(replies_);
        while (replies_.empty()) {
            pollfd ready{.fd = thread_->descriptor(), .events = POLLIN, .revents = 0};
            if (poll(&ready, 1, deadline_ms) != 1) {
                ADD_FAILURE() << "no reply came";
                return {};
            }
            thread_->take_events(events_);
            thread_->take_replies(replies_);
        }
        const LogReply reply = std::move(replies_.front());
        replies_.erase(replies_.begin());
        EXPECT_TRUE(std::holds_alternative<R>(reply)) << "alternative " << reply.index();
        return std::holds_alternative<R>(reply) ? std::get<R>(reply) : R{};
    }
    /// Holds the thread inside the append of a first batch, of one write.
    void hold() {
        gate_.is_closed = true;
        write(samples::facts("first "));
        ASSERT_TRUE(gate_.begun.try_acquire_for(std::chrono::milliseconds(deadline_ms)));
    }
    void let_go() {
        gate_.is_closed = false;
        gate_.passes.release();
    }
    /// One write is lost, and the journal works again: both wait to be taken.
    void fail_and_recover_unheard() {
        hold();
        journal_->memory.fill_disk(1);
        let_go();
        pollfd ready{.fd = thread_->descriptor(), .events = POLLIN, .revents = 0};
        ASSERT_EQ(poll(&ready, 1, deadline_ms), 1);
        ASSERT_TRUE(gate_.begun.try_acquire_for(std::chrono::milliseconds(deadline_ms)));
    }
    /// What the journal holds once the thread has ended.
    Recovery stop_and_recover() {
        thread_->stop();
        return *left_.recover();
    }

    JournalThreadSettings settings_;
    Gate gate_;
    MemoryJournal left_;
    GatedJournal* journal_ = nullptr;  ///< Gone once the thread has stopped.
    std::unique_ptr<JournalThread> thread_;
    std::vector<Event> events_;
    std::size_t next_ = 0;
    std::vector<LogReply> replies_;
};

/// What nobody waits for is not written before the test ends.
class PatientJournalThreadTest : public JournalThreadTest {
protected:
    PatientJournalThreadTest()
        : JournalThreadTest(
              {.patience = std::chrono::hours(1), .probe_interval = Milliseconds(5)}) {}

    static std::string all_facts(const Recovery& recovery) {
        std::string all;
        for (const std::string& piece : samples::texts(recovery.facts)) all += piece;
        return all;
    }
};

class HastyJournalThreadTest : public JournalThreadTest {
protected:
    static constexpr Milliseconds patience{20};
    HastyJournalThreadTest()
        : JournalThreadTest({.patience = patience, .probe_interval = Milliseconds(5)}) {}
};

}  // namespace crier::broker
