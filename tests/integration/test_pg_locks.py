"""Locks that others hold and disks that are full: calls are refused in time, and all is well when
the lock or the disk is free again."""

import http.client
import json
import os
import threading
import time
import unittest

from cluster import Cluster
from feed import Feed
from harness import IBUPROFEN, PHARMACIST, wait_for
from load import Load
from on_postgres import QUIET, Faults
from stored import Stored, check_promises

ONE = {"items": [{"product_id": IBUPROFEN, "quantity": 1}]}


def once(port, token, method, path, body):
    """The status of one call on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, json.dumps(body), {
            "Authorization": "Bearer " + token, "Content-Type": "application/json"})
        return connection.getresponse().status
    finally:
        connection.close()


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

    def test_who_waits_for_a_lock_takes_nobody_along(self):
        """Saves that come while one waits go in one transaction; the lock that one of those needs
        must not cost the others their deadline."""
        site = self.site(dict(QUIET, ORDERD_WORKERS="1"))
        first, second = (site.create((IBUPROFEN, 1)).json["order_id"] for _ in range(2))
        token = site.token(PHARMACIST, "pharmacist")
        answers = {}

        def call(name, method, path, body):
            answers[name] = once(site.orderd.port, token, method, path, body)
        confirm = {"status": "CONFIRMED"}
        calls = [("first", "PUT", "/order/orders/" + first, confirm),
                 ("second", "PUT", "/order/orders/" + second, confirm)]
        calls += [(number, "POST", "/order/orders", ONE) for number in range(24)]
        threads = [threading.Thread(target=call, args=one) for one in calls]
        with self.cluster.session(site.database_name) as session:
            session.run("BEGIN")
            session.run("SELECT 1 FROM orders WHERE order_id IN "
                        f"('{first}', '{second}') FOR UPDATE")
            threads[0].start()
            wait_for("somebody to wait for the lock", lambda: self.cluster.sql(
                "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                f"AND datname = '{site.database_name}'"))
            for thread in threads[1:]:
                thread.start()
            for thread in threads:
                thread.join()
        refused = {name: answer for name, answer in answers.items() if answer != 201}
        self.assertEqual(refused, {"first": 503, "second": 503})
        check_promises(Stored(site))

    def lock(self, what, statement, refused=8, goes_on=False):
        """Holds a lock under load until so many calls are refused, and longer than a deadline."""
        site = self.site()
        with Feed(site) as feed, Load(site, changes=True, keys=True, pause=0.02) as load:
            self.under_way(load)
            with self.cluster.session(site.database_name) as session:
                session.run("BEGIN")
                session.run(statement)
                since = time.monotonic()
                wait_for("callers to be refused",
                         lambda: time.monotonic() > since + 6 and
                         len(load.refused(since)) >= refused, 30)
                if goes_on:
                    self.under_way(load)
            self.back(load, time.monotonic(), f"lock on {what}")
            load.join()
            load.check_answers()
            check_promises(feed.check(), load)

    def test_the_orders_are_locked(self):
        self.lock("orders", "LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")

    def test_the_events_are_locked(self):
        self.lock("events", "LOCK TABLE events IN ACCESS EXCLUSIVE MODE")

    def test_the_cursors_are_locked(self):
        """Only the readers of the stream need them: orders are taken as ever."""
        self.lock("cursors", "LOCK TABLE cursors IN ACCESS EXCLUSIVE MODE", refused=0,
                  goes_on=True)

    def test_every_order_is_locked_on_its_own(self):
        """As by a long change of many rows: new orders are taken meanwhile."""
        self.lock("all rows", "SELECT count(*) FROM (SELECT 1 FROM orders FOR UPDATE) AS every",
                  refused=0, goes_on=True)


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
