#include "tests/simulation/disk.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "broker/core/batching.hpp"
#include "broker/core/outcome.hpp"
#include "shared/base/assert.hpp"

namespace crier::simulation {

using namespace broker;

namespace {

const Error full{ErrorCode::storage_failed, "full"};

}  // namespace

void Disk::write(Batch batch, std::uint64_t writes) {
    letters_.emplace_back(Write{std::move(batch), writes, recoveries_taken_});
    if (!is_working_) begin();
}

void Disk::read(ReadHistory wanted) {
    letters_.emplace_back(std::move(wanted));
    if (!is_working_) begin();
}

void Disk::begin() {
    is_working_ = true;
    world_.after(world_.delay(), [this, life = life_, count = letters_.size()] {
        if (life == life_) work(count);
    });
}

/// Writes that follow one another are one transaction, as long as they can have one fate.
void Disk::work(std::size_t count) {
    std::optional<Write> gathered;
    const auto flush = [&] {
        if (gathered) on_write(*std::exchange(gathered, std::nullopt));
    };
    for (; count > 0; --count) {
        Letter letter = std::move(letters_.front());
        letters_.pop_front();
        if (const auto* wanted = std::get_if<ReadHistory>(&letter)) {
            flush();
            on_read(*wanted);
            continue;
        }
        Write& write = std::get<Write>(letter);
        if (gathered && gathered->recoveries != write.recoveries) flush();
        if (gathered) {
            gather(gathered->batch, std::move(write.batch));
            gathered->writes += write.writes;
        } else {
            gathered = std::move(write);
        }
    }
    flush();
    is_working_ = false;
    if (!letters_.empty()) begin();
}

void Disk::on_write(Write write) {
    if (!is_full_ && world_.strikes(world_.weather.disk_full_odds)) fill();
    if (is_full_) return lose(write.writes);
    if (write.recoveries != recoveries_) {
        lose(write.writes);
        ++recoveries_;
        return post(JournalRecovered{});
    }
    writes_ += write.writes;
    post(Committed{writes_, append(write.batch)});
}

std::vector<EntryResult> Disk::append(const Batch& batch) {
    auto results = journal_.append(batch);
    CRIER_ASSERT(results.has_value(), "nothing makes this append fail");
    contents_.on_written(batch, *results);
    return std::move(*results);
}

void Disk::lose(std::uint64_t writes) {
    writes_ += writes;
    post(JournalFailed{full, writes_});
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
    post(JournalRecovered{});
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
    post(std::move(done));
}

/// The maker hears of it a little later, and of everything in order.
void Disk::post(Event event) {
    last_arrival_ = std::max(last_arrival_, world_.now().steady + world_.chance.between(0, 2));
    world_.at(last_arrival_, [this, life = life_, event = std::move(event)] {
        if (life != life_) return;
        if (std::holds_alternative<JournalRecovered>(event)) ++recoveries_taken_;
        sink_(event);
    });
}

void Disk::crash() {
    std::uint64_t written = world_.chance.below(letters_.size() + 1);
    if (is_full_) written = 0;
    for (const Letter& letter : letters_) {
        if (written-- == 0) break;
        const auto* write = std::get_if<Write>(&letter);
        if (write == nullptr) continue;
        if (write->recoveries != recoveries_) break;
        append(write->batch);
    }
    life_ += 1;
    letters_.clear();
    is_working_ = is_full_ = false;
    writes_ = recoveries_ = recoveries_taken_ = 0;
    last_arrival_ = {};
}

}  // namespace crier::simulation
