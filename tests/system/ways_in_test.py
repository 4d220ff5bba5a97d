"""How sessions come in: by invitation, by a registered key, by a ticket of their program."""

import json
import stat
import subprocess
import time
import unittest

from support import BIN, DEADLINE_S, SystemTest
from tickets import ISSUER, SECRET, TicketProgram, configuration


class WaysIn(SystemTest):
    def only_session(self, is_it=lambda session: session["state"] == "active"):
        """The one session there is, once it is as wanted."""
        end = time.monotonic() + DEADLINE_S
        while True:
            sessions = self.crier_json("sessions")
            if len(sessions) == 1 and is_it(sessions[0]):
                return sessions[0]
            self.assertLess(time.monotonic(), end, sessions)

    def own_key(self, name):
        file = self.folder / name
        printed = subprocess.run([BIN / "crier-agent", "key", "--key", file], check=True,
                                 capture_output=True, text=True, timeout=DEADLINE_S).stdout
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        return file, printed.strip()

    def test_a_registered_key_is_its_users_and_ends_with_its_registration(self):
        config = self.folder / "crierd.toml"
        config.write_text("[sessions]\ninvited = false\n")
        self.start_broker("--config", config)
        file, key = self.own_key("desk.key")
        stranger = self.visitor("vanessa")
        self.assertIn("takes no session by invitation alone",
                      stranger.wait_for("ended")[0]["reason"])
        self.crier("keys", "add", key, "--name", "desk", "--rights", "session",
                   "--user", "vanessa")
        desk = self.agent("mallory", "--key", file)
        session = self.only_session()
        self.assertEqual((session["user"], session["user_verified"]), ("vanessa", True))
        self.crier("send", "Salut", "--where", "user=vanessa")
        desk.wait_for("message")
        began = time.monotonic()
        self.crier("keys", "revoke", "desk")
        self.assertIn("not registered for sessions any more", desk.wait_for("ended")[0]["reason"])
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual(self.crier_json("sessions"), [])

    def test_a_filter_that_says_verified_takes_nobody_at_their_word(self):
        self.start_broker()
        file, key = self.own_key("desk.key")
        self.crier("keys", "add", key, "--name", "desk", "--rights", "session",
                   "--user", "vanessa")
        hers = ("--where", "user=vanessa", "--verified")
        # Of a message that stands, that is how a stranger would read what is hers.
        self.crier("send", "Salut Vanessa", *hers, "--expires", "10m")
        stranger = self.agent("vanessa")
        desk = self.agent("mallory", "--key", file)
        self.assertEqual(desk.wait_for("message")[0]["text"], "Salut Vanessa")
        self.assertEqual([one["id"] for one in self.crier_json("sessions", *hers)], [desk.id])
        self.crier("send", "Salut encore", *hers, "--wait", "displayed")
        self.crier("send", "to all", "--wait", "displayed")
        self.assertEqual([one["text"] for one in stranger.wait_for("message")], ["to all"])
        wrong = self.crier("send", "x", "--where", "user!=guest", "--verified", expect=4)
        self.assertIn("say who they are, not who they are not", wrong.stderr)
        wrong = self.crier("send", "x", "--verified", expect=64)
        self.assertIn("--verified is for --where", wrong.stderr)

    def start_with_tickets(self):
        self.start_broker("--config", configuration(self.folder))

    def test_a_ticket_says_who_it_is_and_is_renewed_while_the_session_is_in(self):
        self.start_with_tickets()
        program = TicketProgram(self.folder, "vanessa", 6)
        agent = self.agent("mallory", "--ticket-command", program.file)
        session = self.only_session()
        self.assertEqual((session["user"], session["user_verified"]), ("vanessa", True))
        self.assertEqual((session["groups"], session["groups_verified"]), (["sales"], True))
        end = time.monotonic() + DEADLINE_S
        while program.count() < 4:  # The first has expired by then.
            self.assertLess(time.monotonic(), end)
            self.assertEqual(len(self.crier_json("sessions")), 1)
        self.assertEqual(len(agent.events("disconnected")), 0)
        self.assertEqual(self.only_session()["created"], session["created"])

    def test_who_loses_their_tickets_is_out_until_they_get_a_new_one(self):
        self.start_with_tickets()
        # As far ahead as a server's clock may be: what it signs counts again a second later.
        program = TicketProgram(self.folder, "vanessa", 600, ahead=59)
        agent = self.agent("vanessa", "--ticket-command", program.file)
        self.assertEqual(program.count(), 1)
        self.crier("keys", "revoke", "--tickets-of", "vanessa")
        self.assertIn("the ticket was revoked", agent.wait_for("disconnected")[0]["reason"])
        agent.wait_for("connected", 2)
        self.assertGreater(program.count(), 1)
        self.assertTrue(self.only_session()["user_verified"])

    def test_a_ticket_that_does_not_do_is_said(self):
        self.start_with_tickets()
        program = self.folder / "forge"
        program.write_text("#!/bin/sh\necho a.b.c\n")
        program.chmod(0o700)
        agent = self.visitor("mallory", "--ticket-command", program)
        self.assertIn("is no JWT", agent.wait_for("disconnected")[0]["reason"])
        broken = self.visitor("mallory", "--ticket-command", "false")
        self.assertIn("false ended with exit status 1", broken.wait_for("error")[0]["reason"])
        self.assertEqual(self.crier_json("sessions"), [])

    def test_a_program_for_tickets_that_hangs_is_killed_and_said_to(self):
        self.start_with_tickets()
        gets_one = TicketProgram(self.folder, "vanessa", 3)
        program = self.folder / "get-one-and-hang"
        program.write_text(f"#!/bin/sh\n[ ! -e {gets_one.given} ] || exec tail -f /dev/null\n"
                           f"exec {gets_one.file}\n")
        program.chmod(0o700)
        agent = self.agent("vanessa", "--ticket-command", program)
        self.assertRegex(agent.wait_for("error")[0]["reason"],
                         f"{program} did not end within [0-9]+ s, and was killed")
        self.assertIn("expired", agent.wait_for("disconnected")[0]["reason"])

    def test_an_issuers_secret_that_others_can_read_is_refused(self):
        issuer = self.folder / "shop.toml"
        issuer.write_text(ISSUER)
        issuer.chmod(0o644)
        config = self.folder / "crierd.toml"
        config.write_text(f"[sessions]\nticket_issuers = [{json.dumps(str(issuer))}]\n")
        for options in ([], ["--check-config"]):
            refused = subprocess.run(
                [BIN / "crierd", "--config", config, "--data", self.folder / "data", *options],
                capture_output=True, text=True, timeout=DEADLINE_S)
            self.assertNotEqual(refused.returncode, 0, options)
            self.assertIn(f"chmod 600 {issuer}", refused.stderr)
            self.assertNotIn(SECRET.decode(), refused.stderr)


if __name__ == "__main__":
    unittest.main()
