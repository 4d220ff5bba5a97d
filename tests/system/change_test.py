"""What operators change of a message, with the real programs."""

import signal
import unittest

from support import SystemTest


class Change(SystemTest):
    def setUp(self):
        super().setUp()
        self.start_broker()
        self.vanessa = self.agent("Vanessa")
        self.marc = self.agent("Marc")

    def send(self, *options):
        return self.crier_json("send", "At 22:00", "--wait", "displayed", *options)["id"]

    def test_an_update_changes_what_every_screen_shows(self):
        message = self.send()
        done = self.crier_json("update", message, "At 23:00", "--wait", "displayed")
        self.assertEqual((done["id"], done["revision"], done["complete"]), (message, 2, True))
        self.assertEqual(done["tally"]["displayed"], 2)
        for agent in (self.vanessa, self.marc):
            changed = agent.wait_for("changed")[0]
            self.assertEqual((changed["id"], changed["text"]), (message, "At 23:00"))
            self.assertEqual(agent.texts(), ["At 22:00"], "it is no second message")
        self.assertIn("Revision", self.crier("status", message[:12]).stdout)

    def test_a_recall_takes_it_off_every_screen_and_says_so(self):
        message = self.send()
        done = self.crier_json("recall", message)
        self.assertEqual((done["removed"], done["complete"], done["already"]), (2, True, False))
        for agent in (self.vanessa, self.marc):
            self.assertEqual(agent.wait_for("removed")[0]["id"], message)
        again = self.crier("recall", message)
        self.assertIn("before", again.stdout)
        self.assertIn("recalled", self.crier("update", message, "no more", expect=4).stderr)

    def test_a_session_that_was_away_removes_it_on_return(self):
        message = self.send()
        self.marc.signal(signal.SIGSTOP)
        done = self.crier_json("recall", message, "--timeout", "1s", expect=1)
        self.assertEqual((done["removed"], done["complete"]), (1, False))
        self.broker.kill()
        self.broker.start()
        self.marc.signal(signal.SIGCONT)
        self.assertEqual(self.marc.wait_for("removed")[0]["id"], message)

    def test_an_update_is_there_for_who_comes_later(self):
        message = self.send("--expires", "10m")
        self.crier("update", message, "At 23:00")
        self.broker.kill()
        self.broker.start()
        self.assertEqual(self.agent("Late").wait_for("message")[0]["text"], "At 23:00")

    def test_mistakes_are_told_and_change_nothing(self):
        message = self.send()
        self.crier("update", message, expect=64)
        self.crier("update", "xyz", "text", expect=64)
        self.crier("recall", expect=64)
        self.crier("update", message, " ", expect=4)
        self.crier("update", message, "x", "--expires", "2020-01-01T00:00:00Z", expect=4)
        self.crier("recall", "0" * 32, expect=3)
        self.crier("update", "0" * 32, "x", expect=3)
        self.crier("update", message, "the end", "--wait", "displayed")
        self.assertEqual([one["text"] for one in self.vanessa.events("changed")], ["the end"])


if __name__ == "__main__":
    unittest.main()
