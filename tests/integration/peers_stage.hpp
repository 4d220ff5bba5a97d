/// \file
/// Where misbehaving peers are tried: a real crierd, a hundred sessions that keep to the protocol,
/// an operator who sends to all and to each of them meanwhile, and a ledger of both.

#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "crier/publisher.hpp"
#include "shared/protocol/messages.hpp"
#include "tests/integration/crierd_process.hpp"
#include "tests/integration/good_sessions.hpp"
#include "tests/support/temporary_directory.hpp"

namespace crier::testing {

class PeersStage {
public:
    enum class Traffic : std::uint8_t { meanwhile, none };

    explicit PeersStage(std::map<std::string, std::string> settings = {},
                        std::size_t sessions = 100, Traffic traffic = Traffic::meanwhile);
    ~PeersStage();

    CrierdProcess& crierd() { return *crierd_; }
    GoodSessions& good() { return *good_; }
    Publisher& ops() { return *ops_; }

    [[nodiscard]] const protocol::Invitation& sessions() const { return sessions_; }
    [[nodiscard]] const protocol::Invitation& operators() const { return operators_; }
    /// A message that only the first of the good sessions has, and has displayed.
    [[nodiscard]] const MessageId& secret() const { return secret_; }

    /// The broker is the same process, and every good session has all that it was sent, once and in
    /// order, and nothing else.
    void expect_unharmed();

private:
    void send_meanwhile();
    void send_to_all();
    void send_to_next();

    TemporaryDirectory folder_;
    std::optional<CrierdProcess> crierd_;
    protocol::Invitation sessions_;
    protocol::Invitation operators_;
    std::optional<GoodSessions> good_;
    std::optional<Publisher> ops_;
    MessageId secret_{};

    std::mutex mutex_;
    std::condition_variable stopping_;
    bool is_stopping_ = false;
    std::vector<std::vector<std::string>> sent_;  ///< By good session.
    std::size_t number_ = 0;
    std::thread traffic_;
};

/// Whether a message that a session was sent is not for it: to another one, or before its welcome.
class Recorder {
public:
    explicit Recorder(const SessionId& own) : own_(to_string(own)) {}

    /// Of a frame, as it came.
    void hear(const RawCurve::Bytes& frame);

    [[nodiscard]] std::size_t foreign() const { return foreign_; }
    [[nodiscard]] bool is_welcomed() const { return is_welcomed_; }
    /// Of the last refusal.
    [[nodiscard]] std::optional<protocol::Refused> refused() const { return refused_; }
    [[nodiscard]] const std::vector<std::string>& texts() const { return texts_; }

private:
    void hear(const protocol::Show& message);

    std::string own_;
    bool is_welcomed_ = false;
    std::size_t foreign_ = 0;
    std::optional<protocol::Refused> refused_;
    std::vector<std::string> texts_;
};

}  // namespace crier::testing
