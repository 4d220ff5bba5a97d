#include "shared/protocol/languages.hpp"

#include <gtest/gtest.h>

namespace crier::protocol {
namespace {

Content in_languages(std::string own, const std::vector<std::string>& others) {
    Content content;
    content.text = "its own";
    content.language = std::move(own);
    for (const std::string& language : others) {
        content.translations.push_back({language, "in " + language, {}});
    }
    return content;
}

/// The language that is chosen; "own": the message's own text.
std::string chosen(const Content& content, std::string_view locale) {
    const Translation* best = best_translation(content, locale);
    return best == nullptr ? "own" : best->language;
}

TEST(Languages, TakeTheOneThatTheLocaleNames) {
    const Content content = in_languages("en", {"fr", "de", "pt-BR"});
    EXPECT_EQ(chosen(content, "fr"), "fr");
    EXPECT_EQ(chosen(content, "de"), "de");
    EXPECT_EQ(chosen(content, "pt-BR"), "pt-BR");
    EXPECT_EQ(chosen(content, "en"), "own");
}

TEST(Languages, ReadLocalesAsPosixWritesThem) {
    const Content content = in_languages("en", {"fr", "fr-CA", "sr"});
    EXPECT_EQ(chosen(content, "fr_CA.UTF-8"), "fr-CA");
    EXPECT_EQ(chosen(content, "fr_CA"), "fr-CA");
    EXPECT_EQ(chosen(content, "fr_FR@euro"), "fr");
    EXPECT_EQ(chosen(content, "fr.ISO-8859-1"), "fr");
    EXPECT_EQ(chosen(content, "sr_RS.UTF-8@latin"), "sr");
    EXPECT_EQ(chosen(content, "en_US.UTF-8"), "own");
}

TEST(Languages, TakeTheirOwnForALocaleThatNamesNone) {
    const Content content = in_languages("", {"fr", "de"});
    for (const char* locale : {"", "C", "C.UTF-8", "POSIX", "@", ".UTF-8", "-", "_", "--", "f"}) {
        EXPECT_EQ(chosen(content, locale), "own") << locale;
    }
}

TEST(Languages, LookUpByLeavingOffOneSubtagAfterTheOther) {
    const Content content = in_languages("en", {"zh", "zh-Hant", "zh-Hant-TW"});
    EXPECT_EQ(chosen(content, "zh-Hant-TW-x-office"), "zh-Hant-TW");
    EXPECT_EQ(chosen(content, "zh-Hant-TW"), "zh-Hant-TW");
    EXPECT_EQ(chosen(content, "zh-Hant-HK"), "zh-Hant");
    EXPECT_EQ(chosen(content, "zh-Hans-CN"), "zh");
    EXPECT_EQ(chosen(content, "zh"), "zh");
}

TEST(Languages, CompareWithoutRegardToCase) {
    const Content content = in_languages("EN", {"PT-br", "FR"});
    EXPECT_EQ(chosen(content, "pt_BR"), "PT-br");
    EXPECT_EQ(chosen(content, "Fr_fr"), "FR");
    EXPECT_EQ(chosen(content, "en"), "own");
}

TEST(Languages, TakeTheLanguageOfAnotherRegionWhereTheirOwnHasNoText) {
    const Content content = in_languages("en", {"fr-BE", "fr-CH", "de-AT"});
    EXPECT_EQ(chosen(content, "fr_CA.UTF-8"), "fr-BE") << "the first of them";
    EXPECT_EQ(chosen(content, "fr-CH"), "fr-CH");
    EXPECT_EQ(chosen(content, "de"), "de-AT");
    EXPECT_EQ(chosen(content, "it_IT"), "own");
}

TEST(Languages, PreferTheirOwnTextToAnotherOfTheSameLanguage) {
    const Content content = in_languages("fr-BE", {"fr-CA", "fr-CH", "en"});
    EXPECT_EQ(chosen(content, "fr_FR"), "own");
    EXPECT_EQ(chosen(content, "fr"), "own");
    EXPECT_EQ(chosen(content, "fr-CA"), "fr-CA");
    EXPECT_EQ(chosen(in_languages("fr", {"fr-CA"}), "fr_FR"), "own");
    // The whole tag comes before its parts.
    EXPECT_EQ(chosen(in_languages("fr", {"fr-CA"}), "fr_CA"), "fr-CA");
}

TEST(Languages, TakeNoLanguageForAnotherThatBeginsAlike) {
    const Content content = in_languages("en", {"fro", "fr-CA"});
    EXPECT_EQ(chosen(content, "fr"), "fr-CA");
    EXPECT_EQ(chosen(content, "fro"), "fro");
    EXPECT_EQ(chosen(in_languages("", {"fro"}), "fr"), "own");
}

TEST(Languages, TakeTheFirstOfTwoTextsInOneLanguage) {
    Content content = in_languages("en", {"fr", "fr"});
    EXPECT_EQ(best_translation(content, "fr"), &content.translations.front());
}

}  // namespace
}  // namespace crier::protocol
