"""What the publisher and the subscriber both speak of: messages, sessions, and their states.

Everything here, in answers and in events is a value: it does not change, and can be shared between
threads. Ids are strings of 32 hex digits, times are aware datetimes in UTC.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple


class Severity(enum.IntEnum):
    INFO = 0
    WARNING = 1
    CRITICAL = 2


class Style(enum.IntEnum):
    """How a screen shows it: a notification may fade by itself, an alert stays until answered."""

    NOTIFICATION = 0
    ALERT = 1


class State(enum.IntEnum):
    """What became of one message at one session (PROTOCOL.md, "States")."""

    WAITING = 0
    DELIVERED = 1
    SUPPRESSED = 2
    DISPLAYED = 3
    ACKNOWLEDGED = 4
    ANSWERED = 5
    FAILED = 6
    EXPIRED_UNSEEN = 7
    RECALLED_UNSEEN = 8
    GONE_UNSEEN = 9


class Urgency(enum.IntEnum):
    """What a message becomes when nobody has acknowledged it for a while."""

    ALERT = 1
    """It is an alert now, whatever its style."""
    SOUND = 2
    """An alert that calls by a sound, again and again."""


@dataclass(frozen=True)
class Translation:
    """A message in another language."""

    language: str
    """BCP 47: "fr", "pt-BR"."""
    text: str
    title: str = ""
    """Empty: the message's own."""


class EscalationStep(NamedTuple):
    after: timedelta
    """Since it was displayed at that session."""
    urgency: Urgency


@dataclass(frozen=True)
class Content:
    """What is shown."""

    text: str
    title: str
    severity: Severity
    style: Style
    language: str
    """Of text and title; empty: not said."""
    translations: tuple[Translation, ...]
    is_template: bool
    """{user} and the like in texts and titles stand for the session's own attributes."""
    countdown_to: datetime | None
    """What the screen counts down to, by the broker's clock."""
    escalation: tuple[EscalationStep, ...]
    choices: tuple[str, ...]
    """Of a question: what can be answered."""
    is_private: bool
    """Sealed for one session: whoever lists it has "(private)" for a text."""


class Presence(enum.IntEnum):
    ACTIVE = 0
    LOCKED = 1
    UNREACHABLE = 2


@dataclass(frozen=True)
class Tally:
    """A message's receipts, counted. ``tally[State.DISPLAYED]`` is how many are at that state."""

    counts: tuple[int, ...]
    """By State; the rest is zero, for later states."""

    def __getitem__(self, state: State) -> int:
        return self.counts[state]

    @property
    def targeted(self) -> int:
        """All of them."""
        return sum(self.counts)

    def reached(self, state: State) -> int:
        """How many are at `state` or further on the way from WAITING to ANSWERED."""
        return sum(self.counts[state:State.ANSWERED + 1])

    @property
    def lost(self) -> int:
        """How many can no longer come to be displayed: failed, expired, recalled, gone."""
        return sum(self.counts[State.FAILED:])


class Verified(str):
    """A filter that is matched by what the broker has verified of a session, not by what it claims
    to be; wherever a filter says whom a message is for.

        publisher.send("Salut", where=crier.Verified("user=vanessa"))
    """


class TargetKind(enum.IntEnum):
    EVERYONE = 1
    SESSIONS = 2
    MATCHING = 3


@dataclass(frozen=True)
class Target:
    """To whom a message goes, or went.

        crier.Target.everyone()
        crier.Target.of([session])
        crier.Target.matching("machine=ws-17*")
    """

    kind: TargetKind
    sessions: tuple[str, ...] = ()
    """Of SESSIONS. Of more than 20 only the first 20 are told."""
    where: str = ""
    """Of MATCHING: the filter (PROTOCOL.md, "Filters")."""

    @classmethod
    def everyone(cls) -> Target:
        return cls(TargetKind.EVERYONE)

    @classmethod
    def of(cls, sessions: Iterable[str]) -> Target:
        """These sessions, by their ids. None is no broadcast, but an error."""
        return cls(TargetKind.SESSIONS, tuple(sessions))

    @classmethod
    def matching(cls, where: str) -> Target:
        """Those that the filter matches."""
        return cls(TargetKind.MATCHING, where=where)


@dataclass(frozen=True)
class Attributes:
    """What a session says of itself. Each is at most 256 bytes of UTF-8 without control characters;
    empty: not said."""

    persistent_id: str = ""
    """The same over sign-ins of one user on one machine."""
    user: str = ""
    """The user's name in the program."""
    system_user: str = ""
    """The account on the operating system."""
    machine: str = ""
    host_type: str = ""
    """"linux", "windows", …"""
    application: str = ""
    type: str = ""
    """"agent", "embedded" or "listener"."""
    locale: str = ""
    """BCP 47 or POSIX form: "fr-FR", "fr_FR.UTF-8"."""
    groups: tuple[str, ...] = ()
    """At most 32."""
