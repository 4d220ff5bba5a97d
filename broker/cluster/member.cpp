#include "broker/cluster/member.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace crier::broker {

Member::Member(const OrderingSettings& ordering, BrokerLinksSettings links,
               const Recovery& recovery, Backbone& backbone, MemberOutlets outlets, Moment now)
    : backbone_(backbone),
      outlets_(std::move(outlets)),
      ordering_(ordering, recovery.cursor, recovery.unplaced, now, ordering_effects_),
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
        return perform(link_effects_);
    }
    std::visit(
        [&](auto& happened) {
            using Happened = std::decay_t<decltype(happened)>;
            if constexpr (!std::is_same_v<Happened, Heard>) step(std::move(happened), now);
        },
        event);
}

void Member::hear(LogReply reply, Moment now) {
    std::visit([&](auto& said) { step(std::move(said), now); }, reply);
}

void Member::open_doors(std::vector<std::string> endpoints) {
    links_.set_endpoints(endpoints);
    news_.emplace_back(Event(DoorsOpened{std::move(endpoints)}));
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
                } else if constexpr (!std::is_same_v<Wanted, AskPeer>) {
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
            news_.emplace_back(std::move(*come));
        } else if (const auto* twin = std::get_if<TwinHeard>(&effect)) {
            outlets_.notice(*twin);
        } else if (auto* opened = std::get_if<PeerOpened>(&effect)) {
            news_.emplace_back(Event(std::move(*opened)));
        } else if (const auto* closed = std::get_if<PeerClosed>(&effect)) {
            news_.emplace_back(Event(*closed));
        } else if (const auto* beat = std::get_if<BrokerBeat>(&effect)) {
            news_.emplace_back(Event(*beat));
        }
    }
}

}  // namespace crier::broker
