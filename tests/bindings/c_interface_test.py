"""The C interface: programs in C at a real broker, and what the library shows of itself."""

import os
import re
import subprocess
import textwrap
import unittest

from bindings_support import HEADERS, SOURCE, header_text
from support import BIN, DEADLINE_S, SystemTest


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
