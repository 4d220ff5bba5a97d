"""Removes what a run that was killed has left: namespaces, bridges and mounts, by their names."""

import contextlib
import os
import pathlib
import re
import signal
import subprocess

from hosts import PREFIX

FOLDER = re.compile(re.escape(f"/var/tmp/{PREFIX}") + r"(\d+)-")


def is_alive(process):
    return pathlib.Path(f"/proc/{process}").exists()


def names_in(words, pattern):
    """(name, process) of each that was made by a process which is no more."""
    try:
        listed = subprocess.run(words, capture_output=True, text=True).stdout
    except FileNotFoundError:
        return []
    found = [(match.group(0), int(match.group(1))) for match in re.finditer(pattern, listed)]
    return [one for one in found if not is_alive(one[1])]


def remove_remains():
    for space, _ in names_in(["ip", "netns", "list"], rf"{PREFIX}(\d+)-[\w-]+"):
        processes = subprocess.run(["ip", "netns", "pids", space], capture_output=True, text=True)
        for process in processes.stdout.split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(process), signal.SIGKILL)
        subprocess.run(["ip", "netns", "del", space], capture_output=True)
    bridges = ["ip", "-o", "link", "show", "type", "bridge"]
    for bridge, _ in names_in(bridges, r"\bcrf(\d+)-\d+(?=:)"):
        subprocess.run(["ip", "link", "del", bridge], capture_output=True)
    for mount in mounts_of(lambda process: not is_alive(process)):
        subprocess.run(["umount", "--lazy", mount], capture_output=True)


def mounts_of(is_wanted):
    """Mount points in folders of runs."""
    points = [line.split()[1] for line in
              pathlib.Path("/proc/self/mounts").read_text().splitlines()]
    return [point for point in points
            if (match := FOLDER.search(point)) and is_wanted(int(match.group(1)))]
