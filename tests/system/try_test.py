"""What a newcomer starts first: deploy/try and deploy/cluster-try, with programs that are built."""

import pathlib
import subprocess
import unittest

DEPLOY = pathlib.Path(__file__).resolve().parents[2] / "deploy"


class FirstSteps(unittest.TestCase):
    def play(self, name, deadline_s):
        """Returns what it printed; the programs are those of CRIER_BIN."""
        done = subprocess.run([DEPLOY / name], capture_output=True, text=True, timeout=deadline_s,
                              stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout


class Try(FirstSteps):
    def test_the_main_job_is_played(self):
        played = self.play("try", 120)
        self.assertIn("Displayed on all 3 sessions.", played)
        self.assertIn("That is the main job.", played)


class ClusterTry(FirstSteps):
    def test_each_session_has_everything_once_though_a_broker_and_a_nats_server_die(self):
        played = self.play("cluster-try", 280)
        self.assertRegex(played, r"killed: broker 2 and NATS server [123], when the message was on "
                                 r"\d+ of 30 screens")
        self.assertIn("Each session has everything once.", played)


if __name__ == "__main__":
    unittest.main()
