"""What a publisher answers: what became of messages, who is there, and what happens."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

# With what Content's fields are of: those who ask for SentMessage's types look for them here.
from .words import (Attributes, Content, EscalationStep, Presence, Severity, State, Style, Tally,
                    Target, Translation)


Element = TypeVar("Element")


@dataclass(frozen=True)
class SilentBroker:
    """A broker of a cluster that did not answer in time."""

    broker: str
    """Its name, or its id where nobody knows that."""
    sessions: int
    """So many it had when it was heard last."""


class Gathered(list[Element]):
    """A list that all brokers of a cluster contribute to."""

    silent: tuple[SilentBroker, ...] = ()
    """Those that did not."""


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
    dropped: int
    """Sessions that it has ended."""
    answers: tuple[int, ...]
    """Of a question: for each choice, how many; the rest is zero."""
    is_closed: bool
    """Of a question: it takes no answers any more."""
    silent_brokers: int
    """So many brokers of the cluster did not answer when it was accepted, or asked for;
    Publisher.outcome() names them."""
    silent_sessions: int
    """So many sessions those had: the tally counts, as waiting, the ones alone that can be known to
    be targeted."""


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
    due: datetime | None
    """It has not gone out yet: it will then, to whoever is of the target at that time."""


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
class Schedule:
    """When a message goes out, and what follows from it."""

    due: datetime | None
    """Not before; None: as soon as it was accepted."""
    every: timedelta | None
    """From then on again and again; None: once."""
    until: datetime | None
    announcements: tuple[datetime, ...]
    """Instead of `due` and `every`: the times at which it goes out."""
    close_admission: datetime | None
    """From then on new sessions are refused with the message's text."""
    drop: datetime | None
    """Then the sessions that it was for are ended."""


@dataclass(frozen=True)
class SentMessage(Content):
    """A message as the broker's journal holds it."""

    id: str
    seq: int
    revision: int
    sent: datetime
    sender: str
    """The principal that sent it."""
    target: Target
    expires: datetime | None
    tally: Tally
    is_final: bool
    is_recalled: bool
    schedule: Schedule
    next: datetime | None
    """When it goes out next; None: not any more."""
    is_waiting: bool
    """It has not gone out yet."""
    late: datetime | None
    """When it was due, if it went out late."""
    each_session: bool
    """A person who acknowledges it in one session has not done so in the others."""
    removed: int
    """Sessions that have taken it off their screen."""
    dropped: int
    """Sessions that it has ended."""
    answers: tuple[int, ...]
    """Of a question: for each of `choices`, how many."""
    quorum: int
    """Of a question: it closes when so many percent of the sessions have answered; 0: by time."""
    closed: datetime | None
    """Of a question: since when it takes no answers."""


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
    dropped: bool
    """The message ended the session."""
    answer: int | None
    """Which choice of a question, from 0."""
    digest: bool
    """Displayed as one of several in a digest."""


@dataclass(frozen=True)
class Outcome:
    message: SentMessage
    sessions: tuple[SessionOutcome, ...]
    """Every targeted one, in the order of their ids;"""
    silent: tuple[SilentBroker, ...]
    """but those of these brokers of the cluster, which did not answer."""


@dataclass(frozen=True)
class Asked(SendResult):
    """What a question brought. `is_complete`: everybody has answered."""

    choices: tuple[str, ...]
    sessions: tuple[SessionOutcome, ...]
    """Every one that was asked, in the order of their ids."""

    @property
    def counts(self) -> dict[str, int]:
        """How many have chosen each of the choices, in their order."""
        return {choice: len(self.who(choice)) for choice in self.choices}

    def who(self, choice: str) -> tuple[SessionOutcome, ...]:
        """The sessions that have chosen it."""
        place = self.choices.index(choice)
        return tuple(one for one in self.sessions if one.answer == place)

    @property
    def answered(self) -> dict[str, str]:
        """For each session that has answered, by its id, what."""
        return {one.session: self.choices[one.answer] for one in self.sessions
                if one.answer is not None}


@dataclass(frozen=True)
class OnScreen(Content):
    """A message on the screen of a session, at the time that was asked about: with what it said
    then, in all its languages."""

    session: str
    user: str
    user_verified: bool
    """Else the session claims the name."""
    system_user: str
    system_user_verified: bool
    """Likewise."""
    machine: str
    application: str
    message: str
    """Its id."""
    seq: int
    revision: int
    by: str
    """Who put it there: who sent the message, or changed it to what it said."""
    said: datetime
    """When they did."""
    shown: datetime
    """Since when it was there, as the session says."""
    is_certain: bool
    """False: it was there when the broker last heard of it, and nobody knows whether it still
    was."""


@dataclass(frozen=True)
class Screens:
    """What was on screens at a time."""

    list: tuple[OnScreen, ...]
    """By session, then in the order in which they were shown."""
    known_since: datetime | None
    """Nothing is known of before: the broker's records begin then. None: there are none."""
    sessions: int
    """So many sessions match, of those that the records know. Zero: perhaps a name is misspelt."""


@dataclass(frozen=True)
class Admission:
    """Whether new sessions are let in."""

    is_open: bool
    message: str
    """Closed: what those who are refused see."""
    except_where: str
    """Closed: the filter that lets in all the same."""
    since: datetime | None
    """None: nobody ever changed it."""
    by: str
    """The operator who changed it, or whose message did."""
    already: bool
    """It was accepted by an earlier request with the same id."""


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


@dataclass(frozen=True)
class ClusterBroker:
    """One broker of a cluster, as the one that was asked knows it."""

    id: str
    name: str
    """Of its host, for people; empty where nobody knows it."""
    software: str
    """Program and version."""
    endpoints: tuple[str, ...]
    """Where sessions find it."""
    is_this: bool
    """It is the one that was asked."""
    is_reachable: bool
    takes_entries: bool
    """Operators can send at it."""
    started: datetime | None
    """None: the one that was asked has not heard it since its own start."""
    heard: datetime | None
    """The last time; None: likewise."""
    sessions: int
    """That it serves; unreachable ones included."""
    connected: int
    """Of those."""
    log_number: int
    """Of the cluster's log, up to where it has taken it in."""


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
    MESSAGE_DUE = 10
    """It goes out by its schedule."""
    SESSION_DROPPED = 11
    ADMISSION_CHANGED = 12
    QUESTION_CLOSED = 13


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
