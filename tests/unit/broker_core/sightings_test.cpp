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

Sighting gone(int seconds, std::uint64_t seq = 1, std::uint32_t session = 1,
              std::uint32_t revision = 9) {
    return {What::gone, after(seconds), session, seq, revision};
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
            {What::gone, after(4), 1, 0, 3, id},
            {What::gone, after(4), 2, 0, 4, MessageId{}},
            gone(5),
            named(5, 2, 2),
            of_session(What::lost, 6),
            of_session(What::closed, 7, 2)};
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

constexpr Milliseconds unheard_max{12'500};

Seen at(int seconds, const std::vector<Sighting>& log, Milliseconds unheard = unheard_max) {
    ScreenReplay replay(after(seconds), unheard);
    for (const Sighting& sighting : log) replay.take(sighting);
    Seen seen;
    while (replay.replay_next(seen)) continue;
    return seen;
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
    const std::vector<Sighting> log{of_session(What::back, 0),
                                    of_session(What::back, 0, 2),
                                    shown(10),
                                    shown(12, 2),
                                    shown(11, 1, 1, 2),
                                    gone(15, 1, 2)};
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

TEST(ScreenReplay, ClearsTheScreenOfASessionThatSaysGoodbye) {
    const std::vector<Sighting> log{of_session(What::back, 0), shown(10),
                                    of_session(What::closed, 50)};
    EXPECT_EQ(at(45, log), Seen{certain(10)});
    EXPECT_EQ(at(50, log), Seen{});
}

TEST(ScreenReplay, GoesOnNotKnowingTheScreenOfASessionThatWasAwayForTooLong) {
    const std::vector<Sighting> log{of_session(What::back, 0), shown(10),
                                    of_session(What::lost, 40), of_session(What::closed, 50)};
    EXPECT_EQ(at(60, log), Seen{uncertain(10)});
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

/// Who was silent just then may have been missed soon.
TEST(ScreenReplay, IsUncertainOfEveryScreenSinceShortlyBeforeTheBrokerWentAway) {
    const std::vector<Sighting> log{of_session(What::back, 0),
                                    of_session(What::back, 0, 2),
                                    shown(10),
                                    shown(30, 1, 1, 2),
                                    started(60),
                                    of_session(What::back, 70),
                                    named(70)};
    EXPECT_EQ(at(17, log), Seen{certain(10)});
    EXPECT_EQ(at(18, log), Seen{uncertain(10)}) << "the last that is written is of 30";
    EXPECT_EQ(at(45, log), (Seen{uncertain(10), {2, 1, 1, after(30), false}}));
    EXPECT_EQ(at(75, log), (Seen{certain(10), {2, 1, 1, after(30), false}}));
}

TEST(ScreenReplay, IsUncertainForAsLongAsASessionMayBeSilent) {
    const std::vector<Sighting> log{of_session(What::back, 0), shown(1),
                                    of_session(What::back, 200, 2), started(210)};
    constexpr Milliseconds long_unheard{150'000};
    EXPECT_EQ(at(40, log, long_unheard), Seen{certain(1)}) << "heard until 50 at the least";
    EXPECT_EQ(at(60, log, long_unheard), Seen{uncertain(1)});
}

TEST(ScreenReplay, KnowsThatASessionWasHeardWhenItLastToldSomething) {
    const std::vector<Sighting> log{of_session(What::back, 0), shown(10), shown(29, 2),
                                    started(60)};
    EXPECT_EQ(at(28, log), Seen{certain(10)});
    EXPECT_EQ(at(31, log), (Seen{uncertain(10), uncertain(29, 2)}));
}

TEST(ScreenReplay, DoesNotLoseWhatCameBetweenAHelloAndItsHearing) {
    const std::vector<Sighting> log{of_session(What::back, 0), of_session(What::lost, 40),
                                    of_session(What::back, 60), shown(59), shown(61, 2)};
    EXPECT_EQ(at(65, log), (Seen{uncertain(59), certain(61, 2)}))
        << "the hello may be older than this, or newer";
}

/// A crash has cleared the screen, and the new run tells what the old one could not.
TEST(ScreenReplay, TakesOffWhatIsToldAgainOfBeforeTheLoss) {
    const std::vector<Sighting> log{
        of_session(What::back, 0),  shown(10), of_session(What::lost, 40),
        of_session(What::back, 60), shown(10), gone(90)};
    EXPECT_EQ(at(50, log), Seen{uncertain(10)});
    EXPECT_EQ(at(70, log), Seen{});
}

TEST(ScreenReplay, TakesTheBrokersOwnTimesInTheOrderInWhichItHeard) {
    const std::vector<Sighting> log{of_session(What::back, 7'200), shown(7'210),
                                    of_session(What::lost, 600), of_session(What::closed, 1'500)};
    EXPECT_EQ(at(8'000, log), Seen{uncertain(7'210)}) << "its clock was put right by two hours";
}

TEST(ScreenReplay, LetsOnlyARevisionGoThatIsNoOlder) {
    const std::vector<Sighting> log{of_session(What::back, 0), shown(10, 1, 2), gone(11, 1, 1, 1)};
    EXPECT_EQ(at(12, log), Seen{certain(10, 1, 2)});
}

TEST(ScreenReplay, CountsFromWhenALaterRunHasShownItAgain) {
    const std::vector<Sighting> log{of_session(What::back, 0), shown(10),
                                    of_session(What::lost, 40), of_session(What::back, 60),
                                    shown(62)};
    EXPECT_EQ(at(65, log), Seen{certain(62)});
}

TEST(ScreenReplay, KnowsNothingOfASessionBeforeItsRecordsBegin) {
    EXPECT_EQ(at(20, {shown(10)}), Seen{uncertain(10)}) << "when it was back was pruned";
}

/// One whose connection comes and goes may have a hundred thousand of them.
TEST(ScreenReplay, IsQuickWithManyReturns) {
    ScreenReplay replay(after(1'000'000), unheard_max);
    for (int second = 0; second < 1'000; ++second) {
        replay.take(of_session(What::back, second));
        for (std::uint64_t seq = 1; seq <= 200; ++seq) replay.take(named(second, seq));
    }
    Seen seen;
    EXPECT_TRUE(replay.replay_next(seen));
    EXPECT_EQ(seen.size(), 200u);
    EXPECT_FALSE(replay.replay_next(seen));
}

}  // namespace
}  // namespace crier::broker
