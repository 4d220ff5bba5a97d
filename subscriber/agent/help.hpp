/// \file
/// What `crier-agent --help` prints, but for the exit codes, which have a table of their own. By
/// hand, to fit 80 columns; a test compares its options with those that are understood.

#pragma once

#include <string_view>

namespace crier::agent {

inline constexpr std::string_view help_text =
    R"(crier-agent: shows the operators' messages in this session, and tells them what
became of each.

USAGE
  crier-agent [OPTIONS]
  crier-agent doctor [OPTIONS]
  crier-agent key --key FILE
  crier-agent status

  Runs until Ctrl-C or SIGTERM. While the broker is away it keeps trying, and
  then shows what was missed.

COMMANDS
  doctor                   Show a test message on each screen, and say which of
                           them will work here, which will not, and why. With
                           --command and --log on these screens, too.
  key                      Print the public part of the key in FILE, which is
                           made if it is not there: for an operator's
                           `crier keys add`.
  status                   Say which agents of this user run, and how they are.

OPTIONS
  --invitation LINE|FILE|- How to find the broker and be let in: the line, a
                           file that holds it, or - for standard input.
  --screen window|desktop|terminal|json|command|log
                           Where to show messages, see SCREENS; else, or with
                           auto, what fits where the agent runs.
  --command PROGRAM        The program of the screen command.
  --command-timeout S      How long it may take for a message, in seconds; else
                           30.
  --log FILE               The file of the screen log; else the journal.
  --user U                 The user's name in the program; else the system user.
  --system-user U          The account on this system.
  --machine M              This machine; else the host name.
  --application A          The program that this session stands for; else
                           crier-agent.
  --type T                 The type of session; else agent.
  --locale L               The language, say fr_FR; else the environment's.
  --group G                A group of the user's, instead of the system's. May
                           be given several times.
  --key FILE               Keep the session's key here, and be the same session
                           every time.
  --state DIR              Keep here what must survive a crash; else FILE.state
                           with --key FILE.
  --ticket-command PROGRAM Come in by tickets. PROGRAM gets one for the session
                           $CRIER_SESSION, and writes it, a line, to its
                           standard output, within 30 s; again before one
                           expires.
  --bell                   Only listen to the bell, invited as a listener:
                           show messages to all, and report nothing to anyone.
  --hear ID|every          With --bell, show messages to this session too, or to
                           every session. May be given several times.
  --version                Print the version.
  -h, --help               Print this.

EXAMPLES
  crier-agent                         The broker of this machine, or the one
                                      that `crier join LINE` has stored.
  crier-agent --invitation broker.txt Another broker, for this run.
  ssh broker crierd invite sessions | crier-agent --invitation -
  crier-agent --user vanessa --group accounting
                                      Found by crier send --where user=vanessa
  crier-agent key --key ~/.crier-key  To be registered by an operator:
                                      crier keys add KEY --name vanessa-desk \
                                      --rights session --user vanessa
  crier-agent --screen desktop:terminal,log --log ~/messages.log
                                      Also a record of them.
  crier-agent --screen command --command ./show.sh
  crier-agent doctor                  What works here?
  crier-agent --screen json | jq -r 'select(.event == "message").text'
  crier-agent --screen json | jq 'select(.event == "message") | .choices[]?'
                                      What questions can be answered.
  crier-agent --bell --hear every     A display in the control room.

SCREENS
  window                   A window for alerts and questions, above all others.
  desktop                  Notifications of the desktop.
  terminal                 The terminal. In tmux, while another program has all
                           of it, the status line of tmux.
  json                     JSON on standard output, a line an event.
  command                  A program of yours: each message as JSON on its
                           standard input, and in variables CRIER_TEXT and so
                           on. Exit status 0: displayed, 75: suppressed; or it
                           writes {"state":"displayed"}, {"acknowledge":true},
                           {"answer":1}, a line each.
  log                      The systemd journal, or a file.
  With a comma between them each shows the message; with a colon the first that
  can. In a graphical session: window:desktop:terminal, with log for terminal if
  there is none.

ALERTS, QUESTIONS
  An alert stays open until it is acknowledged: Enter or a acknowledges the
  oldest one, a digit the one of that number, r shows again what is open.
  While a question is open, a digit chooses its answer, 1 the first choice, and
  another digit changes it, until the question closes. n goes to the next one of
  several questions. What nobody acknowledges may become an alert, or ring the
  bell every 10 s, as its sender wishes. More than 5 notifications at once, as
  after an absence, are shown as one list.

JSON
  With --screen json, each event is a line of output; its key "event" is one of
  message, changed, escalated, removed, connected, disconnected, acknowledged,
  answered, error, ended. A line of input acknowledges, answers, or says that a
  message is no longer on the screen. Choices count from 1:
    acknowledge ID                    {"acknowledge":"ID"}
    answer ID N                       {"answer":"ID","choice":N}
    remove ID                         {"remove":"ID"}

FILES
  ~/.config/crier/sessions.invitation Stored by `crier join LINE`.
  /run/crier/sessions.invitation      The broker of this machine; also in
                                      $XDG_RUNTIME_DIR/crier.
  listeners.invitation                The same for --bell, beside each of them.
  $XDG_RUNTIME_DIR/crier/1/           This session's key and state; 2/ for the
                                      second agent of the same user, and so on.
                                      Without XDG_RUNTIME_DIR and /run/user/UID:
                                      /tmp/crier-UID/crier/1/.
  $XDG_RUNTIME_DIR/crier/agents/      What `crier-agent status` reads.
  ~/.local/state/crier/persistent-id.HOST
                                      By which operators know this user's
                                      sessions on this machine again.

ENVIRONMENT
  CRIER_INVITATION                    As --invitation.
  DISPLAY, WAYLAND_DISPLAY, DBUS_SESSION_BUS_ADDRESS
                                      Where the desktop is.
  LC_ALL, LC_MESSAGES, LANG           The language: French, or else English.
  NO_COLOR                            No colours. TERM=dumb: no boxes either.

EXIT STATUS
)";

}  // namespace crier::agent
