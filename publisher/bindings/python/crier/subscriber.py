"""For programs that show messages: a session of its own, or a plain listener of the bell."""

from __future__ import annotations

import ctypes
import enum
import os
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from . import _convert as convert
from . import _library as c
from ._calls import Handle
from ._receiver import Delivery, Receiver
from .errors import CrierError, ErrorCode, fix_request
from .events import Connected, EndedCause, Escalated, Message, Removed, TicketWanted
from .words import Attributes, Presence


class Report(enum.IntEnum):
    """Who says that a message was displayed."""

    AUTOMATIC = 0
    """Returning from on_message or on_changed does, unless it reported otherwise; raising there
    reports that the message failed."""
    MANUAL = 1
    """The program says what became of each message."""


def session_public_key(key_file: str | os.PathLike[str]) -> str:
    """The public part of the key in that file, in 43 characters; it is made if it is missing. For
    `crier keys add KEY --rights session --user USER`, after which a Subscriber with this key_file
    comes in as that user. Errors: FixRequestError (FILE_UNUSABLE; USAGE_INVALID: no file)."""
    text = ctypes.create_string_buffer(c.KEY_TEXT_SIZE)
    convert.call(c.lib.crier_session_public_key, convert.path(key_file), text)
    return text.value.decode()


def _message(pointer: Any) -> tuple[Message]:
    return (convert.message_of(pointer.contents),)


def _removed(pointer: Any) -> tuple[Removed]:
    return (convert.removed_of(pointer.contents),)


def _escalated(pointer: Any) -> tuple[Escalated]:
    return (convert.escalated_of(pointer.contents),)


def _ticket_wanted(pointer: Any) -> tuple[TicketWanted]:
    return (TicketWanted(convert.id_of(pointer.contents.session)),)


def _error(pointer: Any) -> tuple[CrierError]:
    return (convert.error_of(pointer.contents),)


def _connected(pointer: Any) -> tuple[Connected]:
    return (convert.connected_of(pointer.contents),)


def _disconnected(pointer: Any) -> tuple[CrierError, bool]:
    return (convert.error_of(pointer.contents.error.contents), pointer.contents.will_return)


def _ended(pointer: Any) -> tuple[EndedCause, CrierError]:
    return (EndedCause(pointer.contents.cause), convert.error_of(pointer.contents.error.contents))


