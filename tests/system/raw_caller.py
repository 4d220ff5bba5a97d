"""Whoever comes in by some door and says what they like: frames of msgpack over ZeroMQ."""

import base64
import hashlib
import pathlib
import time

import msgpack
import zmq
import zmq.utils.monitor
import zmq.utils.z85

from support import DEADLINE_S


def read_invitation(path):
    """Its map."""
    body = pathlib.Path(path).read_text(encoding="utf-8").strip().split(".")[2]
    return msgpack.unpackb(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))[:-4])


def keys_of(invitation):
    """The key pair that an operators' or a listeners' invitation brings."""
    secret = zmq.utils.z85.encode(invitation["secret"])
    return zmq.curve_public(secret), secret


class RawCaller:
    """`kind`: of socket. `keys`: a CURVE key pair; where the invitation names no server key it
    comes without. `transport`: by which of the invitation's endpoints."""

    def __init__(self, invitation, keys=None, kind=zmq.DEALER, transport="tcp"):
        self.invitation = invitation
        self.keys = keys or zmq.curve_keypair()
        self.context = zmq.Context()
        self.socket = self.context.socket(kind)
        self.socket.reconnect_ivl, self.socket.linger = 3_600_000, 0
        if "server_key" in invitation:
            self.socket.curve_publickey, self.socket.curve_secretkey = self.keys
            self.socket.curve_serverkey = zmq.utils.z85.encode(invitation["server_key"])
        self.monitor = self.socket.get_monitor_socket(
            zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_HANDSHAKE_FAILED_AUTH |
            zmq.EVENT_DISCONNECTED)
        self.socket.connect([one for one in invitation["endpoints"]
                             if one.startswith(transport + "://")][0])
        self.is_admitted = self.wait_for_event() == zmq.EVENT_HANDSHAKE_SUCCEEDED

    def wait_for_event(self):
        if not self.monitor.poll(DEADLINE_S * 1000):
            raise AssertionError("nothing happened to the connection")
        return zmq.utils.monitor.recv_monitor_message(self.monitor)["event"]

    def wait_until_cut(self):
        event = self.wait_for_event()
        if event != zmq.EVENT_DISCONNECTED:
            raise AssertionError(f"event {event}, and not the end of the connection")

    def say(self, frame):
        self.socket.send(msgpack.packb(frame))

    def greet_as_session(self):
        """Returns the welcome."""
        key = zmq.utils.z85.decode(self.keys[0])
        hello = {"t": "hello", "versions": [1, 1], "attributes": {"user": "Mallory"}}
        if "secret" in self.invitation:
            proof = hashlib.blake2b(key, key=self.invitation["secret"], digest_size=32).digest()
            self.say({**hello, "proof": proof})
        else:
            self.say({**hello, "key": key})
        return self.next(lambda frame: frame["t"] == "welcome")

    def greet_as_operator(self):
        """Returns the welcome."""
        self.say({"t": "hello", "versions": [1, 1], "client": "a test"})
        return self.next(lambda frame: frame["t"] == "welcome")

    def next(self, is_wanted):
        """The next frame that is; others are passed over."""
        end = time.monotonic() + DEADLINE_S
        while self.socket.poll(max(0, int((end - time.monotonic()) * 1000))):
            frame = msgpack.unpackb(self.socket.recv())
            if is_wanted(frame):
                return frame
        raise AssertionError("waited in vain for an answer")

    def ask(self, frame):
        """The answer to a request."""
        self.say(frame)
        return self.next(lambda answer: answer.get("request") == frame["request"])

    def close(self):
        self.socket.disable_monitor()
        self.monitor.close()
        self.socket.close()
        self.context.term()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
