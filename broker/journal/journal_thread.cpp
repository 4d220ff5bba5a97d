#include "broker/journal/journal_thread.hpp"

#include <poll.h>
#include <pthread.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "broker/core/batching.hpp"
#include "shared/base/assert.hpp"

namespace crier::broker {
namespace {

/// What is posted are answers: a letter has two at most, and the loop that posts letters takes them
/// in each of its turns. So this is never reached.
constexpr std::size_t posted_max = 1u << 20;

template <class Value>
void append(std::vector<Value>& all, std::vector<Value>&& more) {
    all.insert(all.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
}

/// Roughly what a batch costs on disk.
std::size_t bytes_in(const Batch& batch) {
    std::size_t bytes = batch.facts.size() + batch.sightings.size() + batch.places.size() * 64;
    for (const Entry& entry : batch.entries) bytes += entry.body.size() + 128;
    for (const SessionRecord& session : batch.sessions) bytes += session.body.size() + 64;
    for (const Outcome& outcome : batch.outcomes) bytes += outcome.cells.size() + 32;
    for (const LateReceipt& late : batch.late_receipts) bytes += late.receipt.size() + 64;
    return bytes;
}

}  // namespace

JournalThread::JournalThread(std::unique_ptr<Journal> journal, SessionsIn sessions_in,
                             JournalThreadSettings settings)
    : letters_(settings.letters_max),
      posted_(posted_max),
      settings_(settings),
      sessions_in_(std::move(sessions_in)),
      journal_(std::move(journal)) {
    thread_ = std::thread([this] { run(); });
}

JournalThread::~JournalThread() {
    stop();
}

// ---- The event loop's side ----------------------------------------------------------------------

bool JournalThread::write(Batch& batch, std::uint64_t writes, std::uint64_t stores) {
    Letter letter(Write{.batch = std::move(batch),
                        .writes = writes,
                        .stores = stores,
                        .recoveries = recoveries_taken_});
    const bool is_posted = letters_.post(std::move(letter));
    batch = is_posted ? Batch{} : std::move(std::get<Write>(letter).batch);
    return is_posted;
}

bool JournalThread::read(const ReadHistory& request) {
    return letters_.post(Letter(request));
}

bool JournalThread::read(const LogRequest& request) {
    return letters_.post(Letter(request));
}

bool JournalThread::ask(const AskLog& question) {
    return letters_.post(Letter(question));
}

bool JournalThread::sign_head_if_due(UtcTime now) {
    return letters_.post(Letter(SignHead{now}));
}

bool JournalThread::prune(UtcTime before) {
    return letters_.post(Letter(Prune{before}));
}

bool JournalThread::run_between(Task task) {
    return letters_.post(Letter(std::move(task)));
}

void JournalThread::take_events(std::vector<Event>& events) {
    posted_.take_all(taken_);
    for (Posted& posted : taken_) {
        if (auto* reply = std::get_if<LogReply>(&posted)) {
            replies_.push_back(std::move(*reply));
            continue;
        }
        Event& event = std::get<Event>(posted);
        if (std::holds_alternative<JournalRecovered>(event)) ++recoveries_taken_;
        events.push_back(std::move(event));
    }
    taken_.clear();
}

void JournalThread::take_replies(std::vector<LogReply>& replies) {
    append(replies, std::exchange(replies_, {}));
}

void JournalThread::stop() noexcept {
    letters_.close();
    if (thread_.joinable()) thread_.join();
}

// ---- The journal's thread -----------------------------------------------------------------------

void JournalThread::run() {
    pthread_setname_np(pthread_self(), "crier-journal");
    std::vector<Letter> letters;
    bool is_stopping = false;
    while (!is_stopping) {
        wait();
        letters.clear();
        is_stopping = !letters_.take_all(letters);
        on_letters(letters);
        flush_entries();
        if (const auto at = flush_at(); at && (is_stopping || *at <= steady_now())) flush();
        if (failure_ && steady_now() >= next_probe_) probe();
        if (!is_stopping && (letters.empty() || is_between())) work_between();
    }
    tasks_.clear();
    journal_.reset();
}

void JournalThread::wait() {
    std::optional<Instant> wake = flush_at();
    if (failure_) wake = std::min(wake.value_or(next_probe_), next_probe_);
    int timeout_ms = -1;
    if (wake)
        timeout_ms = static_cast<int>(std::max(*wake - steady_now(), Milliseconds::zero()).count());
    if (prune_before_ || !tasks_.empty()) timeout_ms = 0;
    pollfd wake_up{.fd = letters_.descriptor(), .events = POLLIN, .revents = 0};
    // Interrupted or not, what follows looks for itself.
    poll(&wake_up, 1, timeout_ms);
}

void JournalThread::on_letters(std::vector<Letter>& letters) {
    for (Letter& letter : letters) {
        if (auto* write = std::get_if<Write>(&letter)) {
            gather(std::move(*write));
            continue;
        }
        flush();
        if (const auto* request = std::get_if<ReadHistory>(&letter)) on_read(*request);
        if (const auto* request = std::get_if<LogRequest>(&letter)) {
            std::visit([this](const auto& wanted) { on_read(wanted); }, *request);
        }
        if (const auto* question = std::get_if<AskLog>(&letter)) on_ask(*question);
        if (const auto* due = std::get_if<SignHead>(&letter)) on_sign_head(due->now);
        if (const auto* prune = std::get_if<Prune>(&letter)) prune_before_ = prune->before;
        if (auto* task = std::get_if<Task>(&letter)) tasks_.push_back(std::move(*task));
    }
}

/// When what is gathered is to be written; nullopt: there is nothing.
std::optional<Instant> JournalThread::flush_at() const {
    if (!gathered_) return std::nullopt;
    const Batch& batch = gathered_->batch;
    const bool is_awaited = !batch.entries.empty() || !batch.sessions.empty();
    if (is_awaited || failure_) return gathered_since_;
    return gathered_since_ + settings_.patience;
}

void JournalThread::gather(Write&& write) {
    const std::size_t bytes = bytes_in(write.batch);
    if (gathered_ && (gathered_->recoveries != write.recoveries || write.batch.begins_behind ||
                      gathered_bytes_ + bytes > settings_.transaction_bytes_max)) {
        flush();
    }
    if (!gathered_) {
        gathered_ = std::move(write);
        gathered_bytes_ = bytes;
        gathered_since_ = steady_now();
        return;
    }
    broker::gather(gathered_->batch, std::move(write.batch));
    gathered_->writes += write.writes;
    gathered_->stores += write.stores;
    gathered_bytes_ += bytes;
}

/// An operator waits for its entry and nobody for the receipts beside it: those can wait, and then
/// cost the next entries nothing. A session waits for everything before its record, so then all
/// that was gathered goes at once.
void JournalThread::flush_entries() {
    if (!gathered_ || gathered_->batch.entries.empty()) return;
    const bool is_all_awaited = !gathered_->batch.sessions.empty();
    if (is_all_awaited || failure_ || gathered_->recoveries != recoveries_) return flush();
    Batch& all = gathered_->batch;
    Batch first;
    swap_entries(first, all);
    if (all.empty()) {  // Nothing is left that could wait.
        swap_entries(first, all);
        return flush();
    }
    Result<std::vector<EntryResult>> results = journal_->append(first);
    if (!results) return fail_with(results.error());
    post(Committed{.writes = writes_, .entries = std::move(*results)});
    count_stores();
}

/// What the log has brought goes with the entries, and all of it is on the disk now.
void JournalThread::count_stores() {
    const std::uint64_t stores = std::exchange(gathered_->stores, 0);
    if (stores == 0) return;
    stores_ += stores;
    post(LogReply(Stored{stores_}));
}

void JournalThread::flush() {
    if (!gathered_) return;
    if (failure_) return lose_gathered(*failure_);
    // Its maker is behind. Told of a recovery at once it would stay so: what it writes then would
    // be on its way when the next one is told for what it has on its way now, and so on.
    if (gathered_->recoveries != recoveries_) return fail_with(last_failure_);
    Result<std::vector<EntryResult>> results = journal_->append(gathered_->batch);
    if (!results) return fail_with(results.error());
    writes_ += gathered_->writes;
    post(Committed{.writes = writes_, .entries = std::move(*results)});
    count_stores();
    gathered_.reset();
    journal_->tidy();
}

void JournalThread::fail_with(const Error& error) {
    failure_ = last_failure_ = error;
    next_probe_ = steady_now() + settings_.probe_interval;
    lose_gathered(error);
}

void JournalThread::lose_gathered(const Error& error) {
    if (gathered_) {
        writes_ += gathered_->writes;
        stores_ += gathered_->stores;
    }
    gathered_.reset();
    post(JournalFailed{.error = error, .writes = writes_});
    post(LogReply(StoreFailed{error}));
}

/// After a read or a pruning that failed: the journal may take nothing more since then, and nobody
/// should have to send something to learn it.
void JournalThread::look_for_failure() {
    if (failure_ || gathered_) return;  // It is known, or the next batch shows it.
    const Result<std::vector<EntryResult>> written = journal_->append(Batch{});
    if (!written) fail_with(written.error());
}

/// An empty batch is the smallest one there is.
void JournalThread::probe() {
    const Result<std::vector<EntryResult>> written = journal_->append(Batch{});
    if (!written) {
        failure_ = last_failure_ = written.error();
        next_probe_ = steady_now() + settings_.probe_interval;
        return;
    }
    failure_.reset();
    ++recoveries_;
    post(JournalRecovered{});
    post(LogReply(StoreRecovered{}));
    journal_->tidy();
}

// ---- Reading ------------------------------------------------------------------------------------

void JournalThread::on_read(const ReadHistory& request) {
    HistoryRead answer{.ticket = request.ticket, .messages = messages_for(request), .sessions = {}};
    std::vector<std::uint32_t> numbers = request.sessions;
    if (answer.messages && request.with_sessions) {
        for (const StoredMessage& message : *answer.messages) {
            append(numbers, sessions_in_(message));
        }
    }
    if (answer.messages && !numbers.empty()) {
        Result<std::vector<SessionRecord>> sessions = journal_->read_sessions(numbers);
        if (sessions) {
            answer.sessions = std::move(*sessions);
        } else {
            answer.messages = fail(std::move(sessions.error()));
        }
    }
    const bool is_failed = !answer.messages;
    post(std::move(answer));
    if (is_failed) look_for_failure();
}

Result<std::vector<StoredMessage>> JournalThread::messages_for(const ReadHistory& request) {
    if (!request.id) return journal_->read_messages(request.before, request.count_max);
    Result<std::optional<StoredMessage>> found = journal_->read_message(*request.id);
    if (!found) return fail(std::move(found.error()));
    std::vector<StoredMessage> messages;
    if (*found) messages.push_back(std::move(**found));
    return messages;
}

void JournalThread::on_read(const ReadPlaces& request) {
    PlacesRead answer{request.ticket, journal_->read_places(request.before, request.count_max)};
    const bool is_failed = !answer.places;
    post(LogReply(std::move(answer)));
    if (is_failed) look_for_failure();
}

void JournalThread::on_read(const ReadLog& request) {
    LogRead answer{request.ticket, journal_->read_log(request.after, request.count_max)};
    const bool is_failed = !answer.entries;
    post(LogReply(std::move(answer)));
    if (is_failed) look_for_failure();
}

void JournalThread::on_read(const ReadEntry& request) {
    const Result<std::optional<StoredMessage>> found = journal_->read_message(request.id);
    EntryRead answer{request.ticket, std::optional<Entry>{}};
    if (!found) answer.entry = fail(found.error());
    if (found && *found) answer.entry = (*found)->entry.entry;
    post(LogReply(std::move(answer)));
    if (!found) look_for_failure();
}

void JournalThread::on_read(const ReadPlaced& request) {
    PlacedRead answer{request.ticket, journal_->read_placed(request.after, request.count_max)};
    const bool is_failed = !answer.entries;
    post(LogReply(std::move(answer)));
    if (is_failed) look_for_failure();
}

void JournalThread::on_read(const ReadBeginning& request) {
    BeginningRead answer{request.ticket, journal_->read_audit(0, 1).map(beginning_in)};
    const bool is_failed = !answer.pruned;
    post(LogReply(std::move(answer)));
    if (is_failed) look_for_failure();
}

// ---- The log ------------------------------------------------------------------------------------

/// Most are answered at once; a check of everything goes on between batches.
void JournalThread::on_ask(const AskLog& question) {
    auto query = std::make_shared<LogQuery>(question);
    if (answer(*query)) return;
    tasks_.emplace_back([this, query] { return !answer(*query); });
}

/// False: there is more to do.
bool JournalThread::answer(LogQuery& query) {
    std::optional<LogAnswered> answered = query.work(*journal_);
    if (answered) post(std::move(*answered));
    return answered.has_value();
}

void JournalThread::on_sign_head(UtcTime now) {
    if (failure_) return;  // It is asked for again.
    if (auto answered = broker::sign_head_if_due(*journal_, now)) post(std::move(*answered));
}

void JournalThread::post(LogAnswered&& answered) {
    const bool is_failed = !answered.answer;
    post(Event(std::move(answered)));
    if (is_failed) look_for_failure();
}

// ---- Between batches ----------------------------------------------------------------------------

/// Letters may come without end; work of this kind would then never be done.
bool JournalThread::is_between() const {
    const bool has_work = prune_before_ || !tasks_.empty();
    return has_work && steady_now() - worked_between_ >= settings_.between_interval;
}

void JournalThread::work_between() {
    worked_between_ = steady_now();
    if (prune_before_) {
        const Result<std::size_t> went = journal_->prune(*prune_before_, settings_.prune_count_max);
        // Pruning is asked for again some other day.
        if (!went || *went == 0) prune_before_.reset();
        if (!went) look_for_failure();
        // Now there may be room.
        if (failure_) next_probe_ = steady_now();
        journal_->tidy();
        return;
    }
    if (tasks_.empty()) return;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    if (task()) tasks_.push_back(std::move(task));
}

void JournalThread::post(Posted&& posted) {
    const bool is_posted = posted_.post(std::move(posted));
    CRIER_ASSERT(is_posted, "the event loop takes events in each of its turns");
}

}  // namespace crier::broker
