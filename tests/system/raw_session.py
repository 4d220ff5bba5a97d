"""A session that a test plays itself, and that need not do as it is told."""

import base64
import hashlib
import pathlib
import time

import msgpack
import zmq
import zmq.utils.monitor
import zmq.utils.z85

from support import DEADLINE_S


class RawSession:
    """Says hello at once. `keys`: those of an earlier one, to be the same session again;
    `features`: that it knows; other attributes than the user's name by their names."""

    def __init__(self, invitation, user, keys=None, features=(), **attributes):
        body = pathlib.Path(invitation).read_text().strip().split(".")[2]
        packed = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        invited = msgpack.unpackb(packed[:-4])
        self.keys = keys or zmq.curve_keypair()
        self.number = 0
        self.context = zmq.Context()
        self.dealer = self.context.socket(zmq.DEALER)
        self.dealer.curve_publickey, self.dealer.curve_secretkey = self.keys
        self.dealer.curve_serverkey = zmq.utils.z85.encode(invited["server_key"])
        self.dealer.reconnect_ivl, self.dealer.linger = 3_600_000, 0
        self.monitor = self.dealer.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        self.dealer.connect([one for one in invited["endpoints"] if one.startswith("tcp://")][0])
        key = zmq.utils.z85.decode(self.keys[0])
        self.id = hashlib.blake2b(b"crier session" + key, digest_size=32).hexdigest()[:32]
        self.say("hello", versions=[1, 1], features=list(features),
                 attributes={"user": user, **attributes},
                 proof=hashlib.blake2b(key, key=invited["secret"], digest_size=32).digest())

    def say(self, kind, **keys):
        self.dealer.send(msgpack.packb({"t": kind, **keys}))

    def report(self, message, **keys):
        self.number += 1
        self.say("receipts", n=self.number, list=[
            {"ids": [message["id"]], "rev": message["rev"], "at": int(time.time() * 1000), **keys}])

    def next(self, kind):
        """The next frame of this kind; it goes on saying that it is there."""
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            if not self.dealer.poll(1000):
                self.say("heartbeat")
                continue
            frame = msgpack.unpackb(self.dealer.recv())
            if frame["t"] == kind:
                return frame
        raise AssertionError(f"waited in vain for {kind}")

    def wait_until_cut(self):
        """The broker has closed the connection: this side never does."""
        if not self.monitor.poll(DEADLINE_S * 1000):
            raise AssertionError("the connection is still there")

    def close(self):
        """Idempotent; the broker is not told."""
        if self.dealer.closed:
            return
        self.dealer.disable_monitor()
        self.monitor.close()
        self.dealer.close()
        self.context.term()
