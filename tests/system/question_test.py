"""Questions and their answers, with the real programs."""

import json
import unittest

from support import DEADLINE_S, SystemTest

QUESTION = ["ask", "Log off now?", "--choice", "now", "--choice", "10 more minutes"]


class Question(SystemTest):
    def setUp(self):
        super().setUp()
        self.start_broker()
        self.vanessa, self.marc = self.agent("Vanessa"), self.agent("Marc")

    def asked(self, agent, count=1):
        question = agent.wait_for("message", count)[count - 1]
        self.assertEqual(question["choices"], ["now", "10 more minutes"])
        return question["id"]

    def test_it_ends_with_0_when_all_have_answered(self):
        asking = self.crier_beside(*QUESTION, "--json")
        question = self.asked(self.vanessa)
        self.vanessa.answer(question, 1)
        self.asked(self.marc)
        self.marc.answer(question, 2)
        self.assertEqual(asking.wait(DEADLINE_S), 0)
        said = json.loads(asking.stdout.read())
        self.assertEqual((said["id"], said["targeted"], said["answered"], said["complete"]),
                         (question, 2, 2, True))
        self.assertEqual(said["answers"], [{"choice": "now", "count": 1},
                                           {"choice": "10 more minutes", "count": 1}])
        self.assertEqual({one["user"]: one["answer"] for one in said["sessions"]},
                         {"Vanessa": "now", "Marc": "10 more minutes"})
        answers = lambda sessions: {one["session"]: (one["answer"], one["answer_index"])
                                    for one in sessions}
        self.assertEqual(answers(said["sessions"]), {self.vanessa.id: ("now", 0),
                                                     self.marc.id: ("10 more minutes", 1)})
        self.assertEqual(answers(self.crier_json("status", question)["sessions"]),
                         answers(said["sessions"]))
        self.assertEqual(answers(self.crier_json("report", question)),
                         answers(said["sessions"]))

    def test_a_quorum_closes_it_with_0_and_a_late_answer_counts_for_nothing(self):
        asking = self.crier_beside(*QUESTION, "--quorum", "50%", "--json")
        question = self.asked(self.marc)
        self.asked(self.vanessa)
        self.vanessa.answer(question, 1)
        self.assertEqual(asking.wait(DEADLINE_S), 0)
        said = json.loads(asking.stdout.read())
        self.assertEqual((said["closed"], said["answered"], said["complete"]), (True, 1, True))
        for agent in (self.vanessa, self.marc):
            self.assertEqual(agent.wait_for("removed")[0]["cause"], "closed")
        self.marc.answer(question, 2)
        self.assertEqual(self.marc.wait_for("error")[0]["name"], "message_over")
        self.assertEqual(self.crier_json("status", question)["tally"]["answered"], 1)

    def test_its_time_or_a_close_ends_it_with_1(self):
        said = json.loads(self.crier(*QUESTION, "--timeout", "1s", "--json", expect=1).stdout)
        self.assertEqual((said["closed"], said["complete"], said["answered"]), (True, False, 0))
        self.assertEqual(self.vanessa.wait_for("removed")[0]["cause"], "closed")
        asking = self.crier_beside(*QUESTION)
        question = self.asked(self.vanessa, 2)
        self.vanessa.answer(question, 2)
        self.until_status(question, lambda status: status["tally"]["answered"] == 1)
        self.crier("close", question)
        self.assertEqual(asking.wait(DEADLINE_S), 1)
        self.assertEqual(asking.stdout.read(), "now\t0\n10 more minutes\t1\nno answer\t1\n")
        self.crier("close", question)  # Once more does no harm.

    def test_the_newest_answer_counts_also_over_a_crash_of_the_broker(self):
        asking = self.crier_beside(*QUESTION, "--timeout", "60s")
        question = self.asked(self.vanessa)
        self.vanessa.answer(question, 1)
        self.until_status(question, lambda status: status["tally"]["answered"] == 1)
        self.broker.kill()
        self.broker.start()
        self.vanessa.wait_for("connected", 2)
        self.vanessa.answer(question, 2)
        self.asked(self.marc)
        self.marc.wait_for("connected", 2)
        self.marc.answer(question, 2)
        self.assertEqual(asking.wait(DEADLINE_S), 0, "the command outlives the crash too")
        self.until_status(question, lambda status: status["tally"]["answered"] == 2)
        rows = self.crier("report", question).stdout.splitlines()[1:]
        self.assertEqual([row.split(",")[-1] for row in rows], ["10 more minutes"] * 2)

    def test_nobody_to_ask_is_2(self):
        said = json.loads(self.crier(*QUESTION, "--where", "user=nobody", "--json",
                                     expect=2).stdout)
        self.assertEqual((said["targeted"], said["sessions"]), (0, []))

    def test_what_was_never_offered_is_not_taken(self):
        asking = self.crier_beside(*QUESTION)
        question = self.asked(self.vanessa)
        self.vanessa.answer(question, 3)
        self.assertEqual(self.vanessa.wait_for("error")[0]["name"], "answer_unknown")
        self.vanessa.answer(question, 1)
        self.asked(self.marc)
        self.marc.answer(question, 1)
        self.assertEqual(asking.wait(DEADLINE_S), 0)


if __name__ == "__main__":
    unittest.main()
