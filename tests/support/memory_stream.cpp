#include "tests/support/memory_stream.hpp"

#include <algorithm>

namespace crier::testing {

using broker::BackboneDown;
using broker::BackboneUp;
using broker::ExtentRead;
using broker::Fed;
using broker::Heard;
using broker::Looked;
using broker::NotPublished;
using broker::NotRead;
using broker::Published;

namespace {

Error cut_off() {
    return {ErrorCode::broker_unreachable, "the connection was cut"};
}

}  // namespace

class MemoryStream::Port final : public broker::Backbone {
public:
    Port(MemoryStream& stream, std::size_t number) : stream_(stream), number_(number) {}

    void publish(const MessageId& id, Bytes body, std::optional<std::uint64_t> after) override {
        stream_.ask(number_, Put{id, std::move(body), after});
    }
    void follow(std::uint64_t from) override {
        fed.clear();
        next = std::nullopt;
        stream_.ask(number_, From{from, ++follows});
    }
    void stop_following() override {
        fed.clear();
        next = std::nullopt;
        stream_.ask(number_, From{std::nullopt, ++follows});
    }
    void look(std::uint64_t number) override { stream_.ask(number_, LookAt{number}); }
    void read_extent() override { stream_.ask(number_, TellExtent{}); }
    void purge_below(std::uint64_t number) override { stream_.ask(number_, Purge{number}); }
    void tell_all(Bytes datagram) override {
        stream_.ask(number_, Datagram{std::nullopt, std::move(datagram)});
    }
    void tell(const BrokerId& broker, Bytes datagram) override {
        stream_.ask(number_, Datagram{broker.bytes.back(), std::move(datagram)});
    }

