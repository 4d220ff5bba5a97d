#include "tests/simulation/plan.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <variant>

#include "shared/base/assert.hpp"
#include "shared/protocol/codec.hpp"

namespace crier::simulation {
namespace {

void take_in(Plan& plan, const protocol::Update& update, UtcTime at) {
    const auto put_off = [&](std::optional<UtcTime>& time) {
        if (time && *time > at) *time += update.shift;
    };
    put_off(plan.schedule.due);
    put_off(plan.schedule.until);
    put_off(plan.schedule.close_admission);
    put_off(plan.schedule.drop);
    put_off(plan.expires);
    for (UtcTime& time : plan.schedule.announcements) {
        if (time > at) time += update.shift;
    }
    if (update.due) plan.schedule.due = update.due;
    if (update.expires) plan.expires = update.expires;
    if (update.text) plan.texts.push_back(*update.text);
    plan.updates += 1;
}

}  // namespace

std::vector<UtcTime> Plan::times() const {
    if (!schedule.announcements.empty()) return schedule.announcements;
    std::vector<UtcTime> all{schedule.due.value_or(accepted)};
    if (!schedule.until) return all;
    while (all.back() + schedule.every <= *schedule.until) {
        all.push_back(all.back() + schedule.every);
    }
    return all;
}

std::uint32_t Plan::times_by(UtcTime now) const {
    std::uint32_t count = 0;
    for (const UtcTime time : times()) {
        const bool is_taken_off = (recalled && *recalled < time) || (closed && *closed < time);
        const bool goes_out = time <= now && !is_taken_off && !(expires && *expires <= time);
        // What was to go out at once has its audience, though nobody gets it any more.
        const bool is_at_once = count == 0 && !schedule.due && schedule.announcements.empty();
        if (goes_out || is_at_once) count += 1;
    }
    return count;
}

std::uint32_t Plan::revision_at(UtcTime now) const {
    return updates + std::max(times_by(now), 1u);
}

std::optional<UtcTime> Plan::ends() const {
    std::optional<UtcTime> end;
    for (const auto& one : {expires, recalled, closed}) {
        if (one && (!end || *one < *end)) end = one;
    }
    return end;
}

std::optional<std::size_t> Plan::place_of(const std::string& text) const {
    const auto found = std::find(texts.begin(), texts.end(), text);
    if (found == texts.end()) return std::nullopt;
    return static_cast<std::size_t>(found - texts.begin());
}

bool Plan::may_have_text(const std::string& text) const {
    const bool came_late =
        std::find(late_texts.begin(), late_texts.end(), text) != late_texts.end();
    return came_late || place_of(text).has_value();
}

void Plans::on_entry(const broker::StoredEntry& stored, UtcTime now) {
    const broker::Entry& entry = stored.entry;
    if (entry.kind == broker::EntryKind::answers) return;
    const auto body = protocol::decode_from_operator(entry.body);
    CRIER_ASSERT(body.has_value(), "the core wrote it");
    if (const auto* set = std::get_if<protocol::SetAdmission>(&*body)) {
        const std::string name = "system_user=";
        Version<Said> said;
        static_cast<Said&>(said) = {set->is_open, entry.at, set->message,
                                    set->except.empty() ? "" : set->except.substr(name.size()),
                                    entry.id};
        said.since = now;
        // Of two brokers that were asked at once, whichever comes first in the log.
        const Said& newest = said_.back();
        if (std::tie(said.at, said.id) < std::tie(newest.at, newest.id)) return;
        return said_.push_back(std::move(said));
    }
    if (const auto* send = std::get_if<protocol::Send>(&*body)) {
        Version<Plan> first;
        first.accepted = entry.at;
        first.schedule = send->schedule;
        first.expires = send->expires;
        first.is_question = !send->content.choices.empty();
        first.texts = {send->content.text};
        first.stored = first.written = first.since = now;
        plans_[entry.id].push_back(std::move(first));
        return;
    }
    std::vector<Version<Plan>>& versions = plans_[*entry.about];
    CRIER_ASSERT(!versions.empty(), "an entry about a message comes after the message");
    Version<Plan> next = versions.back();
    next.since = now;
    const bool is_recall = std::holds_alternative<protocol::Recall>(*body);
    const auto* update = std::get_if<protocol::Update>(&*body);
    if (next.recalled || (next.closed && !is_recall)) {
        if (update != nullptr && update->text) versions.back().late_texts.push_back(*update->text);
        return;
    }
    if (update != nullptr) {
        take_in(next, *update, entry.at);
    } else if (is_recall) {
        next.recalled = entry.at;
    } else {
        next.closed = entry.at;
    }
    next.written = now;
    versions.push_back(std::move(next));
}

bool Plans::is_open() const {
    const Said& said = said_.back();
    return said.is_open && std::none_of(plans_.begin(), plans_.end(), [&](const auto& known) {
               const Plan& plan = known.second.back();
               const auto& closes = plan.schedule.close_admission;
               // Asked for again and again, it may have been accepted after its time.
               return closes && std::max(*closes, plan.accepted) > said.at && !plan.recalled;
           });
}

const Plan* Plans::find(const MessageId& id) const {
    const auto found = plans_.find(id);
    return found == plans_.end() ? nullptr : &found->second.back();
}

std::uint32_t Plans::times_ever(const MessageId& id, UtcTime now) const {
    const auto found = plans_.find(id);
    if (found == plans_.end()) return 0;
    std::set<UtcTime> times;
    for (const Plan& plan : found->second) {
        for (const UtcTime time : plan.times()) {
            if (time <= now) times.insert(time);
        }
    }
    return static_cast<std::uint32_t>(times.size());
}

std::vector<MessageId> Plans::ids() const {
    std::vector<MessageId> all;
    for (const auto& [id, versions] : plans_) all.push_back(id);
    return all;
}

}  // namespace crier::simulation
