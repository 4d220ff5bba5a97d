"""Between Python's values and the library's structs. Private."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

from . import _library as c
from .errors import CLASS_OF, CrierError, ErrorCode, Remedy, fix_request
from .answers import (Admission, ClusterBroker, Gathered, Happened, Health, Identity, Outcome,
                      Progress, Schedule, SendResult, SentMessage, Session, SessionOutcome,
                      SilentBroker, What)
from .events import Connected, Escalated, Message, RemovalCause, Removed
from .words import (Attributes, EscalationStep, Presence, Severity, State, Style, Tally, Target,
                    TargetKind, Translation, Urgency, Verified)

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
        return c.Target(kind=TargetKind.MATCHING, where=utf8(where),
                        is_verified=isinstance(where, Verified))
    return c.Target(kind=TargetKind.EVERYONE)


def string_array(strings: Sequence[str]) -> Any:
    return (ctypes.c_char_p * len(strings))(*map(utf8, strings))


def row_array(rows: Sequence[ctypes.Structure], kind: type[ctypes.Structure]) -> Any:
    """An array of pointers, which keeps what they point to."""
    return (ctypes.POINTER(kind) * len(rows))(*map(ctypes.pointer, rows))


def content_struct(text: str, title: str, severity: Severity, style: Style, *, language: str = "",
                   texts: Mapping[str, str] | None = None,
                   titles: Mapping[str, str] | None = None, template: bool = False,
                   countdown_to: datetime | timedelta | None = None,
                   escalate: Iterable[tuple[timedelta, Urgency | str]] = (),
                   choices: Iterable[str] = (), private: bool = False) -> c.Content:
    """Without a `text` the first of `texts` is the message's own."""
    others, title_in = dict(texts or {}), dict(titles or {})
    for without_text in title_in.keys() - others.keys():
        raise fix_request(ErrorCode.USAGE_INVALID, f"a title in {without_text!r} has no text")
    if not text and others:
        language = next(iter(others))
        text, title = others.pop(language), title_in.get(language, title)
    translations = [c.Translation(language=utf8(one), text=utf8(said),
                                  title=utf8(title_in.get(one, "")))
                    for one, said in others.items()]
    steps = [c.EscalationStep(after_ms=duration_ms(after), urgency=urgency_of(urgency))
             for after, urgency in escalate]
    answers = lines(choices)
    return c.Content(
        text=utf8(text), title=utf8(title), severity=severity, style=style,
        language=utf8(language), translation_count=len(translations),
        translations=row_array(translations, c.Translation), is_template=template,
        countdown_to_ms=time_ms(countdown_to), escalation_count=len(steps),
        escalation=row_array(steps, c.EscalationStep), choice_count=len(answers),
        choices=string_array(answers), is_private=private)


def lines(choices: Iterable[str]) -> list[str]:
    if isinstance(choices, str):
        raise fix_request(ErrorCode.USAGE_INVALID, "choices is a list of lines, not one string")
    return list(choices)


def percent(quorum: int) -> int:
    """Else ctypes would make some other number of it."""
    if not 0 <= quorum <= 100:
        raise fix_request(ErrorCode.USAGE_INVALID, f"{quorum} is no quorum: 0 to 100 percent are")
    return quorum


def urgency_of(urgency: Urgency | str) -> Urgency:
    try:
        return Urgency[urgency.upper()] if isinstance(urgency, str) else Urgency(urgency)
    except (KeyError, ValueError):
        raise fix_request(ErrorCode.USAGE_INVALID, f"{urgency!r} is no urgency: "
                          "\"alert\" and \"sound\" are") from None


def schedule_struct(at: datetime | timedelta | None, every: timedelta | None,
                    until: datetime | timedelta | None,
                    announcements: Iterable[datetime | timedelta],
                    close_admission: datetime | timedelta | None,
                    drop: datetime | timedelta | None) -> c.Schedule:
    times = list(map(time_ms, announcements))
    return c.Schedule(
        due_ms=time_ms(at), every_ms=duration_ms(every), until_ms=time_ms(until),
        announcement_count=len(times), announcements_ms=(ctypes.c_int64 * len(times))(*times),
        close_admission_ms=time_ms(close_admission), drop_ms=time_ms(drop))


