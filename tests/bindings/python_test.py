"""The Python package against a real broker: what a program sends, what a screen shows, and what
happens when something goes wrong. Nothing here sleeps: every wait is for an event, with an end."""

import datetime
import os
import select
import signal
import subprocess
import sys
import threading
import unittest

import crier
from bindings_support import PRELOADED
from python_support import PythonTest, Screen
from support import DEADLINE_S


class PythonPublisher(PythonTest):
    def test_a_message_comes_to_every_screen_and_the_tally_says_so(self):
        screens = [self.screen("Vanessa"), self.screen("Marc")]
        sent = self.publisher.send("Redémarrage à 22h.", title="Avis",
                                   severity=crier.Severity.WARNING, style=crier.Style.ALERT,
                                   wait_for=crier.State.DISPLAYED)
        self.assertTrue(sent.is_complete)
        self.assertEqual(sent.tally.targeted, 2)
        self.assertEqual(sent.tally.reached(crier.State.DISPLAYED), 2)
        for screen in screens:
            message = screen.wait_for(screen.messages)
            self.assertEqual(
                (message.id, message.text, message.title, message.severity, message.style),
                (sent.id, "Redémarrage à 22h.", "Avis", crier.Severity.WARNING, crier.Style.ALERT))
            self.assertEqual((message.topic, message.revision, message.again), ("all", 1, False))
            self.assertLess(abs(message.sent - datetime.datetime.now(datetime.timezone.utc)),
                            datetime.timedelta(minutes=1))
            self.assertEqual(screen.threads, {"crier-subscriber"})

    def test_a_message_to_one_session_comes_to_no_other(self):
        hers, his = self.screen("Vanessa"), self.screen("Marc")
        self.publisher.send("Salut", sessions=[hers.subscriber.session],
                            wait_for=crier.State.DISPLAYED)
        self.publisher.send("to Vanessa", where="user=Vanessa", wait_for=crier.State.DISPLAYED)
        self.publisher.send("the end", wait_for=crier.State.DISPLAYED)
        self.assertEqual(hers.texts(), ["Salut", "to Vanessa", "the end"])
        self.assertEqual(his.texts(), ["the end"])

    def test_what_is_known_of_sessions_and_messages(self):
        screen = self.screen("Vanessa")
        expires = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=10)
        sent = self.publisher.send("Salut", where="user=Vanessa", expires=expires,
                                   wait_for=crier.State.DISPLAYED)
        listed = self.publisher.sessions(where="user=Vanessa")
        self.assertEqual([one.id for one in listed], [screen.subscriber.session])
        self.assertEqual(listed[0].attributes.application, "python_test")
        self.assertEqual(listed[0].state, crier.Presence.ACTIVE)
        self.assertIsNone(listed[0].unreachable_since)
        self.assertEqual(self.publisher.sessions(where="user=nobody"), [])
        # She only says that she is.
        hers = crier.Verified("user=Vanessa")
        self.assertEqual(self.publisher.sessions(where=hers), [])
        self.publisher.send("Salut", where=hers, expires=expires)
        target = self.publisher.messages(1)[0].target
        self.assertEqual(target, crier.Target.matching(hers))
        self.assertIsInstance(target.where, crier.Verified)

        message = self.publisher.messages(3)[1]
        self.assertEqual((message.id, message.text), (sent.id, "Salut"))
        self.assertEqual(message.target,
                         crier.Target(crier.TargetKind.MATCHING, where="user=Vanessa"))
        self.assertEqual(message.expires, expires.replace(
            microsecond=expires.microsecond // 1000 * 1000))
        self.assertEqual(sent.stands_until, message.expires)
        outcome = self.publisher.outcome(sent.id)
        self.assertEqual([(one.session, one.state) for one in outcome.sessions],
                         [(screen.subscriber.session, crier.State.DISPLAYED)])
        self.assertTrue(self.publisher.health().is_healthy)
        self.assertEqual(self.publisher.cluster(), [], "it is alone")
        self.assertEqual(self.publisher.sessions().silent, ())
        self.assertIn("send", self.publisher.whoami().rights)

    def test_the_same_id_is_one_message(self):
        screen = self.screen()
        first = self.publisher.send("once", id="00" * 15 + "07", wait_for=crier.State.DISPLAYED)
        again = self.publisher.send("once", id="00" * 15 + "07")
        self.assertEqual((first.already, again.already), (False, True))
        self.assertEqual(screen.texts(), ["once"])
        self.assertTrue(self.publisher.wait(first.id, crier.State.DISPLAYED).is_complete)

    def test_an_update_replaces_what_is_on_the_screen(self):
        screen = self.screen()
        sent = self.publisher.send("Restart at 22:00.", title="Notice",
                                   wait_for=crier.State.DISPLAYED)
        self.assertEqual((sent.revision, sent.removed), (1, 0))
        told = []
        changed = self.publisher.update(sent.id, text="Restart at 23:00.", title="",
                                        severity=crier.Severity.CRITICAL,
                                        wait_for=crier.State.DISPLAYED, on_progress=told.append)
        self.assertEqual((changed.id, changed.revision, changed.is_complete), (sent.id, 2, True))
        self.assertEqual(changed.tally[crier.State.DISPLAYED], 1)
        self.assertTrue(told)
        message = screen.wait_for(screen.messages, 2)
        self.assertEqual((message.id, message.revision, message.text, message.title,
                          message.severity, message.style),
                         (sent.id, 2, "Restart at 23:00.", "", crier.Severity.CRITICAL,
                          crier.Style.NOTIFICATION))

    def test_the_same_update_again_is_one_update(self):
        self.screen()
        sent = self.publisher.send("At 22:00.")
        first, again = (self.publisher.update(sent.id, text="At 23:00.", id="00" * 15 + "09")
                        for _ in range(2))
        self.assertEqual((first.already, again.already), (False, True))
        self.assertEqual((first.revision, again.revision), (2, 2))

    def test_who_has_acknowledged_is_left_alone_unless_asked_again(self):
        screen = self.screen(report=crier.Report.MANUAL)
        sent = self.publisher.send("At 22:00.")
        screen.subscriber.acknowledged(screen.wait_for(screen.messages))
        self.publisher.wait(sent.id, crier.State.ACKNOWLEDGED)
        self.publisher.update(sent.id, text="At 23:00.", wait_for=crier.State.ACKNOWLEDGED)
        asked = self.publisher.update(sent.id, style=crier.Style.ALERT, ask_again=True)
        self.assertEqual(asked.tally[crier.State.WAITING], 1)
        message = screen.wait_for(screen.messages, 2)
        self.assertEqual((message.revision, message.style), (3, crier.Style.ALERT))
        self.assertEqual(screen.texts(), ["At 22:00.", "At 23:00."])

    def test_a_recall_takes_it_off_every_screen(self):
        screen = self.screen()
        sent = self.publisher.send("Salut", wait_for=crier.State.DISPLAYED)
        recalled = self.publisher.recall(sent.id)
        self.assertEqual((recalled.id, recalled.is_complete, recalled.removed, recalled.already),
                         (sent.id, True, 1, False))
        self.assertEqual(screen.wait_for(screen.removed),
                         crier.Removed(sent.id, crier.RemovalCause.RECALLED))
        self.assertTrue(self.publisher.messages(1)[0].is_recalled)
        self.assertTrue(self.publisher.recall(sent.id).already)

    def test_a_dry_run_shows_nothing(self):
        screen = self.screen()
        self.assertEqual(self.publisher.send("dry", dry_run=True).tally.targeted, 1)
        self.publisher.send("wet", wait_for=crier.State.DISPLAYED)
        self.assertEqual(screen.texts(), ["wet"])

    def test_any_number_of_threads_may_send(self):
        screen = self.screen()
        failures = []

        def send(number):
            try:
                sent = self.publisher.send(f"{number}", wait_for=crier.State.DISPLAYED)
                failures.extend([] if sent.is_complete else [number])
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=send, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(DEADLINE_S)
        self.assertEqual(failures, [])
        self.assertEqual(sorted(screen.texts(), key=int), [str(number) for number in range(16)])

    def test_progress_is_told_on_the_calling_thread_which_may_use_the_publisher(self):
        self.screen()
        told = []

        def on_progress(progress):
            told.append((threading.current_thread(), progress.id,
                         len(self.publisher.sessions())))

        sent = self.publisher.send("Salut", wait_for=crier.State.DISPLAYED,
                                   on_progress=on_progress)
        self.assertIn((threading.current_thread(), sent.id, 1), told)

    def test_what_a_callback_raises_comes_to_its_caller(self):
        self.screen(report=crier.Report.MANUAL)

        def on_progress(progress):
            raise ZeroDivisionError("of the program")

        with self.assertRaisesRegex(ZeroDivisionError, "of the program"):
            self.publisher.send("Salut", wait_for=crier.State.DISPLAYED, timeout=DEADLINE_S,
                                on_progress=on_progress)
        self.assertEqual(len(self.publisher.messages(5)), 1)

    def test_watching_ends_when_it_is_closed(self):
        with self.publisher.watch() as happenings:
            screens = [Screen(self.broker.invitation("sessions"), "Vanessa")]
            self.addCleanup(lambda: [one.subscriber.close() for one in screens])
            for happened in happenings:
                if happened.what == crier.What.SESSION_OPENED:
                    break
        self.assertEqual((happened.user, happened.message, happened.state), ("Vanessa", None, None))
        self.assertEqual(list(happenings), [])


class PythonErrors(PythonTest):
    def fails(self, kind, code, call, *arguments, **options):
        with self.assertRaises(kind) as caught:
            call(*arguments, **options)
        self.assertEqual(caught.exception.code, code)
        self.assertIn(f"({code.name.lower()}, {int(code)})", str(caught.exception))
        return caught.exception

    def test_a_filter_that_does_not_parse_says_where(self):
        error = self.fails(crier.FixRequestError, crier.ErrorCode.FILTER_INVALID,
                           self.publisher.send, "Salut", where="user=a b")
        self.assertEqual(error.position, 7)
        self.assertRegex(error.message, "^[0-9a-f]{32}$")

    def test_an_unknown_session_is_named_and_nobody_gets_the_message(self):
        screen = self.screen()
        error = self.fails(crier.FixRequestError, crier.ErrorCode.SESSION_UNKNOWN,
                           self.publisher.send, "Salut",
                           sessions=[screen.subscriber.session, "12" * 16])
        self.assertEqual(error.unknown, ("12" * 16,))
        self.publisher.send("the end", wait_for=crier.State.DISPLAYED)
        self.assertEqual(screen.texts(), ["the end"])

    def test_what_cannot_be_changed_says_why(self):
        self.screen()
        sent = self.publisher.send("Salut", wait_for=crier.State.DISPLAYED)
        self.fails(crier.FixRequestError, crier.ErrorCode.USAGE_INVALID, self.publisher.update,
                   sent.id)
        self.fails(crier.FixRequestError, crier.ErrorCode.USAGE_INVALID, self.publisher.update,
                   sent.id, text="Bonjour", wait_for=crier.State.SUPPRESSED)
        self.fails(crier.FixRequestError, crier.ErrorCode.TEXT_INVALID, self.publisher.update,
                   sent.id, text="")
        self.fails(crier.FixRequestError, crier.ErrorCode.USAGE_INVALID, self.publisher.recall,
                   "12")
        error = self.fails(crier.FixRequestError, crier.ErrorCode.MESSAGE_UNKNOWN,
                           self.publisher.recall, "12" * 16, id="34" * 16)
        self.assertEqual(error.message, "34" * 16)
        self.publisher.recall(sent.id)
        self.fails(crier.FixRequestError, crier.ErrorCode.MESSAGE_OVER, self.publisher.update,
                   sent.id, text="Bonjour")

    def test_no_slip_in_a_target_is_a_broadcast(self):
        screen = self.screen()
        for code, options in [(crier.ErrorCode.TARGET_INVALID, {"sessions": []}),
                              (crier.ErrorCode.FILTER_INVALID, {"where": ""}),
                              (crier.ErrorCode.USAGE_INVALID, {"sessions": "12" * 16}),
                              (crier.ErrorCode.USAGE_INVALID, {"sessions": ["12"]}),
                              (crier.ErrorCode.TARGET_INVALID, {"sessions": [], "where": "a=b"})]:
            with self.subTest(options=options):
                with self.assertRaises(crier.FixRequestError):
                    self.publisher.send("Salut", **options)
        self.publisher.send("the end", wait_for=crier.State.DISPLAYED)
        self.assertEqual(screen.texts(), ["the end"])

    def test_texts_that_c_would_cut_or_cannot_take_are_refused(self):
        for text in ("a\0b", "\ud800", "", " ", "x" * 20_000):
            with self.subTest(text=text[:5]):
                with self.assertRaises(crier.FixRequestError):
                    self.publisher.send(text)
        self.assertEqual(self.publisher.messages(5), [])

    def test_times_must_be_in_the_future_and_have_a_zone(self):
        for expires in (datetime.datetime(2099, 1, 1), datetime.timedelta(seconds=-5)):
            self.fails(crier.FixRequestError, crier.ErrorCode.TIME_INVALID, self.publisher.send,
                       "Salut", expires=expires)
        self.fails(crier.FixRequestError, crier.ErrorCode.USAGE_INVALID, self.publisher.sessions,
                   timeout=-1)

    def test_a_broker_that_is_not_there(self):
        invitation = self.broker.invitation("operators")
        self.broker.stop()
        self.fails(crier.RetryLaterError, crier.ErrorCode.BROKER_UNREACHABLE, crier.Publisher,
                   invitation, connect_timeout=0.5)
        self.fails(crier.RetryLaterError, crier.ErrorCode.BROKER_UNREACHABLE,
                   self.publisher.sessions, timeout=0.5)

    def test_a_closed_publisher_asks_for_a_new_one(self):
        self.publisher.close()
        self.publisher.close()
        self.fails(crier.ReconnectError, crier.ErrorCode.STOPPING, self.publisher.send, "Salut")

    def test_closing_ends_what_waits_in_other_threads(self):
        self.screen(report=crier.Report.MANUAL)
        waits, ended = threading.Event(), []

        def wait():
            try:
                sent = self.publisher.send("Salut", wait_for=crier.State.DISPLAYED,
                                           timeout=DEADLINE_S, on_progress=lambda _: waits.set())
                ended.append(sent.is_complete)
            except crier.CrierError as error:
                ended.append(error.code)

        def watch():
            try:
                list(self.publisher.watch())
            except crier.CrierError as error:
                ended.append(error.code)

        threads = [threading.Thread(target=one) for one in (wait, watch)]
        for thread in threads:
            thread.start()
        self.assertTrue(waits.wait(DEADLINE_S))
        self.publisher.close()
        for thread in threads:
            thread.join(DEADLINE_S)
        self.assertFalse(any(thread.is_alive() for thread in threads))
        self.assertEqual(sorted(ended), [False, crier.ErrorCode.STOPPING])

    def test_ctrl_c_ends_a_wait_at_once(self):
        self.screen(report=crier.Report.MANUAL)
        old = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, old)
        before = datetime.datetime.now()

        def interrupt():
            self.until(lambda: self.publisher.messages(1))
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=interrupt).start()
        with self.assertRaises(KeyboardInterrupt):
            self.publisher.send("Salut", wait_for=crier.State.DISPLAYED, timeout=DEADLINE_S)
        self.assertLess(datetime.datetime.now() - before, datetime.timedelta(seconds=30))


