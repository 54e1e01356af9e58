"""Locks that others hold and disks that are full: calls are refused in time, and all is well when
the lock or the disk is free again."""

import os
import time
import unittest

from cluster import Cluster
from feed import Feed
from harness import IBUPROFEN, wait_for
from load import Load
from on_postgres import QUIET, Faults
from stored import Stored, check_promises


class Locks(Faults):
    def test_an_order_that_another_session_has_locked(self):
        site = self.site(QUIET)
        order_id, other = (site.create((IBUPROFEN, 1)).json["order_id"] for _ in range(2))

        def confirm(order):
            return site.curl("PUT", "/order/orders/" + order, {"status": "CONFIRMED"},
                             token="admin", headers=['If-Match: "1"'])
        with self.cluster.session(site.database_name) as session:
            session.run("BEGIN")
            session.run(f"SELECT 1 FROM orders WHERE order_id = '{order_id}' FOR UPDATE")
            begun = time.monotonic()
            answer = confirm(order_id)
            self.assertLess(time.monotonic() - begun, 5 + 3)
            self.assertEqual((answer.status, answer.code), (503, "store-unavailable"), answer)
            self.assertIn("retry-after", answer.headers)
            # Whoever needs nothing of it goes on.
            self.assertEqual(confirm(other).status, 200)
            self.assertEqual(site.get(order_id).json["version"], 1)
            site.create((IBUPROFEN, 1))
        wait_for("the change to be taken", lambda: confirm(order_id).status in (200, 412))
        self.assertEqual(site.get(order_id).json["status"], "CONFIRMED")
        check_promises(Stored(site))

    def lock_table(self, table, refuses):
        site = self.site()
        with Feed(site) as feed, Load(site, changes=True, keys=True, pause=0.02) as load:
            self.under_way(load)
            with self.cluster.session(site.database_name) as session:
                session.run("BEGIN")
                session.run(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
                since = time.monotonic()
                if refuses:
                    wait_for("callers to be refused", lambda: len(load.refused(since)) > 8, 30)
                else:
                    time.sleep(6)
                    self.under_way(load)
            self.back(load, time.monotonic(), f"lock on {table}")
            load.join()
            load.check_answers()
            check_promises(feed.check(), load)

    def test_the_orders_are_locked(self):
        self.lock_table("orders", True)

    def test_the_events_are_locked(self):
        self.lock_table("events", True)

    def test_the_cursors_are_locked(self):
        """Only the readers of the stream need them: orders are taken as ever."""
        self.lock_table("cursors", False)


class FullDisk(Faults):
    """The server on a file system that a test can fill."""

    what = None

    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("mounting a small file system needs root")
        super().setUpClass()

    @classmethod
    def make_cluster(cls):
        return Cluster(full=cls.what, full_mb=96 if cls.what == "wal" else 192)

    def fill(self, load):
        """Fills it, waits until callers see it, makes room, and has the server run."""
        self.cluster.fill()
        wait_for("callers to be refused", lambda: len(load.refused()) > 8, 60)
        self.cluster.make_room()
        if not self.cluster.running():
            self.cluster.start()
        wait_for("the server to take connections", self.cluster.answers, 30)

    def hurt(self):
        site = self.site()
        with Feed(site) as feed, Load(site, changes=True, keys=True) as load:
            self.under_way(load)
            self.fill(load)
            self.back(load, time.monotonic(), f"full disk ({self.what})")
            self.under_way(load)
            load.join()
            self.refused_in_time(load)
            check_promises(feed.check(), load)


class FullWal(FullDisk):
    """The server ends itself when it cannot write its log."""

    what = "wal"

    def test_no_room_for_the_log(self):
        self.hurt()


class FullData(FullDisk):
    """The server goes on, and every statement that needs a new page fails."""

    what = "data"

    def test_no_room_for_the_tables(self):
        self.hurt()


if __name__ == "__main__":
    unittest.main()
