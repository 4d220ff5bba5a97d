"""Crier: an operator's message on every remote user's screen, with proof of what became of it.

    import crier

    with crier.Publisher() as publisher:
        sent = publisher.send("The server restarts at 22:00.", wait_for=crier.State.DISPLAYED)
        print(sent.tally.reached(crier.State.DISPLAYED), "of", sent.tally.targeted, "screens")

Publisher sends and says what became of it; Subscriber and Listener show. crier.aio has the same for
asyncio. Needs the library libcrier.so.1, which the loader finds or the environment's CRIER_LIBRARY
names, and nothing else but Python 3.11.
"""

from ._convert import text_of as _text_of
from ._library import lib as _lib
from .errors import (CrierError, ErrorCode, FixRequestError, PageHumanError, ReconnectError, Remedy,
                     RetryLaterError)
from .publisher import Publisher, Watch
from .subscriber import Delivery, Listener, Report, Subscriber
from .words import (Attributes, Connected, EndedCause, Happened, Health, Identity, Message, Outcome,
                    Presence, Progress, RemovalCause, Removed, SendResult, SentMessage, Session,
                    SessionOutcome, Severity, State, Style, Tally, Target, TargetKind, What)
from . import aio

__version__: str = _text_of(_lib.crier_version())

__all__ = [
    "Attributes", "Connected", "CrierError", "Delivery", "EndedCause", "ErrorCode",
    "FixRequestError", "Happened", "Health", "Identity", "Listener", "Message", "Outcome",
    "PageHumanError", "Presence", "Progress", "Publisher", "ReconnectError", "Remedy",
    "RemovalCause", "Removed", "Report", "RetryLaterError", "SendResult", "SentMessage", "Session",
    "SessionOutcome", "Severity", "State", "Style", "Subscriber", "Tally", "Target", "TargetKind",
    "Watch", "What", "aio",
]
