#!/usr/bin/python3
"""Writes shared/protocol/vectors/*.txt, with Debian's python3-msgpack and python3-nacl.

    tests/conformance/make_vectors.py           writes them
    tests/conformance/make_vectors.py --check   compares, and fails if a file would change

The vectors come from another implementation of MessagePack than the one they test, and from
PROTOCOL.md, not from our codec.
"""

import sys

sys.dont_write_bytecode = True  # Nothing but the vectors is to change.

from key_vectors import answer_keys, ask_for_keys, renew_ticket, show_ticket
from private_vectors import private
from vector_file import (BAD_UTF8, CONTROLS, KEY, LIFETIME, MESSAGE, NOW, OTHER, SCHEDULE, SESSION,
                         SPEECH, Vectors, changed, pack, raw_map, speaking, with_pair, without)


HELLO = {"t": "hello", "versions": [1, 1], "attributes": {}}
RECEIPT = {"ids": [MESSAGE], "rev": 1, "state": 3}
RECEIPTS = {"t": "receipts", "n": 1, "list": [RECEIPT]}
SHOW = {"t": "message", "id": MESSAGE, "rev": 1, "seq": 7, "topic": "all", "text": "Bonjour",
        "severity": 0, "style": 0, "from": "ops", "sent": NOW, "deliver_until": NOW + 300_000}
SEND = {"t": "send", "request": 1, "id": MESSAGE, "text": "Salut Vanessa"}
TALLY = list(range(10))
COUNTS = {"removed": 2, "dropped": 3, "answers": [5, 6]}
HEAD = {"seq": 1000, "chain": KEY, "time": NOW, "key": KEY[::-1], "signature": KEY + KEY}
SUMMARY = {"id": MESSAGE, "seq": 7, "rev": 1, "sent": NOW, "from": "ops", "all": True,
           "text": "Bonjour", "severity": 0, "style": 0, "final": False, "tally": TALLY}
OUTCOME = {"session": SESSION, "state": 3, "at": NOW}
SILENT = [{"broker": "b2.example", "sessions": 12}]
OTHERS = [{"endpoints": ["tcp://b2.example:7701", "tcp://[::1]:7701"], "weight": 9}]
LISTED = {"id": SESSION, "attributes": {}, "address": "ipc", "state": 0, "created": NOW}


def from_session():
    out = Vectors("from_session.txt", "The session link, from the session.")
    out.shapes(RECEIPTS)
    out.types({"t": "welcome"}, SHOW, {"t": "remove", "id": MESSAGE, "cause": 0},
              {"t": "refused", "code": 4000, "detail": "x"})
    for request in ("send", "update", "recall", "close", "set_admission", "admission", "sessions",
                    "messages", "outcome", "follow", "watch", "whoami", "health", "cluster",
                    "forget", "set_keys", "keys", "entries", "audit_head",
                    "audit_verify"):
        out.refuse("not_authorized", f"{request}, an operator's request",
                   {**SEND, "all": True, "t": request})
    out.refuse("not_authorized", "screens, an operator's request",
               {"t": "screens", "request": 19, "where": "user=V*", "at": NOW})
    out.both_links(with_refused=False)

    attributes = {"persistent_id": "p-1", "user": "Vanessa", "system_user": "vanessa",
                  "machine": "ws-12", "host_type": "linux", "application": "crier-agent",
                  "type": "agent", "locale": "fr_FR.UTF-8", "groups": ["staff", "équipe"]}
    known = {"id": MESSAGE, "rev": 2, "state": 3, "on": True}
    whole = {"t": "hello", "versions": [1, 2], "features": [3, 9], "key": KEY, "proof": KEY[::-1],
             "resume": b"token", "ticket": "head.claims.signature", "attributes": attributes,
             "state": 1, "known": [known]}
    out.accept("hello with every key", whole)
    out.accept("hello with required keys", HELLO)
    out.probe(whole, ["versions", "attributes"],
              ["features", "key", "proof", "resume", "ticket", "state", "known"])
    out.line(changed(HELLO, ticket="x"), "ticket", 4_096)
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
               "again": True, "removed": True, "shown": NOW - 9, "gone": NOW + 9, "digest": True}
    answer = {"ids": [OTHER], "rev": 1, "state": 5, "answer": 1}
    out.accept("receipts with every key",
               {"t": "receipts", "n": 9, "list": [RECEIPT, receipt, answer]})
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
    out.malformed("a receipt that is gone and not removed", in_list(removed=False))
    out.accept("a receipt that is removed, and nobody knows when",
               changed(RECEIPTS, list=[without(receipt, "gone")]))
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
    answers = lambda **values: changed(RECEIPTS, list=[RECEIPT, changed(answer, **values)])
    out.accept("an answer of the first choice", answers(answer=0))
    out.accept("an answer of the last choice there can be", answers(answer=8))
    out.accept("an answer that says not which", changed(RECEIPTS, list=[without(answer, "answer")]))
    for what, value in {"9": 9, "-1": -1, "nil": None, "a str": "Oui", "a bool": True,
                        "a float": 1.0, "a list": [1]}.items():
        out.malformed(f"an answer that is {what}", answers(answer=value))
    for state in (1, 2, 3, 4, 6):
        out.malformed(f"an answer in state {state}", answers(state=state))
    out.malformed("a receipt that is a list", changed(RECEIPTS, list=[[MESSAGE, 1, 3]]))
    out.malformed("a receipt with a key twice",
                  with_pair(without(RECEIPTS, "list"), pack("list"),
                            b"\x91" + raw_map(*RECEIPT.items(), ("rev", 2))))

    state = {"t": "state", "state": 1}
    out.accept("state with every key", state)
    out.probe(state, ["state"])
    out.numbers(state, "state", 0, 1)
    show_ticket(out)
    return out


