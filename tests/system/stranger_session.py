#!/usr/bin/python3
"""A session written from PROTOCOL.md alone, with Debian's python3-zmq and python3-msgpack.

    stranger_session.py INVITATION-FILE USER COUNT

Shows COUNT messages, a line each, reports them, and says goodbye.
"""

import base64
import hashlib
import sys
import time

import msgpack
import zmq
import zmq.utils.z85

kind, body = open(sys.argv[1]).read().strip().removeprefix("crier1.").split(".")
packed = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
assert kind == "sessions"
assert hashlib.blake2b(packed[:-4], digest_size=32).digest()[:4] == packed[-4:]
invitation = msgpack.unpackb(packed[:-4])

public, secret = zmq.curve_keypair()
key = zmq.utils.z85.decode(public)
dealer = zmq.Context().socket(zmq.DEALER)
dealer.curve_publickey, dealer.curve_secretkey = public, secret
dealer.curve_serverkey = zmq.utils.z85.encode(invitation["server_key"])
dealer.reconnect_ivl, dealer.linger = 3_600_000, 1000
dealer.connect([one for one in invitation["endpoints"] if one.startswith("tcp://")][0])


def say(**frame):
    dealer.send(msgpack.packb(frame))


def now():
    return int(time.time() * 1000)


say(t="hello", versions=[1, 1],
    proof=hashlib.blake2b(key, key=invitation["secret"], digest_size=32).digest(),
    attributes={"user": sys.argv[2], "application": "stranger", "type": "embedded"})

numbers = iter(range(1, 1_000_000))
left = int(sys.argv[3])
while True:
    if not dealer.poll(1_000):
        say(t="heartbeat", time=now())
        continue
    frame = msgpack.unpackb(dealer.recv())
    if frame["t"] == "welcome":
        mine = hashlib.blake2b(b"crier session" + key, digest_size=32).digest()[:16]
        assert frame["session"] == mine and frame["version"] == 1
        print("connected", mine.hex(), flush=True)
    elif frame["t"] in ("message", "bundle"):
        for message in frame["list"] if frame["t"] == "bundle" else [frame]:
            print(message["topic"], message["text"], flush=True)
            say(t="receipts", n=next(numbers),
                list=[{"ids": [message["id"]], "rev": message["rev"], "state": 3, "at": now()}])
            left -= 1
    elif frame["t"] == "refused":
        sys.exit(frame["detail"])
    elif frame["t"] == "heartbeat" and left == 0 and frame.get("confirmed", 0) > 0:
        say(t="goodbye", reason="that was all")
        dealer.close()
        break
