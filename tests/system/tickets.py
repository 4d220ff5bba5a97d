"""The server of a session's program, which signs tickets, and a broker's file that knows it."""

import base64
import hashlib
import hmac
import json
import pathlib
import sys
import time

SECRET = b"a secret of the program's server"

ISSUER = f"""
issuer = "shop"
audience = "crier"
algorithm = "HS256"
secret = "{base64.urlsafe_b64encode(SECRET).decode().rstrip('=')}"
"""


def part(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def ticket_for(session, user, seconds=600, secret=SECRET, ahead=0, **claims):
    """What the program's server signs, whose clock may be ahead."""
    now = int(time.time()) + ahead
    said = {"iss": "shop", "aud": "crier", "sub": user, "iat": now, "exp": now + seconds,
            "cnf": {"kid": session}, **claims}
    body = part(b'{"alg":"HS256"}') + b"." + part(json.dumps(said).encode())
    return (body + b"." + part(hmac.digest(secret, body, hashlib.sha256))).decode()


def configuration(folder, *lines):
    """Of a broker that knows that server; returns the file. `lines`: of its [sessions] besides."""
    issuer = folder / "shop.toml"
    issuer.touch(0o600)
    issuer.write_text(ISSUER)
    config = folder / "crierd.toml"
    config.write_text("\n".join(["[sessions]", f"ticket_issuers = [{json.dumps(str(issuer))}]",
                                 *lines, ""]))
    return config


class TicketProgram:
    """Gets tickets for an agent, as its --ticket-command."""

    def __init__(self, folder, user, seconds, ahead=0):
        self.file = folder / "get-ticket"
        self.given = folder / "given"
        self.closed = folder / "closed"
        self.file.write_text(f"""#!{sys.executable}
import os, sys
sys.path[:0] = [{str(pathlib.Path(__file__).parent)!r}]
sys.dont_write_bytecode = True
from tickets import ticket_for
if os.path.exists({str(self.closed)!r}):
    sys.exit(1)
ticket = ticket_for(os.environ["CRIER_SESSION"], {user!r}, {seconds}, ahead={ahead},
                    groups=["sales"])
open({str(self.given)!r}, "a").write(ticket + "\\n")
print(ticket)
""")
        self.file.chmod(0o700)

    def count(self):
        """How many it has given."""
        return len(self.given.read_text().splitlines()) if self.given.exists() else 0

    def close(self):
        """It gives none any more."""
        self.closed.touch()
