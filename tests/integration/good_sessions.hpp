/// \file
/// Sessions that keep to the protocol, on a thread of their own: each shows what it is sent, says
/// so, and keeps all it ever heard, before anything is filtered.

#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "crier/id.hpp"
#include "shared/protocol/invitation.hpp"
#include "tests/support/raw_curve.hpp"

namespace crier::testing {

/// Of a session with this key, in CURVE.
[[nodiscard]] RawZmtp::Bytes session_hello(const protocol::Invitation& invitation,
                                           const CurveKeyPair& own);

class GoodSessions {
public:
    /// Returns once all are welcomed; fails the test if one is not.
    GoodSessions(const protocol::Invitation& invitation, std::size_t count);
    ~GoodSessions();
    GoodSessions(const GoodSessions&) = delete;
    GoodSessions& operator=(const GoodSessions&) = delete;

    [[nodiscard]] std::size_t count() const { return all_.size(); }
    [[nodiscard]] const SessionId& id(std::size_t index) const { return all_[index].id; }

    /// The texts that it was sent, in order: `count` of them, or what there is after 10 s.
    [[nodiscard]] std::vector<std::string> wait_for_texts(std::size_t index, std::size_t count);
    /// Connections that have ended, and frames that are none a session is sent.
    [[nodiscard]] std::size_t lost() const { return lost_; }
    [[nodiscard]] std::size_t unknown() const { return unknown_; }

private:
    struct One {
        One(const CurveKey& server_key, const CurveKeyPair& own) : peer(server_key, own) {}
        RawCurve peer;
        SessionId id;
        std::vector<std::string> texts;
        std::uint64_t receipts = 0;
        bool is_lost = false;
    };

    void join(One& one, const protocol::Invitation& invitation);
    void run();
    void hear(One& one);
    void beat();

    std::deque<One> all_;
    std::mutex mutex_;  ///< For the texts.
    std::condition_variable has_come_;
    std::atomic<std::size_t> lost_{0};
    std::atomic<std::size_t> unknown_{0};
    std::atomic<bool> is_stopping_{false};
    std::thread thread_;
};

}  // namespace crier::testing
