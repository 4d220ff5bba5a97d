/// \file
/// What `crierd --help` prints, and `--help` behind each command. By hand, to fit 80 columns; a
/// test compares its options with those that are understood.

#pragma once

#include <string_view>

namespace crier::broker {

inline constexpr std::string_view help_text =
    R"(crierd: the broker. Puts an operator's message on remote users' screens and says
what became of it on each.

USAGE
  crierd [OPTIONS]           Serve until SIGTERM or SIGINT.
  crierd [OPTIONS] COMMAND

COMMANDS
  invite WHO                 Print the line with which others come in.
  join LINE                  Make a new data folder that of a cluster's broker.
  backup FILE                Copy the journal into FILE, also while crierd runs.
  restore FILE               Make FILE the journal of a folder that has none.
  COMMAND --help             More about one of them.

OPTIONS
  --config FILE              Settings in TOML. Default: /etc/crier/crierd.toml
                             for root and for the service, else
                             ~/.config/crier/crierd.toml, if it is there.
  --data DIR                 Everything in this folder: journal, keys,
                             invitations, endpoints.json, sockets.
  --sessions ENDPOINT        Where sessions connect: tcp://ADDRESS:PORT,
                             ipc:///PATH or ipc; may be given several times.
                             Port 0: any free one.
  --operators ENDPOINT       Where operators connect, likewise.
  --bell ENDPOINT            Where plain subscribers listen, likewise.
  --cluster URL,URL          Be a broker of a cluster: its log is kept by these
                             NATS servers, nats://HOST:4222. More of that under
                             [cluster] in the settings.
  --insecure                 Without encryption and keys; for endpoints on
                             loopback and ipc only.
  --check-config             Say whether the settings are good, and the files of
                             ticket issuers that they name, and exit.
  --print-config             Print every setting as a commented file that reads
                             back, and exit.
  --version                  Print the version.
  -h, --help                 Print this.

EXAMPLES
  crierd                     With /etc/crier/crierd.toml, if it is there.
  crierd --data /tmp/try --sessions tcp://127.0.0.1:0 \
         --operators tcp://127.0.0.1:0 --bell tcp://127.0.0.1:0
                             Try it out; /tmp/try/endpoints.json has the ports.
  crierd --print-config > crierd.toml
                             Every setting with its meaning, as a file.
  crierd --check-config --config crierd.toml
                             Is that file good?

SETTINGS
  They come from the file, then from CRIER_<SECTION>_<KEY>, such as
  CRIER_LIMITS_SESSIONS=500, then from the command line; the last one wins.

EXIT STATUS
   0  it served and was stopped, or did what was asked
  64  the command line was not understood
  65  the journal or a backup is damaged; the message says what to do
  69  something is in use: a port, or the data folder by another crierd
  70  a door did not refuse what it must refuse, or an error inside crierd
  73  a file or folder cannot be made, read or written
  74  the disk failed, or the output could not be written
  78  a setting is unknown or wrong, or --insecure where others could listen
)";

inline constexpr std::string_view invite_help =
    R"(crierd invite: prints the line with which others come in. It holds a secret.

USAGE
  crierd invite WHO [--data DIR | --config FILE]

  WHO: sessions (for crier-agent), operators (for crier), or listeners (for
  crier-agent --bell). Whoever gets the line stores it with `crier join LINE`,
  on another machine too. crierd need not run, but must have served once.
  brokers: for another broker of this one's cluster, which takes it with
  `crierd join LINE`. Who has that line has all keys of the cluster.

EXAMPLES
  crierd invite sessions
  crierd invite operators --data /tmp/try
  ssh broker crierd invite sessions | crier join -
)";

inline constexpr std::string_view join_help =
    R"(crierd join: makes a new data folder that of another broker of a cluster.

USAGE
  crierd join LINE [--data DIR | --config FILE]

  LINE: what `crierd invite brokers` prints at a broker of the cluster; or a file
  that has it, or - for standard input. It holds the keys that all brokers of the
  cluster share, so that every invitation is good at each of them. The folder
  must have no keys yet. Then start crierd with the same --cluster as the others.

EXAMPLES
  ssh first crierd invite brokers | crierd join -
  crierd --cluster nats://nats-1,nats://nats-2,nats://nats-3
)";

inline constexpr std::string_view backup_help =
    R"(crierd backup: copies the journal into one new file.

USAGE
  crierd backup FILE [--data DIR | --config FILE]

  FILE must not exist. While crierd runs, it makes the copy itself, between two
  messages; nothing else may open its journal. Keys are not in the journal: keep
  a copy of DIR/keys too, else every invitation must be given out anew.

EXAMPLES
  crierd backup /backups/crier-monday
  crierd backup /backups/try --data /tmp/try
)";

inline constexpr std::string_view restore_help =
    R"(crierd restore: makes a backup the journal of a data folder that has none.

USAGE
  crierd restore FILE [--data DIR | --config FILE]

  FILE: made by `crierd backup`; it is verified and stays as it is. crierd must
  be stopped, and a journal that is there be set aside: move journal.db,
  journal.db-wal and journal.mark out of the folder and keep them.

EXAMPLES
  systemctl stop crierd
  mkdir /var/lib/crier/old && mv /var/lib/crier/journal.* /var/lib/crier/old
  crierd restore /backups/crier-monday
  systemctl start crierd
)";

}  // namespace crier::broker
