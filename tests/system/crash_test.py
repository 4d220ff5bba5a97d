"""Brokers that are killed, sessions that stop, disks that fill up: nothing accepted is lost."""

import json
import pathlib
import random
import signal
import subprocess
import threading
import unittest

from support import BIN, SystemTest


class Load:
    """Sends messages one after the other until told to stop; keeps what was accepted."""

    def __init__(self, test):
        self.test = test
        self.accepted = {}
        self.is_over = threading.Event()
        self.grown = threading.Condition()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        number = 0
        while not self.is_over.is_set():
            number += 1
            done = subprocess.run(
                [BIN / "crier", "--invitation", self.test.broker.invitation("operators"), "--json",
                 "send", f"message {number}", "--timeout", "20s"],
                capture_output=True, text=True)
            if done.returncode != 0:
                continue
            with self.grown:
                self.accepted[json.loads(done.stdout)["id"]] = f"message {number}"
                self.grown.notify_all()

    def wait_for(self, count):
        with self.grown:
            if not self.grown.wait_for(lambda: len(self.accepted) >= count, 60):
                raise AssertionError(f"only {len(self.accepted)} of {count} were accepted")

    def stop(self):
        self.is_over.set()
        self.thread.join()


class Crash(SystemTest):
    def test_a_broker_killed_under_load_loses_nothing_and_shows_nothing_twice(self):
        self.start_broker()
        agents = [self.agent(f"user{number}") for number in range(5)]
        load = Load(self)
        chance = random.Random(20)
        for _ in range(5):
            load.wait_for(len(load.accepted) + chance.randrange(1, 8))
            self.broker.kill()
            self.broker.start()
        load.wait_for(len(load.accepted) + 3)
        load.stop()
        for agent in agents:
            shown = agent.wait_for("message", len(load.accepted))
            ids = [message["id"] for message in shown]
            self.assertEqual(len(ids), len(set(ids)))
            self.assertLessEqual(set(load.accepted), set(ids))
            seqs = [message["seq"] for message in shown]
            self.assertEqual(seqs, sorted(seqs))
        self.assertEqual(self.broker.stop(), 0)

    def test_a_session_that_stops_while_1000_messages_pass_gets_each_once_in_order(self):
        self.start_broker()
        going, stopped = self.agent("Vanessa"), self.agent("Marc")
        stopped.signal(signal.SIGSTOP)
        # One process for all of them: crier reads a text from its standard input once a run.
        sender = subprocess.run(
            [BIN / "send_many", self.broker.invitation("operators"), "1000"],
            capture_output=True, text=True, timeout=120)
        self.assertEqual(sender.returncode, 0, sender.stderr)
        expected = [f"message {number}" for number in range(1, 1001)]
        going.wait_for("message", 1000)
        self.assertEqual(going.texts(), expected)
        self.assertLess(len(stopped.texts()), 1000)
        stopped.signal(signal.SIGCONT)
        stopped.wait_for("message", 1000, deadline_s=120)
        self.assertEqual(stopped.texts(), expected)

    def test_a_session_whose_broker_stops_comes_back_by_itself(self):
        self.start_broker()
        agent = self.agent("Vanessa")
        self.crier("send", "before", "--wait", "displayed")
        self.assertEqual(self.broker.stop(), 0)
        self.broker.start()
        agent.wait_for("connected", 2)
        self.crier("send", "after", "--wait", "displayed")
        self.assertEqual(agent.texts(), ["before", "after"])

    def test_an_agent_killed_with_its_state_shows_nothing_twice_and_loses_nothing(self):
        self.start_broker()
        options = ["--key", str(self.folder / "key"), "--state", str(self.folder / "state")]
        agent = self.agent("Vanessa", *options)
        self.crier("send", "before", "--wait", "displayed")
        agent.process.kill()
        agent.process.wait()
        self.crier("send", "meanwhile", "--timeout", "5s")
        again = self.agent("Vanessa", *options)
        self.assertEqual(again.id, agent.id)
        again.wait_for("message")
        self.crier("send", "the end", "--wait", "displayed")
        self.assertEqual(again.texts(), ["meanwhile", "the end"])

    def test_what_a_person_acknowledged_while_the_broker_was_away_arrives_later(self):
        self.start_broker()
        agent = self.agent("Vanessa")
        sent = self.crier_json("send", "Salut", "--style", "alert", "--wait", "displayed")
        self.broker.kill()
        agent.wait_for("disconnected")
        agent.acknowledge(sent["id"])
        self.broker.start()
        agent.wait_for("connected", 2)
        self.crier("send", "the end", "--wait", "displayed")
        status = self.crier_json("status", sent["id"])
        self.assertEqual(status["sessions"][0]["state"], "acknowledged")

    def test_a_second_broker_on_the_same_data_is_refused(self):
        self.start_broker()
        second = subprocess.run([BIN / "crierd", "--data", self.broker.data, "--sessions",
                                 "tcp://127.0.0.1:0", "--operators", "tcp://127.0.0.1:0", "--bell",
                                 "tcp://127.0.0.1:0"], capture_output=True, text=True, timeout=60)
        self.assertNotEqual(second.returncode, 0)
        self.assertIn("in_use", second.stderr)
        self.crier("whoami")


class FullDisk(SystemTest):
    def test_a_full_disk_refuses_loudly_and_room_makes_it_go_on(self):
        disk = self.folder / "data"
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", disk], check=True)
        try:
            self.start_broker()
            agent = self.agent("Vanessa")
            self.crier("send", "before", "--wait", "displayed")
            filler = pathlib.Path(disk / "filler")
            with open(filler, "wb", buffering=0) as file:
                try:
                    while True:
                        file.write(b"x" * 65536)
                except OSError:
                    pass
            refused = self.send_until_refused()
            self.assertIn("storage_failed", refused.stderr)
            self.crier("health", expect=1)
            filler.unlink()
            self.send_until_accepted()
            shown = agent.texts()
            self.assertEqual(len(shown), len(set(shown)))
            self.assertEqual(shown[0], "before")
            self.assertEqual(shown[-1], "room again")
            self.assertNotIn("refused", shown)
            self.assertEqual(self.broker.stop(), 0)
        finally:
            for one in self.agents:
                one.stop()
            if self.broker is not None:
                self.broker.stop()
            subprocess.run(["umount", "-l", disk], check=True)

    def send_until_refused(self):
        """What is accepted before the last room is gone counts as any other."""
        for number in range(200):
            done = subprocess.run(
                [BIN / "crier", "--invitation", self.broker.invitation("operators"), "send",
                 f"filling {number} " + "x" * 16000], capture_output=True, text=True, timeout=60)
            if done.returncode == 4:
                return done
            self.assertEqual(done.returncode, 0, done.stderr)
        raise AssertionError("the disk never filled up")

    def send_until_accepted(self):
        for _ in range(200):
            done = subprocess.run(
                [BIN / "crier", "--invitation", self.broker.invitation("operators"), "send",
                 "room again", "--wait", "displayed"], capture_output=True, text=True, timeout=60)
            if done.returncode == 0:
                return
        raise AssertionError("there is room again, and nothing is accepted")


if __name__ == "__main__":
    unittest.main()
