"""Several brokers act as one, over a real nats-server."""

import json
import signal
import time
import unittest
import uuid

from cluster_support import ClusterTest
from support import DEADLINE_S, Lines


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
        self.crier_at(0, "send", "Stands", "--expires", "+10m", "--wait", "displayed")
        self.nats.kill(0)
        self.until(0, ["health"], lambda health: not health["healthy"])
        carl = self.agent_at(0, "Carl")
        carl.wait_for("message")
        refused = self.crier_at(0, "send", "Nobody gets this", "--timeout", "1s", expect=None)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("backbone_unreachable", refused.stderr)
        self.nats.start(0)
        self.wait_until_it_takes(0)
        self.crier_at(0, "send", "Back", "--wait", "displayed")
        for agent in (vanessa, carl):
            self.assertEqual(agent.texts(), ["Stands", "Back"])
            self.assertEqual(agent.events("disconnected"), [])


class Moves(ClusterTest):
    def counted_once(self, number, message, state):
        """Until all brokers together count one session, in that state, and none is missing."""
        return self.until(number, ["status", message],
                          lambda status: status["targeted"] == 1
                          and status["tally"][state] == 1 and len(status["sessions"]) == 1)

    def test_a_session_goes_to_another_broker_when_its_own_dies(self):
        vanessa = self.agent_at(0, "Vanessa")
        before = self.json_at(1, "send", "before", "--wait", "displayed")
        self.brokers[0].kill()
        vanessa.wait_for("connected", 2)
        self.json_at(1, "send", "-s", vanessa.id, "after", "--wait", "displayed")
        self.assertEqual(vanessa.texts(), ["before", "after"])
        self.assertEqual([one["id"] for one in self.json_at(2, "sessions")], [vanessa.id])
        self.counted_once(2, before["id"], "displayed")

        self.brokers[0].start()
        self.wait_until_it_takes(0)
        self.counted_once(0, before["id"], "displayed")
        self.assertEqual([one["id"] for one in self.json_at(0, "sessions")], [vanessa.id])

    def test_a_session_leaves_a_broker_that_hangs(self):
        vanessa = self.agent_at(0, "Vanessa")
        self.brokers[0].process.send_signal(signal.SIGSTOP)
        try:
            vanessa.wait_for("connected", 2)
            self.crier_at(1, "send", "-s", vanessa.id, "Here", "--wait", "displayed")
        finally:
            self.brokers[0].process.send_signal(signal.SIGCONT)
        self.wait_until_it_takes(0)
        self.crier_at(0, "send", "Still here", "--wait", "displayed")
        self.assertEqual(vanessa.texts(), ["Here", "Still here"])

    def test_sessions_go_elsewhere_when_their_broker_stops(self):
        agents = [self.agent_at(0, f"user{number}") for number in range(6)]
        self.assertEqual(self.brokers[0].stop(), 0)
        for agent in agents:
            agent.wait_for("connected", 2)
        sent = self.json_at(1, "send", "still here", "--wait", "displayed")
        self.assertEqual(sent["tally"]["displayed"], 6)
        self.until(1, ["cluster", "status"], lambda status: sum(
            one["sessions"] for one in status["brokers"] if one["reachable"]) == 6)
        for agent in agents:
            self.assertEqual(agent.texts(), ["still here"])


