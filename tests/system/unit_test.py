"""The units: what systemd says of them, and that the programs do their work under what they allow,
as far as that can be had without systemd being the first process (see sandbox.py)."""

import json
import os
import pathlib
import pwd
import re
import shutil
import subprocess
import unittest

import deployed_cluster_test
import sandbox
import support
from support import BIN, DEADLINE_S, Broker, SystemTest

DEPLOY = pathlib.Path(__file__).resolve().parents[2] / "deploy"
UNIT = DEPLOY / "units" / "crierd.service"
NATS_UNIT = DEPLOY / "units" / "crier-nats.service"
BLOCKED = -31  # SIGSYS
ROOT = os.geteuid() == 0


class Units(SystemTest):
    def analyze(self, *words):
        done = subprocess.run(["systemd-analyze", "--no-pager", *words], capture_output=True,
                              text=True, timeout=DEADLINE_S,
                              env={**os.environ, "XDG_RUNTIME_DIR": str(self.folder)})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done

    def placed(self, unit):
        """A copy whose programs are there."""
        text = unit.read_text().replace("/usr/bin/crier", f"{BIN}/crier")
        copy = self.folder / unit.name
        copy.write_text(text.replace("/usr/sbin/nats-server", shutil.which("nats-server") or
                                     str(BIN / "crierd")))
        return copy

    def test_systemd_finds_nothing_wrong_in_them(self):
        for name, scope in (("crierd.service", "--system"), ("crier-nats.service", "--system"),
                            ("crier-agent.service", "--user")):
            unit = self.placed(DEPLOY / "units" / name)
            done = self.analyze("verify", "--man=no", scope, unit)
            self.assertEqual([line for line in done.stderr.splitlines() if unit.name in line], [])

    def test_the_services_are_exposed_to_little(self):
        for unit in (UNIT, NATS_UNIT):
            self.analyze("security", "--offline=true", "--threshold=20", unit)

    def test_the_group_has_a_name_that_no_account_has(self):
        """systemd refuses a dynamic account with the name of a group that is in /etc/group."""
        root = self.folder / "root"
        (root / "etc/sysusers.d").mkdir(parents=True)
        shutil.copy(DEPLOY / "units" / "crier.conf", root / "etc/sysusers.d")
        subprocess.run(["systemd-sysusers", f"--root={root}"], check=True, capture_output=True)
        self.assertRegex((root / "etc/group").read_text(), r"(?m)^crier:")
        settings = sandbox.settings_of(UNIT)
        self.assertEqual(settings["Group"], ["crier"])
        self.assertNotEqual(settings["User"], ["crier"])

    def test_a_broker_of_a_cluster_gets_its_secrets_from_systemd(self):
        given = sandbox.settings_of(DEPLOY / "cluster" / "cluster.conf")["LoadCredential"]
        named = re.findall(r'"/run/credentials/crierd\.service/(.*)"',
                           (DEPLOY / "cluster" / "crierd.toml").read_text())
        self.assertEqual(sorted(name.split(":")[0] for name in given), sorted(named))
        folder = self.folder / "crierd.service.d"
        folder.mkdir()
        shutil.copy(DEPLOY / "cluster" / "cluster.conf", folder)
        done = self.analyze("verify", "--man=no", self.placed(UNIT))
        self.assertNotIn("cluster.conf", done.stderr)


class Confined(Broker):
    """A crierd that has the rights of its unit; as root also another account's, and only its own
    folder. It finds its folders as systemd names them."""

    def start(self):
        self.data.mkdir(mode=0o700, exist_ok=True)
        if ROOT and not self.endpoints:
            os.chown(self.data, sandbox.ACCOUNT, sandbox.ACCOUNT)
        self.folder.chmod(0o711)
        before = os.umask(0)  # That account must reach the socket for notices.
        super().start()
        os.umask(before)

    @property
    def wrapper(self):
        return sandbox.wrapper(UNIT, writable=self.data if ROOT else None, is_other_account=ROOT)


