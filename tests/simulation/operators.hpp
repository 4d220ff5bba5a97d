/// \file
/// What people do to whom in a storm: messages of every kind, changes of them, and admission. Each
/// is noted in the ledger with what became of it.

#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/ledger.hpp"
#include "tests/simulation/publisher_node.hpp"
#include "tests/simulation/session_node.hpp"
#include "tests/simulation/world.hpp"

namespace crier::simulation {

class Operators {
public:
    using Sessions = std::vector<std::unique_ptr<SessionNode>>;

    /// `sessions` are those there are and will be.
    /// `endpoints`: of the brokers; each publisher prefers another one.
    Operators(World& world, Network& network, Ledger& ledger, const Sessions& sessions,
              const std::vector<std::string>& endpoints);

    /// All of it at random times within `storm`.
    void schedule(Milliseconds storm);
    /// Everybody may come in from then on.
    void open_admission();
    [[nodiscard]] bool is_opening() const { return is_opening_; }
    /// What became of each message goes into the ledger.
    void ask_for_outcomes(Milliseconds timeout);
    /// What was on the screens of a few sessions at that time, too.
    void ask_for_screens(UtcTime at, Milliseconds timeout);
    [[nodiscard]] bool has_all_answers() const { return answers_awaited_ == 0; }
    /// All that was planned so far has come by then.
    [[nodiscard]] UtcTime horizon() const { return horizon_; }

private:
    template <class Act>
    void some_time(Milliseconds by, Act act);
    void send_changing();
    void send_burst();
    void send_scheduled();
    void send_question();
    void send_drain();
    void change_at_random(const MessageId& message, std::uint64_t updates_max, bool has_schedule);
    void update_later(const MessageId& message, MessageUpdate update);
    void change_at_the_last_moment(const MessageId& message, UtcTime at);
    void recall_later(const MessageId& message);
    void close_later(const MessageId& message);
    void ask_to_change(const MessageId& message, AskedChange change, MessageUpdate update);
    void ask_for_change(const publisher::Request& asked, const MessageId& message,
                        std::size_t index, int repeats_left);
    void set_admission(bool is_open);
    void ask_for_outcome(const MessageId& id, Asked& asked, Milliseconds timeout);
    [[nodiscard]] Schedule some_schedule();
    void look_ahead(const publisher::AskToSend& message);
    [[nodiscard]] SessionNode& some_session();
    [[nodiscard]] PublisherNode& some_publisher();
    [[nodiscard]] publisher::AskToSend some_message();
    [[nodiscard]] publisher::AskToSend some_lasting_message();
    [[nodiscard]] Target some_target();
    [[nodiscard]] std::set<SessionId> audience_of(const Target& target) const;
    void send(publisher::AskToSend message, Target target);
    void ask_to_send(const publisher::AskToSend& message, int repeats_left);

    World& world_;
    Network& network_;
    Ledger& ledger_;
    const Sessions& sessions_;
    std::vector<std::unique_ptr<PublisherNode>> publishers_;
    std::size_t sessions_at_start_;
    Milliseconds storm_{};
    UtcTime horizon_{};
    int last_message_ = 0;
    int last_setting_ = 0;
    bool is_opening_ = false;
    int answers_awaited_ = 0;
};

}  // namespace crier::simulation
