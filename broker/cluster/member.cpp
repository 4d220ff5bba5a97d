#include "broker/cluster/member.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace crier::broker {
namespace {

/// In tickets of what the journal is asked for on behalf of another broker.
constexpr std::uint64_t copy_ticket = 1ULL << 62;
constexpr std::size_t copied_count_max = 64;

}  // namespace

Member::Member(const OrderingSettings& ordering, BrokerLinksSettings links,
               const Recovery& recovery, Backbone& backbone, MemberOutlets outlets, Moment now)
    : backbone_(backbone),
      outlets_(std::move(outlets)),
      ordering_(ordering, recovery.cursor, recovery.unplaced, now, ordering_effects_),
      key_(ordering.key),
      links_(std::move(links)) {
    perform(ordering_effects_);
}

void Member::take(AppendEntry wanted, Moment now) {
    step(Propose{std::move(wanted.entry), wanted.is_own}, now);
}

void Member::send(PeerId broker, const protocol::Bytes& frame) {
    links_.send(broker, frame, link_effects_);
    perform(link_effects_);
}

void Member::hear(BackboneEvent event, Moment now) {
    if (const auto* heard = std::get_if<Heard>(&event)) {
        links_.hear(heard->datagram, now, link_effects_);
        perform(link_effects_);
        for (const FrameFrom& come : std::exchange(copy_frames_, {})) on_copy_frame(come, now);
        return;
    }
    std::visit(
        [&](auto& happened) {
            using Happened = std::decay_t<decltype(happened)>;
            if constexpr (!std::is_same_v<Happened, Heard>) step(std::move(happened), now);
        },
        event);
}

void Member::hear(LogReply reply, Moment now) {
    if (answer_copying(reply)) return;
    std::visit([&](auto& said) { step(std::move(said), now); }, reply);
}

void Member::open_doors(DoorsOpened doors) {
    links_.set_doors(doors);
    news_.emplace_back(Event(std::move(doors)));
}

void Member::on_time(const BrokerLoad& load, Moment now) {
    if (const auto due = ordering_.next_deadline(); due && *due <= now.steady) {
        step(TimePassed{}, now);
    }
    if (links_.next_deadline() > now.steady) return;
    links_.on_time(load, now, link_effects_);
    perform(link_effects_);
}

std::optional<Instant> Member::next_deadline() const {
    const Instant beat = links_.next_deadline();
    return std::min(ordering_.next_deadline().value_or(beat), beat);
}

void Member::step(const OrderingEvent& event, Moment now) {
    ordering_.step(event, now, ordering_effects_);
    perform(ordering_effects_);
    const auto followed = ordering_.followed();
    if (!followed || followed->number == followed_told_) return;
    followed_told_ = followed->number;
    news_.emplace_back(Event(LogFollowed{followed_told_}));
}

void Member::tell_engine(const std::function<void(const Event&)>& tell) {
    for (const auto& news : std::exchange(news_, {})) {
        if (const auto* come = std::get_if<FrameFrom>(&news)) {
            tell(FrameReceived{come->peer, come->frame});
        } else {
            tell(std::get<Event>(news));
        }
    }
}

// ---- Copying the log ----------------------------------------------------------------------------

/// Each time another one: the last may not answer. It is asked again by who wants it.
void Member::ask_others(const AskPeer& wanted) {
    if (others_.empty()) return;
    send(others_[next_other_++ % others_.size()], encode(wanted));
}

void Member::on_copy_frame(const FrameFrom& come, Moment now) {
    Result<CopyFrame> frame = decode_copy_frame(come.frame, key_);
    if (!frame) return;  // A newer broker's; it is asked for again.
    if (auto* entries = std::get_if<PeerEntries>(&*frame)) return step(std::move(*entries), now);
    constexpr std::size_t copyings_max = 8;
    if (!ordering_.followed() || copyings_.size() >= copyings_max) return;
    read_for({come.peer, std::get<AskPeer>(*frame).after}, std::nullopt);
}

/// `after`: the seq behind which the journal is read; nullopt: that is asked first.
void Member::read_for(Copying copying, const std::optional<std::uint64_t>& after) {
    const std::uint64_t ticket = copy_ticket | ++last_copy_;
    LogPosition above = copying.behind;
    above.number += 1;
    copyings_.emplace(ticket, copying);
    if (after) return outlets_.ask_journal(ReadLog{ticket, *after, copied_count_max});
    outlets_.ask_journal(ReadPlaces{ticket, above, 1});
}

