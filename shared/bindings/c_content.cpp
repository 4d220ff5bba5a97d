// What a message says, between C and C++.
#include "shared/base/limits.hpp"
#include "shared/bindings/c_support.hpp"

namespace crier::c {
namespace {

static_assert(CRIER_SEVERITY_CRITICAL == static_cast<int>(Severity::critical));
static_assert(CRIER_STYLE_ALERT == static_cast<int>(Style::alert));
static_assert(CRIER_URGENCY_ALERT == static_cast<int>(Urgency::alert));
static_assert(CRIER_URGENCY_SOUND == static_cast<int>(Urgency::sound));
static_assert(CRIER_ANSWER_SLOTS >= limits::choices_max);

Status read_translations(const crier_content& content, std::vector<Translation>& translations) {
    const std::size_t count = content.translation_count;
    const auto* const rows = content.translations;
    if (Status checked = check_list(rows, count, "content: translations"); !checked) return checked;
    for (std::size_t at = 0; at < count; ++at) {
        const Result<crier_translation> one = read(rows[at], "content: a translation");
        if (!one) return fail(one.error());
        translations.push_back({text_of(one->language), text_of(one->text), text_of(one->title)});
    }
    return {};
}

Status read_escalation(const crier_content& content, std::vector<EscalationStep>& steps) {
    const std::size_t count = content.escalation_count;
    const auto* const rows = content.escalation;
    if (Status checked = check_list(rows, count, "content: escalation"); !checked) return checked;
    for (std::size_t at = 0; at < count; ++at) {
        const Result<crier_escalation_step> step = read(rows[at], "content: a step of escalation");
        if (!step) return fail(step.error());
        if (step->urgency == 0 || step->after_ms <= 0) {
            return fail(ErrorCode::usage_invalid,
                        "content: a step of escalation needs after_ms, more than zero, and its "
                        "urgency");
        }
        const auto urgency = read_choice<Urgency>(step->urgency, CRIER_URGENCY_SOUND, "urgency");
        if (!urgency) return fail(urgency.error());
        steps.push_back({Milliseconds(step->after_ms), *urgency});
    }
    return {};
}

}  // namespace

Result<Content> read_content(const crier_content* given) {
    const Result<crier_content> content = read(given, "content");
    if (!content) return fail(content.error());
    const Result<Severity> severity =
        read_choice<Severity>(content->severity, CRIER_SEVERITY_CRITICAL, "severity");
    if (!severity) return fail(severity.error());
    const Result<Style> style = read_choice<Style>(content->style, CRIER_STYLE_ALERT, "style");
    if (!style) return fail(style.error());
    auto choices = read_strings(content->choices, content->choice_count, "content: choices");
    if (!choices) return fail(choices.error());
    Content read;
    if (Status status = read_translations(*content, read.translations); !status) {
        return fail(status.error());
    }
    if (Status status = read_escalation(*content, read.escalation); !status) {
        return fail(status.error());
    }
    read.text = text_of(content->text);
    read.title = text_of(content->title);
    read.severity = *severity;
    read.style = *style;
    read.language = text_of(content->language);
    read.is_template = content->is_template;
    read.countdown_to = optional_time(content->countdown_to_ms);
    read.choices = std::move(*choices);
    read.is_private = content->is_private;
    return read;
}

ShownTranslation::ShownTranslation(const Translation& translation)
    : crier_translation{sizeof(crier_translation), translation.language.c_str(),
                        translation.text.c_str(), translation.title.c_str()} {}

ShownEscalationStep::ShownEscalationStep(const EscalationStep& step)
    : crier_escalation_step{sizeof(crier_escalation_step), step.after.count(),
                            static_cast<crier_urgency>(step.urgency)} {}

ShownContent::ShownContent(const Content& content)
    : crier_content{},
      translations_(content.translations),
      escalation_(content.escalation),
      choices_(content.choices) {
    size = sizeof(crier_content);
    text = content.text.c_str();
    title = content.title.c_str();
    severity = static_cast<crier_severity>(content.severity);
    style = static_cast<crier_style>(content.style);
    language = content.language.c_str();
    translation_count = translations_.size();
    translations = translations_.data();
    is_template = content.is_template;
    countdown_to_ms = time_of(content.countdown_to);
    escalation_count = escalation_.size();
    escalation = escalation_.data();
    choice_count = content.choices.size();
    choices = choices_.data();
    is_private = content.is_private;
}

}  // namespace crier::c
