#include "subscriber/screens/stand.hpp"

#include <algorithm>

#include "shared/base/display.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"

namespace crier::screens {
namespace {

/// In the words of the receipt: by which screen, and why not by a better one.
std::string cause_of(const Screen& screen, const std::string& missed, const std::string& own) {
    if (missed.empty()) return own;
    std::string cause = "by " + std::string(screen.name()) + ", for " + missed;
    if (!own.empty()) cause += "; " + own;
    return cause;
}

}  // namespace

bool is_seen_somewhere(const std::vector<Stand>& stands) {
    return std::any_of(stands.begin(), stands.end(), [](const Stand& stand) {
        const Screen* screen = stand.screen();
        return screen != nullptr && !stand.is_dismissed && screen->is_seen() && stand.outcome &&
               stand.outcome->state == State::displayed;
    });
}

std::optional<Outcome> outcome_of(const std::vector<Stand>& stands, bool is_locked) {
    // What a person sees, then what is held back from them, then what is written down, then
    // nothing.
    enum Rank { none, nowhere, on_record, held_back, in_sight };
    const auto rank_of = [](const Stand& stand) {
        const bool is_held_back = stand.outcome->state == State::suppressed;
        if (stand.screen() == nullptr) return is_held_back ? held_back : nowhere;
        if (!stand.screen()->is_seen()) return on_record;
        return is_held_back ? held_back : in_sight;
    };
    Rank best_rank = none;
    Outcome best;
    std::string missed;  // By chains that show it nowhere.
    bool is_awaited = false;
    for (const Stand& stand : stands) {
        if (stand.screen() == nullptr && stand.was_displayed) continue;
        if (!stand.outcome) {
            is_awaited = is_awaited || stand.screen()->is_seen();
            continue;
        }
        const Rank rank = rank_of(stand);
        const bool is_behind_lock =
            is_locked && rank == in_sight && stand.screen()->is_on_desktop();
        if (is_behind_lock) {
            if (held_back <= best_rank) continue;
            best_rank = held_back;
            best = {State::suppressed, "the screen is locked"};
            continue;
        }
        if (rank == nowhere) missed = stand.missed;
        if (rank <= best_rank) continue;
        best_rank = rank;
        best = *stand.outcome;
        if (stand.screen() != nullptr) {
            best.cause = cause_of(*stand.screen(), stand.missed, best.cause);
        }
    }
    if (best_rank == none || (is_awaited && best_rank != in_sight)) return std::nullopt;
    if (best_rank == on_record) {
        best.cause = missed.empty() ? "on record only" : "on record only, for " + missed;
    }
    best.cause = cut_to(clean_line(best.cause), limits::cause_bytes_max);
    return best;
}

}  // namespace crier::screens
