#!/usr/bin/python3
"""Hears the bell: `all`, or another topic, given as the third argument. CURVE keys from the file of
the listeners' invitation; what is left is five lines.

    stranger_listener.py INVITATION-FILE COUNT [TOPIC]
"""

import base64
import sys

import msgpack
import zmq
import zmq.utils.z85

body = open(sys.argv[1]).read().strip().split(".")[2]
invitation = msgpack.unpackb(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))[:-4])
sub = zmq.Context().socket(zmq.SUB)
secret = zmq.utils.z85.encode(invitation["secret"])
sub.curve_publickey, sub.curve_secretkey = zmq.curve_public(secret), secret
sub.curve_serverkey = zmq.utils.z85.encode(invitation["server_key"])
monitor = sub.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED)

# The five lines.
sub.connect(invitation["endpoints"][0])
sub.subscribe((sys.argv[3] if len(sys.argv) > 3 else "all").encode() + b"\0")
monitor.recv_multipart() and print("hears", flush=True)
for _ in range(int(sys.argv[2])):
    print(msgpack.unpackb(sub.recv_multipart()[1])["text"], flush=True)
