#include "broker/cluster/nats_requests.hpp"

#include <charconv>
#include <utility>
#include <vector>

#include "shared/base/crypto.hpp"

namespace crier::broker {
namespace {

std::string new_inbox() {
    SessionId random;
    fill_random(random.bytes);
    return "_INBOX." + to_string(random) + ".";
}

std::span<const std::uint8_t> bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

constexpr std::uint32_t nobody_there = 503;

}  // namespace

NatsRequests::NatsRequests() : inbox_root_(new_inbox()), inbox_(inbox_root_ + ">") {}

std::string NatsRequests::inbox_for(std::string_view what, std::uint64_t number) const {
    return inbox_root_ + std::string(what) + "." + std::to_string(number);
}

void NatsRequests::use(NatsConnection* connection, const Error& error) {
    connection_ = connection;
    answer_all(error);
}

void NatsRequests::answer_all(Error error) {
    std::map<std::uint64_t, Open> all;
    all.swap(open_);  // Who is answered may ask again.
    for (auto& [number, open] : all) {
        open.answered(tl::unexpected(
            Unanswered{.may_have_arrived = open.otherwise.may_have_arrived, .error = error}));
    }
}

void NatsRequests::ask(const std::string& subject, const NatsHeaders& headers,
                       std::span<const std::uint8_t> body, Milliseconds patience,
                       Answered answered) {
    const std::uint64_t number = ++last_number_;
    const Instant now = read_clocks().steady;
    Open open{.answered = std::move(answered),
              .deadline = now + patience,
              .otherwise = {.may_have_arrived = true,
                            .error = {ErrorCode::backbone_unreachable,
                                      "NATS has not answered within " +
                                          std::to_string(patience.count()) + " ms"}}};
    const bool can_send = connection_ != nullptr && !connection_->is_lost();
    const Status sent =
        can_send ? connection_->send(subject, inbox_for("r", number), headers, body)
                 : fail(ErrorCode::backbone_unreachable, "there is no connection to NATS");
    if (!sent) {
        // A connection that breaks may have taken all of it.
        const bool is_refused = !can_send || sent.error().code == ErrorCode::limit_exceeded;
        open.otherwise = {.may_have_arrived = !is_refused, .error = sent.error()};
        open.deadline = now;
    }
    open_.emplace(number, std::move(open));
}

void NatsRequests::ask(const std::string& subject, std::string_view body, Milliseconds patience,
                       Answered answered) {
    ask(subject, {}, bytes_of(body), patience, std::move(answered));
}

void NatsRequests::tell(const std::string& subject, std::span<const std::uint8_t> body,
                        const std::string& reply) {
    // What cannot be sent is as lost as what is sent and not heard.
    if (connection_ != nullptr) static_cast<void>(connection_->send(subject, reply, {}, body));
}

void NatsRequests::tell(const std::string& subject, std::string_view body,
                        const std::string& reply) {
    tell(subject, bytes_of(body), reply);
}

bool NatsRequests::on_message(NatsMessage& message) {
    const std::string prefix = inbox_root_ + "r.";
    if (!message.subject.starts_with(prefix)) return false;
    std::uint64_t number = 0;
    std::from_chars(message.subject.data() + prefix.size(),
                    message.subject.data() + message.subject.size(), number);
    const auto found = open_.find(number);
    if (found == open_.end()) return true;  // Too late.
    const Answered answered = std::move(found->second.answered);
    open_.erase(found);
    if (message.status == nobody_there) {
        answered(tl::unexpected(Unanswered{
            .may_have_arrived = false,
            .error = {ErrorCode::backbone_unreachable,
                      "nobody at NATS answers: the stream has no leader, or JetStream is off"}}));
    } else {
        answered(std::move(message));
    }
    return true;
}

void NatsRequests::on_time(Instant now) {
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
