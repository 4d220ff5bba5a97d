"""The sessions: real agents, each of which writes what it displays. What they have written is what
the proof goes by."""

import collections
import json
import os
import signal
import subprocess
import threading

from support import BIN
from waiting import Failed, Output, PATIENCE_S


class Screens:
    """What all agents have displayed."""

    def __init__(self):
        self.changed = threading.Condition()
        self.sessions = []

    def wait_until(self, what, missing, deadline_s=PATIENCE_S):
        """Until `missing()` has nothing to say, which it says for people."""
        with self.changed:
            if not self.changed.wait_for(lambda: not missing(), deadline_s):
                raise Failed(f"waited {deadline_s} s in vain for {what}: {missing()}")

    def wait_until_connected(self):
        self.wait_until("the sessions' connecting", lambda: [
            session.user for session in self.sessions if not session.is_connected])

    def missing(self, sends):
        """(user, text) of what is not displayed where it should be; the first few."""
        found = [(session.user, send.text) for send in sends
                 for session in self.targeted(send) if not session.displayed[send.id]]
        return found[:10]

    def targeted(self, send):
        return [one for one in self.sessions if send.session in (None, one.id)]

    def times(self, send):
        """How often each of its sessions has displayed it."""
        return [one.displayed[send.id] for one in self.targeted(send)]

    def clear(self, sends):
        """As people do, who have read it; so that no session has a thousand on its screen."""
        for session in self.sessions:
            for send in sends:
                if session.displayed[send.id]:
                    session.tell({"remove": send.id})


class Session:
    """An agent, and what is on its screen."""

    def __init__(self, screens, user, invitation, folder):
        self.screens = screens
        self.user = user
        self.id = None
        self.is_connected = False
        self.displayed = collections.Counter()  # Message ids: how often.
        folder.mkdir(mode=0o700, parents=True)  # Or the agent takes another one, for all runs.
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", BIN / "crier-agent", "--invitation", invitation,
             "--screen", "json", "--user", user, "--system-user", user],
            env={**os.environ, "XDG_RUNTIME_DIR": str(folder), "HOME": str(folder)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=open(folder / "errors.log", "a", encoding="utf-8"), text=True)
        self.output = Output(self.process.stdout, folder / "screen.jsonl", self._hear)

    def _hear(self, line):
        event = json.loads(line)
        with self.screens.changed:
            if event["event"] == "message":
                self.displayed[event["id"]] += 1
            elif event["event"] == "connected":
                self.is_connected = True
                self.id = event["session"]
            elif event["event"] in ("disconnected", "ended"):
                self.is_connected = False
            self.screens.changed.notify_all()

    def tell(self, words):
        self.process.stdin.write(json.dumps(words) + "\n")
        self.process.stdin.flush()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.output.thread.join()
        self.process.stdin.close()


def start_sessions(brokers, count, folder):
    """So many, an equal part at each broker."""
    screens = Screens()
    for number in range(count):
        user = f"user{number}"
        broker = brokers[number % len(brokers)]
        screens.sessions.append(Session(screens, user, broker.invitation("sessions"),
                                        folder / user))
    screens.wait_until_connected()
    return screens
