/// \file
/// What --help says beside the list of options: enough to work without the manual.

#pragma once

#include "publisher/cli/help_cluster.hpp"
#include "publisher/cli/help_plan.hpp"

namespace crier::cli::help {

inline constexpr const char* program =
    "Puts a message on the screens of people who are signed in somewhere, and says what became of "
    "it on each.";

/// What people do most stands first, before all commands and options.
inline constexpr const char* program_examples = R"(Examples:
  crier send "The server restarts at 22:00. Please log off before."
  crier send --where "app=erp" --wait displayed "Please save your work."
  crier sessions --where "system_user=Vanessa"
  crier send -s 3c81a0d27f5e4b6690c1d2e3f4a5b6c7 "Hello Vanessa"
  crier status
  crier audit screen --user vanessa --at 21:58
  crier send --at 21:45 --countdown 22:00 "Restart in {remaining}: sign off."
  crier ask "Log off now?" --choice now --choice "10 more minutes"
  crier drain --at 22:00 --announce 60m,15m,5m --close-admission 5m --drop)";

inline constexpr const char* program_footer =
    R"(The broker is found by an invitation: --invitation, else CRIER_INVITATION from
the environment, else the one that 'crier join' stored, else that of the broker
on this machine.

Exit codes:
   0  done; after 'send': every session was reached, as far as --wait asked
   1  accepted, but not every session was reached in time; broker not healthy;
      not all brokers of the cluster serve; the log is not whole; nothing is
      known to have been on those screens
   2  accepted, but for nobody: no session matches
   3  no such session, or no such message; nothing was sent to anyone
   4  refused by the broker or by the rules of messages: rights, limits, a text,
      a time that has passed, a filter, an invitation that is none, or a broker
      that cannot store
   5  no connection: no broker or invitation found, not admitted, wrong broker
   6  the outcome is not known: look with 'crier status', or send it again with
      the same --id
  64  the command line is malformed: an option or a value that cannot be read
  74  done, but the output could not be written

With --json an error too is JSON on standard output, {"error":{…}}, and a
sentence for people on standard error.

'crier COMMAND --help' says more about each command.)";

inline constexpr const char* send =
    "Sends a message to everyone who is connected, to single sessions, or to those that a filter "
    "matches.";

inline constexpr const char* send_footer =
    R"(The text is one argument (quote it), or comes from standard input. It is shown
line by line as it was sent; put -- before a text that begins with a dash.

TIME is 22:00 (the next one on this machine's clock), 2026-11-23T22:00 (the
same with its date), 2026-11-23T22:00:00+01:00 (in any zone), 15m or +1h30m
(from now); at most 366 days away.

When it --expires the message is not delivered any more, and it leaves every
screen. With --expires, sessions that open until then get it too; without, only
those that there are now, also when they are away and return.

DURATION is seconds, or numbers with ms, s, m, h or d: 90, 500ms, 1h30m.

FILTER is one or more NAME=VALUE, joined by 'and', 'or' and 'not'; see:
crier sessions --help

A text has at most 16384 bytes, a title 200; both are UTF-8.

With --from-json the message is an object with the key text and, if you like,
title, severity, style, expires and id, which mean what the options mean, and
to: "all", a list of session ids, or {"where": FILTER, "verified": true or not}.
What it does not say may be said by options.

With --private text and title are sealed here for the key of one session. The
broker names it (your key needs the right 'list'), and is found out if it is not
that of the ID. Lists say (private). Whose the ID is the broker says; DIR proves
it: files as 'crier keys export' writes them, one with that key and its user. A
TEXT is wiped from the command line; on standard input it never was on it.

Examples:
  crier send "The server restarts at 22:00." --expires 22:00
  crier send --where "app=erp and not group=admins" "Please save."
  crier send -s ID1 -s ID2 --style alert --severity critical "Call 4711 now."
  crier send --wait displayed --timeout 1m "Lunch is ready."; echo $?
  df -h | crier send --where "group=admins" --title "Disks"
  crier send --dry-run --where "locale=fr*" "Qui le verrait ?"
  crier send --private --keys ~/keys -s ID < letter
  echo '{"text": "Please save.", "to": {"where": "app=erp"}}' |
    crier send --from-json --wait displayed

