"""The frames of who may come in, by key or by ticket."""

from vector_file import KEY, NOW, SESSION, changed, without


def ask_for_keys(out):
    key = {"key": KEY, "name": "ops", "rights": ["send", "severity:warning"],
           "user": "Vanessa", "note": "Nachtschicht", "expires": NOW}
    keys = {"t": "set_keys", "request": 24, "id": SESSION, "set": [key], "revoke": [bytes(32)],
            "revoke_tickets": ["t-1"], "revoke_tickets_of": ["Vanessa"]}
    also = ("revoke_tickets", "revoke_tickets_of")
    lists = ("set", "revoke", *also)
    out.accept("set_keys with every key", keys)
    out.accept("set_keys that only sets", without(keys, *also, "revoke"))
    out.accept("set_keys that only revokes", without(keys, *also, "set"))
    for name in also:
        alone = without(keys, *(other for other in lists if other != name))
        out.accept(f"set_keys with {name} alone", alone)
        out.malformed(f"set_keys with an empty line in {name}", changed(alone, **{name: [""]}))
        out.malformed(f"set_keys with a line end in {name}", changed(alone, **{name: ["a\nb"]}))
        out.malformed(f"set_keys with a number in {name}", changed(alone, **{name: [1]}))
        out.refuse("limit_exceeded", f"set_keys with 257 lines in {name}",
                   changed(alone, **{name: ["x"] * 257}))
    for name, size in (("revoke_tickets", 128), ("revoke_tickets_of", 256)):
        out.accept(f"set_keys with the longest line in {name}",
                   changed(keys, **{name: ["x" * size]}))
        out.refuse("limit_exceeded", f"set_keys with a line too long in {name}",
                   changed(keys, **{name: ["x" * (size + 1)]}))
    out.malformed("set_keys with nothing to change", without(keys, *lists))
    out.malformed("set_keys with empty lists", changed(keys, **{name: [] for name in lists}))
    out.probe(keys, ["request", "id"], list(lists))
    out.ids(keys, "id")
    out.numbers(keys, "request", 0, 2**53)
    for name in ("key", "name", "rights"):
        out.malformed(f"set_keys with a key without {name}",
                      changed(keys, set=[without(key, name)]))
    for name in ("user", "note", "expires"):
        out.accept(f"set_keys with a key without {name}", changed(keys, set=[without(key, name)]))
    out.malformed("set_keys with a key of 31 bytes",
                  changed(keys, set=[changed(key, key=bytes(31))]))
    out.malformed("set_keys with a key without a name to show",
                  changed(keys, set=[changed(key, name="")]))
    out.malformed("set_keys that revokes 31 bytes", changed(keys, revoke=[bytes(31)]))

    listing = {"t": "keys", "request": 25, "after": KEY}
    out.accept("keys with every key", listing)
    out.accept("keys with required keys", without(listing, "after"))
    out.probe(listing, ["request"], ["after"])
    out.malformed("keys after 31 bytes", changed(listing, after=bytes(31)))


def answer_keys(out):
    key = {"key": KEY, "name": "ops", "rights": ["send", "list"], "user": "Vanessa",
           "note": "Nachtschicht", "expires": NOW + 60_000, "since": NOW, "by": "root"}
    plain_key = {"key": KEY[::-1], "name": "x", "rights": []}
    page = {"t": "key_page", "request": 25, "list": [key, plain_key], "more": True}
    out.accept("key_page with every key", page)
    out.accept("key_page with no key", changed(page, list=[], more=False))
    out.probe(page, ["request", "list", "more"])
    for name in plain_key:
        out.malformed(f"key_page with a key without {name}",
                      changed(page, list=[without(key, name)]))
    for name, size in (("name", 64), ("user", 256), ("note", 200), ("by", 64)):
        out.accept(f"key_page with the longest {name}",
                   changed(page, list=[changed(key, **{name: "x" * size})]))
        out.refuse("limit_exceeded", f"key_page with a {name} too long",
                   changed(page, list=[changed(key, **{name: "x" * (size + 1)})]))


def show_ticket(out):
    ticket = {"t": "ticket", "ticket": "head.claims.signature"}
    out.accept("ticket with every key", ticket)
    out.probe(ticket, ["ticket"])
    out.line(ticket, "ticket", 4_096)


def renew_ticket(out):
    ticket = {"t": "ticket", "expires": NOW + 600_000}
    out.accept("ticket with every key", ticket)
    out.probe(ticket, ["expires"])
    out.numbers(ticket, "expires", 0, 2**53)
