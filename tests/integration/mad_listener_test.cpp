// A listener gone mad, against a real crierd: it subscribes as fast as it can, is cut, and comes
// back at once, again and again. The bell has a thread of its own, so that sessions notice nothing.
// Method: how long a message takes until all of a hundred sessions have displayed it, with and
// without such listeners, in turns.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iostream>
#include <thread>
#include <vector>

#include "tests/integration/misbehaviours.hpp"

namespace crier::testing {
namespace {

using Clock = std::chrono::steady_clock;
using Times = std::vector<std::chrono::microseconds>;

/// Subscribes to a topic of its own after the other, and comes back whenever it is cut.
class MadListener {
public:
    explicit MadListener(const protocol::Invitation& invitation)
        : invitation_(invitation), thread_([this] { run(); }) {}
    ~MadListener() {
        is_stopping_ = true;
        thread_.join();
    }

    [[nodiscard]] std::size_t cuts() const { return cuts_; }

private:
    void run() {
        while (!is_stopping_) {
            RawCurve peer(*invitation_.server_key, CurveKeyPair::of(invitation_.secret->bytes()));
            const bool is_in = peer.connect(invitation_.endpoints.front()) &&
                               peer.shake_hands({{"Socket-Type", "SUB"}});
            if (!is_in) continue;
            std::size_t number = 0;
            while (!is_stopping_ && peer.send(subscription(number))) ++number;
            if (!is_stopping_) ++cuts_;
        }
    }

    static RawCurve::Bytes subscription(std::size_t number) {
        const std::string text = "\1mad " + std::to_string(number);
        return {text.begin(), text.end()};
    }

    const protocol::Invitation invitation_;
    std::atomic<bool> is_stopping_{false};
    std::atomic<std::size_t> cuts_{0};
    std::thread thread_;
};

std::chrono::microseconds time_to_all(PeersStage& stage) {
    const auto began = Clock::now();
    const auto sent = stage.ops().send({.text = "to all, measured"}, Target::everyone(),
                                       {.wait_for = State::displayed});
    EXPECT_TRUE(sent && sent->is_complete);
    return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began);
}

std::chrono::microseconds median(Times times) {
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    return *middle;
}

TEST(MadListeners, AreCutAndSlowNoSession) {
    constexpr int turns = 4;
    constexpr int messages = 15;
    PeersStage stage({}, 100, PeersStage::Traffic::none);
    const auto listeners = stage.crierd().invitation(protocol::Invitation::Kind::listeners);
    Times quiet;
    Times mad;
    std::size_t cuts = 0;
    for (int turn = 0; turn < turns; ++turn) {
        for (int message = 0; message < messages; ++message) quiet.push_back(time_to_all(stage));
        MadListener listener(listeners);
        for (int message = 0; message < messages; ++message) mad.push_back(time_to_all(stage));
        cuts += listener.cuts();
    }
    std::cout << "a message at all of 100 sessions, median: " << median(quiet).count()
              << " us; with a listener gone mad: " << median(mad).count() << " us; it was cut "
              << cuts << " times\n";
    EXPECT_GT(cuts, 0u);
    EXPECT_TRUE(stage.crierd().has_logged({"listener_cut", "subscriptions a second"}));
    // The listener itself takes one of perhaps two processors.
    EXPECT_LE(median(mad), 3 * median(quiet) + std::chrono::milliseconds(20));
    EXPECT_EQ(stage.good().lost(), 0u);
}

}  // namespace
}  // namespace crier::testing
