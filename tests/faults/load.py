"""The load: an operator's program at each broker, which sends to all and to single sessions, one
message after the other, and writes down what it was told of each."""

import collections
import dataclasses
import json
import random
import threading
import time
import uuid

import crier
from waiting import Failed

PAUSE_S = 0.25
"""Between two messages of one sender."""

ACCEPTED = "accepted"
UNKNOWN = "outcome_unknown"
REFUSED = {"backbone_unreachable", "broker_unreachable", "timed_out", "overloaded"}
"""What may be answered instead; all of it says that nothing was stored."""


@dataclasses.dataclass
class Send:
    """One message and what was told of it. Times are time.monotonic()."""

    text: str
    session: str | None  # None: to all.
    by: str = ""  # Which sender.
    id: str = dataclasses.field(default_factory=lambda: uuid.uuid4().hex)
    began: float = 0.0
    ended: float = 0.0
    answer: str = ""

    def ask(self, publisher, timeout=None):
        """Returns the broker's answer, or raises crier.CrierError."""
        sessions = None if self.session is None else [self.session]
        return publisher.send(self.text, sessions=sessions, id=self.id, timeout=timeout)


class Sender:
    """A program of an operator, which begins at its own broker with each fault."""

    def __init__(self, load, broker):
        self.load = load
        self.broker = broker
        self.name = f"sender{broker.number}"
        self.publisher = None
        self.thread = None
        self.count = 0

    def start(self, chance):
        self.publisher = self.broker.publisher()
        self.thread = threading.Thread(target=self._send_all, args=(chance,), daemon=True)
        self.thread.start()

    def end(self):
        """Returns when its last message has its answer."""
        if self.thread is not None:
            self.thread.join()
            self.publisher.close()
            self.thread = None

    def _send_all(self, chance):
        while not self.load.is_ending.is_set():
            send = self._next(chance)
            send.by = self.name
            send.began = time.monotonic()
            try:
                send.ask(self.publisher)
                send.answer = ACCEPTED
            except crier.CrierError as error:
                send.answer = getattr(error.code, "name", str(error.code)).lower()
            send.ended = time.monotonic()
            self.load.record(send)
            self.load.is_ending.wait(PAUSE_S)

    def _next(self, chance):
        """To all and to one in turn."""
        self.count += 1
        if self.count % 2:
            return Send(f"{self.load.about}: {self.name} says {self.count} to all", None)
        session = chance.choice(self.load.screens.sessions)
        return Send(f"{self.load.about}: {self.name} says {self.count} to {session.user}",
                    session.id)


class Load:
    """Of one fault: it is started, looked at while it runs, and ended."""

    def __init__(self, screens, brokers, file):
        self.screens = screens
        self.file = file
        self.changed = threading.Condition()
        self.is_ending = threading.Event()
        self.about = ""
        self.sends = []
        self.senders = [Sender(self, broker) for broker in brokers]

    def start(self, about, seed):
        self.about = about
        self.sends = []
        self.is_ending.clear()
        for number, sender in enumerate(self.senders):
            sender.start(random.Random(f"{seed}/{number}"))

    def end(self):
        """Returns when every send has its answer."""
        self.is_ending.set()
        for sender in self.senders:
            sender.end()

    def record(self, send):
        with self.changed:
            self.sends.append(send)
            with open(self.file, "a", encoding="utf-8") as file:
                file.write(json.dumps(dataclasses.asdict(send)) + "\n")
            self.changed.notify_all()

    def wait_for_accepted(self, count, since, deadline_s):
        """Whether each sender has had so many accepted that it began to send since then."""
        def are_there():
            accepted = collections.Counter(send.by for send in self.accepted_since(since))
            return all(accepted[sender.name] >= count for sender in self.senders)
        with self.changed:
            return self.changed.wait_for(are_there, deadline_s)

    def told_since(self, when):
        """What each sender was told, for people."""
        told = collections.Counter((send.by, send.answer) for send in self.sends
                                   if send.began >= when)
        return ", ".join(f"{sender}: {count} {answer}"
                         for (sender, answer), count in sorted(told.items()))

    def accepted_since(self, when):
        return [send for send in self.sends if send.answer == ACCEPTED and send.began >= when]

    def answered(self, answer):
        return [send for send in self.sends if send.answer == answer]

    def outage(self, since):
        """Seconds from then until each sender had had a message accepted that it sent since."""
        first = {}
        for send in self.accepted_since(since):
            first[send.by] = min(send.ended, first.get(send.by, send.ended))
        if len(first) < len(self.senders):
            raise Failed(f"of some senders nothing was accepted after the fault: {sorted(first)}")
        return max(first.values()) - since

    def longest_gap(self, since):
        """Seconds between two acceptances, by whichever broker; the first one before `since`
        included."""
        times = sorted(send.ended for send in self.answered(ACCEPTED))
        before = [when for when in times if when < since][-1:]
        after = [when for when in times if when >= since]
        together = before + after
        return max((later - earlier for earlier, later in zip(together, together[1:])), default=0)
