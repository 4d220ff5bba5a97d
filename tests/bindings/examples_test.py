"""The programs of subscriber/examples, with a real broker and the operator's command."""

import os
import pathlib
import subprocess
import sys
import unittest

from bindings_support import PRELOADED, SOURCE
from support import DEADLINE_S, Lines, SystemTest

EXAMPLES = pathlib.Path(os.environ["CRIER_EXAMPLES"])
MAINTENANCE = "Une opération de maintenance est prévue à 22h.\nVeuillez vous déconnecter."


class ExampleTest(SystemTest):
    def setUp(self):
        super().setUp()
        self.start_broker()

    def start(self, *command, environment=None):
        """The example as Vanessa's session."""
        process = subprocess.Popen(
            [*command, self.broker.invitation("sessions"), "Vanessa"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})})
        self.addCleanup(process.stdin.close)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def session(self, count=1):
        """The one that there is; waits until there is one, or none."""
        return self.until(lambda: self.crier_json("sessions"), lambda found: len(found) == count)

    def until(self, ask, is_enough):
        for _ in range(2_000):  # Each asks the broker, and so takes a while.
            found = ask()
            if is_enough(found):
                return found
        raise AssertionError(f"asked in vain; the last answer: {found}")

    def state(self, message):
        return self.crier_json("status", message)["sessions"][0]


class OfATerminal:
    """What the three that print and read lines have in common."""

    def command(self):
        raise NotImplementedError

    def setUp(self):
        super().setUp()
        command, environment = self.command()
        self.program = self.start(*command, environment=environment)
        self.lines = Lines(self.program.stdout)
        self.addCleanup(self.lines.thread.join, DEADLINE_S)
        self.addCleanup(self.program.kill)
        self.wait_for("connected")

    def wait_for(self, *wanted):
        """Until these lines are the last ones."""
        self.lines.wait_until(
            lambda lines: [line.rstrip("\n") for line in lines[-len(wanted):]] == [*wanted])

    def type(self, line):
        self.program.stdin.write(line + "\n")
        self.program.stdin.flush()

    def test_a_message_is_shown_and_acknowledged(self):
        sent = self.crier_json("send", MAINTENANCE, "--wait", "displayed")
        self.assertEqual(sent["tally"]["displayed"], 1)
        self.wait_for(*("operator: " + MAINTENANCE).split("\n"))
        self.type("")
        self.wait_for("done")
        self.until_status(sent["id"], lambda status: status["tally"]["acknowledged"] == 1 and
                          status["removed"] == 1)

    def test_a_question_is_answered_and_a_number_that_is_no_choice_is_not(self):
        asking = self.crier_beside("ask", "Log off now?", "--choice", "now", "--choice", "later",
                                   "--json")
        self.wait_for("operator: Log off now?", "  1  now", "  2  later")
        self.type("3")
        self.type("2")
        self.wait_for("done")
        self.assertEqual(asking.wait(DEADLINE_S), 0)
        self.assertIn('{"choice":"later","count":1}', asking.stdout.read())

    def test_an_update_is_shown_and_a_recall_takes_it_off(self):
        message = self.crier_json("send", "At 22:00", "--wait", "displayed")["id"]
        self.crier("update", message, "At 23:00", "--wait", "displayed")
        self.wait_for("operator: At 23:00")
        self.assertEqual(self.crier_json("recall", message)["removed"], 1)
        self.wait_for("recalled")
        self.type("")  # There is nothing to acknowledge any more.
        later = self.crier_json("send", "Later", "--wait", "displayed")["id"]
        self.assertEqual(self.state(later)["state"], "displayed")

    def test_nothing_in_a_text_moves_the_cursor(self):
        self.crier("send", "a\x1b[2Jb\u009bc\nd", "--wait", "displayed")
        self.wait_for("operator: a?[2Jb?c", "d")

    def test_it_says_goodbye_when_its_input_ends(self):
        self.program.stdin.close()
        self.assertEqual(self.program.wait(DEADLINE_S), 0)
        self.assertEqual(self.crier_json("sessions"), [])

    def test_it_ends_when_an_operator_ends_it(self):
        self.crier("drop", "--all")
        self.program.wait(DEADLINE_S)
        self.session(0)

    def test_it_says_that_there_is_no_broker_and_comes_back(self):
        self.broker.kill()
        self.lines.wait_until(lambda lines: lines[-1].startswith("not connected: "))
        self.broker.start()
        self.wait_for("connected")


class Console(OfATerminal, ExampleTest):
    def command(self):
        return [EXAMPLES / "crier-console"], None


class Poll(OfATerminal, ExampleTest):
    def command(self):
        return [EXAMPLES / "crier-poll"], None


class Asyncio(OfATerminal, ExampleTest):
    def command(self):
        program = SOURCE / "subscriber/examples/asyncio/watch.py"
        return [sys.executable, "-B", program], PRELOADED


