"""All kinds of faults, one after the other and at random, on two processes under load."""

import os
import random
import time
import unittest

from feed import Feed
from load import Load
from on_postgres import Faults
from stored import check_promises
from wire import Wire

SECONDS = 40


class Mixed(Faults):
    def setUp(self):
        seed = int(os.environ.get("FAULTS_SEED", random.randrange(1 << 32)))
        self.random = random.Random(seed)
        print(f"\n  FAULTS_SEED={seed}", flush=True)

    # ---- faults ----

    def cut(self):
        self.wire.cut(self.random.uniform(0, 0.15))

    def swallow(self):
        self.wire.swallow()
        time.sleep(self.random.uniform(0, 3))
        self.wire.mend()

    def terminate(self):
        self.cluster.terminate(self.hurt.database_name)

    def cancel(self):
        for _ in range(5):
            self.cluster.sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = "
                             f"'{self.hurt.database_name}' AND state = 'active'")

    def kill_server(self):
        self.cluster.kill9()
        time.sleep(self.random.uniform(0, 1.5))
        self.cluster.start()

    def restart(self):
        self.cluster.restart(self.random.choice(("fast", "immediate")))

    def freeze(self):
        self.cluster.freeze()
        time.sleep(self.random.uniform(0, 3))
        self.cluster.thaw()

    def kill_process(self):
        """The other one publishes before it comes back, so that its subscriber misses nothing."""
        victim = self.random.randrange(2)
        starts = self.feed.starts[victim]
        self.hurt.programs[victim].kill()
        self.feed.wait_published_by(1 - victim, self.feed.count(1 - victim))
        self.hurt.programs[victim].start()
        self.feed.wait_connected(victim, starts)

    # ---- all of them ----

    def test_whatever_happens_nothing_is_lost_or_doubled(self):
        self.wire = self.enterContext(Wire(self.cluster))
        connections = self.random.randint(1, 3)
        self.hurt = site = self.site(
            url=self.wire.url, processes=2,
            settings=[("connections = 2", f"connections = {connections}")])
        faults = (self.cut, self.cut, self.swallow, self.terminate, self.cancel, self.kill_server,
                  self.restart, self.freeze, self.kill_process)
        with Feed(site) as self.feed:
            with Load(site, changes=True, keys=True, pause=0.01) as load:
                end = time.monotonic() + SECONDS
                while time.monotonic() < end:
                    time.sleep(self.random.uniform(0, 0.6))
                    self.random.choice(faults)()
                self.back(load, time.monotonic(), "all of it")
                self.under_way(load)
            load.check_answers()
            check_promises(self.feed.check(), load)


if __name__ == "__main__":
    unittest.main()
