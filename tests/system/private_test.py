"""Private messages with the real programs: on the one screen, and nowhere else."""

import json
import os
import pathlib
import signal
import subprocess
import time
import unittest

import zmq.utils.z85

from raw_session import RawSession
from stranger_private import open_private
from support import BIN, DEADLINE_S, Lines, SystemTest

UNKNOWN, REFUSED, USAGE = 3, 4, 64
WORDS = "Vanessa, ta prime est de 4711 euros"
TITLE = "Confidentiel-0815"


class Private(SystemTest):
    def setUp(self):
        super().setUp()
        self.start_broker()

    def files_with(self, *words):
        """All files below the test's folder in which one of these is."""
        found = []
        for file in self.folder.rglob("*"):
            if file.is_file() and not file.is_symlink():
                content = file.read_bytes()
                found += [(str(file), word) for word in words if word.encode() in content]
        return found

    def test_only_the_session_sees_what_it_says(self):
        vanessa, marc = self.agent("Vanessa"), self.agent("Marc")
        sent = self.crier_json("send", "--private", "-s", vanessa.id, WORDS, "--title", TITLE,
                               "--severity", "warning", "--style", "alert", "--wait", "displayed")
        self.assertEqual(sent["tally"]["displayed"], 1)
        shown = vanessa.wait_for("message")[0]
        self.assertEqual((shown["text"], shown["title"], shown["severity"], shown["topic"]),
                         (WORDS, TITLE, "warning", "session/" + vanessa.id))
        for command in (["status"], ["status", sent["id"]], ["history"], ["audit"],
                        ["audit", "screen", "--where", f"id={vanessa.id}"], ["report", sent["id"]]):
            for form in ([], ["--json"]):
                said = self.crier(*command, *form).stdout
                self.assertNotIn("4711", said, command)
                self.assertNotIn(TITLE, said, command)
                if command[0] != "report":
                    self.assertIn("(private)", said, command)
        status = self.crier_json("status", sent["id"])
        self.assertEqual((status["text"], status["title"], status["private"]),
                         ("(private)", "", True))
        vanessa.acknowledge(sent["id"])
        self.until_status(sent["id"], lambda one: one["tally"]["acknowledged"] == 1)
        self.crier("send", "the end", "--wait", "displayed")
        self.assertEqual(marc.texts(), ["the end"])
        self.assertEqual(self.broker.stop(), 0)
        self.assertEqual(self.files_with("4711", TITLE), [])
        self.assertTrue(self.files_with("the end"), "this finds what is there")

    def test_it_waits_sealed_for_who_is_away_and_over_a_crash_of_the_broker(self):
        keep = ["--key", str(self.folder / "vanessa.key"), "--state", str(self.folder / "state")]
        vanessa = self.agent("Vanessa", *keep)
        vanessa.process.kill()
        vanessa.process.wait()
        sent = self.crier_json("send", "--private", "-s", vanessa.id, WORDS)
        self.broker.kill()
        self.assertEqual(self.files_with("4711"), [])
        self.broker.start()
        back = self.agent("Vanessa", *keep)
        self.assertEqual([one["text"] for one in back.wait_for("message")], [WORDS])
        self.until_status(sent["id"], lambda one: one["tally"]["displayed"] == 1)
        self.assertEqual(self.files_with("4711"), [], "nor has its state file")

    def test_the_bell_tells_that_there_is_one_and_no_more(self):
        vanessa = self.agent("Vanessa")
        listener = subprocess.Popen(
            [BIN / "crier-agent", "--bell", "--hear", vanessa.id, "--screen", "json",
             "--invitation", self.broker.invitation("listeners")],
            stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True,
            env={**os.environ, "XDG_RUNTIME_DIR": str(self.folder), "HOME": str(self.folder)})
        self.addCleanup(listener.stdout.close)
        self.addCleanup(listener.stdin.close)
        self.addCleanup(listener.wait)
        self.addCleanup(listener.kill)
        end = time.monotonic() + DEADLINE_S
        # A subscription travels after the handshake; a message may be sent before it has arrived.
        heard = Lines(listener.stdout)
        while not any("(private)" in line for line in list(heard.all)):
            self.assertLess(time.monotonic(), end, heard.all)
            self.crier("send", "--private", "-s", vanessa.id, WORDS, "--wait", "displayed")
        self.assertNotIn("4711", "".join(heard.all))

    def test_a_stranger_opens_it_with_another_implementation(self):
        stranger = RawSession(self.broker.invitation("sessions"), "Vanessa", features=[1])
        self.addCleanup(stranger.close)
        self.assertEqual(stranger.next("welcome")["features"], [1])
        self.crier("send", "--private", "-s", stranger.id, WORDS, "--title", TITLE)
        message = stranger.next("message")
        self.assertEqual((message["text"], message["private"]), ("(private)", True))
        public, secret = (zmq.utils.z85.decode(key) for key in stranger.keys)
        self.assertEqual(open_private(message, public, secret), {"text": WORDS, "title": TITLE})
        with self.assertRaises(Exception):
            open_private({**message, "id": bytes(16)}, public, secret)

    def test_a_session_whose_program_cannot_open_it_is_refused_by_name(self):
        older = RawSession(self.broker.invitation("sessions"), "Vanessa")
        self.addCleanup(older.close)
        self.assertEqual(older.next("welcome")["features"], [])
        said = self.crier("send", "--private", "-s", older.id, WORDS, expect=REFUSED).stderr
        self.assertIn("cannot open private messages", said)
        self.assertEqual(self.crier_json("status"), [], "nothing was accepted")

    def test_a_private_message_is_repeated_recalled_and_not_reworded(self):
        vanessa = self.agent("Vanessa")
        command = ["send", "--private", "-s", vanessa.id, WORDS, "--wait", "displayed", "--id",
                   "0190f3a6e1b27a5fb1bd23ef98457200"]
        first = self.crier_json(*command)
        again = self.crier_json(*command)
        self.assertEqual((first["already"], again["already"]), (False, True))
        self.assertIn("cannot be changed",
                      self.crier("update", first["id"], "other words", expect=REFUSED).stderr)
        self.crier("update", first["id"], "--severity", "critical", "--wait", "displayed")
        changed = vanessa.wait_for("changed")[0]
        self.assertEqual((changed["text"], changed["severity"]), (WORDS, "critical"))
        self.crier("recall", first["id"])
        vanessa.wait_for("removed")

    def test_it_is_sealed_only_for_keys_of_the_operators_own_directory(self):
        vanessa = self.agent("Vanessa")
        folder = self.folder / "own"
        self.crier("keys", "export", folder)
        said = self.crier("send", "--private", "--keys", folder, "-s", vanessa.id, WORDS,
                          expect=REFUSED).stderr
        self.assertIn("session_key_wrong", said)
        key = said.split("its key ")[1].split()[0]
        for user, code in (("Marc", REFUSED), ("Vanessa", 0)):
            (folder / "vanessa.toml").write_text(
                f'key = "{key}"\nname = "vanessa"\nrights = []\nuser = "{user}"\n')
            self.crier("send", "--private", "--keys", folder, "-s", vanessa.id, WORDS, "--wait",
                       "displayed", expect=code)
        (folder / "torn.toml").write_text("key = ")
        self.assertIn("torn.toml", self.crier("send", "--private", "--keys", folder, "-s",
                                              vanessa.id, WORDS, expect=REFUSED).stderr)
        self.assertEqual(vanessa.texts(), [WORDS])

    def test_what_cannot_be_private_is_a_malformed_command(self):
        vanessa, marc = self.agent("Vanessa"), self.agent("Marc")
        for target in ([], ["--all"], ["--where", "user=Vanessa"],
                       ["-s", vanessa.id, "-s", marc.id]):
            said = self.crier("send", "--private", WORDS, *target, expect=USAGE).stderr
            self.assertIn("--private is for one session", said)
        self.crier("send", "--keys", self.folder, "-s", vanessa.id, WORDS, expect=USAGE)
        self.crier("send", "--private", "-s", "0" * 32, WORDS, expect=UNKNOWN)
        self.assertEqual(self.crier_json("status"), [])

    def test_it_comes_from_standard_input_and_as_json_too(self):
        vanessa = self.agent("Vanessa")
        self.crier("send", "--private", "-s", vanessa.id, text=WORDS + "\n")
        self.crier("send", "--private", "--from-json",
                   text=json.dumps({"text": TITLE, "to": [vanessa.id]}))
        self.crier("send", "--private", "--from-json", expect=REFUSED,
                   text=json.dumps({"text": TITLE, "to": "all"}))
        self.assertEqual([one["text"] for one in vanessa.wait_for("message", 2)], [WORDS, TITLE])

    def test_the_words_are_wiped_from_the_command_line(self):
        # While the broker does not answer there is time to look.
        vanessa = self.agent("Vanessa")
        for flag in ("--private", "--private=true"):
            with self.subTest(flag):
                self.broker.process.send_signal(signal.SIGSTOP)
                self.addCleanup(self.broker.process.send_signal, signal.SIGCONT)
                process = self.crier_beside("send", flag, "-s", vanessa.id, WORDS, "--timeout",
                                            "30s")
                end = time.monotonic() + DEADLINE_S
                seen = WORDS.encode()
                while b"4711" in seen:
                    self.assertLess(time.monotonic(), end)
                    seen = pathlib.Path(f"/proc/{process.pid}/cmdline").read_bytes()
                self.broker.process.send_signal(signal.SIGCONT)
                self.assertEqual(process.wait(DEADLINE_S), 0)


class WithoutCurve(SystemTest):
    def test_nothing_can_be_private(self):
        self.start_broker("--insecure")
        vanessa = self.agent("Vanessa")
        said = self.crier("send", "--private", "-s", vanessa.id, WORDS, expect=REFUSED).stderr
        self.assertIn("without CURVE", said)
        self.assertEqual(self.crier_json("status"), [])


if __name__ == "__main__":
    unittest.main()
