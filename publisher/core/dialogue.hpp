/// \file
/// A publisher as a pure function of events and time.
///
///     callers ─┐                                             ┌─> callers
///              ├─> Event ──> step(event, now) ──> Effect ────┤
///     link    ─┘                                             └─> link
///
/// connector.hpp decides when there is a connection, exchange.hpp what one request says on it. Here
/// requests meet connections: each is asked when there is a welcome, asked again on the next
/// connection if the last one ended before the answer, and answered exactly once, at its deadline
/// at the latest. What a broker of a cluster cannot take now, or cannot say the outcome of, is
/// asked again too, at the next broker if there is one: its id makes that safe.
///
/// Pure: no socket, clock, thread or random number. Not thread-safe: owned by one thread.

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "publisher/core/connector.hpp"
#include "publisher/core/exchange.hpp"
#include "publisher/core/request.hpp"

namespace crier::publisher {

// Events: what the edges report.
struct RequestPosted {
    Ticket ticket;
    Request request;
    std::optional<Instant> deadline;  ///< nullopt: watching has none.
};
/// Nobody wants the answer any more.
struct RequestDropped {
    Ticket ticket;
};
struct LinkOpened {};
struct LinkClosed {
    Error error;
};
struct FrameReceived {
    protocol::BytesView frame;  ///< Valid during step() only.
};
struct StopRequested {};
struct TimePassed {};

using Event = std::variant<RequestPosted, RequestDropped, LinkOpened, LinkClosed, FrameReceived,
                           StopRequested, TimePassed>;

// Effects: what the edges must do, in the order given.
struct OpenLink {
    std::string endpoint;
};
struct CloseLink {};
struct SendFrame {
    protocol::Bytes frame;
};
struct Tell {
    Ticket ticket;
    News news;
};
/// The last thing a ticket hears.
struct Complete {
    Ticket ticket;
    Answer answer;
};

using Effect = std::variant<OpenLink, CloseLink, SendFrame, Tell, Complete>;
using Effects = std::vector<Effect>;

struct DialogueSettings {
    ConnectorSettings connector;
    std::string client;  ///< Program and version, for the broker's log.
    std::size_t requests_max = 10'000;
};

class Dialogue {
public:
    explicit Dialogue(DialogueSettings settings);
    ~Dialogue();

    /// Advances by one event. Appends to `effects`; never clears it. The same events at the same
    /// times always have the same effects. `now.steady` must not go backwards.
    void step(Event event, Moment now, Effects& effects);

    /// Latest time at which the caller must deliver TimePassed; nullopt when idle. The first
    /// attempt to connect is due at once.
    [[nodiscard]] std::optional<Instant> next_deadline() const;

private:
    struct Pending {
        std::unique_ptr<Exchange> exchange;  ///< nullptr: waits for a connection only.
        std::optional<Instant> deadline;
        std::optional<std::uint64_t> number;  ///< Of the question that is out on this connection.
        bool is_to_ask = true;                ///< On the next occasion.
        bool is_in_doubt = false;             ///< Asked before, and nobody said what became of it.
        std::optional<Error> refusal;         ///< The last one that another question may mend.
    };
    using PendingMap = std::map<Ticket, Pending>;

    void on(RequestPosted&& posted);
    void on(const RequestDropped& dropped);
    void on(const LinkOpened& opened);
    void on(const LinkClosed& closed);
    void on(const FrameReceived& received);
    void on(const StopRequested& stop);
    void on(const TimePassed& time);

    void on_frame(protocol::OperatorWelcome& welcome);
    void on_frame(protocol::Refused& refused);
    void on_frame(protocol::TallyChanged& tally);
    void on_frame(protocol::Happened& happened);
    void on_frame(protocol::Goodbye& goodbye);
    void on_frame(protocol::Heartbeat&) {}
    void on_frame(protocol::Answers&) {}  // As the journal keeps them; nobody asks for them.
    /// Every other frame answers a question.
    template <class Frame>
    void on_frame(Frame& frame);
    void on_answer(std::uint64_t number, protocol::ToOperator answer);

    void ask_all();
    void ask(Ticket ticket, Pending& pending);
    void take_step(Ticket ticket, Step step, std::vector<News>& news);
    void ask_later(Pending& pending, Error refusal);
    void leave_broker(const Error& error);
    void connection_failed(const Error& error);
    void forget_questions(const Error& error);
    void tell(Ticket ticket, std::vector<News>& news);
    void fail_all(const Error& error);
    void complete(Ticket ticket, Answer answer);
    static Answer end_of(const Pending& pending, Error cause);
    void end_at_deadline(Ticket ticket);
    void send(const protocol::FromOperator& frame);

    DialogueSettings settings_;
    Connector connector_;
    std::string welcomed_by_;  ///< The endpoint of the last welcome.
    PendingMap pending_;       ///< In the order of posting.
    std::set<std::pair<Instant, Ticket>> deadlines_;
    std::map<std::uint64_t, Ticket> questions_;  ///< Out on this connection, by number.
    std::uint64_t last_number_ = 0;
    std::optional<Instant> ask_again_at_;  ///< What the only broker there is refused.
    bool is_stopped_ = false;

    // During step() only.
    Moment now_{};
    Effects* effects_ = nullptr;
};

}  // namespace crier::publisher
