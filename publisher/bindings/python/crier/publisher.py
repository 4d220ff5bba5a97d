"""For programs that put messages on people's screens."""

from __future__ import annotations

import ctypes
import os
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, TypeVar

from . import _convert as convert
from . import _library as c
from ._calls import Handle, on_a_thread, run, run_hearing
from .errors import CrierError
from .words import (Happened, Health, Identity, Outcome, Progress, SendResult, SentMessage, Session,
                    Severity, State, Style)

Answer = TypeVar("Answer")


class Publisher:
    """One connection to a broker, for sending and for asking what became of it.

        with crier.Publisher() as publisher:
            sent = publisher.send("The server restarts at 22:00.", wait_for=crier.State.DISPLAYED)

    Threads: any number of threads may call any methods at once. Callbacks run on the calling thread
    and may call every method. Ctrl-C ends the wait of the main thread at once; what was asked goes
    on by itself until its timeout, or close().

    Connection: when it is lost the publisher makes a new one by itself. Requests that wait for an
    answer are asked again, under the same message id, until their time is over; the broker stores
    each at most once.

    Errors of every method, beside its own: RetryLaterError (BROKER_UNREACHABLE, TIMED_OUT,
    OVERLOADED), ReconnectError (STOPPING, after close()), FixRequestError (NOT_AUTHORIZED,
    NOT_ADMITTED, SERVER_KEY_WRONG, USAGE_INVALID). Timeouts are in seconds.
    """

    def __init__(self, invitation: str | os.PathLike[str] = "", *, client: str = "python",
                 connect_timeout: float = 5.0) -> None:
        """Connects.

        `invitation`: an operators' invitation, the line itself ("crier1.operators.…") or the path
        of a file that holds it. Empty: the environment's CRIER_INVITATION, else the one that
        ``crier join`` stored, else that of the broker on this machine. `client`: your program and
        its version, for the broker's log; a line of at most 64 bytes.

        Blocks until the broker has said welcome, each of the invitation's endpoints has failed, or
        the timeout has passed.

        Errors: FixRequestError (INVITATION_INVALID, FILE_UNUSABLE, HOST_UNKNOWN,
        VERSION_UNSUPPORTED).
        """
        options = c.PublisherOptions(invitation=convert.path(invitation),
                                     client=convert.utf8(client),
                                     connect_timeout_ms=convert.timeout_ms(connect_timeout))

        def connect() -> Handle:
            pointer = ctypes.c_void_p()
            convert.call(c.lib.crier_publisher_connect, ctypes.byref(options),
                         ctypes.byref(pointer))
            assert pointer.value is not None
            return Handle(pointer.value, c.lib.crier_publisher_free, "Publisher")

        self._handle = run(connect)

    def close(self) -> None:
        """Ends the connection. Calls that wait in other threads raise ReconnectError (STOPPING), or
        RetryLaterError (OUTCOME_UNKNOWN) for a message that may have been accepted; so does every
        later one. Idempotent."""
        if self._handle.is_closed:
            return
        try:
            with self._handle as publisher:
                c.lib.crier_publisher_stop(publisher)
        except CrierError:
            return  # Another thread was faster.
        self._handle.close()

    def __enter__(self) -> Publisher:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    # ---- Sending and waiting ---------------------------------------------------------------------

    def send(self, text: str, *, sessions: Iterable[str] | None = None, where: str | None = None,
             title: str = "", severity: Severity = Severity.INFO,
             style: Style = Style.NOTIFICATION, id: str | None = None,
             expires: datetime | timedelta | None = None, dry_run: bool = False,
             wait_for: State | None = None, timeout: float | None = None,
             on_progress: Callable[[Progress], object] | None = None) -> SendResult:
        """Sends a message to everyone, or to `sessions` by their ids, or to those that a filter
        matches (`where`; PROTOCOL.md, "Filters"). An unknown session is an error, and nothing is
        sent to the others either; an empty list of sessions is an error too.

        `text`: 1 to 16,384 bytes of UTF-8. `title`: one line, at most 200 bytes. `id`: give one to
        make your own retry safe; the same id with the same content is one message, however often it
        is sent. `expires`: from then on it is not delivered any more, and it leaves every screen;
        sessions that come until then get it too. A timedelta counts from now. `dry_run`: check
        everything and count the sessions; store and show nothing. `wait_for`: return only when
        every targeted session is at this state or further: DELIVERED, DISPLAYED, ACKNOWLEDGED or
        ANSWERED. `timeout`: 30 seconds with wait_for, else 10. `on_progress`: called while it
        waits; what it raises ends the waiting, and is raised here.

        Blocks until the broker has it on disk, or as long as `wait_for` says. A wait that ends
        early is no error: ``is_complete`` says whether all got there.

        Errors: FixRequestError (TEXT_INVALID, TARGET_INVALID, FILTER_INVALID with `position`,
        SESSION_UNKNOWN with `unknown`, TIME_INVALID, LIMIT_EXCEEDED, REQUEST_ID_REUSED),
        RetryLaterError (OUTCOME_UNKNOWN: sending again with the error's `message` as the id is
        safe), PageHumanError (STORAGE_FAILED).
        """
        content = c.Content(text=convert.utf8(text), title=convert.utf8(title), severity=severity,
                            style=style)
        target = convert.target_struct(sessions, where)
        options = c.SendOptions(expires_ms=convert.time_ms(expires), dry_run=dry_run,
                                wait_for=wait_for or State.WAITING,
                                timeout_ms=convert.timeout_ms(timeout))
        if id is not None:
            options.id = convert.id_struct(id)
        return self._ask_and_hear(c.lib.crier_publisher_send, [content, target], options,
                                  on_progress)

    def update(self, message: str, *, text: str | None = None, title: str | None = None,
               severity: Severity | None = None, style: Style | None = None,
               expires: datetime | timedelta | None = None, ask_again: bool = False,
               id: str | None = None, wait_for: State | None = None, timeout: float | None = None,
               on_progress: Callable[[Progress], object] | None = None) -> SendResult:
        """Changes a message, by its id, on the screens that show it, and for those that are yet to
        get it, who get the newest revision only. The tally begins anew with each revision, but for
        those who have acknowledged it and are not asked again.

        What is None stays as it is; an empty `title` is none from now on. An expiry can be moved,
        but not taken away. `ask_again`: show it again to those who have acknowledged or answered
        it. `id`: of this request, as send() takes one for a message; the same id with the same
        change is one change. `wait_for`, `timeout`, `on_progress`: as in send().

        Blocks as send(). The result's `id` is the message's own.

        Errors: FixRequestError (MESSAGE_UNKNOWN; MESSAGE_OVER: it has expired or was recalled, or
        is so old that only history has it; TEXT_INVALID, TIME_INVALID, LIMIT_EXCEEDED,
        REQUEST_ID_REUSED; USAGE_INVALID: there is nothing to change), RetryLaterError
        (OUTCOME_UNKNOWN: the same again with the error's `message` as the id is safe),
        PageHumanError (STORAGE_FAILED).
        """
        changes = c.MessageUpdate(text=None if text is None else convert.utf8(text),
                                  title=None if title is None else convert.utf8(title),
                                  has_severity=severity is not None, severity=severity or 0,
                                  has_style=style is not None, style=style or 0,
                                  expires_ms=convert.time_ms(expires), ask_again=ask_again)
        options = c.ChangeOptions(wait_for=wait_for or State.WAITING,
                                  timeout_ms=convert.timeout_ms(timeout))
        if id is not None:
            options.id = convert.id_struct(id)
        return self._ask_and_hear(c.lib.crier_publisher_update,
                                  [convert.id_struct(message), changes], options, on_progress)

    def recall(self, message: str, *, id: str | None = None, timeout: float | None = None,
               on_progress: Callable[[Progress], object] | None = None) -> SendResult:
        """Takes a message, by its id, off every screen. Sessions that are away never see it, or
        remove it first thing when they are back. Recalling what was recalled, or has expired, is a
        success with `already`.

        `id`: of this request, as in update(). `timeout`: 10 seconds. `on_progress`: as in send().

        Blocks until every connected screen has said that it is off; ``is_complete`` says whether.
        The result's `id` is the message's own.

        Errors: FixRequestError (MESSAGE_UNKNOWN, REQUEST_ID_REUSED), RetryLaterError
        (OUTCOME_UNKNOWN, as in update()), PageHumanError (STORAGE_FAILED).
        """
        options = c.ChangeOptions(timeout_ms=convert.timeout_ms(timeout))
        if id is not None:
            options.id = convert.id_struct(id)
        return self._ask_and_hear(c.lib.crier_publisher_recall, [convert.id_struct(message)],
                                  options, on_progress)

    def wait(self, id: str, state: State, *, timeout: float = 30.0,
             on_progress: Callable[[Progress], object] | None = None) -> Progress:
        """Waits for a message that was sent before, by anyone, as send() does with `wait_for`. At
        the end of the timeout ``is_complete`` is False.

        Errors: FixRequestError (MESSAGE_UNKNOWN; USAGE_INVALID for a state that cannot be waited
        for).
        """
        message = convert.id_struct(id)
        options = c.WaitOptions(timeout_ms=convert.timeout_ms(timeout))

        def ask(hear: Callable[[Progress], bool]) -> Progress:
            options.on_progress = _telling(hear)
            progress = c.Progress()
            with self._handle as publisher:
                convert.call(c.lib.crier_publisher_wait, publisher, ctypes.byref(message), state,
                             ctypes.byref(options), ctypes.byref(progress))
            return convert.progress_of(progress)

        return run_hearing(ask, on_progress)

    # ---- Asking ----------------------------------------------------------------------------------

    def sessions(self, *, sessions: Iterable[str] | None = None, where: str | None = None,
                 timeout: float = 10.0) -> list[Session]:
        """Every session of a target, as send() takes it, in the order of their ids: active, locked
        and unreachable ones.

        Errors: FixRequestError (FILTER_INVALID, TARGET_INVALID, SESSION_UNKNOWN).
        """
        target = convert.target_struct(sessions, where)
        return self._ask(
            c.lib.crier_publisher_sessions, [ctypes.byref(target), convert.timeout_ms(timeout)],
            c.SessionList, c.lib.crier_session_list_free,
            lambda answer: list(map(convert.session_of,
                                    convert.rows_of(answer.sessions, answer.count))))

    def messages(self, count: int, *, before: int | None = None,
                 timeout: float = 10.0) -> list[SentMessage]:
        """The newest `count` messages, newest first; `before` a seq, if it is given."""
        return self._ask(
            c.lib.crier_publisher_messages, [count, before or 0, convert.timeout_ms(timeout)],
            c.MessageList, c.lib.crier_message_list_free,
            lambda answer: list(map(convert.sent_message_of,
                                    convert.rows_of(answer.messages, answer.count))))

    def outcome(self, id: str, *, timeout: float = 10.0) -> Outcome:
        """What became of one message on each session.

        Errors: FixRequestError (MESSAGE_UNKNOWN: never sent, or pruned from the history).
        """
        message = convert.id_struct(id)
        return self._ask(c.lib.crier_publisher_outcome,
                         [ctypes.byref(message), convert.timeout_ms(timeout)], c.Outcome,
                         c.lib.crier_outcome_free, convert.outcome_of)

    def whoami(self, *, timeout: float = 10.0) -> Identity:
        """Who the broker takes this publisher for."""
        return self._ask(c.lib.crier_publisher_whoami, [convert.timeout_ms(timeout)], c.Identity,
                         c.lib.crier_identity_free, convert.identity_of)

    def health(self, *, timeout: float = 10.0) -> Health:
        """Whether the broker can accept messages."""
        return self._ask(c.lib.crier_publisher_health, [convert.timeout_ms(timeout)], c.Health,
                         c.lib.crier_health_free, convert.health_of)

    def watch(self) -> Watch:
        """Everything that happens at the broker from now on, also across lost connections.

            with publisher.watch() as happenings:
                for happened in happenings:
                    print(happened.what.name, happened.user)

        A loop that is slower than the broker for 10,000 events loses some, and is told so.
        """
        return Watch(self._handle)

    def _ask_and_hear(self, function: Any, arguments: list[ctypes.Structure],
                      options: c.SendOptions | c.ChangeOptions,
                      on_progress: Callable[[Progress], object] | None) -> SendResult:
        """Sends, updates or recalls."""

        def ask(hear: Callable[[Progress], bool]) -> SendResult:
            options.on_progress = _telling(hear)
            result = c.SendResult()
            with self._handle as publisher:
                convert.call(function, publisher, *map(ctypes.byref, arguments),
                             ctypes.byref(options), ctypes.byref(result))
            return convert.send_result_of(result)

        return run_hearing(ask, on_progress)

    def _ask(self, function: Any, arguments: list[Any], struct: type[ctypes.Structure],
             free: Callable[[Any], None], answer_of: Callable[[Any], Answer]) -> Answer:
        """Asks a question whose answer is the library's, and gives that back."""

        def ask() -> Answer:
            answer = ctypes.POINTER(struct)()
            with self._handle as publisher:
                convert.call(function, publisher, *arguments, ctypes.byref(answer))
            try:
                return answer_of(answer.contents)
            finally:
                free(answer)

        return run(ask)


