#include "subscriber/screens/screen_plan.hpp"

#include <algorithm>
#include <array>

namespace crier::screens {
namespace {

constexpr std::array<std::pair<ScreenKind, std::string_view>, 6> names{{
    {ScreenKind::terminal, "terminal"},
    {ScreenKind::json, "json"},
    {ScreenKind::desktop, "desktop"},
    {ScreenKind::window, "window"},
    {ScreenKind::command, "command"},
    {ScreenKind::log, "log"},
}};

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == text.npos) return parts;
        text.remove_prefix(end + 1);
    }
}

tl::unexpected<Error> misused(const std::string& what) {
    return fail(ErrorCode::usage_invalid, "--screen: " + what);
}

}  // namespace

std::string_view name_of(ScreenKind kind) noexcept {
    for (const auto& [one, name] : names) {
        if (one == kind) return name;
    }
    return "";
}

Result<ScreenPlan> parse_screen_plan(std::string_view text) {
    ScreenPlan plan;
    for (const std::string_view chain_text : split(text, ',')) {
        std::vector<ScreenKind> chain;
        for (const std::string_view word : split(chain_text, ':')) {
            const auto found = std::find_if(names.begin(), names.end(), [&](const auto& entry) {
                return entry.second == word;
            });
            if (found == names.end()) {
                return misused("there is no screen \"" + std::string(word) +
                               "\": terminal, json, desktop, window, command or log, with : for "
                               "\"or else\" and , for \"and\"");
            }
            const bool is_twice = has(plan, found->first) || std::find(chain.begin(), chain.end(),
                                                                       found->first) != chain.end();
            if (is_twice) return misused(std::string(word) + " stands there twice");
            chain.push_back(found->first);
        }
        plan.push_back(std::move(chain));
    }
    if (has(plan, ScreenKind::terminal) && has(plan, ScreenKind::json)) {
        return misused("terminal and json both need the standard output");
    }
    return plan;
}

std::string to_string(const ScreenPlan& plan) {
    std::string text;
    for (const auto& chain : plan) {
        if (!text.empty()) text += ',';
        for (const ScreenKind kind : chain) {
            if (kind != chain.front()) text += ':';
            text += name_of(kind);
        }
    }
    return text;
}

ScreenPlan plan_for(const Places& places) {
    std::vector<ScreenKind> chain;
    if (places.has_display) chain.push_back(ScreenKind::window);
    if (places.has_session_bus && places.has_display) chain.push_back(ScreenKind::desktop);
    // Without a terminal, too, for who reads a pipe or a file. But where a service or a desktop has
    // put the output, nobody looks for messages: what went there would be called displayed.
    const bool is_started_by_system = places.is_service || places.has_display;
    const bool is_log = is_started_by_system && !places.has_terminal;
    chain.push_back(is_log ? ScreenKind::log : ScreenKind::terminal);
    return {chain};
}

bool has(const ScreenPlan& plan, ScreenKind kind) noexcept {
    return std::any_of(plan.begin(), plan.end(), [&](const auto& chain) {
        return std::find(chain.begin(), chain.end(), kind) != chain.end();
    });
}

bool is_on_desktop(const ScreenPlan& plan) noexcept {
    return has(plan, ScreenKind::desktop) || has(plan, ScreenKind::window);
}

}  // namespace crier::screens