    bool is_connected = false;
    std::uint64_t connection = 0;
    Lane<std::pair<std::uint64_t, Request>> requests;  ///< With the connection they came by.
    Lane<BackboneEvent> answers;
    Lane<BackboneEvent> fed;
    std::optional<std::uint64_t> next;  ///< Of the feed.
    std::uint64_t follows = 0;          ///< Of an earlier one nothing is heard any more.

private:
    MemoryStream& stream_;
    std::size_t number_;
};

MemoryStream::MemoryStream(const StreamSettings& given) : settings(given), random_(given.seed) {}

MemoryStream::~MemoryStream() = default;

broker::Backbone& MemoryStream::attach() {
    ports_.push_back(std::make_unique<Port>(*this, ports_.size()));
    return *ports_.back();
}

bool MemoryStream::happens(unsigned of_a_thousand) {
    return of_a_thousand > 0 && random_() % 1000 < of_a_thousand;
}

Milliseconds MemoryStream::delay() {
    const auto most = static_cast<std::uint64_t>(settings.delay_max.count());
    return Milliseconds(static_cast<std::int64_t>(random_() % (most + 1)));
}

// ---- Time ---------------------------------------------------------------------------------------

void MemoryStream::advance(Instant now) {
    while (true) {
        Port* earliest = nullptr;
        for (const auto& port : ports_) {
            if (port->requests.empty() || port->requests.front().first > now) continue;
            const bool is_earlier = earliest == nullptr ||
                                    port->requests.front().first < earliest->requests.front().first;
            if (is_earlier) earliest = port.get();
        }
        if (earliest == nullptr) break;
        now_ = std::max(now_, earliest->requests.front().first);
        const auto [connection, request] = std::move(earliest->requests.front().second);
        earliest->requests.pop_front();
        const auto number = static_cast<std::size_t>(
            std::find_if(ports_.begin(), ports_.end(),
                         [&](const auto& port) { return port.get() == earliest; }) -
            ports_.begin());
        const bool is_answered = earliest->is_connected && earliest->connection == connection;
        if (is_answered || std::holds_alternative<Connect>(request)) {
            arrive(number, request);
        } else if (const auto* late = std::get_if<Put>(&request)) {
            put(ports_.size(), *late);
        }
    }
    now_ = std::max(now_, now);
}

std::optional<Instant> MemoryStream::next() const {
    std::optional<Instant> next;
    const auto consider = [&next](const auto& lane) {
        if (!lane.empty()) next = next ? std::min(*next, lane.front().first) : lane.front().first;
    };
    for (const auto& port : ports_) {
        consider(port->requests);
        consider(port->answers);
        consider(port->fed);
    }
    return next;
}

std::optional<BackboneEvent> MemoryStream::take(std::size_t number) {
    Port& port = *ports_[number];
    const auto is_due = [this](const auto& lane) {
        return !lane.empty() && lane.front().first <= now_;
    };
    auto* lane = is_due(port.answers) ? &port.answers : nullptr;
    const bool is_feed_first =
        is_due(port.fed) && (lane == nullptr || port.fed.front().first < lane->front().first);
    if (is_feed_first) lane = &port.fed;
    if (lane == nullptr) return std::nullopt;
    BackboneEvent event = std::move(lane->front().second);
    lane->pop_front();
    return event;
}

// ---- Connections --------------------------------------------------------------------------------

bool MemoryStream::is_connected(std::size_t port) const {
    return ports_[port]->is_connected;
}

void MemoryStream::connect(std::size_t port) {
    if (ports_[port]->is_connected) return;
    ask(port, Connect{});
}

void MemoryStream::crash(std::size_t number) {
    Port& port = *ports_[number];
    port.is_connected = false;
    port.answers.clear();
    port.fed.clear();
    port.next.reset();
    // Some of what was sent last does not arrive.
    const std::size_t arriving = port.requests.empty() ? 0 : random_() % (port.requests.size() + 1);
    port.requests.erase(port.requests.begin() + static_cast<std::ptrdiff_t>(arriving),
                        port.requests.end());
    std::erase_if(port.requests, [](const auto& one) {
        return std::holds_alternative<Connect>(one.second.second);
    });
}

void MemoryStream::cut(std::size_t port) {
    if (!ports_[port]->is_connected) return;
    crash(port);
    answer(port, BackboneDown{cut_off()});
}

void MemoryStream::restore(const Copy& copy, Restart restart) {
    first_ = copy.first;
    messages_ = copy.messages;
    remember_ids();
    for (std::size_t port = 0; port < ports_.size(); ++port) {
        if (restart == Restart::noticed) {
            cut(port);
        } else if (ports_[port]->next) {
            ports_[port]->next = std::min(*ports_[port]->next, extent().last + 1);
        }
    }
}

void MemoryStream::remember_ids() {
    ids_.clear();
    for (const StreamMessage& message : messages_) {
        if (message.id) ids_[*message.id] = {message.number, message.time};
    }
}

// ---- Requests -----------------------------------------------------------------------------------

void MemoryStream::ask(std::size_t number, Request request) {
    Port& port = *ports_[number];
    if (!port.is_connected && !std::holds_alternative<Connect>(request)) {
        if (const auto* wanted = std::get_if<Put>(&request)) {
            answer(number, NotPublished{wanted->id, NotPublished::Why::not_sent, cut_off()});
        } else if (std::holds_alternative<LookAt>(request) ||
                   std::holds_alternative<TellExtent>(request)) {
            answer(number, NotRead{cut_off()});
        }
        return;
    }
    Instant due = now_ + delay();
    if (!port.requests.empty()) due = std::max(due, port.requests.back().first);
    port.requests.emplace_back(due, std::pair(port.connection, std::move(request)));
}

/// Answers that take long do not hold up the others.
void MemoryStream::answer(std::size_t number, BackboneEvent event, Milliseconds later) {
    if (number >= ports_.size()) return;
    auto& lane = ports_[number]->answers;
    Instant due = now_ + delay();
    if (later > Milliseconds::zero()) {
        due = now_ + later;
    } else if (!lane.empty()) {
        const auto before = std::find_if(lane.rbegin(), lane.rend(), [&](const auto& one) {
            return !std::holds_alternative<NotPublished>(one.second);
        });
        if (before != lane.rend()) due = std::max(due, before->first);
    }
    const auto at =
        std::upper_bound(lane.begin(), lane.end(), due,
                         [](Instant left, const auto& one) { return left < one.first; });
    lane.emplace(at, due, std::move(event));
}

void MemoryStream::arrive(std::size_t number, const Request& request) {
    Port& port = *ports_[number];
    if (const auto* wanted = std::get_if<Put>(&request)) return put(number, *wanted);
    if (const auto* from = std::get_if<From>(&request)) {
        if (from->follow != port.follows) return;
        port.next = from->number;
        // As JetStream does, silently.
        if (port.next) port.next = std::clamp(*port.next, first_, extent().last + 1);
        return feed(number);
    }
    if (const auto* at = std::get_if<LookAt>(&request)) {
        const bool is_there = at->number >= first_ && at->number <= extent().last;
        return answer(number,
                      Looked{at->number, is_there ? std::optional(messages_[at->number - first_])
                                                  : std::nullopt});
    }
    if (std::holds_alternative<TellExtent>(request)) return answer(number, ExtentRead{extent()});
    if (std::holds_alternative<Connect>(request)) {
        if (std::exchange(port.is_connected, true)) return;
        port.connection += 1;
        return answer(number, BackboneUp{extent()});
    }
    if (const auto* purge = std::get_if<Purge>(&request)) {
        const std::uint64_t first = std::min(purge->number, extent().last + 1);
        if (first <= first_) return;
        messages_.erase(messages_.begin(),
                        messages_.begin() + static_cast<std::ptrdiff_t>(first - first_));
        first_ = first;
        return;
    }
    const auto& datagram = std::get<Datagram>(request);
    for (std::size_t to = 0; to < ports_.size(); ++to) {
        const bool is_meant = !datagram.to || *datagram.to == to;
        if (!is_meant || !ports_[to]->is_connected || happens(settings.datagrams_lost)) continue;
        answer(to, Heard{datagram.bytes});
        if (happens(settings.datagrams_doubled)) answer(to, Heard{datagram.bytes});
    }
}

/// `number` of nobody: whoever asked is not there any more.
void MemoryStream::put(std::size_t number, const Put& request) {
    const auto unknown = [&] {
        answer(number,
               NotPublished{
                   request.id, NotPublished::Why::unknown, {ErrorCode::timed_out, "no answer"}},
               settings.answer_max);
    };
    if (happens(settings.lost)) return unknown();
    const UtcTime time = settings.epoch + now_.time_since_epoch();
    const auto known = ids_.find(request.id);
    const bool is_known = known != ids_.end() && time - known->second.second < settings.ids_kept;
    if (is_known && !happens(settings.doubled)) {
        return answer(number, Published{request.id, known->second.first, true});
    }
    if (request.after && *request.after != extent().last) {
        return answer(number, NotPublished{request.id,
                                           NotPublished::Why::wrong_last,
                                           {ErrorCode::in_use, "something else is there"}});
    }
    append(request.id, request.body);
    if (happens(settings.unanswered)) return unknown();
    answer(number, Published{request.id, extent().last, false});
}

void MemoryStream::write(std::optional<MessageId> id, Bytes body) {
    append(id, std::move(body));
}

void MemoryStream::append(std::optional<MessageId> id, Bytes body) {
    const UtcTime time = settings.epoch + now_.time_since_epoch();
    messages_.push_back({extent().last + 1, time, id, std::move(body)});
    if (on_append) on_append(messages_.back());
    if (id) ids_[*id] = {extent().last, time};
    for (std::size_t port = 0; port < ports_.size(); ++port) feed(port);
}

void MemoryStream::feed(std::size_t number) {
    Port& port = *ports_[number];
    for (; port.next && *port.next <= extent().last; ++*port.next) {
        port.next = std::max(*port.next, first_);
        Instant due = now_ + delay();
        if (!port.fed.empty()) due = std::max(due, port.fed.back().first);
        port.fed.emplace_back(due, Fed{messages_[*port.next - first_]});
    }
}

}  // namespace crier::testing
