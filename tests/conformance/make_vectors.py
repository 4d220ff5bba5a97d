#!/usr/bin/python3
"""Writes shared/protocol/vectors/*.txt, with Debian's python3-msgpack.

    tests/conformance/make_vectors.py           writes them
    tests/conformance/make_vectors.py --check   compares, and fails if a file would change

The vectors come from another implementation of MessagePack than the one they test, and from
PROTOCOL.md, not from our codec.
"""

import itertools
import pathlib
import sys

import msgpack

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "shared/protocol/vectors"

MESSAGE = bytes(range(0x10, 0x20))
SESSION = bytes(range(0x40, 0x50))
OTHER = bytes(range(0x60, 0x70))
KEY = bytes(range(32))
NOW = 1_700_000_000_000
DEEP = [[[[[1]]]]]


def pack(value):
    return msgpack.packb(value, use_bin_type=True)


def raw_map(*pairs):
    """A map from (key, value) pairs that no dict could hold."""
    assert len(pairs) <= 15
    return bytes([0x80 | len(pairs)]) + b"".join(pack(part) for pair in pairs for part in pair)


def without(frame, *keys):
    return {key: value for key, value in frame.items() if key not in keys}


def changed(frame, **values):
    return {**frame, **values}


def hex_of(data):
    """Hex; a byte that comes more than 20 times in a row is written HH*COUNT."""
    words = []
    for byte, run in itertools.groupby(data):
        count = len(list(run))
        words += [f"{byte:02x}*{count}"] if count > 20 else [f"{byte:02x}"] * count
    lines = [" ".join(words[start:start + 32]) for start in range(0, len(words), 32)]
    return "\n".join(lines)


