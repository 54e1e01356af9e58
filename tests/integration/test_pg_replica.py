"""Reads from a replica: only those that show, and only where conf says so."""

import unittest

from cluster import Cluster
from harness import IBUPROFEN, Site, wait_for


class Replica(unittest.TestCase):
    """A standby that has stopped applying what it receives: whoever reads there sees the past."""

    @classmethod
    def setUpClass(cls):
        cls.primary = Cluster()
        cls.addClassCleanup(cls.primary.close)
        cls.primary.start()
        cls.standby = cls.primary.standby()
        cls.addClassCleanup(cls.standby.close)
        cls.site = Site(cluster=cls.primary, settings=[("open_orders = ", "-- open_orders = ")])
        database = cls.site.database_name
        cls.site.orderd.environment["DATABASE_REPLICA_URL"] = cls.standby.url(database)
        cls.site.__enter__()
        cls.addClassCleanup(cls.site.close)

    def setUp(self):
        self.old = self.site.create((IBUPROFEN, 1)).json["order_id"]
        self.site.wait_status(self.old, "CONFIRMED")
        wait_for("the standby to have it", lambda: self.standby.value(
            f"SELECT status FROM orders WHERE order_id = '{self.old}'",
            self.site.database_name) == "1")
        self.standby.sql("SELECT pg_wal_replay_pause()")
        wait_for("the standby to stand still", lambda: self.standby.value(
            "SELECT pg_get_wal_replay_pause_state()") == "paused")

    def tearDown(self):
        self.standby.sql("SELECT pg_wal_replay_resume()")

    def listed(self):
        page = self.site.curl("GET", "/order/orders?limit=1", token="admin").json
        return page["orders"][0]["order_id"]

    def test_what_shows_may_show_the_past(self):
        new = self.site.create((IBUPROFEN, 2)).json["order_id"]
        self.assertEqual(self.site.get(new).status, 404)
        self.assertEqual(self.listed(), self.old)
        self.standby.sql("SELECT pg_wal_replay_resume()")
        wait_for("the replica to catch up", lambda: self.site.get(new).status == 200)
        wait_for("the list to catch up", lambda: self.listed() == new)

    def test_what_decides_sees_the_present(self):
        answer = self.site.curl("PUT", "/order/orders/" + self.old, {"status": "COMPLETED"},
                                token="admin")
        self.assertEqual(answer.status, 200, answer)
        # The replica still shows it CONFIRMED; a decision on that would allow this.
        self.assertEqual(self.site.get(self.old).json["status"], "CONFIRMED")
        answer = self.site.curl("DELETE", "/order/orders/" + self.old, token="admin")
        self.assertEqual((answer.status, answer.code), (409, "invalid-transition"))

    def test_without_the_replica_the_primary_answers(self):
        self.standby.stop("immediate")
        try:
            new = self.site.create((IBUPROFEN, 3)).json["order_id"]
            wait_for("the primary to show it", lambda: self.site.get(new).status == 200)
            self.assertEqual(self.listed(), new)
        finally:
            self.standby.start()

    def test_a_replica_of_something_else_is_not_read(self):
        """The url leads to another service's database: the primary answers."""
        with Site(cluster=self.primary) as other:
            theirs = other.create((IBUPROFEN, 1)).json["order_id"]
            url = self.primary.url(other.database_name)
            with Site({"DATABASE_REPLICA_URL": url}, cluster=self.primary) as site:
                new = site.create((IBUPROFEN, 1)).json["order_id"]
                wait_for("the replica to be refused", lambda: "no replica" in site.orderd.log())
                self.assertEqual(site.get(new).status, 200)
                self.assertEqual(site.get(theirs).status, 404)


if __name__ == "__main__":
    unittest.main()
