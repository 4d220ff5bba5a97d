"""The C interface: programs in C at a real broker, and what the library shows of itself."""

import os
import re
import subprocess
import textwrap
import unittest

from bindings_support import HEADERS, SOURCE, header_text
from support import BIN, DEADLINE_S, Lines, SystemTest
from tickets import configuration, ticket_for


class Programs(SystemTest):
    def test_a_program_in_c_does_the_main_job(self):
        self.assertIn("did the main job", self.run_with("c_program", "operators", "sessions",
                                                        "listeners"))

    def test_a_program_in_c_plans_asks_and_drops(self):
        self.assertIn("followed the plan", self.run_with("c_plan", "operators", "sessions"))

    def run_with(self, program, *invitations):
        broker = self.start_broker()
        done = subprocess.run([BIN / program, *map(broker.invitation, invitations)],
                              capture_output=True, text=True, timeout=3 * DEADLINE_S)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout


class TicketProgram:
    """c_ticket, and what it prints: lines of words, the first of which says what they are."""

    def __init__(self, broker, key_file, how):
        self.process = subprocess.Popen(
            [BIN / "c_ticket", broker.invitation("sessions"), key_file, how],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lines = Lines(self.process.stdout)

    def told(self, kind):
        with self.lines.changed:
            return [line.split()[1:] for line in self.lines.all if line.startswith(kind + " ")]

    def wait_for(self, kind, count=1):
        """What it was told the `count`th time."""
        self.lines.wait_until(lambda _: len(self.told(kind)) >= count)
        return self.told(kind)[count - 1]

    def use(self, ticket):
        """Returns what came of it."""
        before = len(self.told("used"))
        self.process.stdin.write(ticket + "\n")
        self.process.stdin.flush()
        return self.wait_for("used", before + 1)[0]

    def end(self):
        """Returns its exit code."""
        if not self.process.stdin.closed:
            self.process.stdin.close()
        code = self.process.wait(DEADLINE_S)
        self.lines.thread.join(DEADLINE_S)
        self.process.stdout.close()
        return code


class Tickets(SystemTest):
    def setUp(self):
        super().setUp()
        self.start_broker("--config", configuration(self.folder, "invited = false"))

    def program(self, how):
        program = TicketProgram(self.broker, self.folder / "session.key", how)
        self.addCleanup(program.end)
        return program

    def test_a_program_in_c_comes_in_by_tickets_and_stays_while_it_renews_them(self):
        program = self.program("tickets")
        session, has_size = program.wait_for("wanted")
        self.assertEqual(has_size, "1")
        self.assertEqual(program.use(ticket_for(session, "vanessa", -1)), "ok")
        self.assertEqual(program.wait_for("disconnected"), ["ticket_invalid", "1"])
        program.wait_for("wanted", 2)
        self.assertEqual(program.use(ticket_for(session, "vanessa", 6)), "ok")
        self.assertEqual(program.wait_for("connected"), [session])
        first = self.crier_json("sessions")[0]
        self.assertEqual((first["id"], first["user"], first["user_verified"]),
                         (session, "vanessa", True))
        program.wait_for("wanted", 3)
        self.assertEqual(program.use(ticket_for(session, "vanessa", 6)), "ok")
        program.wait_for("wanted", 4)  # The first has expired by then.
        self.crier("send", "Salut", "--where", "user=vanessa", "--wait", "displayed")
        self.assertEqual(program.wait_for("message"), ["Salut"])
        self.assertEqual(self.crier_json("sessions")[0]["created"], first["created"])
        self.assertEqual((len(program.told("connected")), len(program.told("disconnected"))),
                         (1, 1))
        self.assertEqual(program.wait_for("disconnected", 2), ["ticket_invalid", "1"])
        self.assertEqual(program.end(), 0)

    def test_what_can_be_no_ticket_is_refused_at_once(self):
        program = self.program("tickets")
        program.wait_for("wanted")
        for ticket, why in (("", "usage_invalid"), ("a\tb", "usage_invalid"),
                            ("a" * 4097, "limit_exceeded"), ("a" * 4096, "ok")):
            with self.subTest(ticket=ticket[:5]):
                self.assertEqual(program.use(ticket), why)
        self.assertEqual(program.wait_for("disconnected"), ["ticket_invalid", "1"])

    def test_a_program_in_c_comes_in_by_its_registered_key(self):
        stranger = self.program("key")
        key = stranger.wait_for("key")[0]
        self.assertEqual(stranger.wait_for("ended"), ["not_admitted"])
        self.assertEqual(stranger.use("a.b.c"), "usage_invalid", "it has no on_ticket_wanted")
        self.assertEqual(stranger.end(), 0)
        self.crier("keys", "add", key, "--name", "desk", "--rights", "session", "--user",
                   "vanessa")
        desk = self.program("key")
        self.assertEqual(desk.wait_for("key"), [key])
        desk.wait_for("connected")
        session = self.crier_json("sessions")[0]
        self.assertEqual((session["user"], session["user_verified"]), ("vanessa", True))
        self.crier("keys", "revoke", "desk")
        self.assertEqual(desk.wait_for("ended"), ["not_admitted"])


class Interface(unittest.TestCase):
    maxDiff = None

    def test_the_library_shows_what_the_headers_declare_and_nothing_else(self):
        declared = set(re.findall(r"CRIER_API [^;(]*?\b(crier_\w+)\(", header_text()))
        listed = subprocess.run(["nm", "--dynamic", "--defined-only", os.environ["CRIER_LIBRARY"]],
                                capture_output=True, text=True, check=True).stdout
        shown = {}
        for line in listed.splitlines():
            kind, name = line.split()[-2:]
            if kind != "A":  # The versions themselves.
                name, _, version = name.partition("@@")
                shown[name] = version
        self.assertEqual(set(shown), declared)
        self.assertEqual(set(shown.values()), {"CRIER_1.0"})

    def test_every_function_is_documented(self):
        """Or follows one of its group: a comment stands before each block of declarations."""
        for name in HEADERS:
            text = (SOURCE / name).read_text(encoding="utf-8")
            for block in re.split(r"\n\s*\n", text):
                if "CRIER_API" in block and "#define CRIER_API" not in block:
                    with self.subTest(block=block):
                        self.assertRegex(block, r"///|_free\(")

    def test_the_header_knows_the_error_codes_of_the_protocol(self):
        page = (SOURCE / "shared/protocol/PROTOCOL.md").read_text(encoding="utf-8")
        table = page.split("[checked] error codes")[1].split("\n\n")[0]
        documented = {name.upper(): int(code) for code, name in
                      re.findall(r"^\| (\d{4}) \| (\w+) \|", table, re.MULTILINE)}
        known = {name: int(code) for name, code in
                 re.findall(r"CRIER_ERROR_(\w+) = (\d+)", header_text())}
        own = {"OUT_OF_MEMORY": 7000, "INTERNAL": 7001}
        self.assertEqual(known, {**documented, **own})

    def test_the_readme_shows_what_is_built_and_run(self):
        readme = (SOURCE / "README.md").read_text(encoding="utf-8")
        for language, ending, indentation in (("c", "c", "    "), ("python", "py", "")):
            example = SOURCE / f"tests/package/stranger/notify.{ending}"
            shown = re.search(rf"^```{language}\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
            self.assertIn(textwrap.indent(shown.group(1), indentation),
                          example.read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main()
