// `crier history` and `crier report`: which messages are listed, and rows for a spreadsheet.
// Method: pages of messages in, values and text out; no broker.

#include "publisher/cli/history.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "publisher/cli/report.hpp"

namespace crier::cli {
namespace {

constexpr UtcTime now = utc_from_ms(1'795'000'000'000);

/// So many messages, a minute apart, the newest sent a minute before now; every third by "night".
class Broker {
public:
    explicit Broker(std::uint64_t count) {
        for (std::uint64_t seq = count; seq > 0; --seq) {
            SentMessage message;
            message.seq = seq;
            message.sent = now - std::chrono::minutes(count - seq + 1);
            message.from = seq % 3 == 0 ? "night" : "day";
            messages.push_back(message);
        }
    }

    Result<Gathered<SentMessage>> page(std::optional<std::uint64_t> before) {
        pages += 1;
        Gathered<SentMessage> found;
        for (const SentMessage& message : messages) {
            if (found.size() == history_page) break;
            if (!before || message.seq < *before) found.push_back(message);
        }
        return found;
    }

    std::vector<SentMessage> read(const HistoryCommand& command) {
        const auto found = read_history(
            command, [this](std::optional<std::uint64_t> before) { return page(before); });
        EXPECT_TRUE(found);
        return found.value_or(Gathered<SentMessage>{});
    }

