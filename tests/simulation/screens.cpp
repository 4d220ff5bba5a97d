#include "tests/simulation/screens.hpp"

#include <algorithm>
#include <tuple>

#include "tests/simulation/ledger.hpp"

namespace crier::simulation {
namespace {

/// How far a session's idea of the broker's time may be off: a frame's way, and more.
constexpr Milliseconds off_by{1'500};

}  // namespace

void Screens::show(const SessionId& session, const MessageId& id, std::uint32_t revision,
                   UtcTime now) {
    for (const Span& span : spans_[session]) {
        if (span.id == id && span.revision == revision && !span.until) return;
    }
    remove(session, id, now);
    spans_[session].push_back({id, revision, now, std::nullopt});
}

void Screens::remove(const SessionId& session, const MessageId& id, UtcTime now) {
    for (Span& span : spans_[session]) {
        if (span.id == id && !span.until) span.until = now;
    }
}

void Screens::clear(const SessionId& session, UtcTime now) {
    for (Span& span : spans_[session]) {
        if (!span.until) span.until = now;
    }
}

bool Screens::was_shown(const SessionId& session, const MessageId& id, std::uint32_t revision,
                        UtcTime first, UtcTime last) const {
    const auto found = spans_.find(session);
    return found != spans_.end() &&
           std::any_of(found->second.begin(), found->second.end(), [&](const Span& span) {
               return span.id == id && span.revision == revision && span.from <= last &&
                      (!span.until || *span.until >= first);
           });
}

std::vector<std::string> Screens::contradictions(
    const ScreensTold& told, const std::set<SessionId>& reliable,
    const std::map<SessionId, std::string>& names) const {
    std::vector<std::string> wrong;
    const auto say = [&](const MessageId& id, const SessionId& session, const char* what) {
        wrong.push_back(Ledger::name_of(id) + " on " + names.at(session) + " at " +
                        std::to_string(to_ms(told.at) % 100'000) + ": " + what);
    };
    if (told.failure) wrong.push_back("screens of " + told.user + ": " + to_string(*told.failure));
    std::set<std::tuple<SessionId, MessageId, std::uint32_t>> listed;
    for (const OnScreen& shown : told.screens) {
        listed.emplace(shown.session, shown.message, shown.revision);
        const UtcTime first = shown.is_certain ? told.at - off_by : UtcTime{};
        if (was_shown(shown.session, shown.message, shown.revision, first, told.at + off_by)) {
            continue;
        }
        say(shown.message, shown.session,
            shown.is_certain ? "was not on its screen, though the broker is certain"
                             : "never was on its screen");
    }
    for (const auto& [session, spans] : spans_) {
        if (!reliable.contains(session) || !names.at(session).starts_with(told.user + "-")) {
            continue;
        }
        for (const Span& span : spans) {
            const bool is_then =
                span.from <= told.at - off_by && (!span.until || *span.until >= told.at + off_by);
            if (!is_then || listed.contains({session, span.id, span.revision})) continue;
            say(span.id, session, "was on its screen, and the broker does not say so");
        }
    }
    return wrong;
}

}  // namespace crier::simulation