def _telling(hear: Callable[[Progress], bool]) -> Any:
    return c.OnProgress(lambda progress, _: c.GO_ON if hear(
        convert.progress_of(progress.contents)) else c.END)


class Watch(Iterator[Happened]):
    """What happens, one after the other; from Publisher.watch(). Ends by close(), by the end of its
    with block, when nobody holds it any more, or by the publisher's close(). Any thread may close
    it."""

    def __init__(self, handle: Handle) -> None:
        self._hearing = hearing = _Hearing()

        def watch() -> None:  # Holds no Watch, so that one can go.
            on_happened = c.OnHappened(hearing.hear)
            with handle as publisher:
                convert.call(c.lib.crier_publisher_watch, publisher, on_happened, None)

        self._future = on_a_thread(watch)
        self._future.add_done_callback(lambda _: hearing.words.put(None))

    def __next__(self) -> Happened:
        """Raises what ends the watching, but for close(): ReconnectError (STOPPING) after the
        publisher's, FixRequestError (NOT_AUTHORIZED)."""
        hearing = self._hearing
        happened = None if hearing.is_closed else hearing.words.get()
        if happened is not None:
            hearing.room.release()
            return happened
        hearing.words.put(None)  # For whoever asks again.
        if not hearing.is_closed:
            self._future.result()
        raise StopIteration

    def close(self) -> None:
        self._hearing.is_closed = True
        self._hearing.room.release()
        self._hearing.words.put(None)

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


class _Hearing:
    """Where a watching thread puts what it hears. It takes one event ahead; what comes meanwhile is
    kept by the library, which has a bound for it."""

    def __init__(self) -> None:
        self.words: queue.SimpleQueue[Happened | None] = queue.SimpleQueue()
        self.room = threading.Semaphore(0)
        self.is_closed = False

    def hear(self, happened: Any, _: Any) -> int:
        if self.is_closed:
            return c.END
        self.words.put(convert.happened_of(happened.contents))
        self.room.acquire()
        return c.END if self.is_closed else c.GO_ON
