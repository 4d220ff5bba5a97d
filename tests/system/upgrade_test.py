"""A cluster whose brokers are upgraded one after the other: beside one of the next version, at what
only that one can read, and while each of them is restarted under way."""

import base64
import hashlib
import os
import threading
import unittest

import msgpack

from cluster_support import ClusterTest
from stranger_broker import NEWER, NextBroker, unsealed
from support import DEADLINE_S


class NextVersion(ClusterTest):
    """Two brokers of this version beside one of the next."""

    broker_count = 2

    def setUp(self):
        super().setUp()
        text = (self.brokers[0].data / "keys" / "cluster.key").read_text().strip()
        self.next = NextBroker(self.nats.ports[0], base64.urlsafe_b64decode(text + "="))
        self.addCleanup(self.next.end)
        for number in range(2):
            self.until(number, ["cluster", "status"], lambda status: any(
                one["name"] == "next" for one in status["brokers"]) and not status["silent"])
        self.agents_ = [self.agent_at(number, user)
                        for number, user in enumerate(("Vanessa", "Carl"))]

    def envelope_of(self, message):
        """As its broker has put it into the log."""
        wanted = bytes.fromhex(message)
        self.next.wait_until("the entry in the log", lambda: any(
            unsealed(body).get("id") == wanted for body in self.next.log))
        return next(unsealed(body) for body in self.next.log
                    if unsealed(body).get("id") == wanted)

    def another(self, envelope, text):
        """The same with another id and text, and what else a newer broker has to say of it."""
        frame = msgpack.unpackb(envelope["body"])
        frame["text"] = text
        body = msgpack.packb(frame)
        return {**envelope, **NEWER, "id": os.urandom(16), "broker": self.next.id, "body": body,
                "hash": hashlib.blake2b(body, digest_size=32).digest()}

    def test_works_with_these(self):
        sent = self.json_at(0, "send", "Maintenance at 22:00", "--wait", "displayed")
        self.assertEqual((sent["tally"]["displayed"], sent["silent"]), (2, []))
        self.assertIn("ask_tally", [kind for kind, _ in self.next.heard])

        self.next.publish(self.another(self.envelope_of(sent["id"]), "From a newer broker"))
        for agent in self.agents_:
            agent.wait_for("message", 2)
            self.assertEqual(agent.texts(), ["Maintenance at 22:00", "From a newer broker"])
        for number in range(2):
            self.until(number, ["cluster", "status"], lambda status: [
                (one["name"], one["behind"]) for one in status["brokers"]] == [
                    ("b0", 0), ("b1", 0), ("next", 0)])
            log = self.brokers[number].log_text()
            self.assertIn("broker_unread", log)
            self.assertNotIn("broker_lost", log)

    def test_is_waited_for_at_what_only_it_can_read(self):
        sent = self.json_at(0, "send", "before", "--wait", "displayed")
        self.next.publish({**self.another(self.envelope_of(sent["id"]), "of version 2"), "v": 2})
        for number in range(2):
            health = self.until(number, ["health"], lambda health: not health["healthy"])
            self.assertIn("newer crierd", str(health))
            self.assertIn("log_newer_message", self.brokers[number].log_text())
        refused = self.crier_at(0, "send", "after", "--timeout", "2s", expect=None)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("install that one on this broker", refused.stderr)
        # It is upgraded to the same: nothing is lost, and nothing is taken.
        self.brokers[1].stop()
        self.brokers[1].start()
        self.until(1, ["health"], lambda health: "newer crierd" in str(health))
        for agent in self.agents_:
            self.assertEqual(agent.texts(), ["before"])


class RollingRestart(ClusterTest):
    """As the runbook says: one broker at a time, and the next when all are well."""

    def keep_sending(self, sent):
        while not self.is_done.is_set():
            done = self.crier_at(self.sender, "send", f"message {len(sent)}", "--json",
                                 "--timeout", f"{DEADLINE_S}s", expect=None)
            self.results.append((done.returncode, done.stderr))
            sent.append(f"message {len(sent)}")

    def test_loses_nothing_and_shows_nothing_twice(self):
        agents = [self.agent_at(number, user)
                  for number, user in enumerate(("Vanessa", "Carl", "Doris"))]
        for number in range(3):
            self.until(number, ["sessions"], lambda sessions: len(sessions) == 3)
        self.is_done = threading.Event()
        self.sender = 0
        self.results = []
        sent = []
        sending = threading.Thread(target=self.keep_sending, args=(sent,))
        sending.start()
        try:
            for number in (2, 1, 0):
                self.sender = (number + 1) % 3
                self.assertEqual(self.brokers[number].stop(), 0)
                self.brokers[number].start()
                self.wait_until_it_takes(number)
                self.until(number, ["cluster", "status"], lambda status: (
                    len(status["brokers"]) == 3 and not status["silent"]))
        finally:
            self.is_done.set()
            sending.join()
        for code, said in self.results:
            # When all sessions are on their way from one broker to another, nobody has them; they
            # are shown it all the same.
            on_their_way = code == 2 and "did not answer" in said
            self.assertTrue(code == 0 or on_their_way, self.results)
        self.crier_at(0, "send", "the end", "--wait", "displayed")
        for agent in agents:
            self.assertEqual(agent.texts(), [*sent, "the end"])


if __name__ == "__main__":
    unittest.main()
