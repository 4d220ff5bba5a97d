"""The real programs, started and watched by the system tests.

Nothing here sleeps: a broker's start is its readiness notice, an agent's events are its lines of
JSON, and every wait has a deadline.
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

BIN = pathlib.Path(os.environ["CRIER_BIN"])
DEADLINE_S = 60


class Broker:
    """A crierd with a data directory of its own."""

    wrapper = ()
    """A command that starts it elsewhere, such as in another network namespace."""

    def __init__(self, folder, *options, environment=None):
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"
        self.options = options
        self.environment = environment or {}
        self.endpoints = {}
        self.process = None
        self.log = None
        self.start()

    def start(self):
        """Returns when the broker serves; on the ports of its first start."""
        notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        address = str(self.folder / "notify")
        pathlib.Path(address).unlink(missing_ok=True)
        notices.bind(address)
        notices.settimeout(DEADLINE_S)
        if self.log is not None:
            self.log.close()
        self.log = open(self.folder / "crierd.log", "ab")
        self.process = subprocess.Popen(
            [*self.wrapper, BIN / "crierd", "--data", self.data, *self.doors(), *self.options],
            stdout=self.log, stderr=self.log,
            env={**os.environ, "NOTIFY_SOCKET": address, **self.environment})
        try:
            while b"READY=1" not in notices.recv(4096):
                pass
        except socket.timeout:
            raise AssertionError("crierd is not ready: " + self.log_text()) from None
        finally:
            notices.close()
        self.endpoints = json.loads((self.data / "endpoints.json").read_text())

    def doors(self):
        def first(name):
            found = [one for one in self.endpoints.get(name, []) if one.startswith("tcp://")]
            return found[0] if found else "tcp://127.0.0.1:0"
        return [part for name in ("sessions", "operators", "bell")
                for part in (f"--{name}", first(name))]

    def invitation(self, kind):
        return str(self.data / "invitations" / f"{kind}.invitation")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """SIGTERM; returns the exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(DEADLINE_S)

    def log_text(self):
        return (self.folder / "crierd.log").read_text(errors="replace")


class Lines:
    """The lines that a process prints, as they come."""

    def __init__(self, stream):
        self.all = []
        self.changed = threading.Condition()
        self.is_closed = False
        self.thread = threading.Thread(target=self.read, args=(stream,), daemon=True)
        self.thread.start()

    def read(self, stream):
        for line in stream:
            with self.changed:
                self.all.append(line)
                self.changed.notify_all()
        with self.changed:
            self.is_closed = True
            self.changed.notify_all()

    def wait_until(self, is_enough, deadline_s=DEADLINE_S):
        """Returns what `is_enough(lines)` returns once that is true."""
        end = time.monotonic() + deadline_s
        with self.changed:
            while True:
                found = is_enough(self.all)
                if found:
                    return found
                left = end - time.monotonic()
                if left <= 0 or self.is_closed:
                    raise AssertionError(f"waited in vain; the last lines: {self.all[-5:]}")
                self.changed.wait(left)


class Agent:
    """A crier-agent, with the screen `json` if not told otherwise; its keys and state are in
    `folder`. `user`: who it says it is; None: whose account it has."""

    def __init__(self, folder, invitation, user, *options, screen="json"):
        claims = [] if user is None else ["--user", user, "--system-user", user]
        self.process = subprocess.Popen(
            [BIN / "crier-agent", "--invitation", invitation, "--screen", screen, *claims,
             *options],
            env={**os.environ, "XDG_RUNTIME_DIR": str(folder), "HOME": str(folder)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lines = Lines(self.process.stdout)

    def events(self, kind):
        with self.lines.changed:
            lines = list(self.lines.all)
        return [event for event in map(json.loads, lines) if event["event"] == kind]

    def texts(self):
        return [event["text"] for event in self.events("message")]

    def wait_for(self, kind, count=1, deadline_s=DEADLINE_S):
        """Returns the events of this kind once there are `count`."""
        def are_there(lines):
            found = [event for event in map(json.loads, lines) if event["event"] == kind]
            return found if len(found) >= count else None
        return self.lines.wait_until(are_there, deadline_s)

    def acknowledge(self, message):
        self.process.stdin.write(json.dumps({"acknowledge": message}) + "\n")
        self.process.stdin.flush()

    def answer(self, message, choice):
        """Choices count from 1."""
        self.process.stdin.write(json.dumps({"answer": message, "choice": choice}) + "\n")
        self.process.stdin.flush()

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
        self.process.wait(DEADLINE_S)
        self.lines.thread.join(DEADLINE_S)
        self.process.stdin.close()
        self.process.stdout.close()


class SystemTest(unittest.TestCase):
    """A test with a folder, a broker when it wants one, and programs that end with it."""

    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="crier-system-"))
        self.broker = None
        self.agents = []

    def tearDown(self):
        for agent in self.agents:
            agent.stop()
        if self.broker is not None:
            if self.broker.process.poll() is None:
                self.broker.stop()
            self.broker.log.close()
            failed = any(error for _, error in getattr(self._outcome, "errors", []))
            if failed or self.broker.process.returncode not in (0, -9):
                print(self.broker.log_text())
        shutil.rmtree(self.folder, ignore_errors=True)

    def start_broker(self, *options, **environment):
        self.broker = Broker(self.folder, *options, environment=environment)
        return self.broker

    def visitor(self, user, *options, screen="json"):
        """A session that may not be let in."""
        agent = Agent(self.folder, self.broker.invitation("sessions"), user, *options,
                      screen=screen)
        self.agents.append(agent)
        return agent

    def agent(self, user, *options):
        """A session that is connected."""
        agent = self.visitor(user, *options)
        agent.id = agent.wait_for("connected")[0]["session"]
        return agent

    def crier(self, *arguments, expect=0, invitation="operators", text=None, **environment):
        """Runs crier; returns what it printed. `expect`: its exit code."""
        done = subprocess.run(
            [BIN / "crier", "--invitation", self.broker.invitation(invitation), *arguments],
            input=text, capture_output=True, text=True, timeout=2 * DEADLINE_S,
            env={**os.environ, **environment})
        self.assertEqual(done.returncode, expect,
                         f"crier {arguments}\n{done.stdout}\n{done.stderr}")
        return done

    def crier_json(self, *arguments, **options):
        return json.loads(self.crier(*arguments, "--json", **options).stdout)

    def crier_beside(self, *arguments):
        """Starts crier, which goes on while the test does; it is to end by itself."""
        process = subprocess.Popen(
            [BIN / "crier", "--invitation", self.broker.invitation("operators"), *arguments],
            stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def until_status(self, message, is_enough):
        """Asks what became of it until that is enough; returns the last answer."""
        end = time.monotonic() + DEADLINE_S
        while True:
            status = self.crier_json("status", message)
            if is_enough(status):
                return status
            self.assertLess(time.monotonic(), end, status)
