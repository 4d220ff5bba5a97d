#include "broker/notices.hpp"

#include <utility>

#include "shared/base/assert.hpp"

namespace crier::broker {
namespace {

struct Row {
    Fact fact;
    Level level;
};
/// info: what an operator would want in a quiet week. What comes with each message is debug.
constexpr std::array rows{
    Row{Fact::session_opened, Level::info},
    Row{Fact::session_resumed, Level::info},
    Row{Fact::session_replaced, Level::info},
    Row{Fact::session_unreachable, Level::info},
    Row{Fact::session_closed, Level::info},
    Row{Fact::session_refused, Level::warning},
    Row{Fact::operator_joined, Level::info},
    Row{Fact::operator_left, Level::info},
    Row{Fact::operator_refused, Level::warning},
    Row{Fact::peer_cut, Level::warning},
    Row{Fact::message_accepted, Level::debug},
    Row{Fact::message_due, Level::debug},
    Row{Fact::message_refused, Level::info},
    Row{Fact::message_final, Level::debug},
    Row{Fact::admission_changed, Level::info},
    Row{Fact::storage_failed, Level::error},
    Row{Fact::storage_recovered, Level::warning},
    Row{Fact::backbone_awaited, Level::info},
    Row{Fact::backbone_reached, Level::info},
    Row{Fact::backbone_lost, Level::error},
    Row{Fact::backbone_recovered, Level::warning},
    Row{Fact::broker_found, Level::info},
    Row{Fact::broker_lost, Level::warning},
    Row{Fact::broker_unread, Level::warning},
    Row{Fact::session_moved, Level::info},
    Row{Fact::sessions_sent_away, Level::warning},
    Row{Fact::head_signed, Level::info},
    Row{Fact::request_refused, Level::warning},
    Row{Fact::keys_changed, Level::info},
    Row{Fact::stopping, Level::info},
    Row{Fact::stopped, Level::info},
};
static_assert(rows.size() == fact_count);

consteval bool rows_are_in_order() {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (static_cast<std::size_t>(rows[i].fact) != i) return false;
    }
    return true;
}
static_assert(rows_are_in_order());

constexpr Milliseconds minute{60'000};

/// What strangers or operators were kept from.
bool is_security(Fact fact) {
    return fact == Fact::session_refused || fact == Fact::operator_refused ||
           fact == Fact::peer_cut || fact == Fact::request_refused;
}

/// A lost connection is told by the session's becoming unreachable.
Level level_of(LinkEnd end) {
    return end == LinkEnd::lost ? Level::debug : Level::warning;
}

/// What should not be, and what is mended.
Level level_of(OrderingFact fact) {
    switch (fact) {
        case OrderingFact::foreign_message:
        case OrderingFact::newer_message:
        case OrderingFact::other_cluster:
        case OrderingFact::rolled_back:
        case OrderingFact::cluster_full:
            return Level::error;
        case OrderingFact::broker_joined:
        case OrderingFact::broker_forgotten:
        case OrderingFact::seeding:
            return Level::info;
        default:
            return Level::warning;
    }
}

}  // namespace

Level level_of(Fact fact) noexcept {
    return rows[static_cast<std::size_t>(fact)].level;
}

void Notices::tell(const Notice& notice, Instant now) {
    counts_[static_cast<std::size_t>(notice.fact)] += 1;
    Level level = level_of(notice.fact);
    if (is_self_testing_ && is_security(notice.fact)) level = Level::debug;
    if (!log_.takes(level)) return;
    LogFields fields;
    std::string kind(name_of(notice.fact));
    if (notice.peer) fields.add("peer", static_cast<std::uint64_t>(*notice.peer));
    if (notice.session) fields.add("session", to_string(*notice.session));
    if (notice.message) fields.add("message", to_string(*notice.message));
    if (notice.code) {
        kind += std::to_string(static_cast<unsigned>(*notice.code));
        fields.add(Error{*notice.code, notice.detail});
    } else if (!notice.detail.empty()) {
        fields.add("detail", notice.detail);
    }
    if (is_security(notice.fact)) {
        const std::string who = notice.session ? to_string(*notice.session) : notice.who;
        if (!notice.who.empty()) fields.add("who", notice.who);
        return write_security(level, name_of(notice.fact), std::move(fields), kind + " " + who,
                              now);
    }
    write(level, name_of(notice.fact), std::move(fields), kind, now);
}

void Notices::tell(Door door, const Link::Ended& ended, Instant now) {
    ends_[static_cast<std::size_t>(ended.why)] += 1;
    const Level level = is_self_testing_ ? Level::debug : level_of(ended.why);
    if (!log_.takes(level)) return;
    LogFields fields;
    fields.add("door", door == Door::sessions ? "sessions" : "operators");
    fields.add("reason", name_of(ended.why));
    if (ended.peer) fields.add("peer", static_cast<std::uint64_t>(*ended.peer));
    if (!ended.address.empty()) fields.add("address", ended.address);
    const std::string kind = "connection_ended " + std::string(name_of(ended.why));
    if (ended.why == LinkEnd::lost) {
        return write(level, "connection_ended", std::move(fields), kind, now);
    }
    write_security(level, "connection_ended", std::move(fields), kind + " " + ended.address, now);
}

void Notices::tell(const transport::ConnectionHint& hint, Instant now) {
    using Kind = transport::ConnectionHint::Kind;
    // The last of the self-test's own connections are told of a moment after it.
    constexpr Milliseconds moment{1'000};
    const bool is_own = is_self_testing_ || now - self_tested_ < moment;
    const bool is_of_its_kind = hint.kind == Kind::failed || hint.kind == Kind::silent;
    if (is_own && is_of_its_kind) return;
    const bool is_failed = hint.kind == Kind::failed;
    const std::string_view event = is_failed ? "handshake_failed" : "connection_ended";
    const std::string reason = is_failed                     ? hint.reason
                               : hint.kind == Kind::crowded  ? "too many newcomers"
                               : hint.kind == Kind::flooding ? "too many bytes"
                                                             : "silent";
    // Whoever only looks whether somebody listens gives up in the handshake too.
    const bool is_harmless = reason == "gave up" || reason == "told to wait";
    LogFields fields;
    fields.add("reason", reason);
    if (!hint.place.empty()) fields.add("address", hint.place);
    write_security(is_harmless ? Level::info : Level::warning, event, std::move(fields),
                   reason + " " + hint.place, now);
}

void Notices::tell(const MemberNotice& notice) {
    if (const auto* twin = std::get_if<TwinHeard>(&notice)) {
        // Both would take one another's sessions away.
        return write(Level::error, "broker_twin",
                     LogFields()
                         .add("name", twin->name)
                         .add("detail",
                              "another process has this broker's id: its data folder is a "
                              "copy; remove keys/broker.id from one of them and start it anew"),
                     "broker_twin", read_clocks().steady);
    }
    const auto& said = std::get<OrderingNotice>(notice);
    LogFields fields;
    if (said.number != 0) fields.add("number", said.number);
    if (said.count != 0) fields.add("entries", said.count);
    if (said.generation != 0) fields.add("generation", said.generation);
    if (said.broker) fields.add("broker", to_string(*said.broker));
    if (said.entry) fields.add("entry", to_string(*said.entry));
    if (!said.detail.empty()) fields.add("detail", said.detail);
    const std::string name = "log_" + std::string(name_of(said.fact));
    write(level_of(said.fact), name, std::move(fields), name, read_clocks().steady);
}

void Notices::write(Level level, std::string_view event, LogFields fields, std::string_view kind,
                    Instant now) {
    auto found = minutes_.find(kind);
    if (found == minutes_.end()) found = minutes_.emplace(kind, Minute{now}).first;
    Minute& current = found->second;
    if (now - current.began >= minute) {
        if (current.left_out > 0) fields.add("left_out_before", current.left_out);
        current = Minute{now};
    }
    if (current.lines >= lines_a_minute_max) {
        current.left_out += 1;
        return;
    }
    current.lines += 1;
    log_.write(level, event, fields);
}

void Notices::write_security(Level level, std::string_view event, LogFields fields,
                             const std::string& reason_and_who, Instant now) {
    if (now - security_.began >= minute) {
        security_.left_out_before += security_.left_out;
        security_ = {now, {}, 0, security_.left_out_before};
    }
    const bool is_room = security_.told.size() < security_lines_a_minute_max;
    if (!is_room || !security_.told.insert(reason_and_who).second) {
        security_.left_out += 1;
        return;
    }
    fields.add("security", "true");
    if (security_.left_out_before > 0) {
        fields.add("left_out_before", std::exchange(security_.left_out_before, 0));
    }
    log_.write(level, event, fields);
}

void Notices::log_counts() {
    LogFields fields;
    for (std::size_t i = 0; i < fact_count; ++i) {
        if (counts_[i] > 0) fields.add(name_of(static_cast<Fact>(i)), counts_[i]);
    }
    for (std::size_t i = 0; i < link_end_count; ++i) {
        const std::string name = "ended_" + std::string(name_of(static_cast<LinkEnd>(i)));
        if (ends_[i] > 0) fields.add(name, ends_[i]);
    }
    if (!fields.all().empty()) log_.write(Level::info, "counts", fields);
}

}  // namespace crier::broker
