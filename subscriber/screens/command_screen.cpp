#include "subscriber/screens/command_screen.hpp"

#include <algorithm>

#include "shared/base/display.hpp"
#include "shared/base/json_reader.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"
#include "subscriber/screens/json_lines.hpp"

namespace crier::screens {
namespace {

constexpr int try_later = 75;  // EX_TEMPFAIL of sysexits.h.

/// Clean, as for a terminal: a script may well write them to one.
std::vector<std::string> variables_of(const char* event, const IncomingMessage& message,
                                      UtcTime now) {
    std::string choices;
    for (const std::string& choice : message.content.choices) {
        choices += clean_line(choice) + "\n";
    }
    return {std::string("CRIER_EVENT=") + event,
            "CRIER_ID=" + to_string(message.id),
            "CRIER_REVISION=" + std::to_string(message.revision),
            "CRIER_TITLE=" + clean_line(message.content.title),
            "CRIER_TEXT=" + clean_text(text_at(message, now)),
            "CRIER_SEVERITY=" + std::string(name_of(message.content.severity)),
            "CRIER_STYLE=" + std::string(name_of(message.content.style)),
            "CRIER_FROM=" + clean_line(message.from),
            "CRIER_CHOICES=" + choices};
}

std::string as_cause(std::string_view text) {
    return std::string(cut_to(clean_line(text), limits::cause_bytes_max));
}

}  // namespace

void CommandScreen::show(const IncomingMessage& message, UtcTime now) {
    add("message", message, now);
}

void CommandScreen::change(const IncomingMessage& message, UtcTime now) {
    withdraw(message.id, now);
    add("changed", message, now);
}

void CommandScreen::add(const char* event, const IncomingMessage& message, UtcTime now) {
    add({.id = message.id,
         .revision = message.revision,
         .line = message_line(event, message, now) + "\n",
         .variables = variables_of(event, message, now),
         .choices = message.content.choices.size(),
         .is_message = true},
        now);
}

void CommandScreen::escalate(const MessageEscalated& escalated, UtcTime now) {
    add({.id = escalated.id,
         .line = escalated_line(escalated) + "\n",
         .variables = {"CRIER_EVENT=escalated", "CRIER_ID=" + to_string(escalated.id)}},
        now);
}

void CommandScreen::remove(const MessageRemoved& removed, UtcTime now) {
    withdraw(removed.id, now);
    add({.id = removed.id,
         .line = removed_line(removed) + "\n",
         .variables = {"CRIER_EVENT=removed", "CRIER_ID=" + to_string(removed.id)}},
        now);
}

/// Whoever shows it now, say a dialog, is to end.
void CommandScreen::withdraw(const MessageId& id, UtcTime) {
    std::erase_if(waiting_, [&](const Job& job) { return job.is_message && job.id == id; });
    for (Run& run : runs_) {
        if (!run.child || !run.job.is_message || run.job.id != id) continue;
        run.job.is_told = true;
        run.child->terminate();
    }
}

void CommandScreen::acknowledged(const Acknowledgement& reply, const Status& outcome, UtcTime now) {
    if (outcome) withdraw(reply.id, now);
}

void CommandScreen::ended(const std::optional<SubscriberEnded>&, UtcTime) {
    waiting_.clear();
    for (Run& run : runs_) run.child.reset();
}

void CommandScreen::add(Job job, UtcTime now) {
    // That a message is gone it is told all the same.
    if (job.is_message && waiting_.size() >= waiting_max) {
        return tell_of(job, {State::failed, "too many messages wait for the command"});
    }
    waiting_.push_back(std::move(job));
    start_waiting(now);
}

void CommandScreen::start_waiting(UtcTime now) {
    for (Run& run : runs_) {
        while (!run.child && !waiting_.empty()) {
            run.job = std::move(waiting_.front());
            waiting_.pop_front();
            auto child = ChildProcess::start({options_.program}, run.job.variables);
            if (!child) {
                tell_of(run.job, {State::failed, child.error().detail});
                continue;
            }
            run.child = std::move(*child);
            run.until = now + options_.time_max;
            static_cast<void>(run.child->write(run.job.line));
            run.child->close_input();
        }
    }
}

void CommandScreen::take_lines(Run& run) {
    for (const std::string& line : run.child->take_lines()) take_line(run.job, line);
}

void CommandScreen::take_line(Job& job, const std::string& line) {
    if (!job.is_message || !line.starts_with('{')) return;  // Its own words, to nobody.
    const Result<JsonValue> said = read_json(line);
    if (!said) return;
    const auto text = [&](const char* name) {
        const JsonValue* value = member_of(*said, name);
        return value != nullptr && value->kind == JsonValue::Kind::string ? value->text : "";
    };
    const auto is_set = [&](const char* name) {
        const JsonValue* value = member_of(*said, name);
        return value != nullptr && value->boolean;
    };
    const std::string state = text("state");
    const std::string cause = as_cause(text("cause"));
    if (state == "displayed") tell_of(job, {State::displayed, cause});
    if (state == "suppressed") tell_of(job, {State::suppressed, cause});
    if (state == "failed") tell_of(job, {State::failed, cause});
    const bool is_seen = is_set("acknowledge") || is_set("remove");
    if (is_seen && !job.is_told) tell_of(job, {});
    if (is_set("acknowledge")) tell(Acknowledgement{job.id, job.revision});
    if (is_set("remove")) tell(Dismissal{job.id, job.revision, cause});
    const std::optional<std::uint32_t> answer = uint_of(member_of(*said, "answer"));
    const bool is_answer = answer && *answer >= 1 && *answer <= job.choices;
    if (is_answer) tell(Answer{job.id, job.revision, *answer - 1});
    if (is_answer) job.is_told = true;
}

void CommandScreen::tell_of(Job& job, Outcome outcome) {
    if (job.is_message) tell(Came{job.id, job.revision, std::move(outcome)});
    job.is_told = true;
}

void CommandScreen::finish(Run& run) {
    const ChildEnd end = *run.child->end();
    run.child.reset();
    if (run.job.is_told) return;
    if (end.status == 0) return tell_of(run.job, {});
    const bool is_held_back = end.status == try_later;
    tell_of(run.job, {is_held_back ? State::suppressed : State::failed,
                      as_cause(options_.program + ": " + end.text)});
}

void CommandScreen::add_waits(std::vector<pollfd>& waits) const {
    for (const Run& run : runs_) {
        waits.push_back({run.child ? run.child->descriptor() : -1, POLLIN, 0});
    }
}

void CommandScreen::serve(std::span<const pollfd>, UtcTime now) {
    for (Run& run : runs_) {
        if (!run.child) continue;
        run.child->serve();
        take_lines(run);
        if (run.child->end()) finish(run);
    }
    start_waiting(now);
}

std::optional<UtcTime> CommandScreen::next_tick(UtcTime) const {
    std::optional<UtcTime> next;
    for (const Run& run : runs_) {
        if (run.child) next = std::min(next.value_or(run.until), run.until);
    }
    return next;
}

void CommandScreen::tick(UtcTime now) {
    for (Run& run : runs_) {
        if (!run.child || run.until > now) continue;
        run.child.reset();
        if (run.job.is_told) continue;
        const auto seconds = std::to_string(options_.time_max.count() / 1'000);
        tell_of(run.job, {State::failed,
                          as_cause(options_.program + " did not end within " + seconds + " s")});
    }
    start_waiting(now);
}

}  // namespace crier::screens
