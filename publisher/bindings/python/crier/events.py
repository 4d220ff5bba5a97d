"""What a screen is told."""

from __future__ import annotations

import ctypes
import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

from . import _library as c
# With what Content's fields are of: those who ask for Message's types look for them here.
from .words import Content, EscalationStep, Severity, Style, Translation, Urgency


def remaining_time(left: timedelta) -> str:
    """"14:59", "1:14:59" or "2 d 1:14:59": in whole seconds, and "0:00" once it is over."""
    text = ctypes.create_string_buffer(c.REMAINING_TIME_SIZE)
    c.lib.crier_remaining_time(left // timedelta(milliseconds=1), text)
    return text.value.decode()


@dataclass(frozen=True)
class Connected:
    """The broker knows this session now; messages may follow."""

    session: str
    """Always the same for the same key."""
    opened: datetime
    """Since when it has been this same session."""


@dataclass(frozen=True)
class Message(Content):
    """A message to show, or a newer revision of one.

    Its content is in the language that fits the session's locale best, with the session's own
    attributes in place of placeholders; a listener gets it as it was sent, in all languages. All
    text is untrusted: keep control characters from a terminal.
    """

    id: str
    revision: int
    """From 1; a higher one replaces a lower one on the screen."""
    seq: int
    """Order of acceptance, for people; identifies nothing."""
    topic: str
    """"all", or "session/" and 32 hex digits."""
    sender: str
    """The operator's principal, vouched for by the broker."""
    sent: datetime
    off_screen_at: datetime | None
    """By the broker's clock; Removed follows then."""
    again: bool
    """An earlier run of this program may have shown it (see state_folder)."""
    late: datetime | None
    """When it was due, if it comes late."""
    is_reminder: bool
    """This revision says nothing new: it is said again."""
    text_parts: tuple[str, ...]
    """With countdown_to: the parts of the text between which the time that is left stands. One
    alone: the text does not say it."""

    def text_at(self, now: datetime) -> str:
        """The text as it is to be shown at `now`, by the broker's clock: with the time that is left
        until countdown_to."""
        if not self.text_parts:
            return self.text
        left = self.countdown_to - now if self.countdown_to else timedelta()
        return remaining_time(left).join(self.text_parts)


class RemovalCause(enum.IntEnum):
    EXPIRED = 0
    RECALLED = 1
    ACKNOWLEDGED = 2
    """By the same person, in another session."""
    CLOSED = 3
    """The question is."""


@dataclass(frozen=True)
class Removed:
    """Take it off the screen; if it waits to be shown, never show it."""

    id: str
    cause: RemovalCause


@dataclass(frozen=True)
class Escalated:
    """Nobody has acknowledged it for a while, and its sender wants it to be more urgent now. Not
    told any more once it was acknowledged, answered or removed."""

    id: str
    revision: int
    urgency: Urgency


@dataclass(frozen=True)
class TicketWanted:
    """A ticket is needed: get one for this session from the program's server, and give it by
    use_ticket(), or return it."""

    session: str
    """What the ticket has to name as cnf.kid."""


class EndedCause(enum.IntEnum):
    REPLACED = 0
    """A newer connection with the same key took over."""
    REFUSED = 1
    """The broker does not let this session in; the error says why."""
    DISMISSED = 2
    """The broker said goodbye and not to come back."""
    DROPPED = 3
    """An operator ended this session: the program is to end."""
