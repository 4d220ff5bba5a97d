// Messages in memory: what they are made of, when they are over and final, and which are forgotten
// first. Method: made-up entries and cells.

#include "broker/core/messages.hpp"

#include <gtest/gtest.h>

#include "shared/protocol/codec.hpp"

namespace crier::broker {
namespace {

constexpr UtcTime start = utc_from_ms(1'700'000'000'000);

MessageId id_of(std::uint64_t seq) {
    MessageId id;
    id.bytes.back() = static_cast<std::uint8_t>(seq);
    return id;
}

Message message(std::uint64_t seq, std::size_t sessions,
                std::optional<Milliseconds> lifetime = std::nullopt) {
    Message made;
    made.seq = seq;
    made.id = id_of(seq);
    made.sent = start;
    made.content.text = "Salut";
    if (lifetime) made.expires = start + *lifetime;
    made.deliver_until = made.expires.value_or(start + Milliseconds{300'000});
    for (std::uint32_t session = 1; session <= sessions; ++session) made.cells.add(session);
    made.cells.begin({1, 0, 0});
    made.times = 1;
    return made;
}

void set_all(Message& message, State state) {
    for (Cell& cell : message.cells.all()) message.cells.set_state(cell, state);
}

using Seqs = std::vector<std::uint64_t>;

StoredEntry entry_of(const protocol::Send& send) {
    StoredEntry stored;
    stored.seq = 5;
    stored.entry.id = send.id;
    stored.entry.at = start;
    stored.entry.principal = "ops";
    stored.entry.body = protocol::encode(protocol::FromOperator{send});
    return stored;
}

TEST(Message, IsReadFromItsEntry) {
    protocol::Send send;
    send.id = id_of(9);
    send.content.text = "Salut";
    send.target = Target::matching("user=vanessa");
    const StoredEntry stored = entry_of(send);
    const auto request = request_in(stored);
    ASSERT_TRUE(request);
    const Message read = message_from(stored, *request, Milliseconds{1'000});
    EXPECT_EQ(read.id, id_of(9));
    EXPECT_EQ(read.seq, 5u);
    EXPECT_EQ(read.principal, "ops");
    EXPECT_EQ(read.content.text, "Salut");
    EXPECT_EQ(read.deliver_until, start + Milliseconds{1'000});
    Session session;
    EXPECT_FALSE(read.names(session));
    session.attributes.user = "vanessa";
    EXPECT_TRUE(read.names(session));

    send.expires = start + Milliseconds{7'000};
    EXPECT_EQ(message_from(entry_of(send), send, Milliseconds{1'000}).over_at(), *send.expires);
}

TEST(Message, IsDamagedWhereItsEntryIs) {
    protocol::Send send;
    send.id = id_of(9);
    send.content.text = "Salut";
    const StoredEntry whole = entry_of(send);
    for (std::size_t size = 0; size < whole.entry.body.size(); ++size) {
        StoredEntry cut = whole;
        cut.entry.body.resize(size);
        const auto read = request_in(cut);
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().code, ErrorCode::journal_damaged);
    }
    send.target = Target::matching("user");
    EXPECT_FALSE(request_in(entry_of(send)));
    StoredEntry other = whole;
    other.entry.body = protocol::encode(protocol::FromOperator{protocol::Watch{1}});
    EXPECT_FALSE(request_in(other));
}

TEST(Message, NamesTheSessionsOfItsTargetInWhateverOrderTheyWereAskedFor) {
    std::vector<SessionId> asked;
    for (const std::uint8_t byte : std::vector<std::uint8_t>{9, 3, 7, 5, 1}) {
        asked.emplace_back().bytes.fill(byte);
    }
    Message made;
    made.aim_at(Target::of(asked));
    for (int byte = 0; byte < 11; ++byte) {
        Session session;
        session.id.bytes.fill(static_cast<std::uint8_t>(byte));
        EXPECT_EQ(made.names(session), byte % 2 == 1) << byte;
    }
    made.aim_at(Target::everyone());
    EXPECT_TRUE(made.names(Session{}));
}

TEST(Message, CountsTimeFromWhenItWasSentWhateverTheClockDoes) {
    const Message made = message(1, 0);
    EXPECT_EQ(made.since_first(start + Milliseconds{5}), 5u);
    EXPECT_EQ(made.since_first(start - Milliseconds{5}), 0u);
    EXPECT_EQ(made.since_first(start + Milliseconds{1ll << 40}), 1ull << 40);
}

TEST(Message, ShowsTheFirstOfManyIdsInASummary) {
    Message made = message(1, 0);
    made.target.kind = Target::Kind::sessions;
    made.target.sessions.resize(1'000);
    EXPECT_EQ(summary_of(made).target.sessions.size(), 20u);
    made.target.sessions.resize(20);
    EXPECT_EQ(summary_of(made).target.sessions.size(), 20u);
}

TEST(Messages, AreFinalWhenNobodyWaits) {
    Messages messages;
    Message& plain = messages.add(message(1, 2));
    EXPECT_EQ(messages.not_final(), Seqs{1});
    EXPECT_FALSE(messages.settle(plain));
    set_all(plain, State::displayed);
    EXPECT_TRUE(messages.settle(plain));
    EXPECT_TRUE(plain.is_final);
    EXPECT_FALSE(messages.settle(plain));  // Only once.
    EXPECT_EQ(messages.not_final_count(), 0u);
    EXPECT_EQ(messages.not_over(), Seqs{1});
}

TEST(Messages, StandUntilTheyAreOver) {
    Messages messages;
    Message& standing = messages.add(message(1, 1, Milliseconds{60'000}));
    set_all(standing, State::displayed);
    EXPECT_FALSE(messages.settle(standing));

    // To session ids nobody joins; but who left may come back.
    Message to_one = message(2, 1, Milliseconds{60'000});
    to_one.target.kind = Target::Kind::sessions;
    Message& waiting = messages.add(std::move(to_one));
    set_all(waiting, State::gone_unseen);
    EXPECT_FALSE(messages.settle(waiting));

    for (Message* over : messages.take_due(start + Milliseconds{60'000})) {
        over->is_over = true;
        messages.reschedule(*over);
        EXPECT_TRUE(messages.settle(*over));
    }
    EXPECT_TRUE(messages.not_final().empty());
    EXPECT_TRUE(messages.not_over().empty());
}

TEST(Messages, AreDueInTheOrderOfTheirTime) {
    Messages messages;
    messages.add(message(1, 1, Milliseconds{3'000}));
    messages.add(message(2, 1, Milliseconds{1'000}));
    messages.add(message(3, 1, Milliseconds{2'000}));
    EXPECT_EQ(messages.not_over(), (Seqs{1, 2, 3}));
    EXPECT_EQ(messages.next_due(), start + Milliseconds{1'000});
    EXPECT_TRUE(messages.take_due(start + Milliseconds{999}).empty());
    Seqs over;
    for (Message* message : messages.take_due(start + Milliseconds{2'000})) {
        message->is_over = true;
        messages.reschedule(*message);
        over.push_back(message->seq);
    }
    EXPECT_EQ(over, (Seqs{2, 3}));
    EXPECT_EQ(messages.next_due(), start + Milliseconds{3'000});
    EXPECT_EQ(messages.not_over(), (Seqs{1}));
}

TEST(Messages, AreDueWhenTheirScheduleHasSomethingToCome) {
    Messages messages;
    Message later = message(1, 0);
    later.cells = {};
    later.times = 0;
    later.schedule.due = start + Milliseconds{500};
    Message& added = messages.add(std::move(later));
    EXPECT_EQ(messages.next_due(), start + Milliseconds{500});
    EXPECT_FALSE(messages.settle(added)) << "nobody is waiting for it, but it is to go out";
}

TEST(Messages, AreForgottenOldestFirstAndOnlyWhenFinal) {
    Messages messages;
    for (std::uint64_t seq = 1; seq <= 4; ++seq) {
        Message& added = messages.add(message(seq, 100));
        if (seq == 2) continue;
        set_all(added, State::displayed);
        messages.settle(added);
    }
    EXPECT_EQ(messages.surplus(1'000), 0u);
    EXPECT_EQ(messages.take_settled(messages.surplus(200)), (Seqs{1, 3}));
    messages.forget(1);
    messages.forget(3);
    EXPECT_EQ(messages.find(1), nullptr);
    EXPECT_EQ(messages.find(id_of(3)), nullptr);
    EXPECT_NE(messages.find(id_of(2)), nullptr);
    EXPECT_EQ(messages.not_over(), (Seqs{2, 4}));
    EXPECT_EQ(messages.take_settled(messages.surplus(0)), Seqs{4});
    EXPECT_TRUE(messages.take_settled(messages.surplus(0)).empty());
}

TEST(Messages, CountWhatIsUnsettledAsHeldNoLonger) {
    Messages messages;
    Message& back = messages.add(message(1, 100));
    set_all(back, State::gone_unseen);
    ASSERT_TRUE(messages.settle(back));
    messages.unsettle(back);
    messages.unsettle(back);  // Once is enough.
    for (std::uint32_t session = 1'000; session < 1'500; ++session) back.cells.add(session);
    EXPECT_EQ(messages.not_final(), Seqs{1});
    EXPECT_TRUE(messages.take_settled(messages.surplus(0)).empty());
    EXPECT_FALSE(messages.settle(back));
    set_all(back, State::displayed);
    EXPECT_TRUE(messages.settle(back));
    EXPECT_EQ(messages.take_settled(messages.surplus(0)), Seqs{1});
}

/// find() remembers where it found some; these have one place between them.
TEST(Messages, AreToldApartWhereTheirSeqsShareAPlaceAmongTheRecent) {
    const Seqs seqs{5, 5 + 64, 5 + 2 * 64};
    Messages messages;
    for (const std::uint64_t seq : seqs) messages.add(message(seq, 1));
    for (int round = 0; round < 2; ++round) {
        for (const std::uint64_t seq : seqs) {
            ASSERT_NE(messages.find(seq), nullptr);
            EXPECT_EQ(messages.find(seq)->seq, seq);
        }
    }
    EXPECT_EQ(messages.find(5 + 3 * 64), nullptr);
}

TEST(Messages, AreNotFoundOnceTheyAreForgottenThoughTheyWereRecent) {
    constexpr std::uint64_t apart = 64;
    Messages messages;
    messages.add(message(5, 1));
    ASSERT_NE(messages.find(5), nullptr);
    messages.forget(5);
    EXPECT_EQ(messages.find(5), nullptr);

    messages.add(message(5 + apart, 1));
    messages.add(message(5 + 2 * apart, 1));
    ASSERT_NE(messages.find(5 + apart), nullptr);
    messages.forget(5 + 2 * apart);  // Not the one that is remembered.
    EXPECT_EQ(messages.find(5 + 2 * apart), nullptr);
    ASSERT_NE(messages.find(5 + apart), nullptr);
    EXPECT_EQ(messages.find(5 + apart)->seq, 5 + apart);
    messages.forget(5 + apart);
    EXPECT_EQ(messages.find(5 + apart), nullptr);
    EXPECT_EQ(messages.find(0), nullptr);
}

TEST(Messages, MakeAFrameOnceAndAgainWhenItIsNeededAgain) {
    Messages messages;
    Message& made = messages.add(message(1, 1));
    const SharedFrame first = frame_of(made);
    EXPECT_EQ(frame_of(made), first);
    set_all(made, State::displayed);
    messages.settle(made);
    EXPECT_EQ(made.frame, nullptr);
    messages.unsettle(made);
    EXPECT_EQ(*frame_of(made), *first);
}

}  // namespace
}  // namespace crier::broker
