/// \file
/// What `crier` found out, as text: one function for each command, each in all three forms. Pure,
/// but for the process's time zone.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "crier/publisher.hpp"
#include "publisher/cli/console.hpp"
#include "publisher/cli/exit_code.hpp"

namespace crier {
class JsonWriter;
}

namespace crier::cli {

struct View {
    Form form = Form::pipe;
    std::size_t columns = 80;
    UtcTime now{};
};

/// "expired unseen".
[[nodiscard]] std::string words_of(State state);

/// "12 sessions", "1 session".
[[nodiscard]] std::string count_of(std::size_t number, std::string_view thing);

/// "90s", "15m", "2h".
[[nodiscard]] std::string words_of(Milliseconds length);

/// "12 sessions: 9 displayed, 3 waiting".
[[nodiscard]] std::string words_of(const Tally& tally);

/// "everyone", "3 sessions", "those where user=Vanessa".
[[nodiscard]] std::string words_of(const Target& target);

[[nodiscard]] std::string present(const std::vector<Session>& sessions, const View& view);
[[nodiscard]] std::string present(const std::vector<SentMessage>& messages, const View& view);
/// `history`: its entries in the broker's log, newest first; empty where there is none to show.
struct MessageStatus {
    Outcome outcome;
    std::vector<AuditEntry> history;
};
[[nodiscard]] std::string present(const MessageStatus& status, const View& view);
/// `accepted`: the message that was accepted, if it is known; for a terminal only.
[[nodiscard]] std::string present(const Happened& happened, const View& view,
                                  const std::optional<SentMessage>& accepted = std::nullopt);
[[nodiscard]] std::string present(const Identity& identity, const View& view);
[[nodiscard]] std::string present(const Health& health, const View& view);

/// What a send came to. `would_get_it`: with a dry run, who.
struct Sent {
    SendResult result;
    Target target;
    std::optional<State> waited_for;
    std::vector<Session> would_get_it;
};
[[nodiscard]] ExitCode exit_code_of(const Sent& sent);
[[nodiscard]] std::string present(const Sent& sent, const View& view);

/// What an update or a recall came to.
struct Changed {
    enum class Kind : std::uint8_t { update, recall };

    Kind kind = Kind::update;
    SendResult result;
    std::optional<State> waited_for;
};
[[nodiscard]] ExitCode exit_code_of(const Changed& changed);
[[nodiscard]] std::string present(const Changed& changed, const View& view);

/// {"error":{…}}; with what a failed send adds to it, or where in a filter it is.
[[nodiscard]] std::string present(const Error& error,
                                  std::optional<std::uint32_t> position = std::nullopt);
[[nodiscard]] std::string present(const SendError& error);

}  // namespace crier::cli
