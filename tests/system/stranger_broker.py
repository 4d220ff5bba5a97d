"""A broker of the next version, written from CLUSTER.md alone: it has no sessions, says in all that
it says more than a broker of this version knows, and puts what it likes into the log.

Thread-safety: its own thread hears and answers; say() and publish() are for the test's.
"""

import hashlib
import json
import os
import socket
import threading
import time

import msgpack

from nats_servers import PASSWORD, USER
from support import DEADLINE_S

BEAT_S = 0.5
STATES = 10
NEWER = {"since_the_next_version": {"something": [1, 2, 3]}}


def sealed(keys, key):
    """The map, and behind it a MAC over it."""
    packed = msgpack.packb(keys)
    return packed + hashlib.blake2b(packed, digest_size=32, key=key).digest()


def unsealed(body):
    return msgpack.unpackb(body[:-32])


class NextBroker:
    def __init__(self, nats_port, cluster_key, cluster="crier"):
        self.key = cluster_key
        self.cluster = cluster
        self.id = os.urandom(16)
        self.run = int.from_bytes(os.urandom(6), "big")
        self.links = {}  # By the other broker's id.
        self.last_link = 0
        self.followed = (0, 0)  # Generation and number: as far as any other.
        self.heard = []  # What came over links: (type, frame).
        self.log = []  # Bodies, as they were put into the stream.
        self.changed = threading.Condition()
        self.is_ended = False
        self.connection = socket.create_connection(("127.0.0.1", nats_port), DEADLINE_S)
        self.connection.settimeout(BEAT_S)
        login = {"user": USER, "pass": PASSWORD, "verbose": False, "headers": True}
        self.send(f"CONNECT {json.dumps(login)}\r\n".encode())
        for sid, subject in ((1, "beat"), (2, f"to.{self.id.hex()}"), (3, "log")):
            self.send(f"SUB crier.{cluster}.{subject} {sid}\r\n".encode())
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

    def end(self):
        self.is_ended = True
        self.thread.join()
        self.connection.close()

    def wait_until(self, what, is_so):
        with self.changed:
            if not self.changed.wait_for(is_so, DEADLINE_S):
                raise AssertionError(f"{what}: {self.heard[-5:]}")

    # ---- Out ------------------------------------------------------------------------------------

    def send(self, data):
        self.connection.sendall(data)

    def put(self, subject, body, headers=b""):
        subject = f"crier.{self.cluster}.{subject}"
        if not headers:
            self.send(f"PUB {subject} {len(body)}\r\n".encode() + body + b"\r\n")
            return
        head = b"NATS/1.0\r\n" + headers + b"\r\n\r\n"
        self.send(f"HPUB {subject} {len(head)} {len(head) + len(body)}\r\n".encode() + head +
                  body + b"\r\n")

    def beat(self):
        now_ms = int(time.time() * 1000)
        links = [{"to": to, "link": link["mine"]} for to, link in self.links.items()]
        self.put("beat", sealed({
            "t": "beat", "from": self.id, "run": self.run, "name": "next", "software": "next",
            "started": now_ms, "sessions": 0, "connected": 0, "generation": self.followed[0],
            "log": self.followed[1], "takes": True, "links": links, **NEWER}, self.key))
        self.put("beat", sealed({"t": "since_the_next_version", "from": self.id}, self.key))

    def say(self, to, frame):
        """Over the link to that broker, which is open."""
        link = self.links[to]
        link["sent"] += 1
        self.put(f"to.{to.hex()}", sealed({
            "t": "frame", "from": self.id, "run": self.run, "mine": link["mine"],
            "yours": link["theirs"], "n": link["sent"],
            "frame": msgpack.packb({**frame, **NEWER}), **NEWER}, self.key))

    def publish(self, envelope):
        """Into the log."""
        body = sealed(envelope, self.key)
        self.put("log", body, f"Nats-Msg-Id: {body[-32:-16].hex()}".encode())

    # ---- In -------------------------------------------------------------------------------------

    def work(self):
        buffer = b""
        next_beat = 0
        while not self.is_ended:
            if time.monotonic() >= next_beat:
                next_beat = time.monotonic() + BEAT_S
                self.beat()
            try:
                buffer += self.connection.recv(65536)
            except TimeoutError:
                continue
            buffer = self.take_messages(buffer)

    def take_messages(self, buffer):
        """What is left when all that has come whole is taken."""
        while b"\r\n" in buffer:
            line, rest = buffer.split(b"\r\n", 1)
            words = line.split()
            if words[0] == b"PING":
                self.send(b"PONG\r\n")
            elif words[0] in (b"MSG", b"HMSG"):
                size = int(words[-1])
                if len(rest) < size + 2:
                    return buffer
                head = int(words[-2]) if words[0] == b"HMSG" else 0
                with self.changed:
                    self.hear(words[1].decode().split(".", 2)[2], rest[head:size])
                    self.changed.notify_all()
                rest = rest[size + 2:]
            buffer = rest
        return buffer

    def hear(self, subject, body):
        if subject == "log":
            self.log.append(body)
            return
        said = unsealed(body)
        if said["from"] == self.id:
            return
        link = self.links.get(said["from"])
        if link is None or link["run"] != said["run"]:
            self.last_link += 1
            link = self.links[said["from"]] = {
                "run": said["run"], "mine": self.last_link, "theirs": 0, "sent": 0}
        if said["t"] == "frame":
            self.on_frame(said["from"], msgpack.unpackb(said["frame"]))
            return
        self.followed = max(self.followed, (said["generation"], said["log"]))
        for one in said["links"]:
            if one["to"] == self.id and one["link"] > link["theirs"]:
                link.update(theirs=one["link"], sent=0)
                self.say(said["from"], {"t": "sessions", "broker": self.id, "first": True})
                self.say(said["from"], {"t": "since_the_next_version"})

    def on_frame(self, sender, frame):
        self.heard.append((frame["t"], frame))
        if frame["t"] == "ask_tally":
            self.say(sender, {"t": "tally", "request": frame["request"],
                              "message": frame["message"], "tally": [0] * STATES, "final": True})
