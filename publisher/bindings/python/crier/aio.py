"""The same for asyncio.

    async with await crier.aio.Publisher.connect() as publisher:
        sent = await publisher.send("The server restarts at 22:00.", wait_for=crier.State.DISPLAYED)

    async with crier.aio.Subscriber("sessions.invitation") as subscriber:
        async for event in subscriber:
            if isinstance(event, crier.Message):
                show(event.text)

Each object belongs to the loop that it was made in.
"""

from __future__ import annotations

import asyncio
import collections
import functools
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from . import _receiver
from . import publisher as _publisher
from . import subscriber as _subscriber
from ._calls import on_a_thread
from .answers import Happened
from .errors import CrierError
from .events import Connected, EndedCause, Escalated, Message, Removed, TicketWanted
from .words import Attributes, Presence

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
Event = TypeVar("Event")
Self = TypeVar("Self", bound="_Events[Any]")

# ---- Publisher -----------------------------------------------------------------------------------


def _awaited(method: Callable[Concatenate[_publisher.Publisher, Parameters], Result]
             ) -> Callable[Concatenate[Publisher, Parameters], Coroutine[Any, Any, Result]]:
    """A method of the blocking publisher, on a thread of its own."""

    @functools.wraps(method)
    async def call(self: Publisher, /, *arguments: Any, **options: Any) -> Result:
        on_progress = options.get("on_progress")
        if on_progress is not None:
            loop = asyncio.get_running_loop()
            options["on_progress"] = functools.partial(loop.call_soon_threadsafe, on_progress)
        future = on_a_thread(lambda: method(self._publisher, *arguments, **options))
        return await asyncio.wrap_future(future)

    return call


class Publisher:
    """As crier.Publisher, with methods to await. Any number of tasks may call them at once.

    Cancelling a task ends its waiting; what it asked goes on by itself until its timeout, or
    close(). `on_progress` runs in the loop, and cannot end the waiting.
    """

    def __init__(self, publisher: _publisher.Publisher) -> None:
        self._publisher = publisher

    @classmethod
    async def connect(cls, invitation: str | os.PathLike[str] = "", *, client: str = "python",
                      connect_timeout: float = 5.0) -> Publisher:
        """As crier.Publisher()."""
        return cls(await asyncio.wrap_future(on_a_thread(lambda: _publisher.Publisher(
            invitation, client=client, connect_timeout=connect_timeout))))

    send = _awaited(_publisher.Publisher.send)
    update = _awaited(_publisher.Publisher.update)
    recall = _awaited(_publisher.Publisher.recall)
    ask = _awaited(_publisher.Publisher.ask)
    close_question = _awaited(_publisher.Publisher.close_question)
    drop = _awaited(_publisher.Publisher.drop)
    wait = _awaited(_publisher.Publisher.wait)
    sessions = _awaited(_publisher.Publisher.sessions)
    messages = _awaited(_publisher.Publisher.messages)
    scheduled = _awaited(_publisher.Publisher.scheduled)
    outcome = _awaited(_publisher.Publisher.outcome)
    admission = _awaited(_publisher.Publisher.admission)
    open_admission = _awaited(_publisher.Publisher.open_admission)
    close_admission = _awaited(_publisher.Publisher.close_admission)
    entries = _awaited(_publisher.Publisher.entries)
    audit_head = _awaited(_publisher.Publisher.audit_head)
    audit_verify = _awaited(_publisher.Publisher.audit_verify)
    screens = _awaited(_publisher.Publisher.screens)
    whoami = _awaited(_publisher.Publisher.whoami)
    health = _awaited(_publisher.Publisher.health)
    cluster = _awaited(_publisher.Publisher.cluster)
    close = _awaited(_publisher.Publisher.close)

    async def watch(self) -> AsyncIterator[Happened]:
        """Everything that happens at the broker from now on."""
        with self._publisher.watch() as happenings:
            while True:
                future = on_a_thread(lambda: next(happenings, None))
                happened = await asyncio.wrap_future(future)
                if happened is None:
                    return
                yield happened

    async def __aenter__(self) -> Publisher:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:
        await self.close()


# ---- Subscriber and listener ---------------------------------------------------------------------


@dataclass(frozen=True)
class Disconnected:
    """There is no connection; told once per outage, and again when the reason changes."""

    error: CrierError
    will_return: bool = True
    """It goes on trying."""


@dataclass(frozen=True)
class Problem:
    """Something is wrong that does not end the session."""

    error: CrierError


@dataclass(frozen=True)
class Ended:
    """The last event: it never comes back by itself."""

    cause: EndedCause
    error: CrierError


SubscriberEvent = (Connected | Disconnected | Message | Removed | Escalated | TicketWanted | Problem
                   | Ended)
"""A Message with a revision above 1 replaces the one with the same id."""


@dataclass(frozen=True)
class Heard:
    """The bell is heard; what was published before is not replayed."""


ListenerEvent = Heard | Disconnected | Message | Removed


