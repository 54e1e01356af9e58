"""Old events, messages, dead letters and keys go, as an operator configures it; sqlite3 makes them
old."""

import contextlib
import os
import re
import sqlite3
import time
import unittest
import uuid

from harness import IBUPROFEN, Site, Subscriber, wait_for

DAY_MS = 24 * 60 * 60 * 1000
MANY = 2500  # more than two steps


class Retention(unittest.TestCase):
    def database(self, site):
        return contextlib.closing(sqlite3.connect(os.path.join(site.state, "orderd.db"),
                                                  timeout=10))

    def number(self, site, sql):
        with contextlib.closing(site.database()) as db:
            return db.execute(sql).fetchone()[0]

    def events(self, site):
        return self.number(site, "select count(*) from events")

    def site(self, days):
        return Site(settings=[("events_days = 0", f"events_days = {days}")])

    def run_sql(self, site, *statements):
        with self.database(site) as db, db:
            for statement in statements:
                db.execute(statement)

    def settle(self, site):
        """Until everybody has read every event, and written so."""
        wait_for("the cursors to reach the head", lambda: self.number(
            site, "select count(*) = 3 and min(position) = (select max(position) from heads)"
            " from cursors"))

    def make_old(self, site, days):
        """What is there happened some days ago, and the service starts on it."""
        self.settle(site)
        self.assertEqual(site.orderd.stop(), 0)
        self.run_sql(site, f"update events set occurred_at = occurred_at - {days * DAY_MS}")
        site.orderd.start()

    def confirmed(self, site):
        order = site.create((IBUPROFEN, 1)).json
        return site.wait_status(order["order_id"], "CONFIRMED")

    def test_events_older_than_conf_says_go_and_the_stream_goes_on(self):
        with self.site(2) as site:
            order = self.confirmed(site)
            self.make_old(site, 1)
            late = self.confirmed(site)
            self.settle(site)
            before = self.events(site)
            self.make_old(site, 1)
            # The first order's are two days old now, the second one's are not.
            wait_for("the old events to go", lambda: self.events(site) < before)
            with contextlib.closing(site.database()) as db:
                subjects = {row[0] for row in db.execute("select lower(hex(order_id)) from events")}
                last = dict(db.execute("select topic, max(position) from heads group by topic"))
            self.assertEqual(subjects, {late["order_id"].replace("-", "")})
            self.assertEqual(site.get(order["order_id"]).json["status"], "CONFIRMED")
            with Subscriber(site.orderd.publish) as subscriber:
                subscriber.synchronise()
                new = site.create((IBUPROFEN, 1)).json["order_id"]
                subscriber.until(lambda: subscriber.events(new))
                topic, position, previous, _ = subscriber.events(new)[0]
                self.assertEqual(int(previous), last[topic])
                self.assertGreater(int(position), max(last.values()))

    def test_many_go_in_steps_and_are_counted(self):
        with self.site(1) as site:
            self.confirmed(site)
            self.settle(site)
            self.assertEqual(site.orderd.stop(), 0)
            young = self.events(site)
            columns = "event_id, order_id, topic, type, occurred_at, data"
            self.run_sql(
                site,
                f"update events set position = position + {MANY}, previous = previous + {MANY}",
                f"update heads set position = position + {MANY}",
                f"update cursors set position = position + {MANY}",
                f"with recursive n(n) as (select 1 union all select n + 1 from n where n < {MANY})"
                f" insert into events (position, {columns}) select n, randomblob(16), order_id,"
                f" topic, type, 1000, data from n, (select {columns} from events limit 1)")
            self.assertEqual(self.events(site), MANY + young)
            site.orderd.start()
            wait_for("the old events to go", lambda: self.events(site) == young)
            counted = re.search(r"^orderd_pruned_rows_total (\d+)", site.curl(
                "GET", "/metrics", token=None).body, re.M)
            self.assertEqual(int(counted.group(1)), MANY)

    def test_what_a_reader_has_not_read_stays(self):
        with self.site(1) as site:
            self.confirmed(site)
            self.settle(site)
            self.assertEqual(site.orderd.stop(), 0)
            events = self.events(site)
            self.run_sql(site, "update events set occurred_at = 1000",
                         "insert into cursors select 'billing', min(position), 0 from events")
            site.orderd.start()
            wait_for("what billing has read to go", lambda: self.events(site) < events)
            self.assertEqual(self.events(site), events - 1)
            self.assertEqual(site.orderd.stop(), 0)
            self.run_sql(site, "delete from cursors where name = 'billing'")
            site.orderd.start()
            wait_for("the rest to go", lambda: self.events(site) == 0)

    def add_rows(self, site):
        """Of each one that is two days old, and one that waits."""
        old = int(time.time() * 1000) - 2 * DAY_MS
        self.run_sql(
            site,
            "insert into inbound (event_id, topic, payload, received_at, handled_at) values"
            f" ('handled', 't', x'', {old}, {old})",
            f"insert into inbox values ('handled', {old})",
            "insert into dead_letters (source, topic, reason, payload, received_at, retrying)"
            f" values ('inbound', 't', 'why', x'', {old}, 0)")

    def counts(self, site):
        return tuple(self.number(site, f"select count(*) from {table}")
                     for table in ("inbound", "inbox", "dead_letters"))

    def test_what_came_in_and_dead_letters_go_when_conf_says_so(self):
        with Site(settings=[("inbound_days = 30", "inbound_days = 3"),
                            ("letters_days = 0", "letters_days = 3")]) as site:
            self.assertEqual(site.orderd.stop(), 0)
            self.add_rows(site)
            keys = self.expired_key(site)
            site.orderd.start()
            wait_for("the expired key to go", lambda: self.keys(site) < keys)
            self.assertEqual(self.counts(site), (1, 1, 1))
        with Site(settings=[("inbound_days = 30", "inbound_days = 1"),
                            ("letters_days = 0", "letters_days = 1")]) as site:
            self.assertEqual(site.orderd.stop(), 0)
            self.add_rows(site)
            site.orderd.start()
            wait_for("the old rows to go", lambda: self.counts(site) == (0, 0, 0))

    def keys(self, site):
        return self.number(site, "select count(*) from idempotency_keys")

    def expired_key(self, site):
        """When it has gone, a step has ended. How many there are with it."""
        self.run_sql(site, "insert into idempotency_keys values"
                     " (randomblob(16), 'k', randomblob(32), x'', 0)")
        return self.keys(site)

    def test_by_default_events_stay_and_expired_keys_go(self):
        with Site() as site:
            for _ in range(3):
                answer = site.curl("POST", "/order/orders",
                                   {"items": [{"product_id": IBUPROFEN, "quantity": 1}]},
                                   headers=[f"Idempotency-Key: {uuid.uuid4()}"])
                self.assertEqual(answer.status, 201, answer)
                site.wait_status(answer.json["order_id"], "CONFIRMED")
            self.settle(site)
            self.assertEqual(site.orderd.stop(), 0)
            events = self.events(site)
            self.run_sql(site, "update events set occurred_at = 1000",
                         f"update idempotency_keys set created_at = created_at - {DAY_MS + 1}"
                         " where rowid < 3")
            site.orderd.start()
            wait_for("the expired keys to go", lambda: self.number(
                site, "select count(*) from idempotency_keys") == 1)
            self.assertEqual(self.events(site), events)


if __name__ == "__main__":
    unittest.main()
