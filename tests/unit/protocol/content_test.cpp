// The rules of what a message says, beyond its text and title.
#include <gtest/gtest.h>

#include "shared/base/limits.hpp"
#include "shared/protocol/codec.hpp"

namespace crier::protocol {
namespace {

Content saying(std::string text) {
    Content content;
    content.text = std::move(text);
    return content;
}

/// Why it is refused with text_invalid; "" if it is not.
std::string detail_of(const Content& content) {
    const Status status = check(content);
    if (status) return {};
    EXPECT_EQ(status.error().code, ErrorCode::text_invalid) << status.error().detail;
    return status.error().detail;
}

/// The same with limit_exceeded.
std::string excess_of(const Content& content) {
    const Status status = check(content);
    if (status) return {};
    EXPECT_EQ(status.error().code, ErrorCode::limit_exceeded) << status.error().detail;
    return status.error().detail;
}

Content translated(Translation translation) {
    Content content = saying("its own");
    content.translations = {{"de", "deutsch", "Titel"}, std::move(translation)};
    return content;
}

TEST(CheckOfContent, TakesTextsInOtherLanguages) {
    EXPECT_EQ(detail_of(translated({"fr", "ligne\nligne", "Ce soir"})), "");
    EXPECT_EQ(detail_of(translated({"", "a", ""})), "texts[1].language: empty");
    EXPECT_EQ(detail_of(translated({"f\nr", "a", ""})),
              "texts[1].language: not one line of UTF-8 without control characters");
    EXPECT_EQ(detail_of(translated({"fr", "", ""})), "texts[1].text: empty");
    EXPECT_EQ(detail_of(translated({"fr", std::string("a\0b", 3), ""})),
              "texts[1].text: has a NUL");
    EXPECT_EQ(detail_of(translated({"fr", "caf\xe9", ""})), "texts[1].text: not UTF-8");
    EXPECT_EQ(detail_of(translated({"fr", "a", "a\nb"})),
              "texts[1].title: not one line of UTF-8 without control characters");
}

TEST(CheckOfContent, HoldsEachTextToItsLimits) {
    const auto of = [](std::size_t bytes) { return std::string(bytes, 'a'); };
    EXPECT_EQ(excess_of(translated({of(35), of(16'384 - 100), of(200)})), "");
    EXPECT_EQ(excess_of(translated({of(36), "a", ""})), "texts[1].language: longer than 35 bytes");
    EXPECT_EQ(excess_of(translated({"fr", of(16'385), ""})),
              "texts[1].text: longer than 16384 bytes");
    EXPECT_EQ(excess_of(translated({"fr", "a", of(201)})), "texts[1].title: longer than 200 bytes");
    Content content = saying("a");
    content.language = of(36);
    EXPECT_EQ(excess_of(content), "language: longer than 35 bytes");
}

TEST(CheckOfContent, HoldsAllTextsAndTitlesTogetherToALimit) {
    Content content = saying(std::string(16'384, 'a'));
    content.title = std::string(100, 'a');
    content.translations = {{"fr", std::string(16'000, 'a'), std::string(200, 'a')},
                            {"de", std::string(84, 'a'), {}}};
    EXPECT_EQ(excess_of(content), "") << "32,768 in all";
    content.translations.back().text += 'a';
    EXPECT_EQ(excess_of(content), "texts: longer than 32768 bytes");
}

TEST(CheckOfContent, LooksForPlaceholdersInTemplatesOnly) {
    Content content = saying("a { b {nothing} }}");
    EXPECT_EQ(detail_of(content), "");
    content.is_template = true;
    EXPECT_EQ(detail_of(content), "text: a brace alone: write it twice, {{ or }}, to show one");
    content.text = "{user}";
    EXPECT_EQ(detail_of(content), "");
    content.title = "{usr}";
    EXPECT_EQ(detail_of(content).rfind("title: {usr} is no placeholder", 0), 0u);
    content.title = "{{}}";
    content.translations = {{"fr", "{user}", "{machine}"}};
    EXPECT_EQ(detail_of(content), "");
    content.translations = {{"fr", "{user}", {}}, {"de", "{benutzer}", {}}};
    EXPECT_EQ(detail_of(content).rfind("texts[1].text: {benutzer} is no placeholder", 0), 0u);
    content.translations = {{"fr", "{user}", "{"}};
    EXPECT_EQ(detail_of(content).rfind("texts[0].title: a brace alone", 0), 0u);
}

TEST(CheckOfContent, CountsDownOnlyToWhatItSays) {
    Content content = saying("in {remaining}");
    content.is_template = true;
    EXPECT_EQ(detail_of(content), "text: {remaining} needs a time to count down to (--countdown)");
    content.countdown_to = utc_from_ms(1'700'000'000'000);
    EXPECT_EQ(detail_of(content), "");
}

Content asking(std::vector<std::string> choices) {
    Content content = saying("Shall we?");
    content.choices = std::move(choices);
    return content;
}

TEST(CheckOfContent, OffersAChoice) {
    EXPECT_EQ(detail_of(asking({})), "");
    EXPECT_EQ(detail_of(asking({"yes", "no"})), "");
    EXPECT_EQ(detail_of(asking({"1", "2", "3", "4", "5", "6", "7", "8", "9"})), "");
    EXPECT_EQ(detail_of(asking({"yes"})), "choices: one alone is no choice");
    EXPECT_EQ(detail_of(asking({"yes", ""})), "choices[1]: empty");
    EXPECT_EQ(detail_of(asking({"\u00a0 ", "no"})), "choices[0]: empty");
    EXPECT_EQ(detail_of(asking({"a", "b", "a"})), "choices[2]: the same twice");
    EXPECT_EQ(detail_of(asking({"yes", "n\x1b[2Jo"})),
              "choices[1]: not one line of UTF-8 without control characters");
    EXPECT_EQ(excess_of(asking({"yes", std::string(80, 'a')})), "");
    EXPECT_EQ(excess_of(asking({"yes", std::string(81, 'a')})), "choices[1]: longer than 80 bytes");
}

TEST(CheckOfContent, EscalatesUpwards) {
    using std::chrono::minutes;
    const auto escalating = [](std::vector<EscalationStep> steps) {
        Content content = saying("a");
        content.escalation = std::move(steps);
        return detail_of(content);
    };
    const std::string not_upwards = "escalation[1]: not later and more urgent";
    EXPECT_EQ(escalating({}), "");
    EXPECT_EQ(escalating({{minutes(5), Urgency::sound}}), "");
    EXPECT_EQ(escalating({{minutes(1), Urgency::alert}, {minutes(2), Urgency::sound}}), "");
    EXPECT_EQ(escalating({{minutes(1), Urgency::alert}, {minutes(1), Urgency::sound}}),
              not_upwards);
    EXPECT_EQ(escalating({{minutes(2), Urgency::alert}, {minutes(1), Urgency::sound}}),
              not_upwards);
    EXPECT_EQ(escalating({{minutes(1), Urgency::alert}, {minutes(2), Urgency::alert}}),
              not_upwards);
    EXPECT_EQ(escalating({{minutes(1), Urgency::sound}, {minutes(2), Urgency::alert}}),
              not_upwards);
}

}  // namespace
}  // namespace crier::protocol
