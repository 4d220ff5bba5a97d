#include "broker/cluster/nats_requests.hpp"

#include <charconv>
#include <utility>
#include <vector>

#include "shared/base/crypto.hpp"

namespace crier::broker {
namespace {

std::string new_inbox_root() {
    SessionId random;
    fill_random(random.bytes);
    return "_INBOX." + to_string(random) + ".";
}

std::span<const std::uint8_t> bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// Behind the root, and before the number of the question.
constexpr const char* answers = "answer.";
/// What is late is found late by so much more.
constexpr Milliseconds look_interval{50};

Error no_connection() {
    return {ErrorCode::backbone_unreachable, "there is no connection to NATS"};
}

Error no_answer(Milliseconds patience) {
    return {ErrorCode::backbone_unreachable,
            "NATS has not answered within " + std::to_string(patience.count()) +
                " ms: the stream has no leader (a majority of the servers is needed), or JetStream "
                "is off in their settings"};
}

}  // namespace

NatsRequests::NatsRequests(NatsConnection::Hear hear)
    : root_(new_inbox_root()), hear_(std::move(hear)) {}

Status NatsRequests::use(NatsConnection& connection) {
    connection_ = &connection;
    return connection.listen(root_ + answers + "*", hear_);
}

void NatsRequests::use_none(const Error& error) {
    connection_ = nullptr;
    std::map<std::uint64_t, Open> all;
    all.swap(open_);  // Who is answered may ask again.
    for (auto& [number, open] : all) {
        open.answered(tl::unexpected(
            Unanswered{.may_have_arrived = open.otherwise.may_have_arrived, .error = error}));
    }
}

Result<std::string> NatsRequests::open_inbox() {
    if (connection_ == nullptr) return fail(no_connection());
    std::string inbox = root_ + "more." + std::to_string(++last_inbox_);
    if (const Status is_open = connection_->listen(inbox, hear_); !is_open) {
        return fail(is_open.error());
    }
    return inbox;
}

void NatsRequests::close_inbox(const std::string& inbox) {
    if (connection_ != nullptr) connection_->stop_listening(inbox);
}

void NatsRequests::ask(const std::string& subject, const NatsHeaders& headers,
                       std::span<const std::uint8_t> body, Milliseconds patience,
                       Answered answered) {
    const std::uint64_t number = ++last_number_;
    const Instant now = read_clocks().steady;
    Open open{.answered = std::move(answered),
              .deadline = now + patience,
              .otherwise = {.may_have_arrived = true, .error = no_answer(patience)}};
    const bool can_send = connection_ != nullptr && !connection_->is_lost();
    const Status sent =
        can_send
            ? connection_->send(subject, root_ + answers + std::to_string(number), headers, body)
            : fail(no_connection());
    if (!sent) {
        // A connection that breaks may have taken all of it.
        const bool is_refused = !can_send || sent.error().code == ErrorCode::limit_exceeded;
        open.otherwise = {.may_have_arrived = !is_refused, .error = sent.error()};
        open.deadline = look_at_ = now;
    }
    open_.emplace(number, std::move(open));
}

void NatsRequests::ask(const std::string& subject, std::string_view body, Milliseconds patience,
                       Answered answered) {
    ask(subject, {}, bytes_of(body), patience, std::move(answered));
}

void NatsRequests::tell(const std::string& subject, std::span<const std::uint8_t> body) {
    // What cannot be sent is as lost as what is sent and not heard.
    if (connection_ != nullptr) static_cast<void>(connection_->send(subject, {}, {}, body));
}

bool NatsRequests::on_message(NatsMessage& message) {
    const std::string prefix = root_ + answers;
    if (!message.subject.starts_with(prefix)) return false;
    std::uint64_t number = 0;
    std::from_chars(message.subject.data() + prefix.size(),
                    message.subject.data() + message.subject.size(), number);
    const auto found = open_.find(number);
    if (found == open_.end()) return true;  // Too late.
    const Answered answered = std::move(found->second.answered);
    open_.erase(found);
    answered(std::move(message));
    return true;
}

void NatsRequests::on_time(Instant now) {
    if (now < look_at_) return;
    look_at_ = now + look_interval;
    std::vector<Open> over;
    for (auto one = open_.begin(); one != open_.end();) {
        if (one->second.deadline > now) {
            ++one;
            continue;
        }
        over.push_back(std::move(one->second));
        one = open_.erase(one);
    }
    for (Open& open : over) open.answered(tl::unexpected(std::move(open.otherwise)));
}

}  // namespace crier::broker
