"""What somebody does to the journal behind the broker's back, and what `crier audit` says of it;
and what it says of screens.

The chain is computed here once more, from JOURNAL.md: by another implementation than the broker's,
and because whoever tampers with a journal can do that as well.
"""

import contextlib
import hashlib
import json
import sqlite3
import struct
import subprocess
import time
import unittest
from datetime import datetime, timezone

from raw_session import RawSession
from support import BIN, DEADLINE_S, SystemTest

FIELDS = "seq, id, kind, about, at, principal, content_hash, body, chain"


def crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


def form_of(*values):
    """Integers as 8 bytes, anything else with its length before it."""
    form = b""
    for value in values:
        if isinstance(value, int):
            form += struct.pack("<q", value)
            continue
        data = value.encode() if isinstance(value, str) else bytes(value or b"")
        form += struct.pack("<q", len(data)) + data
    return form


def chain_of(before, *fields):
    return hashlib.blake2b(before + form_of(*fields), digest_size=32,
                           key=b"crier entry 1").digest()


class Audit(SystemTest):
    def setUp(self):
        super().setUp()
        self.start_broker()

    @contextlib.contextmanager
    def journal(self):
        """The database of a broker that is stopped meanwhile."""
        self.assertEqual(self.broker.stop(), 0)
        database = sqlite3.connect(self.broker.data / "journal.db")
        try:
            yield database
            for row in database.execute(f"SELECT {FIELDS} FROM entries").fetchall():
                database.execute("UPDATE entries SET crc = ? WHERE seq = ?",
                                 (crc32c(form_of("entries", *row)), row[0]))
            columns = database.execute("SELECT * FROM state").fetchone()[1:-1]
            database.execute("UPDATE state SET crc = ?", (crc32c(form_of("state", *columns)),))
            database.commit()
        finally:
            database.close()
        self.broker.start()

    def send(self, text, *options):
        return self.crier_json("send", text, *options, expect=2)["id"]

    def fill(self):
        """Three messages; the first is changed and recalled."""
        ids = [self.send(f"Message {number}") for number in (1, 2, 3)]
        self.crier("update", ids[0], "Message 1, changed", expect=2)
        self.crier("recall", ids[0])
        return ids

    def crierd(self, *arguments):
        subprocess.run([BIN / "crierd", *arguments, "--data", self.broker.data], check=True,
                       capture_output=True)

    def finding(self, *options):
        verdict = self.crier_json("audit", "verify", *options, expect=1)
        self.assertFalse(verdict["whole"])
        return verdict["finding"]

    def test_it_lists_what_operators_did(self):
        ids = self.fill()
        entries = self.crier_json("audit")
        self.assertEqual([one["kind"] for one in entries],
                         ["recall", "update", "message", "message", "message"])
        self.assertEqual([one["seq"] for one in entries], [5, 4, 3, 2, 1])
        self.assertEqual({one["by"] for one in entries}, {"operator"})
        self.assertEqual(entries[1]["about"], ids[0])
        self.assertEqual(entries[1]["text"], "Message 1, changed")
        self.assertEqual(entries[2]["text"], "Message 3")
        self.assertEqual(entries[2]["target"], {"all": True})
        kinds = lambda *options: [one["kind"] for one in self.crier_json("audit", *options)]
        self.assertEqual(kinds("--what", "recall"), ["recall"])
        self.assertEqual(kinds("--count", "2"), ["recall", "update"])
        self.assertEqual(len(kinds("--by", "operator", "--since", "1h")), 5)
        self.assertEqual(kinds("--by", "nobody"), [])
        self.assertIn("message, update, recall",
                      self.crier("audit", "--what", "mesage", expect=4).stderr)
        self.assertIn("Message 1, changed", self.crier("audit").stdout)
        self.crier("audit", "--since", "2999-01-01T00:00:00Z", expect=4)
        for wrong in (["--since", "soon"], ["--count", "0"], ["tail"],
                      ["verify", "--head", "crier1.head.1"]):
            self.crier("audit", *wrong, expect=64)

    def test_status_shows_what_was_done_to_a_message_and_by_whom(self):
        ids = self.fill()
        shown = self.crier("status", ids[0]).stdout
        self.assertRegex(shown, r"Revision 2\t\S+ by operator: text \"Message 1, changed\"")
        self.assertRegex(shown, r"Recalled\t\S+ by operator\n")
        history = self.crier_json("status", ids[0])["history"]
        self.assertEqual([one["kind"] for one in history], ["recall", "update", "message"])

    def test_a_log_that_nobody_touched_is_whole(self):
        self.fill()
        verdict = self.crier_json("audit", "verify")
        self.assertEqual((verdict["whole"], verdict["entries"], verdict["seq"]), (True, 5, 5))
        head = self.crier("audit", "head").stdout.strip()
        self.assertRegex(head, r"^crier1\.head\.5\.\d+\.[0-9a-f]{64}\.[\w-]{43}\.[\w-]{86}$")
        self.assertEqual(self.crier("audit", "head").stdout.strip(), head)
        self.send("one more")
        self.broker.kill()
        self.broker.start()
        self.assertIn("The head that was given holds",
                      self.crier("audit", "verify", "--head", head).stdout)
        self.assertIn("head_signed", self.broker.log_text(), "the daily one")
        secret = self.broker.data / "keys" / "audit.key"
        self.assertEqual(secret.stat().st_mode & 0o777, 0o600)

    def test_the_chain_is_what_the_document_says(self):
        self.fill()
        listed = {one["seq"]: one["chain"] for one in self.crier_json("audit")}
        with self.journal() as database:
            chain = bytes(32)
            for *fields, stored in database.execute(f"SELECT {FIELDS} FROM entries ORDER BY seq"):
                chain = chain_of(chain, *fields)
                self.assertEqual(stored, chain)
                self.assertEqual(listed[fields[0]], chain.hex())
        self.crier("audit", "verify")

    def test_a_text_that_was_changed_is_named(self):
        ids = self.fill()
        with self.journal() as database:
            database.execute("UPDATE entries SET body = CAST(replace(body, 'Message 2', "
                             "'Nothing 2') AS BLOB) WHERE seq = 2")
        finding = self.finding()
        self.assertEqual((finding["fault"], finding["first"], finding["id"]),
                         ("edited", 2, ids[1]))
        self.assertIn("what was asked (text", finding["detail"])
        shown = self.crier("audit", "verify", expect=1).stdout
        self.assertIn(f"entry 2 (id {ids[1]}) was edited", shown)

    def test_a_name_that_was_changed_is_named(self):
        self.fill()
        with self.journal() as database:
            database.execute("UPDATE entries SET principal = 'somebody' WHERE seq = 3")
        finding = self.finding()
        self.assertEqual((finding["fault"], finding["first"]), ("edited", 3))
        self.assertIn("by whom", finding["detail"])

    def test_a_deleted_entry_is_named(self):
        self.fill()
        with self.journal() as database:
            database.execute("DELETE FROM entries WHERE seq = 4")  # The update.
            database.execute("UPDATE state SET entries = entries - 1")
        finding = self.finding()
        self.assertEqual((finding["fault"], finding["first"], finding["last"]), ("missing", 4, 4))
        self.assertIn("entry 4 is missing", self.crier("audit", "verify", expect=1).stdout)

    def test_a_past_that_was_made_anew_is_found_by_a_head_kept_elsewhere(self):
        self.fill()
        head = self.crier("audit", "head").stdout.strip()
        def make_anew(database):
            database.execute("UPDATE entries SET principal = 'somebody' WHERE seq = 3")
            chain = bytes(32)
            rows = database.execute(f"SELECT {FIELDS} FROM entries ORDER BY seq").fetchall()
            for *fields, _ in rows:
                chain = chain_of(chain, *fields)
                database.execute("UPDATE entries SET chain = ? WHERE seq = ?", (chain, fields[0]))
            database.execute("UPDATE state SET chain = ?", (chain,))
        with self.journal() as database:
            make_anew(database)
        self.assertEqual(self.finding()["fault"], "rewritten", "its own head is still there")
        with self.journal() as database:
            database.execute("DELETE FROM heads")
            database.execute("UPDATE state SET heads = 0")
        self.crier("audit", "verify")
        finding = self.finding("--head", head)
        self.assertEqual((finding["fault"], finding["last"]), ("rewritten", 5))

    def test_a_backup_takes_chain_and_heads_along(self):
        self.fill()
        head = self.crier("audit", "head").stdout.strip()
        backup = self.folder / "backup.db"
        self.crierd("backup", backup)
        self.send("lost")
        self.assertEqual(self.broker.stop(), 0)
        for file in self.broker.data.glob("journal.*"):
            file.unlink()
        self.crierd("restore", backup)
        self.broker.start()
        verdict = self.crier_json("audit", "verify", "--head", head)
        self.assertEqual((verdict["whole"], verdict["seq"]), (True, 5))
        self.assertGreaterEqual(verdict["heads"], 1)


