"""Between Python's values and the library's structs. Private."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

from . import _library as c
from .errors import CLASS_OF, CrierError, ErrorCode, Remedy, fix_request
from .words import (Attributes, Connected, Happened, Health, Identity, Message, Outcome, Presence,
                    Progress, RemovalCause, Removed, SendResult, SentMessage, Session,
                    SessionOutcome, Severity, State, Style, Tally, Target, TargetKind, What)

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_YEAR_S = 366 * 24 * 3600

Row = TypeVar("Row")

# ---- To the library ------------------------------------------------------------------------------


def utf8(text: str) -> bytes:
    """Raises FixRequestError for what no message, filter or name may hold."""
    try:
        encoded = text.encode()
    except UnicodeEncodeError as error:
        raise fix_request(ErrorCode.TEXT_INVALID, f"a text is no UTF-8: {error.reason}") from None
    if b"\0" in encoded:  # Where the library would take it for the end.
        raise fix_request(ErrorCode.TEXT_INVALID, "a text has NUL inside")
    return encoded


def path(name: str | os.PathLike[str] | None) -> bytes:
    encoded = os.fsencode(name) if name is not None else b""
    if b"\0" in encoded:
        raise fix_request(ErrorCode.FILE_UNUSABLE, "a path has NUL inside")
    return encoded


def id_struct(text: str) -> c.Id:
    """Raises FixRequestError for what are no 32 hex digits."""
    parsed = c.Id()
    call(c.lib.crier_id_parse, utf8(text), ctypes.byref(parsed))
    return parsed


def id_array(ids: Iterable[str]) -> tuple[int, Any]:
    structs = [id_struct(one) for one in ids]
    return len(structs), (c.Id * len(structs))(*structs)


def target_struct(sessions: Iterable[str] | None, where: str | None) -> c.Target:
    """An empty list of sessions is no broadcast: the library refuses it."""
    if isinstance(sessions, str):
        raise fix_request(ErrorCode.USAGE_INVALID, "sessions is a list of ids, not one string")
    if sessions is not None and where is not None:
        raise fix_request(ErrorCode.TARGET_INVALID, "sessions or where, not both")
    if sessions is not None:
        count, ids = id_array(sessions)
        return c.Target(kind=TargetKind.SESSIONS, session_count=count, sessions=ids)
    if where is not None:
        return c.Target(kind=TargetKind.MATCHING, where=utf8(where))
    return c.Target(kind=TargetKind.EVERYONE)


def attributes_struct(attributes: Attributes) -> c.Attributes:
    groups = (ctypes.c_char_p * len(attributes.groups))(*map(utf8, attributes.groups))
    return c.Attributes(
        persistent_id=utf8(attributes.persistent_id), user=utf8(attributes.user),
        system_user=utf8(attributes.system_user), machine=utf8(attributes.machine),
        host_type=utf8(attributes.host_type), application=utf8(attributes.application),
        type=utf8(attributes.type), locale=utf8(attributes.locale),
        group_count=len(attributes.groups), groups=groups)


def timeout_ms(seconds: float | None) -> int:
    """None: the library's default, which is zero there; a year stands for ever."""
    if seconds is None:
        return 0
    milliseconds = int(min(seconds, _YEAR_S) * 1000)
    return 1 if milliseconds == 0 else milliseconds


def time_ms(moment: datetime | timedelta | None) -> int:
    """A timedelta counts from now, by the clock here."""
    if moment is None:
        return 0
    if isinstance(moment, timedelta):
        moment = datetime.now(timezone.utc) + moment
    if moment.tzinfo is None:
        raise fix_request(ErrorCode.TIME_INVALID, "a time without a zone could be any time")
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def call(function: Any, *arguments: Any) -> None:
    """Calls what returns a code and takes an error last. Raises CrierError."""
    error = ctypes.POINTER(c.Error)()
    code = function(*arguments, ctypes.byref(error))
    if code == 0:
        return
    try:
        raise error_of(error.contents)
    finally:
        c.lib.crier_error_free(error)


# ---- From the library ----------------------------------------------------------------------------


def text_of(text: bytes | None) -> str:
    return (text or b"").decode(errors="replace")


def id_of(struct: c.Id) -> str:
    return bytes(struct.bytes).hex()


def optional_id(struct: c.Id) -> str | None:
    return id_of(struct) if any(struct.bytes) else None


def time_of(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)


def optional_time(ms: int) -> datetime | None:
    return time_of(ms) if ms else None


def rows_of(rows: Any, count: int) -> Iterator[Any]:
    return (rows[index].contents for index in range(count))


