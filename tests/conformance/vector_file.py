"""The files of vectors: MessagePack by another implementation than ours, and what is tried of every
kind of value. make_vectors.py says which frames there are.
"""

import itertools
import pathlib

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

    def inside(self, frame, key, element):
        """The maps of a list: each key of one missing, and nil."""
        kind = frame.get("t", "body")
        for name in element:
            self.malformed(f"{kind} with {key} without {name}",
                           changed(frame, **{key: [without(element, name)]}))
            self.malformed(f"{kind} with {key}'s {name} nil",
                           changed(frame, **{key: [changed(element, **{name: None})]}))
        self.malformed(f"{kind} with {key} that are lists", changed(frame, **{key: [[1]]}))
        self.accept(f"{kind} with no {key}", changed(frame, **{key: []}))
        self.accept(f"{kind} with 64 {key}", changed(frame, **{key: [element] * 64}))
        self.refuse("limit_exceeded", f"{kind} with 65 {key}",
                    changed(frame, **{key: [element] * 65}))

    def endpoints(self, frame, key, element):
        """Where a broker can be found, in the maps of a list."""
        kind = frame.get("t", "body")
        at = lambda *endpoints: changed(frame, **{key: [changed(element, endpoints=endpoints)]})
        self.malformed(f"{kind} with {key} at no endpoint", at())
        self.accept(f"{kind} with {key} at 8 endpoints", at(*["e" * 256] * 8))
        self.refuse("limit_exceeded", f"{kind} with {key} at 9 endpoints", at(*["e"] * 9))
        self.refuse("limit_exceeded", f"{kind} with {key} at a long endpoint", at("e" * 257))
        self.malformed(f"{kind} with {key} at an escape", at("\x1b[2J"))

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

    def speech(self, frame):
        """What a message says beside its text and title; `frame` says none of it."""
        kind = frame.get("t", "body")
        plus = lambda **values: changed(frame, **values)
        self.line(frame, "language", 35, "text_invalid")
        self.accept(f"{kind} with language empty", plus(language=""))
        self.malformed(f"{kind} with language a list", plus(language=["fr"]))
        self.translations(frame)
        self.templates(frame)
        self.numbers(frame, "countdown_to", 0, 2**53)
        self.escalation(frame)

        self.accept(f"{kind} with no choices", plus(choices=[]))
        self.accept(f"{kind} with nine choices",
                    plus(choices=[f"{digit} " + "é" * 39 for digit in range(1, 10)]))
        self.refuse("limit_exceeded", f"{kind} with ten choices", plus(choices=[None] * 10))
        self.refuse("limit_exceeded", f"{kind} with a choice too long",
                    plus(choices=["Oui", "N" * 81]))
        for what, choices in {"one choice": ["Oui"], "a choice empty": ["Oui", ""],
                              "a choice blank": ["Oui", " \u2003"],
                              "a choice twice": ["Oui", "Non", "Oui"],
                              "a line end in a choice": ["Oui", "a\nb"],
                              "an escape in a choice": ["\x1b[2J", "Non"]}.items():
            self.refuse("text_invalid", f"{kind} with {what}", plus(choices=choices))
        for what, data in BAD_UTF8.items():
            packed = b"\x92" + pack("Oui") + pack_str(data)
            self.refuse("text_invalid", f"{kind} with {what} in a choice",
                        with_pair(frame, pack("choices"), packed))
        for what, choices in {"a str": "Oui", "a map": {"a": "Oui"}, "an int in it": ["Oui", 1],
                              "nil in it": ["Oui", None]}.items():
            self.malformed(f"{kind} with choices, {what}", plus(choices=choices))

    def private(self, frame):
        """What is sealed, of a frame that can have it and has not."""
        kind = frame["t"]
        private = changed(frame, private=True, sealed=bytes(range(49)))
        self.accept(f"{kind} that is private", private)
        self.accept(f"{kind} that says that it is not private", changed(frame, private=False))
        self.accept(f"{kind} with sealed at its longest", changed(private, sealed=bytes(36_864)))
        self.refuse("limit_exceeded", f"{kind} with sealed too long",
                    changed(private, sealed=bytes(36_865)))
        self.malformed(f"{kind} with sealed too short", changed(private, sealed=bytes(48)))
        self.malformed(f"{kind} with sealed empty", changed(private, sealed=b""))
        self.malformed(f"{kind} that is private without sealed", without(private, "sealed"))
        self.malformed(f"{kind} with sealed that is not private", without(private, "private"))
        self.malformed(f"{kind} with sealed that says not private", changed(private, private=False))
        self.malformed(f"{kind} with private being 1", changed(private, private=1))
        self.malformed(f"{kind} with private nil", changed(private, private=None))
        for what, value in {"a str": "x" * 49, "nil": None, "a list": [bytes(49)]}.items():
            self.malformed(f"{kind} with sealed {what}", changed(private, sealed=value))

    def translations(self, frame):
        kind = frame.get("t", "body")
        text = lambda **values: changed(frame, texts=[TEXT, {**TEXT, "language": "de", **values}])
        room = 32_768 - len(frame["text"]) - 16_384
        filled = lambda size: [{"language": "en", "text": "a" * 16_384},
                               {"language": "de", "text": "a" * (size - 200), "title": "a" * 200}]
        self.accept(f"{kind} with no texts", changed(frame, texts=[]))
        self.accept(f"{kind} with texts without a title", changed(frame, texts=[TEXT]))
        self.accept(f"{kind} with 32 texts",
                    changed(frame, texts=[{**TEXT, "language": f"x{n}"} for n in range(32)]))
        self.accept(f"{kind} with a text at its longest", text(text="a" * 16_384))
        self.accept(f"{kind} with texts at their longest together",
                    changed(frame, texts=filled(room)))
        self.accept(f"{kind} with an unknown key in a text", text(x=[1]))
        self.refuse("limit_exceeded", f"{kind} with 33 texts", changed(frame, texts=[None] * 33))
        self.refuse("limit_exceeded", f"{kind} with texts too long together",
                    changed(frame, texts=filled(room + 1)))
        self.refuse("limit_exceeded", f"{kind} with a text too long", text(text="a" * 16_385))
        self.refuse("limit_exceeded", f"{kind} with a text's title too long", text(title="a" * 201))
        self.refuse("limit_exceeded", f"{kind} with a text's language too long",
                    text(language="a" * 36))
        for what, values in {"empty": {"text": ""}, "with NUL": {"text": "a\0b"},
                             "with a line end in its title": {"title": "a\nb"},
                             "with an escape in its title": {"title": "\x1b[2J"},
                             "with its language empty": {"language": ""},
                             "with a line end in its language": {"language": "d\ne"}}.items():
            self.refuse("text_invalid", f"{kind} with a text {what}", text(**values))
        for what, data in BAD_UTF8.items():
            for key in ("language", "text", "title"):
                one = pack_str_map({"language": b"de", "text": b"Hallo", "title": b"x", key: data})
                self.refuse("text_invalid", f"{kind} with {what} in a text's {key}",
                            with_pair(frame, pack("texts"), b"\x91" + one))
        for key in TEXT:
            self.malformed(f"{kind} with a text without {key}",
                           changed(frame, texts=[without(TEXT, key)]))
        for key in ("language", "text", "title"):
            self.malformed(f"{kind} with a text with {key} nil", text(**{key: None}))
            self.malformed(f"{kind} with a text with {key} a bin", text(**{key: b"x"}))
        self.malformed(f"{kind} with a text that is a str", changed(frame, texts=["Hello"]))
        self.malformed(f"{kind} with texts by language", changed(frame, texts={"en": "Hello"}))
        self.malformed(f"{kind} with a text that has a key twice",
                       with_pair(frame, pack("texts"),
                                 b"\x91" + raw_map(*TEXT.items(), ("text", "again"))))

    def templates(self, frame):
        kind = frame.get("t", "body")
        template = lambda text, **values: changed(frame, template=True, text=text, **values)
        self.accept(f"{kind} with every placeholder",
                    template("{user} {system_user} {machine} {application} {locale} {session} "
                             "{remaining}", title="{user}", countdown_to=NOW))
        self.accept(f"{kind} with doubled braces", template("{{user}} {{{user}}} }}{{"))
        self.accept(f"{kind} with braces that is no template",
                    changed(frame, text="a { b {usr} }} {remaining}", template=False))
        for what, text in {
                "an unknown placeholder": "{usr}", "a placeholder in capitals": "{USER}",
                "a placeholder with blanks": "{ user }", "an empty placeholder": "{}",
                "a placeholder of groups": "{groups}", "a lone brace": "a { b",
                "a lone closing brace": "a } b", "a brace too many": "{user}}",
                "a placeholder over two lines": "{us\ner}", "a placeholder cut off": "{user",
                "a placeholder in another": "{a{user}}",
                "a long unknown placeholder": "{a" + "é" * 200 + "}",
                "nothing to count down to": "{remaining}"}.items():
            self.refuse("text_invalid", f"{kind} with {what}", template(text))
        self.refuse("text_invalid", f"{kind} with an unknown placeholder in its title",
                    template("a", title="{usr}"))
        self.refuse("text_invalid", f"{kind} with an unknown placeholder in a text",
                    template("a", texts=[TEXT, {**TEXT, "text": "{usr}"}]))
        self.refuse("text_invalid", f"{kind} with a lone brace in a text's title",
                    template("a", texts=[{**TEXT, "title": "}"}]))
        self.malformed(f"{kind} with template being 1", template("a") | {"template": 1})

    def escalation(self, frame):
        kind = frame.get("t", "body")
        steps = lambda *steps: changed(frame, escalation=list(steps))
        step = {"after": 60_000, "urgency": 1}
        self.accept(f"{kind} with no step of escalation", steps())
        self.accept(f"{kind} with a step at its earliest", steps({**step, "after": 1}))
        self.accept(f"{kind} with a step at its latest", steps({**step, "after": LIFETIME}))
        self.accept(f"{kind} with a sound at once", steps({"after": 1, "urgency": 2}))
        self.refuse("limit_exceeded", f"{kind} with nine steps", steps(*[None] * 9))
        for what, second in {"at the same time": {"after": 60_000, "urgency": 2},
                             "earlier": {"after": 59_999, "urgency": 2},
                             "as urgent": {"after": 60_001, "urgency": 1}}.items():
            self.refuse("text_invalid", f"{kind} with a second step {what}", steps(step, second))
        self.refuse("text_invalid", f"{kind} with a second step less urgent",
                    steps({"after": 1, "urgency": 2}, {"after": 2, "urgency": 1}))
        for key in step:
            self.malformed(f"{kind} with a step without {key}", steps(without(step, key)))
            for what, value in {"nil": None, "a str": "1", "negative": -1, "0": 0, "a float": 1.0,
                                "too high": {"after": LIFETIME + 1, "urgency": 3}[key]}.items():
                self.malformed(f"{kind} with a step with {key} {what}", steps({**step, key: value}))
        self.malformed(f"{kind} with a step that is an int", steps(60_000))
        self.malformed(f"{kind} with escalation a map", changed(frame, escalation=step))

    def schedule(self, frame):
        """When a message goes out, of a frame that does not say so."""
        kind = frame["t"]
        plan = lambda **values: changed(frame, schedule=values)
        minute = 60_000
        for what, schedule in {
                "nothing": {}, "due": {"due": NOW}, "every 0": {"every": 0},
                "every and until": {"every": 1_000, "until": NOW},
                "every at its longest": {"every": LIFETIME, "until": NOW},
                "due and until at once": {"due": NOW, "every": minute, "until": NOW},
                "one announcement": {"announcements": [NOW]},
                "64 announcements": {"announcements": [NOW + n for n in range(64)]},
                "no announcement": {"announcements": []},
                "close_admission": {"close_admission": NOW}, "drop": {"drop": NOW},
                "drop at the last announcement": {"announcements": [NOW, NOW + 1],
                                                  "drop": NOW + 1},
                "close_admission after drop": {"close_admission": NOW + 1, "drop": NOW},
                "an unknown key": {"due": NOW, "rrule": "FREQ=DAILY"}}.items():
            self.accept(f"{kind} scheduled with {what}", plan(**schedule))
        for what, schedule in {
                "every without until": {"every": minute}, "until without every": {"until": NOW},
                "until with every 0": {"every": 0, "until": NOW},
                "every 999": {"every": 999, "until": NOW},
                "until before due": {"due": NOW, "every": minute, "until": NOW - 1},
                "announcements and due": {"due": NOW, "announcements": [NOW]},
                "announcements and every": {"every": minute, "until": NOW,
                                            "announcements": [NOW]},
                "an announcement twice": {"announcements": [NOW, NOW]},
                "announcements that fall": {"announcements": [NOW, NOW + 2, NOW + 1]},
                "drop before due": {"due": NOW, "drop": NOW - 1},
                "drop before until": {"every": minute, "until": NOW, "drop": NOW - 1},
                "drop before an announcement": {"announcements": [NOW, NOW + 2],
                                                "drop": NOW + 1}}.items():
            self.refuse("time_invalid", f"{kind} scheduled with {what}", plan(**schedule))
        self.refuse("limit_exceeded", f"{kind} scheduled with 65 announcements",
                    plan(announcements=[None] * 65))
        for key in SCHEDULE:
            for what, value in {"nil": None, "a str": "22:00", "negative": -1, "a float": 1.5,
                                "a list": [NOW], "above its range": 2**53 + 1}.items():
                self.malformed(f"{kind} scheduled with {key} {what}",
                               plan(**(SCHEDULE | {key: value})))
        self.malformed(f"{kind} scheduled with every too long",
                       plan(every=LIFETIME + 1, until=NOW))
        for what, value in {"nil": [None], "a str": ["22:00"], "a float": [1.5],
                            "negative": [NOW, -1]}.items():
            self.malformed(f"{kind} scheduled with an announcement {what}",
                           plan(announcements=value))
        self.malformed(f"{kind} scheduled with announcements being a time",
                       plan(announcements=NOW))
        self.malformed(f"{kind} with schedule a list", changed(frame, schedule=[NOW]))
        self.malformed(f"{kind} with schedule a time", changed(frame, schedule=NOW))
        self.malformed(f"{kind} scheduled with a key twice",
                       with_pair(frame, pack("schedule"), raw_map(("due", NOW), ("due", NOW))))

    def counts(self, frame):
        """What is counted beside the states, of a frame that counts none of it."""
        kind = frame["t"]
        self.numbers(frame, "removed", 0, 2**32 - 1)
        self.numbers(frame, "dropped", 0, 2**32 - 1)
        self.accept(f"{kind} with answers to nine choices", changed(frame, answers=[0] * 9))
        self.accept(f"{kind} with answers to none", changed(frame, answers=[]))
        self.refuse("limit_exceeded", f"{kind} with answers to ten choices",
                    changed(frame, answers=[0] * 10))
        self.malformed(f"{kind} with answers an int", changed(frame, answers=1))
        self.malformed(f"{kind} with answers by choice", changed(frame, answers={"Oui": 1}))
        for what, value in {"negative": -1, "of 2^32": 2**32, "that is nil": None,
                            "that is a str": "1", "that is a bool": True}.items():
            self.malformed(f"{kind} with a count of answers {what}",
                           changed(frame, answers=[1, value]))

    def target(self, frame):
        """The three targets, of a frame that has none yet."""
        kind = frame["t"]
        self.accept(f"{kind} to all", changed(frame, all=True))
        self.accept(f"{kind} to one session", changed(frame, sessions=[SESSION]))
        self.accept(f"{kind} to a filter", changed(frame, where="user=Vanessa"))
        self.accept(f"{kind} to all within a filter", changed(frame, all=True, within="user=V*"))
        self.refuse("target_invalid", f"{kind} to nobody", frame)
        self.refuse("target_invalid", f"{kind} to nobody within a filter",
                    changed(frame, within="user=V*"))
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


