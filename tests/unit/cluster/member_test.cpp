// A broker as a member: what it has of the log is copied to another one only as far as its disk has
// it. Method: two members, and what each tells given to the other by hand.

#include "broker/cluster/member.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "broker/cluster/log_copy.hpp"

namespace crier::broker {
namespace {

BrokerId id(std::size_t index) {
    BrokerId id;
    id.bytes.fill(static_cast<std::uint8_t>(index + 1));
    return id;
}

/// Keeps the datagrams; there is no stream.
class Datagrams final : public Backbone {
public:
    void publish(const MessageId&, Bytes, std::optional<std::uint64_t>) override {}
    void follow(std::uint64_t) override {}
    void stop_following() override {}
    void look(std::uint64_t) override {}
    void read_extent() override {}
    void purge_below(std::uint64_t) override {}
    void tell_all(Bytes datagram) override { told.push_back(std::move(datagram)); }
    void tell(const BrokerId&, Bytes datagram) override { told.push_back(std::move(datagram)); }

    std::vector<Bytes> told;
};

class Copies : public ::testing::Test {
protected:
    struct End {
        Datagrams backbone;
        std::vector<LogRequest> asked;  ///< Of the journal.
        std::unique_ptr<Member> member;
        std::vector<PeerId> peers;
    };

    Copies() {
        for (std::size_t index = 0; index < ends.size(); ++index) start(index);
        while (ends[0].peers.empty() || ends[1].peers.empty()) {
            now.steady += Milliseconds(1'000);
            for (End& end : ends) end.member->on_time({}, now);
            exchange();
        }
    }

    void start(std::size_t index) {
        End& end = ends[index];
        OrderingSettings ordering;
        ordering.broker = id(index);
        ordering.key = Secret(Bytes32{1});
        BrokerLinksSettings links;
        links.self.id = id(index);
        links.self.name = "b" + std::to_string(index);
        links.key = Secret(Bytes32{1});
        links.run = index + 1;
        Recovery recovery;
        recovery.cursor = LogCursor{{1, 9}, MessageId{}};
        end.member = std::make_unique<Member>(
            ordering, links, recovery, end.backbone,
            MemberOutlets{[](Batch) {},
                          [&end](const LogRequest& request) { end.asked.push_back(request); },
                          [](const MemberNotice&) {}},
            now);
    }

    /// False: nobody has said anything.
    bool exchange() {
        bool has_said = false;
        for (std::size_t from = 0; from < ends.size(); ++from) {
            for (Bytes& datagram : std::exchange(ends[from].backbone.told, {})) {
                ends[1 - from].member->hear(Heard{std::move(datagram)}, now);
                has_said = true;
            }
        }
        for (End& end : ends) {
            end.member->tell_engine([&end](const Event& event) {
                if (const auto* opened = std::get_if<PeerOpened>(&event)) {
                    end.peers = {opened->peer};
                }
            });
        }
        return has_said;
    }

    /// The second one asks for what is behind the fourth message: the ticket of the first one's
    /// question to its journal.
    std::uint64_t ask() {
        while (exchange()) {
        }
        ends[0].asked.clear();
        ends[1].member->send(ends[1].peers[0], encode(AskPeer{{1, 4}}));
        exchange();
        EXPECT_EQ(ends[0].asked.size(), 1u);
        return std::get<ReadPlaced>(ends[0].asked.at(0)).ticket;
    }
    bool answers(std::uint64_t ticket) {
        ends[0].backbone.told.clear();
        ends[0].member->hear(PlacedRead{ticket, std::vector<PlacedEntry>{}}, now);
        return !ends[0].backbone.told.empty();
    }

    Moment now{Instant{}, utc_from_ms(1'700'000'000'000)};
    std::array<End, 2> ends;
};

TEST_F(Copies, AreSentWhenTheJournalHasAnswered) {
    EXPECT_TRUE(answers(ask()));
}

TEST_F(Copies, AreNotSentIfTheDiskHasFailedMeanwhile) {
    const std::uint64_t ticket = ask();
    ends[0].member->hear(StoreFailed{{ErrorCode::storage_failed, "full"}}, now);
    EXPECT_FALSE(answers(ticket)) << "it was asked up to where the log was followed";
    EXPECT_TRUE(answers(ask())) << "with what the disk has";
}

}  // namespace
}  // namespace crier::broker
