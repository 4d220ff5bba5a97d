"""What the tests of the Python package share: a screen, and a broker with a publisher."""

import threading
import time

import crier
import bindings_support  # For what it does to the environment of the broker.
from support import DEADLINE_S, SystemTest


class Screen:
    """A subscriber, and what it was told."""

    def __init__(self, invitation, user, locale="", **options):
        self.changed = threading.Condition()
        self.messages, self.removed, self.connected, self.ended = [], [], [], []
        self.escalated, self.disconnected = [], []
        self.threads = set()
        options.setdefault("on_message", self.note(self.messages))
        self.subscriber = crier.Subscriber(
            invitation,
            attributes=crier.Attributes(user=user, application="python_test", locale=locale),
            on_connected=self.note(self.connected), on_removed=self.note(self.removed),
            on_ended=lambda cause, error: self.note(self.ended)((cause, error)),
            on_disconnected=lambda error, will_return: self.note(self.disconnected)(
                (error, will_return)),
            on_escalated=self.note(self.escalated), **options)

    def note(self, told):
        def tell(event):
            with self.changed:
                told.append(event)
                self.threads.add(threading.current_thread().name)
                self.changed.notify_all()
        return tell

    def wait_for(self, told, count=1):
        with self.changed:
            if not self.changed.wait_for(lambda: len(told) >= count, DEADLINE_S):
                raise AssertionError(f"waited in vain; told so far: {told}")
            return told[count - 1]

    def texts(self):
        return [message.text for message in self.messages]


class PythonTest(SystemTest):
    def setUp(self):
        super().setUp()
        self.start_broker()
        self.publisher = crier.Publisher(self.broker.invitation("operators"))
        self.addCleanup(self.publisher.close)

    def screen(self, user="Vanessa", **options):
        """One that is connected."""
        screen = Screen(self.broker.invitation("sessions"), user, **options)
        self.addCleanup(screen.subscriber.close)
        screen.wait_for(screen.connected)
        return screen

    def until(self, is_so):
        """Asks again and again; `is_so` asks the broker, and so waits a little."""
        end = time.monotonic() + DEADLINE_S
        while not is_so():
            self.assertLess(time.monotonic(), end, "waited in vain")
