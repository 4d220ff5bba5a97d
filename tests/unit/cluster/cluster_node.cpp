#include "tests/unit/cluster/cluster_node.hpp"

#include <algorithm>

namespace crier::testing {

using namespace broker;  // NOLINT: everything here is of the broker.

MessageId message_id(std::uint64_t number) {
    MessageId id;
    for (std::size_t index = 0; index < 8; ++index) {
        id.bytes[15 - index] = static_cast<std::uint8_t>(number >> (8 * index));
    }
    id.bytes[0] = 0xe1;
    return id;
}

BrokerId broker_id(std::size_t number) {
    BrokerId id;
    id.bytes.front() = 0xb0;
    id.bytes.back() = static_cast<std::uint8_t>(number);
    return id;
}

Entry entry_number(std::uint64_t number) {
    Entry entry;
    entry.id = message_id(number);
    entry.at = utc_from_ms(1'000'000);
    entry.principal = "ops";
    entry.body = Bytes(entry.id.bytes.begin(), entry.id.bytes.end());
    entry.content_hash = blake2b(entry.body);
    return entry;
}

Entry change_number(std::uint64_t number, std::uint64_t about) {
    Entry entry = entry_number(number);
    entry.kind = EntryKind::update;
    entry.about = message_id(about);
    return entry;
}

const Secret& cluster_key() {
    static const Secret key(Bytes32{7, 7, 7});
    return key;
}

// ---- Places -------------------------------------------------------------------------------------

void PlaceKeeper::keep(const Batch& batch, const std::vector<EntryResult>& results) {
    for (std::size_t index = 0; index < batch.places.size(); ++index) {
        if (results[index].is_orphan) continue;
        const StoredEntry& stored = results[index].stored;
        const LogPosition at = batch.places[index];
        if (const auto earlier = by_seq_.find(stored.seq); earlier != by_seq_.end()) {
            places_.erase(earlier->second);
            by_seq_.erase(earlier);
        }
        if (const auto displaced = places_.find(at); displaced != places_.end()) {
            by_seq_.erase(displaced->second.seq);
        }
        places_[at] = {at, stored.seq, stored.entry.id};
        by_seq_[stored.seq] = at;
    }
    if (batch.cursor) cursor = batch.cursor;
}

std::vector<Place> PlaceKeeper::read(std::optional<LogPosition> before,
                                     std::size_t count_max) const {
    std::vector<Place> places;
    auto next = std::make_reverse_iterator(before ? places_.lower_bound(*before) : places_.end());
    for (; next != places_.rend() && places.size() < count_max; ++next) {
        places.push_back(next->second);
    }
    return places;
}

std::optional<LogPosition> PlaceKeeper::place_of(std::uint64_t seq) const {
    const auto found = by_seq_.find(seq);
    return found == by_seq_.end() ? std::nullopt : std::optional(found->second);
}

// ---- The node -----------------------------------------------------------------------------------

ClusterNode::ClusterNode(std::size_t number, MemoryStream& stream, std::uint64_t seed)
    : number_(number), stream_(stream), backbone_(stream.attach()), random_(seed + number) {
    settings.broker = broker_id(number);
    settings.key = cluster_key();
}

Moment ClusterNode::moment() const {
    return {now_, utc_from_ms(0) + now_.time_since_epoch() + clock_offset};
}

void ClusterNode::start(Instant now) {
    now_ = now;
    writes_ = 0;
    is_ready_ = false;
    is_disk_broken_ = false;
    std::size_t unplaced = 0;
    for (const AuditRow& row : rows_behind(0, 1'000'000)) {
        if (!disk.places.place_of(row.entry.stored.seq)) ++unplaced;
    }
    OrderingEffects effects;
    ordering_ =
        std::make_unique<Ordering>(settings, disk.places.cursor, unplaced, moment(), effects);
    perform(std::move(effects));
    stream_.connect(number_);
}

void ClusterNode::crash() {
    ordering_.reset();
    crash_after.reset();
    open.clear();
    stream_.crash(number_);
    std::size_t written = is_disk_broken_ || jobs_.empty() ? 0 : random_() % (jobs_.size() + 1);
    for (auto& [due, job] : jobs_) {
        if (written-- == 0) break;
        if (const auto* last = std::get_if<Write>(&job)) write(*last);
    }
    jobs_.clear();
}

void ClusterNode::propose(const Entry& entry, bool is_own) {
    open.insert(entry.id);
    step(Propose{entry, is_own});
}

void ClusterNode::step(const OrderingEvent& event) {
    OrderingEffects effects;
    ordering_->step(event, moment(), effects);
    perform(std::move(effects));
}

bool ClusterNode::turn(Instant now) {
    now_ = now;
    bool has_done = false;
    while (is_running()) {
        if (!jobs_.empty() && jobs_.front().first <= now_) {
            Job job = std::move(jobs_.front().second);
            jobs_.pop_front();
            run(job);
        } else if (const auto deadline = ordering_->next_deadline();
                   deadline && *deadline <= now_) {
            step(TimePassed{});
        } else if (auto event = stream_.take(number_)) {
            std::visit(
                [this](auto& heard) {
                    using Heard_ = std::decay_t<decltype(heard)>;
                    if constexpr (!std::is_same_v<Heard_, Heard>) step(OrderingEvent(heard));
                },
                *event);
        } else {
            break;
        }
        has_done = true;
    }
    return has_done;
}

std::optional<Instant> ClusterNode::next() const {
    if (!is_running()) return std::nullopt;
    std::optional<Instant> next = ordering_->next_deadline();
    if (!jobs_.empty()) next = next ? std::min(*next, jobs_.front().first) : jobs_.front().first;
    return next;
}

// ---- Effects ------------------------------------------------------------------------------------

void ClusterNode::perform(OrderingEffects effects) {
    for (OrderingEffect& effect : effects) {
        if (crash_after && (*crash_after)-- == 0) return crash();
        perform(effect);
    }
}

void ClusterNode::perform(OrderingEffect& effect) {
    if (auto* wanted = std::get_if<Publish>(&effect)) {
        backbone_.publish(wanted->id, std::move(wanted->body), wanted->after);
    } else if (const auto* from = std::get_if<Follow>(&effect)) {
        backbone_.follow(from->from);
    } else if (std::holds_alternative<StopFollowing>(effect)) {
        backbone_.stop_following();
    } else if (const auto* at = std::get_if<Look>(&effect)) {
        backbone_.look(at->number);
    } else if (std::holds_alternative<ReadExtent>(effect)) {
        backbone_.read_extent();
    } else if (const auto* below = std::get_if<PurgeBelow>(&effect)) {
        backbone_.purge_below(below->number);
    } else if (auto* stored = std::get_if<Store>(&effect)) {
        queue(Write{std::move(stored->batch), ++writes_});
    } else if (auto* places = std::get_if<ReadPlaces>(&effect)) {
        queue(*places);
    } else if (auto* log = std::get_if<ReadLog>(&effect)) {
        queue(*log);
    } else if (auto* entry = std::get_if<ReadEntry>(&effect)) {
        queue(*entry);
    } else if (const auto* peer = std::get_if<AskPeer>(&effect)) {
        asked_peers.push_back(peer->after);
    } else if (const auto* no = std::get_if<Refuse>(&effect)) {
        if (open.erase(no->id) == 0) violations.push_back("an answer for what is not asked");
        refused[no->id] = no->error.code;
    } else if (const auto* state = std::get_if<StateChanged>(&effect)) {
        is_ready_ = !state->problem;
        problem = state->problem;
    } else {
        notices_.push_back(std::get<OrderingNotice>(effect));
    }
}

void ClusterNode::queue(Job job) {
    const auto most = static_cast<std::uint64_t>(disk_delay_max.count());
    Instant due = now_ + Milliseconds(static_cast<std::int64_t>(random_() % (most + 1)));
    if (!jobs_.empty()) due = std::max(due, jobs_.back().first);
    jobs_.emplace_back(due, std::move(job));
}

void ClusterNode::run(Job& job) {
    if (const auto* wanted = std::get_if<Write>(&job)) {
        if (!is_disk_broken_) {
            write(*wanted);
            for (const Entry& entry : wanted->batch.entries) {
                if (open.erase(entry.id) > 0) accepted.insert(entry.id);
            }
            return step(Stored{wanted->number});
        }
        std::erase_if(jobs_,
                      [](const auto& one) { return std::holds_alternative<Write>(one.second); });
        return step(StoreFailed{{ErrorCode::storage_failed, "the disk is full"}});
    }
    if (const auto* places = std::get_if<ReadPlaces>(&job)) {
        return step(
            PlacesRead{places->ticket, disk.places.read(places->before, places->count_max)});
    }
    if (const auto* log = std::get_if<ReadLog>(&job)) {
        std::vector<PlacedEntry> entries;
        for (const AuditRow& row : rows_behind(log->after, log->count_max)) {
            entries.push_back({row.entry, disk.places.place_of(row.entry.stored.seq)});
        }
        return step(LogRead{log->ticket, std::move(entries)});
    }
    const auto& wanted = std::get<ReadEntry>(job);
    const auto found = *disk.journal.read_message(wanted.id);
    step(EntryRead{wanted.ticket, found ? std::optional(found->entry.entry) : std::nullopt});
}

void ClusterNode::write(const Write& job) {
    disk.places.keep(job.batch, *disk.journal.append(job.batch));
}

std::vector<AuditRow> ClusterNode::rows_behind(std::uint64_t seq, std::size_t count_max) {
    return std::move(disk.journal.read_audit(seq, count_max)->rows);
}

void ClusterNode::recover_disk() {
    if (!std::exchange(is_disk_broken_, false) || !is_running()) return;
    step(StoreRecovered{});
}

// ---- What came of it ----------------------------------------------------------------------------

std::vector<MessageId> ClusterNode::stored() {
    std::vector<MessageId> ids;
    for (const AuditRow& row : rows_behind(0, 1'000'000)) {
        ids.push_back(row.entry.stored.entry.id);
    }
    return ids;
}

std::size_t ClusterNode::count_of(OrderingFact fact) const {
    return noticed(fact).size();
}

std::vector<OrderingNotice> ClusterNode::noticed(OrderingFact fact) const {
    std::vector<OrderingNotice> found;
    std::copy_if(notices_.begin(), notices_.end(), std::back_inserter(found),
                 [&](const OrderingNotice& notice) { return notice.fact == fact; });
    return found;
}

}  // namespace crier::testing
