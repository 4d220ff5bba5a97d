#include "tests/integration/good_sessions.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>
#include <variant>

#include "shared/base/time.hpp"
#include "shared/protocol/codec.hpp"

namespace crier::testing {
namespace {

using protocol::FromSession;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds beats_apart{2};
constexpr int turn_ms = 100;
constexpr std::chrono::seconds everywhere_limit{10};

}  // namespace

RawZmtp::Bytes session_hello(const protocol::Invitation& invitation, const CurveKeyPair& own) {
    protocol::SessionHello hello;
    hello.versions = {protocol::version, protocol::version};
    hello.proof = join_proof(*invitation.secret, own.public_key);
    return protocol::encode(FromSession{hello});
}

GoodSessions::GoodSessions(const protocol::Invitation& invitation, std::size_t count) {
    for (std::size_t index = 0; index < count; ++index) {
        join(all_.emplace_back(*invitation.server_key, CurveKeyPair::generate()), invitation);
    }
    thread_ = std::thread([this] { run(); });
}

GoodSessions::~GoodSessions() {
    is_stopping_ = true;
    thread_.join();
}

void GoodSessions::join(One& one, const protocol::Invitation& invitation) {
    one.id = session_id_of(one.peer.keys().public_key);
    ASSERT_TRUE(one.peer.connect(invitation.endpoints.front()));
    ASSERT_TRUE(one.peer.shake_hands());
    ASSERT_TRUE(one.peer.send(session_hello(invitation, one.peer.keys())));
    const auto answer = one.peer.receive();
    ASSERT_TRUE(answer);
    const auto frame = protocol::decode_to_session(*answer);
    ASSERT_TRUE(frame && std::holds_alternative<protocol::SessionWelcome>(*frame));
}

std::vector<std::string> GoodSessions::wait_for_texts(std::size_t index, std::size_t count) {
    std::unique_lock lock(mutex_);
    const auto& texts = all_[index].texts;
    has_come_.wait_for(lock, everywhere_limit, [&] { return texts.size() >= count; });
    return texts;
}

void GoodSessions::run() {
    auto next_beat = Clock::now();
    std::vector<pollfd> items;
    while (!is_stopping_) {
        if (Clock::now() >= next_beat) {
            beat();
            next_beat = Clock::now() + beats_apart;
        }
        items.clear();
        for (One& one : all_) {
            items.push_back({one.is_lost ? -1 : one.peer.wire().descriptor(), POLLIN, 0});
        }
        poll(items.data(), items.size(), turn_ms);
        for (std::size_t index = 0; index < items.size(); ++index) {
            if (items[index].revents != 0) hear(all_[index]);
        }
    }
}

void GoodSessions::beat() {
    const protocol::Bytes beat = protocol::encode(FromSession{protocol::Heartbeat{}});
    for (One& one : all_) {
        if (!one.is_lost) one.peer.send(beat);
    }
}

void GoodSessions::hear(One& one) {
    const auto bytes = one.peer.receive();
    if (!bytes) {
        one.is_lost = true;
        ++lost_;
        return;
    }
    const auto frame = protocol::decode_to_session(*bytes);
    protocol::Receipts receipts;
    const auto show = [&](const protocol::Show& message) {
        const std::lock_guard lock(mutex_);
        one.texts.push_back(message.content.text);
        has_come_.notify_all();
        receipts.receipts.push_back(
            {message.id, message.revision, State::displayed, message.sent, {}});
    };
    if (frame && std::holds_alternative<protocol::Show>(*frame)) {
        show(std::get<protocol::Show>(*frame));
    } else if (frame && std::holds_alternative<protocol::Bundle>(*frame)) {
        for (const auto& message : std::get<protocol::Bundle>(*frame).messages) show(message);
    } else if (!frame || !std::holds_alternative<protocol::Heartbeat>(*frame)) {
        ++unknown_;
    }
    if (receipts.receipts.empty()) return;
    receipts.number = ++one.receipts;
    one.peer.send(protocol::encode(FromSession{receipts}));
}

}  // namespace crier::testing
