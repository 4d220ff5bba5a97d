"""What has passed and what has failed, in a file so that a run can be ended and gone on with; and
the table of it."""

import dataclasses
import json
import secrets
import statistics
import sys

from striking import Result

LEGEND = """\
outage: from the fault until each sender, one a broker, has had accepted what it sent after it
gap: the longest time between two acceptances, at any broker
well: from the fault's end until every broker, session and copy of the log is there again"""


class Progress:
    def __init__(self, file, seed):
        self.file = file
        self.results = []  # (round, fault, Result) of what has passed.
        self.failures = []  # [round, fault], one for each time.
        self.seed = seed
        if file is not None and file.exists():
            self._read()
        if self.seed is None:
            self.seed = secrets.randbelow(1_000_000)

    def _read(self):
        kept = json.loads(self.file.read_text(encoding="utf-8"))
        if self.seed not in (None, kept["seed"]):
            print(f"{self.file} is of a run with --seed {kept['seed']}", file=sys.stderr)
            sys.exit(64)
        self.seed = kept["seed"]
        self.results = [(one["round"], one["fault"], Result(**one["result"]))
                        for one in kept["passed"]]
        self.failures = kept["failed"]

    def is_done(self, number, name):
        return any((number, name) == (one[0], one[1]) for one in self.results)

    def add(self, number, name, result):
        self.results.append((number, name, result))
        self._write()

    def add_failure(self, number, name):
        self.failures.append([number, name])
        self._write()

    def _write(self):
        if self.file is None:
            return
        passed = [{"round": number, "fault": name, "result": dataclasses.asdict(result)}
                  for number, name, result in self.results]
        whole = json.dumps({"seed": self.seed, "passed": passed, "failed": self.failures}, indent=1)
        new = self.file.with_suffix(".new")
        new.write_text(whole, encoding="utf-8")
        new.replace(self.file)

    def table(self):
        """How long nothing new was accepted, for each fault: median and worst of its rounds."""
        rows = [["fault", "passed", "failed", "outage s", "worst", "gap s", "worst", "well s",
                 "worst", "accepted", "refused", "in doubt"]]
        for name in dict.fromkeys(name for _, name, _ in self.results):
            failed = sum(1 for _, one in self.failures if one == name)
            of_it = [result for _, one, result in self.results if one == name]
            seconds = [[getattr(one, field) for one in of_it]
                       for field in ("outage_s", "gap_s", "well_s")]
            rows.append([name, str(len(of_it)), str(failed),
                         *(f"{of(some):.1f}" for some in seconds
                           for of in (statistics.median, max)),
                         *(str(sum(getattr(one, field) for one in of_it))
                           for field in ("accepted", "refused", "unknown"))])
        widths = [max(map(len, column)) for column in zip(*rows)]
        lines = ["  ".join(cell.ljust(width) if place == 0 else cell.rjust(width)
                           for place, (cell, width) in enumerate(zip(row, widths)))
                 for row in rows]
        failed = [f"failed: round {number}  {name}" for number, name in self.failures]
        return "\n".join(["", *lines, *failed, "", LEGEND])
