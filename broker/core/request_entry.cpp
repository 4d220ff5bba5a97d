#include "broker/core/request_entry.hpp"

namespace crier::broker {
namespace {

void forget_time(std::optional<UtcTime>& at) {
    if (at) at = UtcTime{};
}

}  // namespace

bool names_times(const protocol::Send& send) {
    return send.expires || send.content.countdown_to || send.schedule != Schedule{};
}

bool names_times(const protocol::Update& update) {
    return update.expires || update.due;
}

void forget_times(protocol::Send& send) {
    forget_time(send.expires);
    forget_time(send.content.countdown_to);
    Schedule& schedule = send.schedule;
    for (auto* at : {&schedule.due, &schedule.until, &schedule.close_admission, &schedule.drop}) {
        forget_time(*at);
    }
    for (UtcTime& at : schedule.announcements) at = UtcTime{};
}

void forget_times(protocol::Update& update) {
    forget_time(update.expires);
    forget_time(update.due);
}

}  // namespace crier::broker