class Operators(ClusterTest):
    """What an operator is told of the brokers, and where requests go that one cannot take."""

    def operators_seen(self, number):
        return self.brokers[number].log_text().count("operator_joined")

    def test_what_no_broker_can_take_is_sent_when_the_log_is_back(self):
        vanessa = self.agent_at(1, "Vanessa")
        self.nats.kill(0)
        for number in range(3):
            self.until(number, ["health"], lambda health: not health["healthy"])
        before = self.operators_seen(0)
        sending = self.start_crier_at(0, "send", "Patience", "--wait", "displayed", "--json",
                                      "--timeout", f"{DEADLINE_S}s")
        # It has come to this broker, which dies before it could take anything.
        self.until(1, ["health"], lambda _: self.operators_seen(0) > before)
        self.brokers[0].kill()
        self.nats.start(0)
        output, errors = sending.communicate(timeout=2 * DEADLINE_S)
        self.assertEqual(sending.returncode, 0, errors)
        self.assertEqual(json.loads(output)["tally"]["displayed"], 1)
        self.assertEqual(vanessa.texts(), ["Patience"])

    def test_a_watcher_goes_on_at_a_broker_that_its_own_has_named(self):
        watching = Lines(self.start_crier_at(0, "watch", "--json").stdout)
        carl = self.agent_at(1, "Carl")
        self.until(1, ["sessions"], lambda sessions: len(sessions) == 1)
        self.crier_at(1, "send", "-s", carl.id, "before")
        watching.wait_until(lambda lines: any("message_accepted" in line for line in lines))
        self.brokers[0].kill()
        watching.wait_until(lambda lines: any('"missed"' in line for line in lines))
        doris = self.agent_at(2, "Doris")
        watching.wait_until(lambda lines: any(doris.id in line for line in lines))

    def test_it_is_told_how_the_brokers_are(self):
        self.agent_at(0, "Vanessa")
        status = self.until(2, ["cluster", "status"], lambda status: [
            one["sessions"] for one in status["brokers"]] == [1, 0, 0])
        self.assertEqual([one["name"] for one in status["brokers"]], ["b0", "b1", "b2"])
        self.assertEqual([one["this"] for one in status["brokers"]], [False, False, True])
        self.assertEqual(status["silent"], [])
        self.crier_at(2, "cluster", "status")
        self.brokers[0].kill()
        self.until(1, ["cluster", "status"], lambda status: status["silent"])
        told = self.crier_at(1, "cluster", "status", expect=1)
        self.assertRegex(told.stdout, r"(?m)^b0\t.*\tsilent\t")

    def test_it_is_told_who_did_not_answer_and_how_many_sessions_that_one_had(self):
        vanessa = self.agent_at(0, "Vanessa")
        sent = self.json_at(1, "send", "Maintenance", "--wait", "displayed")
        self.assertEqual(sent["silent"], [])
        vanessa.signal(signal.SIGSTOP)  # It cannot go elsewhere when its broker dies.
        self.brokers[0].kill()
        self.until(1, ["cluster", "status"], lambda status: status["silent"] == [
            {"broker": "b0", "sessions": 1}])
        line = "crier: 1 broker did not answer: b0 (1 session). Its sessions are missing here.\n"
        for command in ("sessions", "status", "history"):
            for form in ([], ["--json"]):
                self.assertEqual(self.crier_at(1, command, *form).stderr, line)
        self.assertEqual(self.json_at(1, "status", sent["id"])["silent"],
                         [{"broker": "b0", "sessions": 1}])
        waited = self.crier_at(1, "send", "Anybody?", "--wait", "displayed", "--timeout", "1s",
                               expect=None)
        self.assertIn(line, waited.stderr)


