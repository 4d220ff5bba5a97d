// Compares the tables of PROTOCOL.md that are marked [checked] with the code. The state tables are
// walked where the states are.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "crier/error.hpp"
#include "crier/message.hpp"
#include "crier/session.hpp"
#include "shared/base/limits.hpp"
#include "shared/protocol/messages.hpp"
#include "tests/conformance/document.hpp"

namespace crier {
namespace {

using test::Row;
using test::rows_of;

TEST(ProtocolDocument, NamesExactlyTheErrorCodesThatTheCodeHas) {
    std::map<int, Row> documented;
    for (const Row& row : rows_of("error codes")) {
        ASSERT_EQ(row.size(), 4u) << row[0];
        EXPECT_TRUE(documented.emplace(std::stoi(row[0]), row).second) << row[0] << " twice";
    }
    ASSERT_FALSE(documented.empty()) << "cannot read PROTOCOL.md";
    for (int number = 4000; number < 7000; ++number) {
        const auto code = static_cast<ErrorCode>(number);
        const auto found = documented.find(number);
        if (found == documented.end()) {
            EXPECT_EQ(name_of(code), "") << number << " is in the code, not in the document";
            continue;
        }
        EXPECT_EQ(name_of(code), found->second[1]) << number;
        EXPECT_EQ(name_of(remedy_for(code)), found->second[2]) << number;
        documented.erase(found);
    }
    EXPECT_TRUE(documented.empty()) << documented.begin()->first << " is no code from 4000 to 6999";
}

TEST(ProtocolDocument, TreatsUnknownCodesByTheirThousandsDigit) {
    for (int number = 0; number <= 0xffff; ++number) {
        const auto code = static_cast<ErrorCode>(number);
        if (!name_of(code).empty()) continue;
        const Remedy expected = number / 1000 == 4 ? Remedy::fix_request : Remedy::retry_later;
        ASSERT_EQ(remedy_for(code), expected) << number;
    }
}

TEST(ProtocolDocument, StatesTheLimitsThatTheCodeHas) {
    const std::map<std::string, std::uint64_t> limits_of_code{
        {"frame_bytes_max", limits::frame_bytes_max},
        {"session_bytes_max", limits::session_bytes_max},
        {"page_bytes_max", limits::page_bytes_max},
        {"bundle_bytes_max", limits::bundle_bytes_max},
        {"nesting_max", limits::nesting_max},
        {"values_max", limits::values_max},
        {"map_keys_max", limits::map_keys_max},
        {"text_bytes_max", limits::text_bytes_max},
        {"sealed_bytes_min", limits::sealed_bytes_min},
        {"sealed_bytes_max", limits::sealed_bytes_max},
        {"title_bytes_max", limits::title_bytes_max},
        {"texts_bytes_max", limits::texts_bytes_max},
        {"translations_max", limits::translations_max},
        {"language_bytes_max", limits::language_bytes_max},
        {"choices_max", limits::choices_max},
        {"choice_bytes_max", limits::choice_bytes_max},
        {"answers_per_entry_max", limits::answers_per_entry_max},
        {"escalation_steps_max", limits::escalation_steps_max},
        {"announcements_max", limits::announcements_max},
        {"repetitions_max", limits::repetitions_max},
        {"admission_bytes_max", limits::admission_bytes_max},
        {"attribute_bytes_max", limits::attribute_bytes_max},
        {"groups_max", limits::groups_max},
        {"filter_bytes_max", limits::filter_bytes_max},
        {"filter_terms_max", limits::filter_terms_max},
        {"filter_nesting_max", limits::filter_nesting_max},
        {"targets_max", limits::targets_max},
        {"known_max", limits::known_max},
        {"receipts_per_frame_max", limits::receipts_per_frame_max},
        {"cause_bytes_max", limits::cause_bytes_max},
        {"features_max", limits::features_max},
        {"unconfirmed_messages_max", limits::unconfirmed_messages_max},
        {"unconfirmed_bytes_max", limits::unconfirmed_bytes_max},
        {"repetition_min", limits::repetition_min.count()},
        {"late_after", limits::late_after.count()},
        {"deliver_default", limits::deliver_default.count()},
        {"lifetime_max", limits::lifetime_max.count()},
        {"refusal_time", limits::refusal_time.count()},
        {"misbehaved_time", limits::misbehaved_time.count()},
    };
    std::map<std::string, std::uint64_t> documented;
    for (const Row& row : rows_of("limits")) {
        ASSERT_EQ(row.size(), 4u) << row[0];
        documented[row[3]] = std::stoull(row[1]);
    }
    EXPECT_EQ(documented, limits_of_code);
}

/// "0 info, 1 warning" is what the document says of an enumeration.
template <class Enum>
std::string listed(int count) {
    std::string text;
    for (int number = 0; number < count; ++number) {
        text += (number == 0 ? "" : ", ") + std::to_string(number) + " ";
        text += name_of(static_cast<Enum>(number));
    }
    EXPECT_EQ(name_of(static_cast<Enum>(count)), "") << "the code has more than " << text;
    return text;
}

TEST(ProtocolDocument, NumbersTheEnumerationsAsTheCodeDoes) {
    std::map<std::string, std::string> documented;
    for (const Row& row : rows_of("enumerations")) documented[row[0]] = row[1];
    EXPECT_EQ(documented["severity"], listed<Severity>(3));
    EXPECT_EQ(documented["style"], listed<Style>(2));
    EXPECT_EQ(documented["presence"].substr(0, listed<Presence>(3).size()), listed<Presence>(3));
    EXPECT_EQ(documented["state"], listed<State>(10));
    EXPECT_EQ(documented["happening"], listed<protocol::Happening>(12));
    EXPECT_EQ(documented["removal cause"], "0 expired, 1 recalled, 2 acknowledged, 3 closed");
    EXPECT_EQ(static_cast<int>(protocol::RemovalCause::acknowledged), 2);
    EXPECT_EQ(static_cast<int>(protocol::RemovalCause::closed), 3);
    EXPECT_EQ(documented["urgency"], "1 alert, 2 sound");
    EXPECT_EQ(static_cast<int>(Urgency::alert), 1);
    EXPECT_EQ(static_cast<int>(Urgency::sound), 2);
    EXPECT_EQ(documented["audit fault"], listed<AuditFault>(6));
    EXPECT_EQ(documented["bell kind"], "0 message, 1 changed, 2 removed");
    EXPECT_EQ(documented.size(), 9u);
}

/// Every table marked [checked] has a test; this one says which file's.
TEST(ProtocolDocument, MarksNoTableThatNothingChecks) {
    std::vector<std::string> marked;
    for (const std::string& line : test::document_lines()) {
        if (line.rfind("[checked]", 0) == 0) marked.push_back(line);
    }
    const std::vector<std::string> checked{"[checked] enumerations",
                                           "[checked] operations",     // rights_matrix_test.cpp
                                           "[checked] scopes",         // rights_matrix_test.cpp
                                           "[checked] state table",    // state_table_test.cpp
                                           "[checked] session table",  // state_table_test.cpp
                                           "[checked] error codes",   "[checked] limits"};
    EXPECT_EQ(marked, checked);
}

}  // namespace
}  // namespace crier
