"""What bash completes behind orderctl: words, files whatever they are called, and clients."""

import os
import subprocess
import tempfile
import unittest

from harness import BIN, ROOT

ORDERCTL = os.path.join(BIN, "orderctl")
COMPLETE = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_orderctl
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Completion(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="orderd-completion-")
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def complete(self, *words):
        """What is offered for the last of the words."""
        script = os.path.join(ROOT, "tools", "orderctl.bash-completion")
        result = subprocess.run(["bash", "-c", COMPLETE, "bash", script, ORDERCTL, *words],
                                cwd=self.directory, capture_output=True, text=True, timeout=30,
                                check=True)
        self.assertEqual(result.stderr, "")
        return set(result.stdout.split("\n")) - {""}

    def test_commands_and_options(self):
        self.assertEqual(self.complete("ev"), {"events"})
        self.assertEqual(self.complete("events", ""), {"tail", "replay", "head"})
        self.assertEqual(self.complete("events", "tail", "--from", "h"), {"head"})
        self.assertIn("--cursors", self.complete("keys", "client", "--"))

    def test_a_file_is_a_name_and_no_command(self):
        evil = "x$(touch run).idl"
        for name in (evil, "a b.idl", "plain.idl"):
            with open(os.path.join(self.directory, name), "w", encoding="utf-8"):
                pass
        for words in (("idl", "check"), ("token", "--jwks")):
            self.assertLessEqual({evil, "a b.idl", "plain.idl"}, self.complete(*words, ""))
        self.assertEqual(self.complete("idl", "check", "a"), {"a b.idl"})
        self.assertNotIn("run", os.listdir(self.directory))

    def test_clients_are_those_of_the_list_that_is_meant(self):
        for place, name in (("one", "billing"), ("two", "books")):
            subprocess.run([ORDERCTL, "keys", "client", name, "--read", "", "--out", name,
                            "--state-dir", place], cwd=self.directory, check=True,
                           capture_output=True, timeout=30)
        self.assertEqual(self.complete("keys", "revoke", "--state-dir", "one", "b"), {"billing"})
        self.assertEqual(self.complete("keys", "revoke", "--state-dir", "two", "b"), {"books"})
        self.assertEqual(self.complete("keys", "revoke", "--clients", "two/clients.json", "b"),
                         {"books"})
        self.assertEqual(self.complete("keys", "revoke", "--state-dir", "none", "b"), set())


if __name__ == "__main__":
    unittest.main()
