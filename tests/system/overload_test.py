"""A broker that has enough to do says so: `overloaded`, ask again later, and nothing is done.

The disk is made to hang by slow_disk.cpp, between SQLite and the kernel.
"""

import contextlib
import fcntl
import os
import signal
import unittest

import operations
from raw_caller import RawCaller, keys_of, read_invitation
from support import BIN, SystemTest

ON_THEIR_WAY_MAX = 1024
KEY = "A" * 43


class Overload(SystemTest):
    def start(self, **environment):
        """With a disk that can be held, one session, and one message, "as it was"."""
        self.disk = self.folder / "disk.lock"
        self.disk.touch()
        self.start_broker(
            LD_PRELOAD=str(BIN.parent / "lib" / "libslow_disk.so"),
            DISK_TO_WAIT_FOR=str(self.disk),
            # The sanitizers' library would be the first one.
            ASAN_OPTIONS="verify_asan_link_order=0", **environment)
        self.vanessa = self.agent("Vanessa")
        self.message = self.crier_json("send", "as it was", "--wait", "displayed")["id"]

    @contextlib.contextmanager
    def hanging_disk(self):
        with open(self.disk, encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def expect_overloaded(self, *command):
        """Said to people, and to programs."""
        said = self.crier(*command, expect=4).stderr
        self.assertIn("overloaded", said)
        self.assertIn("Nothing was done: try again later", said)
        error = self.crier_json(*command, expect=4)["error"]
        self.assertEqual((error["name"], error["remedy"]), ("overloaded", "retry_later"))

    def texts(self):
        """Of all messages that the broker has, oldest first."""
        return [one["text"] for one in reversed(self.crier_json("history"))]

    def test_more_messages_than_it_may_have_are_refused_while_the_disk_hangs(self):
        self.start(CRIER_LIMITS_LIVE_MESSAGES="2")
        refused = operations.new_id().hex()
        with self.hanging_disk():
            for text in ("first", "second"):
                self.crier("send", text, "--timeout", "1s", expect=6)
            self.expect_overloaded("send", "third", "--id", refused)
        self.vanessa.wait_for("message", 3)
        self.assertEqual(self.texts(), ["as it was", "first", "second"])
        self.crier("send", "third", "--id", refused, "--wait", "displayed")
        self.assertEqual(self.vanessa.texts(), ["as it was", "first", "second", "third"])

    def test_more_messages_than_it_may_have_are_refused_while_a_session_hangs(self):
        self.start(CRIER_LIMITS_LIVE_MESSAGES="2")
        self.vanessa.signal(signal.SIGSTOP)
        for text in ("first", "second"):
            self.crier("send", text)
        self.expect_overloaded("send", "third")
        self.vanessa.signal(signal.SIGCONT)
        self.vanessa.wait_for("message", 3)
        self.crier("send", "there is room", "--wait", "displayed")
        self.assertEqual(self.vanessa.texts(), ["as it was", "first", "second", "there is room"])

    def test_whoever_sends_without_waiting_fills_no_memory_and_nothing_else_is_done(self):
        self.start()
        self.crier_beside("ask", "Log off now?", "--choice", "now", "--choice", "no")
        question = self.vanessa.wait_for("message", 2)[-1]["id"]
        with self.hanging_disk():
            self.flood()
            for command in (("send", "one more"), ("update", self.message, "too late"),
                            ("recall", self.message), ("close", question),
                            ("admission", "close", "--message", "Maintenance"),
                            ("drop", "-s", self.vanessa.id, "--message", "Closing"),
                            ("keys", "add", KEY, "--name", "sam", "--rights", "send")):
                with self.subTest(command=command):
                    self.expect_overloaded(*command)
            self.crier("health")
        last = f"change {ON_THEIR_WAY_MAX}"
        self.until_status(self.message, lambda status: status["text"] == last)
        self.crier("send", "the end", "--wait", "displayed")
        self.assertEqual(self.vanessa.texts()[-1], "the end")
        self.assertEqual(self.texts(), [last, "Log off now?", "the end"])
        self.assertEqual(self.vanessa.events("disconnected"), [])
        self.assertIn("open", self.crier("admission", "status").stdout)
        self.assertNotIn("sam", self.crier("keys", "list").stdout)

    def flood(self):
        """Asks for as much as the broker takes, and once more, without waiting; returns when that
        was refused."""
        invitation = read_invitation(self.broker.invitation("operators"))
        with RawCaller(invitation, keys_of(invitation)) as caller:
            caller.greet_as_operator()
            for number in range(1, ON_THEIR_WAY_MAX + 2):
                caller.say({"t": "update", "request": number, "id": operations.new_id(),
                            "message": bytes.fromhex(self.message), "text": f"change {number}"})
            refused = caller.next(lambda frame: frame["t"] == "refused")
            self.assertEqual(refused["request"], ON_THEIR_WAY_MAX + 1)


if __name__ == "__main__":
    unittest.main()
