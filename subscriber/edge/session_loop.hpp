/// \file
/// Drives a session's core with a link, a state file, the clocks and a program: the thread that
/// does all the work of a Subscriber.
///
/// One turn: wait; take what the program said and what the link brought, step by step; append what
/// must be durable, with one sync for all of it; step what waited for that.

#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "shared/base/mailbox.hpp"
#include "shared/transport/client_link.hpp"
#include "subscriber/core/session_core.hpp"
#include "subscriber/edge/courier.hpp"
#include "subscriber/edge/state_file.hpp"

namespace crier::subscriber {

struct LoopParts {
    CoreOptions options;
    std::unique_ptr<transport::ClientLink> link;
    std::optional<StateFile> state;
};

inline constexpr std::size_t reports_max = 65'536;
inline constexpr std::size_t events_max = 1'024;  ///< That the program has not taken yet.

class SessionLoop {
public:
    /// `courier` must outlive it.
    SessionLoop(LoopParts parts, Courier<ProgramEvent>& courier);
    ~SessionLoop();

    /// The thread that works. Returns when request_stop() was heeded.
    void run();

    // Any thread.

    using Letter = std::variant<Reported, PresenceChanged, TicketGiven>;
    /// Errors: overloaded (reports_max wait), stopping.
    Status post(Letter letter);
    /// What a handler's return means. Never refused: there are no more of them than of events.
    void post_return(Reported report);
    void request_stop() noexcept;
    [[nodiscard]] UtcTime broker_time() const noexcept;
    [[nodiscard]] SessionId session() const noexcept { return session_; }

private:
    void wait();
    void take_letters();
    void drain_link();
    void step(const Event& event);
    void finish_stores();

    void perform(OpenLink effect);
    void perform(CloseLink effect);
    void perform(SendFrame effect);
    void perform(Store effect);
    void perform(Deliver effect);
    void perform(Stopped effect);
    void deliver_rest();

    SessionCore core_;
    const SessionId session_;
    std::unique_ptr<transport::ClientLink> link_;
    std::optional<StateFile> state_;
    Courier<ProgramEvent>& courier_;

    Mailbox<Letter> letters_{reports_max};
    Mailbox<Letter> returns_{4 * events_max};  ///< More than can be taken between two turns.
    std::atomic<bool> is_stop_requested_{false};
    std::atomic<std::int64_t> broker_ahead_of_steady_ms_{0};

    bool is_stopped_ = false;
    bool is_send_refused_ = false;
    std::uint64_t attempt_ = 0;         ///< What a link brought belongs to one attempt only.
    std::vector<Record> to_store_;      ///< Of this turn.
    std::uint64_t store_number_ = 0;    ///< Of the last of them.
    std::deque<ProgramEvent> waiting_;  ///< The courier is full; the link is not read meanwhile.
};

}  // namespace crier::subscriber
