/// \file
/// A session's core in the simulated world: with a store that takes time, a person who answers now
/// and then, and crashes that leave nothing but the store.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "subscriber/core/session_core.hpp"
#include "tests/simulation/ledger.hpp"
#include "tests/simulation/world.hpp"

namespace crier::simulation {

class SessionNode : public Client {
public:
    /// `name`: its key, and up to the first '-' its user. `is_local`: the kernel knows the user.
    /// `endpoints`: of its invitation.
    SessionNode(World& world, Network& network, Ledger& ledger, const std::string& name,
                bool has_store, bool is_local, std::vector<std::string> endpoints);

    void start();
    [[nodiscard]] SessionId id() const { return id_; }
    [[nodiscard]] const Attributes& attributes() const { return options_.attributes; }
    [[nodiscard]] bool is_connected() const { return is_connected_; }
    /// A message has ended it, and it does not come back.
    [[nodiscard]] bool has_ended() const { return has_ended_; }
    [[nodiscard]] std::optional<std::string> system_user() const override;

    void on_link_up() override { step(subscriber::LinkUp{}); }
    void on_link_down(const Error& error) override { step(subscriber::LinkDown{error}); }
    void on_frame(const protocol::Bytes& frame) override;
    /// What arrives waits, and the pipe may fill up.
    void stop_reading(Milliseconds time);

private:
    void crash();
    void step(const subscriber::Event& event);
    void perform();
    void perform(subscriber::Effect& effect);
    void send(protocol::Bytes frame);
    void store(const subscriber::Store& wanted);
    void tell(const subscriber::ProgramEvent& event);
    void show(const IncomingMessage& message);
    void report(const MessageId& id, std::uint32_t revision, State state,
                std::optional<std::uint32_t> answer = std::nullopt);
    void answer(const IncomingMessage& message);
    void clear_screen();
    void on_ended();
    void come_back(bool has_token);
    void note(const MessageId& id, State state);
    void note_welcome();
    void wake();
    [[nodiscard]] Moment local_time() const;

    World& world_;
    Network& network_;
    Ledger& ledger_;
    subscriber::CoreOptions options_;
    SessionId id_;
    Milliseconds clock_skew_;
    std::unique_ptr<subscriber::SessionCore> core_;
    std::vector<subscriber::Record> durable_;
    subscriber::Effects effects_;
    std::map<MessageId, std::uint32_t> on_screen_;  ///< Or about to be; with their revisions.
    bool is_performing_ = false;
    bool is_connected_ = false;
    bool is_local_;
    bool has_ended_ = false;
    int comings_back_ = 0;  ///< After it was ended.
    std::uint64_t life_ = 0;
    int run_ = 0;
    Instant wake_at_{};
};

}  // namespace crier::simulation