def target_parts(target: Target) -> tuple[tuple[str, ...] | None, str | None]:
    """As target_struct() takes them. What the kind does not look at is a slip."""
    if target != {TargetKind.EVERYONE: Target.everyone(),
                  TargetKind.SESSIONS: Target.of(target.sessions),
                  TargetKind.MATCHING: Target.matching(target.where)}[target.kind]:
        raise fix_request(ErrorCode.TARGET_INVALID, "a target has what belongs to its kind alone")
    return (target.sessions if target.kind == TargetKind.SESSIONS else None,
            target.where if target.kind == TargetKind.MATCHING else None)


def attributes_struct(attributes: Attributes) -> c.Attributes:
    return c.Attributes(
        persistent_id=utf8(attributes.persistent_id), user=utf8(attributes.user),
        system_user=utf8(attributes.system_user), machine=utf8(attributes.machine),
        host_type=utf8(attributes.host_type), application=utf8(attributes.application),
        type=utf8(attributes.type), locale=utf8(attributes.locale),
        group_count=len(attributes.groups), groups=string_array(attributes.groups))


def timeout_ms(seconds: float | None) -> int:
    """None: the library's default, which is zero there; a year stands for ever."""
    if seconds is None:
        return 0
    milliseconds = int(min(seconds, _YEAR_S) * 1000)
    return 1 if milliseconds == 0 else milliseconds


def duration_ms(duration: timedelta | None) -> int:
    return 0 if duration is None else duration // timedelta(milliseconds=1)


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
                    struct.is_final, struct.removed, struct.dropped, tuple(struct.answers),
                    struct.is_closed, struct.silent_brokers, struct.silent_sessions)


def send_result_of(struct: c.SendResult) -> SendResult:
    return SendResult(id_of(struct.id), struct.seq, tally_of(struct.tally), struct.is_complete,
                      struct.is_final, struct.removed, struct.dropped, tuple(struct.answers),
                      struct.is_closed, struct.silent_brokers, struct.silent_sessions,
                      optional_time(struct.stands_until_ms), struct.already, struct.dry_run,
                      struct.revision, optional_time(struct.due_ms))


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


def silent_of(struct: c.SessionList | c.MessageList | c.Outcome) -> tuple[SilentBroker, ...]:
    return tuple(SilentBroker(text_of(one.broker), one.sessions)
                 for one in rows_of(struct.silent, struct.silent_count))


def sessions_of(struct: c.SessionList) -> Gathered[Session]:
    sessions = Gathered(map(session_of, rows_of(struct.sessions, struct.count)))
    sessions.silent = silent_of(struct)
    return sessions


def content_of(struct: c.Content) -> dict[str, Any]:
    """The fields of a Content."""
    return {
        "text": text_of(struct.text), "title": text_of(struct.title),
        "severity": Severity(struct.severity), "style": Style(struct.style),
        "language": text_of(struct.language),
        "translations": tuple(
            Translation(text_of(one.language), text_of(one.text), text_of(one.title))
            for one in rows_of(struct.translations, struct.translation_count)),
        "is_template": struct.is_template,
        "countdown_to": optional_time(struct.countdown_to_ms),
        "escalation": tuple(
            EscalationStep(timedelta(milliseconds=one.after_ms), Urgency(one.urgency))
            for one in rows_of(struct.escalation, struct.escalation_count)),
        "choices": strings_of(struct.choices, struct.choice_count),
        "is_private": struct.is_private}


def schedule_of(struct: c.Schedule) -> Schedule:
    return Schedule(
        optional_time(struct.due_ms),
        timedelta(milliseconds=struct.every_ms) if struct.every_ms else None,
        optional_time(struct.until_ms),
        tuple(map(time_of, struct.announcements_ms[:struct.announcement_count])),
        optional_time(struct.close_admission_ms), optional_time(struct.drop_ms))


