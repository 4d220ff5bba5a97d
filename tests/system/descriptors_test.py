"""A broker that may have few descriptors, and more who want in than fit: each further one is told
so, those inside go on, nobody spins, and whoever waits gets in when others leave."""

import os
import pathlib
import resource
import socket
import time
import unittest

import msgpack
import zmq

from raw_session import RawSession
from support import DEADLINE_S, Agent, Broker, SystemTest

DESCRIPTORS = 256
CONNECTIONS = DESCRIPTORS // 2
SILENT = 600
HEARTBEAT_S = 5


class Held(RawSession):
    """A session that is held open, with all that it was sent."""

    def __init__(self, *arguments):
        self.frames, self.due = [], 0
        super().__init__(*arguments)

    def serve(self):
        if time.monotonic() >= self.due:
            self.due = time.monotonic() + HEARTBEAT_S / 2
            self.say("heartbeat")
        while self.dealer.poll(0):
            self.frames.append(msgpack.unpackb(self.dealer.recv()))

    def count(self, kind):
        return sum(frame["t"] == kind for frame in self.frames)


class Descriptors(SystemTest):
    def setUp(self):
        super().setUp()
        few = ["prlimit", f"--nofile={DESCRIPTORS}:{DESCRIPTORS}"]
        if os.geteuid() == 0:  # Root would raise the limit.
            few += ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
        Broker.wrapper = tuple(few)
        self.addCleanup(setattr, Broker, "wrapper", ())
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, before)
        self.start_broker()
        self.held = []
        self.addCleanup(lambda: [session.close() for session in self.held])

    def serve_until(self, is_enough):
        end = time.monotonic() + DEADLINE_S
        poller = zmq.Poller()
        for session in self.held:
            poller.register(session.dealer, zmq.POLLIN)
        while not is_enough():
            self.assertLess(time.monotonic(), end)
            for session in self.held:
                session.serve()
            poller.poll(100)

    def fill(self):
        """With sessions, until there is no room for one more."""
        for number in range(CONNECTIONS - 10):
            self.held.append(Held(self.broker.invitation("sessions"), f"held-{number}"))
        self.serve_until(lambda: all(one.count("welcome") for one in self.held))
        while True:
            one = Agent(self.folder, self.broker.invitation("sessions"), "one-more")
            self.agents.append(one)
            self.serve_until(lambda: one.events("connected") or one.events("disconnected"))
            if one.events("disconnected"):
                return one

    def silent_connections(self):
        port = int(self.broker.endpoints["sessions"][0].rsplit(":", 1)[1])
        silent = []
        for _ in range(SILENT):
            one = socket.socket()
            self.addCleanup(one.close)
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
            silent.append(one)
        return silent

    def cpu_s(self):
        words = pathlib.Path(f"/proc/{self.broker.process.pid}/stat").read_text().split()
        return (int(words[13]) + int(words[14])) / os.sysconf("SC_CLK_TCK")

    def test_the_limit_is_said_at_the_start(self):
        self.assertRegex(self.broker.log_text(),
                         rf"warning event=descriptors had={DESCRIPTORS} has={DESCRIPTORS} "
                         rf"wanted=\d+ connections_max={CONNECTIONS}\n")

    def test_each_further_one_is_told_and_those_inside_go_on(self):
        inside = self.agent("inside")
        refused = self.fill()
        self.assertIn("it is too busy", refused.events("disconnected")[0]["reason"])
        self.assertTrue(refused.events("disconnected")[0]["will_return"])
        self.assertGreater(len(self.held) + len(self.agents), CONNECTIONS - 10)

        sent = [self.crier_json("send", f"Said to all who are in: {number}", "--where",
                                "user=inside or user=held*")["id"] for number in range(3)]
        self.serve_until(lambda: all(one.count("message") == len(sent) for one in self.held))
        self.assertEqual(len(inside.wait_for("message", len(sent))), len(sent))

        for session in self.held[:20]:
            session.close()
        del self.held[:20]
        self.serve_until(lambda: refused.events("connected"))
        self.assertFalse(any(one.count("goodbye") for one in self.held))

    def test_connections_that_say_nothing_keep_nobody_busy_and_nobody_out(self):
        inside = self.agent("inside")
        for number in range(CONNECTIONS // 2):
            self.held.append(Held(self.broker.invitation("sessions"), f"held-{number}"))
        self.serve_until(lambda: all(one.count("welcome") for one in self.held))
        since, cpu = time.monotonic(), self.cpu_s()
        self.silent_connections()
        self.crier("send", "Said meanwhile", "--where", "user=inside", "--wait", "displayed")
        self.assertEqual(inside.texts(), ["Said meanwhile"])
        heard = self.held[0].count("heartbeat")
        self.serve_until(lambda: self.held[0].count("heartbeat") >= heard + 2)
        share = (self.cpu_s() - cpu) / (time.monotonic() - since)
        self.assertGreater(time.monotonic() - since, HEARTBEAT_S)
        self.assertLess(share, 0.25)
        late = self.agent("late")
        self.assertTrue(late.id)
        self.assertEqual({one["state"] for one in self.crier_json("sessions")}, {"active"})


if __name__ == "__main__":
    unittest.main()
