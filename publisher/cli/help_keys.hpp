/// \file
/// What --help says of `crier keys`.

#pragma once

namespace crier::cli::help {

inline constexpr const char* keys = "Says who may come in by key, and what they may do.";

inline constexpr const char* keys_footer =
    R"(Operators and listeners come in by a key that is registered, with a name and
rights; so can sessions, as the user of their key. A change counts within a
second on every broker of the cluster, and is an entry of its log: crier audit
--what keys. Who is in with a key that is revoked, has expired, or may less than
before, is cut. Your own key needs the right keys.

Rights: send, drop, drain, admission, list, watch, audit, cluster, keys (and so
any other), listen (to the bell), session (come in as one of --user's). With
severity:info or severity:warning messages are of that severity at most. A key
without rights may nothing.

In place of send, send:own lets messages reach the sessions of --user alone, and
"send:where FILTER" those that a filter matches; of a session only what the
broker has verified counts there. Such a key cannot send to everybody, and
changes and recalls only what it has sent.

Examples:
  crier keys list
  crier keys new bob.crier --name bob --rights send,list,severity:warning
  crier keys new berlin.crier --name berlin --rights list \
      --rights "send:where address=10.1.0.0/16"
  crier keys revoke bob)";

inline constexpr const char* keys_list = "Lists the keys that are registered.";

inline constexpr const char* keys_list_footer =
    R"(KEY is how the public key begins. BY and SINCE say who registered it so and
when; those that count from the broker's start have neither.

In a pipe each key is a line of tab-separated fields: name, key, rights (with
commas), user, expires, since, by, note. With --json it is a list of objects.

Examples:
  crier keys list
  crier keys list --json | jq -r '.[] | select(.expires) | .name')";

inline constexpr const char* keys_new = "Makes a key, and an invitation that holds it.";

inline constexpr const char* keys_new_footer =
    R"(The invitation's line is written to FILE, for your eyes only. Whoever has it is
who --name says: give it to them on a safe way, for `crier join FILE`. The
endpoints in it are those of your own invitation.

Without --name and --rights the key is not registered yet; its public part is
printed, for `crier keys add`.

Examples:
  crier keys new bob.crier --name bob --rights send,list
  crier keys new desk.crier --name "Front desk" --rights send --rights list \
      --note "tablet at the door" --expires 90d)";

inline constexpr const char* keys_add = "Registers a public key.";

inline constexpr const char* keys_add_footer =
    R"(KEY is what `crier keys new FILE` printed where the key was made, or
`crier-agent key --key FILE` for a session's. With --replace
the rights and all else that is given here take the place of what was said of
it.

Examples:
  crier keys add XyHbIzXGzrG7IFiCHkFcnCJpzuJp6tDeBlDRYMFVOHg --name bob \
      --rights send
  crier keys add XyHbIzXGzrG7IFiCHkFcnCJpzuJp6tDeBlDRYMFVOHg --name bob \
      --rights send,list --replace
  crier keys add ZuJp6tDeBlDRYMFVOHgXyHbIzXGzrG7IFiCHkFcnCJp --name desk-7 \
      --rights session --user vanessa)";

inline constexpr const char* keys_revoke = "Lets keys count no more.";

inline constexpr const char* keys_revoke_footer =
    R"(Each is a name, or a key or how it begins, as `crier keys list` shows them. All
of them are revoked, or none. Whoever is in with one is cut.

So are sessions that came in by a ticket that is revoked; --tickets-of revokes
those that were issued until now, and new ones count after a minute. Where users
can get a new ticket, their program's server has to be told first.

Examples:
  crier keys revoke bob
  crier keys revoke XyHbIzXG "Front desk"
  crier keys revoke --tickets-of vanessa)";

inline constexpr const char* keys_rotate = "Puts a new key in the place of one.";

inline constexpr const char* keys_rotate_footer =
    R"(The new key has the name, the rights and all else of the old one. Its invitation
is written to FILE, as by `crier keys new`, and has to take the place of the old
one: crier join says where that is stored. With --overlap the old key counts so
long still, and then no more.

Examples:
  crier keys rotate bob bob-2027.crier --overlap 7d
  crier keys rotate operator operators.crier)";

inline constexpr const char* keys_export = "Writes each key to a file of its own, for people.";

inline constexpr const char* keys_export_footer =
    R"(The files are TOML, with public keys only: they may be kept under version
control, edited, and read again by `crier keys import`. All are written, or
none.

Examples:
  crier keys export keys-of-prod)";

inline constexpr const char* keys_import = "Registers the keys of a folder's files.";

inline constexpr const char* keys_import_footer =
    R"(A file holds:

  key = "XyHbIzXGzrG7IFiCHkFcnCJpzuJp6tDeBlDRYMFVOHg"
  name = "bob"
  rights = ["send", "list", "severity:warning"]
  note = "on call"                          # may be left out, as
  user = "bob"                              # this
  expires = "2027-01-31T18:00:00+01:00"     # and this

What the files say takes the place of what was said of those keys; others stay
as they are, unless --exact revokes them. All of it is done, or nothing: a file
that cannot be read is named.

Examples:
  crier keys import keys-of-prod
  crier keys import keys-of-prod --exact)";

}  // namespace crier::cli::help
