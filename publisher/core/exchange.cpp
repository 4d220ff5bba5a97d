#include "publisher/core/exchange.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "publisher/core/accepted_exchange.hpp"
#include "publisher/core/audit_exchange.hpp"
#include "publisher/core/change_exchange.hpp"
#include "publisher/core/cluster_exchange.hpp"
#include "publisher/core/following.hpp"
#include "publisher/core/keys_exchange.hpp"

namespace crier {

std::string_view name_of(Happened::What what) noexcept {
    constexpr std::array<std::string_view, 14> names{
        "session_opened",  "session_unreachable", "session_returned",
        "session_closed",  "message_accepted",    "receipt",
        "message_updated", "message_recalled",    "message_due",
        "session_dropped", "admission_changed",   "question_closed",
        "missed",          "connection_lost"};
    const auto index = static_cast<std::size_t>(what);
    return index < names.size() ? names[index] : std::string_view{};
}

namespace publisher {
namespace {

SentMessage to_public(protocol::MessageSummary& summary) {
    return {.id = summary.id,
            .seq = summary.seq,
            .revision = summary.revision,
            .sent = summary.sent,
            .from = std::move(summary.from),
            .target = std::move(summary.target),
            .content = std::move(summary.content),
            .expires = summary.expires,
            .is_final = summary.is_final,
            .is_recalled = summary.is_recalled,
            .tally = summary.tally,
            .counts = std::move(summary.counts),
            .schedule = std::move(summary.schedule),
            .next = summary.next,
            .is_waiting = summary.is_waiting,
            .late = summary.late,
            .each_session = summary.each_session,
            .quorum = summary.quorum,
            .closed = summary.closed};
}

SessionOutcome to_public(protocol::SessionOutcome& outcome) {
    return {.session = outcome.session,
            .user = std::move(outcome.user),
            .system_user = std::move(outcome.system_user),
            .machine = std::move(outcome.machine),
            .application = std::move(outcome.application),
            .state = outcome.state,
            .at = outcome.at,
            .cause = std::move(outcome.cause),
            .again = outcome.again,
            .removed = outcome.removed,
            .user_verified = outcome.user_verified,
            .system_user_verified = outcome.system_user_verified,
            .dropped = outcome.dropped,
            .answer = outcome.answer,
            .digest = outcome.digest};
}

Happened to_public(const protocol::Happened& happened) {
    return {.what = static_cast<Happened::What>(happened.what),
            .at = happened.at,
            .session = happened.session,
            .user = happened.user,
            .user_verified = happened.user_verified,
            .machine = happened.machine,
            .message = happened.message,
            .seq = happened.seq,
            .state = happened.state,
            .detail = happened.detail};
}

class SendExchange : public AcceptedExchange {
public:
    explicit SendExchange(AskToSend request)
        : AcceptedExchange(request.id, request.dry_run ? std::nullopt : request.wait_for,
                           request.wait_for_drop && !request.dry_run),
          request_(std::move(request)) {
        result_.dry_run = request_.dry_run;
    }

protected:
    protocol::FromOperator request(std::uint64_t number) const override {
        return protocol::Send{.request = number,
                              .id = request_.id,
                              .target = request_.target,
                              .content = request_.content,
                              .expires = request_.expires,
                              .schedule = request_.schedule,
                              .each_session = request_.each_session,
                              .quorum = request_.quorum,
                              .dry_run = request_.dry_run,
                              .follow = is_to_wait(),
                              .sealed = request_.sealed};
    }
    std::optional<std::string_view> doubt() const override {
        if (request_.dry_run) return std::nullopt;
        return "accepted";
    }

private:
    AskToSend request_;
};

class WaitExchange : public Exchange {
public:
    explicit WaitExchange(const AskToWait& request) : following_(request.id, request.state) {}

    protocol::FromOperator frame(std::uint64_t number) override { return following_.frame(number); }
    std::optional<Step> on_answer(protocol::ToOperator& answer, std::vector<News>& news) override {
        return following_.on_answer(answer, news);
    }
    Step on_tally(const protocol::TallyChanged& tally, std::vector<News>& news) override {
        return following_.on_tally(tally, news);
    }
    void on_connection_lost(const Error&, std::vector<News>&) override {
        following_.on_connection_lost();
    }
    Answer on_ended(Error cause) override {
        if (!following_.is_known()) return Failure{std::move(cause), {}, {}};
        return following_.progress();
    }

private:
    Following following_;
};

class SessionsExchange : public Exchange {
public:
    explicit SessionsExchange(AskForSessions request) : request_(std::move(request)) {}

    protocol::FromOperator frame(std::uint64_t number) override {
        std::optional<SessionId> after;
        if (!sessions_.empty()) after = sessions_.back().id;
        return protocol::ListSessions{number, request_.target, after};
    }