DISPLAYED, ACKNOWLEDGED = 3, 4


def now_ms():
    return int(time.time() * 1000)


def text_of(ms):
    """As crier takes it for --at."""
    at = datetime.fromtimestamp(ms / 1000, timezone.utc)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Screens(SystemTest):
    def setUp(self):
        super().setUp()
        self.start_broker()

    def then(self, *options, expect=0):
        return self.crier_json("audit", "screen", *options, expect=expect)

    def shown(self, *options, expect=0):
        """All of it; what is not known is no answer here."""
        answer = self.then(*options, expect=expect)
        self.assertTrue(answer["known"], answer)
        self.assertLessEqual(answer["known_since"], answer["at"])
        return answer["screens"]

    def texts(self, *options, expect=0):
        return [one["text"] for one in self.shown(*options, expect=expect)]

    def raw(self, user, keys=None):
        session = RawSession(self.broker.invitation("sessions"), user, keys)
        self.addCleanup(session.close)
        session.next("welcome")
        return session

    def state_of(self, user):
        found = self.crier_json("sessions", "--where", f"user={user}")
        return found[0]["state"] if found else None

    def until(self, is_so):
        """Asks again and again."""
        end = time.monotonic() + DEADLINE_S
        while not is_so():
            self.assertLess(time.monotonic(), end, "waited in vain")

    def test_it_says_what_was_there_then_and_not_what_became_of_it(self):
        vanessa = self.agent("Vanessa", "--machine", "ws-12")
        self.agent("Marc")
        message = self.crier_json("send", "At 22:00", "--title", "Tonight", "--style", "alert",
                                  "--where", "user=Vanessa", "--wait", "displayed")
        first, = self.shown("--user", "Vanessa")
        self.assertEqual(
            (first["session"], first["user"], first["user_verified"], first["machine"],
             first["message"], first["seq"], first["revision"], first["by"], first["text"],
             first["title"], first["style"], first["certain"]),
            (vanessa.id, "Vanessa", False, "ws-12", message["id"], message["seq"], 1, "operator",
             "At 22:00", "Tonight", "alert", True))
        self.assertLessEqual(first["said"], first["shown"])
        self.crier("update", message["id"], "At 23:00", "--wait", "displayed")
        second, = self.shown("--user", "Vanessa")
        self.assertEqual((second["text"], second["title"], second["revision"]),
                         ("At 23:00", "Tonight", 2))
        self.assertLess(first["said"], second["said"])
        self.assertLess(first["shown"], second["shown"])
        self.crier("recall", message["id"])
        self.assertEqual(self.shown("--user", "Vanessa", expect=1), [])

        def check_the_past():
            hers = ["--user", "Vanessa", "--at"]
            self.assertEqual(self.shown(*hers, first["shown"]), [first])
            self.assertEqual(self.shown(*hers, second["shown"]), [second])
            self.assertEqual(self.shown("--where", f"id={vanessa.id} and machine=ws-*", "--at",
                                        second["shown"]), [second])
            self.assertEqual(self.shown("--user", "Marc", "--at", first["shown"], expect=1), [])

        check_the_past()
        vanessa.stop()
        self.until(lambda: self.state_of("Vanessa") is None)
        check_the_past()
        self.broker.kill()
        self.broker.start()
        check_the_past()

    def test_each_screen_has_its_own_messages_in_the_order_in_which_they_came(self):
        office, home = (self.agent("Vanessa", "--machine", name) for name in ("office", "home"))
        marc = self.agent("Marc")
        self.crier("send", "For all", "--wait", "displayed")
        self.crier("send", "In the office", "-s", office.id, "--wait", "displayed")
        brief = self.crier_json("send", "Brief", "--where", "user=Vanessa", "--expires", "4s",
                                "--wait", "displayed")["id"]
        then = self.shown("--where", f"id={home.id}")[-1]["shown"]
        for agent in (office, home):
            self.assertEqual(agent.wait_for("removed")[0]["cause"], "expired")
        self.until_status(brief, lambda one: one["removed"] == 2)
        on = lambda agent, *options: self.texts("--where", f"id={agent.id}", *options)
        self.assertEqual(on(office), ["For all", "In the office"])
        self.assertEqual(on(home), ["For all"])
        self.assertEqual(on(marc), ["For all"])
        self.assertEqual(on(home, "--at", then), ["For all", "Brief"])
        hers = [(one["session"], one["text"]) for one in self.shown("--user", "Vanessa")]
        self.assertEqual(hers, sorted([(office.id, "For all"), (office.id, "In the office"),
                                       (home.id, "For all")]), "one session after the other")
        self.assertEqual(len(self.shown("--where", "user=*")), 4)

    def test_what_a_person_has_dismissed_is_there_no_more(self):
        vanessa = self.raw("Vanessa")
        sent = self.crier_json("send", "Save.", "--style", "alert")["id"]
        message = vanessa.next("message")
        shown = now_ms()
        vanessa.report(message, state=DISPLAYED, at=shown)
        self.until_status(sent, lambda one: one["tally"]["displayed"] == 1)
        gone = now_ms()
        vanessa.report(message, state=ACKNOWLEDGED, at=gone, removed=True, gone=gone)
        self.until_status(sent, lambda one: one["removed"] == 1)
        self.assertEqual(self.shown("--user", "Vanessa", expect=1), [])
        at = lambda ms, **options: self.texts("--user", "Vanessa", "--at", text_of(ms), **options)
        self.assertEqual(at(shown - 1, expect=1), [])
        self.assertEqual(at(shown), ["Save."])
        self.assertEqual(at(gone - 1), ["Save."])
        self.assertEqual(at(gone, expect=1), [])

    def test_a_screen_out_of_reach_is_not_certain_until_the_session_says_more(self):
        vanessa = self.raw("Vanessa")
        sent = self.crier_json("send", "Save.")["id"]
        message = vanessa.next("message")
        shown = now_ms()
        vanessa.report(message, state=DISPLAYED, at=shown)
        self.until_status(sent, lambda one: one["tally"]["displayed"] == 1)
        vanessa.close()
        self.until(lambda: self.state_of("Vanessa") == "unreachable")
        lost = now_ms()
        hers = ["--user", "Vanessa", "--at"]
        self.assertEqual([one["certain"] for one in self.shown(*hers, text_of(lost))], [False])
        self.assertEqual([one["certain"] for one in self.shown(*hers, text_of(shown))], [True])
        lines = self.crier("audit", "screen", *hers, text_of(lost)).stdout.splitlines()
        self.assertEqual([line.split("\t") for line in lines],
                         [[vanessa.id, "Vanessa?", "", "", "", text_of(shown), "uncertain",
                           "operator", sent, "Save."]])
        self.until(lambda: now_ms() > lost)
        gone = now_ms()
        again = self.raw("Vanessa", vanessa.keys)
        again.report(message, state=DISPLAYED, at=shown, removed=True, gone=gone)
        self.until_status(sent, lambda one: one["removed"] == 1)
        self.assertEqual([one["certain"] for one in self.shown(*hers, text_of(lost))], [True],
                         "it was there until then, as is known by now")
        self.assertEqual(self.shown("--user", "Vanessa", expect=1), [])

    def test_a_name_is_itself_whatever_it_has_in_it(self):
        name = 'Jean "Le" O\'Brien (ERP) or user=Marc'
        self.agent(name)
        self.agent("Marc")
        self.crier("send", "Salut", "--wait", "displayed")
        found, = self.shown("--user", name)
        self.assertEqual((found["user"], found["user_verified"]), (name, False))
        self.assertTrue(self.crier("audit", "screen", "--user", name).stdout.split("\t")[1]
                        .endswith("?"), "only the session says so")
        self.shown("--user", "Jean", expect=1)
        self.shown("--user", "marc", expect=1)

    def test_of_a_time_before_all_records_it_says_that_nothing_is_known(self):
        self.agent("Vanessa")
        self.crier("send", "Salut", "--wait", "displayed")
        long_ago = ["--user", "Vanessa", "--at", "2001-01-01T00:00:00Z"]
        answer = self.then(*long_ago, expect=1)
        self.assertEqual((answer["at"], answer["known"], answer["screens"]),
                         ("2001-01-01T00:00:00.000Z", False, []))
        self.assertGreater(answer["known_since"], answer["at"])
        said = self.crier("audit", "screen", *long_ago, expect=1)
        self.assertEqual(said.stdout, "", "nothing but data goes to a pipe")
        self.assertIn("Nothing is known of screens at", said.stderr)
        self.assertIn("The broker's records of screens begin at", said.stderr)
        nobody = self.crier("audit", "screen", "--user", "Nobody", expect=1)
        self.assertEqual(nobody.stdout, "")
        self.assertIn("know no such session", nobody.stderr)

    def test_what_cannot_be_asked_is_refused(self):
        ask = lambda *options, expect: self.crier("audit", "screen", *options, expect=expect)
        for wrong in ([], ["--user", ""], ["--where", ""], ["--where", " "], ["--user", "V*"],
                      ["--user", "V?"], ["--user", "a", "--where", "user=a"],
                      ["--user", "a", "--at", "soon"], ["--user", "a", "b"],
                      ["--user", "a", "--timeout", "0"], ["--user", "a" * 1024]):
            self.assertIn("usage_invalid", ask(*wrong, expect=64).stderr, wrong)
        self.assertIn("time_invalid", ask("--user", "a", "--at", "2999-01-01T00:00:00Z",
                                          expect=4).stderr)
        self.assertIn("     ^", ask("--where", "user=", expect=4).stderr)
        error = json.loads(ask("--where", "user=a && b=c", "--json", expect=4).stdout)["error"]
        self.assertEqual((error["name"], error["position"]), ("filter_invalid", 7))


if __name__ == "__main__":
    unittest.main()