/// False: the reply is the ordering's.
bool Member::answer_copying(const LogReply& reply) {
    if (const auto* places = std::get_if<PlacesRead>(&reply)) {
        if ((places->ticket & copy_ticket) == 0) return false;
        auto found = copyings_.extract(places->ticket);
        if (!found || !places->places) return true;
        const auto& list = *places->places;
        read_for(found.mapped(), list.empty() ? 0 : list.front().seq);
        return true;
    }
    const auto* log = std::get_if<LogRead>(&reply);
    if (log == nullptr || (log->ticket & copy_ticket) == 0) return false;
    auto found = copyings_.extract(log->ticket);
    const auto newest = ordering_.followed_cursor();
    if (!found || !log->entries || !newest) return true;
    const Copying copying = found.mapped();
    const bool is_all = log->entries->size() < copied_count_max;
    const PeerEntries copy = copy_of(*log->entries, copying.behind, *newest, is_all);
    if (copy.entries.empty() && !copy.is_last) {
        read_for(copying, log->entries->back().entry.stored.seq);
    } else {
        send(copying.to, encode(copy, key_));
    }
    return true;
}

// ---- Effects ------------------------------------------------------------------------------------

void Member::perform(OrderingEffects& effects) {
    for (OrderingEffect& effect : std::exchange(effects, {})) {
        std::visit(
            [this](auto& wanted) {
                using Wanted = std::decay_t<decltype(wanted)>;
                if constexpr (std::is_same_v<Wanted, Publish>) {
                    backbone_.publish(wanted.id, std::move(wanted.body), wanted.after);
                } else if constexpr (std::is_same_v<Wanted, Follow>) {
                    backbone_.follow(wanted.from);
                } else if constexpr (std::is_same_v<Wanted, StopFollowing>) {
                    backbone_.stop_following();
                } else if constexpr (std::is_same_v<Wanted, Look>) {
                    backbone_.look(wanted.number);
                } else if constexpr (std::is_same_v<Wanted, AskExtent>) {
                    backbone_.read_extent();
                } else if constexpr (std::is_same_v<Wanted, PurgeStream>) {
                    backbone_.purge_below(wanted.number);
                } else if constexpr (std::is_same_v<Wanted, Store>) {
                    outlets_.store(std::move(wanted.batch));
                } else if constexpr (std::is_same_v<Wanted, Refuse>) {
                    news_.emplace_back(Event(EntryRefused{wanted.id, std::move(wanted.error)}));
                } else if constexpr (std::is_same_v<Wanted, StateChanged>) {
                    news_.emplace_back(Event(BackboneChanged{std::move(wanted.problem)}));
                } else if constexpr (std::is_same_v<Wanted, OrderingNotice>) {
                    outlets_.notice(wanted);
                } else if constexpr (std::is_same_v<Wanted, AskPeer>) {
                    ask_others(wanted);
                } else {
                    outlets_.ask_journal(LogRequest(std::move(wanted)));
                }
            },
            effect);
    }
}

void Member::perform(LinkEffects& effects) {
    for (LinkEffect& effect : std::exchange(effects, {})) {
        if (auto* told = std::get_if<SendDatagram>(&effect)) {
            if (told->to) {
                backbone_.tell(*told->to, std::move(told->datagram));
            } else {
                backbone_.tell_all(std::move(told->datagram));
            }
        } else if (auto* come = std::get_if<FrameFrom>(&effect)) {
            const bool is_copy = is_copy_frame(come->frame);
            if (is_copy) copy_frames_.push_back(std::move(*come));
            if (!is_copy) news_.emplace_back(std::move(*come));
        } else if (const auto* twin = std::get_if<TwinHeard>(&effect)) {
            outlets_.notice(*twin);
        } else if (auto* opened = std::get_if<PeerOpened>(&effect)) {
            others_.push_back(opened->peer);
            news_.emplace_back(Event(std::move(*opened)));
        } else if (const auto* closed = std::get_if<PeerClosed>(&effect)) {
            std::erase(others_, closed->peer);
            std::erase_if(copyings_, [&](auto& one) { return one.second.to == closed->peer; });
            news_.emplace_back(Event(*closed));
        } else if (const auto* beat = std::get_if<BrokerBeat>(&effect)) {
            news_.emplace_back(Event(*beat));
        }
    }
}

}  // namespace crier::broker
