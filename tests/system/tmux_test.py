"""A person's terminal inside tmux, typed into and captured: an editor stays usable, beside the
agent and in front of it, and what a hostile sender writes is shown as text."""

import os
import pty
import re
import select
import subprocess
import time
import unittest

from support import BIN, DEADLINE_S, SystemTest

HOSTILE = [
    "\x1b]0;title stolen\x07\x1b[2J\x1b[31mred",
    "#(touch INJECTED) #{pid} %H:%M",
    "bidi \u202eevil\u202c end",
    "bell \x07\x07 backspace abc\x08\x08\x08xyz",
    "\x9b2J\x90payload\x9c",
]


class Tmux:
    """A tmux server of the test's own, with a terminal attached whose bytes are kept."""

    def __init__(self, folder, environment):
        self.socket = str(folder / "tmux")
        self.environment = environment
        self.run("-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "70", "sh")
        self.pid, self.terminal = None, None

    def run(self, *arguments, check=True):
        done = subprocess.run(["tmux", "-S", self.socket, *arguments], capture_output=True,
                              text=True, timeout=DEADLINE_S, env=self.environment)
        if check and done.returncode != 0:
            raise AssertionError(f"tmux {arguments}: {done.stderr}")
        return done.stdout

    def attach(self):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execvpe("tmux", ["tmux", "-S", self.socket, "attach"],
                       {**self.environment, "TERM": "xterm-256color"})
        self.bytes = b""

    def attached_text(self):
        """What the attached terminal was sent so far, without its control sequences."""
        while select.select([self.terminal], [], [], 0)[0]:
            try:
                part = os.read(self.terminal, 65536)
            except OSError:
                break
            if not part:
                break
            self.bytes += part
        return re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]|\x1b\(B", b"", self.bytes).decode(errors="replace")

    def type(self, pane, *keys):
        self.run("send-keys", "-t", pane, *keys)

    def pane(self, pane):
        return self.run("capture-pane", "-p", "-t", pane)

    def end(self):
        self.run("kill-server", check=False)
        if self.pid is not None:
            os.close(self.terminal)
            os.waitpid(self.pid, 0)


class TmuxTerminals(SystemTest):

    def setUp(self):
        super().setUp()
        self.start_broker()
        environment = {**os.environ, "XDG_RUNTIME_DIR": str(self.folder), "HOME": str(self.folder),
                       "LC_ALL": "C.UTF-8", "PS1": "$ "}
        for name in ("TMUX", "TMUX_PANE", "DISPLAY", "WAYLAND_DISPLAY"):
            environment.pop(name, None)
        self.tmux = Tmux(self.folder, environment)
        self.command = f"{BIN}/crier-agent --invitation {self.broker.invitation('sessions')}"

    def tearDown(self):
        self.tmux.end()  # Before its folder goes.
        super().tearDown()

    def until(self, what, is_so):
        end = time.monotonic() + DEADLINE_S
        while True:
            found = is_so()
            if found:
                return found
            self.assertLess(time.monotonic(), end, what + ":\n" + self.tmux.pane(":.0"))

    def until_pane(self, pane, text):
        self.until(f"{text!r} in pane {pane}", lambda: text in self.tmux.pane(pane))

    def test_an_editor_in_the_next_pane_stays_usable(self):
        self.tmux.type(":.0", self.command, "Enter")
        self.until_pane(":.0", "Connected.")
        self.tmux.run("split-window", "-h", "-t", ":.0", f"vi -u NONE -n {self.folder}/text")
        self.tmux.type(":.1", "i", "before ")
        self.until_pane(":.1", "before")
        message = self.crier_json("send", "--style", "alert", "Please log off.",
                                  "--wait", "displayed")["id"]
        self.until_pane(":.0", "Please log off.")
        self.tmux.type(":.1", "after", "Escape", ":wq", "Enter")
        text = self.folder / "text"  # Made first, then written.
        self.until("the editor's file", lambda: text.exists() and text.read_text())
        self.assertEqual(text.read_text(), "before after\n")
        self.tmux.type(":.0", "Enter")
        self.until_status(message, lambda status: status["tally"]["acknowledged"] == 1)

    def test_an_editor_in_front_is_not_painted_over(self):
        self.tmux.attach()
        self.tmux.type(":.0", self.command + " &", "Enter")
        self.until_pane(":.0", "Connected.")
        self.tmux.type(":.0", f"vi -u NONE -n {self.folder}/text", "Enter")
        self.until("the editor", lambda: self.tmux.run(
            "display-message", "-p", "-t", ":.0", "#{alternate_on}").strip() == "1")
        self.tmux.type(":.0", "i", "my text")
        self.until_pane(":.0", "my text")
        before = self.tmux.pane(":.0")
        message = self.crier_json("send", "Maintenance at 22:00 #{pid} %H", "--severity", "warning",
                                  "--wait", "displayed")["id"]
        self.until("the status line", lambda: "WARNING, operator: Maintenance at 22:00 #{pid} %H"
                   in self.tmux.attached_text())
        self.assertEqual(self.tmux.pane(":.0"), before)
        status = self.crier_json("status", message)
        self.assertEqual(status["sessions"][0]["cause"], "on the status line of tmux")
        self.tmux.type(":.0", "Escape", ":q!", "Enter")
        self.until_pane(":.0", "Maintenance at 22:00")

    def test_each_message_stands_long_enough_to_be_read(self):
        self.tmux.attach()
        self.tmux.type(":.0", self.command + " &", "Enter")
        self.until_pane(":.0", "Connected.")
        self.tmux.type(":.0", f"vi -u NONE -n {self.folder}/text", "Enter")
        self.until("the editor", lambda: self.tmux.run(
            "display-message", "-p", "-t", ":.0", "#{alternate_on}").strip() == "1")
        first = self.crier_json("send", "First of three", "--wait", "displayed")["id"]
        second = self.crier_json("send", "Second of three")["id"]
        third = self.crier_json("send", "Third of three")["id"]
        held = self.until_status(third, lambda status: status["tally"]["suppressed"] == 1)
        self.assertEqual(held["sessions"][0]["cause"], "another program has the terminal")
        self.assertEqual(self.crier_json("status", first)["tally"]["displayed"], 1)
        self.crier("recall", third)
        self.until_status(second, lambda status: status["tally"]["displayed"] == 1)
        self.tmux.type(":.0", ":q!", "Enter")
        self.until_pane(":.0", "Second of three")
        self.assertNotIn("Third of three", self.tmux.pane(":.0"))

    def test_without_a_terminal_attached_nobody_has_seen_it(self):
        self.tmux.type(":.0", self.command + " &", "Enter")
        self.until_pane(":.0", "Connected.")
        self.tmux.type(":.0", f"vi -u NONE -n {self.folder}/text", "Enter")
        self.until("the editor", lambda: self.tmux.run(
            "display-message", "-p", "-t", ":.0", "#{alternate_on}").strip() == "1")
        message = self.crier_json("send", "Is anybody there?")["id"]
        held = self.until_status(message, lambda status: status["tally"]["suppressed"] == 1)
        self.assertEqual(held["sessions"][0]["cause"], "no terminal is attached to tmux")
        self.tmux.type(":.0", ":q!", "Enter")
        self.until_status(message, lambda status: status["tally"]["displayed"] == 1)

    def test_what_is_over_behind_an_editor_is_not_shown_after_it(self):
        script = self.folder / "acknowledge"
        script.write_text("#!/bin/sh\n[ \"$CRIER_STYLE\" != alert ] || "
                          "echo '{\"acknowledge\":true}'\n")
        script.chmod(0o700)
        self.tmux.attach()
        self.tmux.type(":.0", f"{self.command} --screen command,terminal --command {script} &",
                       "Enter")
        self.until_pane(":.0", "Connected.")
        self.tmux.type(":.0", f"vi -u NONE -n {self.folder}/text", "Enter")
        self.until("the editor", lambda: self.tmux.run(
            "display-message", "-p", "-t", ":.0", "#{alternate_on}").strip() == "1")
        self.crier("send", "Read elsewhere.", "--style", "alert", "--wait", "acknowledged")
        message = self.crier_json("send", "A mistake.", "--wait", "displayed")["id"]
        self.crier("recall", message)
        self.crier("send", "The last one.", "--wait", "displayed")
        self.tmux.type(":.0", ":q!", "Enter")
        self.until_pane(":.0", "The last one.")
        self.assertNotIn("Read elsewhere.", self.tmux.pane(":.0"))
        self.assertNotIn("A mistake.", self.tmux.pane(":.0"))

    def test_hostile_texts_are_shown_as_text(self):
        self.tmux.type(":.0", f"cd {self.folder}; " + self.command, "Enter")
        self.until_pane(":.0", "Connected.")
        def title_of_pane():
            return self.tmux.run("display-message", "-p", "-t", ":.0", "#{pane_title}")
        title = title_of_pane()
        for number, text in enumerate(HOSTILE):
            self.crier("send", "--title", f"number {number}", f"{text} end of {number}",
                       "--wait", "displayed")
            self.until_pane(":.0", f"end of {number}")
        self.assertIn("number 0", self.tmux.pane(":.0"))  # Nothing has cleared the screen.
        self.assertEqual(title_of_pane(), title)
        self.tmux.attach()
        self.tmux.type(":.0", "C-z")
        self.tmux.type(":.0", "bg; vi -u NONE -n text", "Enter")
        self.until("the editor", lambda: self.tmux.run(
            "display-message", "-p", "-t", ":.0", "#{alternate_on}").strip() == "1")
        for text in HOSTILE[:2]:  # Each stands there for a while.
            self.crier("send", text, "--wait", "displayed")
        self.until("the status line", lambda: "#(touch INJECTED)" in self.tmux.attached_text())
        self.assertFalse((self.folder / "INJECTED").exists())


if __name__ == "__main__":
    unittest.main()
