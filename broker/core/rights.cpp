#include "broker/core/rights.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "shared/protocol/filter.hpp"

namespace crier::broker {
namespace {

constexpr std::string_view severity_prefix = "severity:";
constexpr std::string_view own_suffix = ":own";
constexpr std::string_view where_suffix = ":where ";

/// What is behind "send".
std::string suffix_of(const SendScope& scope) {
    if (scope.kind == SendScope::Kind::everybody) return {};
    if (scope.kind == SendScope::Kind::own_user) return std::string(own_suffix);
    return std::string(where_suffix) + scope.where;
}

/// Of a right, everybody unless it says otherwise. Errors: what is wrong with it.
tl::expected<SendScope, std::string> scope_in(std::string_view line) {
    constexpr std::string_view send = "send";
    if (!line.starts_with(send)) return SendScope{};
    line.remove_prefix(send.size());
    if (line == own_suffix) return SendScope{SendScope::Kind::own_user, {}};
    if (!line.starts_with(where_suffix)) return SendScope{};
    SendScope scope{SendScope::Kind::where, std::string(line.substr(where_suffix.size()))};
    const auto filter = protocol::Filter::parse(scope.where);
    if (!filter) return tl::unexpected("has no filter: " + filter.error().detail);
    if (filter->matches(Session{})) {
        return tl::unexpected(std::string(
            "reaches sessions of which nothing is verified: say who they are, not who they are "
            "not"));
    }
    return scope;
}

/// Whether `T` is one of the others.
template <class T, class... Others>
constexpr bool is_any_of = (std::is_same_v<T, Others> || ...);

Error without(Right right) {
    const RightRow& row = right_table()[static_cast<std::size_t>(right)];
    return {ErrorCode::not_authorized, "your key has no right to " + std::string(row.name) + " (" +
                                           std::string(row.meaning) + ")"};
}

std::optional<Error> refusal_by(const Rights& rights, Right right) {
    return rights.has(right) ? std::nullopt : std::optional(without(right));
}

std::optional<Error> refusal_by(const Rights& rights, Severity severity) {
    if (severity <= rights.severity_max()) return std::nullopt;
    return Error{ErrorCode::not_authorized, "your key has no right to send messages that are " +
                                                std::string(name_of(severity)) + ", only up to " +
                                                std::string(name_of(rights.severity_max()))};
}

/// What such a message brings about besides.
std::optional<Error> refusal_by(const Rights& rights, const Schedule& schedule) {
    if (schedule.close_admission) return refusal_by(rights, Right::drain);
    if (schedule.drop) return refusal_by(rights, Right::drop);
    return std::nullopt;
}

/// The right that is wanted for every request of its kind; nullopt: none.
template <class Request>
constexpr std::optional<Right> right_for() {
    using namespace protocol;
    if constexpr (is_any_of<Request, Send, Update, Recall, CloseQuestion>) {
        return Right::send;
    } else if constexpr (is_any_of<Request, SetAdmission>) {
        return Right::admission;
    } else if constexpr (is_any_of<Request, protocol::ForgetBroker>) {
        return Right::cluster;
    } else if constexpr (is_any_of<Request, SetKeys, ListKeys>) {
        return Right::keys;
    } else if constexpr (is_any_of<Request, Watch>) {
        return Right::watch;
    } else if constexpr (is_any_of<Request, ListEntries, AskAuditHead, AskAuditVerify,
                                   AskScreens>) {
        return Right::audit;
    } else if constexpr (is_any_of<Request, ListSessions, ListMessages, AskOutcome, AskAdmission,
                                   AskCluster, Follow>) {
        return Right::list;
    } else {
        // Who somebody is, and whether the broker is well, everybody may know.
        static_assert(is_any_of<Request, AskIdentity, AskHealth, OperatorHello, Heartbeat, Goodbye>,
                      "a new request needs a right, or a reason why it needs none");
        return std::nullopt;
    }
}

}  // namespace

const std::array<RightRow, right_count>& right_table() {
    static constexpr std::array<RightRow, right_count> rows{{
        {"send", "send messages, change and recall them"},
        {"drop", "end sessions"},
        {"drain", "refuse new sessions and end the others by a plan"},
        {"admission", "say whether new sessions come in"},
        {"list", "see sessions, messages and what became of them"},
        {"watch", "see events as they happen"},
        {"audit", "read who did what, and what was on a screen"},
        {"cluster", "forget a broker that is gone for good"},
        {"keys", "say who may come in by key, and so give themselves any right"},
        {"listen", "hear the bell"},
        {"session", "come in as a session of the key's user"},
    }};
    return rows;
}

Rights::Rights(std::initializer_list<Right> list) {
    for (const Right right : list) has_.set(static_cast<std::size_t>(right));
}

Rights Rights::all() {
    Rights rights;
    rights.has_.set();
    rights.remove(Right::session);
    return rights;
}

Result<Rights> Rights::parse(const std::vector<std::string>& lines) {
    Rights rights;
    bool has_severity = false;
    for (const std::string& line : lines) {
        if (Status taken = rights.take(line, has_severity); !taken) return fail(taken.error());
    }
    return rights;
}

Status Rights::take(const std::string& line, bool& has_severity) {
    const auto wrong = [&line](const std::string& why) {
        return fail(ErrorCode::configuration_invalid, "right \"" + line + "\" " + why);
    };
    if (line.starts_with(severity_prefix)) {
        const auto severity = severity_from(line.substr(severity_prefix.size()));
        if (!severity) return wrong("is none: it ends with info, warning or critical");
        if (std::exchange(has_severity, true)) return wrong("is the second severity");
        severity_max_ = *severity;
        return {};
    }
    const auto scope = scope_in(line);
    if (!scope) return wrong(scope.error());
    const std::string name = scope->kind == SendScope::Kind::everybody ? line : "send";
    const auto& table = right_table();
    const auto row = std::find_if(table.begin(), table.end(),
                                  [&name](const RightRow& one) { return one.name == name; });
    if (row == table.end()) return wrong("is unknown");
    const auto index = static_cast<std::size_t>(row - table.begin());
    if (has_[index]) return wrong("is there twice");
    has_.set(index);
    if (name == "send") send_scope_ = *scope;
    return {};
}

std::vector<std::string> Rights::lines() const {
    std::vector<std::string> lines;
    for (std::size_t index = 0; index < right_count; ++index) {
        if (!has_[index]) continue;
        lines.emplace_back(right_table()[index].name);
        if (index == static_cast<std::size_t>(Right::send)) lines.back() += suffix_of(send_scope_);
    }
    if (severity_max_ != Severity::critical) {
        lines.push_back(std::string(severity_prefix) + std::string(name_of(severity_max_)));
    }
    return lines;
}

bool Rights::covers(const Rights& others) const {
    const bool reaches_all =
        send_scope_.kind == SendScope::Kind::everybody || send_scope_ == others.send_scope_;
    return (others.has_ & ~has_).none() && others.severity_max_ <= severity_max_ && reaches_all;
}

bool Rights::is_operator() const {
    Rights others = *this;
    others.remove(Right::listen);
    others.remove(Right::session);
    return others.has_.any();
}

std::string filter_of(const SendScope& scope, const std::string& user) {
    if (scope.kind == SendScope::Kind::where) return scope.where;
    if (scope.kind == SendScope::Kind::everybody) return {};
    // Nobody's: a session of which no user is known is not theirs.
    return user.empty() ? "not user=*" : protocol::filter_for_user(user);
}

std::optional<Error> refusal_by(const Rights& rights, const protocol::FromOperator& request) {
    return std::visit(
        [&]<class Request>(const Request& asked) -> std::optional<Error> {
            constexpr std::optional<Right> right = right_for<Request>();
            if constexpr (right.has_value()) {
                if (auto refused = refusal_by(rights, *right)) return refused;
            }
            if constexpr (std::is_same_v<Request, protocol::Send>) {
                return refusal_by(rights, asked.content, asked.schedule);
            } else if constexpr (std::is_same_v<Request, protocol::Update>) {
                return asked.severity ? refusal_by(rights, *asked.severity) : std::nullopt;
            } else {
                return std::nullopt;
            }
        },
        request);
}

std::optional<Error> refusal_by(const Rights& rights, const Content& content,
                                const Schedule& schedule) {
    if (auto refused = refusal_by(rights, content.severity)) return refused;
    return refusal_by(rights, schedule);
}

}  // namespace crier::broker
