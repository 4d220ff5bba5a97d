/// \file
/// What whoever has a key may do. The default is nothing.

#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crier/message.hpp"
#include "crier/result.hpp"
#include "shared/protocol/messages.hpp"

namespace crier::broker {

enum class Right : std::uint8_t {
    send,
    drop,
    drain,
    admission,
    list,
    watch,
    audit,
    cluster,
    keys,
    listen,
    session,
};
inline constexpr std::size_t right_count = static_cast<std::size_t>(Right::session) + 1;

struct RightRow {
    std::string_view name;
    std::string_view meaning;  ///< "your key has no right to NAME (MEANING)".
};
/// By right. Requests are checked against it, and people are told of it in its words.
[[nodiscard]] const std::array<RightRow, right_count>& right_table();

/// Whom somebody's messages may reach; only what is verified of a session counts.
struct SendScope {
    enum class Kind : std::uint8_t { everybody, own_user, where };

    Kind kind = Kind::everybody;
    std::string where;  ///< Kind::where: a filter.

    bool operator==(const SendScope&) const = default;
};

/// A value: which rights somebody has, whom messages may reach, and how loud they may be.
///
/// Written as lines, one for each right by its name. In place of "send", "send:own" lets messages
/// reach the sessions of the key's own user alone, "send:where FILTER" those that a filter matches.
/// "severity:warning" where messages may be of that severity at most; without such a line they may
/// be of any.
class Rights {
public:
    Rights() = default;
    Rights(std::initializer_list<Right> list);
    /// An operator's and a listener's. No key of theirs is a session's.
    [[nodiscard]] static Rights all();

    /// Errors: configuration_invalid (fix_request): unknown, or twice; names the line.
    [[nodiscard]] static Result<Rights> parse(const std::vector<std::string>& lines);
    [[nodiscard]] std::vector<std::string> lines() const;

    [[nodiscard]] bool has(Right right) const { return has_[static_cast<std::size_t>(right)]; }
    void remove(Right right) { has_.reset(static_cast<std::size_t>(right)); }
    /// Has one that is used on the operators' door.
    [[nodiscard]] bool is_operator() const;
    [[nodiscard]] const SendScope& send_scope() const { return send_scope_; }
    [[nodiscard]] Severity severity_max() const { return severity_max_; }
    /// Whoever has these may do all that whoever has `others` may.
    [[nodiscard]] bool covers(const Rights& others) const;

    bool operator==(const Rights&) const = default;

private:
    [[nodiscard]] Status take(const std::string& line, bool& has_severity);

    std::bitset<right_count> has_;
    SendScope send_scope_;  ///< With Right::send.
    Severity severity_max_ = Severity::critical;
};

/// The filter for such a key's messages: which sessions they may reach. Empty: all.
[[nodiscard]] std::string filter_of(const SendScope& scope, const std::string& user);

/// Why `rights` do not allow the request, whatever it is about. Errors: not_authorized.
[[nodiscard]] std::optional<Error> refusal_by(const Rights& rights,
                                              const protocol::FromOperator& request);
/// Why they do not allow to change a message which is so now.
[[nodiscard]] std::optional<Error> refusal_by(const Rights& rights, const Content& content,
                                              const Schedule& schedule);

}  // namespace crier::broker
