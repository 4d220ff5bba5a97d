#include "broker/core/request_entry.hpp"

#include <algorithm>

namespace crier::broker {
namespace {

void forget_time(std::optional<UtcTime>& at) {
    if (at) at = UtcTime{};
}

}  // namespace

bool has_what_differs(const protocol::Send& send) {
    return send.expires || send.content.countdown_to || send.schedule != Schedule{} ||
           !send.sealed.empty();
}

bool has_what_differs(const protocol::Update& update) {
    return update.expires || update.due;
}

void forget_what_differs(protocol::Send& send) {
    forget_time(send.expires);
    forget_time(send.content.countdown_to);
    Schedule& schedule = send.schedule;
    for (auto* at : {&schedule.due, &schedule.until, &schedule.close_admission, &schedule.drop}) {
        forget_time(*at);
    }
    for (UtcTime& at : schedule.announcements) at = UtcTime{};
    std::fill(send.sealed.begin(), send.sealed.end(), std::uint8_t{0});
}

void forget_what_differs(protocol::Update& update) {
    forget_time(update.expires);
    forget_time(update.due);
}

}  // namespace crier::broker
