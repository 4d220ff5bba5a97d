// What is sealed for a session's key: only that session opens it, only in that message, whole.
#include "shared/protocol/sealed_words.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "shared/base/limits.hpp"
#include "shared/protocol/codec.hpp"

namespace crier::protocol {
namespace {

Secret secret_of(std::uint8_t number) {
    Bytes32 bytes;
    bytes.fill(number);
    return Secret(bytes);
}

MessageId id_of(std::uint8_t number) {
    MessageId id;
    id.bytes.fill(number);
    return id;
}

const Secret vanessa = secret_of(1);

Content content() {
    Content content;
    content.text = "Ta rémunération passe à 4 200 €.\nSalut {user}";
    content.title = "Confidentiel";
    content.severity = Severity::warning;
    content.style = Style::alert;
    content.language = "fr";
    content.translations = {{"en", "Your pay rises, {user}, in {remaining}", "Confidential"}};
    content.is_template = true;
    content.countdown_to = utc_from_ms(1'800'000'000'000);
    content.escalation = {{Milliseconds(60'000), Urgency::sound}};
    content.choices = {"J'accepte", "Je refuse"};
    content.is_private = true;
    return content;
}

/// As the session gets it.
Show shown(const Content& said, const Secret& secret = vanessa,
           const Secret& ephemeral = Secret::random()) {
    Show show;
    show.id = id_of(7);
    show.content = cover_of(said);
    show.sealed = *seal_words(said, show.id, public_key_of(secret), ephemeral);
    return show;
}

std::string why_not(const Show& show, const Secret& secret = vanessa) {
    const Result<Content> opened = open_words(show, secret);
    if (opened) return {};
    EXPECT_EQ(opened.error().code, ErrorCode::malformed_frame);
    EXPECT_LE(opened.error().detail.size(), limits::cause_bytes_max) << "a receipt says it";
    return opened.error().detail;
}

constexpr const char* altered =
    "the private message cannot be opened: sealed for another session or message, or altered";

TEST(SealedWords, AreOpenedByTheSessionWholeAndByNobodyElse) {
    const Show show = shown(content());
    const Result<Content> opened = open_words(show, vanessa);
    ASSERT_TRUE(opened) << opened.error().detail;
    EXPECT_EQ(*opened, content());
    EXPECT_EQ(why_not(show, secret_of(2)), altered);
}

TEST(SealedWords, TheirCoverSaysNoWordOfThem) {
    Content expected;
    expected.text = "(private)";
    expected.severity = Severity::warning;
    expected.style = Style::alert;
    expected.countdown_to = content().countdown_to;
    expected.escalation = content().escalation;
    expected.choices = {"1", "2"};
    expected.is_private = true;
    EXPECT_EQ(cover_of(content()), expected);
    EXPECT_TRUE(check(expected)) << "it is sent in place of the message";
}

TEST(SealedWords, DoNotOpenInAnotherMessage) {
    Show show = shown(content());
    show.id = id_of(8);
    EXPECT_EQ(why_not(show), altered);
}

TEST(SealedWords, DoNotOpenWithAnyByteAltered) {
    const Show show = shown(content());
    for (std::size_t at = 0; at < show.sealed.size(); ++at) {
        Show damaged = show;
        damaged.sealed[at] ^= 1;
        EXPECT_EQ(why_not(damaged), altered) << at;
    }
}

TEST(SealedWords, DoNotOpenCutOffOrWithMoreBehindThem) {
    const Show show = shown(content());
    for (std::size_t size = 0; size < show.sealed.size(); ++size) {
        Show cut = show;
        cut.sealed.resize(size);
        EXPECT_NE(why_not(cut), "") << size;
    }
    Show longer = show;
    longer.sealed.push_back(0);
    EXPECT_EQ(why_not(longer), altered);
}

TEST(SealedWords, AreNeverTheSameBytesTwice) {
    EXPECT_NE(shown(content()).sealed, shown(content()).sealed);
}

TEST(SealedWords, DoNotOpenWhenTheBrokerSaysOtherChoices) {
    Show show = shown(content());
    show.content.choices.emplace_back("3");
    EXPECT_EQ(why_not(show),
              "the private message cannot be opened: it has other choices than the broker says");
}

TEST(SealedWords, WhatBreaksTheRulesOfMessagesIsNotShown) {
    for (const std::string& text : {std::string("ab\0", 3), std::string(" \n\u2003")}) {
        Content wrong;
        wrong.text = text;
        wrong.is_private = true;
        EXPECT_EQ(why_not(shown(wrong)),
                  "the private message cannot be opened: what was sealed breaks the rules of "
                  "messages");
    }
}

/// What an operator may change of one whose words stay.
TEST(SealedWords, TakeFromTheBrokerWhatItMayChange) {
    Show show = shown(content());
    show.content.severity = Severity::critical;
    show.content.style = Style::notification;
    show.content.countdown_to = utc_from_ms(1'800'000'900'000);
    const Result<Content> opened = open_words(show, vanessa);
    ASSERT_TRUE(opened) << opened.error().detail;
    EXPECT_EQ(opened->severity, Severity::critical);
    EXPECT_EQ(opened->style, Style::notification);
    EXPECT_EQ(opened->countdown_to, show.content.countdown_to);
    EXPECT_EQ(opened->text, content().text);
}

TEST(SealedWords, MayBeAsManyAsInAnOpenMessage) {
    Content longest = content();
    longest.text = std::string(limits::text_bytes_max, 'a');
    longest.title = std::string(limits::title_bytes_max, 'a');
    longest.language = std::string(limits::language_bytes_max, 'a');
    longest.choices.clear();
    for (char digit = '1'; digit <= '9'; ++digit) {
        longest.choices.emplace_back(limits::choice_bytes_max, digit);
    }
    longest.translations.assign(limits::translations_max, {longest.language, "a", "a"});
    const std::size_t left = limits::texts_bytes_max - limits::text_bytes_max -
                             limits::title_bytes_max - 2 * limits::translations_max;
    longest.translations.front().text.append(left, 'a');
    ASSERT_TRUE(check(longest)) << check(longest).error().detail;
    const Show show = shown(longest);
    EXPECT_LE(show.sealed.size(), limits::sealed_bytes_max);
    EXPECT_EQ(why_not(show), "");
    EXPECT_TRUE(decode_to_session(encode(ToSession{show})));
}

TEST(SealedWords, AreNotSealedForAKeyThatIsNone) {
    const Result<Bytes> sealed = seal_words(content(), id_of(7), PublicKey{});
    ASSERT_FALSE(sealed);
    EXPECT_EQ(sealed.error().code, ErrorCode::session_key_wrong);
}

}  // namespace
}  // namespace crier::protocol
