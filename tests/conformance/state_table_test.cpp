// The two state tables of PROTOCOL.md, walked: every state with everything that can come.
// Method: each row is read from the document; the core is brought into the state, the column's
// event is made to happen, and what the core says afterwards is compared with the cell.

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "broker/core/states.hpp"
#include "broker/journal/memory_journal.hpp"
#include "tests/conformance/document.hpp"
#include "tests/support/broker_driver.hpp"

namespace crier::testing {
namespace {

using test::Row;
using test::table_of;

// ---- A message at a session
// --------------------------------------------------------------------------

std::optional<broker::Occurrence> occurrence_from(const std::string& name) {
    using broker::Occurrence;
    if (name == "expire") return Occurrence::expire;
    if (name == "recall") return Occurrence::recall;
    if (name == "gone") return Occurrence::gone;
    const auto state = state_from(name);
    if (!state) return std::nullopt;
    return broker::occurrence_of(*state);
}

TEST(StateTable, OfAMessageAtASessionIsWhatTheDocumentSays) {
    const std::vector<Row> table = table_of("state table");
    ASSERT_EQ(table.size(), 1 + state_count);
    const Row& head = table.front();
    ASSERT_EQ(head.size(), 10u);
    for (std::size_t row = 1; row < table.size(); ++row) {
        const auto state = state_from(table[row][0]);
        ASSERT_TRUE(state) << table[row][0];
        EXPECT_EQ(static_cast<std::size_t>(*state), row - 1) << "the order is that of the numbers";
        for (std::size_t column = 1; column < head.size(); ++column) {
            const auto occurrence = occurrence_from(head[column]);
            ASSERT_TRUE(occurrence) << head[column];
            const std::string& cell = table[row][column];
            const State next = broker::next_state(*state, *occurrence);
            EXPECT_EQ(name_of(next), cell == "." ? table[row][0] : cell)
                << table[row][0] << " + " << head[column];
        }
    }
}

// ---- A session
// -----------------------------------------------------------------------------------------

/// One session, in the state that a row names, and the connection on which the event then comes.
class SessionInState {
public:
    explicit SessionInState(const std::string& state) {
        if (state == "none") {
            peer_ = broker_.open();
            return;
        }
        peer_ = broker_.join("vanessa-1");
        if (state == "connected") return;
        if (state == "unreachable") broker_.close(peer_);
        if (state == "closed") {
            broker_.receive(peer_, protocol::FromSession{protocol::Goodbye{}});
        }
        peer_ = broker_.open();
    }

    void happen(const std::string& event) {
        if (event == "hello") {
            protocol::SessionHello hello;
            hello.key = key_of("vanessa-1");
            broker_.receive(peer_, protocol::FromSession{hello});
        } else if (event == "frame") {
            broker_.receive(peer_, protocol::FromSession{protocol::Heartbeat{}});
        } else if (event == "silence") {
            broker_.advance(limits::heartbeat_interval * 3 + Milliseconds{1});
        } else if (event == "lost") {
            broker_.close(peer_);
        } else if (event == "goodbye") {
            broker_.receive(peer_, protocol::FromSession{protocol::Goodbye{}});
        } else {
            pass_closing_time();
        }
    }

    /// What a cell says: "cut" for a connection that was cut without ending the session's own.
    std::string outcome(bool was_connected) {
        const std::string state = listed();
        const bool ended_its_own = was_connected && state != "connected";
        if (broker_.was_cut(peer_) && !ended_its_own) return "cut";
        return state;
    }

    std::string listed() {
        const auto op = broker_.join_operator();
        broker_.receive(op,
                        protocol::FromOperator{protocol::ListSessions{1, Target::everyone(), {}}});
        const auto page = broker_.last<protocol::SessionPage>(op);
        if (!page || page->sessions.empty()) return "none";
        return page->sessions[0].state == Presence::unreachable ? "unreachable" : "connected";
    }

private:
    /// The session goes on saying that it is alive, if it is connected.
    void pass_closing_time() {
        const Instant end = broker_.now().steady + limits::closing_time;
        while (broker_.now().steady < end) {
            if (!broker_.was_cut(peer_) && listed() == "connected") {
                broker_.receive(peer_, protocol::FromSession{protocol::Heartbeat{}});
            }
            broker_.advance(limits::heartbeat_interval);
        }
    }

    broker::MemoryJournal journal_;
    BrokerDriver broker_{journal_, insecure_settings()};
    BrokerDriver::PeerId peer_{};
};

TEST(StateTable, OfASessionIsWhatTheDocumentSays) {
    const std::vector<Row> table = table_of("session table");
    ASSERT_EQ(table.size(), 5u);
    const Row& head = table.front();
    ASSERT_EQ(head.size(), 7u);
    for (std::size_t row = 1; row < table.size(); ++row) {
        for (std::size_t column = 1; column < head.size(); ++column) {
            const std::string& state = table[row][0];
            SessionInState session(state);
            session.happen(head[column]);
            const bool is_of_its_own = state == "connected" && head[column] != "hello";
            // Time passes for the session; the connection without a hello was cut long before.
            const std::string outcome =
                head[column] == "closing time" ? session.listed() : session.outcome(is_of_its_own);
            // A session that is closed is no longer listed: so says the list of both.
            std::string expected = table[row][column];
            if (expected == "closed") expected = "none";
            EXPECT_EQ(outcome, expected) << state << " + " << head[column];
        }
    }
}

}  // namespace
}  // namespace crier::testing
