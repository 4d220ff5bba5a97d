// What operators ask of the log: its entries in pages, its head, and its check, which says what
// differs in an entry that was edited. Method: as engine_test.cpp.

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "broker/journal/chain.hpp"
#include "broker/journal/memory_journal.hpp"
#include "tests/contract/journal_samples.hpp"
#include "tests/support/broker_driver.hpp"
#include "tests/support/forwarding_journal.hpp"

namespace crier::testing {
namespace {

using broker::samples::signing_key;
using protocol::AskAuditHead;
using protocol::AskAuditVerify;
using protocol::EntryPage;
using protocol::FromOperator;
using protocol::HeadSigned;
using protocol::ListEntries;
using protocol::LogVerified;
using protocol::Refused;

/// In front of a journal in memory: shows the entries that are checked as a test has changed them.
class TamperedJournal final : public ForwardingJournal {
public:
    TamperedJournal() : ForwardingJournal(journal_) { journal_.sign_with(signing_key()); }

    Result<broker::AuditPiece> read_audit(std::uint64_t after, std::size_t rows_max) override {
        auto piece = journal_.read_audit(after, rows_max);
        for (broker::AuditRow& row : piece->rows) {
            if (tamper && row.entry.stored.seq == 2) tamper(row.entry.stored.entry);
        }
        return piece;
    }
    Result<broker::EntriesFound> read_entries(const broker::EntryQuery& query,
                                              std::size_t rows_max) override {
        if (fails_to_read) return fail(ErrorCode::journal_damaged, "unreadable");
        return journal_.read_entries(query, rows_max);
    }

    std::function<void(broker::Entry&)> tamper;
    bool fails_to_read = false;

private:
    broker::MemoryJournal journal_;
};

/// Two messages, the first one changed, then recalled.
class AuditTest : public ::testing::Test {
protected:
    AuditTest() {
        broker.join("vanessa-1");
        broker.send(op, 1, "first");
        broker.update(op, 101, 1, "first, changed");
        broker.send(op, 2, "second");
        broker.recall(op, 102, 1);
        broker.last<Refused>(op);
    }

    template <class Answer, class Request>
    std::optional<Answer> ask(const Request& request) {
        broker.receive(op, FromOperator{request});
        return broker.last<Answer>(op);
    }
    std::vector<std::uint64_t> seqs(ListEntries list) {
        list.request = 5;
        const auto page = ask<EntryPage>(list);
        if (!page) return {};
        std::vector<std::uint64_t> listed;
        for (const protocol::LogEntry& entry : page->entries) listed.push_back(entry.seq);
        return listed;
    }
    AuditVerdict verify() { return ask<LogVerified>(AskAuditVerify{9, {}})->verdict; }

