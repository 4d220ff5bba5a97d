"""Who may come in by key: `crier keys` against the real broker, which goes on meanwhile."""

import json
import os
import stat
import subprocess
import unittest

from support import BIN, DEADLINE_S, SystemTest

NOBODY, REFUSED, UNREACHABLE, USAGE = 2, 4, 5, 64
KEY = "A" * 43


class Keys(SystemTest):
    def setUp(self):
        super().setUp()
        self.start_broker()

    def new(self, name, rights, *options):
        """The file with the invitation of somebody new."""
        file = self.folder / (name + ".crier")
        self.crier("keys", "new", file, "--name", name, "--rights", rights, *options)
        return file

    def as_(self, invitation, *command, expect=0):
        result = subprocess.run([BIN / "crier", *command, "--invitation", invitation],
                                capture_output=True, text=True, timeout=DEADLINE_S)
        self.assertEqual(result.returncode, expect, result.stdout + result.stderr)
        return result

    def listed(self):
        return {key["name"]: key for key in json.loads(self.crier("keys", "list", "--json").stdout)}

    def test_who_is_new_comes_in_at_once_and_may_what_was_said(self):
        vanessa = self.agent("Vanessa")
        bob = self.new("bob", "send,severity:warning", "--note", "on call")
        self.assertEqual(stat.S_IMODE(os.stat(bob).st_mode), 0o600)
        self.as_(bob, "send", "Salut")
        vanessa.wait_for("message")
        self.assertIn("no right to list (", self.as_(bob, "sessions", expect=REFUSED).stderr)
        self.assertIn("no right to keys (", self.as_(bob, "keys", "list", expect=REFUSED).stderr)
        key = self.listed()["bob"]
        self.assertEqual((key["rights"], key["note"], key["by"]),
                         (["send", "severity:warning"], "on call", "operator"))
        self.broker.kill()
        self.broker.start()
        self.as_(bob, "send", "after the broker was killed")

    def test_who_is_revoked_is_cut_and_comes_in_no_more(self):
        bob = self.new("bob", "watch")
        watching = subprocess.Popen([BIN / "crier", "watch", "--invitation", bob],
                                    stderr=subprocess.PIPE, text=True)
        self.addCleanup(watching.stderr.close)
        self.addCleanup(watching.wait)
        self.addCleanup(watching.kill)
        self.assertIn("watching", watching.stderr.readline())
        self.crier("keys", "revoke", "bob")
        said = watching.stderr.readline()
        self.assertIn("connection lost", said)
        self.assertIn("not_admitted", self.as_(bob, "whoami", expect=UNREACHABLE).stderr)
        self.assertNotIn("bob", self.listed())
        self.assertIn("not registered", self.broker.log_text())

    def test_a_key_made_elsewhere_is_registered_by_its_public_part(self):
        file = self.folder / "carol.crier"
        said = self.crier("keys", "new", file, "--json").stdout
        key = json.loads(said)["key"]
        self.as_(file, "whoami", expect=UNREACHABLE)
        self.crier("keys", "add", key, "--name", "Carol", "--rights", "list")
        self.assertIn("Carol", self.as_(file, "whoami").stdout)
        self.assertIn("--replace", self.crier("keys", "add", key, "--name", "Carol", "--rights",
                                              "send", expect=REFUSED).stderr)
        self.crier("keys", "add", key, "--name", "Carol", "--rights", "send", "--replace")
        self.assertEqual(self.listed()["Carol"]["rights"], ["send"])

    def test_a_key_is_rotated_and_the_old_one_counts_as_long_as_was_said(self):
        old = self.new("bob", "list")
        new = self.folder / "bob-2.crier"
        self.crier("keys", "rotate", "bob", new, "--overlap", "1h")
        for file in (old, new):
            self.assertIn("bob", self.as_(file, "whoami").stdout)
        newest = self.folder / "operator-2.crier"
        self.crier("keys", "rotate", "operator", newest)
        self.crier("whoami", expect=UNREACHABLE)
        self.assertIn("operator", self.as_(newest, "whoami").stdout)

    def test_nobody_is_left_without_somebody_who_may_change_keys(self):
        said = self.crier("keys", "revoke", "operator", expect=REFUSED).stderr
        self.assertIn("nobody could change keys any more", said)
        lost = self.folder / "lost.crier"
        self.crier("keys", "new", lost, "--name", "x", "--rights", "sned", expect=REFUSED)
        self.assertFalse(lost.exists(), "an invitation that lets nobody in")
        self.crier("keys", "list")

    def test_messages_reach_whom_the_key_may_send_to(self):
        local = self.agent("Vanessa")
        address = self.crier_json("sessions")[0]["address"]
        own = self.new("sam", "list", "--rights", f"send:where address={address}")
        said = self.as_(own, "send", "Salut", expect=REFUSED).stderr
        self.assertIn("no right to send to everybody", said)
        self.as_(own, "send", "--where", "user=*", "Salut")
        self.as_(own, "send", "--session", local.id, "as well")
        local.wait_for("message", 2)
        nobody = self.new("ben", "list", "--rights", "send:where address=192.0.2.0/24")
        self.assertIn("out of reach", self.as_(nobody, "send", "--session", local.id, "Salut",
                                               expect=REFUSED).stderr)
        self.as_(nobody, "send", "--where", "user=*", "Salut", expect=NOBODY)
        status = self.crier_json("status")
        self.assertEqual([one["targeted"] for one in status], [0, 1, 1])

    def test_keys_are_written_to_files_and_read_again_all_or_none(self):
        bob = self.new("bob", "send,list", "--note", "on call", "--expires", "90d")
        self.new("Front desk", "send")
        folder = self.folder / "keys"
        before = self.listed()
        self.crier("keys", "export", folder)
        self.assertEqual(sorted(file.name for file in folder.iterdir()),
                         ["Front_desk.toml", "bob.toml", "listener.toml", "operator.toml"])
        self.assertIn("4 as they were", self.crier("keys", "import", folder).stdout)
        self.assertEqual(self.listed(), before)

        text = (folder / "bob.toml").read_text(encoding="utf-8")
        (folder / "bob.toml").write_text(text.replace('"send", "list"', '"list"'))
        wrong = folder / "wrong.toml"
        for content, why in (("key = 1", "wrong.toml:1: key must be a text"),
                             ("name = \"x\"", "wrong.toml: key is missing"),
                             ("key = ", "wrong.toml:1"),
                             (f'key = "{KEY}"\nname = "x"\nrights = ["sned"]', '"sned" is unknown'),
                             (text, "has the same key as")):
            with self.subTest(why):
                wrong.write_text(content)
                self.assertIn(why, self.crier("keys", "import", folder, expect=REFUSED).stderr)
                self.assertEqual(self.listed(), before)
        wrong.unlink()
        (folder / "Front_desk.toml").unlink()
        self.crier("keys", "import", folder, "--exact")
        now = self.listed()
        self.assertEqual(now["bob"]["rights"], ["list"])
        self.assertNotIn("Front desk", now)
        self.as_(bob, "sessions")
        said = self.crier("keys", "export", folder, expect=UNREACHABLE).stderr
        self.assertIn("is not empty", said)

    def test_a_filters_value_may_have_a_comma(self):
        for name, rights in (("ben", "list,send:where user=Doe,Ben"),
                             ("eve", 'send:where user="Doe,list"')):
            self.crier("keys", "new", self.folder / name, "--name", name, "--rights", rights)
        self.assertEqual(self.listed()["ben"]["rights"], ["list", "send:where user=Doe,Ben"])
        self.assertEqual(self.listed()["eve"]["rights"], ['send:where user="Doe,list"'])

    def test_changes_are_in_the_audit(self):
        self.new("bob", "send")
        self.crier("keys", "revoke", "bob")
        self.crier("keys", "revoke", "--tickets-of", "vanessa")
        entries = json.loads(self.crier("audit", "--what", "keys", "--json").stdout)
        self.assertEqual(len(entries), 3)
        self.assertEqual(entries.pop(0)["text"], "revoked tickets of vanessa")
        self.assertIn("revoked ", entries[0]["text"])
        self.assertIn("bob (", entries[1]["text"])
        self.crier("audit", "verify")

    def test_what_is_wrong_on_the_command_line_is_said(self):
        for command, why in ((("keys",), "say what of them"),
                             (("keys", "new"), "the FILE is missing"),
                             (("keys", "add", KEY, "--name", "x"), "--rights is missing"),
                             (("keys", "add", KEY, "--rights", "send"), "--name is missing"),
                             (("keys", "add", KEY, "--name", "x", "--rights",
                               "list,send:where user=vanessa,watch"), '"watch" would be part'),
                             (("keys", "add", KEY, "--name", "x", "--rights",
                               "send:where user=vanessa,severity:info"), "a --rights of its own"),
                             (("keys", "rotate", "bob"), "to which FILE"),
                             (("keys", "revoke"), "the NAME or KEY is missing")):
            with self.subTest(command):
                self.assertIn(why, self.crier(*command, expect=USAGE).stderr)
        self.assertIn("no key is called",
                      self.crier("keys", "revoke", "nobody", expect=REFUSED).stderr)
        self.assertIn("is no public key",
                      self.crier("keys", "add", "short", "--name", "x", "--rights", "send",
                                 expect=USAGE).stderr)


if __name__ == "__main__":
    unittest.main()
