"""What the Python package plans, asks and ends, against a real broker; and what a screen is told of
it. Nothing here sleeps: every wait is for an event, with an end."""

import threading
import unittest
from datetime import datetime, timedelta, timezone

import crier
from python_support import PythonTest, Screen
from support import DEADLINE_S

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def in_an_hour():
    """In whole milliseconds, as the broker has it."""
    then = datetime.now(timezone.utc) + HOUR
    return then.replace(microsecond=then.microsecond // 1000 * 1000)


class PythonAudit(PythonTest):
    def test_it_reads_and_checks_the_log(self):
        sent = self.publisher.send("At 22:00", title="Avis")
        self.publisher.update(sent.id, text="At 23:00")
        self.publisher.send("Salut")
        entries = self.publisher.entries(10)
        self.assertEqual([one.kind for one in entries], ["message", "update", "message"])
        update, first = self.publisher.entries(10, about=sent.id)
        self.assertEqual((update.about, update.text, update.title), (sent.id, "At 23:00", None))
        self.assertEqual((first.id, first.about, first.title), (sent.id, None, "Avis"))
        self.assertEqual((first.by, len(first.chain), first.at.tzinfo),
                         ("operator", 32, timezone.utc))
        self.assertEqual(self.publisher.entries(10, kind="update", by="operator"), [update])
        self.assertEqual(self.publisher.entries(10, before=update.seq), [first])
        self.assertEqual(self.publisher.entries(10, since=in_an_hour()), [])
        head = self.publisher.audit_head()
        self.assertEqual(head.seq, entries[0].seq)
        verdict = self.publisher.audit_verify(head.line)
        self.assertEqual((verdict.finding, verdict.entries, verdict.seq, verdict.is_compared),
                         (None, 3, head.seq, True))
        for slip in (lambda: self.publisher.audit_verify("no head"),
                     lambda: self.publisher.entries(10, kind="mesage")):
            with self.assertRaises(crier.FixRequestError):
                slip()


class PythonPrivate(PythonTest):
    def test_only_the_session_reads_it(self):
        screen = self.screen()
        sent = self.publisher.send("Nobody's business", sessions=[screen.subscriber.session],
                                   private=True, wait_for=crier.State.DISPLAYED)
        shown = screen.wait_for(screen.messages)
        self.assertEqual((shown.text, shown.is_private), ("Nobody's business", True))
        listed = self.publisher.outcome(sent.id).message
        self.assertEqual((listed.text, listed.is_private), ("(private)", True))
        with self.assertRaises(crier.FixRequestError) as caught:
            self.publisher.send("Nobody's business", private=True)
        self.assertEqual(caught.exception.code, crier.ErrorCode.TARGET_INVALID)


class PythonScreens(PythonTest):
    def test_it_says_what_was_on_a_screen_and_who_put_it_there(self):
        before = datetime.now(timezone.utc) - HOUR
        screen = self.screen()
        sent = self.publisher.send("At 22:00", title="Avis", texts={"fr": "À 22 h"},
                                   language="en", wait_for=crier.State.DISPLAYED)
        then = self.publisher.screens("user=Vanessa")
        self.publisher.update(sent.id, text="At 23:00", wait_for=crier.State.DISPLAYED)
        one, = then.list
        self.assertEqual((one.message, one.text, one.title, one.revision, one.by, one.session),
                         (sent.id, "At 22:00", "Avis", 1, "operator", screen.subscriber.session))
        self.assertEqual([(other.language, other.text) for other in one.translations],
                         [("fr", "À 22 h")])
        self.assertEqual((one.user, one.user_verified, one.application, one.is_certain, one.seq),
                         ("Vanessa", False, "python_test", True, sent.seq))
        self.assertEqual((one.shown.tzinfo, one.said.tzinfo), (timezone.utc, timezone.utc))
        self.assertLessEqual(one.said, one.shown)
        self.assertLess(before, then.known_since)
        self.assertEqual(self.publisher.screens("user=Vanessa", one.shown), then,
                         "whatever was changed later")
        now, = self.publisher.screens("user=Vanessa").list
        self.assertEqual((now.text, now.revision, now.message), ("At 23:00", 2, sent.id))
        self.assertEqual(self.publisher.screens("user=Marc").list, ())
        self.publisher.recall(sent.id)
        self.assertEqual(self.publisher.screens("user=Vanessa").list, ())
        self.assertEqual(self.publisher.screens("user=Vanessa", one.shown), then)
        self.assertEqual(self.publisher.screens("user=Vanessa", before),
                         crier.Screens((), then.known_since, 1), "of which nothing is known")
        for code, where, at in ((crier.ErrorCode.FILTER_INVALID, "user=", None),
                                (crier.ErrorCode.TARGET_INVALID, "", None),
                                (crier.ErrorCode.TIME_INVALID, "user=*", HOUR)):
            with self.assertRaises(crier.FixRequestError) as raised:
                self.publisher.screens(where, at)
            self.assertEqual(raised.exception.code, code)
        with self.assertRaises(crier.FixRequestError):
            self.publisher.screens("user=*", datetime.now())


class PythonPlan(PythonTest):
    def test_a_message_waits_for_its_time_and_can_be_moved(self):
        screen = self.screen()
        at = in_an_hour()
        sent = self.publisher.send("later", at=at, every=MINUTE, until=at + HOUR,
                                   each_session=True)
        self.assertEqual((sent.due, sent.tally.targeted), (at, 0))
        planned = self.publisher.scheduled()[0]
        self.assertEqual(planned.schedule, crier.Schedule(at, MINUTE, at + HOUR, (), None, None))
        self.assertEqual((planned.id, planned.next, planned.is_waiting, planned.each_session,
                          planned.late, planned.closed), (sent.id, at, True, True, None, None))
        self.publisher.update(sent.id, shift=MINUTE)
        self.assertEqual(self.publisher.scheduled()[0].next, at + MINUTE)
        moved = self.publisher.update(sent.id, due=at + HOUR / 2)
        self.assertEqual(self.publisher.scheduled()[0].next, at + HOUR / 2)
        self.assertEqual(moved.id, sent.id)
        self.publisher.recall(sent.id)
        self.assertEqual(self.publisher.scheduled(), [])
        self.publisher.send("the end", wait_for=crier.State.DISPLAYED)
        self.assertEqual(screen.texts(), ["the end"])

    def test_a_message_comes_at_its_time_and_again(self):
        screen = self.screen()
        soon = timedelta(seconds=2)  # Past what a loaded machine takes to ask.
        with self.publisher.watch() as happenings:
            sent = self.publisher.send("Salut", at=soon, every=timedelta(seconds=1), until=HOUR)
            first, second = screen.wait_for(screen.messages), screen.wait_for(screen.messages, 2)
            self.assertEqual((first.id, first.is_reminder), (sent.id, False))
            self.assertEqual((second.id, second.revision, second.is_reminder), (sent.id, 2, True))
            self.assertIn(crier.What.MESSAGE_DUE, (one.what for one in happenings))
        screen.subscriber.acknowledged(second)
        self.until(lambda: self.publisher.outcome(sent.id).sessions[0].state ==
                   crier.State.ACKNOWLEDGED)

    def test_what_the_broker_was_not_there_for_comes_late(self):
        screen = self.screen()
        sent = self.publisher.send("Salut", at=MINUTE / 30)
        self.broker.stop()
        with self.assertRaises(crier.RetryLaterError):  # More than a second after its time.
            self.publisher.sessions(timeout=4)
        self.broker.start()
        message = screen.wait_for(screen.messages)
        self.assertEqual((message.id, message.late), (sent.id, sent.due))
        self.assertEqual(self.publisher.messages(1)[0].late, sent.due)

    def test_announcements_and_what_comes_after_them_are_told(self):
        at = in_an_hour()
        sent = self.publisher.send("We go down.", announcements=[at - MINUTE, at],
                                   close_admission=at, drop=at + MINUTE)
        schedule = self.publisher.messages(1)[0].schedule
        self.assertEqual(schedule, crier.Schedule(None, None, None, (at - MINUTE, at), at,
                                                  at + MINUTE))
        with self.assertRaises(crier.FixRequestError) as caught:
            self.publisher.send("We go down, too.", drop=HOUR)
        self.assertEqual(caught.exception.code, crier.ErrorCode.DRAIN_OVERLAPS)
        self.publisher.recall(sent.id)

    def test_each_screen_shows_its_own_language_and_its_own_name(self):
        hers = self.screen("Vanessa", locale="fr_FR.UTF-8")
        his = self.screen("Jim", locale="en_GB")
        sent = self.publisher.send(
            texts={"en": "{user}, please log off.", "fr": "{user}, déconnectez-vous."},
            titles={"en": "Notice", "fr": "Avis"}, template=True,
            wait_for=crier.State.DISPLAYED)
        self.assertTrue(sent.is_complete)
        message = hers.wait_for(hers.messages)
        self.assertEqual((message.text, message.title, message.language),
                         ("Vanessa, déconnectez-vous.", "Avis", "fr"))
        self.assertEqual(his.wait_for(his.messages).text, "Jim, please log off.")
        known = self.publisher.messages(1)[0]
        self.assertEqual((known.text, known.language, known.is_template),
                         ("{user}, please log off.", "en", True))
        self.assertEqual(known.translations,
                         (crier.Translation("fr", "{user}, déconnectez-vous.", "Avis"),))

    def test_a_text_of_its_own_is_for_all_others(self):
        screen = self.screen("Jim", locale="de")
        self.publisher.send("Salut", language="fr", texts={"en": "Hello"},
                            wait_for=crier.State.DISPLAYED)
        self.assertEqual(screen.texts(), ["Salut"])

    def test_a_countdown_is_told_in_parts(self):
        screen = self.screen()
        end = in_an_hour()
        self.publisher.send("Down in {remaining}.", template=True, countdown_to=end,
                            wait_for=crier.State.DISPLAYED)
        message = screen.wait_for(screen.messages)
        self.assertEqual((message.text_parts, message.countdown_to), (("Down in ", "."), end))
        self.assertEqual(message.text_at(end - timedelta(seconds=61)), "Down in 1:01.")
        self.assertEqual(message.text_at(end + HOUR), "Down in 0:00.")
        self.assertEqual(crier.remaining_time(timedelta(days=2, seconds=5)), "2 d 0:00:05")
        self.publisher.send("plain", wait_for=crier.State.DISPLAYED)
        self.assertEqual(screen.wait_for(screen.messages, 2).text_at(end), "plain")

    def test_what_nobody_acknowledges_becomes_more_urgent(self):
        screen = self.screen()
        steps = [(timedelta(milliseconds=1), crier.Urgency.ALERT),
                 (timedelta(seconds=1), "sound")]
        sent = self.publisher.send("Salut", escalate=steps)
        self.assertEqual(screen.wait_for(screen.escalated),
                         crier.Escalated(sent.id, 1, crier.Urgency.ALERT))
        self.assertEqual(screen.wait_for(screen.escalated, 2).urgency, crier.Urgency.SOUND)
        self.assertEqual(self.publisher.messages(1)[0].escalation, (
            crier.EscalationStep(timedelta(milliseconds=1), crier.Urgency.ALERT),
            crier.EscalationStep(timedelta(seconds=1), crier.Urgency.SOUND)))


class PythonQuestion(PythonTest):
    def answering(self, user, choice):
        """A screen that gives this answer to every question."""
        screen = self.screen(user, on_message=lambda message: self.answers[user](message))
        self.answers[user] = lambda message: screen.subscriber.answered(message, choice)
        return screen

    def setUp(self):
        super().setUp()
        self.answers = {}

    def test_what_everybody_has_answered_is_told_with_who_it_was(self):
        hers, his = self.answering("Vanessa", "now"), self.answering("Marc", 1)
        told = []
        asked = self.publisher.ask("Log off now?", ["now", "no", "later"], timeout=DEADLINE_S,
                                   on_progress=told.append)
        self.assertTrue(asked.is_complete)
        self.assertEqual(asked.choices, ("now", "no", "later"))
        self.assertEqual(asked.counts, {"now": 1, "no": 1, "later": 0})
        self.assertEqual(asked.answered, {hers.subscriber.session: "now",
                                          his.subscriber.session: "no"})
        self.assertEqual([one.user for one in asked.who("now")], ["Vanessa"])
        self.assertEqual(asked.who("later"), ())
        self.assertEqual(told[-1].answers[:3], (1, 1, 0))
        message = self.publisher.messages(1)[0]
        self.assertEqual((message.choices, message.answers, message.quorum, message.style),
                         (("now", "no", "later"), (1, 1, 0), 0, crier.Style.ALERT))

    def test_a_quorum_closes_it_and_it_leaves_the_screens(self):
        self.answering("Vanessa", "now")
        waiting = self.screen("Marc", report=crier.Report.MANUAL)
        with self.publisher.watch() as happenings:
            asked = self.publisher.ask("Log off now?", ["now", "no"], quorum=50,
                                       timeout=DEADLINE_S)
            self.assertEqual((asked.is_closed, asked.counts), (True, {"now": 1, "no": 0}))
            self.assertEqual(waiting.wait_for(waiting.removed),
                             crier.Removed(asked.id, crier.RemovalCause.CLOSED))
            self.assertIn(crier.What.QUESTION_CLOSED, (one.what for one in happenings))
        self.assertIsNotNone(self.publisher.messages(1)[0].closed)

    def test_time_closes_it(self):
        self.screen(report=crier.Report.MANUAL)
        asked = self.publisher.ask("Log off now?", ["now", "no"], timeout=1)
        self.assertEqual((asked.is_complete, asked.answered), (False, {}))
        self.assertEqual(asked.sessions[0].answer, None)

    def test_it_can_be_closed_before_its_time(self):
        screen = self.screen(report=crier.Report.MANUAL)
        closed = []

        def close():
            question = screen.wait_for(screen.messages)
            closed.append(self.publisher.close_question(question.id))

        closing = threading.Thread(target=close)
        closing.start()
        asked = self.publisher.ask("Log off now?", ["now", "no"], timeout=DEADLINE_S)
        closing.join(DEADLINE_S)
        self.assertEqual((asked.is_complete, asked.is_closed, asked.id),
                         (False, True, closed[0].id))
        self.assertTrue(self.publisher.close_question(asked.id).already)

    def test_a_dry_run_asks_nobody(self):
        screen = self.screen()
        asked = self.publisher.ask("Log off now?", ["now", "no"], where="user=Vanessa",
                                   dry_run=True)
        self.assertEqual((asked.tally.targeted, asked.counts), (1, {"now": 0, "no": 0}))
        self.publisher.send("the end", wait_for=crier.State.DISPLAYED)
        self.assertEqual(screen.texts(), ["the end"])


class PythonEnd(PythonTest):
    def test_a_drop_ends_sessions_of_its_target_and_no_other(self):
        hers, his = self.screen("Vanessa"), self.screen("Marc")
        dropped = self.publisher.drop(crier.Target.matching("user=Vanessa"), wait=True)
        self.assertEqual((dropped.is_complete, dropped.dropped), (True, 1))
        cause, error = hers.wait_for(hers.ended)
        self.assertEqual((cause, error.code), (crier.EndedCause.DROPPED, crier.ErrorCode.DROPPED))
        outcome = self.publisher.outcome(dropped.id)
        self.assertEqual([(one.user, one.dropped) for one in outcome.sessions],
                         [("Vanessa", True)])
        self.assertEqual([one.attributes.user for one in self.publisher.sessions()], ["Marc"])
        self.assertEqual(his.ended, [])

    def test_a_grace_is_counted_down(self):
        screen = self.screen()
        dropped = self.publisher.drop(crier.Target.of([screen.subscriber.session]),
                                      message="{user}: {remaining}.", grace=HOUR)
        message = screen.wait_for(screen.messages)
        self.assertEqual(message.text_parts, ("Vanessa: ", "."))
        self.assertEqual(self.publisher.scheduled()[0].schedule.drop, message.countdown_to)
        self.assertLess(message.countdown_to, datetime.now(timezone.utc) + HOUR)
        self.publisher.recall(dropped.id)
        self.assertEqual(screen.ended, [])

    def test_a_dry_drop_ends_nobody(self):
        screen = self.screen()
        dry = self.publisher.drop(crier.Target.everyone(), dry_run=True)
        self.assertEqual((dry.dry_run, dry.tally.targeted), (True, 1))
        self.publisher.send("the end", wait_for=crier.State.DISPLAYED)
        self.assertEqual((screen.texts(), screen.ended), (["the end"], []))

    def test_who_is_not_let_in_is_told_why_and_comes_when_it_is_open(self):
        self.assertEqual(self.publisher.admission(),
                         crier.Admission(True, "", "", None, "", False))
        closed = self.publisher.close_admission("Back at 23:00.", except_where="user=root")
        self.assertEqual((closed.is_open, closed.message, closed.except_where, closed.already),
                         (False, "Back at 23:00.", "user=root", False))
        self.assertIsNotNone(closed.since)
        self.assertTrue(closed.by)
        screen = Screen(self.broker.invitation("sessions"), "Vanessa")
        self.addCleanup(screen.subscriber.close)
        error, will_return = screen.wait_for(screen.disconnected)
        self.assertEqual((error.code, will_return), (crier.ErrorCode.ADMISSION_CLOSED, True))
        self.assertIsInstance(error, crier.RetryLaterError)
        self.assertIn("Back at 23:00.", error.detail)
        self.assertTrue(self.publisher.open_admission().is_open)
        screen.wait_for(screen.connected)


class PythonSlips(PythonTest):
    def refused(self, code, call, *arguments, **options):
        with self.subTest(options=options), self.assertRaises(crier.FixRequestError) as caught:
            call(*arguments, **options)
        self.assertEqual(caught.exception.code, code)

    def test_what_cannot_be_planned_says_why(self):
        screen = self.screen()
        usage, text, time = (crier.ErrorCode.USAGE_INVALID, crier.ErrorCode.TEXT_INVALID,
                             crier.ErrorCode.TIME_INVALID)
        second = timedelta(seconds=1)
        for code, options in [
                (text, {"texts": {"": "Salut"}}),
                (usage, {"titles": {"fr": "Avis"}}),
                (text, {"texts": {"fr": "{nobody}"}, "template": True}),
                (usage, {"escalate": [(second, "siren")]}),
                (usage, {"escalate": [(-second, "alert")]}),
                (text, {"escalate": [(second, "sound"), (2 * second, "alert")]}),
                (usage, {"choices": "yes"}),
                (text, {"choices": ["yes"]}),
                (usage, {"quorum": 50}),
                (usage, {"quorum": 101, "choices": ["yes", "no"]}),
                (usage, {"quorum": -1, "choices": ["yes", "no"]}),
                (time, {"at": -HOUR}),
                (time, {"at": datetime(2099, 1, 1)}),
                (usage, {"every": -second}),
                (time, {"every": MINUTE}),
                (time, {"at": HOUR, "announcements": [HOUR]}),
                (usage, {"wait_for_drop": True})]:
            self.refused(code, self.publisher.send, "never shown", **options)
        self.refused(text, self.publisher.close_admission, " ")
        self.refused(crier.ErrorCode.FILTER_INVALID, self.publisher.close_admission, "Closed.",
                     except_where="user=a b")
        self.refused(crier.ErrorCode.TARGET_INVALID, self.publisher.drop, crier.Target.of([]))
        self.refused(crier.ErrorCode.TARGET_INVALID, self.publisher.drop,
                     crier.Target.matching(""))
        self.refused(crier.ErrorCode.TARGET_INVALID, self.publisher.drop,
                     crier.Target(crier.TargetKind.EVERYONE, where="user=nobody"))
        self.assertTrue(self.publisher.admission().is_open)
        sent = self.publisher.send("the end", wait_for=crier.State.DISPLAYED)
        self.refused(crier.ErrorCode.MESSAGE_UNKNOWN, self.publisher.close_question, sent.id)
        self.refused(usage, self.publisher.update, sent.id, shift=-second)
        self.refused(usage, screen.subscriber.answered, screen.wait_for(screen.messages), 0)
        self.assertEqual((screen.texts(), screen.ended), (["the end"], []))


if __name__ == "__main__":
    unittest.main()
