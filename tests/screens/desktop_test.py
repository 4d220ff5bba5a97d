"""Desktop notifications from the operator to the screen and back: what dunst, other servers and a
misbehaving one make of messages, and that the operator is told the truth of it.

Method: the real crierd, crier and crier-agent on a session bus of the test's own, with the
server under an X server without a screen.
"""

import json
import os
import socket
import subprocess
import unittest

from desktop_support import (BIN, DEADLINE_S, SERVICE, DesktopTest, Matching, Misbehaving, Xfce,
                             run, until)
from gi.repository import GLib

MARKUP = "<b>bold</b> & <img src='x'> &amp; <a href=\"http://x\">here</a>"


class Desktop(DesktopTest):
    """Under dunst."""

    def setUp(self):
        super().setUp()
        self.start_bus()
        self.start_dunst()

    def test_a_message_is_shown_and_changed_in_place_and_recalled(self):
        self.session("desktop")
        message = self.send("The printer is down.", "--title", "Printer", "--severity", "warning")
        self.dunst.until_count(1)
        self.until_receipt(message, state="displayed", cause="", digest=False)
        self.shoot("shown")
        self.crier("update", message, "The printer works again.", "--wait", "displayed")
        self.assertEqual(self.dunst.count(), 1)
        self.assertIn("The printer works again.", self.dunst.printed())
        self.assertIn("WARNING, changed: Printer", self.dunst.printed())
        self.shoot("changed")
        self.crier("recall", message)
        self.dunst.until_count(0, deadline_s=1)
        self.until_receipt(message, removed=True)

    def test_it_goes_when_its_time_is_over_by_our_clock(self):
        self.session("desktop")
        message = self.send("Soon over.", "--expires", "2s", "--wait", "displayed")
        self.assertEqual(self.dunst.count(), 1)
        self.dunst.until_count(0)
        self.assertEqual(self.receipt(message)["state"], "displayed")

    def test_a_button_acknowledges(self):
        self.session("desktop")
        message = self.send("Please log off.", "--style", "alert", "--wait", "displayed")
        self.assertIn("I have read this", self.dunst.printed())
        self.shoot("alert")
        self.dunst.ctl("action", "0")
        self.until_receipt(message, state="acknowledged")
        self.dunst.until_count(0)

    def test_a_choice_answers_the_question(self):
        self.session("desktop")
        asking = self.crier_beside("ask", "Log off now?", "--choice", "now", "--choice",
                                   "10 more minutes", "--json")
        self.dunst.until_count(1)
        self.shoot("question")
        self.dunst.choice.write_text("10 more minutes\n")
        self.dunst.ctl("context")
        self.assertEqual(asking.wait(DEADLINE_S), 0)
        said = json.loads(asking.stdout.read())
        self.assertEqual(said["sessions"][0]["answer"], "10 more minutes")
        self.until_receipt(said["id"], state="answered", answer="10 more minutes", removed=False)
        # dunst leaves it there, and who is asked may think better of it.
        self.dunst.choice.write_text("now\n")
        self.dunst.ctl("context")
        self.until_receipt(said["id"], answer="now")
        self.crier("close", said["id"])
        self.dunst.until_count(0)

    def test_what_the_person_closes_is_removed_and_the_operator_sees_who_did(self):
        self.session("desktop:terminal")
        message = self.send("Hello", "--wait", "displayed")
        self.dunst.ctl("close")
        receipt = self.until_receipt(message, removed=True)
        self.assertEqual((receipt["state"], receipt["cause"]),
                         ("displayed", "dismissed by the person"))
        self.assertIn("dismissed by the person", self.crier("status", message).stdout)
        self.assertEqual(self.dunst.count(), 0)

    def test_while_dunst_is_paused_it_is_suppressed_and_then_displayed(self):
        self.session("desktop:terminal")
        self.dunst.ctl("set-paused", "true")
        first = self.send("Hello")
        self.until_receipt(first, state="suppressed", cause="dunst is paused")
        recalled = self.send("Never mind")
        self.until_receipt(recalled, state="suppressed")
        self.crier("recall", recalled)
        self.shoot("paused")
        self.dunst.ctl("set-paused", "false")
        self.until_receipt(first, state="displayed", cause="")
        self.dunst.until_count(1)
        self.shoot("unpaused")
        self.assertEqual(self.receipt(recalled)["state"], "suppressed")

    def test_markup_is_shown_as_it_was_written(self):
        self.session("desktop")
        self.send(MARKUP, "--title", MARKUP, "--wait", "displayed")
        self.shoot("markup")
        escaped = MARKUP.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        self.assertIn(f"body: '{escaped}\n", self.dunst.printed())
        self.assertIn(f"summary: '{MARKUP}'", self.dunst.printed())

    def test_a_thousand_after_an_absence_are_one_notification(self):
        agent = self.session("desktop")
        self.crash(agent)
        first = self.send("The first one")
        subprocess.run([BIN / "send_many", self.broker.invitation("operators"), "998"],
                       check=True, timeout=DEADLINE_S)
        last = self.send("The last one")
        self.session("desktop")
        for message in (first, last):
            self.until_receipt(message, state="displayed", digest=True)
        self.assertIn("summary: '1000 messages, newest first'", self.dunst.summaries())
        self.shoot("digest")
        self.assertEqual(self.dunst.count(), 1)
        self.assertEqual(self.dunst.count("waiting") + self.dunst.count("history"), 0)
        self.assertLess(len(self.dunst.summaries()), 50)

    def test_speaks_french_to_whom_does(self):
        self.session("desktop", "--locale", "fr_FR")
        self.send("Veuillez sauvegarder.", "--title", "Maintenance", "--severity", "critical",
                  "--style", "alert", "--wait", "displayed")
        self.shoot("french")
        self.assertIn("CRITIQUE : Maintenance", self.dunst.printed())
        self.assertIn("J'ai lu ce message", self.dunst.printed())