def to_session():
    out = Vectors("to_session.txt", "The session link, from the broker.")
    out.shapes(SHOW)
    out.types(HELLO, RECEIPTS, {"t": "state", "state": 0}, SEND)
    out.both_links(with_refused=True)

    welcome = {"t": "welcome", "version": 1, "features": [3], "session": SESSION, "opened": NOW,
               "resume": b"token", "time": NOW + 5, "heartbeat": 5000, "broker": "crierd 0.1.0",
               "others": OTHERS, "ticket_expires": NOW + 600_000}
    optional = ("others", "ticket_expires")
    out.accept("welcome with every key", welcome)
    out.accept("welcome with required keys", without(welcome, *optional))
    out.probe(welcome, [key for key in welcome if key not in ("t", *optional)], list(optional))
    out.endpoints(welcome, "others", OTHERS[0])
    out.inside(welcome, "others", OTHERS[0])
    out.malformed("welcome with others of no weight", changed(welcome, others=[
        changed(OTHERS[0], weight=0)]))
    out.malformed("welcome with others of too much weight", changed(welcome, others=[
        changed(OTHERS[0], weight=1_000_001)]))
    out.numbers(welcome, "version", 1, 65_535)
    out.numbers(welcome, "heartbeat", 100, 600_000)
    out.numbers(welcome, "opened", 0, 2**53)
    out.numbers(welcome, "time", 0, 2**53)
    out.numbers(welcome, "ticket_expires", 0, 2**53)
    out.ids(welcome, "session")
    out.line(welcome, "broker", 64)
    out.malformed("welcome with resume empty", changed(welcome, resume=b""))
    out.malformed("welcome with resume too long", changed(welcome, resume=b"r" * 257))
    out.refuse("limit_exceeded", "welcome with 65 features", changed(welcome, features=[1] * 65))

    renew_ticket(out)

    whole = {"t": "message", "id": MESSAGE, "rev": 2, "seq": 7, "topic": "session",
             "text": "Une opération\nde maintenance", "title": "Ce soir", "severity": 2, "style": 1,
             "from": "ops", "sent": NOW, "deliver_until": NOW + 300_000,
             "off_screen_at": NOW + 600_000, "late": NOW + 5, "reminder": True}
    whole = speaking(whole)
    out.accept("message with every key", whole)
    out.accept("message with required keys", SHOW)
    out.probe(whole, [key for key in SHOW if key != "t"],
              ["title", *SPEECH, "off_screen_at", "late", "reminder"])
    out.ids(SHOW, "id")
    out.numbers(SHOW, "rev", 1, 2**32 - 1)
    out.numbers(SHOW, "seq", 0, 2**53)
    out.numbers(SHOW, "sent", 0, 2**53)
    out.numbers(SHOW, "deliver_until", 0, 2**53)
    out.content(SHOW)
    out.speech(SHOW)
    out.numbers(SHOW, "late", 0, 2**53)
    out.malformed("message with reminder being 1", changed(SHOW, reminder=1))
    out.private(changed(SHOW, topic="session"))
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
    out.refuse("text_invalid", "bundle of a message with an unknown placeholder",
               in_bundle(text="{usr}"))
    out.refuse("limit_exceeded", "bundle of a message with text too long",
               in_bundle(text="a" * 16_385))
    out.malformed("bundle of a message with a key twice",
                  with_pair({"t": "bundle"}, pack("list"),
                            b"\x91" + raw_map(*SHOW.items(), ("rev", 2))))

    remove = {"t": "remove", "id": MESSAGE, "cause": 1}
    out.accept("remove with every key", remove)
    out.probe(remove, ["id", "cause"])
    out.ids(remove, "id")
    out.numbers(remove, "cause", 0, 3)
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

    whole = {"t": "send", "request": 6, "id": MESSAGE, "within": "user=V*",
             "sessions": [SESSION, OTHER],
             "text": "Salut\nVanessa", "title": "Ce soir", "severity": 2, "style": 1,
             "expires": NOW, "schedule": SCHEDULE, "each_session": True, "quorum": 80,
             "dry_run": True, "follow": True}
    whole = speaking(whole)
    to_all = changed(SEND, all=True)
    out.accept("send with every key", whole)
    out.accept("send with required keys", to_all)
    out.accept("send with defaults spelt out",
               changed(to_all, severity=0, style=0, language="", texts=[], template=False,
                       escalation=[], choices=[], schedule={}, each_session=False, dry_run=False,
                       follow=False))
    out.probe(whole, ["request", "id", "text"],
              ["sessions", "title", "severity", "style", *SPEECH, "expires", "schedule",
               "each_session", "quorum", "dry_run", "follow"])
    out.target(SEND)
    out.content(to_all)
    out.speech(to_all)
    out.schedule(to_all)
    out.numbers(changed(to_all, choices=["Oui", "Non"]), "quorum", 1, 100)
    out.malformed("send with a quorum and no choices", changed(to_all, quorum=50))
    out.private(changed(SEND, sessions=[SESSION]))
    for what, target in {"to all": {"all": True}, "to two": {"sessions": [SESSION, OTHER]},
                         "to a filter": {"where": "user=V*"}}.items():
        out.refuse("target_invalid", f"send that is private, {what}",
                   changed(SEND, private=True, sealed=bytes(49), **target))
    out.malformed("send with each_session being 1", changed(to_all, each_session=1))
    out.ids(to_all, "id")
    out.numbers(to_all, "request", 0, 2**53)
    out.numbers(to_all, "expires", 0, 2**53)
    out.malformed("send with dry_run being 1", changed(to_all, dry_run=1))
    out.malformed("send with follow being 1", changed(to_all, follow=1))

    update = {"t": "update", "request": 14, "id": SESSION, "message": MESSAGE,
              "text": "À 23h", "title": "Ce soir", "severity": 2, "style": 1, "expires": NOW,
              "due": NOW + 60_000, "shift": 900_000, "ask_again": True, "follow": True}
    new_text = {"t": "update", "request": 14, "id": SESSION, "message": MESSAGE, "text": "x"}
    out.accept("update with every key", update)
    out.accept("update with required keys", new_text)
    for key in ("title", "severity", "style", "expires", "due", "shift"):
        out.accept(f"update with {key} alone", changed(without(new_text, "text"),
                                                       **{key: update[key]}))
    out.malformed("update with nothing to change", without(new_text, "text"))
    out.malformed("update with a shift of nothing", changed(without(new_text, "text"), shift=0))
    out.malformed("update with nothing but ask_again",
                  changed(without(new_text, "text"), ask_again=True))
    out.probe(update, ["request", "id", "message"],
              ["text", "title", "severity", "style", "expires", "due", "shift", "ask_again",
               "follow"])
    out.numbers(new_text, "due", 0, 2**53)
    out.numbers(new_text, "shift", 0, LIFETIME)
    out.content(new_text)
    out.ids(new_text, "id")
    out.ids(new_text, "message")
    out.numbers(new_text, "request", 0, 2**53)
    out.malformed("update with ask_again being 1", changed(new_text, ask_again=1))

    for number, kind in ((15, "recall"), (16, "close")):
        frame = {"t": kind, "request": number, "id": SESSION, "message": MESSAGE, "follow": True}
        out.accept(f"{kind} with every key", frame)
        out.accept(f"{kind} with required keys", without(frame, "follow"))
        out.probe(frame, ["request", "id", "message"], ["follow"])
        out.ids(frame, "id")
        out.ids(frame, "message")
        out.malformed(f"{kind} with follow being 1", changed(frame, follow=1))

    admission = {"t": "set_admission", "request": 17, "id": SESSION, "open": False,
                 "message": "Maintenance\njusqu'à 23h", "except": "user=root"}
    opened = changed(without(admission, "message", "except"), open=True)
    out.accept("set_admission with every key", admission)
    out.accept("set_admission with required keys", opened)
    out.accept("set_admission with nothing to show", changed(admission, message=""))
    out.probe(admission, ["request", "id", "open"], ["message", "except"])
    out.numbers(opened, "request", 0, 2**53)
    out.ids(opened, "id")
    out.text(admission, "message", 1024)
    out.text(admission, "except", 1024)
    out.malformed("set_admission with open being 1", changed(opened, open=1))

    listing = {"t": "sessions", "request": 7}
    out.target(listing)
    out.accept("sessions with every key", changed(listing, where="user=V*", after=OTHER))
    out.probe(changed(listing, all=True, after=OTHER), ["request"], ["after"])
    out.ids(changed(listing, all=True), "after")

    messages = {"t": "messages", "request": 8, "before": 99, "max": 100, "scheduled": True}
    out.accept("messages with every key", messages)
    out.accept("messages with required keys", {"t": "messages", "request": 8})
    out.probe(messages, ["request"], ["before", "max", "scheduled"])
    out.malformed("messages with scheduled being 1", changed(messages, scheduled=1))
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

    for number, kind in ((11, "watch"), (12, "whoami"), (13, "health"), (18, "admission"),
                         (20, "cluster")):
        frame = {"t": kind, "request": number}
        out.accept(f"{kind} with every key", frame)
        out.probe(frame, ["request"])
        out.numbers(frame, "request", 0, 2**53)

    forget = {"t": "forget", "request": 21, "broker": SESSION}
    out.accept("forget with every key", forget)
    out.probe(forget, ["request", "broker"])
    out.numbers(forget, "request", 0, 2**53)
    out.ids(forget, "broker")

    ask_for_keys(out)

    entries = {"t": "entries", "request": 16, "since": NOW, "by": "ops", "kind": "recall",
               "about": MESSAGE, "before": 99, "max": 100}
    out.accept("entries with every key", entries)
    out.accept("entries with required keys", {"t": "entries", "request": 16})
    out.probe(entries, ["request"], ["since", "by", "kind", "about", "before", "max"])
    out.numbers(entries, "since", 0, 2**53)
    out.numbers(entries, "before", 0, 2**53)
    out.numbers(entries, "max", 1, 100)
    out.line(entries, "by", 64)
    out.line(entries, "kind", 32)
    out.ids(entries, "about")

    audit_head = {"t": "audit_head", "request": 17}
    out.accept("audit_head with every key", audit_head)
    out.probe(audit_head, ["request"])

    screens = {"t": "screens", "request": 19, "where": "user=V*", "at": NOW, "skip": 100}
    out.accept("screens with every key", screens)
    out.accept("screens with required keys", without(screens, "skip"))
    out.probe(screens, ["request", "where", "at"], ["skip"])
    out.numbers(screens, "at", 0, 2**53)
    out.numbers(screens, "skip", 0, 10_000)
    out.text(screens, "where", 1024)

    verify = {"t": "audit_verify", "request": 18, "head": HEAD}
    out.accept("audit_verify with every key", verify)
    out.accept("audit_verify with required keys", {"t": "audit_verify", "request": 18})
    out.probe(verify, ["request"], ["head"])
    heads(out, verify)
    return out


