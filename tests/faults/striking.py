"""One fault, from its preparation to the proof."""

import dataclasses
import random
import time

from load import ACCEPTED, UNKNOWN
from proof import prove, wait_until_all_are_well
from waiting import Failed, PATIENCE_S

BEFORE = 4
"""So many messages of each sender are accepted before the fault,"""
AFTER = 2
"""so many when all are well again,"""
DURING = 3
"""and so many while it lasts, if it lets them."""
ELECTION_S = 45
"""More than two elections take. Who takes nothing for so long has no leader, or a bug."""


@dataclasses.dataclass
class Result:
    struck: str
    outage_s: float
    gap_s: float
    well_s: float
    took_s: float
    accepted: int
    refused: int
    unknown: int
    note: str

    def line(self):
        words = (f"passed in {self.took_s:.0f} s ({self.struck}): new sends after "
                 f"{self.outage_s:.1f} s, all well after {self.well_s:.1f} s, {self.accepted} "
                 f"accepted, {self.refused} refused, {self.unknown} in doubt")
        return f"{words}; {self.note}" if self.note else words


def strike(world, fault, seed):
    """Raises waiting.Failed, or returns the Result."""
    start = time.monotonic()
    load = world.load
    steps = fault(world, random.Random(seed))
    struck = next(steps)
    load.start(fault.__name__, seed)
    try:
        accept_or_fail(world, BEFORE, start, "before the fault")
        begin = time.monotonic()
        seconds = next(steps)
        notes = [let_it_last(world, begin, seconds), end_of(steps)]
        end = time.monotonic()
        wait_until_all_are_well(world)
        well = time.monotonic()
        accept_or_fail(world, AFTER, well, "after the fault")
    finally:
        steps.close()
        load.end()
    notes += [prove(world, load.sends), world.nats.what_they_regret(begin)]
    return Result(
        struck, load.outage(begin), load.longest_gap(begin), well - end, time.monotonic() - start,
        len(load.answered(ACCEPTED)),
        len(load.sends) - len(load.answered(ACCEPTED)) - len(load.answered(UNKNOWN)),
        len(load.answered(UNKNOWN)), "; ".join(one for one in notes if one))


def end_of(steps):
    """Ends the fault; returns what it notes."""
    try:
        next(steps)
    except StopIteration as ended:
        return ended.value or ""
    raise AssertionError("a fault has two stops")


def accept_or_fail(world, count, since, when):
    if not world.load.wait_for_accepted(count, since, PATIENCE_S):
        raise Failed(f"{when} not each sender had {count} messages accepted within {PATIENCE_S} s: "
                     f"{world.load.told_since(since)}")


def let_it_last(world, begin, seconds):
    """Returns why it ended early, if it did."""
    note = ""
    if not world.load.wait_for_accepted(DURING, begin, max(seconds, ELECTION_S)):
        ailing = world.nats.what_ails_them(begin)
        if not ailing:
            raise Failed(f"in {time.monotonic() - begin:.0f} s of it not each sender had {DURING} "
                         f"messages accepted, and NATS says nothing of itself: "
                         f"{world.load.told_since(begin)}")
        note = f"ended after {ELECTION_S} s, for NATS says: {ailing}"
    world.load.is_ending.wait(max(0, begin + seconds - time.monotonic()))
    return note
