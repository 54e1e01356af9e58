"""The wire between orderd and PostgreSQL breaks: what was committed and not told is found again, so
that callers hear the truth, and nothing is done twice."""

import random
import time
import unittest

from feed import Feed
from harness import wait_for
from load import Load
from on_postgres import Faults
from stored import check_promises
from wire import Wire


class Broken(Faults):
    def wired(self):
        wire = self.enterContext(Wire(self.cluster))
        return wire, self.site(url=wire.url)

    def test_answers_that_are_lost_are_looked_up(self):
        """Without keys: a caller that gets no answer does not ask again, so orderd must know."""
        wire, site = self.wired()
        with Feed(site) as feed, Load(site, changes=True, pause=0.005) as load:
            for _ in range(15):
                self.under_way(load, 8)
                wire.cut(random.uniform(0.02, 0.2))
            self.under_way(load)
            load.join()
            self.assertGreater(wire.lost, 0)
            load.check_answers()
            self.assertEqual(load.refused(), [])
            stored = feed.check()
            check_promises(stored, load)
            # Everybody was told 201, and what nobody was promised was never asked for.
            made = {order.notes for order in stored.orders.values()}
            self.assertEqual(made, {notes for notes, order_id in load.sent.items() if order_id})

    def test_a_wire_that_swallows_everything(self):
        """No connection is refused and none ends: only the deadlines tell."""
        wire, site = self.wired()
        with Feed(site) as feed, Load(site, changes=True, pause=0.01) as load:
            self.under_way(load)
            wire.swallow()
            since = time.monotonic()
            wait_for("callers to be refused", lambda: len(load.refused(since)) > 12, 30)
            self.assertEqual(self.alive(site), 200)
            wire.mend()
            self.back(load, time.monotonic(), "the wire was mended")
            self.under_way(load)
            load.join()
            self.refused_in_time(load)
            check_promises(feed.check(), load)


if __name__ == "__main__":
    unittest.main()
