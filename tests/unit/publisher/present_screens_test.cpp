// What `crier audit screen` prints. Method: a made-up answer of the broker in, text out; the
// process's zone is UTC.

#include "publisher/cli/present_screens.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace crier::cli {
namespace {

using namespace std::chrono_literals;

constexpr UtcTime now = utc_from_ms(1'795'464'000'000);  // 2026-11-23T20:00:00Z

class PresentScreens : public ::testing::Test {
protected:
    PresentScreens() {
        setenv("TZ", "UTC", 1);
        tzset();
    }

    static constexpr View terminal{Form::terminal, 130, now};
    static constexpr View pipe{Form::pipe, 80, now};
    static constexpr View json{Form::json, 80, now};

    /// Two messages on the screen of a session that claims to be Vanessa.
    static ScreensThen then() {
        OnScreen one;
        one.session.bytes = {0x3c};
        one.user = "Vanessa";
        one.system_user = "vanessa";
        one.system_user_verified = true;
        one.machine = "ws-12";
        one.application = "Billing";
        one.message.bytes = {0x01, 0x90};
        one.seq = 7;
        one.revision = 2;
        one.by = "ann\x1b[2J";
        one.said = now - 2h;
        one.content.text = "At 22:00\nSave.";
        one.shown = now - 1h;
        OnScreen other = one;
        other.content.title = "Lunch";
        other.is_certain = false;
        return {{{one, other}, now - 24h, 2}, now - 2min};
    }
};

const std::string session = "3c000000000000000000000000000000";

TEST_F(PresentScreens, ATerminalShowsWhoPutWhatThereAndWhichIsNotCertain) {
    const std::string row = session + "  Vanessa?  vanessa      ws-12    19:00";
    EXPECT_EQ(present(then(), terminal),
              "SESSION                           USER      SYSTEM USER  MACHINE  SINCE   BY       "
              "MESSAGE       TEXT\n" +
                  row + "   ann\uFFFD[2J  019000000000  At 22:00 …\n" + row +
                  "?  ann\uFFFD[2J  019000000000  Lunch\n"
                  "? behind a time: the session was out of reach then; this was on its screen when "
                  "it was last heard of.\n");
    EXPECT_EQ(exit_code_of(then()), ExitCode::done);
}

TEST_F(PresentScreens, WhatIsCertainNeedsNoExplanation) {
    ScreensThen certain = then();
    certain.screens.list.pop_back();
    EXPECT_EQ(present(certain, terminal).find("out of reach"), std::string::npos);
}

TEST_F(PresentScreens, ANarrowTerminalKeepsWhoseWhoAndWhat) {
    const std::string text = present(then(), View{Form::terminal, 80, now});
    EXPECT_TRUE(text.starts_with("SESSION                           USER      SINCE")) << text;
    EXPECT_NE(text.find("  BY"), std::string::npos);
    EXPECT_NE(text.find("At 22:00"), std::string::npos) << text;
}

TEST_F(PresentScreens, APipeGetsALineForEachAndNothingElse) {
    const std::string row =
        session + "\tVanessa?\tvanessa\tws-12\tBilling\t" + "2026-11-23T19:00:00.000Z\t";
    const std::string id = "01900000000000000000000000000000";
    EXPECT_EQ(present(then(), pipe), row + "certain\tann\uFFFD[2J\t" + id + "\tAt 22:00 …\n" + row +
                                         "uncertain\tann\uFFFD[2J\t" + id + "\tLunch\n");
    EXPECT_EQ(remark_on(then()), "");
}

TEST_F(PresentScreens, JsonHasAllThatWasShownInAllItsLanguages) {
    ScreensThen asked = then();
    Content& content = asked.screens.list.front().content;
    content.language = "en";
    content.translations = {{.language = "fr", .text = "Bonjour", .title = "Avis"}};
    content.is_template = true;
    content.countdown_to = now;
    content.escalation = {{2min, Urgency::alert}};
    content.choices = {"yes", "no"};
    content.severity = Severity::critical;
    const std::string text = present(asked, json);
    EXPECT_TRUE(text.starts_with(
        R"({"at":"2026-11-23T19:58:00.000Z","known":true,)"
        R"("known_since":"2026-11-22T20:00:00.000Z","sessions":2,"screens":[{"session":"3c000000)"))
        << text;
    EXPECT_NE(text.find(R"("user":"Vanessa","user_verified":false,"system_user":"vanessa",)"
                        R"("system_user_verified":true,"machine":"ws-12","application":"Billing",)"
                        R"("shown":"2026-11-23T19:00:00.000Z","certain":true,)"
                        R"("message":"01900000000000000000000000000000","seq":7,"revision":2,)"
                        R"("by":"ann\u001b[2J","said":"2026-11-23T18:00:00.000Z",)"
                        R"("text":"At 22:00\nSave.","title":"","severity":"critical",)"
                        R"("style":"notification","private":false,"language":"en",)"
                        R"("translations":[{"language":"fr","text":"Bonjour","title":"Avis"}],)"
                        R"("template":true,"countdown_to":"2026-11-23T20:00:00.000Z",)"
                        R"("escalation":[{"after_ms":120000,"urgency":"alert"}],)"
                        R"("choices":["yes","no"]})"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find(R"("certain":false)"), std::string::npos);
}

TEST_F(PresentScreens, ATimeBeforeTheRecordsIsNotATimeWhenNothingWasThere) {
    ScreensThen early = then();
    early.screens.list.clear();
    early.screens.sessions = 0;
    early.screens.known_since = now;
    EXPECT_EQ(present(early, terminal),
              "Nothing is known of screens at 2026-11-23 19:58:00. The broker's records of screens "
              "begin at 2026-11-23 20:00:00.\n");
    EXPECT_EQ(present(early, pipe), "");
    EXPECT_NE(remark_on(early).find("records of screens begin at 2026-11-23 20:00:00"),
              std::string::npos);
    EXPECT_EQ(present(early, json), R"({"at":"2026-11-23T19:58:00.000Z","known":false,)"
                                    R"("known_since":"2026-11-23T20:00:00.000Z",)"
                                    R"("sessions":0,"screens":[]})"
                                    "\n");
    EXPECT_EQ(exit_code_of(early), ExitCode::some_not);
    early.at = now;
    EXPECT_EQ(remark_on(early),
              "The broker's records, which begin at 2026-11-23 20:00:00, know no such session. "
              "Names are spelt as crier sessions spells them.")
        << "the records begin then";
}

TEST_F(PresentScreens, ABrokerWithoutRecordsKnowsNothing) {
    const ScreensThen none{{}, now};
    EXPECT_NE(present(none, terminal).find("the broker has no records of them"), std::string::npos);
    EXPECT_NE(
        present(none, json).find(R"("known":false,"known_since":null,"sessions":0,"screens":[])"),
        std::string::npos);
    EXPECT_EQ(exit_code_of(none), ExitCode::some_not);
}

TEST_F(PresentScreens, NothingThereIsSaidInASentence) {
    ScreensThen nothing = then();
    nothing.screens.list.clear();
    EXPECT_EQ(present(nothing, terminal),
              "Nothing that came on since 2026-11-22 20:00:00 was on the screens of 2 sessions at "
              "2026-11-23 19:58:00.\n");
    EXPECT_EQ(present(nothing, pipe), "");
    EXPECT_NE(present(nothing, json).find(R"("known":true)"), std::string::npos);
    EXPECT_EQ(exit_code_of(nothing), ExitCode::some_not);
}

}  // namespace
}  // namespace crier::cli