    std::optional<Step> on_answer(protocol::ToOperator& answer, std::vector<News>&) override {
        auto* page = std::get_if<protocol::SessionPage>(&answer);
        if (page == nullptr || (page->sessions.empty() && page->more)) return std::nullopt;
        for (Session& session : page->sessions) sessions_.push_back(std::move(session));
        note_silent(sessions_.silent, page->silent);
        if (page->more) return AskNext{};
        return Answer{std::move(sessions_)};
    }

private:
    AskForSessions request_;
    Gathered<Session> sessions_;
};

class MessagesExchange : public Exchange {
public:
    explicit MessagesExchange(const AskForMessages& request) : request_(request) {}

    protocol::FromOperator frame(std::uint64_t number) override {
        constexpr std::size_t page_max = 100;  // PROTOCOL.md 2.4, "messages".
        const std::size_t wanted = std::min(request_.count - messages_.size(), page_max);
        const std::optional<std::uint64_t> before =
            messages_.empty() ? request_.before : std::optional(messages_.back().seq);
        return protocol::ListMessages{number, before, static_cast<std::uint32_t>(wanted),
                                      request_.scheduled};
    }

    std::optional<Step> on_answer(protocol::ToOperator& answer, std::vector<News>&) override {
        auto* page = std::get_if<protocol::MessagePage>(&answer);
        if (page == nullptr || (page->messages.empty() && page->more)) return std::nullopt;
        for (protocol::MessageSummary& summary : page->messages) {
            if (messages_.size() < request_.count) messages_.push_back(to_public(summary));
        }
        note_silent(messages_.silent, page->silent);
        if (page->more && messages_.size() < request_.count) return AskNext{};
        return Answer{std::move(messages_)};
    }

    void on_other_broker() override { messages_ = {}; }

private:
    AskForMessages request_;
    Gathered<SentMessage> messages_;
};

class OutcomeExchange : public Exchange {
public:
    explicit OutcomeExchange(const AskForOutcome& request) : id_(request.id) {}

    protocol::FromOperator frame(std::uint64_t number) override {
        std::optional<SessionId> after;
        if (!outcome_.sessions.empty()) after = outcome_.sessions.back().session;
        return protocol::AskOutcome{number, id_, after};
    }

    std::optional<Step> on_answer(protocol::ToOperator& answer, std::vector<News>&) override {
        auto* page = std::get_if<protocol::OutcomePage>(&answer);
        if (page == nullptr || (page->outcomes.empty() && page->more)) return std::nullopt;
        outcome_.message = to_public(page->message);  // The newest page has the newest tally.
        for (protocol::SessionOutcome& outcome : page->outcomes) {
            outcome_.sessions.push_back(to_public(outcome));
        }
        note_silent(outcome_.silent, page->silent);
        if (page->more) return AskNext{};
        return Answer{std::move(outcome_)};
    }

private:
    MessageId id_;
    Outcome outcome_;
};

class WatchExchange : public Exchange {
public:
    protocol::FromOperator frame(std::uint64_t number) override { return protocol::Watch{number}; }

    std::optional<Step> on_answer(protocol::ToOperator& answer, std::vector<News>& news) override {
        if (!std::holds_alternative<protocol::Done>(answer)) return std::nullopt;
        if (was_lost_) news.push_back(Happened{.what = Happened::What::missed});
        was_lost_ = false;
        is_watching_ = true;
        return Listen{};
    }

    void on_happened(const protocol::Happened& happened, std::vector<News>& news) override {
        if (!is_watching_) return;  // Asked for by another watcher of this connection.
        news.push_back(to_public(happened));
    }

    void on_connection_lost(const Error& error, std::vector<News>& news) override {
        if (is_watching_) {
            news.push_back(
                Happened{.what = Happened::What::connection_lost, .detail = error.detail});
        }
        was_lost_ = was_lost_ || is_watching_;
        is_watching_ = false;
    }

private:
    bool is_watching_ = false;
    bool was_lost_ = false;
};

class AdmissionExchange : public Exchange {
public:
    explicit AdmissionExchange(AskForAdmission request) : request_(std::move(request)) {}

    protocol::FromOperator frame(std::uint64_t number) override {
        if (!request_.change) return protocol::AskAdmission{number};
        was_repeated_ = was_sent_;
        was_sent_ = true;
        const AskForAdmission::Change& change = *request_.change;
        return protocol::SetAdmission{number, change.id, change.is_open, change.message,
                                      change.except};
    }