class _Events(Generic[Event]):
    """Events of what dispatches, when the loop sees that there are some. Iterating ends after the
    last event, and by close()."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._events: collections.deque[Event] = collections.deque()
        self._changed = asyncio.Event()
        self._is_over = False

    def _watch(self, receiver: _receiver.Receiver) -> None:
        self._receiver = receiver
        self._loop.add_reader(receiver.fileno(), receiver.dispatch)

    def _put(self, event: Event) -> None:
        self._events.append(event)
        self._changed.set()

    def __aiter__(self: Self) -> Self:
        return self

    async def __anext__(self) -> Event:
        while not self._events:
            if self._is_over:
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        return self._events.popleft()

    async def close(self) -> None:
        """Sends what is pending, says goodbye, closes. Idempotent."""
        if not self._receiver._is_closing:
            self._loop.remove_reader(self._receiver.fileno())
        self._is_over = True
        self._changed.set()
        await asyncio.wrap_future(on_a_thread(self._receiver.close))

    async def __aenter__(self: Self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:
        await self.close()


class Subscriber(_Events[SubscriberEvent]):
    """One session, whose events are iterated over by one task.

    With Report.AUTOMATIC, asking for the next event says that the message before is on the screen,
    unless the program reported otherwise: so leave the loop's body when it is, and not before.
    """

    def __init__(self, invitation: str | os.PathLike[str], *,
                 key_file: str | os.PathLike[str] | None = None,
                 state_folder: str | os.PathLike[str] | None = None,
                 attributes: Attributes = Attributes(), presence: Presence = Presence.ACTIVE,
                 report: _subscriber.Report = _subscriber.Report.AUTOMATIC,
                 tickets: bool = False, stop_timeout: float = 1.0) -> None:
        """As crier.Subscriber(). `tickets`: the session comes in by tickets; each time that one is
        needed, TicketWanted is an event, and the program calls use_ticket()."""
        super().__init__()
        self._is_automatic = report == _subscriber.Report.AUTOMATIC
        self._unreported: Message | None = None
        self._subscriber = _subscriber.Subscriber(
            invitation, on_message=self._put, on_removed=self._put, on_connected=self._put,
            on_disconnected=lambda error, will_return: self._put(Disconnected(error, will_return)),
            on_problem=lambda error: self._put(Problem(error)), on_ended=self._end,
            on_escalated=self._put, on_ticket_wanted=self._put if tickets else None,
            key_file=key_file, state_folder=state_folder, attributes=attributes, presence=presence,
            report=_subscriber.Report.MANUAL, delivery=_receiver.Delivery.BY_DISPATCH,
            stop_timeout=stop_timeout)
        self.session = self._subscriber.session
        """The session's id, the fingerprint of its key."""
        self.set_presence = self._subscriber.set_presence
        self.use_ticket = self._subscriber.use_ticket
        self._watch(self._subscriber)

    def _end(self, cause: EndedCause, error: CrierError) -> None:
        self._put(Ended(cause, error))
        self._is_over = True

    async def __anext__(self) -> SubscriberEvent:
        shown, self._unreported = self._unreported, None
        if shown is not None and not self._is_over:
            self._subscriber.displayed(shown)
        event = await super().__anext__()
        if isinstance(event, Message) and self._is_automatic:
            self._unreported = event
        return event

    @property
    def broker_time(self) -> datetime:
        """As crier.Subscriber.broker_time: for Message.text_at(), and for "expires in"."""
        return self._subscriber.broker_time

    # As those of crier.Subscriber, and at once.

    def displayed(self, message: Message, note: str = "") -> None:
        self._taken_care_of(message)
        self._subscriber.displayed(message, note)

    def displayed_in_digest(self, message: Message) -> None:
        self._taken_care_of(message)
        self._subscriber.displayed_in_digest(message)

    def suppressed(self, message: Message, cause: str) -> None:
        self._taken_care_of(message)
        self._subscriber.suppressed(message, cause)

    def acknowledged(self, message: Message) -> None:
        self._taken_care_of(message)
        self._subscriber.acknowledged(message)

    def answered(self, message: Message, choice: int | str) -> None:
        self._subscriber.answered(message, choice)
        self._taken_care_of(message)

    def failed(self, message: Message, cause: str) -> None:
        self._taken_care_of(message)
        self._subscriber.failed(message, cause)

    def removed(self, message: Message, cause: str = "") -> None:
        self._taken_care_of(message)
        self._subscriber.removed(message, cause)

    def _taken_care_of(self, message: Message) -> None:
        if self._unreported == message:
            self._unreported = None


class Listener(_Events[ListenerEvent]):
    """A plain client of the bell, whose events are iterated over by one task."""

    def __init__(self, invitation: str | os.PathLike[str], *, hear_all: bool = True,
                 sessions: Iterable[str] = (), hear_every_session: bool = False) -> None:
        """As crier.Listener()."""
        super().__init__()
        self._watch(_subscriber.Listener(
            invitation, on_message=self._put, on_removed=self._put,
            on_connected=lambda: self._put(Heard()),
            on_disconnected=lambda error: self._put(Disconnected(error)), hear_all=hear_all,
            sessions=sessions, hear_every_session=hear_every_session,
            delivery=_receiver.Delivery.BY_DISPATCH))
