"""What nobody may see: keys and invitations, in files, logs, command lines and core dumps."""

import os
import pathlib
import shutil
import stat
import subprocess
import time
import unittest

from support import Agent, BIN, DEADLINE_S, SystemTest

NOBODY = 65534


class Secrets(SystemTest):
    def own_program(self, name, *arguments):
        """A program that runs and waits for its standard input. Not as root, whose processes'
        files are root's in any case."""
        folder = self.folder / "programs"
        folder.mkdir(exist_ok=True)
        os.chmod(self.folder, 0o755)
        shutil.copy(BIN / name, folder / name)
        user = NOBODY if os.geteuid() == 0 else None
        process = subprocess.Popen([folder / name, *arguments], user=user,
                                   stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, cwd="/",
                                   env={**os.environ, "HOME": "/nonexistent"})
        self.addCleanup(process.stdin.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def test_no_program_can_leave_a_core_dump_or_be_read_by_others_of_its_user(self):
        data = self.folder / "own-data"
        data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(data, NOBODY, NOBODY)
        for name, *arguments in (("crier", "--invitation", "-", "health"),
                                 ("crier-agent", "--invitation", "-", "--screen", "json"),
                                 ("crierd", "--data", data, "--sessions", "tcp://127.0.0.1:0",
                                  "--operators", "tcp://127.0.0.1:0",
                                  "--bell", "tcp://127.0.0.1:0")):
            process = self.own_program(name, *arguments)
            # The system gives such a process's files to root: proc(5), "PR_SET_DUMPABLE".
            end = time.monotonic() + DEADLINE_S
            while os.stat(f"/proc/{process.pid}/environ").st_uid != 0:
                self.assertIsNone(process.poll(), name)
                self.assertLess(time.monotonic(), end, f"{name} could be dumped")

    def secrets_of(self, data):
        """Every secret of the broker as it might be written somewhere."""
        secrets = []
        for file in (data / "keys").iterdir():
            text = file.read_bytes().strip()
            if file.name != "principals" and len(text) >= 32:
                secrets.append(text)
        for file in (data / "invitations").iterdir():
            secrets.append(file.read_bytes().strip().split(b".")[2])
        self.assertGreaterEqual(len(secrets), 5)
        return secrets

    def test_secrets_are_in_files_of_their_owner_and_in_no_log_or_command_line(self):
        self.start_broker()
        secrets = self.secrets_of(self.broker.data)
        for file in (self.broker.data / "keys").iterdir():
            self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600, file)
        self.assertEqual(stat.S_IMODE((self.broker.data / "keys").stat().st_mode), 0o700)
        line = pathlib.Path(self.broker.invitation("sessions")).read_text().strip()
        agent = Agent(self.folder, line, "Vanessa")
        self.agents.append(agent)
        agent.wait_for("connected")
        self.crier("send", "Salut", "--wait", "displayed")
        command = pathlib.Path(f"/proc/{agent.process.pid}/cmdline").read_bytes()
        log = self.broker.log_text().encode()
        for secret in secrets:
            self.assertNotIn(secret, log)
            self.assertNotIn(secret, command)

    def test_a_broken_secret_is_not_printed_with_its_error(self):
        line = "crier1.operators.dGhpcyBpcyBhIHNlY3JldA"
        said = subprocess.run([BIN / "crier", "--invitation", line, "health"],
                              capture_output=True, text=True, timeout=DEADLINE_S)
        self.assertNotEqual(said.returncode, 0)
        self.assertNotIn("dGhpcyBpcyBhIHNlY3JldA", said.stdout + said.stderr)


if __name__ == "__main__":
    unittest.main()
