"""What operators script with: messages as JSON, with the real programs."""

import json
import unittest

from support import SystemTest


class FromJson(SystemTest):
    def setUp(self):
        super().setUp()
        self.start_broker()
        self.vanessa = self.agent("Vanessa")
        self.marc = self.agent("Marc")

    def test_a_message_comes_from_standard_input_or_a_file(self):
        message = {"text": "At 22:00", "title": "Restart", "severity": "warning",
                   "style": "alert", "to": [self.vanessa.id], "expires": "10m"}
        done = self.crier_json("send", "--from-json", "--wait", "displayed",
                               text=json.dumps(message))
        self.assertEqual(done["targeted"], 1)
        shown = self.vanessa.wait_for("message")[0]
        self.assertEqual([shown[key] for key in ("text", "title", "severity", "style")],
                         ["At 22:00", "Restart", "warning", "alert"])
        file = self.folder / "message.json"
        file.write_text(json.dumps({"text": "À tous", "to": {"where": "user=M*"}}))
        self.crier("send", "--from-json", str(file), "--wait", "displayed")
        self.assertEqual(self.marc.texts(), ["À tous"])
        self.assertEqual(self.vanessa.texts(), ["At 22:00"])

    def test_mistakes_are_named_and_send_nothing(self):
        for message, options, code, words in (
                ({"text": "x", "for": "all"}, [], 64, '"for"'),
                ({"text": "x", "to": None}, [], 64, '"to"'),
                ({"text": "x", "to": "all"}, ["--all"], 64, '"to"'),
                ({"text": "x", "title": 1}, [], 64, '"title"'),
                ({"text": " "}, [], 4, '"text"'),
                ({"text": "x", "to": {"where": "user"}}, [], 4, "^"),
                ({"text": "x", "to": ["0" * 32]}, [], 3, "0" * 32)):
            done = self.crier("send", "--from-json", *options, text=json.dumps(message),
                              expect=code)
            self.assertIn(words, done.stderr)
        done = self.crier("send", "--from-json", "--json", text="{", expect=64)
        self.assertEqual(json.loads(done.stdout)["error"]["name"], "usage_invalid")
        self.crier("send", "the end", "--wait", "displayed")
        self.assertEqual(self.vanessa.texts(), ["the end"])


if __name__ == "__main__":
    unittest.main()
