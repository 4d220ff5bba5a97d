#include "tests/support/cluster_node.hpp"

#include <algorithm>

#include "broker/cluster/log_copy.hpp"

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

// ---- The node -----------------------------------------------------------------------------------

ClusterNode::ClusterNode(std::size_t number, MemoryStream& stream, std::uint64_t seed)
    : number_(number), stream_(stream), backbone_(stream.attach()), random_(seed + number) {
    settings.broker = broker_id(number);
    settings.key = cluster_key();
    know_members({broker_id(0), broker_id(1), broker_id(2)});
}

void ClusterNode::know_members(std::vector<BrokerId> list) {
    Batch batch;
    batch.members = std::move(list);
    static_cast<void>(journal->append(batch));
}

Moment ClusterNode::moment() const {
    return {now_, utc_from_ms(0) + now_.time_since_epoch() + clock_offset};
}

void ClusterNode::start(Instant now) {
    now_ = now;
    writes_ = 0;
    is_ready_ = false;
    is_disk_broken_ = false;
    OrderingEffects effects;
    ordering_ = std::make_unique<Ordering>(settings, *journal->recover(), moment(), effects);
    perform(std::move(effects));
    stream_.connect(number_);
}

void ClusterNode::crash() {
    ordering_.reset();
    asks.reset();
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
    } else if (std::holds_alternative<AskExtent>(effect)) {
        backbone_.read_extent();
    } else if (const auto* below = std::get_if<PurgeStream>(&effect)) {
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
        asks = peer->after;
        is_asking = true;
    } else if (const auto* no = std::get_if<Refuse>(&effect)) {
        if (open.erase(no->id) == 0) violations.push_back("an answer for what is not asked");
        refused[no->id] = no->error.code;
    } else if (const auto* changed = std::get_if<MembersChanged>(&effect)) {
        members = changed->members;
        forgotten = changed->forgotten;
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
            PlacesRead{places->ticket, journal->read_places(places->before, places->count_max)});
    }
    if (const auto* log = std::get_if<ReadLog>(&job)) {
        return step(LogRead{log->ticket, journal->read_log(log->after, log->count_max)});
    }
    const auto& wanted = std::get<ReadEntry>(job);
    const auto found = *journal->read_message(wanted.id);
    step(EntryRead{wanted.ticket, found ? std::optional(found->entry.entry) : std::nullopt});
}

void ClusterNode::write(const Write& job) {
    const auto results = journal->append(job.batch);
    if (!results) return violations.push_back("the journal refuses a batch");
    if (on_written) on_written(*results);
}

bool ClusterNode::can_be_copied() const {
    return is_running() && jobs_.empty() && ordering_->followed_cursor();
}

PeerEntries ClusterNode::copy_behind(const LogPosition& place, std::size_t count_max) {
    const std::vector<PlacedEntry> log = *journal->read_placed(place, count_max);
    PeerEntries copy = copy_of(log, place, *ordering_->followed_cursor(), log.size() < count_max);
    if (copy.is_last) copy.members = ordering_->members();
    return copy;
}

void ClusterNode::recover_disk() {
    if (!std::exchange(is_disk_broken_, false) || !is_running()) return;
    step(StoreRecovered{});
}

// ---- What came of it ----------------------------------------------------------------------------

std::vector<MessageId> ClusterNode::stored() {
    std::vector<MessageId> ids;
    const std::vector<PlacedEntry> log = *journal->read_log(0, 1'000'000);
    for (const PlacedEntry& placed : log) ids.push_back(placed.entry.stored.entry.id);
    return ids;
}

std::optional<LogPosition> ClusterNode::place_of(std::uint64_t seq) {
    return journal->read_log(seq - 1, 1)->at(0).place;
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