def pack_str(data):
    """A str that need not be UTF-8."""
    assert len(data) <= 31
    return bytes([0xa0 | len(data)]) + data


def pack_str_map(values):
    """The same of the values of a map."""
    assert len(values) <= 15
    return bytes([0x80 | len(values)]) + b"".join(
        pack(key) + pack_str(data) for key, data in values.items())


def speaking(frame):
    """The frame with all that a message can say, behind its style, where writers put it."""
    items = list(frame.items())
    behind = [key for key, _ in items].index("style") + 1
    return dict(items[:behind] + list(SPEECH.items()) + items[behind:])


def with_pair(frame, key, value):
    """The frame with one pair more, both packed already."""
    body = pack(frame)
    assert len(frame) < 15 and body[0] == 0x80 | len(frame)
    return bytes([body[0] + 1]) + body[1:] + key + value


LIFETIME = 366 * 24 * 3_600_000
TEXT = {"language": "en", "text": "Hello"}
SPEECH = {"language": "fr",
          "texts": [{"language": "en", "text": "In {remaining},\n{user}", "title": "Tonight"},
                    {"language": "pt-BR", "text": "Olá"}],
          "template": True, "countdown_to": NOW + 600_000,
          "escalation": [{"after": 60_000, "urgency": 1}, {"after": 120_000, "urgency": 2}],
          "choices": ["Oui", "Plus tard"]}
SCHEDULE = {"due": NOW + 60_000, "every": 30_000, "until": NOW + 300_000,
            "close_admission": NOW + 200_000, "drop": NOW + 600_000}
