/// \file
/// What --help says of `crier cluster`.

#pragma once

namespace crier::cli::help {

inline constexpr const char* cluster = "Says how the brokers of the cluster are, or forgets one.";

inline constexpr const char* cluster_footer =
    R"(Several brokers may act as one: whatever is sent at one reaches the sessions of
all. Each of them knows how the others are.

What other commands list and count is of all brokers too. Those that did not
answer within a second are named on standard error, with how many sessions they
had; where the answer of --json is an object, it has them as 'silent'.

Examples:
  crier cluster status
  crier cluster forget b3)";

inline constexpr const char* cluster_status =
    "Lists the brokers of the cluster, as the one that is asked knows them.";

inline constexpr const char* cluster_status_footer =
    R"(STATE is serving; no log, for one that cannot take messages now, because it
cannot reach NATS, or its disk is full; or silent, for one that was not heard
for some seconds. SINCE is when it was started, or was heard last. SESSIONS are
those that it serves, unreachable ones included; of a silent one, those that it
had. BEHIND is how many entries of the cluster's log it has yet to take in. The
broker with * before it is the one that was asked.

In a pipe each broker is a line of tab-separated fields: name, id, addresses,
state, since, sessions, how many of them connected, behind, version, and 'asked'
for the one that was. With --json it is an object: brokers, a list, and silent,
those that do not answer. A broker that is alone lists none.

Exit codes: 0 all are serving, or the broker is alone; 1 not all; 5 no
connection.

Examples:
  crier cluster status
  crier cluster status --json | jq -r '.silent[].broker')";

inline constexpr const char* forget = "Forgets a broker that will not come back.";

inline constexpr const char* forget_footer =
    R"(BROKER is its name or its id, or how the id begins, as `crier cluster status`
shows them. It must not be alive. It belongs to the cluster no more: nothing
waits for it, its sessions are unknown, and the cluster's log keeps nothing for
it any longer. If it comes back all the same, it belongs to the cluster once
more. Your key needs the right cluster.

Exit codes: 0 it is forgotten; 4 it is alive, or no broker of the cluster, or
the cluster takes nothing now; 5 no connection; 6 not known: ask again.

Examples:
  crier cluster forget b3
  crier cluster forget 5c0f6f4be3a5)";

}  // namespace crier::cli::help
