"""What crier answers and with which exit code, against a real broker."""

import os
import signal
import subprocess
import unittest

from support import BIN, DEADLINE_S, Lines, SystemTest


def lines_of_terminal(descriptor):
    """Its end is an error: nobody holds the other side any more."""
    with os.fdopen(descriptor, errors="replace") as screen:
        try:
            yield from screen
        except OSError:
            return


class Wait(SystemTest):
    def setUp(self):
        super().setUp()
        self.start_broker()

    def test_all_reached_is_0(self):
        self.agent("Vanessa")
        self.crier("send", "Salut", "--wait", "displayed", expect=0)

    def test_a_wait_for_people_goes_on_when_all_have_it_on_the_screen(self):
        agents = [self.agent("Vanessa"), self.agent("Marc")]
        with subprocess.Popen(
                [BIN / "crier", "--invitation", self.broker.invitation("operators"), "send",
                 "--style", "alert", "--wait", "acknowledged", "--timeout", f"{DEADLINE_S}s",
                 "Salut"]) as waiting:
            for agent in agents:
                agent.acknowledge(agent.wait_for("message")[0]["id"])
            self.assertEqual(waiting.wait(DEADLINE_S), 0)

    def test_some_not_in_time_is_1(self):
        self.agent("Vanessa")
        stopped = self.agent("Marc")
        stopped.signal(signal.SIGSTOP)
        done = self.crier("send", "Salut", "--wait", "displayed", "--timeout", "1s", expect=1)
        self.assertIn("1", done.stdout + done.stderr)

    def test_nobody_connected_is_2(self):
        self.crier("send", "Salut", expect=2)
        self.crier("send", "Salut", "--where", "user=nobody", expect=2)

    def test_who_waits_for_people_hears_that_a_notification_may_never_be_acknowledged(self):
        done = self.crier("send", "Salut", "--wait", "acknowledged", expect=2)
        self.assertIn("--style alert", done.stderr)
        done = self.crier("send", "Salut", "--wait", "acknowledged", "--style", "alert", expect=2)
        self.assertNotIn("--style alert", done.stderr)

    def test_a_message_that_stands_is_0_though_nobody_matches_now(self):
        done = self.crier("send", "Salut", "--expires", "10m", expect=0)
        self.assertIn("until", done.stdout)
        self.assertEqual(self.agent("Vanessa").wait_for("message")[0]["text"], "Salut")

    def test_an_unknown_session_is_3_and_never_a_broadcast(self):
        agent = self.agent("Vanessa")
        self.crier("send", "-s", "0" * 32, "Salut", expect=3)
        self.crier("send", "-s", "0" * 32, "-s", agent.id, "Salut", expect=3)
        self.crier("send", "the end", "--wait", "displayed")
        self.assertEqual(agent.texts(), ["the end"])

    def test_an_unreachable_broker_is_5(self):
        self.broker.stop()
        self.crier("send", "Salut", "--timeout", "2s", expect=5)

    def test_bad_usage_is_64_and_an_empty_target_is_bad_usage(self):
        agent = self.agent("Vanessa")
        for arguments in (["send", "-s", "", "Salut"], ["send", "--where", "", "Salut"],
                          ["send", "two", "texts"], ["nonsense"],
                          ["send", "--expires", "abc", "Salut"],
                          ["send", "--timeout", "9999999h", "Salut"]):
            self.crier(*arguments, expect=64)
        self.crier("send", "the end", "--wait", "displayed")
        self.assertEqual(agent.texts(), ["the end"])

    def test_a_refused_request_is_4_and_a_filters_error_points_at_the_place(self):
        done = self.crier("send", "--where", "user=a of user=b", "Salut", expect=4)
        self.assertIn("^", done.stderr)
        done = self.crier("send", "--where", "user='a'", "Salut", expect=4)
        self.assertIn("double quotes", done.stderr)
        for text in ("x" * 16385, "", "  "):
            self.crier("send", text, expect=4)
        self.crier("send", text="\n \n", expect=4)
        self.crier("send", "--expires", "10000d", "Salut", expect=4)

    def test_who_watches_sees_what_is_sent_and_hears_of_the_connection(self):
        screen, terminal = os.openpty()
        watch = subprocess.Popen(
            [BIN / "crier", "--invitation", self.broker.invitation("operators"), "watch"],
            stdout=terminal, stderr=subprocess.PIPE, text=True)
        os.close(terminal)
        said = Lines(watch.stderr)
        shown = Lines(lines_of_terminal(screen))
        said.wait_until(lambda lines: any("watching" in line for line in lines))
        self.send_until_shown(shown)
        self.broker.kill()
        said.wait_until(lambda lines: any("connection lost" in line for line in lines))
        self.broker.start()
        said.wait_until(lambda lines: any("connected again" in line for line in lines))
        watch.send_signal(signal.SIGINT)
        self.assertEqual(watch.wait(DEADLINE_S), -signal.SIGINT)
        said.thread.join(DEADLINE_S)
        watch.stderr.close()

    def send_until_shown(self, shown):
        """The broker may learn of the watcher only after a message or two."""
        for _ in range(20):
            self.crier("send", "Salut", expect=2)
            try:
                shown.wait_until(
                    lambda lines: any("from operator" in line for line in lines)
                    and any(line.strip() == "Salut" for line in lines), deadline_s=3)
                return
            except AssertionError:
                pass
        self.fail(f"the watcher showed {shown.all}")

    def test_a_dry_run_shows_whom_and_sends_nothing(self):
        agent = self.agent("Vanessa", "--machine", "office-12")
        done = self.crier("send", "Salut", "--dry-run", expect=0)
        self.assertIn("office-12", done.stdout)
        self.assertEqual(self.crier_json("status"), [])
        self.assertEqual(agent.texts(), [])


if __name__ == "__main__":
    unittest.main()