    TamperedJournal journal;
    BrokerDriver broker{journal, insecure_settings()};
    const broker::PeerId op = broker.join_operator();
};

using Seqs = std::vector<std::uint64_t>;

TEST_F(AuditTest, ListsEntriesNewestFirstWithAllThatTheirChainIsOver) {
    ListEntries list;
    list.request = 5;
    const auto page = ask<EntryPage>(list);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->request, 5u);
    EXPECT_FALSE(page->more);
    ASSERT_EQ(page->entries.size(), 4u);
    EXPECT_EQ(page->entries[0].kind, "recall");
    EXPECT_EQ(page->entries[0].about, message_id(1));
    EXPECT_EQ(page->entries[1].kind, "message");
    EXPECT_EQ(page->entries[2].kind, "update");
    Bytes32 chain = broker::chain_start;
    for (auto entry = page->entries.rbegin(); entry != page->entries.rend(); ++entry) {
        broker::Entry stored;
        stored.id = entry->id;
        stored.kind = entry->kind == "message"  ? broker::EntryKind::message
                      : entry->kind == "update" ? broker::EntryKind::update
                                                : broker::EntryKind::recall;
        stored.about = entry->about;
        stored.at = entry->at;
        stored.principal = entry->principal;
        stored.content_hash = entry->content_hash;
        stored.body = entry->body;
        chain = broker::chain_value(chain, entry->seq, stored);
        EXPECT_EQ(entry->chain, chain) << "whoever has the list can compute it";
    }
}

TEST_F(AuditTest, ListsWhatIsAskedAbout) {
    EXPECT_EQ(seqs({}), (Seqs{4, 3, 2, 1}));
    ListEntries list;
    list.kind = "update";
    EXPECT_EQ(seqs(list), Seqs{2});
    list = {};
    list.about = message_id(1);
    EXPECT_EQ(seqs(list), (Seqs{4, 2, 1}));
    list = {};
    list.by = "nobody";
    EXPECT_EQ(seqs(list), Seqs{});
    list = {};
    list.before = 3;
    list.count_max = 1;
    EXPECT_EQ(seqs(list), Seqs{2});
    list = {};
    list.since = broker.now().utc + Milliseconds(1);
    EXPECT_EQ(seqs(list), Seqs{});
}

TEST_F(AuditTest, CutsAPageWhereItIsFullAndSaysThatThereIsMore) {
    for (std::uint8_t number = 10; number < 16; ++number) {
        broker.send(op, number, std::string(16'000, 'x'));
    }
    std::set<std::uint64_t> listed;
    ListEntries list;
    bool more = true;
    while (more) {
        broker.receive(op, FromOperator{list});
        const auto page = broker.last<EntryPage>(op);
        ASSERT_TRUE(page && !page->entries.empty());
        std::size_t bytes = 0;
        for (const protocol::LogEntry& entry : page->entries) {
            EXPECT_TRUE(listed.insert(entry.seq).second);
            bytes += protocol::size_of_item(entry);
        }
        EXPECT_LE(bytes, limits::page_bytes_max);
        more = page->more;
        list.before = page->entries.back().seq;
    }
    EXPECT_EQ(listed.size(), 10u);
    list = {};
    list.count_max = 4;
    EXPECT_TRUE(ask<EntryPage>(list)->more) << "of ten";
}

TEST_F(AuditTest, RefusesAKindThatItDoesNotKnow) {
    ListEntries list;
    list.kind = "mesage";
    const auto refused = ask<Refused>(list);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::malformed_frame);
    EXPECT_NE(refused->detail.find("message, update, recall"), std::string::npos);
}

TEST_F(AuditTest, TellsWhoAskedThatTheLogCannotBeRead) {
    journal.fails_to_read = true;
    const auto refused = ask<Refused>(ListEntries{});
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::journal_damaged);
}

TEST_F(AuditTest, WantsARightOfItsOwn) {
    broker::PeerFacts facts;
    facts.door = broker::Door::operators;
    facts.principal = "sender";
    facts.rights = {broker::Right::send, broker::Right::list};
    const broker::PeerId sender = broker.open(facts);
    broker.receive(sender, FromOperator{protocol::OperatorHello{}});
    for (const FromOperator& request : {FromOperator{ListEntries{}}, FromOperator{AskAuditHead{}},
                                        FromOperator{AskAuditVerify{}}}) {
        broker.receive(sender, request);
        const auto refused = broker.last<Refused>(sender);
        ASSERT_TRUE(refused);
        EXPECT_EQ(refused->code, ErrorCode::not_authorized);
    }
    ASSERT_TRUE(broker.was_noticed(broker::Fact::request_refused)) << "for the security log";
    EXPECT_EQ(broker.notices().back().who, "sender");
}

TEST_F(AuditTest, SignsAHeadOnceAndNotesItForTheLog) {
    const auto signed_head = ask<HeadSigned>(AskAuditHead{8});
    ASSERT_TRUE(signed_head);
    EXPECT_EQ(signed_head->request, 8u);
    EXPECT_EQ(signed_head->head.seq, 4u);
    EXPECT_TRUE(broker::has_valid_signature(signed_head->head));
    EXPECT_EQ(ask<HeadSigned>(AskAuditHead{9})->head, signed_head->head);
    std::vector<std::string> noted;
    for (const broker::Notice& notice : broker.notices()) {
        if (notice.fact == broker::Fact::head_signed) noted.push_back(notice.detail);
    }
    EXPECT_EQ(noted, std::vector{to_line(signed_head->head)});
}

TEST_F(AuditTest, ChecksTheWholeLog) {
    const AuditVerdict verdict = verify();
    EXPECT_TRUE(verdict.is_whole());
    EXPECT_EQ(verdict.entries, 4u);
    const AuditHead head = ask<HeadSigned>(AskAuditHead{})->head;
    EXPECT_TRUE(ask<LogVerified>(AskAuditVerify{9, head})->verdict.is_compared);
    AuditHead damaged = head;
    damaged.seq = 3;
    const auto refused = ask<Refused>(AskAuditVerify{9, damaged});
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::malformed_frame);
}

TEST_F(AuditTest, SaysWhatDiffersInAnEntryThatWasEdited) {
    const auto found = [this](std::function<void(broker::Entry&)> tamper) {
        journal.tamper = std::move(tamper);
        const AuditVerdict verdict = verify();
        EXPECT_TRUE(verdict.finding && verdict.finding->fault == AuditFault::edited &&
                    verdict.finding->first == 2);
        return verdict.finding ? verdict.finding->detail : "";
    };
    const auto has = [](const std::string& detail, std::string_view part) {
        return detail.find(part) != std::string::npos;
    };
    std::string detail = found([](broker::Entry& entry) {
        auto changed = std::get<protocol::Update>(*protocol::decode_from_operator(entry.body));
        changed.text = "first, forged!";
        entry.body = protocol::encode(FromOperator{changed});
    });
    EXPECT_TRUE(has(detail, "changed was what was asked (text")) << detail;
    detail = found([](broker::Entry& entry) { entry.kind = broker::EntryKind::recall; });
    EXPECT_TRUE(has(detail, "changed was its kind")) << detail;
    detail = found([](broker::Entry& entry) {
        entry.id = message_id(7);
        entry.about = message_id(2);
    });
    EXPECT_TRUE(has(detail, "changed was its id, which message it is about")) << detail;
    detail = found([](broker::Entry& entry) { entry.principal = "eve"; });
    EXPECT_TRUE(has(detail, "when and by whom")) << detail;
    detail = found([](broker::Entry& entry) { entry.body = {0xc1}; });
    EXPECT_TRUE(has(detail, "cannot be read any more")) << detail;
}

}  // namespace
}  // namespace crier::testing
