"""The command line of the suite: which faults in which order, what is done already, the table."""

import argparse
import pathlib
import random
import secrets
import shutil
import signal
import sys
import tempfile
import textwrap
import traceback
import os

from faults import FAULTS
from hosts import PREFIX
from progress import Progress
from remains import mounts_of, remove_remains
from striking import strike
from world import World

EXAMPLES = """
examples:
  tests/faults/run                        every fault once, in an order by chance
  tests/faults/run --rounds 5 --state /var/tmp/faults.json
                                          five times; started again it goes on where it was
  tests/faults/run --only broker_killed   this one
  tests/faults/run --seed 7 --round 3 --only server_apart
                                          exactly that one of a run with --seed 7

It needs nats-server, iproute2 and util-linux (deploy/prepare test), built programs (CRIER_BIN, else
build/release), and root for the faults that cut networks and fill disks: without, it says which it
leaves out.

exit status: 0 everything passed, or was left out; 1 something did not; 64 the command line is
malformed
"""


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(64, f"{message}\n")


def read_command_line():
    faults = "\n".join(f"  {name:29}{function.__doc__.split(chr(10))[0]}"
                       for name, (function, _) in FAULTS.items())
    parser = Parser(
        prog="tests/faults/run", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Tortures a cluster of real brokers over real NATS servers, each on a host of "
                    "its own, and\nproves after each fault that nothing accepted was lost and "
                    "nothing was displayed twice.",
        epilog=f"faults:\n{faults}\n{EXAMPLES}")
    parser.add_argument("--rounds", type=int, default=1, metavar="N",
                        help="so many times each fault (default: 1)")
    parser.add_argument("--seed", type=int, metavar="N",
                        help="what decides the order, and who is struck (default: by chance)")
    parser.add_argument("--round", type=int, metavar="N", help="only that round")
    parser.add_argument("--only", action="append", choices=FAULTS, metavar="FAULT",
                        help="only that fault; may be given again")
    parser.add_argument("--state", type=pathlib.Path, metavar="FILE",
                        help="remember there what has passed, and go on from there")
    parser.add_argument("--keep-going", action="store_true",
                        help="after a failure go on with the next fault, in a new world")
    parser.add_argument("--loopback", action="store_true",
                        help="no namespaces, even where there can be some")
    parser.add_argument("--stay", action="store_true",
                        help="after a failure leave everything running, to look at, until Ctrl-C")
    return parser.parse_args()


class Suite:
    """A run of the suite."""

    def __init__(self, options):
        self.options = options
        self.progress = Progress(options.state, options.seed)
        self.world = None
        self.folders = []  # Of worlds in which something failed.

    def run(self):
        print(f"seed {self.progress.seed}; to go on or again: --seed {self.progress.seed}")
        failed = 0
        for number, name in self.plan():
            if not self.has_passed(number, name):
                failed += 1
                if not self.options.keep_going:
                    break
        return 1 if failed else 0

    def plan(self):
        rounds = [self.options.round] if self.options.round else range(1, self.options.rounds + 1)
        for number in rounds:
            names = list(FAULTS)
            random.Random(f"{self.progress.seed}/{number}").shuffle(names)
            for name in names:
                if self.options.only and name not in self.options.only:
                    continue
                if not self.progress.is_done(number, name):
                    yield number, name

    def has_passed(self, number, name):
        """Runs the fault, in the world that there is, or in a new one."""
        function, needs = FAULTS[name]
        try:
            self.enter_world()
            if needs in self.world.lacks:
                print(f"round {number}  {name}: left out, for {self.world.lacks[needs]}")
                return True
            print(f"round {number}  {name} … ", end="", flush=True)
            result = strike(self.world, function, f"{self.progress.seed}/{number}/{name}")
        except Exception as error:  # Whatever it is, the logs are kept, and the way back is said.
            self.progress.add_failure(number, name)
            self.tell_failure(number, name, error)
            return False
        self.progress.add(number, name, result)
        print(result.line())
        return True

    def enter_world(self):
        if self.world is None:
            folder = tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir="/var/tmp")
            self.world = World(folder, self.options.loopback).__enter__()

    def tell_failure(self, number, name, error):
        print("FAILED")
        print(textwrap.indent("".join(traceback.format_exception(error)), "  "))
        folder = self.world.folder if self.world else None
        if self.options.stay:
            print(f"  it all runs in {folder}; Ctrl-C ends it", flush=True)
            signal.pause()
        self.leave_world(keep=True)
        print(f"  the logs are in {folder}\n  again: tests/faults/run --seed {self.progress.seed} "
              f"--round {number} --only {name}")

    def leave_world(self, keep):
        if self.world is None:
            return
        world, self.world = self.world, None
        world.close()
        if not keep:
            shutil.rmtree(world.folder, ignore_errors=True)

    def end(self):
        self.leave_world(keep=False)
        for mount in mounts_of(lambda process: process == os.getpid()):
            print(f"still mounted: {mount}")
        print(self.progress.table())


def end_by_signal(*_):
    raise KeyboardInterrupt


def main():
    options = read_command_line()
    if options.seed is None and options.state is None:
        options.seed = secrets.randbelow(1_000_000)
    signal.signal(signal.SIGTERM, end_by_signal)
    remove_remains()
    suite = Suite(options)
    try:
        return suite.run()
    except KeyboardInterrupt:
        print("\nended by hand")
        return 1
    finally:
        suite.end()
