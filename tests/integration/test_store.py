"""What callers see when the store cannot write, and when it can again."""

import contextlib
import os
import sqlite3
import time
import unittest

from harness import IBUPROFEN, Site, wait_for


@contextlib.contextmanager
def foreign_writer(site):
    """Another program that holds the write lock and does not let go."""
    lock = sqlite3.connect(os.path.join(site.state, "orderd.db"), isolation_level=None)
    lock.execute("begin immediate")
    try:
        yield
    finally:
        lock.execute("rollback")
        lock.close()


class StoreUnavailable(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site(settings=[("deadline_seconds = 5", "deadline_seconds = 1")]).__enter__()
        cls.site.create((IBUPROFEN, 1))  # the products are in the cache from now on

    @classmethod
    def tearDownClass(cls):
        cls.site.close()

    def ready(self):
        return self.site.curl("GET", "/readyz", token=None).status

    def orders(self):
        with contextlib.closing(self.site.database()) as db:
            return db.execute("select count(*) from orders").fetchone()[0]

    def test_a_create_is_refused_in_time_and_not_done_later(self):
        before = self.orders()
        with foreign_writer(self.site):
            begun = time.monotonic()
            answer = self.site.create((IBUPROFEN, 1), expect=503)
            self.assertLess(time.monotonic() - begun, 10)
            self.assertEqual(answer.code, "store-unavailable")
            self.assertEqual(answer.headers["retry-after"], "1")
        wait_for("a create to be taken again", lambda: self.site.curl(
            "POST", "/order/orders", {"items": [{"product_id": IBUPROFEN, "quantity": 1}]},
            token="pharmacist").status == 201)
        self.assertEqual(self.orders(), before + 1)

    def test_reads_go_on_meanwhile(self):
        order_id = self.site.create((IBUPROFEN, 1)).json["order_id"]
        with foreign_writer(self.site):
            self.assertEqual(self.site.get(order_id).status, 200)
            self.assertEqual(self.site.curl("GET", "/order/user/orders").status, 200)

    def test_ready_tells_the_truth_and_live_does_not_ask(self):
        self.assertEqual(self.ready(), 200)
        with foreign_writer(self.site):
            wait_for("not ready", lambda: self.ready() == 503)
            self.assertEqual(self.site.curl("GET", "/livez", token=None).status, 200)
        wait_for("ready again", lambda: self.ready() == 200)


if __name__ == "__main__":
    unittest.main()
