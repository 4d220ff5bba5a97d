"""What a key may do, as its line in the broker's list of keys says: the real programs."""

import json
import unittest

from support import SystemTest

REFUSED = 4


class Rights(SystemTest):
    def give(self, rights):
        """The operators' invitation has these from the broker's next start on."""
        self.broker.kill()
        file = self.broker.data / "keys" / "principals"
        lines = file.read_text(encoding="utf-8").splitlines()
        changed = [" ".join([line.split()[0], rights, "operator"])
                   if line.endswith(" operator") else line for line in lines]
        self.assertNotEqual(changed, lines)
        file.write_text("\n".join(changed) + "\n", encoding="utf-8")
        self.broker.start()

    def refusal(self, *command):
        return self.crier(*command, expect=REFUSED).stderr

    def test_the_invitation_for_operators_may_do_everything_but_hear_the_bell(self):
        self.start_broker()
        self.assertEqual(self.crier_json("whoami")["rights"],
                         ["send", "drop", "drain", "admission", "list", "watch", "audit",
                          "cluster", "keys"])

    def test_a_key_that_may_only_send_is_told_which_right_it_lacks(self):
        self.start_broker()
        vanessa = self.agent("Vanessa")
        self.give("send,severity:warning")
        self.assertEqual(self.crier_json("whoami")["rights"], ["send", "severity:warning"])
        self.crier("send", "Salut")
        vanessa.wait_for("message")
        self.assertIn("up to warning", self.refusal("send", "--severity", "critical", "Fire!"))
        for command, right in ((("sessions",), "list"),
                               (("drop", "--all", "--message", "Out", "--grace", "1s"), "drop"),
                               (("admission", "close", "--message", "Later"), "admission"),
                               (("audit",), "audit"),
                               (("cluster", "forget", "0" * 32), "cluster")):
            with self.subTest(command):
                said = self.refusal(*command)
                self.assertIn(f"your key has no right to {right} (", said)
                self.assertIn("crier whoami", said, "what to do")
        self.assertEqual(vanessa.texts(), ["Salut"])
        self.assertIn("request_refused", self.broker.log_text())

    def test_who_may_not_drain_changes_no_drain_of_somebody_else(self):
        self.start_broker()
        drain = self.crier_json("drain", "--in", "1h", "--close-admission", "5m", "--drop",
                                "--message", "Sign off")["id"]
        self.give("send,list")
        for command in (("recall", drain), ("update", drain, "Stay")):
            self.assertIn("no right to drain (", self.refusal(*command))
        planned = json.loads(self.crier("scheduled", "--json").stdout)
        self.assertEqual([one["id"] for one in planned], [drain])


if __name__ == "__main__":
    unittest.main()