class DesktopEnds(DesktopTest):
    """The server, the bus or the agent ends."""

    def setUp(self):
        super().setUp()
        self.start_bus()

    def test_when_dunst_ends_the_terminal_shows_it_and_when_it_is_back_it_is_used_again(self):
        self.start_dunst()
        agent = self.session("desktop:terminal")
        before = self.send("Shown before.", "--wait", "displayed")
        self.dunst.kill()
        self.until_receipt(before, state="displayed",
                           cause="by terminal, for desktop: the notification server ended")
        between = self.send("Shown between.")
        self.until_receipt(between, state="displayed",
                           cause="by terminal, for desktop: there is no notification server")
        for text in ("Shown before.", "Shown between."):
            self.assertTrue(agent.lines.wait_until(lambda lines: text in "".join(lines)))
        self.start_dunst()
        after = self.send("Shown after.")
        self.until_receipt(after, state="displayed", cause="")
        self.assertEqual(self.dunst.count(), 1)
        self.assertNotIn("Shown after.", "".join(agent.lines.all))

    def test_what_nobody_could_see_waits_for_a_server_and_what_asks_comes_back(self):
        self.start_dunst()
        self.session("desktop")
        alert = self.send("Please log off.", "--style", "alert", "--wait", "displayed")
        plain = self.send("Hello", "--wait", "displayed")
        self.dunst.kill()
        self.until_receipt(plain, state="displayed", removed=True,
                           cause="desktop: the notification server ended")
        waiting = self.send("Nobody sees this yet.")
        self.until_receipt(waiting, state="suppressed",
                           cause="desktop: there is no notification server")
        self.assertFalse(self.receipt(alert)["removed"])
        self.start_dunst()
        self.until_receipt(waiting, state="displayed", cause="")
        self.dunst.until_count(2)
        self.crier("recall", waiting)
        self.dunst.until_count(1)
        self.dunst.ctl("action", "0")
        self.until_receipt(alert, state="acknowledged")

    def test_an_agent_that_crashed_leaves_nothing_twice_on_the_desktop(self):
        self.start_dunst()
        agent = self.session("desktop")
        alert = self.send("Please log off.", "--style", "alert", "--wait", "displayed")
        self.send("Hello", "--wait", "displayed")
        self.dunst.until_count(2)
        self.crash(agent)
        self.assertEqual(self.dunst.count(), 2)
        self.session("desktop")
        until(lambda: len(self.dunst.summaries()) == 3, "the alert shown again")
        self.dunst.until_count(1)
        self.dunst.ctl("action", "0")
        self.until_receipt(alert, state="acknowledged")
        self.dunst.until_count(0)

    def test_an_agent_that_is_stopped_takes_all_along(self):
        self.start_dunst()
        agent = self.session("desktop")
        self.send("Please log off.", "--style", "alert", "--wait", "displayed")
        self.send("Hello", "--wait", "displayed")
        agent.stop()
        self.dunst.until_count(0)

    def test_when_the_bus_ends_the_terminal_shows_it_and_another_bus_is_used_again(self):
        self.start_dunst()
        self.session("desktop:terminal")
        message = self.send("Hello", "--wait", "displayed")
        self.bus.process.kill()
        receipt = self.until_receipt(message, state="displayed",
                                     cause=Matching("^by terminal, for desktop: the session "
                                                         "bus is gone: "))
        self.assertFalse(receipt["removed"])
        self.start_bus()
        self.start_dunst()
        self.until_receipt(self.send("Hello again"), state="displayed", cause="")