def heads(out, frame):
    """The head in a frame."""
    kind = frame["t"]
    for key in HEAD:
        out.malformed(f"{kind} with a head without {key}",
                      changed(frame, head=without(HEAD, key)))
        out.malformed(f"{kind} with a head's {key} nil",
                      changed(frame, head=changed(HEAD, **{key: None})))
    for key, size in (("chain", 32), ("key", 32), ("signature", 64)):
        for length in (0, size - 1, size + 1):
            out.malformed(f"{kind} with a head's {key} of {length} bytes",
                          changed(frame, head=changed(HEAD, **{key: b"k" * length})))


def to_operator():
    out = Vectors("to_operator.txt", "The operator link, from the broker.")
    done = {"t": "done", "request": 10}
    out.shapes(done)
    out.types(changed(SEND, all=True), {"t": "watch", "request": 1}, SHOW, RECEIPTS)
    out.both_links(with_refused=True)

    welcome = {"t": "welcome", "version": 1, "features": [3], "principal": "ops",
               "rights": ["send", "list"], "time": NOW, "heartbeat": 5000,
               "broker": "crierd 0.1.0", "others": OTHERS}
    out.accept("welcome with every key", welcome)
    out.accept("welcome with required keys", without(welcome, "others"))
    out.probe(welcome, [key for key in welcome if key not in ("t", "others")], ["others"])
    out.endpoints(welcome, "others", OTHERS[0])
    out.inside(welcome, "others", OTHERS[0])
    out.numbers(welcome, "heartbeat", 100, 600_000)
    out.line(welcome, "principal", 64)
    out.accept("welcome with 32 rights", changed(welcome, rights=["r" * 1088] * 32))
    out.refuse("limit_exceeded", "welcome with 33 rights", changed(welcome, rights=["r"] * 33))
    out.refuse("limit_exceeded", "welcome with a right too long",
               changed(welcome, rights=["r" * 1089]))
    out.malformed("welcome with a right that is an int", changed(welcome, rights=[1]))

    accepted = {"t": "accepted", "request": 6, "id": MESSAGE, "seq": 7, "tally": TALLY,
                "already": True, "dry_run": True, "stands_until": NOW, "rev": 3, **COUNTS,
                "due": NOW + 60_000, "silent": SILENT}
    optional = ["already", "dry_run", "stands_until", "rev", *COUNTS, "due", "silent"]
    required = without(accepted, *optional)
    out.accept("accepted with every key", accepted)
    out.accept("accepted with required keys", required)
    out.probe(accepted, ["request", "id", "seq", "tally"], optional)
    out.numbers(accepted, "rev", 1, 2**32 - 1)
    out.counts(required)
    out.numbers(required, "due", 0, 2**53)
    out.inside(accepted, "silent", SILENT[0])
    out.refuse("limit_exceeded", "accepted with a silent broker's name too long",
               changed(accepted, silent=[changed(SILENT[0], broker="b" * 257)]))
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
               "system_user_verified": True, "machine_verified": True,
               "application_verified": True, "groups_verified": True, "key": KEY}
    page = {"t": "session_page", "request": 7, "list": [session, LISTED], "more": True,
            "silent": SILENT}
    out.accept("session_page with every key", page)
    out.accept("session_page with none", {"t": "session_page", "request": 7, "list": [],
                                          "more": False})
    out.probe(page, ["request", "list", "more"], ["silent"])
    in_page = lambda **values: changed(page, list=[LISTED, changed(session, **values)])
    for key in LISTED:
        out.malformed(f"a session without {key}", changed(page, list=[without(LISTED, key)]))
    for key in session:
        out.malformed(f"a session with {key} nil", in_page(**{key: None}))
    out.malformed("a session with state 3", in_page(state=3))
    out.malformed("a session with a key of 31 bytes", in_page(key=KEY[:31]))
    out.malformed("a session with its id short", in_page(id=SESSION[:15]))
    out.refuse("attribute_invalid", "a session with an escape in its user",
               in_page(attributes={"user": "\x1b[2J"}))
    out.malformed("a session with an escape in its address", in_page(address="\x1b[2J"))
    out.refuse("limit_exceeded", "a session with its address too long", in_page(address="a" * 257))

    summary = {"id": MESSAGE, "seq": 7, "rev": 2, "sent": NOW, "from": "ops",
               "sessions": [SESSION, OTHER], "text": "Bonjour", "title": "Ce soir", "severity": 1,
               "style": 1, "expires": NOW + 5, "final": True, "recalled": True, "tally": TALLY,
               **COUNTS, "schedule": {"announcements": [NOW + 60_000, NOW + 120_000]},
               "next": NOW + 120_000, "waiting": True, "late": NOW + 60_000, "each_session": True,
               "quorum": 80, "closed": NOW + 90_000}
    summary = speaking(summary)
    page = {"t": "message_page", "request": 8, "list": [summary, SUMMARY], "more": True,
            "silent": SILENT}
    out.accept("message_page with every key", page)
    out.accept("message_page with none", {"t": "message_page", "request": 8, "list": [],
                                          "more": False})
    out.accept("message_page with a filter",
               changed(page, list=[{**without(SUMMARY, "all"), "where": "user=V*"}]))
    out.probe(page, ["request", "list", "more"], ["silent"])
    for key in without(SUMMARY, "all"):
        out.malformed(f"a summary without {key}", changed(page, list=[without(SUMMARY, key)]))
    out.refuse("target_invalid", "a summary without a target",
               changed(page, list=[without(SUMMARY, "all")]))
    out.refuse("target_invalid", "a summary with two targets",
               changed(page, list=[changed(SUMMARY, where="user=V*")]))
    out.refuse("text_invalid", "a summary with no text",
               changed(page, list=[changed(SUMMARY, text="")]))
    out.malformed("a summary that is nil", changed(page, list=[None]))
    in_page = lambda **values: changed(page, list=[SUMMARY, changed(summary, **values)])
    for key in summary:
        out.malformed(f"a summary with {key} nil", in_page(**{key: None}))
    for key in ("recalled", "waiting", "each_session"):
        out.malformed(f"a summary with {key} being 1", in_page(**{key: 1}))
    for key in ("next", "late", "closed", "expires"):
        out.malformed(f"a summary with {key} before 1970", in_page(**{key: -1}))
    out.accept("a summary with a quorum of nothing", in_page(quorum=0))
    out.malformed("a summary with a quorum of 101", in_page(quorum=101))
    out.malformed("a summary with removed of 2^32", in_page(removed=2**32))
    out.malformed("a summary with dropped of 2^32", in_page(dropped=2**32))
    out.refuse("limit_exceeded", "a summary with answers to ten choices",
               in_page(answers=[0] * 10))
    out.refuse("text_invalid", "a summary with an unknown placeholder", in_page(text="{usr}"))
    out.refuse("text_invalid", "a summary with one choice", in_page(choices=["Oui"]))
    out.refuse("time_invalid", "a summary with announcements that fall",
               in_page(schedule={"announcements": [NOW, NOW - 1]}))

    outcome = {"session": SESSION, "user": "Vanessa", "system_user": "vanessa", "machine": "ws-12",
               "application": "crier-agent", "state": 6, "at": NOW, "cause": "no screen",
               "again": True, "removed": True, "user_verified": True, "system_user_verified": True,
               "dropped": True, "answer": 1, "digest": True}
    page = {"t": "outcome_page", "request": 9, "message": summary, "list": [outcome, OUTCOME],
            "more": True, "silent": SILENT}
    out.accept("outcome_page with every key", page)
    out.accept("outcome_page with required keys", without(page, "silent"))
    out.probe(page, ["request", "message", "list", "more"], ["silent"])
    in_page = lambda **values: changed(page, list=[OUTCOME, changed(outcome, **values)])
    for key in OUTCOME:
        out.malformed(f"an outcome without {key}", changed(page, list=[without(OUTCOME, key)]))
    for key in outcome:
        out.malformed(f"an outcome with {key} nil", in_page(**{key: None}))
    out.malformed("an outcome with state 10", in_page(state=10))
    out.malformed("an outcome with dropped being 1", in_page(dropped=1))
    out.accept("an outcome with the last answer there can be", in_page(answer=8))
    out.malformed("an outcome with answer 9", in_page(answer=9))
    out.malformed("an outcome with answer negative", in_page(answer=-1))
    for key in ("user", "system_user", "machine", "application"):
        out.refuse("limit_exceeded", f"an outcome with {key} too long", in_page(**{key: "a" * 257}))
        out.malformed(f"an outcome with an escape in {key}", in_page(**{key: "\x1b[2J"}))

    tally = {"t": "tally", "id": MESSAGE, "tally": TALLY, "final": True, **COUNTS, "closed": True,
             "silent": SILENT}
    out.accept("tally with every key", tally)
    out.accept("tally with required keys", without(tally, *COUNTS, "closed", "silent"))
    out.probe(tally, ["id", "tally", "final"], [*COUNTS, "closed", "silent"])
    out.ids(tally, "id")
    out.counts(without(tally, *COUNTS))
    out.malformed("tally with closed being 1", changed(tally, closed=1))

    happened = {"t": "happened", "what": 5, "at": NOW, "session": SESSION, "user": "Vanessa",
                "machine": "ws-12", "message": MESSAGE, "seq": 7, "state": 3, "detail": "on screen",
                "user_verified": True}
    out.accept("happened with every key", happened)
    out.accept("happened with required keys", {"t": "happened", "what": 0, "at": NOW})
    out.probe(happened, ["what", "at"],
              ["session", "user", "machine", "message", "seq", "state", "detail",
               "user_verified"])
    out.numbers(happened, "what", 0, 11)
    out.numbers(happened, "state", 0, 9)
    out.ids(happened, "session")
    out.ids(happened, "message")
    out.line(happened, "detail", 256)
    out.line(happened, "user", 256)

    out.accept("done with every key", done)
    out.probe(done, ["request"])
    out.numbers(done, "request", 0, 2**53)

    answer = {"session": SESSION, "user": "Vanessa", "user_verified": True, "answer": 1, "at": NOW}
    plain = without(answer, "user", "user_verified")
    answers = {"t": "answers", "id": MESSAGE, "list": [answer, plain]}
    out.accept("answers with every key", answers)
    out.accept("answers, 200 of them", changed(answers, list=[plain] * 200))
    out.probe(answers, ["id", "list"])
    out.ids(answers, "id")
    out.malformed("answers with none", changed(answers, list=[]))
    out.refuse("limit_exceeded", "answers, 201 of them", changed(answers, list=[None] * 201))
    in_list = lambda **values: changed(answers, list=[plain, changed(answer, **values)])
    for key in plain:
        out.malformed(f"one of the answers without {key}",
                      changed(answers, list=[without(plain, key)]))
    for key in answer:
        out.malformed(f"one of the answers with {key} nil", in_list(**{key: None}))
    out.malformed("one of the answers with its session short", in_list(session=SESSION[:15]))
    out.malformed("one of the answers of choice 9", in_list(answer=9))
    out.malformed("one of the answers of choice -1", in_list(answer=-1))
    out.malformed("one of the answers with an escape in its user", in_list(user="\x1b[2J"))
    out.refuse("limit_exceeded", "one of the answers with its user too long",
               in_list(user="a" * 257))
    out.malformed("one of the answers that is a list", changed(answers, list=[[SESSION, 1, NOW]]))

    admission = {"t": "admission", "request": 18, "open": False,
                 "message": "Maintenance\njusqu'à 23h", "except": "user=root", "since": NOW,
                 "by": "ops", "already": True}
    out.accept("admission with every key", admission)
    out.accept("admission with required keys", {"t": "admission", "request": 18, "open": True})
    out.probe(admission, ["request", "open"], ["message", "except", "since", "by", "already"])
    out.numbers(admission, "request", 0, 2**53)
    out.numbers(admission, "since", 0, 2**53)
    out.text(admission, "message", 16_384)
    out.text(admission, "except", 1024)
    out.line(admission, "by", 64)
    out.malformed("admission with open being 1", changed(admission, open=1))

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

    broker = {"id": SESSION, "name": "b2.example", "software": "crierd 0.1.0",
              "endpoints": OTHERS[0]["endpoints"], "this": True, "reachable": True, "takes": True,
              "started": NOW, "heard": NOW + 5, "sessions": 3, "connected": 2, "log": 7}
    optional = ["name", "software", "endpoints", "this", "reachable", "takes"]
    status = {"t": "cluster", "request": 20, "list": [broker, without(broker, *optional)]}
    out.accept("cluster with every key", status)
    out.probe(status, ["request", "list"])
    out.inside(status, "list", without(broker, *optional))
    in_status = lambda **values: changed(status, list=[changed(broker, **values)])
    for key in optional:
        out.malformed(f"cluster with a broker's {key} nil", in_status(**{key: None}))
    out.malformed("cluster with a broker's id short", in_status(id=SESSION[:15]))
    out.malformed("cluster with an escape in a broker's name", in_status(name="\x1b[2J"))
    out.malformed("cluster with sessions of 2^32", in_status(sessions=2**32))
    out.endpoints(status, "list", broker)

    entry = {"seq": 8, "id": OTHER, "kind": "update", "about": MESSAGE, "at": NOW,
             "principal": "ops", "hash": KEY, "chain": KEY[::-1], "body": b"\x80"}
    plain = changed(without(entry, "about"), seq=7, id=MESSAGE, kind="message")
    page = {"t": "entry_page", "request": 16, "list": [entry, plain], "more": True}
    in_entry = lambda **values: changed(page, list=[changed(entry, **values)])
    out.accept("entry_page with every key", page)
    out.accept("entry_page with no entry", changed(page, list=[], more=False))
    out.probe(page, ["request", "list", "more"])
    for key in plain:
        out.malformed(f"entry_page with an entry without {key}",
                      changed(page, list=[without(entry, key)]))
        out.malformed(f"entry_page with an entry's {key} nil", in_entry(**{key: None}))
    out.accept("entry_page with an entry of a kind to come", in_entry(kind="k" * 32))
    out.refuse("limit_exceeded", "entry_page with an entry's kind too long",
               in_entry(kind="k" * 33))
    out.refuse("limit_exceeded", "entry_page with an entry's principal too long",
               in_entry(principal="p" * 65))
    for key in ("hash", "chain"):
        out.malformed(f"entry_page with an entry's {key} short", in_entry(**{key: KEY[:31]}))
        out.malformed(f"entry_page with an entry's {key} long", in_entry(**{key: KEY + b"x"}))
    out.accept("entry_page with an entry that has no body", in_entry(body=b""))
    out.malformed("entry_page with an entry that is a list", changed(page, list=[[7]]))

    answer_keys(out)

    head = {"t": "audit_head", "request": 17, "head": HEAD}
    out.accept("audit_head with every key", head)
    out.probe(head, ["request", "head"])
    heads(out, head)

    verdict = {"t": "audit_verdict", "request": 18, "whole": False, "entries": 5, "pruned": 4,
               "heads": 3, "seq": 9, "chain": KEY, "compared": False, "fault": 3, "first": 6,
               "last": 8, "id": MESSAGE, "detail": "edited"}
    found = ("fault", "first", "last", "detail")
    whole = changed(without(verdict, *found, "id"), whole=True)
    out.accept("audit_verdict with every key", verdict)
    out.accept("audit_verdict of a whole log", whole)
    out.accept("audit_verdict with required keys", without(verdict, "id"))
    out.probe(verdict, [key for key in verdict if key not in ("t", "id")], ["id"])
    out.numbers(verdict, "fault", 0, 5)
    out.numbers(whole, "entries", 0, 2**53)
    out.text(verdict, "detail", 2048)

    shown = {"session": SESSION, "user": "Vanessa", "user_verified": True,
             "system_user": "vanessa", "system_user_verified": True, "machine": "ws-12",
             "application": "crier-agent", "id": MESSAGE, "seq": 7, "rev": 2, "by": "ops",
             "said": NOW, "text": "Bonjour", "title": "Ce soir", "severity": 0, "style": 0,
             "shown": NOW + 1, "uncertain": True}
    names = ("user", "system_user", "machine", "application")
    plain = without(shown, *names, "user_verified", "system_user_verified", "title", "uncertain")
    page = {"t": "screen_page", "request": 19, "list": [shown, plain], "more": True,
            "known_since": NOW - 1, "sessions": 3}
    in_page = lambda **values: changed(page, list=[plain, changed(shown, **values)])
    out.accept("screen_page with every key", page)
    out.accept("screen_page with required keys",
               changed(without(page, "known_since"), list=[], more=False))
    out.probe(page, ["request", "list", "more", "sessions"], ["known_since"])
    for key in plain:
        out.malformed(f"what is on a screen without {key}",
                      changed(page, list=[without(plain, key)]))
    for key in shown:
        out.malformed(f"what is on a screen with {key} nil", in_page(**{key: None}))
    out.malformed("what is on a screen with rev 0", in_page(rev=0))
    out.refuse("limit_exceeded", "what is on a screen by too long a name", in_page(by="p" * 65))
    for key in names:
        out.refuse("limit_exceeded", f"what is on a screen with {key} too long",
                   in_page(**{key: "a" * 257}))
    return out


