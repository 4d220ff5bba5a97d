#include "tests/simulation/disk.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "broker/core/batching.hpp"
#include "broker/core/outcome.hpp"
#include "broker/journal/journal_thread.hpp"
#include "broker/journal/log_query.hpp"
#include "shared/base/assert.hpp"

namespace crier::simulation {

using namespace broker;

namespace {

const Error full{ErrorCode::storage_failed, "full"};

}  // namespace

void Disk::write(Batch batch, std::uint64_t writes, std::uint64_t stores) {
    letters_.emplace_back(Write{std::move(batch), writes, stores, recoveries_taken_});
    if (!is_working_) begin();
}

void Disk::read(ReadHistory wanted) {
    letters_.emplace_back(std::move(wanted));
    if (!is_working_) begin();
}

void Disk::read(LogRequest wanted) {
    letters_.emplace_back(std::move(wanted));
    if (!is_working_) begin();
}

void Disk::ask(AskLog question) {
    letters_.emplace_back(std::move(question));
    if (!is_working_) begin();
}

void Disk::begin() {
    is_working_ = true;
    world_.after(world_.delay(), [this, life = life_, count = letters_.size()] {
        if (life == life_) work(count);
    });
}

void Disk::work(std::size_t count) {
    take(count);
    flush_entries();
    if (gathered_ && (is_awaited() || is_full_)) flush();
    if (gathered_) flush_later();
    is_working_ = false;
    if (!letters_.empty()) begin();
}

/// Writes that follow one another are one transaction, as long as they can have one fate.
void Disk::take(std::size_t count) {
    for (; count > 0; --count) {
        Letter letter = std::move(letters_.front());
        letters_.pop_front();
        if (auto* write = std::get_if<Write>(&letter)) {
            gather_up(std::move(*write));
            continue;
        }
        flush();
        if (const auto* wanted = std::get_if<ReadHistory>(&letter)) on_read(*wanted);
        if (const auto* request = std::get_if<LogRequest>(&letter)) {
            std::visit([this](const auto& wanted) { on_read(wanted); }, *request);
        }
        if (auto* question = std::get_if<AskLog>(&letter)) on_ask(std::move(*question));
    }
}

void Disk::gather_up(Write write) {
    if (gathered_ && gathered_->recoveries != write.recoveries) flush();
    if (!gathered_) {
        gathered_ = std::move(write);
        gatherings_ += 1;
        return;
    }
    gather(gathered_->batch, std::move(write.batch));
    gathered_->writes += write.writes;
    gathered_->stores += write.stores;
}

bool Disk::is_awaited() const {
    return !gathered_->batch.entries.empty() || !gathered_->batch.sessions.empty();
}

/// Entries go ahead of what nobody waits for. With a session's record goes all that was gathered.
void Disk::flush_entries() {
    if (!gathered_ || gathered_->batch.entries.empty()) return;
    Batch first;
    swap_entries(first, gathered_->batch);
    if (gathered_->batch.empty() || !gathered_->batch.sessions.empty() ||
        gathered_->recoveries != recoveries_) {
        swap_entries(first, gathered_->batch);
        return flush();
    }
    if (!has_room()) return lose();
    entries_ahead_ += 1;
    post({Committed{writes_, append(first)}, {}});
    count_stores();
}

/// What the log has brought goes with the entries.
void Disk::count_stores() {
    const std::uint64_t stores = std::exchange(gathered_->stores, 0);
    if (stores == 0) return;
    stores_ += stores;
    post({{}, Stored{stores_}});
}

void Disk::flush() {
    if (!gathered_) return;
    if (!has_room()) return lose();
    if (gathered_->recoveries != recoveries_) {
        fill();  // Lost as if it were full again: the next try comes later.
        return lose();
    }
    writes_ += gathered_->writes;
    post({Committed{writes_, append(gathered_->batch)}, {}});
    count_stores();
    gathered_.reset();
}

void Disk::flush_later() {
    const Milliseconds patience = JournalThreadSettings{}.patience;
    world_.after(patience, [this, life = life_, gathering = gatherings_] {
        if (life == life_ && gathering == gatherings_) flush();
    });
}

bool Disk::has_room() {
    if (!is_full_ && world_.strikes(world_.weather.disk_full_odds)) fill();
    return !is_full_;
}

std::vector<EntryResult> Disk::append(const Batch& batch) {
    auto results = journal_.append(batch);
    CRIER_ASSERT(results.has_value(), "nothing makes this append fail");
    contents_.on_written(batch, *results, world_.now().utc + ahead_);
    return std::move(*results);
}

void Disk::lose() {
    writes_ += gathered_->writes;
    stores_ += gathered_->stores;
    gathered_.reset();
    post({JournalFailed{full, writes_}, StoreFailed{full}});
}

void Disk::fill() {
    world_.trace("the disk is full");
    is_full_ = true;
    world_.after(world_.chance.between(10, 2'000), [this, life = life_] {
        if (life == life_) recover();
    });
}

void Disk::recover() {
    is_full_ = false;
    ++recoveries_;
    post({JournalRecovered{}, StoreRecovered{}});
}

void Disk::on_read(const ReadHistory& wanted) {
    HistoryRead done{wanted.ticket, {}, {}};
    if (wanted.id) {
        auto one = journal_.read_message(*wanted.id);
        if (one && *one) done.messages->push_back(std::move(**one));
    } else {
        done.messages = journal_.read_messages(wanted.before, wanted.count_max);
    }
    std::vector<std::uint32_t> numbers = wanted.sessions;
    for (const StoredMessage& message : *done.messages) {
        if (!wanted.with_sessions) break;
        const std::vector<std::uint32_t> named = sessions_in(message);
        numbers.insert(numbers.end(), named.begin(), named.end());
    }
    done.sessions = *journal_.read_sessions(numbers);
    post({std::move(done), {}});
}

void Disk::on_read(const ReadPlaces& wanted) {
    post({{}, PlacesRead{wanted.ticket, journal_.read_places(wanted.before, wanted.count_max)}});
}

void Disk::on_read(const ReadLog& wanted) {
    post({{}, LogRead{wanted.ticket, journal_.read_log(wanted.after, wanted.count_max)}});
}

void Disk::on_read(const ReadEntry& wanted) {
    const auto found = journal_.read_message(wanted.id);
    EntryRead done{wanted.ticket, std::optional<Entry>{}};
    if (found && *found) done.entry = (*found)->entry.entry;
    post({{}, std::move(done)});
}

void Disk::on_read(const ReadPlaced& wanted) {
    post({{}, PlacedRead{wanted.ticket, journal_.read_placed(wanted.after, wanted.count_max)}});
}

void Disk::on_read(const ReadBeginning& wanted) {
    post({{}, BeginningRead{wanted.ticket, journal_.read_audit(0, 1).map(beginning_in)}});
}

void Disk::on_ask(AskLog question) {
    LogQuery query(std::move(question));
    std::optional<LogAnswered> answered;
    while (!answered) answered = query.work(journal_);
    post({std::move(*answered), {}});
}

/// The maker hears of it a little later, and of everything in order.
void Disk::post(Posted posted) {
    last_arrival_ = std::max(last_arrival_, world_.now().steady + world_.chance.between(0, 2));
    world_.at(last_arrival_, [this, life = life_, posted = std::move(posted)]() mutable {
        if (life != life_) return;
        if (posted.event && std::holds_alternative<JournalRecovered>(*posted.event)) {
            ++recoveries_taken_;
        }
        if (posted.event) sink_(*posted.event);
        if (posted.reply && reply_sink_ && life == life_) reply_sink_(std::move(*posted.reply));
    });
}

void Disk::crash() {
    if (!is_full_) {
        take(world_.chance.below(letters_.size() + 1));
        if (world_.chance.one_in(2)) flush_entries();
        if (world_.chance.one_in(2)) flush();
    }
    life_ += 1;  // Nobody hears of it.
    letters_.clear();
    gathered_.reset();
    is_working_ = is_full_ = false;
    writes_ = stores_ = recoveries_ = recoveries_taken_ = 0;
    last_arrival_ = {};
}

}  // namespace crier::simulation
