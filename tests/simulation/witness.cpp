#include "tests/simulation/witness.hpp"

#include <algorithm>
#include <string_view>
#include <variant>

#include "shared/base/limits.hpp"
#include "shared/protocol/codec.hpp"
#include "tests/simulation/simulation.hpp"

namespace crier::simulation {

using namespace broker;

namespace {

/// Between the core's decision and the frame.
constexpr Milliseconds turn_max{2};

/// Cheaper than to decode every frame: the codec writes the type first.
bool says_receipts(const protocol::Bytes& bytes) {
    constexpr std::string_view type = "receipts";
    constexpr std::size_t offset = 4;  // The map, "t" and the length of the type.
    return bytes.size() > offset + type.size() &&
           std::equal(type.begin(), type.end(), bytes.begin() + offset);
}

}  // namespace

void Witness::expect(bool is_true, const std::string& sentence) {
    constexpr std::size_t enough = 20;
    if (is_true || ledger_.wrong.size() >= enough) return;
    world_.trace("WRONG: " + sentence);
    const auto ms = world_.now().steady.time_since_epoch().count();
    ledger_.wrong.push_back("at " + std::to_string(ms) + " ms: " + sentence);
}

void Witness::on_notice(const Notice& notice) {
    if (notice.fact == Fact::storage_failed) has_storage_problem_ = true;
    if (notice.fact == Fact::storage_recovered) has_storage_problem_ = false;
}

void Witness::on_crash() {
    links_.clear();
    has_storage_problem_ = false;
}

// ---- What comes in ------------------------------------------------------------------------------

void Witness::on_received(PeerId peer, const protocol::Bytes& bytes) {
    const auto found = links_.find(peer);
    if (found == links_.end() || found->second.door != Door::sessions) return;
    if (!says_receipts(bytes)) return;
    const auto frame = protocol::decode_from_session(bytes);
    const auto* receipts = frame ? std::get_if<protocol::Receipts>(&*frame) : nullptr;
    if (receipts == nullptr) return;
    Link& link = found->second;
    link.receipts.emplace(receipts->number, receipts->receipts);
    for (const protocol::Receipt& receipt : receipts->receipts) {
        const auto landed = link.in_flight.find(receipt.id);
        if (landed == link.in_flight.end()) continue;
        link.bytes_in_flight -= landed->second;
        link.in_flight.erase(landed);
    }
}

// ---- What goes out ------------------------------------------------------------------------------

void Witness::on_sent(const std::vector<PeerId>& peers, const protocol::Bytes& bytes) {
    if (ledger_.ended != Instant{}) return;  // Only questions are asked now.
    std::vector<Link*> of_sessions;
    std::vector<Link*> of_operators;
    for (const PeerId peer : peers) {
        const auto found = links_.find(peer);
        if (found == links_.end()) continue;
        const bool is_session = found->second.door == Door::sessions;
        (is_session ? of_sessions : of_operators).push_back(&found->second);
    }
    if (!of_sessions.empty()) {
        expect(bytes.size() <= limits::bundle_bytes_max, "a frame to a session is too long");
        check_all(of_sessions, protocol::decode_to_session(bytes));
    }
    if (!of_operators.empty()) check_all(of_operators, protocol::decode_to_operator(bytes));
}

template <class Frame>
void Witness::check_all(const std::vector<Link*>& links, const Frame& frame) {
    if (!frame) return expect(false, "what was sent does not decode: " + frame.error().detail);
    for (Link* link : links) {
        std::visit([&](const auto& content) { check(*link, content); }, *frame);
    }
}

void Witness::check(Link& link, const protocol::SessionWelcome& welcome) {
    expect(!link.session, "a connection was welcomed twice");
    for (const auto& [peer, other] : links_) {
        expect(other.session != welcome.session, "a session has two connections");
    }
    link.session = welcome.session;
    link.was_recorded = disk_.has_session(welcome.session);
    // With a full disk nothing can be accepted that such a session could miss.
    expect(link.was_recorded || has_storage_problem_,
           "a session was welcomed that a crash would forget");
    if (!link.was_recorded) ledger_.unrecorded.insert(welcome.session);
}

void Witness::check(Link& link, const protocol::Heartbeat& heartbeat) {
    while (!link.receipts.empty() && link.receipts.begin()->first <= heartbeat.confirmed) {
        for (const protocol::Receipt& receipt : link.receipts.begin()->second) {
            check_confirmed(link, receipt);
        }
        link.receipts.erase(link.receipts.begin());
    }
}

void Witness::check_confirmed(const Link& link, const protocol::Receipt& receipt) {
    if (!link.session) return;
    const auto asked = ledger_.asked.find(receipt.id);
    if (asked == ledger_.asked.end()) return expect(false, "a receipt is for no message");
    const Place place{receipt.id, *link.session};
    const bool is_over = asked->second.expires && *asked->second.expires <= world_.now().steady;
    // What came with a full disk is not on it if the broker crashed then, nor is the session's
    // number; of a message that is over that stays so.
    if (is_over && ledger_.unrecorded.contains(*link.session)) return;
    if (!link.was_recorded && !disk_.names(receipt.id, *link.session)) return;
    // It came too late for the revision that it is of, and changed nothing.
    if (receipt.revision < disk_.revision_of(receipt.id)) return;
    const bool is_recalled = disk_.has_recall_of(receipt.id);
    const bool says_nothing = (is_over || is_recalled) && receipt.state == State::delivered;
    expect(says_nothing || disk_.has_receipt(*link.session, receipt),
           "a receipt was confirmed that a crash would forget: " + ledger_.name_of(place) + " is " +
               std::string(name_of(receipt.state)) + (receipt.removed ? ", removed" : "") +
               (receipt.again ? ", again" : ""));
    if (receipt.again) ledger_.confirmed_repeats.insert(place);
}

void Witness::check(Link& link, const protocol::Accepted& accepted) {
    expect(link.door == Door::operators, "a session was told that its message is accepted");
    expect(disk_.has_message(accepted.id), "a message was accepted that a crash would forget");
    ledger_.told_accepted.insert(accepted.id);
    if (accepted.already) return;
    for (const auto& [peer, other] : links_) {
        expect(!other.session || disk_.has_session(*other.session),
               "a message was accepted that a crash would keep from a welcomed session");
    }
}

void Witness::check(Link& link, const protocol::Show& show) {
    expect(disk_.has_message(show.id), "a message was sent before it was on disk");
    if (!link.session) return expect(false, "a message went to who is no welcomed session");
    const auto asked = ledger_.asked.find(show.id);
    expect(asked != ledger_.asked.end() && asked->second.audience.contains(*link.session),
           "a message was sent to a session for which it was not");
    expect(world_.now().utc <= show.deliver_until + turn_max, "a message was sent too late");
    expect(!recalled_.contains(show.id), "a message was sent after it was recalled");
    std::uint32_t& sent = link.revisions[show.id];
    expect(show.revision > sent, "a revision was sent twice in a connection, or an older one");
    expect(show.revision > 1 || show.seq > link.last_seq, "messages were sent out of order");
    expect(show.revision <= 1 + disk_.updates_of(show.id),
           "a revision was sent before it was on disk");
    sent = show.revision;
    link.last_seq = std::max(link.last_seq, show.seq);
    check_window(link, show);
}

void Witness::check(Link& link, const protocol::Remove& remove) {
    if (!link.session) return expect(false, "a removal went to who is no welcomed session");
    if (remove.cause != protocol::RemovalCause::recalled) return;
    expect(disk_.has_recall_of(remove.id), "a recall was told before it was on disk");
    recalled_.insert(remove.id);
}

/// As if each had come by itself.
void Witness::check(Link& link, const protocol::Bundle& bundle) {
    for (const protocol::Show& show : bundle.messages) check(link, show);
    ledger_.largest_bundle = std::max(ledger_.largest_bundle, bundle.messages.size());
}

/// However messages are packed into frames, the window counts what each takes as a frame.
void Witness::check_window(Link& link, const protocol::Show& show) {
    std::size_t& bytes = sizes_[show.id];
    if (bytes == 0) bytes = protocol::encode(protocol::ToSession{show}).size();
    // Of two revisions on their way one is counted.
    const bool is_counted = link.in_flight.emplace(show.id, bytes).second;
    if (is_counted) link.bytes_in_flight += bytes;
    const bool is_within = link.in_flight.size() <= unconfirmed_max &&
                           link.bytes_in_flight <= limits::unconfirmed_bytes_max;
    expect(is_within || link.in_flight.size() == 1,
           "more was sent than a session may have unconfirmed");
    ledger_.most_in_flight = std::max(ledger_.most_in_flight, link.in_flight.size());
}

}  // namespace crier::simulation
