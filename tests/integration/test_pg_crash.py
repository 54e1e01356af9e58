"""orderd is killed -9 at random, again and again, under load: what was promised is there, once, and
the stream goes on without a gap."""

import random
import time
import unittest

import test_crash
from feed import Feed
from harness import wait_for
from load import Load
from on_postgres import Faults, OnPostgres
from stored import check_promises

ALONE, OF_TWO = 12, 8  # 20 times in all


class PostgresCrash(OnPostgres, test_crash.Crash):
    """What test_crash.py asks of SQLite."""


class Again(Faults):
    def setUp(self):
        self.random = random.Random()
        seed = self.random.randrange(1 << 32)
        self.random.seed(seed)
        print(f"\n  seed {seed}", flush=True)

    def test_alone(self):
        site = self.site()
        with Feed(site) as feed, Load(site, changes=True, keys=True, pause=0.01) as load:
            for _ in range(ALONE):
                self.under_way(load, 5)
                time.sleep(self.random.uniform(0, 0.7))
                site.orderd.kill()
                site.orderd.start()
            self.under_way(load)
            load.join()
            self.check(load, feed)
            # What was cut off between commit and release goes on by itself.
            wait_for("orders of the first load to move on", lambda: all(
                site.get(order_id).json["status"] != "PENDING" for order_id in load.promised[:5]),
                90)

    def test_one_of_two(self):
        """The callers hardly notice: they go to the other one."""
        site = self.site(processes=2)
        with Feed(site) as feed, Load(site, changes=True, keys=True, pause=0.01) as load:
            for _ in range(OF_TWO):
                victim = self.random.randrange(2)
                starts = feed.starts[victim]
                time.sleep(self.random.uniform(0, 0.7))
                site.programs[victim].kill()
                # Somebody publishes before the other comes back, so that the one who begins to
                # publish is always one whose subscriber is there.
                feed.wait_published_by(1 - victim, feed.count(1 - victim))
                self.under_way(load, 5)
                site.programs[victim].start()
                feed.wait_connected(victim, starts)
            load.join()
            self.check(load, feed)

    def check(self, load, feed):
        load.check_answers()
        self.assertEqual(load.refused(), [])
        check_promises(feed.check(), load)


if __name__ == "__main__":
    unittest.main()
