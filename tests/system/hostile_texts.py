"""The corpus of tests/support/hostile_texts.txt, and a reading of what came of it that knows
nothing of how it was made."""

import json
import pathlib
import re
import unicodedata

CORPUS = pathlib.Path(__file__).resolve().parents[1] / "support" / "hostile_texts.txt"
OURS = re.compile(r"\r\x1b\[K|\x1b\[[0-9]?[0-9]?m|\a")
"""What a screen of ours says to a terminal: to erase its own line, colours, and the bell."""
MARKS_MAX = 8
SEPARATORS_OF_FILES = "\x1c\x1d\x1e\x1f"
"""White space for Python, not for Unicode."""


def unescaped(payload):
    def meant(found):
        escape = found.group(0)
        if escape[1] == "x":
            return bytes([int(escape[2:], 16)])
        if escape[1] == "u":
            return chr(int(escape[3:-1], 16)).encode()
        return {"n": b"\n", "r": b"\r", "t": b"\t"}.get(escape[1], escape[1].encode())
    parts = re.split(r"(\\x..|\\u\{.*?\}|\\.)", payload)
    return b"".join(meant(re.match(".*", part, re.S)) if part.startswith("\\") else part.encode()
                    for part in parts)


def hostile_texts():
    """Pairs of name and bytes."""
    lines = [line for line in CORPUS.read_text().splitlines() if not line.startswith("#")]
    return [(name, unescaped(payload) * int(repeats))
            for name, repeats, payload in (line.split(None, 2) for line in lines)]


def text_of(payload):
    """None: it is no text that a message could have."""
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return None
    is_blank = not text.strip("".join(letter for letter in text if letter.isspace()
                                      and letter not in SEPARATORS_OF_FILES))
    return None if "\0" in text or is_blank else text


def is_line(text):
    return not any(unicodedata.category(letter) == "Cc" for letter in text)


def trouble_in(text, kept="\n"):
    """What must not stand in a text for people, described; empty when all is well."""
    marks = 0
    for letter in text:
        point = ord(letter)
        is_hidden = unicodedata.category(letter) == "Cf" and point not in (0x200c, 0x200d)
        if letter not in kept and unicodedata.category(letter) == "Cc":
            return f"control {point:x}"
        if unicodedata.category(letter) in ("Zl", "Zp") or (is_hidden and point not in SHOWN):
            return f"format {point:x}"
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks > MARKS_MAX:
            return f"more than {MARKS_MAX} marks"
    return ""


def trouble_in_json(text):
    """Of lines that have to be JSON besides."""
    for line in text.splitlines():
        json.loads(line)
    return trouble_in(text)


SHOWN = {*range(0x600, 0x606), 0x6dd, 0x70f, 0x8e2, 0x110bd, 0x110cd}
"""Format characters that are seen, such as the sign of a year."""
