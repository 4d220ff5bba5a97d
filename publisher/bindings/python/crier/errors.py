"""What can go wrong, and what to do about it.

    try:
        publisher.send("Restart at 22:00.", where="user=Vanessa")
    except crier.RetryLaterError:
        ...  # Nothing was done, or sending again with error.message as the id is safe.
    except crier.CrierError as error:
        log.error("%s", error)

Catch by remedy, which is the class; print the error, which names its code.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence


class Remedy(enum.IntEnum):
    """What the caller should do next."""

    FIX_REQUEST = 1
    """The same request will fail again. Do not retry."""
    RETRY_LATER = 2
    """Nothing was done, or the same id makes asking again safe. Back off, retry."""
    RECONNECT = 3
    """State on the other side is gone. Connect anew, then resend."""
    PAGE_HUMAN = 4
    """Who says so cannot go on safely. Wake someone."""


class ErrorCode(enum.IntEnum):
    """What went wrong (PROTOCOL.md, "Error codes")."""

    MALFORMED_FRAME = 4000
    VERSION_UNSUPPORTED = 4001
    TEXT_INVALID = 4002
    TARGET_INVALID = 4003
    FILTER_INVALID = 4004
    REQUEST_ID_REUSED = 4005
    TIME_INVALID = 4006
    ATTRIBUTE_INVALID = 4007
    USAGE_INVALID = 4008
    CONFIGURATION_INVALID = 4010
    INVITATION_INVALID = 4011
    FILE_UNUSABLE = 4012
    NOT_AUTHORIZED = 4030
    NOT_ADMITTED = 4031
    SERVER_KEY_WRONG = 4032
    REPLACED = 4033
    DROPPED = 4034
    MISBEHAVED = 4035
    TICKET_INVALID = 4036
    SESSION_KEY_WRONG = 4037
    SESSION_UNKNOWN = 4040
    MESSAGE_UNKNOWN = 4041
    HOST_UNKNOWN = 4042
    ANSWER_UNKNOWN = 4043
    IN_USE = 4090
    MESSAGE_OVER = 4091
    DRAIN_OVERLAPS = 4092
    LIMIT_EXCEEDED = 4130
    RATE_EXCEEDED = 4290
    OVERLOADED = 5030
    STOPPING = 5031
    ADMISSION_CLOSED = 5032
    STORAGE_FAILED = 5070
    JOURNAL_DAMAGED = 5071
    SELF_TEST_FAILED = 5072
    BROKER_UNREACHABLE = 6040
    OUTCOME_UNKNOWN = 6041
    TIMED_OUT = 6042
    BACKBONE_UNREACHABLE = 6043
    OUT_OF_MEMORY = 7000
    INTERNAL = 7001


class CrierError(Exception):
    """A failure that comes from outside the program, or from a request that cannot be met.

    str() is a sentence for people that says what to do, with the code; it is never to be parsed.
    """

    code: int
    """An ErrorCode, or a number that only a newer release has a name for."""
    remedy: Remedy
    detail: str
    """The sentence without the code."""
    message: str | None
    """Of send(): the message's id. With OUTCOME_UNKNOWN sending again with it is safe."""
    position: int | None
    """With FILTER_INVALID: where in the filter, in bytes of its UTF-8."""
    unknown: tuple[str, ...]
    """With SESSION_UNKNOWN: which sessions."""

    def __init__(self, code: int, remedy: Remedy, detail: str, text: str = "", *,
                 message: str | None = None, position: int | None = None,
                 unknown: Sequence[str] = ()) -> None:
        super().__init__(text or detail)
        self.code = ErrorCode(code) if code in ErrorCode._value2member_map_ else code
        self.remedy = remedy
        self.detail = detail
        self.message = message
        self.position = position
        self.unknown = tuple(unknown)


class FixRequestError(CrierError):
    """The same request will fail again."""


class RetryLaterError(CrierError):
    """Nothing was done, or the same id makes asking again safe."""


class ReconnectError(CrierError):
    """This object is of no use any more: make a new one, then ask again."""


class PageHumanError(CrierError):
    """The other side, or this library, cannot go on safely without a person."""


CLASS_OF: dict[Remedy, type[CrierError]] = {
    Remedy.FIX_REQUEST: FixRequestError,
    Remedy.RETRY_LATER: RetryLaterError,
    Remedy.RECONNECT: ReconnectError,
    Remedy.PAGE_HUMAN: PageHumanError,
}


def fix_request(code: ErrorCode, detail: str) -> FixRequestError:
    """An error that this package finds by itself."""
    return FixRequestError(code, Remedy.FIX_REQUEST, detail,
                           f"{detail} ({code.name.lower()}, {int(code)})")
