"""Emptying a system by a plan, and admission, with the real programs.

A plan of an hour is one of some seconds here: long enough that a busy machine keeps up.
"""

import unittest

from support import DEADLINE_S, SystemTest

PLAN = ["--in", "8s", "--announce", "5s,2s", "--close-admission", "5s", "--drop",
        "--message", "Maintenance in {remaining}."]


class Drain(SystemTest):
    def setUp(self):
        super().setUp()
        self.start_broker()
        self.vanessa = self.agent("Vanessa")
        self.marc = self.agent("Marc")

    def test_a_plan_is_announced_closes_admission_moves_drops_and_is_reported(self):
        dry = self.crier("drain", *PLAN, "--dry-run").stdout
        self.assertIn("announced, 5s before", dry)
        self.assertIn("now 2 sessions", dry)
        drain = self.crier_json("drain", *PLAN)["id"]
        self.assertIn(drain, self.crier("scheduled").stdout)
        told = self.vanessa.wait_for("message")[0]
        self.assertRegex(told["text"], r"^Maintenance in 0:0\d\.$")
        self.assertIsNotNone(told["countdown_to"])
        self.vanessa.acknowledge(drain)

        new = self.visitor("Eve")
        refused = new.wait_for("disconnected")[0]
        self.assertEqual((refused["name"], refused["will_return"]), ("admission_closed", True))
        self.assertRegex(refused["reason"], r"^Maintenance in 0:0\d\.$")
        self.assertRegex(self.crier("admission").stdout, r"(?s)closed.*Maintenance in 0:0\d\.")

        moved = self.crier_json("drain", "extend", drain, "2s")
        self.assertEqual(self.marc.wait_for("changed")[0]["countdown_to"], moved["at"])
        self.assertGreater(moved["at"], told["countdown_to"])
        reminder = self.marc.wait_for("changed", 2)[1]
        self.assertTrue(reminder["reminder"])
        for agent in (self.vanessa, self.marc):
            end = agent.wait_for("ended")[0]
            self.assertEqual((end["cause"], end["name"]), ("dropped", "dropped"))
            self.assertEqual(agent.process.wait(DEADLINE_S), 8)
        self.assertFalse([one for one in self.vanessa.events("changed") if one["reminder"]],
                         "she has said that she knows")

        rows = self.crier("report", drain).stdout.splitlines()[1:]
        self.assertEqual(sorted(row.split(",")[1] + " " + row.split(",")[7] for row in rows),
                         ["Marc displayed", "Vanessa acknowledged"])
        self.assertTrue(all(",yes," in row for row in rows), rows)
        self.assertIn("1 displayed", self.crier("drain", "report", drain).stdout)
        self.assertEqual(self.crier("scheduled").stdout, "")
        self.assertEqual(self.crier_json("sessions"), [])

        self.assertEqual(new.events("connected"), [], "it lasts until somebody opens it")
        self.crier("admission", "open")
        new.wait_for("connected")

    def test_a_plan_that_is_called_off_opens_admission_and_tells_the_users_once(self):
        drain = self.crier_json("drain", *PLAN)["id"]
        self.vanessa.wait_for("message")
        new = self.visitor("Eve")
        new.wait_for("disconnected")
        self.crier("drain", "cancel", drain, "--message", "Not tonight.")
        self.assertEqual(self.vanessa.wait_for("removed")[0]["cause"], "recalled")
        self.assertEqual(self.vanessa.wait_for("message", 2)[1]["text"], "Not tonight.")
        new.wait_for("connected")
        self.assertTrue(self.crier_json("admission")["open"])
        self.crier("drain", "cancel", drain, "--message", "Not tonight.")
        self.crier("send", "the end", "--wait", "displayed")
        self.assertEqual(self.vanessa.texts()[1:], ["Not tonight.", "the end"])
        self.assertEqual(len(self.crier_json("sessions")), 3)
        self.assertEqual(self.crier("scheduled").stdout, "")

    def test_one_that_was_never_announced_is_called_off_in_silence(self):
        drain = self.crier_json("drain", "--in", "1h", "--announce", "5m", "--drop")["id"]
        self.crier("drain", "cancel", drain)
        self.crier("send", "the end", "--wait", "displayed")
        self.assertEqual(self.vanessa.texts(), ["the end"])

    def test_a_plan_without_drop_leaves_the_screens_at_its_end(self):
        drain = self.crier_json("drain", "--in", "3s")["id"]
        removed = self.marc.wait_for("removed")[0]
        self.assertEqual((removed["id"], removed["cause"]), (drain, "expired"))
        self.assertEqual(len(self.crier_json("sessions")), 2)

    def test_a_plan_goes_on_over_a_crash_of_the_broker(self):
        self.crier("drain", *PLAN)
        self.vanessa.wait_for("message")
        self.broker.kill()
        self.broker.start()
        for agent in (self.vanessa, self.marc):
            self.assertEqual(agent.wait_for("ended")[0]["name"], "dropped")
        self.assertFalse(self.crier_json("admission")["open"])


class Admission(SystemTest):
    CLOSED = "Closed until 23:00. Call 4711."

    def setUp(self):
        super().setUp()
        self.start_broker()

    def test_new_sessions_are_refused_over_a_restart_and_see_why(self):
        vanessa = self.agent("Vanessa")
        self.crier("admission", "close", "--message", self.CLOSED)
        self.broker.kill()
        self.broker.start()
        vanessa.wait_for("connected", 2)
        marc = self.visitor("Marc")
        refused = marc.wait_for("disconnected")[0]
        self.assertEqual((refused["reason"], refused["name"]), (self.CLOSED, "admission_closed"))
        person = self.visitor("Lea", screen="terminal")
        person.lines.wait_until(lambda lines: any(self.CLOSED in line for line in lines))
        status = self.crier_json("admission")
        self.assertEqual((status["open"], status["message"]), (False, self.CLOSED))
        self.assertEqual([one["id"] for one in self.crier_json("sessions")], [vanessa.id])
        self.crier("admission", "open")
        marc.wait_for("connected")
        self.assertTrue(self.crier_json("admission")["open"])

    def test_an_exemption_is_for_what_the_broker_knows_itself(self):
        self.crier("admission", "close", "--message", self.CLOSED, "--except",
                   "address=127.0.0.0/8")
        self.agent("Vanessa")
        self.crier("admission", "close", "--message", self.CLOSED, "--except", "user=Marc")
        # He says that he is Marc; for the broker he is nobody.
        self.visitor("Marc").wait_for("disconnected")
        self.crier("admission", "close", "--message", self.CLOSED, "--except", "user!=eve",
                   expect=4)


if __name__ == "__main__":
    unittest.main()
