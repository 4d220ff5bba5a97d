#include "publisher/cli/plan_line.hpp"

#include <algorithm>
#include <utility>

#include "publisher/cli/read_options.hpp"
#include "publisher/cli/times.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"
#include "shared/protocol/filter.hpp"

namespace crier::cli {
namespace {

constexpr Milliseconds ask_timeout_default{5 * 60'000};
/// A question's last answers may come a moment after it has closed for the broker.
constexpr Milliseconds closing_slack{2'000};

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

std::vector<std::string_view> parts_of(std::string_view text, char between) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t end = text.find(between);
        const std::string_view part = trimmed(text.substr(0, end));
        if (!part.empty()) parts.push_back(part);
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

Status read_due(const PlanOptions& plan, UtcTime now, std::optional<UtcTime>& due) {
    if (plan.at && plan.in) return usage("only one of --at and --in can be given");
    if (Status read = read_time(plan.at, now, "--at", due); !read) return read;
    std::optional<Milliseconds> in;
    if (Status read = read_duration(plan.in, "--in", in); !read) return read;
    if (in) due = now + *in;
    return {};
}

/// "after 2m: alert; after 5m: sound"
Result<std::vector<EscalationStep>> read_escalation(const std::string& text) {
    const auto slip = [](std::string_view part) {
        return usage("--escalate \"" + std::string(part) +
                     "\" is no step: write \"after 2m: alert; after 5m: sound\"");
    };
    std::vector<EscalationStep> steps;
    for (std::string_view part : parts_of(text, ';')) {
        const std::string_view whole = part;
        constexpr std::string_view after = "after ";
        const std::size_t colon = part.find(':');
        if (!part.starts_with(after) || colon == std::string_view::npos) return slip(whole);
        const auto delay = parse_duration(trimmed(part.substr(after.size(), colon - after.size())));
        const std::string_view name = trimmed(part.substr(colon + 1));
        if (!delay || (name != "alert" && name != "sound")) return slip(whole);
        const Urgency urgency = name == "alert" ? Urgency::alert : Urgency::sound;
        const bool rises =
            steps.empty() || (steps.back().after < *delay && steps.back().urgency < urgency);
        if (!rises)
            return usage("--escalate: each step must be later and more urgent than the last");
        steps.push_back({*delay, urgency});
    }
    if (steps.empty()) return slip(text);
    return steps;
}

/// The first text is the message's own, the others are translations of it.
Status read_texts(const PlanOptions& plan, SendCommand& send) {
    for (const std::string& given : plan.texts) {
        const std::size_t equals = given.find('=');
        const std::string language = given.substr(0, std::min(equals, given.size()));
        const bool is_tag = !language.empty() && language.size() <= limits::language_bytes_max &&
                            language.find_first_of(" \t\n") == std::string::npos;
        if (equals == std::string::npos || !is_tag) {
            return usage("--text wants a language and its text, as fr=\"Bonjour\"");
        }
        const std::string text = given.substr(equals + 1);
        if (is_blank(text)) {
            return fail(ErrorCode::text_invalid, "the text in " + language + " is empty");
        }
        auto& all = send.extras.translations;
        const bool is_known = send.extras.language == language ||
                              std::any_of(all.begin(), all.end(), [&](const Translation& one) {
                                  return one.language == language;
                              });
        if (is_known) return usage("--text " + language + " is given twice");
        if (send.extras.language.empty()) {
            send.extras.language = language;
            send.text = text;
        } else {
            all.push_back({language, text, {}});
        }
    }
    return {};
}

Result<std::uint32_t> read_quorum(const std::optional<std::string>& text) {
    if (!text) return 0u;
    std::string_view rest = *text;
    const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    const auto number = digits == 0 || digits > 9 ? std::nullopt : take_number(rest, digits);
    if (!number || (!rest.empty() && rest != "%")) {
        return usage("--quorum \"" + *text + "\" is no percentage, as 90%");
    }
    if (*number < 1 || *number > 100) {
        return usage("--quorum " + *text + ": a quorum is 1 to 100 percent of the sessions");
    }
    return static_cast<std::uint32_t>(*number);
}

/// What the commands that send have in common. `words`: what may stand for a target.
Status read_target(const Options& options, SendCommand& send) {
    auto target = make_target(options);
    if (!target) return fail(std::move(target.error()));
    send.target = *std::move(target);
    send.dry_run = options.dry_run;
    if (Status read = read_timeout(options, send.timeout); !read) return read;
    return read_id(options, send.id);
}

Result<Command> make_ask(const Options& options, UtcTime now) {
    if (options.words.size() != 1)
        return usage("the question must be one argument: put it in quotes");
    AskCommand ask;
    SendCommand& send = ask.send;
    send.text = options.words.front();
    if (is_blank(*send.text)) {
        return fail(ErrorCode::text_invalid, "the question is empty, so nothing was sent");
    }
    if (Status read = read_target(options, send); !read) return fail(read.error());
    const auto& choices = options.plan.choices;
    if (choices.size() < 2)
        return usage("a question needs two choices at least: --choice A --choice B");
    if (choices.size() > limits::choices_max) {
        return usage("a question has at most " + std::to_string(limits::choices_max) + " choices");
    }
    for (auto choice = choices.begin(); choice != choices.end(); ++choice) {
        if (is_blank(*choice)) return usage("--choice is empty: say what can be answered");
        if (std::find(choices.begin(), choice, *choice) == choice) continue;
        return usage("--choice \"" + *choice + "\" is given twice");
    }
    send.extras.choices = choices;
    auto quorum = read_quorum(options.plan.quorum);
    if (!quorum) return fail(std::move(quorum.error()));
    send.quorum = *quorum;
    const Milliseconds open = send.timeout.value_or(ask_timeout_default);
    send.expires = now + open;
    send.timeout = open + closing_slack;
    send.title = options.title.value_or("");
    send.severity = severity_from(options.severity.value_or("")).value_or(Severity::info);
    send.style = Style::alert;
    send.wait_for = State::answered;
    return ask;
}

Result<Command> make_drop(Options options, UtcTime now) {
    options.sessions.insert(options.sessions.end(), options.words.begin(), options.words.end());
    if (options.sessions.empty() && !options.where && !options.all) {
        return usage("whom? Give session ids, --where, or --all");
    }
    DropCommand drop;
    SendCommand& send = drop.send;
    if (Status read = read_target(options, send); !read) return fail(read.error());
    std::optional<Milliseconds> grace;
    if (Status read = read_duration(options.plan.grace, "--grace", grace); !read) {
        return fail(read.error());
    }
    send.schedule.drop = now + grace.value_or(Milliseconds{0});
    send.text =
        options.plan.message.value_or(grace ? "An operator ends this session in {remaining}."
                                            : "An operator has ended this session.");
    if (is_blank(*send.text)) return usage("--message is empty: leave it out, or say something");
    if (grace) {
        send.extras.is_template = true;
        send.extras.countdown_to = send.schedule.drop;
    }
    send.severity = Severity::warning;
    send.style = Style::alert;
    send.wait_for_drop = options.plan.wait;
    if (send.wait_for_drop && !send.timeout) {
        constexpr Milliseconds slack{30'000};
        send.timeout = grace.value_or(Milliseconds{0}) + slack;
    }
    return drop;
}

Result<Command> make_admission(const Options& options, UtcTime now) {
    using Action = AdmissionCommand::Action;
    AdmissionCommand admission;
    const std::string word = options.words.empty() ? "status" : options.words.front();
    if (options.words.size() > 1 || (word != "open" && word != "close" && word != "status")) {
        return usage("\"" + options.words.back().substr(0, 64) +
                     "\" is none of open, close, status");
    }
    admission.action = word == "open"    ? Action::open
                       : word == "close" ? Action::close
                                         : Action::status;
    const bool has_more = options.plan.message || options.plan.except;
    if (admission.action != Action::close && has_more) {
        return usage("--message and --except are for admission close");
    }
    admission.message = options.plan.message.value_or("");
    if (admission.action == Action::close && is_blank(admission.message)) {
        return usage("those who are refused are to see why: give a --message");
    }
    if (options.plan.except) {
        if (is_empty_filter(*options.plan.except)) return usage("--except is empty: leave it out");
        auto written = protocol::Filter::write_out_times(
            *options.plan.except, [now](std::string_view text) { return parse_since(text, now); });
        if (!written) return fail(protocol::to_error(written.error(), *options.plan.except));
        if (const auto slip = protocol::Filter::find_slip(*options.plan.except)) {
            return fail(protocol::to_error(*slip, *options.plan.except));
        }
        admission.except = *std::move(written);
    }
    return admission;
}

/// Times before `at`, the earliest first; those that have passed are named in `left_out`.
Status read_announcements(const std::string& text, UtcTime at, UtcTime now, DrainCommand& drain) {
    auto& times = drain.send.schedule.announcements;
    for (const std::string_view part : parts_of(text, ',')) {
        const auto before = parse_duration(part);
        if (!before) return fail(before.error().code, "--announce " + before.error().detail);
        const UtcTime time = at - *before;
        if (time <= now) {
            drain.left_out.emplace_back(part);
        } else {
            times.push_back(time);
        }
    }
    if (times.empty() && drain.left_out.empty()) {
        return usage("--announce is empty: leave it out, or give durations such as \"30m,5m\"");
    }
    if (times.size() > limits::announcements_max) {
        return usage("there are at most " + std::to_string(limits::announcements_max) +
                     " announcements");
    }
    std::sort(times.begin(), times.end());
    times.erase(std::unique(times.begin(), times.end()), times.end());
    return {};
}

Result<Command> make_drain_start(const Options& options, UtcTime now) {
    DrainCommand drain;
    SendCommand& send = drain.send;
    if (Status read = read_target(options, send); !read) return fail(read.error());
    std::optional<UtcTime> at;
    if (Status read = read_due(options.plan, now, at); !read) return fail(read.error());
    if (!at) return usage("when? Give --at or --in. See: crier drain --help");
    send.text = options.plan.message.value_or(
        "This system goes down in {remaining}. Please save your work and sign off.");
    if (is_blank(*send.text)) return usage("--message is empty: leave it out, or say something");
    send.extras.is_template = true;
    send.extras.countdown_to = at;
    send.severity = Severity::warning;
    send.style = Style::alert;
    if (options.plan.announce) {
        const Status read = read_announcements(*options.plan.announce, *at, now, drain);
        if (!read) return fail(read.error());
    }
    std::optional<Milliseconds> close_before;
    const Status read =
        read_duration(options.plan.close_admission, "--close-admission", close_before);
    if (!read) return fail(read.error());
    if (close_before) send.schedule.close_admission = std::max(now, *at - *close_before);
    if (options.plan.drop) {
        send.schedule.drop = at;
    } else {
        send.expires = at;
    }
    drain.is_confirmed = options.plan.is_confirmed;
    return drain;
}

Result<Command> make_drain(const Options& options, UtcTime now) {
    using Action = DrainChangeCommand::Action;
    if (options.words.empty()) return make_drain_start(options, now);
    const std::string& word = options.words.front();
    DrainChangeCommand change;
    if (word == "extend") {
        change.action = Action::extend;
    } else if (word == "cancel") {
        change.action = Action::cancel;
    } else if (word != "report") {
        return usage("\"" + word.substr(0, 64) + "\" is none of extend, cancel, report");
    }
    const std::size_t wanted = change.action == Action::extend ? 3 : 2;
    if (options.words.size() != wanted) {
        return usage(change.action == Action::extend ? "write: crier drain extend ID DURATION"
                                                     : "write: crier drain " + word + " ID");
    }
    auto id = read_message(options.words[1]);
    if (!id) return fail(std::move(id.error()));
    change.id = *std::move(id);
    if (change.action == Action::extend) {
        const auto by = parse_duration(options.words[2]);
        if (!by) return fail(by.error());
        change.by = *by;
    }
    change.message = options.plan.message.value_or("");
    return change;
}

Result<Command> make_close(const Options& options) {
    if (options.words.size() > 1) return usage("only one question's id can be given");
    auto id = read_message(options.words.front());
    if (!id) return fail(std::move(id.error()));
    return CloseCommand{*std::move(id)};
}

}  // namespace

Status read_plan(const Options& options, UtcTime now, SendCommand& send) {
    const PlanOptions& plan = options.plan;
    if (Status read = read_due(plan, now, send.schedule.due); !read) return read;
    std::optional<Milliseconds> every;
    if (Status read = read_duration(plan.every, "--every", every); !read) return read;
    if (every.has_value() != plan.until.has_value())
        return usage("--every and --until go together");
    if (every && *every < limits::repetition_min) return usage("--every is at least 1s");
    send.schedule.every = every.value_or(Milliseconds{0});
    const UtcTime from = send.schedule.due.value_or(now);
    if (Status read = read_time(plan.until, from, "--until", send.schedule.until); !read) {
        return read;
    }
    if (plan.escalate) {
        auto steps = read_escalation(*plan.escalate);
        if (!steps) return fail(std::move(steps.error()));
        send.extras.escalation = *std::move(steps);
    }
    const Status countdown =
        read_time(plan.countdown, from, "--countdown", send.extras.countdown_to);
    if (!countdown) return countdown;
    send.extras.is_template = plan.is_template || plan.countdown;
    send.each_session = plan.each_session;
    return read_texts(plan, send);
}

Status read_reschedule(const Options& options, UtcTime now, MessageUpdate& changes) {
    if (Status read = read_due(options.plan, now, changes.due); !read) return read;
    std::optional<Milliseconds> by;
    if (Status read = read_duration(options.plan.shift, "--shift", by); !read) return read;
    changes.shift = by.value_or(Milliseconds{0});
    return {};
}

std::optional<Result<Command>> make_plan_command(const Options& options, UtcTime now) {
    if (options.command == "ask") return make_ask(options, now);
    if (options.command == "close") return make_close(options);
    if (options.command == "drop") return make_drop(options, now);
    if (options.command == "admission") return make_admission(options, now);
    if (options.command == "scheduled") return Result<Command>(ScheduledCommand{});
    if (options.command == "drain") return make_drain(options, now);
    return std::nullopt;
}

}  // namespace crier::cli
