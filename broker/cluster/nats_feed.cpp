#include "broker/cluster/nats_feed.hpp"

#include <algorithm>
#include <utility>

namespace crier::broker {
namespace {

/// With more than so many fed and not taken the consumer is not told to go on. It stops some time
/// after it has asked: it may have sent 32 MiB by then (JsFlowControlMaxPending).
constexpr std::uint64_t unread_max = 4'096;
constexpr Milliseconds heartbeat{1'000};
/// A consumer that is silent for so long is lost.
constexpr Milliseconds silence_max{2'500};
constexpr Milliseconds make_patience{1'500};

}  // namespace

NatsFeed::NatsFeed(NatsRequests& requests, const NatsStream& stream, Feed feed,
                   std::function<void()> lost)
    : requests_(requests), stream_(stream), feed_(std::move(feed)), lost_(std::move(lost)) {}

/// Each has an inbox of its own, so that what an earlier one still sends is told apart.
void NatsFeed::begin(std::uint64_t from) {
    end();
    is_feeding_ = true;
    next_ = std::max<std::uint64_t>(from, 1);
    const Result<std::string> inbox = requests_.open_inbox();
    if (!inbox) return lose();
    inbox_ = *inbox;
    heard_ = steady_now();
    requests_.ask(
        stream_.api("CONSUMER.CREATE"),
        create_consumer_request(stream_.name(), inbox_, next_, heartbeat), make_patience,
        [this, made = inbox_](const NatsRequests::Reply& reply) { on_made(made, reply); });
}

/// The consumer goes by itself, as nobody listens any more.
void NatsFeed::end() {
    if (!inbox_.empty()) requests_.close_inbox(inbox_);
    inbox_.clear();
    waits_at_.clear();
    delivered_ = 0;
    is_feeding_ = false;
}

void NatsFeed::lose() {
    end();
    lost_();
}

void NatsFeed::on_taken(std::uint64_t count) {
    unread_ -= std::min(unread_, count);
    let_go_on();
}

/// What it delivers may have come before this.
void NatsFeed::on_made(const std::string& inbox, const NatsRequests::Reply& reply) {
    if (inbox != inbox_) return;
    if (!reply || !read_outcome(reply->data)) lose();
}

void NatsFeed::on_message(const NatsMessage& message) {
    if (inbox_.empty() || message.heard_as != inbox_) return;
    heard_ = steady_now();
    if (message.status != 0) return on_status(message);
    on_delivery(message);
}

void NatsFeed::on_delivery(const NatsMessage& message) {
    const auto delivery = read_delivery(message.reply);
    if (!delivery) return;  // Somebody has guessed the inbox.
    if (delivery->delivered != delivered_ + 1) return lose();
    ++delivered_;
    // A consumer begins behind what there is, if that is less than it was asked for. Should the
    // stream be shorter than it was, its extent shows it.
    if (delivery->number < next_) return;
    next_ = delivery->number + 1;
    ++unread_;
    feed_({.number = delivery->number,
           .time = delivery->time,
           .id = message.id ? read_message_id(*message.id) : std::nullopt,
           .body = Bytes(message.data.begin(), message.data.end())});
}

/// A question whether it may go on has a reply subject; a heartbeat names that of a question whose
/// answer was lost.
void NatsFeed::on_status(const NatsMessage& message) {
    constexpr std::uint32_t it_is_there = 100;
    if (message.status != it_is_there) return lose();
    if (message.last_delivered.value_or(delivered_) != delivered_) return lose();
    waits_at_ = message.reply.empty() ? message.stalled : message.reply;
    let_go_on();
}

void NatsFeed::let_go_on() {
    if (waits_at_.empty() || unread_ > unread_max) return;
    requests_.tell(waits_at_, {});
    waits_at_.clear();
}

void NatsFeed::on_time(Instant at) {
    if (!inbox_.empty() && at - heard_ > silence_max) lose();
}

}  // namespace crier::broker
