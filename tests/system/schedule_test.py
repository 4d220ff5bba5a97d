"""Messages that go out later, or again and again, with the real programs."""

import datetime
import signal
import time
import unittest

from support import SystemTest


def utc(seconds_from_now):
    """A time with its zone; whole seconds."""
    at = int(time.time()) + seconds_from_now
    return datetime.datetime.fromtimestamp(at, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Schedule(SystemTest):
    def setUp(self):
        super().setUp()
        self.start_broker()
        self.vanessa = self.agent("Vanessa")

    def test_a_message_goes_out_at_its_time(self):
        at = utc(4)
        message = self.crier_json("send", "At last", "--at", at)["id"]
        self.assertIn(message, self.crier("scheduled").stdout)
        marc = self.agent("Marc")  # Who comes before its time gets it too.
        for agent in (self.vanessa, marc):
            shown = agent.wait_for("message")[0]
            self.assertEqual((shown["id"], shown["late"]), (message, None))
            self.assertGreaterEqual(time.time(), seconds_of(at))
        self.assertEqual(self.crier("scheduled").stdout, "")

    def test_one_that_was_due_while_the_broker_was_down_comes_late_and_says_so(self):
        at = utc(3)
        self.crier("send", "At last", "--at", at)
        self.broker.kill()
        while time.time() < seconds_of(at) + 1.5:
            self.crier("send", "Is nobody there?", "--timeout", "1s", expect=5)
        self.assertEqual(self.vanessa.texts(), [])
        self.broker.start()
        shown = self.vanessa.wait_for("message")[0]
        self.assertEqual(shown["text"], "At last")
        self.assertEqual(seconds_of(shown["late"]), seconds_of(at))
        self.broker.kill()
        self.broker.start()
        self.vanessa.wait_for("connected", 3)
        self.crier("send", "the end", "--wait", "displayed")
        self.assertEqual(self.vanessa.texts(), ["At last", "the end"], "it goes out once")

    def test_it_can_be_moved_changed_and_called_off_before(self):
        moved = self.crier_json("send", "At 22:00", "--in", "1h")["id"]
        off = self.crier_json("send", "Never", "--in", "3s")["id"]
        self.crier("recall", off)
        self.crier("update", moved, "At 23:00", "--in", "3s")
        self.assertEqual(self.vanessa.wait_for("message")[0]["text"], "At 23:00")
        self.assertIn("crier: ", self.crier("update", moved, "--in", "1h", expect=4).stderr)
        self.crier("send", "the end", "--wait", "displayed")
        self.assertEqual(self.vanessa.texts(), ["At 23:00", "the end"])

    def test_reminders_are_for_those_who_have_not_acknowledged(self):
        marc = self.agent("Marc")
        message = self.crier_json("send", "Sign off", "--every", "3s", "--until", "7s")["id"]
        self.vanessa.wait_for("message")
        self.vanessa.acknowledge(message)
        self.until_status(message, lambda status: status["tally"]["acknowledged"] == 1)
        before = len(self.vanessa.events("changed"))
        reminders = marc.wait_for("changed", 2)
        self.assertEqual([one["reminder"] for one in reminders], [True, True])
        self.assertEqual([one["revision"] for one in reminders], [2, 3])
        self.assertEqual(marc.texts(), ["Sign off"], "they are no messages of their own")
        self.crier("send", "the end", "--wait", "displayed")
        self.assertEqual(len(self.vanessa.events("changed")), before)
        self.assertEqual(self.crier("scheduled").stdout, "", "two reminders in 7 s")

    def test_a_recall_reaches_a_session_that_was_away_and_leaves_nothing_it_missed(self):
        shown = self.crier_json("send", "Seen", "--wait", "displayed")["id"]
        self.vanessa.signal(signal.SIGSTOP)
        missed = self.crier_json("send", "Missed")["id"]
        self.crier("recall", shown, "--timeout", "1s", expect=1)
        self.assertIn("never saw it", self.crier("recall", missed).stdout)
        self.broker.kill()
        self.broker.start()
        self.vanessa.signal(signal.SIGCONT)
        self.crier("send", "the end", "--wait", "displayed")
        # Its socket had "Missed" already when it woke: then it was shown for that moment.
        taken_off = {one["id"] for one in self.vanessa.events("removed")}
        for one in self.vanessa.events("message")[1:-1]:
            self.assertIn(one["id"], taken_off, one["text"])

    def test_it_is_read_in_the_language_and_with_the_name_of_each(self):
        marie = self.agent("Marie", "--locale", "fr_CA.UTF-8")
        luis = self.agent("Luis", "--locale", "pt_BR.UTF-8")
        self.crier("send", "--text", "en=Hello {user}", "--text", "fr=Bonjour {user}",
                   "--template", "--wait", "displayed")
        self.assertEqual((marie.texts(), luis.texts()), (["Bonjour Marie"], ["Hello Luis"]))


if __name__ == "__main__":
    unittest.main()
