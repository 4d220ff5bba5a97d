"""What goes on over the death of the broker where it began: something scheduled, a recall, a drain,
a change of admission. Three brokers, each with a session."""

import datetime
import signal
import time
import unittest

from cluster_support import ClusterTest
from support import DEADLINE_S


def utc(seconds_from_now):
    """A time with its zone; whole seconds."""
    at = int(time.time()) + seconds_from_now
    return datetime.datetime.fromtimestamp(at, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class ClusterDeath(ClusterTest):
    def setUp(self):
        super().setUp()
        self.all = [self.agent_at(number, user)
                    for number, user in enumerate(("Vanessa", "Carl", "Doris"))]
        self.vanessa = self.all[0]
        for number in range(3):  # Else a broker does not know whose sessions it takes over.
            self.until(number, ["sessions"], lambda sessions: len(sessions) == 3)

    def kill_first_broker(self):
        """Returns when its session is at another one."""
        self.brokers[0].kill()
        self.vanessa.wait_for("connected", 2)

    def bring_first_broker_back(self):
        self.brokers[0].start()
        self.wait_until_it_takes(0)

    def assert_texts(self, *texts):
        """On all screens, in this order, and nothing else; whatever would come twice has come with
        the end."""
        self.until(0, ["cluster", "status"], lambda status: not status["silent"])
        self.crier_at(0, "send", "the end", "--wait", "displayed")
        for agent in self.all:
            self.assertEqual(agent.texts(), [*texts, "the end"])

    def test_what_is_scheduled_goes_out_once_and_on_time(self):
        at = utc(20)
        message = self.json_at(0, "send", "At last", "--at", at)["id"]
        self.kill_first_broker()
        self.assertIn(message, self.crier_at(2, "scheduled").stdout)
        self.assertLess(time.time(), seconds_of(at), "the broker has died before its time")
        for agent in self.all:
            shown = agent.wait_for("message")[0]
            self.assertEqual(shown["id"], message)
            self.assertGreaterEqual(time.time(), seconds_of(at))
            if shown["late"]:  # A loaded machine may be a second behind.
                self.assertEqual(seconds_of(shown["late"]), seconds_of(at))
        self.bring_first_broker_back()
        self.assert_texts("At last")
        self.until(0, ["status", message], lambda status: status["tally"]["displayed"] == 3)

    def test_a_recall_reaches_the_sessions_of_a_broker_that_died_before_it_told_them(self):
        message = self.json_at(0, "send", "Wrong", "--wait", "displayed")["id"]
        self.brokers[0].process.send_signal(signal.SIGSTOP)
        recalling = self.start_crier_at(1, "recall", message)
        for agent in self.all[1:]:
            self.assertEqual(agent.wait_for("removed")[0]["cause"], "recalled")
        self.assertEqual(self.vanessa.events("removed"), [])
        self.kill_first_broker()
        self.assertEqual(self.vanessa.wait_for("removed")[0]["cause"], "recalled")
        recalling.communicate(timeout=DEADLINE_S)
        self.bring_first_broker_back()
        self.assert_texts("Wrong")
        for agent in self.all:
            self.assertEqual(len(agent.events("removed")), 1)

    def test_a_recall_that_was_asked_of_a_dying_broker_is_done_by_another(self):
        message = self.json_at(0, "send", "Wrong", "--wait", "displayed")["id"]
        self.nats.kill(0)
        self.until(0, ["health"], lambda health: not health["healthy"])
        before = self.brokers[0].log_text().count("operator_joined")
        recalling = self.start_crier_at(0, "recall", message, "--timeout", f"{DEADLINE_S}s")
        # It has come to this broker, which dies before it could take anything.
        self.until(1, ["health"], lambda _: before < self.brokers[0].log_text().count(
            "operator_joined"))
        self.brokers[0].kill()
        self.nats.start(0)
        _, errors = recalling.communicate(timeout=2 * DEADLINE_S)
        self.assertEqual(recalling.returncode, 0, errors)
        for agent in self.all:
            self.assertEqual(agent.wait_for("removed")[0]["cause"], "recalled")
        self.bring_first_broker_back()
        self.assert_texts("Wrong")

    def test_a_drain_counts_down_closes_admission_and_drops(self):
        drain = self.json_at(0, "drain", "--in", "30s", "--announce", "28s,6s",
                             "--close-admission", "12s", "--drop",
                             "--message", "Maintenance in {remaining}.")["id"]
        for agent in self.all:
            told = agent.wait_for("message")[0]
        self.kill_first_broker()
        moved = self.json_at(2, "drain", "extend", drain, "2s")
        self.assertGreater(moved["at"], told["countdown_to"])
        for agent in self.all:
            self.assertEqual(agent.wait_for("changed")[0]["countdown_to"], moved["at"])
        self.until(1, ["admission"], lambda admission: not admission["open"])
        refused = self.visitor_at(1, "Eve").wait_for("disconnected")[0]
        self.assertEqual(refused["name"], "admission_closed")
        self.assertRegex(refused["reason"], r"^Maintenance in 0:\d\d\.$")
        for agent in self.all:
            end = agent.wait_for("ended")[0]
            self.assertEqual((end["cause"], end["name"]), ("dropped", "dropped"))
            self.assertTrue([one for one in agent.events("changed") if one["reminder"]])
            self.assertEqual(len(agent.texts()), 1)
        self.assertGreaterEqual(time.time(), seconds_of(moved["at"]))
        self.assertEqual(self.dropped(2, drain), ["Carl", "Doris", "Vanessa"])
        self.bring_first_broker_back()
        for number in range(3):
            self.assertFalse(self.json_at(number, "admission")["open"])

    def test_who_was_dropped_elsewhere_is_not_counted_again_by_the_broker_that_was_dead(self):
        drain = self.json_at(0, "drain", "--in", "10s", "--drop")["id"]
        for agent in self.all:
            agent.wait_for("message")
        self.kill_first_broker()
        for agent in self.all:
            agent.wait_for("ended")
        self.bring_first_broker_back()
        for number in range(3):
            self.until(number, ["status", drain], lambda status: not status["silent"]
                       and status["targeted"] == 3 and len(status["sessions"]) == 3)
            self.assertEqual(self.dropped(number, drain), ["Carl", "Doris", "Vanessa"])

    def test_who_has_left_elsewhere_is_not_listed_by_the_broker_that_was_dead(self):
        sent = self.json_at(0, "send", "before", "--wait", "displayed")["id"]
        self.kill_first_broker()
        self.vanessa.stop()
        self.until(1, ["sessions"], lambda sessions: len(sessions) == 2)
        self.bring_first_broker_back()
        for number in range(3):
            self.until(number, ["sessions"], lambda sessions: sorted(
                one["user"] for one in sessions) == ["Carl", "Doris"])
            self.until(number, ["status", sent], lambda status: status["targeted"] == 3)

    def dropped(self, number, drain):
        """Who was, as that broker reports."""
        rows = self.crier_at(number, "report", drain).stdout.splitlines()[1:]
        return sorted(row.split(",")[1] for row in rows if ",yes," in row)

    def test_closed_admission_stays_closed_at_all_brokers(self):
        words = "Closed until 23:00. Call 4711."
        self.crier_at(0, "admission", "close", "--message", words)
        self.kill_first_broker()  # Who was in comes in elsewhere, too.
        visitors = [self.visitor_at(number, "Eve") for number in (1, 2)]
        self.bring_first_broker_back()
        visitors.append(self.visitor_at(0, "Eve"))
        for visitor in visitors:
            refused = visitor.wait_for("disconnected")[0]
            self.assertEqual((refused["reason"], refused["name"]), (words, "admission_closed"))
        for number in range(3):
            self.assertEqual(self.json_at(number, "admission")["message"], words)
            self.until(number, ["sessions"], lambda sessions: sorted(
                one["user"] for one in sessions) == ["Carl", "Doris", "Vanessa"])
        self.assertEqual([one.events("connected") for one in visitors], [[], [], []])
        self.crier_at(2, "admission", "open")
        for visitor in visitors:
            visitor.wait_for("connected")


if __name__ == "__main__":
    unittest.main()
