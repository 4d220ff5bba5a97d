// What a message says: its rules, and its keys.
#include <algorithm>
#include <utility>

#include "crier/message.hpp"
#include "shared/base/text.hpp"
#include "shared/protocol/codec.hpp"
#include "shared/protocol/fields.hpp"
#include "shared/protocol/placeholders.hpp"

namespace crier::protocol {
namespace {

Status check_line(const std::string& place, std::string_view line, std::size_t bytes_max) {
    if (line.size() > bytes_max) return too_long(place, bytes_max);
    if (is_one_line(line)) return {};
    return fail(ErrorCode::text_invalid,
                place + ": not one line of UTF-8 without control characters");
}

/// `place`: what the details of errors begin with.
Status check_text(const std::string& place, const Content& content, const std::string& text,
                  const std::string& title) {
    if (text.empty()) return fail(ErrorCode::text_invalid, place + "text: empty");
    if (text.size() > limits::text_bytes_max) {
        return too_long(place + "text", limits::text_bytes_max);
    }
    if (!is_plain_text(text)) {
        return fail(ErrorCode::text_invalid,
                    place + (is_utf8(text) ? "text: has a NUL" : "text: not UTF-8"));
    }
    if (const Status line = check_line(place + "title", title, limits::title_bytes_max); !line) {
        return line;
    }
    if (!content.is_template) return {};
    const bool has_countdown = content.countdown_to.has_value();
    for (const auto& [name, part] : {std::pair("text", &text), std::pair("title", &title)}) {
        const Status expands = check_placeholders(*part, has_countdown);
        if (!expands) {
            return fail(expands.error().code, place + name + ": " + expands.error().detail);
        }
    }
    return {};
}

Status check_translations(const Content& content) {
    std::size_t bytes = content.text.size() + content.title.size();
    for (std::size_t i = 0; i < content.translations.size(); ++i) {
        const Translation& one = content.translations[i];
        const std::string place = "texts[" + std::to_string(i) + "].";
        if (one.language.empty()) return fail(ErrorCode::text_invalid, place + "language: empty");
        const Status language =
            check_line(place + "language", one.language, limits::language_bytes_max);
        if (!language) return language;
        if (const Status text = check_text(place, content, one.text, one.title); !text) return text;
        bytes += one.text.size() + one.title.size();
    }
    return bytes > limits::texts_bytes_max ? too_long("texts", limits::texts_bytes_max) : Status{};
}

Status check_choices(const std::vector<std::string>& choices) {
    if (choices.size() == 1) {
        return fail(ErrorCode::text_invalid, "choices: one alone is no choice");
    }
    for (std::size_t i = 0; i < choices.size(); ++i) {
        const std::string place = "choices[" + std::to_string(i) + "]";
        const Status line = check_line(place, choices[i], limits::choice_bytes_max);
        if (!line) return line;
        if (is_blank(choices[i])) return fail(ErrorCode::text_invalid, place + ": empty");
        const auto end = choices.begin() + static_cast<std::ptrdiff_t>(i);
        if (std::find(choices.begin(), end, choices[i]) != end) {
            return fail(ErrorCode::text_invalid, place + ": the same twice");
        }
    }
    return {};
}

Status check_escalation(const std::vector<EscalationStep>& steps) {
    for (std::size_t i = 1; i < steps.size(); ++i) {
        const EscalationStep& before = steps[i - 1];
        if (before.after < steps[i].after && before.urgency < steps[i].urgency) continue;
        return fail(ErrorCode::text_invalid,
                    "escalation[" + std::to_string(i) + "]: not later and more urgent");
    }
    return {};
}

void write_translations(MapWriter& map, const std::vector<Translation>& translations) {
    if (translations.empty()) return;
    Writer list = map.list("texts", translations.size());
    for (const Translation& one : translations) {
        MapWriter element(list.out());
        element.string("language", one.language);
        element.string("text", one.text);
        element.string_if_any("title", one.title);
    }
}

std::vector<Translation> read_translations(const Value& value) {
    const ListReader list = value.list({0, limits::translations_max});
    std::vector<Translation> translations;
    translations.reserve(list.size());
    for (const Value element : list) {
        const MapReader map = element.map();
        Translation& one = translations.emplace_back();
        one.language = map.at("language").string();
        one.text = map.at("text").string();
        one.title = map.find("title").string();
    }
    return translations;
}

void write_escalation(MapWriter& map, const std::vector<EscalationStep>& steps) {
    if (steps.empty()) return;
    Writer list = map.list("escalation", steps.size());
    for (const EscalationStep& step : steps) {
        MapWriter element(list.out());
        element.uint("after", static_cast<std::uint64_t>(step.after.count()));
        element.enumerator("urgency", step.urgency);
    }
}

std::vector<EscalationStep> read_escalation(const Value& value) {
    const ListReader list = value.list({0, limits::escalation_steps_max});
    std::vector<EscalationStep> steps;
    for (const Value element : list) {
        const MapReader map = element.map();
        EscalationStep& step = steps.emplace_back();
        step.after = map.at("after").milliseconds({1, lifetime_ms_max});
        step.urgency = map.at("urgency").enumerator(Urgency::sound, Urgency::alert);
    }
    return steps;
}

}  // namespace

Status check(const Content& content) {
    if (Status text = check_text({}, content, content.text, content.title); !text) return text;
    const Status language = check_line("language", content.language, limits::language_bytes_max);
    if (!language) return language;
    if (Status translations = check_translations(content); !translations) return translations;
    if (Status choices = check_choices(content.choices); !choices) return choices;
    return check_escalation(content.escalation);
}

void write_content(MapWriter& map, const Content& content, Defaults defaults) {
    map.string("text", content.text);
    map.string_if_any("title", content.title);
    const bool all = defaults == Defaults::written;
    if (all || content.severity != Severity{}) map.enumerator("severity", content.severity);
    if (all || content.style != Style{}) map.enumerator("style", content.style);
    map.string_if_any("language", content.language);
    write_translations(map, content.translations);
    map.flag("template", content.is_template);
    map.time_if_any("countdown_to", content.countdown_to);
    write_escalation(map, content.escalation);
    map.flag("private", content.is_private);
    map.strings_if_any("choices", content.choices);
}

Content read_content(const MapReader& map, Defaults defaults) {
    const auto at = [&](std::string_view key) {
        return defaults == Defaults::written ? map.at(key) : map.find(key);
    };
    const Value text = map.at("text");
    Content content;
    content.text = text.string();
    content.title = map.find("title").string();
    content.severity = at("severity").enumerator(Severity::critical);
    content.style = at("style").enumerator(Style::alert);
    content.language = map.find("language").string();
    content.translations = read_translations(map.find("texts"));
    content.is_template = map.find("template").boolean();
    content.countdown_to = find_time(map, "countdown_to");
    content.escalation = read_escalation(map.find("escalation"));
    const ListReader choices = map.find("choices").list({0, limits::choices_max});
    for (const Value choice : choices) content.choices.emplace_back(choice.string());
    content.is_private = map.find("private").boolean();
    if (text) {
        if (const Status status = check(content); !status) map.place().refuse_part(status.error());
    }
    return content;
}

void write_sealed(MapWriter& map, const Bytes& sealed) {
    if (!sealed.empty()) map.binary("sealed", sealed);
}

Bytes read_sealed(const MapReader& map, const Content& content) {
    const Value value = map.find("sealed");
    if (value && !content.is_private) {
        value.place().refuse(ErrorCode::malformed_frame, "the message is not private");
    }
    if (!value) {
        if (content.is_private) map.place().refuse(ErrorCode::malformed_frame, "sealed: missing");
        return {};
    }
    const Bytes sealed = value.binary({limits::sealed_bytes_min, limits::frame_bytes_max});
    if (sealed.size() > limits::sealed_bytes_max) {
        map.place().refuse_part(too_long("sealed", limits::sealed_bytes_max).error());
    }
    return sealed;
}

}  // namespace crier::protocol
