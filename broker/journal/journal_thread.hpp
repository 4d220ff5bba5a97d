/// \file
/// The journal on a thread of its own, so that the event loop never waits for a disk.
///
///     event loop ──write, read, prune──> letters ──> journal thread ──> Journal
///         ^                                                │
///         └── Committed, HistoryRead, PlacesRead <── events, replies
///
/// Group commit: while one transaction is on its way to the disk, batches gather in the mailbox,
/// and all of them are the next transaction. So what somebody waits for waits for nothing else, and
/// under load a sync is shared by as many as came meanwhile. What nobody waits for is gathered for
/// longer, and entries go ahead of it.

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <variant>
#include <vector>

#include "broker/core/engine.hpp"
#include "broker/journal/journal.hpp"
#include "broker/journal/log_query.hpp"
#include "broker/journal/log_reads.hpp"
#include "shared/base/mailbox.hpp"
#include "shared/base/time.hpp"

namespace crier::broker {

struct JournalThreadSettings {
    std::size_t letters_max = 1'024;  ///< Waiting for the thread; then write() refuses.
    std::size_t transaction_bytes_max = 4u << 20;  ///< Batches are merged up to here.
    std::size_t prune_count_max = 100;             ///< Records of each kind that go at once.
    /// A batch that nobody waits for (receipts, outcomes) is gathered for so long, unless another
    /// comes that somebody does wait for: fewer syncs, and no message queues behind one of them.
    Milliseconds patience{10};
    Milliseconds probe_interval{1'000};  ///< After a failure, between two tries.
    /// How long work between batches waits at most while letters come without end.
    Milliseconds between_interval{20};
};

/// Thread-safety: all functions belong to the event loop's thread. The journal is handed over to
/// the thread, which also destroys it.
class JournalThread {
public:
    /// Names the sessions in a stored message, so that their records come with it.
    using SessionsIn = std::function<std::vector<std::uint32_t>(const StoredMessage&)>;
    /// Some work on the journal's thread that fits between two batches; true: call it again.
    using Task = std::function<bool()>;

    /// Starts the thread. `sessions_in` is called on it.
    JournalThread(std::unique_ptr<Journal> journal, SessionsIn sessions_in,
                  JournalThreadSettings settings = {});
    JournalThread(const JournalThread&) = delete;
    JournalThread& operator=(const JournalThread&) = delete;
    ~JournalThread();

    // None of these blocks. False: letters_max are waiting, or it was stopped; nothing was taken.

    /// Hands over `batch`, which holds `writes` journal effects, and empties it. (One that begins
    /// behind what the journal cannot begin behind is lost with a JournalFailed.) Refused, it is as
    /// it was: more can be put into it, and be tried again in the next turn of the loop.
    /// `stores` batches of a cluster's log are in it, which Stored counts.
    [[nodiscard]] bool write(Batch& batch, std::uint64_t writes, std::uint64_t stores = 0);

    /// Answered by HistoryRead with everything in it that was written before.
    [[nodiscard]] bool read(const ReadHistory& request);

    /// Answered by PlacesRead or LogRead, likewise.
    [[nodiscard]] bool read(const LogRequest& request);

    /// Answered by LogAnswered, in pieces of work between batches.
    [[nodiscard]] bool ask(const AskLog& question);

    /// Signs a head if one is due; then there is a LogAnswered that nobody asked for.
    [[nodiscard]] bool sign_head_if_due(UtcTime now);

    /// Prunes what ended before `before`, piece by piece between batches, until nothing is left.
    [[nodiscard]] bool prune(UtcTime before);

    /// Runs `task` between batches until it returns false; backup.hpp makes one. What is not done
    /// when the thread stops is destroyed there.
    [[nodiscard]] bool run_between(Task task);

    /// Appends what happened since, in order: Committed, JournalFailed, JournalRecovered,
    /// HistoryRead, LogAnswered. `Committed::writes` and `JournalFailed::writes` count the effects
    /// of all batches since the start, failed ones included; entries are reported as soon as they
    /// are committed, and counted together with what was gathered before them.
    ///
    /// After a failure nothing is written until JournalRecovered was taken from here: a batch that
    /// was handed over before its maker could know of the failure is lost with what came before it,
    /// and says so with a JournalFailed of its own, and a JournalRecovered after that, when the
    /// journal was tried once more.
    void take_events(std::vector<Event>& events);

    /// Appends the answers to LogRequests that the last take_events() found, in their order. What
    /// was committed before one of them was among the events of that call, or of an earlier one.
    void take_replies(std::vector<LogReply>& replies);

    /// Readable while there may be events or replies. Owned here.
    [[nodiscard]] int descriptor() const noexcept { return posted_.descriptor(); }

    /// Writes all that was handed over, ends the thread and destroys the journal. What became of
    /// it can still be taken. Blocking: until then. Idempotent.
    void stop() noexcept;

private:
    struct Write {
        Batch batch;
        std::uint64_t writes = 0;
        std::uint64_t stores = 0;
        std::uint64_t recoveries = 0;  ///< JournalRecovered that its maker had taken.
    };
    struct Prune {
        UtcTime before;
    };
    struct SignHead {
        UtcTime now;
    };
    using Letter = std::variant<Write, ReadHistory, LogRequest, AskLog, SignHead, Prune, Task>;
    /// In one mailbox, so that their order is kept.
    using Posted = std::variant<Event, LogReply>;

    // On the journal's thread.
    void run();
    void wait();
    void on_letters(std::vector<Letter>& letters);
    void gather(Write&& write);
    [[nodiscard]] std::optional<Instant> flush_at() const;
    void flush_entries();
    void flush();
    void fail_with(const Error& error);
    void lose_gathered(const Error& error);
    void look_for_failure();
    void probe();
    void on_read(const ReadHistory& request);
    void on_read(const ReadPlaces& request);
    void on_read(const ReadLog& request);
    void on_read(const ReadEntry& request);
    void on_read(const ReadPlaced& request);
    void on_read(const ReadBeginning& request);
    void count_stores();
    void on_ask(const AskLog& question);
    bool answer(LogQuery& query);
    void on_sign_head(UtcTime now);
    void post(LogAnswered&& answered);
    [[nodiscard]] bool is_between() const;
    Result<std::vector<StoredMessage>> messages_for(const ReadHistory& request);
    void work_between();
    void post(Posted&& posted);

    // The event loop's.
    std::uint64_t recoveries_taken_ = 0;
    std::vector<Posted> taken_;      ///< Empty between two calls.
    std::vector<LogReply> replies_;  ///< Taken from the mailbox, but not from here.
    std::thread thread_;

    // Shared.
    Mailbox<Letter> letters_;
    Mailbox<Posted> posted_;

    // The journal thread's.
    const JournalThreadSettings settings_;
    const SessionsIn sessions_in_;
    std::unique_ptr<Journal> journal_;
    std::optional<Write> gathered_;  ///< Becomes the next transaction.
    std::size_t gathered_bytes_ = 0;
    Instant gathered_since_{};
    std::uint64_t writes_ = 0;      ///< Effects in all batches that were committed or lost.
    std::uint64_t stores_ = 0;      ///< Batches of the log's, likewise.
    std::uint64_t recoveries_ = 0;  ///< JournalRecovered posted.
    std::optional<Error> failure_;  ///< Why nothing is written now.
    Error last_failure_;
    Instant next_probe_{};
    std::optional<UtcTime> prune_before_;
    std::deque<Task> tasks_;  ///< Each has its turn.
    Instant worked_between_{};
};

}  // namespace crier::broker
