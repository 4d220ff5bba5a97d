"""A nats-server on each of three hosts: its store on a small disk of its own, its log, and what it
says of who leads."""

import json
import pathlib
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.request

from hosts import run
from waiting import Failed, NotYet, Output, until

CLIENTS, ROUTES, MONITOR = 4222, 6222, 8222
STREAM = "CRIER_crier"
USER, PASSWORD = "crier", "a-password-of-tests"
REPLAY_S = 3
"""At its start a server goes through its log once more."""
DISK_MIB = 48
"""Of each server's disk, where one can be mounted: small, so that it is soon full."""


def request(subject, address):
    """Asks it of the server there, as any client of NATS; waits until it has answered."""
    with socket.create_connection((address, CLIENTS), timeout=10) as connection:
        options = json.dumps({"verbose": False, "user": USER, "pass": PASSWORD})
        connection.sendall(f"CONNECT {options}\r\nSUB answer 1\r\n"
                           f"PUB {subject} answer 0\r\n\r\n".encode())
        lines = connection.makefile("rb")
        while not lines.readline().startswith(b"MSG"):
            pass


class NatsServer:
    def __init__(self, number, host, folder):
        self.number = number
        self.name = f"n{number}"
        self.host = host
        self.folder = pathlib.Path(folder)
        self.disk = self.folder / "disk"
        self.store = self.disk / "store"
        self.copy = self.folder / "copy"
        self.disk.mkdir(parents=True)
        self.process = None
        self.is_paused = False
        self.started = 0.0  # time.monotonic().
        self.output = None
        self.lines = []  # (when, line), of all its runs. `when`: time.monotonic().
        self.heard = threading.Condition()

    # ---- Its life --------------------------------------------------------------------------------

    def start(self):
        """Returns once it takes connections; a cluster elects later."""
        begin = self.started = time.monotonic()
        self.process = subprocess.Popen(
            [*self.host.wrapper, "nats-server", "-c", self.folder / "nats.conf"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.output = Output(self.process.stderr, self.folder / "nats.log", self._hear)
        with self.heard:
            is_ready = self.heard.wait_for(lambda: self.said("Server is ready", begin), 60)
        assert is_ready, f"{self.name} does not start: {self.folder / 'nats.log'}"

    def _hear(self, line):
        with self.heard:
            self.lines.append((time.monotonic(), line))
            self.heard.notify_all()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.output.thread.join()
        self.process = None

    def pause(self):
        """It is there, and does nothing."""
        self.process.send_signal(signal.SIGSTOP)
        self.is_paused = True

    def resume(self):
        self.process.send_signal(signal.SIGCONT)
        self.is_paused = False

    @property
    def runs(self):
        return self.process is not None

    @property
    def acts(self):
        return self.runs and not self.is_paused

    def said(self, words, since):
        """The lines of its log with these words."""
        return [line for when, line in self.lines if when >= since and words in line]

    def skipped(self, since):
        """How many messages it did not keep; those aside that it has already, as at its start."""
        begin = max(since, self.started + REPLAY_S)
        return len(self.said("skipping message with sequence", begin))

    # ---- Its disk; while it does not run ---------------------------------------------------------

    def mount(self):
        run("mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", self.disk)

    def unmount(self):
        subprocess.run(["umount", "--lazy", self.disk], capture_output=True)

    def wipe(self):
        shutil.rmtree(self.store)

    def keep_copy(self):
        shutil.copytree(self.store, self.copy)

    def put_copy_back(self):
        self.wipe()
        shutil.move(self.copy, self.store)

    def fill_disk(self):
        """Also while it runs."""
        with open(self.disk / "filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(64 * 1024))
            except OSError:
                return  # It is full.

    def free_disk(self):
        (self.disk / "filler").unlink()

    # ---- What it says ----------------------------------------------------------------------------

    def asked(self, path):
        url = f"http://{self.host.address}:{MONITOR}/{path}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return json.load(answer)
        except OSError as error:
            raise NotYet(f"{self.name}: {error}") from None

    def step_down(self):
        """It leads no longer, and another one does; if it leads."""
        request("$JS.API.STREAM.LEADER.STEPDOWN." + STREAM, self.host.address)

    def answers(self):
        """Whether it does anything at all: 2.9 may come to a stop for ever, such as when its disk
        is full."""
        try:
            self.stream()
        except NotYet:
            return False
        return True

    def stream(self):
        """Of the log, as this server knows it: its "cluster" has leader and replicas."""
        accounts = self.asked("jsz?acc=CRIER&streams=true").get("account_details") or []
        for account in accounts:
            for stream in account.get("stream_detail") or []:
                return stream
        return {}


class NatsHosts(list):
    """All of them."""

    def __init__(self, hosts, folder):
        super().__init__(NatsServer(number, host, folder / host.name)
                         for number, host in enumerate(hosts))
        for server in self:
            self._configure(server)

    def urls(self):
        return [f"nats://{USER}:{PASSWORD}@{server.host.address}:{CLIENTS}" for server in self]

    def _configure(self, server):
        """As deploy/cluster/crier-nats.conf, without certificates. `debug`: its log then tells of
        its elections."""
        routes = ", ".join(f'"nats://{one.host.address}:{ROUTES}"' for one in self)
        address = server.host.address
        (server.folder / "nats.conf").write_text(f"""server_name: {server.name}
listen: "{address}:{CLIENTS}"
http: "{address}:{MONITOR}"
debug: true
accounts {{
  CRIER {{ jetstream: enabled, users: [ {{ user: {USER}, password: "{PASSWORD}" }} ] }}
  SYS {{ users: [ {{ user: sys, password: "{PASSWORD}" }} ] }}
}}
system_account: SYS
jetstream {{ store_dir: "{server.store}", max_memory_store: 64MB, max_file_store: 10GB }}
cluster {{ name: faults, listen: "{address}:{ROUTES}", routes: [ {routes} ] }}
""")

    def leader(self):
        """The server that leads the stream; waits for an election."""
        return until("a leader of the stream", self._find_leader)

    def make_lead(self, is_wanted):
        """Has leaders step down until one of those leads; returns it."""
        while not is_wanted(leader := self.leader()):
            leader.step_down()
            until(f"another leader than {leader.name}", lambda: self.leader() is not leader)
        return leader

    def wait_for_leader(self, seconds):
        """None if nobody leads after so long."""
        try:
            return until("a leader of the stream", self._find_leader, seconds)
        except Failed:
            return None

    def _find_leader(self):
        """Of those that are named, the one that says so itself."""
        silent = []
        for server in self:
            try:
                name = server.acts and server.stream().get("cluster", {}).get("leader")
            except NotYet as error:
                silent.append(str(error))
                continue
            if name == server.name:
                return server
        raise NotYet(f"nobody leads; {silent}")

    def followers(self):
        leader = self.leader()
        return [server for server in self if server is not leader]

    def wait_until_whole(self):
        """Until every server runs, and has all of the stream, as the one says that leads."""
        until("all copies of the stream being up to date", self._is_whole)

    def what_they_regret(self, since):
        """What their logs say of messages that they took, and did not keep."""
        skipped = min(server.skipped(since) for server in self)
        anew = [server.name for server in self
                if server.said("Resetting stream cluster state", since)]
        words = [f"NATS skipped {skipped} messages" if skipped else "",
                 f"{', '.join(anew)} made the stream's state anew" if anew else ""]
        return "; ".join(one for one in words if one)

    def what_differs(self):
        """Between the copies of the stream, when nothing is sent: CLUSTER.md says how 2.9 comes to
        that. Empty if nothing does."""
        try:
            until("equal ends of all copies", lambda: len(set(self.ends().values())) == 1, 3)
        except Failed:
            return f"copies of the stream end at {self.ends()}"
        return ""

    def ends(self):
        """The number of the last message, as each server has it."""
        return {server.name: server.stream().get("state", {}).get("last_seq") for server in self}

    def _is_whole(self):
        leader = self._find_leader()
        cluster = leader.stream()["cluster"]
        others = cluster.get("replicas") or []
        if len(others) != len(self) - 1 or not all(
                one.get("current") and not one.get("lag") and not one.get("offline")
                for one in others):
            raise NotYet(f"{leader.name} leads, and says of the others: {others}")
        return True

    def what_ails_them(self, since):
        """What their own logs say for why nothing is taken; empty if they say nothing. CLUSTER.md,
        "What nats-server 2.9 does when servers fail"."""
        alive = [server for server in self if server.acts]
        candidates = [one.name for one in alive if one.said("Switching to candidate", since)]
        elected = [one.name for one in alive if one.said("new stream leader", since)]
        hung = [one.name for one in alive if not one.answers()]
        if hung:
            return f"{', '.join(hung)} runs, and does not answer its monitor"
        if candidates and not elected:
            return f"{', '.join(candidates)} stood for election, and nobody was elected"
        return ""
