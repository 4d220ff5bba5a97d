"""What shells complete and manual pages say, in the shells and with the tools that read them."""

import os
import pathlib
import pty
import subprocess
import unittest

from support import BIN, DEADLINE_S, Lines, SystemTest

SHARE = pathlib.Path(os.environ["CRIER_SHARE"])
# A line that ends where the cursor is, and what every shell offers there.
OFFERED = [
    ("crier se", {"send", "sessions"}),
    ("crier --js", {"--json"}),
    ("crier send --sev", {"--severity"}),
    ("crier send --severity ", {"info", "warning", "critical"}),
    ("crier send --title x --style al", {"alert"}),
    ("crier --invitation x hook --at", {"--at-most"}),
    ("crier audit ", {"head", "verify", "screen"}),
    ("crier audit --json v", {"verify"}),
    ("crier cluster ", {"status", "forget"}),
    ("crier audit --wh", {"--what"}),
    ("crier audit screen --u", {"--user"}),
    ("crier audit screen --user x --wh", {"--where"}),
    ("crierd in", {"invite"}),
    ("crierd invite se", {"sessions"}),
    ("crierd --print", {"--print-config"}),
    ("crier-agent --screen t", {"terminal"}),
    ("crier-agent --he", {"--hear", "--help"}),
]


class BashCompletion(SystemTest):
    def offered(self, line, environment=None):
        """Asks bash itself which function completes the program, and calls it as bash does."""
        program = line.split()[0]
        words = line.replace("=", " = ").split()
        if line.endswith(" "):
            words.append("")
        quoted = " ".join(f"'{word}'" for word in words)
        script = f"""
            source '{SHARE}/bash-completion/completions/{program}'
            COMP_WORDS=({quoted})
            COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
            read -r _ _ name _ < <(complete -p {program})
            "$name" {program}
            printf '%s\\n' "${{COMPREPLY[@]}}"
        """
        done = subprocess.run(["bash", "--norc", "-u", "-c", script],
                              capture_output=True, text=True, timeout=DEADLINE_S, cwd=self.folder,
                              env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}",
                                   **(environment or {})})
        self.assertEqual((done.returncode, done.stderr), (0, ""), line)
        return set(done.stdout.split("\n")) - {""}

    def test_it_offers_commands_options_and_their_choices(self):
        for line, expected in OFFERED:
            self.assertEqual(self.offered(line), expected, line)
        self.assertEqual(self.offered("crier send --severity=w"), {"warning"})
        self.assertEqual(self.offered("crier send --severity="), {"info", "warning", "critical"})
        self.assertEqual(self.offered("crier hook --on missed,session_c"),
                         {"missed,session_closed"})
        self.assertEqual(self.offered("crier send Salut"), set())
        self.assertEqual(self.offered("crier send --title sen"), set())

    def test_it_offers_files_where_files_are_meant(self):
        (self.folder / "my message.json").touch()
        (self.folder / "my folder").mkdir()
        self.assertEqual(self.offered("crier send --from-json my"),
                         {"my message.json", "my folder"})
        self.assertEqual(self.offered("crierd --data my"), {"my folder"})

    def test_it_offers_the_ids_that_the_broker_knows(self):
        self.start_broker()
        known = {"CRIER_INVITATION": self.broker.invitation("operators")}
        agents = {self.agent(user).id for user in ("Vanessa", "Marc")}
        message = self.crier_json("send", "Salut")["id"]
        self.assertEqual(self.offered("crier send -s ", known), agents)
        for command in ("update", "recall", "status", "report"):
            self.assertEqual(self.offered(f"crier {command} {message[:5]}", known), {message})
        self.broker.stop()
        self.assertEqual(self.offered("crier recall ", known), set())

    def test_it_offers_programs_and_what_they_complete_behind_hook(self):
        self.assertIn("crier-agent", self.offered("crier hook --on missed -- crier-a"))
        (self.folder / "script").touch()
        self.assertIn("script", self.offered("crier hook -- bash scr"))

    def test_it_is_found_where_it_is_installed(self):
        for program in ("crier", "crierd", "crier-agent"):
            self.assertTrue((SHARE / "bash-completion/completions" / program).is_file())