    std::vector<SentMessage> messages;
    int pages = 0;
};

TEST(History, IsEverythingOverAllPagesNewestFirst) {
    for (const std::uint64_t count : {0, 1, 499, 500, 501, 1'000, 1'234}) {
        Broker broker(count);
        const auto found = broker.read({});
        ASSERT_EQ(found.size(), count);
        for (std::uint64_t index = 0; index < count; ++index) {
            ASSERT_EQ(found[index].seq, count - index);
        }
    }
}

TEST(History, EndsWhereItIsOlderThanAskedAndReadsNoFurther) {
    Broker broker(5'000);
    const auto found = broker.read({now - std::chrono::minutes(700), std::nullopt});
    EXPECT_EQ(found.size(), 700u) << "a message of exactly that time counts";
    EXPECT_EQ(broker.pages, 3) << "the third page has nothing young enough";
}

TEST(History, FindsWhatWasSentBeforeTheClockWasPutBack) {
    Broker broker(1'000);
    broker.messages[10].sent = now - std::chrono::hours(1'000);
    EXPECT_EQ(broker.read({now - std::chrono::minutes(900), std::nullopt}).size(), 899u);
}

TEST(History, ListsWhatOneOperatorSent) {
    Broker broker(1'200);
    const auto found = broker.read({std::nullopt, "night"});
    EXPECT_EQ(found.size(), 400u);
    EXPECT_TRUE(std::all_of(found.begin(), found.end(),
                            [](const SentMessage& message) { return message.from == "night"; }));
    EXPECT_TRUE(broker.read({std::nullopt, "Night"}).empty());
    EXPECT_EQ(broker.read({now - std::chrono::minutes(30), "night"}).size(), 10u);
}

TEST(History, IsAnErrorWhereAPageIs) {
    const auto found = read_history({}, [](std::optional<std::uint64_t> before) {
        if (before) return Result<Gathered<SentMessage>>(fail(ErrorCode::timed_out, "no"));
        Gathered<SentMessage> page;
        page.resize(history_page);
        return Result<Gathered<SentMessage>>(std::move(page));
    });
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ErrorCode::timed_out);
}

tl::expected<CommandLine, NothingToRun> parse(std::vector<std::string> arguments) {
    return parse_command_line(std::move(arguments), true, now);
}

TEST(HistoryCommandLine, UnderstandsTimesAndDurations) {
    const auto line = parse({"history", "--since", "2h", "--by", "ops"});
    ASSERT_TRUE(line);
    const auto& history = std::get<HistoryCommand>(line->command);
    EXPECT_EQ(history.since, now - std::chrono::hours(2));
    EXPECT_EQ(history.by, "ops");
    const auto plain = parse({"history"});
    ASSERT_TRUE(plain);
    EXPECT_FALSE(std::get<HistoryCommand>(plain->command).since);
    EXPECT_FALSE(std::get<HistoryCommand>(plain->command).by);
    const auto dated = parse({"history", "--since", "2026-11-01T09:00Z"});
    ASSERT_TRUE(dated);
    EXPECT_EQ(std::get<HistoryCommand>(dated->command).since, utc_from_ms(1'793'523'600'000));
}

TEST(HistoryCommandLine, RefusesWhatIsNoTimeOrYetToCome) {
    for (const char* time : {"", "2", "abc", "25:00", "2099-01-01T00:00:00Z", "900d"}) {
        const auto line = parse({"history", "--since", time});
        ASSERT_FALSE(line) << time;
        EXPECT_NE(line.error().error.detail.find("--since"), std::string::npos);
    }
    EXPECT_FALSE(parse({"history", "--by", ""}));
    EXPECT_FALSE(parse({"history", "0190f3a6"}));
}

TEST(ReportCommandLine, WantsOneMessageInOneForm) {
    const auto line = parse({"report", "0190f3a6", "--csv"});
    ASSERT_TRUE(line);
    EXPECT_EQ(std::get<ReportCommand>(line->command).id, "0190f3a6");
    EXPECT_TRUE(parse({"report", "0190f3a6", "--json"})->is_json);
    for (const std::vector<std::string>& arguments :
         std::vector<std::vector<std::string>>{{"report"},
                                               {"report", "xyz"},
                                               {"report", "0190f3a6", "0190f3a7"},
                                               {"report", "0190f3a6", "--csv", "--json"}}) {
        EXPECT_FALSE(parse(arguments));
    }
}

TEST(Report, HasARowForEachSessionBelowTheNamesOfItsColumns) {
    SessionOutcome vanessa;
    vanessa.user = "Vanessa";
    vanessa.user_verified = true;
    vanessa.system_user = "va";
    vanessa.machine = "ws-12";
    vanessa.application = "ERP, live";
    vanessa.state = State::suppressed;
    vanessa.at = now;
    vanessa.cause = "do \"not\" disturb";
    SessionOutcome nameless;
    nameless.session.bytes.back() = 1;
    nameless.state = State::displayed;
    nameless.at = now;
    nameless.removed = true;
    nameless.dropped = true;
    SessionOutcome answering;
    answering.session.bytes.back() = 2;
    answering.state = State::answered;
    answering.at = now;
    answering.answer = 1;
    SentMessage message;
    message.content.choices = {"now", "in 5, or 10 minutes"};
    EXPECT_EQ(
        csv_of({message, {vanessa, nameless, answering}}),
        "session,user,user_verified,system_user,system_user_verified,machine,application,"
        "state,at,cause,removed,dropped,answer\r\n"
        "00000000000000000000000000000000,Vanessa,verified,va,claimed,ws-12,\"ERP, live\","
        "suppressed,2026-11-18T11:06:40.000Z,\"do \"\"not\"\" disturb\",no,no,\r\n"
        "00000000000000000000000000000001,,,,,,,displayed,2026-11-18T11:06:40.000Z,,yes,yes,\r\n"
        "00000000000000000000000000000002,,,,,,,answered,2026-11-18T11:06:40.000Z,,no,no,"
        "\"in 5, or 10 minutes\"\r\n");
}

TEST(Report, NeverHasAFormula) {
    for (const char* begin : {"=", "+", "-", "@", "  =", "\t=", "\uff1d", "\uff0b"}) {
        const std::string cell = csv_cell(begin + std::string("cmd|'/C calc'!A0"));
        EXPECT_EQ(cell.front(), '\'') << cell;
    }
    EXPECT_EQ(csv_cell("=1,2"), "\"'=1,2\"") << "inside the quotes: that is where the cell begins";
    EXPECT_EQ(csv_cell("Jean-Marc"), "Jean-Marc");
    EXPECT_EQ(csv_cell(""), "");
}

TEST(Report, IsOneLineForEachRowWhateverNamesSay) {
    EXPECT_EQ(csv_cell("a\r\nb"), "a b");
    EXPECT_EQ(csv_cell("a;b"), "\"a;b\"");
    EXPECT_EQ(csv_cell("\x1b[2J").find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace crier::cli
