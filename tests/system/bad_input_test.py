"""What cannot be: each mistake is told in its own words, has its exit code, and changes nothing."""

import datetime
import unittest

from support import SystemTest

# Its rules, for a machine without the tz database.
BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"


def later(**by):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**by)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class BadInput(SystemTest):
    def setUp(self):
        super().setUp()
        self.start_broker()
        self.vanessa = self.agent("Vanessa")

    def tearDown(self):
        if self.broker.process.poll() is None:
            self.crier("send", "the end", "--wait", "displayed")
            self.assertEqual(self.vanessa.texts()[-1], "the end")
        super().tearDown()

    def refused(self, name, code, *arguments, saying, **environment):
        """On stderr for people, with --json for scripts; and nobody is shown anything."""
        before = self.vanessa.texts()
        done = self.crier(*arguments, expect=code, **environment)
        self.assertIn(f"({name}, ", done.stderr)
        self.assertIn(saying, done.stderr)
        self.assertNotIn("\n\n", done.stderr)
        error = self.crier_json(*arguments, expect=code, **environment)["error"]
        self.assertEqual(error["name"], name)
        self.assertEqual(self.vanessa.texts(), before)

    def test_times(self):
        for option in ("--at", "--expires", "--countdown"):
            self.refused("time_invalid", 4, "send", "x", option, "2020-01-01T00:00:00Z",
                         saying=f"{option} 2020-01-01T00:00:00Z has passed")
        self.refused("usage_invalid", 64, "send", "x", "--at", "2027-03-28T02:30+99:00",
                     saying="no such zone")
        self.refused("usage_invalid", 64, "send", "x", "--at", "2027-03-28T02:30 Mars/Olympus",
                     saying="no such zone")
        self.refused("time_invalid", 4, "send", "x", "--at", "22:00", TZ="Mars/Olympus",
                     saying='the zone "Mars/Olympus" that TZ names is not known')
        for command in (["send", "x"], ["drain"]):
            self.refused("time_invalid", 4, *command, "--at", "2027-03-28T02:30", TZ=BERLIN,
                         saying="there is no 02:30 on that day, because the clocks are put forward")
        self.refused("usage_invalid", 64, "send", "x", "--at", "25:00", saying="is no time")
        self.refused("usage_invalid", 64, "send", "x", "--in", "0s", saying="no duration")
        self.refused("usage_invalid", 64, "send", "x", "--at", "22:00", "--in", "5m",
                     saying="only one of --at and --in")
        self.refused("usage_invalid", 64, "send", "x", "--in", "367d", saying="366 days")
        self.refused("usage_invalid", 64, "send", "x", "--every", "5m", saying="--until")
        self.refused("time_invalid", 4, "send", "x", "--every", "10m", "--until", "5m",
                     saying="only once")
        self.refused("time_invalid", 4, "send", "x", "--in", "2h", "--expires",
                     later(hours=1), saying="expire")

    def test_ids(self):
        for arguments in (["recall"], ["update", "text"], ["close"], ["status"], ["report"],
                          ["drain", "extend", "5m"], ["drain", "cancel"], ["drain", "report"]):
            at = 2 if arguments[0] == "drain" else 1
            command = [*arguments[:at], "0" * 32, *arguments[at:]]
            self.refused("message_unknown", 3, *command, saying="no message " + "0" * 32)
        self.refused("session_unknown", 3, "drop", "0" * 32, saying="no session " + "0" * 32)
        self.refused("session_unknown", 3, "ask", "x", "--choice", "a", "--choice", "b", "-s",
                     "0" * 32, saying="Nothing was sent to anyone")
        message = self.crier_json("send", "x", "--wait", "displayed")["id"]
        self.refused("message_unknown", 3, "close", message, saying="no question")

    def test_what_is_over(self):
        message = self.crier_json("send", "x", "--wait", "displayed")["id"]
        self.assertFalse(self.crier_json("recall", message)["already"])
        self.assertTrue(self.crier_json("recall", message)["already"], "twice is no mistake")
        self.refused("message_over", 4, "update", message, "y", saying="recalled")
        gone = self.crier_json("send", "x", "--expires", "2s")["id"]
        self.vanessa.wait_for("removed", 2)
        self.refused("message_over", 4, "update", gone, "y", saying="expired")
        self.refused("time_invalid", 4, "drain", "extend", self.crier_json("send", "x")["id"],
                     "5m", saying="")

    def test_drains_that_overlap(self):
        first = self.crier_json("drain", "--in", "1h", "--drop", "--announce", "5m")["id"]
        self.refused("drain_overlaps", 4, "drain", "--in", "2h", "--drop", "--announce", "5m",
                     saying=first)
        self.crier("drain", "--in", "2h", "--drop", "--announce", "5m", "--where", "user=nobody")
        self.crier("drain", "cancel", first)
        self.crier("drain", "--in", "2h", "--drop", "--announce", "5m")

    def test_questions(self):
        both = ["--choice", "a", "--choice", "b"]
        for quorum in ("101%", "0%", "many"):
            self.refused("usage_invalid", 64, "ask", "x", *both, "--quorum", quorum,
                         saying="--quorum")
        self.refused("usage_invalid", 64, "ask", "x", "--choice", "a", saying="two choices")
        self.refused("usage_invalid", 64, "ask", "x", "--choice", "a", "--choice", "a",
                     saying='"a" is given twice')
        self.refused("usage_invalid", 64, "ask", "x", saying="--choice")
        self.refused("text_invalid", 4, "ask", " ", *both, saying="empty")

    def test_templates(self):
        self.refused("text_invalid", 4, "send", "--template", "Hello {usr}",
                     saying="{usr} is no placeholder; there are {user}, {system_user}, ")
        self.refused("text_invalid", 4, "send", "--template", "{remaining}", saying="count down")
        self.refused("text_invalid", 4, "send", "--template", "a } alone", saying="brace")
        self.refused("text_invalid", 4, "drain", "--in", "1h", "--message", "in {remainig}",
                     saying="{remainig} is no placeholder")
        self.crier("send", "Hello {usr}", "--wait", "displayed")  # No template: as it is.
        self.assertEqual(self.vanessa.texts(), ["Hello {usr}"])

    def test_admission(self):
        self.refused("usage_invalid", 64, "admission", "close", saying="--message")
        self.refused("usage_invalid", 64, "admission", "shut", saying="open, close, status")
        self.refused("filter_invalid", 4, "admission", "close", "--message", "x", "--except",
                     "user==", saying="")
        self.assertTrue(self.crier_json("admission")["open"])


if __name__ == "__main__":
    unittest.main()
