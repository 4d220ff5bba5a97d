// What a session shows of a message: the language that fits it, its own attributes in place of
// placeholders, the time that is left.
// Method: the core in virtual time.

#include <gtest/gtest.h>

#include "tests/unit/subscriber/core_bench.hpp"

namespace crier::subscriber {
namespace {

using std::chrono::seconds;

CoreOptions of_vanessa(std::string locale) {
    CoreOptions options;
    options.attributes.user = "Vanessa {machine}";
    options.attributes.system_user = "vanessa";
    options.attributes.machine = "office-12";
    options.attributes.locale = std::move(locale);
    return options;
}

protocol::Show template_of(std::string text) {
    protocol::Show show = a_message(1);
    show.content.text = std::move(text);
    show.content.is_template = true;
    return show;
}

/// As the program gets it.
IncomingMessage shown_to(CoreOptions options, const protocol::Show& show) {
    CoreBench bench(std::move(options));
    bench.connect();
    bench.frame(show);
    const auto messages = bench.all_told<IncomingMessage>();
    EXPECT_EQ(messages.size(), 1u);
    return messages.empty() ? IncomingMessage{} : messages[0];
}

// ---- Languages
// -----------------------------------------------------------------------------------

protocol::Show in_three_languages() {
    protocol::Show show = a_message(1);
    show.content.text = "Hello";
    show.content.title = "A title";
    show.content.language = "en";
    show.content.translations = {{"fr", "Bonjour", "Un titre"}, {"de", "Hallo", ""}};
    return show;
}

TEST(MessageContent, IsInTheLanguageOfTheSessionsLocale) {
    const IncomingMessage french = shown_to(of_vanessa("fr_CA.UTF-8"), in_three_languages());
    EXPECT_EQ(french.content.text, "Bonjour");
    EXPECT_EQ(french.content.title, "Un titre");
    EXPECT_EQ(french.content.language, "fr");
    EXPECT_TRUE(french.content.translations.empty()) << "one language is enough for a screen";
}

TEST(MessageContent, KeepsItsTitleWhereATranslationHasNone) {
    const IncomingMessage german = shown_to(of_vanessa("de_DE"), in_three_languages());
    EXPECT_EQ(german.content.text, "Hallo");
    EXPECT_EQ(german.content.title, "A title");
}

TEST(MessageContent, IsAsItWasSentWhereNoLanguageFits) {
    for (const char* locale : {"", "C", "it_IT.UTF-8", "en_GB"}) {
        const IncomingMessage message = shown_to(of_vanessa(locale), in_three_languages());
        EXPECT_EQ(message.content.text, "Hello") << locale;
        EXPECT_EQ(message.content.language, "en") << locale;
    }
}

// ---- Placeholders
// --------------------------------------------------------------------------------

TEST(MessageContent, HasTheSessionsOwnAttributesInPlaceOfPlaceholders) {
    protocol::Show show = template_of("{user} ({system_user}) at {machine}: {{braces}}");
    show.content.title = "For {system_user}";
    const IncomingMessage message = shown_to(of_vanessa("en"), show);
    EXPECT_EQ(message.content.text, "Vanessa {machine} (vanessa) at office-12: {braces}")
        << "an attribute's own braces mean nothing";
    EXPECT_EQ(message.content.title, "For vanessa");
    EXPECT_FALSE(message.content.is_template) << "nobody is to expand it a second time";
}

TEST(MessageContent, ExpandsATranslationToo) {
    protocol::Show show = template_of("Hello {system_user}");
    show.content.translations = {{"fr", "Bonjour {system_user}", ""}};
    EXPECT_EQ(shown_to(of_vanessa("fr"), show).content.text, "Bonjour vanessa");
}

TEST(MessageContent, IsShownByteForByteWhereItIsNoTemplate) {
    protocol::Show show = a_message(1);
    show.content.text = "{user} {{ }} {remaining}";
    const IncomingMessage message = shown_to(of_vanessa("en"), show);
    EXPECT_EQ(message.content.text, show.content.text);
    EXPECT_EQ(text_at(message, broker_start), show.content.text);
}

// ---- Countdown
// -----------------------------------------------------------------------------------

TEST(MessageContent, SaysHowMuchTimeIsLeftWhenItIsShown) {
    protocol::Show show = template_of("In {remaining}, {system_user}: {remaining}!");
    show.content.countdown_to = broker_start + 15 * minute;
    const IncomingMessage message = shown_to(of_vanessa("en"), show);
    EXPECT_EQ(message.content.text, "In 15:00, vanessa: 15:00!") << "when it was sent";
    EXPECT_EQ(text_at(message, broker_start + seconds(1)), "In 14:59, vanessa: 14:59!");
    EXPECT_EQ(text_at(message, broker_start + 20 * minute), "In 0:00, vanessa: 0:00!");
}

TEST(MessageContent, DoesNotCountDownInsideAnAttribute) {
    CoreOptions options = of_vanessa("en");
    options.attributes.user = "{remaining}";
    protocol::Show show = template_of("{user}: {remaining}");
    show.content.countdown_to = broker_start + 15 * minute;
    EXPECT_EQ(text_at(shown_to(std::move(options), show), broker_start), "{remaining}: 15:00");
}

TEST(RemainingTime, IsInWholeSecondsAsPeopleReadIt) {
    EXPECT_EQ(remaining_time(seconds(-5)), "0:00");
    EXPECT_EQ(remaining_time(Milliseconds(1)), "0:01") << "it is not over yet";
    EXPECT_EQ(remaining_time(seconds(9)), "0:09");
    EXPECT_EQ(remaining_time(seconds(14 * 60 + 59)), "14:59");
    EXPECT_EQ(remaining_time(seconds(3'600 + 14 * 60 + 59)), "1:14:59");
    EXPECT_EQ(remaining_time(seconds(2 * 86'400 + 5)), "2 d 0:00:05");
}

// ---- Marks
// ---------------------------------------------------------------------------------------

TEST(MessageContent, SaysThatItIsLateOrAReminder) {
    protocol::Show show = a_message(1);
    show.late = broker_start - minute;
    show.is_reminder = true;
    const IncomingMessage message = shown_to({}, show);
    EXPECT_EQ(message.late, broker_start - minute);
    EXPECT_TRUE(message.is_reminder);
}

}  // namespace
}  // namespace crier::subscriber
