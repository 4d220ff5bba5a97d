/// \file
/// The same for the commands of plan_options.hpp.

#pragma once

namespace crier::cli::help {

inline constexpr const char* scheduled =
    "Lists what is still to come: messages that go out later, reminders, drains.";

inline constexpr const char* scheduled_footer =
    R"(The next one is the first. 'crier recall ID' cancels one, 'crier update ID --at
TIME' moves one that has not gone out yet.

In a pipe each is a line of tab-separated fields: id, next time, by, to, plan,
title or text.

Examples:
  crier send --at 21:45 "The server restarts at 22:00."
  crier send --every 15m --until 22:00 "The server restarts at 22:00."
  crier scheduled
  crier scheduled --json | jq -r '.[].id')";

inline constexpr const char* ask =
    "Asks a question with choices, and waits for the answers until it closes.";

inline constexpr const char* ask_footer =
    R"(Each session is shown the choices as numbered keys or buttons, and its newest
answer counts; a person can change it until the question closes. It closes when
its time is over, when the quorum has answered, or by 'crier close ID'. On a
terminal the counts are shown as they grow.

Each answer is in the journal with who gave it and when. In JSON, "answer" of a
session is what it chose, and "answer_index" which of the choices that is, from
0: so in 'crier status' and 'crier report', too.

Examples:
  crier ask "Log off now?" --choice now --choice "10 more minutes" --choice no
  crier ask "Ready?" --choice yes --choice no --quorum 90% --timeout 10m
  crier ask "Ready?" --choice yes --choice no --json | jq .answers

Exit codes: 0 all have answered, or the quorum; 1 it closed before; 2 nobody
matches; 3 unknown session, 4 refused, 5 no connection, 6 outcome unknown (the
same --id makes it safe to ask again), 64 malformed command line.)";

inline constexpr const char* close = "Closes a question before its time.";

inline constexpr const char* close_footer =
    R"(It leaves every screen and takes no answers any more.

Example:
  crier close 0190f3a6e1)";

inline constexpr const char* drop =
    "Ends sessions: shows them a message, and after a grace time cuts them off.";

inline constexpr const char* drop_footer =
    R"(Give session ids, --where or --all. The message counts down on the screen. At
the end a well-behaved program quits, any other is cut off, and the session's
key is refused for 24 hours. Whoever has the invitation can come back as a new
session: to prevent that, close admission ('crier admission --help').

The command returns at once, or with --wait when all have ended. 'crier recall
ID' in time calls it off.

Examples:
  crier drop 3c81a0d27f5e4b6690c1d2e3f4a5b6c7
  crier drop --where "machine=kiosk-*" --grace 60s
  crier drop --where "user=eve" --grace 30s --message "{remaining} left."
  crier drop --where "state=locked" --dry-run

Exit codes: 0 all have ended (without --wait: will end), 1 some not, 2 nobody
matches, 3 unknown session, 4 refused, 5 no connection, 6 outcome unknown, 64
malformed command line.)";

inline constexpr const char* drain =
    "Empties a system by a plan: announce, close admission, end the sessions.";

inline constexpr const char* drain_footer =
    R"(The plan and whom it touches are shown before it starts; on a terminal it asks.
All of it is one message that counts down: 'crier status ID' shows how far it
is, 'crier drain report ID' at the end who saw what and who was dropped.
'extend' moves all that is still to come, 'cancel' takes it off the screens,
opens admission again if the plan had closed it, and tells the users so.

Examples:
  crier drain --at 22:00 --announce "60m,30m,15m,5m,1m" --close-admission 5m \
      --drop --message "Maintenance in {remaining}: please sign off."
  crier drain --in 30m --where "app=erp" --drop --dry-run
  crier drain extend 0190f3a6e1 10m
  crier drain cancel 0190f3a6e1 --message "No maintenance tonight."

Exit codes: 0 begun, moved or called off; 1 not confirmed; 3 no such message,
4 refused, 5 no connection, 6 outcome unknown, 64 malformed command line.)";

inline constexpr const char* admission = "Lets new sessions in, or refuses them.";

inline constexpr const char* admission_footer =
    R"(While admission is closed, new sessions are refused, and see the message on
their screen; those that are in stay, also over a short absence. It lasts over
restarts of the broker. --except compares only what the broker has verified:
address, and user and system_user of sessions on its own machine.

Examples:
  crier admission close --message "Maintenance until 23:00."
  crier admission close --message "Closed." --except "address=10.1.0.0/16"
  crier admission open
  crier admission)";

}  // namespace crier::cli::help
