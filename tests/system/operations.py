"""PROTOCOL.md's table of operations, which says who may do what, and an example of each."""

import functools
import pathlib
import re
import secrets
import time

import msgpack

PROTOCOL = pathlib.Path(__file__).resolve().parents[2] / "shared/protocol"
BEGINNINGS = ("` with ", "` of ")


def table(name):
    """The rows below the head of what is marked "[checked] NAME"."""
    text = (PROTOCOL / "PROTOCOL.md").read_text(encoding="utf-8")
    lines = text.split(f"[checked] {name}\n", 1)[1].split("\n\n", 1)[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@functools.cache
def vectors(file):
    """By their names, the frames that are accepted."""
    found = {}
    for block in (PROTOCOL / "vectors" / file).read_text(encoding="utf-8").split("\n\n"):
        lines = block.splitlines()
        if len(lines) < 3 or not lines[0].startswith("name: ") or lines[1] != "accept":
            continue
        data = b"".join(bytes.fromhex(word.split("*")[0]) * int((word + "*1").split("*")[1])
                        for word in " ".join(lines[2:]).split())
        found[lines[0].removeprefix("name: ")] = data
    return found


class Operation:
    """A row, for one of the frames that it names."""

    def __init__(self, frame, condition, row):
        self.frame = frame
        self.condition = condition
        self.name = f"{frame} {condition}".strip()
        self.is_for_sessions = row[1] == "yes"
        self.is_for_operators = row[2] != "no such frame"
        self.rights = re.findall("`(.+?)`", row[2])

    def missing(self, rights):
        """Of what it needs the first that is not among these; None: it may be done."""
        return next((right for right in self.rights if right not in rights), None)


@functools.cache
def operations():
    found = []
    for row in table("operations"):
        place = min((row[0].find(one) for one in BEGINNINGS if one in row[0]), default=len(row[0]))
        found += [Operation(frame, row[0][place + 2:], row)
                  for frame in re.findall("`(.+?)`", row[0][:place + 1])]
    return found


def requests():
    """What has an answer."""
    return [one for one in operations() if one.is_for_operators and "request" in example(one)]


def now_ms():
    return int(time.time() * 1000)


def message(plan):
    """For nobody who is there, with this in its schedule: None, "drop" or "close_admission"."""
    hour_ms = 3_600_000
    new = new_id()
    frame = {"t": "send", "request": 1, "id": new, "text": "Salut",
             "where": f"user=nobody-{new.hex()}", "expires": now_ms() + 2 * hour_ms}
    if plan:
        frame["schedule"] = {"drop": now_ms() + hour_ms, plan: now_ms() + hour_ms}
    return frame


_ids = iter(range(1, 1 << 32))


def new_id():
    return (0x019000000000700080 << 56 | next(_ids)).to_bytes(16, "big")


def example(operation, messages=None):
    """A frame; `messages`: the ids of those that there are, by what their schedule has."""
    kind = "operator" if operation.is_for_operators else "session"
    frame = msgpack.unpackb(vectors(f"from_{kind}.txt")[f"{operation.frame} with every key"])
    plan = next((one for one in ("close_admission", "drop")
                 if operation.condition.endswith(f"`{one}`")), None)
    if operation.frame == "send":
        frame = message(plan)
        if operation.condition == "with `dry_run`":
            frame["dry_run"] = True
    if operation.frame in ("update", "recall", "close"):
        frame["message"] = (messages or {}).get(plan, bytes(16))
    if operation.frame == "update":
        frame = {key: frame[key] for key in ("t", "request", "id", "message", "text")}
    if operation.frame in ("outcome", "follow"):
        frame["id"] = (messages or {}).get(plan, bytes(16))
    if operation.frame == "set_keys":  # Of a stranger.
        key = {"key": secrets.token_bytes(32), "name": "ops", "rights": ["list"]}
        frame = {"t": "set_keys", "request": frame["request"], "set": [key], "id": new_id()}
    if operation.frame == "audit_verify":
        del frame["head"]
    if operation.frame == "set_admission":
        frame = {"t": "set_admission", "request": 1, "id": bytes(16), "open": True}
    if "id" in frame and operation.frame in ("update", "recall", "close", "set_admission"):
        frame["id"] = new_id()
    return frame