def bell():
    out = Vectors("bell.txt", "The bodies of the bell.")
    body = {"kind": 1, "id": MESSAGE, "seq": 7, "rev": 2, "sent": NOW, "text": "Bonjour",
            "title": "Ce soir", "severity": 2, "style": 1, "from": "ops", "off_screen_at": NOW + 5}
    body = speaking(body)
    required = without(body, "title", *SPEECH, "off_screen_at")
    out.shapes(required)
    out.accept("body with every key", body)
    out.accept("body with required keys", required)
    out.probe(body, list(required), ["title", *SPEECH, "off_screen_at"])
    out.numbers(dict(required, cause=0), "kind", 0, 2)
    out.ids(required, "id")
    out.numbers(required, "rev", 1, 2**32 - 1)
    out.content(required)
    out.speech(required)
    out.accept("body that is private", changed(required, private=True))
    out.line(required, "from", 64)
    removed = dict(body, kind=2, cause=1)
    out.accept("removal with every key", removed)
    out.probe(removed, ["cause"])
    out.numbers(removed, "cause", 0, 3)
    return out


def main():
    check = sys.argv[1:] == ["--check"]
    stale = []
    for vectors in (from_session(), to_session(), from_operator(), to_operator(), bell(),
                    private()):
        text = vectors.text_of_file()
        if check and vectors.path.read_text() != text:
            stale.append(vectors.path.name)
        elif not check:
            vectors.path.write_text(text)
    if stale:
        sys.exit(f"run tests/conformance/make_vectors.py: {', '.join(stale)} would change")


if __name__ == "__main__":
    main()
