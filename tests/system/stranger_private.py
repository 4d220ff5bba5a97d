"""How a stranger opens a private message: written from PROTOCOL.md alone, with Debian's
python3-nacl and python3-msgpack.
"""

import hashlib

import msgpack
import nacl.bindings


def open_private(message, public, secret):
    """What a `message` frame says, with the session's CURVE keys. Raises if it does not open."""
    ephemeral, box = message["sealed"][:32], message["sealed"][32:]
    bound = b"crier private" + message["id"] + ephemeral + public
    nonce = hashlib.blake2b(bound, digest_size=32).digest()[:24]
    plain = nacl.bindings.crypto_box_open(box, nonce, ephemeral, secret)
    return msgpack.unpackb(plain)
