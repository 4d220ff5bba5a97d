// Questions to the log: its entries, its chain, and whether both are as they were written.
#include <algorithm>

#include "broker/core/messages.hpp"
#include "broker/core/page_filler.hpp"
#include "broker/core/request_entry.hpp"
#include "broker/core/stages.hpp"
#include "broker/journal/chain.hpp"
#include "broker/journal/entry_kind.hpp"

namespace crier::broker {
namespace {

protocol::LogEntry log_entry(const ChainedEntry& chained) {
    const Entry& entry = chained.stored.entry;
    protocol::LogEntry listed;
    listed.seq = chained.stored.seq;
    listed.id = entry.id;
    listed.kind = name_of(entry.kind);
    listed.about = entry.about;
    listed.at = entry.at;
    listed.principal = entry.principal;
    listed.content_hash = entry.content_hash;
    listed.chain = chained.chain;
    listed.body = entry.body;
    return listed;
}

/// What an entry says of itself in two places: "its kind" and so on, where they differ. The journal
/// cannot tell, for it does not read what was asked. nullopt: nor can this broker.
std::optional<std::vector<std::string>> contradictions_in(const Entry& entry) {
    if (entry.kind == EntryKind::answers) {
        const bool agree = blake2b(entry.body) == entry.content_hash;
        return agree ? std::vector<std::string>{} : std::vector<std::string>{"who answered what"};
    }
    const auto decoded = protocol::decode_from_operator(entry.body);
    if (!decoded) return std::vector<std::string>{"what was asked (it cannot be read any more)"};
    std::vector<std::string> parts;
    const auto compare = [&](const auto& request, EntryKind kind) {
        if (entry.kind != kind) parts.emplace_back("its kind");
        if (entry.id != request.id) parts.emplace_back("its id");
        std::optional<MessageId> about;
        if constexpr (requires { request.message.bytes; }) about = request.message;
        if (entry.about != about) parts.emplace_back("which message it is about");
        if (content_hash_of(request) != entry.content_hash) {
            parts.emplace_back("what was asked (text, title, target and so on)");
        }
    };
    if (const auto* send = std::get_if<protocol::Send>(&*decoded)) {
        compare(*send, EntryKind::message);
    } else if (const auto* update = std::get_if<protocol::Update>(&*decoded)) {
        compare(*update, EntryKind::update);
    } else if (const auto* recall = std::get_if<protocol::Recall>(&*decoded)) {
        compare(*recall, EntryKind::recall);
    } else if (const auto* close = std::get_if<protocol::CloseQuestion>(&*decoded)) {
        compare(*close, EntryKind::close);
    } else if (const auto* set = std::get_if<protocol::SetAdmission>(&*decoded)) {
        compare(*set, EntryKind::admission);
    } else if (const auto* keys = std::get_if<protocol::SetKeys>(&*decoded)) {
        compare(*keys, EntryKind::keys);
    } else {
        return std::nullopt;
    }
    return parts;
}

void add_what_differs(AuditFinding& finding, const StoredEntry& stored) {
    if (finding.fault != AuditFault::edited) return;
    const auto parts = contradictions_in(stored.entry);
    if (!parts) return;
    if (parts->empty()) {
        finding.detail += "; its id and what was asked agree, so look at when and by whom";
        return;
    }
    finding.detail += "; changed was ";
    for (const std::string& part : *parts) {
        finding.detail += (&part == &parts->front() ? "" : ", ") + part;
    }
}

}  // namespace

void Engine::Stages::ask_log(Peer& peer, std::uint64_t request, AskLog asked,
                             LogQuestion::Answered answered) {
    if (!may_ask(peer, request)) return;
    asked.ticket = ++last_ticket;
    const bool is_of_screens = std::holds_alternative<AskLog::Screens>(asked.question);
    log_questions.emplace(asked.ticket,
                          LogQuestion{peer.id, request, is_of_screens, std::move(answered)});
    emit(std::move(asked));
}

void Engine::Stages::on(const LogAnswered& event) {
    const auto* head = event.answer ? std::get_if<LogAnswered::Head>(&*event.answer) : nullptr;
    // The log is where heads are kept that nobody asked for: it often is on another machine.
    if (head != nullptr && head->is_new) {
        notice({.fact = Fact::head_signed, .detail = to_line(head->head)});
    }
    auto question = log_questions.extract(event.ticket);
    if (!question) return;
    const auto asker = peers.find(question.mapped().peer);
    if (asker == peers.end()) return;
    asker->second.questions -= 1;
    if (!event.answer)
        return refuse(asker->second, event.answer.error(), question.mapped().request);
    question.mapped().answered(asker->second, event);
}

void Engine::Stages::on_request(Peer& peer, const protocol::ListEntries& request) {
    EntryQuery query;
    query.since = request.since;
    query.principal = request.by;
    query.about = request.about;
    query.before = request.before;
    query.count_max = request.count_max + 1;  // One more tells whether there are more.
    if (!request.kind.empty()) {
        query.kind = kind_named(request.kind);
        if (!query.kind) {
            return refuse(peer,
                          {ErrorCode::malformed_frame, "entries: kind: \"" + request.kind +
                                                           "\" is none of " + names_of_kinds()},
                          request.request);
        }
    }
    auto answered = [this, request](Peer& asker, const LogAnswered& answer) {
        protocol::EntryPage page;
        page.request = request.request;
        PageFiller filler(page.entries);
        for (const ChainedEntry& chained : std::get<std::vector<ChainedEntry>>(*answer.answer)) {
            const bool is_full = page.entries.size() == request.count_max;
            if (!is_full && filler.add(log_entry(chained))) continue;
            page.more = true;
            break;
        }
        send(asker.id, protocol::ToOperator{std::move(page)});
    };
    ask_log(peer, request.request, AskLog{0, std::move(query)}, std::move(answered));
}

void Engine::Stages::on_request(Peer& peer, const protocol::AskAuditHead& request) {
    auto answered = [this, request](Peer& asker, const LogAnswered& answer) {
        const SignedHead& head = std::get<LogAnswered::Head>(*answer.answer).head;
        send(asker.id, protocol::ToOperator{protocol::HeadSigned{request.request, head}});
    };
    ask_log(peer, request.request, AskLog{0, AskLog::Head{now.utc}}, std::move(answered));
}

void Engine::Stages::on_request(Peer& peer, const protocol::AskAuditVerify& request) {
    if (request.head && !has_valid_signature(*request.head)) {
        return refuse(peer,
                      {ErrorCode::malformed_frame,
                       "audit_verify: head: its signature is not valid, so it is no head, or a "
                       "damaged one"},
                      request.request);
    }
    auto answered = [this, request](Peer& asker, const LogAnswered& answer) {
        const auto& checked = std::get<CheckedLog>(*answer.answer);
        protocol::LogVerified verified{request.request, checked.verdict};
        if (verified.verdict.finding && checked.entry) {
            add_what_differs(*verified.verdict.finding, *checked.entry);
        }
        send(asker.id, protocol::ToOperator{std::move(verified)});
    };
    ask_log(peer, request.request, AskLog{0, AskLog::Check{request.head}}, std::move(answered));
}

}  // namespace crier::broker