    std::optional<Step> on_answer(protocol::ToOperator& answer, std::vector<News>&) override {
        auto* admission = std::get_if<protocol::Admission>(&answer);
        if (admission == nullptr) return std::nullopt;
        return Answer{Admission{.is_open = admission->is_open,
                                .message = std::move(admission->message),
                                .except = std::move(admission->except),
                                .since = admission->since,
                                .by = std::move(admission->by),
                                .already = admission->already && !was_repeated_}};
    }

    Answer on_ended(Error cause) override {
        if (!was_sent_) return Failure{std::move(cause), {}, {}};
        return Failure{{ErrorCode::outcome_unknown,
                        "whether admission was changed is not known (" + cause.detail + ")"},
                       {},
                       {}};
    }

private:
    AskForAdmission request_;
    bool was_sent_ = false;
    bool was_repeated_ = false;
};

class IdentityExchange : public Exchange {
public:
    protocol::FromOperator frame(std::uint64_t number) override {
        return protocol::AskIdentity{number};
    }

    std::optional<Step> on_answer(protocol::ToOperator& answer, std::vector<News>&) override {
        auto* identity = std::get_if<protocol::Identity>(&answer);
        if (identity == nullptr) return std::nullopt;
        return Answer{Identity{std::move(identity->principal), std::move(identity->rights),
                               std::move(identity->address)}};
    }
};

class HealthExchange : public Exchange {
public:
    protocol::FromOperator frame(std::uint64_t number) override {
        return protocol::AskHealth{number};
    }

    std::optional<Step> on_answer(protocol::ToOperator& answer, std::vector<News>&) override {
        auto* health = std::get_if<protocol::Health>(&answer);
        if (health == nullptr) return std::nullopt;
        return Answer{Health{.is_healthy = health->is_healthy,
                             .problem = std::move(health->problem),
                             .broker = std::move(health->broker),
                             .started = health->started,
                             .seq = health->seq,
                             .sessions = health->sessions,
                             .connected = health->connected,
                             .live_messages = health->live_messages}};
    }
};

struct MakeExchange {
    std::unique_ptr<Exchange> operator()(AskForConnection) const { return nullptr; }
    std::unique_ptr<Exchange> operator()(AskToSend& request) const {
        return std::make_unique<SendExchange>(std::move(request));
    }
    std::unique_ptr<Exchange> operator()(AskToUpdate& request) const {
        return make_update_exchange(std::move(request));
    }
    std::unique_ptr<Exchange> operator()(const AskToRecall& request) const {
        return make_recall_exchange(request);
    }
    std::unique_ptr<Exchange> operator()(const AskToClose& request) const {
        return make_close_exchange(request);
    }
    std::unique_ptr<Exchange> operator()(AskForAdmission& request) const {
        return std::make_unique<AdmissionExchange>(std::move(request));
    }
    std::unique_ptr<Exchange> operator()(const AskToWait& request) const {
        return std::make_unique<WaitExchange>(request);
    }
    std::unique_ptr<Exchange> operator()(AskForSessions& request) const {
        return std::make_unique<SessionsExchange>(std::move(request));
    }
    std::unique_ptr<Exchange> operator()(const AskForMessages& request) const {
        return std::make_unique<MessagesExchange>(request);
    }
    std::unique_ptr<Exchange> operator()(const AskForOutcome& request) const {
        return std::make_unique<OutcomeExchange>(request);
    }
    std::unique_ptr<Exchange> operator()(AskToWatch) const {
        return std::make_unique<WatchExchange>();
    }
    std::unique_ptr<Exchange> operator()(AskForIdentity) const {
        return std::make_unique<IdentityExchange>();
    }
    std::unique_ptr<Exchange> operator()(AskForHealth) const {
        return std::make_unique<HealthExchange>();
    }
    std::unique_ptr<Exchange> operator()(AskForCluster) const { return make_cluster_exchange(); }
    std::unique_ptr<Exchange> operator()(AskForKeys) const { return make_keys_exchange(); }
    std::unique_ptr<Exchange> operator()(AskToSetKeys& request) const {
        return make_set_keys_exchange(std::move(request));
    }
    std::unique_ptr<Exchange> operator()(AskForEntries& request) const {
        return make_entries_exchange(std::move(request));
    }
    std::unique_ptr<Exchange> operator()(AskForAuditHead) const {
        return make_audit_head_exchange();
    }
    std::unique_ptr<Exchange> operator()(const AskToVerify& request) const {
        return make_audit_verify_exchange(request);
    }
    std::unique_ptr<Exchange> operator()(AskForScreens& request) const {
        return make_screens_exchange(std::move(request));
    }
    std::unique_ptr<Exchange> operator()(const AskToForget& request) const {
        return make_forget_exchange(request);
    }
};

}  // namespace

std::unique_ptr<Exchange> make_exchange(Request request) {
    return std::visit(MakeExchange{}, request);
}

}  // namespace publisher
}  // namespace crier
