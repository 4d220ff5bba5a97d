"""Sessions of the Python package that come in by tickets, and by registered keys."""

import asyncio
import threading
import unittest

import bindings_support  # For what it does to the environment of the broker.
import crier
from python_support import Screen
from support import DEADLINE_S, SystemTest
from tickets import configuration, ticket_for


class TicketTest(SystemTest):
    def setUp(self):
        super().setUp()
        self.start_broker("--config", configuration(self.folder, "invited = false"))
        self.publisher = crier.Publisher(self.broker.invitation("operators"))
        self.addCleanup(self.publisher.close)

    def visitor(self, **options):
        """A session that may not be let in."""
        screen = Screen(self.broker.invitation("sessions"), "mallory", **options)
        self.addCleanup(screen.subscriber.close)
        return screen

    def fails(self, code, call, *arguments):
        with self.assertRaises(crier.FixRequestError) as caught:
            call(*arguments)
        self.assertEqual(caught.exception.code, code)


class PythonTickets(TicketTest):
    def server(self, *seconds):
        """A server that gives one ticket of each duration, and then none."""
        self.asked = []

        def give(wanted):
            self.asked.append(wanted)
            left = seconds[len(self.asked) - 1:]
            return ticket_for(wanted.session, "vanessa", left[0]) if left else None

        return give

    def test_a_ticket_that_is_returned_says_who_it_is_and_is_renewed(self):
        screen = self.visitor(on_ticket_wanted=self.server(6, 6, 600))
        connected = screen.wait_for(screen.connected)
        while len(self.asked) < 3:  # The first has expired by then. The runner's time-out ends it.
            session = self.publisher.sessions()[0]
            self.assertEqual((session.id, session.attributes.user, session.user_verified),
                             (screen.subscriber.session, "vanessa", True))
            self.assertEqual(session.created, connected.opened)
        self.publisher.send("Salut", where="user=vanessa", wait_for=crier.State.DISPLAYED)
        self.assertEqual(screen.texts(), ["Salut"])
        self.assertEqual(screen.disconnected, [])
        self.assertEqual(self.asked, [crier.TicketWanted(screen.subscriber.session)] * 3)

    def test_one_that_has_expired_is_told_and_another_one_is_asked_for(self):
        screen = self.visitor(on_ticket_wanted=self.server(-1, 3))
        error, will_return = screen.wait_for(screen.disconnected)
        self.assertEqual((error.code, will_return), (crier.ErrorCode.TICKET_INVALID, True))
        self.assertIn("has expired", error.detail)
        screen.wait_for(screen.connected)
        error, will_return = screen.wait_for(screen.disconnected, 2)  # Nobody renews it.
        self.assertEqual((error.code, will_return), (crier.ErrorCode.TICKET_INVALID, True))
        self.assertEqual(screen.ended, [])

    def test_a_ticket_may_be_given_later_by_any_thread(self):
        wanted, known = [], threading.Event()

        def note(one):
            wanted.append(one)
            known.set()

        screen = self.visitor(on_ticket_wanted=note)
        self.assertTrue(known.wait(DEADLINE_S))
        screen.subscriber.use_ticket(ticket_for(wanted[0].session, "vanessa"))
        screen.wait_for(screen.connected)
        self.assertEqual(self.publisher.sessions()[0].attributes.user, "vanessa")

    def test_what_can_be_no_ticket_is_refused(self):
        with_tickets = self.visitor(on_ticket_wanted=lambda _: None).subscriber
        for ticket in ("", "a\nb", "a" * 4097):
            with self.subTest(ticket=ticket[:5]):
                self.fails(crier.ErrorCode.LIMIT_EXCEEDED if len(ticket) > 3 else
                           crier.ErrorCode.USAGE_INVALID, with_tickets.use_ticket, ticket)
        without = self.visitor().subscriber
        self.fails(crier.ErrorCode.USAGE_INVALID, without.use_ticket, "a.b.c")

    def test_what_asking_raises_is_logged_and_ends_nothing(self):
        def ask(wanted):
            raise ConnectionError("the server is away")

        with self.assertLogs("crier", "ERROR") as logged:
            screen = self.visitor(on_ticket_wanted=ask)
            screen.subscriber.use_ticket(ticket_for(screen.subscriber.session, "vanessa"))
            screen.wait_for(screen.connected)
        self.assertIn("the server is away", logged.output[0])

    def test_under_asyncio_it_is_an_event(self):
        async def play():
            async with crier.aio.Subscriber(self.broker.invitation("sessions"),
                                            tickets=True) as subscriber:
                wanted = await anext(subscriber)
                self.assertEqual(wanted, crier.TicketWanted(subscriber.session))
                subscriber.use_ticket(ticket_for(wanted.session, "vanessa", -1))
                refused = await anext(subscriber)
                self.assertEqual(refused.error.code, crier.ErrorCode.TICKET_INVALID)
                self.assertEqual(await anext(subscriber), wanted)
                subscriber.use_ticket(ticket_for(wanted.session, "vanessa"))
                self.assertIsInstance(await anext(subscriber), crier.Connected)

        asyncio.run(asyncio.wait_for(play(), DEADLINE_S))


class PythonKeys(TicketTest):
    def test_a_registered_key_is_its_users_until_it_is_revoked(self):
        file = self.folder / "session.key"
        key = crier.session_public_key(file)
        self.assertEqual(crier.session_public_key(file), key)
        stranger = self.visitor(key_file=file)
        cause, error = stranger.wait_for(stranger.ended)
        self.assertEqual((cause, error.code),
                         (crier.EndedCause.REFUSED, crier.ErrorCode.NOT_ADMITTED))
        self.assertIn(key, error.detail)
        stranger.subscriber.close()
        self.crier("keys", "add", key, "--name", "desk", "--rights", "session", "--user",
                   "vanessa")
        desk = self.visitor(key_file=file)
        desk.wait_for(desk.connected)
        session = self.publisher.sessions()[0]
        self.assertEqual((session.attributes.user, session.user_verified), ("vanessa", True))
        self.crier("keys", "revoke", "desk")
        cause, error = desk.wait_for(desk.ended)
        self.assertEqual((cause, error.code),
                         (crier.EndedCause.REFUSED, crier.ErrorCode.NOT_ADMITTED))

    def test_a_key_that_others_can_read_is_refused(self):
        file = self.folder / "session.key"
        crier.session_public_key(file)
        file.chmod(0o644)
        self.fails(crier.ErrorCode.FILE_UNUSABLE, crier.session_public_key, file)
        self.fails(crier.ErrorCode.USAGE_INVALID, crier.session_public_key, "")


if __name__ == "__main__":
    unittest.main()