class Vectors:
    """One file."""

    def __init__(self, name, about):
        self.path = FOLDER / name
        self.blocks = [f"# {about}\n# Written by tests/conformance/make_vectors.py.\n"]
        self.names = set()

    def _add(self, name, verdict, frame):
        assert name not in self.names, name
        self.names.add(name)
        data = frame if isinstance(frame, bytes) else pack(frame)
        self.blocks.append(f"name: {name}\n{verdict}\n{hex_of(data)}\n")

    def accept(self, name, frame):
        self._add(name, "accept", frame)

    def refuse(self, code, name, frame):
        self._add(name, f"refuse {code}", frame)

    def malformed(self, name, frame):
        self.refuse("malformed_frame", name, frame)

    def probe(self, frame, required, optional=()):
        """Every required key missing, and every key with a value of another type."""
        kind = frame.get("t", "body")
        for key in required:
            self.malformed(f"{kind} without {key}", without(frame, key))
        for key in (*required, *optional):
            if key == "t":
                continue
            wrong = "x" if not isinstance(frame[key], str) else 7
            self.malformed(f"{kind} with {key} of another type", changed(frame, **{key: wrong}))
            self.malformed(f"{kind} with {key} nil", changed(frame, **{key: None}))

    def numbers(self, frame, key, low, high):
        """An int out of its range, and things that look like an int."""
        kind = frame.get("t", "body")
        if low > 0:
            self.malformed(f"{kind} with {key} below its range", changed(frame, **{key: low - 1}))
        self.malformed(f"{kind} with {key} above its range", changed(frame, **{key: high + 1}))
        self.malformed(f"{kind} with {key} negative", changed(frame, **{key: -1}))
        self.malformed(f"{kind} with {key} a float", changed(frame, **{key: float(low)}))
        self.malformed(f"{kind} with {key} a bool", changed(frame, **{key: True}))
        self.accept(f"{kind} with {key} at its lowest", changed(frame, **{key: low}))
        self.accept(f"{kind} with {key} at its highest", changed(frame, **{key: high}))

    def line(self, frame, key, size_max, invalid="malformed_frame"):
        """A line: its size, its characters, its UTF-8."""
        kind = frame.get("t", "body")
        self.accept(f"{kind} with {key} at its longest", changed(frame, **{key: "a" * size_max}))
        self.refuse("limit_exceeded", f"{kind} with {key} too long",
                    changed(frame, **{key: "a" * (size_max + 1)}))
        for what, value in CONTROLS.items():
            self.refuse(invalid, f"{kind} with {what} in {key}", with_str(frame, key, value))
        for what, value in BAD_UTF8.items():
            self.refuse(invalid, f"{kind} with {what} in {key}", with_str(frame, key, value))

    def text(self, frame, key, size_max, invalid="malformed_frame"):
        """A text: its size, NUL, its UTF-8."""
        kind = frame.get("t", "body")
        self.accept(f"{kind} with {key} at its longest", changed(frame, **{key: "a" * size_max}))
        self.accept(f"{kind} with lines in {key}", changed(frame, **{key: "é\n\t→ 𝄞"}))
        self.refuse("limit_exceeded", f"{kind} with {key} too long",
                    changed(frame, **{key: "a" * (size_max + 1)}))
        self.refuse(invalid, f"{kind} with NUL in {key}", with_str(frame, key, b"a\0b"))
        for what, value in BAD_UTF8.items():
            self.refuse(invalid, f"{kind} with {what} in {key}", with_str(frame, key, value))

    def ids(self, frame, key):
        kind = frame.get("t", "body")
        self.malformed(f"{kind} with {key} of 15 bytes", changed(frame, **{key: MESSAGE[:15]}))
        self.malformed(f"{kind} with {key} of 17 bytes", changed(frame, **{key: MESSAGE + b"x"}))
        self.malformed(f"{kind} with {key} empty", changed(frame, **{key: b""}))
        self.malformed(f"{kind} with {key} in hex", changed(frame, **{key: MESSAGE.hex()}))

    def content(self, frame):
        """Text and title, wherever a message is."""
        kind = frame.get("t", "body")
        self.refuse("text_invalid", f"{kind} with text empty", changed(frame, text=""))
        self.text(frame, "text", 16_384, "text_invalid")
        self.line(frame, "title", 200, "text_invalid")
        self.accept(f"{kind} with title empty", changed(frame, title=""))
        self.malformed(f"{kind} with text as bin", changed(frame, text=b"bytes"))
        self.numbers(frame, "severity", 0, 2)
        self.numbers(frame, "style", 0, 1)

    def target(self, frame):
        """The three targets, of a frame that has none yet."""
        kind = frame["t"]
        self.accept(f"{kind} to all", changed(frame, all=True))
        self.accept(f"{kind} to one session", changed(frame, sessions=[SESSION]))
        self.accept(f"{kind} to a filter", changed(frame, where="user=Vanessa"))
        self.refuse("target_invalid", f"{kind} to nobody", frame)
        self.refuse("target_invalid", f"{kind} to no session", changed(frame, sessions=[]))
        self.refuse("target_invalid", f"{kind} to one session twice",
                    changed(frame, sessions=[SESSION, OTHER, SESSION]))
        self.refuse("target_invalid", f"{kind} to an empty filter", changed(frame, where=""))
        self.refuse("target_invalid", f"{kind} to all and a session",
                    changed(frame, all=True, sessions=[SESSION]))
        self.refuse("target_invalid", f"{kind} to all and a filter",
                    changed(frame, all=True, where="user=Vanessa"))
        self.refuse("target_invalid", f"{kind} to a session and a filter",
                    changed(frame, sessions=[SESSION], where="user=Vanessa"))
        self.refuse("target_invalid", f"{kind} to all three",
                    changed(frame, all=True, sessions=[SESSION], where="user=Vanessa"))
        self.malformed(f"{kind} to all being false", changed(frame, all=False))
        self.malformed(f"{kind} to all being 1", changed(frame, all=1))
        self.malformed(f"{kind} to sessions being an id", changed(frame, sessions=SESSION))
        self.malformed(f"{kind} to sessions being a map", changed(frame, sessions={"a": SESSION}))
        self.malformed(f"{kind} to a session by its hex digits",
                       changed(frame, sessions=[SESSION.hex()]))
        self.malformed(f"{kind} to a short id", changed(frame, sessions=[SESSION, SESSION[:8]]))
        self.refuse("limit_exceeded", f"{kind} to 1001 sessions",
                    changed(frame, sessions=[None] * 1001))
        self.refuse("limit_exceeded", f"{kind} to a filter too long",
                    changed(frame, where="a" * 1025))
        self.malformed(f"{kind} to a filter with NUL", changed(frame, where="user=a\0b"))
        self.malformed(f"{kind} to a filter that is not UTF-8",
                       with_str(frame, "where", b"user=\xff"))

    def shapes(self, frame):
        """What no frame may be, whatever its type; `frame` is one that may."""
        whole = pack(frame)
        self.malformed("no bytes at all", b"")
        self.malformed("a byte that MessagePack never uses", b"\xc1")
        self.malformed("an int", pack(1))
        self.malformed("nil", pack(None))
        self.malformed("a list", pack([frame]))
        self.malformed("a str", pack("hello"))
        self.malformed("an empty map", pack({}))
        self.malformed("cut short by one byte", whole[:-1])
        self.malformed("cut in half", whole[:len(whole) // 2])
        self.malformed("a byte behind the map", whole + b"\0")
        self.malformed("the frame twice", whole + whole)
        self.malformed("a map whose length is not there", b"\xdf\xff\xff\xff\xff")
        self.malformed("a list whose length is not there", b"\xdd\xff\xff\xff\xff")
        self.malformed("a str of 4 GiB that is not there", b"\x81\xa1x\xdb\xff\xff\xff\xffabc")
        self.malformed("a bin of 4 GiB that is not there", b"\x81\xa1x\xc6\xff\xff\xff\xffabc")
        self.malformed("an ext of 4 GiB that is not there", b"\x81\xa1x\xc9\xff\xff\xff\xff\x01a")
        self.malformed("lists in lists without end", b"\x91" * 60_000)
        self.malformed("maps in maps without end", b"\x81\xa1a" * 50)
        self.malformed("lists that announce 65535 each", b"\xdc\xff\xff" * 50)
        self.malformed("more values than a frame may have",
                       b"\x82\xa1t\xa1x\xa1l\xdc\x80\x00" + b"\xc0" * 0x8000)
        self.refuse("limit_exceeded", "more bytes than a frame may have",
                    b"\x81\xa1x\xc6" + (65_536).to_bytes(4, "big") + b"\0" * 65_536)

        def plus(name, key, value):
            self.malformed(name, with_pair(frame, pack(key), pack(value)))

        plus("a key that is an int", 1, 2)
        plus("a key that is a bin", b"x", 2)
        plus("a key that is nil", None, 2)
        first = next(iter(frame))
        plus("a known key twice", first, frame[first])
        self.malformed("an unknown key twice",
                       with_pair(changed(frame, unknown=1), pack("unknown"), pack(2)))
        self.malformed("a key twice inside an unknown key",
                       with_pair(frame, pack("unknown"), raw_map(("a", 1), ("a", 2))))
        self.malformed("a key that is an int inside an unknown key", changed(frame, unknown={1: 2}))
        self.malformed("nested too deep in an unknown key", changed(frame, unknown=DEEP))
        self.malformed("more keys than a map may have",
                       {**frame, **{f"x{number}": 0 for number in range(64)}})
        self.accept("as many keys as a map may have",
                    {**frame, **{f"x{number}": 0 for number in range(64 - len(frame))}})
        self.accept("nested as deep as it may be in an unknown key",
                    changed(frame, unknown=DEEP[0]))
        self.accept("unknown keys of every type",
                    changed(frame, x_nil=None, x_bool=True, x_int=-7, x_big=2**64 - 1, x_float=1.5,
                            x_str="é", x_bin=b"\xff", x_list=[1, "a"], x_map={"a": {"b": 1}},
                            x_ext=msgpack.ExtType(5, b"abc")))

    def types(self, *others):
        self.malformed("t missing", {"request": 1})
        self.malformed("t of no known type", {"t": "greeting"})
        self.malformed("t empty", {"t": ""})
        self.malformed("t in capitals", {"t": "HEARTBEAT"})
        self.malformed("t with a NUL behind it", {"t": "heartbeat\0"})
        self.malformed("t an int", {"t": 1})
        self.malformed("t a bin", {"t": b"heartbeat"})
        for frame in others:
            self.malformed(f"{frame['t']}, which goes the other way", frame)

    def both_links(self, with_refused):
        heartbeat = {"t": "heartbeat", "time": NOW, "confirmed": 12}
        self.accept("heartbeat with every key", heartbeat)
        self.accept("heartbeat with no key", {"t": "heartbeat"})
        self.probe(heartbeat, [], ["time", "confirmed"])
        self.numbers(heartbeat, "time", 0, 2**53)
        self.numbers(heartbeat, "confirmed", 0, 2**53)
        goodbye = {"t": "goodbye", "reason": "the broker stops", "come_back_after": 1500}
        self.accept("goodbye with every key", goodbye)
        self.accept("goodbye with no key", {"t": "goodbye"})
        self.probe(goodbye, [], ["reason", "come_back_after"])
        self.line(goodbye, "reason", 200)
        self.numbers(goodbye, "come_back_after", 0, 2**53)
        if with_refused:
            refused = {"t": "refused", "request": 5, "code": 4040, "detail": "no such session",
                       "unknown": [SESSION, OTHER], "position": 17}
            self.accept("refused with every key", refused)
            self.accept("refused with required keys", {"t": "refused", "code": 4000, "detail": ""})
            self.accept("refused with a code of the future",
                        {"t": "refused", "code": 7999, "detail": "x"})
            self.probe(refused, ["code", "detail"], ["request", "unknown", "position"])
            self.numbers(refused, "code", 0, 65_535)
            self.numbers(refused, "request", 0, 2**53)
            self.numbers(refused, "position", 0, 2**32 - 1)
            self.text(refused, "detail", 2048)
            self.malformed("refused with a short id", changed(refused, unknown=[SESSION[:4]]))
            self.refuse("limit_exceeded", "refused with 1001 unknown",
                        changed(refused, unknown=[None] * 1001))

    def versions_and_features(self, frame):
        self.accept("hello with features", changed(frame, features=[0, 7, 2**32 - 1]))
        self.accept("hello with 64 features", changed(frame, features=[1] * 64))
        self.refuse("limit_exceeded", "hello with 65 features", changed(frame, features=[1] * 65))
        self.malformed("hello with a feature that is negative", changed(frame, features=[1, -1]))
        self.malformed("hello with a feature that is a str", changed(frame, features=["a"]))
        self.malformed("hello with a feature too high", changed(frame, features=[2**32]))
        self.accept("hello with a range of versions", changed(frame, versions=[1, 65_535]))
        for name, versions in {
                "no version": [], "one version": [1], "three versions": [1, 2, 3],
                "version 0": [0, 1], "a version too high": [1, 65_536],
                "versions the wrong way round": [2, 1], "a version that is a str": ["1", "1"],
        }.items():
            self.malformed(f"hello with {name}", changed(frame, versions=versions))

    def text_of_file(self):
        return "\n".join(self.blocks)


CONTROLS = {"NUL": b"a\0b", "a line end": b"a\nb", "an escape": b"a\x1b[2Jb", "DEL": b"a\x7fb",
            "a C1 control": "a\u009bb".encode()}
BAD_UTF8 = {"Latin-1": b"caf\xe9", "an overlong form": b"\xc0\xaf", "a surrogate": b"\xed\xa0\x80",
            "more than U+10FFFF": b"\xf4\x90\x80\x80", "a cut character": b"abc\xe2\x82"}


def with_str(frame, key, data):
    """The frame with a str that need not be UTF-8."""
    packed = pack("x" * len(data))
    head = packed[:len(packed) - len(data)]
    return with_pair(without(frame, key), pack(key), head + data)


def with_pair(frame, key, value):
    """The frame with one pair more, both packed already."""
    body = pack(frame)
    assert len(frame) < 15 and body[0] == 0x80 | len(frame)
    return bytes([body[0] + 1]) + body[1:] + key + value


HELLO = {"t": "hello", "versions": [1, 1], "attributes": {}}
RECEIPT = {"ids": [MESSAGE], "rev": 1, "state": 3}
RECEIPTS = {"t": "receipts", "n": 1, "list": [RECEIPT]}
SHOW = {"t": "message", "id": MESSAGE, "rev": 1, "seq": 7, "topic": "all", "text": "Bonjour",
        "severity": 0, "style": 0, "from": "ops", "sent": NOW, "deliver_until": NOW + 300_000}
SEND = {"t": "send", "request": 1, "id": MESSAGE, "text": "Salut Vanessa"}
TALLY = list(range(10))
SUMMARY = {"id": MESSAGE, "seq": 7, "rev": 1, "sent": NOW, "from": "ops", "all": True,
           "text": "Bonjour", "severity": 0, "style": 0, "final": False, "tally": TALLY}
OUTCOME = {"session": SESSION, "state": 3, "at": NOW}
LISTED = {"id": SESSION, "attributes": {}, "address": "ipc", "state": 0, "created": NOW}


def from_session():
    out = Vectors("from_session.txt", "The session link, from the session.")
    out.shapes(RECEIPTS)
    out.types({"t": "welcome"}, SHOW, {"t": "remove", "id": MESSAGE, "cause": 0},
              {"t": "refused", "code": 4000, "detail": "x"})
    for request in ("send", "sessions", "messages", "outcome", "follow", "watch", "whoami",
                    "health"):
        out.refuse("not_authorized", f"{request}, an operator's request",
                   {**SEND, "all": True, "t": request})
    out.both_links(with_refused=False)

    attributes = {"persistent_id": "p-1", "user": "Vanessa", "system_user": "vanessa",
                  "machine": "ws-12", "host_type": "linux", "application": "crier-agent",
                  "type": "agent", "locale": "fr_FR.UTF-8", "groups": ["staff", "équipe"]}
    known = {"id": MESSAGE, "rev": 2, "state": 3, "on": True}
    whole = {"t": "hello", "versions": [1, 2], "features": [3, 9], "key": KEY, "proof": KEY[::-1],
             "resume": b"token", "attributes": attributes, "state": 1, "known": [known]}
    out.accept("hello with every key", whole)
    out.accept("hello with required keys", HELLO)
    out.probe(whole, ["versions", "attributes"],
              ["features", "key", "proof", "resume", "state", "known"])
    out.versions_and_features(HELLO)
    out.numbers(HELLO | {"state": 0}, "state", 0, 1)
    for key in ("key", "proof"):
        out.malformed(f"hello with {key} of 31 bytes", changed(HELLO, **{key: KEY[:31]}))
        out.malformed(f"hello with {key} of 33 bytes", changed(HELLO, **{key: KEY + b"x"}))
        out.malformed(f"hello with {key} as str", changed(HELLO, **{key: "k" * 32}))
    out.accept("hello with resume at its longest", changed(HELLO, resume=b"r" * 256))
    out.malformed("hello with resume too long", changed(HELLO, resume=b"r" * 257))
    out.malformed("hello with resume empty", changed(HELLO, resume=b""))
    for key in attributes:
        if key == "groups":
            continue
        inside = lambda value, key=key: changed(HELLO, attributes={key: value})
        out.accept(f"hello with {key} at its longest", inside("é" * 128))
        out.refuse("limit_exceeded", f"hello with {key} too long", inside("é" * 128 + "x"))
        out.refuse("attribute_invalid", f"hello with a line end in {key}", inside("a\nb"))
        out.refuse("attribute_invalid", f"hello with NUL in {key}", inside("a\0b"))
        out.malformed(f"hello with {key} of another type", inside(1))
        out.malformed(f"hello with {key} a bin", inside(b"user"))
    for what, value in (CONTROLS | BAD_UTF8).items():
        data = pack("x" * len(value))[:-len(value)] + value
        out.refuse("attribute_invalid", f"hello with {what} in its user",
                   with_pair(without(HELLO, "attributes"), pack("attributes"),
                             b"\x81" + pack("user") + data))
    out.malformed("hello with an attribute twice",
                  with_pair(without(HELLO, "attributes"), pack("attributes"),
                            raw_map(("user", "a"), ("user", "b"))))
    out.accept("hello with an unknown attribute", changed(HELLO, attributes={"shoe_size": 43}))
    out.accept("hello with 32 groups", changed(HELLO, attributes={"groups": ["g"] * 32}))
    out.refuse("limit_exceeded", "hello with 33 groups",
               changed(HELLO, attributes={"groups": ["g"] * 33}))
    out.refuse("limit_exceeded", "hello with a group too long",
               changed(HELLO, attributes={"groups": ["g", "g" * 257]}))
    out.refuse("attribute_invalid", "hello with a line end in a group",
               changed(HELLO, attributes={"groups": ["a\nb"]}))
    out.malformed("hello with a group that is an int", changed(HELLO, attributes={"groups": [1]}))
    out.malformed("hello with groups a str", changed(HELLO, attributes={"groups": "staff"}))
    in_known = lambda **values: changed(HELLO, known=[changed(known, **values)])
    for key in known:
        out.malformed(f"hello with a known message without {key}",
                      changed(HELLO, known=[without(known, key)]))
        out.malformed(f"hello with a known message's {key} nil", in_known(**{key: None}))
    out.malformed("hello with a known message's id short", in_known(id=MESSAGE[:15]))
    out.malformed("hello with a known message's rev 0", in_known(rev=0))
    out.malformed("hello with a known message's rev too high", in_known(rev=2**32))
    out.malformed("hello with a known message waiting", in_known(state=0))
    out.malformed("hello with a known message expired", in_known(state=7))
    out.malformed("hello with a known message on the screen being 1", in_known(on=1))
    out.malformed("hello with a known message that is a list", changed(HELLO, known=[[MESSAGE, 1]]))
    out.refuse("limit_exceeded", "hello with 1001 known", changed(HELLO, known=[None] * 1001))
    out.accept("hello with no known message", changed(HELLO, known=[]))

    receipt = {"ids": [MESSAGE, OTHER], "rev": 2, "state": 2, "at": NOW, "cause": "do not disturb",
               "again": True, "removed": True}
    out.accept("receipts with every key", {"t": "receipts", "n": 9, "list": [RECEIPT, receipt]})
    out.accept("receipts with required keys", RECEIPTS)
    out.accept("receipts, 256 of them", changed(RECEIPTS, list=[RECEIPT] * 256))
    out.probe(RECEIPTS, ["n", "list"])
    out.numbers(RECEIPTS, "n", 1, 2**53)
    out.accept("receipts with n in a wide format",
               with_pair(without(RECEIPTS, "n"), pack("n"), b"\xcf" + (1).to_bytes(8, "big")))
    out.accept("receipts with n in a signed format",
               with_pair(without(RECEIPTS, "n"), pack("n"), b"\xd3" + (1).to_bytes(8, "big")))
    out.malformed("receipts with none", changed(RECEIPTS, list=[]))
    out.malformed("receipts in a map", changed(RECEIPTS, list={"a": RECEIPT}))
    out.refuse("limit_exceeded", "receipts, 257 of them", changed(RECEIPTS, list=[{}] * 257))
    for key in RECEIPT:
        out.malformed(f"a receipt without {key}", changed(RECEIPTS, list=[without(RECEIPT, key)]))
    in_list = lambda **values: changed(RECEIPTS, list=[RECEIPT, changed(receipt, **values)])
    for key in receipt:
        out.malformed(f"a receipt with {key} nil", in_list(**{key: None}))
        out.malformed(f"a receipt with {key} in a list", in_list(**{key: [receipt[key]]}))
    out.malformed("a receipt of no message", in_list(ids=[]))
    out.malformed("a receipt with an id short", in_list(ids=[MESSAGE, MESSAGE[:15]]))
    out.malformed("a receipt with an id in hex", in_list(ids=[MESSAGE.hex()]))
    out.malformed("a receipt with its id in no list", in_list(ids=MESSAGE))
    out.accept("a receipt of three messages", in_list(ids=[MESSAGE, SESSION, OTHER]))
    out.accept("receipts, 256 in two of them", in_list(ids=[MESSAGE] * 255))
    out.refuse("limit_exceeded", "receipts, 257 in two of them", in_list(ids=[MESSAGE] * 256))
    out.refuse("limit_exceeded", "a receipt of 257 messages", in_list(ids=[None] * 257))
    out.malformed("a receipt with rev 0", in_list(rev=0))
    out.malformed("a receipt with rev too high", in_list(rev=2**32))
    out.malformed("a receipt with rev negative", in_list(rev=-1))
    out.malformed("a receipt that says waiting", in_list(state=0))
    for state in range(7, 11):
        out.malformed(f"a receipt with state {state}", in_list(state=state))
    out.malformed("a receipt from before 1970", in_list(at=-1))
    out.malformed("a receipt at 2^53 + 1", in_list(at=2**53 + 1))
    out.malformed("a receipt with again being 0", in_list(again=0))
    out.malformed("a receipt with removed being 1", in_list(removed=1))
    out.accept("a receipt with its cause at its longest", in_list(cause="é" * 80))
    out.refuse("limit_exceeded", "a receipt with its cause too long", in_list(cause="x" * 161))
    out.malformed("a receipt with an escape in its cause", in_list(cause="\x1b[31m"))
    out.malformed("a receipt that is a list", changed(RECEIPTS, list=[[MESSAGE, 1, 3]]))
    out.malformed("a receipt with a key twice",
                  with_pair(without(RECEIPTS, "list"), pack("list"),
                            b"\x91" + raw_map(*RECEIPT.items(), ("rev", 2))))

    state = {"t": "state", "state": 1}
    out.accept("state with every key", state)
    out.probe(state, ["state"])
    out.numbers(state, "state", 0, 1)
    return out


def to_session():
    out = Vectors("to_session.txt", "The session link, from the broker.")
    out.shapes(SHOW)
    out.types(HELLO, RECEIPTS, {"t": "state", "state": 0}, SEND)
    out.both_links(with_refused=True)

    welcome = {"t": "welcome", "version": 1, "features": [3], "session": SESSION, "opened": NOW,
               "resume": b"token", "time": NOW + 5, "heartbeat": 5000, "broker": "crierd 0.1.0"}
    out.accept("welcome with every key", welcome)
    out.probe(welcome, [key for key in welcome if key != "t"])
    out.numbers(welcome, "version", 1, 65_535)
    out.numbers(welcome, "heartbeat", 100, 600_000)
    out.numbers(welcome, "opened", 0, 2**53)
    out.numbers(welcome, "time", 0, 2**53)
    out.ids(welcome, "session")
    out.line(welcome, "broker", 64)
    out.malformed("welcome with resume empty", changed(welcome, resume=b""))
    out.malformed("welcome with resume too long", changed(welcome, resume=b"r" * 257))
    out.refuse("limit_exceeded", "welcome with 65 features", changed(welcome, features=[1] * 65))

    whole = {"t": "message", "id": MESSAGE, "rev": 2, "seq": 7, "topic": "session",
             "text": "Une opération\nde maintenance", "title": "Ce soir", "severity": 2, "style": 1,
             "from": "ops", "sent": NOW, "deliver_until": NOW + 300_000,
             "off_screen_at": NOW + 600_000}
    out.accept("message with every key", whole)
    out.accept("message with required keys", SHOW)
    out.probe(whole, [key for key in SHOW if key != "t"], ["title", "off_screen_at"])
    out.ids(SHOW, "id")
    out.numbers(SHOW, "rev", 1, 2**32 - 1)
    out.numbers(SHOW, "seq", 0, 2**53)
    out.numbers(SHOW, "sent", 0, 2**53)
    out.numbers(SHOW, "deliver_until", 0, 2**53)
    out.content(SHOW)
    out.line(SHOW, "from", 64)
    out.malformed("message on the topic of another",
                  changed(SHOW, topic="session/" + SESSION.hex()))
    out.malformed("message on the topic ALL", changed(SHOW, topic="ALL"))
    out.malformed("message on no topic", changed(SHOW, topic=""))

    bundle = {"t": "bundle", "list": [SHOW, whole]}
    out.accept("bundle with every key", bundle)
    out.accept("bundle of one", changed(bundle, list=[SHOW]))
    out.accept("bundle of 128", changed(bundle, list=[SHOW] * 128))
    out.accept("bundle with unknown keys", changed(bundle, x=1, list=[changed(SHOW, y=[2])]))
    out.probe(bundle, ["list"])
    out.malformed("bundle of none", changed(bundle, list=[]))
    out.refuse("limit_exceeded", "bundle of 129", changed(bundle, list=[SHOW] * 129))
    out.malformed("bundle of a list", changed(bundle, list=[[SHOW]]))
    out.malformed("bundle of packed messages", changed(bundle, list=[pack(SHOW)]))
    out.malformed("bundle of a bundle", changed(bundle, list=[SHOW, bundle]))
    out.malformed("bundle of a heartbeat", changed(bundle, list=[SHOW, {"t": "heartbeat"}]))
    out.malformed("bundle of a remove",
                  changed(bundle, list=[SHOW, {"t": "remove", "id": MESSAGE, "cause": 1}]))
    in_bundle = lambda **values: changed(bundle, list=[SHOW, changed(whole, **values)])
    for key in SHOW:
        out.malformed(f"bundle of a message without {key}",
                      changed(bundle, list=[whole, without(SHOW, key)]))
    for key in whole:
        out.malformed(f"bundle of a message with {key} nil", in_bundle(**{key: None}))
    out.malformed("bundle of a message of another type", in_bundle(t="welcome"))
    out.malformed("bundle of a message with its id short", in_bundle(id=MESSAGE[:15]))
    out.refuse("text_invalid", "bundle of a message with text empty", in_bundle(text=""))
    out.refuse("limit_exceeded", "bundle of a message with text too long",
               in_bundle(text="a" * 16_385))
    out.malformed("bundle of a message with a key twice",
                  with_pair({"t": "bundle"}, pack("list"),
                            b"\x91" + raw_map(*SHOW.items(), ("rev", 2))))

    remove = {"t": "remove", "id": MESSAGE, "cause": 1}
    out.accept("remove with every key", remove)
    out.probe(remove, ["id", "cause"])
    out.ids(remove, "id")
    out.numbers(remove, "cause", 0, 1)
    return out


def from_operator():
    out = Vectors("from_operator.txt", "The operator link, from the operator.")
    out.shapes(changed(SEND, all=True))
    out.types({"t": "accepted"}, {"t": "tally"}, {"t": "done", "request": 1},
              {"t": "refused", "code": 4000, "detail": "x"}, RECEIPTS, SHOW)
    out.both_links(with_refused=False)

    hello = {"t": "hello", "versions": [1, 2], "features": [3, 9], "client": "crier 0.1.0"}
    out.accept("hello with every key", hello)
    out.accept("hello with required keys", without(hello, "features"))
    out.probe(hello, ["versions", "client"], ["features"])
    out.versions_and_features(without(hello, "features"))
    out.line(hello, "client", 64)

    whole = {"t": "send", "request": 6, "id": MESSAGE, "sessions": [SESSION, OTHER],
             "text": "Salut\nVanessa", "title": "Ce soir", "severity": 2, "style": 1,
             "expires": NOW, "dry_run": True, "follow": True}
    to_all = changed(SEND, all=True)
    out.accept("send with every key", whole)
    out.accept("send with required keys", to_all)
    out.accept("send with defaults spelt out",
               changed(to_all, severity=0, style=0, dry_run=False, follow=False))
    out.probe(whole, ["request", "id", "text"],
              ["sessions", "title", "severity", "style", "expires", "dry_run", "follow"])
    out.target(SEND)
    out.content(to_all)
    out.ids(to_all, "id")
    out.numbers(to_all, "request", 0, 2**53)
    out.numbers(to_all, "expires", 0, 2**53)
    out.malformed("send with dry_run being 1", changed(to_all, dry_run=1))
    out.malformed("send with follow being 1", changed(to_all, follow=1))

    update = {"t": "update", "request": 14, "id": SESSION, "message": MESSAGE,
              "text": "À 23h", "title": "Ce soir", "severity": 2, "style": 1, "expires": NOW,
              "ask_again": True, "follow": True}
    new_text = {"t": "update", "request": 14, "id": SESSION, "message": MESSAGE, "text": "x"}
    out.accept("update with every key", update)
    out.accept("update with required keys", new_text)
    for key in ("title", "severity", "style", "expires"):
        out.accept(f"update with {key} alone", changed(without(new_text, "text"),
                                                       **{key: update[key]}))
    out.malformed("update with nothing to change", without(new_text, "text"))
    out.probe(update, ["request", "id", "message"],
              ["text", "title", "severity", "style", "expires", "ask_again", "follow"])
    out.content(new_text)
    out.ids(new_text, "id")
    out.ids(new_text, "message")
    out.numbers(new_text, "request", 0, 2**53)
    out.malformed("update with ask_again being 1", changed(new_text, ask_again=1))

    recall = {"t": "recall", "request": 15, "id": SESSION, "message": MESSAGE, "follow": True}
    out.accept("recall with every key", recall)
    out.accept("recall with required keys", without(recall, "follow"))
    out.probe(recall, ["request", "id", "message"], ["follow"])
    out.ids(recall, "id")
    out.ids(recall, "message")
    out.malformed("recall with follow being 1", changed(recall, follow=1))

    listing = {"t": "sessions", "request": 7}
    out.target(listing)
    out.accept("sessions with every key", changed(listing, where="user=V*", after=OTHER))
    out.probe(changed(listing, all=True, after=OTHER), ["request"], ["after"])
    out.ids(changed(listing, all=True), "after")

    messages = {"t": "messages", "request": 8, "before": 99, "max": 100}
    out.accept("messages with every key", messages)
    out.accept("messages with required keys", {"t": "messages", "request": 8})
    out.probe(messages, ["request"], ["before", "max"])
    out.numbers(messages, "max", 1, 100)
    out.numbers(messages, "before", 0, 2**53)

    outcome = {"t": "outcome", "request": 9, "id": MESSAGE, "after": SESSION}
    out.accept("outcome with every key", outcome)
    out.accept("outcome with required keys", without(outcome, "after"))
    out.probe(outcome, ["request", "id"], ["after"])
    out.ids(outcome, "id")

    follow = {"t": "follow", "request": 10, "id": MESSAGE}
    out.accept("follow with every key", follow)
    out.probe(follow, ["request", "id"])
    out.ids(follow, "id")

    for number, kind in enumerate(("watch", "whoami", "health"), 11):
        frame = {"t": kind, "request": number}
        out.accept(f"{kind} with every key", frame)
        out.probe(frame, ["request"])
        out.numbers(frame, "request", 0, 2**53)
    return out


def to_operator():
    out = Vectors("to_operator.txt", "The operator link, from the broker.")
    done = {"t": "done", "request": 10}
    out.shapes(done)
    out.types(changed(SEND, all=True), {"t": "watch", "request": 1}, SHOW, RECEIPTS)
    out.both_links(with_refused=True)

    welcome = {"t": "welcome", "version": 1, "features": [3], "principal": "ops",
               "rights": ["send", "list"], "time": NOW, "heartbeat": 5000,
               "broker": "crierd 0.1.0"}
    out.accept("welcome with every key", welcome)
    out.probe(welcome, [key for key in welcome if key != "t"])
    out.numbers(welcome, "heartbeat", 100, 600_000)
    out.line(welcome, "principal", 64)
    out.accept("welcome with 32 rights", changed(welcome, rights=["r" * 64] * 32))
    out.refuse("limit_exceeded", "welcome with 33 rights", changed(welcome, rights=["r"] * 33))
    out.refuse("limit_exceeded", "welcome with a right too long",
               changed(welcome, rights=["r" * 65]))
    out.malformed("welcome with a right that is an int", changed(welcome, rights=[1]))

    accepted = {"t": "accepted", "request": 6, "id": MESSAGE, "seq": 7, "tally": TALLY,
                "already": True, "dry_run": True, "stands_until": NOW, "rev": 3, "removed": 2}
    out.accept("accepted with every key", accepted)
    out.accept("accepted with required keys",
               without(accepted, "already", "dry_run", "stands_until", "rev", "removed"))
    out.probe(accepted, ["request", "id", "seq", "tally"],
              ["already", "dry_run", "stands_until", "rev", "removed"])
    out.numbers(accepted, "rev", 1, 2**32 - 1)
    out.numbers(accepted, "removed", 0, 2**32 - 1)
    out.ids(accepted, "id")
    out.numbers(accepted, "seq", 0, 2**53)
    out.malformed("accepted with nine states", changed(accepted, tally=TALLY[:9]))
    out.malformed("accepted with eleven states", changed(accepted, tally=TALLY + [1]))
    out.malformed("accepted with a negative count", changed(accepted, tally=[-1] + TALLY[1:]))
    out.malformed("accepted with a count of 2^32", changed(accepted, tally=[2**32] + TALLY[1:]))
    out.malformed("accepted with a tally by names", changed(accepted, tally={"waiting": 1}))

    attributes = {"user": "Vanessa", "system_user": "vanessa", "groups": ["staff"]}
    session = {"id": SESSION, "attributes": attributes, "address": "10.1.2.3", "state": 2,
               "created": NOW, "unreachable_since": NOW + 5, "user_verified": True,
               "system_user_verified": True}
    page = {"t": "session_page", "request": 7, "list": [session, LISTED], "more": True}
    out.accept("session_page with every key", page)
    out.accept("session_page with none", changed(page, list=[], more=False))
    out.probe(page, ["request", "list", "more"])
    in_page = lambda **values: changed(page, list=[LISTED, changed(session, **values)])
    for key in LISTED:
        out.malformed(f"a session without {key}", changed(page, list=[without(LISTED, key)]))
    for key in session:
        out.malformed(f"a session with {key} nil", in_page(**{key: None}))
    out.malformed("a session with state 3", in_page(state=3))
    out.malformed("a session with its id short", in_page(id=SESSION[:15]))
    out.refuse("attribute_invalid", "a session with an escape in its user",
               in_page(attributes={"user": "\x1b[2J"}))
    out.malformed("a session with an escape in its address", in_page(address="\x1b[2J"))
    out.refuse("limit_exceeded", "a session with its address too long", in_page(address="a" * 257))

    summary = {"id": MESSAGE, "seq": 7, "rev": 2, "sent": NOW, "from": "ops",
               "sessions": [SESSION, OTHER], "text": "Bonjour", "title": "Ce soir", "severity": 1,
               "style": 1, "expires": NOW + 5, "final": True, "recalled": True, "tally": TALLY}
    page = {"t": "message_page", "request": 8, "list": [summary, SUMMARY], "more": True}
    out.accept("message_page with every key", page)
    out.accept("message_page with none", changed(page, list=[], more=False))
    out.accept("message_page with a filter",
               changed(page, list=[{**without(SUMMARY, "all"), "where": "user=V*"}]))
    out.probe(page, ["request", "list", "more"])
    for key in without(SUMMARY, "all"):
        out.malformed(f"a summary without {key}", changed(page, list=[without(SUMMARY, key)]))
    out.refuse("target_invalid", "a summary without a target",
               changed(page, list=[without(SUMMARY, "all")]))
    out.refuse("target_invalid", "a summary with two targets",
               changed(page, list=[changed(SUMMARY, where="user=V*")]))
    out.refuse("text_invalid", "a summary with no text",
               changed(page, list=[changed(SUMMARY, text="")]))
    out.malformed("a summary that is nil", changed(page, list=[None]))

    outcome = {"session": SESSION, "user": "Vanessa", "system_user": "vanessa", "machine": "ws-12",
               "application": "crier-agent", "state": 6, "at": NOW, "cause": "no screen",
               "again": True, "removed": True, "user_verified": True, "system_user_verified": True}
    page = {"t": "outcome_page", "request": 9, "message": summary, "list": [outcome, OUTCOME],
            "more": True}
    out.accept("outcome_page with every key", page)
    out.probe(page, ["request", "message", "list", "more"])
    in_page = lambda **values: changed(page, list=[OUTCOME, changed(outcome, **values)])
    for key in OUTCOME:
        out.malformed(f"an outcome without {key}", changed(page, list=[without(OUTCOME, key)]))
    for key in outcome:
        out.malformed(f"an outcome with {key} nil", in_page(**{key: None}))
    out.malformed("an outcome with state 10", in_page(state=10))
    for key in ("user", "system_user", "machine", "application"):
        out.refuse("limit_exceeded", f"an outcome with {key} too long", in_page(**{key: "a" * 257}))
        out.malformed(f"an outcome with an escape in {key}", in_page(**{key: "\x1b[2J"}))

    tally = {"t": "tally", "id": MESSAGE, "tally": TALLY, "final": True, "removed": 3}
    out.accept("tally with every key", tally)
    out.accept("tally with required keys", without(tally, "removed"))
    out.probe(tally, ["id", "tally", "final"], ["removed"])
    out.ids(tally, "id")

    happened = {"t": "happened", "what": 5, "at": NOW, "session": SESSION, "user": "Vanessa",
                "machine": "ws-12", "message": MESSAGE, "seq": 7, "state": 3, "detail": "on screen",
                "user_verified": True}
    out.accept("happened with every key", happened)
    out.accept("happened with required keys", {"t": "happened", "what": 0, "at": NOW})
    out.probe(happened, ["what", "at"],
              ["session", "user", "machine", "message", "seq", "state", "detail",
               "user_verified"])
    out.numbers(happened, "what", 0, 7)
    out.numbers(happened, "state", 0, 9)
    out.ids(happened, "session")
    out.ids(happened, "message")
    out.line(happened, "detail", 256)
    out.line(happened, "user", 256)

    out.accept("done with every key", done)
    out.probe(done, ["request"])
    out.numbers(done, "request", 0, 2**53)

    identity = {"t": "identity", "request": 12, "principal": "ops", "rights": ["send"],
                "address": "ipc"}
    out.accept("identity with every key", identity)
    out.probe(identity, [key for key in identity if key != "t"])
    out.line(identity, "address", 256)

    health = {"t": "health", "request": 13, "healthy": False, "problem": "the disk\nis full",
              "broker": "crierd 0.1.0", "started": NOW, "seq": 7, "sessions": 3, "connected": 2,
              "live": 1}
    out.accept("health with every key", health)
    out.accept("health with required keys", without(health, "problem"))
    out.probe(health, [key for key in health if key not in ("t", "problem")], ["problem"])
    out.numbers(health, "sessions", 0, 2**32 - 1)
    out.text(health, "problem", 2048)
    return out


def bell():
    out = Vectors("bell.txt", "The bodies of the bell.")
    body = {"kind": 1, "id": MESSAGE, "seq": 7, "rev": 2, "sent": NOW, "text": "Bonjour",
            "title": "Ce soir", "severity": 2, "style": 1, "from": "ops", "off_screen_at": NOW + 5}
    required = without(body, "title", "off_screen_at")
    out.shapes(required)
    out.accept("body with every key", body)
    out.accept("body with required keys", required)
    out.probe(body, list(required), ["title", "off_screen_at"])
    out.numbers(dict(required, cause=0), "kind", 0, 2)
    out.ids(required, "id")
    out.numbers(required, "rev", 1, 2**32 - 1)
    out.content(required)
    out.line(required, "from", 64)
    removed = dict(body, kind=2, cause=1)
    out.accept("removal with every key", removed)
    out.probe(removed, ["cause"])
    out.numbers(removed, "cause", 0, 1)
    return out


def main():
    check = sys.argv[1:] == ["--check"]
    stale = []
    for vectors in (from_session(), to_session(), from_operator(), to_operator(), bell()):
        text = vectors.text_of_file()
        if check and vectors.path.read_text() != text:
            stale.append(vectors.path.name)
        elif not check:
            vectors.path.write_text(text)
    if stale:
        sys.exit(f"run tests/conformance/make_vectors.py: {', '.join(stale)} would change")


if __name__ == "__main__":
    main()
