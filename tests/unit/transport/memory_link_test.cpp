// The door in memory keeps what a ClientLink promises, with the two sides on one thread and on two.

#include "shared/transport/memory_link.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <string>
#include <thread>

namespace crier::transport {
namespace {

using protocol::Bytes;

Bytes bytes_of(std::string_view text) {
    return {text.begin(), text.end()};
}
std::string text_of(const Bytes& bytes) {
    return {bytes.begin(), bytes.end()};
}

std::vector<LinkEvent> drain(ClientLink& link) {
    std::vector<LinkEvent> events;
    link.drain(events);
    return events;
}

void wait_for_any(const std::vector<int>& descriptors, Milliseconds limit) {
    std::vector<pollfd> items;
    for (const int descriptor : descriptors) items.push_back({descriptor, POLLIN, 0});
    poll(items.data(), items.size(), static_cast<int>(limit.count()));
}

class MemoryLinkTest : public ::testing::Test {
protected:
    MemoryPeer connect() {
        link->open("memory");
        const auto opened = door.take();
        EXPECT_EQ(opened.size(), 1u);
        const auto up = drain(*link);
        EXPECT_EQ(up.size(), 1u);
        EXPECT_TRUE(std::holds_alternative<LinkUp>(up.at(0)));
        return std::get<DoorOpened>(opened.at(0)).peer;
    }

