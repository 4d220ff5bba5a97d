/// \file
/// Three brokers that are linked, and whoever joins them.

#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/support/cluster_driver.hpp"

namespace crier::testing {

class Cluster : public ::testing::Test {
protected:
    broker::PeerId join(std::size_t at, const std::string& name) {
        const broker::PeerId peer = cluster.broker(at).join(name);
        cluster.settle();
        return peer;
    }
    broker::PeerId join_operator(std::size_t at) {
        const broker::PeerId peer = cluster.broker(at).join_operator();
        cluster.settle();
        cluster.broker(at).to_operator(peer);
        return peer;
    }
    /// Over the socket that tells whose account it is.
    broker::PeerId join_local(std::size_t at, const std::string& name) {
        broker::PeerFacts facts;
        facts.address = "ipc";
        facts.system_user = "vanessa";
        const broker::PeerId peer = cluster.broker(at).open(facts);
        cluster.broker(at).receive(peer, protocol::FromSession{hello_of(name)});
        cluster.settle();
        return peer;
    }
    void receipt(std::size_t at, broker::PeerId session, std::uint8_t number, State state) {
        cluster.broker(at).receipt(session, number, state);
        cluster.settle();
    }
    /// Message 1 is changed, and everybody is to read it once more.
    void ask_again(std::size_t at, broker::PeerId op) {
        protocol::Update update;
        update.id = message_id(2);
        update.message = message_id(1);
        update.text = "Read me once more";
        update.ask_again = true;
        cluster.broker(at).update(op, update);
        cluster.settle();
    }
    template <class Answer, class Request>
    Answer ask(std::size_t at, broker::PeerId op, Request request) {
        cluster.broker(at).ask(op, std::move(request));
        cluster.settle();
        const auto answer = cluster.broker(at).last<Answer>(op);
        EXPECT_TRUE(answer) << "no answer";
        return answer.value_or(Answer{});
    }
    Tally tally(std::size_t at, broker::PeerId op, std::uint8_t number) {
        return ask<protocol::OutcomePage>(at, op, protocol::AskOutcome{0, message_id(number), {}})
            .message.tally;
    }

    ClusterDriver cluster{3};
};

}  // namespace crier::testing