class NoServer(DesktopTest):
    def test_without_a_bus_the_terminal_shows_it(self):
        self.session("desktop:terminal")
        message = self.send("Hello")
        self.until_receipt(message, state="displayed",
                           cause=Matching("^by terminal, for desktop: there is no session bus: "))

    def test_without_anything_else_it_waits_for_a_bus(self):
        self.session("desktop")
        message = self.send("Hello")
        self.until_receipt(message, state="suppressed",
                           cause=Matching("^desktop: there is no session bus: "))
        self.start_bus("late")
        self.start_dunst()
        self.assertTrue(self.stays(message, state="suppressed"), "it is another bus")

    def test_a_bus_that_comes_later_is_found(self):
        os.environ["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={self.folder}/bus-1"
        self.session("desktop")
        message = self.send("Hello")
        self.until_receipt(message, state="suppressed")
        self.start_bus()
        self.start_dunst()
        self.until_receipt(message, state="displayed", cause="")

    def test_a_bus_that_never_answers_holds_nothing_up(self):
        silent = socket.socket(socket.AF_UNIX)
        self.addCleanup(silent.close)
        silent.bind(str(self.folder / "silent"))
        silent.listen(16)
        os.environ["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={self.folder}/silent"
        agent = self.session("desktop:terminal")
        self.until_receipt(self.send("Hello"), state="displayed",
                           cause="by terminal, for desktop: the session bus does not answer")
        agent.process.terminate()
        self.assertEqual(agent.process.wait(5), 0)

    def test_a_bus_without_a_server(self):
        self.start_bus()
        self.session("desktop:terminal")
        self.until_receipt(self.send("Hello"), state="displayed",
                           cause="by terminal, for desktop: there is no notification server")

    def test_a_bus_that_can_start_a_server_starts_it(self):
        self.start_bus()
        self.bus.offer(SERVICE, "/usr/bin/dunst")
        self.session("desktop:terminal")
        self.assertFalse(self.bus.has(SERVICE), "not before it is needed")
        self.until_receipt(self.send("Hello"), state="displayed", cause="")
        self.assertTrue(self.bus.has(SERVICE))

    def test_a_server_that_cannot_be_started(self):
        self.start_bus()
        self.bus.offer(SERVICE, "/bin/false")
        self.session("desktop:terminal")
        self.until_receipt(self.send("Hello"), state="displayed", cause=Matching(
            "^by terminal, for desktop: the notification server: .*exited with status 1"))


class DesktopAuto(DesktopTest):
    """What fits where the agent runs."""

    def test_notifications_are_on_the_desktop_and_alerts_in_the_window(self):
        self.start_bus()
        self.start_dunst()
        self.session("auto")
        message = self.send("Hello", "--wait", "displayed")
        self.assertEqual(self.receipt(message)["cause"], "")
        self.assertEqual(self.dunst.count(), 1)
        self.crier("send", "Please log off.", "--style", "alert", "--wait", "displayed")
        self.assertEqual(self.dunst.count(), 1, "it is in the window")
        self.assertTrue(run("xdotool", "search", "--onlyvisible", "--class", "crier-alert"))
        self.shoot("auto")


class DesktopXfce(DesktopTest):
    """Under xfce4-notifyd."""

    def setUp(self):
        super().setUp()
        self.start_bus()
        self.xfce = Xfce(self.processes, self.bus, self.folder)
        self.session("desktop:terminal")

    def test_a_message_is_shown_and_changed_in_place_and_recalled(self):
        message = self.send(MARKUP, "--title", MARKUP)
        self.until_receipt(message, state="displayed", cause="")
        self.xfce.until_count(1)
        self.shoot("xfce")
        self.crier("update", message, "Another text.", "--wait", "displayed")
        self.assertEqual(len(self.xfce.windows()), 1)
        self.crier("recall", message)
        self.xfce.until_count(0)

    def test_a_click_on_the_button_acknowledges(self):
        message = self.send("Please log off.", "--style", "alert", "--wait", "displayed")
        self.xfce.until_count(1)
        self.shoot("xfce_alert")

        def click():
            for left, top, width, height in self.xfce.windows():
                run("xdotool", "mousemove", str(left + width - 50), str(top + height - 28),
                    "click", "1")
            return self.receipt(message)["state"] == "acknowledged"
        until(click, "the acknowledgement by a click")
        self.xfce.until_count(0)

    def test_do_not_disturb_suppresses_all_but_what_is_critical_and_shows_it_later(self):
        self.xfce.disturb(False)
        plain = self.send("Hello")
        self.until_receipt(plain, state="suppressed", cause="do not disturb is on")
        self.assertEqual(self.xfce.windows(), [])
        critical = self.send("Fire!", "--severity", "critical")
        self.until_receipt(critical, state="displayed", cause="")
        self.xfce.until_count(1)
        self.xfce.disturb(True)
        self.until_receipt(plain, state="displayed", cause="")
        self.xfce.until_count(2)
        self.shoot("xfce_disturbed_again")


class MisbehavingServer(DesktopTest):
    """Whatever a server does, the operator is told no more than what is true."""

    def setUp(self):
        super().setUp()
        self.start_bus()

    def serve(self, *options, screen="desktop:terminal"):
        self.server = Misbehaving(self.processes, self.bus, *options)
        self.session(screen)

    def until_by_terminal(self, message, why):
        """The receipt says this, or begins so."""
        return self.until_receipt(message, state="displayed", removed=False,
                                  cause=Matching("^by terminal, for desktop: " + why))

    def close(self, reason):
        """The first of its notifications, once it is displayed."""
        self.serve()
        message = self.send("Hello", "--wait", "displayed")
        self.server.say(close=1, reason=reason)
        return self.until_receipt(message, removed=True)

    def test_one_that_never_answers(self):
        self.serve("--answers", "never")
        self.until_by_terminal(self.send("Hello"),
                               "the notification server did not answer within 5 s")

    def test_one_that_answers_too_late(self):
        self.serve("--answers", "when-told")
        message = self.send("Hello")
        self.until_by_terminal(message, "the notification server did not answer within 5 s")
        self.server.say(answer=7)
        self.assertEqual(self.server.wait_for("CloseNotification"), [[7]])
        self.until_by_terminal(message, "the notification server did not answer within 5 s")

    def test_one_that_answers_nothing_that_it_is_asked(self):
        self.serve("--deaf", "GetCapabilities", "--deaf", "GetServerInformation")
        self.until_by_terminal(self.send("Hello"),
                               "the notification server did not answer within 5 s")
        # After a while it is taken at the least: no buttons, plain text.
        until(lambda: self.receipt(self.send("<i>Hello again</i>", "--style", "alert", "--wait",
                                             "displayed"))["cause"] == "", "its use")
        arguments = self.server.wait_for("Notify")[0]
        self.assertEqual(arguments[5], [])
        self.assertIn("<i>Hello again</i>", arguments[4])

    def test_one_that_closes_each_before_or_after_it_has_taken_it(self):
        for way in ("closed-before", "closed-after"):
            with self.subTest(way):
                self.serve("--answers", way)
                self.until_by_terminal(self.send("Hello"),
                                       "closed at once: dismissed by the person")
                self.agents[-1].stop()
                self.server.process.kill()
                self.bus.until_served(False)

    def test_one_that_refuses_each(self):
        self.serve("--answers", "error", screen="desktop")
        self.until_receipt(self.send("Hello"), state="suppressed",
                           cause="desktop: the notification server: there are too many already")

    def test_one_that_gives_no_id(self):
        self.serve("--answers", "zero")
        self.until_by_terminal(self.send("Hello"), "the notification server gave it no id")

    def test_one_that_answers_with_another_type(self):
        self.serve("--answers", "text")
        self.until_by_terminal(self.send("Hello"), "the notification server")

    def test_one_that_gives_two_the_same_id(self):
        self.serve("--answers", "same", screen="desktop")
        first = self.send("Hello", "--wait", "displayed")
        second = self.send("Another one", "--wait", "displayed")
        self.until_receipt(first, removed=True, cause="the notification server gave its place to "
                                                      "another message")
        self.assertFalse(self.receipt(second)["removed"])
        self.crier("recall", second)
        self.assertEqual(self.server.wait_for("CloseNotification"), [[7]])

    def test_one_that_ends_when_it_is_asked(self):
        self.serve("--answers", "die")
        self.until_by_terminal(self.send("Hello"), "the notification server")

    def test_one_that_lets_expire_what_never_expires(self):
        self.assertEqual(self.close(1)["cause"], "the notification server let it expire")
        self.assertEqual(self.server.wait_for("Notify")[0][7], 0, "it was asked not to")

    def test_one_that_says_who_has_closed_it_or_does_not(self):
        self.assertEqual(self.close(3)["cause"], "closed by another program")

    def test_one_that_names_a_reason_that_there_is_not(self):
        self.assertEqual(self.close(4711)["cause"],
                         "closed by the notification server, which does not say why")

    def test_one_without_buttons_that_names_one(self):
        self.serve("--capability", "body")
        message = self.send("Log off.", "--style", "alert", "--wait", "displayed")
        self.assertEqual(self.server.wait_for("Notify")[0][5], [])
        self.server.say(invoke=1, action="acknowledge")
        self.assertTrue(self.stays(message, state="displayed", removed=False))

    def test_one_that_names_what_was_not_offered_or_is_not_ours(self):
        self.serve("--capability", "actions")
        alert = self.send("Log off.", "--style", "alert", "--wait", "displayed")
        asking = self.crier_beside("ask", "Now?", "--choice", "yes", "--choice", "no", "--json")
        self.assertEqual(self.server.wait_for("Notify", 2)[1][5],
                         ["choice-0", "yes", "choice-1", "no"])
        for number, action in ((1, "choice-0"), (1, "default"), (1, ""), (2, "choice-2"),
                               (2, "acknowledge"), (2, "choice--1"), (99, "acknowledge"), (0, "")):
            self.server.say(invoke=number, action=action)
        for number in (0, 99):
            self.server.say(close=number, reason=2)
        self.assertTrue(self.stays(alert, state="displayed", removed=False))
        self.assertIsNone(asking.poll())
        self.server.say(invoke=2, action="choice-1")
        self.assertEqual(asking.wait(DEADLINE_S), 0)
        self.assertEqual(json.loads(asking.stdout.read())["sessions"][0]["answer"], "no")
        self.server.say(invoke=1, action="acknowledge")
        self.until_receipt(alert, state="acknowledged")

    def test_one_that_claims_markup_gets_it(self):
        self.serve("--capability", "body-markup")
        self.send(MARKUP, "--wait", "displayed")
        self.assertIn("&lt;b&gt;bold&lt;/b&gt; &amp; &lt;img", self.server.wait_for("Notify")[0][4])

    def test_one_that_sends_rubbish(self):
        self.serve()
        message = self.send("Hello", "--wait", "displayed")
        self.server.say(rubbish=1)
        self.assertTrue(self.stays(message, state="displayed", removed=False, cause=""))
        self.until_receipt(self.send("Hello again"), state="displayed", cause="")

    def test_nobody_else_is_believed_to_be_it(self):
        self.server = Misbehaving(self.processes, self.bus, "--capability", "actions")
        agent = self.session("desktop:terminal")
        message = self.send("Please log off.", "--style", "alert", "--wait", "displayed")
        for name in self.bus.names_of(agent.process):
            for member, arguments in (("ActionInvoked", GLib.Variant("(us)", (1, "acknowledge"))),
                                      ("NotificationClosed", GLib.Variant("(uu)", (1, 2)))):
                self.bus.connection.emit_signal(name, "/org/freedesktop/Notifications", SERVICE,
                                                member, arguments)
            self.bus.connection.emit_signal(
                name, "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameOwnerChanged",
                GLib.Variant("(sss)", (SERVICE, ":1.1", "")))
        self.bus.connection.flush_sync()
        later = self.send("Hello", "--wait", "displayed")
        self.assertEqual(self.receipt(later)["cause"], "")
        self.assertEqual((self.receipt(message)["state"], self.receipt(message)["removed"]),
                         ("displayed", False))

    def test_its_name_is_a_line_in_what_the_doctor_says(self):
        self.server = Misbehaving(self.processes, self.bus, "--name", "two\nlines \x1b[31m")
        done = subprocess.run([BIN / "crier-agent", "doctor", "--screen", "desktop"],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=DEADLINE_S, check=False)
        line = next(line for line in done.stdout.splitlines() if line.startswith("  desktop"))
        self.assertRegex(line, r"^  desktop +works +two lines .*1, without buttons: no answers$")
        self.assertNotIn("\x1b", done.stdout)


if __name__ == "__main__":
    unittest.main()
