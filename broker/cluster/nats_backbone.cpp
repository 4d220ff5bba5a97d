#include "broker/cluster/nats_backbone.hpp"

#include <pthread.h>

#include <utility>

#include "broker/cluster/nats_worker.hpp"

namespace crier::broker {
namespace {

/// So many Fed are taken before the backbone's thread hears of it, unless there are no more.
constexpr std::uint64_t fed_taken_max = 64;

}  // namespace

Result<std::unique_ptr<NatsBackbone>> NatsBackbone::start(const NatsSettings& settings) {
    if (const Status is_right = check(settings); !is_right) return fail(is_right.error());
    // Not make_unique: the constructor is nobody else's.
    return std::unique_ptr<NatsBackbone>(new NatsBackbone(settings));
}

NatsBackbone::NatsBackbone(const NatsSettings& settings) {
    thread_ = std::thread([this, settings] {
        pthread_setname_np(pthread_self(), "crier-backbone");
        NatsWorker(settings, traffic_).run();
    });
}

NatsBackbone::~NatsBackbone() {
    stop();
}

void NatsBackbone::stop() noexcept {
    traffic_.letters.close();
    if (thread_.joinable()) thread_.join();
}

// ---- Events -------------------------------------------------------------------------------------

std::optional<BackboneEvent> NatsBackbone::next_event() {
    while (true) {
        if (next_ == taken_.size()) {
            taken_.clear();
            next_ = 0;
            traffic_.events.take_all(taken_);
        }
        const bool is_empty = taken_.empty();
        if (is_empty || fed_taken_ >= fed_taken_max) tell_of_feed();
        if (is_empty) return std::nullopt;
        NatsEvent& next = taken_[next_++];
        if (std::holds_alternative<Heard>(next.event)) --traffic_.heard_count;
        if (std::holds_alternative<Fed>(next.event)) {
            ++fed_taken_;
            if (next.feed != feed_) continue;
        }
        return std::move(next.event);
    }
}

void NatsBackbone::tell_of_feed() {
    if (feed_letter_ && traffic_.letters.post(std::move(*feed_letter_))) feed_letter_.reset();
    if (fed_taken_ == 0) return;
    if (traffic_.letters.post(NatsLetter(FedTaken{fed_taken_}))) fed_taken_ = 0;
}

// ---- What is asked ------------------------------------------------------------------------------

void NatsBackbone::publish(const MessageId& id, Bytes body, std::optional<std::uint64_t> after) {
    hand_over(PublishEntry{.id = id, .body = std::move(body), .after = after});
}

void NatsBackbone::follow(std::uint64_t from) {
    feed_ = ++last_feed_;
    hand_over(FollowStream{.feed = feed_, .from = from});
}

void NatsBackbone::stop_following() {
    feed_ = 0;
    hand_over(EndFeed{});
}

void NatsBackbone::look(std::uint64_t number) {
    hand_over(LookAt{number});
}

void NatsBackbone::read_extent() {
    hand_over(ReadExtent{});
}

void NatsBackbone::purge_below(std::uint64_t number) {
    hand_over(PurgeBelow{number});
}

void NatsBackbone::tell_all(Bytes datagram) {
    hand_over(Tell{.broker = std::nullopt, .datagram = std::move(datagram)});
}

void NatsBackbone::tell(const BrokerId& broker, Bytes datagram) {
    hand_over(Tell{.broker = broker, .datagram = std::move(datagram)});
}

/// What does not fit is answered at once; a datagram or a purge is lost, as it may be. Nobody would
/// answer for a feed: that is tried again.
void NatsBackbone::hand_over(NatsLetter&& letter) {
    const bool is_of_feed =
        std::holds_alternative<FollowStream>(letter) || std::holds_alternative<EndFeed>(letter);
    if (is_of_feed) feed_letter_.reset();
    if (traffic_.letters.post(std::move(letter))) return;
    if (is_of_feed) feed_letter_ = std::move(letter);
    const Error error{ErrorCode::overloaded, "too much waits to be sent to NATS"};
    if (const auto* entry = std::get_if<PublishEntry>(&letter)) {
        traffic_.post(NotPublished{entry->id, NotPublished::Why::not_sent, error});
    }
    const bool is_question = std::holds_alternative<LookAt>(letter) ||
                             std::holds_alternative<broker::ReadExtent>(letter);
    if (is_question) traffic_.post(NotRead{error});
}

}  // namespace crier::broker
