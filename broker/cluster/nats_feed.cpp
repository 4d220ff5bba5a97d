#include "broker/cluster/nats_feed.hpp"

#include <algorithm>
#include <utility>

namespace crier::broker {
namespace {

constexpr std::uint64_t pull_count = 256;
/// Fed and not taken, and on its way, together: twice what is asked for at once, so that the next
/// is on its way while this is taken.
constexpr std::uint64_t window = 2 * pull_count;
constexpr Milliseconds pull_expires{10'000};
constexpr Milliseconds heartbeat{1'000};
/// A consumer that is silent for so long is lost.
constexpr Milliseconds silence_max{2'500};
constexpr Milliseconds make_patience{2'000};
constexpr Milliseconds make_interval{250};

Instant now() {
    return read_clocks().steady;
}

}  // namespace

NatsFeed::NatsFeed(NatsRequests& requests, const NatsStream& stream, Feed feed)
    : requests_(requests), stream_(stream), feed_(std::move(feed)) {}

void NatsFeed::begin(std::uint64_t from) {
    end();
    is_feeding_ = true;
    next_ = std::max<std::uint64_t>(from, 1);
    make_consumer();
}

void NatsFeed::end() {
    remove_consumer();
    is_feeding_ = false;
}

void NatsFeed::on_taken(std::uint64_t count) {
    unread_ -= std::min(unread_, count);
    pull_if_there_is_room();
}

/// Each has a name of its own, so that what an earlier one still sends is told apart.
void NatsFeed::make_consumer() {
    remove_consumer();
    const std::string inbox = requests_.inbox_for("f", ++consumer_number_);
    consumer_ = "crier";
    for (const char c : inbox) consumer_ += c == '.' ? '-' : c;
    requests_.ask("$JS.API.CONSUMER.CREATE." + stream_.name() + "." + consumer_,
                  create_consumer_request(stream_.name(), consumer_, next_), make_patience,
                  [this, consumer = consumer_](const NatsRequests::Reply& reply) {
                      on_made(consumer, reply);
                  });
}

void NatsFeed::on_made(const std::string& consumer, const NatsRequests::Reply& reply) {
    if (consumer != consumer_) return;
    // That the stream cannot be used is found out elsewhere.
    if (!reply || !read_outcome(reply->data)) return remove_consumer(make_interval);
    is_made_ = true;
    heard_ = now();
    pull_if_there_is_room();
}

void NatsFeed::remove_consumer(Milliseconds pause) {
    if (!consumer_.empty()) {
        requests_.tell("$JS.API.CONSUMER.DELETE." + stream_.name() + "." + consumer_, "");
    }
    consumer_.clear();
    is_made_ = false;
    asked_ = 0;
    make_at_ = now() + pause;
}

void NatsFeed::pull_if_there_is_room() {
    if (!is_made_ || asked_ >= pull_count || asked_ + unread_ + pull_count > window) return;
    if (asked_ == 0) heard_ = now();
    asked_ += pull_count;
    requests_.tell("$JS.API.CONSUMER.MSG.NEXT." + stream_.name() + "." + consumer_,
                   pull_request(pull_count, pull_expires, heartbeat),
                   requests_.inbox_for("f", consumer_number_));
}

void NatsFeed::on_message(const NatsMessage& message) {
    if (!is_made_) return;
    if (message.status != 0) return on_status(message);
    const auto delivery = read_delivery(message.reply);
    if (!delivery || delivery->consumer != consumer_) return;
    heard_ = now();
    asked_ -= std::min<std::uint64_t>(asked_, 1);
    // A consumer begins behind what its own server has, if that is less than it was asked for. The
    // rest of what is too old follows from there; should the stream itself be shorter, its extent
    // shows it.
    if (delivery->number >= next_) {
        next_ = delivery->number + 1;
        ++unread_;
        feed_({.number = delivery->number,
               .time = delivery->time,
               .id = message.id ? read_message_id(*message.id) : std::nullopt,
               .body = Bytes(message.data.begin(), message.data.end())});
    }
    pull_if_there_is_room();
}

void NatsFeed::on_status(const NatsMessage& message) {
    constexpr std::uint32_t idle = 100;
    if (message.subject != requests_.inbox_for("f", consumer_number_)) return;
    heard_ = now();
    if (message.status == idle) return;
    // It has expired, or was ended: so many do not come. Anything else is a consumer that is gone.
    if (!message.pending_count) return remove_consumer(make_interval);
    asked_ -= std::min(asked_, *message.pending_count);
    pull_if_there_is_room();
}

void NatsFeed::on_time(Instant at) {
    if (!is_feeding_) return;
    if (consumer_.empty()) {
        if (at >= make_at_) make_consumer();
        return;
    }
    if (is_made_ && asked_ > 0 && at - heard_ > silence_max) make_consumer();
}

}  // namespace crier::broker
