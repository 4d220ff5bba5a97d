/// \file
/// Questions over a NATS connection: each is answered once, by a message, or by why there is none.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "broker/cluster/nats_connection.hpp"
#include "shared/base/time.hpp"

namespace crier::broker {

/// Why a question has no answer.
struct Unanswered {
    bool may_have_arrived = false;  ///< False: nobody has heard it.
    Error error;
};

/// libnats's own requests keep a caller waiting; here all replies come to one inbox, and say in the
/// last part of their subject which question they answer.
/// Thread-safety: the backbone's thread.
class NatsRequests {
public:
    using Reply = tl::expected<NatsMessage, Unanswered>;
    using Answered = std::function<void(Reply)>;

    /// `hear` takes what comes to the inbox, on a thread of the connection's; those that it gives
    /// it to shall call on_message().
    explicit NatsRequests(NatsConnection::Hear hear);

    /// Listens there to what is answered. Errors: those of NatsConnection::listen().
    Status use(NatsConnection& connection);
    /// What waits is answered with `error`.
    void use_none(const Error& error);

    /// A subject of one's own, for who is told more than once, until close_inbox().
    /// Errors: those of NatsConnection::listen(); or there is no connection.
    Result<std::string> open_inbox();
    void close_inbox(const std::string& inbox);

    /// `answered` is called later, never from here.
    void ask(const std::string& subject, const NatsHeaders& headers,
             std::span<const std::uint8_t> body, Milliseconds patience, Answered answered);
    void ask(const std::string& subject, std::string_view body, Milliseconds patience,
             Answered answered);
    /// Nobody answers. Without a connection it goes nowhere.
    void tell(const std::string& subject, std::span<const std::uint8_t> body);

    /// False: it answers no question.
    bool on_message(NatsMessage& message);
    /// Answers for those who have waited for too long, or could not be asked at all.
    void on_time(Instant now);

private:
    struct Open {
        Answered answered;
        Instant deadline;
        Unanswered otherwise;
    };
    const std::string root_;  ///< What all inboxes of this object begin with.
    const NatsConnection::Hear hear_;
    NatsConnection* connection_ = nullptr;
    std::uint64_t last_number_ = 0;
    std::uint64_t last_inbox_ = 0;
    Instant look_at_{};                   ///< When to look for who has waited for too long.
    std::map<std::uint64_t, Open> open_;  ///< By number, so in the order in which they were asked.
};

}  // namespace crier::broker
