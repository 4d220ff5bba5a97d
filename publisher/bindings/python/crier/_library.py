"""libcrier.so.1 as ctypes sees it: the structs, constants and functions of crier/crier.h.

Private. A test compares every struct with the C compiler's layout, and every function with the
header, so a slip here is found before it is run.

A class is named as its struct: SendOptions is crier_send_options.
"""

from __future__ import annotations

import ctypes
import os
from ctypes import (CFUNCTYPE, POINTER, c_bool, c_char, c_char_p, c_int, c_int32, c_int64, c_size_t,
                    c_uint8, c_uint32, c_uint64, c_void_p)
from typing import Any

ID_TEXT_SIZE = 33
TALLY_SLOTS = 16
ANSWER_SLOTS = 16
REMAINING_TIME_SIZE = 64
KEY_TEXT_SIZE = 44

GO_ON = 0
END = 1
DELIVERY_BY_DISPATCH = 1


class Id(ctypes.Structure):
    _fields_ = [("bytes", c_uint8 * 16)]


class Tally(ctypes.Structure):
    _fields_ = [("counts", c_uint32 * TALLY_SLOTS)]


class Sized(ctypes.Structure):
    """A struct that begins with its size, which is set here."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(size=ctypes.sizeof(self), **fields)


class Error(Sized):
    _fields_ = [("size", c_size_t), ("code", c_int32), ("remedy", c_int32), ("name", c_char_p),
                ("detail", c_char_p), ("text", c_char_p), ("message", Id), ("position", c_int64),
                ("unknown_count", c_size_t), ("unknown", POINTER(Id))]


class Translation(Sized):
    _fields_ = [("size", c_size_t), ("language", c_char_p), ("text", c_char_p),
                ("title", c_char_p)]


class EscalationStep(Sized):
    _fields_ = [("size", c_size_t), ("after_ms", c_int64), ("urgency", c_int32)]


class Content(Sized):
    _fields_ = [("size", c_size_t), ("text", c_char_p), ("title", c_char_p), ("severity", c_int32),
                ("style", c_int32), ("language", c_char_p), ("translation_count", c_size_t),
                ("translations", POINTER(POINTER(Translation))), ("is_template", c_bool),
                ("countdown_to_ms", c_int64), ("escalation_count", c_size_t),
                ("escalation", POINTER(POINTER(EscalationStep))), ("choice_count", c_size_t),
                ("choices", POINTER(c_char_p)), ("is_private", c_bool)]


class Target(Sized):
    _fields_ = [("size", c_size_t), ("kind", c_int32), ("session_count", c_size_t),
                ("sessions", POINTER(Id)), ("where", c_char_p), ("is_verified", c_bool)]


class Attributes(Sized):
    _fields_ = [("size", c_size_t), ("persistent_id", c_char_p), ("user", c_char_p),
                ("system_user", c_char_p), ("machine", c_char_p), ("host_type", c_char_p),
                ("application", c_char_p), ("type", c_char_p), ("locale", c_char_p),
                ("group_count", c_size_t), ("groups", POINTER(c_char_p))]


# ---- Publisher -----------------------------------------------------------------------------------


class PublisherOptions(Sized):
    _fields_ = [("size", c_size_t), ("invitation", c_char_p), ("client", c_char_p),
                ("connect_timeout_ms", c_int64)]


class SilentBroker(Sized):
    _fields_ = [("size", c_size_t), ("broker", c_char_p), ("sessions", c_uint32)]


class Progress(Sized):
    _fields_ = [("size", c_size_t), ("id", Id), ("seq", c_uint64), ("tally", Tally),
                ("is_complete", c_bool), ("is_final", c_bool), ("removed", c_uint32),
                ("dropped", c_uint32), ("answers", c_uint32 * ANSWER_SLOTS),
                ("is_closed", c_bool), ("silent_brokers", c_uint32),
                ("silent_sessions", c_uint32)]


OnProgress = CFUNCTYPE(c_int32, POINTER(Progress), c_void_p)


class Schedule(Sized):
    _fields_ = [("size", c_size_t), ("due_ms", c_int64), ("every_ms", c_int64),
                ("until_ms", c_int64), ("announcement_count", c_size_t),
                ("announcements_ms", POINTER(c_int64)), ("close_admission_ms", c_int64),
                ("drop_ms", c_int64)]


class SendOptions(Sized):
    _fields_ = [("size", c_size_t), ("id", Id), ("expires_ms", c_int64), ("dry_run", c_bool),
                ("wait_for", c_int32), ("timeout_ms", c_int64), ("on_progress", OnProgress),
                ("context", c_void_p), ("schedule", POINTER(Schedule)), ("quorum", c_uint32),
                ("each_session", c_bool), ("wait_for_drop", c_bool)]


class SendResult(Sized):
    _fields_ = [("size", c_size_t), ("id", Id), ("seq", c_uint64), ("tally", Tally),
                ("stands_until_ms", c_int64), ("already", c_bool), ("dry_run", c_bool),
                ("is_complete", c_bool), ("is_final", c_bool), ("revision", c_uint32),
                ("removed", c_uint32), ("dropped", c_uint32),
                ("answers", c_uint32 * ANSWER_SLOTS), ("due_ms", c_int64), ("is_closed", c_bool),
                ("silent_brokers", c_uint32), ("silent_sessions", c_uint32)]


class MessageUpdate(Sized):
    _fields_ = [("size", c_size_t), ("text", c_char_p), ("title", c_char_p),
                ("has_severity", c_bool), ("severity", c_int32), ("has_style", c_bool),
                ("style", c_int32), ("expires_ms", c_int64), ("ask_again", c_bool),
                ("due_ms", c_int64), ("shift_ms", c_int64)]


class ChangeOptions(Sized):
    _fields_ = [("size", c_size_t), ("id", Id), ("wait_for", c_int32), ("timeout_ms", c_int64),
                ("on_progress", OnProgress), ("context", c_void_p)]


class WaitOptions(Sized):
    _fields_ = [("size", c_size_t), ("timeout_ms", c_int64), ("on_progress", OnProgress),
                ("context", c_void_p)]


_SILENT: list[Any] = [("silent_count", c_size_t), ("silent", POINTER(POINTER(SilentBroker)))]


class Session(Sized):
    _fields_ = [("size", c_size_t), ("id", Id), ("attributes", POINTER(Attributes)),
                ("address", c_char_p), ("state", c_int32), ("created_ms", c_int64),
                ("unreachable_since_ms", c_int64), ("system_user_verified", c_bool),
                ("user_verified", c_bool)]


class SessionList(Sized):
    _fields_ = [("size", c_size_t), ("count", c_size_t), ("sessions", POINTER(POINTER(Session))),
                *_SILENT]


class SentMessage(Sized):
    _fields_ = [("size", c_size_t), ("id", Id), ("seq", c_uint64), ("revision", c_uint32),
                ("sent_ms", c_int64), ("from", c_char_p), ("target", POINTER(Target)),
                ("content", POINTER(Content)), ("expires_ms", c_int64), ("tally", Tally),
                ("is_final", c_bool), ("is_recalled", c_bool), ("is_waiting", c_bool),
                ("each_session", c_bool), ("quorum", c_uint32), ("removed", c_uint32),
                ("dropped", c_uint32), ("answers", c_uint32 * ANSWER_SLOTS),
                ("schedule", POINTER(Schedule)), ("next_ms", c_int64), ("late_ms", c_int64),
                ("closed_ms", c_int64)]


class MessageList(Sized):
    _fields_ = [("size", c_size_t), ("count", c_size_t),
                ("messages", POINTER(POINTER(SentMessage))), *_SILENT]


class SessionOutcome(Sized):
    _fields_ = [("size", c_size_t), ("session", Id), ("user", c_char_p), ("system_user", c_char_p),
                ("machine", c_char_p), ("application", c_char_p), ("state", c_int32),
                ("at_ms", c_int64), ("cause", c_char_p), ("again", c_bool), ("removed", c_bool),
                ("user_verified", c_bool), ("system_user_verified", c_bool), ("dropped", c_bool),
                ("answer", c_int32), ("digest", c_bool)]


class Outcome(Sized):
    _fields_ = [("size", c_size_t), ("message", POINTER(SentMessage)), ("count", c_size_t),
                ("sessions", POINTER(POINTER(SessionOutcome))), *_SILENT]


class Admission(Sized):
    _fields_ = [("size", c_size_t), ("is_open", c_bool), ("message", c_char_p),
                ("except", c_char_p), ("since_ms", c_int64), ("by", c_char_p), ("already", c_bool)]


class Identity(Sized):
    _fields_ = [("size", c_size_t), ("principal", c_char_p), ("address", c_char_p),
                ("right_count", c_size_t), ("rights", POINTER(c_char_p))]


class Health(Sized):
    _fields_ = [("size", c_size_t), ("is_healthy", c_bool), ("problem", c_char_p),
                ("broker", c_char_p), ("started_ms", c_int64), ("seq", c_uint64),
                ("sessions", c_uint32), ("connected", c_uint32), ("live_messages", c_uint32)]


class ClusterBroker(Sized):
    _fields_ = [("size", c_size_t), ("id", Id), ("name", c_char_p), ("software", c_char_p),
                ("endpoint_count", c_size_t), ("endpoints", POINTER(c_char_p)),
                ("is_this", c_bool), ("is_reachable", c_bool), ("takes_entries", c_bool),
                ("started_ms", c_int64), ("heard_ms", c_int64), ("sessions", c_uint32),
                ("connected", c_uint32), ("log_number", c_uint64)]


class Cluster(Sized):
    _fields_ = [("size", c_size_t), ("count", c_size_t),
                ("brokers", POINTER(POINTER(ClusterBroker)))]


class Happened(Sized):
    _fields_ = [("size", c_size_t), ("what", c_int32), ("at_ms", c_int64), ("session", Id),
                ("user", c_char_p), ("machine", c_char_p), ("message", Id), ("seq", c_uint64),
                ("state", c_int32), ("detail", c_char_p), ("user_verified", c_bool)]


OnHappened = CFUNCTYPE(c_int32, POINTER(Happened), c_void_p)


# ---- Subscriber and listener ---------------------------------------------------------------------


class Connected(Sized):
    _fields_ = [("size", c_size_t), ("session", Id), ("opened_ms", c_int64)]


class Disconnected(Sized):
    _fields_ = [("size", c_size_t), ("error", POINTER(Error)), ("will_return", c_bool)]


class Incoming(Sized):
    _fields_ = [("size", c_size_t), ("id", Id), ("revision", c_uint32), ("seq", c_uint64),
                ("topic", c_char_p), ("content", POINTER(Content)), ("from", c_char_p),
                ("sent_ms", c_int64), ("off_screen_at_ms", c_int64), ("again", c_bool),
                ("is_reminder", c_bool), ("late_ms", c_int64), ("text_part_count", c_size_t),
                ("text_parts", POINTER(c_char_p))]


class Removed(Sized):
    _fields_ = [("size", c_size_t), ("id", Id), ("cause", c_int32)]


class Escalated(Sized):
    _fields_ = [("size", c_size_t), ("id", Id), ("revision", c_uint32), ("urgency", c_int32)]


class TicketWanted(Sized):
    _fields_ = [("size", c_size_t), ("session", Id)]


class Ended(Sized):
    _fields_ = [("size", c_size_t), ("cause", c_int32), ("error", POINTER(Error))]


OnNothing = CFUNCTYPE(None, c_void_p)
OnConnected = CFUNCTYPE(None, POINTER(Connected), c_void_p)
OnDisconnected = CFUNCTYPE(None, POINTER(Disconnected), c_void_p)
OnIncoming = CFUNCTYPE(None, POINTER(Incoming), c_void_p)
OnRemoved = CFUNCTYPE(None, POINTER(Removed), c_void_p)
OnError = CFUNCTYPE(None, POINTER(Error), c_void_p)
OnEnded = CFUNCTYPE(None, POINTER(Ended), c_void_p)
OnEscalated = CFUNCTYPE(None, POINTER(Escalated), c_void_p)
OnTicketWanted = CFUNCTYPE(None, POINTER(TicketWanted), c_void_p)


class SubscriberHandler(Sized):
    _fields_ = [("size", c_size_t), ("context", c_void_p), ("on_connected", OnConnected),
                ("on_disconnected", OnDisconnected), ("on_message", OnIncoming),
                ("on_changed", OnIncoming), ("on_removed", OnRemoved), ("on_problem", OnError),
                ("on_ended", OnEnded), ("on_escalated", OnEscalated),
                ("on_ticket_wanted", OnTicketWanted)]


class SubscriberOptions(Sized):
    _fields_ = [("size", c_size_t), ("invitation", c_char_p), ("key_file", c_char_p),
                ("state_folder", c_char_p), ("attributes", POINTER(Attributes)),
                ("presence", c_int32), ("report", c_int32), ("delivery", c_int32),
                ("stop_timeout_ms", c_int64)]


class ListenerHandler(Sized):
    _fields_ = [("size", c_size_t), ("context", c_void_p), ("on_connected", OnNothing),
                ("on_disconnected", OnError), ("on_message", OnIncoming),
                ("on_changed", OnIncoming), ("on_removed", OnRemoved)]


class ListenerOptions(Sized):
    _fields_ = [("size", c_size_t), ("invitation", c_char_p), ("ignore_all", c_bool),
                ("session_count", c_size_t), ("sessions", POINTER(Id)),
                ("hear_every_session", c_bool), ("delivery", c_int32)]


# ---- The log -------------------------------------------------------------------------------------


class AuditEntry(Sized):
    _fields_ = [("size", c_size_t), ("seq", c_uint64), ("id", Id), ("kind", c_char_p),
                ("about", Id), ("at_ms", c_int64), ("by", c_char_p), ("chain", c_uint8 * 32),
                ("text", c_char_p), ("title", c_char_p)]


class AuditList(Sized):
    _fields_ = [("size", c_size_t), ("count", c_size_t),
                ("entries", POINTER(POINTER(AuditEntry)))]


class AuditFilter(Sized):
    _fields_ = [("size", c_size_t), ("since_ms", c_int64), ("by", c_char_p), ("kind", c_char_p),
                ("about", Id), ("before", c_uint64)]


class AuditHead(Sized):
    _fields_ = [("size", c_size_t), ("line", c_char_p), ("seq", c_uint64), ("time_ms", c_int64)]


class AuditVerdict(Sized):
    _fields_ = [("size", c_size_t), ("is_whole", c_bool), ("is_compared", c_bool),
                ("entries", c_uint64), ("pruned", c_uint64), ("heads", c_uint64),
                ("seq", c_uint64), ("fault", c_int32), ("first", c_uint64), ("last", c_uint64),
                ("detail", c_char_p)]


class OnScreen(Sized):
    _fields_ = [("size", c_size_t), ("session", Id), ("user", c_char_p), ("user_verified", c_bool),
                ("system_user", c_char_p), ("system_user_verified", c_bool),
                ("machine", c_char_p), ("application", c_char_p), ("message", Id),
                ("seq", c_uint64), ("revision", c_uint32), ("by", c_char_p), ("said_ms", c_int64),
                ("content", POINTER(Content)), ("shown_ms", c_int64), ("is_certain", c_bool)]


class Screens(Sized):
    _fields_ = [("size", c_size_t), ("count", c_size_t), ("list", POINTER(POINTER(OnScreen))),
                ("known_since_ms", c_int64), ("sessions", c_size_t)]


# ---- Functions -----------------------------------------------------------------------------------

_ERROR = POINTER(POINTER(Error))
_REPORT = [c_void_p, POINTER(Id), c_uint32]
_ADMISSION = POINTER(POINTER(Admission))

# Each with what it returns and what it takes.
FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "crier_version": (c_char_p, []),
    "crier_error_free": (None, [POINTER(Error)]),
    "crier_code_name": (c_char_p, [c_int32]),
    "crier_code_remedy": (c_int32, [c_int32]),
    "crier_remedy_name": (c_char_p, [c_int32]),
    "crier_id_format": (None, [POINTER(Id), c_char * ID_TEXT_SIZE]),
    "crier_id_parse": (c_int32, [c_char_p, POINTER(Id), _ERROR]),
    "crier_severity_name": (c_char_p, [c_int32]),
    "crier_style_name": (c_char_p, [c_int32]),
    "crier_state_name": (c_char_p, [c_int32]),
    "crier_urgency_name": (c_char_p, [c_int32]),
    "crier_tally_targeted": (c_uint32, [POINTER(Tally)]),
    "crier_tally_reached": (c_uint32, [POINTER(Tally), c_int32]),
    "crier_tally_lost": (c_uint32, [POINTER(Tally)]),
    "crier_presence_name": (c_char_p, [c_int32]),
    "crier_publisher_connect": (c_int32, [POINTER(PublisherOptions), POINTER(c_void_p), _ERROR]),
    "crier_publisher_stop": (None, [c_void_p]),
    "crier_publisher_free": (None, [c_void_p]),
    "crier_publisher_send": (c_int32, [c_void_p, POINTER(Content), POINTER(Target),
                                       POINTER(SendOptions), POINTER(SendResult), _ERROR]),
    "crier_publisher_update": (c_int32, [c_void_p, POINTER(Id), POINTER(MessageUpdate),
                                         POINTER(ChangeOptions), POINTER(SendResult), _ERROR]),
    "crier_publisher_recall": (c_int32, [c_void_p, POINTER(Id), POINTER(ChangeOptions),
                                         POINTER(SendResult), _ERROR]),
    "crier_publisher_close_question": (c_int32, [c_void_p, POINTER(Id), POINTER(ChangeOptions),
                                                 POINTER(SendResult), _ERROR]),
    "crier_publisher_wait": (c_int32, [c_void_p, POINTER(Id), c_int32, POINTER(WaitOptions),
                                       POINTER(Progress), _ERROR]),
    "crier_publisher_sessions": (c_int32, [c_void_p, POINTER(Target), c_int64,
                                           POINTER(POINTER(SessionList)), _ERROR]),
    "crier_session_list_free": (None, [POINTER(SessionList)]),
    "crier_publisher_messages": (c_int32, [c_void_p, c_size_t, c_uint64, c_int64,
                                           POINTER(POINTER(MessageList)), _ERROR]),
    "crier_message_list_free": (None, [POINTER(MessageList)]),
    "crier_publisher_scheduled": (c_int32, [c_void_p, c_int64, POINTER(POINTER(MessageList)),
                                            _ERROR]),
    "crier_publisher_outcome": (c_int32, [c_void_p, POINTER(Id), c_int64,
                                          POINTER(POINTER(Outcome)), _ERROR]),
    "crier_outcome_free": (None, [POINTER(Outcome)]),
    "crier_publisher_open_admission": (c_int32, [c_void_p, c_int64, _ADMISSION, _ERROR]),
    "crier_publisher_close_admission": (c_int32, [c_void_p, c_char_p, c_char_p, c_int64, _ADMISSION,
                                                  _ERROR]),
    "crier_publisher_admission": (c_int32, [c_void_p, c_int64, _ADMISSION, _ERROR]),
    "crier_admission_free": (None, [POINTER(Admission)]),
    "crier_publisher_whoami": (c_int32, [c_void_p, c_int64, POINTER(POINTER(Identity)), _ERROR]),
    "crier_identity_free": (None, [POINTER(Identity)]),
    "crier_publisher_health": (c_int32, [c_void_p, c_int64, POINTER(POINTER(Health)), _ERROR]),
    "crier_health_free": (None, [POINTER(Health)]),
    "crier_publisher_cluster": (c_int32, [c_void_p, c_int64, POINTER(POINTER(Cluster)), _ERROR]),
    "crier_cluster_free": (None, [POINTER(Cluster)]),
    "crier_publisher_entries": (c_int32, [c_void_p, c_size_t, POINTER(AuditFilter), c_int64,
                                          POINTER(POINTER(AuditList)), _ERROR]),
    "crier_audit_list_free": (None, [POINTER(AuditList)]),
    "crier_publisher_audit_head": (c_int32, [c_void_p, c_int64, POINTER(POINTER(AuditHead)),
                                             _ERROR]),
    "crier_audit_head_free": (None, [POINTER(AuditHead)]),
    "crier_publisher_audit_verify": (c_int32, [c_void_p, c_char_p, c_int64,
                                               POINTER(POINTER(AuditVerdict)), _ERROR]),
    "crier_audit_verdict_free": (None, [POINTER(AuditVerdict)]),
    "crier_publisher_screens": (c_int32, [c_void_p, c_char_p, c_int64, c_int64,
                                          POINTER(POINTER(Screens)), _ERROR]),
    "crier_screens_free": (None, [POINTER(Screens)]),
    "crier_what_name": (c_char_p, [c_int32]),
    "crier_publisher_watch": (c_int32, [c_void_p, OnHappened, c_void_p, _ERROR]),
    "crier_text_at": (c_size_t, [POINTER(Incoming), c_int64, c_char_p, c_size_t]),
    "crier_remaining_time": (None, [c_int64, c_char * REMAINING_TIME_SIZE]),
    "crier_session_public_key": (c_int32, [c_char_p, c_char * KEY_TEXT_SIZE, _ERROR]),
    "crier_subscriber_start": (c_int32, [POINTER(SubscriberOptions), POINTER(SubscriberHandler),
                                         POINTER(c_void_p), _ERROR]),
    "crier_subscriber_stop": (None, [c_void_p]),
    "crier_subscriber_free": (None, [c_void_p]),
    "crier_subscriber_session": (c_int32, [c_void_p, POINTER(Id), _ERROR]),
    "crier_subscriber_displayed": (c_int32, [*_REPORT, _ERROR]),
    "crier_subscriber_displayed_with_note": (c_int32, [*_REPORT, c_char_p, _ERROR]),
    "crier_subscriber_displayed_in_digest": (c_int32, [*_REPORT, _ERROR]),
    "crier_subscriber_suppressed": (c_int32, [*_REPORT, c_char_p, _ERROR]),
    "crier_subscriber_acknowledged": (c_int32, [*_REPORT, _ERROR]),
    "crier_subscriber_answered": (c_int32, [*_REPORT, c_uint32, _ERROR]),
    "crier_subscriber_failed": (c_int32, [*_REPORT, c_char_p, _ERROR]),
    "crier_subscriber_removed": (c_int32, [*_REPORT, _ERROR]),
    "crier_subscriber_removed_with_cause": (c_int32, [*_REPORT, c_char_p, _ERROR]),
    "crier_subscriber_use_ticket": (c_int32, [c_void_p, c_char_p, _ERROR]),
    "crier_subscriber_set_presence": (c_int32, [c_void_p, c_int32, _ERROR]),
    "crier_subscriber_broker_time_ms": (c_int64, [c_void_p]),
    "crier_subscriber_descriptor": (c_int, [c_void_p]),
    "crier_subscriber_dispatch": (c_size_t, [c_void_p]),
    "crier_listener_start": (c_int32, [POINTER(ListenerOptions), POINTER(ListenerHandler),
                                       POINTER(c_void_p), _ERROR]),
    "crier_listener_stop": (None, [c_void_p]),
    "crier_listener_free": (None, [c_void_p]),
    "crier_listener_descriptor": (c_int, [c_void_p]),
    "crier_listener_dispatch": (c_size_t, [c_void_p]),
}


def _load() -> ctypes.CDLL:
    """The one that the loader finds, or the file that CRIER_LIBRARY names."""
    library = ctypes.CDLL(os.environ.get("CRIER_LIBRARY") or "libcrier.so.1")
    for name, (result, arguments) in FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


lib = _load()
