"""What operators script with, the real programs: messages as JSON, commands for events,
lists and reports."""

import csv
import io
import json
import os
import select
import signal
import subprocess
import unittest

from support import BIN, DEADLINE_S, Lines, SystemTest


class FromJson(SystemTest):
    def setUp(self):
        super().setUp()
        self.start_broker()
        self.vanessa = self.agent("Vanessa")
        self.marc = self.agent("Marc")

    def test_a_message_comes_from_standard_input_or_a_file(self):
        message = {"text": "At 22:00", "title": "Restart", "severity": "warning",
                   "style": "alert", "to": [self.vanessa.id], "expires": "10m"}
        done = self.crier_json("send", "--from-json", "--wait", "displayed",
                               text=json.dumps(message))
        self.assertEqual(done["targeted"], 1)
        shown = self.vanessa.wait_for("message")[0]
        self.assertEqual([shown[key] for key in ("text", "title", "severity", "style")],
                         ["At 22:00", "Restart", "warning", "alert"])
        file = self.folder / "message.json"
        file.write_text(json.dumps({"text": "À tous", "to": {"where": "user=M*"}}))
        self.crier("send", "--from-json", str(file), "--wait", "displayed")
        self.assertEqual(self.marc.texts(), ["À tous"])
        self.assertEqual(self.vanessa.texts(), ["At 22:00"])

    def test_mistakes_are_named_and_send_nothing(self):
        for message, options, code, words in (
                ({"text": "x", "for": "all"}, [], 64, '"for"'),
                ({"text": "x", "to": None}, [], 64, '"to"'),
                ({"text": "x", "to": "all"}, ["--all"], 64, '"to"'),
                ({"text": "x", "title": 1}, [], 64, '"title"'),
                ({"text": " "}, [], 4, '"text"'),
                ({"text": "x", "to": {"where": "user"}}, [], 4, "^"),
                ({"text": "x", "to": ["0" * 32]}, [], 3, "0" * 32)):
            done = self.crier("send", "--from-json", *options, text=json.dumps(message),
                              expect=code)
            self.assertIn(words, done.stderr)
        done = self.crier("send", "--from-json", "--json", text="{", expect=64)
        self.assertEqual(json.loads(done.stdout)["error"]["name"], "usage_invalid")
        self.crier("send", "the end", "--wait", "displayed")
        self.assertEqual(self.vanessa.texts(), ["the end"])


class History(SystemTest):
    def setUp(self):
        super().setUp()
        self.start_broker()

    def test_it_lists_more_than_any_page_holds(self):
        subprocess.run([BIN / "send_many", self.broker.invitation("operators"), "1200"],
                       check=True, timeout=DEADLINE_S)
        self.assertEqual([message["text"] for message in self.crier_json("history")],
                         [f"message {number}" for number in range(1200, 0, -1)])
        self.assertEqual(len(self.crier("history", "--since", "1h").stdout.splitlines()), 1200)
        self.assertEqual(self.crier_json("history", "--by", "nobody"), [])
        self.assertEqual(len(self.crier_json("history", "--by", "operator")), 1200)
        self.assertEqual(self.crier_json("history", "--since", "1ms"), [])

    def test_a_report_reads_back_and_holds_no_formula(self):
        self.agent("=cmd|' /C calc'!A0", "--machine", "a,\"b\"")
        marc = self.agent("Marc")
        message = self.crier_json("send", "Salut", "--wait", "displayed")["id"]
        printed = subprocess.run(
            [BIN / "crier", "--invitation", self.broker.invitation("operators"), "report",
             message[:12], "--csv"], capture_output=True, check=True, timeout=DEADLINE_S).stdout
        self.assertEqual(printed.count(b"\r\n"), 3)
        rows = list(csv.DictReader(io.StringIO(printed.decode(), newline="")))
        self.assertEqual(list(rows[0])[0], "session")
        self.assertEqual({row["user"] for row in rows}, {"Marc", "'=cmd|' /C calc'!A0"})
        found = next(row for row in rows if row["user"] == "Marc")
        self.assertEqual([found[key] for key in ("session", "user_verified", "state", "removed")],
                         [marc.id, "claimed", "displayed", "no"])
        self.assertIn('a,"b"', {row["machine"] for row in rows})
        self.assertEqual(self.crier_json("report", message),
                         self.crier_json("status", message)["sessions"])
        self.assertIn("no message", self.crier("report", "0" * 32, expect=3).stderr)


