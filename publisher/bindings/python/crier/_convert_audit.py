"""The broker's log and what was on screens, from C structs. Private."""

from __future__ import annotations

from . import _library as c
from ._convert import content_of, id_of, optional_id, optional_time, rows_of, text_of, time_of
from .answers import OnScreen, Screens
from .audit import AuditEntry, AuditFinding, AuditHead, AuditVerdict, Fault


def entry_of(struct: c.AuditEntry) -> AuditEntry:
    return AuditEntry(
        struct.seq, id_of(struct.id), text_of(struct.kind), optional_id(struct.about),
        time_of(struct.at_ms), text_of(struct.by), bytes(struct.chain),
        None if struct.text is None else text_of(struct.text),
        None if struct.title is None else text_of(struct.title))


def entries_of(struct: c.AuditList) -> list[AuditEntry]:
    return list(map(entry_of, rows_of(struct.entries, struct.count)))


def head_of(struct: c.AuditHead) -> AuditHead:
    return AuditHead(text_of(struct.line), struct.seq, time_of(struct.time_ms))


def verdict_of(struct: c.AuditVerdict) -> AuditVerdict:
    finding = None if struct.is_whole else AuditFinding(
        Fault(struct.fault), struct.first, struct.last, text_of(struct.detail))
    return AuditVerdict(finding, struct.entries, struct.pruned, struct.heads, struct.seq,
                        struct.is_compared)


def on_screen_of(struct: c.OnScreen) -> OnScreen:
    return OnScreen(
        **content_of(struct.content.contents), session=id_of(struct.session),
        user=text_of(struct.user), user_verified=struct.user_verified,
        system_user=text_of(struct.system_user),
        system_user_verified=struct.system_user_verified, machine=text_of(struct.machine),
        application=text_of(struct.application), message=id_of(struct.message), seq=struct.seq,
        revision=struct.revision, by=text_of(struct.by), said=time_of(struct.said_ms),
        shown=time_of(struct.shown_ms), is_certain=struct.is_certain)


def screens_of(struct: c.Screens) -> Screens:
    return Screens(tuple(map(on_screen_of, rows_of(struct.list, struct.count))),
                   optional_time(struct.known_since_ms), struct.sessions)
