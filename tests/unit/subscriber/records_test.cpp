// RecordTable: what records fold to, and that a snapshot folds to the same.

#include "subscriber/core/records.hpp"

#include <gtest/gtest.h>

#include "tests/unit/subscriber/core_bench.hpp"

namespace crier::subscriber {
namespace {

RecordTable folded(const std::vector<Record>& records) {
    RecordTable table;
    for (const Record& record : records) table.apply(record);
    return table;
}

MarkMessage marked(int number, State state) {
    MarkMessage record;
    record.id = message_id(number);
    record.mark.state = state;
    return record;
}

TEST(RecordTable, KeepsTheTextOfWhatMayBeShownAgainAndNoOther) {
    const RecordTable table = folded({KeepMessage{a_message(1, Style::alert), {}},
                                      KeepMessage{a_message(2), {}}, KeepMessage{a_message(3), {}},
                                      marked(1, State::displayed), marked(2, State::displayed)});
    EXPECT_EQ(table.messages().at(message_id(1)).show.content.text, "text 1");
    EXPECT_EQ(table.messages().at(message_id(2)).show.content.text, "");
    EXPECT_EQ(table.messages().at(message_id(3)).show.content.text, "text 3");
}

TEST(RecordTable, KeepsAQuestionWithAllItsTextUntilItIsAnswered) {
    protocol::Show question = a_full_message(1);
    question.content.style = Style::notification;
    const RecordTable open = folded({KeepMessage{question, {}}, marked(1, State::displayed)});
    EXPECT_EQ(open.messages().at(message_id(1)).show, question);
    const RecordTable answered = folded({KeepMessage{question, {}}, marked(1, State::answered)});
    const Content& left = answered.messages().at(message_id(1)).show.content;
    EXPECT_EQ(left.text + left.title, "");
    EXPECT_TRUE(left.translations.empty());
}

TEST(RecordTable, IgnoresAMarkOfAnotherRevisionOrOfNoMessage) {
    MarkMessage other = marked(1, State::displayed);
    other.revision = 2;
    const RecordTable table =
        folded({KeepMessage{a_message(1), {}}, other, marked(9, State::displayed)});
    EXPECT_EQ(table.messages().size(), 1u);
    EXPECT_EQ(table.messages().at(message_id(1)).mark.state, State::delivered);
}

TEST(RecordTable, ForgetsEverythingOfAnEarlierSession) {
    const RecordTable table =
        folded({KeepSession{session_id_of(session_key(1)), {}, {1}}, KeepMessage{a_message(1), {}},
                KeepSession{session_id_of(session_key(2)), {}, {2}}});
    EXPECT_TRUE(table.messages().empty());
    EXPECT_EQ(table.session()->resume, protocol::Bytes{2});
}

TEST(RecordTable, FoldsItsOwnSnapshotToItself) {
    const RecordTable table =
        folded({KeepSession{session_id_of(session_key(1)), {}, {1}}, KeepMessage{a_message(1), {}},
                KeepMessage{a_message(2), {}}, KeepMessage{a_message(3), {}},
                marked(2, State::acknowledged), ForgetMessage{message_id(3)}});
    const std::vector<Record> snapshot = table.snapshot();
    EXPECT_EQ(snapshot.size(), 3u);
    EXPECT_EQ(folded(snapshot).snapshot(), snapshot);
}

}  // namespace
}  // namespace crier::subscriber
