#include "publisher/core/audit_exchange.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "shared/base/limits.hpp"
#include "shared/protocol/codec.hpp"

namespace crier::publisher {
namespace {

void take_request(AuditEntry& entry, protocol::Send& send) {
    entry.target = std::move(send.target);
    entry.text = std::move(send.content.text);
    if (!send.content.title.empty()) entry.title = std::move(send.content.title);
    entry.severity = send.content.severity;
    entry.style = send.content.style;
    entry.expires = send.expires;
}

void take_request(AuditEntry& entry, protocol::Update& update) {
    entry.text = std::move(update.text);
    entry.title = std::move(update.title);
    entry.severity = update.severity;
    entry.style = update.style;
    entry.expires = update.expires;
    entry.ask_again = update.ask_again;
}

void take_request(AuditEntry& entry, protocol::SetAdmission& set) {
    entry.text = set.is_open ? std::string("open") : "closed: " + set.message;
    if (!set.except.empty()) *entry.text += " (except " + set.except + ")";
}

/// "desk (q83v…) may session as vanessa until 2026-11-29T09:00:00.000Z".
std::string to_text(const RegisteredKey& key) {
    std::string text = key.name + " (" + to_string(key.key) + ") may ";
    for (const std::string& right : key.rights) {
        text += (&right == &key.rights.front() ? "" : ", ") + right;
    }
    if (key.rights.empty()) text += "nothing";
    if (!key.user.empty()) text += " as " + key.user;
    if (key.expires) text += " until " + to_string(*key.expires);
    return text;
}

/// "sam (WWJy…) may send, list; revoked q83v…; revoked tickets of vanessa": who from now on.
void take_request(AuditEntry& entry, const protocol::SetKeys& set) {
    std::string text;
    const auto add = [&text](const std::string& part) {
        text += (text.empty() ? "" : "; ") + part;
    };
    for (const RegisteredKey& key : set.change.set) add(to_text(key));
    for (const PublicKey& key : set.change.revoke) add("revoked " + to_string(key));
    for (const std::string& id : set.change.revoke_tickets) add("revoked ticket " + id);
    for (const std::string& user : set.change.revoke_tickets_of) add("revoked tickets of " + user);
    entry.text = std::move(text);
}

/// "Vanessa? 2, Marc 1": who, and which choice, from 1.
void take_answers(AuditEntry& entry, const protocol::Answers& answers) {
    std::string text;
    for (const protocol::Answers::One& one : answers.list) {
        const std::string who = one.user.empty() ? to_string(one.session) : one.user;
        text += (text.empty() ? "" : ", ") + who + (one.user_verified ? " " : "? ") +
                std::to_string(one.answer + 1);
    }
    entry.text = std::move(text);
}

AuditEntry to_public(protocol::LogEntry& listed) {
    AuditEntry entry;
    entry.seq = listed.seq;
    entry.id = listed.id;
    entry.kind = std::move(listed.kind);
    entry.about = listed.about;
    entry.at = listed.at;
    entry.principal = std::move(listed.principal);
    entry.chain = listed.chain;
    // A newer broker's kinds are listed all the same, without what they ask for.
    if (const auto kept = protocol::decode_to_operator(listed.body)) {
        if (const auto* answers = std::get_if<protocol::Answers>(&*kept)) {
            take_answers(entry, *answers);
        }
    }
    auto request = protocol::decode_from_operator(listed.body);
    if (!request) return entry;
    if (auto* send = std::get_if<protocol::Send>(&*request)) take_request(entry, *send);
    if (auto* update = std::get_if<protocol::Update>(&*request)) take_request(entry, *update);
    if (auto* set = std::get_if<protocol::SetAdmission>(&*request)) take_request(entry, *set);
    if (auto* set = std::get_if<protocol::SetKeys>(&*request)) take_request(entry, *set);
    return entry;
}

class EntriesExchange : public Exchange {
public:
    explicit EntriesExchange(AskForEntries request) : request_(std::move(request)) {}

