"""The world that is tortured: three NATS servers, three brokers, each on its own host, and sessions
spread over the brokers."""

import pathlib

from broker_hosts import start_brokers
from hosts import make_hosts
from load import Load
from nats_hosts import NatsHosts
from proof import wait_until_all_are_well
from sessions import start_sessions

SERVERS = 3
SESSIONS = 12


class World:
    """Use it as a context; it cleans up, but for the folder with the logs."""

    def __init__(self, folder, on_loopback=False):
        self.folder = pathlib.Path(folder)
        self.on_loopback = on_loopback
        self.net = None
        self.nats, self.brokers = [], []
        self.screens, self.load = None, None
        self.lacks = {}  # What this machine cannot do, and why.

    def __enter__(self):
        try:
            self._build()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def _build(self):
        names = [f"{kind}{number}" for kind in "nb" for number in range(SERVERS)]
        self.net, why_not = make_hosts(names, self.on_loopback)
        if why_not:
            self.lacks["namespaces"] = why_not
        hosts = list(self.net.hosts.values())
        self.nats = NatsHosts(hosts[:SERVERS], self.folder)
        for server in self.nats:
            self._mount(server)
            server.start()
        self.brokers = start_brokers(hosts[SERVERS:], self.folder, self.nats.urls())
        self.screens = start_sessions(self.brokers, SESSIONS, self.folder / "sessions")
        self.wait_until_well()
        self.load = Load(self.screens, self.brokers, self.folder / "sends.jsonl")

    def _mount(self, server):
        try:
            server.mount()
        except OSError as error:
            self.lacks["mounts"] = str(error)

    def wait_until_well(self):
        wait_until_all_are_well(self)

    def wait_until_displayed(self, since):
        """While the fault lasts: what was accepted since then is on all screens. So whoever was at
        the broker that is struck has gone elsewhere."""
        sends = self.load.accepted_since(since)
        self.screens.wait_until("the display, while it lasts, of what was accepted meanwhile",
                                lambda: self.screens.missing(sends))

    def close(self):
        if self.load is not None:
            self.load.end()
        for session in self.screens.sessions if self.screens else []:
            session.end()
        for broker in self.brokers:
            if broker.runs:
                broker.kill()
            broker.log.close()
        for server in self.nats:
            if server.runs:
                server.kill()
            server.unmount()
        if self.net is not None:
            self.net.close()