def target_of(struct: c.Target) -> Target:
    sessions = tuple(id_of(struct.sessions[index]) for index in range(struct.session_count))
    of_filter = Verified if struct.is_verified else str
    return Target(TargetKind(struct.kind), sessions, of_filter(text_of(struct.where)))


def sent_message_of(struct: c.SentMessage) -> SentMessage:
    content = struct.content.contents
    return SentMessage(
        **content_of(content), id=id_of(struct.id), seq=struct.seq, revision=struct.revision,
        sent=time_of(struct.sent_ms), sender=text_of(getattr(struct, "from")),
        target=target_of(struct.target.contents), expires=optional_time(struct.expires_ms),
        tally=tally_of(struct.tally), is_final=struct.is_final, is_recalled=struct.is_recalled,
        schedule=schedule_of(struct.schedule.contents), next=optional_time(struct.next_ms),
        is_waiting=struct.is_waiting, late=optional_time(struct.late_ms),
        each_session=struct.each_session, removed=struct.removed, dropped=struct.dropped,
        answers=tuple(struct.answers[:content.choice_count]), quorum=struct.quorum,
        closed=optional_time(struct.closed_ms))


def messages_of(struct: c.MessageList) -> Gathered[SentMessage]:
    messages = Gathered(map(sent_message_of, rows_of(struct.messages, struct.count)))
    messages.silent = silent_of(struct)
    return messages


def session_outcome_of(struct: c.SessionOutcome) -> SessionOutcome:
    return SessionOutcome(
        id_of(struct.session), text_of(struct.user), text_of(struct.system_user),
        text_of(struct.machine), text_of(struct.application), State(struct.state),
        time_of(struct.at_ms), text_of(struct.cause), struct.again, struct.removed,
        struct.user_verified, struct.system_user_verified, struct.dropped,
        struct.answer if struct.answer >= 0 else None, struct.digest)


def outcome_of(struct: c.Outcome) -> Outcome:
    return Outcome(sent_message_of(struct.message.contents),
                   tuple(map(session_outcome_of, rows_of(struct.sessions, struct.count))),
                   silent_of(struct))


def admission_of(struct: c.Admission) -> Admission:
    return Admission(struct.is_open, text_of(struct.message), text_of(getattr(struct, "except")),
                     optional_time(struct.since_ms), text_of(struct.by), struct.already)


def identity_of(struct: c.Identity) -> Identity:
    return Identity(text_of(struct.principal), text_of(struct.address),
                    strings_of(struct.rights, struct.right_count))


def health_of(struct: c.Health) -> Health:
    return Health(struct.is_healthy, text_of(struct.problem), text_of(struct.broker),
                  time_of(struct.started_ms), struct.seq, struct.sessions, struct.connected,
                  struct.live_messages)


def brokers_of(struct: c.Cluster) -> list[ClusterBroker]:
    return [ClusterBroker(
        id_of(one.id), text_of(one.name), text_of(one.software),
        strings_of(one.endpoints, one.endpoint_count), one.is_this, one.is_reachable,
        one.takes_entries, optional_time(one.started_ms), optional_time(one.heard_ms), one.sessions,
        one.connected, one.log_number) for one in rows_of(struct.brokers, struct.count)]


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
    return Message(
        **content_of(struct.content.contents), id=id_of(struct.id), revision=struct.revision,
        seq=struct.seq, topic=text_of(struct.topic), sender=text_of(getattr(struct, "from")),
        sent=time_of(struct.sent_ms), off_screen_at=optional_time(struct.off_screen_at_ms),
        again=struct.again, late=optional_time(struct.late_ms), is_reminder=struct.is_reminder,
        text_parts=strings_of(struct.text_parts, struct.text_part_count))


def escalated_of(struct: c.Escalated) -> Escalated:
    return Escalated(id_of(struct.id), struct.revision, Urgency(struct.urgency))


def removed_of(struct: c.Removed) -> Removed:
    return Removed(id_of(struct.id), RemovalCause(struct.cause))
