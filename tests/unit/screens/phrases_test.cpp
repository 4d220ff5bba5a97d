// The agent's own words: which language, and durations and times as people say them.

#include "subscriber/screens/phrases.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/unit/screens/sample_messages.hpp"

namespace crier::screens {
namespace {

using namespace testing;
using namespace std::chrono_literals;

TEST(Phrases, AreFrenchForEveryFrenchLocaleAndEnglishForTheRest) {
    for (const char* locale : {"fr", "fr_FR", "fr_FR.UTF-8", "fr-CA", "fr_BE@euro", "fr.UTF-8"}) {
        EXPECT_EQ(language_of(locale), Language::french) << locale;
    }
    for (const char* locale :
         {"", "C", "C.UTF-8", "POSIX", "en_GB.UTF-8", "de_DE", "fry", "frr_DE", "f", "Fr"}) {
        EXPECT_EQ(language_of(locale), Language::english) << locale;
    }
}

TEST(Phrases, PutTheirPartsInPlace) {
    EXPECT_EQ(say(Language::english, Phrase::expires_in, {"3 min", "22:00"}),
              "expires in 3 min (22:00)");
    EXPECT_EQ(say(Language::french, Phrase::expires_in, {"3 min", "22:00"}),
              "expire dans 3 min (22:00)");
    EXPECT_EQ(say(Language::english, Phrase::press_number, {"4"}), "[4] Press 4 to acknowledge");
    EXPECT_EQ(say(Language::english, Phrase::was_expired, {"100 %1"}), "Expired: 100 %1");
}

TEST(Phrases, AreThereInBothLanguagesAndUseTheSameParts) {
    for (int index = 0; index < static_cast<int>(Phrase::count); ++index) {
        const auto phrase = static_cast<Phrase>(index);
        const std::string english = say(Language::english, phrase, {"\x01", "\x02"});
        const std::string french = say(Language::french, phrase, {"\x01", "\x02"});
        for (const char part : {'\x01', '\x02'}) {
            EXPECT_EQ(english.find(part) == english.npos, french.find(part) == french.npos)
                << english << " / " << french;
        }
        EXPECT_EQ(english.find('%'), english.npos) << english;
    }
}

TEST(Phrases, RoundDurationsAsPeopleDo) {
    const auto english = [](Milliseconds duration) {
        return say_duration(Language::english, duration);
    };
    EXPECT_EQ(english(-5s), "0 s");
    EXPECT_EQ(english(499ms), "0 s");
    EXPECT_EQ(english(40s), "40 s");
    EXPECT_EQ(english(59'600ms), "1 min") << "not 60 s";
    EXPECT_EQ(english(90min - 3ms), "1 h 30 min") << "not 1 h 29 min";
    EXPECT_EQ(english(12min), "12 min");
    EXPECT_EQ(english(2h), "2 h");
    EXPECT_EQ(english(47h + 59min), "47 h 59 min");
    EXPECT_EQ(english(48h), "2 days");
    EXPECT_EQ(english(24h * 366), "366 days");
    EXPECT_EQ(say_duration(Language::french, 72h), "3 jours");
}

TEST(Phrases, GiveACauseInTheLanguageOfTheRest) {
    const Error lost{ErrorCode::broker_unreachable,
                     "the connection to tcp://b:1 has ended; try again"};
    EXPECT_EQ(say_cause(Language::english, lost), "the connection to tcp://b:1 has ended");
    EXPECT_EQ(say_cause(Language::french, lost),
              "le serveur ne répond pas (broker_unreachable, 6040)");
    EXPECT_EQ(say_cause(Language::french, Error{ErrorCode::text_invalid, "rare"}),
              "rare (text_invalid, 4002)");
}

TEST(Phrases, GiveTimesInThisMachinesZone) {
    setenv("TZ", "XXX-2", 1);  // Two hours ahead of UTC.
    tzset();
    EXPECT_EQ(local_time(evening, evening), "22:40");
    EXPECT_EQ(local_time(evening + 2h, evening), "2026-11-24 00:40");
    EXPECT_EQ(local_date_and_time(evening), "2026-11-23 22:40:00");
    use_utc();
    EXPECT_EQ(local_time(evening, evening), "20:40");
}

}  // namespace
}  // namespace crier::screens