    const Bytes32 key{1, 2, 3};
    MemoryDoor door{4};
    std::unique_ptr<ClientLink> link = door.make_link(key);
};

TEST_F(MemoryLinkTest, LetsAClientInAndTellsItsKey) {
    link->open("memory");
    EXPECT_TRUE(drain(*link).empty());
    EXPECT_FALSE(link->send(bytes_of("early")));
    const auto events = door.take();
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(std::get<DoorOpened>(events[0]).public_key, key);
    EXPECT_TRUE(std::holds_alternative<LinkUp>(drain(*link).at(0)));
}

TEST_F(MemoryLinkTest, CarriesFramesBothWaysInOrder) {
    const MemoryPeer peer = connect();
    ASSERT_TRUE(link->send(bytes_of("1")));
    ASSERT_TRUE(link->send(bytes_of("2")));
    const auto events = door.take();
    ASSERT_EQ(events.size(), 2u);
    EXPECT_EQ(text_of(std::get<DoorFrame>(events[0]).frame), "1");
    EXPECT_EQ(text_of(std::get<DoorFrame>(events[1]).frame), "2");
    ASSERT_TRUE(door.send(peer, bytes_of("3")));
    ASSERT_TRUE(door.send(peer, bytes_of("4")));
    const auto received = drain(*link);
    ASSERT_EQ(received.size(), 2u);
    EXPECT_EQ(text_of(std::get<FrameArrived>(received[0]).frame), "3");
    EXPECT_EQ(text_of(std::get<FrameArrived>(received[1]).frame), "4");
}

TEST_F(MemoryLinkTest, RefusesToSendWhenThePipeIsFull) {
    const MemoryPeer peer = connect();
    for (int number = 0; number < 4; ++number) ASSERT_TRUE(link->send(bytes_of("x")));
    EXPECT_FALSE(link->send(bytes_of("x")));
    for (int number = 0; number < 4; ++number) ASSERT_TRUE(door.send(peer, bytes_of("x")));
    EXPECT_FALSE(door.send(peer, bytes_of("x")));
}

TEST_F(MemoryLinkTest, IsAnsweredWithTheErrorThatTheDoorWasTold) {
    door.refuse_with(Error{ErrorCode::not_admitted, "no"});
    link->open("memory");
    EXPECT_TRUE(door.take().empty());
    const auto events = drain(*link);
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(std::get<LinkDown>(events[0]).error.code, ErrorCode::not_admitted);
    door.refuse_with(std::nullopt);
    connect();
}

TEST_F(MemoryLinkTest, GivesOutWhatCameBeforeACutThenTheEndOnce) {
    const MemoryPeer peer = connect();
    ASSERT_TRUE(door.send(peer, bytes_of("last")));
    door.cut(peer);
    EXPECT_FALSE(door.send(peer, bytes_of("late")));
    const auto events = drain(*link);
    ASSERT_EQ(events.size(), 2u);
    EXPECT_EQ(text_of(std::get<FrameArrived>(events[0]).frame), "last");
    EXPECT_EQ(std::get<LinkDown>(events[1]).error.code, ErrorCode::broker_unreachable);
    EXPECT_TRUE(drain(*link).empty());
    EXPECT_FALSE(link->send(bytes_of("late")));
    EXPECT_TRUE(link->descriptors().empty());
}

TEST_F(MemoryLinkTest, TellsTheDoorThatAClientHasClosed) {
    const MemoryPeer peer = connect();
    ASSERT_TRUE(link->send(bytes_of("bye")));
    link->close();
    EXPECT_TRUE(drain(*link).empty());
    const auto events = door.take();
    ASSERT_EQ(events.size(), 2u);
    EXPECT_TRUE(std::holds_alternative<DoorFrame>(events[0]));
    EXPECT_EQ(std::get<DoorClosed>(events[1]).peer, peer);
}

TEST_F(MemoryLinkTest, DropsAnEarlierConnectionWithoutAnEvent) {
    const MemoryPeer first = connect();
    link->open("memory");
    const auto events = door.take();
    ASSERT_EQ(events.size(), 2u);
    const MemoryPeer second = std::get<DoorOpened>(events[0]).peer;
    EXPECT_NE(second, first);
    EXPECT_EQ(std::get<DoorClosed>(events[1]).peer, first);
    EXPECT_EQ(drain(*link).size(), 1u);
}

TEST_F(MemoryLinkTest, GivesUpWhenNobodyOpensInTime) {
    auto hurried = door.make_link(key, Milliseconds(0));
    hurried->open("memory");
    EXPECT_EQ(hurried->wake_after(), Milliseconds(0));
    const auto events = drain(*hurried);
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(std::get<LinkDown>(events[0]).error.code, ErrorCode::broker_unreachable);
}

TEST_F(MemoryLinkTest, EndsWithTheDoor) {
    auto short_lived = std::make_unique<MemoryDoor>();
    auto other = short_lived->make_link(key);
    auto knocking = short_lived->make_link(key);
    other->open("memory");
    ASSERT_EQ(short_lived->take().size(), 1u);
    ASSERT_EQ(drain(*other).size(), 1u);
    knocking->open("memory");
    short_lived.reset();
    EXPECT_TRUE(std::holds_alternative<LinkDown>(drain(*other).at(0)));
    EXPECT_TRUE(std::holds_alternative<LinkDown>(drain(*knocking).at(0)));
    other->open("memory");
    EXPECT_TRUE(std::holds_alternative<LinkDown>(drain(*other).at(0)));
}

TEST_F(MemoryLinkTest, WorksBetweenThreads) {
    constexpr int rounds = 1'000;
    std::thread client([this] {
        auto own = door.make_link(key);
        own->open("memory");
        int received = 0;
        while (received < rounds) {
            wait_for_any(own->descriptors(), Milliseconds(5'000));
            std::vector<LinkEvent> events = drain(*own);
            ASSERT_FALSE(events.empty());
            for (const LinkEvent& event : events) {
                ASSERT_FALSE(std::holds_alternative<LinkDown>(event));
                if (std::holds_alternative<FrameArrived>(event)) ++received;
                if (received < rounds) {
                    ASSERT_TRUE(own->send(bytes_of("ping")));
                }
            }
        }
    });
    int answered = 0;
    bool is_closed = false;
    while (!is_closed) {
        wait_for_any(door.descriptors(), Milliseconds(5'000));
        for (const DoorEvent& event : door.take()) {
            if (const auto* frame = std::get_if<DoorFrame>(&event)) {
                ASSERT_TRUE(door.send(frame->peer, bytes_of("pong")));
                ++answered;
            }
            is_closed = is_closed || std::holds_alternative<DoorClosed>(event);
        }
    }
    client.join();
    EXPECT_EQ(answered, rounds);
}

}  // namespace
}  // namespace crier::transport
