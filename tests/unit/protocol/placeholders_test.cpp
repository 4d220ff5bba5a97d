#include "shared/protocol/placeholders.hpp"

#include <gtest/gtest.h>

#include "shared/base/text.hpp"

namespace crier::protocol {
namespace {

using Pieces = std::vector<std::string>;

SessionId session() {
    SessionId id;
    id.bytes.fill(0xab);
    return id;
}

Attributes vanessa() {
    Attributes attributes;
    attributes.user = "Vanessa";
    attributes.system_user = "vdupont";
    attributes.machine = "ws-12";
    attributes.application = "crier-agent";
    attributes.locale = "fr_FR.UTF-8";
    return attributes;
}

Pieces expanded(std::string_view text, const Attributes& attributes = vanessa()) {
    return expand(text, session(), attributes);
}

/// Why it is refused; "" if it is not.
std::string detail_of(std::string_view text, bool has_countdown = false) {
    const Status status = check_placeholders(text, has_countdown);
    if (status) return {};
    EXPECT_EQ(status.error().code, ErrorCode::text_invalid) << text;
    return status.error().detail;
}

TEST(Placeholders, StandForWhatTheSessionSaysOfItself) {
    const std::string_view text =
        "{user}, {system_user} at {machine} in {application}, {locale}, {session}";
    EXPECT_EQ(detail_of(text), "");
    EXPECT_EQ(expanded(text), Pieces{"Vanessa, vdupont at ws-12 in crier-agent, fr_FR.UTF-8, "
                                     "abababababababababababababababab"});
}

TEST(Placeholders, StandForNothingWhereTheSessionSaysNothing) {
    EXPECT_EQ(expanded("Hello{user}!", {}), Pieces{"Hello!"});
}

TEST(Placeholders, LeaveTheTimeThatIsLeftOpen) {
    EXPECT_EQ(expanded("{remaining}"), (Pieces{"", ""}));
    EXPECT_EQ(expanded("In {remaining}, {user}; {remaining} left."),
              (Pieces{"In ", ", Vanessa; ", " left."}));
    EXPECT_EQ(expanded("no time in it"), Pieces{"no time in it"});
    EXPECT_EQ(expanded(""), Pieces{""});
}

TEST(Placeholders, CountDownOnlyWhereThereIsSomethingToCountDownTo) {
    EXPECT_EQ(detail_of("in {remaining}", true), "");
    EXPECT_EQ(detail_of("in {remaining}"),
              "{remaining} needs a time to count down to (--countdown)");
}

TEST(Placeholders, RefuseWhatTheyDoNotKnowAndNameWhatThereIs) {
    EXPECT_EQ(detail_of("{usr}"),
              "{usr} is no placeholder; there are {user}, {system_user}, {machine}, {application}, "
              "{locale}, {session}");
    EXPECT_EQ(detail_of("{usr}", true),
              "{usr} is no placeholder; there are {user}, {system_user}, {machine}, {application}, "
              "{locale}, {session}, {remaining}");
    for (const char* text : {"{}", "{ user }", "{User}", "{groups}", "{user.name}"}) {
        EXPECT_NE(detail_of(text).find(" is no placeholder"), std::string::npos) << text;
    }
}

TEST(Placeholders, CutTheNameInAnErrorBetweenTwoCharacters) {
    for (std::size_t before = 0; before < 4; ++before) {
        std::string name(before, 'a');
        for (int i = 0; i < 30; ++i) name += "→";
        const std::string detail = detail_of("{" + name + "}");
        EXPECT_TRUE(is_utf8(detail)) << detail;
        EXPECT_EQ(detail.find("{" + name), std::string::npos);
        EXPECT_EQ(detail.rfind("{" + name.substr(0, before) + "→", 0), 0u) << detail;
    }
    const std::string longest(40, 'x');
    EXPECT_EQ(detail_of("{" + longest + "}").rfind("{" + longest + "} is no", 0), 0u);
    EXPECT_EQ(detail_of("{" + longest + "y}").rfind("{" + longest + "…} is no", 0), 0u);
}

TEST(Placeholders, RefuseABraceAlone) {
    const std::string alone = "a brace alone: write it twice, {{ or }}, to show one";
    for (const char* text : {"{", "}", "a { b", "a } b", "{user", "user}", "{user}}", "{{user}",
                             "{us\ner}", "{a{user}", "{{{", "}}}", "{user{machine}"}) {
        EXPECT_EQ(detail_of(text), alone) << text;
    }
}

TEST(Placeholders, ShowADoubledBraceAsOne) {
    for (const auto& [text, shown] :
         std::vector<std::pair<const char*, const char*>>{{"{{", "{"},
                                                          {"}}", "}"},
                                                          {"{{user}}", "{user}"},
                                                          {"{{{user}}}", "{Vanessa}"},
                                                          {"{{{{}}}}", "{{}}"},
                                                          {"{{}}{user}", "{}Vanessa"},
                                                          {"a {{ b }} c", "a { b } c"}}) {
        EXPECT_EQ(detail_of(text), "") << text;
        EXPECT_EQ(expanded(text), Pieces{shown}) << text;
    }
}

TEST(Placeholders, DoNotExpandWhatAnAttributeBrings) {
    Attributes attributes = vanessa();
    attributes.user = "{machine} {{ {remaining} }";
    EXPECT_EQ(expanded("{user}|{remaining}", attributes),
              (Pieces{"{machine} {{ {remaining} }|", ""}));
    // Nor what two of them would make together.
    attributes.user = "{";
    attributes.machine = "user}";
    EXPECT_EQ(expanded("{user}{machine}", attributes), Pieces{"{user}"});
}

TEST(Placeholders, LeaveWhatIsNoneAsItIs) {
    EXPECT_EQ(expanded("{usr} {user} { }"), Pieces{"{usr} Vanessa { }"});
    EXPECT_EQ(expanded("{"), Pieces{"{"});
    EXPECT_EQ(expanded("{user"), Pieces{"{user"});
    EXPECT_EQ(expanded("{us\ner}"), Pieces{"{us\ner}"});
}

}  // namespace
}  // namespace crier::protocol
