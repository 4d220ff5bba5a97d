"""Several brokers act as one, over a real nats-server."""

import unittest

from cluster_support import ClusterTest


class Cluster(ClusterTest):
    def test_a_broadcast_reaches_the_sessions_of_all_brokers_once(self):
        agents = [self.agent_at(number, user) for number, user in
                  enumerate(("Vanessa", "Carl", "Doris"))]
        sent = self.json_at(1, "send", "Maintenance at 22:00", "--wait", "displayed")
        self.assertEqual(sent["targeted"], 3)
        self.assertEqual(sent["tally"]["displayed"], 3)
        self.json_at(2, "send", "the end", "--wait", "displayed")
        for agent in agents:
            self.assertEqual(agent.texts(), ["Maintenance at 22:00", "the end"])

    def test_one_session_is_reached_from_any_broker(self):
        vanessa = self.agent_at(0, "Vanessa")
        carl = self.agent_at(1, "Carl")
        self.crier_at(2, "send", "-s", vanessa.id, "Salut Vanessa", "--wait", "displayed")
        self.crier_at(0, "send", "the end", "--wait", "displayed")
        self.assertEqual(vanessa.texts(), ["Salut Vanessa", "the end"])
        self.assertEqual(carl.texts(), ["the end"])

    def test_any_broker_lists_the_sessions_of_all(self):
        for number, user in enumerate(("Vanessa", "Carl", "Doris")):
            self.agent_at(number, user)
        for number in range(3):
            users = {one["user"] for one in self.json_at(number, "sessions")}
            self.assertEqual(users, {"Vanessa", "Carl", "Doris"})

    def test_a_message_is_recalled_at_another_broker(self):
        vanessa = self.agent_at(0, "Vanessa")
        sent = self.json_at(1, "send", "Wrong", "--wait", "displayed")
        self.crier_at(2, "recall", sent["id"])
        vanessa.wait_for("removed")

    def test_entries_survive_a_restart_of_everything(self):
        sent = self.json_at(1, "send", "Kept", "--expires", "+10m")
        for broker in self.brokers:
            broker.kill()
        self.nats.kill(0)
        self.nats.start(0)
        for broker in self.brokers:
            broker.start()
        for number in range(3):
            self.wait_until_it_takes(number)
        vanessa = self.agent_at(0, "Vanessa")
        self.assertEqual(vanessa.wait_for("message")[0]["text"], "Kept")
        self.assertEqual(self.json_at(2, "status")[0]["id"], sent["id"])

    def test_without_nats_new_entries_are_refused_and_later_taken_again(self):
        vanessa = self.agent_at(0, "Vanessa")
        self.nats.kill(0)
        self.until(0, ["health"], lambda health: not health["healthy"])
        refused = self.crier_at(0, "send", "Nobody gets this", "--timeout", "1s", expect=None)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("backbone_unreachable", refused.stderr)
        self.nats.start(0)
        self.wait_until_it_takes(0)
        self.crier_at(0, "send", "Back", "--wait", "displayed")
        self.assertEqual(vanessa.texts(), ["Back"])


if __name__ == "__main__":
    unittest.main()