class ZshCompletion(SystemTest):
    def test_it_completes_what_only_one_word_can_be_meant_by(self):
        """A function by the program's name says with what it was called, once a key was pressed
        that completes the word and runs the line."""
        for line, expected in (("crier hist", "history"),
                               ("crier send --sev", "send --severity"),
                               ("crier send --severity wa", "send --severity warning"),
                               ("crier hook --on missed,session_c",
                                "hook --on missed,session_closed"),
                               ("crier audit scr", "audit screen"),
                               ("crier audit screen --user x --wh",
                                "audit screen --user x --where"),
                               ("crierd inv", "invite"),
                               ("crierd invite li", "invite listeners"),
                               ("crier-agent --screen te", "--screen terminal"),
                               ("crier-agent --loc", "--locale")):
            self.assertEqual(self.completed(line), expected, line)

    def completed(self, line):
        program = line.split()[0]
        start = f"""
            fpath=({SHARE}/zsh/site-functions $fpath)
            autoload -Uz compinit && compinit -u -D
            unsetopt zle_bracketed_paste beep 2>/dev/null
            {program}() {{ print -r -- "CALLED:$*:" }}
            complete-and-run() {{ zle complete-word; zle accept-line }}
            zle -N complete-and-run
            bindkey '^T' complete-and-run
            PS1='READY> '
        """
        (self.folder / ".zshrc").write_text(start)
        process, terminal = pty.fork()
        if process == 0:
            os.execvpe("zsh", ["zsh", "-i"],
                       {**os.environ, "ZDOTDIR": str(self.folder), "TERM": "dumb",
                        "PATH": f"{BIN}:{os.environ['PATH']}"})
        shown = Lines(self.pieces(terminal))
        try:
            shown.wait_until(lambda pieces: "READY> " in "".join(pieces))
            os.write(terminal, f"{line}\x14".encode())
            shown.wait_until(lambda pieces: "".join(pieces).count("READY> ") >= 2
                             and "CALLED:" in "".join(pieces))
        finally:
            os.write(terminal, b"\x15exit\n")
            shown.thread.join(DEADLINE_S)
            os.close(terminal)
            os.waitpid(process, 0)
        return "".join(shown.all).split("CALLED:")[1].split(":")[0].strip(" =")

    @staticmethod
    def pieces(terminal):
        """Its end is an error: nobody holds the other side any more."""
        while True:
            try:
                piece = os.read(terminal, 4096)
            except OSError:
                return
            if not piece:
                return
            yield piece.decode(errors="replace")


class FishCompletion(SystemTest):
    def test_it_offers_commands_options_and_their_choices(self):
        for line, expected in OFFERED:
            program = line.split()[0]
            file = SHARE / "fish/vendor_completions.d" / f"{program}.fish"
            done = subprocess.run(
                ["fish", "--no-config", "-c", f"source '{file}'; complete -C '{line}'"],
                capture_output=True, text=True, timeout=DEADLINE_S, cwd=self.folder,
                env={**os.environ, "HOME": str(self.folder),
                     "PATH": f"{BIN}:{os.environ['PATH']}"})
            self.assertEqual(done.stderr, "", line)
            found = {one.split("\t")[0] for one in done.stdout.splitlines()}
            self.assertEqual(found, expected, line)


class ManPages(unittest.TestCase):
    PAGES = ("man1/crier.1", "man1/crier-agent.1", "man8/crierd.8", "man1/crier-alert.1")

    def shown(self, page):
        """As man shows it; a warning of the formatter fails it."""
        done = subprocess.run(["groff", "-ww", "-man", "-Tutf8", "-P-c", "-P-b", "-P-u",
                               str(SHARE / "man" / page)],
                              capture_output=True, text=True, timeout=DEADLINE_S)
        self.assertEqual((done.returncode, done.stderr), (0, ""), page)
        return done.stdout

    def test_they_are_formatted_without_a_warning_and_fit_a_terminal(self):
        for page in self.PAGES:
            lines = self.shown(page).splitlines()
            self.assertEqual([line for line in lines if len(line) > 80], [], page)
            for head in ("NAME", "SYNOPSIS", "OPTIONS", "EXAMPLES", "EXIT STATUS", "SEE ALSO"):
                self.assertIn(head, lines, page)

    def test_they_say_what_the_help_says(self):
        for program, page in (("crier", self.PAGES[0]), ("crier-agent", self.PAGES[1]),
                              ("crierd", self.PAGES[2])):
            shown = " ".join(self.shown(page).split())
            done = subprocess.run([BIN / program, "--help"], capture_output=True, text=True,
                                  check=True, timeout=DEADLINE_S)
            words = [word for word in done.stdout.split()
                     if word.startswith("--") and word.rstrip(",:.").isascii()]
            self.assertGreater(len(words), 3, program)
            for word in words:
                self.assertIn(word.rstrip(",:."), shown, program)

    def test_each_command_of_crier_has_its_examples(self):
        shown = self.shown(self.PAGES[0])
        for line in ("crier send --from-json --wait displayed",
                     "crier history --since 7d --by operator",
                     "crier audit screen [OPTIONS]",
                     "crier audit screen --user vanessa --at 21:58",
                     "crier audit verify --json | jq .finding",
                     "crier hook --on failed,missed --at-most 1 -- logger -t crier",
                     "crier report 0190f3a6e1 > maintenance.csv"):
            self.assertIn(line, shown)


if __name__ == "__main__":
    unittest.main()
