/// \file
/// The engine's journal effects on their way to the journal thread: gathered into one batch each
/// time, counted, and kept while the thread is behind.

#pragma once

#include <cstdint>
#include <deque>
#include <utility>

#include "broker/core/batching.hpp"
#include "broker/journal/journal_thread.hpp"

namespace crier::broker {

/// Thread-safety: the event loop's thread.
class JournalFeed {
public:
    /// `journal` must outlive this.
    explicit JournalFeed(JournalThread& journal) : journal_(journal) {}

    /// A journal effect; they keep their order.
    template <class JournalEffect>
    requires requires(Batch& batch, JournalEffect effect) { gather(batch, std::move(effect)); }
    void take(JournalEffect effect) {
        gather(batch_, std::move(effect));
        writes_ += 1;
    }

    /// What a cluster's log has brought. Not the engine's, and counted by itself.
    void take_store(Batch batch) {
        gather(batch_, std::move(batch));
        stores_ += 1;
    }

    /// An entry that goes to a cluster's log instead. The engine counts it all the same.
    void skip() { writes_ += 1; }

    /// Answered with everything in it that was taken before.
    void take(ReadHistory request) { reads_.push_back(std::move(request)); }

    /// Likewise.
    void take(const LogRequest& request) { log_reads_.push_back(request); }

    void take(AskLog question) { questions_.push_back(std::move(question)); }

    /// The engine has heard of a failure only now: what it asked for before is lost as well, though
    /// it still waits here, and must not reach the disk after the recovery. It is counted.
    void lose_gathered() { batch_ = {}; }

    /// Hands over what was taken. False: the journal thread has enough to do; call it again soon.
    [[nodiscard]] bool hand_over() {
        if (writes_ + stores_ > 0) {
            if (!journal_.write(batch_, writes_, stores_)) return false;
            writes_ = stores_ = 0;
        }
        while (!reads_.empty()) {
            if (!journal_.read(reads_.front())) return false;
            reads_.pop_front();
        }
        while (!log_reads_.empty()) {
            if (!journal_.read(log_reads_.front())) return false;
            log_reads_.pop_front();
        }
        while (!questions_.empty()) {
            if (!journal_.ask(questions_.front())) return false;
            questions_.pop_front();
        }
        return true;
    }

private:
    JournalThread& journal_;
    Batch batch_;
    std::uint64_t writes_ = 0;  ///< Effects in `batch_`.
    std::uint64_t stores_ = 0;  ///< Batches of the log's in it.
    std::deque<ReadHistory> reads_;
    std::deque<LogRequest> log_reads_;
    std::deque<AskLog> questions_;
};

/// An effect that is the feed's. Every other one has to be performed by the loop itself.
template <class Wanted>
concept ForJournal = requires(JournalFeed& feed, Wanted wanted) {
    feed.take(std::move(wanted));
};

}  // namespace crier::broker
