"""A primary with a synchronous standby: when the primary is lost, orderd goes on with the standby,
and nothing that was promised is missing there."""

import time
import unittest

from cluster import Cluster
from feed import Feed
from harness import wait_for
from load import Load
from on_postgres import Faults
from stored import check_promises


class Failover(Faults):
    def setUp(self):
        """A pair of its own for each test: a fail-over uses it up."""
        self.primary = Cluster()
        self.addCleanup(self.primary.close)
        self.primary.start()
        self.standby = self.primary.standby()
        self.addCleanup(self.standby.close)
        self.primary.synchronous()
        type(self).cluster = self.primary

    @classmethod
    def setUpClass(cls):
        pass

    def tearDown(self):
        self.standby.thaw()

    def loaded(self, **options):
        """A site that knows both hosts, its feed and a load on it."""
        options.setdefault("url", lambda name: self.primary.url(
            name, others=[self.standby], target_session_attrs="read-write"))
        site = self.site(**options)
        feed = self.enterContext(Feed(site))
        load = self.enterContext(Load(site, changes=True, keys=True, pause=0.01))
        self.under_way(load)
        return site, feed, load

    def check(self, site, feed, load):
        load.join()
        load.check_answers()
        check_promises(feed.check(), load)
        self.assertEqual(site.orderd.process.poll(), None)

    def test_the_primary_is_killed_and_the_standby_promoted(self):
        site, feed, load = self.loaded()
        self.primary.kill9()
        self.standby.promote()
        site.cluster = self.standby
        self.back(load, time.monotonic(), "fail-over")
        self.under_way(load)
        self.check(site, feed, load)

    def test_the_standby_is_promoted_only_after_a_while(self):
        site, feed, load = self.loaded(processes=2)
        self.primary.kill9()
        wait_for("callers to be refused", lambda: len(load.refused()) > 8, 30)
        self.standby.promote()
        site.cluster = self.standby
        self.back(load, time.monotonic(), "late fail-over")
        self.under_way(load)
        self.refused_in_time(load)
        self.check(site, feed, load)

    def test_a_planned_switch(self):
        """The order of the hosts says nothing, and nothing else need be said: whoever takes writes
        is the primary."""
        site, feed, load = self.loaded(url=lambda name: self.standby.url(
            name, others=[self.primary]))
        self.primary.stop("fast")
        self.standby.promote()
        site.cluster = self.standby
        self.back(load, time.monotonic(), "switch-over")
        self.under_way(load)
        self.check(site, feed, load)

    def test_no_promise_is_given_while_the_standby_does_not_answer(self):
        site, feed, load = self.loaded()
        self.standby.freeze()
        since = time.monotonic() + 0.5  # what was on its way to the standby may have arrived
        wait_for("callers to be refused", lambda: len(load.refused(since)) > 8, 30)
        self.assertEqual([call for call in load.succeeded(since)], [])
        self.standby.thaw()
        self.back(load, time.monotonic(), "the standby answers again")
        self.under_way(load)
        self.refused_in_time(load)
        self.check(site, feed, load)


if __name__ == "__main__":
    unittest.main()
