"""How crierd starts, refuses to start, stops, and is backed up."""

import os
import pathlib
import socket
import subprocess
import unittest

from support import BIN, SystemTest

ANY_PORTS = ["--sessions", "tcp://127.0.0.1:0", "--operators", "tcp://127.0.0.1:0",
             "--bell", "tcp://127.0.0.1:0"]


class Start(SystemTest):
    def crierd(self, *arguments, expect, data=None, **environment):
        """Runs crierd until it ends by itself; returns what it said on stderr and stdout."""
        done = subprocess.run(
            [BIN / "crierd", "--data", str(data or self.folder / "data"), *arguments],
            capture_output=True, text=True, timeout=60, env={**os.environ, **environment})
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done.stderr + done.stdout

    def config(self, text):
        path = self.folder / "crierd.toml"
        path.write_text(text)
        return ["--config", str(path)]

    def test_a_setting_that_is_unknown_or_out_of_range_is_named_with_its_line(self):
        said = self.crierd(*self.config("[limits]\nsesions = 5\n"), "--check-config", expect=78)
        self.assertIn("crierd.toml:2", said)
        self.assertIn("limits.sessions", said)  # The nearest name.
        said = self.crierd(*self.config("[limits]\n\nsessions = 0\n"), "--check-config", expect=78)
        self.assertIn("crierd.toml:3", said)
        self.assertIn("must be 1 to", said)
        self.crierd("--check-config", expect=78, CRIER_LIMITS_SESSIONS="many")
        self.crierd(*self.config("[limits]\nsessions = 5\n"), "--check-config", expect=0)

    def test_the_settings_that_are_printed_read_back(self):
        printed = self.crierd("--print-config", expect=0)
        self.crierd(*self.config(printed), "--check-config", expect=0)

    def test_without_encryption_only_on_this_machine(self):
        said = self.crierd("--insecure", "--sessions", "tcp://0.0.0.0:0", expect=78)
        self.assertIn("insecure", said)

    def test_a_command_line_that_is_not_understood_is_answered_in_the_form_of_every_error(self):
        said = self.crierd("--data=", "--check-config", expect=64)
        self.assertRegex(said, r"^crierd: --data: .*\(usage_invalid, 4008\)\n$")
        self.assertFalse(pathlib.Path("--check-config").exists())
        said = self.crierd("backup", "", expect=64)
        self.assertRegex(said, r"^crierd: backup: FILE is .*\(usage_invalid, 4008\)\n$")

    def test_output_that_cannot_be_written_is_an_error(self):
        for command in (["--print-config"], ["--help"], ["--version"], ["--check-config"]):
            with open("/dev/full", "w") as full:
                done = subprocess.run([BIN / "crierd", *command], stdout=full, timeout=60,
                                      stderr=subprocess.PIPE, text=True)
            self.assertEqual(done.returncode, 74, command)
            self.assertIn("could not be written", done.stderr)

    def test_a_port_in_use_is_named(self):
        taken = socket.socket()
        self.addCleanup(taken.close)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        endpoint = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        said = self.crierd(*ANY_PORTS[2:], "--sessions", endpoint, expect=69)
        self.assertIn("in_use", said)
        self.assertIn(endpoint, said)

    def test_a_folder_that_cannot_be_made_is_named(self):
        file = self.folder / "a-file"
        file.write_text("")
        said = self.crierd(*ANY_PORTS, expect=73, data=file / "data")
        self.assertIn("a-file", said)

    def test_a_damaged_journal_is_not_guessed_at(self):
        self.start_broker()
        self.crier("send", "Salut", expect=2)
        self.broker.stop()
        database = self.broker.data / "journal.db"
        content = bytearray(database.read_bytes())
        place = content.find(b"Salut")
        self.assertGreater(place, 0)
        content[place] ^= 1
        database.write_bytes(content)
        said = self.crierd(*ANY_PORTS, expect=65)
        self.assertIn("journal_damaged", said)
        self.assertIn("table entries, record 1", said)
        self.assertIn("To set this journal aside", said)

    def test_a_journal_that_is_no_database_stops_the_start(self):
        self.start_broker()
        self.broker.stop()
        for name in ("journal.db-wal", "journal.db-shm"):
            pathlib.Path(self.broker.data / name).unlink(missing_ok=True)
        (self.broker.data / "journal.db").write_bytes(b"no database at all" * 1000)
        said = self.crierd(*ANY_PORTS, expect=65)
        self.assertIn("journal_damaged", said)
        self.assertIn("To set this journal aside", said)

    def test_it_stops_on_sigterm_with_0_and_its_endpoints_are_gone(self):
        broker = self.start_broker()
        self.assertTrue((broker.data / "endpoints.json").exists())
        self.assertEqual(broker.stop(), 0)
        self.assertFalse((broker.data / "endpoints.json").exists())

    def test_invitations_are_printed_and_kept_from_others(self):
        broker = self.start_broker()
        for kind, mode in (("sessions", 0o644), ("operators", 0o640), ("listeners", 0o640)):
            file = pathlib.Path(broker.invitation(kind))
            self.assertEqual(file.stat().st_mode & 0o777, mode)
            printed = subprocess.run([BIN / "crierd", "invite", kind, "--data", broker.data],
                                     capture_output=True, text=True, check=True).stdout
            self.assertEqual(printed.strip(), file.read_text().strip())
        for key in (broker.data / "keys").glob("*.key"):
            self.assertEqual(key.stat().st_mode & 0o777, 0o600)

    def test_a_backup_of_a_running_broker_restores(self):
        broker = self.start_broker()
        self.crier("send", "before the backup", expect=2)
        backup = self.folder / "backup"
        subprocess.run([BIN / "crierd", "backup", backup, "--data", broker.data], check=True,
                       capture_output=True, timeout=60)
        self.crier("send", "after the backup", expect=2)
        broker.stop()
        said = self.crierd("restore", str(backup), expect=73)  # There is a journal already.
        self.assertIn("journal", said)
        for file in broker.data.glob("journal.*"):
            file.unlink()
        self.crierd("restore", str(backup), expect=0)
        broker.start()
        self.assertEqual([one["text"] for one in self.crier_json("status")], ["before the backup"])


if __name__ == "__main__":
    unittest.main()
