"""Handles that no call outlives, and calls that Ctrl-C can leave. Private."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from .errors import ErrorCode, ReconnectError, Remedy

Result = TypeVar("Result")
News = TypeVar("News")


class Handle:
    """What the library gave us, until it is given back: after close(), as soon as no call uses it.

        with handle as pointer:
            lib.crier_publisher_whoami(pointer, …)

    Any thread may do anything.
    """

    def __init__(self, pointer: int, free: Callable[[int], None], name: str) -> None:
        self._pointer = pointer
        self._free = free
        self._name = name
        self._lock = threading.Lock()
        self._users = 0
        self._is_closed = False

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    def __enter__(self) -> int:
        with self._lock:
            if self._is_closed:
                text = f"this {self._name} was closed"
                raise ReconnectError(ErrorCode.STOPPING, Remedy.RECONNECT, text,
                                     f"{text} (stopping, {int(ErrorCode.STOPPING)})")
            self._users += 1
        return self._pointer

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._users -= 1
            is_last = self._is_closed and self._users == 0
        if is_last:
            self._free(self._pointer)

    def close(self) -> None:
        """No call begins from here on. Idempotent."""
        with self._lock:
            is_last = not self._is_closed and self._users == 0
            self._is_closed = True
        if is_last:
            self._free(self._pointer)

    def __del__(self) -> None:
        self.close()


def on_a_thread(call: Callable[[], Result]) -> Future[Result]:
    """Runs a call on a thread of its own, which does not keep the program from ending."""
    future: Future[Result] = Future()
    future.set_running_or_notify_cancel()

    def run() -> None:
        try:
            result = call()
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(result)

    threading.Thread(target=run, name="crier-call", daemon=True).start()
    return future


def run(call: Callable[[], Result]) -> Result:
    """Runs a call that blocks in the library.

    There the interpreter's main thread would not hear of Ctrl-C before the call's end: it waits for
    another thread, which is left to itself when it is interrupted.
    """
    if threading.current_thread() is not threading.main_thread():
        return call()
    return on_a_thread(call).result()


def run_hearing(call: Callable[[Callable[[News], bool]], Result],
                on_news: Callable[[News], Any] | None) -> Result:
    """Likewise, for a call that tells news while it waits: by a function that returns whether it is
    to go on. `on_news` runs on this thread; what it raises ends the call, and is raised here."""
    if on_news is None:
        return run(lambda: call(lambda news: True))
    words: queue.SimpleQueue[tuple[News] | None] = queue.SimpleQueue()
    is_to_go_on: queue.SimpleQueue[bool] = queue.SimpleQueue()

    def hear(news: News) -> bool:
        words.put((news,))
        return is_to_go_on.get()

    future = on_a_thread(lambda: call(hear))
    future.add_done_callback(lambda _: words.put(None))
    try:
        while (word := words.get()) is not None:
            on_news(word[0])
            is_to_go_on.put(True)
    except BaseException:
        is_to_go_on.put(False)
        raise
    return future.result()
