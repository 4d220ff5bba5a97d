#include "tests/fuzz/engine_watch.hpp"

#include "tests/fuzz/engine_frames.hpp"
#include "tests/fuzz/fuzzer.hpp"

namespace crier::fuzz {
namespace {

/// A message that names whom it is for is for one of these.
bool is_for(const std::string& title, const std::set<std::string>& names) {
    if (!title.starts_with(title_for)) return true;
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return title.find(name + " ") != std::string::npos;
    });
}

/// What a page says of all sessions is what it counts.
void require_counted(const protocol::OutcomePage& page) {
    require(page.outcomes.size() <= page.message.tally.targeted(), "a session is named once");
    if (page.outcomes.size() != page.message.tally.targeted()) return;
    Tally counted;
    for (const protocol::SessionOutcome& outcome : page.outcomes) counted[outcome.state] += 1;
    require(counted == page.message.tally, "a tally counts the sessions that it is of");
}

}  // namespace

void Watch::on_hello(PeerId peer, const std::string& name) {
    if (!name.empty()) sessions_[peer].names.insert(name);
}

void Watch::on_crash() {
    sessions_.clear();
    operators_.clear();
}

void Watch::look_at(Screen& screen, const protocol::ToSession& frame) {
    require(!screen.is_over, "after a refusal nothing is said");
    if (std::holds_alternative<protocol::Refused>(frame)) {
        screen.is_over = true;
    } else if (std::holds_alternative<protocol::SessionWelcome>(frame)) {
        require(!screen.is_welcome, "a session is welcomed once");
        require(!screen.names.empty(), "who has not said who it is, and proved it, is not welcome");
        screen.is_welcome = true;
    } else if (std::holds_alternative<protocol::Goodbye>(frame)) {
        screen.is_leaving = true;
    } else {
        // Receipts that came before the welcome are confirmed behind the goodbye that replaces it.
        const bool is_confirmed =
            screen.is_leaving && std::holds_alternative<protocol::Heartbeat>(frame);
        require(screen.is_welcome || is_confirmed, "the first frame is a welcome");
    }
    const auto* show = std::get_if<protocol::Show>(&frame);
    if (show == nullptr) return;
    require(screen.shown.emplace(show->id, show->revision).second,
            "a revision is sent once in a connection");
    require(is_for(show->content.title, screen.names), "nobody gets what is for others");
}

void Watch::look_at(Desk& desk, const protocol::ToOperator& frame) {
    require(!desk.is_over, "after a cut nothing is said");
    if (std::holds_alternative<protocol::OperatorWelcome>(frame)) {
        desk.is_welcome = true;
    } else if (!std::holds_alternative<protocol::Refused>(frame) &&
               !std::holds_alternative<protocol::Goodbye>(frame)) {
        require(desk.is_welcome, "the first frame is a welcome");
    }
    if (const auto* accepted = std::get_if<protocol::Accepted>(&frame)) {
        require(desk.may_send, "only who may send is told that a message was accepted");
        if (!accepted->dry_run) accepted_.insert(accepted->id);
    }
    if (const auto* page = std::get_if<protocol::OutcomePage>(&frame)) require_counted(*page);
}

void Watch::look(testing::BrokerDriver& driver) {
    for (auto& [peer, screen] : sessions_) {
        for (const auto& frame : driver.to_session(peer)) look_at(screen, frame);
        if (driver.was_cut(peer)) screen.is_over = true;
    }
    for (auto& [peer, desk] : operators_) {
        for (const auto& frame : driver.to_operator(peer)) look_at(desk, frame);
        if (driver.was_cut(peer)) desk.is_over = true;
    }
}

void Watch::look(broker::MemoryJournal& journal) {
    for (const MessageId& id : accepted_) {
        const auto found = journal.read_message(id);
        require(found.has_value() && found->has_value(), "what was accepted is in the journal");
    }
}

}  // namespace crier::fuzz
