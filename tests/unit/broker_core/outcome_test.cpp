// Outcomes and facts: what is packed unpacks as the same, and damaged bytes are refused or mean
// something, but never break anything. Method: made-up cells, and every byte changed and cut off.

#include "broker/core/outcome.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "broker/core/states.hpp"
#include "broker/core/varint.hpp"

namespace crier::broker {
namespace {

/// Every state, some marks, some causes, and numbers that need one byte and more.
Cells some_cells() {
    Cells cells;
    const std::array<std::uint32_t, 10> sessions{1,   2,      3,      127,      128,
                                                 300, 16'384, 70'000, 1u << 31, UINT32_MAX};
    for (const std::uint32_t session : sessions) cells.add(session);
    for (std::size_t index = 0; index < sessions.size(); ++index) {
        Cell& cell = cells.all()[index];
        cells.set_state(cell, static_cast<State>(index));
        cell.set_at_ms(index * 12'345);
    }
    cells.all()[9].set_at_ms(366ull * 24 * 3'600'000);  // More than 32 bits.
    cells.set_cause(cells.all()[2], "do not disturb");
    cells.set_cause(cells.all()[6], std::string(160, 'x'));
    cells.all()[3].set(Cell::again);
    cells.all()[4].set(Cell::removed);
    return cells;
}

/// What must hold of any cells, wherever they come from.
void expect_whole(const Cells& cells) {
    Tally counted;
    std::uint64_t before = 0;
    for (const Cell& cell : cells.all()) {
        EXPECT_TRUE(cell.session > before || &cell == cells.all().data());
        before = cell.session;
        counted[cell.state] += 1;
        EXPECT_EQ(cells.find(cell.session), &cell);
        EXPECT_EQ(cells.cause_of(cell).empty(), !cell.has(Cell::has_cause));
    }
    EXPECT_EQ(counted, cells.tally());
}

TEST(Outcome, UnpacksAsWhatWasPacked) {
    const Cells cells = some_cells();
    const auto unpacked = Cells::unpack(cells.pack());
    ASSERT_TRUE(unpacked);
    EXPECT_EQ(unpacked->all(), cells.all());
    EXPECT_EQ(unpacked->tally(), cells.tally());
    EXPECT_EQ(unpacked->all()[9].at_ms(), 366ull * 24 * 3'600'000);
    EXPECT_EQ(unpacked->cause_of(unpacked->all()[2]), "do not disturb");
    EXPECT_EQ(unpacked->cause_of(unpacked->all()[6]).size(), 160u);
    EXPECT_EQ(unpacked->pack(), cells.pack());
    expect_whole(*unpacked);
}

TEST(Outcome, OfNobodyIsNotTheSameAsNone) {
    const Bytes packed = Cells{}.pack();
    EXPECT_FALSE(packed.empty());
    const auto unpacked = Cells::unpack(packed);
    ASSERT_TRUE(unpacked);
    EXPECT_TRUE(unpacked->all().empty());
    EXPECT_FALSE(Cells::unpack({}));
}

TEST(Outcome, WithAByteChangedIsRefusedOrWhole) {
    const Bytes packed = some_cells().pack();
    int refused = 0;
    for (std::size_t place = 0; place < packed.size(); ++place) {
        for (int change = 1; change < 256; ++change) {
            Bytes damaged = packed;
            damaged[place] = static_cast<std::uint8_t>(damaged[place] ^ change);
            const auto cells = Cells::unpack(damaged);
            if (cells) {
                expect_whole(*cells);
            } else {
                EXPECT_EQ(cells.error().code, ErrorCode::journal_damaged);
                refused += 1;
            }
        }
    }
    EXPECT_GT(refused, 1'000);
}

TEST(Outcome, CutOffInTheMiddleOfACellIsRefused) {
    const Bytes packed = some_cells().pack();
    int whole = 0;
    for (std::size_t size = 0; size < packed.size(); ++size) {
        const auto cells =
            Cells::unpack(Bytes(packed.begin(), packed.begin() + static_cast<long>(size)));
        if (!cells) continue;
        expect_whole(*cells);
        whole += 1;
    }
    EXPECT_EQ(whole, 10);  // After the version, and after each cell but the last.
}

TEST(Outcome, WhoseNumbersRunOverIsRefused) {
    Bytes packed = Cells{}.pack();
    const auto put_cell = [&](std::uint64_t distance) {
        put_varint(packed, distance);
        packed.insert(packed.end(), {0, 0, 0});
    };
    put_cell(5);
    ASSERT_TRUE(Cells::unpack(packed));
    // 2^64 - 2 further on is, in 64 bits, three steps back.
    put_cell(UINT64_MAX - 1);
    EXPECT_FALSE(Cells::unpack(packed));
}

TEST(Outcome, KeepsItsCellsInOrderHoweverTheyCome) {
    Cells cells;
    for (const std::uint32_t session : {5u, 9u, 2u, 7u, 1u}) EXPECT_TRUE(cells.add(session));
    for (const std::uint32_t session : {5u, 9u, 2u, 7u, 1u}) EXPECT_FALSE(cells.add(session));
    EXPECT_EQ(cells.tally().targeted(), 5u);
    EXPECT_EQ(cells.find(3), nullptr);
    EXPECT_EQ(cells.find(10), nullptr);
    expect_whole(cells);
}

TEST(Outcome, ForgetsACauseWithTheStateThatHadIt) {
    Cells cells;
    cells.add(1);
    Cell& cell = *cells.find(1);
    EXPECT_TRUE(apply(cells, cell, {State::suppressed, 0, 10, "do not disturb"}));
    EXPECT_EQ(cells.cause_of(cell), "do not disturb");
    EXPECT_TRUE(apply(cells, cell, {State::displayed, 0, 20, {}}));
    EXPECT_EQ(cells.cause_of(cell), "");
    EXPECT_EQ(cell.at_ms(), 20u);
    expect_whole(cells);
}

TEST(Outcome, TakesAMarkWithoutAStateAndChangesNothingTwice) {
    Cells cells;
    cells.add(1);
    Cell& cell = *cells.find(1);
    EXPECT_TRUE(apply(cells, cell, {State::displayed, Cell::again, 10, {}}));
    EXPECT_FALSE(apply(cells, cell, {State::displayed, Cell::again, 30, {}}));
    EXPECT_TRUE(apply(cells, cell, {State::displayed, Cell::removed, 30, {}}));
    EXPECT_TRUE(cell.has(Cell::again) && cell.has(Cell::removed));
    EXPECT_EQ(cell.at_ms(), 10u);
    EXPECT_FALSE(apply(cells, cell, {State::delivered, 0, 40, {}}));
    EXPECT_EQ(cell.state, State::displayed);
}

// ---- Facts --------------------------------------------------------------------------------------

/// Notes what it is told, as text.
class Told : public FactReader {
public:
    void on_receipt(std::uint32_t session, std::uint64_t seq, const ReceiptFact& fact) override {
        if (lines.size() >= lines_max) return;
        lines.push_back(std::to_string(session) + " " + std::to_string(seq) + " " +
                        std::string(name_of(fact.state)) + " " + std::to_string(fact.flags) + " " +
                        std::to_string(fact.at_ms) + " " + fact.cause);
    }
    void on_audience(std::uint64_t seq, const std::vector<std::uint32_t>& sessions) override {
        note(std::to_string(seq) + " is for", sessions);
    }
    void on_revision(std::uint64_t seq, const RevisionFact& fact) override {
        note(std::to_string(seq) + " revision " + std::to_string(fact.beginning.revision) + " at " +
                 std::to_string(fact.beginning.at_ms) + " awaits",
             fact.sessions);
    }
    void on_dropped(std::uint64_t seq, const std::vector<std::uint32_t>& sessions) override {
        note(std::to_string(seq) + " dropped", sessions);
    }
    void on_dropped_elsewhere(std::uint64_t seq,
                              const std::vector<std::uint32_t>& sessions) override {
        note(std::to_string(seq) + " dropped elsewhere", sessions);
    }
    void on_moved(std::uint64_t seq, const std::vector<std::uint32_t>& sessions) override {
        note(std::to_string(seq) + " moved", sessions);
    }
    static constexpr std::size_t lines_max = 200;
    std::vector<std::string> lines;

private:
    void note(std::string line, const std::vector<std::uint32_t>& sessions) {
        if (lines.size() >= lines_max) return;
        for (const std::uint32_t session : sessions) line += " " + std::to_string(session);
        lines.push_back(std::move(line));
    }
};

Bytes some_facts() {
    FactWriter writer;
    writer.audience(1ull << 40, 77);
    writer.receipt(77, 1ull << 40, {State::suppressed, 0, 300, "locked"});
    writer.receipt(UINT32_MAX, 5, {State::acknowledged, Cell::again | Cell::removed, 0, {}});
    return writer.take();
}

TEST(Facts, AreReadAsTheyWereWritten) {
    Told told;
    ASSERT_TRUE(read_facts(some_facts(), told));
    // 4: has_cause, as packed.
    EXPECT_EQ(told.lines, (std::vector<std::string>{"1099511627776 is for 77",
                                                    "77 1099511627776 suppressed 4 300 locked",
                                                    "4294967295 5 acknowledged 3 0 "}));
}

TEST(Facts, SayWhichSessionsARevisionAwaits) {
    FactWriter writer;
    writer.receipt(1, 9, {State::displayed, 0, 5, {}});
    writer.revision(9, {{2, 700, 0}, {1, 2, 3, 9}});
    writer.receipt(1, 9, {State::displayed, 0, 800, {}});
    const Bytes facts = writer.take();
    Told told;
    ASSERT_TRUE(read_facts(facts, told));
    EXPECT_EQ(told.lines,
              (std::vector<std::string>{"1 9 displayed 0 5 ", "9 revision 2 at 700 awaits 1 2 3 9",
                                        "1 9 displayed 0 800 "}));
    for (std::size_t size = 0; size < facts.size(); ++size) {
        Told cut;
        static_cast<void>(read_facts({facts.begin(), facts.begin() + size}, cut));
    }
}

TEST(Outcome, KeepsItsRevisionAndWhatWasTakenOffTheScreen) {
    Cells cells;
    cells.add(4);
    cells.add(5);
    apply(cells, *cells.find(4), {State::displayed, Cell::removed, 10, {}});
    apply(cells, RevisionFact{{3, 50, 0}, {5}});
    const Result<Cells> read = Cells::unpack(cells.pack());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->revision(), 3u);
    EXPECT_EQ(read->counts(0).removed, 1u);
    EXPECT_EQ(read->all(), cells.all());
    apply(cells, RevisionFact{{4, 90, 0}, {4, 5}});
    EXPECT_EQ(cells.counts(0).removed, 0u);
    EXPECT_EQ(cells.tally()[State::waiting], 2u);
}

TEST(Outcome, KeepsHowARevisionBeganAnswersAndWhoWasDropped) {
    Cells cells;
    for (const std::uint32_t session : {4u, 5u, 6u}) cells.add(session);
    cells.begin({2, 700, 60});
    apply(cells, *cells.find(4), {State::answered, Cell::has_answer, 10, {}, 2});
    apply(cells, *cells.find(5), {State::answered, Cell::has_answer, 20, {}, 0});
    apply_dropped(cells, {5, 6});
    EXPECT_FALSE(cells.is_drop_done()) << "others may be yet to be ended";
    cells.set_drop_done();
    const Result<Cells> read = Cells::unpack(cells.pack());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->beginning(), (Cells::Beginning{2, 700, 60}));
    EXPECT_TRUE(read->is_drop_done());
    EXPECT_EQ(read->counts(3), (Counts{0, 2, {1, 0, 1}}));
    EXPECT_EQ(read->all(), cells.all());
}

TEST(Outcome, CountsTheNewestAnswerOfASession) {
    Cells cells;
    cells.add(4);
    EXPECT_TRUE(apply(cells, *cells.find(4), {State::answered, Cell::has_answer, 10, {}, 2}));
    EXPECT_TRUE(apply(cells, *cells.find(4), {State::answered, Cell::has_answer, 30, {}, 1}));
    EXPECT_FALSE(apply(cells, *cells.find(4), {State::answered, Cell::has_answer, 50, {}, 1}));
    EXPECT_EQ(cells.counts(3).answers, (std::vector<std::uint32_t>{0, 1, 0}));
    EXPECT_EQ(cells.find(4)->at_ms(), 30u);
    EXPECT_EQ(cells.tally()[State::answered], 1u);
}

TEST(Outcome, AnAudienceAloneSaysThatTheFirstRevisionBegan) {
    Cells cells;
    EXPECT_EQ(cells.revision(), 0u) << "it is not to go out yet";
    apply_audience(cells, {});
    EXPECT_EQ(cells.beginning(), (Cells::Beginning{1, 0, 0}));
}

TEST(Facts, SayWhoWasDropped) {
    FactWriter writer;
    writer.dropped(9, {3, 4, 9});
    writer.dropped(10, {});
    writer.dropped_elsewhere(11, 5);
    Told told;
    ASSERT_TRUE(read_facts(writer.take(), told));
    EXPECT_EQ(told.lines, (std::vector<std::string>{"9 dropped 3 4 9", "10 dropped",
                                                    "11 dropped elsewhere 5"}));
}

TEST(Facts, SayWhoMovedToAnotherBroker) {
    FactWriter writer;
    writer.moved(9, 3);
    Told told;
    ASSERT_TRUE(read_facts(writer.take(), told));
    EXPECT_EQ(told.lines, std::vector<std::string>{"9 moved 3"});
}

TEST(Cells, DoNotCountASessionOnItsWayToAnotherBroker) {
    Cells cells;
    cells.add(3);
    cells.add(4);
    Cell& moving = *cells.find(3);
    cells.set_state(moving, State::displayed);
    cells.mark(moving, Cell::removed);
    const Bytes before = cells.pack();

    cells.set_moving(moving, true);
    EXPECT_TRUE(cells.has_moving());
    EXPECT_EQ(cells.tally().targeted(), 1u);
    EXPECT_EQ(cells.counts(0).removed, 0u);
    EXPECT_EQ(cells.pack(), before) << "until the other broker has it, it is kept";
    cells.set_state(moving, State::acknowledged);
    cells.set_moving(moving, false);
    EXPECT_EQ(cells.tally()[State::acknowledged], 1u);
    EXPECT_EQ(cells.counts(0).removed, 1u);

    cells.set_moving(moving, true);
    cells.remove(3);
    EXPECT_FALSE(cells.has_moving());
    EXPECT_EQ(cells.tally().targeted(), 1u);
    EXPECT_EQ(cells.find(3), nullptr);
    EXPECT_NE(cells.find(4), nullptr);
}

TEST(Facts, SayWhomAMessageIsForInRanges) {
    const auto is_for = [](std::initializer_list<std::uint32_t> sessions) {
        Cells cells;
        for (const std::uint32_t session : sessions) cells.add(session);
        FactWriter writer;
        writer.audience(9, cells);
        Told told;
        EXPECT_TRUE(read_facts(writer.take(), told));
        return told.lines;
    };
    EXPECT_EQ(is_for({}), std::vector<std::string>{"9 is for"});
    EXPECT_EQ(is_for({0}), std::vector<std::string>{"9 is for 0"});
    EXPECT_EQ(is_for({1, 2, 3, 7, 9, 10}), std::vector<std::string>{"9 is for 1 2 3 7 9 10"});
    EXPECT_EQ(is_for({UINT32_MAX - 1, UINT32_MAX}),
              std::vector<std::string>{"9 is for 4294967294 4294967295"});

    Cells many;
    for (std::uint32_t session = 1; session <= 10'000; ++session) many.add(session);
    FactWriter writer;
    writer.audience(9, many);
    EXPECT_LE(writer.take().size(), 8u);
}

TEST(Facts, OfOneSessionInARowAreOne) {
    FactWriter writer;
    const ReceiptFact shown{State::displayed, 0, 3, {}};
    for (std::uint64_t seq = 5; seq < 100; ++seq) writer.receipt(1, seq, shown);
    const Bytes one = writer.take();
    EXPECT_LE(one.size(), 8u);
    Told told;
    ASSERT_TRUE(read_facts(one, told));
    ASSERT_EQ(told.lines.size(), 95u);
    EXPECT_EQ(told.lines.front(), "1 5 displayed 0 3 ");
    EXPECT_EQ(told.lines.back(), "1 99 displayed 0 3 ");
}

TEST(Facts, ThatDifferAreToldApartAndInOrder) {
    FactWriter writer;
    const ReceiptFact shown{State::displayed, 0, 3, {}};
    writer.receipt(1, 5, shown);
    writer.receipt(2, 6, shown);                              // Another session,
    writer.receipt(2, 8, shown);                              // a gap,
    writer.receipt(2, 9, {State::displayed, 0, 4, {}});       // another time,
    writer.receipt(2, 10, {State::suppressed, 0, 4, "dnd"});  // state and cause,
    writer.audience(11, 2);                                   // and another fact in between.
    writer.receipt(2, 11, {State::suppressed, 0, 4, "dnd"});
    Told told;
    ASSERT_TRUE(read_facts(writer.take(), told));
    EXPECT_EQ(told.lines, (std::vector<std::string>{"1 5 displayed 0 3 ", "2 6 displayed 0 3 ",
                                                    "2 8 displayed 0 3 ", "2 9 displayed 0 4 ",
                                                    "2 10 suppressed 4 4 dnd", "11 is for 2",
                                                    "2 11 suppressed 4 4 dnd"}));
}

TEST(Facts, AreHandedOutOnce) {
    FactWriter writer;
    writer.audience(1, 2);
    EXPECT_FALSE(writer.empty());
    EXPECT_FALSE(writer.take().empty());
    EXPECT_TRUE(writer.empty());
    EXPECT_TRUE(writer.take().empty());
}

TEST(Facts, OfTwoPiecesMayBeJoined) {
    Bytes joined = some_facts();
    const Bytes more = some_facts();
    joined.insert(joined.end(), more.begin(), more.end());
    Told told;
    ASSERT_TRUE(read_facts(joined, told));
    EXPECT_EQ(told.lines.size(), 6u);
}

TEST(Facts, WithAByteChangedAreRefusedOrPossible) {
    const Bytes facts = some_facts();
    for (std::size_t place = 0; place < facts.size(); ++place) {
        for (int change = 1; change < 256; ++change) {
            Bytes damaged = facts;
            damaged[place] = static_cast<std::uint8_t>(damaged[place] ^ change);
            Told told;
            const Status read = read_facts(damaged, told);
            EXPECT_TRUE(read || read.error().code == ErrorCode::journal_damaged);
            // No receipt says waiting, expired or gone: it would trip the state table.
            for (const std::string& line : told.lines) {
                EXPECT_EQ(line.find("waiting"), line.npos);
                EXPECT_EQ(line.find("unseen"), line.npos);
            }
        }
    }
}

TEST(Facts, CutOffAreReadUpToThere) {
    const Bytes facts = some_facts();
    int whole = 0;
    for (std::size_t size = 0; size <= facts.size(); ++size) {
        Told told;
        const Bytes piece(facts.begin(), facts.begin() + static_cast<long>(size));
        whole += read_facts(piece, told) ? 1 : 0;
        EXPECT_LE(told.lines.size(), 3u);
    }
    EXPECT_EQ(whole, 4);
}

// ---- Late receipts ------------------------------------------------------------------------------

TEST(LateReceipt, IsReadAsItWasWrittenAndNotWhenDamaged) {
    const Bytes packed = pack_late_receipt(300, {State::failed, Cell::again, 12, "no screen"});
    std::uint32_t session = 0;
    ReceiptFact fact;
    ASSERT_TRUE(unpack_late_receipt(packed, session, fact));
    EXPECT_EQ(session, 300u);
    EXPECT_EQ(fact.state, State::failed);
    EXPECT_EQ(fact.cause, "no screen");
    for (std::size_t size = 0; size < packed.size(); ++size) {
        const Bytes piece(packed.begin(), packed.begin() + static_cast<long>(size));
        EXPECT_FALSE(unpack_late_receipt(piece, session, fact));
    }
    Bytes longer = packed;
    longer.push_back(0);
    EXPECT_FALSE(unpack_late_receipt(longer, session, fact));
    EXPECT_FALSE(
        unpack_late_receipt(pack_late_receipt(1, {State::waiting, 0, 0, {}}), session, fact));
}

TEST(LateReceipt, CountsOnTopOfTheOutcomeForWhoWasTargeted) {
    Cells cells;
    cells.add(1);
    cells.set_state(*cells.find(1), State::expired_unseen);
    StoredMessage stored;
    stored.cells = cells.pack();
    stored.late_receipts = {pack_late_receipt(1, {State::displayed, 0, 0, {}}),
                            pack_late_receipt(1, {State::delivered, 0, 0, {}}),
                            pack_late_receipt(2, {State::acknowledged, 0, 0, {}})};
    const auto counted = cells_of(stored);
    ASSERT_TRUE(counted);
    EXPECT_EQ(counted->tally()[State::displayed], 1u);
    EXPECT_EQ(counted->tally().targeted(), 1u);
    EXPECT_EQ(sessions_in(stored), std::vector<std::uint32_t>{1});

    stored.late_receipts.push_back({0xff});
    EXPECT_FALSE(cells_of(stored));
    EXPECT_TRUE(sessions_in(stored).empty());
}

TEST(Varint, IsReadAsItWasWrittenAndRefusedWhenItDoesNotEnd) {
    for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128},
                                      std::uint64_t{UINT32_MAX}, UINT64_MAX}) {
        Bytes bytes;
        put_varint(bytes, value);
        VarintReader reader(bytes);
        EXPECT_EQ(reader.varint(), value);
        EXPECT_TRUE(reader.ok() && reader.at_end());
        VarintReader narrow(bytes);
        EXPECT_EQ(narrow.number(), value <= UINT32_MAX ? value : 0);
        EXPECT_EQ(narrow.ok(), value <= UINT32_MAX);
    }
    const Bytes endless(12, 0x80);
    VarintReader reader(endless);
    EXPECT_EQ(reader.varint(), 0u);
    EXPECT_FALSE(reader.ok());
    EXPECT_EQ(reader.byte(), 0u);  // Nothing more is read.
}

}  // namespace
}  // namespace crier::broker
