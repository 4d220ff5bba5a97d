/// \file
/// A session that goes from broker to broker: cores driven by hand, one log, links that can be cut.

#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tests/support/cluster_driver.hpp"

namespace crier::testing {

using namespace broker;
using protocol::OutcomePage;
using protocol::Refused;
using protocol::SessionPage;
using protocol::SessionWelcome;

class Moves : public ::testing::Test {
protected:
    /// Comes to that broker as what it was before, if it was anywhere.
    PeerId join(std::size_t at, const std::string& name, std::vector<protocol::Known> known = {}) {
        protocol::SessionHello hello = hello_of(name);
        if (!token.empty()) hello.resume = token;
        hello.known = std::move(known);
        const PeerId peer = cluster.broker(at).join(std::move(hello));
        cluster.settle();
        frames = cluster.broker(at).to_session(peer);
        if (const auto* welcome = find<SessionWelcome>()) token = welcome->resume;
        return peer;
    }
    /// The same over a socket that tells whose account it is.
    PeerId join_local(std::size_t at, const std::string& name, const std::string& account) {
        PeerFacts facts;
        facts.address = "ipc";
        facts.system_user = account;
        protocol::SessionHello hello = hello_of(name);
        hello.attributes.user = account;
        if (!token.empty()) hello.resume = token;
        const PeerId peer = cluster.broker(at).open(facts);
        cluster.broker(at).receive(peer, protocol::FromSession{std::move(hello)});
        cluster.settle();
        frames = cluster.broker(at).to_session(peer);
        if (const auto* welcome = find<SessionWelcome>()) token = welcome->resume;
        return peer;
    }
    PeerId join_operator(std::size_t at) {
        const PeerId peer = cluster.broker(at).join_operator();
        cluster.settle();
        return peer;
    }
    void send(std::size_t at, PeerId op, std::uint8_t number, const std::string& text) {
        cluster.broker(at).send(op, number, text);
        cluster.settle();
    }
    void receipt(std::size_t at, PeerId session, std::uint8_t number, State state) {
        cluster.broker(at).receipt(session, number, state);
        cluster.settle();
    }
    /// Ordered at the third broker, by message 1.
    void drop_at(UtcTime time, PeerId op, std::optional<UtcTime> expires = {}) {
        protocol::Send drop;
        drop.expires = expires;
        drop.id = message_id(1);
        drop.target = Target::matching("user=vanessa");
        drop.content.text = "Out";
        drop.schedule.drop = time;
        cluster.broker(2).ask(op, drop);
    }
    OutcomePage outcome(std::size_t at, PeerId op, std::uint8_t number) {
        cluster.broker(at).ask(op, protocol::AskOutcome{0, message_id(number), {}});
        cluster.advance(Milliseconds{1'200});
        const auto page = cluster.broker(at).last<OutcomePage>(op);
        EXPECT_TRUE(page);
        return page.value_or(OutcomePage{});
    }
    std::vector<Session> sessions(std::size_t at, PeerId op) {
        cluster.broker(at).ask(op, protocol::ListSessions{});
        cluster.advance(Milliseconds{1'200});
        const auto page = cluster.broker(at).last<SessionPage>(op);
        EXPECT_TRUE(page);
        return page.value_or(SessionPage{}).sessions;
    }
    /// Of what the last who joined was sent.
    template <class Frame>
    const Frame* find() const {
        for (const protocol::ToSession& frame : frames) {
            if (const auto* found = std::get_if<Frame>(&frame)) return found;
        }
        return nullptr;
    }

    static constexpr std::size_t nobody = 3;
    ClusterDriver cluster{3};
    protocol::Bytes token;
    std::vector<protocol::ToSession> frames;
};

}  // namespace crier::testing
