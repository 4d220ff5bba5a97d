#include "broker/cluster/member.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace crier::broker {
namespace {

constexpr std::size_t copied_count_max = 64;

}  // namespace

Member::Member(const OrderingSettings& ordering, BrokerLinksSettings links,
               const Recovery& recovery, Backbone& backbone, MemberOutlets outlets, Moment now)
    : backbone_(backbone),
      outlets_(std::move(outlets)),
      ordering_(ordering, recovery, now, ordering_effects_),
      key_(ordering.key),
      links_(std::move(links)) {
    perform(ordering_effects_);
}

void Member::take(AppendEntry wanted, Moment now) {
    step(Propose{std::move(wanted.entry), wanted.is_own}, now);
}

void Member::take(ForgetBroker wanted, Moment now) {
    step(ProposeForgotten{{wanted.id, wanted.broker, wanted.at, std::move(wanted.by)}}, now);
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
        return tell_ordering(now);
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
    // What was to be copied up to where the log was followed may not be on the disk.
    if (std::holds_alternative<StoreFailed>(reply)) copyings_.clear();
    std::visit(
        [&](auto& said) {
            using Said = std::decay_t<decltype(said)>;
            constexpr bool is_of_copy =
                std::is_same_v<Said, BeginningRead> || std::is_same_v<Said, PlacedRead>;
            if constexpr (!is_of_copy) step(std::move(said), now);
        },
        reply);
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
    tell_ordering(now);
}

void Member::tell_ordering(Moment now) {
    for (const OrderingEvent& event : std::exchange(of_others_, {})) step(event, now);
}

std::optional<Instant> Member::next_deadline() const {
    const Instant beat = links_.next_deadline();
    return std::min(ordering_.next_deadline().value_or(beat), beat);
}

void Member::step(const OrderingEvent& event, Moment now) {
    ordering_.step(event, now, ordering_effects_);
    perform(ordering_effects_);
    const auto followed = ordering_.followed();
    if (!followed || *followed == followed_told_) return;
    followed_told_ = *followed;
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
    send(others_[next_other_++ % others_.size()].peer, encode(wanted));
}

void Member::on_copy_frame(const FrameFrom& come, Moment now) {
    Result<CopyFrame> frame = decode_copy_frame(come.frame, key_);
    if (!frame && frame.error().code == ErrorCode::version_unsupported) {
        return step(PeerNewer{frame.error().detail}, now);
    }
    if (!frame) return;  // It is asked for again.
    if (auto* entries = std::get_if<PeerEntries>(&*frame)) return step(std::move(*entries), now);
    for (const Other& other : others_) {
        if (other.peer != come.peer) continue;
        step(OtherAsked{other.id, std::get<AskPeer>(*frame).after}, now);
    }
    constexpr std::size_t copyings_max = 8;
    const auto newest = ordering_.followed_cursor();
    if (!newest || copyings_.size() >= copyings_max) return;
    Copying copying{come.peer, std::get<AskPeer>(*frame).after, *newest, ordering_.members()};
    if (copying.behind.number > 0) return read_for(std::move(copying));
    // Who asks for all of it may have nothing yet, and begin where this log begins.
    const std::uint64_t ticket = ++last_copy_;
    copyings_.emplace(ticket, std::move(copying));
    outlets_.ask_journal(ReadBeginning{ticket});
}

void Member::read_for(Copying copying) {
    const std::uint64_t ticket = ++last_copy_;
    const LogPosition behind = copying.behind;
    copyings_.emplace(ticket, std::move(copying));
    outlets_.ask_journal(ReadPlaced{ticket, behind, copied_count_max});
}

/// False: the reply is the ordering's.
bool Member::answer_copying(const LogReply& reply) {
    if (const auto* read = std::get_if<BeginningRead>(&reply)) {
        auto found = copyings_.extract(read->ticket);
        if (!found || !read->pruned) return true;
        found.mapped().beginning = *read->pruned;
        read_for(std::move(found.mapped()));
        return true;
    }
    const auto* placed = std::get_if<PlacedRead>(&reply);
    if (placed == nullptr) return false;
    const auto found = copyings_.extract(placed->ticket);
    if (found && placed->entries) send_copy(found.mapped(), *placed->entries);
    return true;
}

void Member::send_copy(const Copying& copying, const std::vector<PlacedEntry>& log) {
    const bool is_all = log.size() < copied_count_max;
    PeerEntries copy = copy_of(log, copying.behind, copying.newest, is_all);
    copy.beginning = copying.beginning;
    if (copy.is_last) copy.members = copying.members;
    send(copying.to, encode(copy, key_));
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
                } else if constexpr (std::is_same_v<Wanted, MembersChanged>) {
                    news_.emplace_back(Event(std::move(wanted)));
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
            others_.push_back({opened->peer, opened->facts.broker->id});
            news_.emplace_back(Event(std::move(*opened)));
        } else if (const auto* closed = std::get_if<PeerClosed>(&effect)) {
            for (const Other& other : others_) {
                if (other.peer == closed->peer) of_others_.emplace_back(OtherLost{other.id});
            }
            std::erase_if(others_, [&](const Other& one) { return one.peer == closed->peer; });
            std::erase_if(copyings_, [&](auto& one) { return one.second.to == closed->peer; });
            news_.emplace_back(Event(*closed));
        } else if (const auto* beat = std::get_if<BrokerBeat>(&effect)) {
            for (const Other& other : others_) {
                if (other.peer != beat->peer) continue;
                of_others_.emplace_back(
                    OtherFollowed{other.id,
                                  {beat->load.log_generation, beat->load.log_number},
                                  beat->load.takes_entries});
            }
            news_.emplace_back(Event(*beat));
        }
    }
}

}  // namespace crier::broker
