// What was heard of screens: packed and unpacked, and what follows from it for one time.

#include "broker/core/sightings.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "broker/core/screen_replay.hpp"

namespace crier::broker {
namespace {

using namespace std::chrono_literals;
using What = Sighting::What;

constexpr UtcTime evening{1'764'190'800s};

UtcTime after(int seconds) {
    return evening + std::chrono::seconds(seconds);
}

Sighting shown(int seconds, std::uint64_t seq = 1, std::uint32_t revision = 1,
               std::uint32_t session = 1) {
    return {What::shown, after(seconds), session, seq, revision};
}

Sighting named(int seconds, std::uint64_t seq = 1, std::uint32_t revision = 1) {
    return {What::named, after(seconds), 1, seq, revision};
}

Sighting gone(int seconds, std::uint64_t seq = 1, std::uint32_t session = 1) {
    return {What::gone, after(seconds), session, seq};
}

Sighting of_session(What what, int seconds, std::uint32_t session = 1) {
    return {what, after(seconds), session};
}

Sighting started(int seconds) {
    return {What::started, after(seconds)};
}

// ---- Packing ------------------------------------------------------------------------------------

std::vector<Sighting> unpacked(const Bytes& packed) {
    std::vector<Sighting> all;
    const Status read =
        read_sightings(packed, [&](const Sighting& sighting) { all.push_back(sighting); });
    EXPECT_TRUE(read) << read.error().detail;
    return all;
}

Bytes packed(const std::vector<Sighting>& sightings) {
    SightingWriter writer;
    for (const Sighting& sighting : sightings) writer.add(sighting);
    return writer.take();
}

std::vector<Sighting> of_every_kind() {
    MessageId id;
    id.bytes.fill(7);
    constexpr std::uint32_t last = std::numeric_limits<std::uint32_t>::max();
    return {started(0),
            of_session(What::back, 1),
            shown(2),
            shown(2, 2),
            shown(2, 1, 1, 2),
            shown(-5, std::numeric_limits<std::uint64_t>::max(), last, last),
            {What::shown, after(3), 1, 0, 3, id},
            {What::gone, after(4), 1, 0, 0, id},
            {What::gone, after(4), 2, 0, 0, MessageId{}},
            gone(5),
            named(5, 2, 2),
            of_session(What::lost, 6),
            of_session(What::closed, 7, 2),
            {What::alive, after(8)}};
}

TEST(Sightings, UnpackAsWhatWasPacked) {
    const std::vector<Sighting> sightings = of_every_kind();
    EXPECT_EQ(unpacked(packed(sightings)), sightings);
    for (const Sighting& one : sightings) EXPECT_EQ(unpacked(packed({one})), std::vector{one});
}

TEST(Sightings, OfManyPiecesCanBeJoined) {
    SightingWriter writer;
    Bytes joined;
    for (const Sighting& one : of_every_kind()) {
        writer.add(one);
        const Bytes piece = writer.take();
        EXPECT_TRUE(writer.empty());
        joined.insert(joined.end(), piece.begin(), piece.end());
    }
    EXPECT_EQ(unpacked(joined), of_every_kind());
}

TEST(Sightings, AreSmall) {
    std::vector<Sighting> sightings;
    for (std::uint32_t session = 1; session <= 1'000; ++session) {
        sightings.push_back(shown(10, 1'000'000, 1, session));
    }
    EXPECT_LE(packed(sightings).size(), 2'100u) << "a broadcast's: two bytes each";
}

TEST(Sightings, ThatAreCutOffAreDamaged) {
    const Bytes whole = packed(of_every_kind());
    std::size_t refused = 0;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        const Status read = read_sightings(part, [](const Sighting&) {});
        if (read) continue;
        ++refused;
        EXPECT_EQ(read.error().code, ErrorCode::journal_damaged);
    }
    EXPECT_GT(refused, whole.size() / 2) << "the others end between two";
}

// ---- At one time --------------------------------------------------------------------------------

using Seen = std::vector<SeenMessage>;

Seen at(int seconds, const std::vector<Sighting>& log) {
    ScreenReplay replay(after(seconds));
    for (const Sighting& sighting : log) replay.take(sighting);
    return replay.seen();
}

SeenMessage certain(int since, std::uint64_t seq = 1, std::uint32_t revision = 1) {
    return {1, seq, revision, after(since), true};
}

SeenMessage uncertain(int since, std::uint64_t seq = 1, std::uint32_t revision = 1) {
    return {1, seq, revision, after(since), false};
}

TEST(ScreenReplay, ShowsAMessageFromWhenItCameUntilItWent) {
    const std::vector<Sighting> log{of_session(What::back, 0), shown(10), gone(20)};
    EXPECT_EQ(at(9, log), Seen{});
    EXPECT_EQ(at(10, log), Seen{certain(10)});
    EXPECT_EQ(at(19, log), Seen{certain(10)});
    EXPECT_EQ(at(20, log), Seen{});
}

TEST(ScreenReplay, GoesByWhenThingsHappenedNotByWhenTheyWereTold) {
    const std::vector<Sighting> log{of_session(What::back, 0), gone(20), shown(15, 1, 2), shown(10),
                                    shown(10)};
    EXPECT_EQ(at(12, log), Seen{certain(10)});
    EXPECT_EQ(at(17, log), Seen{certain(15, 1, 2)});
    EXPECT_EQ(at(25, log), Seen{});
}

TEST(ScreenReplay, ShowsTheRevisionOfThatTime) {
    const std::vector<Sighting> log{of_session(What::back, 0), shown(10), shown(30, 1, 2)};
    EXPECT_EQ(at(29, log), Seen{certain(10)});
    EXPECT_EQ(at(30, log), Seen{certain(30, 1, 2)});
}

TEST(ScreenReplay, DoesNotGoBackToAnOlderRevision) {
    const std::vector<Sighting> log{of_session(What::back, 0), shown(11), shown(10, 1, 2)};
    EXPECT_EQ(at(12, log), Seen{certain(10, 1, 2)}) << "its clock went back in between";
}

TEST(ScreenReplay, KeepsSessionsAndMessagesApart) {
    const std::vector<Sighting> log{shown(10), shown(12, 2), shown(11, 1, 1, 2), gone(15, 1, 2)};
    EXPECT_EQ(at(14, log), (Seen{certain(10), certain(12, 2), {2, 1, 1, after(11), true}}));
    EXPECT_EQ(at(20, log), (Seen{certain(10), certain(12, 2)}));
}

TEST(ScreenReplay, DoesNotKnowTheScreenOfASessionThatIsAway) {
    const std::vector<Sighting> log{of_session(What::back, 0), shown(10),
                                    of_session(What::lost, 40), of_session(What::back, 60),
                                    named(60)};
    EXPECT_EQ(at(39, log), Seen{certain(10)});
    EXPECT_EQ(at(50, log), Seen{uncertain(10)}) << "it may have been restarted";
    EXPECT_EQ(at(60, log), Seen{certain(10)}) << "it names it";
}

TEST(ScreenReplay, KnowsLaterWhatWasOnAScreenThatItCouldNotSee) {
    const std::vector<Sighting> log{of_session(What::back, 0),
                                    shown(10),
                                    of_session(What::lost, 40),
                                    of_session(What::back, 60),
                                    gone(50),
                                    shown(45, 2),
                                    gone(55, 2)};
    EXPECT_EQ(at(48, log), (Seen{certain(10), certain(45, 2)}));
    EXPECT_EQ(at(52, log), Seen{certain(45, 2)});
    EXPECT_EQ(at(57, log), Seen{});
}

TEST(ScreenReplay, DoesNotTakeALaterRunsWordForAnEarlierOnes) {
    const std::vector<Sighting> log{
        of_session(What::back, 0),  shown(10), of_session(What::lost, 40),
        of_session(What::back, 60), shown(60), gone(70)};
    EXPECT_EQ(at(50, log), Seen{uncertain(10)});
}

TEST(ScreenReplay, TakesOffWhatASessionThatIsBackDoesNotName) {
    const std::vector<Sighting> log{
        of_session(What::back, 0),  shown(10),   shown(11, 2), of_session(What::lost, 40),
        of_session(What::back, 60), named(60, 2)};
    EXPECT_EQ(at(50, log), (Seen{uncertain(10), uncertain(11, 2)}));
    EXPECT_EQ(at(60, log), Seen{certain(11, 2)});
    EXPECT_EQ(at(99, log), Seen{certain(11, 2)});
}

TEST(ScreenReplay, IsUncertainOfWhatWasShownWhileAway) {
    const std::vector<Sighting> log{of_session(What::back, 0), of_session(What::lost, 40),
                                    of_session(What::back, 60), named(60), shown(50)};
    EXPECT_EQ(at(45, log), Seen{});
    EXPECT_EQ(at(55, log), Seen{uncertain(50)});
    EXPECT_EQ(at(65, log), Seen{certain(50)});
}

TEST(ScreenReplay, ClearsTheScreenOfASessionThatHasClosed) {
    const std::vector<Sighting> log{of_session(What::back, 0), shown(10),
                                    of_session(What::lost, 40), of_session(What::closed, 50)};
    EXPECT_EQ(at(45, log), Seen{uncertain(10)});
    EXPECT_EQ(at(50, log), Seen{});
}

TEST(ScreenReplay, KnowsWhatLeftTheScreenWhileTheHelloWasOnItsWay) {
    const std::vector<Sighting> log{of_session(What::back, 0),
                                    shown(10),
                                    shown(11, 2),
                                    of_session(What::lost, 40),
                                    of_session(What::back, 60),
                                    named(60),
                                    named(60, 2),
                                    gone(59),
                                    shown(58, 2, 2)};
    EXPECT_EQ(at(59, log), (Seen{uncertain(58, 2, 2)}));
    EXPECT_EQ(at(61, log), (Seen{certain(58, 2, 2)}));
}

TEST(ScreenReplay, IsUncertainOfWhatASessionThatHasClosedShowsNevertheless) {
    const std::vector<Sighting> log{of_session(What::back, 0), of_session(What::closed, 50),
                                    of_session(What::back, 80), shown(55)};
    EXPECT_EQ(at(60, log), Seen{uncertain(55)});
}

/// Perhaps there is another person at it.
TEST(ScreenReplay, BeginsAnewWithASessionThatComesBackAfterItHadClosed) {
    const std::vector<Sighting> log{of_session(What::back, 0), shown(10),
                                    of_session(What::closed, 50), of_session(What::back, 80),
                                    named(80)};
    EXPECT_EQ(at(60, log), Seen{});
    EXPECT_EQ(at(90, log), Seen{certain(80)});
}

TEST(ScreenReplay, IsUncertainOfEveryScreenWhileTheBrokerWasAway) {
    const std::vector<Sighting> log{of_session(What::back, 0),  shown(10),
                                    shown(30, 1, 1, 2),         started(60),
                                    of_session(What::back, 70), shown(70)};
    EXPECT_EQ(at(29, log), Seen{certain(10)});
    EXPECT_EQ(at(45, log), (Seen{uncertain(10), {2, 1, 1, after(30), false}}))
        << "since the last that was written before it was killed";
    EXPECT_EQ(at(75, log), (Seen{certain(10), {2, 1, 1, after(30), false}}));
}

TEST(ScreenReplay, KnowsUntilWhenABrokerWasThereThatStopped) {
    const std::vector<Sighting> log{
        of_session(What::back, 0), shown(10), {What::alive, after(50)}, started(60)};
    EXPECT_EQ(at(49, log), Seen{certain(10)});
    EXPECT_EQ(at(55, log), Seen{uncertain(10)});
}

}  // namespace
}  // namespace crier::broker
