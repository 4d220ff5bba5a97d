"""What happens at the broker, one event after the other."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from . import _convert as convert
from . import _library as c
from ._calls import Handle, on_a_thread
from .answers import Happened


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
