"""The scenario that everything is measured by, with the real programs."""

import unittest

from support import SystemTest

MAINTENANCE = ("Une opération de maintenance est prévue à 22h. Le serveur sera redémarré. "
               "Veuillez vous déconnecter avant 22h.")
LINES = "Première ligne : à 22h\nDeuxième ligne\n\nQuatrième, après une vide"


class MainJob(SystemTest):
    def setUp(self):
        super().setUp()
        self.start_broker()
        self.office = self.agent("Vanessa", "--machine", "office-12")
        self.home = self.agent("Vanessa", "--machine", "laptop-7")
        self.marc = self.agent("Marc", "--machine", "desk-3")

    def test_a_broadcast_appears_once_on_every_screen_with_its_accents_line_by_line(self):
        sent = self.crier_json("send", MAINTENANCE, "--wait", "displayed")
        self.assertEqual(sent["targeted"], 3)
        self.assertEqual(sent["tally"]["displayed"], 3)
        self.crier("send", text=LINES)
        for agent in (self.office, self.home, self.marc):
            messages = agent.wait_for("message", 2)
            self.assertEqual([message["text"] for message in messages], [MAINTENANCE, LINES])
            self.assertEqual(messages[0]["topic"], "all")
            self.assertEqual(messages[0]["id"], sent["id"])
            self.assertEqual(messages[0]["seq"], sent["seq"])

    def test_a_message_to_each_of_her_sessions_appears_there_and_on_no_other(self):
        hers = self.crier_json("sessions", "--where", "system_user=Vanessa")
        self.assertEqual({one["id"] for one in hers}, {self.office.id, self.home.id})
        for one in hers:
            self.crier("send", "-s", one["id"], f"Salut {one['machine']}", "--wait", "displayed")
        self.crier("send", "the end", "--wait", "displayed")  # Nothing comes after it.
        self.assertEqual(self.office.texts(), ["Salut office-12", "the end"])
        self.assertEqual(self.home.texts(), ["Salut laptop-7", "the end"])
        self.assertEqual(self.marc.texts(), ["the end"])
        self.assertEqual(self.office.events("message")[0]["topic"], "session/" + self.office.id)

    def test_status_shows_what_became_of_a_message_on_each_session(self):
        sent = self.crier_json("send", "Salut", "--where", "system_user=Vanessa", "--style",
                               "alert", "--wait", "displayed")
        self.office.acknowledge(sent["id"])
        self.crier("send", "-s", self.office.id, "after", "--wait", "displayed")
        status = self.crier_json("status", sent["id"])
        states = {one["session"]: one["state"] for one in status["sessions"]}
        self.assertEqual(states, {self.office.id: "acknowledged", self.home.id: "displayed"})
        listed = self.crier_json("status")
        self.assertEqual([one["text"] for one in listed], ["after", "Salut"])

    def test_sessions_are_listed_with_their_attributes(self):
        by_machine = {one["machine"]: one for one in self.crier_json("sessions")}
        self.assertEqual(set(by_machine), {"office-12", "laptop-7", "desk-3"})
        marc = by_machine["desk-3"]
        self.assertEqual(marc["id"], self.marc.id)
        self.assertEqual(marc["user"], "Marc")
        self.assertEqual(marc["state"], "active")
        self.assertEqual(marc["type"], "agent")
        self.assertFalse(marc["system_user_verified"])
        for key in ("persistent_id", "system_user", "address", "host_type", "application",
                    "created", "unreachable_since", "locale", "groups"):
            self.assertIn(key, marc)

    def test_a_sessions_own_key_cannot_send(self):
        refused = self.crier("send", "I am the administrator", invitation="sessions", expect=4)
        self.assertIn("invitation", refused.stderr)
        self.assertEqual(self.crier_json("status"), [])
        self.crier("send", "the end", "--wait", "displayed")
        for agent in (self.office, self.home, self.marc):
            self.assertEqual(agent.texts(), ["the end"])


if __name__ == "__main__":
    unittest.main()
