#include "broker/core/screen_replay.hpp"

#include <algorithm>

namespace crier::broker {
namespace {

using What = Sighting::What;

/// A session's screen, as one thing after the other happens to it.
class Screen {
public:
    void take(const Sighting& heard) {
        if (heard.at > back_at_) settle_return();
        switch (heard.what) {
            case What::shown:
            case What::named: {
                const auto [place, is_new] = messages_.try_emplace(heard.seq);
                OnIt& message = place->second;
                // Clocks differ a little; an older revision never takes a newer one's place.
                if (is_new || message.revision < heard.revision) {
                    message.shown = heard.at;
                    message.revision = heard.revision;
                }
                message.is_certain = !is_lost_;
                message.is_confirmed = true;
                break;
            }
            case What::gone:
                messages_.erase(heard.seq);
                break;
            case What::lost:
                is_lost_ = true;
                for (auto& [seq, message] : messages_) message.is_certain = false;
                break;
            case What::back:
                for (auto& [seq, message] : messages_) message.is_confirmed = false;
                is_lost_ = false;
                is_returning_ = true;
                back_at_ = heard.at;
                break;
            case What::closed:
                messages_.clear();
                is_lost_ = true;
                break;
            case What::alive:
            case What::started:
                break;  // They are of the broker.
        }
    }

    /// What a session that came back has not named is not on its screen.
    void settle_return() {
        if (!is_returning_) return;
        is_returning_ = false;
        std::erase_if(messages_, [](const auto& one) { return !one.second.is_confirmed; });
    }

    /// Sure of it after all: what comes next of an uncertain message is that it left the screen.
    void prove_gone_later(const Sighting& later) {
        const auto found = messages_.find(later.seq);
        if (found != messages_.end()) found->second.is_certain = true;
    }

    void add_to(std::vector<SeenMessage>& seen, std::uint32_t session) const {
        const auto first = static_cast<std::ptrdiff_t>(seen.size());
        for (const auto& [seq, message] : messages_) {
            seen.push_back({session, seq, message.revision, message.shown, message.is_certain});
        }
        std::stable_sort(seen.begin() + first, seen.end(),
                         [](const SeenMessage& left, const SeenMessage& right) {
                             return left.shown < right.shown;
                         });
    }

private:
    struct OnIt {
        std::uint32_t revision = 0;
        UtcTime shown{};
        bool is_certain = true;
        bool is_confirmed = true;  ///< Named since the session came back.
    };
    std::map<std::uint64_t, OnIt> messages_;  ///< By seq.
    bool is_lost_ = false;
    bool is_returning_ = false;
    UtcTime back_at_{};
};

}  // namespace

/// A session says in its hello what it shows, and is heard a little later. What had left the screen
/// by then it tells after that.
bool ScreenReplay::is_outdated(const Heard& named, const std::vector<Heard>& all) {
    if (named.sighting.what != What::named) return false;
    const Sighting* last = nullptr;
    for (const Heard& one : all) {
        if (one.sighting.at > named.sighting.at) break;
        const bool is_told_later = one.number > named.number && one.sighting.what <= What::gone;
        if (is_told_later && one.sighting.seq == named.sighting.seq) last = &one.sighting;
    }
    return last != nullptr && last->what == What::gone;
}

void ScreenReplay::take(const Sighting& sighting) {
    const std::uint64_t number = count_++;
    if (sighting.what == What::started) {
        deaf_since_.push_back({{.what = What::lost, .at = newest_}, number});
    } else if (sighting.what != What::alive) {
        heard_[sighting.session].push_back({sighting, number});
    }
    on_written(sighting.at);
}

std::vector<SeenMessage> ScreenReplay::seen() const {
    std::vector<SeenMessage> seen;
    for (const auto& [session, of_it] : heard_) {
        std::vector<Heard> all = of_it;
        all.insert(all.end(), deaf_since_.begin(), deaf_since_.end());
        // Sessions say when things happened; that may be long before they could say it.
        std::sort(all.begin(), all.end(), [](const Heard& left, const Heard& right) {
            return left.sighting.at != right.sighting.at ? left.sighting.at < right.sighting.at
                                                         : left.number < right.number;
        });
        const auto after = std::find_if(all.begin(), all.end(),
                                        [this](const Heard& one) { return one.sighting.at > at_; });
        Screen screen;
        for (auto heard = all.begin(); heard != after; ++heard) {
            // What was heard last is known of its own time.
            const bool is_later = heard->sighting.what == What::lost && heard->sighting.at == at_;
            if (!is_later && !is_outdated(*heard, all)) screen.take(heard->sighting);
        }
        screen.settle_return();
        std::vector<std::uint64_t> told;
        for (auto later = after; later != all.end(); ++later) {
            const Sighting& heard = later->sighting;
            if (heard.what == What::back || heard.what == What::closed) break;
            if (heard.what != What::shown && heard.what != What::gone) continue;
            if (std::find(told.begin(), told.end(), heard.seq) != told.end()) continue;
            told.push_back(heard.seq);
            if (heard.what == What::gone) screen.prove_gone_later(heard);
        }
        screen.add_to(seen, session);
    }
    return seen;
}

}  // namespace crier::broker