class Subscriber(Receiver):
    """One session: connects, shows, reports, and comes back by itself after every outage.

        with crier.Subscriber("sessions.invitation", on_message=lambda message: show(message.text),
                              attributes=crier.Attributes(user="Vanessa")):
            run_the_program()

    A revision of a message is handed over once in one run, however often the connection ends.

    Threads: any thread may call any method. Callbacks never overlap, and may call every method.
    One that takes long holds up later events, not the connection. One that raises is logged (by the
    logger "crier").
    """

    _stop = c.lib.crier_subscriber_stop
    _dispatch = c.lib.crier_subscriber_dispatch

    def __init__(self, invitation: str | os.PathLike[str], *,
                 on_message: Callable[[Message], object],
                 on_changed: Callable[[Message], object] | None = None,
                 on_removed: Callable[[Removed], object] | None = None,
                 on_connected: Callable[[Connected], object] | None = None,
                 on_disconnected: Callable[[CrierError, bool], object] | None = None,
                 on_problem: Callable[[CrierError], object] | None = None,
                 on_ended: Callable[[EndedCause, CrierError], object] | None = None,
                 on_escalated: Callable[[Escalated], object] | None = None,
                 on_ticket_wanted: Callable[[TicketWanted], str | None] | None = None,
                 key_file: str | os.PathLike[str] | None = None,
                 state_folder: str | os.PathLike[str] | None = None,
                 attributes: Attributes = Attributes(), presence: Presence = Presence.ACTIVE,
                 report: Report = Report.AUTOMATIC, delivery: Delivery = Delivery.OWN_THREAD,
                 stop_timeout: float = 1.0) -> None:
        """Returns at once: connecting goes on in the background, and its outcome is an event. A
        callback may run before this has returned; with Delivery.BY_DISPATCH none does.

        `invitation`: the sessions' invitation, its line ("crier1.sessions.…") or the path of a file
        that holds it.

        `on_message`: show it. `on_changed`: replace one that the program has by a newer revision;
        without it on_message is called. `on_removed`: take it off the screen. `on_disconnected`:
        why, and whether it goes on trying; told once per outage, and again when the reason changes;
        messages on the screen stay there. `on_problem`: something is wrong that does not end the
        session. `on_ended`: it never comes back by itself; close it. `on_escalated`: make a message
        more urgent that nobody has acknowledged.

        `on_ticket_wanted`: makes the session come in by tickets (PROTOCOL.md, "Tickets"); nothing
        is tried before there is one. Returns the ticket; or None, and the program calls
        use_ticket() later. Called at the start, a minute before one expires, and when the broker
        has not taken one; again after 30 s, until there is a new one.

        `key_file`: the session's own key pair; made if it is missing, and locked until close().
        Without it: a fresh key in memory, and so a new session each time. `state_folder`: keeps
        what must survive a crash; made and locked likewise; needs key_file.

        Errors: FixRequestError (USAGE_INVALID, INVITATION_INVALID, ATTRIBUTE_INVALID,
        LIMIT_EXCEEDED, FILE_UNUSABLE; IN_USE: another process holds the key or the folder),
        PageHumanError (STORAGE_FAILED: the state file is damaged).
        """
        self._is_automatic = report == Report.AUTOMATIC
        attributes_struct = convert.attributes_struct(attributes)
        options = c.SubscriberOptions(
            invitation=convert.path(invitation), key_file=convert.path(key_file),
            state_folder=convert.path(state_folder), attributes=ctypes.pointer(attributes_struct),
            presence=presence, report=report, delivery=c.DELIVERY_BY_DISPATCH,
            stop_timeout_ms=convert.timeout_ms(stop_timeout))
        # Held as long as the library may call it.
        self._handler = handler = c.SubscriberHandler(
            on_connected=self._callback(c.OnConnected, on_connected, _connected),
            on_disconnected=self._callback(c.OnDisconnected, on_disconnected, _disconnected),
            on_message=self._callback(c.OnIncoming, on_message, _message, self._report_raising),
            on_changed=self._callback(c.OnIncoming, on_changed, _message, self._report_raising),
            on_removed=self._callback(c.OnRemoved, on_removed, _removed),
            on_problem=self._callback(c.OnError, on_problem, _error),
            on_ended=self._callback(c.OnEnded, on_ended, _ended),
            on_escalated=self._callback(c.OnEscalated, on_escalated, _escalated),
            on_ticket_wanted=self._callback(
                c.OnTicketWanted, on_ticket_wanted and self._ask_with(on_ticket_wanted),
                _ticket_wanted))
        pointer = ctypes.c_void_p()
        convert.call(c.lib.crier_subscriber_start, ctypes.byref(options), ctypes.byref(handler),
                     ctypes.byref(pointer))
        assert pointer.value is not None
        session = c.Id()
        convert.call(c.lib.crier_subscriber_session, pointer, ctypes.byref(session))
        self.session = convert.id_of(session)
        """The session's id, the fingerprint of its key. Known before the first connection."""
        self._begin(Handle(pointer.value, c.lib.crier_subscriber_free, "Subscriber"),
                    c.lib.crier_subscriber_descriptor(pointer), delivery)

    # Reports: what became of a message here. Each returns at once, and is told to the broker within
    # 20 ms, or after the next connect. A report about a message that is not known here, or that a
    # newer revision has replaced, or that would be a step back (displayed after acknowledged), is
    # ignored. Errors: RetryLaterError (OVERLOADED) when 65,536 reports wait to be taken,
    # ReconnectError (STOPPING) after close().

    def displayed(self, message: Message, note: str = "") -> None:
        """The person can see it. Not needed with Report.AUTOMATIC. `note`: what is not as it was
        asked for ("not kept on top"), for operators; as the cause of suppressed()."""
        self._report(c.lib.crier_subscriber_displayed_with_note, message, convert.utf8(note))

    def displayed_in_digest(self, message: Message) -> None:
        """The person can see it as one of several in a digest, maybe cut short: displayed, and
        operators see in which way. Also with Report.AUTOMATIC, inside the callback."""
        self._report(c.lib.crier_subscriber_displayed_in_digest, message)

    def suppressed(self, message: Message, cause: str) -> None:
        """It is held back for now ("do not disturb"); displayed() may follow. An earlier revision
        counts as on the screen until this one is, or until removed(). `cause`: one line, at most
        160 bytes. Errors besides: FixRequestError (TEXT_INVALID, LIMIT_EXCEEDED)."""
        self._report(c.lib.crier_subscriber_suppressed, message, convert.utf8(cause))

    def acknowledged(self, message: Message) -> None:
        """The person has answered "I have read this". Kept until the broker has confirmed it."""
        self._report(c.lib.crier_subscriber_acknowledged, message)

    def answered(self, message: Message, choice: int | str) -> None:
        """The person has chosen one of message.choices: that line, or its place from 0. They may
        choose another one until the question is closed. Kept until the broker has confirmed it.
        Errors besides: FixRequestError (USAGE_INVALID: it was not offered)."""
        offered = choice in message.choices if isinstance(choice, str) else (
            0 <= choice < len(message.choices))
        if not offered:
            raise fix_request(ErrorCode.USAGE_INVALID, f"{choice!r} is none of the choices")
        place = message.choices.index(choice) if isinstance(choice, str) else choice
        self._report(c.lib.crier_subscriber_answered, message, place)

    def failed(self, message: Message, cause: str) -> None:
        """It cannot be shown here at all. `cause` as in suppressed()."""
        self._report(c.lib.crier_subscriber_failed, message, convert.utf8(cause))

    def removed(self, message: Message, cause: str = "") -> None:
        """The program took it off the screen: say so when it happens, as operators are told until
        when it was there. Not needed after on_removed. `cause`: who took it off, if that is worth
        saying; as in suppressed()."""
        self._report(c.lib.crier_subscriber_removed_with_cause, message, convert.utf8(cause))

    def use_ticket(self, ticket: str) -> None:
        """The ticket to come in by from now on; a connection goes on with it. For tickets that
        on_ticket_wanted does not return. Errors: FixRequestError (USAGE_INVALID: it is no line, or
        there is no on_ticket_wanted; LIMIT_EXCEEDED: more than 4,096 bytes), and as a report's."""
        with self._handle as pointer:
            convert.call(c.lib.crier_subscriber_use_ticket, pointer, convert.utf8(ticket))

    def set_presence(self, presence: Presence) -> None:
        """The screen was locked or unlocked: operators see it in the list of sessions."""
        with self._handle as pointer:
            convert.call(c.lib.crier_subscriber_set_presence, pointer, presence)

    @property
    def broker_time(self) -> datetime:
        """The broker's clock as far as it is known; this machine's before the first connection. For
        "expires in": off_screen_at is by this clock."""
        with self._handle as pointer:
            return convert.time_of(c.lib.crier_subscriber_broker_time_ms(pointer))

    def _report(self, function: Any, message: Message, *more: bytes | int) -> None:
        with self._handle as pointer:
            convert.call(function, pointer, ctypes.byref(convert.id_struct(message.id)),
                         message.revision, *more)

    def _ask_with(self, on_ticket_wanted: Callable[[TicketWanted], str | None]
                  ) -> Callable[[TicketWanted], None]:
        def ask(wanted: TicketWanted) -> None:
            ticket = on_ticket_wanted(wanted)
            if ticket is not None:
                self.use_ticket(ticket)

        return ask

    def _report_raising(self, message: Message) -> None:
        """Returning to the library would count as displayed."""
        if self._is_automatic:
            self.failed(message, "the program raised an exception")


