#include "broker/core/screen_replay.hpp"

#include <set>
#include <utility>

namespace crier::broker {

using What = Sighting::What;

namespace {

/// So they are on the broker's clock; the others are on the session's.
bool is_of_broker(What what) {
    return what == What::lost || what == What::back || what == What::closed || what == What::named;
}

}  // namespace

/// A session's screen, as one thing after the other happens to it.
class Screen {
public:
    using Heard = ScreenReplay::Heard;

    void take(const Heard& heard) {
        if (heard.at > back_at_) settle_return();
        switch (heard.what) {
            case What::shown:
                note_told(heard);
                show(heard);
                break;
            case What::named:
                if (!has_left_since(heard)) show(heard);
                break;
            case What::gone:
                note_told(heard);
                if (const auto found = messages_.find(heard.seq);
                    found != messages_.end() && found->second.revision <= heard.revision) {
                    messages_.erase(found);
                }
                break;
            case What::lost:
                is_lost_ = true;
                broken_at_ = heard.at;
                for (auto& [seq, message] : messages_) message.is_certain = false;
                break;
            case What::back:
                is_lost_ = false;
                is_returning_ = true;
                for (auto& [seq, message] : messages_) {
                    message.is_confirmed = false;
                    message.is_told_later =
                        message.told > heard.number && message.told_of > broken_at_;
                }
                back_at_ = broken_at_ = heard.at;
                break;
            case What::closed:
                // Nobody knows what one that was away for too long goes on to show.
                if (!is_lost_) messages_.clear();
                is_lost_ = true;
                break;
            case What::started:
                break;  // It is of the broker.
        }
    }

    /// What a session that came back has not named is not on its screen. Only what it tells of the
    /// time in which its hello was on its way may be, or may not.
    void settle_return() {
        if (!std::exchange(is_returning_, false)) return;
        std::erase_if(messages_, [](const auto& one) {
            return !one.second.is_confirmed && !one.second.is_told_later;
        });
    }

    /// What comes next of an uncertain message is that it left the screen: so it was there.
    void prove_gone_later(const Heard& later) {
        const auto found = messages_.find(later.seq);
        const bool is_of_run = found != messages_.end() && !found->second.is_told_later;
        if (is_of_run) found->second.is_certain = true;
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
        std::uint32_t told = 0;  ///< The number of what said so last,
        UtcTime told_of{};       ///< and its time.
        UtcTime shown{};
        bool is_certain = true;
        bool is_confirmed = true;    ///< Named since the session came back.
        bool is_told_later = false;  ///< Not named, but told since, of the time before.
    };
    /// What was told of a message in the order in which it happened, without what something else
    /// was both told after and happened after. So numbers fall.
    using Told = std::vector<std::pair<std::uint32_t, bool>>;  ///< Number; whether it was gone.

    void show(const Heard& heard) {
        const auto [place, is_new] = messages_.try_emplace(heard.seq);
        OnIt& message = place->second;
        // Clocks differ a little; an older revision never takes a newer one's place.
        const bool is_other = is_new || message.revision < heard.revision;
        const bool is_again = heard.what == What::shown && heard.revision == message.revision &&
                              heard.at > broken_at_ && message.shown < broken_at_;
        if (is_other || is_again) message.shown = heard.at;
        message.revision = std::max(message.revision, heard.revision);
        message.told = heard.number;
        message.told_of = heard.at;
        message.is_certain = !is_lost_;
        message.is_confirmed = true;
    }

    void note_told(const Heard& heard) {
        Told& told = told_[heard.seq];
        while (!told.empty() && told.back().first < heard.number) told.pop_back();
        told.emplace_back(heard.number, heard.what == What::gone);
    }

    /// A session says in its hello what it shows, and is heard a little later. What had left the
    /// screen by then it tells after that.
    [[nodiscard]] bool has_left_since(const Heard& named) const {
        const auto found = told_.find(named.seq);
        if (found == told_.end()) return false;
        const Told& told = found->second;
        const auto last = std::find_if(told.rbegin(), told.rend(),
                                       [&](const auto& one) { return one.first > named.number; });
        return last != told.rend() && last->second;
    }

    std::map<std::uint64_t, OnIt> messages_;  ///< By seq.
    std::map<std::uint64_t, Told> told_;
    bool is_lost_ = true;  ///< Of what was before the log begins nothing is known.
    bool is_returning_ = false;
    UtcTime back_at_{};
    UtcTime broken_at_{};  ///< When it was lost, or back, last.
};

void ScreenReplay::take(const Sighting& sighting) {
    const std::uint32_t number = count_++;
    if (sighting.what == What::started) {
        for (auto& [session, of_it] : sessions_) {
            if (std::exchange(of_it.is_away, true)) continue;
            of_it.latest = std::max({of_it.latest, of_it.told_by, newest_ - unheard_max_});
            of_it.heard.push_back({of_it.latest, 0, 0, number, What::lost});
            size_ += 1;
        }
        return on_written(sighting.at);
    }
    on_written(sighting.at);
    OfSession& session = sessions_[sighting.session];
    UtcTime at = sighting.at;
    // The clock may have been put back; what came later came later.
    if (is_of_broker(sighting.what)) at = session.latest = std::max(session.latest, at);
    if (sighting.what == What::back) session.is_away = false;
    if (sighting.what == What::lost || sighting.what == What::closed) session.is_away = true;
    session.told_by = newest_;
    session.heard.push_back({at, sighting.seq, sighting.revision, number, sighting.what});
    size_ += 1;
}

bool ScreenReplay::replay_next(std::vector<SeenMessage>& seen) {
    if (sessions_.empty()) return false;
    auto session = sessions_.extract(sessions_.begin());
    std::vector<Heard>& all = session.mapped().heard;
    // Sessions say when things happened; that may be long before they could say it.
    std::sort(all.begin(), all.end(), [](const Heard& left, const Heard& right) {
        return left.at != right.at ? left.at < right.at : left.number < right.number;
    });
    const auto after =
        std::find_if(all.begin(), all.end(), [this](const Heard& one) { return one.at > at_; });
    Screen screen;
    for (auto heard = all.begin(); heard != after; ++heard) {
        // What was heard last is known of its own time.
        const bool is_later = heard->what == What::lost && heard->at == at_;
        if (!is_later) screen.take(*heard);
    }
    screen.settle_return();
    std::set<std::uint64_t> told;
    for (auto later = after; later != all.end(); ++later) {
        if (later->what == What::back || later->what == What::closed) break;
        const bool is_told = later->what == What::shown || later->what == What::gone;
        if (!is_told || !told.insert(later->seq).second) continue;
        if (later->what == What::gone) screen.prove_gone_later(*later);
    }
    screen.add_to(seen, session.key());
    return true;
}

}  // namespace crier::broker
