// Links between brokers: who is there, and frames in order, over datagrams that get lost. Method:
// several ends in one thread, with a network that a test can cut, and lose datagrams in.

#include "broker/cluster/broker_links.hpp"

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace crier::broker {
namespace {

Secret key(std::uint8_t byte = 1) {
    Bytes32 bytes{};
    bytes.fill(byte);
    return Secret(bytes);
}

BrokerId id(std::size_t index) {
    BrokerId id;
    id.bytes.fill(static_cast<std::uint8_t>(index + 1));
    return id;
}

protocol::Bytes frame(std::uint8_t number) {
    return {number};
}

/// Brokers that hear each other, and what each is told.
class Ends : public ::testing::Test {
protected:
    struct End {
        std::unique_ptr<BrokerLinks> links;
        std::map<BrokerId, PeerId> peers;                     ///< Those that are open.
        std::map<BrokerId, std::vector<std::uint8_t>> heard;  ///< Since the link was opened.
        int opened = 0;
        bool has_twin = false;
        BrokerLoad load;    ///< As another told last.
        BrokerFacts facts;  ///< Of the one that was opened last.
    };

    Ends() {
        for (std::size_t index = 0; index < 3; ++index) start(index);
    }

    void start(std::size_t index) {
        BrokerLinksSettings settings;
        settings.self.id = id(index);
        settings.self.name = "b" + std::to_string(index);
        settings.self.software = "test";
        settings.self.machine = "a boot";
        settings.key = key();
        settings.run = ++last_run_;
        ends[index] = {std::make_unique<BrokerLinks>(settings), {}, {}, 0, false, {}, {}};
    }

    void pass(Milliseconds time) {
        constexpr Milliseconds step{100};
        for (; time > Milliseconds{0}; time -= step) {
            now.steady += step;
            now.utc += step;
            for (std::size_t index = 0; index < ends.size(); ++index) {
                LinkEffects effects;
                if (ends[index].links->next_deadline() <= now.steady) {
                    ends[index].links->on_time(BrokerLoad{7, 5, 9, true}, now, effects);
                }
                perform(index, effects);
            }
            deliver();
        }
    }
    void send(std::size_t from, std::size_t to, std::uint8_t number) {
        LinkEffects effects;
        ends[from].links->send(ends[from].peers.at(id(to)), frame(number), effects);
        perform(from, effects);
    }
    void hear(std::size_t index, const Bytes& datagram) {
        LinkEffects effects;
        ends[index].links->hear(datagram, now, effects);
        perform(index, effects);
    }
    void deliver() {
        while (!network.empty()) {
            auto [to, datagram] = std::move(network.front());
            network.pop_front();
            hear(to, datagram);
        }
    }
    [[nodiscard]] bool are_linked(std::size_t one, std::size_t other) const {
        return ends[one].peers.contains(id(other)) && ends[other].peers.contains(id(one));
    }

    void perform(std::size_t from, LinkEffects& effects) {
        End& end = ends[from];
        for (LinkEffect& effect : effects) {
            if (auto* tell = std::get_if<SendDatagram>(&effect)) {
                for (std::size_t to = 0; to < ends.size(); ++to) {
                    const bool is_meant = !tell->to || *tell->to == id(to);
                    if (!is_meant || is_cut(from, to) || loses()) continue;
                    network.emplace_back(to, tell->datagram);
                }
            } else if (auto* opened = std::get_if<PeerOpened>(&effect)) {
                end.peers[opened->facts.broker->id] = opened->peer;
                end.heard[opened->facts.broker->id].clear();
                end.opened += 1;
                end.facts = *opened->facts.broker;
            } else if (auto* closed = std::get_if<PeerClosed>(&effect)) {
                std::erase_if(end.peers, [&](auto& one) { return one.second == closed->peer; });
            } else if (auto* come = std::get_if<FrameFrom>(&effect)) {
                for (const auto& [other, peer] : end.peers) {
                    if (peer == come->peer) end.heard[other].push_back(come->frame.front());
                }
            } else if (auto* beat = std::get_if<BrokerBeat>(&effect)) {
                end.load = beat->load;
            } else if (std::holds_alternative<TwinHeard>(effect)) {
                end.has_twin = true;
            }
        }
    }
    [[nodiscard]] bool is_cut(std::size_t from, std::size_t to) const {
        return cuts.contains({from, to});
    }
    bool loses() { return loss_odds != 0 && chance_() % loss_odds == 0; }

    std::array<End, 3> ends;
    std::deque<std::pair<std::size_t, Bytes>> network;
    std::set<std::pair<std::size_t, std::size_t>> cuts;  ///< One way each.
    unsigned loss_odds = 0;  ///< One in so many datagrams never arrives.
    Moment now{Instant{}, utc_from_ms(1'700'000'000'000)};

private:
    std::mt19937 chance_{1};
    std::uint64_t last_run_ = 0;
};

TEST_F(Ends, TellWhereSessionsAndOperatorsFindThem) {
    for (const End& end : ends) end.links->set_doors({{"tcp://b:1"}, {"tcp://b:2", "ipc:///b"}});
    pass(Milliseconds{1'500});
    EXPECT_EQ(ends[0].facts.endpoints, std::vector<std::string>{"tcp://b:1"});
    EXPECT_EQ(ends[0].facts.operators, (std::vector<std::string>{"tcp://b:2", "ipc:///b"}));
    EXPECT_EQ(ends[0].facts.machine, "a boot");
    EXPECT_EQ(ends[0].facts.software, "test");
}

TEST_F(Ends, FindEachOther) {
    pass(Milliseconds{1'500});
    EXPECT_TRUE(are_linked(0, 1));
    EXPECT_TRUE(are_linked(1, 2));
    EXPECT_TRUE(are_linked(0, 2));
    pass(Milliseconds{1'000});
    EXPECT_EQ(ends[0].load, (BrokerLoad{7, 5, 9, true}));
    EXPECT_EQ(ends[0].opened, 2) << "each link is opened once";
}

TEST_F(Ends, HearFramesInOrder) {
    pass(Milliseconds{1'500});
    for (std::uint8_t number = 1; number <= 9; ++number) send(0, 1, number);
    send(2, 1, 7);
    deliver();
    EXPECT_EQ(ends[1].heard[id(0)], (std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6, 7, 8, 9}));
    EXPECT_EQ(ends[1].heard[id(2)], std::vector<std::uint8_t>{7});
    EXPECT_TRUE(ends[2].heard[id(0)].empty());
}

TEST_F(Ends, HearAFrameOnceThatComesTwice) {
    pass(Milliseconds{1'500});
    send(0, 1, 1);
    network.push_back(network.front());
    deliver();
    EXPECT_EQ(ends[1].heard[id(0)], std::vector<std::uint8_t>{1});
}

TEST_F(Ends, OpenTheLinkAnewWhenAFrameIsMissing) {
    pass(Milliseconds{1'500});
    send(0, 1, 1);
    network.clear();
    send(0, 1, 2);
    deliver();
    EXPECT_TRUE(ends[1].heard[id(0)].empty()) << "what follows a gap is not heard";
    pass(Milliseconds{200});
    EXPECT_TRUE(are_linked(0, 1));
    EXPECT_EQ(ends[0].opened, 3);
    EXPECT_EQ(ends[1].opened, 3);
    send(0, 1, 3);
    send(1, 0, 4);
    deliver();
    EXPECT_EQ(ends[1].heard[id(0)], std::vector<std::uint8_t>{3});
    EXPECT_EQ(ends[0].heard[id(1)], std::vector<std::uint8_t>{4});
}

TEST_F(Ends, OpenTheLinkAnewWhenNothingFollowsTheMissingFrame) {
    pass(Milliseconds{1'500});
    send(0, 1, 1);
    network.clear();
    pass(Milliseconds{2'200});
    EXPECT_TRUE(are_linked(0, 1));
    EXPECT_EQ(ends[0].opened, 3);
    EXPECT_EQ(ends[1].opened, 3);
    pass(Milliseconds{5'000});
    EXPECT_EQ(ends[1].opened, 3) << "it is whole again";
}

TEST_F(Ends, CloseTheLinkToOneThatSaysNothing) {
    pass(Milliseconds{1'500});
    cuts = {{0, 1}, {1, 0}};
    pass(Milliseconds{4'000});
    EXPECT_FALSE(ends[0].peers.contains(id(1)));
    EXPECT_FALSE(ends[1].peers.contains(id(0)));
    EXPECT_TRUE(are_linked(0, 2));
    cuts.clear();
    pass(Milliseconds{2'500});
    EXPECT_TRUE(are_linked(0, 1));
}

TEST_F(Ends, SendNothingToOneThatIsGone) {
    pass(Milliseconds{1'500});
    const PeerId gone = ends[0].peers.at(id(1));
    cuts = {{1, 0}};
    pass(Milliseconds{4'000});
    // The engine hears at the end of a turn that it is gone, and speaks to it until then.
    LinkEffects effects;
    ends[0].links->send(gone, frame(1), effects);
    EXPECT_TRUE(effects.empty());
}

TEST_F(Ends, CloseALinkThatWorksInOneDirectionOnly) {
    pass(Milliseconds{1'500});
    cuts = {{0, 1}};
    pass(Milliseconds{4'000});
    EXPECT_FALSE(ends[1].peers.contains(id(0)));
    cuts.clear();
    pass(Milliseconds{2'500});
    ASSERT_TRUE(are_linked(0, 1));
    send(0, 1, 1);
    send(1, 0, 2);
    deliver();
    EXPECT_EQ(ends[1].heard[id(0)], std::vector<std::uint8_t>{1});
    EXPECT_EQ(ends[0].heard[id(1)], std::vector<std::uint8_t>{2});
}

TEST_F(Ends, OpenTheLinkAnewToOneThatStartedAnew) {
    pass(Milliseconds{1'500});
    send(0, 1, 1);
    deliver();
    start(1);
    pass(Milliseconds{2'500});
    ASSERT_TRUE(are_linked(0, 1));
    send(0, 1, 2);
    send(1, 0, 3);
    deliver();
    EXPECT_EQ(ends[1].heard[id(0)], std::vector<std::uint8_t>{2});
    EXPECT_EQ(ends[0].heard[id(1)], std::vector<std::uint8_t>{3});
}

TEST_F(Ends, TakeNothingFromWhoDoesNotHoldTheKey) {
    BrokerLinksSettings settings;
    settings.self.id = id(8);
    settings.self.name = "stranger";
    settings.key = key(2);
    BrokerLinks stranger(settings);
    LinkEffects effects;
    stranger.on_time({}, now, effects);
    Bytes datagram = std::get<SendDatagram>(effects.front()).datagram;
    hear(0, datagram);
    pass(Milliseconds{1'500});
    EXPECT_FALSE(ends[0].peers.contains(id(8)));
    EXPECT_EQ(ends[0].links->foreign(), 1u);

    send(1, 0, 1);
    datagram = network.front().second;
    network.clear();
    for (std::size_t bit = 0; bit < datagram.size() * 8; ++bit) {
        Bytes forged = datagram;
        forged[bit / 8] = static_cast<std::uint8_t>(forged[bit / 8] ^ (1u << (bit % 8)));
        hear(0, forged);
    }
    EXPECT_TRUE(ends[0].heard[id(1)].empty());
    hear(0, datagram);
    EXPECT_EQ(ends[0].heard[id(1)], std::vector<std::uint8_t>{1});
}

TEST_F(Ends, NoticeACopyOfTheirOwnDataDirectory) {
    pass(Milliseconds{1'500});
    BrokerLinksSettings settings;
    settings.self.id = id(0);
    settings.self.name = "copy";
    settings.key = key();
    settings.run = 99;
    BrokerLinks twin(settings);
    LinkEffects effects;
    twin.on_time({}, now, effects);
    hear(0, std::get<SendDatagram>(effects.front()).datagram);
    EXPECT_TRUE(ends[0].has_twin);
}

TEST_F(Ends, HearAllOrOpenAnewHoweverMuchIsLost) {
    loss_odds = 5;
    std::uint8_t number = 0;
    for (int turn = 0; turn < 500; ++turn) {
        pass(Milliseconds{100});
        if (!ends[0].peers.contains(id(1))) continue;
        send(0, 1, ++number);
        deliver();
        // Within one opening nothing is missing, and nothing comes twice.
        const auto& heard = ends[1].heard[id(0)];
        for (std::size_t i = 1; i < heard.size(); ++i) {
            ASSERT_EQ(heard[i], static_cast<std::uint8_t>(heard[i - 1] + 1));
        }
    }
    loss_odds = 0;
    pass(Milliseconds{5'000});
    ASSERT_TRUE(are_linked(0, 1));
    send(0, 1, 77);
    deliver();
    EXPECT_EQ(ends[1].heard[id(0)].back(), 77);
}

}  // namespace
}  // namespace crier::broker