    protocol::FromOperator frame(std::uint64_t number) override {
        constexpr std::size_t page_max = 100;  // PROTOCOL.md 2.4, "entries".
        const AuditFilter& filter = request_.filter;
        protocol::ListEntries list;
        list.request = number;
        list.since = filter.since;
        list.by = filter.by;
        list.kind = filter.kind;
        list.about = filter.about;
        list.before = entries_.empty() ? filter.before : std::optional(entries_.back().seq);
        list.count_max =
            static_cast<std::uint32_t>(std::min(request_.count - entries_.size(), page_max));
        return list;
    }

    std::optional<Step> on_answer(protocol::ToOperator& answer, std::vector<News>&) override {
        auto* page = std::get_if<protocol::EntryPage>(&answer);
        if (page == nullptr || (page->entries.empty() && page->more)) return std::nullopt;
        for (protocol::LogEntry& entry : page->entries) {
            if (entries_.size() < request_.count) entries_.push_back(to_public(entry));
        }
        if (page->more && entries_.size() < request_.count) return AskNext{};
        return Answer{std::move(entries_)};
    }

    void on_other_broker() override { entries_.clear(); }

private:
    AskForEntries request_;
    std::vector<AuditEntry> entries_;
};

class AuditHeadExchange : public Exchange {
public:
    protocol::FromOperator frame(std::uint64_t number) override {
        return protocol::AskAuditHead{number};
    }

    std::optional<Step> on_answer(protocol::ToOperator& answer, std::vector<News>&) override {
        const auto* is_signed = std::get_if<protocol::HeadSigned>(&answer);
        if (is_signed == nullptr) return std::nullopt;
        return Answer{is_signed->head};
    }
};

class AuditVerifyExchange : public Exchange {
public:
    explicit AuditVerifyExchange(const AskToVerify& request) : request_(request) {}

    protocol::FromOperator frame(std::uint64_t number) override {
        return protocol::AskAuditVerify{number, request_.kept};
    }

    std::optional<Step> on_answer(protocol::ToOperator& answer, std::vector<News>&) override {
        auto* verified = std::get_if<protocol::LogVerified>(&answer);
        if (verified == nullptr) return std::nullopt;
        return Answer{std::move(verified->verdict)};
    }

private:
    AskToVerify request_;
};

class ScreensExchange : public Exchange {
public:
    explicit ScreensExchange(AskForScreens request) : request_(std::move(request)) {}

    protocol::FromOperator frame(std::uint64_t number) override {
        return protocol::AskScreens{number, request_.where, request_.at,
                                    static_cast<std::uint32_t>(screens_.list.size())};
    }

    std::optional<Step> on_answer(protocol::ToOperator& answer, std::vector<News>&) override {
        auto* page = std::get_if<protocol::ScreenPage>(&answer);
        if (page == nullptr || (page->screens.empty() && page->more)) return std::nullopt;
        screens_.known_since = page->known_since;
        screens_.sessions = page->sessions;
        for (OnScreen& shown : page->screens) screens_.list.push_back(std::move(shown));
        const std::size_t count = screens_.list.size();
        if (count > limits::screens_max || (count == limits::screens_max && page->more)) {
            return Answer{Failure{{ErrorCode::limit_exceeded,
                                   "more than " + std::to_string(limits::screens_max) +
                                       " messages were on these screens: narrow the filter"},
                                  {},
                                  {}}};
        }
        if (page->more) return AskNext{};
        return Answer{std::move(screens_)};
    }

    void on_other_broker() override { screens_ = {}; }

private:
    AskForScreens request_;
    Screens screens_;
};

}  // namespace

std::unique_ptr<Exchange> make_entries_exchange(AskForEntries request) {
    return std::make_unique<EntriesExchange>(std::move(request));
}

std::unique_ptr<Exchange> make_audit_head_exchange() {
    return std::make_unique<AuditHeadExchange>();
}

std::unique_ptr<Exchange> make_audit_verify_exchange(const AskToVerify& request) {
    return std::make_unique<AuditVerifyExchange>(request);
}

std::unique_ptr<Exchange> make_screens_exchange(AskForScreens request) {
    return std::make_unique<ScreensExchange>(std::move(request));
}

}  // namespace crier::publisher