Exit codes: 0 all reached, 1 some not (yet), 2 nobody matches, 3 unknown
session, 4 refused, 5 no connection, 6 outcome unknown (the same --id makes it
safe to send again), 64 malformed command line.)";

inline constexpr const char* update =
    "Changes a message, on the screens that show it and for those that are yet to get it.";

inline constexpr const char* update_footer =
    R"(ID is a message's id, or how it begins, as 'crier status' shows it. What is not
given stays as it is. Screens that show the message change it; who has not seen
it yet gets the new text only. Who has acknowledged it is left alone, unless
--ask-again. The counts of 'crier status' begin anew with each change.

TIME and DURATION are as in 'crier send --help'. A message that has expired or
was recalled cannot be changed any more: send a new one.

Examples:
  crier update 0190f3a6e1 "The restart is moved to 23:00."
  crier update 0190f3a6e1 --severity critical --expires 22:30
  crier update 0190f3a6e1 "Now at 23:00." --ask-again --wait displayed

Exit codes: 0 all reached, 1 some not (yet), 2 the message is for nobody, 3 no
such message, 4 refused, 5 no connection, 6 outcome unknown (the same --id makes
it safe to repeat), 64 malformed command line.)";

inline constexpr const char* recall =
    "Takes a message off every screen; nobody is shown it any more.";

inline constexpr const char* recall_footer =
    R"(ID is a message's id, or how it begins, as 'crier status' shows it. The command
returns when every connected screen has said that the message is gone. Sessions
that are away never see it, or remove it first thing when they are back.
Recalling a message twice does no harm.

Examples:
  crier recall 0190f3a6e1
  crier recall 0190f3a6e1 --json | jq .removed

Exit codes: 0 off every connected screen, 1 some have not said so in time, 3 no
such message, 4 refused, 5 no connection, 6 outcome unknown (the same --id makes
it safe to repeat), 64 malformed command line.)";

inline constexpr const char* sessions =
    "Lists the sessions that are connected, or were a short while ago.";

inline constexpr const char* sessions_footer =
    R"(A filter compares attributes with values, NAME=VALUE or NAME!=VALUE: id,
persistent_id, user, system_user, machine, address, host_type, application (or
app), type, state, locale, group. 'and', 'or', 'not' and parentheses join them;
'not' goes before 'and', and 'and' before 'or'. The same filter works with
'crier send'.

In a value '*' stands for any run of characters, '?' for one. One with blanks or
parentheses stands in double quotes. A state is active, locked or unreachable.
An address with a slash is a network: address=10.1.0.0/16.

since<TIME, since<=TIME, since>TIME and since>=TIME compare when a session was
opened. TIME is 09:00, the last one on this machine's clock (at 08:00 it is
yesterday's), or 2026-11-23T09:00:00+01:00.

A name with '?' behind it is what the session says of itself; nobody verified
it. In a pipe each session is a line of tab-separated fields: id, user, system
user, machine, address, application, state, since.

Examples:
  crier sessions
  crier sessions --where "system_user=Vanessa and state=active"
  crier sessions --where 'user="Jean Marc" and machine=ws-*'
  crier sessions --where 'locale=fr* and not (group=admins or state=locked)'
  crier sessions --where "address=10.1.0.0/16 and since<09:00"
  crier sessions --json | jq -r '.[].id')";

inline constexpr const char* status =
    "Shows the newest messages, or what became of one of them on each session.";

inline constexpr const char* status_footer =
    R"(ID is a message's id, or how it begins: at least 4 hex digits, with which only
one of the newest 500 messages begins.

Above the sessions stands what operators did to the message: when it was sent,
changed and recalled, and by whom.

States: waiting, delivered, suppressed (the screen did not want it now),
displayed, acknowledged, answered; or failed, expired unseen, recalled unseen,
gone unseen.

On a terminal the list shows how the ids begin. In a pipe each message is a
line of tab-separated fields: id, sent, by, to, displayed/targeted, title or
text. Of one message it is a line for each fact, name and value, then an empty
line, then for each session: session, user, system user, machine, application,
state, since, note. In JSON, "answer" of a session is what it chose of a
question, and "answer_index" which of the choices that is, from 0.

Examples:
  crier status
  crier status 0190f3a6e1
  crier status --count 100 --json)";

