"""The broker's log, from C structs. Private."""

from __future__ import annotations

from . import _library as c
from ._convert import id_of, optional_id, rows_of, text_of, time_of
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
