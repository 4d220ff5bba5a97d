"""Starts a program under what a unit asks for, as far as that can be had without systemd being the
first process: no capabilities, its system calls, address families and limits, no memory that is
written and run, and as root also another account and a file system that is read-only but for one
folder. What the unit does not allow ends the program (SIGSYS), where systemd would let it fail.

    subprocess.run([*wrapper(UNIT, writable=folder), "crierd", ...])
"""

import os
import pathlib
import resource
import socket
import subprocess
import sys
from mmap import PROT_EXEC, PROT_WRITE

import seccomp

ACCOUNT = 61234
"""Of the range that systemd takes dynamic users from; nobody's here."""


def wrapper(unit, writable=None, is_other_account=False):
    """The command that starts another one so. Of root's only: `writable`, the folder that may be
    written, and whether that is done by another account."""
    command = []
    if writable is not None:
        command += ["unshare", "--mount", "--propagation", "private", "sh", "-ec",
                    'mount --bind "$1" "$1"; mount -o remount,bind,ro /; shift; exec "$@"',
                    "sandbox", str(writable)]
    command += ["setpriv", "--no-new-privs"]
    if os.geteuid() == 0:
        command += ["--bounding-set=-all", "--inh-caps=-all"]
    if is_other_account:
        command += [f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--clear-groups"]
    return (*command, sys.executable, "-B", __file__, str(unit))


def settings_of(unit):
    """Every value of each setting, in its order."""
    found = {}
    for line in pathlib.Path(unit).read_text().splitlines():
        name, is_setting, value = line.partition("=")
        if is_setting and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def calls_of(name):
    """The system calls of a group, by systemd's own list; of a name, the name."""
    if not name.startswith("@"):
        return {name}
    listed = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager", name], check=True,
                            capture_output=True, text=True).stdout
    words = [line.strip() for line in listed.splitlines()[1:]]
    return set().union(*(calls_of(word) for word in words if word and not word.startswith("#")))


def allowed_calls(settings):
    calls = calls_of("@default")  # systemd adds these itself.
    for line in settings["SystemCallFilter"]:
        for name in line.removeprefix("~").split():
            calls = calls - calls_of(name) if line.startswith("~") else calls | calls_of(name)
    return calls


def load_filter(settings):
    families = settings["RestrictAddressFamilies"][0].split()
    rules = {"socket": [[seccomp.Arg(0, seccomp.EQ, int(getattr(socket, family)))]
                        for family in families]}
    if settings["MemoryDenyWriteExecute"] == ["yes"]:
        rules["mmap"] = [[seccomp.Arg(2, seccomp.MASKED_EQ, bit, 0)]
                         for bit in (PROT_EXEC, PROT_WRITE)]
        rules["mprotect"] = [[seccomp.Arg(2, seccomp.MASKED_EQ, PROT_EXEC, 0)]]
        rules["pkey_mprotect"] = rules["mprotect"]
    loaded = seccomp.SyscallFilter(seccomp.KILL_PROCESS)
    known = 0
    for name in allowed_calls(settings):
        number = seccomp.resolve_syscall(seccomp.Arch(), name)
        if number < 0:
            continue  # Of another architecture.
        known += 1
        for arguments in rules.get(name, [[]]):
            loaded.add_rule(seccomp.ALLOW, number, *arguments)
    assert known > 100, "systemd lists no system calls"
    loaded.load()


def main():
    settings = settings_of(sys.argv[1])
    os.umask(int(settings["UMask"][0], 8))
    for setting, limit in (("LimitNOFILE", resource.RLIMIT_NOFILE),
                           ("LimitCORE", resource.RLIMIT_CORE)):
        value = int(settings[setting][0])
        hard = resource.getrlimit(limit)[1]
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (most, most))
    load_filter(settings)
    os.execvp(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()