class Hook(SystemTest):
    def setUp(self):
        super().setUp()
        self.start_broker()
        self.hooks = []

    def tearDown(self):
        for hook in self.hooks:
            for _ in range(2):  # The second one does not let commands tidy up.
                if hook.poll() is None:
                    hook.send_signal(signal.SIGINT)
            hook.wait(DEADLINE_S)
            for lines in (hook.said, hook.printed):
                lines.thread.join(DEADLINE_S)
            hook.stdout.close()
            hook.stderr.close()
        super().tearDown()

    def hook(self, *arguments):
        """One of which the broker knows that it watches."""
        hook = subprocess.Popen(
            [BIN / "crier", "--invitation", self.broker.invitation("operators"), "hook",
             *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.hooks.append(hook)
        hook.said, hook.printed = Lines(hook.stderr), Lines(hook.stdout)
        hook.said.wait_until(lambda lines: any("watching" in line for line in lines))
        return hook

    def say_until(self, hook, is_enough, lines=None):
        """Sends until the hook, of which the broker may learn only after a message or two, has
        printed enough."""
        for _ in range(20):
            self.crier("send", "Salut", expect=2)
            try:
                return (lines or hook.printed).wait_until(is_enough, deadline_s=3)
            except AssertionError:
                if hook.poll() is not None:
                    break
        self.fail(f"{hook.printed.all} {hook.said.all}")

    def end(self, hook, expect=0):
        hook.send_signal(signal.SIGINT)
        self.assertEqual(hook.wait(DEADLINE_S), expect, hook.said.all)

    def test_a_command_gets_each_event_as_json_and_only_the_wanted_ones(self):
        hook = self.hook("--on", "message_accepted,displayed", "--", "cat")
        self.say_until(hook, lambda lines: any("message_accepted" in line for line in lines))
        vanessa = self.agent("Vanessa")
        message = self.crier_json("send", "Now", "--wait", "displayed")["id"]
        line = hook.printed.wait_until(
            lambda lines: next((line for line in lines if '"displayed"' in line), None))
        event = json.loads(line)
        self.assertEqual((event["event"], event["state"], event["user"], event["message"]),
                         ("receipt", "displayed", "Vanessa", message))
        self.assertEqual(event["session"], vanessa.id)
        self.end(hook)
        kinds = {json.loads(line)["event"] for line in hook.printed.all}
        self.assertEqual(kinds, {"message_accepted", "receipt"})

    def test_a_failure_is_told_and_the_next_event_comes_nevertheless(self):
        hook = self.hook("--on", "message_accepted", "--at-most", "1", "--", "sh", "-c",
                         'echo ran; exit 3')
        self.say_until(hook, lambda lines: any("exit code 3" in line for line in lines), hook.said)
        ran = len(hook.printed.all)
        self.say_until(hook, lambda lines: len(lines) > ran)
        self.end(hook)
        self.assertTrue(any("sh ended with exit code 3, for message_accepted at" in line
                            for line in hook.said.all), hook.said.all)

    def test_no_more_run_at_once_than_are_allowed(self):
        """Each says who it is, and stays until the test opens its gate."""
        script = f"mkfifo {self.folder}/$$; echo $$; read line < {self.folder}/$$; echo ended"
        hook = self.hook("--on", "message_accepted", "--at-most", "2", "--timeout", "10m", "--",
                         "bash", "-c", script)
        self.say_until(hook, lambda lines: lines)
        for _ in range(4):
            self.crier("send", "Salut", expect=2)
        numbers = hook.printed.wait_until(lambda lines: len(lines) >= 2 and lines[:2])
        for count in range(1, 4):
            # Two run and no more, though others wait: there is one more only when one has ended.
            (self.folder / numbers[count - 1].strip()).write_text("go\n")
            numbers = hook.printed.wait_until(
                lambda lines: [line for line in lines if line != "ended\n"]
                if len(lines) >= 2 + 2 * count else None)
            self.assertEqual(len(numbers), 2 + count, hook.printed.all)
            self.assertEqual(hook.printed.all.count("ended\n"), count)
        self.end(hook)

    def test_what_had_to_be_left_out_is_said(self):
        hook = self.hook("--on", "message_accepted", "--at-most", "1", "--timeout", "10m", "--",
                         "tail", "-f", "/dev/null")
        for _ in range(20):
            subprocess.run([BIN / "send_many", self.broker.invitation("operators"), "1000"],
                           check=True, timeout=DEADLINE_S)
            if any("wait already" in line for line in hook.said.all):
                break
        hook.said.wait_until(lambda lines: any("1000 events wait already" in line
                                               for line in lines))
        self.end(hook)
        hook.said.thread.join(DEADLINE_S)
        self.assertRegex("".join(hook.said.all),
                         "\\d+ events? left out\n.*1000 events left out at the end")

    def test_one_that_takes_too_long_is_ended_with_its_children(self):
        hook = self.hook("--on", "message_accepted", "--at-most", "1", "--timeout", "200ms", "--",
                         "bash", "-c", "trap '' TERM; sleep 1000 & echo $$ $!; wait; wait")
        line = self.say_until(hook, lambda lines: lines and lines[0])
        hook.said.wait_until(lambda lines: any("took longer" in line for line in lines))
        for process in map(int, line.split()):
            self.assert_gone(process)
        self.end(hook)

    def assert_gone(self, process):
        """A descriptor of a process can be polled once it has ended."""
        try:
            descriptor = os.pidfd_open(process)
        except ProcessLookupError:
            return
        with open(descriptor, "rb", buffering=0) as handle:
            ended, _, _ = select.select([handle], [], [], DEADLINE_S)
            self.assertTrue(ended, f"process {process} runs still")

    def test_ctrl_c_lets_commands_tidy_up(self):
        hook = self.hook("--on", "message_accepted", "--timeout", "10m", "--", "bash", "-c",
                         "trap 'echo tidied; exit 0' TERM; echo ready; while :; do read -t 60; done"
                         f" < <(tail -f /dev/null)")
        self.say_until(hook, lambda lines: "ready\n" in lines)
        self.end(hook)
        hook.printed.thread.join(DEADLINE_S)
        self.assertEqual(hook.printed.all.count("tidied\n"), hook.printed.all.count("ready\n"))

    def test_it_goes_on_over_a_lost_connection(self):
        hook = self.hook("--on", "message_accepted", "--", "cat")
        self.say_until(hook, lambda lines: lines)
        self.broker.kill()
        hook.said.wait_until(lambda lines: any("connection lost" in line for line in lines))
        self.broker.start()
        hook.said.wait_until(lambda lines: any("connected again" in line for line in lines))
        seen = len(hook.printed.all)
        self.say_until(hook, lambda lines: len(lines) > seen)
        self.end(hook)

    def test_what_cannot_be_run_or_is_misspelled_is_said_at_once(self):
        for arguments, words in ((["--", "no-such-program"], "no-such-program"),
                                 (["--", str(self.folder)], str(self.folder)),
                                 (["--on", "session_open", "--", "cat"], "session_opened"),
                                 (["--at-most", "0", "--", "cat"], "--at-most"),
                                 ([], "COMMAND is missing"),
                                 (["--"], "COMMAND is missing")):
            self.assertIn(words, self.crier("hook", *arguments, expect=64).stderr)


if __name__ == "__main__":
    unittest.main()
