"""What a subscriber and a listener have in common. Private, but for Delivery."""

from __future__ import annotations

import atexit
import enum
import logging
import select
import threading
import weakref
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

from ._calls import Handle
from .errors import CrierError

_log = logging.getLogger("crier")

Self = TypeVar("Self", bound="Receiver")


class Delivery(enum.IntEnum):
    """Where callbacks run."""

    OWN_THREAD = 0
    """On a thread of the object's."""
    BY_DISPATCH = 1
    """In dispatch(), when fileno() is readable: for programs with an event loop."""


class Receiver:
    """What a subscriber and a listener have in common: events, on a thread or by dispatch().

    The library always dispatches: so that its callbacks run on Python's threads alone.
    """

    _handle: Handle
    _stop: Any
    _dispatch: Any

    def _begin(self, handle: Handle, descriptor: int, delivery: Delivery) -> None:
        self._handle = handle
        self._descriptor = descriptor
        self._lock = threading.Lock()
        self._is_closing = False
        self._interrupt: BaseException | None = None
        self._thread: threading.Thread | None = None
        _open.add(self)
        if delivery == Delivery.OWN_THREAD:
            self._handle.__enter__()  # Its descriptor must live as long as the thread polls it.
            self._thread = threading.Thread(target=self._run, daemon=True,
                                            name=f"crier-{type(self).__name__.lower()}")
            self._thread.start()

    def _run(self) -> None:
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        while not self._is_closing:
            poll.poll()  # Also woken by the library's stopping.
            try:
                self.dispatch()
            except BaseException:  # sys.exit() in a callback: no reason to show nothing any more.
                _log.exception("a callback of a %s raised", type(self).__name__)
        self._handle.__exit__()

    def fileno(self) -> int:
        """With Delivery.BY_DISPATCH: what to poll for reading, until close(). So a selector takes
        the object itself."""
        return self._descriptor

    def dispatch(self) -> int:
        """With Delivery.BY_DISPATCH: calls the callbacks for every event that waits, and returns
        how many. Never blocks, besides in the callbacks. After close(): 0. One thread at a time."""
        try:
            with self._handle as pointer:
                count: int = self._dispatch(pointer)
        except CrierError:
            return 0
        interrupt, self._interrupt = self._interrupt, None
        if interrupt is not None:
            raise interrupt
        return count

    def close(self) -> None:
        """Sends what is pending, says goodbye, closes; locks on files are given up. After its
        return no callback runs. Idempotent. Blocks up to the stop timeout, and until a running
        callback has returned; inside a callback it only begins to close, and returns at once."""
        with self._lock:
            is_first = not self._is_closing
            self._is_closing = True
        if is_first:
            _open.discard(self)
            with self._handle as pointer:
                self._stop(pointer)
            self._handle.close()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def _callback(self, kind: Any, callback: Callable[..., object] | None,
                  convert_event: Callable[[Any], tuple[Any, ...]],
                  on_raise: Callable[..., object] | None = None) -> Any:
        """What the library is to call; NULL without a callback. Nothing that a callback raises gets
        there: exceptions are logged, and what ends programs (Ctrl-C) leaves dispatch()."""
        if callback is None:
            return kind()

        called = callback

        def tell(pointer: Any, _: Any = None) -> None:
            try:
                event = convert_event(pointer)
                try:
                    called(*event)
                except BaseException:
                    if on_raise is not None:
                        on_raise(*event)
                    raise
            except Exception:
                _log.exception("a callback of a %s raised", type(self).__name__)
            except BaseException as error:
                self._interrupt = error

        return kind(tell)


_open: weakref.WeakSet[Receiver] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """A session that says no goodbye stays in the operators' lists for a quarter of an hour."""
    for one in list(_open):
        one.close()
