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

    NatsRequests();

    /// What a connection must hear for this.
    [[nodiscard]] const std::string& inbox() const { return inbox_; }
    /// A subject in the inbox that is no question's, for who is told more than once.
    [[nodiscard]] std::string inbox_for(std::string_view what, std::uint64_t number) const;

    /// nullptr: there is none. What waits is then answered with `error`.
    void use(NatsConnection* connection, const Error& error);

    /// `answered` is called later, never from here.
    void ask(const std::string& subject, const NatsHeaders& headers,
             std::span<const std::uint8_t> body, Milliseconds patience, Answered answered);
    void ask(const std::string& subject, std::string_view body, Milliseconds patience,
             Answered answered);
    /// Nobody answers. Without a connection it goes nowhere.
    void tell(const std::string& subject, std::span<const std::uint8_t> body,
              const std::string& reply = {});
    void tell(const std::string& subject, std::string_view body, const std::string& reply = {});

    /// False: it answers no question.
    bool on_message(NatsMessage& message);
    /// Answers for those who have waited for too long, or could not be asked at all.
    void on_time(Instant now);

    [[nodiscard]] std::size_t open_count() const { return open_.size(); }

private:
    struct Open {
        Answered answered;
        Instant deadline;
        Unanswered otherwise;
    };
    void answer_all(Error error);

    const std::string inbox_root_;
    const std::string inbox_;
    NatsConnection* connection_ = nullptr;
    std::uint64_t last_number_ = 0;
    std::map<std::uint64_t, Open> open_;  ///< By number, so in the order in which they were asked.
};

}  // namespace crier::broker
