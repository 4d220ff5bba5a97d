"""The Python package with a cluster of real brokers."""

import asyncio
import concurrent.futures
import signal
import time
import unittest

import crier
import bindings_support  # For what it does to the environment of the broker.
from cluster_support import ClusterTest
from support import DEADLINE_S


class PythonCluster(ClusterTest):
    def setUp(self):
        super().setUp()
        self.publisher = crier.Publisher(self.brokers[0].invitation("operators"))
        self.addCleanup(self.publisher.close)

    def until(self, is_so):
        """Asks again and again; `is_so` asks a broker, and so waits a little."""
        end = time.monotonic() + DEADLINE_S
        while not is_so():
            self.assertLess(time.monotonic(), end, "waited in vain")

    def wait_until_it_takes(self, number, deadline_s=DEADLINE_S):
        with crier.Publisher(self.brokers[number].invitation("operators")) as publisher:
            self.until(lambda: publisher.health().is_healthy)

    def test_a_request_that_was_on_its_way_when_its_broker_died_is_done_by_another(self):
        vanessa = self.agent_at(1, "Vanessa")
        self.brokers[0].process.send_signal(signal.SIGSTOP)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            # What is sent now lies in the pipe of a broker that will not read it.
            sending = pool.submit(self.publisher.send, "Safe", wait_for=crier.State.DISPLAYED,
                                  timeout=DEADLINE_S)
            sessions = pool.submit(self.publisher.sessions, timeout=DEADLINE_S)
            self.brokers[0].kill()
            sent = sending.result()
            self.assertEqual([one.id for one in sessions.result()], [vanessa.id])
        self.assertTrue(sent.is_complete)
        self.assertFalse(sent.already)
        self.assertEqual(vanessa.texts(), ["Safe"])

    def test_it_is_told_how_the_brokers_are(self):
        self.agent_at(1, "Vanessa")
        self.until(lambda: [one.sessions for one in self.publisher.cluster()] == [0, 1, 0])
        brokers = self.publisher.cluster()
        self.assertEqual([one.name for one in brokers], ["b0", "b1", "b2"])
        self.assertEqual([one.is_this for one in brokers], [True, False, False])
        self.assertTrue(all(one.is_reachable and one.takes_entries for one in brokers))
        self.assertTrue(all(one.endpoints and one.software for one in brokers))
        self.assertEqual(len({one.id for one in brokers}), 3)

        async def asked():
            invitation = self.brokers[0].invitation("operators")
            async with await crier.aio.Publisher.connect(invitation) as publisher:
                return await publisher.cluster()
        self.assertEqual([one.id for one in asyncio.run(asked())], [one.id for one in brokers])

    def test_it_is_told_who_did_not_answer(self):
        vanessa = self.agent_at(1, "Vanessa")
        sent = self.publisher.send("Maintenance", wait_for=crier.State.DISPLAYED)
        self.assertEqual((sent.silent_brokers, sent.silent_sessions), (0, 0))
        vanessa.signal(signal.SIGSTOP)  # It cannot go elsewhere when its broker dies.
        self.brokers[1].kill()
        silent = (crier.SilentBroker("b1", 1),)
        self.until(lambda: self.publisher.sessions().silent == silent)
        self.assertEqual(self.publisher.sessions(), [])
        self.assertEqual(self.publisher.messages(1).silent, silent)
        self.assertEqual(self.publisher.outcome(sent.id).silent, silent)
        again = self.publisher.send("Anybody?")
        self.assertEqual((again.silent_brokers, again.silent_sessions), (1, 1))
        progress = self.publisher.wait(again.id, crier.State.DISPLAYED, timeout=0.5)
        self.assertEqual((progress.silent_brokers, progress.silent_sessions), (1, 1))


if __name__ == "__main__":
    unittest.main()
