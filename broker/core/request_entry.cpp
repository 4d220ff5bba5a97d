#include "broker/core/request_entry.hpp"

namespace crier::broker {
namespace {

void forget_time(std::optional<UtcTime>& at) {
    if (at) at = UtcTime{};
}

}  // namespace

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
