"""What texts from outside do to terminals, notifications, logs and programs, on their whole way
through the real programs: nothing but be read. Each payload of the corpus is a message's text and
title, a choice, a session's user, machine and application; the operator's name is one too."""

import json
import os
import pathlib
import pty
import re
import signal
import stat
import subprocess
import threading
import time
import unittest

import hostile_texts
from hostile_texts import OURS, is_line, text_of, trouble_in, trouble_in_json
from raw_session import RawSession
from support import BIN, DEADLINE_S, Agent, SystemTest

OPERATOR = "op\u202eera\u2066<b>&tor\u200b"
NOTE_INPUT = """#!/bin/sh
folder=$(dirname "$0")
cat >> "$folder/{0}.input"
env >> "$folder/{0}.environment"
"""


class TerminalOf:
    """All that a program writes to its terminal."""

    def __init__(self, command, environment):
        self.written = b""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], [str(word) for word in command], environment)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        while True:
            try:
                part = os.read(self.terminal, 65536)
            except OSError:
                return
            if not part:
                return
            self.written += part

    def end(self):
        os.kill(self.pid, signal.SIGTERM)
        return self.text_at_its_end()

    def text_at_its_end(self):
        os.waitpid(self.pid, 0)
        self.thread.join(DEADLINE_S)
        os.close(self.terminal)
        # The terminal puts a return before each end of a line; a report has one there already.
        return re.sub(r"\r\r?\n", "\n", self.written.decode())