class ConfinedBroker(SystemTest):
    def setUp(self):
        super().setUp()
        self.broker = Confined(self.folder, "--sessions", "ipc")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.folder = self.folder / "own"  # Agents want one that nobody else may enter.
        self.folder.mkdir(mode=0o700)

    def crierd(self, *words):
        """As root runs it, with all its rights, while the broker has few."""
        done = subprocess.run([BIN / "crierd", *words, "--data", self.broker.data], text=True,
                              capture_output=True, timeout=DEADLINE_S)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def test_a_call_that_the_unit_does_not_allow_is_told_from_one_that_it_does(self):
        command = [*self.broker.wrapper, "/usr/bin/python3", "-c"]
        self.assertEqual(subprocess.run([*command, "import os; os.getpid()"]).returncode, 0)
        for refused in ("import os; os.chroot('/')", "import socket; socket.socket(17, 3)",
                        "import mmap; mmap.mmap(-1, 9, prot=7)"):
            self.assertEqual(subprocess.run([*command, refused]).returncode, BLOCKED, refused)

    def test_it_does_its_work(self):
        by_ipc = self.agent("Vanessa")
        self.crier("send", "By ipc and TCP", "--wait", "displayed")
        asking = self.crier_beside("ask", "Now?", "--choice", "now", "--choice", "later")
        question = by_ipc.wait_for("message", 2)[1]["id"]
        by_ipc.answer(question, 2)
        self.until_status(question, lambda status: status["tally"]["answered"] == 1)
        self.crier("close", question)
        self.assertIn("later\t1", asking.communicate(timeout=DEADLINE_S)[0])
        self.crier("audit", "verify")
        self.agent(None)
        account = pwd.getpwuid(os.geteuid()).pw_name
        known = next(one for one in self.crier_json("sessions") if one["system_user_verified"])
        self.assertEqual(known["system_user"], account)
        self.assertEqual(self.broker.stop(), 0)
        self.broker.start()
        self.crier("send", "After its restart", "--wait", "displayed", "--timeout", "30s")
        self.assertEqual(by_ipc.texts()[-1], "After its restart")
        self.assertEqual(self.broker.stop(), 0)

    def test_root_backs_it_up_and_restores_it_and_invites_others_to_it(self):
        self.crier("send", "before the backup", expect=2)
        running, stopped = self.folder / "running", self.folder / "stopped"
        self.crierd("backup", running)
        for kind in ("sessions", "operators", "listeners"):
            file = pathlib.Path(self.broker.invitation(kind))
            self.assertEqual(self.crierd("invite", kind), file.read_text().strip())
        self.assertTrue(self.crierd("invite", "brokers").startswith("crier1.brokers."))
        self.assertEqual(self.broker.stop(), 0)
        self.crierd("backup", stopped)
        for backup in (running, stopped):
            self.assertEqual(backup.stat().st_mode & 0o777, 0o600)
            self.assertEqual(backup.stat().st_uid, os.geteuid())
            for file in self.broker.data.glob("journal.*"):
                file.unlink()
            self.crierd("restore", backup)
            self.broker.start()
            self.assertEqual([one["text"] for one in self.crier_json("status")],
                             ["before the backup"])
            self.assertEqual(self.broker.stop(), 0)
        self.assertEqual([file.name for file in self.broker.data.glob("backup*")], [])

    def test_it_finds_its_folders_and_settings_as_systemd_names_them(self):
        self.assertEqual(self.broker.stop(), 0)
        folders = {name: self.broker.data / name / "crier" for name in ("etc", "state", "run")}
        for folder in folders.values():
            folder.mkdir(parents=True)
            for made in (folder, folder.parent):
                if ROOT:
                    os.chown(made, sandbox.ACCOUNT, sandbox.ACCOUNT)
        (folders["etc"] / "crierd.toml").write_text(
            'sessions.endpoints = ["ipc"]\nbell.endpoints = []\n'
            'operators.endpoints = ["tcp://127.0.0.1:0"]\n')
        (folders["etc"] / "crierd.toml").chmod(0o644)
        process = subprocess.Popen(
            [*self.broker.wrapper, BIN / "crierd"], stderr=subprocess.PIPE, text=True,
            env={**os.environ, "CONFIGURATION_DIRECTORY": str(folders["etc"]),
                 "STATE_DIRECTORY": str(folders["state"]),
                 "RUNTIME_DIRECTORY": str(folders["run"])})
        lines = support.Lines(process.stderr)
        lines.wait_until(lambda all_lines: any("event=serving" in one for one in all_lines))
        self.assertTrue((folders["state"] / "journal.db").exists())
        self.assertEqual(json.loads((folders["run"] / "endpoints.json").read_text())["sessions"],
                         [f"ipc://{folders['run']}/sessions.socket"])
        process.terminate()
        self.assertEqual(process.wait(DEADLINE_S), 0)
        lines.thread.join(DEADLINE_S)
        process.stderr.close()


class ConfinedCluster(deployed_cluster_test.DeployedCluster):
    """Brokers and NATS servers of a cluster, with certificates and keys."""

    test_who_has_no_key_or_no_certificate_is_not_let_in = None
    test_a_server_that_shows_the_certificate_of_another_is_not_believed = None
    server_wrapper = sandbox.wrapper(NATS_UNIT)

    def setUp(self):
        super().setUp()
        Broker.wrapper = sandbox.wrapper(UNIT)
        self.addCleanup(setattr, Broker, "wrapper", ())


if __name__ == "__main__":
    unittest.main()