class PythonSubscriber(PythonTest):
    def test_each_report_comes_to_the_operator(self):
        screen = self.screen(report=crier.Report.MANUAL)
        subscriber = screen.subscriber
        reports = [(subscriber.displayed, [], crier.State.DISPLAYED),
                   (subscriber.displayed, ["not kept on top"], crier.State.DISPLAYED),
                   (subscriber.displayed_in_digest, [], crier.State.DISPLAYED),
                   (subscriber.acknowledged, [], crier.State.ACKNOWLEDGED),
                   (subscriber.failed, ["no display"], crier.State.FAILED),
                   (subscriber.suppressed, ["a film"], crier.State.SUPPRESSED)]
        for number, (report, cause, state) in enumerate(reports, 1):
            sent = self.publisher.send("Salut")
            report(screen.wait_for(screen.messages, number), *cause)
            self.until(lambda: self.publisher.outcome(sent.id).sessions[0].state == state)
            self.assertEqual(self.publisher.outcome(sent.id).sessions[0].cause, "".join(cause))
        subscriber.removed(screen.messages[0], "dismissed by the person")
        self.until(lambda: self.publisher.outcome(screen.messages[0].id).sessions[0].removed)
        self.assertEqual(self.publisher.outcome(screen.messages[0].id).sessions[0].cause,
                         "dismissed by the person")

    def test_a_callback_that_raises_is_logged_and_the_message_counts_as_failed(self):
        def on_message(message):
            raise ValueError("no screen")

        with self.assertLogs("crier", "ERROR") as logged:
            screen = self.screen(on_message=on_message)
            sent = self.publisher.send("Salut", wait_for=crier.State.DISPLAYED)
        self.assertIn("no screen", logged.output[0])
        self.assertFalse(sent.is_complete)
        outcome = self.publisher.outcome(sent.id).sessions[0]
        self.assertEqual((outcome.state, outcome.cause),
                         (crier.State.FAILED, "the program raised an exception"))
        self.assertFalse(screen.ended)

    def test_a_callback_may_report_and_close(self):
        screen = self.screen(on_message=lambda message: self.take(message))

        def take(message):
            screen.subscriber.acknowledged(message)
            screen.subscriber.close()
            screen.note(screen.messages)(message)
        self.take = take
        sent = self.publisher.send("Salut", wait_for=crier.State.ACKNOWLEDGED)
        self.assertTrue(sent.is_complete)
        screen.wait_for(screen.messages)
        screen.subscriber.close()
        with self.assertRaises(crier.ReconnectError):
            screen.subscriber.set_presence(crier.Presence.LOCKED)

    def test_a_message_that_expires_leaves_the_screen(self):
        screen = self.screen()
        sent = self.publisher.send("Salut", expires=datetime.timedelta(seconds=2),
                                   wait_for=crier.State.DISPLAYED)
        removed = screen.wait_for(screen.removed)
        self.assertEqual(removed, crier.Removed(sent.id, crier.RemovalCause.EXPIRED))

    def test_a_key_file_keeps_the_session_and_closing_gives_it_up(self):
        key = self.folder / "session.key"
        first = self.screen(key_file=key)
        with self.assertRaises(crier.FixRequestError) as caught:
            Screen(self.broker.invitation("sessions"), "Vanessa", key_file=key)
        self.assertEqual(caught.exception.code, crier.ErrorCode.IN_USE)
        first.subscriber.close()
        self.assertEqual(self.screen(key_file=key).subscriber.session, first.subscriber.session)

    def test_presence_is_seen(self):
        screen = self.screen()
        screen.subscriber.set_presence(crier.Presence.LOCKED)
        # A receipt comes after it on the same connection.
        self.publisher.send("Salut", wait_for=crier.State.DISPLAYED)
        self.assertEqual(self.publisher.sessions()[0].state, crier.Presence.LOCKED)
        self.assertLess(abs(screen.subscriber.broker_time -
                            datetime.datetime.now(datetime.timezone.utc)),
                        datetime.timedelta(minutes=1))

    def test_a_program_with_an_event_loop_dispatches(self):
        told = []
        with crier.Subscriber(self.broker.invitation("sessions"), on_message=told.append,
                              delivery=crier.Delivery.BY_DISPATCH) as subscriber:
            sent = False
            while not told:
                self.assertTrue(select.select([subscriber], [], [], DEADLINE_S)[0])
                subscriber.dispatch()
                if not sent and self.publisher.sessions():
                    sent = self.publisher.send("Salut")
            self.assertEqual(told[0].text, "Salut")
        self.assertEqual(subscriber.dispatch(), 0)

    def test_ctrl_c_in_a_callback_leaves_dispatch(self):
        def on_connected(_):
            raise KeyboardInterrupt

        with crier.Subscriber(self.broker.invitation("sessions"), on_message=print,
                              on_connected=on_connected,
                              delivery=crier.Delivery.BY_DISPATCH) as subscriber:
            with self.assertRaises(KeyboardInterrupt):
                while select.select([subscriber], [], [], DEADLINE_S)[0]:
                    subscriber.dispatch()

    def test_a_program_that_just_ends_says_goodbye(self):
        program = ("import crier, sys, threading; here = threading.Event(); "
                   "one = crier.Subscriber(sys.argv[1], on_message=print, "
                   "on_connected=lambda _: here.set()); here.wait(60)")
        subprocess.run([sys.executable, "-c", program, self.broker.invitation("sessions")],
                       check=True, timeout=DEADLINE_S, env={**os.environ, **PRELOADED})
        self.assertEqual(self.publisher.sessions(), [])

    def test_the_bell_is_heard(self):
        heard, connected = threading.Event(), threading.Event()
        texts = []

        def on_message(message):
            texts.append((message.topic, message.text))
            heard.set()

        with crier.Listener(self.broker.invitation("listeners"), on_message=on_message,
                            on_connected=connected.set):
            self.assertTrue(connected.wait(DEADLINE_S))
            # Subscribing takes a moment that nobody is told of: rung until it is heard.
            for _ in range(10 * DEADLINE_S):
                self.publisher.send("ding")
                if heard.wait(0.1):
                    break
        self.assertEqual(texts[0], ("all", "ding"))


if __name__ == "__main__":
    unittest.main()
