"""The Python package under asyncio, against a real broker."""

import asyncio
import unittest
from datetime import timedelta

import bindings_support  # For what it does to the environment of the broker.
import crier
from support import DEADLINE_S, SystemTest


class PythonAsyncio(SystemTest):
    def setUp(self):
        super().setUp()
        self.start_broker()

    def run_both(self, play):
        """Runs play(publisher, subscriber), with a session that is connected."""

        async def both():
            async with (await crier.aio.Publisher.connect(self.broker.invitation("operators"))
                        as publisher,
                        crier.aio.Subscriber(self.broker.invitation("sessions"),
                                             attributes=crier.Attributes(user="Vanessa"))
                        as subscriber):
                connected = await anext(subscriber)
                self.assertEqual(connected.session, subscriber.session)
                await play(publisher, subscriber)

        asyncio.run(asyncio.wait_for(both(), DEADLINE_S))

    def test_asking_for_the_next_event_says_that_the_last_is_shown(self):
        async def play(publisher, subscriber):
            told = []
            sending = asyncio.create_task(publisher.send(
                "Salut", wait_for=crier.State.DISPLAYED, on_progress=told.append))
            message = await anext(subscriber)
            self.assertEqual(message.text, "Salut")
            self.assertLess(abs(subscriber.broker_time - message.sent), timedelta(minutes=1))
            outcome = await publisher.outcome(message.id)
            self.assertIn(outcome.sessions[0].state, (crier.State.WAITING, crier.State.DELIVERED))
            self.assertFalse(sending.done())
            following = asyncio.create_task(anext(subscriber))
            sent = await sending
            self.assertTrue(sent.is_complete)
            self.assertTrue(told)
            shown = (await publisher.screens("user=Vanessa")).list
            self.assertEqual([(one.message, one.session) for one in shown],
                             [(sent.id, subscriber.session)])
            following.cancel()

        self.run_both(play)

    def test_a_report_of_the_programs_own_counts(self):
        async def play(publisher, subscriber):
            sending = asyncio.create_task(publisher.send("Salut", wait_for=crier.State.DISPLAYED))
            message = await anext(subscriber)
            subscriber.failed(message, "no display")
            following = asyncio.create_task(anext(subscriber))
            sent = await sending
            self.assertEqual(sent.tally[crier.State.FAILED], 1)
            following.cancel()

        self.run_both(play)

    def test_an_update_and_a_recall_are_events(self):
        async def play(publisher, subscriber):
            sent = await publisher.send("At 22:00.")
            self.assertEqual((await anext(subscriber)).text, "At 22:00.")
            told = []
            updating = asyncio.create_task(publisher.update(
                sent.id, text="At 23:00.", wait_for=crier.State.DISPLAYED,
                on_progress=told.append))
            message = await anext(subscriber)
            self.assertEqual((message.id, message.revision, message.text),
                             (sent.id, 2, "At 23:00."))
            following = asyncio.create_task(anext(subscriber))
            updated = await updating
            self.assertTrue(updated.is_complete and told)
            recalled = await publisher.recall(sent.id)
            self.assertTrue(recalled.is_complete)
            self.assertEqual(await following,
                             crier.Removed(sent.id, crier.RemovalCause.RECALLED))

        self.run_both(play)

    def test_a_question_is_asked_and_answered(self):
        async def play(publisher, subscriber):
            asking = asyncio.create_task(publisher.ask("Log off now?", ["now", "no"],
                                                       timeout=DEADLINE_S))
            question = await anext(subscriber)
            self.assertEqual(question.choices, ("now", "no"))
            with self.assertRaises(crier.FixRequestError):
                subscriber.answered(question, "perhaps")
            subscriber.answered(question, "no")
            asked = await asking
            self.assertEqual((asked.counts, asked.answered),
                             ({"now": 0, "no": 1}, {subscriber.session: "no"}))
            await publisher.close_question(asked.id)
            self.assertEqual(await anext(subscriber),
                             crier.Removed(asked.id, crier.RemovalCause.CLOSED))

        self.run_both(play)

    def test_escalation_and_the_end_are_events(self):
        async def play(publisher, subscriber):
            await publisher.send("Salut", escalate=[(timedelta(milliseconds=1), "sound")])
            shown = await anext(subscriber)
            self.assertEqual(await anext(subscriber),
                             crier.Escalated(shown.id, 1, crier.Urgency.SOUND))
            dropping = asyncio.create_task(publisher.drop(
                crier.Target.of([subscriber.session]), wait=True))
            events = [event async for event in subscriber]
            self.assertEqual((await dropping).dropped, 1)
            self.assertEqual(events[-1].cause, crier.EndedCause.DROPPED)

        self.run_both(play)

    def test_plans_and_admission(self):
        async def play(publisher, subscriber):
            sent = await publisher.send("later", at=timedelta(hours=1))
            self.assertEqual([one.id for one in await publisher.scheduled()], [sent.id])
            self.assertFalse((await publisher.close_admission("Back at 23:00.")).is_open)
            self.assertFalse((await publisher.admission()).is_open)
            self.assertTrue((await publisher.open_admission()).is_open)

        self.run_both(play)

    def test_many_tasks_send_at_once(self):
        async def play(publisher, subscriber):
            sending = asyncio.gather(*(publisher.send(str(number), wait_for=crier.State.DISPLAYED)
                                       for number in range(20)))
            shown = []

            async def show():
                async for event in subscriber:
                    shown.append(event.text)

            showing = asyncio.create_task(show())
            self.assertTrue(all(sent.is_complete for sent in await sending))
            self.assertEqual(sorted(shown, key=int), [str(number) for number in range(20)])
            await subscriber.close()
            await showing

        self.run_both(play)

    def test_errors_come_to_who_awaits(self):
        async def play(publisher, subscriber):
            with self.assertRaises(crier.FixRequestError) as caught:
                await publisher.send("Salut", where="user=a b")
            self.assertEqual(caught.exception.position, 7)
            await publisher.close()
            with self.assertRaises(crier.ReconnectError):
                await publisher.sessions()

        self.run_both(play)

    def test_a_cancelled_wait_ends_at_once(self):
        async def play(publisher, subscriber):
            told = asyncio.Event()
            waiting = asyncio.create_task(publisher.send(
                "Salut", wait_for=crier.State.ACKNOWLEDGED, timeout=DEADLINE_S,
                on_progress=lambda _: told.set()))
            await told.wait()
            waiting.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await waiting
            self.assertEqual(len(await publisher.messages(5)), 1)

        self.run_both(play)

    def test_watching(self):
        async def play(publisher, subscriber):
            happenings = publisher.watch()
            sending = asyncio.create_task(self.send_until_seen(publisher))
            async for happened in happenings:
                if happened.what == crier.What.MESSAGE_ACCEPTED:
                    break
            await happenings.aclose()
            sending.cancel()
            self.assertIsNotNone(happened.message)

        self.run_both(play)

    async def send_until_seen(self, publisher):
        while True:
            await publisher.send("Salut")

    def test_the_bell(self):
        async def hear():
            async with (await crier.aio.Publisher.connect(self.broker.invitation("operators"))
                        as publisher,
                        crier.aio.Listener(self.broker.invitation("listeners")) as listener):
                self.assertEqual(await anext(listener), crier.aio.Heard())
                sending = asyncio.create_task(self.send_until_seen(publisher))
                self.assertEqual((await anext(listener)).text, "Salut")
                sending.cancel()

        asyncio.run(asyncio.wait_for(hear(), DEADLINE_S))

    def test_an_ended_session_ends_the_iteration(self):
        async def play():
            key = self.folder / "session.key"
            async with crier.aio.Subscriber(self.broker.invitation("sessions"),
                                            key_file=key) as first:
                self.assertIsInstance(await anext(first), crier.Connected)
                copy = self.folder / "copy.key"
                copy.write_bytes(key.read_bytes())
                copy.chmod(0o600)
                async with crier.aio.Subscriber(self.broker.invitation("sessions"),
                                                key_file=copy):
                    events = [event async for event in first]
                self.assertEqual(events[-1].cause, crier.EndedCause.REPLACED)

        asyncio.run(asyncio.wait_for(play(), DEADLINE_S))


if __name__ == "__main__":
    unittest.main()
