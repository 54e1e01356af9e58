"""orderctl seed and migrate, as an operator meets them: on a terminal, interrupted, and beside a
service that has the file open."""

import os
import pty
import re
import select
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

from harness import BIN, Site

BATCH = 5000
ENDLESS = ("--orders", "1000000000")


class Seed(unittest.TestCase):
    def setUp(self):
        directory = self.enterContext(tempfile.TemporaryDirectory(prefix="orderd-seed-"))
        self.path = os.path.join(directory, "orderd.db")
        self.run_to_end("migrate")

    def command(self, name, *arguments):
        return [os.path.join(BIN, "orderctl"), name, "--url", "sqlite:" + self.path, *arguments]

    def run_to_end(self, name, *arguments):
        result = subprocess.run(self.command(name, *arguments), text=True, capture_output=True,
                                timeout=60, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def count(self):
        with sqlite3.connect(f"file:{self.path}?mode=ro", uri=True) as db:
            return db.execute("SELECT count(*) FROM orders").fetchone()[0]

    def check_batches(self, said):
        """Whole batches are there, as many as was said."""
        added = int(re.search(r"added: (\d+) orders", said).group(1))
        self.assertEqual(self.count(), added)
        self.assertGreater(added, 0)
        self.assertEqual(added % BATCH, 0)

    def test_a_terminal_shows_a_bar_and_takes_ctrl_c(self):
        terminal, other = pty.openpty()
        process = subprocess.Popen(self.command("seed", *ENDLESS), stdin=other, stdout=other,
                                   stderr=other, start_new_session=True)
        os.close(other)
        said, pressed, end = "", False, time.monotonic() + 60
        while time.monotonic() < end:
            if not select.select([terminal], [], [], 1)[0]:
                continue
            try:
                more = os.read(terminal, 65536).decode()
            except OSError:  # the other side is closed
                break
            said += more
            if not pressed and re.search(r"\r\[[#-]{30}\] +\d+ %  \d+ orders, \d+:\d\d left", said):
                process.send_signal(signal.SIGINT)
                pressed = True
        os.close(terminal)
        self.assertTrue(pressed, said)
        self.assertEqual(process.wait(60), 1)
        self.assertIn("\x1b[K", said)
        self.assertIn("orderctl seed: interrupted\r\n", said)
        self.check_batches(said)
        self.run_to_end("seed", "--orders", "10")  # the file is as good as before

    def test_elsewhere_it_ends_in_good_order_too(self):
        process = subprocess.Popen(self.command("seed", *ENDLESS), text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        said = process.stderr.readline()
        self.assertRegex(said, r"^\d+ of 1000000000 orders\n$")
        process.terminate()
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1)
        self.assertIn("orderctl seed: interrupted\n", err)
        self.check_batches(out)

    def test_a_file_that_a_service_has_open_is_refused(self):
        with Site(peers=False) as site:
            self.path = os.path.join(site.state, "orderd.db")
            for name in ("seed", "migrate"):
                result = subprocess.run(self.command(name), text=True, capture_output=True,
                                        timeout=60, check=False)
                self.assertEqual(result.returncode, 1)
                self.assertIn(f"another process ({site.orderd.process.pid})", result.stderr)
            self.assertEqual(self.count(), 0)


if __name__ == "__main__":
    unittest.main()
