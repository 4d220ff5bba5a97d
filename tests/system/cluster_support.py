"""Several brokers over real nats-servers, for the system tests of clusters."""

import json
import pathlib
import subprocess
import time

import support
from nats_servers import NatsServers
from support import BIN, DEADLINE_S, Agent, Broker, SystemTest


LOG_LINES = 40  # Of each broker, of a test that failed: what failed is to be found among them.


class ClusterTest(SystemTest):
    """A test with nats-servers, brokers that share them, and agents at each."""

    nats_count = 1
    broker_count = 3

    def setUp(self):
        super().setUp()
        self.nats = NatsServers(self.folder, self.nats_count).__enter__()
        self.addCleanup(self.nats.__exit__)
        self.brokers = []
        for number in range(self.broker_count):
            self.add_broker(number)
        for number in range(self.broker_count):
            self.wait_until_it_takes(number)

    def tearDown(self):
        failed = any(error for _, error in getattr(self._outcome, "errors", []))
        for agent in self.agents:
            agent.stop()
        self.agents = []
        for number, broker in enumerate(self.brokers):
            if broker.process.poll() is None:
                broker.stop()
            broker.log.close()
            if failed:
                last = "\n".join(broker.log_text().splitlines()[-LOG_LINES:])
                print(f"---- broker {number}\n{last}")
        super().tearDown()

    def options(self, number):
        return ["--cluster", ",".join(self.nats.urls())]

    def environment(self, number):
        return {"CRIER_CLUSTER_BROKER_NAME": f"b{number}"}

    def add_broker(self, number):
        """The first one makes the keys; the others join with its line."""
        folder = self.folder / f"b{number}"
        folder.mkdir()
        if number > 0:
            line = subprocess.run([BIN / "crierd", "invite", "brokers", "--data",
                                   self.brokers[0].data], check=True, capture_output=True,
                                  text=True).stdout
            subprocess.run([BIN / "crierd", "join", "-", "--data", folder / "data"],
                           input=line, check=True, capture_output=True, text=True)
        self.brokers.append(Broker(folder, *self.options(number),
                                   environment=self.environment(number)))

    def visitor_at(self, number, user, *options):
        """A session that may not be let in."""
        folder = self.folder / f"{user}-{len(self.agents)}"
        folder.mkdir(mode=0o700)  # Or the agent keeps its key and its state elsewhere.
        agent = Agent(folder, self.brokers[number].invitation("sessions"), user, *options)
        self.agents.append(agent)
        return agent

    def agent_at(self, number, user, *options):
        """A session that is connected to that broker."""
        agent = self.visitor_at(number, user, *options)
        agent.id = agent.wait_for("connected")[0]["session"]
        return agent

    def crier_at(self, number, *arguments, expect=0):
        done = subprocess.run(
            [BIN / "crier", "--invitation", self.brokers[number].invitation("operators"),
             *arguments], capture_output=True, text=True, timeout=2 * DEADLINE_S)
        if expect is not None:
            self.assertEqual(done.returncode, expect,
                             f"crier {arguments}\n{done.stdout}\n{done.stderr}")
        return done

    def start_crier_at(self, number, *arguments):
        """Returns at once; it is ended with the test."""
        process = subprocess.Popen(
            [BIN / "crier", "--invitation", self.brokers[number].invitation("operators"),
             *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def json_at(self, number, *arguments):
        return json.loads(self.crier_at(number, *arguments, "--json").stdout)

    def until(self, number, arguments, is_enough, deadline_s=DEADLINE_S):
        """Asks that broker again until its answer will do; returns it."""
        end = time.monotonic() + deadline_s
        while True:
            done = self.crier_at(number, *arguments, "--json", expect=None)
            answer = json.loads(done.stdout) if done.stdout.strip() else None
            if answer is not None and is_enough(answer):
                return answer
            self.assertLess(time.monotonic(), end, f"{arguments}: {answer} {done.stderr}")

    def wait_until_it_takes(self, number, deadline_s=DEADLINE_S):
        """Until the broker has the log."""
        self.until(number, ["health"], lambda health: health["healthy"], deadline_s)
