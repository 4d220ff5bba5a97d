// Records to bytes and back; any other bytes are refused.

#include "subscriber/edge/record_codec.hpp"

#include <gtest/gtest.h>

#include "tests/unit/subscriber/core_bench.hpp"
#include "tests/unit/subscriber/old_records.hpp"

namespace crier::subscriber {
namespace {

std::vector<Record> one_of_each() {
    KeepMessage keep{expiring(a_message(1, Style::alert), minute), {}};
    keep.show.content.title = "À lire";
    keep.mark = {.state = State::suppressed,
                 .at = broker_start,
                 .cause = "film",
                 .again = true,
                 .removed = true,
                 .confirmed = true,
                 .answer = {},
                 .shown = broker_start + minute,
                 .gone = broker_start + 2 * minute,
                 .digest = true};
    MarkMessage mark;
    mark.id = message_id(2);
    mark.revision = 4'000'000'000;
    mark.mark.state = State::acknowledged;
    mark.mark.removed = true;
    KeepMessage answered{a_full_message(5), {}};
    answered.mark.state = State::answered;
    answered.mark.answer = 1;
    answered.mark.shown = broker_start;
    return {keep,
            answered,
            KeepMessage{a_message(3), {}},
            mark,
            ForgetMessage{message_id(4)},
            KeepSession{session_id_of(session_key()), broker_start, {1, 2, 3}, -broker_ahead},
            KeepSession{session_id_of(session_key()),
                        broker_start,
                        {1},
                        {},
                        {{{"tcp://b.example:7400", "ipc://b"}, 1'000'000}, {{"tcp://c"}, 1}}}};
}

TEST(RecordCodec, ReadsWhatItWrote) {
    for (const Record& record : one_of_each()) {
        EXPECT_EQ(decode_record(encode(record)), record) << record.index();
    }
}

TEST(RecordCodec, RefusesEveryRecordCutShortOrWithMoreBehind) {
    for (const Record& record : one_of_each()) {
        const protocol::Bytes whole = encode(record);
        for (std::size_t length = 0; length < whole.size(); ++length) {
            EXPECT_EQ(decode_record(protocol::BytesView(whole).first(length)), std::nullopt);
        }
        protocol::Bytes longer = whole;
        longer.push_back(0);
        EXPECT_EQ(decode_record(longer), std::nullopt);
    }
}

TEST(RecordCodec, SurvivesAnyByteBeingAnyOther) {
    for (const Record& record : one_of_each()) {
        const protocol::Bytes whole = encode(record);
        for (std::size_t at = 0; at < whole.size(); ++at) {
            for (const int change : {0x01, 0x80, 0xff}) {
                protocol::Bytes damaged = whole;
                damaged[at] = static_cast<std::uint8_t>(damaged[at] ^ change);
                const std::optional<Record> read = decode_record(damaged);
                if (read) {
                    EXPECT_EQ(encode(*read), damaged);
                }
            }
        }
    }
}

TEST(RecordCodec, ReadsRecordsOfTheFirstVersionAndDoesNotTakeThemForItsOwn) {
    for (const OldRecord& old : records_of_the_first_version()) {
        EXPECT_EQ(decode_record(old.bytes, RecordFormat::without_screens), old.record);
        const bool has_mark = std::holds_alternative<KeepMessage>(old.record) ||
                              std::holds_alternative<MarkMessage>(old.record);
        const bool is_session = std::holds_alternative<KeepSession>(old.record);
        EXPECT_EQ(decode_record(old.bytes, RecordFormat::without_others).has_value(), !has_mark);
        EXPECT_EQ(decode_record(old.bytes).has_value(), !has_mark && !is_session);
    }
}

TEST(RecordCodec, ReadsTheSessionOfAVersionThatKnewNoOtherBrokers) {
    const KeepSession session{session_id_of(session_key()), broker_start, {1, 2, 3}, broker_ahead};
    protocol::Bytes bytes = encode(session);
    bytes.resize(bytes.size() - 8);  // The number of others.
    EXPECT_EQ(decode_record(bytes, RecordFormat::without_others), Record(session));
    EXPECT_EQ(decode_record(bytes), std::nullopt);
}

}  // namespace
}  // namespace crier::subscriber