class Banner(ExampleTest):
    """On a screen of its own, which nobody else looks at; clicks and keys come from xdotool."""

    def setUp(self):
        super().setUp()
        readable, written = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(written), "-screen", "0", "640x480x24", "-nolisten", "tcp"],
            pass_fds=[written], stderr=subprocess.DEVNULL)
        self.addCleanup(self.server.wait)
        self.addCleanup(self.server.kill)
        os.close(written)
        with os.fdopen(readable) as display:  # Which number was free, once it serves.
            self.display = ":" + display.readline().strip()
        # What Qt and its libraries keep until the end is no leak of ours.
        self.program = self.start(EXAMPLES / "crier-banner", environment={
            "DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb", "ASAN_OPTIONS": "detect_leaks=0"})
        self.session()
        self.window = self.until(lambda: self.xdotool(
            "search", "--onlyvisible", "--name", "^The program$"), bool).split()[0]
        self.xdotool("windowfocus", "--sync", self.window)

    def xdotool(self, *arguments):
        return subprocess.run(["xdotool", *arguments], capture_output=True, text=True,
                              timeout=DEADLINE_S,
                              env={**os.environ, "DISPLAY": self.display}).stdout

    def click(self, is_done):
        """On the button, which is somewhere above the middle."""
        places = ((x, y) for _ in range(50) for y in range(20, 160, 12) for x in (100, 240, 380))
        for x, y in places:
            self.xdotool("mousemove", "--window", self.window, str(x), str(y), "click", "1")
            if is_done():
                return
        raise AssertionError("clicked in vain")

    def test_a_message_is_painted_and_its_button_acknowledges_it(self):
        sent = self.crier_json("send", MAINTENANCE, "--wait", "displayed")
        self.assertEqual(sent["tally"]["displayed"], 1)
        self.click(lambda: self.state(sent["id"])["state"] == "acknowledged")
        self.until_status(sent["id"], lambda status: status["removed"] == 1)

    def test_what_waits_behind_another_is_not_displayed(self):
        first = self.crier_json("send", "First", "--wait", "displayed")["id"]
        second = self.crier_json("send", "Second", "--wait", "delivered")["id"]
        self.assertEqual(self.state(second)["state"], "delivered")
        self.crier("recall", first)
        self.until_status(second, lambda status: status["tally"]["displayed"] == 1)

    def test_a_window_that_nobody_sees_displays_nothing(self):
        self.xdotool("windowunmap", "--sync", self.window)
        message = self.crier_json("send", "Hidden", "--wait", "delivered")["id"]
        self.crier("send", "Behind it", "--wait", "delivered")  # The loop has gone on since.
        self.assertEqual(self.state(message)["state"], "delivered")
        self.xdotool("windowmap", "--sync", self.window)
        self.until_status(message, lambda status: status["tally"]["displayed"] == 1)

    def test_a_question_is_answered_by_a_key(self):
        asking = self.crier_beside("ask", "Now?", "--choice", "R&D first", "--choice", "&no",
                                   "--json")
        question = self.until(lambda: self.crier_json("status"), bool)[0]["id"]
        self.until_status(question, lambda status: status["tally"]["displayed"] == 1)
        self.xdotool("key", "alt+2")
        self.assertEqual(asking.wait(DEADLINE_S), 0)
        self.assertIn('{"choice":"&no","count":1}', asking.stdout.read())

    def test_it_ends_when_an_operator_ends_it(self):
        self.crier("drop", "--all")
        self.assertEqual(self.program.wait(DEADLINE_S), 1)


class Borrow(ExampleTest):
    """Screens of crier-agent in another program."""

    def setUp(self):
        super().setUp()
        self.show = self.folder / "show"
        self.show.write_text("#!/bin/sh\n"
                             "[ $CRIER_EVENT = message ] || exit 0\n"
                             "echo '{\"state\":\"displayed\"}'\n"
                             "[ -z \"$CRIER_CHOICES\" ] || echo '{\"answer\":2}'\n")
        self.show.chmod(0o700)

    def borrow(self, screens):
        process = subprocess.Popen(
            [EXAMPLES / "crier-borrow", self.broker.invitation("sessions"), "Vanessa", screens],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=self.folder)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        lines = Lines(process.stdout)
        self.addCleanup(lines.thread.join, DEADLINE_S)
        self.addCleanup(process.kill)
        lines.wait_until(lambda found: "connected\n" in found)
        return process

    def test_a_record_is_kept_and_what_cannot_be_shown_is_told(self):
        process = self.borrow("log")
        self.crier("send", MAINTENANCE, "--wait", "displayed")
        self.assertIn("prévue à 22h.\n    Veuillez", (self.folder / "borrow.log").read_text())
        process.stdin.close()
        self.assertEqual(process.wait(DEADLINE_S), 0)

    def test_the_reason_why_nothing_is_seen_reaches_the_operator(self):
        environment = {name: os.environ.pop(name) for name in
                       ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR")
                       if name in os.environ}
        self.addCleanup(os.environ.update, environment)
        self.borrow("window,log")
        sent = self.crier_json("send", "Hello", "--wait", "displayed")["id"]
        self.assertEqual(self.state(sent)["cause"],
                         "on record only, for window: there is no display")

    def test_a_screen_of_its_own_is_refused_that_belongs_to_the_program(self):
        done = subprocess.run([EXAMPLES / "crier-borrow", "x", "u", "terminal"],
                              capture_output=True, text=True, timeout=DEADLINE_S)
        self.assertEqual(done.returncode, 1)
        self.assertIn("crier-agent's own", done.stderr)


if __name__ == "__main__":
    unittest.main()
