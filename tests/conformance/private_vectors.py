"""private.txt: what is sealed for a session, by libsodium's own binding (python3-nacl)."""

import hashlib

import nacl.bindings

from vector_file import FOLDER, MESSAGE, NOW, OTHER, pack

SESSION_SECRET = bytes(range(0x80, 0xa0))
OTHER_SECRET = bytes(range(0xa0, 0xc0))
EPHEMERAL = bytes(range(0xc0, 0xe0))

WORDS = {"text": "Salut Vanessa,\ntu es reçue.", "title": "Entre nous", "language": "fr",
         "texts": [{"language": "en", "text": "Hello Vanessa, you are in."}]}
QUESTION = {"text": "Acceptes-tu, {user} ?", "template": True, "countdown_to": NOW,
            "choices": ["J'accepte", "Je refuse"]}


def public_of(secret):
    return nacl.bindings.crypto_scalarmult_base(secret)


def seal(words, message=MESSAGE, session=public_of(SESSION_SECRET), ephemeral=EPHEMERAL):
    mine = public_of(ephemeral)
    bound = b"crier private" + message + mine + session
    nonce = hashlib.blake2b(bound, digest_size=32).digest()[:24]
    plain = words if isinstance(words, bytes) else pack(words)
    return mine + nacl.bindings.crypto_box(plain, nonce, session, ephemeral)


class PrivateVectors:
    """Like Vectors, with other blocks."""

    def __init__(self):
        self.path = FOLDER / "private.txt"
        self.blocks = ["# Private messages: what is sealed, and what of it opens.\n"
                       "# Written by tests/conformance/make_vectors.py.\n"]

    def add(self, name, is_opened, choices=0, message=MESSAGE, secret=SESSION_SECRET, **values):
        values = {"secret": secret, "public": public_of(secret), "message": message, **values}
        lines = [f"{key}: {value.hex()}" for key, value in values.items()]
        verdict = "opens" if is_opened else "does not open"
        self.blocks.append("\n".join([f"name: {name}", verdict, f"choices: {choices}", *lines])
                           + "\n")

    def text_of_file(self):
        return "\n".join(self.blocks)


def private():
    out = PrivateVectors()
    sealed = seal(WORDS)
    out.add("a text", True, ephemeral=EPHEMERAL, words=pack(WORDS), sealed=sealed)
    out.add("a question", True, choices=2, ephemeral=EPHEMERAL, words=pack(QUESTION),
            sealed=seal(QUESTION))
    out.add("moved to another message", False, message=OTHER, sealed=sealed)
    out.add("moved to another session", False, secret=OTHER_SECRET, sealed=sealed)
    out.add("sealed for another session, and said to be for this one", False,
            sealed=seal(WORDS, session=public_of(OTHER_SECRET)))
    out.add("with its ephemeral key altered", False, sealed=bytes([sealed[0] ^ 1]) + sealed[1:])
    out.add("with its last byte altered", False, sealed=sealed[:-1] + bytes([sealed[-1] ^ 1]))
    out.add("cut off", False, sealed=sealed[:-1])
    out.add("with a byte behind it", False, sealed=sealed + b"\0")
    out.add("in a box whose nonce does not name the message", False,
            sealed=seal(WORDS, message=b""))
    out.add("with more choices than its cover", False, choices=1, sealed=seal(QUESTION))
    out.add("with an escape in its title", False, sealed=seal({**WORDS, "title": "\x1b[2J"}))
    out.add("with an unknown placeholder", False,
            sealed=seal({"text": "{usr}", "template": True}))
    out.add("with no text", False, sealed=seal({"title": "Entre nous"}))
    out.add("with words that are no map", False, sealed=seal(pack(["Salut"])))
    out.add("with bytes behind its words", False, sealed=seal(pack(WORDS) + b"\0"))
    return out
