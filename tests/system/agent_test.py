"""crier-agent's own commands, and its screens that need no desktop."""

import json
import os
import signal
import subprocess
import time
import unittest

from support import BIN, DEADLINE_S, Agent, SystemTest


class AgentTools(SystemTest):

    def setUp(self):
        super().setUp()
        self.start_broker()
        self.home = {"XDG_RUNTIME_DIR": str(self.folder), "HOME": str(self.folder)}
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "JOURNAL_STREAM"):
            value = os.environ.pop(name, None)
            if value is not None:
                self.addCleanup(os.environ.__setitem__, name, value)

    def run_agent(self, *arguments, expect=0, **environment):
        done = subprocess.run([BIN / "crier-agent", *arguments], capture_output=True, text=True,
                              timeout=DEADLINE_S, env={**os.environ, **self.home, **environment})
        self.assertEqual(done.returncode, expect, f"{arguments}\n{done.stdout}\n{done.stderr}")
        return done

    def start_agent(self, *arguments, sessions=1, **environment):
        process = subprocess.Popen(
            [BIN / "crier-agent", "--invitation", self.broker.invitation("sessions"),
             "--user", "vanessa", *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd=self.folder,
            env={**os.environ, **self.home, **environment})
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.until_sessions(sessions)
        return process

    def until_sessions(self, count):
        self.until(f"{count} sessions", lambda: len(self.crier_json("sessions")) == count)

    def until(self, what, is_so):
        end = time.monotonic() + DEADLINE_S
        while not is_so():  # Each look starts a program or asks the broker, and so takes a while.
            self.assertLess(time.monotonic(), end, f"in vain: {what}")

    def script(self, text):
        file = self.folder / "show.sh"
        file.write_text("#!/bin/sh\n" + text)
        file.chmod(0o700)
        return str(file)

    def session_of(self, message):
        return self.crier_json("status", message)["sessions"][0]

    def test_status_tells_of_the_agents_that_run(self):
        self.assertEqual(self.run_agent("status", expect=1).stdout, "No agent of this user runs.\n")
        agent = self.start_agent("--screen", "log", "--log", "messages.log")
        self.crier("send", "Hello", "--wait", "displayed")
        text = self.run_agent("status").stdout
        self.assertIn(f"Agent, process {agent.pid}\n", text)
        self.assertIn("connected, since", text)
        self.assertIn("1 displayed, 0 held back, 0 failed", text)
        agent.kill()
        agent.wait()
        self.run_agent("status", expect=1)

    def test_a_second_agent_on_a_desktop_says_so_and_ends(self):
        first = self.start_agent("--screen", "window,log", "--log", "messages.log", DISPLAY=":77")
        done = self.run_agent("--invitation", self.broker.invitation("sessions"),
                              "--screen", "desktop", expect=6, DISPLAY=":77")
        self.assertIn(f"another agent serves this login session (display :77): process {first.pid}",
                      done.stderr)
        # Another display is another login session.
        self.start_agent("--screen", "window,log", "--log", "other.log", sessions=2,
                         DISPLAY=":78")

    def test_doctor_says_what_works_and_why_the_rest_does_not(self):
        log = str(self.folder / "messages.log")
        done = self.run_agent("doctor", "--screen", "window:desktop,log,command", "--log", log,
                              "--command", self.script("exit 3"), expect=7)
        rows = [line.split(None, 2) for line in done.stdout.splitlines() if line.startswith("  ")]
        found = {row[0]: " ".join(row[1:]) for row in rows}
        self.assertEqual(found["window"], "fails there is no display")
        self.assertTrue(found["desktop"].startswith("fails there is no session bus"))
        self.assertIn("exit status 3", found["command"])
        self.assertEqual(found["log"], f"works {log}")
        self.assertIn("messages are not displayed", done.stdout)
        done = self.run_agent("doctor", "--screen", "command", "--command", self.script("exit 0"))
        self.assertIn("Messages can be seen here.", done.stdout)

    def test_a_command_shows_acknowledges_and_is_told_of_changes(self):
        told = self.folder / "told"
        self.start_agent("--screen", "command", "--command", self.script(
            f"cat >> {told}\n"
            "[ \"$CRIER_STYLE\" = alert ] && echo '{\"acknowledge\":true}'\nexit 0\n"))
        self.crier("send", "First", "--wait", "displayed")
        self.crier("send", "--style", "alert", "Second", "--wait", "acknowledged")
        message = self.crier_json("send", "Third", "--wait", "displayed")["id"]
        self.crier("update", message, "Third again", "--wait", "displayed")
        self.crier("recall", message)
        self.until("the recall", lambda: '"cause":"recalled"' in told.read_text() and
                   self.crier_json("sessions"))
        events = [json.loads(line)["event"] for line in told.read_text().splitlines()]
        self.assertEqual(sorted(events), ["changed", "message", "message", "message", "removed"])

    def test_what_a_command_cannot_show_the_next_screen_does_and_the_receipt_says_so(self):
        self.start_agent("--screen", "command:log", "--command", self.script("exit 9"),
                         "--log", "messages.log")
        message = self.crier_json("send", "Hello", "--wait", "displayed")["id"]
        cause = self.session_of(message)["cause"]
        self.assertTrue(cause.startswith("on record only, for command: "), cause)
        self.assertTrue(cause.endswith("show.sh: exit status 9"), cause)
        self.assertIn("Hello", (self.folder / "messages.log").read_text())

    def test_a_listener_takes_off_what_is_over_also_without_a_broker(self):
        listener = Agent(self.folder, self.broker.invitation("listeners"), "vanessa", "--bell")
        self.agents.append(listener)
        listener.wait_for("connected")
        self.crier("send", "--expires", "2s", "While there is a broker")
        listener.wait_for("removed")
        self.crier("send", "--expires", "2s", "And while there is none")
        listener.wait_for("message", 2)
        self.broker.kill()
        listener.wait_for("removed", 2)
        causes = [event["cause"] for event in listener.events("removed")]
        self.assertEqual(causes, ["expired", "expired"])

    def test_a_full_disk_is_no_record(self):
        self.start_agent("--screen", "log", "--log", "/dev/full")
        message = self.crier_json("send", "Hello")["id"]
        status = self.until_status(message, lambda one: one["tally"]["failed"] == 1)
        self.assertIn("No space left", status["sessions"][0]["cause"])

    def test_a_killed_agent_shows_again_only_what_still_asks(self):
        log = self.folder / "messages.log"
        agent = self.start_agent("--screen", "log", "--log", str(log))
        self.crier("send", "Only told", "--wait", "displayed")
        self.crier("send", "--style", "alert", "Still asks", "--wait", "displayed")
        agent.send_signal(signal.SIGKILL)
        agent.wait()
        self.start_agent("--screen", "log", "--log", str(log))
        self.crier("send", "Later", "--wait", "displayed")
        text = log.read_text()
        self.assertEqual(text.count("Only told"), 1)
        self.assertEqual(text.count("Still asks"), 2)
        self.assertIn("(again): Still asks", text)


if __name__ == "__main__":
    unittest.main()