class HostileTexts(SystemTest):
    log_format = "text"
    sent_every = 1  # Of so many payloads one is sent.

    def setUp(self):
        super().setUp()
        self.start_broker(CRIER_LOG_FORMAT=self.log_format, CRIER_LOG_LEVEL="debug")
        self.broker.stop()
        principals = self.broker.data / "keys" / "principals"
        lines = principals.read_text().splitlines()
        principals.write_text("".join(
            (line[:-len("operator")] + OPERATOR if line.endswith(" operator") else line) + "\n"
            for line in lines))
        self.broker.start()
        self.environment = {**os.environ, "XDG_RUNTIME_DIR": str(self.folder),
                            "HOME": str(self.folder), "TERM": "xterm"}
        for name in ("TMUX", "TMUX_PANE"):
            self.environment.pop(name, None)

    def script(self, name):
        file = self.folder / name
        file.write_text(NOTE_INPUT.format(name))
        file.chmod(stat.S_IRWXU)
        return file

    def written_by(self, name):
        return [(self.folder / f"{name}.{what}").read_text()
                for what in ("input", "environment")]

    def run_crier(self, *words):
        """Of any bytes; its output has to be UTF-8, and clean."""
        done = subprocess.run([BIN / "crier", "--invitation", self.broker.invitation("operators"),
                               *words], capture_output=True, timeout=DEADLINE_S)
        text = done.stdout.decode()
        if words[0] == "report":
            text = text.replace("\r\n", "\n")  # As spreadsheets want their lines to end.
        if words[-1] == "--json":
            self.assertEqual(trouble_in_json(text), "", words)
        else:
            self.assertEqual(trouble_in(text, kept="\n\t"), "", words)
        self.assertEqual(trouble_in(done.stderr.decode()), "", words)
        return done

    def send_all(self):
        """The texts that were accepted."""
        accepted = []
        for name, payload in list(hostile_texts.hostile_texts())[::self.sent_every]:
            if b"\0" in payload:
                continue  # No argument of a program's.
            text = text_of(payload)
            title = payload if text and is_line(text) and len(payload) <= 200 else b"Title"
            done = self.run_crier("send", "--title", title, "--", payload)
            self.assertEqual(done.returncode, 0 if text else 4, (name, done.stderr))
            if text:
                accepted.append(text)
            if text is None or not is_line(text):
                self.assertEqual(self.run_crier("send", "--title", payload, "--", "x").returncode,
                                 4, name)
        return accepted

    def open_sessions(self):
        """Whose attributes are the payloads that may be; the others are refused."""
        lines, pieces = [], []
        for _, payload in hostile_texts.hostile_texts():
            text = text_of(payload)
            if text and is_line(text):
                lines += [text] if len(payload) < 250 else []
            elif text:
                pieces.append(text)
        named = [RawSession(self.broker.invitation("sessions"), line, machine=line,
                            application=line) for line in lines]
        for session in named:
            self.addCleanup(session.close)
        for text in pieces[:5]:
            refused = RawSession(self.broker.invitation("sessions"), text[:200])
            refused.wait_until_cut()
            refused.close()
        return named

    def ask(self, by):
        """Its answers are payloads too."""
        choices = [payload for _, payload in hostile_texts.hostile_texts()
                   if text_of(payload) and is_line(text_of(payload)) and len(payload) <= 80][:9]
        asking = subprocess.Popen(
            [BIN / "crier", "--invitation", self.broker.invitation("operators"), "ask",
             "--where", "user=json", "Which?", *(part for choice in choices
                                                 for part in (b"--choice", choice))],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        question = next(one for one in iter(lambda: by.wait_for("message")[-1], None)
                        if one["choices"])
        by.answer(question["id"], 3)
        self.until_status(question["id"], lambda status: status["tally"]["answered"] == 1)
        self.run_crier("close", question["id"])
        self.assertEqual(trouble_in(asking.communicate(timeout=DEADLINE_S)[0].decode(),
                                    kept="\n\t"), "")
        return question["id"]

    def assert_lists_are_clean(self, question, message):
        """In a pipe, as JSON, and on a terminal."""
        for words in (["sessions"], ["status"], ["status", question], ["status", message],
                      ["history"], ["report", message], ["report", question], ["audit"],
                      ["audit", "screen", "--user", "json"], ["scheduled"], ["whoami"],
                      ["health"]):
            self.assertEqual(self.run_crier(*words).returncode, 0, words)
            if words[0] != "report":
                self.run_crier(*words, "--json")
            terminal = TerminalOf([BIN / "crier", "--invitation",
                                   self.broker.invitation("operators"), *words], self.environment)
            shown = OURS.sub("", terminal.text_at_its_end())
            self.assertEqual(trouble_in(shown), "", words)

    def assert_log_is_clean(self):
        lines = self.broker.log_text().splitlines()
        self.assertEqual(trouble_in("\n".join(lines)), "")
        for line in lines:
            if self.log_format == "json":
                self.assertIn("event", json.loads(line))
            else:
                self.assertRegex(line, r"^<[0-7]>event=|^20\d\d-\S+ \w+ event=|^crierd: ")

    def test_they_reach_nothing_but_eyes(self):
        watch = self.crier_beside("watch")
        hook = self.crier_beside("hook", "--on", "session_opened,message_accepted", "--",
                                 self.script("hook"))
        as_json = self.agent("json")
        log = self.folder / "messages.log"
        self.visitor("log", "--log", log, screen="log")
        self.visitor("program", "--command", self.script("program"), screen="command")
        terminal = TerminalOf([BIN / "crier-agent", "--invitation",
                               self.broker.invitation("sessions"), "--screen", "terminal",
                               "--user", "terminal"], self.environment)
        named = self.open_sessions()
        end = time.monotonic() + DEADLINE_S
        while len(self.crier_json("sessions")) < 4 + len(named):
            self.assertLess(time.monotonic(), end)
        accepted = self.send_all()
        question = self.ask(as_json)
        last = self.crier_json("send", "--where",
                               "user=json or user=log or user=program or user=terminal",
                               "--wait", "displayed", "The end")["id"]
        self.assertEqual([text for text in as_json.texts() if text not in ("Which?", "The end")],
                         accepted)
        self.assertEqual(trouble_in_json("".join(as_json.lines.all)), "")
        self.assert_lists_are_clean(question, last)
        self.assertEqual(trouble_in(OURS.sub("", terminal.end())), "")
        self.assertEqual(trouble_in(log.read_text()), "")
        for process in (watch, hook):
            process.send_signal(signal.SIGINT)
            self.assertEqual(trouble_in(process.communicate(timeout=DEADLINE_S)[0], kept="\n\t"),
                             "")
        for name in ("hook", "program"):
            given, environment = self.written_by(name)
            self.assertEqual(trouble_in_json(given), "", name)
            self.assertEqual(trouble_in(environment), "", name)
        self.assert_log_is_clean()


class HostileTextsInJournal(HostileTexts):
    """The log has no texts of messages, but who everybody is."""
    log_format = "journal"
    sent_every = 10


class HostileTextsInJson(HostileTextsInJournal):
    log_format = "json"


if __name__ == "__main__":
    unittest.main()
