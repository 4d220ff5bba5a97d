#include "broker/cluster/nats_worker.hpp"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "shared/base/crypto.hpp"

namespace crier::broker {
namespace {

constexpr Milliseconds publish_patience{2'000};
constexpr Milliseconds look_patience{2'000};

constexpr Milliseconds tick{100};  ///< What is late is late by so much more.
constexpr Milliseconds connect_interval{250};
constexpr Milliseconds check_interval{250};
/// Between two tries of what does not go right before somebody corrects something.
constexpr Milliseconds correction_interval{2'000};
constexpr Milliseconds probe_interval{1'000};
constexpr Milliseconds probe_patience{1'500};
/// A loaded machine is silent once; a stream that is silent twice has no leader.
constexpr unsigned silences_max = 2;
/// After so long without a usable stream another server is tried: this one may be cut off from
/// the rest.
constexpr Milliseconds unusable_max{10'000};

Milliseconds pause_after(const Error& error, Milliseconds usual) {
    return remedy_for(error.code) == Remedy::fix_request ? correction_interval : usual;
}

Error rolled_back(std::uint64_t last, std::uint64_t known) {
    return {ErrorCode::backbone_unreachable,
            "the stream ends with message " + std::to_string(last) + " and had message " +
                std::to_string(known) + ": it was rolled back, and gets back what it lacks"};
}

}  // namespace

NatsWorker::NatsWorker(const NatsSettings& settings, NatsTraffic& traffic)
    : settings_(settings),
      traffic_(traffic),
      requests_([&traffic](NatsMessage&& message) {
          return traffic.letters.post(NatsLetter(std::move(message)));
      }),
      stream_(requests_, settings_),
      feed_(
          requests_, stream_,
          [this](StreamMessage&& message) { traffic_.post(Fed{std::move(message)}, feed_number_); },
          [this] { on_feed_lost(); }),
      // Brokers that start together begin with different servers.
      next_url_(random_number() % settings.urls.size()) {}

NatsWorker::~NatsWorker() = default;

void NatsWorker::run() {
    std::vector<NatsLetter> letters;
    bool is_stopping = false;
    while (!is_stopping) {
        wait();
        letters.clear();
        is_stopping = !traffic_.letters.take_all(letters);
        if (is_stopping) break;
        for (NatsLetter& letter : letters) std::visit([this](auto& one) { on(one); }, letter);
        on_time();
    }
    feed_.end();
    connection_.reset();
}

void NatsWorker::wait() {
    pollfd wake_up{.fd = traffic_.letters.descriptor(), .events = POLLIN, .revents = 0};
    // Interrupted or not, what follows looks for itself.
    poll(&wake_up, 1, static_cast<int>(tick.count()));
}

void NatsWorker::on_time() {
    if (connection_ && connection_->is_lost()) on(ConnectionLost{connection_number_});
    const Instant at = steady_now();
    requests_.on_time(at);
    feed_.on_time(at);
    if (at < try_at_ || is_asking_) return;
    switch (state_) {
        case State::apart:
            return connect();
        case State::checking:
            return check_stream();
        case State::up:
            return probe();
    }
}

// ---- The connection -----------------------------------------------------------------------------

void NatsWorker::connect() {
    const std::string& url = settings_.urls[next_url_++ % settings_.urls.size()];
    const std::uint64_t number = ++connection_number_;
    auto opened = NatsConnection::open(settings_, url, [this, number] {
        // If it is full, the next turn sees that the connection is lost.
        static_cast<void>(traffic_.letters.post(NatsLetter(ConnectionLost{number})));
    });
    if (!opened) {
        go_down(opened.error());
        try_at_ = steady_now() + pause_after(opened.error(), connect_interval);
        return;
    }
    connection_ = std::move(*opened);
    if (const Status is_heard = listen(); !is_heard) return disconnect(is_heard.error());
    state_ = State::checking;
    usable_at_ = try_at_ = steady_now();
}

Status NatsWorker::listen() {
    const auto hear_datagram = [this](NatsMessage&& message) {
        traffic_.post_heard(Bytes(message.data.begin(), message.data.end()));
        return true;
    };
    const std::string& cluster = settings_.cluster_name;
    Status is_heard = requests_.use(*connection_);
    if (is_heard) is_heard = connection_->listen(beat_subject(cluster), hear_datagram);
    if (!is_heard) return is_heard;
    return connection_->listen(broker_subject(cluster, settings_.broker), hear_datagram);
}

void NatsWorker::on(const ConnectionLost& letter) {
    if (!connection_ || letter.connection != connection_number_) return;
    const std::string words = connection_->last_words();
    disconnect({ErrorCode::backbone_unreachable, "the connection to the NATS server " +
                                                     connection_->url() + " was lost" +
                                                     (words.empty() ? "" : ": " + words)});
}

/// Who waits for an answer is told before the loop is told that there is no backbone.
void NatsWorker::disconnect(const Error& error) {
    state_ = State::apart;
    requests_.use_none(error);
    go_down(error);
    connection_.reset();
    is_asking_ = false;
    try_at_ = steady_now() + pause_after(error, connect_interval);
}

// ---- Whether the stream can be used -------------------------------------------------------------

void NatsWorker::check_stream() {
    is_asking_ = true;
    stream_.prepare(seen(), [this](Result<StreamExtent> extent) { on_checked(std::move(extent)); });
}

void NatsWorker::on_checked(Result<StreamExtent> extent) {
    is_asking_ = false;
    if (state_ != State::checking) return;
    const Instant at = steady_now();
    if (!extent) {
        go_down(extent.error());
        try_at_ = at + pause_after(extent.error(), check_interval);
        const bool is_elsewhere_better = settings_.urls.size() > 1 &&
                                         remedy_for(extent.error().code) == Remedy::retry_later &&
                                         at - usable_at_ > unusable_max;
        if (is_elsewhere_better) disconnect(extent.error());
        return;
    }
    state_ = State::up;
    silences_ = 0;
    usable_at_ = at;
    try_at_ = at + probe_interval;
    shown_ = extent->last;
    told_.reset();
    traffic_.post(BackboneUp{*extent});
}

/// Compared is what was fed before the question: what comes meanwhile may be newer than the answer.
void NatsWorker::probe() {
    is_asking_ = true;
    const std::uint64_t known = feed_.is_feeding() ? feed_.last_known() : 0;
    stream_.read_extent(known, probe_patience, [this, known](const Result<StreamExtent>& extent) {
        on_probed(extent, known);
    });
}

/// The highest number that the stream is known to have had; nullopt: it was not reached so far.
std::optional<std::uint64_t> NatsWorker::seen() const {
    return shown_ ? std::optional(std::max(*shown_, feed_.last_known())) : std::nullopt;
}

void NatsWorker::on_probed(const Result<StreamExtent>& extent, std::uint64_t known) {
    is_asking_ = false;
    if (state_ != State::up) return;
    if (!extent) {
        const bool is_certain = remedy_for(extent.error().code) != Remedy::retry_later;
        try_at_ = steady_now();
        if (is_certain || ++silences_ >= silences_max) go_down(extent.error());
        return;
    }
    silences_ = 0;
    try_at_ = steady_now() + probe_interval;
    if (extent->last < known) go_down(rolled_back(extent->last, known));
}

void NatsWorker::go_down(const Error& error) {
    feed_.end();
    if (state_ == State::up) {
        state_ = State::checking;
        usable_at_ = steady_now();
        try_at_ = steady_now();
    }
    // Several servers may each have a sentence of their own: the first will do.
    const bool is_known = told_ && told_->code == error.code;
    if (is_known) return;
    told_ = error;
    traffic_.post(BackboneDown{error});
}

/// Nobody is told that it is down: what is published goes on, and mostly all is as it was.
void NatsWorker::on_feed_lost() {
    if (state_ != State::up) return;
    state_ = State::checking;
    usable_at_ = steady_now();
    try_at_ = usable_at_ + check_interval;
}

// ---- Letters ------------------------------------------------------------------------------------

void NatsWorker::on(PublishEntry& letter) {
    const auto refuse = [&](const Error& error) {
        traffic_.post(NotPublished{letter.id, NotPublished::Why::not_sent, error});
    };
    if (told_ || connection_ == nullptr) {
        return refuse(told_.value_or(
            Error{ErrorCode::backbone_unreachable, "NATS has not been reached so far"}));
    }
    if (publishes_ >= NatsTraffic::publishes_max) {
        return refuse({ErrorCode::overloaded, "too many entries are on their way to NATS"});
    }
    ++publishes_;
    NatsHeaders headers{{"Nats-Msg-Id", to_string(letter.id)}};
    if (letter.after) {
        headers.emplace_back("Nats-Expected-Last-Sequence", std::to_string(*letter.after));
    }
    requests_.ask(
        log_subject(settings_.cluster_name), headers, letter.body, publish_patience,
        [this, id = letter.id](const NatsRequests::Reply& reply) { on_published(id, reply); });
}

void NatsWorker::on_published(const MessageId& id, const NatsRequests::Reply& reply) {
    --publishes_;
    using Why = NotPublished::Why;
    if (!reply) {
        const Why why = reply.error().may_have_arrived ? Why::unknown : Why::not_sent;
        return traffic_.post(NotPublished{id, why, reply.error().error});
    }
    const Answer<PubAck> ack = read_pub_ack(reply->data);
    if (ack) {
        if (shown_) shown_ = std::max(*shown_, ack->number);
        return traffic_.post(Published{id, ack->number, ack->is_duplicate});
    }
    Why why = Why::unknown;
    if (is_refused_before_order(ack.error())) why = Why::not_sent;
    if (ack.error().code == api_code::wrong_last) why = Why::wrong_last;
    traffic_.post(NotPublished{id, why, error_of(ack.error())});
}

void NatsWorker::on(const FollowStream& letter) {
    feed_number_ = letter.feed;
    // Otherwise BackboneUp is still to come, or BackboneDown is on its way: it is asked for anew.
    if (state_ == State::up) feed_.begin(letter.from);
}

void NatsWorker::on(const EndFeed&) {
    feed_.end();
}

void NatsWorker::on(const FedTaken& letter) {
    feed_.on_taken(letter.count);
}

void NatsWorker::on(const LookAt& letter) {
    requests_.ask(stream_.api("STREAM.MSG.GET"), get_message_request(letter.number), look_patience,
                  [this, number = letter.number](const NatsRequests::Reply& reply) {
                      on_looked(number, reply);
                  });
}

void NatsWorker::on_looked(std::uint64_t number, const NatsRequests::Reply& reply) {
    if (!reply) return traffic_.post(NotRead{reply.error().error});
    Answer<StreamMessage> message = read_message(reply->data);
    if (message) return traffic_.post(Looked{number, std::move(*message)});
    if (message.error().code == api_code::no_message) return traffic_.post(Looked{number, {}});
    traffic_.post(NotRead{error_of(message.error())});
}

void NatsWorker::on(const ReadExtent&) {
    stream_.read_extent(seen(), look_patience, [this](const Result<StreamExtent>& extent) {
        if (!extent) return traffic_.post(NotRead{extent.error()});
        shown_ = extent->last;
        traffic_.post(ExtentRead{*extent});
    });
}

void NatsWorker::on(const PurgeBelow& letter) {
    requests_.ask(stream_.api("STREAM.PURGE"), purge_request(letter.number), look_patience,
                  [](const NatsRequests::Reply&) {});  // It is asked for again some other day.
}

void NatsWorker::on(const Tell& letter) {
    const std::string& cluster = settings_.cluster_name;
    requests_.tell(letter.broker ? broker_subject(cluster, *letter.broker) : beat_subject(cluster),
                   letter.datagram);
}

void NatsWorker::on(NatsMessage& message) {
    if (!requests_.on_message(message)) feed_.on_message(message);
}

}  // namespace crier::broker
