"""The broker's log: what operators did, and proof that nobody has changed that since."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class AuditEntry:
    """Something that an operator did."""

    seq: int
    id: str
    """Of the request; of a message its own."""
    kind: str
    """"message", "update", "recall"; others may come."""
    about: str | None
    """Of a change: the message that it changes."""
    at: datetime
    """When the broker took it in."""
    by: str
    """Who asked."""
    chain: bytes
    """Over this entry and all before it."""
    text: str | None
    title: str | None


@dataclass(frozen=True)
class AuditHead:
    """Says what the log was, as of one entry: kept elsewhere, it proves later that nothing up to
    there was changed."""

    line: str
    """All of it, to be kept."""
    seq: int
    """0: of an empty log."""
    time: datetime
    """When it was signed."""


class Fault(enum.IntEnum):
    """What is wrong with a log."""

    EDITED = 0
    MISSING = 1
    INSERTED = 2
    REWRITTEN = 3
    CUT_OFF = 4
    HEAD_WRONG = 5


@dataclass(frozen=True)
class AuditFinding:
    """The first thing that is wrong with a log."""

    fault: Fault
    first: int
    """The seq of the entry, or of the first of those entries."""
    last: int
    detail: str


@dataclass(frozen=True)
class AuditVerdict:
    """What a check of the whole log has found."""

    finding: AuditFinding | None
    """None: the log is whole."""
    entries: int
    """Checked."""
    pruned: int
    """Older ones, by the broker."""
    heads: int
    """Checked."""
    seq: int
    """Of the last entry that was checked."""
    is_compared: bool
    """False: the head that was given is of an entry that was pruned."""