inline constexpr const char* history = "Lists all messages, or those of a time or an operator.";

inline constexpr const char* history_footer =
    R"(The newest come first. TIME is 09:00, the last one on this machine's clock; 2h
or 7d, before now; or 2026-11-23T09:00:00+01:00. OPERATOR is the name by which
the broker knows the sender, as 'crier whoami' prints it.

It prints what 'crier status' prints without an ID: on a terminal how the ids
begin, in a pipe for each message a line of tab-separated fields: id, sent, by,
to, displayed/targeted, title or text. How long the broker keeps messages is a
setting of crierd.

Examples:
  crier history
  crier history --since 7d --by operator
  crier history --since 09:00 --json | jq length)";

inline constexpr const char* report =
    "Prints what became of a message, a row for each session, for a spreadsheet.";

inline constexpr const char* report_footer =
    R"(ID is a message's id, or how it begins, as 'crier status' shows it.

The CSV (RFC 4180, UTF-8) begins with the names of its columns: session, user,
user_verified, system_user, system_user_verified, machine, application, state,
at, cause, removed, dropped, answer. A name is verified, or claimed by the
session. Names that a spreadsheet would take for a formula have an apostrophe
before them. With --json it is a list of the sessions, with the same keys as in
'crier status ID --json'.

Examples:
  crier report 0190f3a6e1 > maintenance.csv
  crier report 0190f3a6e1 --json | jq '.[] | select(.state == "waiting").user'

Exit codes: 0 printed, 3 no such message, 4 refused, 5 no connection, 64
malformed command line.)";

inline constexpr const char* audit =
    "Lists what operators did, newest first; proves that nobody has changed that list since; or "
    "says what was on somebody's screens.";

inline constexpr const char* audit_footer =
    R"(The broker writes down each message, update and recall, and chains them: each
line has a value that follows from it and from all lines before it. So a line
that is changed, taken away or slipped in later is found by 'verify'.

TIME is 09:00 (the last one on this machine's clock), 2h or 7d (before now), or
2026-11-23T09:00:00+01:00.

In a pipe each entry is a line of tab-separated fields: seq, at, by, kind, id of
the message, content, id of the request.

Examples:
  crier audit
  crier audit --since 7d --by ann
  crier audit --what recall --since 09:00 --json | jq -r '.[].about'
  crier audit screen --user vanessa --at 21:58
  crier audit head >> /mnt/elsewhere/heads
  crier audit verify --head $(tail -n 1 /mnt/elsewhere/heads))";

inline constexpr const char* audit_head =
    "Prints a signed line that says what the log is now, to be kept elsewhere.";

inline constexpr const char* audit_head_footer =
    R"(The line proves later, with 'crier audit verify --head LINE', that nothing up to
its entry was changed, whoever changed it: so keep it where those who run the
broker cannot write. The broker signs one itself every 1,000 entries and every
day, in its journal and (the daily ones) in its log.

Examples:
  crier audit head >> /mnt/elsewhere/heads
  crier audit head --json | jq .seq)";

inline constexpr const char* audit_verify =
    "Has the broker check its whole log, and names the first thing that is wrong with it.";

inline constexpr const char* audit_verify_footer =
    R"(Every entry is compared with its place in the chain, every signed head with the
chain. That finds what was done by somebody who can write the broker's database
but has not its signing key: all of it up to the last thousandth entry, and up to
the last head unless they took that away too. --head finds everything up to the
entry of that head, whoever did it, and a log that was cut off before it.

It takes some seconds for a million entries; the broker serves meanwhile.

Exit codes: 0 the log is whole, 1 it is not, or the head of --head cannot be
compared because its entry was pruned, 4 refused, 5 no connection.

Examples:
  crier audit verify
  crier audit verify --head crier1.head.1000.1764000000000.9f…
  crier audit verify --json | jq .finding)";

inline constexpr const char* audit_screen =
    "Says what was on somebody's screens at a time, and who put it there.";

inline constexpr const char* audit_screen_footer =
    R"(NAME is a user or system user as the session had it, in full. FILTER is as in
'crier sessions --help'. Sessions that have closed since then are looked at too.