class Listener(Receiver):
    """A plain client of the bell, for trusted programs: hears, reports nothing, is no session.

        crier.Listener("listeners.invitation", on_message=lambda message: print(message.text))

    Threads and callbacks: as Subscriber.
    """

    _stop = c.lib.crier_listener_stop
    _dispatch = c.lib.crier_listener_dispatch

    def __init__(self, invitation: str | os.PathLike[str], *,
                 on_message: Callable[[Message], object],
                 on_changed: Callable[[Message], object] | None = None,
                 on_removed: Callable[[Removed], object] | None = None,
                 on_connected: Callable[[], object] | None = None,
                 on_disconnected: Callable[[CrierError], object] | None = None,
                 hear_all: bool = True, sessions: Iterable[str] = (),
                 hear_every_session: bool = False,
                 delivery: Delivery = Delivery.OWN_THREAD) -> None:
        """Returns at once, as Subscriber().

        `invitation`: the listeners', its line ("crier1.listeners.…") or the path of a file.
        `on_connected`: the bell is heard; what was published before is not replayed.
        `on_disconnected`: it is not; it goes on trying, unless the code is NOT_ADMITTED.
        `on_removed`: the broker said so. Only then: taking a message off at off_screen_at is left
        to the program. `hear_all`: messages to everyone. `sessions`: those to these sessions.
        `hear_every_session`: those to any; one to n sessions is told once.

        Errors: FixRequestError (USAGE_INVALID: nothing to hear; INVITATION_INVALID, FILE_UNUSABLE).
        """
        count, ids = convert.id_array(sessions)
        options = c.ListenerOptions(
            invitation=convert.path(invitation), ignore_all=not hear_all, session_count=count,
            sessions=ids, hear_every_session=hear_every_session, delivery=c.DELIVERY_BY_DISPATCH)
        self._handler = handler = c.ListenerHandler(
            on_connected=self._callback(c.OnNothing, on_connected, lambda _: ()),
            on_disconnected=self._callback(c.OnError, on_disconnected, _error),
            on_message=self._callback(c.OnIncoming, on_message, _message),
            on_changed=self._callback(c.OnIncoming, on_changed, _message),
            on_removed=self._callback(c.OnRemoved, on_removed, _removed))
        pointer = ctypes.c_void_p()
        convert.call(c.lib.crier_listener_start, ctypes.byref(options), ctypes.byref(handler),
                     ctypes.byref(pointer))
        assert pointer.value is not None
        self._begin(Handle(pointer.value, c.lib.crier_listener_free, "Listener"),
                    c.lib.crier_listener_descriptor(pointer), delivery)
