"""What the publisher and the subscriber both speak of: messages, sessions, and what became of them.

Everything here is a value: it does not change, and can be shared between threads. Ids are strings
of 32 hex digits, times are aware datetimes in UTC, durations are seconds.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime


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


class TargetKind(enum.IntEnum):
    EVERYONE = 1
    SESSIONS = 2
    MATCHING = 3


@dataclass(frozen=True)
class Target:
    """To whom a message went."""

    kind: TargetKind
    sessions: tuple[str, ...] = ()
    """Of SESSIONS. Of more than 20 only the first 20 are told."""
    where: str = ""
    """Of MATCHING: the filter."""


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


# ---- What a publisher answers --------------------------------------------------------------------


@dataclass(frozen=True)
class Progress:
    """How far a message has come."""

    id: str
    seq: int
    """Its place in the broker's order; zero while not known."""
    tally: Tally
    """As last heard from the broker."""
    is_complete: bool
    """What was waited for is true of every targeted session."""
    is_final: bool
    """The broker says that nothing will change by itself any more."""
    removed: int
    """Sessions that have taken it off their screen."""


@dataclass(frozen=True)
class SendResult(Progress):
    """The broker has the message, safely on its disk (or, after a dry run, would have taken it).
    `seq` is zero after a dry run."""

    stands_until: datetime | None
    """Sessions that come until then get it too."""
    already: bool
    """It was accepted by an earlier call with this id."""
    dry_run: bool
    revision: int
    """Of the message, now."""


@dataclass(frozen=True)
class Session:
    """One session in a list."""

    id: str
    attributes: Attributes
    address: str
    """Of its connection, seen by the broker: "10.1.2.3", "ipc"."""
    state: Presence
    created: datetime
    """Since when it has been this same session."""
    unreachable_since: datetime | None
    system_user_verified: bool
    """The kernel said so; else the session claims it."""
    user_verified: bool


@dataclass(frozen=True)
class SentMessage:
    """A message as the broker's journal holds it."""

    id: str
    seq: int
    revision: int
    sent: datetime
    sender: str
    """The principal that sent it."""
    target: Target
    text: str
    title: str
    severity: Severity
    style: Style
    expires: datetime | None
    tally: Tally
    is_final: bool
    is_recalled: bool


@dataclass(frozen=True)
class SessionOutcome:
    """What became of one message at one session."""

    session: str
    user: str
    system_user: str
    machine: str
    application: str
    state: State
    at: datetime
    """Since when, by the broker's clock."""
    cause: str
    """With SUPPRESSED and FAILED: why."""
    again: bool
    """Shown a second time, after a crash of the subscriber."""
    removed: bool
    """It is no longer on the screen."""
    user_verified: bool
    system_user_verified: bool


@dataclass(frozen=True)
class Outcome:
    message: SentMessage
    sessions: tuple[SessionOutcome, ...]
    """Every targeted one, in the order of their ids."""


@dataclass(frozen=True)
class Identity:
    """Who the broker takes a publisher for."""

    principal: str
    address: str
    """Where the broker sees it come from."""
    rights: tuple[str, ...]
    """"send", "list", …"""


@dataclass(frozen=True)
class Health:
    is_healthy: bool
    problem: str
    """Empty while healthy; else what is wrong and what to do."""
    broker: str
    """Its program and version."""
    started: datetime
    seq: int
    """Of the newest entry in its journal."""
    sessions: int
    """All that are not closed."""
    connected: int
    """Those with a connection now."""
    live_messages: int


class What(enum.IntEnum):
    SESSION_OPENED = 0
    SESSION_UNREACHABLE = 1
    SESSION_RETURNED = 2
    SESSION_CLOSED = 3
    MESSAGE_ACCEPTED = 4
    RECEIPT = 5
    MESSAGE_UPDATED = 6
    MESSAGE_RECALLED = 7
    MISSED = 8
    """What happened meanwhile is not told: the connection was lost and is back, or the program was
    too slow."""
    CONNECTION_LOST = 9
    """Where a new one can be made, MISSED follows when it is there."""


@dataclass(frozen=True)
class Happened:
    """Something that happened at the broker."""

    what: What
    at: datetime
    """By the clock here with MISSED and CONNECTION_LOST."""
    session: str | None
    user: str
    machine: str
    message: str | None
    seq: int | None
    state: State | None
    """With RECEIPT."""
    detail: str
    user_verified: bool
    """Else the session claims the name."""


# ---- What a screen is told -----------------------------------------------------------------------


@dataclass(frozen=True)
class Connected:
    """The broker knows this session now; messages may follow."""

    session: str
    """Always the same for the same key."""
    opened: datetime
    """Since when it has been this same session."""


@dataclass(frozen=True)
class Message:
    """A message to show, or a newer revision of one."""

    id: str
    revision: int
    """From 1; a higher one replaces a lower one on the screen."""
    seq: int
    """Order of acceptance, for people; identifies nothing."""
    topic: str
    """"all", or "session/" and 32 hex digits."""
    text: str
    """Untrusted: keep control characters from a terminal."""
    title: str
    severity: Severity
    style: Style
    sender: str
    """The operator's principal, vouched for by the broker."""
    sent: datetime
    off_screen_at: datetime | None
    """By the broker's clock; Removed follows then."""
    again: bool
    """An earlier run of this program may have shown it (see state_folder)."""


class RemovalCause(enum.IntEnum):
    EXPIRED = 0
    RECALLED = 1


@dataclass(frozen=True)
class Removed:
    """Take it off the screen; if it waits to be shown, never show it."""

    id: str
    cause: RemovalCause


class EndedCause(enum.IntEnum):
    REPLACED = 0
    """A newer connection with the same key took over."""
    REFUSED = 1
    """The broker does not let this session in; the error says why."""
    DISMISSED = 2
    """The broker said goodbye and not to come back."""
