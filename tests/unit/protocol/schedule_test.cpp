// The rules of schedules.
#include <gtest/gtest.h>

#include "shared/base/limits.hpp"
#include "shared/protocol/codec.hpp"

namespace crier::protocol {
namespace {

UtcTime at(std::int64_t minutes) {
    return utc_from_ms(1'700'000'000'000) + std::chrono::minutes(minutes);
}

/// Why it is refused; "" if it is not.
std::string detail_of(const Schedule& schedule) {
    const Status status = check(schedule);
    if (status) return {};
    EXPECT_EQ(status.error().code, ErrorCode::time_invalid);
    return status.error().detail;
}

Schedule repeated(Milliseconds every, std::optional<UtcTime> until) {
    Schedule schedule;
    schedule.every = every;
    schedule.until = until;
    return schedule;
}

Schedule announced(std::vector<UtcTime> times) {
    Schedule schedule;
    schedule.announcements = std::move(times);
    return schedule;
}

TEST(CheckOfASchedule, TakesWhatIsMeantForIt) {
    EXPECT_EQ(detail_of({}), "");
    Schedule schedule;
    schedule.due = at(5);
    EXPECT_EQ(detail_of(schedule), "");
    schedule.close_admission = at(3);
    schedule.drop = at(10);
    EXPECT_EQ(detail_of(schedule), "");
    EXPECT_EQ(detail_of(repeated(std::chrono::minutes(1), at(5))), "");
    schedule.every = std::chrono::minutes(1);
    schedule.until = at(10);
    EXPECT_EQ(detail_of(schedule), "");
    Schedule announcements = announced({at(1), at(5), at(9)});
    EXPECT_EQ(detail_of(announcements), "");
    announcements.drop = at(9);
    EXPECT_EQ(detail_of(announcements), "") << "at the last of them";
}

TEST(CheckOfASchedule, RepeatsNoMoreThanOnceASecond) {
    EXPECT_EQ(detail_of(repeated(limits::repetition_min, at(5))), "");
    EXPECT_EQ(detail_of(repeated(limits::repetition_min - Milliseconds{1}, at(5))),
              "schedule.every: shorter than a second");
}

TEST(CheckOfASchedule, RepeatsUntilATime) {
    const std::string together = "schedule: every and until come together";
    EXPECT_EQ(detail_of(repeated(std::chrono::minutes(1), std::nullopt)), together);
    EXPECT_EQ(detail_of(repeated({}, at(5))), together);
}

TEST(CheckOfASchedule, EndsAfterItBegins) {
    Schedule schedule = repeated(std::chrono::minutes(1), at(5));
    schedule.due = at(5);
    EXPECT_EQ(detail_of(schedule), "");
    schedule.due = at(6);
    EXPECT_EQ(detail_of(schedule), "schedule.until: before due");
}

TEST(CheckOfASchedule, TakesAnnouncementsInsteadOfTheRest) {
    const std::string otherwise = "schedule.announcements: due and every say something else";
    Schedule schedule = announced({at(1)});
    schedule.due = at(1);
    EXPECT_EQ(detail_of(schedule), otherwise);
    schedule = announced({at(1)});
    schedule.every = std::chrono::minutes(1);
    schedule.until = at(5);
    EXPECT_EQ(detail_of(schedule), otherwise);
}

TEST(CheckOfASchedule, TakesAnnouncementsThatRise) {
    const std::string not_rising = "schedule.announcements: not rising";
    EXPECT_EQ(detail_of(announced({at(1), at(1)})), not_rising);
    EXPECT_EQ(detail_of(announced({at(1), at(3), at(2)})), not_rising);
    EXPECT_EQ(detail_of(announced({at(7)})), "");
}

TEST(CheckOfASchedule, EndsSessionsOnlyWhenTheyWereTold) {
    const std::string too_early = "schedule.drop: before it has gone out for the last time";
    Schedule due;
    due.due = at(5);
    due.drop = at(4);
    EXPECT_EQ(detail_of(due), too_early);
    due.drop = at(5);
    EXPECT_EQ(detail_of(due), "");
    Schedule until = repeated(std::chrono::minutes(1), at(5));
    until.drop = at(4);
    EXPECT_EQ(detail_of(until), too_early);
    Schedule announcements = announced({at(1), at(5)});
    announcements.drop = at(4);
    EXPECT_EQ(detail_of(announcements), too_early);
}

TEST(CheckOfASchedule, IsDoneOfWhatComes) {
    Send send;
    send.content.text = "hi";
    send.schedule = announced({at(2), at(1)});
    const auto read = decode_from_operator(encode(FromOperator{send}));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error(),
              (Error{ErrorCode::time_invalid, "send: schedule.announcements: not rising"}));
}

}  // namespace
}  // namespace crier::protocol