def strings_of(strings: Any, count: int) -> tuple[str, ...]:
    return tuple(text_of(strings[index]) for index in range(count))


def error_of(struct: c.Error) -> CrierError:
    remedy = Remedy(struct.remedy)
    return CLASS_OF[remedy](
        struct.code, remedy, text_of(struct.detail), text_of(struct.text),
        message=optional_id(struct.message),
        position=struct.position if struct.position >= 0 else None,
        unknown=[id_of(struct.unknown[index]) for index in range(struct.unknown_count)])


def tally_of(struct: c.Tally) -> Tally:
    return Tally(tuple(struct.counts))


def progress_of(struct: c.Progress) -> Progress:
    return Progress(id_of(struct.id), struct.seq, tally_of(struct.tally), struct.is_complete,
                    struct.is_final, struct.removed)


def send_result_of(struct: c.SendResult) -> SendResult:
    return SendResult(id_of(struct.id), struct.seq, tally_of(struct.tally), struct.is_complete,
                      struct.is_final, struct.removed, optional_time(struct.stands_until_ms),
                      struct.already, struct.dry_run, struct.revision)


def attributes_of(struct: c.Attributes) -> Attributes:
    return Attributes(
        text_of(struct.persistent_id), text_of(struct.user), text_of(struct.system_user),
        text_of(struct.machine), text_of(struct.host_type), text_of(struct.application),
        text_of(struct.type), text_of(struct.locale),
        strings_of(struct.groups, struct.group_count))


def session_of(struct: c.Session) -> Session:
    return Session(id_of(struct.id), attributes_of(struct.attributes.contents),
                   text_of(struct.address), Presence(struct.state), time_of(struct.created_ms),
                   optional_time(struct.unreachable_since_ms), struct.system_user_verified,
                   struct.user_verified)


def target_of(struct: c.Target) -> Target:
    sessions = tuple(id_of(struct.sessions[index]) for index in range(struct.session_count))
    return Target(TargetKind(struct.kind), sessions, text_of(struct.where))


def sent_message_of(struct: c.SentMessage) -> SentMessage:
    content = struct.content.contents
    return SentMessage(
        id_of(struct.id), struct.seq, struct.revision, time_of(struct.sent_ms),
        text_of(getattr(struct, "from")), target_of(struct.target.contents), text_of(content.text),
        text_of(content.title), Severity(content.severity), Style(content.style),
        optional_time(struct.expires_ms), tally_of(struct.tally), struct.is_final,
        struct.is_recalled)


def session_outcome_of(struct: c.SessionOutcome) -> SessionOutcome:
    return SessionOutcome(
        id_of(struct.session), text_of(struct.user), text_of(struct.system_user),
        text_of(struct.machine), text_of(struct.application), State(struct.state),
        time_of(struct.at_ms), text_of(struct.cause), struct.again, struct.removed,
        struct.user_verified, struct.system_user_verified)


def outcome_of(struct: c.Outcome) -> Outcome:
    return Outcome(sent_message_of(struct.message.contents),
                   tuple(map(session_outcome_of, rows_of(struct.sessions, struct.count))))


def identity_of(struct: c.Identity) -> Identity:
    return Identity(text_of(struct.principal), text_of(struct.address),
                    strings_of(struct.rights, struct.right_count))


def health_of(struct: c.Health) -> Health:
    return Health(struct.is_healthy, text_of(struct.problem), text_of(struct.broker),
                  time_of(struct.started_ms), struct.seq, struct.sessions, struct.connected,
                  struct.live_messages)


def happened_of(struct: c.Happened) -> Happened:
    what = What(struct.what)
    return Happened(
        what, time_of(struct.at_ms), optional_id(struct.session), text_of(struct.user),
        text_of(struct.machine), optional_id(struct.message), struct.seq or None,
        State(struct.state) if what == What.RECEIPT else None, text_of(struct.detail),
        struct.user_verified)


def connected_of(struct: c.Connected) -> Connected:
    return Connected(id_of(struct.session), time_of(struct.opened_ms))


def message_of(struct: c.Incoming) -> Message:
    content = struct.content.contents
    return Message(
        id_of(struct.id), struct.revision, struct.seq, text_of(struct.topic),
        text_of(content.text), text_of(content.title), Severity(content.severity),
        Style(content.style), text_of(getattr(struct, "from")), time_of(struct.sent_ms),
        optional_time(struct.off_screen_at_ms), struct.again)


def removed_of(struct: c.Removed) -> Removed:
    return Removed(id_of(struct.id), RemovalCause(struct.cause))
