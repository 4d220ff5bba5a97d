#include "shared/protocol/codec.hpp"

#include <gtest/gtest.h>

#include "shared/base/limits.hpp"
#include "shared/protocol/wire.hpp"
#include "tests/unit/protocol/allocations.hpp"

namespace crier::protocol {
namespace {

template <class Id>
Id numbered(std::size_t number) {
    Id id;
    id.bytes[0] = static_cast<std::uint8_t>(number >> 8);
    id.bytes[1] = static_cast<std::uint8_t>(number);
    return id;
}

std::vector<SessionId> sessions(std::size_t count) {
    std::vector<SessionId> ids;
    for (std::size_t number = 0; number < count; ++number)
        ids.push_back(numbered<SessionId>(number));
    return ids;
}

Attributes full_attributes() {
    const std::string longest(limits::attribute_bytes_max, 'a');
    Attributes attributes{longest, longest, longest, longest, longest,
                          longest, longest, longest, {}};
    attributes.groups.assign(limits::groups_max, longest);
    return attributes;
}

const UtcTime far_future = utc_from_ms(std::int64_t{1} << 53);

/// Every decoder is the inverse of its encoder for a frame whose members reach their limits, and
/// such a frame fits the transport.
template <class Frame, class Decode>
void expect_fits(const Frame& frame, Decode decode) {
    const Bytes bytes = encode(frame);
    EXPECT_LE(bytes.size(), limits::frame_bytes_max);
    const Result<Frame> read = decode(bytes);
    ASSERT_TRUE(read) << to_string(read.error());
    EXPECT_EQ(*read, frame);
}

TEST(Codec, FitsAFullHelloIntoAFrame) {
    SessionHello hello;
    hello.features.assign(limits::features_max, 0xffffffff);
    hello.key.emplace();
    hello.proof.emplace();
    hello.resume = Bytes(256, 1);
    hello.attributes = full_attributes();
    hello.state = Presence::locked;
    hello.known.assign(limits::known_max, {{}, 0xffffffff, State::failed, true});
    expect_fits<FromSession>(hello, decode_from_session);
}

TEST(Codec, FitsFullReceiptsIntoAFrame) {
    const Receipt receipt{{},
                          0xffffffff,
                          State::failed,
                          far_future,
                          std::string(limits::cause_bytes_max, 'a'),
                          true,
                          true,
                          {}};
    Receipts receipts{1ull << 53, {}};
    receipts.receipts.assign(limits::receipts_per_frame_max, receipt);
    expect_fits<FromSession>(receipts, decode_from_session);
    // No two that follow one another say the same.
    for (std::size_t i = 0; i < receipts.receipts.size(); i += 2) {
        receipts.receipts[i].revision -= 1;
    }
    expect_fits<FromSession>(receipts, decode_from_session);
}

/// The frame as PROTOCOL.md has it, for receipts of state displayed and revision 1: in each run the
/// first bytes of its ids.
Bytes frame_of_runs(const std::vector<std::vector<std::uint8_t>>& runs,
                    const std::vector<bool>& again) {
    Bytes bytes;
    {
        MapWriter map(bytes);
        map.string("t", "receipts");
        map.uint("n", 9);
        Writer list = map.list("list", runs.size());
        for (std::size_t i = 0; i < runs.size(); ++i) {
            MapWriter run(list.out());
            Writer ids = run.list("ids", runs[i].size());
            for (const std::uint8_t id : runs[i]) ids.binary(numbered<MessageId>(id).bytes);
            run.uint("rev", 1);
            run.uint("state", 3);
            run.flag("again", again[i]);
        }
    }
    return bytes;
}

Receipts receipts_of(const std::vector<std::pair<std::uint8_t, bool>>& messages) {
    Receipts receipts{9, {}};
    for (const auto& [id, again] : messages) {
        receipts.receipts.push_back(
            {numbered<MessageId>(id), 1, State::displayed, {}, {}, again, false, {}});
    }
    return receipts;
}

TEST(Codec, SaysOnceWhatReceiptsInARowSayAlike) {
    const Receipts receipts =
        receipts_of({{1, false}, {2, false}, {3, true}, {4, false}, {4, false}, {1, false}});
    EXPECT_EQ(encode(FromSession{receipts}),
              frame_of_runs({{1, 2}, {3}, {4, 4, 1}}, {false, true, false}));
}

TEST(Codec, SaysReceiptsThatDifferInAnythingOneByOne) {
    Receipts receipts{1, {}};
    const Receipt same{
        numbered<MessageId>(1), 1, State::answered, utc_from_ms(5), "why", true, true, 1};
    receipts.receipts.assign(9, same);
    receipts.receipts[1].revision = 2;
    receipts.receipts[2].state = State::acknowledged;
    receipts.receipts[2].answer.reset();
    receipts.receipts[3].at = utc_from_ms(6);
    receipts.receipts[4].cause = "because";
    receipts.receipts[5].again = false;
    receipts.receipts[6].removed = false;
    receipts.receipts[7].answer = 2;
    const auto read = decode_from_session(encode(FromSession{receipts}));
    ASSERT_TRUE(read) << to_string(read.error());
    EXPECT_EQ(std::get<Receipts>(*read), receipts);
}

TEST(Codec, ExpandsReceiptsInTheOrderOfTheirIds) {
    // Runs that could have been one are as good as one.
    const Bytes bytes = frame_of_runs({{7, 3}, {5}, {1, 2}}, {false, false, true});
    const auto read = decode_from_session(bytes);
    ASSERT_TRUE(read) << to_string(read.error());
    EXPECT_EQ(std::get<Receipts>(*read),
              receipts_of({{7, false}, {3, false}, {5, false}, {1, true}, {2, true}}));
}

TEST(Codec, TakesNoMoreReceiptsThanAFrameMayHaveHoweverTheyAreGrouped) {
    const std::vector<std::uint8_t> half(limits::receipts_per_frame_max / 2);
    EXPECT_TRUE(decode_from_session(frame_of_runs({half, half}, {false, false})));
    const auto one_more =
        decode_from_session(frame_of_runs({half, half, {1}}, {false, false, false}));
    ASSERT_FALSE(one_more);
    EXPECT_EQ(one_more.error().code, ErrorCode::limit_exceeded);

    Receipts receipts{1, {}};
    receipts.receipts.resize(limits::receipts_per_frame_max + 1);
    for (Receipt& receipt : receipts.receipts) receipt.state = State::displayed;
    const auto in_one_run = decode_from_session(encode(FromSession{receipts}));
    ASSERT_FALSE(in_one_run);
    EXPECT_EQ(in_one_run.error().code, ErrorCode::limit_exceeded);
}

/// `count` messages that differ, the first of them as long as its frame may be.
Bundle bundle_with(std::size_t count) {
    Bundle bundle;
    for (std::size_t i = 0; i < count; ++i) {
        Show show;
        show.id = numbered<MessageId>(i);
        show.seq = i << 20;
        show.to_all = i % 2 == 0;
        show.content.text.assign(i == 0 ? limits::text_bytes_max : 1 + i * 10, 'a');
        if (i % 3 == 0) show.content.title = "Réunion";
        show.from = "ops";
        if (i % 5 == 0) show.off_screen_at = far_future;
        bundle.messages.push_back(std::move(show));
    }
    return bundle;
}

TEST(Codec, ReadsBackABundleAndItsMessagesInOrder) {
    for (const std::size_t count : {1u, 2u, 15u, 16u, 32u}) {
        expect_fits<ToSession>(bundle_with(count), decode_to_session);
    }
}

TEST(Codec, MakesTheSameBundleOfFramesAsOfMessages) {
    for (std::size_t count = 1; count <= limits::unconfirmed_messages_max; ++count) {
        const Bundle bundle = bundle_with(count);
        std::vector<Bytes> frames;
        for (const Show& show : bundle.messages) frames.push_back(encode(ToSession{show}));
        const std::vector<BytesView> views(frames.begin(), frames.end());
        std::size_t together = 0;
        for (const Bytes& frame : frames) together += frame.size();

        const Bytes made = bundle_of(views);
        EXPECT_EQ(made, encode(ToSession{bundle})) << count;
        EXPECT_LE(made.size(), together + bundle_overhead_max) << count;
    }
}

/// With more keys than a short map has, and as many bytes as its texts may have together.
Content full_content() {
    Content content;
    content.text.assign(limits::text_bytes_max, 'a');
    content.title.assign(limits::title_bytes_max, 'a');
    content.severity = Severity::critical;
    content.style = Style::alert;
    content.language.assign(limits::language_bytes_max, 'a');
    content.is_template = true;
    content.countdown_to = far_future;
    content.escalation = {{Milliseconds{1}, Urgency::alert},
                          {limits::lifetime_max, Urgency::sound}};
    for (std::size_t i = 0; i < limits::choices_max; ++i) {
        content.choices.emplace_back(limits::choice_bytes_max, static_cast<char>('a' + i));
    }
    std::size_t left = limits::texts_bytes_max - content.text.size() - content.title.size();
    for (std::size_t i = limits::translations_max; i > 0; --i) {
        const std::size_t bytes = left / i;
        content.translations.push_back({content.language, std::string(bytes, 'a'), {}});
        left -= bytes;
    }
    return content;
}

TEST(Codec, FitsAFullMessageIntoAFrame) {
    Show show;
    show.content = full_content();
    show.from = std::string(64, 'a');
    show.off_screen_at = far_future;
    show.late = far_future;
    show.is_reminder = true;
    expect_fits<ToSession>(show, decode_to_session);
    const Bytes frame = encode(ToSession{show});
    EXPECT_LE(frame.size() + bundle_overhead_max, limits::bundle_bytes_max);
    EXPECT_LE(frame.size(), limits::unconfirmed_bytes_max);
}

TEST(Codec, FitsAFullSummaryIntoAPage) {
    MessageSummary summary;
    summary.revision = 0xffffffff;
    summary.from = std::string(64, 'a');
    summary.target = Target::matching(std::string(limits::filter_bytes_max, 'a'));
    summary.content = full_content();
    summary.expires = summary.next = summary.late = summary.closed = far_future;
    summary.is_final = summary.is_recalled = summary.is_waiting = summary.each_session = true;
    summary.tally.counts.fill(0xffffffff);
    summary.counts = {0xffffffff, 0xffffffff, {}};
    summary.counts.answers.assign(limits::choices_max, 0xffffffff);
    for (std::size_t i = 0; i < limits::announcements_max; ++i) {
        summary.schedule.announcements.push_back(far_future - Milliseconds(100 - i));
    }
    summary.schedule.close_admission = summary.schedule.drop = far_future;
    summary.quorum = 100;
    EXPECT_LE(size_of_item(summary), limits::page_bytes_max - 4'096);
    expect_fits<ToOperator>(MessagePage{1, {summary}, true}, decode_to_operator);
    expect_fits<ToOperator>(OutcomePage{1, summary, {}, true}, decode_to_operator);
}

TEST(Codec, FitsAFullEntryOfAnswersIntoAFrame) {
    Answers answers;
    answers.list.assign(limits::answers_per_entry_max,
                        {{}, std::string(limits::attribute_bytes_max, 'a'), true, 8, far_future});
    expect_fits<ToOperator>(answers, decode_to_operator);
}

TEST(Codec, FitsAFullSendAndItsRefusalIntoAFrame) {
    Send send;
    send.target = Target::of(sessions(limits::targets_max));
    send.content.text = std::string(limits::text_bytes_max, 'a');
    send.content.title = std::string(limits::title_bytes_max, 'a');
    expect_fits<FromOperator>(send, decode_from_operator);
    send.content = full_content();
    send.quorum = 100;
    expect_fits<FromOperator>(send, decode_from_operator);
    const Refused refused{1, ErrorCode::session_unknown, std::string(2'048, 'a'),
                          send.target.sessions, std::nullopt};
    expect_fits<ToOperator>(refused, decode_to_operator);
}

TEST(Codec, FitsPagesThatAreCutByTheSizeOfTheirItems) {
    Session session;
    session.attributes = full_attributes();
    session.address = std::string(256, 'a');
    SessionPage page{1ull << 53, {}, true};
    std::size_t size = 0;
    while (size + size_of_item(session) <= limits::page_bytes_max) {
        page.sessions.push_back(session);
        size += size_of_item(session);
    }
    expect_fits<ToOperator>(page, decode_to_operator);
}

TEST(Codec, FitsAPageOfTheSmallestSessionsWithTheirGroups) {
    // Short groups make the most values of the fewest bytes.
    Session session;
    session.attributes.groups.assign(limits::groups_max, "");
    SessionPage page{1, {}, true};
    for (std::size_t size = 0; size <= limits::page_bytes_max; size += size_of_item(session)) {
        page.sessions.push_back(session);
    }
    expect_fits<ToOperator>(page, decode_to_operator);
}

TEST(Codec, KnowsTheSizeOfEveryItem) {
    const auto growth = [](auto page, auto& items) {
        const std::size_t before = encode(ToOperator(page)).size();
        items(page);
        return encode(ToOperator(page)).size() - before;
    };
    const auto add_session = [](SessionPage& page) { page.sessions.emplace_back(); };
    const auto add_summary = [](MessagePage& page) { page.messages.emplace_back(); };
    const auto add_outcome = [](OutcomePage& page) { page.outcomes.emplace_back(); };
    EXPECT_EQ(growth(SessionPage{}, add_session), size_of_item(Session{}));
    EXPECT_EQ(growth(MessagePage{}, add_summary), size_of_item(MessageSummary{}));
    EXPECT_EQ(growth(OutcomePage{}, add_outcome), size_of_item(SessionOutcome{}));
}

TEST(Codec, LeavesOutWhatSaysNothing) {
    const auto text = [](const Bytes& bytes) { return std::string(bytes.begin(), bytes.end()); };
    EXPECT_EQ(text(encode(FromSession(Heartbeat{}))), "\x81\xa1t\xa9heartbeat");
    EXPECT_EQ(text(encode(FromSession(Goodbye{}))), "\x81\xa1t\xa7goodbye");
    Send send;
    send.content.text = "hi";
    const std::string sent = text(encode(FromOperator(send)));
    for (const char* key : {"title", "severity", "style", "language", "texts", "template",
                            "countdown_to", "escalation", "choices", "expires", "schedule",
                            "each_session", "quorum", "dry_run", "follow"}) {
        EXPECT_EQ(sent.find(key), std::string::npos) << key;
    }
}

TEST(Codec, RoundTripsEveryKindOfTarget) {
    for (const Target& target : {Target::everyone(), Target::of(sessions(3)),
                                 Target::matching("user=V* and group=\"a b\"")}) {
        expect_fits<FromOperator>(ListSessions{1, target, numbered<SessionId>(7)},
                                  decode_from_operator);
    }
}

TEST(Codec, NamesTheFieldThatIsWrong) {
    SessionHello hello;
    hello.attributes.user = std::string(257, 'a');
    EXPECT_EQ(decode_from_session(encode(FromSession(hello))).error(),
              (Error{ErrorCode::limit_exceeded, "hello: attributes.user: longer than 256 bytes"}));
    hello.attributes.user = "a\x1b[2J";
    EXPECT_EQ(decode_from_session(encode(FromSession(hello))).error(),
              (Error{ErrorCode::attribute_invalid,
                     "hello: attributes.user: not one line of UTF-8 "
                     "without control characters"}));
    const Receipts receipts{1, {Receipt{}, {{}, 1, State::waiting, {}, {}, false, false, {}}}};
    EXPECT_EQ(decode_from_session(encode(FromSession(receipts))).error(),
              (Error{ErrorCode::malformed_frame, "receipts: list[1].state: not from 1 to 6"}));
    Send send;
    EXPECT_EQ(decode_from_operator(encode(FromOperator(send))).error(),
              (Error{ErrorCode::text_invalid, "send: text: empty"}));
    send.content.text = "hi";
    send.target = Target::of({numbered<SessionId>(1), numbered<SessionId>(1)});
    EXPECT_EQ(decode_from_operator(encode(FromOperator(send))).error(),
              (Error{ErrorCode::target_invalid,
                     "send: sessions: 00010000000000000000000000000000 twice"}));
}

TEST(Codec, TellsASessionThatSendsThatItMayNot) {
    Send send;
    send.content.text = "I am everyone's boss";
    const auto frame = decode_from_session(encode(FromOperator(send)));
    ASSERT_FALSE(frame);
    EXPECT_EQ(frame.error().code, ErrorCode::not_authorized);
    EXPECT_EQ(frame.error().detail, "send: not for a session's key");
}

/// Even one that is no whole request.
TEST(Codec, TellsASessionThatAsksThatItMayNotWhateverItAsks) {
    for (const std::string type :
         {"send", "update", "recall", "close", "set_admission", "admission", "sessions", "messages",
          "outcome", "follow", "watch", "whoami", "health"}) {
        Bytes bytes;
        MapWriter(bytes).string("t", type);
        const auto frame = decode_from_session(bytes);
        ASSERT_FALSE(frame);
        EXPECT_EQ(frame.error().detail, type + ": not for a session's key");
    }
}

TEST(Codec, ShowsAnUnknownTypeOnlyIfItIsShortAndOneLine) {
    const auto detail = [](const std::string& type) {
        Bytes bytes{0x81, 0xa1, 't', 0xd9, static_cast<std::uint8_t>(type.size())};
        bytes.insert(bytes.end(), type.begin(), type.end());
        return decode_from_session(bytes).error().detail;
    };
    EXPECT_EQ(detail("salute"), "frame: t: no known type: salute");
    EXPECT_EQ(detail("\x1b[2J"), "frame: t: no known type");
    EXPECT_EQ(detail(std::string(200, 'x')), "frame: t: no known type");
}

TEST(Codec, FindsTheRequestOfAFrameThatDoesNotDecode) {
    Send send;
    send.request = 77;  // The text is missing.
    const Bytes bytes = encode(FromOperator(send));
    ASSERT_FALSE(decode_from_operator(bytes));
    EXPECT_EQ(request_of(bytes), 77u);
    EXPECT_EQ(request_of(encode(FromOperator(Heartbeat{}))), std::nullopt);
    EXPECT_EQ(request_of({}), std::nullopt);
    EXPECT_EQ(request_of(Bytes{0x81, 0xa7, 'r', 'e', 'q', 'u', 'e', 's', 't', 0xff}), std::nullopt);
    EXPECT_EQ(request_of(BytesView(bytes).first(bytes.size() - 1)), std::nullopt);
}

TEST(Codec, TakesNothingFromTheHeapByReceipt) {
    bool alternate = false;
    const auto allocations_for = [&](std::size_t count) {
        Receipts receipts{1, {}};
        receipts.receipts.resize(count);
        for (std::size_t i = 0; i < count; i += 2) receipts.receipts[i].again = alternate;
        const Bytes bytes = encode(FromSession(receipts));
        EXPECT_TRUE(decode_from_session(bytes));  // Grows the buffer, once.
        const test::Allocations allocations;
        EXPECT_TRUE(decode_from_session(bytes));
        return allocations.count();
    };
    EXPECT_LE(allocations_for(1), 2u) << "the parser's stack, and the list";
    EXPECT_EQ(allocations_for(256), allocations_for(1)) << "all alike";
    alternate = true;
    EXPECT_EQ(allocations_for(256), allocations_for(1)) << "no two in a row alike";
}

// ---- Rules of parts
// ------------------------------------------------------------------------------

TEST(Check, OfContent) {
    const auto code = [](std::string text, std::string title) {
        const Status status = check(Content{std::move(text), std::move(title), {}, {}});
        return status ? ErrorCode{} : status.error().code;
    };
    EXPECT_EQ(code("a", ""), ErrorCode{});
    EXPECT_EQ(code("line\nline\t", "Ce soir, 22 h"), ErrorCode{});
    EXPECT_EQ(code("", "title"), ErrorCode::text_invalid);
    EXPECT_EQ(code(std::string("a\0b", 3), ""), ErrorCode::text_invalid);
    EXPECT_EQ(code("caf\xe9", ""), ErrorCode::text_invalid);
    EXPECT_EQ(check(Content{std::string("a\0b", 3), {}, {}, {}}).error().detail, "text: has a NUL");
    EXPECT_EQ(check(Content{"caf\xe9", {}, {}, {}}).error().detail, "text: not UTF-8");
    EXPECT_EQ(code("a", "two\nlines"), ErrorCode::text_invalid);
    EXPECT_EQ(code("a", "caf\xe9"), ErrorCode::text_invalid);
    EXPECT_EQ(code(std::string(16'384, 'a'), std::string(200, 'a')), ErrorCode{});
    EXPECT_EQ(code(std::string(16'385, 'a'), ""), ErrorCode::limit_exceeded);
    EXPECT_EQ(code("a", std::string(201, 'a')), ErrorCode::limit_exceeded);
}

TEST(Check, OfATarget) {
    const auto code = [](const Target& target) {
        const Status status = check(target);
        return status ? ErrorCode{} : status.error().code;
    };
    EXPECT_EQ(code(Target::everyone()), ErrorCode{});
    EXPECT_EQ(code(Target::of(sessions(1'000))), ErrorCode{});
    EXPECT_EQ(code(Target::of(sessions(1'001))), ErrorCode::limit_exceeded);
    EXPECT_EQ(code(Target::of({})), ErrorCode::target_invalid);
    std::vector<SessionId> twice = sessions(500);
    twice.push_back(twice[17]);
    EXPECT_EQ(code(Target::of(twice)), ErrorCode::target_invalid);
    EXPECT_EQ(code(Target::matching("anything, it is not parsed")), ErrorCode{});
    EXPECT_EQ(code(Target::matching("")), ErrorCode::target_invalid);
    EXPECT_EQ(code(Target::matching(std::string(1'025, 'a'))), ErrorCode::limit_exceeded);
}

TEST(Check, OfAttributes) {
    const auto code = [](const Attributes& attributes) {
        const Status status = check(attributes);
        return status ? ErrorCode{} : status.error().code;
    };
    EXPECT_EQ(code({}), ErrorCode{});
    EXPECT_EQ(code(full_attributes()), ErrorCode{});
    Attributes attributes;
    attributes.locale = "fr\n";
    EXPECT_EQ(code(attributes), ErrorCode::attribute_invalid);
    attributes.locale = std::string(257, 'a');
    EXPECT_EQ(code(attributes), ErrorCode::limit_exceeded);
    attributes.locale = "fr";
    attributes.groups = {"staff", "a\tb"};
    EXPECT_EQ(code(attributes), ErrorCode::attribute_invalid);
    attributes.groups.assign(33, "g");
    EXPECT_EQ(code(attributes), ErrorCode::limit_exceeded);
}

TEST(Codec, NamesNoMoreSilentBrokersThanAnybodyReads) {
    SessionPage page;
    for (std::size_t number = 0; number <= limits::brokers_max; ++number) {
        page.silent.push_back({"b" + std::to_string(number), 1});
    }
    const auto read = decode_to_operator(encode(ToOperator{page}));
    ASSERT_TRUE(read) << read.error().detail;
    page.silent.pop_back();
    EXPECT_EQ(std::get<SessionPage>(*read).silent, page.silent);
}

TEST(Bell, TopicsEndInNulSoThatNoneIsTheBeginningOfAnother) {
    EXPECT_EQ(bell_topic_all(), std::string("all\0", 4));
    EXPECT_EQ(bell_topic_of(numbered<SessionId>(0x4142)),
              std::string("session/41420000000000000000000000000000\0", 41));
}

TEST(Happening, HasANameForEachAndNoneForOthers) {
    EXPECT_EQ(name_of(Happening::session_opened), "session_opened");
    EXPECT_EQ(name_of(Happening::receipt), "receipt");
    EXPECT_EQ(name_of(Happening::message_recalled), "message_recalled");
    EXPECT_EQ(name_of(Happening::question_closed), "question_closed");
    EXPECT_EQ(name_of(static_cast<Happening>(12)), "");
}

}  // namespace
}  // namespace crier::protocol
