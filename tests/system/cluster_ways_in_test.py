"""Who may come in, and what is sealed for one session alone, where three brokers act as one over
three NATS servers: what one of them is told counts at all."""

import json
import signal
import subprocess
import time
import unittest

from cluster_support import ClusterTest
from support import BIN, DEADLINE_S
from tickets import TicketProgram, configuration

WITHIN_S = 1  # A change of who may come in counts by then.
WORDS = "Vanessa, ta prime est de 4711 euros"
LATER = "Carl ne sait rien de tes 4711 euros"
TITLE = "Confidentiel-0815"
FOR_ALL = "Maintenance at 22:00"


class ClusterWaysIn(ClusterTest):
    nats_count = 3

    def options(self, number):
        return [*super().options(number), "--config",
                configuration(self.folder, "invited = false")]

    def only_session(self, number):
        """The one session there is, as that broker lists it."""
        return self.until(number, ["sessions"], lambda sessions: [
            one["state"] for one in sessions] == ["active"])[0]

    def place_of_only_session(self, number):
        """At which broker it is."""
        def places(status):
            return [place for place, one in enumerate(status["brokers"])
                    if one["reachable"] and one["connected"]]
        status = self.until(number, ["cluster", "status"], lambda status: len(places(status)) == 1)
        return places(status)[0]

    def let_in_at(self, number, key_file):
        """A session with a key that was registered just now: refused at most for so long."""
        since = time.monotonic()
        while True:
            began = time.monotonic()
            visitor = self.visitor_at(number, "mallory", "--key", key_file)
            events = visitor.lines.wait_until(lambda lines: [
                event for event in map(json.loads, lines) if event["event"] in
                ("connected", "ended")])
            if events[0]["event"] == "connected":
                return visitor
            self.assertLess(began, since + WITHIN_S, events)
            visitor.process.wait(DEADLINE_S)  # Until then it holds the key.

    def test_a_ticket_is_good_at_every_broker_until_it_is_revoked_at_one(self):
        program = TicketProgram(self.folder, "vanessa", 600)
        key = self.folder / "vanessa.key"
        vanessa = self.agent_at(0, "mallory", "--key", key, "--ticket-command", program.file)
        first = self.only_session(2)
        self.assertEqual((first["id"], first["user"], first["user_verified"]),
                         (vanessa.id, "vanessa", True))
        self.brokers[0].kill()
        vanessa.wait_for("connected", 2)
        moved = self.only_session(1)
        for attribute in ("id", "created", "user", "user_verified", "groups", "groups_verified"):
            self.assertEqual(moved[attribute], first[attribute], attribute)
        self.assertEqual(program.count(), 1, "the same ticket was good there")
        program.close()
        other = 3 - self.place_of_only_session(1)
        self.crier_at(other, "keys", "revoke", "--tickets-of", "vanessa")
        cut = vanessa.wait_for("disconnected", 2, WITHIN_S)[1]
        self.assertEqual((cut["name"], cut["reason"]), ("ticket_invalid", "the ticket was revoked"))
        vanessa.stop()
        self.brokers[0].start()  # It was dead when the ticket was revoked.
        keeper = self.folder / "show-the-same-ticket"
        keeper.write_text(f"#!/bin/sh\nhead -n 1 {program.given}\n")
        keeper.chmod(0o700)
        again = self.visitor_at(0, "mallory", "--key", key, "--ticket-command", keeper)
        self.assertIn("was revoked", again.wait_for("disconnected")[0]["reason"])
        for number in range(3):
            self.until(number, ["sessions"], lambda sessions: sessions == [])

    def test_a_key_counts_at_every_broker_until_it_is_revoked_at_one(self):
        file = self.folder / "desk.key"
        key = subprocess.run([BIN / "crier-agent", "key", "--key", file], check=True,
                             capture_output=True, text=True).stdout.strip()
        stranger = self.visitor_at(1, "mallory", "--key", file)
        self.assertIn(key, stranger.wait_for("ended")[0]["reason"])
        stranger.process.wait(DEADLINE_S)
        self.crier_at(0, "keys", "add", key, "--name", "desk", "--rights", "session", "--user",
                      "vanessa")
        desk = self.let_in_at(1, file)
        session = self.only_session(2)
        self.assertEqual((session["user"], session["user_verified"]), ("vanessa", True))
        self.crier_at(2, "keys", "revoke", "desk")
        end = desk.wait_for("ended", 1, WITHIN_S)[0]
        self.assertIn("not registered for sessions any more", end["reason"])
        desk.process.wait(DEADLINE_S)
        again = self.visitor_at(0, "mallory", "--key", file)
        self.assertIn("this key was revoked", again.wait_for("ended")[0]["reason"])
        for number in range(3):
            self.assertEqual(self.json_at(number, "sessions"), [])

    def files_with(self, folder, *words):
        """All files below the folder in which one of these is."""
        return [(str(file), word) for file in folder.rglob("*") if file.is_file()
                and not file.is_symlink() for word in words if word.encode() in file.read_bytes()]

    def test_a_private_message_is_read_at_another_broker_and_in_no_file(self):
        program = TicketProgram(self.folder, "vanessa", 600)
        keep = ["--key", self.folder / "vanessa.key", "--state", self.folder / "state",
                "--ticket-command", program.file]
        vanessa = self.agent_at(1, "vanessa", *keep)
        self.crier_at(0, "send", FOR_ALL, "--wait", "displayed")
        self.crier_at(2, "send", "--private", "-s", vanessa.id, WORDS, "--title", TITLE, "--wait",
                      "displayed")
        shown = vanessa.events("message")[1]
        self.assertEqual((shown["text"], shown["title"]), (WORDS, TITLE))
        vanessa.signal(signal.SIGKILL)
        self.until(2, ["sessions"], lambda sessions: [
            one["state"] for one in sessions] == ["unreachable"])
        sent = self.json_at(2, "send", "--private", "-s", vanessa.id, LATER)
        self.brokers[1].kill()
        back = self.agent_at(0, "vanessa", *keep)
        self.assertEqual(back.id, vanessa.id)
        self.assertEqual([one["text"] for one in back.wait_for("message")], [LATER])
        status = self.until(2, ["status", sent["id"]],
                            lambda status: status["tally"]["displayed"] == 1)
        self.assertEqual((status["text"], status["private"]), ("(private)", True))

        for number in (0, 2):
            self.assertEqual(self.brokers[number].stop(), 0)
        for number in range(3):
            self.nats.stop(number)
        self.assertEqual(self.files_with(self.folder, WORDS, LATER, TITLE), [])
        for folder in [*(broker.data for broker in self.brokers), *map(self.nats.store, range(3))]:
            self.assertTrue(self.files_with(folder, FOR_ALL), f"{folder}: this finds what is there")


if __name__ == "__main__":
    unittest.main()
