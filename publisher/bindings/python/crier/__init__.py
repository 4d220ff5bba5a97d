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
from ._receiver import Delivery
from .answers import (Admission, Asked, ClusterBroker, Gathered, Happened, Health, Identity,
                      OnScreen, Outcome, Progress, Schedule, Screens, SendResult, SentMessage,
                      Session, SessionOutcome, SilentBroker, What)
from .audit import AuditEntry, AuditFinding, AuditHead, AuditVerdict, Fault
from .errors import (CrierError, ErrorCode, FixRequestError, PageHumanError, ReconnectError, Remedy,
                     RetryLaterError)
from .events import (Connected, EndedCause, Escalated, Message, RemovalCause, Removed,
                     TicketWanted, remaining_time)
from .publisher import Publisher
from .subscriber import Listener, Report, Subscriber, session_public_key
from .watch import Watch
from .words import (Attributes, Content, EscalationStep, Presence, Severity, State, Style, Tally,
                    Target, TargetKind, Translation, Urgency, Verified)
from . import aio

__version__: str = _text_of(_lib.crier_version())

__all__ = [
    "Admission", "Asked", "Attributes", "AuditEntry", "AuditFinding", "AuditHead", "AuditVerdict",
    "ClusterBroker", "Connected", "Content", "CrierError", "Delivery", "EndedCause", "ErrorCode",
    "Escalated", "EscalationStep", "Fault", "FixRequestError", "Gathered", "Happened", "Health",
    "Identity", "Listener", "Message", "OnScreen", "Outcome", "PageHumanError", "Presence",
    "Progress", "Publisher", "ReconnectError", "Remedy", "RemovalCause", "Removed", "Report",
    "RetryLaterError", "Schedule", "Screens", "SendResult", "SentMessage", "Session",
    "SessionOutcome", "Severity", "SilentBroker", "State", "Style", "Subscriber", "Tally", "Target",
    "TargetKind", "TicketWanted", "Translation", "Urgency", "Verified", "Watch", "What",
    "aio", "remaining_time", "session_public_key",
]