class Purged(ClusterTest):
    """A stream that has less than its brokers: as after a day, or when somebody has emptied it."""

    def purge(self):
        answer = json.loads(self.nats.ask("$JS.API.STREAM.PURGE.CRIER_crier"))
        self.assertTrue(answer["success"], answer)

    def entries_at(self, number):
        return {(one["id"], one["at"])
                for one in self.json_at(number, "audit", "--count", "100")}

    def test_a_broker_that_was_away_copies_from_another_what_the_stream_has_lost(self):
        self.json_at(0, "send", "before", "--expires", "+10m")
        self.until(2, ["history"], lambda history: len(history) == 1)
        self.brokers[2].kill()
        for text in ("one", "two", "three"):
            self.json_at(0, "send", text, "--expires", "+10m")
        self.purge()
        self.json_at(1, "send", "four", "--expires", "+10m")
        self.brokers[2].start()
        self.wait_until_it_takes(2)
        vanessa = self.agent_at(2, "Vanessa")
        vanessa.wait_for("message", 5)
        self.assertEqual(sorted(vanessa.texts()), sorted(["before", "one", "two", "three", "four"]))
        self.assertEqual(self.entries_at(2), self.entries_at(0))

    def test_a_broker_that_was_forgotten_is_missed_by_nobody_and_may_come_back(self):
        self.until(0, ["cluster", "status"], lambda status: len(status["brokers"]) == 3)
        alive = self.crier_at(0, "cluster", "forget", "b2", expect=None)
        self.assertNotEqual(alive.returncode, 0)
        self.assertIn("broker b2 is alive", alive.stderr)
        self.brokers[2].kill()
        self.until(0, ["cluster", "status"], lambda status: status["silent"])
        self.crier_at(0, "cluster", "forget", "b2")
        for number in (0, 1):
            self.until(number, ["cluster", "status"],
                       lambda status: [one["name"] for one in status["brokers"]] == ["b0", "b1"])
        self.json_at(0, "send", "while it is away", "--expires", "+10m")
        self.purge()
        self.brokers[2].start()
        self.wait_until_it_takes(2)
        self.until(0, ["cluster", "status"], lambda status: len(status["brokers"]) == 3)
        self.until(2, ["history"], lambda history: len(history) == 1)

    def test_a_new_broker_of_an_emptied_stream_copies_everything(self):
        for number in range(70):  # More than goes into one part of a copy.
            self.crier_at(number % 3, "send", f"message {number}", "--expires", "+10m")
        self.purge()
        self.add_broker(3)
        self.wait_until_it_takes(3)
        self.assertEqual(len(self.entries_at(3)), 70)
        self.assertEqual(self.entries_at(3), self.entries_at(0))
        self.crier_at(3, "audit", "verify")
        sent = self.json_at(3, "send", "from the new one", "--expires", "+10m")
        self.until(0, ["history"], lambda history: history[0]["id"] == sent["id"])


class NatsFaults(ClusterTest):
    """Three NATS servers, of which one at a time is lost."""

    nats_count = 3

    PATIENCE_S = 40  # More than an election takes.

    def is_accepted(self, number, text, message, within):
        """As whoever is told that the outcome is unknown: again, with the same id."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            sent = self.crier_at(number, "send", text, "--id", message, "--timeout", "15s",
                                 expect=None)
            if sent.returncode == 0:
                return True
            self.assertRegex(sent.stderr, "outcome_unknown|backbone_unreachable")
        return False

    def send_while_away(self, victim, number, text):
        """Two servers of three may elect nobody until the third is back: see CLUSTER.md. Then it
        comes back earlier."""
        message = uuid.uuid4().hex
        if self.is_accepted(number, text, message, self.PATIENCE_S):
            return
        self.bring_back(victim)
        self.assertTrue(self.is_accepted(number, text, message, DEADLINE_S), text)

    def bring_back(self, victim):
        if victim in self.away:
            self.away.remove(victim)
            self.nats.start(victim)

    def test_nothing_accepted_is_lost_and_nothing_shown_twice_while_each_server_is_killed(self):
        agents = [self.agent_at(number, f"user{number}") for number in range(3)]
        accepted = []
        self.away = set()
        for victim in range(3):
            self.nats.kill(victim)
            self.away.add(victim)
            for number in range(3):
                text = f"server {victim} is gone, said at {number}"
                self.send_while_away(victim, number, text)
                accepted.append(text)
            self.bring_back(victim)
        accepted.append("the end")
        self.assertTrue(self.is_accepted(0, "the end", uuid.uuid4().hex, DEADLINE_S))
        for agent in agents:
            agent.wait_for("message", len(accepted))
            self.assertEqual(sorted(agent.texts()), sorted(accepted))


if __name__ == "__main__":
    unittest.main()
