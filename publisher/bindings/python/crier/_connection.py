"""A publisher's connection, and how it asks. Private."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

from . import _convert as convert
from . import _library as c
from ._calls import Handle, run, run_hearing
from .answers import Progress, SendResult
from .errors import CrierError

Answer = TypeVar("Answer")
Self = TypeVar("Self", bound="Connection")


class Connection:
    """What a Publisher stands on."""

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

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def _ask_and_hear(self, function: Any, arguments: list[ctypes.Structure],
                      options: c.SendOptions | c.ChangeOptions,
                      on_progress: Callable[[Progress], object] | None) -> SendResult:
        """Sends, or changes what was sent."""

        def ask(hear: Callable[[Progress], bool]) -> SendResult:
            options.on_progress = telling(hear)
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


def telling(hear: Callable[[Progress], bool]) -> Any:
    """What the library calls while it waits."""
    return c.OnProgress(lambda progress, _: c.GO_ON if hear(
        convert.progress_of(progress.contents)) else c.END)
