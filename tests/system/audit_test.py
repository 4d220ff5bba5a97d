"""What somebody does to the journal behind the broker's back, and what `crier audit` says of it.

The chain is computed here once more, from JOURNAL.md: by another implementation than the broker's,
and because whoever tampers with a journal can do that as well.
"""

import contextlib
import hashlib
import sqlite3
import struct
import subprocess
import unittest

from support import BIN, SystemTest

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


if __name__ == "__main__":
    unittest.main()
