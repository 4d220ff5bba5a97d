"""Programs of strangers, written from PROTOCOL.md in Python, against the real broker."""

import pathlib
import subprocess
import sys
import unittest

from support import DEADLINE_S, Lines, SystemTest

HERE = pathlib.Path(__file__).parent


class Strangers(SystemTest):
    def setUp(self):
        super().setUp()
        self.start_broker()
        self.programs = []

    def tearDown(self):
        for program in self.programs:
            program.kill()
            program.wait()
            program.stdout.close()
        super().tearDown()

    def run_program(self, name, *arguments):
        program = subprocess.Popen([sys.executable, HERE / name, *arguments],
                                   stdout=subprocess.PIPE, text=True)
        program.lines = Lines(program.stdout)
        self.programs.append(program)
        return program

    def test_a_session_in_python_receives_and_reports_over_curve(self):
        stranger = self.run_program("stranger_session.py", self.broker.invitation("sessions"),
                                    "Vanessa", "2")
        connected = stranger.lines.wait_until(lambda lines: lines and lines[0].split())
        self.crier("send", "À tous", "--wait", "displayed")
        self.crier("send", "-s", connected[1], "Salut Vanessa", "--wait", "displayed")
        self.assertEqual(stranger.wait(DEADLINE_S), 0)
        stranger.lines.thread.join()
        self.assertEqual(stranger.lines.all[1:], ["all À tous\n", "session Salut Vanessa\n"])
        self.assertEqual(self.crier_json("sessions"), [])

    def test_five_lines_of_python_hear_all_and_another_five_one_session(self):
        agent = self.agent("Vanessa")
        listeners = self.broker.invitation("listeners")
        everything = self.run_program("stranger_listener.py", listeners, "1")
        hers = self.run_program("stranger_listener.py", listeners, "1", "session/" + agent.id)
        for program in (everything, hers):
            program.lines.wait_until(lambda lines: "hears\n" in lines)
        # A subscription travels after the handshake; a message may be sent before it has arrived.
        for program, target in ((everything, ["--all"]), (hers, ["-s", agent.id])):
            while program.poll() is None:
                self.crier("send", "Salut", *target, "--wait", "displayed")
            program.lines.thread.join()
            self.assertEqual(program.lines.all[1:], ["Salut\n"])


if __name__ == "__main__":
    unittest.main()
