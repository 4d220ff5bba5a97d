"""Sessions that are ended, also those that do not want to, with the real programs."""

import unittest

from raw_session import RawSession
from support import DEADLINE_S, SystemTest

ANSWER_UNKNOWN, DROPPED, ADMISSION_CLOSED = 4043, 4034, 5032


class Drop(SystemTest):
    def setUp(self):
        super().setUp()
        # Who has answered what was never offered may come back at once here.
        self.start_broker(CRIER_SESSIONS_MISBEHAVED_SECONDS="0")

    def raw(self, user, keys=None):
        session = RawSession(self.broker.invitation("sessions"), user, keys)
        self.addCleanup(session.close)
        return session

    def test_an_agent_that_is_dropped_says_so_and_does_not_come_back(self):
        vanessa, marc = self.agent("Vanessa"), self.agent("Marc")
        done = self.crier_json("drop", marc.id, "--message", "Call 4711.", "--grace", "2s",
                               "--wait")
        self.assertEqual((done["targeted"], done["dropped"], done["complete"]), (1, 1, True))
        self.assertEqual(marc.wait_for("ended")[0]["name"], "dropped")
        self.assertEqual(marc.process.wait(DEADLINE_S), 8)
        self.assertEqual(marc.texts(), ["Call 4711."])
        self.assertEqual([one["id"] for one in self.crier_json("sessions")], [vanessa.id])

    def test_one_that_ignores_it_is_cut_and_cannot_return_with_its_key(self):
        stubborn = self.raw("Eve")
        stubborn.next("welcome")
        message = self.crier_json("drop", stubborn.id, "--grace", "2s")["id"]
        shown = stubborn.next("message")
        stubborn.report(shown, state=3)
        self.assertEqual(stubborn.next("refused")["code"], DROPPED)
        stubborn.say("state", state=1)  # It acts as if nothing had been said.
        stubborn.wait_until_cut()
        self.assertEqual(self.crier_json("sessions"), [])
        again = self.raw("Eve", stubborn.keys)
        self.assertEqual(again.next("refused")["code"], DROPPED)
        again.wait_until_cut()
        self.broker.kill()
        self.broker.start()
        refused = self.raw("Eve", stubborn.keys).next("refused")
        self.assertEqual(refused["code"], DROPPED)
        self.assertIn("until 2", refused["detail"])
        row = self.crier("report", message).stdout.splitlines()[1]
        self.assertIn("displayed", row)
        self.assertIn(",yes,", row, "it was dropped")

    def test_with_another_key_it_is_a_newcomer_whom_a_closed_admission_keeps_out(self):
        stubborn = self.raw("Eve")
        stubborn.next("welcome")
        said = self.crier("drop", "--all", "--wait").stdout
        self.assertIn("close admission", said)
        self.raw("Eve").next("welcome")
        self.crier("admission", "close", "--message", "Closed.")
        refused = self.raw("Eve").next("refused")
        self.assertEqual((refused["code"], refused["detail"]), (ADMISSION_CLOSED, "Closed."))

    def test_an_answer_that_was_never_offered_ends_the_connection_and_counts_for_nothing(self):
        rude = self.raw("Eve")
        rude.next("welcome")
        asking = self.crier_beside("ask", "Ready?", "--choice", "yes", "--choice", "no")
        question = rude.next("message")
        rude.report(question, state=5, answer=2)
        self.assertEqual(rude.next("refused")["code"], ANSWER_UNKNOWN)
        rude.wait_until_cut()
        again = self.raw("Eve", rude.keys)
        again.report(again.next("message"), state=5, answer=1)
        self.assertEqual(asking.wait(DEADLINE_S), 0)
        self.assertEqual(asking.stdout.read(), "yes\t0\nno\t1\nno answer\t0\n")

    def test_nobody_to_drop_is_2_and_nobody_named_is_64(self):
        self.crier("drop", "--all", expect=2)
        self.crier("drop", expect=64)
        self.crier("drop", "0" * 32, expect=3)


if __name__ == "__main__":
    unittest.main()
