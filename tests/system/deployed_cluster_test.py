"""The configurations in deploy/cluster, as they are but for places: three NATS servers with
certificates and keys, brokers with their own, a broker that was alone first, and a server that
lost its disk."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import time
import unittest
import urllib.request

import support
from nats_servers import free_port
from support import BIN, DEADLINE_S, Agent, Broker, SystemTest

DEPLOY = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "cluster"
CREDENTIALS = "/run/credentials/crierd.service"
HOSTS = ["127.0.0.2", "127.0.0.3", "127.0.0.4"]


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


class DeployedCluster(SystemTest):
    server_wrapper = ()
    """A command that starts a NATS server elsewhere."""

    def setUp(self):
        super().setUp()
        run(DEPLOY / "certificates", self.folder / "certificates", *HOSTS)
        self.nkey = run(DEPLOY / "nkey", self.folder / "brokers.seed").strip()
        administrator = run(DEPLOY / "nkey", self.folder / "administrator.seed").strip()
        self.client_port, self.route_port = free_port(), free_port()
        self.monitors = [free_port() for _ in HOSTS]
        self.replaced = {"BROKERS_NKEY": self.nkey, "ADMINISTRATORS_NKEY": administrator,
                         ":4222": f":{self.client_port}", ":6222": f":{self.route_port}",
                         f"{CREDENTIALS}/brokers.seed": str(self.folder / "brokers.seed"),
                         "/etc/crier/nats-ca.crt": str(self.folder / "certificates/ca.crt"),
                         "broker1.example.com": "127.0.0.1"}
        for number, host in enumerate(HOSTS, 1):
            self.replaced[f"nats{number}.example.com"] = host
        self.servers = {}
        self.brokers = []
        self.addCleanup(self.end_all)

    def end_all(self):
        for broker in self.brokers:
            if broker.process.poll() is None:
                broker.stop()
            broker.log.close()
        for number in list(self.servers):
            self.kill_server(number)

    def placed(self, name, number, **more):
        """The file of deploy/cluster, for the host of that number."""
        text = (DEPLOY / name).read_text()
        own = self.folder / "certificates" / HOSTS[number]
        places = {"/etc/crier/nats.crt": f"{own}.crt", "/etc/crier/nats.key": f"{own}.key",
                  f"{CREDENTIALS}/nats.key": f"{own}.key",
                  "0.0.0.0": HOSTS[number], "127.0.0.1:8222": f"127.0.0.1:{self.monitors[number]}",
                  "/var/lib/crier-nats": str(self.store(number)), **self.replaced, **more}
        for old, new in places.items():
            text = text.replace(old, new)
        return text

    def store(self, number):
        return self.folder / f"store-{number}"

    def start_server(self, number):
        file = self.folder / f"nats-{number}.conf"
        file.write_text(self.placed("crier-nats.conf", number))
        environment = {**os.environ, "NATS_NAME": f"nats{number + 1}"}
        subprocess.run(["nats-server", "-t", "-c", file], check=True, env=environment,
                       capture_output=True)
        process = subprocess.Popen([*self.server_wrapper, "nats-server", "-c", file],
                                   env=environment, text=True, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE)
        lines = support.Lines(process.stderr)
        self.servers[number] = (process, lines)
        lines.wait_until(lambda all_lines: any("Server is ready" in one for one in all_lines))

    def kill_server(self, number):
        process, lines = self.servers.pop(number)
        process.kill()
        process.wait(DEADLINE_S)
        lines.thread.join(DEADLINE_S)
        process.stderr.close()

    def make_folder(self, number):
        folder = self.folder / f"b{number}"
        folder.mkdir()
        return folder

    def start_broker(self, number, folder, **more):
        """In a cluster, by the configuration."""
        broker = Broker(folder, "--config", self.configure(number, folder, **more))
        self.brokers.append(broker)
        return broker

    def configure(self, number, folder, **more):
        config = folder / "crierd.toml"
        config.write_text(self.placed("crierd.toml", number, **more))
        return config

    def crier_at(self, broker, *arguments, expect=0):
        done = subprocess.run([BIN / "crier", "--invitation", broker.invitation("operators"),
                               *arguments], capture_output=True, text=True, timeout=2 * DEADLINE_S)
        if expect is not None:
            self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done.stdout

    def until_healthy(self, broker):
        end = time.monotonic() + DEADLINE_S
        while True:
            health = json.loads(self.crier_at(broker, "health", "--json", expect=None))
            if health.get("healthy"):
                return
            self.assertLess(time.monotonic(), end, (health, broker.log_text()))

    def until_log_says(self, broker, words):
        end = time.monotonic() + DEADLINE_S
        while not re.search(words, broker.log_text()):
            self.assertLess(time.monotonic(), end, broker.log_text())

    def copies(self):
        """Of the stream, as its leader sees them: nobody else knows how far the others are."""
        for number in range(3):
            seen = self.stream_at(number)
            if seen.get("leader") == f"nats{number + 1}":
                return seen.get("replicas", [])
        return []

    def stream_at(self, number):
        url = f"http://127.0.0.1:{self.monitors[number]}/jsz?acc=CRIER&streams=true"
        with urllib.request.urlopen(url, timeout=DEADLINE_S) as answer:
            accounts = json.load(answer).get("account_details", [])
        for stream in (one for account in accounts for one in account.get("stream_detail", [])):
            return stream["cluster"]
        return {}

    def test_a_broker_that_was_alone_grows_into_a_cluster(self):
        for number in range(3):
            self.start_server(number)
        folder = self.make_folder(0)
        alone = Broker(folder)
        self.brokers.append(alone)
        vanessa = Agent(self.folder, alone.invitation("sessions"), "Vanessa")
        self.agents.append(vanessa)
        vanessa.wait_for("connected")
        self.crier_at(alone, "send", "Said alone", "--expires", "10m", "--wait", "displayed")
        over = json.loads(self.crier_at(alone, "send", "Over", "--json"))["id"]
        self.crier_at(alone, "recall", over)
        later = json.loads(self.crier_at(alone, "send", "Said later", "--in", "1h",
                                         "--json"))["id"]
        self.assertEqual(alone.stop(), 0)
        first = alone
        first.options = ("--config", self.configure(0, folder))
        first.start()
        self.until_healthy(first)
        folder = self.make_folder(1)
        line = run(BIN / "crierd", "invite", "brokers", "--data", first.data)
        subprocess.run([BIN / "crierd", "join", "-", "--data", folder / "data"], input=line,
                       check=True, capture_output=True, text=True)
        second = self.start_broker(1, folder, broker1="broker2")
        self.until_healthy(second)
        self.assertIn("Said alone", self.crier_at(second, "status"))
        end = time.monotonic() + DEADLINE_S
        while "Vanessa" not in self.crier_at(second, "sessions"):
            self.assertLess(time.monotonic(), end, "the brokers do not find each other")
        self.assert_history_and_schedule_came_along(second, over, later)
        self.crier_at(second, "send", "Said by two", "--wait", "displayed")
        self.crier_at(second, "update", later, "--in", "1s")
        vanessa.wait_for("message", 4)
        self.crier_at(second, "send", "Said last", "--wait", "displayed")
        self.assertEqual(vanessa.texts(), ["Said alone", "Over", "Said by two", "Said later",
                                           "Said last"])
        self.assert_copies_survive_a_lost_disk(second)

    def assert_history_and_schedule_came_along(self, broker, over, later):
        """And the chain of entries holds at whoever has copied it."""
        history = json.loads(self.crier_at(broker, "history", "--json"))
        self.assertTrue(next(one for one in history if one["id"] == over)["recalled"])
        scheduled = json.loads(self.crier_at(broker, "scheduled", "--json"))
        self.assertIn(later, [one["id"] for one in scheduled])
        self.crier_at(broker, "audit", "verify")

    def assert_copies_survive_a_lost_disk(self, broker):
        self.kill_server(1)
        shutil.rmtree(self.store(1))
        self.start_server(1)
        end = time.monotonic() + DEADLINE_S
        while True:
            others = self.copies()
            if len(others) == 2 and all(one.get("current") for one in others):
                break
            self.assertLess(time.monotonic(), end, others)
        self.until_healthy(broker)
        self.crier_at(broker, "send", "Said by three again", "--wait", "displayed")

    def test_who_has_no_key_or_no_certificate_is_not_let_in(self):
        for number in range(3):
            self.start_server(number)
        run(DEPLOY / "nkey", self.folder / "strangers.seed")
        strange = self.start_broker(0, self.make_folder(0),
                                    **{str(self.folder / "brokers.seed"):
                                       str(self.folder / "strangers.seed")})
        self.until_log_says(strange, "does not let this broker in")
        bare = "\n".join(line for line in self.placed("crierd.toml", 0).splitlines()
                         if not line.startswith(("tls_certificate", "tls_key")))
        folder = self.make_folder(1)
        (folder / "crierd.toml").write_text(bare)
        unknown = Broker(folder, "--config", folder / "crierd.toml")
        self.brokers.append(unknown)
        self.until_log_says(unknown, r"tls://\S+ cannot be reached: Protocol Error|TLS with")
        for broker in (strange, unknown):
            self.assertFalse(json.loads(self.crier_at(broker, "health", "--json",
                                                      expect=1))["healthy"])

    def test_a_server_that_shows_the_certificate_of_another_is_not_believed(self):
        folder = self.folder / "certificates"
        run(DEPLOY / "certificates", folder, "elsewhere.example.com")
        for host in HOSTS:
            for ending in ("crt", "key"):
                shutil.copy(folder / f"elsewhere.example.com.{ending}", folder / f"{host}.{ending}")
        for number in range(3):
            self.start_server(number)
        broker = self.start_broker(0, self.make_folder(0))
        self.until_log_says(broker, "TLS with the NATS server .* fails")
        self.assertFalse(json.loads(self.crier_at(broker, "health", "--json", expect=1))["healthy"])


if __name__ == "__main__":
    unittest.main()