TIME is 21:58 (the last one on this machine's clock), 10m or 2h (before now), or
2026-11-23T21:58:00+01:00.

Text and title are those of that time, whatever was changed later. BY is who had
put them there: who sent the message, or changed it to what it said. SINCE is
when the session says that it came on the screen; with a '?' behind it, the
session was out of reach at TIME, and this was on its screen when it was last
heard of. A name with '?' behind it is what the session says of itself.

In a pipe each message on a screen is a line of tab-separated fields: session,
user, system user, machine, application, since, certain or uncertain, by, id of
the message, title or text. With --json it is an object: at, known (whether the
broker's records of screens go back so far), known_since (or null), sessions (how
many of those that it knows match), and screens, a list with all of what was
shown, in all its languages. What is asked of the last seconds is as far as was
heard: a session that has just died is not missed yet.

Exit codes: 0 something was there, 1 nothing was, or nothing is known of that
time (which of the two is said), 4 refused, 5 no connection, 64 malformed
command line.

Examples:
  crier audit screen --user vanessa --at 21:58
  crier audit screen --where "machine=ws-12" --at 2026-11-23T21:58:00+01:00
  crier audit screen --user vanessa --at 10m --json | jq -r '.screens[].text')";

inline constexpr const char* watch = "Prints what happens at the broker, as it happens.";

inline constexpr const char* watch_footer =
    R"(One line an event: sessions that open, become unreachable, return and close,
messages that are accepted (on a terminal with how they begin), and what becomes
of them. It goes on over lost connections, of which standard error tells, until
it is interrupted: Ctrl-C, exit code 130.

In a pipe each event is a line of tab-separated fields: at, event (for a
receipt its state), session, user, machine, message, detail.

Examples:
  crier watch
  crier watch --json | jq -r 'select(.event == "session_opened") | .user')";

inline constexpr const char* hook = "Runs a command of yours for what happens at the broker.";

inline constexpr const char* hook_footer =
    R"(The command gets the event on its standard input, as a line of the JSON that
'crier watch --json' prints; what it prints goes where the output of crier goes.
EVENT is session_opened, session_unreachable, session_returned, session_closed,
session_dropped, message_accepted, message_due, message_updated,
message_recalled, question_closed, admission_changed, receipt, what a receipt
says (delivered, suppressed, displayed, acknowledged, answered, failed), or
missed: some events before it are not told. Without --on: all of them.

At most N commands run at once, in the order of the events; 1000 further events
wait, and what is left out is said on standard error. So is a command that
fails. One that takes too long gets SIGTERM with all that it has started, and
SIGKILL 5 s later.

It goes on over lost connections until it is interrupted. Ctrl-C and SIGTERM let
the running commands tidy up for 5 s, a second one does not; the exit code is 0.

Examples:
  crier hook --on session_opened -- sh -c 'jq -r .user >> seen'
  crier hook --on failed,missed --at-most 1 -- logger -t crier
  crier hook --on acknowledged --timeout 5s -- ./close-the-ticket --fast

Exit codes: 0 interrupted, 4 your key may not watch, 5 no connection, 64
malformed command line, or no such program.)";

inline constexpr const char* whoami = "Says who the broker takes you for, and what you may do.";

inline constexpr const char* whoami_footer =
    R"(In a pipe each fact is a line, name and value with a tab between: Principal,
Rights, Seen from.

Example:
  crier whoami --json)";

inline constexpr const char* health = "Says whether the broker can accept messages.";

inline constexpr const char* health_footer =
    R"(Exit codes: 0 healthy, 1 not healthy (and what to do), 5 no connection.

In a pipe each fact is a line, name and value with a tab between: Healthy,
Problem (if there is one), Broker, Sessions, Messages.

Example:
  crier health || mail -s "crierd needs you" admin@example.com)";

inline constexpr const char* join = "Stores an invitation, so that it is found from now on.";

inline constexpr const char* join_footer =
    R"(On the broker's machine 'crierd invite operators' prints the line; whoever holds
it may send. It is stored in ~/.config/crier, readable by you alone: an
operators' invitation for crier, a sessions' invitation for crier-agent, a
listeners' invitation for crier-agent --bell.

Exit codes: 0 stored, 4 it is no invitation or another one is stored already,
5 a file cannot be read or written.

Examples:
  crier join crier1.operators.gq…
  ssh server crierd invite operators | crier join -)";

}  // namespace crier::cli::help
