"""How the suite waits: for events, with a deadline; and what it says when one does not come."""

import threading
import time

PATIENCE_S = 180
"""For what takes seconds on a machine that does nothing else."""

_ASK_AGAIN_S = 0.1
_never = threading.Event()


class Failed(Exception):
    """Something that was promised is not so."""


class NotYet(Exception):
    """Says what is still missing."""


def until(what, ask, deadline_s=PATIENCE_S, errors=(NotYet,)):
    """Asks, ten times a second, what can only be asked; returns the first answer that is true.
    `errors`: those that are an answer that will not do."""
    end = time.monotonic() + deadline_s
    while True:
        try:
            found = ask()
            last = found
        except errors as error:
            found, last = None, error
        if found:
            return found
        if time.monotonic() > end:
            raise Failed(f"waited {deadline_s} s in vain for {what}: {last}")
        _never.wait(_ASK_AGAIN_S)


class Output:
    """What a program prints, as it comes: in a file for people, and handed on."""

    def __init__(self, stream, file, heard):
        """`heard(line)` is called on a thread of its own."""
        self.thread = threading.Thread(target=self._read, args=(stream, file, heard), daemon=True)
        self.thread.start()

    def _read(self, stream, file, heard):
        with open(file, "a", encoding="utf-8") as log, stream:
            for line in stream:
                log.write(line)
                log.flush()
                heard(line)
